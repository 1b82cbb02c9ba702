# A tile in osu018 (0.18 um, typical): one clock, ideal; wires without load until there is a layout. The macro's pins and the
# mesh links get half of the period.
create_clock -name clk -period 10 [get_ports clk]
set_clock_uncertainty 0.2 [get_clocks clk]
set inputs [get_ports {rst rx_valid rx_flit* tx_ready}]
set_input_delay 5 -clock clk $inputs
# the position is tied to constants
set_false_path -from [get_ports {tile_x* tile_y*}]
set_output_delay 5 -clock clk [all_outputs]
set_load 0.05 [all_outputs]
