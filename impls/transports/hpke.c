/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE (RFC 9180) as a transport, three ways to use it:
 *   hpke         base mode, each message stands alone (s. 6.1: single-shot)
 *   hpke-auth    auth mode, each message stands alone; the sender proves possession of its own key (s. 5.1.3)
 *   hpke-stream  base mode, one context for many messages (s. 5.2)
 *
 * Header: enc where a context begins, else nothing. Body: the AEAD's ciphertext. Message secret: key || base_nonce,
 * 44 bytes, which with the sequence number is all that opens a body.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/hpke.h"

/* One side of a session. The stream keeps its secret, and its AEAD keyed, after the first message. */
typedef struct session {
    eb_role role;
    const void *own, *peer;
    uint8_t info_hash[EB_MAX_HASH];
    bool established;
    uint8_t secret[EB_HPKE_SECRET];
    void *aead_ctx; /* the stream's, keyed once established */
} session;

/* A message under way. */
typedef struct pending {
    uint8_t secret[EB_HPKE_SECRET];
    bool fresh; /* of the stream: its secret is to become the session's */
} pending;

static size_t secret_len(const eb_binding *b)
{
    return b->aead->key_len + b->aead->nonce_len;
}

static eb_transport_sizes sizes(const eb_binding *b)
{
    const eb_hpke_kem_sizes kem = eb_hpke_kem_size(b);
    return (eb_transport_sizes){
        .sk = kem.sk,
        .pk = kem.pk,
        .keygen_coins = kem.keygen_coins,
        .own = kem.key,
        .peer = kem.key,
        .session = sizeof(session),
        .pending = sizeof(pending),
        .coins = kem.encap_coins, /* DHKEM: ikmE of DeriveKeyPair */
        .secret = secret_len(b),
        .header_max = kem.enc,
        .body_overhead = b->aead->tag_len,
    };
}

static eb_transport_sizes auth_sizes(const eb_binding *b)
{
    eb_transport_sizes s = sizes(b);
    s.sender_key = true;
    return s;
}

static eb_status start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info)
{
    (void)coins; /* set-up draws nothing: the first message does */
    const void *peer = peers[0];
    session *s = mem;
    s->role = role;
    s->own = own;
    s->peer = peer;
    s->established = false;
    s->aead_ctx = NULL;
    if ((role == EB_SENDER ? peer : own) == NULL)
        return EB_ERR_INVALID;
    return eb_hpke_info_hash(b, s->info_hash, info);
}

static eb_status auth_start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                            const uint8_t *coins, eb_bytes info)
{
    return own != NULL && peers[0] != NULL ? start(b, mem, role, own, peers, coins, info) : EB_ERR_INVALID;
}

static void end(const eb_binding *b, void *mem)
{
    session *s = mem;
    eb_aead_free(b, s->aead_ctx);
    eb_wipe(s, sizeof *s);
}

/* A new context: encapsulate to the peer, derive the secret. */
static eb_status new_secret(const eb_binding *b, const session *s, eb_hpke_mode mode, pending *p, const uint8_t *coins,
                            eb_buf *header)
{
    uint8_t ss[EB_DIGEST];
    const size_t enc = eb_hpke_kem_size(b).enc;
    if (header->cap < enc)
        return EB_ERR_SPACE;
    eb_status st = eb_hpke_kem_encap(b, ss, header->ptr, coins, s->peer, mode == EB_HPKE_AUTH ? s->own : NULL);
    if (st == EB_OK)
        st = eb_hpke_schedule(b, mode, p->secret, NULL, ss, s->info_hash);
    eb_wipe(ss, sizeof ss);
    header->len = st == EB_OK ? enc : 0;
    return st;
}

