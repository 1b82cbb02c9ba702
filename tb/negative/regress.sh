#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The regression runner itself: everything that is not a proven pass must be counted as a failure.
# Last line: `PASS regress_runner <n> checks`.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
dir=${OUT:-sim/out/regress_runner}/lists
rm -rf "$dir"
mkdir -p "$dir"

checks=0
die() { echo "FAIL regress_runner: $1"; exit 1; }

# expect NAME WANTED-COUNTS WANTED-TEXT SCRIPT-BODY: one test whose script has this body, with a limit of 2 s.
expect() {
    local script=$dir/$1.sh output state
    printf '#!/bin/bash\n%s\n' "$4" >"$script"
    chmod +x "$script"
    echo "$1 script - 1 2 test $script" >"$dir/$1.list"
    output=$(python3 scripts/regress.py --suite test --list "$dir/$1.list" --out "$dir/out" 2>&1)
    state=$?
    [ "$(tail -1 <<<"$output")" = "$2" ] || die "$1: last line '$(tail -1 <<<"$output")', expected '$2'"
    grep -qF -- "$3" <<<"$output" || die "$1: no '$3' in: $output"
    if [ "$2" = "1 passed, 0 failed" ]; then
        [ $state = 0 ] || die "$1: exit $state, expected 0"
    else
        [ $state = 1 ] || die "$1: exit $state, expected 1"
        grep -qF "rerun: make sim TEST=$1 SEED=1" <<<"$output" || die "$1: no rerun line"
        grep -qF '<failure' "$dir/out/junit.xml" || die "$1: no failure in the JUnit file"
    fi
    checks=$((checks + 1))
}

expect good     "1 passed, 0 failed" "pass"                "echo PASS good 7 checks"
expect silent   "0 passed, 1 failed" "no PASS line"        "exit 0"
expect zero     "0 passed, 1 failed" "no PASS line"        "echo PASS zero 0 checks"
expect late     "0 passed, 1 failed" "no PASS line"        "echo PASS late 3 checks; echo more"
expect status   "0 passed, 1 failed" "exit 3"              "echo PASS status 3 checks; exit 3"
expect hang     "0 passed, 1 failed" "no end within 2 s"   "echo PASS hang 3 checks; sleep 60"
expect crash    "0 passed, 1 failed" "ended by signal"     "kill -SEGV \$\$"
expect reason   "0 passed, 1 failed" "FAIL output 3"       "echo FAIL output 3: got 1, expected 2; exit 1"

python3 scripts/regress.py --test no_such_test >"$dir/log" 2>&1 && die "an unknown test passes"
grep -q "'no_such_test' is not in tests.list" "$dir/log" || die "unknown test: $(cat "$dir/log")"
echo "x script - 1 2 sometimes tb/negative/regress.sh" >"$dir/bad.list"
python3 scripts/regress.py --suite test --list "$dir/bad.list" --out "$dir/out" >"$dir/log" 2>&1 && die "a bad list passes"
grep -q "bad.list:1: suite 'sometimes'" "$dir/log" || die "bad list: $(cat "$dir/log")"
: >"$dir/empty.list"
python3 scripts/regress.py --suite test --list "$dir/empty.list" --out "$dir/out" >"$dir/log" 2>&1 && die "an empty list passes"
checks=$((checks + 3))

rm -rf "$dir"
echo "PASS regress_runner $checks checks"
