/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage at the provider: after the transport has done its work, a message lies with the service under a data key of its
 * own, and that key under a key that the service holds. Backups in a cloud and hosted mail are of this kind.
 *
 *   provider     capsule: nonce || AEAD(service key, nonce, aad = link || SHA-256(header), data key). The nonce comes from
 *                coins; one key wraps no more than 2^32 data keys (SP 800-38D, s. 8.3).
 *   provider-kw  capsule: AES-KW (RFC 3394) of the data key. It has no place for associated data, so that the wrapping key is
 *                one for each user and epoch: HMAC(service key, label || link || SHA-256(header)).
 *
 * The authority's data is the service's own key, which never leaves it: it is no public key, and whoever stores has it.
 */
#include <string.h>

#include "escrowbench.h"

/* The service's key, hot. */
typedef struct holder {
    void *aead_ctx;
} holder;

static size_t wrapped_len(const eb_binding *b)
{
    return b->params.secret_len + b->aead->tag_len;
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->aead->key_len,
        .pub = b->aead->key_len,
        .agent_secret = b->aead->key_len,
        .authority = sizeof(holder),
        .agent = sizeof(holder),
        .capsule_coins = b->aead->nonce_len,
        .capsule = b->aead->nonce_len + wrapped_len(b),
        .partial = b->params.secret_len,
    };
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    memcpy(pub, coins, b->aead->key_len);
    memcpy(agents, coins, b->aead->key_len);
    return EB_OK;
}

static eb_status load(const eb_binding *b, holder *h, const uint8_t *key)
{
    eb_status s = eb_aead_new(b, &h->aead_ctx);
    if (s == EB_OK)
        s = b->aead->set_key(h->aead_ctx, key);
    if (s != EB_OK) {
        eb_aead_free(b, h->aead_ctx);
        h->aead_ctx = NULL;
    }
    return s;
}

static eb_status load_authority(const eb_binding *b, void *authority, const uint8_t *pub, const uint8_t *link)
{
    (void)link; /* each capsule's context has it */
    return load(b, authority, pub);
}

static eb_status load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index; /* there is one */
    return load(b, agent, secret);
}

static void drop(const eb_binding *b, void *mem)
{
    holder *h = mem;
    eb_aead_free(b, h->aead_ctx);
    h->aead_ctx = NULL;
}

static eb_bytes bound_to(uint8_t space[2 * EB_DIGEST], eb_context c)
{
    memcpy(space, c.link, EB_DIGEST);
    memcpy(space + EB_DIGEST, c.header, EB_DIGEST);
    return eb_range(space, (size_t)2 * EB_DIGEST);
}

static eb_status capsule(const eb_binding *b, const void *authority, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const holder *h = authority;
    uint8_t space[2 * EB_DIGEST];
    memcpy(out, coins, b->aead->nonce_len);
    return b->aead->seal(h->aead_ctx, out + b->aead->nonce_len, coins, bound_to(space, context),
                         eb_range(secret, b->params.secret_len));
}

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins;
    const holder *h = agent;
    uint8_t space[2 * EB_DIGEST];
    return b->aead->open(h->aead_ctx, out, capsule_bytes, bound_to(space, context),
                         eb_range(capsule_bytes + b->aead->nonce_len, wrapped_len(b)));
}

static eb_status combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    (void)authority, (void)capsule_bytes, (void)context; /* the answer is the data key */
    memcpy(secret, answers[0].partial, b->params.secret_len);
    return EB_OK;
}

/* ---- provider-kw ---- */

static eb_escrow_sizes kw_sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->keywrap->key_len,
        .pub = b->keywrap->key_len,
        .agent_secret = b->keywrap->key_len,
        .authority = b->keywrap->key_len,
        .agent = b->keywrap->key_len,
        .capsule = b->params.secret_len + b->keywrap->overhead,
        .partial = b->params.secret_len,
    };
}

