/* SPDX-License-Identifier: Apache-2.0
 * Vector widths that the kernels are compiled for. The result never depends on the choice. */
#ifndef OHM_SIMD_H
#define OHM_SIMD_H

enum ohm_simd { OHM_SIMD_NONE, OHM_SIMD_SSE2, OHM_SIMD_AVX2, OHM_SIMD_AVX512 };

/* On other processors than x86-64 there is the portable code only. */
#if defined(__x86_64__) && defined(__GNUC__)
#define OHM_X86 1
#define OHM_TARGET_AVX2 __attribute__((target("avx2")))
#define OHM_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define OHM_X86 0
#endif

/* The widest one this processor has. */
static inline enum ohm_simd ohm_simd_best(void)
{
#if OHM_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return OHM_SIMD_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return OHM_SIMD_AVX2;
    return OHM_SIMD_SSE2;
#else
    return OHM_SIMD_NONE;
#endif
}

#endif
