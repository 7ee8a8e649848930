/* SPDX-License-Identifier: Apache-2.0 */
/* The service's look at capsules: each point that a capsule holds is looked at, where a false one can be told. */
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};

static const struct {
    const char *escrow;
    bool split, many; /* many: a point for each agent */
} escrows[] = {{"master", false, false},   {"shamir", true, false},        {"shamir-message", true, true},
               {"threshold", true, false}, {"threshold-cca", true, false}, {"threshold-dkg", true, false},
               {"epoch", false, false},    {"partial", false, false}};

/* Damages the point at the beginning of each wrap in turn. */
static void look(const gt_world *w, bool many)
{
    gt_sealed m;
    eb_message parts;
    assert_true(gt_seal_first(&m, w, 20, 5, &log_));
    assert_int_equal(gt_parse(w, &parts, 0, &m), EB_OK);
    assert_int_equal(eb_inspect(w->pair, w->authority, &parts), EB_OK);
    uint8_t *capsule = m.evidence + (parts.capsule.ptr - m.evidence);
    const unsigned wraps = many ? w->n : 1;
    for (unsigned i = 0; i < wraps; i++) {
        uint8_t *enc = capsule + i * (parts.capsule.len / wraps), kept[EB_MAX_PK];
        const size_t len = w->pair->escrow.dh->pk_len;
        memcpy(kept, enc, len);
        memset(enc, 0xFF, len);
        const eb_status s = eb_inspect(w->pair, w->authority, &parts);
        assert_true(s == EB_ERR_INVALID || s == EB_ERR_AUTH);
        memcpy(enc, kept, len);
        assert_int_equal(eb_inspect(w->pair, w->authority, &parts), EB_OK);
    }
    gt_sealed_free(&m);
}

static void every_point_is_looked_at(void **state)
{
    static const char *const suites[] = {"p256", "ristretto255", "x25519"};
    const eb_backend *backend;
    char why[256];
    int looked = 0, blind = 0;
    (void)state;
    for (size_t e = 0; e < sizeof escrows / sizeof escrows[0]; e++)
        for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
            for (size_t k = 0; k < 3; k++) {
                const unsigned t = escrows[e].split ? 2 : 1, n = escrows[e].split ? 3 : 1;
                const eb_pair_spec spec = {.backend = backend,
                                           .transport = eb_transport_find("hpke"),
                                           .suite = eb_suite_find("x25519"),
                                           .escrow = eb_escrow_find(escrows[e].escrow),
                                           .escrow_suite = eb_suite_find(suites[k]),
                                           .agents = n,
                                           .threshold = t};
                gt_world w;
                gt_sealed m;
                eb_message parts;
                if (!eb_pair_possible(&spec, why, sizeof why))
                    continue;
                assert_true(gt_world_open(&w, &spec, &log_));
                assert_int_equal(eb_inspects(&spec), strcmp(suites[k], "x25519") != 0);
                if (eb_inspects(&spec)) {
                    look(&w, escrows[e].many);
                    looked++;
                } else { /* each string is a point: nothing to see, and that is said */
                    assert_true(gt_seal_first(&m, &w, 20, 5, &log_));
                    assert_int_equal(gt_parse(&w, &parts, 0, &m), EB_OK);
                    assert_int_equal(eb_inspect(w.pair, w.authority, &parts), EB_ERR_UNSUPPORTED);
                    gt_sealed_free(&m);
                    blind++;
                }
                gt_world_close(&w);
            }
    assert_true(looked >= 16 && blind >= 8);
    assert_int_equal(log_.failures, 0);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_point_is_looked_at)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
