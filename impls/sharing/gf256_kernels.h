/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels of a vector path, written once over a few operations. Included once for each path, with these defined:
 *
 *   EB_NAME(f)            the path's own name of a function
 *   EB_TARGET             the function attribute that allows its instructions
 *   VECTOR, FACTOR        a vector of bytes; a public factor, ready to be multiplied with
 *   LOAD STORE XOR        on unaligned memory and on vectors
 *   READY(c), TIMES(v, f) the factor of a public byte c; the product
 *   ROWS                  rows that are evaluated side by side, 4 or 8: as many as registers allow
 *
 * A multiplication waits for the one before it in its row, so several rows take turns; factors stay in registers.
 */
#define EB_INLINE static inline __attribute__((always_inline)) EB_TARGET

/* `rows` rows by Horner's rule. It is a constant where this is called, so that the loops over it disappear. */
EB_INLINE void EB_NAME(rows)(uint8_t *out, size_t out_stride, unsigned first, const unsigned rows,
                             const eb_gf256_poly *p, size_t width)
{
    FACTOR x[8];
    for (unsigned r = 0; r < rows; r++)
        x[r] = READY((uint8_t)(first + r));
    for (size_t i = 0; i < width; i += sizeof(VECTOR)) {
        VECTOR sum[8];
        const uint8_t *c = p->others + (size_t)(p->t - 2) * p->stride + i;
        for (unsigned r = 0; r < rows; r++)
            sum[r] = LOAD(c);
        for (unsigned k = p->t - 2; k > 0; k--) {
            c -= p->stride;
            const VECTOR next = LOAD(c);
            for (unsigned r = 0; r < rows; r++)
                sum[r] = XOR(TIMES(sum[r], x[r]), next);
        }
        const VECTOR last = LOAD(p->constant + i);
        for (unsigned r = 0; r < rows; r++)
            STORE(out + r * out_stride + i, XOR(TIMES(sum[r], x[r]), last));
    }
}

EB_TARGET static void EB_NAME(evaluate)(uint8_t *out, size_t out_stride, unsigned first, unsigned rows,
                                        const eb_gf256_poly *p, size_t width)
{
    for (; rows >= ROWS; rows -= ROWS, first += ROWS, out += ROWS * out_stride)
        EB_NAME(rows)(out, out_stride, first, ROWS, p, width);
    if (rows >= 4) {
        EB_NAME(rows)(out, out_stride, first, 4, p, width);
        rows -= 4, first += 4, out += 4 * out_stride;
    }
    if (rows >= 2) {
        EB_NAME(rows)(out, out_stride, first, 2, p, width);
        rows -= 2, first += 2, out += 2 * out_stride;
    }
    if (rows > 0)
        EB_NAME(rows)(out, out_stride, first, 1, p, width);
}

/* Adds `count` multiples to out, a constant as above. */
EB_INLINE void EB_NAME(add)(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset,
                            const unsigned count, size_t width)
{
    FACTOR f[4];
    for (unsigned k = 0; k < count; k++)
        f[k] = READY(factors[k]);
    for (size_t i = 0; i < width; i += sizeof(VECTOR)) {
        VECTOR sum = LOAD(out + i);
        for (unsigned k = 0; k < count; k++)
            sum = XOR(sum, TIMES(LOAD(shares[k] + offset + i), f[k]));
        STORE(out + i, sum);
    }
}

EB_TARGET static void EB_NAME(combine)(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares,
                                       size_t offset, unsigned t, size_t width)
{
    memset(out, 0, width);
    for (; t >= 4; t -= 4, factors += 4, shares += 4)
        EB_NAME(add)(out, factors, shares, offset, 4, width);
    if (t == 3)
        EB_NAME(add)(out, factors, shares, offset, 3, width);
    else if (t == 2)
        EB_NAME(add)(out, factors, shares, offset, 2, width);
    else if (t == 1)
        EB_NAME(add)(out, factors, shares, offset, 1, width);
}

#undef EB_INLINE
