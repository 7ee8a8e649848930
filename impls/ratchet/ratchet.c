/* SPDX-License-Identifier: Apache-2.0 */
/* The Double Ratchet. See ratchet.h. */
#include <string.h>

#include "hpke/hpke.h"
#include "ratchet/ratchet.h"

enum {
    KEY = EB_RATCHET_KEY,
    SKIP = EB_RATCHET_SKIP,
    WITH_HELLO = 1, /* flags of a header */
    WITH_EXT = 2,
    /* Bytes of a ratchet key that tell chains apart: two alike are a collision that only their own maker could seek. */
    TAG = 16,
    FIRST = 2 /* the own ratchet key is the handshake's, not one of the two slots */
};

/* ---- memory ---- */

/* What a message moves: a copy in the message under way becomes the session's when the message is final. */
typedef struct state {
    bool established;                  /* there is a root key */
    bool answered;                     /* the other side has sent: no hello any more */
    bool turn;                         /* the next message sent begins a new sending chain */
    bool receiving;                    /* there is a receiving chain, of the peer's ratchet key `peer` */
    uint8_t own;                       /* the own ratchet key: slot 0 or 1, or FIRST */
    uint32_t sent, previous, received; /* Ns, PN, Nr */
    uint8_t root[KEY], sending[KEY], receiving_key[KEY];
    uint8_t peer[EB_MAX_PK];
    uint16_t ext_len; /* of the sending chain's extension */
} state;

/* Keys of messages that were overtaken: a ring, in which a new one takes the place of the oldest. */
typedef struct kept {
    unsigned at, live;
    uint32_t place[SKIP]; /* number in its chain, plus 1; 0: nothing is here */
    uint8_t chain[SKIP][TAG];
    uint8_t key[SKIP][KEY];
} kept;

typedef struct session {
    const eb_ratchet_kind *kind;
    eb_role role;
    const void *own, *peer; /* long-term keys */
    uint8_t info_hash[EB_DIGEST];
    state now;
    bool filled[2]; /* a slot holds a key */
    kept kept;
    _Alignas(max_align_t) uint8_t more[]; /* both slots; rekey state; hello; extension */
} session;

/* A message under way: the state after it, and what only a received one may leave behind. */
typedef struct pending {
    const eb_ratchet_kind *kind;
    state next;
    uint8_t key[KEY]; /* the message's */
    int from_kept;    /* its place in the ring, or -1 */
    bool stepped;     /* the root chain, by a message received: the rekey state in `more` is newer than the session's */
    bool greeted;     /* its hello is the one that established the session */
    unsigned skipped_old, skipped_new; /* keys derived ahead: in the chain before, in the one that this message is of */
    uint32_t first_old, first_new;
    uint8_t old_chain[TAG];
    uint8_t skipped[SKIP][KEY];
    size_t header_len;
    uint8_t more[]; /* rekey state; extension; header, with room for associated data behind it */
} pending;

static size_t round_up(size_t n)
{
    const size_t align = _Alignof(max_align_t);
    return (n + align - 1) / align * align;
}

static size_t slot_size(const eb_binding *b)
{
    return round_up(eb_dhkem_key_size(b));
}

static size_t hello_len(const eb_binding *b, const eb_ratchet_kind *k)
{
    return k->handshake->hello(b);
}

static size_t state_len(const eb_binding *b, const eb_ratchet_kind *k)
{
    return k->rekey != NULL ? k->rekey->state(b) : 0;
}

static size_t ext_max(const eb_binding *b, const eb_ratchet_kind *k)
{
    return k->rekey != NULL ? k->rekey->ext(b) : 0;
}

static size_t header_max(const eb_binding *b, const eb_ratchet_kind *k)
{
    return 1 + hello_len(b, k) + b->dh->pk_len + 8 + (k->rekey != NULL ? 2 + ext_max(b, k) : 0);
}

static void *slot(const eb_binding *b, const session *s, unsigned i)
{
    return (uint8_t *)(uintptr_t)s->more + i * slot_size(b);
}

static uint8_t *session_rekey(const eb_binding *b, const session *s)
{
    return slot(b, s, 2);
}

static uint8_t *session_hello(const eb_binding *b, const session *s)
{
    return session_rekey(b, s) + state_len(b, s->kind);
}

static uint8_t *session_ext(const eb_binding *b, const session *s)
{
    return session_hello(b, s) + hello_len(b, s->kind);
}

static uint8_t *pending_ext(const eb_binding *b, pending *p)
{
    return p->more + state_len(b, p->kind);
}

