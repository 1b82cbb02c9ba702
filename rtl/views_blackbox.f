rtl/macro/ohm_macro_bb.v
rtl/chip/ohm_trace.v
rtl/chip/ohm_trace_vec.v
