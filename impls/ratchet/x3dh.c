/* SPDX-License-Identifier: Apache-2.0 */
/* X3DH: keys, bundle, handshake. See x3dh.h. */
#include <string.h>

#include "hpke/hpke.h"
#include "ratchet/x3dh.h"

enum { IDENTITY, PREKEY, ONE_TIME, NUMBER = 4 /* bytes by which a hello names a prekey */ };

/* ---- keys ---- */

/* DHKEM key objects, one after the other. */
static size_t stride(const eb_binding *b)
{
    const size_t align = _Alignof(max_align_t);
    return (eb_dhkem_key_size(b) + align - 1) / align * align;
}

static void *key_at(const eb_binding *b, void *keys, int i)
{
    return (uint8_t *)keys + (size_t)i * stride(b);
}

static const void *peer_at(const eb_binding *b, const void *keys, int i)
{
    return (const uint8_t *)keys + (size_t)i * stride(b);
}

void eb_x3dh_sizes(const eb_binding *b, eb_transport_sizes *sizes)
{
    sizes->sk = EB_X3DH_DHS * b->dh->sk_len + b->sig->sk_len;
    sizes->pk = EB_X3DH_DHS * b->dh->pk_len + b->sig->pk_len + b->sig->sig_len;
    sizes->keygen_coins = sizes->sk;
    sizes->own = sizes->peer = EB_X3DH_DHS * stride(b);
}

static const char prekey_label[] = "escrowbench x3dh prekey v1";

/* What is signed: a label and a hash of fixed length. */
typedef struct statement {
    uint8_t bytes[64 + EB_DIGEST];
    size_t len;
} statement;

static eb_status state(const eb_binding *b, statement *out, const char *label, const eb_bytes *parts, size_t n)
{
    const size_t len = strlen(label);
    if (len > sizeof out->bytes - EB_DIGEST)
        return EB_ERR_INVALID;
    memcpy(out->bytes, label, len);
    out->len = len + EB_DIGEST;
    return b->hash->digest(b->hash_ctx, out->bytes + len, parts, n);
}

static eb_status sign(const eb_binding *b, uint8_t *sig, const uint8_t *sk, const char *label, const eb_bytes *parts,
                      size_t n)
{
    statement m;
    eb_status s = state(b, &m, label, parts, n);
    if (s == EB_OK)
        s = b->sig->secret_key(b->sig_ctx, b->temp_sig, sk + EB_X3DH_DHS * b->dh->sk_len);
    if (s != EB_OK)
        return s;
    s = b->sig->sign(b->sig_ctx, sig, b->temp_sig, eb_range(m.bytes, m.len));
    b->sig->key_fini(b->sig_ctx, b->temp_sig);
    return s;
}

static eb_status verify(const eb_binding *b, const uint8_t *sig, const uint8_t *pk, const char *label,
                        const eb_bytes *parts, size_t n)
{
    statement m;
    eb_status s = state(b, &m, label, parts, n);
    if (s == EB_OK)
        s = b->sig->public_key(b->sig_ctx, b->temp_sig, pk + EB_X3DH_DHS * b->dh->pk_len);
    if (s != EB_OK)
        return s;
    s = b->sig->verify(b->sig_ctx, sig, b->temp_sig, eb_range(m.bytes, m.len));
    b->sig->key_fini(b->sig_ctx, b->temp_sig);
    return s;
}

eb_status eb_x3dh_sign(const eb_binding *b, uint8_t *sig, const uint8_t *sk, const char *label, eb_bytes value)
{
    return sign(b, sig, sk, label, &value, 1);
}

eb_status eb_x3dh_verify(const eb_binding *b, const uint8_t *sig, const uint8_t *pk, const char *label, eb_bytes value)
{
    return verify(b, sig, pk, label, &value, 1);
}

/* A signing key from coins: the first candidate that is one (ECDSA's have to be below the order). Leaves it parsed. */
static eb_status signing_key(const eb_binding *b, uint8_t *sk, eb_bytes coins)
{
    eb_status s = EB_ERR_INVALID;
    for (unsigned i = 0; i < 256 && s == EB_ERR_INVALID; i++) {
        const uint8_t counter = (uint8_t)i;
        const eb_bytes info[] = {EB_LITERAL("escrowbench signing key v1"), eb_range(&counter, 1)};
        s = eb_hkdf_expand(b, sk, b->sig->sk_len, coins, info, 2);
        if (s == EB_OK)
            s = b->sig->secret_key(b->sig_ctx, b->temp_sig, sk);
    }
    return s;
}

