/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Double Ratchet (Perrin and Marlinspike, revision 1, 2016), header not encrypted, over a binding: what
 * transports share whose messages each have a key of their own. A transport adds the handshake that gives the first
 * root key (x3dh.h) and may mix something more into the steps of the root chain.
 *
 *   message key   HMAC(chain key, 01); next chain key HMAC(chain key, 02)                      (s. 5.2, KDF_CK)
 *   root step     root || chain key = HKDF(salt root, DH || mix, label)                        (s. 5.2, KDF_RK)
 *   body          AEAD under key || nonce = HKDF-Expand(message key), associated data header || aad
 *   header        flags (1) || hello, until the peer has answered || ratchet key || PN (4) || N (4)
 *                 || length (2) || extension, where there is one
 *
 * The session's first associated data (both identities, and info) goes into the handshake's key derivation instead of
 * each message's associated data, so that whoever holds a message key needs nothing else. A new ratchet key is made
 * when the next message is sent, from that message's coins, not when one is received (s. 6.5 allows both): a
 * recipient draws nothing.
 *
 * A message that is refused moves nothing: its keys are derived into the message under way, which becomes the
 * session's at `commit`. Once the bound of skipped keys is passed, it is refused before any of them is derived.
 *
 * A session's functions fit eb_transport's slots of the same names; split, sizes and start take the kind as well.
 */
#ifndef EB_RATCHET_H
#define EB_RATCHET_H

#include "escrowbench/scheme.h"

#define EB_RATCHET_NEEDS (EB_NEED(EB_DH) | EB_NEED(EB_MAC) | EB_NEED(EB_HASH) | EB_NEED(EB_AEAD))

enum {
    EB_RATCHET_KEY = 32,    /* root, chain and message keys */
    EB_RATCHET_SKIP = 1000, /* messages that one may overtake, and keys of such that a session keeps: the newest */
    EB_RATCHET_AAD = 4096 + EB_DIGEST, /* associated data beside the header: the caller's and a capsule's hash */
    EB_RATCHET_HEADER = 8192           /* a header, at most: a handshake's KEM ciphertext and an extension have room */
};

/** The handshake: agrees on the first root key. `own` and `peer` are the transport's parsed keys. */
typedef struct eb_handshake {
    size_t (*hello)(const eb_binding *b); /* bytes that the header carries until the peer has answered */
    size_t (*coins)(const eb_binding *b); /* that `initiate` takes */
    /* `info_hash`: SHA-256 of the session's info. Writes root (EB_RATCHET_KEY bytes) and hello. */
    eb_status (*initiate)(const eb_binding *b, uint8_t *root, uint8_t *hello, const void *own, const void *peer,
                          const uint8_t *coins, const uint8_t *info_hash) EB_MUST_CHECK;
    eb_status (*respond)(const eb_binding *b, uint8_t *root, const uint8_t *hello, const void *own, const void *peer,
                         const uint8_t *info_hash) EB_MUST_CHECK;
    /* The key that is the responder's first ratchet key (hpke.h: a DHKEM key object), of one's own keys or of a
       peer's. */
    const void *(*first_key)(const eb_binding *b, const void *keys);
} eb_handshake;

/** Something more for the root chain, at each of its steps: `mix` (up to EB_RATCHET_MIX bytes, none if *mix_len stays
 *  0) is appended to the DH result. What `send` writes to `ext` goes into the header of each message of the new
 *  sending chain. `state` is bytes of its own in the session, zeroed at the start: a copy until the message is final.
 *  */
enum { EB_RATCHET_MIX = 32 };

typedef struct eb_rekey {
    size_t (*state)(const eb_binding *b);
    size_t (*ext)(const eb_binding *b);   /* bytes of an extension, at most */
    size_t (*coins)(const eb_binding *b); /* that `send` takes */
    eb_status (*send)(const eb_binding *b, void *state, uint8_t *mix, size_t *mix_len, eb_buf *ext,
                      const uint8_t *coins) EB_MUST_CHECK;
    eb_status (*receive)(const eb_binding *b, void *state, uint8_t *mix, size_t *mix_len, eb_bytes ext) EB_MUST_CHECK;
} eb_rekey;

typedef struct eb_ratchet_kind {
    const char *label; /* what root steps and message keys are derived for: "escrowbench ratchet v1" */
    const eb_handshake *handshake;
    const eb_rekey *rekey; /* NULL: nothing is mixed in */
} eb_ratchet_kind;

/** Fills in session, pending, start_coins, coins, secret, header_max, body_overhead and sender_key. */
void eb_ratchet_sizes(const eb_binding *b, const eb_ratchet_kind *kind, eb_transport_sizes *sizes);

/** `kind` stays borrowed until the end. */
eb_status eb_ratchet_start(const eb_binding *b, const eb_ratchet_kind *kind, void *session, eb_role role,
                           const void *own, const void *peer, const uint8_t *coins, eb_bytes info) EB_MUST_CHECK;
void eb_ratchet_end(const eb_binding *b, void *session);
eb_status eb_ratchet_begin(const eb_binding *b, void *session, void *pending, uint64_t seq, const uint8_t *coins,
                           eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh) EB_MUST_CHECK;
eb_status eb_ratchet_finish(const eb_binding *b, void *session, void *pending, uint64_t seq, eb_bytes aad,
                            eb_bytes plaintext, eb_buf *body) EB_MUST_CHECK;
eb_status eb_ratchet_split(const eb_binding *b, const eb_ratchet_kind *kind, eb_bytes wire, size_t *header_len,
                           bool *fresh) EB_MUST_CHECK;
eb_status eb_ratchet_peek(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes header,
                          uint8_t *secret) EB_MUST_CHECK;
eb_status eb_ratchet_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                          eb_bytes body, eb_buf *plaintext) EB_MUST_CHECK;
eb_status eb_ratchet_commit(const eb_binding *b, void *session, void *pending) EB_MUST_CHECK;
void eb_ratchet_abort(const eb_binding *b, void *pending);
eb_status eb_ratchet_recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                             eb_bytes body, eb_buf *plaintext) EB_MUST_CHECK;

#endif