static uint8_t *pending_header(const eb_binding *b, pending *p)
{
    return pending_ext(b, p) + ext_max(b, p->kind);
}

void eb_ratchet_sizes(const eb_binding *b, const eb_ratchet_kind *k, eb_transport_sizes *sizes)
{
    const size_t extra = state_len(b, k) + ext_max(b, k);
    sizes->session = sizeof(session) + 2 * slot_size(b) + extra + hello_len(b, k);
    sizes->pending = sizeof(pending) + extra + header_max(b, k) + EB_RATCHET_AAD;
    sizes->start_coins = k->handshake->coins(b);
    sizes->coins = b->dh->sk_len + (k->rekey != NULL ? k->rekey->coins(b) : 0);
    sizes->secret = KEY;
    sizes->header_max = header_max(b, k);
    sizes->body_overhead = b->aead->tag_len;
    sizes->sender_key = true;
}

/* ---- keys ---- */

/* KDF_CK (s. 5.2): the key of the chain's next message; the chain moves on. `chain` may not be `message`. */
static eb_status step_chain(const eb_binding *b, uint8_t *message, uint8_t *chain)
{
    static const uint8_t constants[] = {1, 2};
    const eb_bytes one = eb_range(constants, 1), two = eb_range(constants + 1, 1);
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(chain, KEY));
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, message, &one, 1);
    return s == EB_OK ? b->mac->compute(b->mac_ctx, chain, &two, 1) : s;
}

/* KDF_RK (s. 5.2): `input` is the DH result and what is mixed in. */
static eb_status step_root(const eb_binding *b, const eb_ratchet_kind *k, uint8_t *root, uint8_t *chain, eb_bytes input)
{
    uint8_t prk[EB_MAX_HASH], out[2 * KEY];
    const eb_bytes info = eb_range(k->label, strlen(k->label));
    eb_status s = eb_hkdf_extract(b, prk, eb_range(root, KEY), input);
    if (s == EB_OK)
        s = eb_hkdf_expand(b, out, sizeof out, eb_range(prk, b->mac->tag_len), &info, 1);
    if (s == EB_OK) {
        memcpy(root, out, KEY);
        memcpy(chain, out + KEY, KEY);
    }
    eb_wipe(prk, sizeof prk);
    eb_wipe(out, sizeof out);
    return s;
}

/* Keys the AEAD with what a message key gives, and writes the nonce. The message key is uniformly random, so RFC 5869
   (s. 3.3) lets Extract be skipped. */
static eb_status set_body_key(const eb_binding *b, uint8_t *nonce, const uint8_t *message)
{
    uint8_t out[EB_MAX_KEY + EB_MAX_NONCE];
    const size_t key = b->aead->key_len, len = key + b->aead->nonce_len;
    const eb_bytes info = EB_LITERAL("body");
    eb_status s = eb_hkdf_expand(b, out, len, eb_range(message, KEY), &info, 1);
    if (s == EB_OK)
        s = b->aead->set_key(b->aead_ctx, out);
    memcpy(nonce, out + key, b->aead->nonce_len);
    eb_wipe(out, sizeof out);
    return s;
}

/* The own ratchet key as the library holds it. */
static const void *own_key(const eb_binding *b, const session *s, unsigned own)
{
    return eb_dhkem_object(own == FIRST ? s->kind->handshake->first_key(b, s->own) : slot(b, s, own));
}

/* DH of an own key with the peer's ratchet key, from bytes. */
static eb_status agree(const eb_binding *b, uint8_t *dh, const void *own, const uint8_t *peer)
{
    void *object = b->temp_key[0];
    eb_status s = b->dh->public_key(b->dh_ctx, object, peer);
    if (s != EB_OK)
        return s;
    s = b->dh->agree(b->dh_ctx, dh, own, object);
    b->dh->key_fini(b->dh_ctx, object);
    return s;
}

/* ---- headers ---- */

