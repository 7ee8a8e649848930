/* SPDX-License-Identifier: Apache-2.0 */
/* From slices to rows.
 *
 * The process is the independent unit: every figure is first made within a process (the median over its rounds; of a
 * ratio or difference, the median over rounds of the pair within that round), and only then do processes meet: the median
 * over them, with the distribution-free interval by order statistics from 6 processes on. Pairs are never pooled over
 * processes. */
#ifndef RP_SUMMARY_H
#define RP_SUMMARY_H

#include "bench/report/document.h"

/* Replaces doc->rows by one row for each cell that has a slice, in the order of cells. */
void rp_summarize(rp_document *doc);

/* The row of a cell; NULL if it has none. */
const rp_row *rp_row_of(const rp_document *doc, uint32_t cell);

/* One figure of one cell in each process: what tests and intervals are made from (compare, ab). */
typedef enum rp_measure {
    RP_NS,
    RP_BASE_RATIO,
    RP_BASE_DIFF,
    RP_FLOOR_RATIO,
    RP_FLOOR_DIFF,
    RP_TICKS,
    RP_CYCLES,
    RP_INSTRUCTIONS
} rp_measure;

/* Where each cell's slices are: made once, in about the time that it takes to read them. Valid as long as the document's
 * cells, blocks and slices stay as they are. */
typedef struct rp_index rp_index;

rp_index *rp_index_new(const rp_document *doc);
void rp_index_free(rp_index *index); /* NULL is allowed */

/* Returns an array of *count values, one for each process that has it, in the order of blocks; free() it. NULL if there
 * are none. */
double *rp_process_values(const rp_index *index, uint32_t cell, rp_measure measure, size_t *count);

/* Median and interval of one value a process. NaN for what n does not allow. */
rp_estimate rp_estimate_of(const double *values, size_t n);

#endif
