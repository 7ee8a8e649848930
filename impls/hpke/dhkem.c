/* SPDX-License-Identifier: Apache-2.0 */
/* DHKEM (RFC 9180, s. 4.1) and the key derivation of its keys (s. 7.1.3). */
#include <string.h>

#include "hpke/hpke.h"

/* A key object: what kem_context needs, then the library's parsed key. */
typedef struct dhkem_key {
    uint8_t pk[EB_MAX_PK];
    _Alignas(max_align_t) uint8_t object[];
} dhkem_key;

enum { SUITE_ID = 5 }; /* "KEM" || I2OSP(kem_id, 2) */

static eb_bytes kem_suite_id(const eb_binding *b, uint8_t id[SUITE_ID])
{
    memcpy(id, "KEM", 3);
    id[3] = (uint8_t)(b->suite->kem_id >> 8);
    id[4] = (uint8_t)b->suite->kem_id;
    return eb_range(id, SUITE_ID);
}

size_t eb_dhkem_key_size(const eb_binding *b)
{
    return sizeof(dhkem_key) + b->dh->key_size;
}

eb_status eb_dhkem_load_secret(const eb_binding *b, void *key, const uint8_t *sk)
{
    dhkem_key *k = key;
    eb_status s = b->dh->secret_key(b->dh_ctx, k->object, sk);
    if (s != EB_OK)
        return s;
    s = b->dh->encode(b->dh_ctx, k->pk, k->object);
    if (s != EB_OK)
        b->dh->key_fini(b->dh_ctx, k->object);
    return s;
}

eb_status eb_dhkem_load_public(const eb_binding *b, void *key, const uint8_t *pk)
{
    dhkem_key *k = key;
    memcpy(k->pk, pk, b->dh->pk_len);
    return b->dh->public_key(b->dh_ctx, k->object, pk);
}

void eb_dhkem_drop(const eb_binding *b, void *key)
{
    dhkem_key *k = key;
    b->dh->key_fini(b->dh_ctx, k->object);
}

const uint8_t *eb_dhkem_public(const void *key)
{
    const dhkem_key *k = key;
    return k->pk;
}

/* Which candidates DeriveKeyPair tries until one is a valid scalar: P-256's bitmask is 0xff on the first byte. For
   ristretto255 ours keeps 252 bits, of which all are below the order but zero. X25519 takes the first output. */
typedef struct candidates {
    uint16_t kem_id;
    size_t masked_byte;
    uint8_t mask;
} candidates;

static const candidates rejection[] = {{0x0010, 0, 0xff}, {0xEB01, 31, 0x0f}};

static const candidates *candidates_of(uint16_t kem_id)
{
    for (size_t i = 0; i < sizeof rejection / sizeof rejection[0]; i++)
        if (rejection[i].kem_id == kem_id)
            return &rejection[i];
    return NULL;
}

/* Writes sk and leaves its parsed key in `object`. */
static eb_status derive_parsed(const eb_binding *b, uint8_t *sk, void *object, eb_bytes ikm)
{
    uint8_t id[SUITE_ID], prk[EB_MAX_HASH];
    eb_bytes suite_id = kem_suite_id(b, id);
    const candidates *c = candidates_of(b->suite->kem_id);
    eb_status s = eb_hpke_extract(b, prk, suite_id, (eb_bytes){0}, "dkp_prk", ikm);
    if (s == EB_OK && c == NULL) {
        s = eb_hpke_expand(b, sk, b->dh->sk_len, suite_id, prk, "sk", (eb_bytes){0});
        if (s == EB_OK)
            s = b->dh->secret_key(b->dh_ctx, object, sk);
    }
    if (s == EB_OK && c != NULL) {
        s = EB_ERR_INVALID;
        for (unsigned counter = 0; counter < 256 && s == EB_ERR_INVALID; counter++) {
            uint8_t octet = (uint8_t)counter;
            s = eb_hpke_expand(b, sk, b->dh->sk_len, suite_id, prk, "candidate", eb_range(&octet, 1));
            if (s != EB_OK)
                break;
            sk[c->masked_byte] &= c->mask;
            s = b->dh->secret_key(b->dh_ctx, object, sk);
        }
    }
    eb_wipe(prk, sizeof prk);
    if (s != EB_OK)
        eb_wipe(sk, b->dh->sk_len);
    return s;
}

