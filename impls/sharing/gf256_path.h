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

/** The tables of nibbles of the factors 1, 2, 4, ... 128. A factor's entries are linear in it: the sums of those of its bits. A
 *  product c * v is the sum of the two entries of c that the halves of v choose. */
extern const uint8_t eb_gf256_basis[8][EB_GF256_NIBBLES];

/** The vector paths of this architecture, the slowest first; NULL-terminated. */
extern const eb_gf256_path *const eb_gf256_vector_paths[];

#endif