static void put32(uint8_t *out, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

typedef struct header {
    const uint8_t *hello, *peer; /* hello NULL: there is none */
    uint32_t previous, number;
    eb_bytes ext;
    size_t len;
} header;

/* Reads the header at the front of `in`. */
static eb_status read_header(const eb_binding *b, const eb_ratchet_kind *k, header *h, eb_bytes in)
{
    const size_t pub = b->dh->pk_len;
    const uint8_t flags = in.len > 0 ? in.ptr[0] : 0xff;
    if (flags & ~(WITH_HELLO | (k->rekey != NULL ? WITH_EXT : 0)))
        return EB_ERR_INVALID;
    size_t at = 1, ext = 0;
    const size_t hello = flags & WITH_HELLO ? hello_len(b, k) : 0, fixed = 1 + hello + pub + 8;
    if (in.len < fixed + (flags & WITH_EXT ? 2 : 0))
        return EB_ERR_INVALID;
    h->hello = hello > 0 ? in.ptr + at : NULL;
    at += hello;
    h->peer = in.ptr + at;
    at += pub;
    h->previous = get32(in.ptr + at);
    h->number = get32(in.ptr + at + 4);
    at += 8;
    if (flags & WITH_EXT) {
        ext = (size_t)in.ptr[at] << 8 | in.ptr[at + 1];
        at += 2;
        if (ext == 0 || ext > ext_max(b, k) || in.len - at < ext)
            return EB_ERR_INVALID;
    }
    h->ext = eb_range(in.ptr + at, ext);
    h->len = at + ext;
    return EB_OK;
}

/* `ext` is the extension of the chain that the message is of. */
static size_t write_header(const eb_binding *b, const session *s, const state *next, uint8_t *out, const uint8_t *ext)
{
    const bool greets = s->role == EB_SENDER && !next->answered;
    const size_t pub = b->dh->pk_len, hello = greets ? hello_len(b, s->kind) : 0;
    uint8_t *at = out + 1;
    out[0] = (uint8_t)((greets ? WITH_HELLO : 0) | (next->ext_len > 0 ? WITH_EXT : 0));
    memcpy(at, session_hello(b, s), hello);
    at += hello;
    memcpy(at, eb_dhkem_public(slot(b, s, next->own)), pub); /* a sender's own key is in a slot */
    at += pub;
    put32(at, next->previous);
    put32(at + 4, next->sent - 1);
    at += 8;
    if (next->ext_len > 0) {
        at[0] = (uint8_t)(next->ext_len >> 8);
        at[1] = (uint8_t)next->ext_len;
        memcpy(at + 2, ext, next->ext_len);
        at += 2 + next->ext_len;
    }
    return (size_t)(at - out);
}

eb_status eb_ratchet_split(const eb_binding *b, const eb_ratchet_kind *k, eb_bytes wire, size_t *len, bool *fresh)
{
    header h;
    eb_status s = read_header(b, k, &h, wire);
    if (s != EB_OK)
        return s;
    *len = h.len;
    *fresh = true;
    return EB_OK;
}

/* ---- a session's life ---- */

eb_status eb_ratchet_start(const eb_binding *b, const eb_ratchet_kind *kind, void *mem, eb_role role, const void *own,
                           const void *peer, const uint8_t *coins, eb_bytes info)
{
    session *s = mem;
    s->kind = kind;
    s->role = role;
    s->own = own;
    s->peer = peer;
    s->now = (state){.own = FIRST};
    s->filled[0] = s->filled[1] = false;
    s->kept.at = s->kept.live = 0;
    memset(s->kept.place, 0, sizeof s->kept.place);
    memset(session_rekey(b, s), 0, state_len(b, kind));
    if (own == NULL || peer == NULL)
        return EB_ERR_INVALID;
    eb_status st = b->hash->digest(b->hash_ctx, s->info_hash, &info, 1);
    if (st != EB_OK || role == EB_RECIPIENT)
        return st;
    st = kind->handshake->initiate(b, s->now.root, session_hello(b, s), own, peer, coins, s->info_hash);
    if (st != EB_OK) {
        eb_wipe(&s->now, sizeof s->now);
        return st;
    }
    /* RatchetInitAlice (s. 3.3), but that her ratchet key is made with her first message. */
    s->now.established = s->now.turn = true;
    memcpy(s->now.peer, eb_dhkem_public(kind->handshake->first_key(b, peer)), b->dh->pk_len);
    return EB_OK;
}

static void empty_slot(const eb_binding *b, session *s, unsigned i)
{
    if (s->filled[i])
        eb_dhkem_drop(b, slot(b, s, i));
    s->filled[i] = false;
}

void eb_ratchet_end(const eb_binding *b, void *mem)
{
    session *s = mem;
    empty_slot(b, s, 0);
    empty_slot(b, s, 1);
    eb_wipe(session_rekey(b, s), state_len(b, s->kind));
    eb_wipe(s, sizeof *s);
}

/* ---- sending ---- */

/* A new sending chain: the second half of DHRatchet (s. 3.5). The new key goes into the slot that is not in use, so
   that nothing has happened if the message is not finished. */
static eb_status turn(const eb_binding *b, session *s, pending *p, const uint8_t *coins)
{
    state *next = &p->next;
    const unsigned to = next->own == 0 ? 1 : 0;
    uint8_t input[EB_MAX_SS + EB_RATCHET_MIX];
    size_t mix = 0;
    empty_slot(b, s, to);
    eb_status st = eb_dhkem_load_derived(b, slot(b, s, to), eb_range(coins, b->dh->sk_len));
    if (st != EB_OK)
        return st;
    s->filled[to] = true;
    st = agree(b, input, eb_dhkem_object(slot(b, s, to)), next->peer);
    next->ext_len = 0;
    if (st == EB_OK && s->kind->rekey != NULL) {
        eb_buf ext = {.ptr = pending_ext(b, p), .cap = ext_max(b, s->kind)};
        memcpy(p->more, session_rekey(b, s), state_len(b, s->kind));
        st = s->kind->rekey->send(b, p->more, input + b->dh->ss_len, &mix, &ext, coins + b->dh->sk_len);
        next->ext_len = (uint16_t)ext.len;
    }
    if (st == EB_OK)
        st = step_root(b, s->kind, next->root, next->sending, eb_range(input, b->dh->ss_len + mix));
    eb_wipe(input, sizeof input);
    next->own = (uint8_t)to;
    next->previous = next->sent;
    next->sent = 0;
    next->turn = false;
    return st;
}

eb_status eb_ratchet_begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                           eb_bytes plaintext, uint8_t *secret, eb_buf *out, bool *fresh)
{
    (void)seq, (void)plaintext;
    session *s = mem;
    pending *p = pend;
    p->kind = s->kind;
    p->next = s->now;
    p->skipped_old = p->skipped_new = 0;
    out->len = 0;
    *fresh = true;
    if (!s->now.established || (!s->now.turn && s->now.sent == UINT32_MAX))
        return EB_ERR_INVALID;
    if (out->cap < header_max(b, s->kind))
        return EB_ERR_SPACE;
    eb_status st = s->now.turn ? turn(b, s, p, coins) : EB_OK;
    if (st == EB_OK)
        st = step_chain(b, p->key, p->next.sending);
    if (st != EB_OK)
        return st;
    p->next.sent++;
    const uint8_t *ext = s->now.turn ? pending_ext(b, p) : session_ext(b, s);
    p->header_len = write_header(b, s, &p->next, pending_header(b, p), ext);
    memcpy(out->ptr, pending_header(b, p), p->header_len);
    out->len = p->header_len;
    memcpy(secret, p->key, KEY);
    return EB_OK;
}

