/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shamir-split master key: capsules as with `master`, but the escrow private key is shared t-of-n over GF(256). At
 * access t agents hand their shares over and the key is rebuilt: from then on it exists whole.
 *
 * Public data: escrow public key, then SHA-256(label || index || share) of each agent, so that a false share is named.
 * Agent secret and partial: the share.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/wrapped.h"
#include "sharing/gf256.h"

/* A parsed authority: the commitments, then an eb_wrap_key. */
typedef struct authority {
    uint8_t commitments[EB_MAX_AGENTS][EB_DIGEST];
    _Alignas(max_align_t) uint8_t wrap[];
} authority;

/* An agent keeps its share as it is. */

static eb_escrow_sizes sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->params.threshold * b->dh->sk_len, /* the key's, then t-1 coefficients */
        .pub = b->dh->pk_len + (size_t)b->params.agents * EB_DIGEST,
        .agent_secret = b->dh->sk_len,
        .authority = sizeof(authority) + eb_wrap_key_size(b),
        .agent = b->dh->sk_len,
        .capsule_coins = b->dh->sk_len,
        .capsule = eb_wrap_capsule_len(b),
        .partial = b->dh->sk_len,
    };
}

static eb_status commit(const eb_binding *b, uint8_t *out, unsigned index, const uint8_t *share)
{
    const uint8_t octet = (uint8_t)index;
    const eb_bytes parts[] = {EB_LITERAL("escrowbench share v1"), eb_range(&octet, 1), eb_range(share, b->dh->sk_len)};
    return b->hash->digest(b->hash_ctx, out, parts, 3);
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    uint8_t sk[EB_MAX_SK];
    const size_t len = b->dh->sk_len;
    eb_status s = eb_dhkem_keygen(b, sk, pub, coins);
    if (s == EB_OK)
        s = eb_gf256_split(agents, b->params.agents, b->params.threshold, sk, len, coins + len);
    for (unsigned i = 0; i < b->params.agents && s == EB_OK; i++)
        s = commit(b, pub + b->dh->pk_len + (size_t)i * EB_DIGEST, i + 1, agents + i * len);
    eb_wipe(sk, sizeof sk);
    return s;
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    authority *a = mem;
    memcpy(a->commitments, pub + b->dh->pk_len, (size_t)b->params.agents * EB_DIGEST);
    return eb_wrap_load(b, a->wrap, pub, link);
}

static void drop_authority(const eb_binding *b, void *mem)
{
    authority *a = mem;
    eb_wrap_drop(b, a->wrap);
}

static eb_status load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index;
    memcpy(agent, secret, b->dh->sk_len);
    return EB_OK;
}

static void drop_agent(const eb_binding *b, void *agent)
{
    eb_wipe(agent, b->dh->sk_len);
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const authority *a = mem;
    return eb_wrap_capsule(b, a->wrap, out, coins, secret, context);
}

/* ---- access ---- */

static size_t share_len(const eb_binding *b)
{
    return b->dh->sk_len;
}

/* A share is what it is, whatever it is asked for. */
static eb_status hand_over(const eb_binding *b, const void *agent, uint8_t *out, eb_context context)
{
    (void)context;
    memcpy(out, agent, b->dh->sk_len);
    return EB_OK;
}

static eb_status verify_share(const eb_binding *b, const void *mem, eb_context context, eb_answer answer)
{
    (void)context;
    const authority *a = mem;
    uint8_t digest[EB_DIGEST];
    eb_status s = commit(b, digest, answer.index, answer.partial);
    if (s != EB_OK)
        return s;
    return eb_equal(digest, a->commitments[answer.index - 1], EB_DIGEST) ? EB_OK : EB_ERR_AUTH;
}

/* The escrow private key, whole, from t shares. */
static eb_status unlock(const eb_binding *b, uint8_t *key, const eb_answer *answers)
{
    uint8_t xs[EB_MAX_AGENTS];
    const uint8_t *shares[EB_MAX_AGENTS];
    for (unsigned i = 0; i < b->params.threshold; i++) {
        xs[i] = (uint8_t)answers[i].index;
        shares[i] = answers[i].partial;
    }
    return eb_gf256_interpolate(key, 0, xs, shares, b->params.threshold, b->dh->sk_len);
}

/* What a master-key holder does. */
static eb_status read_with(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                           eb_context context, const uint8_t *key)
{
    const authority *a = mem;
    return eb_wrap_open_with_key(b, a->wrap, secret, capsule_bytes, key, context);
}

static const eb_lasting lasting = {
    .all_users = true,
    .all_epochs = true,
    .answer_len = share_len,
    .key_len = share_len,
    .answer = hand_over,
    .verify = verify_share,
    .unlock = unlock,
    .read = read_with,
};

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins, (void)capsule_bytes;
    return hand_over(b, agent, out, context);
}

static eb_status verify(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    (void)capsule_bytes;
    return verify_share(b, mem, context, answer);
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    uint8_t sk[EB_MAX_SK];
    eb_status s = unlock(b, sk, answers);
    if (s == EB_OK)
        s = read_with(b, mem, secret, capsule_bytes, context, sk);
    eb_wipe(sk, sizeof sk);
    return s;
}

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_shamir;

const eb_escrow eb_escrow_shamir = {
    .abi = EB_ABI,
    .id = "shamir",
    .spec = "Shamir 1979 over GF(256), 0x11b; capsule as master",
    .family = "threshold",
    .about = "as master; the escrow key is split, and t of n agents rebuild it whole",
    .note = "the first access rebuilds the escrow key, which then exists whole",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_HASH),
    .split = true,
    .sizes = sizes,
    .setup = setup,
    .load_authority = load_authority,
    .load_agent = load_agent,
    .drop_authority = drop_authority,
    .drop_agent = drop_agent,
    .capsule = capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = partial,
    .verify = verify,
    .combine = combine,
    .lasting = &lasting,
};
