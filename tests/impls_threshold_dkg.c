/* SPDX-License-Identifier: Apache-2.0 */
/* threshold-dkg: what holds after a key generation, a refresh and a reshare, in random cases; who cheats is named. A false
 * share that nobody complains of is the negative control. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "sharing/scalar.h"
#include "sharing/tdec.h"
#include "sharing/vss.h"
#include "tests/support.h"

enum { MAX_N = 9, POINT = EB_MAX_POINT, SCALAR = EB_MAX_SCALAR };

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};
static uint64_t state = 4711;

static eb_pair_spec spec_of(const eb_backend *backend, const char *suite, unsigned t, unsigned n)
{
    return (eb_pair_spec){
        .backend = backend,
        .transport = eb_transport_find("hpke"),
        .suite = eb_suite_find("x25519"),
        .escrow = eb_escrow_find("threshold-dkg"),
        .escrow_suite = eb_suite_find(suite),
        .agents = n,
        .threshold = t,
    };
}

/* Runs `body` for (t, n) on every library and group that has the escrow. */
static void on_every(unsigned t, unsigned n, void (*body)(const gt_world *w))
{
    static const char *const suites[] = {"p256", "ristretto255"};
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            const eb_pair_spec spec = spec_of(backend, suites[k], t, n);
            gt_world w;
            if (!eb_pair_possible(&spec, why, sizeof why))
                continue;
            assert_true(gt_world_open(&w, &spec, &log_));
            body(&w);
            gt_world_close(&w);
            ran++;
        }
    assert_true(ran >= 3);
    assert_int_equal(log_.failures, 0);
}

static uint8_t *random_coins(size_t len)
{
    uint8_t *coins = malloc(len + 1);
    assert_non_null(coins);
    test_fill(coins, len, &state);
    return coins;
}

/* ---- shares of one sharing ---- */

/* The images, the key and the secrets of all agents of a pair, as set-up lays them out. */
typedef struct group_of {
    const eb_pair *pair;
    const uint8_t *pub, *agents;
} group_of;

static const uint8_t *share_at(const group_of *g, unsigned i)
{
    return g->agents + i * eb_agent_len(g->pair) + 1;
}

/* The public key that t shares interpolate to, of agents who[0..t-1] (from 0). */
static eb_status key_of(const group_of *g, const unsigned *who, unsigned t, const group_of *other, unsigned from,
                        uint8_t *key)
{
    const eb_binding *b = &g->pair->escrow;
    unsigned xs[MAX_N];
    const uint8_t *shares[MAX_N];
    uint8_t secret[SCALAR];
    assert_true(t <= MAX_N);
    for (unsigned i = 0; i < t; i++) {
        xs[i] = who[i] + 1;
        shares[i] = share_at(i < from ? g : other, who[i]);
    }
    eb_status s = eb_scalar_combine(b, secret, xs, shares, t);
    return s == EB_OK ? b->group->mul_base(b->group_ctx, key, secret) : s;
}

/* Any t shares give the key, and t-1 do not; each share is its image's. */
static void assert_sharing(const group_of *g)
{
    const eb_pair *p = g->pair;
    const eb_binding *b = &p->escrow;
    const unsigned n = p->spec.agents, t = p->spec.threshold;
    uint8_t key[POINT];
    unsigned who[MAX_N] = {0};
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < n; i++)
            who[i] = (i * (k == 0 ? 1 : n - 1) + k) % n;
        assert_int_equal(key_of(g, who, t, NULL, t, key), EB_OK);
        assert_memory_equal(key, g->pub, b->dh->pk_len);
        if (t > 1) {
            assert_int_equal(key_of(g, who, t - 1, NULL, t, key), EB_OK);
            assert_memory_not_equal(key, g->pub, b->dh->pk_len);
        }
    }
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(eb_vss_check_share(b, g->pub + b->dh->pk_len + i * b->group->point_len, share_at(g, i)),
                         EB_OK);
    assert_int_equal(eb_tdec_audit(b, g->pub), EB_OK);
}

