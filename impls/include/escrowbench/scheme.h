/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemes: a transport (a plain end-to-end message protocol) and an escrow (how a third party gets at the message
 * secret), both written against primitives that a backend provides. They meet in one place, the message secret, so
 * that every pair works without code for the pair (see join.h). Only transports and escrows lay out bytes.
 *
 * Sizes are functions of the binding, because they depend on the suite and on (t, n). A descriptor's functions get
 * memory of exactly these sizes and check lengths only where a length is a parameter.
 */
#ifndef ESCROWBENCH_SCHEME_H
#define ESCROWBENCH_SCHEME_H

#include "escrowbench/backend.h"

enum {
    EB_DIGEST = 32,     /* SHA-256: link identifiers, header and capsule hashes */
    EB_MAX_SECRET = 64, /* message secret */
    EB_MAX_AGENTS = 255 /* indices are one byte; GF(256) has 255 non-zero points */
};

/** The algorithms of a transport or an escrow, by class of primitive; NULL where it has none of that class. */
typedef struct eb_suite {
    const char *id;                   /* "x25519", "p256" */
    const char *base;                 /* the suite that an escrow on this transport has, if it is another one: that of
                                         "x25519-ecdsa" is "x25519"; NULL: the same */
    const char *prim[EB_CLASS_COUNT]; /* primitive ids */
    const char *rekey_kem;            /* a second KEM, for rekeying: opened wherever the first one is; NULL: none */
    bool
        any_point; /* every string of the right length is a public key of its DH (X25519): nobody can tell a false one */
    bool post_quantum;                /* its key exchange withstands a quantum computer, as far as is known */
    uint16_t kem_id, kdf_id, aead_id; /* RFC 9180, s. 7; kem_id 0xEB01 is ours: DHKEM over ristretto255 */
} eb_suite;

/** What an escrow or a transport is set up for. */
typedef struct eb_params {
    unsigned agents, threshold; /* escrows: n and t; 1 and 1 for a master key, 0 and 0 for none */
    size_t secret_len;          /* escrows: of what the capsule holds, by kind: the transport's message secret, a user's
                                   private key, a data key */
    unsigned recipients;        /* transports: that share one wire; 1 unless the transport `shares` */
    unsigned dh_keys;           /* escrows that split a user's key: the transport's eb_transport.dh_keys */
} eb_params;

/** Who was caught cheating in set-up, refresh or reshare, and by whom: the dealer's number, and the agent's who complains of the
 *  share that it got (0: the dealer's broadcast is wrong, which all can see). Such a complaint is settled by publishing that one
 *  share: anyone compares it with its image. Dealer 0: the agent itself came with a share that is not its own; both 0: nobody was
 *  caught, or nobody can be told. */
typedef struct eb_complaint {
    unsigned dealer, agent;
} eb_complaint;

/** A suite bound to a backend: tables and ready contexts. Members are NULL where `needs` does not ask for a class. */
typedef struct eb_binding {
    const eb_backend *backend;
    const eb_suite *suite;
    eb_params params;
    const eb_aead *aead;
    void *aead_ctx;
    const eb_dh *dh;
    void *dh_ctx;
    const eb_mac *mac;
    void *mac_ctx;
    const eb_hash *hash;
    void *hash_ctx;
    const eb_group *group;
    void *group_ctx;
    const eb_hash *group_hash; /* group->hash_id */
    void *group_hash_ctx;
    const eb_sig *sig;
    void *sig_ctx;
    const eb_kem *kem;
    void *kem_ctx;
    const eb_kem *rekey_kem; /* suite->rekey_kem */
    void *rekey_kem_ctx;
    const eb_pke *pke;
    void *pke_ctx;
    const eb_stream *stream;
    void *stream_ctx;
    const eb_keywrap *keywrap;
    void *keywrap_ctx;
    const eb_envelope *envelope;
    void *envelope_ctx;
    void *work; /* of an escrow: eb_escrow_sizes.work bytes for use within one call, zeros at first */
    eb_complaint
        *complaint;    /* of an escrow: where set-up and upkeep that end in EB_ERR_AUTH say who cheated; zeros before */
    void *temp_key[2]; /* two DH key objects for temporaries, between calls always finished */
    void *temp_sig;    /* the same for signatures */
    void *temp_kem_key;               /* the same for either KEM */
    uint8_t psk_id_hash[EB_MAX_HASH]; /* LabeledExtract("", "psk_id_hash", ""): constant of an RFC 9180 suite */
    struct eb_trace *trace;           /* not NULL: the tables above are recorders (trace.h) */
} eb_binding;

