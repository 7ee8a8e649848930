/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shamir's secret sharing over GF(256) with the polynomial x^8 + x^4 + x^3 + x + 1 (0x11b), byte by byte. Constant time
 * in secrets and shares: they index no memory and decide no branch. Indices, and what is computed from them, are public.
 *
 * There are several paths: a portable one, and vector instructions where the CPU has them. All give the same bytes; the
 * fastest that this CPU has is taken, or the one that is asked for by name (tests and measurements).
 */
#ifndef EB_SHARING_GF256_H
#define EB_SHARING_GF256_H

#include "escrowbench/base.h"

/** Product and inverse in the field, for public values. inverse(0) = 0. */
uint8_t eb_gf256_mul(uint8_t a, uint8_t b);
uint8_t eb_gf256_inverse(uint8_t a);

/** Writes n shares of `len` bytes, one after the other, for x = 1 to n. The polynomial of byte j is secret[j] + coins[j]*x
 *  + coins[len + j]*x^2 + ...; `coins` are (t-1) * len bytes. EB_ERR_INVALID unless 1 <= t <= n <= 255. `shares` must not
 *  overlap the inputs. */
eb_status eb_gf256_split(uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret, size_t len,
                         const uint8_t *coins) EB_MUST_CHECK;

/** The polynomials' values at x, from t shares of `len` bytes at distinct points xs[]. EB_ERR_INVALID on t = 0, t > 255 or
 *  equal points. `out` must not overlap the shares. */
eb_status eb_gf256_interpolate(uint8_t *out, uint8_t x, const uint8_t *xs, const uint8_t *const *shares, unsigned t,
                               size_t len) EB_MUST_CHECK;

/** One way to compute: its name ("portable", "ssse3", "avx2", "avx2-gfni", "avx512-gfni", "neon") and kernels. */
typedef struct eb_gf256_path eb_gf256_path;

/** The i-th path that this program was built with, whether or not the CPU has it, the slowest first: 0 is the portable one.
 *  NULL past the end. */
const eb_gf256_path *eb_gf256_path_at(size_t i);
const char *eb_gf256_path_id(const eb_gf256_path *path);
/** NULL if this CPU has it; else what it lacks. */
const char *eb_gf256_path_missing(const eb_gf256_path *path);
/** What the functions above take. */
const eb_gf256_path *eb_gf256_path_best(void);

/** The same on a path of one's own choice, which must not be missing. */
eb_status eb_gf256_split_by(const eb_gf256_path *path, uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret,
                            size_t len, const uint8_t *coins) EB_MUST_CHECK;
eb_status eb_gf256_interpolate_by(const eb_gf256_path *path, uint8_t *out, uint8_t x, const uint8_t *xs,
                                  const uint8_t *const *shares, unsigned t, size_t len) EB_MUST_CHECK;

#endif
