#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Slurm cluster of two nodes on this machine, to try RUNNER=slurm and to test it
# (docs/start/cluster.md). Needs neither root nor systemd nor cgroups; changes nothing outside DIR.
#   cluster.sh start|stop DIR [PORT]    PORT: the first of four (17000)
# DIR/slurm.conf is what SLURM_CONF must name. Nodes are n1 and n2, DIR/n1.pid and DIR/n2.pid their
# slurmd.
set -euo pipefail
usage="usage: cluster.sh start|stop DIR [PORT]"
what=${1:?$usage} dir=${2:?$usage} port=${3:-17000}

die() { echo "cluster.sh: $1" >&2; exit 1; }

for tool in slurmctld slurmd sbatch munged; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null ||
        die "no $tool here (Debian's packages slurm-wlm and munge)"
done
export PATH=$PATH:/usr/sbin

stop() { # in any state, also half-started
    local file pid
    for file in "$dir"/{n1,n2,slurmctld,munged}.pid; do
        [ -s "$file" ] || continue
        pid=$(<"$file")
        # Not a process that has got the number since.
        grep -qa 'slurm\|munged' "/proc/$pid/cmdline" 2>/dev/null || continue
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -f "$dir"/{n1,n2,slurmctld,munged}.pid
}

if [ "$what" = stop ]; then
    [ -d "$dir" ] || die "no cluster in $dir"
    dir=$(realpath "$dir")
    stop
    exit 0
fi
[ "$what" = start ] || die "$what: $usage"
mkdir -p "$dir"
dir=$(realpath "$dir")
stop
rm -rf "${dir:?}"/{state,n1,n2,munge}
mkdir -p "$dir"/{state,n1,n2,munge}

# Who says who sends a message: munge, with a key of this cluster's own.
munge=(munged --force --foreground --key-file="$dir/munge/key" --socket="$dir/munge/socket"
    --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed")
head -c 128 /dev/urandom >"$dir/munge/key"
chmod 600 "$dir/munge/key"
as=()
if [ "$(id -u)" = 0 ] && getent passwd munge >/dev/null; then
    chown -R munge:munge "$dir/munge"
    # Only where munge's own user reaches the folder.
    if setpriv --reuid=munge --regid=munge --clear-groups test -r "$dir/munge/key"; then
        as=(setpriv --reuid=munge --regid=munge --clear-groups)
    else
        chown -R 0:0 "$dir/munge"
    fi
fi
"${as[@]}" setsid "${munge[@]}" >"$dir/munge/out" 2>&1 </dev/null &
echo $! >"$dir/munged.pid"
chmod 755 "$dir/munge"

user=$(id -un) host=$(hostname -s)
version=$(slurmctld -V | sed 's/[^0-9]*\([0-9]*\)\.0*\([0-9]*\).*/\1 \2/')
read -r major minor <<<"$version"
# From 23.11 on nothing asks for cgroups that says so; before, nothing does that has no plugin.
rm -f "$dir/cgroup.conf"
[ $((100 * major + minor)) -lt 2311 ] || echo CgroupPlugin=disabled >"$dir/cgroup.conf"
# A job that went down with its node may start again when its credential is no longer good.
cat >"$dir/slurm.conf" <<END
ClusterName=ohmic
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=10
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/%n
SlurmctldPidFile=$dir/state/slurmctld.pid
SlurmdPidFile=$dir/%n/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/jobcomp.log
JobRequeue=1
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=30
KillWait=3
SchedulerParameters=requeue_setup_env_fail,defer
NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=$(nproc) \\
    Port=[$((port + 1))-$((port + 2))]
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$dir/slurm.conf
setsid slurmctld -D >"$dir/slurmctld.out" 2>&1 </dev/null &
echo $! >"$dir/slurmctld.pid"
for node in n1 n2; do
    setsid slurmd -D -N $node >"$dir/$node.out" 2>&1 </dev/null &
    echo $! >"$dir/$node.pid"
done
for _ in $(seq 300); do
    [ "$(sinfo --noheader --format=%D --states=idle 2>/dev/null)" = 2 ] && exit 0
    for daemon in slurmctld n1 n2 munged; do
        kill -0 "$(<"$dir/$daemon.pid")" 2>/dev/null ||
            die "$daemon has ended: $(tail -qn 3 "$dir/$daemon.out" "$dir/munge/out" 2>/dev/null)"
    done
    sleep 0.2
done
die "the nodes are not idle after a minute: $(sinfo --noheader --format='%n %T' 2>&1) (logs: $dir)"
