/* SPDX-License-Identifier: Apache-2.0
 * Cycles of the programming engine (rtl/program/ohm_program_seq.v), state for state: the one place
 * that knows them. The SystemC model times the engine by them, `ohm-program --energy` prints them;
 * tb/chip/program_time.c holds them against the RTL, cycle for cycle. */
#ifndef OHM_PROGRAM_CYCLES_H
#define OHM_PROGRAM_CYCLES_H

/* From the cycle in which CTRL is written to the first in which a vector may be taken: CHECK passes
 * once over all columns. The event of a refusal leaves in the same cycle. */
static inline unsigned ohm_program_cycles_enable(unsigned cols)
{
    return cols + 4;
}

/* From the cycle in which a vector is taken: ERASE, FETCH and, with erase pulses, PICK, which
 * passes over all columns. Of the second device of a row as well. */
static inline unsigned ohm_program_cycles_device(unsigned cols, int erases)
{
    return 2 + (erases ? cols + 4 : 0);
}

/* LOAD: registers of a phase; `passed`: phases without iterations before it. */
static inline unsigned ohm_program_cycles_phase(unsigned passed)
{
    return 5 + 3 * passed;
}

/* NUMBER, READ, SCAN: from the cycle in which a read begins, of so many ticks and steps of the
 * ramp, to the one in which its columns move on to the scan, if the scan of the read before is over
 * then; else it is the last cycle of that one. */
static inline unsigned ohm_program_cycles_read(unsigned ticks, unsigned steps)
{
    return ticks + steps + 7;
}

/* From that cycle to the next read of the verify; of its last read, to the first cycle that has all
 * columns judged. */
static inline unsigned ohm_program_cycles_scan(unsigned cols, int last)
{
    return last ? cols + 5 : 2;
}

/* A verify of so many reads, from the first one's beginning. */
static inline unsigned ohm_program_cycles_verify(unsigned cols, unsigned reads, unsigned ticks,
                                                 unsigned steps)
{
    const unsigned read = ohm_program_cycles_read(ticks, steps), pace = read + 2;

    return read + (reads - 1) * (pace > cols ? pace : cols) + ohm_program_cycles_scan(cols, 1);
}

/* DECIDE, and for a new round STAIR, STEP. */
static inline unsigned ohm_program_cycles_decide(int round)
{
    return round ? 3 : 1;
}

/* PULSE, PULSING, TALLY: a pulse whose width has this code, in the views of this project. */
static inline unsigned ohm_program_cycles_pulse(unsigned width)
{
    return width + 8;
}

/* ROOM, SHOW and REPORT: what one device adds to a report. Without a bank it waits in ROOM. */
static inline unsigned ohm_program_cycles_report(unsigned cols, int codes)
{
    return 2 * cols + 7 + (codes ? 0 : 10);
}

/* DUMP: the codes of a row, or zeros for a device that is not worked on. */
static inline unsigned ohm_program_cycles_dump(unsigned cols, int codes)
{
    return codes ? cols + 3 : 6 + (cols + 31) / 32;
}

/* CLOSE, GAP: from the cycle that hands the report over to the first in which the next vector may
 * be taken. */
static inline unsigned ohm_program_cycles_close(void)
{
    return 2;
}

#endif
