#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/mutants.py: what it finds, what it writes; each mutant of some files is Verilog, and not
# the file itself. Last line: PASS mutants <n> checks.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${OUT:-sim/out/unit/mutants}
mkdir -p "$out"
python3 tb/mutate/test_mutants.py "$out"
