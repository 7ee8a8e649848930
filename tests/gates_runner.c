/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner of gates does with many pairs, with implementations that crash or hang, and with its memory. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/gates/runner.h"
#include "escrowbench/registry.h"

static char folder[] = "/tmp/escrowbench-gates-XXXXXX";
static char cache[256];

static int start(void **state)
{
    char why[256];
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(cache, sizeof cache, "%s/a/b/gates", folder);
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[300];
    static const char *const rest[] = {"a/b/gates", "a/b", "a", ""};
    (void)state;
    eb_stop();
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, rest[i]);
        (void)remove(path);
    }
    return 0;
}

static eb_pair_spec pair_of(const char *backend, const char *transport, const char *escrow, unsigned t, unsigned n)
{
    return (eb_pair_spec){.backend = eb_backend_find(backend),
                          .transport = eb_transport_find(transport),
                          .suite = eb_suite_find("x25519"),
                          .escrow = eb_escrow_find(escrow),
                          .escrow_suite = n > 0 ? eb_suite_find("x25519") : NULL,
                          .agents = n,
                          .threshold = t};
}

static const gt_unit *find(const gt_results *r, const char *gate, const char *subject)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->units[i].gate->id, gate) == 0 && strcmp(r->units[i].subject, subject) == 0)
            return &r->units[i];
    return NULL;
}

/* ---- what is run ---- */

static size_t heard;

static void count_progress(void *user, const gt_unit *unit, size_t done, size_t total)
{
    (void)user;
    assert_non_null(unit);
    assert_true(done <= total && done == ++heard);
}

static void each_subject_once(void **state)
{
    (void)state;
    const eb_pair_spec pairs[] = {
        pair_of("sodium", "hpke", "none", 0, 0),        pair_of("sodium", "hpke", "shamir", 3, 5),
        pair_of("sodium", "hpke", "shamir", 2, 3),      pair_of("sodium", "hpke-auth", "shamir", 2, 3),
        pair_of("sodium", "hpke-auth", "shamir", 2, 3), pair_of("sodium", "hpke", "shamir", 4, 3),
    };
    const gt_options o = {.cache = "", .progress = count_progress, .jobs = 2};
    gt_results r;
    char why[GT_DETAIL];
    heard = 0;
    assert_int_equal(gt_run(&r, pairs, 6, &o), EB_OK);
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.passed + r.skipped, r.count);
    assert_int_equal(heard, r.count);
    assert_non_null(find(&r, "vectors", "sodium"));
    assert_non_null(find(&r, "nobody", "hpke+none/x25519/sodium"));
    assert_non_null(find(&r, "access", "hpke+shamir/x25519+x25519/sodium/3-of-5"));
    assert_non_null(find(&r, "access", "hpke+shamir/x25519+x25519/sodium/2-of-3"));
    assert_non_null(find(&r, "access", "hpke-auth+shamir/x25519+x25519/sodium/2-of-3"));
    /* the same bytes whatever t and n are: the fewest agents prove it */
    assert_non_null(find(&r, "rejects", "hpke+shamir/x25519+x25519/sodium/2-of-3"));
    assert_null(find(&r, "rejects", "hpke+shamir/x25519+x25519/sodium/3-of-5"));
    /* an escrow by itself does not depend on the transport */
    assert_non_null(find(&r, "answers", "hpke+shamir/x25519+x25519/sodium/2-of-3"));
    assert_null(find(&r, "answers", "hpke-auth+shamir/x25519+x25519/sodium/2-of-3"));
    /* libraries that were not asked for help to prove this one */
    const gt_unit *agree = NULL;
    for (size_t i = 0; i < r.count; i++)
        if (strcmp(r.units[i].gate->id, "agree") == 0 && strstr(r.units[i].subject, "hpke+none/x25519/sodium,") != NULL)
            agree = &r.units[i];
    assert_non_null(agree);
    for (size_t i = 0; i < 5; i++)
        assert_true(gt_proven(&r, i, why));
    assert_false(gt_proven(&r, 5, why)); /* cannot exist */
    assert_string_equal(why, "no gate was run");
    gt_results_free(&r);
}

/* ---- upkeep ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is eb_escrow's */
static eb_status oblivious_puncture(const eb_binding *b, uint8_t *agent, const uint8_t *user, uint64_t epoch)
{
    (void)b, (void)agent, (void)user, (void)epoch;
    return EB_OK;
}

