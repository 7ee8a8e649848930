/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/gf256.h"

#include <string.h>

/* Eight field elements side by side in a word. All factors are public (indices, Lagrange coefficients), so the product
   branches on them; what is secret passes through shifts, masks and XOR only. */
typedef uint64_t lanes;

static lanes load(const uint8_t *p)
{
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

static void store(uint8_t *p, lanes v)
{
    memcpy(p, &v, sizeof v);
}

/* Times x, in each byte: shift left, and where a bit leaves the byte subtract the polynomial (0x1b without its x^8). */
static lanes times_x(lanes v)
{
    const lanes high = v & UINT64_C(0x8080808080808080);
    return ((v ^ high) << 1) ^ ((high >> 7) * 0x1b);
}

static lanes times(lanes v, uint8_t public_factor)
{
    lanes sum = 0;
    for (unsigned f = public_factor; f != 0; f >>= 1) {
        if (f & 1)
            sum ^= v;
        v = times_x(v);
    }
    return sum;
}

uint8_t eb_gf256_mul(uint8_t a, uint8_t b)
{
    return (uint8_t)times(a, b);
}

uint8_t eb_gf256_inverse(uint8_t a)
{
    uint8_t square = a, product = 1; /* a^254 = a^2 * a^4 * ... * a^128 */
    for (int i = 1; i < 8; i++) {
        square = eb_gf256_mul(square, square);
        product = eb_gf256_mul(product, square);
    }
    return product;
}

/* acc = acc * factor + add, over len bytes. */
static void multiply_add(uint8_t *acc, uint8_t factor, const uint8_t *add, size_t len)
{
    size_t i = 0;
    for (; i + sizeof(lanes) <= len; i += sizeof(lanes))
        store(acc + i, times(load(acc + i), factor) ^ load(add + i));
    for (; i < len; i++)
        acc[i] = (uint8_t)(times(acc[i], factor) ^ add[i]);
}

eb_status eb_gf256_split(uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret, size_t len,
                         const uint8_t *coins)
{
    if (t < 1 || t > n || n > 255)
        return EB_ERR_INVALID;
    for (unsigned x = 1; x <= n; x++) {
        uint8_t *share = shares + (size_t)(x - 1) * len; /* Horner's rule from the highest coefficient down */
        if (t == 1) {
            memcpy(share, secret, len);
            continue;
        }
        memcpy(share, coins + (size_t)(t - 2) * len, len);
        for (unsigned k = t - 2; k >= 1; k--)
            multiply_add(share, (uint8_t)x, coins + (size_t)(k - 1) * len, len);
        multiply_add(share, (uint8_t)x, secret, len);
    }
    return EB_OK;
}

/* Adds factor * share to out, over len bytes. */
static void add_multiple(uint8_t *out, uint8_t factor, const uint8_t *share, size_t len)
{
    size_t i = 0;
    for (; i + sizeof(lanes) <= len; i += sizeof(lanes))
        store(out + i, load(out + i) ^ times(load(share + i), factor));
    for (; i < len; i++)
        out[i] = (uint8_t)(out[i] ^ times(share[i], factor));
}

eb_status eb_gf256_interpolate(uint8_t *out, uint8_t x, const uint8_t *xs, const uint8_t *const *shares, unsigned t,
                               size_t len)
{
    memset(out, 0, len);
    if (t == 0)
        return EB_ERR_INVALID;
    for (unsigned i = 0; i < t; i++) { /* Lagrange: the product of (x - x_j) / (x_i - x_j) over j != i */
        uint8_t numerator = 1, denominator = 1;
        for (unsigned j = 0; j < t; j++) {
            if (j == i)
                continue;
            numerator = eb_gf256_mul(numerator, x ^ xs[j]);
            denominator = eb_gf256_mul(denominator, xs[i] ^ xs[j]);
        }
        if (denominator == 0) {
            eb_wipe(out, len);
            return EB_ERR_INVALID;
        }
        add_multiple(out, eb_gf256_mul(numerator, eb_gf256_inverse(denominator)), shares[i], len);
    }
    return EB_OK;
}
