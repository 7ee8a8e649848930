/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A telephone with a Clipper chip (FIPS 185, 1994), one message a call: the phones agree on a session key of 80 bits, the chip
 * encrypts with Skipjack in 64-bit output feedback.
 *
 *     header: ephemeral public key || initialisation vector, 8 bytes        body: the ciphertext, as long as the text
 *
 * Nothing authenticates the body, as in the standard: whoever changes it changes the plaintext bit by bit. With its escrow the
 * LEAF stands between header and body, and the receiving chip does not decrypt unless it passes.
 *
 * Where it differs from the deployed system: AT&T's phone agreed by Diffie-Hellman modulo a prime, afresh on both sides, for a
 * call; here it is X25519 to the recipient's key, for a message, and the session key is HKDF's output. Skipjack is this
 * project's own (clipper/skipjack.h), so that the scheme runs with any library, which gives key agreement and hash.
 */
#include <string.h>

#include "clipper/skipjack.h"
#include "escrowbench.h"
#include "hpke/hpke.h"

enum { IV = EB_SKIPJACK_BLOCK, KEY = EB_SKIPJACK_KEY };

typedef struct session {
    const void *own, *peer;
} session;

typedef struct pending {
    uint8_t key[KEY], iv[IV];
} pending;

static eb_transport_sizes sizes(const eb_binding *b)
{
    return (eb_transport_sizes){
        .sk = b->dh->sk_len,
        .pk = b->dh->pk_len,
        .keygen_coins = b->dh->sk_len,
        .own = eb_dhkem_key_size(b),
        .peer = eb_dhkem_key_size(b),
        .session = sizeof(session),
        .pending = sizeof(pending),
        .coins = b->dh->sk_len + IV,
        .secret = KEY,
        .header_max = b->dh->pk_len + IV,
    };
}

static eb_status start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info)
{
    (void)b, (void)coins, (void)info;
    *(session *)mem = (session){.own = own, .peer = peers[0]};
    return (role == EB_SENDER ? peers[0] : own) != NULL ? EB_OK : EB_ERR_INVALID;
}

static void end(const eb_binding *b, void *mem)
{
    (void)b;
    eb_wipe(mem, sizeof(session));
}

/* The session key from what the phones agreed on. */
static eb_status derive(const eb_binding *b, uint8_t *key, const uint8_t *shared)
{
    const eb_bytes info[] = {EB_LITERAL("escrowbench clipper session key v1")};
    return eb_hkdf_expand(b, key, KEY, eb_range(shared, EB_DIGEST), info, 1);
}

static eb_status begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                       eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)seq, (void)plaintext;
    const session *s = mem;
    pending *p = pend;
    const size_t pk = b->dh->pk_len;
    uint8_t shared[EB_DIGEST];
    if (header->cap < pk + IV)
        return EB_ERR_SPACE;
    eb_status st = eb_dhkem_encap(b, shared, header->ptr, coins, s->peer, NULL);
    if (st == EB_OK)
        st = derive(b, p->key, shared);
    eb_wipe(shared, sizeof shared);
    if (st != EB_OK)
        return st;
    memcpy(p->iv, coins + b->dh->sk_len, IV);
    memcpy(header->ptr + pk, p->iv, IV);
    memcpy(secret, p->key, KEY);
    header->len = pk + IV;
    *fresh = true;
    return EB_OK;
}

static eb_status crypt(const uint8_t *key, const uint8_t *iv, eb_bytes in, eb_buf *out)
{
    if (out->cap < in.len)
        return EB_ERR_SPACE;
    eb_skipjack_ofb(out->ptr, in, key, iv);
    out->len = in.len;
    return EB_OK;
}

static void forget(const eb_binding *b, void *pend)
{
    (void)b;
    eb_wipe(pend, sizeof(pending));
}

static eb_status finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes plaintext,
                        eb_buf *body)
{
    (void)mem, (void)seq, (void)aad; /* there is no place for it */
    pending *p = pend;
    const eb_status st = crypt(p->key, p->iv, plaintext, body);
    if (st == EB_OK)
        forget(b, p);
    return st;
}

static eb_status split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    (void)seq;
    *header_len = b->dh->pk_len + IV;
    *fresh = true;
    return wire.len >= *header_len ? EB_OK : EB_ERR_INVALID;
}

static eb_status peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header, uint8_t *secret)
{
    (void)seq;
    const session *s = mem;
    pending *p = pend;
    uint8_t shared[EB_DIGEST];
    if (header.len != b->dh->pk_len + IV)
        return EB_ERR_INVALID;
    eb_status st = eb_dhkem_decap(b, shared, header.ptr, s->own, NULL);
    if (st == EB_OK)
        st = derive(b, p->key, shared);
    eb_wipe(shared, sizeof shared);
    if (st != EB_OK)
        return st;
    memcpy(p->iv, header.ptr + b->dh->pk_len, IV);
    if (secret != NULL)
        memcpy(secret, p->key, KEY);
    return EB_OK;
}

static eb_status open(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                      eb_buf *plaintext)
{
    (void)b, (void)mem, (void)seq, (void)aad;
    const pending *p = pend;
    return crypt(p->key, p->iv, body, plaintext);
}

static eb_status commit(const eb_binding *b, void *mem, void *pend)
{
    (void)mem;
    forget(b, pend);
    return EB_OK;
}

static eb_status recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                         eb_bytes body, eb_buf *plaintext)
{
    (void)seq, (void)aad;
    return crypt(secret, header.ptr + b->dh->pk_len, body, plaintext);
}

static const char *const suites[] = {"x25519", NULL};

extern const eb_transport eb_transport_clipper;

const eb_transport eb_transport_clipper = {
    .abi = EB_ABI,
    .id = "clipper",
    .spec = "FIPS 185; Skipjack (NIST 1998) in OFB-64 (FIPS 81); key agreement by DHKEM in place of the phones' own",
    .note = "80-bit keys; nothing authenticates a message: bits changed on the way are bits changed in the text",
    .suites = suites,
    .needs = EB_NEED(EB_DH) | EB_NEED(EB_MAC),
    .accepts = EB_KIND_NONE | EB_KIND_WRAP,
    .lacks = EB_LACKS_AAD | EB_LACKS_PROOF | EB_LACKS_AUTH,
    .whole = "clipper",
    .sizes = sizes,
    .keygen = eb_dhkem_keygen,
    .load_own = eb_dhkem_load_secret,
    .load_peer = eb_dhkem_load_public,
    .drop_own = eb_dhkem_drop,
    .drop_peer = eb_dhkem_drop,
    .start = start,
    .end = end,
    .begin = begin,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open,
    .commit = commit,
    .abort = forget,
    .recover = recover,
};
