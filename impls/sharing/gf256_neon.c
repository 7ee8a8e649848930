/* SPDX-License-Identifier: Apache-2.0 */
/* The vector path of AArch64, where every CPU has NEON: by nibbles, as on x86. TBL takes the same time for all bytes. */
#include "sharing/gf256_path.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#define EB_NAME(f) neon_##f
#define EB_TARGET
#define VECTOR uint8x16_t
#define FACTOR neon_factor
#define LOAD(p) vld1q_u8(p)
#define STORE(p, v) vst1q_u8(p, v)
#define XOR(a, b) veorq_u8(a, b)
#define READY(c) neon_ready(c)
#define TIMES(v, f) neon_times(v, f)
#define ROWS 8

typedef struct neon_factor {
    uint8x16_t low, high;
} neon_factor;

static inline neon_factor neon_ready(uint8_t factor)
{
    neon_factor f = {vdupq_n_u8(0), vdupq_n_u8(0)};
    for (int bit = 0; bit < 8; bit++) {
        const uint8x16_t taken = vdupq_n_u8((uint8_t) - (factor >> bit & 1));
        f.low = XOR(f.low, vandq_u8(LOAD(eb_gf256_basis[bit]), taken));
        f.high = XOR(f.high, vandq_u8(LOAD(eb_gf256_basis[bit] + 16), taken));
    }
    return f;
}

static inline uint8x16_t neon_times(uint8x16_t v, neon_factor f)
{
    return XOR(vqtbl1q_u8(f.low, vandq_u8(v, vdupq_n_u8(15))), vqtbl1q_u8(f.high, vshrq_n_u8(v, 4)));
}

#include "sharing/gf256_kernels.h"

static const char *neon_missing(void)
{
    return NULL;
}

static const eb_gf256_path neon = {
    .id = "neon", .missing = neon_missing, .evaluate = neon_evaluate, .combine = neon_combine};

const eb_gf256_path *const eb_gf256_vector_paths[] = {&neon, NULL};

#endif
