/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/block.h"

#include <stdlib.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/gbench.h"
#include "harness/rng.h"

void hn_block_options_init(hn_block_options *options)
{
    *options = (hn_block_options){.budget_ns = 1000000000,
                                  .slice_ns = 2000000,
                                  .min_rounds = 5,
                                  .max_rounds = 2000,
                                  .single_run_over_ns = 1000000000,
                                  .single_warm_over_ns = UINT64_MAX};
}

/* A block while it runs. */
typedef struct block {
    const hn_cell *cells;
    const hn_block_options *options;
    hn_block_result *result;
    size_t capacity; /* of result->samples */
    uint32_t *order; /* the cells that take part in rounds */
    size_t active;   /* how many */
    uint64_t began_ns;
    uint64_t last_round_ns;
    uint64_t rounds_ns; /* all rounds together */
} block;

static bool stopped(const block *b)
{
    return b->options->stop != NULL && *b->options->stop != 0;
}

static bool valid(const hn_cell *cells, size_t count, const hn_block_options *options)
{
    if (cells == NULL || options == NULL || count == 0 || count > UINT16_MAX || options->slice_ns == 0 ||
        options->min_rounds == 0 || options->max_rounds < options->min_rounds) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (cells[i].op == NULL) {
            return false;
        }
    }
    return true;
}

/* Room for `more` samples. Called between rounds only, so that no slice follows on the heels of a page fault. */
static hn_status reserve(block *b, size_t more)
{
    const size_t need = b->result->sample_count + more;

    if (need <= b->capacity) {
        return HN_OK;
    }
    size_t capacity = b->capacity > 0 ? b->capacity * 2 : 64;
    capacity = capacity < need ? need : capacity;
    if (capacity > SIZE_MAX / sizeof(hn_sample)) {
        return HN_ERR_MEMORY;
    }
    hn_sample *samples = realloc(b->result->samples, capacity * sizeof *samples);
    if (samples == NULL) {
        return HN_ERR_MEMORY;
    }
    b->result->samples = samples;
    b->capacity = capacity;
    return HN_OK;
}

/* One slice of one cell. On success the sample lacks round and order only. */
static hn_status take(block *b, size_t index, uint64_t iterations, hn_sample *sample)
{
    const hn_cell *cell = &b->cells[index];
    hn_status status = HN_OK;
    hn_slice slice = {0};

    if (cell->prepare != NULL) {
        slice.op_error = cell->prepare(cell->ctx, iterations);
        status = slice.op_error != 0 ? HN_ERR_PREPARE : HN_OK;
    }
    const uint64_t start = hn_now_ns();
    if (status == HN_OK) {
        status = hn_gbench_slice(cell->name, cell->op, cell->ctx, iterations, b->options->counters, &slice);
    }
    if (status != HN_OK) {
        b->result->failed_cell = (int)index;
        b->result->op_error = slice.op_error;
        return status;
    }
    *sample = (hn_sample){.cell = (uint16_t)index,
                          .start_ns = start - b->options->origin_ns,
                          .iterations = slice.iterations,
                          .ns = slice.ns,
                          .ticks = slice.ticks,
                          .cycles = slice.cycles,
                          .instructions = slice.instructions};
    return HN_OK;
}

/* How many operations fill a slice. The cap on an operation's time only bounds the number: none takes 0.1 ns. */
static uint64_t fill(uint64_t slice_ns, double op_ns, uint64_t most)
{
    const double n = (double)slice_ns / (op_ns > 0.1 ? op_ns : 0.1);

    if (n >= (double)most) {
        return most;
    }
    return n < 1 ? 1 : (uint64_t)n;
}

/* Finds out what a cell's operation takes, by runs of at most ten times more operations each, up to half a slice. The
 * shortest time counts: whatever comes between makes an operation look slower, never faster. */
