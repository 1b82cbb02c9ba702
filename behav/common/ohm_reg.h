/* SPDX-License-Identifier: Apache-2.0
 * Registers of a tile as docs/reference/map.md lists them: which exist in a configuration, who may
 * read and write them, and which of their bits a read gives back. Every model and the host ask
 * here. */
#ifndef OHM_REG_H
#define OHM_REG_H

#include <stdint.h>

#include "ohm_config.h"
#include "ohm_reg_list.h"

enum { OHM_READ = 1, OHM_WRITE = 2 };

#define OHM_REGISTER(name, ...) OHM_REGISTER_##name,
enum ohm_register { OHM_REGISTER_LIST(OHM_REGISTER) OHM_REGISTERS };
#undef OHM_REGISTER

struct ohm_reg {
    const char *name;
    /* Entry i is `words` words from address + i * stride up; count 0: there is no such register. */
    uint32_t address, count, stride, words;
    uint32_t access; /* OHM_READ, OHM_WRITE; a write to what can only be read is ignored */
    uint32_t live;   /* 1: reads as what the tile does, not as what was written */
    uint32_t mask;   /* bits that a read gives back, of a configuration with this register */
    enum ohm_register of; /* the same of the first descriptor that has it … */
    uint32_t desc;        /* … where this is that of descriptor desc */
};

struct ohm_regs {
    struct ohm_reg reg[OHM_REGISTERS]; /* by enum ohm_register, in the order of their addresses */
    uint8_t at[1 << 16];               /* by address: number of the register plus 1, or 0 */
};

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in the registers that a tile of this kind and configuration has. */
void ohm_regs_init(struct ohm_regs *r, const struct ohm_config *c, enum ohm_kind kind);

/* Returns the register that lives at an address; NULL when none does. */
static inline const struct ohm_reg *ohm_reg_at(const struct ohm_regs *r, unsigned address)
{
    return address < sizeof r->at && r->at[address] ? &r->reg[r->at[address] - 1] : NULL;
}

#ifdef __cplusplus
}
#endif

#endif
