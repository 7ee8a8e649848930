/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold decapsulation to a key that no dealer ever had: capsules and answers are those of `threshold`, the n agents make
 * the key themselves, renew their shares and hand them on.
 *
 *   set-up   each agent deals a secret of its own; the key is the sum (Pedersen 1991)
 *   refresh  each agent deals zero; all add what they got (Herzberg, Jarecki, Krawczyk and Yung 1995)
 *   reshare  t agents deal their shares to the new group, which adds them up with Lagrange's weights (Desmedt and
 *            Jajodia 1997): any (t', n'), the key unchanged
 *
 * Capsules are bound to the key alone, not to the images of the shares of the day nor to (t, n): so they open for whoever holds
 * shares of it then. Answers are verified against the images of the day: an old share's answer is a lie beside new images.
 *
 * Dealings and their checks: sharing/vss.h. Each broadcast is committed to by a hash before the first is seen, so that no dealer
 * can choose its secret by the others' (with t > n/2 that would give the key away, as nobody could tell that the dealer
 * does not know its own secret). Who is caught is named and the run ends, to be begun again without it. So what Gennaro,
 * Jarecki, Krawczyk and Rabin (2007) found remains: a dealer that dislikes the key can spoil the run after it has seen the
 * others', and so throw away keys, though not choose one. Their remedy, Pedersen's commitments in front, doubles the work.
 * By their own account a key so biased still serves where the proof is a reduction to the discrete logarithm.
 *
 * The whole protocol runs here, all agents one after the other. Each agent checks each share that it gets. What all compute
 * alike, from the same broadcasts, is done once. An agent's coins are its part of the coins.
 */
#include <string.h>

#include "escrowbench.h"
#include "sharing/scalar.h"
#include "sharing/tdec.h"
#include "sharing/vss.h"

static const uint8_t proof_context[] = "escrowbench threshold-dkg v1";

static eb_bytes context_string(void)
{
    return eb_range(proof_context, sizeof proof_context - 1);
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    const unsigned n = b->params.agents, t = b->params.threshold;
    eb_escrow_sizes z = eb_tdec_sizes(b);
    z.pub_lasting = b->dh->pk_len; /* images of shares come and go */
    z.setup_coins = n * (b->group->wide_len + eb_vss_coins(b, t));
    z.refresh_coins = n * eb_vss_coins(b, t); /* a reshare has t dealers */
    z.work = eb_vss_space(b, n, n);
    z.capsule_coins = b->dh->sk_len;
    z.capsule = eb_wrap_capsule_len(b);
    return z;
}

/* Where a group's images and shares lie in pub and agents. */
static eb_pool pool_of(const eb_binding *b, uint8_t *pub, uint8_t *agents, bool with_key)
{
    return (eb_pool){.n = b->params.agents,
                     .t = b->params.threshold,
                     .constant = with_key ? pub : NULL,
                     .images = pub + b->dh->pk_len,
                     .shares = agents,
                     .empty = true};
}

/* ---- set-up ---- */

static eb_status deal_secrets(const eb_binding *b, eb_dealing *d, const uint8_t *coins)
{
    const unsigned n = b->params.agents, t = b->params.threshold;
    const size_t each = b->group->wide_len + eb_vss_coins(b, t);
    uint8_t secret[EB_MAX_SCALAR];
    eb_status s = EB_OK;
    for (unsigned i = 0; i < n && s == EB_OK; i++) {
        s = b->group->scalar_reduce(b->group_ctx, secret, coins + i * each);
        if (s == EB_OK)
            s = eb_vss_deal(b, &d[i], i + 1, n, t, secret, coins + i * each + b->group->wide_len);
    }
    eb_wipe(secret, sizeof secret);
    return s;
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const unsigned n = b->params.agents;
    eb_pool pool = pool_of(b, pub, agents, true);
    eb_dealing *d = eb_vss_place(b, b->work, n, n, false);
    eb_status s = deal_secrets(b, d, coins);
    if (s == EB_OK)
        s = eb_vss_add(b, &pool, pub, d, n, NULL, NULL, b->complaint);
    eb_wipe(b->work, eb_vss_space(b, n, n));
    return s;
}

/* ---- refresh ---- */

static eb_status refresh(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                         const uint8_t *old_agents, const uint8_t *coins)
{
    const unsigned n = b->params.agents, t = b->params.threshold;
    eb_pool pool = pool_of(b, pub, agents, false);
    eb_dealing *d = eb_vss_place(b, b->work, n, n, true);
    eb_status s = EB_OK;
    memcpy(pub, old_pub, b->dh->pk_len + n * b->group->point_len);
    memcpy(agents, old_agents, n * b->group->scalar_len);
    pool.empty = false;
    for (unsigned i = 0; i < n && s == EB_OK; i++) {
        s = b->group->scalar_check(b->group_ctx, old_agents + i * b->group->scalar_len);
        if (s == EB_OK)
            s = eb_vss_deal(b, &d[i], i + 1, n, t, NULL, coins + i * eb_vss_coins(b, t));
    }
    if (s == EB_OK)
        s = eb_vss_add(b, &pool, pub, d, n, NULL, NULL, b->complaint);
    eb_wipe(b->work, eb_vss_space(b, n, n));
    return s;
}

