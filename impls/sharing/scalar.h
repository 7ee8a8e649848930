/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shamir's secret sharing over a group's scalar field, and interpolation in the exponent (RFC 9591, App. C and
 * s. 4.2). Needs a binding with GROUP; eb_shares_check and hash_to_scalar need the group's hash, which a binding with GROUP has.
 */
#ifndef EB_SHARING_SCALAR_H
#define EB_SHARING_SCALAR_H

#include "escrowbench/scheme.h"

/** The scalar of a small number. */
void eb_scalar_set(const eb_group *g, uint8_t *out, uint32_t v);

/** HashToScalar of RFC 9497, s. 4 (hash_to_field with expand_message_xmd of RFC 9380, s. 5) over msg parts, with the
 *  domain-separation tag `dst` (at most 255 bytes). */
eb_status eb_hash_to_scalar(const eb_binding *b, uint8_t *out, const eb_bytes *msg, size_t n,
                            eb_bytes dst) EB_MUST_CHECK;

/** Writes n shares for x = 1 to n of `secret`; `coefficients` are t-1 scalars (of x, x^2, ...).
 *  EB_ERR_INVALID unless 1 <= t <= n. */
eb_status eb_scalar_split(const eb_binding *b, uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret,
                          const uint8_t *coefficients) EB_MUST_CHECK;

/** Lagrange coefficients at x = 0: t scalars for the t distinct non-zero points xs[]. Public values. */
eb_status eb_lagrange(const eb_binding *b, uint8_t *out, const unsigned *xs, unsigned t) EB_MUST_CHECK;

/** The secret from t shares at points xs[]. */
eb_status eb_scalar_combine(const eb_binding *b, uint8_t *secret, const unsigned *xs, const uint8_t *const *shares,
                            unsigned t) EB_MUST_CHECK;

/** The group element at x = 0 from t elements at points xs[]: interpolation in the exponent. */
eb_status eb_point_combine(const eb_binding *b, uint8_t *out, const unsigned *xs, const uint8_t *const *points,
                           unsigned t) EB_MUST_CHECK;

/** Do the n public shares (one after the other, for x = 1 to n) and the public key lie on one polynomial of degree
 *  t-1? One random word of the dual code (the test of SCRAPE, Cascudo and David 2017, s. 2.1), its polynomial derived by
 *  hashing all inputs. `pk` NULL: a sharing of zero, whose image has no encoding (n > 1). EB_ERR_AUTH if not. */
eb_status eb_shares_check(const eb_binding *b, const uint8_t *pk, const uint8_t *shares, unsigned n,
                          unsigned t) EB_MUST_CHECK;

#endif
