/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/job_state.h"

enum { MAX_PREPARED_BYTES = 4 << 20 };

/* ---- life ---- */

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Buffers large enough for every operation, so that none allocates. */
static bool allocate(eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    const size_t t = eb_job_threshold(j) > 0 ? eb_job_threshold(j) : 1, n = p->spec.agents;
    j->coin_len = eb_job_coins_max(p);
    j->wire_cap = max_size(eb_wire_max(p, j->size), eb_stored_len(p, j->size));
    j->wire_count = j->op->many > 0 ? j->op->many : EB_RING;
    if (eb_job_prepares(j))
        j->wire_count = max_size((size_t)EB_RING * j->op->takes, MAX_PREPARED_BYTES / j->wire_cap);
    j->out.cap =
        max_size(max_size(j->wire_cap, max_size(p->es.pub, p->es.capsule)), max_size(p->ts.sk, eb_partial_len(p)));
    j->plaintext = malloc(j->size + 1);
    j->keys = malloc(p->ts.sk + p->ts.pk + 1);
    j->coins = malloc(EB_BULK * j->coin_len + 1);
    j->wires = malloc(j->wire_count * j->wire_cap + 1);
    j->wire_lens = calloc(j->wire_count, sizeof *j->wire_lens);
    j->partials = malloc(max_size(EB_RING * t * eb_partial_len(p), t * eb_bulk_len(p, EB_BULK)));
    j->partial_ranges = calloc(EB_RING * t, sizeof *j->partial_ranges);
    j->out.ptr = malloc(j->out.cap + 1);
    j->out2 = malloc(max_size(max_size(n * eb_agent_len(p), p->ts.pk), eb_secret_len(p)) + 1);
    return j->plaintext != NULL && j->coins != NULL && j->wires != NULL && j->wire_lens != NULL && j->keys != NULL &&
           j->partials != NULL && j->partial_ranges != NULL && j->out.ptr != NULL && j->out2 != NULL;
}

eb_job *eb_job_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, char *why,
                    size_t why_len)
{
    eb_job *j = calloc(1, sizeof *j);
    if (j == NULL)
        return NULL;
    j->op = op;
    j->size = op->sized ? size : 0;
    j->seed = seed;
    if (eb_fixture_make(&j->fx, spec, seed, why, why_len) != EB_OK) {
        free(j);
        return NULL;
    }
    bool ok = allocate(j);
    if (!ok)
        snprintf(why, why_len, "out of memory");
    if (ok) {
        eb_bench_coins(j->plaintext, j->size, seed, EB_COINS_JOB);
        eb_bench_coins(j->coins, EB_BULK * j->coin_len, seed, EB_COINS_JOB + 1);
        ok = (!op->sized || eb_job_sample(j)) && (op->ready == NULL || op->ready(j));
        if (!ok)
            snprintf(why, why_len, "the inputs of %s cannot be made", op->id);
    }
    if (!ok) {
        eb_job_free(j);
        return NULL;
    }
    j->next = 0;
    return j;
}

void eb_job_free(eb_job *j)
{
    if (j == NULL)
        return;
    eb_reader_end(j->reader);
    eb_authority_drop(j->next_authority);
    eb_fixture_free(&j->fx);
    free(j->keys);
    free(j->plaintext);
    free(j->coins);
    free(j->wires);
    free(j->wire_lens);
    free(j->partials);
    free(j->partial_ranges);
    free(j->out.ptr);
    free(j->out2);
    free(j);
}

hn_cell eb_job_cell(eb_job *j, const char *name)
{
    hn_cell c = {.name = name, .op = j->op->run, .ctx = j};
    if (eb_job_prepares(j)) {
        c.prepare = eb_job_prepare_open;
        c.max_prepare = j->wire_count / j->op->takes;
    }
    return c;
}

const eb_fixture *eb_job_fixture(const eb_job *j)
{
    return &j->fx;
}

size_t eb_job_coin_bytes(const eb_job *j)
{
    return j->op->coins != NULL ? j->op->coins(j->fx.pair) : 0;
}

