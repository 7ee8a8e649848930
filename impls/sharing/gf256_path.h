/* SPDX-License-Identifier: Apache-2.0 */
/* What a path of gf256.c consists of. Widths are multiples of EB_GF256_STEP: gf256.c sees to the rest of a length. */
#ifndef EB_SHARING_GF256_PATH_H
#define EB_SHARING_GF256_PATH_H

#include "sharing/gf256.h"

enum {
    EB_GF256_STEP = 64,
    /* The nibbles of a public factor: its multiples of 0 to 15, then those of 0x00, 0x10, ... 0xf0. */
    EB_GF256_NIBBLES = 32,
};

/** A polynomial's coefficients, `width` bytes of each: the constant one, then t - 1 of them at a distance of `stride`. */
typedef struct eb_gf256_poly {
    const uint8_t *constant, *others;
    size_t stride;
    unsigned t; /* at least 2 */
} eb_gf256_poly;

struct eb_gf256_path {
    const char *id;
    const char *(*missing)(void);
    /* The values at x = first, first + 1, ..., `rows` of them, each `width` bytes at a distance of out_stride. */
    void (*evaluate)(uint8_t *out, size_t out_stride, unsigned first, unsigned rows, const eb_gf256_poly *poly,
                     size_t width);
    /* out = the sum of factors[i] * (shares[i] + offset), over `width` bytes. */
    void (*combine)(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset, unsigned t,
                    size_t width);
};

/** The tables of nibbles of the factors 1, 2, 4, ... 128. */
extern const uint8_t eb_gf256_basis[8][EB_GF256_NIBBLES];

/** Fills a factor's table of nibbles: each entry is linear in the factor, so it is the sum of those of its bits. A product
 *  c * v is the sum of the two entries of c that the halves of v choose. */
static inline void eb_gf256_nibbles(uint8_t out[EB_GF256_NIBBLES], uint8_t factor)
{
    for (unsigned i = 0; i < EB_GF256_NIBBLES; i++)
        out[i] = 0;
    for (unsigned bit = 0; bit < 8; bit++) {
        const uint8_t mask = (uint8_t) - (factor >> bit & 1);
        for (unsigned i = 0; i < EB_GF256_NIBBLES; i++)
            out[i] ^= eb_gf256_basis[bit][i] & mask;
    }
}

/** The vector paths of this architecture, the slowest first; NULL-terminated. */
extern const eb_gf256_path *const eb_gf256_vector_paths[];

#endif
