// SPDX-License-Identifier: Apache-2.0
`default_nettype none
// Book-keeping of the slots of one stream of numbered vectors (input stream or partial sums).
//
// Vector seq lives in slot seq mod slots while seq is in the window [head, head + slots), so a
// slot's number needs no storing. Packets of a vector add up their words until `expect_words` have
// come; a poison packet completes the vector as poison, and what else comes for it is absorbed. The
// front vector, the oldest one not taken yet, is offered when complete; take moves the front on. A
// taken vector keeps its slot until pop moves the head past it. A user that holds nothing gives
// both at once, and front is head.
//
//   head ... taken ... front ... arriving ... head + slots - 1
//
// Lost: packets of one producer arrive in order, so when a newer vector is whole and the front is
// not, the front never will be. Newer poison vectors prove that for one producer only, and count
// when they fill the rest of the window (nothing else can come then). A lost front becomes poison,
// with lost_req until lost_ack (the same cycle, or later); lost: it does.
//
// The words so far are in a RAM that is read when a packet is checked and as long as its commit is
// awaited: chk marks the check, com_* hold from the next cycle (com_seq from the check) until the
// commit, which comes two cycles after the check, one for a packet without words, and before the
// next chk (ohm_ni_rx).
//
// Throughput: one check and one commit a cycle. Latency: a commit shows in front_valid the next
// cycle.
// Parameters: SLOTS, most slots, 2 to 16, power of two. log2_slots above that is taken as SLOTS.
// HOLD = 0: take and pop always come together (no registers for what is taken). EARLY = 1: a front
// that is not valid may be taken and popped at once; its number is never whole then.
module ohm_slots #(
    parameter SLOTS = 16,
    parameter HOLD  = 1,
    parameter EARLY = 0
) (
    input  wire        clk,
    input  wire        rst,
    // 0: all slots empty, head = seq_base (HOLD = 0: and in the cycle after)
    input  wire        enable,
    input  wire [31:0] seq_base,
    input  wire [2:0]  log2_slots,
    input  wire [11:0] expect_words,

    input  wire        chk,
    input  wire [15:0] chk_seq,
    output wire        chk_ok,           // there is a place for this number
    output wire [3:0]  chk_slot,

    input  wire        commit,
    input  wire [15:0] com_seq,
    input  wire [9:0]  com_len,
    input  wire        com_poison,
    output wire        com_stale,        // no place any more in the next cycle

    output wire [3:0]  slots1,           // slots, less 1
    output wire        front_valid,
    output wire        front_poison,
    output wire [31:0] front_seq,
    input  wire        take,             // the front, which is valid
    input  wire        pop,              // the head, which is taken, or is being taken
    output wire [15:0] limit,            // first number that may not be sent yet
    output wire        lost_req,
    input  wire        lost_ack,
    output wire        lost              // acknowledged, and the front is still missing
);
    localparam [3:0] TOP = SLOTS[3:0] - 4'd1;    // 16 wraps to 15

    reg [31:0]      front_q;
    reg [15:0]      head_q;
    reg [SLOTS-1:0] some_q, done_q, poison_q;    // words have come; complete; complete as poison
    reg [SLOTS-1:0] taken_q;
    (* no_rw_check *) reg [11:0] words [0:SLOTS-1]; // valid with some_q
    reg [11:0]      words_q;                     // of com_seq
    reg             some1_q;                     // they are valid

    wire [3:0]  want   = log2_slots[2] ? 4'd15 : (4'd1 << log2_slots) - 4'd1;
    reg  [3:0]  mask;                            // slots - 1
    always @(posedge clk) mask <= want & TOP;
    wire [15:0] slots  = {12'd0, mask} + 16'd1;

    localparam SW = $clog2(SLOTS);
    wire [3:0]    com_slot = com_seq[3:0] & mask;
    wire [SW-1:0] chk_i    = chk_slot[SW-1:0];
    wire [SW-1:0] com_i    = com_slot[SW-1:0];
    wire [15:0]   head     = HOLD != 0 ? head_q : front_q[15:0];
    wire [SLOTS-1:0] taken = HOLD != 0 ? taken_q : {SLOTS{1'b0}};
    wire [3:0]    front_slot = front_q[3:0] & mask;
    wire [3:0]    head_slot  = head[3:0] & mask;
    wire [SW-1:0] front_i  = front_slot[SW-1:0];
    wire [SW-1:0] head_i   = head_slot[SW-1:0];

    assign slots1    = mask;
    assign front_seq = front_q;
    assign limit     = head + slots;
    assign chk_slot  = chk_seq[3:0] & mask;
    wire [15:0] chk_far = (chk_seq - head) & {12'hFFF, ~mask};   // 0: in the window
    wire [15:0] com_far = (com_seq - head) & {12'hFFF, ~mask};
    assign chk_ok    = chk_far == 16'd0 && (!done_q[chk_i] || poison_q[chk_i]);
    // what can change until then: a pop takes the head's place away
    assign com_stale = com_far != 16'd0 || (done_q[com_i] && !poison_q[com_i])
        || (pop && com_slot == head_slot);

    assign front_valid  = done_q[front_i];       // nobody asks with every slot taken
    assign front_poison = poison_q[front_i];

    wire [SLOTS-1:0] newer    = done_q & ~taken; // newer, when the front is not done
    wire [15:0]      places   = {{8{want[3]}}, {4{want[2]}}, {2{want[1]}}, want[0], 1'b1};
    wire [SLOTS-1:0] used     = places[SLOTS-1:0];
    wire [SLOTS-1:0] front_1h = {{(SLOTS-1){1'b0}}, 1'b1} << front_i;
    wire others_done = &(done_q | ~used | front_1h) && |newer;
    // as it was a cycle ago: the front may have come since
    reg  lost_q;
    assign lost_req = lost_q;
    reg  came_q;                                 // since then it has
    assign lost     = lost_q && lost_ack && enable && !came_q;

    reg [12:0] sum_q;                            // words of com_seq, this packet's among them

    // HOLD = 0: a cycle late; nothing is committed in the first one
    wire clear;
    generate
        if (HOLD != 0) begin : g_now
            assign clear = rst || !enable;
        end else begin : g_late
            reg clear_q;
            always @(posedge clk) clear_q <= rst || !enable;
            assign clear = clear_q;
        end
    endgenerate

    always @(posedge clk) begin
        words_q <= words[chk ? chk_i : com_i];
        some1_q <= some_q[chk ? chk_i : com_i];
        sum_q   <= {1'b0, some1_q ? words_q : 12'd0} + {3'd0, com_len};
        if (commit) words[com_i] <= sum_q[11:0];
        lost_q  <= !clear && !(lost_q && lost_ack) && !(EARLY != 0 && take) && !done_q[front_i]
            && (|(newer & ~poison_q) || others_done);
        came_q  <= commit && com_i == front_i && (com_poison || sum_q >= {1'b0, expect_words});
    end

    always @(posedge clk) begin
        if (clear) begin
            front_q  <= seq_base;
            head_q   <= seq_base[15:0];
            taken_q  <= {SLOTS{1'b0}};
            some_q   <= {SLOTS{1'b0}};
            done_q   <= {SLOTS{1'b0}};
            poison_q <= {SLOTS{1'b0}};
        end else begin
            if (commit) begin
                some_q[com_i] <= 1'b1;
                if (com_poison || sum_q >= {1'b0, expect_words}) done_q[com_i] <= 1'b1;
                if (com_poison) poison_q[com_i] <= 1'b1;
            end
            if (lost) begin
                done_q[front_i]   <= 1'b1;
                poison_q[front_i] <= 1'b1;
            end
            if (take) begin
                front_q          <= front_q + 32'd1;
                taken_q[front_i] <= 1'b1;
            end
            if (pop) begin
                head_q           <= head_q + 16'd1;
                taken_q[head_i]  <= 1'b0;
                some_q[head_i]   <= 1'b0;
                done_q[head_i]   <= 1'b0;
                poison_q[head_i] <= 1'b0;
            end
        end
    end

    // upper bits when there are fewer than 16 slots
    wire unused = &{1'b0, com_slot, front_slot, head_slot, places};
endmodule
`default_nettype wire
