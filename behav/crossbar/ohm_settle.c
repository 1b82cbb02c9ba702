/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_settle.h"

#include <math.h>

#include "ohm_iv.h"
#include "ohm_rng.h"
#include "ohm_switch.h"

#define BOLTZMANN 1.380649e-23 /* J/K */
#define MILO_LOW 50e-6         /* S, range of the fit */
#define MILO_HIGH 225e-6

/* Numbers go into the keys: never reuse one. OHM_DOMAIN_READ and later ones are in ohm_array.c,
 * ohm_array_pulse.c and ohm_readout.c. */
enum {
    DOMAIN_PROGRAM = 1, DOMAIN_DRIFT = 2, DOMAIN_SPREAD = 4, DOMAIN_FAULT = 5, DOMAIN_TELEGRAPH = 6
};

static double common(const struct ohm_settler *s, enum ohm_device_common which)
{
    return s->device->common[which].value;
}

void ohm_settler_init(struct ohm_settler *s, const struct ohm_device_model *device, uint64_t seed,
                      unsigned macro)
{
    *s = (struct ohm_settler){.device = device};
    s->program_key = ohm_key_add(ohm_key(seed, DOMAIN_PROGRAM), macro);
    s->drift_key = ohm_key_add(ohm_key(seed, DOMAIN_DRIFT), macro);
    s->spread_key = ohm_key_add(ohm_key(seed, DOMAIN_SPREAD), macro);
    s->fault_key = ohm_key_add(ohm_key(seed, DOMAIN_FAULT), macro);
    s->telegraph_key = ohm_key_add(ohm_key(seed, DOMAIN_TELEGRAPH), macro);
    s->varied = common(s, OHM_DEVICE_D2D) > 0 || common(s, OHM_DEVICE_C2C) > 0;
    s->switched = device->switching && device->switching != &ohm_switch_ideal;
    s->stuck = common(s, OHM_DEVICE_STUCK_HIGH) > 0 || common(s, OHM_DEVICE_STUCK_LOW) > 0;
    s->telegraph = common(s, OHM_DEVICE_RTN_RATE) > 0 && common(s, OHM_DEVICE_RTN_AMPLITUDE) > 0;
    s->heated = common(s, OHM_DEVICE_TEMPERATURE_COEFFICIENT) != 0;
    s->curved = common(s, OHM_DEVICE_IV) != OHM_IV_LINEAR;
    s->noisy = device->read_sigma || common(s, OHM_DEVICE_READ_NOISE) > 0
               || common(s, OHM_DEVICE_THERMAL_TIME) > 0;
}

static double programmed(const struct ohm_settler *s, uint64_t place, uint32_t events,
                         double target)
{
    const struct ohm_device_model *d = s->device;
    double g = target;
    if (s->switched)
        return events == 0 && d->switching->common[OHM_SWITCH_FORM_AMP].value > 0 ? 0 : g;
    if (d->program)
        g = d->program(d, target,
                       ohm_normal(ohm_key_at(ohm_key_add(s->program_key, place), events)));
    if (s->varied) { /* element 0: the device, later ones: programming events */
        uint64_t key = ohm_key_add(s->spread_key, place);
        double device = 1 + common(s, OHM_DEVICE_D2D) * ohm_normal(ohm_key_at(key, 0));
        double event =
            1 + common(s, OHM_DEVICE_C2C) * ohm_normal(ohm_key_at(key, 1 + (uint64_t)events));
        g *= (device > 0 ? device : 0) * (event > 0 ? event : 0);
    }
    return g;
}

static double stuck_or(const struct ohm_settler *s, uint64_t place, double g)
{
    double u = ohm_uniform(ohm_key_at(ohm_key_add(s->fault_key, place), 0)),
           high = common(s, OHM_DEVICE_STUCK_HIGH);
    if (u < high)
        return common(s, OHM_DEVICE_STUCK_HIGH_LEVEL) * s->device->g_max;
    return u < high + common(s, OHM_DEVICE_STUCK_LOW)
               ? common(s, OHM_DEVICE_STUCK_LOW_LEVEL) * s->device->g_max
               : g;
}

/* Secant conductance over the one at low voltage. Outside of the range of Milo's fit the factor is
 * that of its nearest end. */
