/* SPDX-License-Identifier: Apache-2.0 */
/* fair: a user who cheats at enrolment is caught there, by the agent whom it cheats or by all. Deposits are made here by hand
 * too, from the format's description. An honest one made that way is the negative control. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "hpke/ring.h"
#include "sharing/scalar.h"
#include "sharing/vss.h"
#include "tests/support.h"

enum { N = 5, T = 3 };

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};
static uint64_t state_ = 77;

static void on_every(void (*body)(const gt_world *w))
{
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++) {
        const eb_pair_spec spec = {.backend = backend,
                                   .transport = eb_transport_find("hpke"),
                                   .suite = eb_suite_find("p256"),
                                   .escrow = eb_escrow_find("fair"),
                                   .escrow_suite = eb_suite_find("p256"),
                                   .agents = N,
                                   .threshold = T};
        gt_world w;
        if (!eb_pair_possible(&spec, why, sizeof why))
            continue;
        assert_true(gt_world_open(&w, &spec, &log_));
        body(&w);
        gt_world_close(&w);
        ran++;
    }
    assert_true(ran >= 2);
    assert_int_equal(log_.failures, 0);
}

/* Which agents take a deposit in the recipient's name: a bit each. */
static unsigned takers(const gt_world *w, const uint8_t *deposit)
{
    const eb_pair *p = w->pair;
    unsigned bits = 0;
    for (unsigned i = 0; i < N; i++) {
        eb_agent *a = NULL;
        assert_int_equal(eb_agent_load(p, &a, gt_agent_secret(w, i)), EB_OK);
        const eb_status s = eb_deposit_accept(p, w->authority, a, eb_range(deposit, p->es.capsule),
                                              eb_range(w->pk[GT_RECIPIENT], p->ts.pk));
        assert_true(s == EB_OK || s == EB_ERR_AUTH);
        bits |= (unsigned)(s == EB_OK) << i;
        eb_agent_drop(a);
    }
    return bits;
}

enum { ALL = (1 << N) - 1 };

/* What a user splits, and how. */
typedef struct user {
    const uint8_t *sk;
    unsigned t;
    unsigned cheated;   /* the agent who gets a false share; 0: nobody */
    unsigned exchanged; /* the agent who gets the next one's share; 0: nobody */
} user;

static uint8_t *deposit_of(const gt_world *w, user u)
{
    const eb_binding *b = &w->pair->escrow;
    const size_t point = b->group->point_len, wrap = eb_ring_wrap_len(b, 32);
    uint8_t *deposit = calloc(1, w->pair->es.capsule), coins[N * 64], shares[N * 32], constant[EB_MAX_POINT];
    uint8_t hash[EB_DIGEST];
    const eb_bytes pk = eb_range(w->pk[GT_RECIPIENT], w->pair->ts.pk);
    eb_ring *ring = calloc(1, eb_ring_size(b));
    eb_dealing d = {.constant = constant, .images = deposit, .shares = shares};
    assert_int_equal(w->pair->es.capsule, N * point + N * wrap);
    assert_int_equal(b->hash->digest(b->hash_ctx, hash, &pk, 1), EB_OK);
    const eb_case *order = eb_authority_case(w->authority);
    const eb_context context = {.link = order->link, .header = hash, .user = order->user, .epoch = 1, .subject = pk};
    test_fill(coins, sizeof coins, &state_);
    assert_int_equal(eb_ring_load(b, ring, w->pub, context.link, EB_LITERAL("escrowbench fair deposit v1")), EB_OK);
    assert_int_equal(eb_vss_deal(b, &d, 1, N, u.t, u.sk, coins), EB_OK);
    if (u.cheated > 0)
        shares[(u.cheated - 1) * 32 + 31] ^= 1;
    for (unsigned i = 1; i <= N; i++)
        assert_int_equal(eb_ring_wrap(b, ring, deposit + N * point + (i - 1) * wrap, coins + i, i, context,
                                      eb_range(shares + (size_t)(i == u.exchanged ? i : i - 1) * 32, 32)),
                         EB_OK);
    eb_ring_drop(b, ring);
    free(ring);
    return deposit;
}

static void enrolment(const gt_world *w)
{
    const uint8_t *sk = w->sk[GT_RECIPIENT], *another = w->sk[GT_STRANGER];
    assert_int_equal(takers(w, w->deposit), ALL);
    const struct {
        user u;
        unsigned takers;
    } cases[] = {
        {{sk, T, 0, 0}, ALL},              /* honest, by hand */
        {{sk, T, 4, 0}, ALL & ~(1u << 3)}, /* agent 4 is cheated, and sees it */
        {{sk, T, 0, 2}, ALL & ~(1u << 1)}, /* agent 2 gets agent 3's share */
        {{another, T, 0, 0}, 0},           /* another key is split */
        {{sk, T + 1, 0, 0}, 0},            /* more agents than agreed would be needed */
        {{sk, T - 1, 0, 0}, ALL},          /* fewer: the user's own loss */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *deposit = deposit_of(w, cases[i].u);
        assert_int_equal(takers(w, deposit), cases[i].takers);
        free(deposit);
    }
    uint8_t *garbage = malloc(w->pair->es.capsule);
    test_fill(garbage, w->pair->es.capsule, &state_);
    assert_int_equal(takers(w, garbage), 0);
    free(garbage);
}

static void a_cheating_user_is_caught_at_enrolment(void **state)
{
    (void)state;
    on_every(enrolment);
}

/* t shares are the private key, t-1 are not, and what comes out beside them is not secret. */
static void shares_are_the_key(const gt_world *w)
{
    const eb_pair *p = w->pair;
    gt_sealed m;
    eb_message parts;
    uint8_t secret[64], *answers;
    eb_bytes list[N];
    assert_true(gt_seal_first(&m, w, 20, 3, &log_));
    assert_int_equal(gt_parse(w, &parts, 0, &m), EB_OK);
    answers = gt_answers(w, &parts, &log_);
    assert_non_null(answers);
    for (unsigned i = 0; i < N; i++)
        list[i] = gt_answer(w, answers, N - 1 - i);
    assert_int_equal(eb_combine(p, w->authority, &parts, list, N, NULL, secret), EB_OK);
    assert_memory_equal(secret, w->sk[GT_RECIPIENT], p->ts.sk);
    assert_int_equal(eb_combine(p, w->authority, &parts, list, T - 1, NULL, secret), EB_ERR_FEW);
    free(answers);
    gt_sealed_free(&m);
}

static void t_shares_are_the_private_key(void **state)
{
    (void)state;
    on_every(shares_are_the_key);
}

/* Where there is no key made of scalars there is nothing to split, and the reason is said. */
static void other_suites_have_a_reason(void **state)
{
    (void)state;
    char why[256] = "";
    const eb_pair_spec spec = {.backend = eb_backend_find("openssl"),
                               .transport = eb_transport_find("hpke"),
                               .suite = eb_suite_find("x25519"),
                               .escrow = eb_escrow_find("fair"),
                               .escrow_suite = eb_suite_find("p256"),
                               .agents = N,
                               .threshold = T};
    assert_false(eb_pair_possible(&spec, why, sizeof why));
    assert_non_null(strstr(why, "the user's own key"));
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
        cmocka_unit_test(a_cheating_user_is_caught_at_enrolment),
        cmocka_unit_test(t_shares_are_the_private_key),
        cmocka_unit_test(other_suites_have_a_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
