/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold decapsulation of DHKEM: what the escrows have in common whose private key x is shared t-of-n over the group's
 * scalar field. The functions fit those of eb_escrow, or need one argument more.
 *
 *   public data: Y = x * G, then Y_1 to Y_n        agent's secret: x_i        answer: D_i = x_i * enc || proof
 *
 * The proof says log_G(Y_i) = log_enc(D_i) (RFC 9497, s. 2.2) under a context string, which is the escrow's own. Needs a
 * binding with EB_HPKE_NEEDS and GROUP.
 */
#ifndef EB_SHARING_TDEC_H
#define EB_SHARING_TDEC_H

#include "hpke/wrapped.h"

/** The sizes of all things but capsules, whose fields stay 0. */
eb_escrow_sizes eb_tdec_sizes(const eb_binding *b);

/** The dealer: x by DeriveKeyPair, coefficients by reduction of wide coins, shares and their public images. */
eb_status eb_tdec_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;

/** EB_ERR_AUTH if the public shares do not interpolate to the public key. */
eb_status eb_tdec_audit(const eb_binding *b, const uint8_t *pub) EB_MUST_CHECK;

/** A parsed authority, in memory of eb_tdec_sizes().authority bytes. */
eb_status eb_tdec_load_authority(const eb_binding *b, void *authority, const uint8_t *pub,
                                 const uint8_t *link) EB_MUST_CHECK;
void eb_tdec_drop_authority(const eb_binding *b, void *authority);
/** What capsules are wrapped to. */
const eb_wrap_key *eb_tdec_key(const void *authority);

/** The capsule of `master`, to that key: fits eb_escrow.capsule. */
eb_status eb_tdec_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                          const uint8_t *secret, eb_context context) EB_MUST_CHECK;

eb_status eb_tdec_load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret) EB_MUST_CHECK;
void eb_tdec_drop_agent(const eb_binding *b, void *agent);

/** One agent's answer about `enc`, from EB_DIGEST bytes of coins. EB_ERR_INVALID if enc is no point. */
eb_status eb_tdec_partial(const eb_binding *b, const void *agent, uint8_t *partial, const uint8_t *coins,
                          const uint8_t *enc, eb_bytes proof_context) EB_MUST_CHECK;
/** EB_ERR_AUTH if the answer is not x_i * enc; EB_ERR_INVALID if enc is no point, which is not the agent's doing. */
eb_status eb_tdec_verify(const eb_binding *b, const void *authority, const uint8_t *enc, eb_answer answer,
                         eb_bytes proof_context) EB_MUST_CHECK;
/** The same about several capsules (EB_DLEQ_MAX at most): D_1 || ... || D_count || one proof for all, by RFC 9497's composites. */
size_t eb_tdec_part_len(const eb_binding *b);
size_t eb_tdec_proof_len(const eb_binding *b);
eb_status eb_tdec_batch_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                                const eb_item *items, size_t count, eb_bytes proof_context) EB_MUST_CHECK;
eb_status eb_tdec_batch_verify(const eb_binding *b, const void *authority, const eb_item *items, size_t count,
                               eb_answer answer, eb_bytes proof_context) EB_MUST_CHECK;
/** x * enc from params.threshold answers, by interpolation in the exponent; then the message secret, as any recipient does
 *  it: `capsule` starts with enc || AEAD(secret). */
eb_status eb_tdec_combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                          eb_context context, const eb_answer *answers) EB_MUST_CHECK;

#endif