static hn_status warm_up(block *b, size_t index)
{
    const hn_block_options *o = b->options;
    const uint64_t most = b->cells[index].max_prepare > 0 ? b->cells[index].max_prepare : UINT64_MAX / 16;
    hn_cell_plan *plan = &b->result->plans[index];
    hn_sample sample;
    double first_ns = 0.0;
    uint64_t n = 1;

    for (int run = 0;; run++) {
        if (stopped(b)) {
            return HN_STOPPED;
        }
        const hn_status status = take(b, index, n, &sample);
        if (status != HN_OK) {
            return status;
        }
        const double op_ns = sample.ns / (double)sample.iterations;
        /* Something else may have had the CPU during one of the two, but hardly during both. */
        const bool both =
            run == 1 && op_ns > (double)o->single_warm_over_ns && first_ns > (double)o->single_warm_over_ns;
        if (both || (run == 0 && op_ns > (double)o->single_run_over_ns)) {
            *plan = (hn_cell_plan){.estimate_ns = op_ns, .iterations = 1, .single = true};
            sample.order = (uint16_t)b->result->sample_count;
            b->result->samples[b->result->sample_count++] = sample; /* reserved by hn_block_run */
            return HN_OK;
        }
        first_ns = run == 0 ? op_ns : first_ns;
        /* The first run is cold (tables, self-tests, lazy binding): it must not be the only one to decide. */
        if (run <= 1 || op_ns < plan->estimate_ns) {
            plan->estimate_ns = op_ns;
        }
        if (run > 0 && (sample.ns >= (double)o->slice_ns / 2 || n == most)) {
            break;
        }
        if (run > 0) {
            const uint64_t ten = n > most / 10 ? most : n * 10;
            n = fill(o->slice_ns, op_ns, ten);
        }
    }
    plan->iterations = fill(o->slice_ns, plan->estimate_ns, most);
    if (o->full_slices && plan->iterations < most && (double)plan->iterations * plan->estimate_ns < (double)o->slice_ns)
        plan->iterations++;
    plan->capped = plan->iterations == most && (double)most * plan->estimate_ns < (double)o->slice_ns / 2;
    return HN_OK;
}

static hn_status warm_up_all(block *b)
{
    for (size_t i = 0; i < b->result->cell_count; i++) {
        const hn_status status = warm_up(b, i);
        if (status != HN_OK) {
            return status;
        }
        if (!b->result->plans[i].single) {
            b->order[b->active++] = (uint32_t)i;
        }
    }
    return HN_OK;
}

static hn_status run_round(block *b, hn_rng *rng)
{
    hn_block_result *r = b->result;
    const uint64_t began = hn_now_ns();
    const size_t singles = r->rounds == 0 ? r->sample_count : 0;
    hn_sample *samples = r->samples + r->sample_count;

    hn_shuffle(rng, b->order, b->active);
    for (size_t i = 0; i < b->active; i++) {
        if (stopped(b)) {
            return HN_STOPPED;
        }
        const hn_status status = take(b, b->order[i], r->plans[b->order[i]].iterations, &samples[i]);
        if (status != HN_OK) {
            return status;
        }
        samples[i].round = r->rounds;
        samples[i].order = (uint16_t)(singles + i);
    }
    r->sample_count += b->active;
    r->rounds++;
    b->last_round_ns = hn_now_ns() - began;
    b->rounds_ns += b->last_round_ns;
    return HN_OK;
}

/* Whether the budget has room for a round such as the last or the mean one, whichever took longer. */
static bool room_left(const block *b)
{
    const uint64_t mean = b->rounds_ns / b->result->rounds;
    const uint64_t next = b->last_round_ns > mean ? b->last_round_ns : mean;
    const uint64_t elapsed = hn_now_ns() - b->began_ns;

    return elapsed <= b->options->budget_ns && next <= b->options->budget_ns - elapsed;
}

static hn_status run_rounds(block *b)
{
    const hn_block_options *o = b->options;
    hn_rng rng;

    hn_rng_seed(&rng, o->seed);
    while (b->result->rounds < o->max_rounds && (b->result->rounds < o->min_rounds || room_left(b))) {
        hn_status status = reserve(b, b->active);
        if (status == HN_OK) {
            status = run_round(b, &rng);
        }
        if (status != HN_OK) {
            return status;
        }
    }
    return HN_OK;
}

static hn_status run_block(block *b)
{
    hn_block_result *r = b->result;

    r->plans = calloc(r->cell_count, sizeof *r->plans);
    b->order = calloc(r->cell_count, sizeof *b->order);
    if (r->plans == NULL || b->order == NULL || reserve(b, r->cell_count) != HN_OK) {
        return HN_ERR_MEMORY;
    }
    hn_status status = warm_up_all(b);
    if (status == HN_OK && b->active > 0) {
        status = run_rounds(b);
    } else if (status == HN_OK) {
        r->rounds = 1;
    }
    return status;
}

hn_status hn_block_run(const hn_cell *cells, size_t cell_count, const hn_block_options *options, hn_block_result *out)
{
    if (out == NULL) {
        return HN_ERR_INVALID;
    }
    *out = (hn_block_result){.failed_cell = -1};
    if (!valid(cells, cell_count, options)) {
        return HN_ERR_INVALID;
    }
    out->cell_count = cell_count;
    block b = {.cells = cells, .options = options, .result = out, .began_ns = hn_now_ns()};
    const hn_status status = run_block(&b);
    free(b.order);
    out->elapsed_ns = hn_now_ns() - b.began_ns;
    if ((status != HN_OK && status != HN_STOPPED) || out->rounds == 0) {
        out->sample_count = 0;
        out->rounds = 0;
    }
    return status;
}

void hn_block_result_free(hn_block_result *result)
{
    if (result != NULL) {
        free(result->plans);
        free(result->samples);
        memset(result, 0, sizeof *result);
    }
}
