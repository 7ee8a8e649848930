/* SPDX-License-Identifier: Apache-2.0 */
/* The join: what capsules are bound to, what a refusal says, and what moves when a message is rejected. */
#include <stdio.h>
#include <string.h>

#include "escrowbench/join.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static uint8_t coins[4096];

static eb_pair_spec spec_of(const char *backend, const char *transport, const char *suite, const char *escrow,
                            const char *escrow_suite, unsigned t, unsigned n)
{
    return (eb_pair_spec){
        .backend = eb_backend_find(backend),
        .transport = eb_transport_find(transport),
        .suite = eb_suite_find(suite),
        .escrow = eb_escrow_find(escrow),
        .escrow_suite = escrow_suite != NULL ? eb_suite_find(escrow_suite) : NULL,
        .agents = n,
        .threshold = t,
    };
}

static void impossible(eb_pair_spec spec, const char *part_of_reason)
{
    char why[256] = "";
    eb_pair *pair;
    assert_false(eb_pair_possible(&spec, why, sizeof why));
    if (strstr(why, part_of_reason) == NULL)
        fail_msg("reason is '%s', expected '%s'", why, part_of_reason);
    assert_int_equal(eb_pair_open(&pair, &spec, why, sizeof why), EB_ERR_UNSUPPORTED);
    assert_null(pair);
}

static void refusals_have_reasons(void **state)
{
    (void)state;
    impossible(spec_of("sodium", "hpke", "p256", "none", NULL, 0, 0), "libsodium has "); /* nor AES on every CPU */
    impossible(spec_of("sodium", "hpke", "x25519", "threshold", "p256", 2, 3), "libsodium has ");
    impossible(spec_of("openssl", "hpke", "x25519", "threshold", "ristretto255", 2, 3), "OpenSSL");
    impossible(spec_of("openssl", "hpke", "x25519", "threshold", "x25519", 2, 3), "threshold has no suite x25519");
    impossible(spec_of("openssl", "hpke", "ristretto255", "none", NULL, 0, 0), "hpke has no suite ristretto255");
    impossible(spec_of("openssl", "hpke", "x25519", "shamir", "x25519", 4, 3), "threshold");
    impossible(spec_of("openssl", "hpke", "x25519", "shamir", "x25519", 0, 3), "threshold");
    impossible(spec_of("openssl", "hpke", "x25519", "shamir", "x25519", 1, 256), "255 agents");
    impossible(spec_of("openssl", "hpke", "x25519", "shamir", "x25519", 0, 0), "255 agents");
    impossible(spec_of("openssl", "hpke", "x25519", "master", "x25519", 2, 3), "one holder");
}

/* One sender, one recipient, one authority. */
typedef struct world {
    eb_pair *pair;
    uint8_t sk[64], pk[128], pub[2048], agents[2048];
    eb_own *own;
    eb_peer *peer;
    eb_authority *authority;
    eb_link *sender, *recipient;
} world;

static void make_world(world *w, const eb_pair_spec *spec)
{
    char why[256];
    assert_int_equal(eb_pair_open(&w->pair, spec, why, sizeof why), EB_OK);
    assert_int_equal(eb_keygen(w->pair, w->sk, w->pk, coins), EB_OK);
    assert_int_equal(eb_setup(w->pair, w->pub, w->agents, coins + 64), EB_OK);
    assert_int_equal(eb_own_load(w->pair, &w->own, eb_range(w->sk, w->pair->ts.sk)), EB_OK);
    assert_int_equal(eb_peer_load(w->pair, &w->peer, eb_range(w->pk, w->pair->ts.pk)), EB_OK);
    assert_int_equal(
        eb_authority_load(w->pair, &w->authority, eb_range(w->pub, w->pair->es.pub), EB_LITERAL("alice"), 7), EB_OK);
    assert_int_equal(eb_link_start(w->pair, &w->sender, EB_SENDER, NULL, w->peer, w->authority, NULL, (eb_bytes){0}),
                     EB_OK);
    assert_int_equal(
        eb_link_start(w->pair, &w->recipient, EB_RECIPIENT, w->own, NULL, w->authority, NULL, (eb_bytes){0}), EB_OK);
}

static void drop_world(world *w)
{
    eb_link_end(w->sender);
    eb_link_end(w->recipient);
    eb_authority_drop(w->authority);
    eb_peer_drop(w->peer);
    eb_own_drop(w->own);
    eb_pair_close(w->pair);
}

