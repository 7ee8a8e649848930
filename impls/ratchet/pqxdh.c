/* SPDX-License-Identifier: Apache-2.0 */
/* PQXDH: keys, bundle, handshake. See pqxdh.h. */
#include "ratchet/pqxdh.h"

#include <string.h>

#include "hpke/hpke.h"

enum { NUMBER = 4 /* bytes by which a hello names the KEM prekey */ };

/* The parsed KEM prekey, behind X3DH's parsed keys. */
typedef struct kem_key {
    uint8_t number[NUMBER];
    _Alignas(max_align_t) uint8_t object[];
} kem_key;

static eb_transport_sizes x3dh_sizes(const eb_binding *b)
{
    eb_transport_sizes s = {0};
    eb_x3dh_sizes(b, &s);
    return s;
}

void eb_pqxdh_sizes(const eb_binding *b, eb_transport_sizes *sizes)
{
    eb_x3dh_sizes(b, sizes);
    sizes->sk += b->kem->sk_len;
    sizes->pk += b->kem->pk_len + b->sig->sig_len;
    sizes->keygen_coins += b->kem->sk_len;
    sizes->own += sizeof(kem_key) + b->kem->key_size;
    sizes->peer += sizeof(kem_key) + b->kem->key_size;
}

/* X3DH's keys are a whole number of aligned objects, so what follows is aligned too. */
static kem_key *kem_of(const eb_binding *b, const void *keys)
{
    return (kem_key *)((uint8_t *)(uintptr_t)keys + x3dh_sizes(b).own);
}

static void set_number(const eb_binding *b, kem_key *k, const uint8_t *pk)
{
    memcpy(k->number, pk + b->kem->pk_len - NUMBER, NUMBER);
}

/* ---- keys ---- */

static const char prekey_label[] = "escrowbench pqxdh prekey v1";

static eb_status make_prekey(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    const eb_transport_sizes x = x3dh_sizes(b);
    uint8_t *kem_pk = pk + x.pk;
    eb_status s = eb_kem_keygen(b->kem, b->kem_ctx, b->temp_kem_key, sk + x.sk, kem_pk, coins + x.keygen_coins);
    return s == EB_OK ? eb_x3dh_sign(b, kem_pk + b->kem->pk_len, sk, prekey_label, eb_range(kem_pk, b->kem->pk_len))
                      : s;
}

eb_status eb_pqxdh_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    eb_transport_sizes sizes = {0};
    eb_status s = eb_x3dh_keygen(b, sk, pk, coins);
    if (s == EB_OK)
        s = make_prekey(b, sk, pk, coins);
    if (s == EB_OK)
        return s;
    eb_pqxdh_sizes(b, &sizes);
    eb_wipe(sk, sizes.sk);
    eb_wipe(pk, sizes.pk);
    return s;
}

static eb_status load_seed(const eb_binding *b, kem_key *k, const uint8_t *seed)
{
    uint8_t pk[EB_MAX_KEM_PK];
    eb_status s = b->kem->secret_key(b->kem_ctx, k->object, seed);
    if (s != EB_OK)
        return s;
    s = b->kem->encode(b->kem_ctx, pk, k->object);
    if (s == EB_OK)
        set_number(b, k, pk);
    else
        b->kem->key_fini(b->kem_ctx, k->object);
    return s;
}

eb_status eb_pqxdh_load_own(const eb_binding *b, void *own, const uint8_t *sk)
{
    eb_status s = eb_x3dh_load_own(b, own, sk);
    if (s != EB_OK)
        return s;
    s = load_seed(b, kem_of(b, own), sk + x3dh_sizes(b).sk);
    if (s != EB_OK)
        eb_x3dh_drop_own(b, own);
    return s;
}

eb_status eb_pqxdh_load_peer(const eb_binding *b, void *peer, const uint8_t *pk)
{
    kem_key *k = kem_of(b, peer);
    const uint8_t *kem_pk = pk + x3dh_sizes(b).pk;
    eb_status s = eb_x3dh_load_peer(b, peer, pk);
    if (s != EB_OK)
        return s;
    s = eb_x3dh_verify(b, kem_pk + b->kem->pk_len, pk, prekey_label, eb_range(kem_pk, b->kem->pk_len));
    if (s == EB_OK)
        s = b->kem->public_key(b->kem_ctx, k->object, kem_pk);
    if (s == EB_OK)
        set_number(b, k, kem_pk);
    else
        eb_x3dh_drop_peer(b, peer);
    return s;
}

void eb_pqxdh_drop_own(const eb_binding *b, void *own)
{
    b->kem->key_fini(b->kem_ctx, kem_of(b, own)->object);
    eb_x3dh_drop_own(b, own);
}

void eb_pqxdh_drop_peer(const eb_binding *b, void *peer)
{
    b->kem->key_fini(b->kem_ctx, kem_of(b, peer)->object);
    eb_x3dh_drop_peer(b, peer);
}

/* ---- handshake ---- */

static size_t hello_len(const eb_binding *b)
{
    return eb_x3dh_hello_len(b) + NUMBER + b->kem->ct_len;
}

static size_t coins_len(const eb_binding *b)
{
    return eb_x3dh_coins(b) + b->kem->coins_len;
}

static const char root_label[] = "escrowbench pqxdh v1";

static eb_status initiate(const eb_binding *b, uint8_t *root, uint8_t *hello, const void *own, const void *peer,
                          const uint8_t *coins, const uint8_t *info_hash)
{
    uint8_t ikm[EB_X3DH_IKM], ss[EB_DIGEST], *more = hello + eb_x3dh_hello_len(b);
    eb_status s = eb_x3dh_agree_initiate(b, ikm, hello, own, peer, coins);
    if (s == EB_OK) {
        const kem_key *to = kem_of(b, peer);
        memcpy(more, to->number, NUMBER);
        s = b->kem->encapsulate(b->kem_ctx, ss, more + NUMBER, to->object, coins + eb_x3dh_coins(b));
    }
    if (s == EB_OK)
        s = eb_x3dh_root(b, root, root_label, ikm, eb_range(ss, sizeof ss), info_hash, eb_x3dh_identity(own),
                         eb_x3dh_identity(peer));
    eb_wipe(ikm, sizeof ikm);
    eb_wipe(ss, sizeof ss);
    return s;
}

static eb_status respond(const eb_binding *b, uint8_t *root, const uint8_t *hello, const void *own, const void *peer,
                         const uint8_t *info_hash)
{
    uint8_t ikm[EB_X3DH_IKM], ss[EB_DIGEST];
    const uint8_t *more = hello + eb_x3dh_hello_len(b);
    eb_status s = eb_x3dh_agree_respond(b, ikm, hello, own, peer);
    if (s == EB_OK && memcmp(more, kem_of(b, own)->number, NUMBER) != 0)
        s = EB_ERR_PREKEY;
    if (s == EB_OK)
        s = b->kem->decapsulate(b->kem_ctx, ss, more + NUMBER, kem_of(b, own)->object);
    if (s == EB_OK)
        s = eb_x3dh_root(b, root, root_label, ikm, eb_range(ss, sizeof ss), info_hash, eb_x3dh_identity(peer),
                         eb_x3dh_identity(own));
    eb_wipe(ikm, sizeof ikm);
    eb_wipe(ss, sizeof ss);
    return s;
}

const eb_handshake eb_pqxdh = {
    .hello = hello_len,
    .coins = coins_len,
    .initiate = initiate,
    .respond = respond,
    .first_key = eb_x3dh_prekey,
};
