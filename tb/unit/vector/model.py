#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reading of docs/reference/vector.md, in Python's integers: works out every run that
drive.c prints, and compares. It shares no code with the interpreter in C.

  drive … | model.py LANES MEM PROG TABLES STREAMS ROUTES
Last line: `CHECKS <n>`; a difference is one line `FAIL …`, and exit 1.
"""
import sys

from words import ELEMENT, Fault, fields, judge, judged

M32 = 0xFFFFFFFF
PER_WORD = (4, 4, 2, 1)


def signed(w, bits=32):
    w &= (1 << bits) - 1
    return w - (1 << bits) if w >> (bits - 1) else w


def rnd_shift(v, s):
    """sat32(rnd(v * 2^-s)): Python's shift is a floor."""
    v = (2 * v + (1 << s)) >> (s + 1)
    return max(-2**31, min(2**31 - 1, v))


def blur(x):
    x = (x + 0x7ed55d16 + (x << 12)) & M32
    x = x ^ 0xc761c23c ^ (x >> 19)
    x = (x + 0x165667b1 + (x << 5)) & M32
    x = ((x + 0xd3a2646c) ^ (x << 9)) & M32
    x = (x + 0xfd7046c5 + (x << 3)) & M32
    return x ^ 0xb55a4f09 ^ (x >> 16)


class Unit:
    """A vector unit: what was written, and what its runs do."""

    def __init__(self, lanes, mem, prog, tables, streams, routes):
        self.lanes, self.size, self.prog, self.tables = lanes, mem, prog, tables
        self.streams, self.routes = streams, routes
        self.words = {}

    def reg(self, address):
        return self.words.get(address, 0)

    def enable(self, base):
        self.mem = [self.reg(0xC000 + w) for w in range(self.size)]
        self.base, self.marks, self.n = base, set(), base
        self.turns = self.order()

    def refusal(self):
        count, seq = self.reg(0x9002), self.reg(0x9003)
        if not 1 <= count <= 8:
            return 16
        if not seq & 0xFFFF or not 1 <= seq >> 16 <= 16:
            return 17
        if not self.reg(0x9004):
            return 18
        return 0

    def order(self):
        """All runs to come: (program, n, step, lane, start, streams, routes, silent routes)."""
        steps, lanes = self.reg(0x9003) & 0xFFFF, self.reg(0x9003) >> 16
        init = self.reg(0x9008)
        on, recurrent = init >> 31, (init >> 16) & 0xFF
        if on:
            for b in range(lanes):
                yield 15, (self.base + b - lanes) & M32, 0, b, init & 0xFFF, 0, recurrent, 0
        k = 0
        while True:
            n, lane, step = (self.base + k) & M32, k % lanes, k // lanes % steps
            last = step == steps - 1
            self.n = n
            for p in range(self.reg(0x9002)):
                word = self.reg(0x9010 + p)
                yield (p, n, step, lane, word & 0xFFF, word >> 12 & 15, word >> 16 & 0xFF,
                       recurrent if on and last else 0)
            if last:
                self.marks.discard(lane)
                if on:
                    yield 15, n, 0, lane, init & 0xFFF, 0, recurrent, 0
            k += 1
            self.n = (self.base + k) & M32

    def run(self, turn, fronts):
        """Lines that a run prints: what it sends, and how it ends."""
        program, n, step, lane, start, streams, routes, silent = turn
        run = Run(self, turn, fronts)
        if (program != 15 and lane in self.marks) or any(f[0] for f in fronts.values()):
            code, cycles, event = 255, 4, 0
        else:
            code = run.go()
            cycles = 4 + run.cycles + (6 if code else 0)
            event = (code | program << 8 | run.pc << 12 | 1 << 31) if code else 0
        if code:
            left = routes & ~run.sent & ~silent
            if left:
                run.out.append(f"S {left} {n} 1")
            cycles += bin(streams & ~run.freed).count("1") + (1 if left else 0)
            self.marks.add(lane)
        return run.out + [f"D {code} {run.pc} {cycles} {run.count} {event}"]


