/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The join: seal, open and access over any pair of a transport and an escrow, on any backend. Each kind of escrow
 * (eb_kind) is joined once, here.
 *
 *   none, deposit   wire:  header || body
 *   wrap            wire:  header || capsule || body   (the capsule where the message secret is new)
 *                   body:  sealed with associated data  aad || SHA-256(capsule)   (aad alone where there is none)
 *   device          one more recipient of every message: the ghost
 *   storage         wire as with none; what is stored: capsule || AEAD(data key, aad || SHA-256(capsule), plaintext)
 *
 * Capsule coins are derived from the message secret, HKDF-Expand(secret, label || link || SHA-256(header)), so that the
 * recipient can make the capsule again and compare (eb_check), and a capsule draws no randomness of its own.
 * An agent's secret and its answers travel as index || bytes, the index one byte from 1 to n.
 *
 * Several devices: unless the transport serves them with one wire (eb_transport.shares), a message is a bundle of one
 * copy a device, each a whole wire of a session of its own, and with a ghost its copy last:
 *
 *   bundle: (length, 4 bytes big-endian || wire) for each copy; a single copy is its wire and nothing else
 */
#ifndef ESCROWBENCH_JOIN_H
#define ESCROWBENCH_JOIN_H

#include "escrowbench/scheme.h"
#include "escrowbench/trace.h"

enum {
    EB_MAX_AAD = 4096,  /* bytes of the caller's associated data */
    EB_MAX_DEVICES = 64 /* of a recipient */
};

/** What to put together. `escrow_suite` NULL and agents 0 for an escrow of kind none; of kind device it is the
 *  transport's. */
typedef struct eb_pair_spec {
    const eb_backend *backend;
    const eb_transport *transport;
    const eb_suite *suite;
    const eb_escrow *escrow;
    const eb_suite *escrow_suite;
    unsigned agents, threshold;
    unsigned devices; /* of the recipient, up to EB_MAX_DEVICES; 0 is 1 */
    eb_trace *trace;  /* if not NULL, every primitive call is recorded there */
} eb_pair_spec;

/** How many devices that is. */
static inline unsigned eb_device_count(const eb_pair_spec *spec)
{
    return spec->devices > 0 ? spec->devices : 1;
}

/** The same in all but where calls are recorded? */
bool eb_pair_spec_same(const eb_pair_spec *a, const eb_pair_spec *b) EB_MUST_CHECK;

/** Does the transport have a place for an escrow of this kind, and are both, or neither, of one whole scheme? */
bool eb_accepts(const eb_transport *transport, const eb_escrow *escrow) EB_MUST_CHECK;

/** A transport and an escrow on one backend, ready for use by one thread. Read-only to callers. */
typedef struct eb_pair {
    eb_pair_spec spec;
    eb_binding transport, escrow;
    eb_transport_sizes ts;
    eb_escrow_sizes es; /* all zero for none */
    unsigned copies;    /* wires in a bundle */
    eb_complaint complaint;
} eb_pair;

/** Answers whether a pair can exist at all, without making it: true, or false with a one-line reason in `why`. */
bool eb_pair_possible(const eb_pair_spec *spec, char *why, size_t why_len) EB_MUST_CHECK;

/** Whether the service can tell anything about capsules of this pair: eb_inspect. */
bool eb_inspects(const eb_pair_spec *spec);

/** Makes a pair. EB_ERR_UNSUPPORTED with a reason in `why` if it cannot exist; the caller closes it. */
eb_status eb_pair_open(eb_pair **pair, const eb_pair_spec *spec, char *why, size_t why_len) EB_MUST_CHECK;
void eb_pair_close(eb_pair *pair);

/** Bytes on the wire (of a bundle, where there is one) for a plaintext of `len` bytes, at most. */
size_t eb_wire_max(const eb_pair *pair, size_t len);
/** Coins of a session's start and of a message, for all copies. */
size_t eb_start_coins(const eb_pair *pair);
size_t eb_seal_coins(const eb_pair *pair);
/** Bytes of what access finds: by kind the message secret, the user's private key, the ghost's, or the data key. */
size_t eb_secret_len(const eb_pair *pair);