/* header || aad, in the place behind the header. */
static eb_status associated(const eb_binding *b, pending *p, eb_bytes *out, eb_bytes aad)
{
    uint8_t *at = pending_header(b, p);
    if (aad.len > EB_RATCHET_AAD)
        return EB_ERR_SPACE;
    if (aad.len > 0)
        memcpy(at + p->header_len, aad.ptr, aad.len);
    *out = eb_range(at, p->header_len + aad.len);
    return EB_OK;
}

static void forget(const eb_binding *b, pending *p)
{
    eb_wipe(&p->next, sizeof p->next);
    eb_wipe(p->key, KEY);
    eb_wipe(p->skipped, (size_t)(p->skipped_old + p->skipped_new) * KEY);
    if (p->kind != NULL)
        eb_wipe(p->more, state_len(b, p->kind));
    p->skipped_old = p->skipped_new = 0;
}

eb_status eb_ratchet_finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes plaintext,
                            eb_buf *body)
{
    (void)seq;
    session *s = mem;
    pending *p = pend;
    uint8_t nonce[EB_MAX_NONCE];
    eb_bytes ad;
    body->len = 0;
    if (body->cap < b->aead->tag_len || body->cap - b->aead->tag_len < plaintext.len)
        return EB_ERR_SPACE;
    eb_status st = associated(b, p, &ad, aad);
    if (st == EB_OK)
        st = set_body_key(b, nonce, p->key);
    if (st == EB_OK)
        st = b->aead->seal(b->aead_ctx, body->ptr, nonce, ad, plaintext);
    if (st == EB_OK) {
        if (s->now.turn && s->kind->rekey != NULL) {
            memcpy(session_rekey(b, s), p->more, state_len(b, s->kind));
            memcpy(session_ext(b, s), pending_ext(b, p), p->next.ext_len);
        }
        s->now = p->next;
        body->len = plaintext.len + b->aead->tag_len;
    }
    forget(b, p);
    return st;
}

