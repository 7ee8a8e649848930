/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/latency.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/clock.h"
#include "harness/stats.h"

/* Samples between two looks at the budget and, for a cell with state, between two calls of prepare(). */
enum { MAX_CHUNK = 256 };
static const double CHUNK_NS = 10e6;

void hn_latency_options_init(hn_latency_options *options)
{
    *options = (hn_latency_options){.budget_ns = 500000000, .max_samples = 20000, .min_sample_ns = 2000};
}

static bool stopped(const hn_latency_options *options)
{
    return options->stop != NULL && *options->stop != 0;
}

static hn_status prepare(const hn_cell *cell, uint64_t n, hn_latency *out)
{
    out->op_error = cell->prepare != NULL ? cell->prepare(cell->ctx, n) : 0;
    return out->op_error != 0 ? HN_ERR_PREPARE : HN_OK;
}

/* Times n operations between two readings of the clock. */
static hn_status time_batch(const hn_cell *cell, uint64_t n, hn_latency *out, double *ns)
{
    const hn_fn op = cell->op;
    void *const ctx = cell->ctx;
    int error = 0;

    const uint64_t began = hn_now_ns();
    for (uint64_t i = 0; i < n && error == 0; i++) {
        error = op(ctx);
    }
    *ns = (double)(hn_now_ns() - began);
    out->op_error = error;
    return error != 0 ? HN_ERR_OP : HN_OK;
}

/* Warms up and finds how long one operation takes: runs of doubling length, up to four samples' worth. */
static hn_status estimate(const hn_cell *cell, const hn_latency_options *options, hn_latency *out, double *op_ns)
{
    const uint64_t most = cell->max_prepare > 0 ? cell->max_prepare : UINT64_MAX / 2;
    const double enough = 4 * (double)options->min_sample_ns;
    double ns = 0;
    uint64_t n = 1;

    for (int run = 0; !stopped(options); run++) {
        hn_status status = prepare(cell, n, out);
        if (status == HN_OK) {
            status = time_batch(cell, n, out, &ns);
        }
        if (status != HN_OK) {
            return status;
        }
        if (run <= 1 || ns / (double)n < *op_ns) { /* the first run is cold: the second replaces it */
            *op_ns = ns / (double)n;
        }
        /* A long operation's cold run will do, as the budget may hold few. */
        if ((run > 0 || ns > (double)options->budget_ns / 100) && (ns >= enough || n == most)) {
            return HN_OK;
        }
        if (run > 0) {
            n = n > most / 2 ? most : n * 2;
        }
    }
    return HN_STOPPED;
}

/* Operations a sample: 1 if one is long enough, else as many as fill a sample, within what one prepare() allows. */
static uint64_t choose_batch(const hn_cell *cell, const hn_latency_options *options, double op_ns)
{
    const double wanted = ceil((double)options->min_sample_ns / fmax(op_ns, 0.1));
    uint64_t batch = wanted > 1 ? (uint64_t)wanted : 1;

    if (cell->prepare != NULL && cell->max_prepare > 0 && batch > cell->max_prepare) {
        batch = cell->max_prepare;
    }
    return batch;
}

static uint32_t choose_chunk(const hn_cell *cell, uint64_t batch, double op_ns)
{
    const double fits = CHUNK_NS / fmax(op_ns * (double)batch, 1);
    uint64_t chunk = fits < 1 ? 1 : fits > MAX_CHUNK ? MAX_CHUNK : (uint64_t)fits;

    if (cell->prepare != NULL && cell->max_prepare > 0 && chunk > cell->max_prepare / batch) {
        chunk = cell->max_prepare / batch;
    }
    return (uint32_t)chunk;
}

/* Takes samples until budget or room is used up. */
static hn_status take(const hn_cell *cell, const hn_latency_options *options, uint64_t deadline_ns, uint32_t chunk,
                      double *samples, hn_latency *out)
{
    do {
        const uint32_t room = options->max_samples - out->samples;
        const uint32_t n = chunk < room ? chunk : room;
        hn_status status = prepare(cell, n * out->batch, out);
        for (uint32_t i = 0; i < n && status == HN_OK; i++) {
            if (stopped(options)) {
                return HN_STOPPED;
            }
            status = time_batch(cell, out->batch, out, &samples[out->samples]);
            out->samples += status == HN_OK;
        }
        if (status != HN_OK) {
            return status;
        }
    } while (out->samples < options->max_samples && hn_now_ns() < deadline_ns);
    return HN_OK;
}

static double percentile(const double *sorted, const hn_latency *out, double p)
{
    double ns = (double)NAN;

    (void)hn_percentile_sorted(sorted, out->samples, p, &ns);
    return ns / (double)out->batch;
}

static void summarise(double *samples, hn_latency *out)
{
    if (out->samples == 0) {
        return;
    }
    hn_sort(samples, out->samples);
    out->p50 = percentile(samples, out, 0.5);
    out->p90 = percentile(samples, out, 0.9);
    out->p99 = percentile(samples, out, 0.99);
    out->p999 = percentile(samples, out, 0.999);
    out->min = samples[0] / (double)out->batch;
    out->max = samples[out->samples - 1] / (double)out->batch;
}

static void clear(hn_latency *out)
{
    const double nan = (double)NAN;

    *out = (hn_latency){.p50 = nan, .p90 = nan, .p99 = nan, .p999 = nan, .min = nan, .max = nan, .batch = 1};
}

hn_status hn_latency_run(const hn_cell *cell, const hn_latency_options *options, hn_latency *out)
{
    if (out == NULL) {
        return HN_ERR_INVALID;
    }
    clear(out);
    if (cell == NULL || cell->op == NULL || options == NULL || options->max_samples == 0) {
        return HN_ERR_INVALID;
    }
    const uint64_t deadline_ns = hn_now_ns() + options->budget_ns;
    hn_clock_cost cost;
    hn_clock_measure(&cost);
    out->clock_pair_ns = cost.pair_ns;
    double op_ns = 0;
    hn_status status = estimate(cell, options, out, &op_ns);
    if (status != HN_OK) {
        return status;
    }
    out->batch = choose_batch(cell, options, op_ns);
    /* calloc: pages that no sample needs are never touched. */
    double *samples = calloc(options->max_samples, sizeof *samples);
    if (samples == NULL) {
        return HN_ERR_MEMORY;
    }
    status = take(cell, options, deadline_ns, choose_chunk(cell, out->batch, op_ns), samples, out);
    if (status == HN_OK || status == HN_STOPPED) {
        summarise(samples, out);
    } else {
        out->samples = 0;
    }
    free(samples);
    return status;
}
