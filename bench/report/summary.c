/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"
#include "harness/stats.h"

/* A block with its slices in the order of cells, then rounds: a series is a stretch of it. */
typedef struct indexed {
    const rp_block *block;
    const rp_slice **slices;
} indexed;

/* One cell's figures in one process, by round. */
typedef struct point {
    uint32_t round;
    double value;
} point;

typedef struct series {
    point *points;
    size_t count;
} series;

static int by_cell(const void *a, const void *b)
{
    const rp_slice *x = *(const rp_slice *const *)a;
    const rp_slice *y = *(const rp_slice *const *)b;

    return x->cell != y->cell ? (x->cell > y->cell) - (x->cell < y->cell)
                              : (x->round > y->round) - (x->round < y->round);
}

static indexed index_block(const rp_block *block)
{
    indexed x = {block, rp_alloc(block->slice_count, sizeof(const rp_slice *))};

    for (size_t i = 0; i < block->slice_count; i++) {
        x.slices[i] = &block->slices[i];
    }
    qsort((void *)x.slices, block->slice_count, sizeof(const rp_slice *), by_cell);
    return x;
}

/* Where a cell's slices begin; *count is how many there are. */
static const rp_slice *const *stretch(const indexed *x, uint32_t cell, size_t *count)
{
    const size_t n = x->block->slice_count;
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (x->slices[middle]->cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *count = 0;
    while (low + *count < n && x->slices[low + *count]->cell == cell) {
        ++*count;
    }
    return x->slices + low;
}

/* What a slice says about one operation; NaN for a counter that was not there. */
static double per_operation(const rp_slice *s, rp_measure measure)
{
    const uint64_t count = measure == RP_TICKS          ? s->ticks
                           : measure == RP_CYCLES       ? s->cycles
                           : measure == RP_INSTRUCTIONS ? s->instructions
                                                        : 0;

    if (measure == RP_TICKS || measure == RP_CYCLES || measure == RP_INSTRUCTIONS) {
        return count ? (double)count / (double)s->iterations : NAN;
    }
    return s->ns / (double)s->iterations;
}

static series series_of(const indexed *x, uint32_t cell, rp_measure measure)
{
    size_t n = 0;
    const rp_slice *const *slices = stretch(x, cell, &n);
    series s = {rp_alloc(n, sizeof *s.points), 0};

    for (size_t i = 0; i < n; i++) {
        const double value = per_operation(slices[i], measure);
        if (!isnan(value)) {
            s.points[s.count++] = (point){slices[i]->round, value};
        }
    }
    return s;
}

static double combine(double own, double partner, rp_measure measure)
{
    return measure == RP_BASE_RATIO || measure == RP_FLOOR_RATIO ? own / partner : own - partner;
}

/* Replaces own's values by those of the pairs: both cells in the same round. */
static void pair(series *own, const series *partner, rp_measure measure)
{
    size_t pairs = 0;

    for (size_t i = 0, k = 0; i < own->count && k < partner->count;) {
        const uint32_t a = own->points[i].round;
        const uint32_t b = partner->points[k].round;
        if (a == b) {
            own->points[pairs++] = (point){a, combine(own->points[i].value, partner->points[k].value, measure)};
        }
        i += a <= b;
        k += b <= a;
    }
    own->count = pairs;
}

/* The values of a series alone; free() them. NULL if there are none. */
static double *values_of(const series *s)
{
    double *values = s->count ? rp_alloc(s->count, sizeof *values) : NULL;

    for (size_t i = 0; i < s->count; i++) {
        values[i] = s->points[i].value;
    }
    return values;
}

static uint32_t partner_of(const rp_cell *cell, rp_measure measure)
{
    return measure == RP_BASE_RATIO || measure == RP_BASE_DIFF     ? cell->base
           : measure == RP_FLOOR_RATIO || measure == RP_FLOOR_DIFF ? cell->floor
                                                                   : RP_NONE;
}

static bool is_paired(rp_measure measure)
{
    return measure == RP_BASE_RATIO || measure == RP_BASE_DIFF || measure == RP_FLOOR_RATIO || measure == RP_FLOOR_DIFF;
}

/* One process's figure, the median over its rounds, and the deviation from it; false if it has none. */
static bool process_value(const rp_document *doc, const indexed *block, uint32_t cell, rp_measure measure,
                          double *median, double *mad)
{
    series own = series_of(block, cell, measure);
    double *values = NULL;

    if (is_paired(measure)) {
        series partner = series_of(block, partner_of(&doc->cells[cell], measure), measure);
        pair(&own, &partner, measure);
        free(partner.points);
    }
    values = values_of(&own);
    if (values) {
        *median = hn_median(values, own.count, NULL);
        *mad = hn_mad(values, own.count, NULL);
    }
    free(values);
    free(own.points);
    return values != NULL;
}

/* The blocks of one id: one each process. */
typedef struct processes {
    const indexed *blocks;
    size_t count;
} processes;

/* Per process: medians and deviations of one cell; both arrays have room for p->count. */
static size_t collect(const rp_document *doc, const processes *p, uint32_t cell, rp_measure measure, double *medians,
                      double *mads)
{
    size_t n = 0;

    if (is_paired(measure) && partner_of(&doc->cells[cell], measure) == RP_NONE) {
        return 0;
    }
    for (size_t i = 0; i < p->count; i++) {
        n += process_value(doc, &p->blocks[i], cell, measure, &medians[n], &mads[n]);
    }
    return n;
}

rp_estimate rp_estimate_of(const double *values, size_t n)
{
    rp_estimate e = {NAN, NAN, NAN};
    double *sorted = rp_alloc(n, sizeof *sorted);
    hn_interval interval;

    if (n) {
        memcpy(sorted, values, n * sizeof *sorted);
        hn_sort(sorted, n);
        e.value = hn_median_sorted(sorted, n);
    }
    if (hn_median_interval_sorted(sorted, n, &interval)) {
        e.low = interval.low;
        e.high = interval.high;
    }
    free(sorted);
    return e;
}

/* Of the whole spread, the part between processes, from robust variances: (MAD of the processes' medians)^2 against the
 * median of (MAD within a process)^2. The usual analysis of variance would follow the outliers of single slices. */
static double between_share(const double *medians, const double *mads, size_t n)
{
    const double between = n < 2 ? NAN : hn_mad(medians, n, NULL);
    const double within = n < 2 ? NAN : hn_median(mads, n, NULL);
    const double all = between * between + within * within;

    return all > 0.0 ? between * between / all : NAN;
}

static void row_times(const rp_document *doc, rp_row *row, const processes *p, double *medians, double *mads)
{
    const int64_t size = doc->cells[row->cell].key.size;
    const size_t n = collect(doc, p, row->cell, RP_NS, medians, mads);

    row->processes = (uint32_t)n;
    row->ns = rp_estimate_of(medians, n);
    row->ops_per_s = 1e9 / row->ns.value;
    row->bytes_per_s = size > 0 ? (double)size * row->ops_per_s : NAN;
    row->between_share = between_share(medians, mads, n);
}

static rp_estimate row_estimate(const rp_document *doc, const rp_row *row, const processes *p, rp_measure measure,
                                double *medians, double *mads, uint32_t *count)
{
    const size_t n = collect(doc, p, row->cell, measure, medians, mads);

    if (count) {
        *count = (uint32_t)n;
    }
    return rp_estimate_of(medians, n);
}

static rp_row make_row(const rp_document *doc, const processes *p, uint32_t cell, double *medians, double *mads)
{
    rp_row row = {.cell = cell};

    for (size_t i = 0; i < p->count; i++) {
        size_t n = 0;
        stretch(&p->blocks[i], cell, &n);
        row.slices += n;
    }
    row_times(doc, &row, p, medians, mads);
    row.base_ratio = row_estimate(doc, &row, p, RP_BASE_RATIO, medians, mads, &row.base_processes);
    row.base_diff = row_estimate(doc, &row, p, RP_BASE_DIFF, medians, mads, NULL);
    row.floor_ratio = row_estimate(doc, &row, p, RP_FLOOR_RATIO, medians, mads, &row.floor_processes);
    row.floor_diff = row_estimate(doc, &row, p, RP_FLOOR_DIFF, medians, mads, NULL);
    row.ticks = row_estimate(doc, &row, p, RP_TICKS, medians, mads, NULL).value;
    row.cycles = row_estimate(doc, &row, p, RP_CYCLES, medians, mads, NULL).value;
    row.instructions = row_estimate(doc, &row, p, RP_INSTRUCTIONS, medians, mads, NULL).value;
    if (doc->cells[cell].count.operations) {
        row.instructions = doc->cells[cell].count.total;
    }
    return row;
}

/* By id, then as they stand in the document's array. */
static int by_id(const void *a, const void *b)
{
    const indexed *x = a;
    const indexed *y = b;
    const int order = strcmp(x->block->id, y->block->id);

    return order ? order : (x->block > y->block) - (x->block < y->block);
}

static indexed *index_blocks(const rp_document *doc)
{
    indexed *blocks = rp_alloc(doc->block_count, sizeof *blocks);

    for (size_t i = 0; i < doc->block_count; i++) {
        blocks[i] = index_block(&doc->blocks[i]);
    }
    qsort(blocks, doc->block_count, sizeof *blocks, by_id);
    return blocks;
}

static void free_index(indexed *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((void *)blocks[i].slices);
    }
    free(blocks);
}

