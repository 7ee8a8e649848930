/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fair cryptosystem (Micali 1992): at enrolment a user splits its own private keys t-of-n, and each agent makes sure, before the
 * user is admitted, that its share belongs to the user's public key. Messages carry nothing; t agents rebuild the
 * keys, and access receives as the user.
 *
 *     for each key: image 1 || ... || image n        wrap 1 || ... || wrap n
 *
 * Sharing is Feldman's (1987) as sharing/vss.h has it: images of the shares, in the place of the coefficients' that Micali
 * takes, so that verifying a share is one multiplication. A wrap holds an agent's shares, one of each key (hpke/ring.h). An
 * agent accepts a deposit if its shares are its images' logarithms and all images lie on polynomials of degree t-1
 * with the user's public keys: a user who cheats one agent is refused by that one, who cheats with the whole is refused by all.
 *
 * What is split are the Diffie-Hellman keys that a private key begins with; the rest of it, which signs and opens nothing, is
 * filled up when the key is rebuilt. Shares are handed over as they are: from then on the user's keys exist twice, for messages
 * past and future.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/ring.h"
#include "sharing/scalar.h"
#include "sharing/vss.h"

#define LABEL EB_LITERAL("escrowbench fair deposit v1")

enum { MAX_KEYS = 8, FILLING = 0x01 };

static unsigned keys(const eb_binding *b)
{
    return b->params.dh_keys;
}

/* Bytes of one key's images, of an agent's shares, of its wrap. */
static size_t images_len(const eb_binding *b)
{
    return b->params.agents * b->group->point_len;
}

static size_t shares_len(const eb_binding *b)
{
    return keys(b) * b->group->scalar_len;
}

static size_t wrap_len(const eb_binding *b)
{
    return eb_ring_wrap_len(b, shares_len(b));
}

static const uint8_t *image_at(const eb_binding *b, const uint8_t *deposit, unsigned key, unsigned index)
{
    return deposit + key * images_len(b) + (index - 1) * b->group->point_len;
}

static const uint8_t *wrap_at(const eb_binding *b, const uint8_t *deposit, unsigned index)
{
    return deposit + keys(b) * images_len(b) + (index - 1) * wrap_len(b);
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
        .capsule_coins = keys(b) * eb_vss_coins(b, b->params.threshold) + n * b->dh->sk_len,
        .capsule = keys(b) * images_len(b) + n * wrap_len(b),
        .partial = shares_len(b),
    };
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    return keys(b) <= MAX_KEYS ? eb_ring_load(b, mem, pub, link, LABEL) : EB_ERR_UNSUPPORTED;
}

/* ---- enrolment ---- */

/* Splits one key; share i of it goes to its place among agent i's. */
/* NOLINTNEXTLINE(readability-non-const-parameter): images are written */
static eb_status split(const eb_binding *b, uint8_t *images, uint8_t *shares, unsigned key, const uint8_t *secret,
                       const uint8_t *coins)
{
    const size_t scalar = b->group->scalar_len;
    const unsigned n = b->params.agents;
    uint8_t own[EB_MAX_AGENTS * EB_MAX_SCALAR], constant[EB_MAX_POINT];
    eb_dealing d = {.constant = constant, .images = images, .shares = own};
    eb_status s = b->group->scalar_check(b->group_ctx, secret);
    if (s == EB_OK)
        s = eb_vss_deal(b, &d, 1, n, b->params.threshold, secret, coins);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        memcpy(shares + i * shares_len(b) + key * scalar, own + i * scalar, scalar);
    eb_wipe(own, n * scalar);
    return s;
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    uint8_t shares[EB_MAX_AGENTS * MAX_KEYS * EB_MAX_SCALAR];
    const unsigned n = b->params.agents;
    const size_t each = eb_vss_coins(b, b->params.threshold), len = shares_len(b);
    uint8_t *wraps = out + keys(b) * images_len(b);
    eb_status s = EB_OK;
    for (unsigned k = 0; k < keys(b) && s == EB_OK; k++)
        s = split(b, out + k * images_len(b), shares, k, secret + k * b->dh->sk_len, coins + k * each);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        s = eb_ring_wrap(b, mem, wraps + i * wrap_len(b), coins + keys(b) * each + i * b->dh->sk_len, i + 1, context,
                         eb_range(shares + i * len, len));
    eb_wipe(shares, n * len);
    return s;
}

/* Are these shares those of the images? */
static eb_status check_shares(const eb_binding *b, const uint8_t *deposit, unsigned index, const uint8_t *shares)
{
    eb_status s = EB_OK;
    for (unsigned k = 0; k < keys(b) && s == EB_OK; k++)
        s = eb_vss_check_share(b, image_at(b, deposit, k, index), shares + k * b->group->scalar_len);
    return s;
}

