/* SPDX-License-Identifier: Apache-2.0 */
/* shamir-message: agents answer about their order's message only, and what a rogue sender's shares do to whom. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "hpke/hpke.h"
#include "tests/support.h"

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};

/* Runs `body` on every library and suite, with this escrow. */
static void on_every(const eb_escrow *escrow, unsigned t, unsigned n, void (*body)(const gt_world *w))
{
    static const char *const suites[] = {"x25519", "p256"};
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            const eb_suite *suite = eb_suite_find(suites[k]);
            const eb_pair_spec spec = {.backend = backend,
                                       .transport = eb_transport_find("hpke"),
                                       .suite = suite,
                                       .escrow = escrow,
                                       .escrow_suite = suite,
                                       .agents = n,
                                       .threshold = t};
            gt_world w;
            if (!eb_pair_possible(&spec, why, sizeof why))
                continue;
            assert_true(gt_world_open(&w, &spec, &log_));
            body(&w);
            gt_world_close(&w);
            ran++;
        }
    assert_true(ran >= 5);
    assert_int_equal(log_.failures, 0);
}

static const eb_escrow *honest(void)
{
    const eb_escrow *e = eb_escrow_find("shamir-message");
    assert_non_null(e);
    return e;
}

/* One message, its answers, and what the agents say. */
typedef struct order {
    gt_sealed m;
    eb_message parts;
    uint8_t answers[EB_MAX_AGENTS][1 + EB_DIGEST];
} order;

static void seal(order *o, const gt_world *w, uint64_t seed)
{
    assert_true(gt_seal_first(&o->m, w, 40, seed, &log_));
    assert_int_equal(gt_parse(w, &o->parts, 0, &o->m), EB_OK);
}

/* Agent i (from 1) under an order. */
static eb_status ask(order *o, const gt_world *w, unsigned i, const eb_case *named)
{
    const uint8_t none = 0, zeros[1 + EB_DIGEST] = {0};
    eb_agent *a = NULL;
    assert_int_equal(eb_partial_len(w->pair), sizeof o->answers[0]);
    assert_int_equal(eb_agent_load(w->pair, &a, gt_agent_secret(w, i - 1)), EB_OK);
    const eb_status s = eb_partial(w->pair, a, named, &o->parts, o->answers[i - 1], &none);
    if (s != EB_OK)
        assert_memory_equal(o->answers[i - 1], zeros, sizeof zeros);
    eb_agent_drop(a);
    return s;
}

/* The named agents' answers: EB_OK if they open the message, else who refused. */
static eb_status access_by(order *o, const gt_world *w, const unsigned *who, size_t count)
{
    eb_bytes list[EB_MAX_AGENTS];
    uint8_t secret[EB_MAX_SECRET], out[256];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    for (size_t i = 0; i < count; i++)
        list[i] = eb_range(o->answers[who[i] - 1], sizeof o->answers[0]);
    const eb_status s = eb_combine(w->pair, w->authority, &o->parts, list, count, NULL, secret);
    if (s != EB_OK)
        return s;
    const eb_status opened = eb_recover(w->pair, secret, &o->parts, GT_AAD, &b);
    assert_true(opened != EB_OK || gt_is_plaintext(&o->m, &b));
    return opened != EB_OK ? EB_ERR_INVALID : EB_OK; /* INVALID: a secret came out, which does not open the body */
}

/* What the recipient says, whose own program is honest. */
static eb_status check(const order *o, const gt_world *w)
{
    eb_pair_spec spec = w->pair->spec;
    gt_world own;
    spec.escrow = honest();
    assert_true(gt_world_open(&own, &spec, &log_)); /* the same people */
    eb_link *link = gt_link(&own, EB_RECIPIENT, &log_);
    assert_non_null(link);
    const eb_status s = eb_check(link, gt_wire(&o->m));
    eb_link_end(link);
    gt_world_close(&own);
    return s;
}

/* ---- sizes ---- */

static void t_agents_open(const gt_world *w)
{
    order o;
    unsigned who[EB_MAX_AGENTS];
    const eb_binding *b = &w->pair->escrow;
    const size_t share = w->pair->ts.secret;
    seal(&o, w, 10);
    assert_int_equal(o.parts.capsule.len, w->n * (b->dh->pk_len + share + b->aead->tag_len));
    assert_int_equal(check(&o, w), EB_OK);
    for (unsigned i = 0; i < w->t; i++) { /* the last t of n */
        who[i] = w->n - i;
        assert_int_equal(ask(&o, w, who[i], eb_authority_case(w->authority)), EB_OK);
    }
    assert_int_equal(access_by(&o, w, who, w->t), EB_OK);
    if (w->t > 1)
        assert_int_equal(access_by(&o, w, who, w->t - 1), EB_ERR_FEW);
    gt_sealed_free(&o.m);
}

static void every_size_opens(void **state)
{
    (void)state;
    static const unsigned sizes[][2] = {{1, 1}, {1, 3}, {3, 5}, {67, 100}, {255, 255}};
    /* The last takes half a minute under an emulator. */
    const size_t count = sizeof sizes / sizeof sizes[0] - (getenv("SHORT") != NULL ? 1 : 0);
    for (size_t i = 0; i < count; i++)
        on_every(honest(), sizes[i][0], sizes[i][1], t_agents_open);
}

/* ---- orders ---- */

