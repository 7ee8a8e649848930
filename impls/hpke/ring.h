/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents' own keys, for escrows that wrap something to each agent apart: n DHKEM public keys as public data, a private key
 * as an agent's secret, and wraps of equal length
 *
 *     wrap i = enc || AEAD(part i)        RFC 9180 single-shot, base mode
 *     info = label || link, aad = SHA-256(header) || i
 */
#ifndef EB_HPKE_RING_H
#define EB_HPKE_RING_H

#include "hpke/hpke.h"

/** The head of a parsed authority: the info hash, then n key objects. */
typedef struct eb_ring {
    uint8_t info_hash[EB_MAX_HASH];
    _Alignas(max_align_t) uint8_t keys[];
} eb_ring;

/** A parsed agent. */
typedef struct eb_ring_agent {
    unsigned index;
    _Alignas(max_align_t) uint8_t key[];
} eb_ring_agent;

size_t eb_ring_size(const eb_binding *b);
size_t eb_ring_agent_size(const eb_binding *b);
/** Bytes of one wrap of `len` bytes. */
size_t eb_ring_wrap_len(const eb_binding *b, size_t len);

/** Each agent's key pair, from n * dh->sk_len bytes of coins: fits eb_escrow.setup. In practice each makes its own. */
eb_status eb_ring_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;
/** Parses n public keys, all different (one key twice would give its holder two parts). Given back through eb_ring_drop. */
eb_status eb_ring_load(const eb_binding *b, void *ring, const uint8_t *pub, const uint8_t *link,
                       eb_bytes label) EB_MUST_CHECK;
void eb_ring_drop(const eb_binding *b, void *ring);
/** Fit eb_escrow.load_agent and drop_agent. */
eb_status eb_ring_load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret) EB_MUST_CHECK;
void eb_ring_drop_agent(const eb_binding *b, void *agent);

/** Wraps `part` to agent `index`; `ikm` is dh->sk_len bytes. */
eb_status eb_ring_wrap(const eb_binding *b, const eb_ring *ring, uint8_t *wrap, const uint8_t *ikm, unsigned index,
                       eb_context context, eb_bytes part) EB_MUST_CHECK;
/** Is every wrap's enc a point, wraps of `len` bytes each? EB_ERR_INVALID if not. */
eb_status eb_ring_inspect(const eb_binding *b, const uint8_t *wraps, size_t len) EB_MUST_CHECK;
/** Opens wrap number `index` with the KEM's shared secret, under an info hash: `len` bytes. */
eb_status eb_ring_unwrap(const eb_binding *b, uint8_t *part, size_t len, const uint8_t *wrap, const uint8_t *ss,
                         const uint8_t *info_hash, unsigned index, eb_context context) EB_MUST_CHECK;
/** An agent opens its own, under its order's link and header, and so knows that the wrap is for them. `ss` (EB_DIGEST bytes) is
 *  the KEM's shared secret, which opens this wrap and no other. */
eb_status eb_ring_open(const eb_binding *b, const eb_ring_agent *agent, uint8_t *part, size_t len, uint8_t *ss,
                       const uint8_t *wrap, eb_context context, eb_bytes label) EB_MUST_CHECK;

#endif
