/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/leakage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/rng.h"
#include "harness/stats.h"

enum { FIXED = 0, RANDOM = 1, CLASSES = 2, TESTS = HN_LEAKAGE_CROPS + 1, WARM = 3 };
enum {
    LOOK = 32,   /* measurements between two looks at the time */
    PATIENCE = 5 /* times its share a block may take, if it has too few measurements for a verdict */
};

void hn_leakage_options_init(hn_leakage_options *options)
{
    *options = (hn_leakage_options){.budget_ns = 1000000000, .least = 1000, .most = 20000};
}

/* ---- Welch's t ---- */

typedef struct moments {
    double n, mean, m2; /* Welford 1962 */
} moments;

static void add(moments *m, double x)
{
    const double delta = x - m->mean;

    m->n++;
    m->mean += delta / m->n;
    m->m2 += delta * (x - m->mean);
}

static double error_of(const moments *a, const moments *b)
{
    return sqrt(a->m2 / (a->n - 1) / a->n + b->m2 / (b->n - 1) / b->n);
}

static double welch(const moments *a, const moments *b)
{
    if (a->n < 2 || b->n < 2) {
        return 0;
    }
    const double error = error_of(a, b);
    const double difference = b->mean - a->mean;
    if (error > 0) {
        return difference / error;
    }
    return difference < 0 ? -HUGE_VAL : difference > 0 ? HUGE_VAL : 0;
}

double hn_welch(const double *a, size_t na, const double *b, size_t nb)
{
    moments m[CLASSES] = {{0}};

    for (size_t i = 0; i < na; i++) {
        add(&m[FIXED], a[i]);
    }
    for (size_t i = 0; i < nb; i++) {
        add(&m[RANDOM], b[i]);
    }
    return welch(&m[FIXED], &m[RANDOM]);
}

/* ---- verdict ---- */

/* Both orders of one test on one block: of the times up to `limit`. */
typedef struct outcome {
    double t[2], difference[2], error; /* `error`: the first order's standard error */
} outcome;

static outcome test(const hn_leakage_block *b, double limit)
{
    moments first[CLASSES] = {{0}}, second[CLASSES] = {{0}};

    for (int c = 0; c < CLASSES; c++) {
        for (size_t i = 0; i < b->count[c]; i++) {
            if (b->times[c][i] <= limit) {
                add(&first[c], b->times[c][i]);
            }
        }
        for (size_t i = 0; i < b->count[c]; i++) {
            const double off = b->times[c][i] - first[c].mean;
            if (b->times[c][i] <= limit) {
                add(&second[c], off * off);
            }
        }
    }
    return (outcome){.t = {welch(&first[FIXED], &first[RANDOM]), welch(&second[FIXED], &second[RANDOM])},
                     .difference = {first[RANDOM].mean - first[FIXED].mean, second[RANDOM].mean - second[FIXED].mean},
                     .error = first[FIXED].n < 2 || first[RANDOM].n < 2 ? HUGE_VAL
                                                                        : error_of(&first[FIXED], &first[RANDOM])};
}

static double crop_of(int test)
{
    return test == HN_LEAKAGE_CROPS ? 1 : 1 - exp2(-10.0 * (test + 1) / HN_LEAKAGE_CROPS);
}

/* Limits are of both classes together, or cropping would make a difference where there is none. */
static bool find_limits(const hn_leakage_block *b, double limits[TESTS])
{
    const size_t n = b->count[FIXED] + b->count[RANDOM];
    double *all = malloc((n + 1) * sizeof *all);

    if (all == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        all[i] = i < b->count[FIXED] ? b->times[FIXED][i] : b->times[RANDOM][i - b->count[FIXED]];
    }
    hn_sort(all, n);
    for (int k = 0; k < HN_LEAKAGE_CROPS; k++) {
        limits[k] = n > 0 ? all[(size_t)(crop_of(k) * (double)(n - 1))] : 0;
    }
    limits[HN_LEAKAGE_CROPS] = HUGE_VAL;
    free(all);
    return true;
}

/* What all blocks agree on: the smallest |t|, or 0 if they point to different sides. */
static void consider(hn_leakage *out, const outcome *of, int test, int order)
{
    double least = HUGE_VAL, difference = 0;

    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        const double t = of[b].t[order];
        if ((t < 0) != (of[0].t[order] < 0)) {
            return;
        }
        least = fmin(least, fabs(t));
        difference += of[b].difference[order] / HN_LEAKAGE_BLOCKS;
    }
    if (least > out->t) {
        out->t = least;
        out->difference = difference;
        out->crop = crop_of(test);
        out->order = (unsigned)order + 1;
    }
}

bool hn_leakage_judge(const hn_leakage_block blocks[HN_LEAKAGE_BLOCKS], uint32_t least, hn_leakage *out)
{
    double limits[HN_LEAKAGE_BLOCKS][TESTS];
    outcome of[HN_LEAKAGE_BLOCKS];
    size_t fewest = SIZE_MAX;

    *out = (hn_leakage){.verdict = HN_LEAKAGE_TOO_FEW, .crop = 1, .order = 1};
    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        if (!find_limits(&blocks[b], limits[b])) {
            return false;
        }
        for (int c = 0; c < CLASSES; c++) {
            fewest = blocks[b].count[c] < fewest ? blocks[b].count[c] : fewest;
        }
    }
    out->samples = (uint32_t)fewest;
    if (fewest < least || fewest < 2) {
        return true;
    }
    out->limit = HUGE_VAL;
    for (int k = 0; k < TESTS; k++) {
        double worst = 0;
        for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
            of[b] = test(&blocks[b], limits[b][k]);
            worst = fmax(worst, of[b].error);
        }
        out->limit = fmin(out->limit, HN_LEAKAGE_T * worst);
        consider(out, of, k, 0);
        consider(out, of, k, 1);
    }
    out->verdict = out->t > HN_LEAKAGE_T ? HN_LEAKAGE_FOUND : HN_LEAKAGE_NONE;
    return true;
}

