# SPDX-License-Identifier: Apache-2.0
# OpenSTA: slack of a tile's netlist at constraints/osu018/tile.sdc. Environment: NETLIST, LIBERTY.
read_liberty $::env(LIBERTY)
read_verilog $::env(NETLIST)
link_design ohm_tile
source constraints/osu018/tile.sdc
check_setup -verbose -no_clock -multiple_clock -generated_clocks -loops
report_checks -path_delay max -digits 3
report_worst_slack
