/* SPDX-License-Identifier: Apache-2.0 */
/* The join from the inside: what pairs and keys (pair.c), sessions (session.c), access (access.c) and upkeep (upkeep.c)
 * share. */
#ifndef EB_CORE_PAIR_H
#define EB_CORE_PAIR_H

#include <stddef.h>

#include "escrowbench/join.h"

/* A parsed key: the pair whose binding owns the library's part of it, then the implementation's memory. */
struct eb_own {
    const eb_pair *pair;
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_peer {
    const eb_pair *pair;
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_authority {
    const eb_pair *pair;
    eb_case order;
    eb_peer *ghost; /* of kind device: its key as a peer; `mem` is not used then */
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_agent {
    const eb_pair *pair;
    unsigned index;
    _Alignas(max_align_t) uint8_t mem[];
};

static inline bool eb_pair_is(const eb_pair *p, eb_kind kind)
{
    return p->spec.escrow->kind == kind;
}

/** Bytes of a capsule on the wire where the message secret is new. */
static inline size_t eb_wire_capsule(const eb_pair *p)
{
    return eb_pair_is(p, EB_KIND_WRAP) ? p->es.capsule : 0;
}

static inline eb_status eb_hash_one(const eb_binding *b, uint8_t *out, eb_bytes data)
{
    return b->hash->digest(b->hash_ctx, out, &data, 1);
}

/** All agents' secrets without their indices, as an escrow has them: in place from the end of the space, or a copy that goes
 *  back through eb_agents_wipe (NULL without memory). */
void eb_agents_unpack(const eb_pair *p, uint8_t *agents);
uint8_t *eb_agents_pack(const eb_pair *p, const uint8_t *agents);
void eb_agents_wipe(const eb_pair *p, uint8_t *packed);

/** The context of a capsule under an order: `header_hash` as eb_context has it; borrowed. */
eb_context eb_context_of(const eb_case *order, const uint8_t *header_hash, eb_bytes subject);

/** The capsule that an honest maker makes for a fresh secret (eb_secret_len bytes), its coins derived from the secret. */
eb_status eb_capsule_make(const eb_pair *p, const eb_authority *a, uint8_t *capsule, const uint8_t *secret,
                          eb_context context) EB_MUST_CHECK;

/** aad || SHA-256(capsule) in `space` (EB_MAX_AAD + EB_DIGEST bytes); the caller's aad as it is where there is no capsule. */
eb_status eb_body_aad(const eb_pair *p, uint8_t *space, eb_bytes *out, eb_bytes aad, eb_bytes capsule) EB_MUST_CHECK;

/** Where header, capsule and body of one copy lie. */
eb_status eb_split_wire(const eb_pair *p, uint64_t seq, eb_bytes wire, eb_bytes *header, eb_bytes *capsule,
                        eb_bytes *body) EB_MUST_CHECK;

#endif