/* ---- receiving ---- */

/* The place of a kept key, or -1; the newest first, as few have been overtaken for long. */
static int find_kept(const kept *k, const uint8_t *chain, uint32_t number)
{
    unsigned at = k->at;
    for (unsigned seen = 0; seen < k->live;) {
        at = (at + SKIP - 1) % SKIP;
        if (k->place[at] == number + 1 && memcmp(k->chain[at], chain, TAG) == 0)
            return (int)at;
        seen += k->place[at] != 0;
    }
    return -1;
}

/* What tells a chain: bytes of its ratchet key. On P-256 all begin alike, and end with y. */
static const uint8_t *chain_tag(const eb_binding *b, const uint8_t *peer)
{
    return peer + b->dh->pk_len - TAG;
}

/* SkipMessageKeys (s. 3.5), into the message under way. */
static eb_status skip(const eb_binding *b, pending *p, uint32_t until, unsigned *count)
{
    state *next = &p->next;
    eb_status s = EB_OK;
    for (; next->received < until && s == EB_OK; next->received++, (*count)++)
        s = step_chain(b, p->skipped[p->skipped_old + p->skipped_new], next->receiving_key);
    return s;
}

/* A new receiving chain: the first half of DHRatchet (s. 3.5). */
static eb_status new_chain(const eb_binding *b, const session *s, pending *p, const header *h)
{
    state *next = &p->next;
    uint8_t input[EB_MAX_SS + EB_RATCHET_MIX];
    size_t mix = 0;
    eb_status st = agree(b, input, own_key(b, s, next->own), h->peer);
    if (st == EB_OK && s->kind->rekey != NULL) {
        memcpy(p->more, session_rekey(b, s), state_len(b, s->kind));
        st = s->kind->rekey->receive(b, p->more, input + b->dh->ss_len, &mix, h->ext);
    }
    if (st == EB_OK)
        st = step_root(b, s->kind, next->root, next->receiving_key, eb_range(input, b->dh->ss_len + mix));
    eb_wipe(input, sizeof input);
    memcpy(next->peer, h->peer, b->dh->pk_len);
    next->received = 0;
    next->receiving = next->turn = p->stepped = true;
    return st;
}

/* A hello establishes a session once, and is the same ever after. */
static eb_status greet(const eb_binding *b, const session *s, pending *p, const header *h)
{
    if (s->now.established) {
        const bool known = h->hello == NULL || (s->role == EB_RECIPIENT &&
                                                memcmp(h->hello, session_hello(b, s), hello_len(b, s->kind)) == 0);
        return known ? EB_OK : EB_ERR_INVALID;
    }
    if (h->hello == NULL)
        return EB_ERR_INVALID;
    p->greeted = p->next.established = true;
    return s->kind->handshake->respond(b, p->next.root, h->hello, s->own, s->peer, s->info_hash);
}

/* The message's own key in its chain, and those before it that were overtaken. */
static eb_status advance(const eb_binding *b, const session *s, pending *p, const header *h, bool same_chain)
{
    state *next = &p->next;
    const uint32_t old =
        !same_chain && next->receiving && h->previous > next->received ? h->previous - next->received : 0;
    const uint32_t from = same_chain ? next->received : 0;
    if (h->number == UINT32_MAX)
        return EB_ERR_INVALID;
    if (old > SKIP || h->number - from > SKIP - old)
        return EB_ERR_SKIP;
    eb_status st = EB_OK;
    p->first_old = next->received;
    if (old > 0) {
        memcpy(p->old_chain, chain_tag(b, next->peer), TAG);
        st = skip(b, p, h->previous, &p->skipped_old);
    }
    if (st == EB_OK && !same_chain)
        st = new_chain(b, s, p, h);
    p->first_new = next->received;
    if (st == EB_OK)
        st = skip(b, p, h->number, &p->skipped_new);
    if (st == EB_OK)
        st = step_chain(b, p->key, next->receiving_key);
    next->received++;
    return st;
}

