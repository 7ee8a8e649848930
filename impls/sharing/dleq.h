/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proofs that log_A(B) = log_C(D) for every pair of a batch: RFC 9497, s. 2.2 (Chaum-Pedersen, batched by random
 * composites). Points are of point_len bytes; they enter hashes packed, as the RFC has them.
 *
 * A `plain` proof is about one pair and takes C and D themselves for the composites: the same challenge without the two or
 * three multiplications that the RFC's weights cost. It is not the RFC's proof; a verifier must expect one of the two.
 */
#ifndef EB_SHARING_DLEQ_H
#define EB_SHARING_DLEQ_H

#include "escrowbench/scheme.h"

enum { EB_DLEQ_MAX = 256 }; /* pairs of one proof, at most */

/** A statement: B = k*A and D[i] = k*C[i]; A NULL is the generator. `context` is the RFC's contextString. */
typedef struct eb_dleq {
    const uint8_t *a, *b;
    const uint8_t *const *c, *const *d;
    size_t m;
    bool plain; /* only with m = 1 */
    eb_bytes context;
} eb_dleq;

/** Bytes of a proof: two scalars, c || s. */
size_t eb_dleq_len(const eb_group *g);

/** GenerateProof (s. 2.2.1) with the nonce r (a scalar that must never serve another statement). */
eb_status eb_dleq_prove(const eb_binding *b, uint8_t *proof, const eb_dleq *st, const uint8_t *k,
                        const uint8_t *r) EB_MUST_CHECK;
/** A nonce from coins (EB_DIGEST bytes), the secret and the whole statement: the same coins on another statement
 *  give another nonce, so that replayed coins reveal nothing. */
eb_status eb_dleq_nonce(const eb_binding *b, uint8_t *r, const eb_dleq *st, const uint8_t *k,
                        const uint8_t *coins) EB_MUST_CHECK;
/** VerifyProof (s. 2.2.2). EB_ERR_AUTH if it does not hold, EB_ERR_INVALID on a malformed point or scalar. */
eb_status eb_dleq_verify(const eb_binding *b, const uint8_t *proof, const eb_dleq *st) EB_MUST_CHECK;

#endif