/* ---- set-up ---- */

/* The key is the sum of what the dealers dealt, worked out from the coins. */
static void sum_of_dealings(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const eb_group *g = b->group;
    const unsigned n = w->n;
    const size_t each = w->t * g->wide_len;
    uint8_t *coins = random_coins(w->pair->es.setup_coins);
    uint8_t *pub = calloc(1, w->pair->es.pub), *agents = calloc(n, eb_agent_len(w->pair));
    uint8_t sum[SCALAR] = {0}, part[SCALAR], key[POINT];
    assert_int_equal(w->pair->es.setup_coins, n * each);
    assert_int_equal(eb_setup(w->pair, pub, agents, coins), EB_OK);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(g->scalar_reduce(b->group_ctx, part, coins + i * each), EB_OK);
        assert_int_equal(g->scalar_add(b->group_ctx, sum, sum, part), EB_OK);
    }
    assert_int_equal(g->mul_base(b->group_ctx, key, sum), EB_OK);
    assert_memory_equal(pub, key, b->dh->pk_len);
    const group_of made = {w->pair, pub, agents};
    assert_sharing(&made);
    free(agents);
    free(pub);
    free(coins);
}

static void the_key_is_the_sum_of_the_dealings(void **unused)
{
    (void)unused;
    on_every(3, 5, sum_of_dealings);
    on_every(1, 1, sum_of_dealings);
    on_every(1, 2, sum_of_dealings);
    if (getenv("SHORT") == NULL)
        on_every(2, 7, sum_of_dealings);
}

/* ---- dealers that cheat ---- */

typedef struct table {
    void *space;
    eb_dealing *d;
    eb_pool pool;
    uint8_t constant[POINT], images[MAX_N * POINT], shares[MAX_N * SCALAR];
} table;

static void deal_all(const gt_world *w, table *x)
{
    const eb_binding *b = &w->pair->escrow;
    x->space = calloc(1, eb_vss_space(b, w->n, w->n));
    assert_non_null(x->space);
    x->d = eb_vss_place(b, x->space, w->n, w->n, false);
    for (unsigned i = 0; i < w->n; i++) {
        uint8_t *coins = random_coins(w->t * b->group->wide_len), secret[SCALAR];
        assert_int_equal(b->group->scalar_reduce(b->group_ctx, secret, coins), EB_OK);
        assert_int_equal(eb_vss_deal(b, &x->d[i], i + 1, w->n, w->t, secret, coins + b->group->wide_len), EB_OK);
        free(coins);
    }
    x->pool = (eb_pool){
        .n = w->n, .t = w->t, .constant = x->constant, .images = x->images, .shares = x->shares, .empty = true};
}

/* Adds all dealings; the complaint if one was refused. */
static eb_status add_all(const gt_world *w, table *x, eb_complaint *c)
{
    return eb_vss_add(&w->pair->escrow, &x->pool, x->constant, x->d, w->n, NULL, NULL, c);
}

enum { DEALER = 2 }; /* who cheats: number 3 */

static void expect_complaint(const gt_world *w, table *x, unsigned agent)
{
    eb_complaint c;
    assert_int_equal(add_all(w, x, &c), EB_ERR_AUTH);
    assert_int_equal(c.dealer, DEALER + 1);
    assert_int_equal(c.agent, agent);
}

/* A dealer's commitment again, as it would make it after choosing what it broadcasts. */
static void commit_anew(const eb_binding *b, eb_dealing *d, unsigned dealer, unsigned n)
{
    const uint8_t octet = (uint8_t)dealer;
    const eb_bytes parts[] = {EB_LITERAL("escrowbench dealing v1"), eb_range(&octet, 1),
                              eb_range(d->constant, b->group->point_len), eb_range(d->images, n * b->group->point_len)};
    assert_int_equal(b->hash->digest(b->hash_ctx, d->commitment, parts, 4), EB_OK);
}