static eb_status make_keys(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    const size_t secret = b->dh->sk_len, pub = b->dh->pk_len;
    eb_status s = EB_OK;
    for (size_t i = 0; i < EB_X3DH_DHS && s == EB_OK; i++)
        s = eb_dhkem_keygen(b, sk + i * secret, pk + i * pub, coins + i * secret);
    if (s == EB_OK)
        s = signing_key(b, sk + EB_X3DH_DHS * secret, eb_range(coins + EB_X3DH_DHS * secret, b->sig->sk_len));
    if (s != EB_OK)
        return s;
    s = b->sig->encode(b->sig_ctx, pk + EB_X3DH_DHS * pub, b->temp_sig);
    b->sig->key_fini(b->sig_ctx, b->temp_sig);
    const eb_bytes prekey[] = {eb_range(pk, 2 * pub)}; /* and the identity, which ties it to the signing key */
    return s == EB_OK ? sign(b, pk + EB_X3DH_DHS * pub + b->sig->pk_len, sk, prekey_label, prekey, 1) : s;
}

eb_status eb_x3dh_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    eb_transport_sizes sizes;
    eb_status s = make_keys(b, sk, pk, coins);
    if (s == EB_OK)
        return s;
    eb_x3dh_sizes(b, &sizes);
    eb_wipe(sk, sizes.sk);
    eb_wipe(pk, sizes.pk);
    return s;
}

static void drop(const eb_binding *b, void *keys, int n)
{
    while (n-- > 0)
        eb_dhkem_drop(b, key_at(b, keys, n));
}

eb_status eb_x3dh_load_own(const eb_binding *b, void *own, const uint8_t *sk)
{
    for (int i = 0; i < EB_X3DH_DHS; i++) {
        eb_status s = eb_dhkem_load_secret(b, key_at(b, own, i), sk + (size_t)i * b->dh->sk_len);
        if (s != EB_OK) {
            drop(b, own, i);
            return s;
        }
    }
    return EB_OK;
}

eb_status eb_x3dh_load_peer(const eb_binding *b, void *peer, const uint8_t *pk)
{
    const size_t pub = b->dh->pk_len;
    const eb_bytes prekey[] = {eb_range(pk, 2 * pub)};
    for (int i = 0; i < EB_X3DH_DHS; i++) {
        eb_status s = eb_dhkem_load_public(b, key_at(b, peer, i), pk + (size_t)i * pub);
        if (s != EB_OK) {
            drop(b, peer, i);
            return s;
        }
    }
    eb_status s = verify(b, pk + EB_X3DH_DHS * pub + b->sig->pk_len, pk, prekey_label, prekey, 1);
    if (s != EB_OK)
        drop(b, peer, EB_X3DH_DHS);
    return s;
}

void eb_x3dh_drop_own(const eb_binding *b, void *own)
{
    drop(b, own, EB_X3DH_DHS);
}

void eb_x3dh_drop_peer(const eb_binding *b, void *peer)
{
    drop(b, peer, EB_X3DH_DHS);
}

const uint8_t *eb_x3dh_identity(const void *own_or_peer)
{
    return eb_dhkem_public(own_or_peer); /* it is the first */
}

const void *eb_x3dh_prekey(const eb_binding *b, const void *own_or_peer)
{
    return peer_at(b, own_or_peer, PREKEY);
}

/* ---- handshake ---- */

size_t eb_x3dh_hello_len(const eb_binding *b)
{
    return (size_t)2 * NUMBER + 2 * b->dh->pk_len;
}

size_t eb_x3dh_coins(const eb_binding *b)
{
    return b->dh->sk_len;
}

/* The number of a prekey: the last bytes of its encoding. */
static const uint8_t *number(const eb_binding *b, const void *keys, int i)
{
    return eb_dhkem_public(peer_at(b, keys, i)) + b->dh->pk_len - NUMBER;
}

/* One DH result into its place behind the FF bytes, which keep the input apart from any encoded key (s. 2.2). */
static eb_status agree(const eb_binding *b, uint8_t *ikm, int place, const void *own, const void *peer)
{
    return b->dh->agree(b->dh_ctx, ikm + 32 + (size_t)place * 32, own, peer);
}

static const void *object_at(const eb_binding *b, const void *keys, int i)
{
    return eb_dhkem_object(peer_at(b, keys, i));
}

eb_status eb_x3dh_agree_initiate(const eb_binding *b, uint8_t *ikm, uint8_t *hello, const void *own, const void *peer,
                                 const uint8_t *coins)
{
    const size_t pub = b->dh->pk_len;
    void *ephemeral = b->temp_key[0];
    if (own == NULL || peer == NULL)
        return EB_ERR_INVALID;
    memset(ikm, 0xff, 32);
    memcpy(hello, number(b, peer, PREKEY), NUMBER);
    memcpy(hello + NUMBER, number(b, peer, ONE_TIME), NUMBER);
    memcpy(hello + (size_t)2 * NUMBER, eb_x3dh_identity(own), pub);
    eb_status s = eb_dhkem_derive_object(b, ephemeral, eb_range(coins, b->dh->sk_len));
    if (s != EB_OK)
        return s;
    s = b->dh->encode(b->dh_ctx, hello + (size_t)2 * NUMBER + pub, ephemeral);
    if (s == EB_OK)
        s = agree(b, ikm, 0, object_at(b, own, IDENTITY), object_at(b, peer, PREKEY));
    if (s == EB_OK)
        s = agree(b, ikm, 1, ephemeral, object_at(b, peer, IDENTITY));
    if (s == EB_OK)
        s = agree(b, ikm, 2, ephemeral, object_at(b, peer, PREKEY));
    if (s == EB_OK)
        s = agree(b, ikm, 3, ephemeral, object_at(b, peer, ONE_TIME));
    b->dh->key_fini(b->dh_ctx, ephemeral);
    return s;
}

