/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/count/count.h"

#include <math.h>
#include <stddef.h>

#include "harness/count/reading.h"

/* Above these an operation is counted one by one, and once. */
static const uint64_t long_operation = 200000000, single_operation = 5000000000;

/* A stretch of operations, between two readings. */
static hn_status stretch(const hn_cell *cell, hn_counter *counter, uint64_t operations, hn_reading *out, int *op_error)
{
    hn_reading before, after;
    if (cell->prepare != NULL && (*op_error = cell->prepare(cell->ctx, operations)) != 0)
        return HN_ERR_PREPARE;
    if (!hn_counter_read(counter, &before))
        return HN_ERR_UNAVAILABLE;
    for (uint64_t i = 0; i < operations; i++)
        if ((*op_error = cell->op(cell->ctx)) != 0)
            return HN_ERR_OP;
    if (!hn_counter_read(counter, &after))
        return HN_ERR_UNAVAILABLE;
    *out = (hn_reading){after.total - before.total, after.memory - before.memory, after.vector - before.vector};
    return HN_OK;
}

static double apart(uint64_t a, uint64_t b)
{
    return a > 0 ? fabs((double)b - (double)a) / (double)a : NAN;
}

/* (count of n operations - count of none) / n: marks are in both. */
static void difference(hn_count *out, const hn_reading *none, const hn_reading *all, uint64_t n, bool classes)
{
    out->total = (double)(all->total - none->total) / (double)n;
    out->memory = classes ? (double)(all->memory - none->memory) / (double)n : NAN;
    out->vector = classes ? (double)(all->vector - none->vector) / (double)n : NAN;
    out->operations = n;
}

hn_status hn_count_run(const hn_cell *cell, hn_counter *counter, uint32_t ring, hn_count *out, int *op_error)
{
    hn_reading none, first, once, again;
    const bool classes = hn_counter_classes(counter);
    *out = (hn_count){NAN, NAN, NAN, NAN, 0};
    *op_error = 0;
    if (cell->prepare != NULL && cell->max_prepare > 0 && ring > cell->max_prepare)
        ring = (uint32_t)cell->max_prepare;
    hn_status s = stretch(cell, counter, 0, &none, op_error);
    if (s == HN_OK)
        s = stretch(cell, counter, 1, &first, op_error);
    if (s == HN_OK) /* warm too */
        s = stretch(cell, counter, 0, &none, op_error);
    if (s != HN_OK)
        return s;
    if (first.total > single_operation) {
        difference(out, &none, &first, 1, classes);
        return HN_OK;
    }
    const uint64_t n = first.total > long_operation || ring < 2 ? 1 : ring;
    if (n > 1) /* warm, and back at the first input */
        s = stretch(cell, counter, n - 1, &again, op_error);
    if (s == HN_OK)
        s = stretch(cell, counter, n, &once, op_error);
    if (s == HN_OK && n > 1)
        s = stretch(cell, counter, n, &again, op_error);
    if (s != HN_OK)
        return s;
    difference(out, &none, n > 1 ? &again : &once, n, classes);
    out->spread = n > 1 ? apart(once.total, again.total) : NAN;
    return HN_OK;
}