/* The recipient's way to the same secret. */
static eb_status found_secret(const eb_binding *b, const session *s, eb_hpke_mode mode, pending *p, eb_bytes header)
{
    uint8_t ss[EB_DIGEST];
    if (header.len != eb_hpke_kem_size(b).enc)
        return EB_ERR_INVALID;
    eb_status st = eb_hpke_kem_decap(b, ss, header.ptr, s->own, mode == EB_HPKE_AUTH ? s->peer : NULL);
    if (st == EB_OK)
        st = eb_hpke_schedule(b, mode, p->secret, NULL, ss, s->info_hash);
    eb_wipe(ss, sizeof ss);
    return st;
}

static eb_status seal_body(const eb_binding *b, void *aead_ctx, const uint8_t *secret, uint64_t seq, eb_bytes aad,
                           eb_bytes plaintext, eb_buf *body)
{
    uint8_t nonce[EB_MAX_NONCE];
    if (body->cap < b->aead->tag_len || body->cap - b->aead->tag_len < plaintext.len)
        return EB_ERR_SPACE;
    eb_hpke_nonce(nonce, secret + b->aead->key_len, b->aead->nonce_len, seq);
    eb_status st = b->aead->seal(aead_ctx, body->ptr, nonce, aad, plaintext);
    body->len = st == EB_OK ? plaintext.len + b->aead->tag_len : 0;
    return st;
}

static eb_status open_body(const eb_binding *b, void *aead_ctx, const uint8_t *secret, uint64_t seq, eb_bytes aad,
                           eb_bytes body, eb_buf *plaintext)
{
    uint8_t nonce[EB_MAX_NONCE];
    plaintext->len = 0;
    if (body.len < b->aead->tag_len)
        return EB_ERR_AUTH;
    if (plaintext->cap < body.len - b->aead->tag_len)
        return EB_ERR_SPACE;
    eb_hpke_nonce(nonce, secret + b->aead->key_len, b->aead->nonce_len, seq);
    eb_status st = b->aead->open(aead_ctx, plaintext->ptr, nonce, aad, body);
    plaintext->len = st == EB_OK ? body.len - b->aead->tag_len : 0;
    return st;
}

/* ---- each message stands alone ---- */

static eb_status begin_alone(const eb_binding *b, const session *s, eb_hpke_mode mode, pending *p, const uint8_t *coins,
                             uint8_t *secret, eb_buf *header, bool *fresh)
{
    eb_status st = new_secret(b, s, mode, p, coins, header);
    if (st == EB_OK)
        memcpy(secret, p->secret, secret_len(b));
    *fresh = true;
    return st;
}

static eb_status begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                       eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)seq, (void)plaintext;
    return begin_alone(b, mem, EB_HPKE_BASE, pend, coins, secret, header, fresh);
}

static eb_status auth_begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                            eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)seq, (void)plaintext;
    return begin_alone(b, mem, EB_HPKE_AUTH, pend, coins, secret, header, fresh);
}

static eb_status finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes plaintext,
                        eb_buf *body)
{
    (void)mem, (void)seq;
    pending *p = pend;
    eb_status st = b->aead->set_key(b->aead_ctx, p->secret);
    if (st == EB_OK)
        st = seal_body(b, b->aead_ctx, p->secret, 0, aad, plaintext, body);
    eb_wipe(p, sizeof *p);
    return st;
}

static eb_status split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    (void)seq;
    const size_t enc = eb_hpke_kem_size(b).enc;
    if (wire.len < enc)
        return EB_ERR_INVALID;
    *header_len = enc;
    *fresh = true;
    return EB_OK;
}

static eb_status peek_alone(const eb_binding *b, const session *s, eb_hpke_mode mode, pending *p, eb_bytes header,
                            uint8_t *secret)
{
    eb_status st = found_secret(b, s, mode, p, header);
    if (st == EB_OK && secret != NULL)
        memcpy(secret, p->secret, secret_len(b));
    return st;
}

static eb_status peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header, uint8_t *secret)
{
    (void)seq;
    return peek_alone(b, mem, EB_HPKE_BASE, pend, header, secret);
}