#define EB_NEED(cls) (1u << (cls))

/** One more AEAD context of the binding's algorithm, for a session that keeps a key of its own. The caller frees it. */
EB_API eb_status eb_aead_new(const eb_binding *b, void **ctx) EB_MUST_CHECK;
EB_API void eb_aead_free(const eb_binding *b, void *ctx);

/** How an escrow meets a transport. Each kind is joined once, for all its escrows. */
typedef enum eb_kind {
    EB_KIND_NONE = 0,          /* no escrow: nothing is appended, nothing opens it */
    EB_KIND_WRAP = 1u << 0,    /* a capsule travels with the message and holds its secret */
    EB_KIND_DEPOSIT = 1u << 1, /* a capsule is deposited once, at enrolment, and holds the user's private key */
    EB_KIND_DEVICE = 1u << 2,  /* the escrow is one more recipient: it has a transport key pair, and no functions but
                                  those of the descriptor's text */
    EB_KIND_STORAGE = 1u << 3  /* a capsule is stored with the plaintext's encryption at rest; it holds its data key */
} eb_kind;

/** What a transport cannot do because its format cannot; gates list it as findings. */
typedef enum eb_lack {
    EB_LACKS_AAD = 1u << 0, /* no place for associated data or session info: what a caller passes is not bound */
    EB_LACKS_PROOF =
        1u << 1,            /* the message secret decrypts, and proves nothing: recover takes a forged body as it is */
    EB_LACKS_AUTH = 1u << 2 /* so does the recipient: what was changed on the way opens, as another text */
} eb_lack;

/** Which side of a session. */
typedef enum eb_role { EB_SENDER, EB_RECIPIENT } eb_role;

typedef struct eb_transport_sizes {
    size_t sk, pk, keygen_coins; /* long-term keys of one device */
    size_t own, peer;            /* memory of a parsed key of one's own, of a peer's */
    size_t session, pending;     /* memory of a session, of a message under way */
    size_t start_coins, coins;   /* to start a session, to seal a message */
    size_t secret;               /* message secret, at most EB_MAX_SECRET */
    size_t header_max;
    size_t body_overhead; /* body bytes beyond the plaintext's */
    bool sender_key;      /* the sender needs a key of its own */
} eb_transport_sizes;

/**
 * A transport. `seq` counts a session's messages from 0, each direction for itself; a transport whose messages stand alone, or
 * that numbers them itself, ignores it. A session with `stateful` true advances with each message, so that a replay is not the
 * same operation again.
 */
