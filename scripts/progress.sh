#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command whose own output is only worth reading when it fails, and tells how far it is: a
# live line on a terminal, a line every ten seconds in a log. Its exit code is that of the command.
#   progress.sh LABEL LOG COMMAND…      standard output and error of COMMAND go to LOG
# COMMAND may write lines `PERCENT what it does` to the file $PROGRESS, whose last line counts;
# without one the time alone is told. Not in Python: set-up runs it before there is one.
set -uo pipefail
label=$1 log=$2
shift 2
PROGRESS=$(mktemp)
export PROGRESS
# A group of its own, so that an interruption ends what the command started, too.
set -m
"$@" >"$log" 2>&1 </dev/null &
job=$!
set +m
# shellcheck disable=SC2064 # this file, this job
trap "rm -f '$PROGRESS'" EXIT
trap 'kill -- -$job 2>/dev/null; wait $job; exit 130' INT TERM
live=0
[ -t 2 ] && live=1
said=0

span() { # span SECONDS
    if [ "$1" -lt 100 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

tell() {
    local percent what text left
    read -r percent what < <(tail -n 1 "$PROGRESS")
    text="  $label"
    case ${percent%%.*} in
        '' | *[!0-9]*) text+=": $(span $SECONDS)" ;;
        *)
            percent=${percent%%.*}
            text+=": $percent %, $(span $SECONDS)"
            if [ "$percent" -gt 0 ]; then
                left=$((SECONDS * (100 - percent) / percent))
                text+=", about $(span $left) left"
            fi
            [ -z "$what" ] || text+=" ($what)" ;;
    esac
    if [ $live = 1 ]; then
        printf '\r\033[K%.*s' "$(($(tput cols 2>/dev/null || echo 100) - 1))" "$text" >&2
    else
        echo "$text" >&2
    fi
}

while kill -0 $job 2>/dev/null; do
    sleep 0.2
    if [ $live = 1 ] || [ $((SECONDS - said)) -ge 10 ]; then
        said=$SECONDS
        tell
    fi
done
[ $live = 0 ] || printf '\r\033[K' >&2
wait $job
