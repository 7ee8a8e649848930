/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold decapsulation: capsules as with `master` (over P-256 plain RFC 9180), but the escrow private key x is shared
 * t-of-n over the group's scalar field by a dealer and never exists again. Each of t agents multiplies the capsule's enc
 * by its share x_i and proves that it did (DLEQ, RFC 9497 s. 2.2: log_G(Y_i) = log_enc(D_i)); the answers are
 * interpolated in the exponent to x * enc, from which KEM, key schedule and AEAD go on as for any recipient.
 *
 * Public data: Y = x * G, then Y_1 to Y_n. Agent secret: x_i. Partial: D_i || proof, which opens this capsule only and is
 * secret. The proof names a liar; it does not say that the capsule is honest. An agent cannot see which message it
 * helps to open (enc can be blinded), so a lying investigator is not stopped here.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/wrapped.h"
#include "sharing/dleq.h"
#include "sharing/scalar.h"

/* A parsed authority: the public shares, then an eb_wrap_key. */
typedef struct authority {
    uint8_t shares[EB_MAX_AGENTS][EB_MAX_POINT];
    _Alignas(max_align_t) uint8_t wrap[];
} authority;

typedef struct agent {
    uint8_t share[EB_MAX_SCALAR], public_share[EB_MAX_POINT];
} agent;

static const uint8_t context_string[] = "escrowbench threshold v1";

static eb_dleq statement(const uint8_t *public_share, const uint8_t *const *c, const uint8_t *const *d)
{
    return (eb_dleq){
        .b = public_share,
        .c = c,
        .d = d,
        .m = 1,
        .context = {context_string, sizeof context_string - 1},
    };
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->dh->sk_len + (b->params.threshold - 1) * b->group->wide_len,
        .pub = b->dh->pk_len + b->params.agents * b->group->point_len,
        .agent_secret = b->group->scalar_len,
        .authority = sizeof(authority) + eb_wrap_key_size(b),
        .agent = sizeof(agent),
        .capsule_coins = b->dh->sk_len,
        .capsule = eb_wrap_capsule_len(b),
        .partial_coins = EB_DIGEST,
        .partial = b->group->point_len + eb_dleq_len(b->group),
    };
}

/* The dealer: x by DeriveKeyPair, coefficients by reduction of wide coins, shares and their public images. */
static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const eb_group *g = b->group;
    const unsigned n = b->params.agents, t = b->params.threshold;
    uint8_t x[EB_MAX_SK], coefficients[EB_MAX_AGENTS * EB_MAX_SCALAR];
    eb_status s = eb_dhkem_keygen(b, x, pub, coins);
    for (unsigned k = 0; k + 1 < t && s == EB_OK; k++)
        s = g->scalar_reduce(b->group_ctx, coefficients + k * g->scalar_len, coins + b->dh->sk_len + k * g->wide_len);
    if (s == EB_OK)
        s = eb_scalar_split(b, agents, n, t, x, coefficients);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        s = g->mul_base(b->group_ctx, pub + b->dh->pk_len + i * g->point_len, agents + i * g->scalar_len);
    eb_wipe(x, sizeof x);
    eb_wipe(coefficients, sizeof coefficients);
    return s;
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    authority *a = mem;
    const uint8_t *shares = pub + b->dh->pk_len;
    for (unsigned i = 0; i < b->params.agents; i++)
        memcpy(a->shares[i], shares + i * b->group->point_len, b->group->point_len);
    eb_status s = eb_shares_check(b, pub, shares, b->params.agents, b->params.threshold);
    return s == EB_OK ? eb_wrap_load(b, a->wrap, pub, link) : s;
}

static void drop_authority(const eb_binding *b, void *mem)
{
    authority *a = mem;
    eb_wrap_drop(b, a->wrap);
}

static eb_status load_agent(const eb_binding *b, void *mem, unsigned index, const uint8_t *secret)
{
    (void)index;
    agent *a = mem;
    eb_status s = b->group->scalar_check(b->group_ctx, secret);
    if (s == EB_OK)
        s = b->group->mul_base(b->group_ctx, a->public_share, secret);
    if (s == EB_OK)
        memcpy(a->share, secret, b->group->scalar_len);
    return s;
}

static void drop_agent(const eb_binding *b, void *mem)
{
    (void)b;
    eb_wipe(mem, sizeof(agent));
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const authority *a = mem;
    return eb_wrap_capsule(b, a->wrap, out, coins, secret, context);
}

static eb_status partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)context; /* plain threshold decapsulation: the agent cannot tell which message this is */
    const agent *a = mem;
    uint8_t r[EB_MAX_SCALAR], *d = out, *proof = out + b->group->point_len;
    const uint8_t *enc = capsule_bytes;
    const eb_dleq st = statement(a->public_share, &enc, (const uint8_t *const *)&d);
    eb_status s = b->group->mul(b->group_ctx, d, a->share, enc); /* refuses an enc that is no point */
    if (s == EB_OK)
        s = eb_dleq_nonce(b, r, &st, a->share, coins);
    if (s == EB_OK)
        s = eb_dleq_prove(b, proof, &st, a->share, r);
    eb_wipe(r, sizeof r);
    return s;
}

static eb_status verify(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    (void)context;
    const authority *a = mem;
    const uint8_t *enc = capsule_bytes, *d = answer.partial;
    const eb_dleq st = statement(a->shares[answer.index - 1], &enc, &d);
    eb_status s = b->group->point_check(b->group_ctx, d);
    if (s == EB_OK)
        s = eb_dleq_verify(b, answer.partial + b->group->point_len, &st);
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

/* What RFC 9180 takes for DH: over P-256 the x coordinate (SEC 1 point: 0x04 || x || y), over ristretto255 the encoding. */
static const uint8_t *dh_of_point(const eb_group *g, const uint8_t *point)
{
    return g->point_len > g->packed_len ? point + 1 : point;
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    const authority *a = mem;
    const eb_wrap_key *wrap = (const void *)a->wrap;
    unsigned xs[EB_MAX_AGENTS];
    const uint8_t *points[EB_MAX_AGENTS];
    uint8_t point[EB_MAX_POINT], ss[EB_DIGEST];
    for (unsigned i = 0; i < b->params.threshold; i++) {
        xs[i] = answers[i].index;
        points[i] = answers[i].partial;
    }
    eb_status s = eb_point_combine(b, point, xs, points, b->params.threshold);
    if (s == EB_OK)
        s = eb_dhkem_finish(b, ss, dh_of_point(b->group, point), capsule_bytes, eb_dhkem_public(wrap->key));
    if (s == EB_OK)
        s = eb_wrap_open(b, wrap, secret, capsule_bytes, ss, context);
    eb_wipe(point, sizeof point);
    eb_wipe(ss, sizeof ss);
    return s;
}

static const char *const suites[] = {"p256", "ristretto255", NULL};

extern const eb_escrow eb_escrow_threshold;

const eb_escrow eb_escrow_threshold = {
    .abi = EB_ABI,
    .id = "threshold",
    .spec = "threshold DHKEM, DLEQ proofs of RFC 9497 s. 2.2, dealer set-up",
    .family = "threshold",
    .note = "the escrow key never exists whole after set-up; unsafe against a lying investigator (blinded capsules)",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_GROUP),
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
