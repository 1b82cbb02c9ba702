# SPDX-License-Identifier: Apache-2.0
"""Seeds of tb/fuzz/run.sh that are no files of the project: seeds.py DIRECTORY, in which run.rec is
a recording."""
import gzip
import pathlib
import struct
import sys

OUT = pathlib.Path(sys.argv[1])
CONFIGURATIONS = 8  # of fuzz_chip.c's packets


def save(name, data):
    (OUT / name).write_bytes(data if isinstance(data, bytes) else data.encode())


head, *rest = (OUT / "run.rec").read_text(encoding="utf-8").split("seed 1\n")
body = rest[0]
save("record-run", "tiny mesh_w=2 mesh_h=2\n" + body)
save("record-whole", head + "seed 1\n" + body)
packets = [[int(flit, 16) for flit in line.split()[1:]]
           for line in body.splitlines() if line[0] == "I"]
came = [[int(flit, 16) for flit in line.split()[2:]]
        for line in body.splitlines() if line[0] == "O"]


def joined(first, list_of_packets):
    return bytes([first]) + b"".join(
        bytes([len(flits)]) + struct.pack(f"<{len(flits)}I", *flits)
        for flits in list_of_packets if len(flits) < 256)


for i in range(CONFIGURATIONS):
    save(f"packets-{i}", joined(i, packets))
save("serial-packets", joined(1, came))
raw = bytearray([0])
for flits in came:
    for byte in b"\xf0" + struct.pack(f"<{len(flits)}I", *flits) + bytes(4):
        raw += bytes([0x7D, byte ^ 0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
    raw.append(0x7E)
save("serial-raw", bytes(raw))

idx = bytes([0, 0, 8, 3]) + struct.pack(">3I", 4, 8, 8) + bytes(range(256))
save("idx-plain", idx)
save("idx-gzip", gzip.compress(idx, mtime=0))
save("cifar-one", bytes([7]) + bytes(i % 251 for i in range(3072)))
save("defects-one", "tile_x,tile_y,row,col,device,state,conductance_us\n0,0,1,2,plus,stuck,0\n")
save("csv-one", "# a table\n1, 2.5, -3e-3\n4,5,6\n")
save("csv-exported", "\ufeff1;2;3\r\n4;5;6\r\n")
for name, line in (
        ("run", "--net a --data b --labels c --config tiny --mesh 2x2 --device pcm-hermes "
                "--seed 7"),
        ("coding", "--net a --data b --slices 4+4 --cell-bits 2 --apart both --row-groups 4 "
                   "--adc-bits 6 --range largest --copies 3 --replicas fc1=2 --links durations"),
        ("analog", "--net a --data b --set gain_spread=0.2 --set offset=4 --time 86400 "
                   "--calibrate 512 --compensate --spare-columns 2 --trip-code 100"),
        ("more", "--net a --data b --backend model --threads 4 --first 3 --count 5 --reload "
                 "--limit-cycles 900 --no-check --patience 3 --outputs d --draw e.svg")):
    save(f"options-{name}", line.replace(" ", "\n"))
