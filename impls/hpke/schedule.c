/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF (RFC 5869), HPKE's labelled form of it (RFC 9180, s. 4), the key schedule (s. 5.1) and single-shot wrapping. */
#include <string.h>

#include "hpke/hpke.h"

enum {
    SUITE_ID = 10,  /* "HPKE" || I2OSP(kem_id, 2) || I2OSP(kdf_id, 2) || I2OSP(aead_id, 2) */
    INFO_PARTS = 5, /* the most that a caller of expand passes */
    VERSION_LEN = 7
};

static const uint8_t version[VERSION_LEN] = {'H', 'P', 'K', 'E', '-', 'v', '1'};

static eb_bytes text(const char *s)
{
    return eb_range(s, strlen(s));
}

static eb_bytes hpke_suite_id(const eb_binding *b, uint8_t id[SUITE_ID])
{
    const uint16_t ids[] = {b->suite->kem_id, b->suite->kdf_id, b->suite->aead_id};
    memcpy(id, "HPKE", 4);
    for (size_t i = 0; i < 3; i++) {
        id[4 + 2 * i] = (uint8_t)(ids[i] >> 8);
        id[5 + 2 * i] = (uint8_t)ids[i];
    }
    return eb_range(id, SUITE_ID);
}

eb_status eb_hkdf_extract(const eb_binding *b, uint8_t *prk, eb_bytes salt, eb_bytes ikm)
{
    eb_status s = b->mac->set_key(b->mac_ctx, salt);
    return s == EB_OK ? b->mac->compute(b->mac_ctx, prk, &ikm, 1) : s;
}

/* T(i) = HMAC(prk, T(i-1) || info || i) under the key that is set. */
static eb_status expand_keyed(const eb_binding *b, uint8_t *out, size_t len, const eb_bytes *info, size_t n)
{
    const size_t tag = b->mac->tag_len;
    uint8_t t[EB_MAX_HASH], counter = 0;
    eb_bytes parts[INFO_PARTS + 2];
    if (len > 255 * tag || n > INFO_PARTS)
        return EB_ERR_INVALID;
    memcpy(parts + 1, info, n * sizeof *info);
    parts[n + 1] = eb_range(&counter, 1);
    eb_status s = EB_OK;
    for (size_t done = 0; s == EB_OK && done < len;) {
        parts[0] = eb_range(t, counter == 0 ? 0 : tag);
        counter++;
        s = b->mac->compute(b->mac_ctx, t, parts, n + 2);
        const size_t take = len - done < tag ? len - done : tag;
        if (s == EB_OK)
            memcpy(out + done, t, take);
        done += take;
    }
    eb_wipe(t, sizeof t);
    if (s != EB_OK)
        eb_wipe(out, len);
    return s;
}

eb_status eb_hkdf_expand(const eb_binding *b, uint8_t *out, size_t len, eb_bytes prk, const eb_bytes *info, size_t n)
{
    eb_status s = b->mac->set_key(b->mac_ctx, prk);
    return s == EB_OK ? expand_keyed(b, out, len, info, n) : s;
}

eb_status eb_hpke_extract(const eb_binding *b, uint8_t *prk, eb_bytes suite_id, eb_bytes salt, const char *label,
                          eb_bytes ikm)
{
    const eb_bytes parts[] = {eb_range(version, VERSION_LEN), suite_id, text(label), ikm};
    eb_status s = b->mac->set_key(b->mac_ctx, salt);
    return s == EB_OK ? b->mac->compute(b->mac_ctx, prk, parts, sizeof parts / sizeof parts[0]) : s;
}

/* LabeledExpand under the key that is set: several outputs of one secret cost one key set-up. */
static eb_status labelled_expand(const eb_binding *b, uint8_t *out, size_t len, eb_bytes suite_id, const char *label,
                                 eb_bytes info)
{
    const uint8_t length[] = {(uint8_t)(len >> 8), (uint8_t)len};
    const eb_bytes parts[] = {eb_range(length, 2), eb_range(version, VERSION_LEN), suite_id, text(label), info};
    return expand_keyed(b, out, len, parts, sizeof parts / sizeof parts[0]);
}

eb_status eb_hpke_expand(const eb_binding *b, uint8_t *out, size_t len, eb_bytes suite_id, const uint8_t *prk,
                         const char *label, eb_bytes info)
{
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(prk, b->mac->tag_len));
    return s == EB_OK ? labelled_expand(b, out, len, suite_id, label, info) : s;
}

eb_status eb_hpke_psk_id_hash(const eb_binding *b, uint8_t *hash)
{
    uint8_t id[SUITE_ID];
    return eb_hpke_extract(b, hash, hpke_suite_id(b, id), (eb_bytes){0}, "psk_id_hash", (eb_bytes){0});
}

eb_status eb_hpke_info_hash(const eb_binding *b, uint8_t *hash, eb_bytes info)
{
    uint8_t id[SUITE_ID];
    return eb_hpke_extract(b, hash, hpke_suite_id(b, id), (eb_bytes){0}, "info_hash", info);
}