/* ---- measuring ---- */

typedef struct run {
    const hn_suspect *suspect;
    const hn_leakage_options *options;
    hn_rng rng;
    uint32_t *order; /* of all inputs, shuffled anew for each pass */
    size_t at;
    int error;
} run;

static hn_status take(run *r, size_t input, double *ticks)
{
    const hn_suspect *s = r->suspect;

    r->error = s->place(s->ctx, input);
    if (r->error != 0) {
        return HN_ERR_OP;
    }
    const uint64_t began = hn_ticks_fenced();
    r->error = s->op(s->ctx);
    const uint64_t ended = hn_ticks_fenced();
    *ticks = (double)(ended - began);
    return r->error != 0 ? HN_ERR_OP : HN_OK;
}

static size_t next_input(run *r)
{
    if (r->at == r->suspect->inputs) {
        hn_shuffle(&r->rng, r->order, r->suspect->inputs);
        r->at = 0;
    }
    return r->order[r->at++];
}

/* Each input a few times, so that nothing is cold and the first block is like the others. */
static hn_status warm_up(run *r)
{
    double unused;
    hn_status status = HN_OK;

    for (size_t i = 0; i < WARM * r->suspect->inputs && status == HN_OK; i++) {
        status = take(r, next_input(r), &unused);
    }
    return status;
}

static bool spent(const hn_leakage_options *o, const size_t count[CLASSES], uint64_t ns)
{
    const uint64_t share = o->budget_ns / HN_LEAKAGE_BLOCKS;

    return ns >= PATIENCE * share || (ns >= share && count[FIXED] >= o->least && count[RANDOM] >= o->least);
}

static hn_status fill(run *r, double *times[CLASSES], size_t count[CLASSES])
{
    const hn_leakage_options *o = r->options;
    hn_status status = HN_OK;
    const uint64_t began = hn_cpu_ns();

    count[FIXED] = count[RANDOM] = 0;
    for (unsigned n = 0; status == HN_OK && (count[FIXED] < o->most || count[RANDOM] < o->most); n++) {
        const size_t input = next_input(r);
        double ticks = 0;
        if (n % LOOK == 0 && spent(o, count, hn_cpu_ns() - began)) {
            break;
        }
        if (o->stop != NULL && *o->stop != 0) {
            return HN_STOPPED;
        }
        status = take(r, input, &ticks);
        const int class = input >= r->suspect->fixed ? RANDOM : FIXED; /* asked afterwards, on purpose */
        if (status == HN_OK && count[class] < o->most) {
            times[class][count[class]++] = ticks;
        }
    }
    return status;
}

static hn_status measure(run *r, double *memory, hn_leakage *out)
{
    const hn_leakage_options *o = r->options;
    hn_leakage_block blocks[HN_LEAKAGE_BLOCKS];
    hn_status status = warm_up(r);

    for (int b = 0; b < HN_LEAKAGE_BLOCKS && status == HN_OK; b++) {
        double *times[CLASSES] = {memory + (size_t)(CLASSES * b) * o->most,
                                  memory + (size_t)(CLASSES * b + 1) * o->most};
        status = fill(r, times, blocks[b].count);
        blocks[b].times[FIXED] = times[FIXED];
        blocks[b].times[RANDOM] = times[RANDOM];
    }
    if (status == HN_OK && !hn_leakage_judge(blocks, o->least, out)) {
        status = HN_ERR_MEMORY;
    }
    return status;
}

hn_status hn_leakage_run(const hn_suspect *suspect, const hn_leakage_options *options, hn_leakage *out)
{
    *out = (hn_leakage){.verdict = HN_LEAKAGE_TOO_FEW, .crop = 1, .order = 1};
    if (suspect->fixed == 0 || suspect->inputs <= suspect->fixed || suspect->inputs > UINT32_MAX ||
        options->most == 0) {
        return HN_ERR_INVALID;
    }
    if (hn_ticks_fenced() == 0) {
        return HN_ERR_UNAVAILABLE;
    }
    run r = {.suspect = suspect, .options = options, .at = suspect->inputs};
    r.order = malloc(suspect->inputs * sizeof *r.order);
    /* calloc: pages that no measurement needs are never touched. */
    double *memory = calloc((size_t)options->most * CLASSES * HN_LEAKAGE_BLOCKS, sizeof *memory);
    hn_status status = r.order != NULL && memory != NULL ? HN_OK : HN_ERR_MEMORY;
    if (status == HN_OK) {
        hn_rng_seed(&r.rng, options->seed);
        for (size_t i = 0; i < suspect->inputs; i++) {
            r.order[i] = (uint32_t)i;
        }
        status = measure(&r, memory, out);
        out->op_error = r.error;
    }
    free(memory);
    free(r.order);
    return status;
}
