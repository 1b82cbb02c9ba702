#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vector.c on the RTL and on the SystemC model, with CONFIG, MESH and SEED in the environment. Last
# line: `PASS vector <n> checks`.
set -euo pipefail
cd "$(dirname "$0")/../.."
flock sim/out/build/lock make -s tlm
exec tb/chip/run.sh vector
