# SPDX-License-Identifier: Apache-2.0
"""Scripts of tb/chip/x_bench.v: from a recording, and back.

  x_script.py make RECORDING SCRIPT      prints how many words there are
  x_script.py check RECORDING OUTPUT     the packets of the bench's output are the recording's;
                                         prints how many
"""
import collections
import struct
import sys
import zlib

DATA_TYPES = {4, 5}     # ACT, PSUM
WAIT, LAST, CONFIG = 1 << 34, 1 << 33, 1 << 32


def lines(path):
    """Kind and flits of the packets of a recording, in order."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line[0] in "IO":
                first = 1 if line[0] == "I" else 2
                yield line[0], [int(flit, 16) for flit in line.split()[first:]]


def with_crc(flits):
    return flits + [zlib.crc32(struct.pack(f"<{len(flits)}I", *flits))]


def make(recording, script):
    words, came = [], 0
    for kind, flits in lines(recording):
        if kind == "O":
            came += 1
            words.append(WAIT | came)
            continue
        class_bit = 0 if flits[0] >> 28 in DATA_TYPES else CONFIG
        packet = with_crc(flits)
        words += [class_bit | word | (LAST if i + 1 == len(packet) else 0)
                  for i, word in enumerate(packet)]
    with open(script, "w", encoding="utf-8") as f:
        f.write("".join(f"{word:09x}\n" for word in words))
    print(len(words))


def check(recording, output):
    want = collections.Counter(tuple(with_crc(flits)) for kind, flits in lines(recording)
                               if kind == "O")
    got, packet = collections.Counter(), []
    with open(output, encoding="utf-8") as f:
        for line in f:
            if line.startswith("word "):
                packet.append(int(line.split()[1], 16))
            elif line.startswith("packet"):
                got[tuple(packet)] += 1
                packet = []
    for packets, what in ((want - got, "never came"), (got - want, "was not expected")):
        for one in packets:
            sys.exit("FAIL x: the packet " + " ".join(f"{w:08x}" for w in one) + f" {what}")
    print(sum(want.values()))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