class Run:
    """One execution of a program."""

    def __init__(self, unit, turn, fronts):
        self.u, self.fronts, self.out = unit, fronts, []
        (self.program, self.n, step, lane, self.pc, self.streams, self.routes, self.silent) = turn
        self.s = [0, self.n, step, lane] + [0] * 12
        self.length, self.sent, self.freed, self.count, self.cycles = 16, 0, 0, 0, 0

    def go(self):
        while True:
            if self.count == self.u.reg(0x9004):
                return 1
            if self.pc >= self.u.prog:
                return 2
            word = self.u.reg(0xA000 + 2 * self.pc) | self.u.reg(0xA001 + 2 * self.pc) << 32
            try:
                over = self.step(word)
            except Fault as fault:
                return fault.args[0]
            self.count += 1
            if over:
                return 0

    # ---- one instruction ----

    def step(self, word):
        name, f = fields(word)
        judge(name, f, self.u.tables)
        self.next = self.pc + 1
        if word >> 58 in ELEMENT:
            self.element(name, f)
        elif name in ("mv", "mt"):
            self.matrix(name, f)
        elif name in ("sum", "top", "argtop", "dot"):
            self.reduce(name, f)
        else:
            getattr(self, "do_" + name)(f)
        self.pc = self.next if name != "end" else self.pc + 1
        return name == "end"

    # ---- operands ----

    def vector(self, field, index, elements):
        """(first vector number, count) of an operand; ADDRESS comes once all are known."""
        number = field & 0x3FF
        if field >> 10:
            number = (number + self.s[index]) & M32
        return number, (elements + 15) // 16

    def inside(self, *spans):
        if any(first + count > self.u.size // 16 for first, count in spans):
            raise Fault(6)

    @staticmethod
    def disjoint(p, q):
        return not set(range(p[0], p[0] + p[1])) & set(range(q[0], q[0] + q[1]))

    def write_reg(self, reg, value):
        if reg:
            self.s[reg] = value & M32

    def scalar_b(self, f):
        return signed(self.s[f["b"]]) if f["bk"] == 1 else signed(f["imm"], 16)

    def groups(self):
        return -(-self.length // self.u.lanes)

    # ---- element-wise ----

    def element(self, name, f):
        scalar = None if f["bk"] == 0 else self.scalar_b(f)
        if f["S"]:
            a = signed(self.s[f["a"]]) if name not in ("mov", "rnd") else 0
            self.write_reg(f["d"], self.value(name, f, a, scalar, 0))
            self.cycles += 11 if name == "rnd" else 7
            return
        used = [self.vector(f["d"], 13, self.length)]
        if name not in ("mov", "rnd"):
            used.append(self.vector(f["a"], 14, self.length))
        by_vector = f["bk"] == 0 and name not in ("abs", "clz", "tab", "rnd")
        if by_vector:
            used.append(self.vector(f["b"], 15, self.length))
        self.inside(*used)
        d = used[0]
        for source in used[1:]:
            if source[0] != d[0] and not self.disjoint(source, d):
                raise Fault(7)
        mem = self.u.mem
        read = [mem[16 * v:16 * v + self.length] for v, _ in used[1:]]
        for i in range(self.length):
            a = signed(read[0][i]) if name not in ("mov", "rnd") else 0
            b = signed(read[-1][i]) if by_vector else scalar
            mem[16 * d[0] + i] = self.value(name, f, a, b, i) & M32
        self.cycles += self.length + 10 if name == "rnd" else self.groups() + 6

    def value(self, name, f, a, b, i):
        if name == "tab":
            return self.table(f["imm"], a)
        if name == "rnd":
            return blur(blur(self.u.reg(0x9006) ^ self.n) ^ f["imm"] << 16 ^ i)
        if name == "clz":
            return 32 - (a & M32).bit_length()
        return {
            "mov": lambda: b, "add": lambda: a + b, "sub": lambda: a - b,
            "mul": lambda: rnd_shift(a * signed(b, 16), f["sh"]),
            "min": lambda: min(a, b), "max": lambda: max(a, b),
            "and": lambda: a & b, "or": lambda: a | b, "xor": lambda: a ^ b,
            "shl": lambda: a << (b & 31), "sra": lambda: a >> (b & 31),
            "clt": lambda: -(a < b), "ceq": lambda: -(a == b),
            "abs": lambda: min(abs(a), 2**31 - 1),
        }[name]()

    def table(self, t, a):
        s = self.u.reg(0x9030 + t) & 15
        u = a - signed(self.u.reg(0x9020 + t))

        def entry(k):
            return signed(self.u.reg(0xB000 + 512 * t + k), 16)

        if u < 0:
            return entry(0)
        if u >= 256 << s:
            return entry(256)
        i = u >> s
        return entry(i) + rnd_shift((entry(i + 1) - entry(i)) * (u % (1 << s)), s)

    # ---- reductions, matrices, single elements ----

    def reduce(self, name, f):
        used = [self.vector(f["a"], 14, self.length)]
        if name == "dot" and f["bk"] == 0:
            used.append(self.vector(f["b"], 15, self.length))
        self.inside(*used)
        rows = [[signed(w) for w in self.u.mem[16 * v:16 * v + self.length]] for v, _ in used]
        a = rows[0]
        if name == "sum":
            result = sum(a)
        elif name == "top":
            result = max(a)
        elif name == "argtop":
            result = a.index(max(a))
        else:
            b = rows[1] if f["bk"] == 0 else [self.scalar_b(f)] * len(a)
            result = rnd_shift(sum(x * signed(y, 16) for x, y in zip(a, b)), f["sh"])
        self.write_reg(f["d"], result)
        self.cycles += self.groups() + 10

    def matrix(self, name, f):
        imm, length = f["imm"], self.length
        rows, stride = imm & 0xFF, imm >> 8 & 127
        if imm >> 15:
            rows = self.s[rows]
            if not 1 <= rows <= 255:
                raise Fault(5)
        ins, outs = (length, rows) if name == "mv" else (rows, length)
        d, b = self.vector(f["d"], 13, outs), self.vector(f["b"], 15, ins)
        first, width = self.vector(f["a"], 14, length)
        m = (first, (rows - 1) * stride + width)
        self.inside(d, b, m)
        if not self.disjoint(d, m) or not self.disjoint(d, b):
            raise Fault(7)
        mem = self.u.mem
        x = [signed(w, 16) for w in mem[16 * b[0]:16 * b[0] + ins]]
        table = [[signed(w) for w in mem[16 * (first + r * stride):][:length]]
                 for r in range(rows)]
        if name == "mt":
            table = list(zip(*table))
        for o, row in enumerate(table):
            mem[16 * d[0] + o] = rnd_shift(sum(p * q for p, q in zip(row, x)), f["sh"]) & M32
        self.cycles += rows * self.groups() + 10

    def single(self, f, field, index):
        number, _ = self.vector(f[field], index, 1)
        k = self.s[f["b"]] if f["bk"] == 1 else f["imm"]
        if k > 4095 or 16 * number + k >= self.u.size:
            raise Fault(6)
        self.cycles += 7
        return 16 * number + k

    def do_get(self, f):
        self.write_reg(f["d"], self.u.mem[self.single(f, "a", 14)])

    def do_put(self, f):
        self.u.mem[self.single(f, "d", 13)] = self.s[f["a"]]

    # ---- streams and routes ----

    def do_unpack(self, f):
        d = self.vector(f["d"], 13, self.length)
        self.inside(d)
        stream, k = f["b"], PER_WORD[f["sh"]]
        count = -(-self.length // k)
        if not (self.streams & ~self.freed) >> stream & 1 \
                or f["imm"] + count > len(self.fronts[stream][1]):
            raise Fault(8)
        stuff = b"".join(w.to_bytes(4, "little") for w in self.fronts[stream][1][f["imm"]:])
        size = 4 // k
        for i in range(self.length):
            self.u.mem[16 * d[0] + i] = int.from_bytes(
                stuff[i * size:(i + 1) * size], "little", signed=f["sh"] != 0) & M32
        self.cycles += count + 6

    def do_free(self, f):
        if f["imm"] & ~(self.streams & ~self.freed):
            raise Fault(8)
        self.freed |= f["imm"]
        self.cycles += 2 + bin(f["imm"]).count("1")

    def do_send(self, f):
        a = self.vector(f["a"], 14, self.length)
        self.inside(a)
        k, form = PER_WORD[f["sh"]], f["sh"]
        count = -(-self.length // k)
        if f["imm"] & ~(self.routes & ~self.sent) or count > 1024:
            raise Fault(9)
        self.sent |= f["imm"]
        routes = f["imm"] & ~self.silent
        if not routes:
            self.cycles += 7
            return
        low, high = ((0, 255), (-127, 127), (-2**15, 2**15 - 1), (-2**31, 2**31 - 1))[form]
        stuff = b"".join(
            max(low, min(high, signed(w))).to_bytes(4 // k, "little", signed=form != 0)
            for w in self.u.mem[16 * a[0]:16 * a[0] + self.length])
        stuff += bytes(4 * count - len(stuff))
        words = [int.from_bytes(stuff[4 * i:4 * i + 4], "little") for i in range(count)]
        self.out.append(" ".join(map(str, ["S", routes, self.n, 0, *words])))
        self.cycles += count + 6

    # ---- control ----

    def do_len(self, f):
        length = self.s[f["b"]] if f["bk"] == 1 else f["imm"]
        if not 1 <= length <= 4095:
            raise Fault(5)
        self.length = length
        self.cycles += 2

    def branch(self, f, taken):
        self.next = f["imm"] if taken else self.next
        self.cycles += 3 if taken else 2

    def do_beq(self, f):
        self.branch(f, self.s[f["a"]] == self.s[f["b"]])

    def do_bne(self, f):
        self.branch(f, self.s[f["a"]] != self.s[f["b"]])

    def do_blt(self, f):
        self.branch(f, signed(self.s[f["a"]]) < signed(self.s[f["b"]]))

    def do_bge(self, f):
        self.branch(f, signed(self.s[f["a"]]) >= signed(self.s[f["b"]]))

    def do_loop(self, f):
        self.write_reg(f["d"], self.s[f["d"]] - 1)
        self.branch(f, self.s[f["d"]] != 0)

    def do_end(self, f):
        if self.routes & ~self.sent:
            raise Fault(10)
        self.cycles += 2 + bin(self.streams & ~self.freed).count("1")


def main(argv):
    sizes = [int(a) for a in argv]
    checks, unit, what, fronts, expected, codes = 0, None, "", {}, [], set()

    def same(got, want):
        nonlocal checks
        checks += 1
        if got != want:
            print(f"FAIL vector: {what}: interpreter '{got}', expected '{want}'")
            sys.exit(1)

    for line in sys.stdin:
        line = line.rstrip("\n")
        kind, *words = line.split()
        if kind == "C":
            unit, base, case = Unit(*sizes), int(words[1]), words[0]
            what = f"case {case}"
        elif kind == "W":
            unit.words[int(words[0])] = int(words[1])
        elif kind == "J":
            what = f"case {case}, word 0x{int(words[0]):016x}"
            same(int(words[1]), judged(int(words[0]), unit.tables))
        elif kind == "E":
            same(int(words[0]), unit.refusal())
            unit.enable(base)
        elif kind == "R":
            turn = next(unit.turns)
            what = f"case {case}, program {turn[0]}, n {turn[1]}"
            same(line, "R " + " ".join(str(v) for v in turn[:4]))
            fronts = {}
        elif kind == "I":
            fronts[int(words[0])] = (int(words[1]), [int(w) for w in words[2:]])
        elif kind == "G":
            same(sorted(fronts), [s for s in range(4) if turn[5] >> s & 1])
            expected = unit.run(turn, fronts)
        elif kind in "SD":
            same(line, expected.pop(0) if expected else "nothing")
            if kind == "D":
                same(expected, [])
                codes.add(int(words[0]))
        elif kind == "M":
            what = f"case {case}, memory"
            same([int(w) for w in words], unit.mem)
    print("codes", *sorted(codes))
    print(f"CHECKS {checks}")


main(sys.argv[1:])