static void cheating_dealers(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const eb_group *g = b->group;
    const size_t point = g->point_len, scalar = g->scalar_len;
    table x = {0};
    eb_complaint c;

    deal_all(w, &x); /* nobody cheats */
    assert_int_equal(add_all(w, &x, &c), EB_OK);
    assert_int_equal(c.dealer, 0);
    free(x.space);

    deal_all(w, &x); /* a false share for agent 4 */
    assert_int_equal(g->scalar_add(b->group_ctx, x.d[DEALER].shares + 3 * scalar, x.d[DEALER].shares + 3 * scalar,
                                   x.d[DEALER].shares),
                     EB_OK);
    expect_complaint(w, &x, 4);
    free(x.space);

    deal_all(w, &x); /* a share that is no scalar */
    memset(x.d[DEALER].shares, 0xFF, scalar);
    expect_complaint(w, &x, 1);
    free(x.space);

    deal_all(w, &x); /* a false image, committed to: the share is right, and agent 5 sees that it is not the image's */
    memcpy(x.d[DEALER].images + 4 * point, x.d[DEALER].images, point);
    commit_anew(b, &x.d[DEALER], DEALER + 1, w->n);
    expect_complaint(w, &x, 5);
    free(x.space);

    deal_all(w, &x); /* a constant that is not the polynomial's: a key that others' keys were taken out of */
    memcpy(x.d[DEALER].constant, x.d[0].constant, point);
    commit_anew(b, &x.d[DEALER], DEALER + 1, w->n);
    expect_complaint(w, &x, 0);
    free(x.space);

    deal_all(w, &x); /* an honest dealing, but not the one that was committed to */
    memcpy(x.d[DEALER].commitment, x.d[0].commitment, EB_DIGEST);
    expect_complaint(w, &x, 0);
    free(x.space);

    deal_all(w, &x); /* another dealer's dealing in one's own name */
    memcpy(x.d[DEALER].commitment, x.d[0].commitment, EB_DIGEST);
    memcpy(x.d[DEALER].constant, x.d[0].constant, point);
    memcpy(x.d[DEALER].images, x.d[0].images, w->n * point);
    memcpy(x.d[DEALER].shares, x.d[0].shares, w->n * scalar);
    expect_complaint(w, &x, 0);
    free(x.space);

    deal_all(w, &x); /* a polynomial of degree t, consistent in itself */
    uint8_t *coins = random_coins((w->t + 1) * g->wide_len), secret[SCALAR];
    assert_int_equal(g->scalar_reduce(b->group_ctx, secret, coins), EB_OK);
    assert_int_equal(eb_vss_deal(b, &x.d[DEALER], DEALER + 1, w->n, w->t + 1, secret, coins + g->wide_len), EB_OK);
    expect_complaint(w, &x, 0);
    free(coins);
    free(x.space);
}

static void a_cheating_dealer_is_named(void **unused)
{
    (void)unused;
    on_every(3, 6, cheating_dealers);
}

/* ---- dealers that cheat, as the join tells it ---- */

/* A group in which one multiplication of the generator comes out wrong: what the dealer publishes who makes it then. */
static const eb_group *true_group;
static unsigned countdown;

static eb_status lying_mul_base(void *ctx, uint8_t *out, const uint8_t *scalar)
{
    uint8_t twice[SCALAR];
    if (countdown-- != 0)
        return true_group->mul_base(ctx, out, scalar);
    const eb_status s = true_group->scalar_add(ctx, twice, scalar, scalar);
    return s == EB_OK ? true_group->mul_base(ctx, out, twice) : s;
}

static void lie_begin(eb_pair *p, eb_group *liar, unsigned at)
{
    true_group = p->escrow.group;
    *liar = *true_group;
    liar->mul_base = lying_mul_base;
    countdown = at;
    p->escrow.group = liar;
}

static void expect_named(eb_pair *p, eb_status s, unsigned dealer, unsigned agent)
{
    const eb_complaint c = eb_complaint_of(p);
    p->escrow.group = true_group;
    assert_int_equal(s, EB_ERR_AUTH);
    assert_int_equal(c.dealer, dealer);
    assert_int_equal(c.agent, agent);
}

