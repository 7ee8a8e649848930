/* SPDX-License-Identifier: Apache-2.0 */
/* Vector paths of x86. Two kinds of multiplication: by nibbles, where a shuffle chooses sixteen entries at once from a table
 * that depends on the public factor alone (Plank, Greenan and Miller 2013), and by GFNI's instruction, whose field is ours.
 * Either takes the same time for all bytes. Attributes allow instructions function by function: the program runs on any
 * x86-64, and takes a path only if CPU and system have what it needs. */
#include "sharing/gf256_path.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <string.h>

/* ---- SSSE3: 16 bytes ---- */

typedef struct ssse3_factor {
    __m128i low, high;
} ssse3_factor;

__attribute__((target("ssse3"), always_inline)) static inline ssse3_factor nibbles(uint8_t factor)
{
    ssse3_factor f = {_mm_setzero_si128(), _mm_setzero_si128()};
    for (int bit = 0; bit < 8; bit++) {
        const __m128i *row = (const __m128i *)(const void *)eb_gf256_basis[bit];
        const __m128i taken = _mm_set1_epi32(-(factor >> bit & 1));
        f.low = _mm_xor_si128(f.low, _mm_and_si128(_mm_loadu_si128(row), taken));
        f.high = _mm_xor_si128(f.high, _mm_and_si128(_mm_loadu_si128(row + 1), taken));
    }
    return f;
}

#define EB_NAME(f) ssse3_##f
#define EB_TARGET __attribute__((target("ssse3")))
#define VECTOR __m128i
#define FACTOR ssse3_factor
#define LOAD(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(void *)(p), v)
#define XOR(a, b) _mm_xor_si128(a, b)
#define READY(c) nibbles(c)
#define TIMES(v, f) ssse3_times(v, f)
#define ROWS 4

EB_TARGET static inline __m128i ssse3_times(__m128i v, ssse3_factor f)
{
    const __m128i nibble = _mm_set1_epi8(15);
    return XOR(_mm_shuffle_epi8(f.low, _mm_and_si128(v, nibble)),
               _mm_shuffle_epi8(f.high, _mm_and_si128(_mm_srli_epi64(v, 4), nibble)));
}

#include "sharing/gf256_kernels.h"

static const char *ssse3_missing(void)
{
    return __builtin_cpu_supports("ssse3") ? NULL : "the CPU has no SSSE3";
}

static const eb_gf256_path ssse3 = {
    .id = "ssse3", .missing = ssse3_missing, .evaluate = ssse3_evaluate, .combine = ssse3_combine};

/* ---- AVX2: 32 bytes ---- */

#undef EB_NAME
#undef EB_TARGET
#undef VECTOR
#undef FACTOR
#undef LOAD
#undef STORE
#undef XOR
#undef READY
#undef TIMES
#define EB_NAME(f) avx2_##f
#define EB_TARGET __attribute__((target("avx2")))
#define VECTOR __m256i
#define FACTOR avx2_factor
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define XOR(a, b) _mm256_xor_si256(a, b)
#define READY(c) avx2_ready(c)
#define TIMES(v, f) avx2_times(v, f)

typedef struct avx2_factor {
    __m256i low, high; /* the same table in both halves: a shuffle stays within 16 bytes */
} avx2_factor;

EB_TARGET static inline avx2_factor avx2_ready(uint8_t factor)
{
    const ssse3_factor f = nibbles(factor);
    return (avx2_factor){.low = _mm256_broadcastsi128_si256(f.low), .high = _mm256_broadcastsi128_si256(f.high)};
}

EB_TARGET static inline __m256i avx2_times(__m256i v, avx2_factor f)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    return XOR(_mm256_shuffle_epi8(f.low, _mm256_and_si256(v, nibble)),
               _mm256_shuffle_epi8(f.high, _mm256_and_si256(_mm256_srli_epi64(v, 4), nibble)));
}

#include "sharing/gf256_kernels.h"

static const char *avx2_missing(void)
{
    return __builtin_cpu_supports("avx2") ? NULL : "the CPU or the system has no AVX2";
}

static const eb_gf256_path avx2 = {
    .id = "avx2", .missing = avx2_missing, .evaluate = avx2_evaluate, .combine = avx2_combine};

/* ---- GFNI on AVX2's registers: 32 bytes ---- */

#undef EB_NAME
#undef EB_TARGET
#undef FACTOR
#undef READY
#undef TIMES
#define EB_NAME(f) gfni_##f
#define EB_TARGET __attribute__((target("avx2,gfni")))
#define FACTOR __m256i
#define READY(c) _mm256_set1_epi8((char)(c))
#define TIMES(v, f) _mm256_gf2p8mul_epi8(v, f)

#include "sharing/gf256_kernels.h"

static const char *gfni_missing(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("gfni") ? NULL : "the CPU has no GFNI with AVX2";
}

static const eb_gf256_path avx2_gfni = {
    .id = "avx2-gfni", .missing = gfni_missing, .evaluate = gfni_evaluate, .combine = gfni_combine};

/* ---- GFNI on AVX-512's registers: 64 bytes ---- */

#undef EB_NAME
#undef EB_TARGET
#undef VECTOR
#undef FACTOR
#undef LOAD
#undef STORE
#undef XOR
#undef READY
#undef TIMES
#undef ROWS
#define EB_NAME(f) gfni512_##f
#define EB_TARGET __attribute__((target("avx512f,avx512bw,gfni")))
#define VECTOR __m512i
#define FACTOR __m512i
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, v) _mm512_storeu_si512(p, v)
#define XOR(a, b) _mm512_xor_si512(a, b)
#define READY(c) _mm512_set1_epi8((char)(c))
#define TIMES(v, f) _mm512_gf2p8mul_epi8(v, f)
#define ROWS 8

#include "sharing/gf256_kernels.h"

static const char *gfni512_missing(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("gfni")
               ? NULL
               : "the CPU or the system has no GFNI with AVX-512";
}

static const eb_gf256_path avx512_gfni = {
    .id = "avx512-gfni", .missing = gfni512_missing, .evaluate = gfni512_evaluate, .combine = gfni512_combine};

const eb_gf256_path *const eb_gf256_vector_paths[] = {&ssse3, &avx2, &avx2_gfni, &avx512_gfni, NULL};

#endif
