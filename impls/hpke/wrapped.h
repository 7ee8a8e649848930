/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part that every escrow has which wraps the message secret to one public key: the parsed authority, the capsule
 *
 *     enc || AEAD(secret)        RFC 9180 single-shot, base mode, info = label || link, aad = SHA-256(header)
 *
 * and the way from the KEM's shared secret back to the message secret.
 */
#ifndef EB_HPKE_WRAPPED_H
#define EB_HPKE_WRAPPED_H

#include "hpke/hpke.h"

/** The head of a parsed authority; its DHKEM key object follows in `key`. */
typedef struct eb_wrap_key {
    uint8_t info_hash[EB_MAX_HASH];
    _Alignas(max_align_t) uint8_t key[];
} eb_wrap_key;

size_t eb_wrap_key_size(const eb_binding *b);
/** Parses the public key and fixes the link that every capsule to it is bound to. Given back through eb_wrap_drop. */
eb_status eb_wrap_load(const eb_binding *b, void *wrap_key, const uint8_t *pk, const uint8_t *link) EB_MUST_CHECK;
void eb_wrap_drop(const eb_binding *b, void *wrap_key);

/** An escrow key with one holder, whose answer is the KEM's shared secret of one capsule: it opens this capsule and no other.
 *  These fit eb_escrow: master, archive and partial are of this form. */
eb_escrow_sizes eb_wrap_holder_sizes(const eb_binding *b);
eb_status eb_wrap_holder_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;
eb_status eb_wrap_holder_load(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret) EB_MUST_CHECK;
eb_status eb_wrap_holder_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                                 const uint8_t *capsule, eb_context context) EB_MUST_CHECK;
eb_status eb_wrap_holder_combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                                 eb_context context, const eb_answer *answers) EB_MUST_CHECK;

/** Bytes of the capsule for a secret of b->params.secret_len bytes. */
size_t eb_wrap_capsule_len(const eb_binding *b);
/** Makes the capsule; `coins` are dh->sk_len bytes. Fits eb_escrow.capsule. */
eb_status eb_wrap_capsule(const eb_binding *b, const void *wrap_key, uint8_t *capsule, const uint8_t *coins,
                          const uint8_t *secret, eb_context context) EB_MUST_CHECK;
/** The same bytes, and the ephemeral private key as eb_dhkem_encap_keep gives it. */
eb_status eb_wrap_capsule_keep(const eb_binding *b, const void *wrap_key, uint8_t *capsule, uint8_t *ephemeral,
                               const uint8_t *coins, const uint8_t *secret, eb_context context) EB_MUST_CHECK;
/** The service: is enc a point at all? EB_ERR_INVALID if not. Fits eb_escrow.inspect, with inspects_points. */
eb_status eb_wrap_inspect(const eb_binding *b, const void *wrap_key, const uint8_t *capsule,
                          eb_context context) EB_MUST_CHECK;
/** Opens the capsule with the escrow private key itself (dh->sk_len bytes), of the public key in wrap_key. */
eb_status eb_wrap_open_with_key(const eb_binding *b, const void *wrap_key, uint8_t *secret, const uint8_t *capsule,
                                const uint8_t *sk, eb_context context) EB_MUST_CHECK;
/** Opens the capsule with the KEM's shared secret (EB_DIGEST bytes). */
eb_status eb_wrap_open(const eb_binding *b, const void *wrap_key, uint8_t *secret, const uint8_t *capsule,
                       const uint8_t *ss, eb_context context) EB_MUST_CHECK;

#endif