static eb_status kw_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    memcpy(pub, coins, b->keywrap->key_len);
    memcpy(agents, coins, b->keywrap->key_len);
    return EB_OK;
}

static eb_status kw_load_authority(const eb_binding *b, void *authority, const uint8_t *pub, const uint8_t *link)
{
    (void)link;
    memcpy(authority, pub, b->keywrap->key_len);
    return EB_OK;
}

static eb_status kw_load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index;
    memcpy(agent, secret, b->keywrap->key_len);
    return EB_OK;
}

static void kw_drop(const eb_binding *b, void *mem)
{
    eb_wipe(mem, b->keywrap->key_len);
}

static eb_status kw_set_key(const eb_binding *b, const uint8_t *service_key, eb_context c)
{
    uint8_t key[EB_MAX_HASH];
    const eb_bytes parts[] = {EB_LITERAL("escrowbench provider-kw v1"), eb_range(c.link, EB_DIGEST),
                              eb_range(c.header, EB_DIGEST)};
    if (b->mac->tag_len != b->keywrap->key_len)
        return EB_ERR_UNSUPPORTED;
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(service_key, b->keywrap->key_len));
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, key, parts, 3);
    if (s == EB_OK)
        s = b->keywrap->set_key(b->keywrap_ctx, key);
    eb_wipe(key, sizeof key);
    return s;
}

static eb_status kw_capsule(const eb_binding *b, const void *authority, uint8_t *out, const uint8_t *coins,
                            const uint8_t *secret, eb_context context)
{
    (void)coins;
    eb_status s = kw_set_key(b, authority, context);
    return s == EB_OK ? b->keywrap->wrap(b->keywrap_ctx, out, eb_range(secret, b->params.secret_len)) : s;
}

static eb_status kw_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                            const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins;
    eb_status s = kw_set_key(b, agent, context);
    return s == EB_OK ? b->keywrap->unwrap(b->keywrap_ctx, out,
                                           eb_range(capsule_bytes, b->params.secret_len + b->keywrap->overhead))
                      : s;
}

static const char *const suites[] = {"x25519", "p256", NULL};
static const char *const kw_suites[] = {"p256", NULL};

extern const eb_escrow eb_escrow_provider, eb_escrow_provider_kw;

const eb_escrow eb_escrow_provider = {
    .abi = EB_ABI,
    .id = "provider",
    .spec = "a data key wrapped under the service's key by AEAD (RFC 5116); AES-KW is provider-kw",
    .family = "master",
    .about = "messages lie with the service under keys that the service holds",
    .note = "the transport is untouched, and what it protected lies open to the service; the authority's data is the "
            "service's own key, not a public one",
    .kind = EB_KIND_STORAGE,
    .suites = suites,
    .needs = EB_NEED(EB_AEAD),
    .sizes = sizes,
    .setup = setup,
    .load_authority = load_authority,
    .load_agent = load_agent,
    .drop_authority = drop,
    .drop_agent = drop,
    .capsule = capsule,
    .partial = partial,
    .combine = combine,
};

const eb_escrow eb_escrow_provider_kw = {
    .abi = EB_ABI,
    .id = "provider-kw",
    .spec = "a data key wrapped under the service's key by AES-KW (RFC 3394)",
    .family = "master",
    .about = "messages lie with the service under keys that the service holds",
    .note = "as provider, with AES-KW where a library has it; the wrapping key is derived for each user and epoch, as "
            "AES-KW "
            "binds to nothing",
    .kind = EB_KIND_STORAGE,
    .suites = kw_suites,
    .needs = EB_NEED(EB_AEAD) | EB_NEED(EB_MAC) | EB_NEED(EB_KEYWRAP),
    .sizes = kw_sizes,
    .setup = kw_setup,
    .load_authority = kw_load_authority,
    .load_agent = kw_load_agent,
    .drop_authority = kw_drop,
    .drop_agent = kw_drop,
    .capsule = kw_capsule,
    .partial = kw_partial,
    .combine = combine,
};
