rtl/macro/ohm_macro_emu.v
rtl/macro/ohm_emu_cells.v
rtl/macro/ohm_emu_pulse.v
rtl/macro/ohm_emu_walk.v
rtl/chip/ohm_trace.v
rtl/chip/ohm_trace_vec.v