/* Dealer 3 of 5 publishes a wrong image for agent 4, in each of the protocols; then all do as they should. */
static void cheats_at_the_join(const gt_world *w)
{
    eb_pair *p = w->pair;
    const size_t len = eb_agent_len(p);
    uint8_t *pub = calloc(1, p->es.pub), *agents = calloc(w->n, len), *zeros = calloc(w->n, len);
    uint8_t *coins = random_coins(p->es.setup_coins);
    eb_bytes old[MAX_N];
    eb_group liar;
    for (unsigned i = 0; i < w->t; i++)
        old[i] = eb_range(w->agents + (i + 1) * len, len); /* agents 2, 3 and 4 */

    lie_begin(p, &liar, 2 * (w->n + 1) + 1 + 3); /* a dealing: its constant, then n images */
    expect_named(p, eb_setup(p, pub, agents, coins), 3, 4);
    assert_memory_equal(agents, zeros, w->n * len);
    lie_begin(p, &liar, 2 * (w->n + 1)); /* the constant: all can see that it is not the images' */
    expect_named(p, eb_setup(p, pub, agents, coins), 3, 0);
    lie_begin(p, &liar, 2 * w->n + 3); /* a dealing of zero: images alone */
    expect_named(p, eb_refresh(p, pub, agents, w->pub, w->agents, coins), 3, 4);
    lie_begin(p, &liar, 1 * (w->n + 1) + 1 + 3);
    expect_named(p, eb_reshare(p, pub, agents, p, w->pub, old, coins), 3, 4);
    lie_begin(p, &liar, 1 * (w->n + 1)); /* the constant: not the old share's image */
    expect_named(p, eb_reshare(p, pub, agents, p, w->pub, old, coins), 3, 0);

    assert_int_equal(eb_reshare(p, pub, agents, p, w->pub, old, coins), EB_OK);
    assert_int_equal(eb_complaint_of(p).dealer, 0);
    free(coins);
    free(zeros);
    free(agents);
    free(pub);
}

static void the_join_names_who_cheats(void **unused)
{
    (void)unused;
    on_every(3, 5, cheats_at_the_join);
}

/* Negative control: had agent 4 not complained, its sum would not be its image's, and t shares with it not the key. */
static void without_complaint(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const eb_group *g = b->group;
    table x = {0};
    eb_complaint c;
    deal_all(w, &x);
    assert_int_equal(add_all(w, &x, &c), EB_OK);
    uint8_t *share = x.shares + 3 * g->scalar_len, secret[SCALAR], key[POINT];
    const unsigned xs[] = {1, 2, 4};
    const uint8_t *shares[] = {x.shares, x.shares + g->scalar_len, share};
    assert_int_equal(eb_scalar_combine(b, secret, xs, shares, 3), EB_OK);
    assert_int_equal(g->mul_base(b->group_ctx, key, secret), EB_OK);
    assert_memory_equal(key, x.constant, g->point_len);
    assert_int_equal(g->scalar_add(b->group_ctx, share, share, x.d[DEALER].shares), EB_OK);
    assert_int_equal(eb_vss_check_share(b, x.images + 3 * g->point_len, share), EB_ERR_AUTH);
    assert_int_equal(eb_scalar_combine(b, secret, xs, shares, 3), EB_OK);
    assert_int_equal(g->mul_base(b->group_ctx, key, secret), EB_OK);
    assert_memory_not_equal(key, x.constant, g->point_len);
    free(x.space);
}

static void a_false_share_without_complaint_spoils_the_key(void **unused)
{
    (void)unused;
    on_every(3, 6, without_complaint);
}

/* ---- access, as before ---- */

/* A message that was sealed before anything was renewed, and the data of the day to open it with. */
typedef struct dossier {
    gt_sealed m;
    eb_message parts;
    const group_of *day;
    eb_authority *authority;
    uint8_t *answers;
    eb_bytes list[MAX_N + 1];
    eb_verdict verdicts[MAX_N + 1];
    unsigned count;
} dossier;