eb_status eb_x3dh_agree_respond(const eb_binding *b, uint8_t *ikm, const uint8_t *hello, const void *own,
                                const void *peer)
{
    const size_t pub = b->dh->pk_len;
    const uint8_t *identity = hello + (size_t)2 * NUMBER;
    void *ephemeral = b->temp_key[0];
    if (own == NULL || peer == NULL)
        return EB_ERR_INVALID;
    eb_public(number(b, own, PREKEY),
              NUMBER); /* of public keys, which an agent who opens as a device makes from private ones */
    eb_public(number(b, own, ONE_TIME), NUMBER);
    if (memcmp(hello, number(b, own, PREKEY), NUMBER) != 0 ||
        memcmp(hello + NUMBER, number(b, own, ONE_TIME), NUMBER) != 0)
        return EB_ERR_PREKEY;
    if (memcmp(identity, eb_x3dh_identity(peer), pub) != 0)
        return EB_ERR_PEER;
    memset(ikm, 0xff, 32);
    eb_status s = b->dh->public_key(b->dh_ctx, ephemeral, identity + pub);
    if (s != EB_OK)
        return s;
    s = agree(b, ikm, 0, object_at(b, own, PREKEY), object_at(b, peer, IDENTITY));
    if (s == EB_OK)
        s = agree(b, ikm, 1, object_at(b, own, IDENTITY), ephemeral);
    if (s == EB_OK)
        s = agree(b, ikm, 2, object_at(b, own, PREKEY), ephemeral);
    if (s == EB_OK)
        s = agree(b, ikm, 3, object_at(b, own, ONE_TIME), ephemeral);
    b->dh->key_fini(b->dh_ctx, ephemeral);
    return s;
}

eb_status eb_x3dh_root(const eb_binding *b, uint8_t *root, const char *label, const uint8_t *ikm, eb_bytes extra,
                       const uint8_t *info_hash, const uint8_t *initiator, const uint8_t *responder)
{
    static const uint8_t salt[EB_DIGEST] = {0};
    uint8_t prk[EB_MAX_HASH];
    const eb_bytes input[] = {eb_range(ikm, EB_X3DH_IKM), extra};
    const eb_bytes info[] = {eb_range(label, strlen(label)), eb_range(info_hash, EB_DIGEST),
                             eb_range(initiator, b->dh->pk_len), eb_range(responder, b->dh->pk_len)};
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(salt, sizeof salt));
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, prk, input, 2);
    if (s == EB_OK)
        s = eb_hkdf_expand(b, root, EB_RATCHET_KEY, eb_range(prk, b->mac->tag_len), info, 4);
    eb_wipe(prk, sizeof prk);
    return s;
}

/* ---- X3DH by itself ---- */

static const char root_label[] = "escrowbench x3dh v1";

static eb_status initiate(const eb_binding *b, uint8_t *root, uint8_t *hello, const void *own, const void *peer,
                          const uint8_t *coins, const uint8_t *info_hash)
{
    uint8_t ikm[EB_X3DH_IKM];
    eb_status s = eb_x3dh_agree_initiate(b, ikm, hello, own, peer, coins);
    if (s == EB_OK)
        s = eb_x3dh_root(b, root, root_label, ikm, (eb_bytes){0}, info_hash, eb_x3dh_identity(own),
                         eb_x3dh_identity(peer));
    eb_wipe(ikm, sizeof ikm);
    return s;
}

static eb_status respond(const eb_binding *b, uint8_t *root, const uint8_t *hello, const void *own, const void *peer,
                         const uint8_t *info_hash)
{
    uint8_t ikm[EB_X3DH_IKM];
    eb_status s = eb_x3dh_agree_respond(b, ikm, hello, own, peer);
    if (s == EB_OK)
        s = eb_x3dh_root(b, root, root_label, ikm, (eb_bytes){0}, info_hash, eb_x3dh_identity(peer),
                         eb_x3dh_identity(own));
    eb_wipe(ikm, sizeof ikm);
    return s;
}

const eb_handshake eb_x3dh = {
    .hello = eb_x3dh_hello_len,
    .coins = eb_x3dh_coins,
    .initiate = initiate,
    .respond = respond,
    .first_key = eb_x3dh_prekey,
};