static eb_status auth_peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header,
                           uint8_t *secret)
{
    (void)seq;
    return peek_alone(b, mem, EB_HPKE_AUTH, pend, header, secret);
}

static eb_status open(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                      eb_buf *plaintext)
{
    (void)mem, (void)seq;
    const pending *p = pend;
    eb_status st = b->aead->set_key(b->aead_ctx, p->secret);
    return st == EB_OK ? open_body(b, b->aead_ctx, p->secret, 0, aad, body, plaintext) : st;
}

static eb_status commit(const eb_binding *b, void *mem, void *pend)
{
    (void)b, (void)mem;
    eb_wipe(pend, sizeof(pending));
    return EB_OK;
}

static void abort_message(const eb_binding *b, void *pend)
{
    (void)b;
    eb_wipe(pend, sizeof(pending));
}

static eb_status recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                         eb_bytes body, eb_buf *plaintext)
{
    (void)header, (void)seq;
    eb_status st = b->aead->set_key(b->aead_ctx, secret);
    return st == EB_OK ? open_body(b, b->aead_ctx, secret, 0, aad, body, plaintext) : st;
}

/* ---- one context for many messages ---- */

static eb_status stream_start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                              const uint8_t *coins, eb_bytes info)
{
    session *s = mem;
    eb_status st = start(b, mem, role, own, peers, coins, info);
    return st == EB_OK ? eb_aead_new(b, &s->aead_ctx) : st;
}

/* The context becomes the session's once its first message is done. */
static eb_status establish(const eb_binding *b, session *s, const pending *p)
{
    eb_status st = b->aead->set_key(s->aead_ctx, p->secret);
    if (st == EB_OK) {
        memcpy(s->secret, p->secret, sizeof s->secret);
        s->established = true;
    }
    return st;
}

static eb_status stream_begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                              eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)plaintext;
    const session *s = mem;
    pending *p = pend;
    *fresh = seq == 0;
    header->len = 0;
    if (seq == 0)
        return begin_alone(b, s, EB_HPKE_BASE, p, coins, secret, header, fresh);
    if (!s->established)
        return EB_ERR_INVALID;
    memcpy(secret, s->secret, secret_len(b));
    return EB_OK;
}

static eb_status stream_finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad,
                               eb_bytes plaintext, eb_buf *body)
{
    session *s = mem;
    pending *p = pend;
    eb_status st;
    if (seq != 0)
        return seal_body(b, s->aead_ctx, s->secret, seq, aad, plaintext, body);
    st = b->aead->set_key(b->aead_ctx, p->secret);
    if (st == EB_OK)
        st = seal_body(b, b->aead_ctx, p->secret, seq, aad, plaintext, body);
    if (st == EB_OK) /* only now: a failed seal leaves the session as it was */
        st = establish(b, s, p);
    eb_wipe(p, sizeof *p);
    return st;
}

static eb_status stream_split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    if (seq == 0)
        return split(b, seq, wire, header_len, fresh);
    *header_len = 0;
    *fresh = false;
    return EB_OK;
}

static eb_status stream_peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header,
                             uint8_t *secret)
{
    const session *s = mem;
    pending *p = pend;
    p->fresh = seq == 0;
    if (seq == 0)
        return peek_alone(b, s, EB_HPKE_BASE, p, header, secret);
    if (!s->established || header.len != 0)
        return EB_ERR_INVALID;
    if (secret != NULL)
        memcpy(secret, s->secret, secret_len(b));
    return EB_OK;
}

static eb_status stream_open(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad,
                             eb_bytes body, eb_buf *plaintext)
{
    const session *s = mem;
    const pending *p = pend;
    if (seq != 0)
        return open_body(b, s->aead_ctx, s->secret, seq, aad, body, plaintext);
    eb_status st = b->aead->set_key(b->aead_ctx, p->secret);
    return st == EB_OK ? open_body(b, b->aead_ctx, p->secret, seq, aad, body, plaintext) : st;
}