/** Keys of one device: ts.sk and ts.pk bytes from ts.keygen_coins. */
eb_status eb_keygen(const eb_pair *pair, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;

/** Bytes of one agent's secret and of one answer as they travel: index and payload. */
size_t eb_agent_len(const eb_pair *pair);
size_t eb_partial_len(const eb_pair *pair);

/** Authority set-up: es.pub bytes and n agents' secrets of eb_agent_len bytes each, from es.setup_coins. */
eb_status eb_setup(const eb_pair *pair, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;
/** After an eb_setup, eb_refresh or eb_reshare (of the pair `to`) that was refused: who was caught cheating. The protocol is begun
 *  again without that dealer or agent. */
eb_complaint eb_complaint_of(const eb_pair *pair);
/** What a sender needs for this user and epoch beyond the authority's own key goes into `pub` (eb_escrow.publish). EB_OK and
 *  nothing done where that is nothing. */
eb_status eb_publish(const eb_pair *pair, uint8_t *pub, const uint8_t *agents, eb_bytes user,
                     uint64_t epoch) EB_MUST_CHECK;

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
/** What an order names: the link's identifier, SHA-256 over scheme, suites, (t, n), the authority's public data, user and
 *  epoch (of an escrow with shares that can be renewed: its key instead of (t, n) and public data; eb_escrow_sizes.pub_lasting);
 *  and the last two once more by themselves. */
typedef struct eb_case {
    uint8_t link[EB_DIGEST];
    uint8_t user[EB_DIGEST]; /* SHA-256 of the user's name */
    uint64_t epoch;
} eb_case;
const eb_case *eb_authority_case(const eb_authority *authority);
/** The agent's index. */
unsigned eb_agent_index(const eb_agent *agent);

/* One side of a session. */
typedef struct eb_link eb_link;

/** Starts a session between two devices; `authority` is needed by a sender under escrow and by a recipient who wants
 *  eb_check. Borrowed until eb_link_end. `coins`: eb_start_coins bytes for a sender, ts.start_coins for a recipient. */
eb_status eb_link_start(const eb_pair *pair, eb_link **link, eb_role role, const eb_own *own, const eb_peer *peer,
                        const eb_authority *authority, const uint8_t *coins, eb_bytes info) EB_MUST_CHECK;
/** The same for a sender to a recipient with spec.devices devices, whose public keys are `peers`. */
eb_status eb_link_start_all(const eb_pair *pair, eb_link **link, const eb_own *own, const eb_peer *const *peers,
                            const eb_authority *authority, const uint8_t *coins, eb_bytes info) EB_MUST_CHECK;
void eb_link_end(eb_link *link);
/** Number of messages so far, in the direction of the link's role. Setting it makes a recipient expect another message, or begins anew at 0; a sender of a
 *  session that has begun is refused (false), for it would use a nonce twice. */
uint64_t eb_link_seq(const eb_link *link);
bool eb_link_set_seq(eb_link *link, uint64_t seq);

/** Seals a message: `coins` are eb_seal_coins bytes; `wire` needs eb_wire_max bytes. A failed seal moves nothing, but for one to
 *  several devices that failed between two copies: that link is closed to further messages (EB_ERR_INVALID). A recipient
 *  may seal too where the transport is `duplex`. */
eb_status eb_seal(eb_link *link, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext) EB_MUST_CHECK;
/** What the service delivers to one device (from 0; the ghost comes last): its copy, borrowed from the bundle. */
eb_status eb_delivered(const eb_pair *pair, eb_bytes *copy, unsigned device, eb_bytes wire) EB_MUST_CHECK;
/** Opens a message as it was delivered: `plaintext` needs wire.len bytes at most. A rejected message moves nothing. */
eb_status eb_open(eb_link *link, eb_buf *plaintext, eb_bytes aad, eb_bytes wire) EB_MUST_CHECK;
/** Recipient: is the capsule the one that an honest sender would have made? EB_ERR_AUTH if not; EB_ERR_UNSUPPORTED with
 *  nothing to check. Moves nothing. */
eb_status eb_check(eb_link *link, eb_bytes wire) EB_MUST_CHECK;

/** What a rogue sender puts in the place of the wire's capsule (es.capsule bytes), who has the message's secret as the recipient
 *  has it; eb_escrow.forge. EB_ERR_INVALID: none in `limit` tries. EB_ERR_UNSUPPORTED: not with this escrow. Moves nothing. */
eb_status eb_forge(eb_link *link, uint8_t *capsule, const uint8_t *coins, eb_bytes wire, uint64_t limit,
                   uint64_t *tries) EB_MUST_CHECK;
enum {
    EB_FORGE_LIMIT = 1 << 24
}; /* tries that no search needs: more than 2^16 on average would not be feasible here */

/* ---- deposits: escrows of kind deposit ---- */

/** A user's private key, given up at enrolment: es.capsule bytes, from es.capsule_coins bytes of coins. */
eb_status eb_deposit(const eb_pair *pair, const eb_authority *authority, uint8_t *deposit, const uint8_t *coins,
                     eb_bytes sk, eb_bytes pk) EB_MUST_CHECK;
/** One agent, at enrolment: EB_ERR_AUTH if this deposit is not of the key that belongs to pk; EB_ERR_UNSUPPORTED: an agent cannot
 *  tell. */
eb_status eb_deposit_accept(const eb_pair *pair, const eb_authority *authority, const eb_agent *agent, eb_bytes deposit,
                            eb_bytes pk) EB_MUST_CHECK;

/* ---- at rest: escrows of kind storage ---- */

/** Bytes of what is stored for a plaintext of `len` bytes; coins that storing takes. */
size_t eb_stored_len(const eb_pair *pair, size_t len);
size_t eb_store_coins(const eb_pair *pair);
/** Encrypts a plaintext at rest, under a data key that the service's capsule holds. */
eb_status eb_store(const eb_pair *pair, const eb_authority *authority, eb_buf *stored, const uint8_t *coins,
                   eb_bytes aad, eb_bytes plaintext) EB_MUST_CHECK;

/* ---- access ---- */

/** What is known about a session besides its messages, for access under a deposit or by a ghost; all borrowed. */
typedef struct eb_facts {
    eb_bytes deposit, subject; /* the recipient's: as eb_deposit made it; the public key that it is of */
    eb_bytes info;             /* the session's */
    const eb_peer *sender;     /* the sender's public key, where the transport has one */
} eb_facts;

/** A message's parts, borrowed from its wire, or what is stored of it. */
typedef struct eb_message {
    eb_bytes header, capsule, body; /* under a deposit the capsule is the deposit */
    uint64_t seq;
    uint8_t header_hash[EB_DIGEST], capsule_hash[EB_DIGEST];
    eb_facts facts;
} eb_message;

/** Splits a wire (bundle) without any key. `seq`: its number within its session, 0 for one that stands alone. With an escrow
 *  of kind storage the wire is what eb_store made. `facts` may be NULL where the kind needs none. */
eb_status eb_message_parse(const eb_pair *pair, eb_message *m, uint64_t seq, eb_bytes wire,
                           const eb_facts *facts) EB_MUST_CHECK;

/** The service, which has no secret: could an honest sender have made this capsule? EB_ERR_AUTH or EB_ERR_INVALID: no;
 *  EB_ERR_UNSUPPORTED: the escrow cannot tell. */
eb_status eb_inspect(const eb_pair *pair, const eb_authority *authority, const eb_message *m) EB_MUST_CHECK;

/** One agent answers: eb_partial_len bytes, from es.partial_coins bytes of coins. `order`: what the order names. */
eb_status eb_partial(const eb_pair *pair, const eb_agent *agent, const eb_case *order, const eb_message *m,
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

/** Combines `threshold` of `count` answers to the secret (eb_secret_len bytes), verifying each where the escrow can;
 *  `verdicts` (count entries, may be NULL) says what became of each. EB_ERR_FEW: fewer than t good answers. */
eb_status eb_combine(const eb_pair *pair, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                     size_t count, eb_verdict *verdicts, uint8_t *secret) EB_MUST_CHECK;

/** The search in a combine that has one, over all values of `bits` bits (eb_escrow.sweep), from `threshold` good answers.
 *  EB_ERR_UNSUPPORTED: not with this escrow. */
eb_status eb_sweep(const eb_pair *pair, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                   unsigned bits) EB_MUST_CHECK;
/** Is the search in this message's combine as long as the average one, within a 128th (eb_escrow.average)? EB_ERR_AUTH: no. */
eb_status eb_search_is_average(const eb_pair *pair, const eb_authority *authority, const eb_message *m,
                               const eb_bytes *partials) EB_MUST_CHECK;

/** Opens the body with the secret that access found; under a deposit or as the ghost by receiving it as that device would, which
 *  a message within a session does not allow (EB_ERR_INVALID; see eb_impersonate). `plaintext` needs body.len bytes at most. */
eb_status eb_recover(const eb_pair *pair, const uint8_t *secret, const eb_message *m, eb_bytes aad,
                     eb_buf *plaintext) EB_MUST_CHECK;
/** A live tap, under a deposit or as the ghost: the receiving end of a session, with the private key that access found.
 *  `facts->sender` stays borrowed until eb_link_end. */
eb_status eb_impersonate(const eb_pair *pair, eb_link **link, const uint8_t *secret,
                         const eb_facts *facts) EB_MUST_CHECK;

/* ---- access in bulk: one order for many messages of one user and epoch ---- */

enum { EB_MAX_BULK = 64 };

/** Do the answers to one order open more than the messages that it lists: all of its user and epoch at the least, those to come
 *  included? So it is with deposits and ghosts, and where agents hand a key over (eb_escrow.lasting). Else each message needs its
 *  own answers. */
bool eb_lasts(const eb_escrow *escrow);
/** Bytes of one agent's answer about `count` messages, index and payload; coins that it takes. */
size_t eb_bulk_len(const eb_pair *pair, size_t count);
size_t eb_bulk_coins(const eb_pair *pair, size_t count);
/** One agent answers about `count` messages at once, 1 to EB_MAX_BULK: what opens them all where answers last, else a partial for each,
 *  with one proof where the escrow has that (eb_escrow.batch). Under a deposit or as a ghost about the first, as it would about any. All or
 *  nothing: where an agent looks at capsules, one that is damaged gets the whole order refused (eb_inspect, or an order of its own,
 *  finds it). */
eb_status eb_bulk_partial(const eb_pair *pair, const eb_agent *agent, const eb_case *order, const eb_message *m,
                          size_t count, uint8_t *partial, const uint8_t *coins) EB_MUST_CHECK;

/** An investigator who has the answers. */
typedef struct eb_reader eb_reader;
/** From `threshold` of `given` answers about these `count` messages; verdicts and errors as eb_combine. All or nothing likewise. Authority and
 *  pair stay borrowed until eb_reader_end, and m[0].facts.sender under a deposit or as a ghost. */
eb_status eb_reader_start(const eb_pair *pair, eb_reader **reader, const eb_authority *authority, const eb_message *m,
                          size_t count, const eb_bytes *partials, size_t given, eb_verdict *verdicts) EB_MUST_CHECK;
/** Opens a message: the i-th of those (from 0), or one after it in the same session that brings no capsule of its own. Where answers last `i` is
 *  ignored, and it may be any message of the user and epoch; one without a capsule belongs to the session of the message that was read last
 *  (EB_ERR_INVALID before any). Under a deposit or as a ghost the messages are one session's, read in their order from the first: a live tap. A
 *  refused message moves nothing. `plaintext` needs body.len bytes at most. */
eb_status eb_read(eb_reader *reader, size_t i, const eb_message *m, eb_bytes aad, eb_buf *plaintext) EB_MUST_CHECK;
/** Wipes and frees; takes NULL. */
void eb_reader_end(eb_reader *reader);

/* ---- upkeep ---- */

/** Can whoever opened a capsule of this escrow make it again for another authority? Not what a ghost gets, which is no capsule; and
 *  not a deposit that the user splits, for then the user's key would be whole in one hand. */
bool eb_rewraps(const eb_escrow *escrow);
/** The capsule of the same secret (eb_combine's: of a message, of a user, of what is stored) for another authority of the same
 *  pair: es.capsule bytes. `coins`: of a deposit es.capsule_coins bytes; else NULL, for they come from the secret. The message
 *  keeps the old capsule's hash, under which its body is authentic: `m` afterwards is the rewrapped message. EB_ERR_UNSUPPORTED:
 *  not with this escrow (eb_rewraps). */
eb_status eb_rewrap(const eb_pair *pair, const eb_authority *to, eb_message *m, uint8_t *capsule, const uint8_t *coins,
                    const uint8_t *secret) EB_MUST_CHECK;
/** New secrets of all agents for the same key: es.refresh_coins bytes of coins. EB_ERR_UNSUPPORTED: not with this escrow. */
eb_status eb_refresh(const eb_pair *pair, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                     const uint8_t *old_agents, const uint8_t *coins) EB_MUST_CHECK;
/** From `threshold` agents of `from` (their secrets) to all agents of `to`, the same scheme with another (t, n); the key stays.
 *  es.refresh_coins of the larger pair. */
eb_status eb_reshare(const eb_pair *to, uint8_t *pub, uint8_t *agents, const eb_pair *from, const uint8_t *old_pub,
                     const eb_bytes *old_agents, const uint8_t *coins) EB_MUST_CHECK;
/** Bytes that an agent's secret takes up, of the eb_agent_len that there is room for. */
size_t eb_agent_used(const eb_pair *pair, const uint8_t *agent);
/** One agent's secret (eb_agent_len bytes) loses, in place, what opens this user's messages of this epoch. */
eb_status eb_puncture(const eb_pair *pair, uint8_t *agent, eb_bytes user, uint64_t epoch) EB_MUST_CHECK;

#endif
