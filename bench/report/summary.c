/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"
#include "harness/stats.h"

/* A slice of a cell, and the block that it was found in. */
typedef struct entry {
    const rp_slice *slice;
    uint32_t block; /* index into the document's blocks */
} entry;

/* All slices, cell by cell, and within a cell by block and round. Made once for a document, so that a figure costs no more
 * than the cell's own slices, however many cells and blocks a file claims to have. */
struct rp_index {
    const rp_document *doc;
    entry *entries;
    size_t *starts; /* of each cell, and the end */
};

/* The slices of one cell. */
typedef struct stretch {
    const entry *entries;
    size_t count;
} stretch;

static int by_block(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;

    if (x->block != y->block) {
        return (x->block > y->block) - (x->block < y->block);
    }
    if (x->slice->round != y->slice->round) {
        return (x->slice->round > y->slice->round) - (x->slice->round < y->slice->round);
    }
    return (x->slice > y->slice) - (x->slice < y->slice);
}

/* starts[c + 1] becomes where cell c ends; starts[0] is 0. */
static void count_slices(const rp_document *doc, size_t *starts)
{
    for (size_t i = 0; i < doc->block_count; i++) {
        for (size_t k = 0; k < doc->blocks[i].slice_count; k++) {
            starts[doc->blocks[i].slices[k].cell + 1]++;
        }
    }
    for (size_t i = 0; i < doc->cell_count; i++) {
        starts[i + 1] += starts[i];
    }
}

static void place_slices(rp_index *index)
{
    const rp_document *doc = index->doc;
    size_t *next = rp_alloc(doc->cell_count + 1, sizeof *next);

    memcpy(next, index->starts, (doc->cell_count + 1) * sizeof *next);
    for (size_t i = 0; i < doc->block_count; i++) {
        for (size_t k = 0; k < doc->blocks[i].slice_count; k++) {
            const rp_slice *slice = &doc->blocks[i].slices[k];
            index->entries[next[slice->cell]++] = (entry){slice, (uint32_t)i};
        }
    }
    free(next);
}

static stretch stretch_of(const rp_index *index, uint32_t cell)
{
    const size_t start = index->starts[cell];

    return (stretch){index->entries + start, index->starts[cell + 1] - start};
}

rp_index *rp_index_new(const rp_document *doc)
{
    rp_index *index = rp_alloc(1, sizeof *index);

    index->doc = doc;
    index->starts = rp_alloc(doc->cell_count + 1, sizeof *index->starts);
    count_slices(doc, index->starts);
    index->entries = rp_alloc(index->starts[doc->cell_count] + 1, sizeof *index->entries);
    place_slices(index);
    for (size_t i = 0; i < doc->cell_count; i++) {
        const size_t start = index->starts[i];
        qsort(index->entries + start, index->starts[i + 1] - start, sizeof *index->entries, by_block);
    }
    return index;
}

