/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The join: seal, open and access over any pair of a transport and an escrow, on any backend.
 *
 *   wire:  header || capsule || body        (no capsule with `none`, and after a context's first message)
 *   body:  sealed with associated data  aad || SHA-256(capsule)     (aad alone where there is no capsule)
 *
 * Capsule coins are derived from the message secret, HKDF-Expand(secret, label || link || SHA-256(header)), so that the
 * recipient can make the capsule again and compare (eb_check), and a capsule draws no randomness of its own.
 * An agent's secret and its answers travel as index || bytes, the index one byte from 1 to n.
 */
#ifndef ESCROWBENCH_JOIN_H
#define ESCROWBENCH_JOIN_H

#include "escrowbench/scheme.h"
#include "escrowbench/trace.h"

enum { EB_MAX_AAD = 4096 }; /* bytes of the caller's associated data */

/** What to put together. `escrow_suite` NULL and agents 0 for an escrow of kind none. */
typedef struct eb_pair_spec {
    const eb_backend *backend;
    const eb_transport *transport;
    const eb_suite *suite;
    const eb_escrow *escrow;
    const eb_suite *escrow_suite;
    unsigned agents, threshold;
    eb_trace *trace; /* if not NULL, every primitive call is recorded there */
} eb_pair_spec;

/** A transport and an escrow on one backend, ready for use by one thread. Read-only to callers. */
typedef struct eb_pair {
    eb_pair_spec spec;
    eb_binding transport, escrow;
    eb_transport_sizes ts;
    eb_escrow_sizes es; /* all zero for none */
} eb_pair;

/** Answers whether a pair can exist at all, without making it: true, or false with a one-line reason in `why`. */
bool eb_pair_possible(const eb_pair_spec *spec, char *why, size_t why_len) EB_MUST_CHECK;

/** Makes a pair. EB_ERR_UNSUPPORTED with a reason in `why` if it cannot exist; the caller closes it. */
eb_status eb_pair_open(eb_pair **pair, const eb_pair_spec *spec, char *why, size_t why_len) EB_MUST_CHECK;
void eb_pair_close(eb_pair *pair);

/** Bytes on the wire for a plaintext of `len` bytes, at most. */
size_t eb_wire_max(const eb_pair *pair, size_t len);

/** Keys of one device: ts.sk and ts.pk bytes from ts.keygen_coins. */
eb_status eb_keygen(const eb_pair *pair, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;

/** Bytes of one agent's secret and of one answer as they travel: index and payload. */
size_t eb_agent_len(const eb_pair *pair);
size_t eb_partial_len(const eb_pair *pair);

/** Authority set-up: es.pub bytes and n agents' secrets of eb_agent_len bytes each, from es.setup_coins. */
eb_status eb_setup(const eb_pair *pair, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;

/* Parsed keys. Each _load allocates; each _drop wipes and frees, and takes NULL. */
typedef struct eb_own eb_own;
typedef struct eb_peer eb_peer;
typedef struct eb_authority eb_authority;
typedef struct eb_agent eb_agent;

eb_status eb_own_load(const eb_pair *pair, eb_own **own, eb_bytes sk) EB_MUST_CHECK;
eb_status eb_peer_load(const eb_pair *pair, eb_peer **peer, eb_bytes pk) EB_MUST_CHECK;
/** Binds the authority to a user and an epoch: the link that capsules are tied to. */
eb_status eb_authority_load(const eb_pair *pair, eb_authority **authority, eb_bytes pub, eb_bytes user,
                            uint64_t epoch) EB_MUST_CHECK;
/** The same for one who only seals: without the audit of the agents' public data, which costs a multiplication an agent. */
eb_status eb_authority_load_to_seal(const eb_pair *pair, eb_authority **authority, eb_bytes pub, eb_bytes user,
                                    uint64_t epoch) EB_MUST_CHECK;
eb_status eb_agent_load(const eb_pair *pair, eb_agent **agent, eb_bytes secret) EB_MUST_CHECK;
void eb_own_drop(eb_own *own);
void eb_peer_drop(eb_peer *peer);
void eb_authority_drop(eb_authority *authority);
void eb_agent_drop(eb_agent *agent);
/** The link's identifier, EB_DIGEST bytes: SHA-256 over scheme, suites, (t, n), authority, user and epoch. */
const uint8_t *eb_authority_link(const eb_authority *authority);
/** The agent's index. */
unsigned eb_agent_index(const eb_agent *agent);

/* One side of a session. */
typedef struct eb_link eb_link;

/** Starts a session; `authority` is needed by a sender under escrow and by a recipient who wants eb_check. Borrowed until
 *  eb_link_end. `coins`: ts.start_coins bytes. */
eb_status eb_link_start(const eb_pair *pair, eb_link **link, eb_role role, const eb_own *own, const eb_peer *peer,
                        const eb_authority *authority, const uint8_t *coins, eb_bytes info) EB_MUST_CHECK;
void eb_link_end(eb_link *link);
/** Number of messages so far. Setting it makes a recipient expect another message, or begins anew at 0; a sender of a
 *  session that has begun is refused (false), for it would use a nonce twice. */
uint64_t eb_link_seq(const eb_link *link);
bool eb_link_set_seq(eb_link *link, uint64_t seq);

/** Seals a message: `coins` are ts.coins bytes; `wire` needs eb_wire_max bytes. A failed seal moves nothing. */
eb_status eb_seal(eb_link *link, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext) EB_MUST_CHECK;
/** Opens a message: `plaintext` needs wire.len bytes at most. A rejected message moves nothing. */
eb_status eb_open(eb_link *link, eb_buf *plaintext, eb_bytes aad, eb_bytes wire) EB_MUST_CHECK;
/** Recipient: is the capsule the one that an honest sender would have made? EB_ERR_AUTH if not; EB_ERR_UNSUPPORTED with
 *  nothing to check. Moves nothing. */
eb_status eb_check(eb_link *link, eb_bytes wire) EB_MUST_CHECK;

/** A message's parts, borrowed from its wire. */
typedef struct eb_message {
    eb_bytes header, capsule, body;
    uint64_t seq;
    uint8_t header_hash[EB_DIGEST], capsule_hash[EB_DIGEST];
} eb_message;

/** Splits a wire without any key. `seq`: its number within its session, 0 for one that stands alone. */
eb_status eb_message_parse(const eb_pair *pair, eb_message *m, uint64_t seq, eb_bytes wire) EB_MUST_CHECK;

/** One agent answers: eb_partial_len bytes, from es.partial_coins bytes of coins. `link`: the order's link identifier. */
eb_status eb_partial(const eb_pair *pair, const eb_agent *agent, const uint8_t *link, const eb_message *m,
                     uint8_t *partial, const uint8_t *coins) EB_MUST_CHECK;

/** What became of each answer. */
typedef enum eb_verdict {
    EB_ANSWER_UNUSED = 0, /* not needed */
    EB_ANSWER_GOOD,       /* verified (or not verifiable), used */
    EB_ANSWER_LIE,        /* its own check failed: this agent lied */
    EB_ANSWER_MALFORMED,  /* wrong length or index out of range */
    EB_ANSWER_TWICE       /* an index that was already there */
} eb_verdict;

/** Is one answer honest? EB_ERR_AUTH: a lie; EB_ERR_UNSUPPORTED: this escrow cannot tell. */
eb_status eb_verify(const eb_pair *pair, const eb_authority *authority, const eb_message *m,
                    eb_bytes partial) EB_MUST_CHECK;

/** Combines `threshold` of `count` answers to the message secret (ts.secret bytes), verifying each where the escrow can;
 *  `verdicts` (count entries, may be NULL) says what became of each. EB_ERR_AUTH: fewer than t good answers. */
eb_status eb_combine(const eb_pair *pair, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                     size_t count, eb_verdict *verdicts, uint8_t *secret) EB_MUST_CHECK;

/** Opens the body with a message secret. `plaintext` needs body.len bytes at most. */
eb_status eb_recover(const eb_pair *pair, const uint8_t *secret, const eb_message *m, eb_bytes aad,
                     eb_buf *plaintext) EB_MUST_CHECK;

#endif