eb_status eb_dhkem_derive_object(const eb_binding *b, void *object, eb_bytes ikm)
{
    uint8_t sk[EB_MAX_SK];
    eb_status s = derive_parsed(b, sk, object, ikm);
    eb_wipe(sk, sizeof sk);
    return s;
}

eb_status eb_dhkem_load_derived(const eb_binding *b, void *key, eb_bytes ikm)
{
    dhkem_key *k = key;
    eb_status s = eb_dhkem_derive_object(b, k->object, ikm);
    if (s != EB_OK)
        return s;
    s = b->dh->encode(b->dh_ctx, k->pk, k->object);
    if (s != EB_OK)
        b->dh->key_fini(b->dh_ctx, k->object);
    return s;
}

const void *eb_dhkem_object(const void *key)
{
    const dhkem_key *k = key;
    return k->object;
}

eb_status eb_dhkem_derive(const eb_binding *b, uint8_t *sk, eb_bytes ikm)
{
    eb_status s = derive_parsed(b, sk, b->temp_key[0], ikm);
    if (s == EB_OK)
        b->dh->key_fini(b->dh_ctx, b->temp_key[0]);
    return s;
}

eb_status eb_dhkem_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    eb_status s = derive_parsed(b, sk, b->temp_key[0], eb_range(coins, b->dh->sk_len));
    if (s == EB_OK) {
        s = b->dh->encode(b->dh_ctx, pk, b->temp_key[0]);
        b->dh->key_fini(b->dh_ctx, b->temp_key[0]);
    }
    if (s != EB_OK) {
        eb_wipe(sk, b->dh->sk_len);
        eb_wipe(pk, b->dh->pk_len);
    }
    return s;
}

/* ExtractAndExpand(dh, enc || pkRm [|| pkSm]). */
static eb_status extract_and_expand(const eb_binding *b, uint8_t *ss, eb_bytes dh, const uint8_t *enc,
                                    const uint8_t *recipient_pk, const uint8_t *sender_pk)
{
    uint8_t id[SUITE_ID], prk[EB_MAX_HASH], context[3 * EB_MAX_PK];
    const size_t n = b->dh->pk_len;
    memcpy(context, enc, n);
    memcpy(context + n, recipient_pk, n);
    if (sender_pk != NULL)
        memcpy(context + 2 * n, sender_pk, n);
    eb_bytes suite_id = kem_suite_id(b, id);
    eb_status s = eb_hpke_extract(b, prk, suite_id, (eb_bytes){0}, "eae_prk", dh);
    if (s == EB_OK)
        s = eb_hpke_expand(b, ss, EB_DIGEST, suite_id, prk, "shared_secret",
                           eb_range(context, sender_pk != NULL ? 3 * n : 2 * n));
    eb_wipe(prk, sizeof prk);
    if (s != EB_OK)
        eb_wipe(ss, EB_DIGEST);
    return s;
}

eb_status eb_dhkem_finish(const eb_binding *b, uint8_t *ss, const uint8_t *dh, const uint8_t *enc,
                          const uint8_t *recipient_pk)
{
    return extract_and_expand(b, ss, eb_range(dh, b->dh->ss_len), enc, recipient_pk, NULL);
}

/* The two DH results that authenticated modes concatenate; one in base mode. */
static eb_status agree_twice(const eb_binding *b, uint8_t *dh, size_t *len, const void *sk1, const void *pk1,
                             const void *sk2, const void *pk2)
{
    eb_status s = b->dh->agree(b->dh_ctx, dh, sk1, pk1);
    *len = b->dh->ss_len;
    if (s == EB_OK && sk2 != NULL) {
        s = b->dh->agree(b->dh_ctx, dh + *len, sk2, pk2);
        *len *= 2;
    }
    return s;
}