/* ---- reshare ---- */

/* Each old agent deals its share to the new group; whoever deals anything else is caught by its old image. */
static eb_status hand_on(const eb_binding *to, eb_dealing *d, const eb_binding *b, const uint8_t *old_images,
                         const eb_answer *old, const uint8_t *coins)
{
    const size_t point = b->group->point_len;
    const unsigned n = to->params.agents, t = to->params.threshold;
    eb_status s = EB_OK;
    for (unsigned i = 0; i < b->params.threshold && s == EB_OK; i++) {
        s = b->group->scalar_check(b->group_ctx, old[i].partial);
        if (s == EB_OK)
            s = eb_vss_deal(to, &d[i], old[i].index, n, t, old[i].partial, coins + i * eb_vss_coins(to, t));
        if (s == EB_OK && !eb_equal(d[i].constant, old_images + (old[i].index - 1) * point, point)) {
            to->complaint->dealer = old[i].index;
            s = EB_ERR_AUTH;
        }
    }
    return s;
}

static eb_status reshare(const eb_binding *to, uint8_t *pub, uint8_t *agents, const eb_binding *b,
                         const uint8_t *old_pub, const eb_answer *old, const uint8_t *coins)
{
    const unsigned n = to->params.agents, t = b->params.threshold;
    uint8_t lambda[EB_MAX_AGENTS * EB_MAX_SCALAR];
    unsigned dealers[EB_MAX_AGENTS];
    eb_pool pool = pool_of(to, pub, agents, true);
    void *work = n >= t ? to->work : b->work; /* the larger group's holds t dealings to n */
    eb_dealing *d = eb_vss_place(to, work, t, n, false);
    eb_status s = EB_OK;
    for (unsigned i = 0; i < t; i++)
        dealers[i] = old[i].index;
    if (s == EB_OK)
        s = eb_lagrange(b, lambda, dealers, t);
    if (s == EB_OK)
        s = hand_on(to, d, b, old_pub + b->dh->pk_len, old, coins);
    if (s == EB_OK)
        s = eb_vss_add(to, &pool, pub, d, t, dealers, lambda, to->complaint);
    if (s == EB_OK && !eb_equal(pub, old_pub, b->dh->pk_len))
        s = EB_ERR_AUTH; /* the old group's images are not those of its key */
    eb_wipe(work, eb_vss_space(to, t, n));
    return s;
}

/* ---- messages ---- */

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)context; /* as with `threshold`, the agent cannot tell which message this is */
    return eb_tdec_partial(b, agent, out, coins, capsule_bytes, context_string());
}

static eb_status verify(const eb_binding *b, const void *authority, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    (void)context;
    return eb_tdec_verify(b, authority, capsule_bytes, answer, context_string());
}

/* ---- in bulk ---- */

static eb_status batch_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                               const eb_item *items, size_t count)
{
    return eb_tdec_batch_partial(b, agent, out, coins, items, count, context_string());
}

static eb_status batch_verify(const eb_binding *b, const void *authority, const eb_item *items, size_t count,
                              eb_answer answer)
{
    return eb_tdec_batch_verify(b, authority, items, count, answer, context_string());
}

static const eb_batch batch = {eb_tdec_part_len, eb_tdec_proof_len, batch_partial, batch_verify};

static const char *const suites[] = {"p256", "ristretto255", NULL};

extern const eb_escrow eb_escrow_threshold_dkg;

const eb_escrow eb_escrow_threshold_dkg = {
    .abi = EB_ABI,
    .id = "threshold-dkg",
    .spec =
        "Pedersen 1991 with commitments first; Herzberg et al. 1995; Desmedt and Jajodia 1997; capsules as threshold",
    .family = "threshold",
    .about = "as threshold; the agents make the key together, renew their shares and hand them on",
    .note = "the key never exists whole, not even at set-up; as threshold unsafe against a lying investigator",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_GROUP) | EB_NEED(EB_HASH),
    .split = true,
    .sizes = sizes,
    .setup = setup,
    .audit = eb_tdec_audit,
    .load_authority = eb_tdec_load_authority,
    .load_agent = eb_tdec_load_agent,
    .drop_authority = eb_tdec_drop_authority,
    .drop_agent = eb_tdec_drop_agent,
    .capsule = eb_tdec_capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = partial,
    .verify = verify,
    .combine = eb_tdec_combine,
    .batch = &batch,
    .refresh = refresh,
    .reshare = reshare,
};
