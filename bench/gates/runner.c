/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/gates/crew.h"
#include "bench/gates/passes.h"
#include "bench/gates/units.h"

enum { DEFAULT_LIMIT = 300 };

typedef struct run {
    gt_results *r;
    const gt_options *o;
    gt_passes *passes;
    size_t done;
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void count(gt_results *r, const gt_unit *u)
{
    r->passed += u->outcome == GT_PASSED;
    r->failed += u->outcome == GT_FAILED;
    r->skipped += u->outcome == GT_SKIPPED;
    r->remembered += u->outcome == GT_REMEMBERED;
    r->checks += u->checks;
    r->failures += u->failures;
    r->findings += u->finding_count;
}

static void unit_done(void *user, size_t i)
{
    run *x = user;
    const gt_unit *u = &x->r->units[i];
    count(x->r, u);
    if (u->outcome == GT_PASSED)
        gt_passes_add(x->passes, u);
    x->done++;
    if (x->o->progress != NULL)
        x->o->progress(x->o->user, u, x->done, x->r->count);
}

static bool stopped(void *user)
{
    const run *x = user;
    return x->o->stopped != NULL && x->o->stopped(x->o->user);
}

/* Which tasks are worth starting first, for the last ones to be short: gates about an escrow take longest. */
static const gt_scope order[] = {GT_ESCROW, GT_SCHEME, GT_PAIR, GT_WIRE, GT_BACKEND};

/* The tasks that are left to do: what is remembered or skipped is done at once. */
static size_t make_queue(run *x, const gt_plan *plan, size_t *queue)
{
    size_t n = 0;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        for (size_t i = 0; i < plan->count; i++) {
            gt_unit *u = &x->r->units[i];
            const gt_gate *g = plan->tasks[i].gate;
            if (g->scope != order[k])
                continue;
            if (g->applies != NULL && !g->applies(&plan->tasks[i].subject, u->detail, sizeof u->detail))
                u->outcome = GT_SKIPPED;
            else if (x->o->force || !gt_passes_find(x->passes, u)) {
                queue[n++] = i;
                continue;
            }
            unit_done(x, i);
        }
    return n;
}

static eb_status run_plan(run *x, const gt_plan *plan)
{
    size_t *queue = calloc(plan->count + 1, sizeof *queue);
    if (queue == NULL)
        return EB_ERR_BACKEND;
    const gt_crew_job job = {
        .tasks = plan->tasks,
        .units = x->r->units,
        .queue = queue,
        .count = make_queue(x, plan, queue),
        .jobs = x->o->jobs,
        .sparse = x->o->sparse,
        .limit = x->o->limit > 0 ? x->o->limit : DEFAULT_LIMIT,
        .done = unit_done,
        .stopped = stopped,
        .user = x,
    };
    const eb_status s = gt_crew_run(&job, &x->r->stopped);
    free(queue);
    return s;
}

static gt_passes *open_passes(const gt_options *o)
{
    char context[4096];
    const int n = snprintf(context, sizeof context, "%s%s", o->context != NULL ? o->context : "",
                           o->sparse ? " sparse: " GT_SPARSELY : "");
    return n < (int)sizeof context ? gt_passes_open(o->cache, context) : NULL;
}

eb_status gt_run(gt_results *r, const eb_pair_spec *pairs, size_t n, const gt_options *options)
{
    const double start = now();
    gt_plan plan;
    run x = {.r = r, .o = options};
    *r = (gt_results){0};
    if (!gt_plan_make(&plan, pairs, n, options->only))
        return EB_ERR_BACKEND;
    r->units = calloc(plan.count + 1, sizeof *r->units);
    if (r->units == NULL) {
        gt_plan_free(&plan);
        return EB_ERR_BACKEND;
    }
    r->count = plan.count;
    for (size_t i = 0; i < plan.count; i++) {
        r->units[i].gate = plan.tasks[i].gate;
        r->units[i].outcome = GT_NOT_RUN;
        gt_subject_name(r->units[i].subject, plan.tasks[i].gate->scope, &plan.tasks[i].subject);
    }
    r->cover = plan.cover;
    r->cover_count = plan.cover_count;
    plan.cover = NULL;
    x.passes = open_passes(options);
    eb_status s = run_plan(&x, &plan);
    gt_passes_save(x.passes);
    gt_passes_close(x.passes);
    gt_plan_free(&plan);
    r->seconds = now() - start;
    return s;
}

void gt_results_free(gt_results *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->units[i].findings);
    free(r->units);
    free(r->cover);
    *r = (gt_results){0};
}

const gt_unit *gt_unit_of(const gt_results *r, size_t i, const char *gate)
{
    for (size_t k = 0; k < r->cover_count; k++) {
        const gt_unit *u = &r->units[r->cover[k].task];
        if (r->cover[k].pair == i && strcmp(u->gate->id, gate) == 0)
            return u;
    }
    return NULL;
}

bool gt_proven(const gt_results *r, size_t i, char *why)
{
    bool covered = false;
    for (size_t k = 0; k < r->cover_count; k++) {
        const gt_unit *u = &r->units[r->cover[k].task];
        if (r->cover[k].pair != i)
            continue;
        covered = true;
        if (u->outcome != GT_FAILED && u->outcome != GT_NOT_RUN)
            continue;
        if (why != NULL)
            snprintf(why, GT_DETAIL, "%.20s, %.100s: %.100s", u->gate->id, u->subject,
                     u->outcome == GT_FAILED ? u->detail : "not run");
        return false;
    }
    if (!covered && why != NULL)
        snprintf(why, GT_DETAIL, "no gate was run");
    return covered;
}