/* Encap and AuthEncap; leaves the ephemeral private key in `sk`, zeros on an error. */
static eb_status encap(const eb_binding *b, uint8_t *ss, uint8_t *enc, uint8_t *sk, const uint8_t *ikm,
                       const void *recipient, const void *sender)
{
    const dhkem_key *r = recipient, *from = sender;
    uint8_t dh[2 * EB_MAX_SS];
    void *ephemeral = b->temp_key[0];
    size_t len = 0;
    if (r == NULL)
        return EB_ERR_INVALID;
    eb_status s = derive_parsed(b, sk, ephemeral, eb_range(ikm, b->dh->sk_len));
    if (s == EB_OK) {
        s = b->dh->encode(b->dh_ctx, enc, ephemeral);
        if (s == EB_OK)
            s = agree_twice(b, dh, &len, ephemeral, r->object, from != NULL ? from->object : NULL, r->object);
        b->dh->key_fini(b->dh_ctx, ephemeral);
    }
    if (s == EB_OK)
        s = extract_and_expand(b, ss, eb_range(dh, len), enc, r->pk, from != NULL ? from->pk : NULL);
    eb_wipe(dh, sizeof dh);
    if (s != EB_OK) {
        eb_wipe(ss, EB_DIGEST);
        eb_wipe(enc, b->dh->pk_len);
        eb_wipe(sk, b->dh->sk_len);
    }
    return s;
}

eb_status eb_dhkem_encap(const eb_binding *b, uint8_t *ss, uint8_t *enc, const uint8_t *ikm, const void *recipient,
                         const void *sender)
{
    uint8_t sk[EB_MAX_SK];
    eb_status s = encap(b, ss, enc, sk, ikm, recipient, sender);
    eb_wipe(sk, sizeof sk);
    return s;
}

eb_status eb_dhkem_encap_keep(const eb_binding *b, uint8_t *ss, uint8_t *enc, uint8_t *ephemeral, const uint8_t *ikm,
                              const void *recipient)
{
    return encap(b, ss, enc, ephemeral, ikm, recipient, NULL);
}

eb_status eb_dhkem_decap(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const void *recipient,
                         const void *sender)
{
    const dhkem_key *r = recipient, *from = sender;
    uint8_t dh[2 * EB_MAX_SS];
    void *ephemeral = b->temp_key[0];
    size_t len = 0;
    if (r == NULL)
        return EB_ERR_INVALID;
    eb_status s = b->dh->public_key(b->dh_ctx, ephemeral, enc);
    if (s == EB_OK) {
        s = agree_twice(b, dh, &len, r->object, ephemeral, from != NULL ? r->object : NULL,
                        from != NULL ? from->object : NULL);
        b->dh->key_fini(b->dh_ctx, ephemeral);
    }
    if (s == EB_OK)
        s = extract_and_expand(b, ss, eb_range(dh, len), enc, r->pk, from != NULL ? from->pk : NULL);
    eb_wipe(dh, sizeof dh);
    if (s != EB_OK)
        eb_wipe(ss, EB_DIGEST);
    return s;
}

eb_status eb_dhkem_decap_with(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const uint8_t *sk,
                              const uint8_t *pk)
{
    uint8_t dh[EB_MAX_SS];
    void *own = b->temp_key[0], *ephemeral = b->temp_key[1];
    eb_status s = b->dh->secret_key(b->dh_ctx, own, sk);
    if (s == EB_OK) {
        s = b->dh->public_key(b->dh_ctx, ephemeral, enc);
        if (s == EB_OK) {
            s = b->dh->agree(b->dh_ctx, dh, own, ephemeral);
            b->dh->key_fini(b->dh_ctx, ephemeral);
        }
        b->dh->key_fini(b->dh_ctx, own);
    }
    if (s == EB_OK)
        s = eb_dhkem_finish(b, ss, dh, enc, pk);
    eb_wipe(dh, sizeof dh);
    if (s != EB_OK)
        eb_wipe(ss, EB_DIGEST);
    return s;
}

eb_status eb_dhkem_inspect(const eb_binding *b, const uint8_t *enc)
{
    eb_status s = b->dh->public_key(b->dh_ctx, b->temp_key[0], enc);
    if (s == EB_OK)
        b->dh->key_fini(b->dh_ctx, b->temp_key[0]);
    return s;
}
