rtl/macro/ohm_macro_bb.v
rtl/chip/ohm_trace.v
