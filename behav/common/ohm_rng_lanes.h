/* SPDX-License-Identifier: Apache-2.0
 * Inside ohm_rng.c, once for each width: blocks of normal draws. RNG_NAME names what is defined
 * here, RNG_TARGET is its attribute, RNG_WIDTH the doubles of a register, RNG_ONE_BY_ONE that the
 * keys are made without vectors, for targets without a product of 64-bit lanes. Every lane does
 * what ohm_normal does, in the same order. */
#define u64s RNG_NAME(u64s)
#define i64s RNG_NAME(i64s)
#define f64s RNG_NAME(f64s)
#define log_series RNG_NAME(log_series)
#define ratios RNG_NAME(ratios)
#define logs RNG_NAME(logs)
#define tails RNG_NAME(tails)
#define keys RNG_NAME(keys)
#define keys_of RNG_NAME(keys_of)
#define block RNG_NAME(block)

typedef uint64_t u64s __attribute__((vector_size(8 * RNG_WIDTH), may_alias));
typedef int64_t i64s __attribute__((vector_size(8 * RNG_WIDTH), may_alias));
typedef double f64s __attribute__((vector_size(8 * RNG_WIDTH), may_alias));

RNG_TARGET static inline void ratios(f64s *y, const double *num, const double *den, const f64s *at)
{
    const f64s x = *at;
    f64s n = x * num[7] + num[6], d = x * den[7] + den[6];
#pragma GCC unroll 8
    for (int j = 5; j >= 0; j--) {
        n = n * x + num[j];
        d = d * x + den[j];
    }
    *y = n / d;
}

OHM_LOG_SERIES(log_series, RNG_TARGET, f64s)

/* ohm_log of positive normal numbers. */
RNG_TARGET static inline void logs(f64s *y, const f64s *x)
{
    const u64s bits = *(const u64s *)x, above = bits - 0x3fe6a09e667f3bcdu;
    /* the exponent as a double: its bits behind 1.5·2^52, which is then taken off */
    const f64s k = (f64s)((u64s)((i64s)above >> 52) + 0x4338000000000000u) - 0x1.8p52;
    const f64s f = (f64s)(bits - (above & 0xfff0000000000000u)) - 1;
    log_series(y, &k, &f);
}

/* tail of q[0 … n), to out[at[i]]; q has room for whole groups. */
RNG_TARGET static inline void tails(double *q, const uint8_t *at, int n, double *out)
{
    for (int i = n; i % RNG_WIDTH; i++)
        q[i] = 0.45; /* a group's other lanes: any number of the tail */
    for (int i = 0; i < n; i += RNG_WIDTH) {
        double r[RNG_WIDTH] __attribute__((aligned(64)));
        double x[RNG_WIDTH] __attribute__((aligned(64)));
        const u64s sign = *(const u64s *)&q[i] & 0x8000000000000000u;
        const f64s p = 0.5 - (f64s)(*(const u64s *)&q[i] ^ sign); /* exact */
        f64s y;
        logs(&y, &p);
        *(f64s *)r = -y;
        for (int j = 0; j < RNG_WIDTH; j++)
            r[j] = sqrt(r[j]);
        y = *(const f64s *)r - 1.6;
        ratios(&y, C, D, &y);
        *(u64s *)x = (u64s)y ^ sign;
        for (int j = 0; j < RNG_WIDTH && i + j < n; j++)
            out[at[i + j]] = r[j] <= 5 ? x[j] : tail(q[i + j]);
    }
}

/* z[i] = ohm_key_at(key, i) of a group. */
RNG_TARGET static inline void keys(uint64_t key, uint64_t *at)
{
#if RNG_ONE_BY_ONE
    for (int j = 0; j < RNG_WIDTH; j++)
        at[j] = ohm_key_at(key, (uint64_t)j);
#else
    u64s z;
    for (int j = 0; j < RNG_WIDTH; j++)
        z[j] = key + ((uint64_t)j + 1) * OHM_GOLDEN_GAMMA;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    *(u64s *)at = z ^ (z >> 31);
#endif
}

/* z[i] = ohm_key_at(ohm_key_add(key, value[i]), element[i]) of a group. */
RNG_TARGET static inline void keys_of(uint64_t key, const uint64_t *value, const uint64_t *element,
                                      uint64_t *at)
{
#if RNG_ONE_BY_ONE
    for (int j = 0; j < RNG_WIDTH; j++)
        at[j] = ohm_key_at(ohm_key_add(key, value[j]), element[j]);
#else
    u64s z = (key ^ *(const u64s *)value) + OHM_GOLDEN_GAMMA;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    z += (*(const u64s *)element + 1) * OHM_GOLDEN_GAMMA;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    *(u64s *)at = z ^ (z >> 31);
#endif
}

/* Draws of up to DRAWS keys, in two steps without branches: the middle function for all, the tail
 * function for those that need it. n is a multiple of RNG_WIDTH. */
RNG_TARGET static inline void block(const uint64_t *z, int n, double *out)
{
    double q[DRAWS] __attribute__((aligned(64))), far[DRAWS] __attribute__((aligned(64)));
    uint8_t at[DRAWS];
    int count = 0;

    for (int i = 0; i < n; i += RNG_WIDTH) {
        /* k = the top 52 bits: 1 + k·2^-52 by its bit pattern; all steps to q = (k + ½)·2^-52 − ½
         * are exact */
        const f64s lane = (f64s)(*(const u64s *)&z[i] >> 12 | 0x3ff0000000000000u) - 1.5 + 0x1p-53;
        const f64s x = SPLIT * SPLIT - lane * lane;
        f64s y;
        ratios(&y, A, B, &x);
        *(f64s *)&q[i] = lane;
        *(f64s *)&out[i] = lane * y;
    }
    for (int i = 0; i < n; i++) {
        far[count] = q[i];
        at[count] = (uint8_t)i;
        count += fabs(q[i]) > SPLIT;
    }
    tails(far, at, count, out);
}

RNG_TARGET static void RNG_NAME(normals)(uint64_t key, int n, double *out)
{
    uint64_t z[DRAWS] __attribute__((aligned(64)));

    for (int i = 0; i < n; i += DRAWS) {
        const int rest = (n - i + RNG_WIDTH - 1) / RNG_WIDTH * RNG_WIDTH,
                  some = rest < DRAWS ? rest : DRAWS;
        for (int j = 0; j < some; j += RNG_WIDTH)
            keys(key + (uint64_t)(i + j) * OHM_GOLDEN_GAMMA, &z[j]);
        block(z, some, out + i);
    }
}

RNG_TARGET static void RNG_NAME(normals_of)(uint64_t key, const uint64_t *value,
                                            const uint64_t *element, int n, double *out)
{
    uint64_t z[DRAWS] __attribute__((aligned(64)));

    for (int i = 0; i < n; i += DRAWS) {
        const int rest = (n - i + RNG_WIDTH - 1) / RNG_WIDTH * RNG_WIDTH,
                  some = rest < DRAWS ? rest : DRAWS;
        for (int j = 0; j < some; j += RNG_WIDTH)
            keys_of(key, value + i + j, element + i + j, &z[j]);
        block(z, some, out + i);
    }
}

#undef u64s
#undef i64s
#undef f64s
#undef log_series
#undef ratios
#undef logs
#undef tails
#undef keys
#undef keys_of
#undef block
#undef RNG_NAME
#undef RNG_TARGET
#undef RNG_WIDTH
#undef RNG_ONE_BY_ONE