static void dossier_open(dossier *d, const gt_world *w, const group_of *day)
{
    const eb_pair *p = day->pair;
    *d = (dossier){.day = day, .answers = calloc(MAX_N + 1, eb_partial_len(p))};
    assert_true(gt_seal_first(&d->m, w, 40, 5, &log_));
    assert_int_equal(gt_parse(w, &d->parts, 0, &d->m), EB_OK);
    assert_int_equal(eb_authority_load(p, &d->authority, eb_range(day->pub, p->es.pub), EB_LITERAL("alice"), 1), EB_OK);
}

static void dossier_close(dossier *d)
{
    eb_authority_drop(d->authority);
    gt_sealed_free(&d->m);
    free(d->answers);
}

/* One more answer: of agent `who` (from 0) with its share of that group. */
static void ask(dossier *d, const group_of *g, unsigned who)
{
    const size_t len = eb_partial_len(g->pair), secret = eb_agent_len(g->pair);
    const uint8_t coins[EB_DIGEST] = {7};
    uint8_t *answer = d->answers + d->count * len;
    eb_agent *a = NULL;
    assert_int_equal(eb_agent_load(g->pair, &a, eb_range(g->agents + who * secret, secret)), EB_OK);
    assert_int_equal(eb_partial(g->pair, a, eb_authority_case(d->authority), &d->parts, answer, coins), EB_OK);
    eb_agent_drop(a);
    d->list[d->count++] = eb_range(answer, len);
}

/* What the answers open to, through the plain join under the day's data. */
static eb_status combined(dossier *d)
{
    uint8_t secret[EB_MAX_SECRET], out[64];
    eb_buf plain = {.ptr = out, .cap = sizeof out};
    const eb_pair *p = d->day->pair;
    const eb_status s = eb_combine(p, d->authority, &d->parts, d->list, d->count, d->verdicts, secret);
    if (s == EB_OK) {
        assert_int_equal(eb_recover(p, secret, &d->parts, GT_AAD, &plain), EB_OK);
        assert_true(gt_is_plaintext(&d->m, &plain));
    }
    return s;
}

/* A message of before opens with t shares of the group, from its last agent down, each answer verified. */
static void opens(const gt_world *w, const group_of *group)
{
    const unsigned n = group->pair->spec.agents, t = group->pair->spec.threshold;
    dossier d;
    dossier_open(&d, w, group);
    for (unsigned i = 0; i < t; i++)
        ask(&d, group, n - 1 - i);
    assert_int_equal(combined(&d), EB_OK);
    for (unsigned i = 0; i < t; i++)
        assert_int_equal(d.verdicts[i], EB_ANSWER_GOOD);
    dossier_close(&d);
}

/* Under one day's data an answer that was made with another day's share is that agent's lie, and the others' serve. */
static void another_days_share_is_a_lie(const gt_world *w, const group_of *day, const group_of *other)
{
    const unsigned n = day->pair->spec.agents, t = day->pair->spec.threshold;
    dossier d;
    dossier_open(&d, w, day);
    ask(&d, other, 0);
    for (unsigned i = 1; i < t; i++)
        ask(&d, day, i);
    assert_int_equal(combined(&d), EB_ERR_FEW); /* t - 1 good answers */
    assert_int_equal(d.verdicts[0], EB_ANSWER_LIE);
    if (n > t) {
        ask(&d, day, t);
        assert_int_equal(combined(&d), EB_OK);
        assert_int_equal(d.verdicts[0], EB_ANSWER_LIE);
        assert_int_equal(d.verdicts[t], EB_ANSWER_GOOD);
    }
    dossier_close(&d);
}

static void days_do_not_mix(const gt_world *w, const group_of *before, const group_of *after)
{
    another_days_share_is_a_lie(w, after, before);
    another_days_share_is_a_lie(w, before, after);
}

/* ---- refresh ---- */

typedef struct renewed {
    uint8_t *pub, *agents;
} renewed;

