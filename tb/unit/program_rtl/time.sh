#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programming engine's time: RTL and SystemC model side by side (tb/chip/program_time.c).
# time.sh [CASES], with CONFIG, MESH, SEED and OUT in the environment. Last line: `PASS program_time
# <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../../.."
flock sim/out/build/lock make -s tlm
exec tb/chip/run.sh program_time "${1:-12}"
