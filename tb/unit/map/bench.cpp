// SPDX-License-Identifier: Apache-2.0
// The two readers of the map's register list agree: ohm_reg_check of the RTL and ohm_regs of C, at
// every address of every configuration, named or drawn (top.py). And what ohm_config_check says of
// each size just outside its range.
#include <verilated.h>

#include <memory>
#include <string>

#include "Vtop.h"
#include "ohm_bench.h"
#include "ohm_reg.h"

#include "configs.h" // needs struct ohm_config

// All addresses: exists in both or in neither, and the table leads to the register of the address.
static void addresses()
{
    const unsigned n = sizeof configs / sizeof configs[0];
    Vtop top;
    auto regs = std::make_unique<ohm_regs[]>(n);
    unsigned long found = 0;

    for (unsigned i = 0; i < n; i++)
        ohm_regs_init(&regs[i], &configs[i], static_cast<ohm_kind>(kind_of[i]));
    for (unsigned addr = 0; addr < 0x10000; addr++) {
        top.addr = static_cast<uint16_t>(addr);
        top.eval();
        for (unsigned i = 0; i < n; i++) {
            const ohm_reg *r = ohm_reg_at(&regs[i], addr);
            CHECK((top.ok >> i & 1) == (r != nullptr), "%s: 0x%04x: RTL %s, C %s", configs[i].name,
                  addr, top.ok >> i & 1 ? "a register" : "none", r ? r->name : "none");
            if (!r) continue;
            const unsigned at = addr - r->address;
            CHECK(at / r->stride < r->count && at % r->stride < r->words, "%s: 0x%04x is not in %s",
                  configs[i].name, addr, r->name);
            found++;
        }
    }
    CHECK(!ohm_reg_at(&regs[0], 0x10000) && found > n * 100ul, "%lu registers found", found);
}

// A size just outside its range is refused by name, value and range; the ends of the range are not.
static void sizes()
{
    for (const ohm_config &good : configs) {
        ohm_error err = {""};
        CHECK(!ohm_config_check(&good, &err), "%s: %s", good.name, err.text);
        for (const ohm_config_key &key : ohm_config_keys) {
            for (const long value : {key.min - 1L, key.max + 1L, 100000L}) {
                if (value == 0 && key.or0) continue;
                ohm_config bad = good;
                *ohm_config_at(&bad, &key) = static_cast<int>(value);
                char range[OHM_CONFIG_RANGE_MAX];
                const std::string want = std::string(key.name) + ": " + std::to_string(value)
                                       + ", expected " + ohm_config_range(&key, range);
                CHECK(ohm_config_check(&bad, &err) == -1 && err.text == want,
                      "%s: %s = %ld says \"%s\"", good.name, key.name, value, err.text);
            }
            CHECK(ohm_config_legal(&key, key.min), "%s = %d", key.name, key.min);
            CHECK(ohm_config_legal(&key, key.max), "%s = %d", key.name, key.max);
            CHECK(!key.power2 || !ohm_config_legal(&key, 6), "%s = 6, no power of two", key.name);
        }
    }
}

int main()
{
    bench::title = "map";
    addresses();
    sizes();
    return bench::end();
}
