/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shamir's secret sharing over GF(256) with the polynomial x^8 + x^4 + x^3 + x + 1 (0x11b), byte by byte. Constant time
 * in secrets and shares: no table, no branch on them. Indices are public.
 */
#ifndef EB_SHARING_GF256_H
#define EB_SHARING_GF256_H

#include "escrowbench/base.h"

/** Product and inverse in the field, for public values. inverse(0) = 0. */
uint8_t eb_gf256_mul(uint8_t a, uint8_t b);
uint8_t eb_gf256_inverse(uint8_t a);

/** Writes n shares of `len` bytes, one after the other, for x = 1 to n. The polynomial of byte j is secret[j] + coins[j]*x
 *  + coins[len + j]*x^2 + ...; `coins` are (t-1) * len bytes. EB_ERR_INVALID unless 1 <= t <= n <= 255. */
eb_status eb_gf256_split(uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret, size_t len,
                         const uint8_t *coins) EB_MUST_CHECK;

/** The polynomials' values at x, from t shares of `len` bytes at distinct points xs[]. EB_ERR_INVALID on t = 0 or equal
 *  points. `out` must not overlap the shares. */
eb_status eb_gf256_interpolate(uint8_t *out, uint8_t x, const uint8_t *xs, const uint8_t *const *shares, unsigned t,
                               size_t len) EB_MUST_CHECK;

#endif