/* The stretch of sorted blocks with this id. */
static processes find(const indexed *blocks, size_t count, const char *id)
{
    size_t low = 0;
    size_t high = count;
    processes p = {NULL, 0};

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(blocks[middle].block->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    p.blocks = blocks + low;
    while (low + p.count < count && strcmp(blocks[low + p.count].block->id, id) == 0) {
        p.count++;
    }
    return p;
}

void rp_summarize(rp_document *doc)
{
    indexed *blocks = index_blocks(doc);
    double *medians = rp_alloc(doc->block_count + 1, sizeof *medians);
    double *mads = rp_alloc(doc->block_count + 1, sizeof *mads);

    free(doc->rows);
    doc->rows = rp_alloc(doc->cell_count, sizeof *doc->rows);
    doc->row_count = 0;
    for (uint32_t i = 0; i < doc->cell_count; i++) {
        const processes p = find(blocks, doc->block_count, doc->cells[i].block);
        const rp_row row = make_row(doc, &p, i, medians, mads);
        if (row.slices || doc->cells[i].count.operations || *doc->cells[i].constant_time) {
            doc->rows[doc->row_count++] = row;
        }
    }
    free(medians);
    free(mads);
    free_index(blocks, doc->block_count);
}

const rp_row *rp_row_of(const rp_document *doc, uint32_t cell)
{
    size_t low = 0;
    size_t high = doc->row_count;

    while (low < high) { /* rows stand in the order of cells */
        const size_t middle = low + (high - low) / 2;
        if (doc->rows[middle].cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < doc->row_count && doc->rows[low].cell == cell ? &doc->rows[low] : NULL;
}

double *rp_process_values(const rp_document *doc, uint32_t cell, rp_measure measure, size_t *count)
{
    indexed *blocks = index_blocks(doc);
    const processes p = find(blocks, doc->block_count, doc->cells[cell].block);
    double *medians = rp_alloc(p.count + 1, sizeof *medians);
    double *mads = rp_alloc(p.count + 1, sizeof *mads);

    *count = collect(doc, &p, cell, measure, medians, mads);
    free(mads);
    free_index(blocks, doc->block_count);
    if (*count == 0) {
        free(medians);
        return NULL;
    }
    return medians;
}
