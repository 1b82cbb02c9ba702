rtl/macro/ohm_macro_emu.v
rtl/chip/ohm_trace.v
