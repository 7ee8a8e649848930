/* SPDX-License-Identifier: Apache-2.0 */
/* What comes before the times of a run is recorded in its document: gates, findings, and who notices rogue senders; the same
 * whether the proofs were made or remembered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/gates/gates.h"
#include "bench/proofs.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static rp_document *proved(const char *filter)
{
    char why[512] = "";
    eb_plan plan;
    rp_document *doc = rp_document_new();
    const eb_plan_options o = {.filter = filter};
    const eb_proof_options p = {.progress = false};
    if (!eb_plan_make(&plan, doc, &o, why, sizeof why) || !eb_prove(doc, &plan, &p, why, sizeof why))
        fail_msg("%s", why);
    eb_plan_free(&plan);
    return doc;
}

/* Who notices what under one escrow; "" where it was not tried. */
static const char *noticed(const rp_document *doc, const char *escrow, const char *sends)
{
    for (size_t i = 0; i < doc->gates.rogue_count; i++) {
        const rp_rogue *r = &doc->gates.rogues[i];
        if (strcmp(r->key.escrow, escrow) == 0 && strcmp(r->sends, sends) == 0)
            return r->noticed;
    }
    return "";
}

/* What comes of a cheat under one escrow; "" where it was not tried. */
static const char *outcome(const rp_document *doc, const char *escrow, const char *who, const char *does)
{
    for (size_t i = 0; i < doc->gates.cheat_count; i++) {
        const rp_cheat *c = &doc->gates.cheats[i];
        if (strcmp(c->key.escrow, escrow) == 0 && strcmp(c->who, who) == 0 && strcmp(c->does, does) == 0)
            return c->outcome;
    }
    return "";
}

static void rogues_are_recorded(void **state)
{
    (void)state;
    for (int remembered = 0; remembered < 2; remembered++) {
        rp_document *doc = proved("^seal/hpke[+](master|threshold-cca)/x25519.*/sodium/.*1024$");
        assert_int_equal(doc->gates.failed, 0);
        assert_int_equal(doc->gates.remembered == doc->gates.passed, remembered);
        assert_int_equal(doc->gates.rogue_count, 2 * 4); /* none has no capsule to falsify */
        assert_string_equal(noticed(doc, "master", "garbage"), "recipient who checks, investigator");
        assert_string_equal(noticed(doc, "master", "a body with two texts"), "recipient who checks");
        assert_string_equal(noticed(doc, "threshold-cca", "garbage"),
                            "recipient who checks, service, agents, investigator");
        assert_string_equal(noticed(doc, "threshold-cca", "a body with two texts"), "recipient who checks");
        assert_string_equal(outcome(doc, "master", "agent", "a false answer"), "noticed at access");
        assert_string_equal(outcome(doc, "master", "dealer", "a false share"), "");
        assert_string_equal(outcome(doc, "threshold-cca", "agent", "a false answer"), "named at access");
        assert_string_equal(outcome(doc, "threshold-cca", "dealer", "a false share"), "named when loaded");
        for (size_t i = 0; i < doc->gates.finding_count; i++)
            assert_true(strstr(doc->gates.findings[i], GT_CHEAT) == NULL);
        for (size_t i = 0; i < doc->gates.finding_count; i++)
            assert_null(strstr(doc->gates.findings[i], GT_ROGUE)); /* they are no malformations */
        rp_document_free(doc);
    }
}

/* Proofs are remembered in a folder of the test's own. */
static int start(void **state)
{
    char why[512];
    static char folder[] = "/tmp/eb-proofs-XXXXXX";
    *state = mkdtemp(folder);
    return *state == NULL || setenv("XDG_CACHE_HOME", folder, 1) != 0 || eb_start(why, sizeof why) != 0;
}

static int stop(void **state)
{
    char path[128];
    eb_stop();
    snprintf(path, sizeof path, "%s/escrowbench/gates", (const char *)*state);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/escrowbench", (const char *)*state);
    (void)rmdir(path);
    return rmdir(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rogues_are_recorded)};
    return cmocka_run_group_tests(tests, start, stop);
}