eb_status eb_hpke_schedule(const eb_binding *b, eb_hpke_mode mode, uint8_t *secret, uint8_t *exporter,
                           const uint8_t *ss, const uint8_t *info_hash)
{
    const size_t h = b->mac->tag_len, key = b->aead->key_len, nonce = b->aead->nonce_len;
    uint8_t id[SUITE_ID], prk[EB_MAX_HASH], context[1 + 2 * EB_MAX_HASH];
    eb_bytes suite_id = hpke_suite_id(b, id);
    context[0] = (uint8_t)mode;
    memcpy(context + 1, b->psk_id_hash, h);
    memcpy(context + 1 + h, info_hash, h);
    const eb_bytes ctx = eb_range(context, 1 + 2 * h);

    eb_status s = eb_hpke_extract(b, prk, suite_id, eb_range(ss, EB_DIGEST), "secret", (eb_bytes){0});
    if (s == EB_OK)
        s = b->mac->set_key(b->mac_ctx, eb_range(prk, h));
    if (s == EB_OK)
        s = labelled_expand(b, secret, key, suite_id, "key", ctx);
    if (s == EB_OK)
        s = labelled_expand(b, secret + key, nonce, suite_id, "base_nonce", ctx);
    if (s == EB_OK && exporter != NULL)
        s = labelled_expand(b, exporter, h, suite_id, "exp", ctx);
    eb_wipe(prk, sizeof prk);
    if (s != EB_OK) {
        eb_wipe(secret, key + nonce);
        if (exporter != NULL)
            eb_wipe(exporter, h);
    }
    return s;
}

eb_status eb_hpke_export(const eb_binding *b, uint8_t *out, size_t len, const uint8_t *exporter, eb_bytes context)
{
    uint8_t id[SUITE_ID];
    return eb_hpke_expand(b, out, len, hpke_suite_id(b, id), exporter, "sec", context);
}

void eb_hpke_nonce(uint8_t *nonce, const uint8_t *base_nonce, size_t len, uint64_t seq)
{
    memcpy(nonce, base_nonce, len);
    for (size_t i = 0; i < sizeof seq && i < len; i++)
        nonce[len - 1 - i] ^= (uint8_t)(seq >> (8 * i));
}

eb_status eb_hpke_wrap(const eb_binding *b, uint8_t *out, const uint8_t *ikm, const void *recipient,
                       const uint8_t *info_hash, eb_bytes aad, eb_bytes pt)
{
    uint8_t ephemeral[EB_MAX_SK];
    eb_status s = eb_hpke_wrap_keep(b, out, ephemeral, ikm, recipient, info_hash, aad, pt);
    eb_wipe(ephemeral, sizeof ephemeral);
    return s;
}

eb_status eb_hpke_wrap_keep(const eb_binding *b, uint8_t *out, uint8_t *ephemeral, const uint8_t *ikm,
                            const void *recipient, const uint8_t *info_hash, eb_bytes aad, eb_bytes pt)
{
    uint8_t ss[EB_DIGEST], secret[EB_HPKE_SECRET];
    const size_t enc = b->dh->pk_len;
    eb_status s = eb_dhkem_encap_keep(b, ss, out, ephemeral, ikm, recipient);
    if (s == EB_OK)
        s = eb_hpke_schedule(b, EB_HPKE_BASE, secret, NULL, ss, info_hash);
    if (s == EB_OK)
        s = b->aead->set_key(b->aead_ctx, secret);
    if (s == EB_OK) /* sequence number 0: the nonce is the base nonce */
        s = b->aead->seal(b->aead_ctx, out + enc, secret + b->aead->key_len, aad, pt);
    eb_wipe(ss, sizeof ss);
    eb_wipe(secret, sizeof secret);
    if (s != EB_OK) {
        eb_wipe(out, enc + pt.len + b->aead->tag_len);
        eb_wipe(ephemeral, b->dh->sk_len);
    }
    return s;
}

eb_status eb_hpke_unwrap(const eb_binding *b, uint8_t *pt, size_t pt_len, const uint8_t *wrapped, const uint8_t *ss,
                         const uint8_t *info_hash, eb_bytes aad)
{
    uint8_t secret[EB_HPKE_SECRET];
    const eb_bytes ct = eb_range(wrapped + b->dh->pk_len, pt_len + b->aead->tag_len);
    eb_status s = eb_hpke_schedule(b, EB_HPKE_BASE, secret, NULL, ss, info_hash);
    if (s == EB_OK)
        s = b->aead->set_key(b->aead_ctx, secret);
    if (s == EB_OK)
        s = b->aead->open(b->aead_ctx, pt, secret + b->aead->key_len, aad, ct);
    eb_wipe(secret, sizeof secret);
    if (s != EB_OK)
        eb_wipe(pt, pt_len);
    return s;
}
