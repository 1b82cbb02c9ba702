#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# RUNNER=slurm on a real Slurm of two nodes on this machine (scripts/cluster.sh). A node is killed
# in mid-run with all that runs on it: the result must be that of one process, byte for byte. Then
# the regression's runner on it, and a job that can't run. Last line: PASS cluster <n> checks.
# CONFIG and MESH: the chip, built before
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=${OUT:-sim/out/unit/cluster}
config=${CONFIG:-base} mesh=${MESH:-4x4}
skip() { echo "SKIP cluster $1"; exit 77; }
PATH=$PATH:/usr/sbin
for tool in sbatch slurmctld slurmd munged; do
    command -v $tool >/dev/null || skip "no $tool (packages slurm-wlm and munge)"
done
mkdir -p "$out"
flock sim/out/build/lock make -s sim/out/build/ohmic >"$out/build.log" 2>&1 ||
    { cat "$out/build.log"; echo "FAIL cluster: build"; exit 1; }
checks=0
die() { echo "FAIL cluster: $1"; exit 1; }
good() { checks=$((checks + 1)); }

# Four ports that nobody uses now.
port=$(python3 - <<'PYTHON'
import socket
for first in range(17000, 60000, 10):
    try:
        for port in range(first, first + 4):
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        print(first)
        break
    except OSError:
        pass
PYTHON
)
trap 'scripts/cluster.sh stop "$out/cluster"' EXIT
scripts/cluster.sh start "$out/cluster" "$port" || die "no cluster"
SLURM_CONF=$(realpath "$out/cluster")/slurm.conf
export SLURM_CONF OHM_CHUNK=1
good

run() { # RUNNER: a run into $out/run
    python3 scripts/run.py --out "$out/run" --runner "$1" -- sim/out/build/ohmic --backend rtl \
        --rtl-lib "sim/out/build/$config-$mesh/libohm_rtl.so" --energy sim/configs/energy.txt \
        --net sim/networks/mnist-784-240-10 --data sim/data/mnist/t10k-images-idx3-ubyte.gz \
        --labels sim/data/mnist/t10k-labels-idx1-ubyte.gz --config "$config" --mesh "$mesh" \
        --count 1200
}
rm -rf "$out/run" "$out/one"
run local:1 >"$out/one.log" 2>&1 || die "one process: $(tail -3 "$out/one.log")"
mv "$out/run" "$out/one"

has_word() { # has_word PID FILE WORD: in a list of /proc that ends its words with a zero
    { tr '\0' '\n' <"/proc/$1/$2" | grep -qxF -- "$3"; } 2>/dev/null
}
# What runs on a node: its jobs, what started them, and the node's daemon.
kill_node() {
    local pids=() pid parent
    for pid in $(cd /proc && echo [0-9]*); do
        has_word "$pid" environ "SLURMD_NODENAME=$1" &&
            has_word "$pid" environ "SLURM_CONF=$SLURM_CONF" || continue
        parent=$(sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$pid/stat")
        pids+=("$pid")
        grep -qa slurmstepd "/proc/$parent/cmdline" && pids+=("$parent")
    done
    kill -9 "$(<"$out/cluster/$1.pid")" "${pids[@]}"
}
run slurm:6 >"$out/run.log" 2>&1 &
job=$!
for _ in $(seq 600); do
    [ -z "$(squeue --noheader --states=R --nodelist=n1 --format=%i)" ] ||
        ! compgen -G "$out/run/jobs/*.progress" >/dev/null || break
    kill -0 $job 2>/dev/null || die "the run was over before a node died: $(tail -3 "$out/run.log")"
    sleep 0.1
done
lost=$(squeue --noheader --states=R --nodelist=n1 --format=%i)
[ -n "$lost" ] || die "nothing ran on n1: $(squeue 2>&1)"
kill_node n1
good
wait $job || die "the run: $(tail -5 "$out/run.log")"
grep -qi 'node n1\b.*not respond\|n1 not responding\|n1 not resp' "$out/cluster/slurmctld.log" ||
    die "the controller does not miss n1: $(tail -5 "$out/cluster/slurmctld.log")"
good
tail -1 "$out/run.log" | grep -qE '^time .* [2-9] parts on 1 host' ||
    die "$(tail -1 "$out/run.log")"
good
diff -r --exclude=jobs "$out/one" "$out/run" || die "the result differs from that of one process"
good

# Tests are jobs, too.
printf '#!/bin/bash\necho PASS fine 3 checks\n' >"$out/fine.sh"
printf '#!/bin/bash\necho FAIL bad: got 1, expected 2; exit 1\n' >"$out/bad.sh"
chmod +x "$out"/*.sh
printf '%s script - 1 20 test %s\n' fine "$out/fine.sh" bad "$out/bad.sh" >"$out/two.list"
python3 scripts/regress.py --suite test --list "$out/two.list" --out "$out/regress" \
    --runner slurm:2 >"$out/regress.log" 2>&1 && die "a test that fails passes"
[ "$(tail -1 "$out/regress.log")" = "1 passed, 1 failed" ] || die "$(tail -3 "$out/regress.log")"
grep -q 'exit 1: FAIL bad: got 1' "$out/regress.log" || die "no reason: $(cat "$out/regress.log")"
good
echo "PASS cluster $checks checks"
