/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message secret, split: t-of-n over GF(256), one share HPKE-wrapped to each agent's own key. No escrow key exists, at
 * set-up or ever; the capsule grows with n.
 *
 *     wrap 1 || ... || wrap n          wrap i = enc || AEAD(share i)       RFC 9180 single-shot, base mode
 *     info = label || link, aad = SHA-256(header) || i
 *
 * Public data: n public keys. Agent's secret: its private key. An agent opens its wrap under its order's link and header,
 * and so answers about this message only; its answer is the KEM's shared secret, which opens this wrap and no other.
 * verify opens the wrap with it: the AEAD's tag is the sender's commitment to the share, so nothing is published.
 *
 * What cannot be attributed: a sender's false wrap makes an honest agent refuse, and nobody can tell that refusal from a
 * dishonest one; shares that do not lie on one polynomial give t agents a secret that does not open the body, and none of
 * them is named. The recipient sees both (eb_check). A sender and an agent together can make a wrap that opens to two
 * shares, for these AEADs do not commit to their keys.
 *
 * The capsule's coins are one seed: at n = t = 255 more bytes are needed than one HKDF-Expand gives.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/hpke.h"
#include "sharing/gf256.h"

static const char info_label[] = "escrowbench share capsule v1";

enum { SEED = 32, EXPAND_MAX = 255 * 32 }; /* RFC 5869, s. 2.3, with SHA-256 */

/* A parsed authority: the info hash, then n DHKEM keys. */
typedef struct authority {
    uint8_t info_hash[EB_MAX_HASH];
    _Alignas(max_align_t) uint8_t keys[];
} authority;

typedef struct agent {
    unsigned index;
    _Alignas(max_align_t) uint8_t key[];
} agent;

/* Bytes from one key object to the next. */
static size_t stride(const eb_binding *b)
{
    const size_t align = _Alignof(max_align_t);
    return (eb_dhkem_key_size(b) + align - 1) / align * align;
}

static size_t wrap_len(const eb_binding *b)
{
    return b->dh->pk_len + b->params.secret_len + b->aead->tag_len;
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    const size_t n = b->params.agents;
    return (eb_escrow_sizes){
        .setup_coins = n * b->dh->sk_len,
        .pub = n * b->dh->pk_len,
        .agent_secret = b->dh->sk_len,
        .authority = sizeof(authority) + n * stride(b),
        .agent = sizeof(agent) + stride(b),
        .capsule_coins = SEED,
        .capsule = n * wrap_len(b),
        .partial = EB_DIGEST,
    };
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const size_t sk = b->dh->sk_len;
    eb_status s = EB_OK;
    for (size_t i = 0; i < b->params.agents && s == EB_OK; i++) /* in practice each agent makes its own */
        s = eb_dhkem_keygen(b, agents + i * sk, pub + i * b->dh->pk_len, coins + i * sk);
    return s;
}

static eb_status hash_info(const eb_binding *b, uint8_t *hash, const uint8_t *link)
{
    uint8_t info[sizeof info_label - 1 + EB_DIGEST];
    memcpy(info, info_label, sizeof info_label - 1);
    memcpy(info + sizeof info_label - 1, link, EB_DIGEST);
    return eb_hpke_info_hash(b, hash, eb_range(info, sizeof info));
}

static void drop_keys(const eb_binding *b, authority *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        eb_dhkem_drop(b, a->keys + i * stride(b));
}

/* One key twice would give its holder two shares. */
static bool distinct(const eb_binding *b, const uint8_t *pub)
{
    const size_t len = b->dh->pk_len;
    for (size_t i = 0; i < b->params.agents; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(pub + i * len, pub + k * len, len) == 0)
                return false;
    return true;
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    authority *a = mem;
    if (!distinct(b, pub))
        return EB_ERR_INVALID;
    eb_status s = hash_info(b, a->info_hash, link);
    for (size_t i = 0; i < b->params.agents && s == EB_OK; i++) {
        s = eb_dhkem_load_public(b, a->keys + i * stride(b), pub + i * b->dh->pk_len);
        if (s != EB_OK)
            drop_keys(b, a, i);
    }
    return s;
}

static void drop_authority(const eb_binding *b, void *mem)
{
    drop_keys(b, mem, b->params.agents);
}

static eb_status load_agent(const eb_binding *b, void *mem, unsigned index, const uint8_t *secret)
{
    agent *a = mem;
    a->index = index;
    return eb_dhkem_load_secret(b, a->key, secret);
}

