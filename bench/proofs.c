/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/proofs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/runner.h"
#include "bench/report/memory.h"
#include "bench/sides.h"
#include "bench/state.h"

static void show_proving(void *user, const gt_unit *unit, size_t done, size_t total)
{
    (void)unit, (void)user;
    fprintf(stderr, "\rproving %zu of %zu%s", done, total, done == total ? "\r                        \r" : " ");
}

static bool stopped(void *user)
{
    (void)user;
    return eb_stop_flag != 0;
}

static bool is_rogue(const gt_finding *f)
{
    return strncmp(f->field, GT_ROGUE, sizeof GT_ROGUE - 1) == 0;
}

static bool is_cheat(const gt_finding *f)
{
    return strncmp(f->field, GT_CHEAT, sizeof GT_CHEAT - 1) == 0;
}

static void record_gates(rp_document *doc, const gt_results *r)
{
    char text[GT_NAME + GT_FIELD + GT_DETAIL + 64];
    doc->gates.passed = (int64_t)(r->passed + r->remembered);
    doc->gates.failed = (int64_t)r->failed;
    doc->gates.skipped = (int64_t)r->skipped;
    doc->gates.remembered = (int64_t)r->remembered;
    doc->gates.checks = (int64_t)r->checks;
    doc->gates.seconds = r->seconds;
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < r->units[i].finding_count; k++) {
            const gt_finding *f = &r->units[i].findings[k];
            if (is_rogue(f) || is_cheat(f))
                continue;
            snprintf(text, sizeof text, "%s, %s: %llu of %llu accepted: %s", r->units[i].subject, f->field,
                     (unsigned long long)f->accepted, (unsigned long long)f->tried, f->detail);
            rp_add_finding(doc, text);
        }
}

static void record_rogue(rp_document *doc, const rp_key *key, const gt_finding *f)
{
    if (is_rogue(f))
        rp_add_rogue(doc, key, f->field + sizeof GT_ROGUE - 1, f->detail);
}

/* "cheat: dealer: a false share" */
static void record_cheat(rp_document *doc, const rp_key *key, const gt_finding *f)
{
    char who[GT_FIELD];
    if (!is_cheat(f))
        return;
    snprintf(who, sizeof who, "%s", f->field + sizeof GT_CHEAT - 1);
    char *does = strstr(who, ": ");
    if (does == NULL)
        return;
    *does = '\0';
    rp_add_cheat(doc, key, who, does + 2, f->detail);
}

/* What a gate found out about culprits: each unit once, by the first pair that stands on it. */
static void record_culprits(rp_document *doc, const gt_results *r, const eb_plan *plan, const char *gate,
                            void (*record)(rp_document *, const rp_key *, const gt_finding *))
{
    bool *seen = rp_alloc(r->count + 1, sizeof *seen);
    for (size_t i = 0; i < plan->spec_count; i++) {
        const gt_unit *u = gt_unit_of(r, i, gate);
        if (u == NULL || seen[u - r->units])
            continue;
        seen[u - r->units] = true;
        const rp_key key = eb_plan_key(&plan->specs[i]);
        for (size_t k = 0; k < u->finding_count; k++)
            record(doc, &key, &u->findings[k]);
    }
    free(seen);
}

bool eb_prove(rp_document *doc, const eb_plan *plan, const eb_proof_options *options, char *why, size_t why_len)
{
    char context[1024], gate[GT_DETAIL], side[512];
    gt_results r;
    eb_proof_key(context, sizeof context);
    const gt_options g = {.context = context,
                          .force = options->force,
                          .limit = eb_gate_limit(),
                          .sparse = eb_gate_sparse(),
                          .stopped = stopped,
                          .progress = options->progress ? show_proving : NULL};
    if (gt_run(&r, plan->specs, plan->spec_count, &g) != EB_OK) {
        snprintf(why, why_len, "the gates cannot be run: no process or memory");
        return false;
    }
    bool ok = !r.stopped;
    if (r.stopped)
        snprintf(why, why_len, "stopped by a signal while proving; nothing was measured");
    for (size_t i = 0; i < plan->spec_count && ok; i++) {
        ok = gt_proven(&r, i, gate);
        if (!ok)
            snprintf(why, why_len, "nothing is timed that is not proved: %s (`escrowbench verify` shows all)", gate);
    }
    if (g.sparse)
        rp_add_warning(doc, "in the proofs " GT_SPARSELY ", as under an emulator all would take too long",
                       "escrowbench verify --every-bit, under the emulator");
    record_gates(doc, &r);
    record_culprits(doc, &r, plan, "rogues", record_rogue);
    record_culprits(doc, &r, plan, "cheats", record_cheat);
    gt_results_free(&r);
    size_t proved = 0;
    if (ok && !eb_sides_prove(doc, &proved, side, sizeof side)) {
        snprintf(why, why_len, "nothing is timed that is not proved: %s", side);
        ok = false;
    }
    doc->gates.passed += (int64_t)proved;
    return ok;
}
