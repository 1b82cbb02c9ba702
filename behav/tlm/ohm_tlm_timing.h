/* SPDX-License-Identifier: Apache-2.0
 * How exactly the SystemC model keeps time. */
#ifndef OHM_TLM_TIMING_H
#define OHM_TLM_TIMING_H

enum ohm_tlm_timing {
    OHM_TLM_AT, /* approximately timed: packets hold links, wait for each other, fill queues */
    OHM_TLM_LT /* loosely timed: a packet takes a cycle a hop and a flit, and never meets another on
                  its way */
};

#endif