static eb_status stream_commit(const eb_binding *b, void *mem, void *pend)
{
    session *s = mem;
    pending *p = pend;
    eb_status st = p->fresh ? establish(b, s, p) : EB_OK;
    eb_wipe(p, sizeof *p);
    return st;
}

static eb_status stream_recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                                eb_bytes body, eb_buf *plaintext)
{
    (void)header;
    eb_status st = b->aead->set_key(b->aead_ctx, secret);
    return st == EB_OK ? open_body(b, b->aead_ctx, secret, seq, aad, body, plaintext) : st;
}

static const char *const suites[] = {"x25519", "p256", "xwing", NULL};
static const char *const auth_suites[] = {"x25519", "p256", NULL}; /* X-Wing has no AuthEncap */

extern const eb_transport eb_transport_hpke, eb_transport_hpke_auth, eb_transport_hpke_stream;

const eb_transport eb_transport_hpke = {
    .abi = EB_ABI,
    .id = "hpke",
    .spec = "RFC 9180, base mode, single-shot (s. 6.1)",
    .note = "each message stands alone; no authentication of the sender, no forward secrecy for the recipient",
    .suites = suites,
    .needs = EB_HPKE_ANY_NEEDS,
    .either = EB_HPKE_ANY_KEM,
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .dh_keys = 1,
    .sizes = sizes,
    .keygen = eb_hpke_kem_keygen,
    .load_own = eb_hpke_kem_load_secret,
    .load_peer = eb_hpke_kem_load_public,
    .drop_own = eb_hpke_kem_drop,
    .drop_peer = eb_hpke_kem_drop,
    .start = start,
    .end = end,
    .begin = begin,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open,
    .commit = commit,
    .abort = abort_message,
    .recover = recover,
};

const eb_transport eb_transport_hpke_auth = {
    .abi = EB_ABI,
    .id = "hpke-auth",
    .spec = "RFC 9180, auth mode, single-shot (s. 6.1)",
    .note = "each message stands alone; the sender is authenticated by its own key",
    .suites = auth_suites,
    .needs = EB_HPKE_ANY_NEEDS,
    .either = EB_HPKE_ANY_KEM,
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .dh_keys = 1,
    .sizes = auth_sizes,
    .keygen = eb_hpke_kem_keygen,
    .load_own = eb_hpke_kem_load_secret,
    .load_peer = eb_hpke_kem_load_public,
    .drop_own = eb_hpke_kem_drop,
    .drop_peer = eb_hpke_kem_drop,
    .start = auth_start,
    .end = end,
    .begin = auth_begin,
    .finish = finish,
    .split = split,
    .peek = auth_peek,
    .open = open,
    .commit = commit,
    .abort = abort_message,
    .recover = recover,
};

const eb_transport eb_transport_hpke_stream = {
    .abi = EB_ABI,
    .id = "hpke-stream",
    .spec = "RFC 9180, base mode, one context for many messages (s. 5.2)",
    .note = "one capsule per context, carried by its first message; rows time the messages after it",
    .suites = suites,
    .needs = EB_HPKE_ANY_NEEDS,
    .either = EB_HPKE_ANY_KEM,
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .stateful = true,
    .dh_keys = 1,
    .sizes = sizes,
    .keygen = eb_hpke_kem_keygen,
    .load_own = eb_hpke_kem_load_secret,
    .load_peer = eb_hpke_kem_load_public,
    .drop_own = eb_hpke_kem_drop,
    .drop_peer = eb_hpke_kem_drop,
    .start = stream_start,
    .end = end,
    .begin = stream_begin,
    .finish = stream_finish,
    .split = stream_split,
    .peek = stream_peek,
    .open = stream_open,
    .commit = stream_commit,
    .abort = abort_message,
    .recover = stream_recover,
};
