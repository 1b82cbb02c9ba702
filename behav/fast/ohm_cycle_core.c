/* SPDX-License-Identifier: Apache-2.0
 * Each step reads what the registers held and then writes what they hold next, block by block in the order of the RTL. */
#include "ohm_cycle_core.h"

enum { POST_DELAY = 3 }; /* ST_TAIL to res_done, cycles between */

void cycle_core_stop(struct cycle_core *c)
{
    c->rows = ROWS_IDLE;
    c->full = c->poison = 0;
    c->ctrl = CTRL_IDLE;
    c->more = 0;
    c->next = 0;
    c->en = c->first = c->fresh = c->busy = c->answer = c->answer_first = c->left = 0;
    c->captured = c->scanning = 0;
    c->scan_left = c->summed = 0;
    c->alloc = c->head = c->used = 0;
    c->done = 0;
    c->post = POST_WAIT;
    c->link = (struct cycle_link){.in = c->link.in, .out = c->link.out, .pace = c->link.pace, .seq = c->link.seq};
}

void cycle_core_init_end(struct cycle_core *c)
{
    c->all_done = 0;
    c->vmms = c->poisons = 0;
}

int cycle_core_idle(const struct cycle_core *c)
{
    return c->rows == ROWS_IDLE && !c->full && c->ctrl == CTRL_IDLE && !c->used && !c->busy && !c->en && !c->captured
        && !c->scanning && !c->summed && c->post == POST_WAIT && !c->link.gap && !c->link.claimed && !c->link.poison && !c->link.due && !c->link.claim;
}

static void step_rows(struct cycle_core *c, const struct cycle_core_in *in, int take)
{
    const int was_full = c->full;

    if (take)
        c->full = 0;
    switch (c->rows) {
    case ROWS_IDLE:
        if (in->vec_valid && !was_full && !c->link.in) {
            c->rows = in->vec_poison ? ROWS_POISON : ROWS_LOAD;
            c->poison = in->vec_poison;
            c->seq = in->vec_seq;
            c->word = 0;
        }
        break;
    case ROWS_LOAD:
        if (c->word++ == c->rows1 / 4)
            c->rows = ROWS_END;
        break;
    default:
        c->rows = ROWS_IDLE;
        c->full = 1;
    }
}

static void step_ctrl(struct cycle_core *c, int go, unsigned bank)
{
    switch (c->ctrl) {
    case CTRL_RESET: c->ctrl = CTRL_TICK; break;
    case CTRL_TICK:
        if (!c->tick--)
            c->ctrl = CTRL_SETTLE;
        break;
    case CTRL_SETTLE: c->ctrl = CTRL_ACQ; break;
    default: c->ctrl = go ? CTRL_RESET : CTRL_IDLE;
    }
    if (!go)
        return;
    const int last = c->next + 1 == c->nslice;
    c->read = (struct cycle_read){.slice = c->next, .bank = bank, .last = last};
    c->tick = c->slice[c->next].ticks - 1;
    c->more = !last;
    c->next = last ? 0 : c->next + 1;
}

static void step_ramp(struct cycle_core *c, int load, int halt, int answer_last)
{
    const int halt_now = halt && c->en && c->answer, en = c->en;

    c->answer = en;
    c->answer_first = en && c->first;
    c->busy = load || (c->busy && (c->fresh || !answer_last));
    c->fresh = load;
    if (en)
        c->answer_step = c->step;
    if (load) {
        const struct cycle_slice *s = &c->slice[c->read.slice];
        c->en = 0;
        c->first = 1;
        c->left = s->steps;
        c->step = s->start - 1;
        c->ramp = c->read;
        c->ramp.last_trip = c->early_stop ? c->trips[c->read.slice] : s->stop;
        return;
    }
    c->step += en;
    c->en = c->left != 0 && !halt_now;
    if (en)
        c->first = 0;
    if (halt_now)
        c->left = 0;
    else if (c->left)
        c->left--;
}

/* rtl/core/ohm_link.v; `used`, `first`: banks, answer to step START-1, in this cycle. */
static void step_link(struct cycle_core *c, const struct cycle_core_in *in, unsigned used, int first, int ok, int alloc, int pass)
{
    struct cycle_link *l = &c->link;

    if (l->in) {
        l->ready = l->known && !in->link_claim && !l->gap && !l->due && used + l->claimed < c->banks && ok;
        l->poison = in->link_poison || (l->poison && !pass);
        l->due = (in->link_claim && in->link_mark) || (l->due && !pass);
        l->gap = in->link_claim ? l->pace - 3 : l->gap ? l->gap - 1 : 0;
        l->claimed += (unsigned)in->link_claim - (unsigned)alloc;
        l->seq += (uint32_t)alloc;
    }
    l->known |= !in->slice_held;
    l->claim = l->out && (l->in ? in->link_claim : alloc);
    l->mark = l->out && (l->in ? in->link_mark : pass);
    l->start = l->out && first;
    l->pass = l->out && pass;
}

