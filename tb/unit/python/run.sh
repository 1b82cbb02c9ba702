#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Python package against NumPy, against the programs and against what it says of itself.
# Usage: run.sh [full]: besides, pip installs it into an environment of its own, mypy reads it, and
# the notebooks of sim/examples run there. Last line: PASS python <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=sim/out/unit/python
build=sim/out/build
mkdir -p "$out" "$build"
fail() { echo "FAIL python: $*"; exit 1; }

python=$(scripts/venv.sh import) || fail "no Python environment"
flock "$build/lock" make -s lib "$build/ohmic" "$build/ohm-estimate" tlm >"$out/build.log" 2>&1 ||
    { tail -5 "$out/build.log"; fail "build"; }
PYTHONPATH=sim/python "$python" tb/unit/python/test_python.py "$out" >"$out/test.log" 2>&1 ||
    { tail -5 "$out/test.log"; fail "test_python.py, see $out/test.log"; }
checks=$(sed -n 's/^CHECKS //p' "$out/test.log")
[ "${checks:-0}" -gt 0 ] || fail "no check was made"

if [ "${1:-}" = full ]; then
    python=$(scripts/venv.sh full) || fail "no Python environment with nbclient and mypy"
    flock "$build/lock" "$python" -m pip install --quiet --disable-pip-version-check \
        --force-reinstall --no-deps . >"$out/pip.log" 2>&1 ||
        { tail -5 "$out/pip.log"; fail "pip install ."; }
    (cd sim/python && "../../$python" -m mypy --cache-dir "../../$out/mypy" \
        --config-file pyproject.toml) >"$out/mypy.log" 2>&1 ||
        { tail -5 "$out/mypy.log"; fail "mypy, see $out/mypy.log"; }
    # Elsewhere, so that the package is the installed one.
    "$python" tb/unit/python/notebooks.py "$out" sim/examples/*.ipynb >"$out/notebooks.log" 2>&1 ||
        { tail -5 "$out/notebooks.log"; fail "a notebook, see $out/notebooks.log"; }
    cells=$(sed -n 's/^CELLS //p' "$out/notebooks.log")
    [ "${cells:-0}" -gt 0 ] || fail "no cell of a notebook has run"
    "$python" -m pip uninstall --quiet --yes ohmic >>"$out/pip.log" 2>&1 || fail "pip uninstall"
    checks=$((checks + cells + 1))
fi
echo "PASS python $checks checks"