static void other_orders_are_refused(const gt_world *w)
{
    const struct {
        eb_bytes user;
        uint64_t epoch;
        eb_status expected;
    } orders[] = {
        {EB_LITERAL("alice"), 1, EB_OK}, {EB_LITERAL("alice"), 2, EB_ERR_AUTH}, {EB_LITERAL("bob"), 1, EB_ERR_AUTH}};
    order o, other;
    seal(&o, w, 10);
    seal(&other, w, 20);
    for (size_t i = 0; i < 3; i++) {
        eb_authority *a = NULL;
        assert_int_equal(
            eb_authority_load(w->pair, &a, eb_range(w->pub, w->pair->es.pub), orders[i].user, orders[i].epoch), EB_OK);
        assert_int_equal(ask(&o, w, 2, eb_authority_case(a)), orders[i].expected);
        eb_authority_drop(a);
    }
    /* another message's capsule under this order */
    o.parts.capsule = other.parts.capsule;
    assert_int_equal(ask(&o, w, 2, eb_authority_case(w->authority)), EB_ERR_AUTH);
    gt_sealed_free(&o.m);
    gt_sealed_free(&other.m);
}

static void agents_are_no_oracles(void **state)
{
    (void)state;
    on_every(honest(), 3, 5, other_orders_are_refused);
}

/* ---- rogue senders ---- */

/* A modified client: agent 2's wrap is garbage, or holds a share of another split. */
static enum { GARBAGE, OFF_THE_POLYNOMIAL } behaviour;

static eb_status rogue_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                               const uint8_t *secret, eb_context context)
{
    const size_t wrap = honest()->sizes(b).capsule / b->params.agents;
    uint8_t other[EB_MAX_SECRET], *again = malloc(wrap * b->params.agents);
    assert_non_null(again);
    memcpy(other, secret, b->params.secret_len);
    other[0] ^= 1;
    assert_int_equal(honest()->capsule(b, authority, capsule, coins, secret, context), EB_OK);
    assert_int_equal(honest()->capsule(b, authority, again, coins, other, context), EB_OK);
    if (behaviour == GARBAGE)
        gt_bytes(capsule + wrap + b->dh->pk_len, wrap - b->dh->pk_len, 9);
    else
        memcpy(capsule + wrap, again + wrap, wrap);
    free(again);
    return EB_OK;
}

static const unsigned with_2[] = {1, 2, 3}, without_2[] = {1, 3, 4};

/* The honest agent refuses. It can give no proof: an answer, by force, would be called a lie. */
static void a_false_wrap(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    order o;
    seal(&o, w, 10);
    for (unsigned i = 1; i <= 4; i++)
        assert_int_equal(ask(&o, w, i, eb_authority_case(w->authority)), i == 2 ? EB_ERR_AUTH : EB_OK);
    assert_int_equal(access_by(&o, w, without_2, 3), EB_OK);
    assert_int_equal(access_by(&o, w, with_2, 3), EB_ERR_FEW);

    const size_t wrap = o.parts.capsule.len / w->n;
    void *key = calloc(1, eb_dhkem_key_size(b));
    assert_non_null(key);
    assert_int_equal(eb_dhkem_load_secret(b, key, gt_agent_secret(w, 1).ptr + 1), EB_OK);
    o.answers[1][0] = 2;
    assert_int_equal(eb_dhkem_decap(b, o.answers[1] + 1, o.parts.capsule.ptr + wrap, key, NULL), EB_OK);
    assert_int_equal(eb_verify(w->pair, w->authority, &o.parts, eb_range(o.answers[1], sizeof o.answers[1])),
                     EB_ERR_AUTH);
    eb_dhkem_drop(b, key);
    free(key);
    assert_int_equal(check(&o, w), EB_ERR_AUTH); /* the recipient knows whose doing it is */
    gt_sealed_free(&o.m);
}

/* Everybody is honest as far as can be seen, and what comes out depends on who answers. */
static void a_false_share(const gt_world *w)
{
    order o;
    seal(&o, w, 10);
    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(ask(&o, w, i, eb_authority_case(w->authority)), EB_OK);
        assert_int_equal(
            eb_verify(w->pair, w->authority, &o.parts, eb_range(o.answers[i - 1], sizeof o.answers[i - 1])), EB_OK);
    }
    assert_int_equal(access_by(&o, w, without_2, 3), EB_OK);
    assert_int_equal(access_by(&o, w, with_2, 3), EB_ERR_INVALID);
    assert_int_equal(check(&o, w), EB_ERR_AUTH);
    gt_sealed_free(&o.m);
}

static void rogue_senders(void **state)
{
    (void)state;
    eb_escrow rogue = *honest();
    rogue.capsule = rogue_capsule;
    behaviour = GARBAGE;
    on_every(&rogue, 3, 5, a_false_wrap);
    behaviour = OFF_THE_POLYNOMIAL;
    on_every(&rogue, 3, 5, a_false_share);
}

/* ---- public data ---- */

static void one_key_twice(const gt_world *w)
{
    const size_t pk = w->pair->escrow.dh->pk_len;
    uint8_t *pub = malloc(w->pair->es.pub);
    eb_authority *a = NULL;
    assert_non_null(pub);
    memcpy(pub, w->pub, w->pair->es.pub);
    memcpy(pub + 4 * pk, pub + pk, pk);
    assert_int_equal(eb_authority_load(w->pair, &a, eb_range(pub, w->pair->es.pub), EB_LITERAL("alice"), 1),
                     EB_ERR_INVALID);
    assert_null(a);
    free(pub);
}

static void an_agent_has_one_key(void **state)
{
    (void)state;
    on_every(honest(), 3, 5, one_key_twice);
}

static int set_up(void **state)
{
    char why[256];
    (void)state;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    eb_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_opens),
        cmocka_unit_test(agents_are_no_oracles),
        cmocka_unit_test(rogue_senders),
        cmocka_unit_test(an_agent_has_one_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
