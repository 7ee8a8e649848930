/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message secret, split: t-of-n over GF(256), one share HPKE-wrapped to each agent's own key. No escrow key exists, at
 * set-up or ever; the capsule grows with n.
 *
 *     wrap 1 || ... || wrap n          wrap i = enc || AEAD(share i), as hpke/ring.h has it
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
#include "hpke/ring.h"
#include "sharing/gf256.h"

#define LABEL EB_LITERAL("escrowbench share capsule v1")

enum { SEED = 32, EXPAND_MAX = 255 * 32 }; /* RFC 5869, s. 2.3, with SHA-256 */

static size_t wrap_len(const eb_binding *b)
{
    return eb_ring_wrap_len(b, b->params.secret_len);
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    const size_t n = b->params.agents;
    return (eb_escrow_sizes){
        .setup_coins = n * b->dh->sk_len,
        .pub = n * b->dh->pk_len,
        .agent_secret = b->dh->sk_len,
        .authority = eb_ring_size(b),
        .agent = eb_ring_agent_size(b),
        .capsule_coins = SEED,
        .capsule = n * wrap_len(b),
        .partial = EB_DIGEST,
    };
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    return eb_ring_load(b, mem, pub, link, LABEL);
}

static eb_status open_wrap(const eb_binding *b, uint8_t *share, const uint8_t *capsule, const eb_ring *ring,
                           eb_context context, eb_answer answer)
{
    return eb_ring_unwrap(b, share, b->params.secret_len, capsule + (answer.index - 1) * wrap_len(b), answer.partial,
                          ring->info_hash, answer.index, context);
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
    uint8_t shares[EB_MAX_AGENTS * EB_MAX_SECRET], ikm[EB_MAX_AGENTS * EB_MAX_SK];
    const size_t n = b->params.agents, len = b->params.secret_len, sk = b->dh->sk_len;
    eb_status s = split(b, shares, secret, coins);
    if (s == EB_OK)
        s = expand(b, ikm, n * sk, coins, EB_LITERAL("escrowbench share wraps v1"));
    for (size_t i = 0; i < n && s == EB_OK; i++)
        s = eb_ring_wrap(b, mem, out + i * wrap_len(b), ikm + i * sk, (unsigned)i + 1, context,
                         eb_range(shares + i * len, len));
    eb_wipe(shares, n * len);
    eb_wipe(ikm, n * sk);
    return s;
}

static eb_status inspect(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context)
{
    (void)mem, (void)context;
    return eb_ring_inspect(b, capsule_bytes, wrap_len(b));
}

/* ---- access ---- */

static eb_status partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins;
    const eb_ring_agent *a = mem;
    uint8_t share[EB_MAX_SECRET];
    eb_status s = eb_ring_open(b, a, share, b->params.secret_len, out, capsule_bytes + (a->index - 1) * wrap_len(b),
                               context, LABEL);
    eb_wipe(share, sizeof share);
    return s;
}

static eb_status verify(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    uint8_t share[EB_MAX_SECRET];
    eb_status s = open_wrap(b, share, capsule_bytes, mem, context, answer);
    eb_wipe(share, sizeof share);
    return s;
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    const size_t t = b->params.threshold, len = b->params.secret_len;
    uint8_t xs[EB_MAX_AGENTS], opened[EB_MAX_AGENTS * EB_MAX_SECRET];
    const uint8_t *shares[EB_MAX_AGENTS];
    eb_status s = EB_OK;
    for (size_t i = 0; i < t && s == EB_OK; i++) {
        xs[i] = (uint8_t)answers[i].index;
        shares[i] = opened + i * len;
        s = open_wrap(b, opened + i * len, capsule_bytes, mem, context, answers[i]);
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
    .setup = eb_ring_setup,
    .load_authority = load_authority,
    .load_agent = eb_ring_load_agent,
    .drop_authority = eb_ring_drop,
    .drop_agent = eb_ring_drop_agent,
    .capsule = capsule,
    .inspects_points = true,
    .inspect = inspect,
    .partial = partial,
    .verify = verify,
    .combine = combine,
};