static double secant_factor(const struct ohm_settler *s, double g)
{
    struct ohm_iv iv = {(enum ohm_iv_kind)common(s, OHM_DEVICE_IV), common(s, OHM_DEVICE_IV_V0)};
    double v = common(s, OHM_DEVICE_V_READ), siemens = g * 1e-6;
    if (iv.kind == OHM_IV_MILO)
        siemens = ohm_device_clip(siemens, MILO_LOW, MILO_HIGH);
    return siemens > 0 ? ohm_iv_current(&iv, siemens, v, NULL) / (siemens * v) : 1;
}

double ohm_settle_factor(const struct ohm_device_model *device)
{
    struct ohm_settler s;
    ohm_settler_init(&s, device, 0, 0);
    return s.curved ? secant_factor(&s, device->g_max) : 1;
}

/* `seconds` after it was left at `written`, by whatever did so; target: what that is about; draw:
 * element of the device's drift. */
static struct ohm_settled settle(const struct ohm_settler *s, uint64_t place, double written,
                                 double target, uint64_t draw, uint32_t seconds)
{
    const struct ohm_device_model *d = s->device;
    double g = written;
    if (d->drift && seconds) {
        double xi = ohm_normal(ohm_key_at(ohm_key_add(s->drift_key, place), draw));
        g = s->switched && d->relax ? d->relax(d, g, seconds, xi)
                                    : d->drift(d, g, target, seconds, xi);
    }
    if (s->stuck) {
        g = stuck_or(s, place, g);
        written = stuck_or(s, place, written);
    }
    if (s->heated) {
        g *= 1
             + common(s, OHM_DEVICE_TEMPERATURE_COEFFICIENT)
                   * (common(s, OHM_DEVICE_TEMPERATURE) - 300);
        g = g > 0 ? g : 0;
    }
    double factor = s->curved ? secant_factor(s, g) : 1, variance = 0;
    if (s->noisy) {
        double own = d->read_sigma ? d->read_sigma(d, g, written, seconds) : 0,
               relative = common(s, OHM_DEVICE_READ_NOISE) * g;
        double time = common(s, OHM_DEVICE_THERMAL_TIME), v = common(s, OHM_DEVICE_V_READ);
        variance = own * own + relative * relative;
        if (time > 0) /* µS² of a current variance 4kTG/(2 time) A² */
            variance +=
                1e6 * 2 * BOLTZMANN * common(s, OHM_DEVICE_TEMPERATURE) * g / (time * v * v);
        variance *= factor * factor;
    }
    return (struct ohm_settled){g * factor, variance};
}

struct ohm_settled ohm_settle(const struct ohm_settler *s, uint64_t place, uint32_t events,
                              double target, double measured, uint32_t seconds)
{
    const double written = measured >= 0 ? measured : programmed(s, place, events, target);
    return settle(s, place, written, measured >= 0 ? measured : target, s->switched ? events : 0,
                  seconds);
}

struct ohm_settled ohm_settle_pulsed(const struct ohm_settler *s, uint64_t place, uint32_t pulse,
                                     double g, uint32_t seconds)
{
    return settle(s, place, g, g, s->switched ? pulse : 0, seconds);
}

int ohm_settle_telegraphic(const struct ohm_settler *s, uint64_t place)
{
    return s->telegraph
           && ohm_uniform(ohm_key_at(ohm_key_add(s->telegraph_key, place), 0))
                  < common(s, OHM_DEVICE_RTN_RATE);
}

uint32_t ohm_settle_interval(const struct ohm_settler *s, uint32_t seq)
{
    return seq / (uint32_t)common(s, OHM_DEVICE_RTN_READS);
}

double ohm_settle_telegraph(const struct ohm_settler *s, uint64_t place, uint32_t seconds,
                            uint32_t seq)
{
    if (!ohm_settle_telegraphic(s, place))
        return 1;
    uint64_t interval = (uint64_t)seconds << 32 | ohm_settle_interval(s, seq);
    double half = common(s, OHM_DEVICE_RTN_AMPLITUDE) / 2;
    /* element 0 of place: rate */
    uint64_t state = ohm_key_at(ohm_key_add(ohm_key_add(s->telegraph_key, place), interval), 1);
    return state >> 63 ? 1 + half : 1 - half;
}
