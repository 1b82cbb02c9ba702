/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_reg.h"

#include <string.h>

#include "ohm_map.h"

_Static_assert(OHM_REGISTERS < 256, "a register's number does not fit the index by address");

void ohm_regs_init(struct ohm_regs *r, const struct ohm_config *c, enum ohm_kind kind)
{
#define REGISTER(name, kinds, count, stride, words, access, live, mask, address, of, desc) \
    {#name, address, (kinds) >> kind & 1u ? (uint32_t)(count) : 0u, stride, words, access, \
     live, mask, OHM_REGISTER_##of, desc},
    const struct ohm_reg all[OHM_REGISTERS] = {OHM_REGISTER_LIST(REGISTER)};
#undef REGISTER

    memcpy(r->reg, all, sizeof all);
    memset(r->at, 0, sizeof r->at);
    for (unsigned k = 0; k < OHM_REGISTERS; k++)
        for (uint32_t i = 0; i < all[k].count; i++)
            memset(r->at + all[k].address + i * all[k].stride, (int)k + 1, all[k].words);
}