/* What refreshes, reshares or punctures stands on the gate about that: else no cell of it has a time. */
static void upkeep_is_proven_first(void **state)
{
    (void)state;
    const eb_escrow *epoch = eb_escrow_find("epoch");
    eb_escrow forgets_nothing = *epoch;
    forgets_nothing.puncture = oblivious_puncture;
    eb_pair_spec pairs[] = {pair_of("openssl", "hpke", "epoch", 1, 1), pair_of("openssl", "hpke", "epoch", 1, 1),
                            pair_of("sodium", "hpke", "threshold-dkg", 2, 3),
                            pair_of("sodium", "hpke", "master", 1, 1)};
    const gt_options o = {.cache = "", .only = "upkeep"};
    gt_results r;
    char why[GT_DETAIL];
    pairs[1].escrow = &forgets_nothing;
    pairs[2].escrow_suite = eb_suite_find("ristretto255");
    assert_int_equal(gt_run(&r, pairs, 4, &o), EB_OK);
    assert_non_null(gt_unit_of(&r, 0, "upkeep"));
    assert_non_null(gt_unit_of(&r, 2, "upkeep"));
    assert_null(gt_unit_of(&r, 3, "upkeep"));
    assert_true(gt_proven(&r, 0, why));
    assert_false(gt_proven(&r, 1, why));
    assert_non_null(strstr(why, "after puncturing this epoch"));
    assert_true(gt_proven(&r, 2, why));
    gt_results_free(&r);
}

/* ---- crashes and hangs ---- */

static const eb_transport *real;

static eb_status crashing_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                               eb_bytes body, eb_buf *plaintext)
{
    if (aad.len == 0)
        (void)raise(SIGKILL); /* SEGV and ABRT are a sanitizer's to catch */
    return real->open(b, session, pending, seq, aad, body, plaintext);
}

static eb_status hanging_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                              eb_bytes body, eb_buf *plaintext)
{
    (void)b, (void)session, (void)pending, (void)seq, (void)aad, (void)body, (void)plaintext;
    for (;;)
        (void)pause();
    return EB_ERR_BACKEND;
}

static void a_crash_is_one_failure(void **state)
{
    (void)state;
    real = eb_transport_find("hpke");
    eb_transport t = *real;
    t.id = "crashing";
    t.open = crashing_open;
    eb_pair_spec pairs[] = {pair_of("sodium", "hpke", "none", 0, 0), pair_of("sodium", "hpke", "none", 0, 0)};
    pairs[1].transport = &t;
    const gt_options o = {.cache = "", .jobs = 1};
    gt_results r;
    char why[GT_DETAIL];
    assert_int_equal(gt_run(&r, pairs, 2, &o), EB_OK);
    const gt_unit *u = find(&r, "roundtrip", "crashing+none/x25519/sodium");
    assert_non_null(u);
    assert_int_equal(u->outcome, GT_FAILED);
    assert_true(strncmp(u->detail, "crashed: ", 9) == 0);
    assert_true(gt_proven(&r, 0, why));
    assert_false(gt_proven(&r, 1, why));
    assert_non_null(strstr(why, "crashed"));
    assert_int_equal(r.passed + r.failed + r.skipped, r.count);
    gt_results_free(&r);
}

static void a_hang_is_a_failure(void **state)
{
    (void)state;
    real = eb_transport_find("hpke");
    eb_transport t = *real;
    t.id = "hanging";
    t.open = hanging_open;
    eb_pair_spec pair = pair_of("sodium", "hpke", "none", 0, 0);
    pair.transport = &t;
    const gt_options o = {.cache = "", .limit = 1, .only = "roundtrip"};
    gt_results r;
    assert_int_equal(gt_run(&r, &pair, 1, &o), EB_OK);
    assert_int_equal(r.failed, 1);
    assert_string_equal(r.units[0].detail, "took longer than 1 s");
    gt_results_free(&r);
}

static bool at_once(void *user)
{
    (void)user;
    return true;
}

static void stopped_early(void **state)
{
    (void)state;
    real = eb_transport_find("hpke");
    eb_transport t = *real;
    t.open = hanging_open;
    eb_pair_spec pair = pair_of("sodium", "hpke", "none", 0, 0);
    pair.transport = &t;
    const gt_options o = {.cache = "", .only = "roundtrip", .stopped = at_once};
    gt_results r;
    char why[GT_DETAIL];
    assert_int_equal(gt_run(&r, &pair, 1, &o), EB_OK);
    assert_true(r.stopped);
    assert_int_equal(r.units[0].outcome, GT_NOT_RUN);
    assert_int_equal(r.passed + r.failed + r.skipped + r.remembered, 0);
    assert_false(gt_proven(&r, 0, why));
    gt_results_free(&r);
}

/* ---- memory ---- */