void rp_index_free(rp_index *index)
{
    if (index) {
        free(index->entries);
        free(index->starts);
        free(index);
    }
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

static double combine(double own, double partner, rp_measure measure)
{
    return measure == RP_BASE_RATIO || measure == RP_FLOOR_RATIO ? own / partner : own - partner;
}

static bool is_before(const entry *a, const entry *b)
{
    return a->block != b->block ? a->block < b->block : a->slice->round < b->slice->round;
}

/* The first of `all` from `from` on that is of `own`'s block and round or later: by bisection, since many cells may share
 * one partner with far more slices than they have. */
static size_t find_pair(const stretch *all, size_t from, const entry *own)
{
    size_t high = all->count;

    while (from < high) {
        const size_t middle = from + (high - from) / 2;
        if (is_before(&all->entries[middle], own)) {
            from = middle + 1;
        } else {
            high = middle;
        }
    }
    return from;
}

/* The figures of one block, by round, into values; returns how many. *at is where the partner's next pair may be. */
static size_t block_values(const stretch *own, const stretch *partner, size_t *at, rp_measure measure, double *values)
{
    size_t n = 0;

    for (size_t i = 0; i < own->count; i++) {
        const entry *e = &own->entries[i];
        double value = per_operation(e->slice, measure);
        if (partner) {
            *at = find_pair(partner, *at, e);
            if (*at == partner->count || is_before(e, &partner->entries[*at])) {
                continue;
            }
            value = combine(value, per_operation(partner->entries[(*at)++].slice, measure), measure);
        }
        if (!isnan(value)) {
            values[n++] = value;
        }
    }
    return n;
}

/* The slices at the start of `all` that are of one block. */
static stretch first_block(const stretch *all)
{
    stretch s = {all->entries, 0};

    while (s.count < all->count && s.entries[s.count].block == s.entries[0].block) {
        s.count++;
    }
    return s;
}

/* Per process: the median over its rounds, and the deviation from it (mads may be NULL). Both arrays have room for one
 * value a slice of the cell. */
static size_t collect(const rp_index *index, uint32_t cell, rp_measure measure, double *medians, double *mads)
{
    const uint32_t with = partner_of(&index->doc->cells[cell], measure);
    const stretch partner = with == RP_NONE ? (stretch){NULL, 0} : stretch_of(index, with);
    stretch left = stretch_of(index, cell);
    double *values = NULL;
    size_t n = 0;
    size_t at = 0;

    if (is_paired(measure) && with == RP_NONE) {
        return 0;
    }
    values = rp_alloc(left.count + 1, sizeof *values);
    while (left.count) {
        const stretch own = first_block(&left);
        const size_t count = block_values(&own, with == RP_NONE ? NULL : &partner, &at, measure, values);
        if (count) {
            medians[n] = hn_median(values, count, NULL);
            if (mads) {
                mads[n] = hn_mad(values, count, NULL);
            }
            n++;
        }
        left = (stretch){left.entries + own.count, left.count - own.count};
    }
    free(values);
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

/* A cell whose row is being made, with room for one value a process. */
typedef struct maker {
    const rp_index *index;
    double *medians, *mads;
} maker;

static void row_times(const maker *m, rp_row *row)
{
    const int64_t size = m->index->doc->cells[row->cell].key.size;
    const size_t n = collect(m->index, row->cell, RP_NS, m->medians, m->mads);

    row->processes = (uint32_t)n;
    row->ns = rp_estimate_of(m->medians, n);
    row->ops_per_s = 1e9 / row->ns.value;
    row->bytes_per_s = size > 0 ? (double)size * row->ops_per_s : NAN;
    row->between_share = between_share(m->medians, m->mads, n);
}

static rp_estimate row_estimate(const maker *m, const rp_row *row, rp_measure measure, uint32_t *count)
{
    const size_t n = collect(m->index, row->cell, measure, m->medians, NULL);

    if (count) {
        *count = (uint32_t)n;
    }
    return rp_estimate_of(m->medians, n);
}

static rp_row make_row(const rp_index *index, uint32_t cell)
{
    const rp_cell *own = &index->doc->cells[cell];
    const size_t slices = stretch_of(index, cell).count;
    const maker m = {index, rp_alloc(slices + 1, sizeof(double)), rp_alloc(slices + 1, sizeof(double))};
    rp_row row = {.cell = cell, .slices = slices};

    row_times(&m, &row);
    row.base_ratio = row_estimate(&m, &row, RP_BASE_RATIO, &row.base_processes);
    row.base_diff = row_estimate(&m, &row, RP_BASE_DIFF, NULL);
    row.floor_ratio = row_estimate(&m, &row, RP_FLOOR_RATIO, &row.floor_processes);
    row.floor_diff = row_estimate(&m, &row, RP_FLOOR_DIFF, NULL);
    row.ticks = row_estimate(&m, &row, RP_TICKS, NULL).value;
    row.cycles = row_estimate(&m, &row, RP_CYCLES, NULL).value;
    row.instructions = row_estimate(&m, &row, RP_INSTRUCTIONS, NULL).value;
    if (own->count.operations) {
        row.instructions = own->count.total;
    }
    free(m.medians);
    free(m.mads);
    return row;
}

void rp_summarize(rp_document *doc)
{
    rp_index *index = rp_index_new(doc);

    free(doc->rows);
    doc->rows = rp_alloc(doc->cell_count, sizeof *doc->rows);
    doc->row_count = 0;
    for (uint32_t i = 0; i < doc->cell_count; i++) {
        const rp_row row = make_row(index, i);
        if (row.slices || doc->cells[i].count.operations || *doc->cells[i].constant_time) {
            doc->rows[doc->row_count++] = row;
        }
    }
    rp_index_free(index);
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

double *rp_process_values(const rp_index *index, uint32_t cell, rp_measure measure, size_t *count)
{
    double *medians = rp_alloc(stretch_of(index, cell).count + 1, sizeof *medians);

    *count = collect(index, cell, measure, medians, NULL);
    if (*count == 0) {
        free(medians);
        return NULL;
    }
    return medians;
}
