# SPDX-License-Identifier: Apache-2.0
"""Which instruction words of docs/reference/vector.md are legal, read a second time: for model.py.
"""

ELEMENT = range(1, 18)
NAMES = {
    1: "mov", 2: "add", 3: "sub", 4: "mul", 5: "min", 6: "max", 7: "and", 8: "or", 9: "xor",
    10: "shl", 11: "sra", 12: "clt", 13: "ceq", 14: "abs", 15: "clz", 16: "tab", 17: "rnd",
    20: "sum", 21: "top", 22: "argtop", 23: "dot", 24: "mv", 25: "mt", 26: "get", 27: "put",
    28: "unpack", 29: "free", 30: "send", 32: "len", 33: "beq", 34: "bne", 35: "blt", 36: "bge",
    37: "loop", 63: "end",
}
MOST_SHIFT = {"mul": 47, "dot": 63, "mv": 63, "mt": 63, "unpack": 3, "send": 3}


class Fault(Exception):
    """The instruction's fault, by its code."""


def vec(_):
    """Any field is a legal vector operand."""
    return True


def reg(field):
    return field < 16


def none(field):
    return field == 0


def fields(word):
    """The operation's name, or the fault OPCODE, and the fields."""
    name = NAMES.get(word >> 58)
    if name is None:
        raise Fault(3)
    return name, {"bk": word >> 56 & 3, "S": word >> 55 & 1, "sh": word >> 49 & 63,
                  "d": word >> 38 & 0x7FF, "a": word >> 27 & 0x7FF, "b": word >> 16 & 0x7FF,
                  "imm": word & 0xFFFF}


def judged(word, tables):
    """What a word alone is at fault for; 0: nothing."""
    try:
        judge(*fields(word), tables)
    except Fault as fault:
        return fault.args[0]
    return 0


def judge(name, f, tables):
    """FIELD: what the tables of the document say of each field."""
    element = name in list(NAMES.values())[:17]
    as_d = vec if element or name in ("mv", "mt", "put", "unpack") else none
    if name in ("sum", "top", "argtop", "dot", "get", "loop"):
        as_d = reg
    as_a = vec if (element and name not in ("mov", "rnd")) or name in (
        "sum", "top", "argtop", "dot", "mv", "mt", "get", "send") else none
    if name in ("put", "beq", "bne", "blt", "bge"):
        as_a = reg
    kinds = {0}
    two = element and name not in ("abs", "clz", "tab", "rnd")
    if two or name == "dot":
        kinds = {1, 2} if f["S"] else {0, 1, 2}
    if name in ("get", "put", "len"):
        kinds = {1, 2}
    if name in ("beq", "bne", "blt", "bge"):
        kinds = {1}
    if f["S"]:
        as_d, as_a = (reg if as_d is vec else as_d), (reg if as_a is vec else as_a)
    b_vec = (two or name in ("dot", "mv", "mt")) and f["bk"] == 0
    as_b = reg if f["bk"] == 1 else vec if b_vec else none
    if name == "unpack":
        def as_b(x):
            return x < 4
    good = ((element or not f["S"]) and f["bk"] in kinds and f["sh"] <= MOST_SHIFT.get(name, 0)
            and as_d(f["d"]) and as_a(f["a"]) and as_b(f["b"]) and imm_good(name, f, tables)
            and not (name == "loop" and f["d"] == 0))
    if not good:
        raise Fault(4)


def imm_good(name, f, tables):
    imm = f["imm"]
    if name == "rnd":
        return True
    if name == "tab":
        return imm < tables
    if name in ("mv", "mt"):
        rows = imm & 0xFF
        return (rows < 16 if imm >> 15 else rows > 0) and (imm >> 8 & 127) > 0
    if name in ("unpack", "beq", "bne", "blt", "bge", "loop"):
        return imm < 4096
    if name == "free":
        return 0 < imm < 16
    if name == "send":
        return 0 < imm < 256
    if f["bk"] == 2:
        low = {"len": 1}.get(name, 0)
        return low <= imm < 4096 if name in ("get", "put", "len") else True
    return imm == 0