static void run_remembering(gt_results *r, const char *path, const char *context, bool force)
{
    const eb_pair_spec pair = pair_of("sodium", "hpke", "master", 1, 1);
    const gt_options o = {.cache = path, .context = context, .force = force};
    assert_int_equal(gt_run(r, &pair, 1, &o), EB_OK);
    assert_int_equal(r->failed, 0);
    assert_int_equal(r->passed + r->remembered + r->skipped, r->count);
    assert_true(gt_proven(r, 0, NULL));
}

/* How many were remembered. */
static size_t remembered(const char *path, const char *context, bool force)
{
    gt_results r;
    run_remembering(&r, path, context, force);
    const size_t n = r.remembered;
    gt_results_free(&r);
    return n;
}

static void overwrite(const char *text, size_t keep)
{
    FILE *f = fopen(cache, keep > 0 ? "r+" : "w");
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)keep, SEEK_SET), 0);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void passes_are_remembered(void **state)
{
    (void)state;
    gt_results first, second;
    run_remembering(&first, cache, "one", false);
    assert_int_equal(first.remembered, 0);
    run_remembering(&second, cache, "one", false);
    assert_int_equal(second.passed, 0);
    assert_int_equal(second.remembered, first.passed);
    assert_int_equal(second.checks, first.checks);
    assert_int_equal(second.findings, first.findings);
    assert_true(first.findings > 0);
    for (size_t i = 0; i < first.count; i++) {
        assert_int_equal(first.units[i].finding_count, second.units[i].finding_count);
        for (size_t k = 0; k < first.units[i].finding_count; k++) {
            const gt_finding *a = &first.units[i].findings[k], *b = &second.units[i].findings[k];
            assert_string_equal(a->field, b->field);
            assert_string_equal(a->detail, b->detail);
            assert_true(a->accepted == b->accepted && a->tried == b->tried);
        }
    }
    const size_t all = first.passed;
    gt_results_free(&first);
    gt_results_free(&second);
    assert_int_equal(remembered(cache, "two", false), 0);   /* another library, another machine */
    assert_int_equal(remembered(cache, "one", false), all); /* and back */
    assert_int_equal(remembered(cache, "one", true), 0);
    assert_int_equal(remembered("", "one", false), 0);
}

static void memory_may_be_spoilt(void **state)
{
    (void)state;
    (void)remembered(cache, "one", false);
    const size_t all = remembered(cache, "one", false);
    assert_true(all > 2);
    overwrite("x", 0);
    assert_int_equal(remembered(cache, "one", false), 0);
    assert_int_equal(remembered(cache, "one", false), all);
    overwrite("?", 30); /* in the key of the first line */
    assert_int_equal(remembered(cache, "one", false), all - 1);
    assert_int_equal(remembered(cache, "one", false), all);
    assert_int_equal(truncate(cache, 150), 0); /* in the second line */
    assert_true(remembered(cache, "one", false) <= 1);
    overwrite("1 0123456789abcdef 0\n1 \n\n\xff\xfe\t\t\t", 0);
    assert_int_equal(remembered(cache, "one", false), 0);
    assert_int_equal(remembered(cache, "one", false), all);
}

static void memory_may_be_missing(void **state)
{
    (void)state;
    assert_int_equal(remembered("/proc/none/gates", "one", false), 0); /* cannot be written, by anybody */
    assert_int_equal(remembered("/proc/none/gates", "one", false), 0);
    assert_int_equal(remembered(folder, "one", false), 0); /* a folder */
}

/* What failed is never remembered. */
static void failures_are_not_remembered(void **state)
{
    (void)state;
    real = eb_transport_find("hpke");
    eb_transport t = *real;
    t.id = "crashing";
    t.open = crashing_open;
    eb_pair_spec pair = pair_of("sodium", "hpke", "none", 0, 0);
    pair.transport = &t;
    const gt_options o = {.cache = cache, .only = "roundtrip"};
    for (int i = 0; i < 2; i++) {
        gt_results r;
        assert_int_equal(gt_run(&r, &pair, 1, &o), EB_OK);
        assert_int_equal(r.failed, 1);
        gt_results_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_subject_once),
        cmocka_unit_test(upkeep_is_proven_first),
        cmocka_unit_test(a_crash_is_one_failure),
        cmocka_unit_test(a_hang_is_a_failure),
        cmocka_unit_test(stopped_early),
        cmocka_unit_test(passes_are_remembered),
        cmocka_unit_test(memory_may_be_spoilt),
        cmocka_unit_test(memory_may_be_missing),
        cmocka_unit_test(failures_are_not_remembered),
    };
    return cmocka_run_group_tests(tests, start, tear_down);
}
