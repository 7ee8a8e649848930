/* SPDX-License-Identifier: Apache-2.0 */
/* partial: what the wrap holds, and that combine finds the rest. A wrap that is used without searching is the
 * negative control. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "hpke/wrapped.h"
#include "tests/support.h"

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};

static void on_every(void (*body)(const gt_world *w, const eb_message *m, const gt_sealed *sealed, eb_bytes answer))
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
                                       .escrow = eb_escrow_find("partial"),
                                       .escrow_suite = suite,
                                       .agents = 1,
                                       .threshold = 1};
            gt_world w;
            gt_sealed sealed;
            eb_message m;
            if (!eb_pair_possible(&spec, why, sizeof why))
                continue;
            assert_true(gt_world_open(&w, &spec, &log_));
            assert_true(gt_seal_first(&sealed, &w, 40, 3 + i + 10 * k, &log_));
            assert_int_equal(gt_parse(&w, &m, 0, &sealed), EB_OK);
            uint8_t *answers = gt_answers(&w, &m, &log_);
            assert_non_null(answers);
            body(&w, &m, &sealed, gt_answer(&w, answers, 0));
            free(answers);
            gt_sealed_free(&sealed);
            gt_world_close(&w);
            ran++;
        }
    assert_true(ran >= 4);
    assert_int_equal(log_.failures, 0);
}

static bool opens(const gt_world *w, const eb_message *m, const gt_sealed *sealed, const uint8_t *secret)
{
    uint8_t out[64];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    return eb_recover(w->pair, secret, m, GT_AAD, &b) == EB_OK && gt_is_plaintext(sealed, &b);
}

static void wrap_and_search(const gt_world *w, const eb_message *m, const gt_sealed *sealed, eb_bytes answer)
{
    const eb_binding *b = &w->pair->escrow;
    const size_t len = b->params.secret_len;
    uint8_t text[EB_MAX_SECRET + 16], secret[EB_MAX_SECRET];
    eb_wrap_key *key = calloc(1, eb_wrap_key_size(b));
    assert_int_equal(eb_wrap_load(b, key, w->pub, eb_authority_case(w->authority)->link), EB_OK);
    assert_int_equal(eb_hpke_unwrap(b, text, len + 16, m->capsule.ptr, answer.ptr + 1, key->info_hash,
                                    eb_range(m->header_hash, EB_DIGEST)),
                     EB_OK);
    eb_wrap_drop(b, key);
    free(key);
    assert_int_equal(eb_combine(w->pair, w->authority, m, &answer, 1, NULL, secret), EB_OK);
    assert_true(opens(w, m, sealed, secret));
    assert_int_equal(text[0] | text[1],
                     0); /* the holder of the key has all but 16 bits, and without a search nothing opens */
    assert_memory_equal(text + 2, secret + 2, len - 2);
    assert_false(opens(w, m, sealed, text));
    assert_int_equal(w->pair->es.capsule, b->dh->pk_len + len + 16 + b->aead->tag_len);
}

static void all_but_sixteen_bits_are_wrapped(void **state)
{
    (void)state;
    on_every(wrap_and_search);
}

/* The search that is timed: it stops at nothing, refuses what it cannot do, and needs the honest answer. */
static void sweeps(const gt_world *w, const eb_message *m, const gt_sealed *sealed, eb_bytes answer)
{
    (void)sealed;
    uint8_t lie[64];
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &answer, 8), EB_OK);
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &answer, 16), EB_OK);
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &answer, 17), EB_OK);
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &answer, 7), EB_ERR_INVALID);
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &answer, 32), EB_ERR_INVALID);
    memcpy(lie, answer.ptr, answer.len);
    lie[5] ^= 1;
    const eb_bytes false_answer = eb_range(lie, answer.len);
    assert_int_equal(eb_sweep(w->pair, w->authority, m, &false_answer, 8), EB_ERR_AUTH);
}

static void a_sweep_tries_all_values(void **state)
{
    (void)state;
    on_every(sweeps);
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
        cmocka_unit_test(all_but_sixteen_bits_are_wrapped),
        cmocka_unit_test(a_sweep_tries_all_values),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
