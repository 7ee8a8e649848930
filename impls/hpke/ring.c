/* SPDX-License-Identifier: Apache-2.0 */
#include "hpke/ring.h"

#include <string.h>

enum { MAX_LABEL = 64 };

/* Bytes from one key object to the next. */
static size_t stride(const eb_binding *b)
{
    const size_t align = _Alignof(max_align_t);
    return (eb_dhkem_key_size(b) + align - 1) / align * align;
}

size_t eb_ring_size(const eb_binding *b)
{
    return sizeof(eb_ring) + b->params.agents * stride(b);
}

size_t eb_ring_agent_size(const eb_binding *b)
{
    return sizeof(eb_ring_agent) + stride(b);
}

size_t eb_ring_wrap_len(const eb_binding *b, size_t len)
{
    return b->dh->pk_len + len + b->aead->tag_len;
}

/* ---- keys ---- */

eb_status eb_ring_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const size_t sk = b->dh->sk_len;
    eb_status s = EB_OK;
    for (size_t i = 0; i < b->params.agents && s == EB_OK; i++)
        s = eb_dhkem_keygen(b, agents + i * sk, pub + i * b->dh->pk_len, coins + i * sk);
    return s;
}

static eb_status hash_info(const eb_binding *b, uint8_t *hash, eb_bytes label, const uint8_t *link)
{
    uint8_t info[MAX_LABEL + EB_DIGEST];
    if (label.len > MAX_LABEL)
        return EB_ERR_INVALID;
    memcpy(info, label.ptr, label.len);
    memcpy(info + label.len, link, EB_DIGEST);
    return eb_hpke_info_hash(b, hash, eb_range(info, label.len + EB_DIGEST));
}

static void drop_keys(const eb_binding *b, eb_ring *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        eb_dhkem_drop(b, r->keys + i * stride(b));
}

static bool distinct(const eb_binding *b, const uint8_t *pub)
{
    const size_t len = b->dh->pk_len;
    for (size_t i = 0; i < b->params.agents; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(pub + i * len, pub + k * len, len) == 0)
                return false;
    return true;
}

eb_status eb_ring_load(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link, eb_bytes label)
{
    eb_ring *r = mem;
    if (!distinct(b, pub))
        return EB_ERR_INVALID;
    eb_status s = hash_info(b, r->info_hash, label, link);
    for (size_t i = 0; i < b->params.agents && s == EB_OK; i++) {
        s = eb_dhkem_load_public(b, r->keys + i * stride(b), pub + i * b->dh->pk_len);
        if (s != EB_OK)
            drop_keys(b, r, i);
    }
    return s;
}

void eb_ring_drop(const eb_binding *b, void *mem)
{
    drop_keys(b, mem, b->params.agents);
}

eb_status eb_ring_load_agent(const eb_binding *b, void *mem, unsigned index, const uint8_t *secret)
{
    eb_ring_agent *a = mem;
    a->index = index;
    return eb_dhkem_load_secret(b, a->key, secret);
}

void eb_ring_drop_agent(const eb_binding *b, void *mem)
{
    eb_ring_agent *a = mem;
    eb_dhkem_drop(b, a->key);
}

/* ---- wraps ---- */

/* SHA-256(header) || index */
typedef struct wrap_aad {
    uint8_t bytes[EB_DIGEST + 1];
} wrap_aad;

static wrap_aad aad_of(eb_context context, unsigned index)
{
    wrap_aad aad;
    memcpy(aad.bytes, context.header, EB_DIGEST);
    aad.bytes[EB_DIGEST] = (uint8_t)index;
    return aad;
}

eb_status eb_ring_wrap(const eb_binding *b, const eb_ring *r, uint8_t *wrap, const uint8_t *ikm, unsigned index,
                       eb_context context, eb_bytes part)
{
    const wrap_aad aad = aad_of(context, index);
    return eb_hpke_wrap(b, wrap, ikm, r->keys + (index - 1) * stride(b), r->info_hash,
                        eb_range(aad.bytes, sizeof aad.bytes), part);
}

eb_status eb_ring_inspect(const eb_binding *b, const uint8_t *wraps, size_t len)
{
    eb_status s = EB_OK;
    for (unsigned i = 0; i < b->params.agents && s == EB_OK; i++)
        s = eb_dhkem_inspect(b, wraps + i * len);
    return s;
}

eb_status eb_ring_unwrap(const eb_binding *b, uint8_t *part, size_t len, const uint8_t *wrap, const uint8_t *ss,
                         const uint8_t *info_hash, unsigned index, eb_context context)
{
    const wrap_aad aad = aad_of(context, index);
    return eb_hpke_unwrap(b, part, len, wrap, ss, info_hash, eb_range(aad.bytes, sizeof aad.bytes));
}

eb_status eb_ring_open(const eb_binding *b, const eb_ring_agent *a, uint8_t *part, size_t len, uint8_t *ss,
                       const uint8_t *wrap, eb_context context, eb_bytes label)
{
    uint8_t info_hash[EB_MAX_HASH];
    eb_status s = eb_dhkem_decap(b, ss, wrap, a->key, NULL);
    if (s == EB_OK)
        s = hash_info(b, info_hash, label, context.link);
    if (s == EB_OK)
        s = eb_ring_unwrap(b, part, len, wrap, ss, info_hash, a->index, context);
    if (s != EB_OK) {
        eb_wipe(ss, EB_DIGEST);
        eb_wipe(part, len);
    }
    return s;
}