eb_job_bytes eb_job_message(const eb_job *j)
{
    return j->op->sized ? j->sample : (eb_job_bytes){0};
}

/* ---- the floor ---- */

/* What one of the backend's floors replays of a trace. */
typedef struct floor_part {
    const eb_floor *floor;
    void *state;
} floor_part;

struct eb_floor_job {
    floor_part parts[EB_CLASS_COUNT]; /* no two have a class in common */
    size_t count;
    eb_trace trace;
};

static int run_floor(void *ctx)
{
    const eb_floor_job *f = ctx;
    int failed = 0;
    for (size_t i = 0; i < f->count && failed == 0; i++)
        failed = f->parts[i].floor->run(f->parts[i].state);
    return failed;
}

static const eb_floor *floor_of(const eb_backend *backend, const eb_step *step)
{
    const eb_floor *const *f = backend->floors;
    while (f != NULL && *f != NULL && (*f)->classes != 0 && ((*f)->classes >> step->prim->cls & 1) == 0)
        f++;
    return f != NULL ? *f : NULL;
}

/* Each floor gets the calls of its classes. */
static bool prepare(eb_floor_job *f, const eb_backend *backend)
{
    size_t given = 0;
    eb_step *steps = malloc(f->trace.n * sizeof *steps);
    bool ok = steps != NULL;
    for (size_t k = 0; ok && backend->floors != NULL && backend->floors[k] != NULL; k++) {
        floor_part *part = &f->parts[f->count];
        size_t n = 0;
        for (size_t i = 0; i < f->trace.n; i++)
            if (floor_of(backend, &f->trace.steps[i]) == backend->floors[k])
                steps[n++] = f->trace.steps[i];
        if (n == 0)
            continue;
        part->floor = backend->floors[k];
        ok = part->floor->prepare(&part->state, steps, n) == EB_OK;
        f->count += ok;
        given += n;
    }
    free(steps);
    return ok && given == f->trace.n;
}

/* One operation, warm, with the recorder on. What is too long shows at once. */
static bool record(eb_floor_job *f, eb_job *j)
{
    hn_cell c = eb_job_cell(j, "");
    for (int warm = 1; warm >= 0; warm--) {
        if (c.prepare != NULL && c.prepare(c.ctx, 1) != 0)
            return false;
        f->trace.n = 0;
        f->trace.on = true;
        const int failed = c.op(c.ctx);
        f->trace.on = false;
        if (failed != 0 || f->trace.full)
            return false;
    }
    return true;
}

eb_floor_job *eb_floor_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, bool *none,
                            char *why, size_t why_len)
{
    /* A search takes another number of calls for each message. */
    *none = op->combines && spec->escrow->sweep != NULL;
    if (*none)
        return NULL;
    eb_floor_job *f = calloc(1, sizeof *f);
    if (f == NULL) {
        snprintf(why, why_len, "out of memory");
        return NULL;
    }
    eb_pair_spec traced = *spec;
    traced.trace = &f->trace;
    bool made = false;
    eb_job *j = eb_job_make(op, &traced, size, seed, why, why_len);
    if (j != NULL) {
        if (!record(f, j)) {
            *none = f->trace.full; /* more calls than a recording holds: a key generation among a hundred */
            snprintf(why, why_len, "its calls cannot be recorded");
        } else if (f->trace.n == 0)
            *none = true;
        else if (prepare(f, spec->backend))
            made = true;
        else
            snprintf(why, why_len, "its calls cannot be replayed");
        eb_job_free(j);
    }
    if (!made) {
        eb_floor_free(f);
        return NULL;
    }
    return f;
}

void eb_floor_free(eb_floor_job *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        f->parts[i].floor->release(f->parts[i].state);
    free(f);
}

hn_cell eb_floor_cell(eb_floor_job *f, const char *name)
{
    return (hn_cell){.name = name, .op = run_floor, .ctx = f};
}

const eb_step *eb_floor_steps(const eb_floor_job *f, size_t *count)
{
    *count = f->trace.n;
    return f->trace.steps;
}
