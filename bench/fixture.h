/* SPDX-License-Identifier: Apache-2.0 */
/* A fixture: one scheme with everything that is made before a message is timed: keys, authority, agents, and the two
 * sides of a session. All from seeded coins, so that every library and every process times the same work. */
#ifndef EB_FIXTURE_H
#define EB_FIXTURE_H

#include "escrowbench/join.h"

typedef struct eb_fixture {
    eb_pair *pair;
    eb_own *sender_own, *recipient_own;
    eb_peer *sender_peer, *recipient_peer; /* public keys: the sender's, the recipient's */
    eb_peer **peers;                       /* of the recipient's devices; the first is recipient_peer */
    uint8_t *recipient_keys, *sender_keys; /* each ts.sk bytes, then ts.pk bytes: for what starts from bytes */
    uint8_t *pub;                          /* the authority's public data, es.pub bytes */
    uint8_t *agent_secrets;                /* n of eb_agent_len bytes */
    eb_authority *authority;
    eb_agent **agents; /* n */
    uint8_t *deposit;  /* of the recipient's key; escrows of kind deposit */
    eb_facts facts;    /* what is known about the session below */
    eb_link *sender, *recipient;
} eb_fixture;

/** The session's info, and the user that the authority is loaded for, in epoch EB_FIXTURE_EPOCH. */
#define EB_FIXTURE_INFO EB_LITERAL("escrowbench")
#define EB_FIXTURE_USER EB_LITERAL("alice")
enum { EB_FIXTURE_EPOCH = 1 };

/** Builds it; `why` names what failed. NULL-safe to free after a failure too. */
eb_status eb_fixture_make(eb_fixture *f, const eb_pair_spec *spec, uint64_t seed, char *why, size_t why_len);
void eb_fixture_free(eb_fixture *f);

/** Deterministic bytes for benchmarks, from a small generator: never for keys that protect anything. They are marked as secret
 *  (eb_secret). */
void eb_bench_coins(uint8_t *out, size_t len, uint64_t seed, uint64_t stream);

#endif