/* RatchetDecrypt (s. 3.5) up to the message key. */
static eb_status find_key(const eb_binding *b, const session *s, pending *p, const header *h)
{
    eb_status st = greet(b, s, p, h);
    if (st != EB_OK)
        return st;
    const bool same_chain = p->next.receiving && memcmp(h->peer, p->next.peer, b->dh->pk_len) == 0;
    p->next.answered = true;
    if (!same_chain || h->number < p->next.received) {
        p->from_kept = find_kept(&s->kept, chain_tag(b, h->peer), h->number);
        if (p->from_kept >= 0) {
            memcpy(p->key, s->kept.key[p->from_kept], KEY);
            return EB_OK;
        }
    }
    if (same_chain && h->number < p->next.received)
        return EB_ERR_REPLAY;
    return advance(b, s, p, h, same_chain);
}

eb_status eb_ratchet_peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes in, uint8_t *secret)
{
    (void)seq;
    const session *s = mem;
    pending *p = pend;
    header h;
    p->kind = s->kind;
    p->next = s->now;
    p->skipped_old = p->skipped_new = 0;
    p->from_kept = -1;
    p->stepped = p->greeted = false;
    eb_status st = read_header(b, s->kind, &h, in);
    if (st == EB_OK && h.len != in.len)
        st = EB_ERR_INVALID;
    if (st == EB_OK)
        st = find_key(b, s, p, &h);
    if (st != EB_OK) {
        forget(b, p);
        return st;
    }
    p->header_len = in.len;
    memcpy(pending_header(b, p), in.ptr, in.len);
    if (secret != NULL)
        memcpy(secret, p->key, KEY);
    return EB_OK;
}

static eb_status open_body(const eb_binding *b, const uint8_t *message, eb_bytes ad, eb_bytes body, eb_buf *plaintext)
{
    uint8_t nonce[EB_MAX_NONCE];
    plaintext->len = 0;
    if (body.len < b->aead->tag_len)
        return EB_ERR_AUTH;
    if (plaintext->cap < body.len - b->aead->tag_len)
        return EB_ERR_SPACE;
    eb_status st = set_body_key(b, nonce, message);
    if (st == EB_OK)
        st = b->aead->open(b->aead_ctx, plaintext->ptr, nonce, ad, body);
    plaintext->len = st == EB_OK ? body.len - b->aead->tag_len : 0;
    return st;
}

eb_status eb_ratchet_open(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                          eb_buf *plaintext)
{
    (void)mem, (void)seq;
    pending *p = pend;
    eb_bytes ad;
    eb_status st = associated(b, p, &ad, aad);
    return st == EB_OK ? open_body(b, p->key, ad, body, plaintext) : st;
}

/* Keys of one chain from `first` on go into the ring. */
static void keep(kept *k, const uint8_t *chain, uint32_t first, const uint8_t (*keys)[KEY], unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        k->live += k->place[k->at] == 0;
        k->place[k->at] = first + i + 1;
        memcpy(k->chain[k->at], chain, TAG);
        memcpy(k->key[k->at], keys[i], KEY);
        k->at = (k->at + 1) % SKIP;
    }
}

eb_status eb_ratchet_commit(const eb_binding *b, void *mem, void *pend)
{
    session *s = mem;
    pending *p = pend;
    kept *k = &s->kept;
    if (p->from_kept >= 0) {
        eb_wipe(k->key[p->from_kept], KEY);
        k->place[p->from_kept] = 0;
        k->live--;
    } else {
        keep(k, p->old_chain, p->first_old, (const uint8_t(*)[KEY])p->skipped, p->skipped_old);
        keep(k, chain_tag(b, p->next.peer), p->first_new, (const uint8_t(*)[KEY])(p->skipped + p->skipped_old),
             p->skipped_new);
        if (p->greeted)
            memcpy(session_hello(b, s), pending_header(b, p) + 1, hello_len(b, s->kind));
        if (p->stepped)
            memcpy(session_rekey(b, s), p->more, state_len(b, s->kind));
        s->now = p->next;
    }
    forget(b, p);
    return EB_OK;
}

void eb_ratchet_abort(const eb_binding *b, void *pend)
{
    forget(b, pend);
}

eb_status eb_ratchet_recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes in, eb_bytes aad,
                             eb_bytes body, eb_buf *plaintext)
{
    (void)seq;
    uint8_t ad[EB_RATCHET_HEADER + EB_RATCHET_AAD];
    plaintext->len = 0;
    if (in.len > EB_RATCHET_HEADER || aad.len > EB_RATCHET_AAD)
        return EB_ERR_SPACE;
    memcpy(ad, in.ptr, in.len);
    if (aad.len > 0)
        memcpy(ad + in.len, aad.ptr, aad.len);
    return open_body(b, secret, eb_range(ad, in.len + aad.len), body, plaintext);
}
