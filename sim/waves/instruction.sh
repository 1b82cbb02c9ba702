#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# GTKWave's translate filter for an instruction word of a vector tile: hexadecimal in, text out, a
# line at a time. Needs the program that make build leaves.
exec "$(dirname "$0")/../out/build/ohm-vec" filter