static void drop_agent(const eb_binding *b, void *mem)
{
    agent *a = mem;
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

static eb_status open_wrap(const eb_binding *b, uint8_t *share, const uint8_t *capsule, const uint8_t *info_hash,
                           eb_context context, eb_answer answer)
{
    const wrap_aad aad = aad_of(context, answer.index);
    return eb_hpke_unwrap(b, share, b->params.secret_len, capsule + (answer.index - 1) * wrap_len(b), answer.partial,
                          info_hash, eb_range(aad.bytes, sizeof aad.bytes));
}

/* ---- coins ---- */

/* HKDF-Expand(seed, label || block), as many blocks as it takes. */
static eb_status expand(const eb_binding *b, uint8_t *out, size_t len, const uint8_t *seed, eb_bytes label)
{
    eb_status s = EB_OK;
    uint8_t block = 0;
    for (size_t done = 0; done < len && s == EB_OK; done += EXPAND_MAX, block++) {
        const eb_bytes info[] = {label, eb_range(&block, 1)};
        const size_t left = len - done;
        s = eb_hkdf_expand(b, out + done, left < EXPAND_MAX ? left : EXPAND_MAX, eb_range(seed, SEED), info, 2);
    }
    return s;
}

static eb_status split(const eb_binding *b, uint8_t *shares, const uint8_t *secret, const uint8_t *seed)
{
    uint8_t coefficients[(EB_MAX_AGENTS - 1) * EB_MAX_SECRET];
    const size_t len = b->params.secret_len, bytes = (b->params.threshold - 1) * len;
    eb_status s = expand(b, coefficients, bytes, seed, EB_LITERAL("escrowbench share coefficients v1"));
    if (s == EB_OK)
        s = eb_gf256_split(shares, b->params.agents, b->params.threshold, secret, len, coefficients);
    eb_wipe(coefficients, bytes);
    return s;
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const authority *a = mem;
    uint8_t shares[EB_MAX_AGENTS * EB_MAX_SECRET], ikm[EB_MAX_AGENTS * EB_MAX_SK];
    const size_t n = b->params.agents, len = b->params.secret_len, sk = b->dh->sk_len;
    eb_status s = split(b, shares, secret, coins);
    if (s == EB_OK)
        s = expand(b, ikm, n * sk, coins, EB_LITERAL("escrowbench share wraps v1"));
    for (size_t i = 0; i < n && s == EB_OK; i++) {
        const wrap_aad aad = aad_of(context, (unsigned)i + 1);
        s = eb_hpke_wrap(b, out + i * wrap_len(b), ikm + i * sk, a->keys + i * stride(b), a->info_hash,
                         eb_range(aad.bytes, sizeof aad.bytes), eb_range(shares + i * len, len));
    }
    eb_wipe(shares, n * len);
    eb_wipe(ikm, n * sk);
    return s;
}

/* ---- access ---- */

static eb_status partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins;
    const agent *a = mem;
    uint8_t info_hash[EB_MAX_HASH], share[EB_MAX_SECRET];
    eb_status s = eb_dhkem_decap(b, out, capsule_bytes + (a->index - 1) * wrap_len(b), a->key, NULL);
    if (s == EB_OK)
        s = hash_info(b, info_hash, context.link);
    if (s == EB_OK)
        s = open_wrap(b, share, capsule_bytes, info_hash, context, (eb_answer){a->index, out});
    eb_wipe(share, sizeof share);
    if (s != EB_OK)
        eb_wipe(out, EB_DIGEST);
    return s;
}

static eb_status verify(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    const authority *a = mem;
    uint8_t share[EB_MAX_SECRET];
    eb_status s = open_wrap(b, share, capsule_bytes, a->info_hash, context, answer);
    eb_wipe(share, sizeof share);
    return s;
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    const authority *a = mem;
    const size_t t = b->params.threshold, len = b->params.secret_len;
    uint8_t xs[EB_MAX_AGENTS], opened[EB_MAX_AGENTS * EB_MAX_SECRET];
    const uint8_t *shares[EB_MAX_AGENTS];
    eb_status s = EB_OK;
    for (size_t i = 0; i < t && s == EB_OK; i++) {
        xs[i] = (uint8_t)answers[i].index;
        shares[i] = opened + i * len;
        s = open_wrap(b, opened + i * len, capsule_bytes, a->info_hash, context, answers[i]);
    }
    if (s == EB_OK)
        s = eb_gf256_interpolate(secret, 0, xs, shares, (unsigned)t, len);
    eb_wipe(opened, t * len);
    return s;
}

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_shamir_message;

const eb_escrow eb_escrow_shamir_message = {
    .abi = EB_ABI,
    .id = "shamir-message",
    .spec = "Shamir 1979 over GF(256) of the message secret, each share by RFC 9180 single-shot, base mode",
    .family = "threshold",
    .about = "the message's key itself is split, a share wrapped to each of n agents",
    .note =
        "no escrow key exists; a rogue sender's false share makes an honest agent refuse, which cannot be attributed",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS,
    .split = true,
    .sizes = sizes,
    .setup = setup,
    .load_authority = load_authority,
    .load_agent = load_agent,
    .drop_authority = drop_authority,
    .drop_agent = drop_agent,
    .capsule = capsule,
    .partial = partial,
    .verify = verify,
    .combine = combine,
};
