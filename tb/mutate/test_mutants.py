# SPDX-License-Identifier: Apache-2.0
"""The checks of tb/mutate/mutants.sh."""
import pathlib
import subprocess
import sys

sys.path.insert(0, "scripts")
import mutants  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
checks = 0

TEXT = """`default_nettype none
module m #(parameter W = 4) (input wire clk, input wire rst, input wire [W-1:0] a,
    output wire [W-1:0] y, output reg z);
    localparam LAST = W - 1;
    reg [W-1:0] x_q; // if (a) x_q <= a;
    wire more = a <= x_q && !rst;
    wire unused = &{1'b0, more};
    assign y = x_q;
    always @(posedge clk) begin
        x_q <= more ? a : x_q;
        if (rst) x_q <= {W{1'b0}};
        else if (W == 4 && LAST != 2) z <= 1'b1;
    end
`ifdef FORMAL
    always @(posedge clk) if (more) assert (a <= x_q);
`endif
    initial if (W < 2) begin
        $display("W");
        $finish;
    end
endmodule
`default_nettype wire
"""
WANTED = [("inverted", "a <= x_q && !rst"), ("inverted", "x_q"), ("lost", "x_q <= more ? a : x_q;"),
          ("inverted", "more ? a : x_q"), ("always", "rst"), ("never", "rst"),
          ("lost", "x_q <= {W{1'b0}};"), ("inverted", "{W{1'b0}}"), ("lost", "z <= 1'b1;"),
          ("inverted", "1'b1")]


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"FAIL mutants: {what}")


def compiles(name, text):
    """With Icarus, which takes a module alone."""
    file = OUT / f"{name}.v"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(["iverilog", "-g2005", "-t", "null", "-I", "rtl/common", "-i", str(file)],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


found = mutants.mutants(TEXT)
check([(m.kind, TEXT[m.first:m.last]) for m in found] == WANTED,
      f"found {[(m.kind, TEXT[m.first:m.last]) for m in found]}")
check(all(TEXT.splitlines()[m.line - 1].find(TEXT[m.first:m.last]) >= 0 for m in found), "lines")
check("(rst) || 1'b1" in mutants.alone(TEXT, 5) and "(rst) && !1'b1" in mutants.alone(TEXT, 6),
      "conditions")
check("begin if (!1'b1) z <= 1'b1; end" in mutants.alone(TEXT, 9), "a lost register")
check("1'b1 ? ~(x_q) : (x_q);" in mutants.alone(TEXT, 2), "an inverted value")
every = mutants.schema(TEXT, range(1, len(found) + 1))
check(all(f"ohm_mutant_q == {n})" in every for n in range(1, len(found) + 1)), "all in one file")
check(every.replace(mutants.CHOICE, "").count("assert (a <= x_q)") == 1, "proofs stay as they are")
check(compiles("every", every)[0], compiles("every", every)[1])
check(mutants.sample(found, 4, "s") == mutants.sample(found, 4, "s")
      and len(mutants.sample(found, 4, "s")) == 4 and mutants.sample(found, 99, "s")
      == list(range(1, 11)), "the sample is fixed")
for module in ("common/ohm_fifo", "core/ohm_ramp", "noc/ohm_turns"):
    text = pathlib.Path(f"rtl/{module}.v").read_text(encoding="utf-8")
    count = len(mutants.mutants(text))
    check(count > 10, f"{module}: {count} mutants")
    whole = mutants.schema(text, range(1, count + 1))
    check(*compiles("whole", whole))
    for number in range(1, count + 1):
        one = mutants.alone(text, number)
        check(one != text, f"{module}: mutant {number} changes nothing")
        if number % 4 == 1:
            check(*compiles("one", one))
print(f"PASS mutants {checks} checks")