/* An order for another user, another epoch or another authority finds nothing in the capsule. */
static void capsules_are_bound_to_their_link(void **state)
{
    (void)state;
    world w;
    const eb_pair_spec spec = spec_of("openssl", "hpke", "p256", "master", "p256", 1, 1);
    make_world(&w, &spec);
    uint8_t wire_bytes[512], partial[256], secret[EB_MAX_SECRET], plain[64];
    eb_buf wire = {.ptr = wire_bytes, .cap = sizeof wire_bytes}, plaintext = {.ptr = plain, .cap = sizeof plain};
    assert_int_equal(eb_seal(w.sender, &wire, coins, EB_LITERAL("aad"), EB_LITERAL("hello")), EB_OK);
    eb_message m;
    assert_int_equal(eb_message_parse(w.pair, &m, 0, eb_view(&wire), NULL), EB_OK);
    eb_agent *agent;
    assert_int_equal(eb_agent_load(w.pair, &agent, eb_range(w.agents, eb_agent_len(w.pair))), EB_OK);
    assert_int_equal(eb_partial(w.pair, agent, eb_authority_case(w.authority), &m, partial, coins), EB_OK);
    const eb_bytes answer = eb_range(partial, eb_partial_len(w.pair));
    assert_int_equal(eb_combine(w.pair, w.authority, &m, &answer, 1, NULL, secret), EB_OK);
    assert_int_equal(eb_recover(w.pair, secret, &m, EB_LITERAL("aad"), &plaintext), EB_OK);
    assert_memory_equal(plain, "hello", 5);
    assert_int_equal(eb_recover(w.pair, secret, &m, EB_LITERAL("add"), &plaintext), EB_ERR_AUTH);
    assert_int_equal(plaintext.len, 0);

    const struct {
        const char *user;
        uint64_t epoch;
    } others[] = {{"alice", 8}, {"bob", 7}, {"", 7}};
    for (size_t i = 0; i < 3; i++) {
        eb_authority *other;
        assert_int_equal(eb_authority_load(w.pair, &other, eb_range(w.pub, w.pair->es.pub),
                                           eb_range(others[i].user, strlen(others[i].user)), others[i].epoch),
                         EB_OK);
        assert_memory_not_equal(eb_authority_case(other)->link, eb_authority_case(w.authority)->link, EB_DIGEST);
        assert_int_equal(eb_combine(w.pair, other, &m, &answer, 1, NULL, secret), EB_ERR_AUTH);
        const uint8_t zeros[EB_MAX_SECRET] = {0};
        assert_memory_equal(secret, zeros, w.pair->ts.secret);
        eb_authority_drop(other);
    }
    eb_agent_drop(agent);
    drop_world(&w);
}

static void a_stream_keeps_its_order(void **state)
{
    (void)state;
    world w;
    const eb_pair_spec spec = spec_of("sodium", "hpke-stream", "x25519", "shamir", "x25519", 2, 3);
    make_world(&w, &spec);
    uint8_t bytes[3][512], plain[64];
    eb_buf wire[3], plaintext = {.ptr = plain, .cap = sizeof plain};
    for (size_t i = 0; i < 3; i++) {
        wire[i] = (eb_buf){.ptr = bytes[i], .cap = sizeof bytes[i]};
        assert_int_equal(eb_seal(w.sender, &wire[i], coins, (eb_bytes){0}, EB_LITERAL("hello")), EB_OK);
    }
    /* header and capsule with the first message only */
    assert_int_equal(wire[0].len, w.pair->ts.header_max + w.pair->es.capsule + 5 + w.pair->ts.body_overhead);
    assert_int_equal(wire[1].len, 5 + w.pair->ts.body_overhead);
    assert_int_not_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[1])), EB_OK);
    assert_int_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[0])), EB_OK);
    assert_int_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[2])), EB_ERR_AUTH);
    assert_int_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[1])), EB_OK);
    assert_int_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[1])), EB_ERR_AUTH); /* a replay */
    assert_int_equal(eb_open(w.recipient, &plaintext, (eb_bytes){0}, eb_view(&wire[2])), EB_OK);
    assert_int_equal(eb_link_seq(w.recipient), 3);
    drop_world(&w);
}

static int set_up(void **state)
{
    char why[256];
    uint64_t rng = 5;
    (void)state;
    test_fill(coins, sizeof coins, &rng);
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
        cmocka_unit_test(refusals_have_reasons),
        cmocka_unit_test(capsules_are_bound_to_their_link),
        cmocka_unit_test(a_stream_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