static renewed refreshed(const gt_world *w)
{
    renewed r = {calloc(1, w->pair->es.pub), calloc(w->n, eb_agent_len(w->pair))};
    uint8_t *coins = random_coins(w->pair->es.refresh_coins);
    assert_int_equal(eb_refresh(w->pair, r.pub, r.agents, w->pub, w->agents, coins), EB_OK);
    free(coins);
    return r;
}

static void drop(renewed r)
{
    free(r.pub);
    free(r.agents);
}

static void refresh_invariants(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const renewed r = refreshed(w);
    const group_of before = {w->pair, w->pub, w->agents}, after = {w->pair, r.pub, r.agents};
    unsigned who[MAX_N] = {0};
    uint8_t key[POINT];
    assert_memory_equal(r.pub, w->pub, b->dh->pk_len);
    assert_memory_not_equal(r.pub + b->dh->pk_len, w->pub + b->dh->pk_len, b->group->point_len);
    assert_sharing(&before); /* the old ones still fit together: so they must be deleted */
    assert_sharing(&after);
    for (unsigned i = 0; i < w->n; i++)
        who[i] = i;
    for (unsigned old = 1; old < w->t; old++) { /* old and new do not mix */
        assert_int_equal(key_of(&before, who, w->t, &after, old, key), EB_OK);
        assert_memory_not_equal(key, w->pub, b->dh->pk_len);
    }
    opens(w, &before);
    opens(w, &after);
    days_do_not_mix(w, &before, &after);
    drop(r);
}

static void a_refresh_keeps_the_key_and_old_shares_do_not_mix_with_new_ones(void **unused)
{
    (void)unused;
    on_every(3, 5, refresh_invariants);
    on_every(2, 2, refresh_invariants);
}

static void refresh_refuses(const gt_world *w)
{
    const size_t len = eb_agent_len(w->pair);
    uint8_t *pub = calloc(1, w->pair->es.pub), *agents = calloc(w->n, len), *mixed = malloc(w->n * len);
    uint8_t *coins = random_coins(w->pair->es.refresh_coins), *zeros = calloc(w->n, len);
    const renewed r = refreshed(w);
    memcpy(mixed, w->agents, w->n * len);
    memcpy(mixed + len, r.agents + len, len); /* agent 2 comes with a share of another sharing */
    assert_int_equal(eb_refresh(w->pair, pub, agents, w->pub, mixed, coins), EB_ERR_AUTH);
    assert_int_equal(eb_complaint_of(w->pair).dealer, 0);
    assert_int_equal(eb_complaint_of(w->pair).agent, 2);
    assert_memory_equal(agents, zeros, w->n * len);
    memset(mixed + len + 1, 0xFF, len - 1); /* with one that is no scalar */
    assert_int_equal(eb_refresh(w->pair, pub, agents, w->pub, mixed, coins), EB_ERR_INVALID);
    drop(r);
    free(zeros);
    free(coins);
    free(mixed);
    free(agents);
    free(pub);
}

static void a_refresh_refuses_shares_of_another_sharing(void **unused)
{
    (void)unused;
    on_every(3, 5, refresh_refuses);
}

/* ---- reshare ---- */

static eb_status reshare(const gt_world *w, const eb_pair *to, uint8_t *pub, uint8_t *agents, const uint8_t *secrets,
                         const unsigned *who)
{
    eb_bytes old[MAX_N];
    const size_t a = w->pair->es.refresh_coins, c = to->es.refresh_coins;
    uint8_t *coins = random_coins(a > c ? a : c);
    for (unsigned i = 0; i < w->t; i++)
        old[i] = eb_range(secrets + who[i] * eb_agent_len(w->pair), eb_agent_len(w->pair));
    const eb_status s = eb_reshare(to, pub, agents, w->pair, w->pub, old, coins);
    free(coins);
    return s;
}

