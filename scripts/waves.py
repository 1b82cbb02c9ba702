#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wave files and their GTKWave views (sim/waves/*.gtkw).

  waves.py list                  the wave files in sim/out/: fits the views to each and prints the
                                 gtkwave commands
  waves.py fit FILE [X,Y] [CYCLE]
                                 views beside one wave file, of tile (X,Y): GTKWave finds a vector
                                 only with the very range it has in the file, and ranges follow the
                                 configuration. They open on that tile's first VMM (FILE.marks),
                                 marker A, or on CYCLE, marker B
  waves.py form                  are the views well formed and free of absolute paths?
  waves.py check FILE VIEW...    does every signal that a view names exist in the wave file (FST or
                                 VCD)? A view of a kind of tile that it has not is left out
  waves.py names FILE            every signal of a wave file
Reads the hierarchy of an FST by itself (format: GTKWave 3.3 user's guide, appendix F), so no
package is needed.
"""

import gzip
import pathlib
import re
import struct
import sys

from whole import whole

ROOT = pathlib.Path(__file__).resolve().parent.parent
VIEWS = ROOT / "sim/waves"


def fail(message):
    sys.exit(f"waves.py: {message}")


def lz4(data, size):
    """One raw LZ4 block."""
    out, i = bytearray(), 0
    while i < len(data):
        token = data[i]
        i += 1
        n = token >> 4
        if n == 15:
            while True:
                n += data[i]
                i += 1
                if data[i - 1] != 255:
                    break
        out += data[i:i + n]
        i += n
        if i >= len(data):
            break
        back = data[i] | data[i + 1] << 8
        i += 2
        n = (token & 15) + 4
        if token & 15 == 15:
            while True:
                n += data[i]
                i += 1
                if data[i - 1] != 255:
                    break
        start = len(out) - back
        for k in range(n):  # may overlap its own output
            out.append(out[start + k])
    if len(out) != size:
        fail(f"LZ4 block of {len(out)} bytes, expected {size}")
    return bytes(out)


def fst_hierarchy(raw, path):
    """The unpacked hierarchy block of an FST file."""
    at = 0
    while at + 9 <= len(raw):
        kind, size = raw[at], struct.unpack(">Q", raw[at + 1:at + 9])[0]
        body = raw[at + 9:at + 1 + size]
        if kind == 4:
            return gzip.decompress(body[8:])
        if kind == 6:
            return lz4(body[8:], struct.unpack(">Q", body[:8])[0])
        if kind == 7:
            whole, once = struct.unpack(">QQ", body[:16])
            return lz4(lz4(body[16:], once), whole)
        if kind == 254:  # the whole file, gzipped
            return fst_hierarchy(gzip.decompress(body[8:]), path)
        at += 1 + size
    fail(f"{path}: no hierarchy block; is it a finished FST file?")


def fst_names(raw, path):
    data, at, scope, names = fst_hierarchy(raw, path), 0, [], set()

    def text():
        nonlocal at
        end = data.index(0, at)
        s = data[at:end].decode("utf-8", "replace")
        at = end + 1
        return s

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = data[at]
        at += 1
        if tag == 254:  # scope: type, name, component
            at += 1
            scope.append(text())
            text()
        elif tag == 255:
            scope.pop()
        elif tag == 252:  # attribute: type, subtype, name, argument
            at += 2
            text()
            number()
        elif tag == 253:
            pass
        else:  # variable: direction, name, length, alias
            at += 1
            names.add(".".join(scope + [text().replace(" ", "")]))
            number()
            number()
    return names


def vcd_names(text):
    scope, names = [], set()
    for line in text.splitlines():
        word = line.split()
        if not word:
            continue
        if word[0] == "$scope":
            scope.append(word[2])
        elif word[0] == "$upscope":
            scope.pop()
        elif word[0] == "$var":
            names.add(".".join(scope + ["".join(word[4:-1])]))
        elif word[0] == "$enddefinitions":
            break
    return names


def wave_names(path):
    try:
        raw = pathlib.Path(path).read_bytes()
    except OSError as e:
        fail(f"{path}: {e.strerror}")
    return vcd_names(raw.decode("utf-8", "replace")) if raw[:1] == b"$" else fst_names(raw, path)


def view_signals(path):
    """(line number, signal) of a view: what is neither a [setting], *zoom, @flags nor a
    -comment."""
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and line[0] not in "[*@-#^(":
            out.append((number, re.sub(r"^\+\{[^}]*\} ", "", line.strip())))
    return out


def same(name):
    """Views and files may differ in how a range is written: compare without it."""
    return re.sub(r"\[\d+(:\d+)?\]$", "", name)


def marks(wave):
    """What the simulation wrote beside the wave file: the time of the first VMM of each tile."""
    first = {}
    try:
        for line in pathlib.Path(f"{wave}.marks").read_text(encoding="utf-8").splitlines():
            _, x, y, time = line.split()
            first[x, y] = int(time)
    except OSError:
        pass  # a run that ended before, or another simulator's file
    return first


def place(first, tile, cycle):
    """Lines of a view: where it opens, and its markers. A cycle is two steps of the wave file."""
    a = first.get(tuple(tile), min(first.values(), default=-1))
    b = -1 if cycle is None else 2 * cycle
    at = b if b >= 0 else a
    if at < 0:
        return []
    zoom = -8.0  # powers of two: about 600 cycles in a window, a VMM
    return [f"[timestart] {max(0, at - 100)}",
            f"*{zoom:.6f} {at} {a} {b}" + " -1" * 24] \
        + (["[markername] Afirst VMM"] if a >= 0 else []) \
        + ([f"[markername] Bcycle {cycle}"] if b >= 0 else [])


def bits(flags, signal):
    """The bits of a vector that a view shows as a group (GTKWave's flag 800000), one trace a
    bit."""
    found = re.search(r"\[(\d+):(\d+)\]$", signal)
    if not int(flags, 16) & 0x800000 or not found:
        return []
    width = abs(int(found[1]) - int(found[2])) + 1
    return [line for i in range(width) for line in ("@28", f"({i}){signal}")] + [
        "@1401200",
        "-group_end",
    ]


TILE = r"g_y\[(\d+)\]\.g_x\[(\d+)\]"
PLACE = TILE + r"\.u_place\.(\w+)"       # and its kind


def tile_of(view, names, tile):
    """The tile that a view looks at: this one, or the first of its kind where this one is of
    another; None where there is none. A view looks at tiles of one kind, or at the chip alone."""
    kinds = {k[3] for _, s in view_signals(view) if (k := re.search(PLACE, s))}
    tiles = {
        (int(at[1]), int(at[2]))
        for name in names
        if (at := re.search(PLACE, name)) and at[3] in kinds
    }
    if not kinds or (int(tile[1]), int(tile[0])) in tiles:
        return tile
    return tuple(str(n) for n in reversed(min(tiles))) if tiles else None


def fit(wave, tile, cycle=None):
    """Writes each view, its ranges and tile those of the wave file, beside it; prints how to look
    at it."""
    ranges = {same(n): n for n in wave_names(wave)}
    wave = pathlib.Path(wave)
    first = marks(wave)
    for view in sorted(VIEWS.glob("*.gtkw")):
        shown = tile_of(view, ranges, tile)
        if not shown:
            continue
        lines = view.read_text(encoding="utf-8").splitlines()
        # GTKWave looks for a filter from where it was started
        lines = [re.sub(r"^(\^>\d+) (?=sim/)", rf"\1 {ROOT}/", line) for line in lines]
        flags = [
            lines[i - 1][1:] if i and lines[i - 1].startswith("@") else "0"
            for i in range(len(lines))
        ]
        for number, signal in view_signals(view):
            label = re.match(r"\+\{[^}]*\} ", lines[number - 1])
            signal = re.sub(TILE, "g_y[{1}].g_x[{0}]".format(*shown), same(signal))
            if signal not in ranges:
                fail(f"{view.name}:{number}: {signal} is not in {wave}")
            name = ranges[signal]
            lines[number - 1] = "\n".join(
                [(label[0] if label else "") + name] + bits(flags[number - 1], name)
            )
        opened = place(first, shown, cycle)
        lines = [line for line in lines if not (opened and line.startswith("[timestart]"))]
        fitted = wave.with_suffix("." + view.name)
        with whole(fitted) as f:
            f.write("\n".join(opened + lines) + "\n")
        print(f"waves: gtkwave {wave} {fitted}")
    at = first.get(tuple(tile))
    if at is not None:
        print(
            f"waves: marker A is the first VMM of tile ({','.join(tile)}), cycle {at // 2}, {at} "
            "ps; a cycle is 2 ps of the wave"
        )
    if cycle is not None:
        print(f"waves: marker B is cycle {cycle}, {2 * cycle} ps")


def main(argv):
    if argv == ["list"]:
        found = sorted(pathlib.Path("sim/out").glob("**/wave.fst"))
        if not found:
            print("no waves yet: make run WAVES=1 N=1, or make sim TEST=<name> WAVES=1")
        for wave in found:
            fit(wave, ("0", "0"))
    elif argv[:1] == ["fit"] and len(argv) in (2, 3, 4):
        if not re.fullmatch(r"\d+,\d+", (argv + ["0,0"])[2]):
            fail(f"tile '{argv[2]}', expected <x>,<y>")
        if len(argv) > 3 and not argv[3].isdigit():
            fail(f"cycle '{argv[3]}', expected a whole number")
        fit(argv[1], tuple((argv + ["0,0"])[2].split(",")), int(argv[3]) if len(argv) > 3 else None)
    elif argv == ["form"]:
        views = sorted(VIEWS.glob("*.gtkw"))
        if not views:
            fail(f"no view in {VIEWS.relative_to(ROOT)}")
        for view in views:
            if not view_signals(view):
                fail(f"{view.name}: names no signal")
            for number, line in enumerate(view.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(r'"?/(home|work|tmp|root|usr)\b', line):
                    fail(f"{view.name}:{number}: absolute path '{line}'")
        print(f"{len(views)} views")
    elif argv[:1] == ["names"] and len(argv) == 2:
        print("\n".join(sorted(wave_names(argv[1]))))
    elif argv[:1] == ["check"] and len(argv) >= 3:
        there = {same(n) for n in wave_names(argv[1])}
        checks, lost = 0, []
        for view in argv[2:]:
            if not tile_of(pathlib.Path(view), there, ("0", "0")):
                continue
            for number, signal in view_signals(pathlib.Path(view)):
                checks += 1
                if same(signal) not in there:
                    lost.append(f"{view}:{number}: {signal} is not in {argv[1]}")
        print("\n".join(lost) if lost else f"PASS waves {checks} checks")
        return 1 if lost or not checks else 0
    else:
        sys.exit(__doc__.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
