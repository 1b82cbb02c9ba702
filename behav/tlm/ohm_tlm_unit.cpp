// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_vec.h"

namespace ohm
{

std::unique_ptr<Unit> Unit::make(ohm_kind kind, Registers reg)
{
    switch (kind) {
    case OHM_KIND_VEC: return std::make_unique<VectorUnit>(std::move(reg));
    default: return nullptr;
    }
}

} // namespace ohm