static void reshare_to(const gt_world *w, unsigned t, unsigned n)
{
    eb_pair_spec spec = w->pair->spec;
    eb_pair *to = NULL;
    char why[128];
    unsigned who[MAX_N] = {0};
    spec.threshold = t;
    spec.agents = n;
    assert_int_equal(eb_pair_open(&to, &spec, why, sizeof why), EB_OK);
    uint8_t *pub = calloc(1, to->es.pub), *agents = calloc(n, eb_agent_len(to));
    for (unsigned i = 0; i < w->t; i++)
        who[i] = w->n - 1 - i;
    assert_int_equal(reshare(w, to, pub, agents, w->agents, who), EB_OK);
    const group_of after = {to, pub, agents}, before = {w->pair, w->pub, w->agents};
    assert_memory_equal(pub, w->pub, to->escrow.dh->pk_len);
    assert_sharing(&after);
    opens(w, &after);
    if (t > 1 || w->t > 1) /* with t = 1 a share is the key, now as before */
        days_do_not_mix(w, &before, &after);
    if (t == w->t && t > 1) { /* shares of the two groups do not mix */
        uint8_t key[POINT];
        const unsigned few[MAX_N] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
        assert_int_equal(key_of(&before, few, t, &after, t - 1, key), EB_OK);
        assert_memory_not_equal(key, w->pub, to->escrow.dh->pk_len);
    }
    free(agents);
    free(pub);
    eb_pair_close(to);
}

static void reshare_invariants(const gt_world *w)
{
    static const unsigned shapes[][2] = {{3, 5}, {2, 2}, {1, 1}, {4, 7}};
    const size_t count = sizeof shapes / sizeof shapes[0] - (getenv("SHORT") != NULL ? 1 : 0);
    for (size_t i = 0; i < count; i++)
        reshare_to(w, shapes[i][0], shapes[i][1]);
}

static void a_reshare_keeps_the_key_for_any_new_group(void **unused)
{
    (void)unused;
    on_every(3, 5, reshare_invariants);
    on_every(1, 1, reshare_invariants);
}

static void reshare_refuses(const gt_world *w)
{
    const size_t len = eb_agent_len(w->pair);
    uint8_t *pub = calloc(1, w->pair->es.pub), *agents = calloc(w->n, len), *zeros = calloc(w->n, len);
    const renewed r = refreshed(w);
    const unsigned twice[MAX_N] = {0, 1, 0}, good[MAX_N] = {0, 1, 2};
    uint8_t *mixed = malloc(w->n * len);
    assert_int_equal(reshare(w, w->pair, pub, agents, w->agents, twice), EB_ERR_INVALID);
    assert_memory_equal(agents, zeros, w->n * len);
    memcpy(mixed, w->agents, w->n * len);
    memcpy(mixed + len, r.agents + len, len); /* agent 2 comes with its share after a refresh */
    assert_int_equal(reshare(w, w->pair, pub, agents, mixed, good), EB_ERR_AUTH);
    assert_int_equal(eb_complaint_of(w->pair).dealer, 2);
    assert_memory_equal(agents, zeros, w->n * len);
    mixed[len] = 9; /* nobody's index */
    assert_int_equal(reshare(w, w->pair, pub, agents, mixed, good), EB_ERR_INVALID);
    drop(r);
    free(mixed);
    free(zeros);
    free(agents);
    free(pub);
}

static void a_reshare_refuses_false_shares_and_an_agent_twice(void **unused)
{
    (void)unused;
    on_every(3, 5, reshare_refuses);
}

static int set_up(void **unused)
{
    char why[256];
    (void)unused;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static int tear_down(void **unused)
{
    (void)unused;
    eb_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_the_sum_of_the_dealings),
        cmocka_unit_test(a_cheating_dealer_is_named),
        cmocka_unit_test(the_join_names_who_cheats),
        cmocka_unit_test(a_false_share_without_complaint_spoils_the_key),
        cmocka_unit_test(a_refresh_keeps_the_key_and_old_shares_do_not_mix_with_new_ones),
        cmocka_unit_test(a_refresh_refuses_shares_of_another_sharing),
        cmocka_unit_test(a_reshare_keeps_the_key_for_any_new_group),
        cmocka_unit_test(a_reshare_refuses_false_shares_and_an_agent_twice),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
