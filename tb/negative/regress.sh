#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The regression runner itself: everything that is not a proven pass must be counted as a failure.
# Last line: `PASS regress_runner <n> checks`.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
dir=${OUT:-sim/out/regress_runner}/lists
export OHM_LIMIT_SCALE=1
rm -rf "$dir"
mkdir -p "$dir"

checks=0
die() { echo "FAIL regress_runner: $1"; exit 1; }

# expect NAME WANTED-COUNTS WANTED-TEXT SCRIPT-BODY: one test whose script has this body, with a
# limit of 2 s.
expect() {
    local script=$dir/$1.sh output state
    printf '#!/bin/bash\n%s\n' "$4" >"$script"
    chmod +x "$script"
    echo "$1 script - 1 2 test $script" >"$dir/$1.list"
    output=$(python3 scripts/regress.py --suite test --list "$dir/$1.list" --out "$dir/out" 2>&1)
    state=$?
    [ "$(tail -1 <<<"$output")" = "$2" ] ||
        die "$1: last line '$(tail -1 <<<"$output")', expected '$2'"
    grep -qF -- "$3" <<<"$output" || die "$1: no '$3' in: $output"
    if [ "$2" = "1 passed, 0 failed" ]; then
        [ $state = 0 ] || die "$1: exit $state, expected 0"
    else
        [ $state = 1 ] || die "$1: exit $state, expected 1"
    fi
    if [ "$2" = "0 passed, 1 failed" ]; then
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
expect hang     "0 passed, 1 failed" "no end within"       "echo PASS hang 3 checks; sleep 60"
expect crash    "0 passed, 1 failed" "ended by signal"     "kill -SEGV \$\$"
expect reason   "0 passed, 1 failed" "FAIL output 3"       \
    "echo FAIL output 3: got 1, expected 2; exit 1"

expect without  "0 passed, 0 failed" "skip  without: no cells"  \
    "echo SKIP without no cells; exit 77"
grep -q '<skipped message="no cells"' "$dir/out/junit.xml" || die "no skip in the JUnit file"
expect whyless  "0 passed, 1 failed" "exit 77, no last line SKIP" \
    "echo PASS whyless 2 checks; exit 77"
expect other    "0 passed, 1 failed" "exit 77, no last line SKIP" "echo SKIP me; exit 77"
expect part     "1 passed, 0 failed" "skip  part of part: cells (no osu018)" \
    "echo '  skip  cells (no osu018)'; echo PASS part 2 checks"
expect leaves   "1 passed, 0 failed" "pass"                "sleep 1234 & echo PASS leaves 1 checks"
pgrep -f "^sleep 1234$" >/dev/null && die "a test that passed leaves a process"
# A log says when each test starts and ends.
expect starts   "1 passed, 0 failed" "start  starts - 1"   "echo PASS starts 1 checks"

# The quickest first, whatever the order of the list; what a test took the last time counts.
for name in slow quick; do
    printf '#!/bin/bash\n[[ $0 != *slow* ]] || sleep 0.5\necho PASS %s 1 checks\n' $name \
        >"$dir/$name.sh"
    chmod +x "$dir/$name.sh"
done
printf '%s\n' "slow script - 1 30 test $dir/slow.sh" "quick script - 1 60 test $dir/quick.sh" \
    >"$dir/two.list"
order() {
    python3 scripts/regress.py --suite test --jobs 1 --list "$dir/two.list" --out "$dir/out" |
        sed -n 's/^start  \([a-z]*\).*/\1/p' | tr '\n' ' '
}
[ "$(order)" = "slow quick " ] || die "without times, the smallest limit is not first"
[ "$(order)" = "quick slow " ] || die "the quickest of the last run is not first"
checks=$((checks + 3))

# An interruption: a summary, a JUnit file, no process left, also of a runner within a test.
printf '#!/bin/bash\nsleep 1236 & wait\n' >"$dir/inner.sh"
cat >"$dir/outer.sh" <<END
#!/bin/bash
python3 scripts/regress.py --suite test --list "$dir/inner.list" --out "$dir/inner.out"
END
cat >"$dir/wait.sh" <<'END'
#!/bin/bash
sleep 1237 & wait
END
chmod +x "$dir"/*.sh
echo "inner script - 1 60 test $dir/inner.sh" >"$dir/inner.list"
printf '%s\n' "good script - 1 1 test $dir/good.sh" "outer script - 1 60 test $dir/outer.sh" \
    "wait script - 1 90 test $dir/wait.sh" "never script - 1 65 test $dir/good.sh" >"$dir/long.list"
for signal in INT TERM; do
    # A shell's background has SIGINT ignored, which env takes back.
    env --default-signal=INT python3 scripts/regress.py --suite test --jobs 2 \
        --list "$dir/long.list" \
        --out "$dir/long.out" >"$dir/log" 2>&1 &
    job=$!
    for _ in $(seq 100); do
        pgrep -f "^sleep 1236$" >/dev/null && pgrep -f "^sleep 1237$" >/dev/null && break
        sleep 0.1
    done
    grep -q '^good .* pass$' "$dir/log" || die "SIG$signal: no test has ended before"
    kill -$signal $job
    wait $job && die "SIG$signal: exit 0"
    [ "$(tail -1 "$dir/log")" = "1 passed, 0 failed" ] || die "SIG$signal: $(tail -3 "$dir/log")"
    grep -q '^interrupted: ' "$dir/log" || die "SIG$signal: no word of it"
    grep -q 'name="wait.1"' "$dir/long.out/junit.xml" || die "SIG$signal: no JUnit file"
    pgrep -f "^sleep 123[67]$" && die "SIG$signal: processes are left"
    checks=$((checks + 1))
done

# Limits grow with the slowness of the machine.
printf '#!/bin/bash\nsleep 3; echo PASS scaled 1 checks\n' >"$dir/scaled.sh"
chmod +x "$dir/scaled.sh"
echo "scaled script - 1 2 test $dir/scaled.sh" >"$dir/scaled.list"
OHM_LIMIT_SCALE=2 python3 scripts/regress.py --suite test --list "$dir/scaled.list" \
    --out "$dir/out" \
    >"$dir/log" || die "a slow machine: $(tail -3 "$dir/log")"
OHM_LIMIT_SCALE=fast python3 scripts/regress.py --suite test --list "$dir/scaled.list" \
    --out "$dir/out" \
    >"$dir/log" 2>&1 && die "OHM_LIMIT_SCALE=fast passes"
checks=$((checks + 2))

python3 scripts/regress.py --test no_such_test >"$dir/log" 2>&1 && die "an unknown test passes"
grep -q "'no_such_test' is not in tests.list" "$dir/log" || die "unknown test: $(cat "$dir/log")"
echo "x script - 1 2 sometimes tb/negative/regress.sh" >"$dir/bad.list"
python3 scripts/regress.py --suite test --list "$dir/bad.list" \
    --out "$dir/out" >"$dir/log" 2>&1 && die "a bad list passes"
grep -q "bad.list:1: suite 'sometimes'" "$dir/log" || die "bad list: $(cat "$dir/log")"
: >"$dir/empty.list"
python3 scripts/regress.py --suite test --list "$dir/empty.list" \
    --out "$dir/out" >"$dir/log" 2>&1 && die "an empty list passes"
checks=$((checks + 3))

rm -rf "$dir"
echo "PASS regress_runner $checks checks"