typedef struct eb_transport {
    uint32_t abi;
    const char *id, *spec;     /* "hpke", "RFC 9180, s. 6.1" */
    const char *note;          /* what a reader must know: where it differs from the deployed system */
    const char *const *suites; /* ids, NULL-terminated */
    unsigned needs;            /* EB_NEED of each class */
    unsigned either;  /* not 0: of these classes it needs those that the suite has, at least one (DH or a KEM) */
    unsigned accepts; /* eb_kind bits */
    unsigned lacks;   /* eb_lack bits */
    bool fixtures;    /* keygen takes ready-made keys (RSA) that the coins choose: what it costs says nothing */
    bool stateful;
    bool duplex;       /* both sides of a session may send */
    bool every;        /* stateful, and each message has a secret of its own: under escrow each carries a capsule */
    unsigned skips;    /* stateful, and opens a message that overtook up to so many others; 0: each in its turn */
    bool shares;       /* one wire serves several recipients (params.recipients); else each device gets a copy */
    unsigned dh_keys;  /* a private key begins with so many DH private keys (dh->sk_len each), a public key with their
                          public keys in the same order; 0: it does not */
    const char *whole; /* not NULL: a scheme that is whole: only an escrow of the same name here joins it (or none) */
    /* NULL, or: do the same coins give the same bytes on this binding? Where not (ECDSA with drawn nonces, RSA-OAEP), each
       library opens what the others made instead of making it again. */
    bool (*repeats)(const eb_binding *b);
    eb_transport_sizes (*sizes)(const eb_binding *b);

    eb_status (*keygen)(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;
    /* Parsing, before messages are timed. Objects go back through drop_own and drop_peer. */
    eb_status (*load_own)(const eb_binding *b, void *own, const uint8_t *sk) EB_MUST_CHECK;
    eb_status (*load_peer)(const eb_binding *b, void *peer, const uint8_t *pk) EB_MUST_CHECK;
    void (*drop_own)(const eb_binding *b, void *own);
    void (*drop_peer)(const eb_binding *b, void *peer);

    /* Sets a session up. `info` is known to both sides and is copied or hashed; `own` and `peers` (params.recipients of them
       for a sender of a transport that `shares`, else one; the array itself too) stay borrowed until `end`. A sender without a
       key of its own passes NULL, a recipient whose peer is anonymous peers[0] NULL. */
    eb_status (*start)(const eb_binding *b, void *session, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info) EB_MUST_CHECK;
    void (*end)(const eb_binding *b, void *session);

    /* Sender. begin fixes the message secret and writes the header; `fresh`: the secret is new with this message, so a
       capsule must travel with it. finish writes the body and moves the session on; after a failed begin or finish the
       session is as before. */
    eb_status (*begin)(const eb_binding *b, void *session, void *pending, uint64_t seq, const uint8_t *coins,
                       eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh) EB_MUST_CHECK;
    eb_status (*finish)(const eb_binding *b, void *session, void *pending, uint64_t seq, eb_bytes aad,
                        eb_bytes plaintext, eb_buf *body) EB_MUST_CHECK;

    /* Anyone: where the header ends, and whether its secret is new. Needs no key. */
    eb_status (*split)(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh) EB_MUST_CHECK;

    /* Recipient. peek derives the message secret without moving the session; open authenticates and decrypts the body;
       then commit moves the session on, or abort forgets the message. `secret` may be NULL. The header stays as it is until
       then. */
    eb_status (*peek)(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes header,
                      uint8_t *secret) EB_MUST_CHECK;
    eb_status (*open)(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                      eb_bytes body, eb_buf *plaintext) EB_MUST_CHECK;
    eb_status (*commit)(const eb_binding *b, void *session, void *pending) EB_MUST_CHECK;
    void (*abort)(const eb_binding *b, void *pending);

    /* Whoever holds the message secret (an investigator): decrypts the body with it alone. NULL: the secret stays inside the
       library (sizes.secret is 0), and no capsule can hold it. */
    eb_status (*recover)(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                         eb_bytes body, eb_buf *plaintext) EB_MUST_CHECK;
} eb_transport;

/** What a capsule is bound to: all of it is known to sender, recipient, agents and investigator. */
typedef struct eb_context {
    const uint8_t *link; /* EB_DIGEST bytes: scheme, suites, authority, user, epoch (eb_case in join.h) */
    const uint8_t
        *header;         /* EB_DIGEST bytes: SHA-256 of the message's header; of a deposit, of the user's public key; of
                              what is stored, of nothing */
    const uint8_t *user; /* EB_DIGEST bytes: SHA-256 of the user's name, for escrows whose keys depend on it */
    uint64_t epoch;
    eb_bytes subject; /* of a deposit: the user's public key; else empty */
} eb_context;

typedef struct eb_escrow_sizes {
    size_t setup_coins;
    size_t pub, agent_secret; /* the authority's public data; one agent's secret */
    size_t pub_proof; /* how many bytes at the end of pub only prove the rest (a signature, which need not repeat): they
                                 are no part of who the authority is, and the link does not depend on them */
    size_t
        pub_lasting; /* how many bytes at the beginning of pub stay what they are through refresh and reshare: the key. A link
                           is bound to these alone, and to no (t, n), so that the new agents open the old capsules. 0: all of
                           pub lasts, and a link is bound to (t, n) too */
    size_t authority, agent; /* memory of both, parsed */
    size_t capsule_coins, capsule;
    size_t partial_coins, partial;
    size_t refresh_coins; /* of refresh, and of reshare at most */
    size_t work;          /* memory for set-up, upkeep and parsing (eb_binding.work); they wipe what is secret in it */
} eb_escrow_sizes;

/** One agent's answer. */
typedef struct eb_answer {
    unsigned index; /* 1 to n, distinct */
    const uint8_t *partial;
} eb_answer;

/** A capsule in its context. */
typedef struct eb_item {
    const uint8_t *capsule;
    eb_context context;
} eb_item;

/** What agents can hand over instead of answering message after message: t of those make a key that opens all messages of one
 *  user and epoch at the least, and whoever has it needs no agent any more. Of the contexts of `answer` and `verify` only user and
 *  epoch are set. Not for deposits. */
typedef struct eb_lasting {
    bool all_users, all_epochs; /* what else that key opens: every user's messages, those of every epoch */
    size_t (*answer_len)(const eb_binding *b);
    size_t (*key_len)(const eb_binding *b); /* at most EB_MAX_SECRET */
    /* One agent. */
    eb_status (*answer)(const eb_binding *b, const void *agent, uint8_t *out, eb_context context) EB_MUST_CHECK;
    /* Investigator. verify: EB_ERR_AUTH names this agent a liar; NULL: cannot be told. unlock takes `threshold` answers. */
    eb_status (*verify)(const eb_binding *b, const void *authority, eb_context context, eb_answer answer) EB_MUST_CHECK;
    eb_status (*unlock)(const eb_binding *b, uint8_t *key, const eb_answer *answers) EB_MUST_CHECK;
    eb_status (*read)(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                      eb_context context, const uint8_t *key) EB_MUST_CHECK;
} eb_lasting;

/** Answers about several capsules under one proof: `count` parts of part_len bytes, each of them what eb_escrow.combine takes
 *  of an answer, then proof_len bytes. */
typedef struct eb_batch {
    size_t (*part_len)(const eb_binding *b);
    size_t (*proof_len)(const eb_binding *b);
    /* One agent, from eb_escrow_sizes.partial_coins bytes of coins. */
    eb_status (*partial)(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const eb_item *items, size_t count) EB_MUST_CHECK;
    /* EB_ERR_AUTH: this agent lied about one of them at least. */
    eb_status (*verify)(const eb_binding *b, const void *authority, const eb_item *items, size_t count,
                        eb_answer answer) EB_MUST_CHECK;
} eb_batch;

/**
 * An escrow. An agent's index, 1 to n, travels outside the secrets and partials below: the join checks that indices are
 * in range and distinct. `verify` NULL: a lying agent cannot be told from an honest one by its answer.
 */
typedef struct eb_escrow {
    uint32_t abi;
    const char *id, *spec, *family; /* family: "none", "master", "threshold", "partial" */
    const char *about;              /* what it is, in a line for a stranger */
    const char *note;
    eb_kind kind;
    const char *const
        *suites; /* ids, NULL-terminated; NULL for EB_KIND_NONE, and for EB_KIND_DEVICE, which has the transport's */
    unsigned needs;
    bool split;            /* takes (t, n); else it is 1-of-1, unless: */
    unsigned fixed_agents; /* not 0: this many agents, all of whom must answer */
    bool splits_dh;        /* a deposit that needs a key made of DH private keys: eb_transport.dh_keys is not 0 */
    const char *whole;     /* not NULL: joins only the transport with the same name here */
    bool enforced;         /* the recipient's device checks each capsule and opens no message whose check fails */
    bool inspects_points;  /* `inspect` looks at encodings of points alone: nothing to see on a suite with any_point */
    bool timeless;         /* an agent's answer serves all messages of its user, whatever epoch the order names */
    eb_escrow_sizes (*sizes)(const eb_binding *b);

    /* Writes pub and n secrets, one after the other, from setup_coins bytes of coins. */
    eb_status (*setup)(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins) EB_MUST_CHECK;
    /* Where senders need something of the authority's for each user and epoch (a signed public key): makes it, and writes it
       into the place that `pub` has for it. `agents`: the secrets as set-up wrote them. NULL: there is nothing. */
    eb_status (*publish)(const eb_binding *b, uint8_t *pub, const uint8_t *agents, const uint8_t *user,
                         uint64_t epoch) EB_MUST_CHECK;
    /* Is the public data consistent in itself: do the agents' public shares fit the key? Who relies on answers asks that
       once; a sender need not. NULL: there is nothing to check. */
    eb_status (*audit)(const eb_binding *b, const uint8_t *pub) EB_MUST_CHECK;
    /* Parsing, before messages are timed. load_authority refuses a malformed key. */
    eb_status (*load_authority)(const eb_binding *b, void *authority, const uint8_t *pub,
                                const uint8_t *link) EB_MUST_CHECK;
    /* Are these the authority's data for this user and epoch? EB_ERR_INVALID: for others. NULL: they serve all. */
    eb_status (*covers)(const eb_binding *b, const void *authority, const uint8_t *user, uint64_t epoch) EB_MUST_CHECK;
    eb_status (*load_agent)(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret) EB_MUST_CHECK;
    void (*drop_authority)(const eb_binding *b, void *authority);
    void (*drop_agent)(const eb_binding *b, void *agent);

    /* Sender: the capsule of a secret of params.secret_len bytes. */
    eb_status (*capsule)(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                         const uint8_t *secret, eb_context context) EB_MUST_CHECK;
    /* Recipient: is it a capsule that an honest sender could have made for this secret? EB_ERR_AUTH if not. NULL: it is made
       again from the secret, and compared. */
    eb_status (*check)(const eb_binding *b, const void *authority, const uint8_t *capsule, const uint8_t *secret,
                       eb_context context) EB_MUST_CHECK;
    /* A rogue sender: searches, from EB_DIGEST bytes of coins, a capsule that passes `check` and gives the agents nothing, in
       `limit` tries at most; *tries: how many it took. EB_ERR_INVALID if none was found. NULL: no such search is feasible. */
    eb_status (*forge)(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                       const uint8_t *secret, eb_context context, uint64_t limit, uint64_t *tries) EB_MUST_CHECK;
    /* Not 0: how many tries of `forge` one success takes on average. */
    uint64_t forge_tries;
    /* The service, without any secret: what it can check of a capsule's form and proofs. EB_ERR_AUTH or EB_ERR_INVALID: no
       honest sender made it. NULL: any bytes of the right length look alike. */
    eb_status (*inspect)(const eb_binding *b, const void *authority, const uint8_t *capsule,
                         eb_context context) EB_MUST_CHECK;
    /* Deposits: one agent, at enrolment: is my part of this deposit what it should be? EB_ERR_AUTH: the user cheats. NULL: an
       agent cannot tell. */
    eb_status (*accept)(const eb_binding *b, const void *authority, const void *agent, unsigned index,
                        const uint8_t *capsule, eb_context context) EB_MUST_CHECK;
    /* One agent. */
    eb_status (*partial)(const eb_binding *b, const void *agent, uint8_t *partial, const uint8_t *coins,
                         const uint8_t *capsule, eb_context context) EB_MUST_CHECK;
    /* Investigator. verify: EB_ERR_AUTH names this agent a liar. combine takes `threshold` answers. */
    eb_status (*verify)(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context context,
                        eb_answer answer) EB_MUST_CHECK;
    eb_status (*combine)(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                         eb_context context, const eb_answer *answers) EB_MUST_CHECK;

    /* Access to many messages of one user and epoch, where that is less than to one after another; at most one of the two. */
    const eb_lasting *lasting;
    const eb_batch *batch;

    /* Where a part of each secret is in no capsule and combine must search for it: the work of that search for `bits` bits (8 to
       31), all values to the last. NULL: nothing is searched for. */
    eb_status (*sweep)(const eb_binding *b, const void *authority, unsigned bits, const uint8_t *capsule,
                       eb_context context, const eb_answer *answers) EB_MUST_CHECK;
    /* With `sweep`: is combine's search for this capsule as long as the average one, within a 128th? EB_ERR_AUTH: it is not. */
    eb_status (*average)(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context context,
                         const eb_answer *answers) EB_MUST_CHECK;
    /* How many bits combine searches for; 0: none. */
    unsigned missing_bits;

    /* Upkeep; each NULL where the escrow has no such thing. Secrets are laid out as set-up does.
       refresh: new secrets for the same key and agents; old ones are worth nothing beside new ones. All n take part.
       reshare: from t of b's agents (answers[i].partial is a whole secret) to the (t, n) of `to`, the key unchanged.
       Whoever cheats in set-up, refresh or reshare goes to *b->complaint (reshare: to->complaint) where it can be told.
       puncture: one agent's secret loses, in place, what opens this user and epoch. */
    eb_status (*refresh)(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                         const uint8_t *old_agents, const uint8_t *coins) EB_MUST_CHECK;
    eb_status (*reshare)(const eb_binding *to, uint8_t *pub, uint8_t *agents, const eb_binding *b,
                         const uint8_t *old_pub, const eb_answer *old_agents, const uint8_t *coins) EB_MUST_CHECK;
    eb_status (*puncture)(const eb_binding *b, uint8_t *agent, const uint8_t *user, uint64_t epoch) EB_MUST_CHECK;
    /* Bytes of an agent's secret that are in use, where its length is room to grow. NULL: all. */
    size_t (*used)(const eb_binding *b, const uint8_t *agent);
} eb_escrow;

/** What a loadable module exports under the name `eb_module_1`: lists, each NULL-terminated or NULL. */
typedef struct eb_module {
    uint32_t abi;
    const eb_backend *const *backends;
    const eb_transport *const *transports;
    const eb_escrow *const *escrows;
} eb_module;

#endif
