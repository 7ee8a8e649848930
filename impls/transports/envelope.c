/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes that a library brings whole, with its own functions and formats:
 *
 *   sealed-box  libsodium's crypto_box_seal
 *   cms         S/MIME mail: OpenSSL's CMS, one message for all recipients (RFC 5652, s. 6; RFC 5083)
 *
 * Header: all before the ciphertext (ephemeral key; recipients and their keys). Body: the rest. Neither format has a place
 * for associated data or for the info of a session.
 */
#include <string.h>

#include "escrowbench.h"

typedef struct session {
    const void *own;
    const void *const *peers;
} session;

typedef struct pending {
    const uint8_t *coins; /* of a sender */
    eb_bytes head;        /* of a recipient */
} pending;

static eb_transport_sizes sizes(const eb_binding *b)
{
    const eb_envelope *e = b->envelope;
    return (eb_transport_sizes){
        .sk = e->sk_len,
        .pk = e->pk_len,
        .keygen_coins = e->keygen_coins,
        .own = e->key_size,
        .peer = e->key_size,
        .session = sizeof(session),
        .pending = sizeof(pending),
        .coins = e->coins_len,
        .header_max = e->head_max(b->envelope_ctx, b->params.recipients),
        .body_overhead = e->tail_len,
    };
}

static bool repeats(const eb_binding *b)
{
    return b->envelope->repeats;
}

static eb_status keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    return b->envelope->keygen(b->envelope_ctx, sk, pk, coins);
}

static eb_status load_own(const eb_binding *b, void *own, const uint8_t *sk)
{
    return b->envelope->secret_key(b->envelope_ctx, own, sk);
}

static eb_status load_peer(const eb_binding *b, void *peer, const uint8_t *pk)
{
    return b->envelope->public_key(b->envelope_ctx, peer, pk);
}

static void drop(const eb_binding *b, void *key)
{
    b->envelope->key_fini(b->envelope_ctx, key);
}

static eb_status start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info)
{
    (void)coins, (void)info;
    session *s = mem;
    *s = (session){.own = own, .peers = peers};
    if (role == EB_RECIPIENT)
        return own != NULL ? EB_OK : EB_ERR_INVALID;
    for (unsigned i = 0; i < b->params.recipients; i++)
        if (peers[i] == NULL)
            return EB_ERR_INVALID;
    return EB_OK;
}

static void end(const eb_binding *b, void *mem)
{
    (void)b;
    eb_wipe(mem, sizeof(session));
}

/* NOLINTBEGIN(readability-non-const-parameter): the signatures are eb_transport's */

/* The library makes header and body at once: in finish. */
static eb_status begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                       eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)b, (void)mem, (void)seq, (void)plaintext, (void)secret;
    pending *p = pend;
    p->coins = coins;
    header->len = 0;
    *fresh = true;
    return EB_OK;
}

static eb_status finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes plaintext,
                        eb_buf *body)
{
    (void)seq, (void)aad;
    const session *s = mem;
    const pending *p = pend;
    return b->envelope->seal(b->envelope_ctx, body, s->peers, b->params.recipients, p->coins, plaintext);
}

static eb_status split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    (void)seq;
    *fresh = true;
    return b->envelope->head(b->envelope_ctx, header_len, wire);
}

static eb_status peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header, uint8_t *secret)
{
    (void)b, (void)mem, (void)seq;
    pending *p = pend;
    if (secret != NULL) /* none comes out */
        return EB_ERR_UNSUPPORTED;
    p->head = header;
    return EB_OK;
}

/* NOLINTEND(readability-non-const-parameter) */

static eb_status open(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                      eb_buf *plaintext)
{
    (void)seq, (void)aad;
    const session *s = mem;
    const pending *p = pend;
    return b->envelope->open(b->envelope_ctx, plaintext, s->own, p->head, body);
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

static const char *const sealed_box_suites[] = {"sealed-box", NULL};
static const char *const cms_suites[] = {"cms", NULL};

extern const eb_transport eb_transport_sealed_box, eb_transport_cms;

const eb_transport eb_transport_sealed_box = {
    .abi = EB_ABI,
    .id = "sealed-box",
    .spec = "libsodium's crypto_box_seal",
    .note = "anonymous sender; no associated data: the caller's is not bound; the message secret stays in the library",
    .suites = sealed_box_suites,
    .needs = EB_NEED(EB_ENVELOPE),
    .accepts = EB_KIND_NONE | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .lacks = EB_LACKS_AAD,
    .repeats = repeats,
    .sizes = sizes,
    .keygen = keygen,
    .load_own = load_own,
    .load_peer = load_peer,
    .drop_own = drop,
    .drop_peer = drop,
    .start = start,
    .end = end,
    .begin = begin,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open,
    .commit = commit,
    .abort = abort_message,
};

const eb_transport eb_transport_cms = {
    .abi = EB_ABI,
    .id = "cms",
    .spec = "RFC 5652, RFC 5083",
    .note =
        "AES-256-GCM, RSA-2048 certificates (RSAES-PKCS1-v1_5), not signed; one message for all recipients, so that an "
        "additional recipient is one more key in it; OpenSSL by itself takes tags of one byte, refused here below 12; "
        "key pairs are fixtures, one of sixteen; no associated data: the "
        "caller's is not bound; the message secret stays in the library",
    .suites = cms_suites,
    .needs = EB_NEED(EB_ENVELOPE),
    .accepts = EB_KIND_NONE | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .lacks = EB_LACKS_AAD,
    .fixtures = true,
    .shares = true,
    .repeats = repeats,
    .sizes = sizes,
    .keygen = keygen,
    .load_own = load_own,
    .load_peer = load_peer,
    .drop_own = drop,
    .drop_peer = drop,
    .start = start,
    .end = end,
    .begin = begin,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open,
    .commit = commit,
    .abort = abort_message,
};
