# SPDX-License-Identifier: Apache-2.0
"""What scripts/gen.py writes of the kinds of converters: the values of ADC, with what each answers
at the macro's pins, its cycles and its codes.

A kind that lacks something is refused here, or by the compiler: the C table of kinds (behav/
converter) is made from this list, and a switch over it has a case for each.
"""
import re

import gen_text

SIZES = ("START", "STOP")       # of a slice, besides the keys


def faults(c):
    """Lines about kinds that are not whole. Fills in the range that follows from them."""
    for key, p in c["parameters"].items():
        if "values" not in p:
            continue
        codes = [v["code"] for v in p["values"]]
        if codes != list(range(len(codes))) or {"min", "max"} & set(p):
            yield f"{key}: codes {codes}, expected 0 and up, none left out, and no range beside"
        p["min"], p["max"] = 0, len(codes) - 1
    for v in c["parameters"]["ADC"]["values"]:
        if v.get("pins") not in c["adc_pins"]:
            yield (f"ADC {v['name']}: pins {v.get('pins')}, expected one of "
                   f"{', '.join(c['adc_pins'])}")
        for what in ("cycles", "codes"):
            names = set(gen_text.KEY.findall(v.get(what, "" if what == "cycles" else "0")))
            if what == "cycles" and what not in v or not names <= {*c["parameters"], *SIZES}:
                yield (f"ADC {v['name']}: {what} {v.get(what)}, expected an expression over keys, "
                       "START and STOP")


def in_c(expression):
    """An expression over the sizes of the struct ohm_config at c, and of a slice."""
    return re.sub(r"c->(start|stop)\b", r"\1", gen_text.in_c(expression))


def switch(doc, head, of, kinds, value, otherwise):
    """A C function with a case for each kind: one that is forgotten does not compile."""
    return ["", f"/* {doc} */", head, "{", f"    switch ((enum ohm_adc_value){of}) {{",
            *(f"    case OHM_ADC_{v['name']}: return {value(v)};" for v in kinds), "    }",
            f"    return {otherwise}; /* ohm_config_check refuses it */", "}"]


def c_kinds(c):
    kinds = c["parameters"]["ADC"]["values"]
    out = [f"/* {gen_text.SPDX}", " * " + gen_text.NOTE.format("ohmic.json"),
           " * Kinds of converters (ADC), and what follows from a kind. */",
           "#ifndef OHM_ADC_H", "#define OHM_ADC_H", "", '#include "ohm_config_table.h"',
           '#include "ohm_map.h"', "", "/* What a conversion shows at the macro's pins. */",
           "enum ohm_adc_pins {"]
    for name, doc in c["adc_pins"].items():
        out += [*gen_text.commented(doc, "    /* ", "     * ", " */"), f"    OHM_ADC_PINS_{name},"]
    out += ["};", "", "/* X(name, name of its file in behav/converter) */",
            "#define OHM_ADC_LIST(X) \\",
            *gen_text.continued([f"    X({v['name']}, {v['name'].lower()})" for v in kinds])]
    out += switch("Which pins answer a conversion.",
                  "static inline enum ohm_adc_pins ohm_adc_pins(int adc)", "adc", kinds,
                  lambda v: f"OHM_ADC_PINS_{v['pins']}", "(enum ohm_adc_pins)-1")
    out += switch("Cycles M of a conversion between START and STOP.",
                  "static inline int ohm_adc_cycles(const struct ohm_config *c, int start, int "
                  "stop)", "c->adc", kinds, lambda v: in_c(v["cycles"]), "0")
    out += switch("Codes from START to STOP at most.",
                  "static inline int ohm_adc_codes(const struct ohm_config *c)", "c->adc", kinds,
                  lambda v: in_c(v.get("codes", "1 << CODE_W")), "0")
    return "\n".join(out + ["", "#endif", ""])


def verilog_pins(c):
    """Lines of ohm_map.vh."""
    kinds, pins = c["parameters"]["ADC"]["values"], list(c["adc_pins"])
    packed = ", ".join(f"4'd{pins.index(v['pins'])}" for v in reversed(kinds))
    return ["", "// what a conversion shows at the macro's pins; of kind k at 4*k",
            *(f"localparam [3:0] ADC_PINS_{name} = 4'd{i};" for i, name in enumerate(pins)),
            f"localparam [{4 * len(kinds) - 1}:0] ADC_PINS = {{{packed}}};"]


def chosen(kinds, what, otherwise):
    """An expression by ADC; kinds that do not say `what`, or whose slices say it, are left out."""
    text = otherwise
    for v in reversed(kinds):
        if what in v and not set(gen_text.KEY.findall(v[what])) & set(SIZES):
            text = f"ADC == {v['code']} ? {v[what]} : {text}"
    return text


def verilog_kinds(c):
    kinds = c["parameters"]["ADC"]["values"]
    return "\n".join([
        f"// {gen_text.SPDX}", "// " + gen_text.NOTE.format("ohmic.json"),
        "// What follows from the kind of converter; include it in ohm_core.",
        "// Cycles of a conversion; 0: its START and STOP say it.",
        f"localparam CONVERT_CYCLES = {chosen(kinds, 'cycles', '0')};",
        "// Codes from START to STOP at most; 0: those of CODE_W.",
        f"localparam CONVERT_CODES = {chosen(kinds, 'codes', '0')};", ""])