/* An agent's shares, out of its wrap, if they are what the deposit says. */
static eb_status own_shares(const eb_binding *b, const eb_ring_agent *a, uint8_t *shares, const uint8_t *deposit,
                            eb_context context)
{
    uint8_t ss[EB_DIGEST];
    eb_status s = eb_ring_open(b, a, shares, shares_len(b), ss, wrap_at(b, deposit, a->index), context, LABEL);
    eb_wipe(ss, sizeof ss);
    if (s == EB_OK)
        s = check_shares(b, deposit, a->index, shares);
    if (s != EB_OK)
        eb_wipe(shares, shares_len(b));
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

/* Do all images belong to the user's public keys? Anyone can see that. */
static eb_status inspect(const eb_binding *b, const void *authority, const uint8_t *deposit, eb_context context)
{
    (void)authority;
    eb_status s = context.subject.len >= keys(b) * b->dh->pk_len ? EB_OK : EB_ERR_INVALID;
    for (unsigned k = 0; k < keys(b) && s == EB_OK; k++)
        s = eb_shares_check(b, context.subject.ptr + k * b->dh->pk_len, image_at(b, deposit, k, 1), b->params.agents,
                            b->params.threshold);
    return s;
}

static eb_status accept(const eb_binding *b, const void *authority, const void *mem, unsigned index,
                        const uint8_t *deposit, eb_context context)
{
    uint8_t shares[MAX_KEYS * EB_MAX_SCALAR];
    (void)index; /* the agent knows its own */
    eb_status s = own_shares(b, mem, shares, deposit, context);
    eb_wipe(shares, sizeof shares);
    return s == EB_OK ? inspect(b, authority, deposit, context) : s;
}

/* ---- access ---- */

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *deposit, eb_context context)
{
    (void)coins;
    return own_shares(b, agent, out, deposit, context);
}

static eb_status verify(const eb_binding *b, const void *authority, const uint8_t *deposit, eb_context context,
                        eb_answer answer)
{
    (void)authority, (void)context;
    return check_shares(b, deposit, answer.index, answer.partial);
}

/* One private key from t shares, if it is the public key's. */
static eb_status rebuild(const eb_binding *b, uint8_t *sk, unsigned key, const uint8_t *pk, const eb_answer *answers)
{
    unsigned xs[EB_MAX_AGENTS];
    const uint8_t *shares[EB_MAX_AGENTS];
    for (unsigned i = 0; i < b->params.threshold; i++) {
        xs[i] = answers[i].index;
        shares[i] = answers[i].partial + key * b->group->scalar_len;
    }
    eb_status s = eb_scalar_combine(b, sk, xs, shares, b->params.threshold);
    return s == EB_OK ? eb_vss_check_share(b, pk, sk) : s;
}

static eb_status combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *deposit,
                         eb_context context, const eb_answer *answers)
{
    (void)authority, (void)deposit;
    const size_t sk = b->dh->sk_len, pk = b->dh->pk_len;
    eb_status s = context.subject.len >= keys(b) * pk ? EB_OK : EB_ERR_INVALID;
    memset(secret, FILLING, b->params.secret_len);
    for (unsigned k = 0; k < keys(b) && s == EB_OK; k++)
        s = rebuild(b, secret + k * sk, k, context.subject.ptr + k * pk, answers);
    return s;
}

static const char *const suites[] = {"p256", NULL};

extern const eb_escrow eb_escrow_fair;

const eb_escrow eb_escrow_fair = {
    .abi = EB_ABI,
    .id = "fair",
    .spec = "Micali 1992; Feldman 1987, images of the shares; each agent's shares by RFC 9180 single-shot, base mode",
    .family = "threshold",
    .about = "the user splits its own private key among n agents, each of whom can see that its share is right",
    .note = "the first access rebuilds the user's key, for messages past and future; nothing is bound to an order",
    .kind = EB_KIND_DEPOSIT,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_GROUP) | EB_NEED(EB_HASH),
    .split = true,
    .splits_dh = true,
    .sizes = sizes,
    .setup = eb_ring_setup,
    .load_authority = load_authority,
    .load_agent = eb_ring_load_agent,
    .drop_authority = eb_ring_drop,
    .drop_agent = eb_ring_drop_agent,
    .capsule = capsule,
    .inspect = inspect,
    .accept = accept,
    .partial = partial,
    .verify = verify,
    .combine = combine,
};
