/* SPDX-License-Identifier: Apache-2.0 */
#include "hpke/wrapped.h"

#include <string.h>

static const char label[] = "escrowbench capsule v1";

size_t eb_wrap_key_size(const eb_binding *b)
{
    return sizeof(eb_wrap_key) + eb_dhkem_key_size(b);
}

eb_status eb_wrap_load(const eb_binding *b, void *wrap_key, const uint8_t *pk, const uint8_t *link)
{
    eb_wrap_key *k = wrap_key;
    uint8_t info[sizeof label - 1 + EB_DIGEST];
    memcpy(info, label, sizeof label - 1);
    memcpy(info + sizeof label - 1, link, EB_DIGEST);
    eb_status s = eb_hpke_info_hash(b, k->info_hash, eb_range(info, sizeof info));
    return s == EB_OK ? eb_dhkem_load_public(b, k->key, pk) : s;
}

void eb_wrap_drop(const eb_binding *b, void *wrap_key)
{
    eb_wrap_key *k = wrap_key;
    eb_dhkem_drop(b, k->key);
}

size_t eb_wrap_capsule_len(const eb_binding *b)
{
    return b->dh->pk_len + b->params.secret_len + b->aead->tag_len;
}

eb_status eb_wrap_capsule(const eb_binding *b, const void *wrap_key, uint8_t *capsule, const uint8_t *coins,
                          const uint8_t *secret, eb_context context)
{
    const eb_wrap_key *k = wrap_key;
    return eb_hpke_wrap(b, capsule, coins, k->key, k->info_hash, eb_range(context.header, EB_DIGEST),
                        eb_range(secret, b->params.secret_len));
}

eb_status eb_wrap_capsule_keep(const eb_binding *b, const void *wrap_key, uint8_t *capsule, uint8_t *ephemeral,
                               const uint8_t *coins, const uint8_t *secret, eb_context context)
{
    const eb_wrap_key *k = wrap_key;
    return eb_hpke_wrap_keep(b, capsule, ephemeral, coins, k->key, k->info_hash, eb_range(context.header, EB_DIGEST),
                             eb_range(secret, b->params.secret_len));
}

eb_status eb_wrap_inspect(const eb_binding *b, const void *wrap_key, const uint8_t *capsule, eb_context context)
{
    (void)wrap_key, (void)context;
    return eb_dhkem_inspect(b, capsule);
}

eb_status eb_wrap_open(const eb_binding *b, const void *wrap_key, uint8_t *secret, const uint8_t *capsule,
                       const uint8_t *ss, eb_context context)
{
    const eb_wrap_key *k = wrap_key;
    return eb_hpke_unwrap(b, secret, b->params.secret_len, capsule, ss, k->info_hash,
                          eb_range(context.header, EB_DIGEST));
}

eb_status eb_wrap_open_with_key(const eb_binding *b, const void *wrap_key, uint8_t *secret, const uint8_t *capsule,
                                const uint8_t *sk, eb_context context)
{
    const eb_wrap_key *k = wrap_key;
    uint8_t ss[EB_DIGEST];
    eb_status s = eb_dhkem_decap_with(b, ss, capsule, sk, eb_dhkem_public(k->key));
    if (s == EB_OK)
        s = eb_wrap_open(b, wrap_key, secret, capsule, ss, context);
    eb_wipe(ss, sizeof ss);
    return s;
}

/* ---- one holder ---- */

eb_escrow_sizes eb_wrap_holder_sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->dh->sk_len,
        .pub = b->dh->pk_len,
        .agent_secret = b->dh->sk_len,
        .authority = eb_wrap_key_size(b),
        .agent = eb_dhkem_key_size(b),
        .capsule_coins = b->dh->sk_len,
        .capsule = eb_wrap_capsule_len(b),
        .partial = EB_DIGEST,
    };
}

eb_status eb_wrap_holder_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    return eb_dhkem_keygen(b, agents, pub, coins);
}

eb_status eb_wrap_holder_load(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index; /* there is one */
    return eb_dhkem_load_secret(b, agent, secret);
}

eb_status eb_wrap_holder_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                                 const uint8_t *capsule, eb_context context)
{
    (void)coins, (void)context;
    return eb_dhkem_decap(b, out, capsule, agent, NULL);
}

eb_status eb_wrap_holder_combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                                 eb_context context, const eb_answer *answers)
{
    return eb_wrap_open(b, authority, secret, capsule, answers[0].partial, context);
}