void cycle_core_step(struct cycle_core *c, const struct cycle_core_in *in, struct cycle_core_out *out)
{
    *out = (struct cycle_core_out){0};

    /* what the registers say */
    const int answer_last = c->answer && !c->en;
    const int room = c->used != c->banks;
    const struct cycle_slice *s = &c->slice[c->next];
    const int older = c->busy && (c->captured || answer_last);
    const unsigned scan_bound = c->scan_left + (older ? c->cols1 : 0);
    const int hold_ok = c->left <= (int)s->ticks + 2;
    const int capture_ok = !(c->busy || c->captured) || scan_bound <= s->ticks + 2;
    const int fresh = !c->more && c->full && !c->poison && room;
    const struct cycle_link *link = &c->link;
    const int link_ok = !link->out || (in->link_ready && !link->claim);
    const int own = !in->slice_held && (c->ctrl == CTRL_IDLE || c->ctrl == CTRL_ACQ) && (c->more || fresh) && hold_ok && capture_ok && link_ok;
    const int go = link->in ? in->link_start : own;
    const int begins = go && !c->more;
    const int quiet = !link->out || (c->ctrl == CTRL_IDLE && !c->busy && (link->in || link_ok));
    const int pass = (link->in ? link->poison : c->full && c->poison && room) && quiet;
    const int alloc = pass || begins, answer_first = c->answer_first;
    const unsigned used = c->used;
    const uint32_t seq = link->in ? link->seq : c->seq;
    const int load = c->ctrl == CTRL_SETTLE, tag_move = c->en && c->first;
    const int move = c->captured && !c->scan_left;
    const int scan_last = c->scanning && !c->scan_left && c->scan.last;
    const unsigned sum_done = c->summed >> (c->sum_delay - 1) & 1;
    const int head_done = c->done >> c->head & 1, head_poison = c->poisoned >> c->head & 1;
    const int head_free = c->post == POST_FREE;
    const int start = head_done && (!c->psum || (in->ps_valid && in->ps_seq == c->seqs[c->head])) && in->res_ready;
    const int halt = c->early_stop && c->all_done;

    out->vec_pop = c->rows == ROWS_END || c->rows == ROWS_POISON;
    out->ps_pop = head_free && c->psum;
    out->rsd_pop = head_free;
    out->res_poison = head_free && c->post_poison;
    out->res_done = out->res_poison || (c->post == POST_TAIL && c->index == POST_DELAY);
    out->res_seq = c->post_seq;
    out->begins = begins;
    out->begins_seq = seq;

    /* vectors in order */
    const unsigned bank = begins ? c->alloc : c->read.bank;
    if (alloc) {
        const uint8_t bit = (uint8_t)(1u << c->alloc);
        c->done = (uint8_t)(pass ? c->done | bit : c->done & ~bit);
        c->poisoned = (uint8_t)(pass ? c->poisoned | bit : c->poisoned & ~bit);
        c->seqs[c->alloc] = seq;
        c->alloc = (c->alloc + 1) & (c->banks - 1);
    }
    if (sum_done)
        c->done |= (uint8_t)(1u << c->sum_bank[c->sum_delay - 1]);

    /* post-process; looks at the oldest vector before it moves on */
    switch (c->post) {
    case POST_WAIT:
        if (start) {
            c->post = head_poison ? POST_FREE : POST_SWEEP;
            c->post_poison = head_poison || (c->psum && in->ps_poison);
            c->post_seq = c->seqs[c->head];
            c->index = 0;
        }
        break;
    case POST_SWEEP:
        if (c->index++ == c->outs1)
            c->post = POST_FREE;
        break;
    case POST_FREE:
        c->post = c->post_poison ? POST_WAIT : POST_TAIL;
        c->index = 0;
        break;
    default:
        if (out->res_done)
            c->post = POST_WAIT;
        c->index++;
    }
    if (head_free) {
        c->done &= (uint8_t)~(1u << c->head);
        c->head = (c->head + 1) & (c->banks - 1);
    }
    c->used += (unsigned)alloc - (unsigned)head_free;
    c->vmms += (uint32_t)(out->res_done && !out->res_poison);
    c->poisons += (uint32_t)out->res_poison;

    /* scan to accumulators */
    for (int i = c->sum_delay - 1; i > 0; i--)
        c->sum_bank[i] = c->sum_bank[i - 1];
    c->sum_bank[0] = (uint8_t)c->scan.bank;
    c->summed = (c->summed << 1 | (unsigned)scan_last) & ((1u << c->sum_delay) - 1);

    /* capture and scan */
    if (move) {
        c->scanning = 1;
        c->scan_left = c->cols1;
        c->scan = c->capture;
        c->all_done = 0;
    } else {
        if (c->scanning) {
            if (c->scan_left)
                c->scan_left--;
            else
                c->scanning = 0;
        }
        if (c->answer && !c->answer_first && (answer_last || c->answer_step >= c->capture.last_trip))
            c->all_done = 1;
    }
    c->captured = answer_last || (c->captured && !move);
    if (tag_move)
        c->capture = c->ramp;

    step_ramp(c, load, halt, answer_last);
    step_ctrl(c, go, bank);
    step_rows(c, in, alloc);
    if (link->in || link->out)
        step_link(c, in, used, answer_first, link_ok, alloc, pass);
}
