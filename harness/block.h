/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler. A block is a set of cells that are to be compared with each other: it runs them in many short rounds,
 * each round all cells once in a fresh random order, so that whatever the machine does meanwhile, it does to all.
 * Pairs are formed within a round. */
#ifndef HN_BLOCK_H
#define HN_BLOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/counters.h"
#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_block_options {
    uint64_t budget_ns;                /* for the whole block in this process, warm-up and prepare() included */
    uint64_t slice_ns;                 /* aim for one cell in one round */
    uint32_t min_rounds;               /* run even if the budget is exceeded */
    uint32_t max_rounds;               /* at least min_rounds */
    uint64_t seed;                     /* of the order; give each process its own */
    bool full_slices;                  /* round the operations of a slice up, not down: at least slice_ns each */
    uint64_t single_run_over_ns;       /* a cell whose first operation takes longer runs that once only */
    uint64_t single_warm_over_ns;      /* the same of its second, and then that one counts; UINT64_MAX: no limit */
    uint64_t origin_ns;                /* hn_now_ns() at the process's start: samples count from here */
    hn_counters *counters;             /* borrowed; NULL: none */
    const volatile sig_atomic_t *stop; /* checked between slices; stops when not 0. NULL: none */
} hn_block_options;

/* 1 s budget, 2 ms slices, 5 to 2,000 rounds, single over 1 s, no limit for the second, the rest 0. */
void hn_block_options_init(hn_block_options *options);

/* One slice: one cell in one round. */
typedef struct hn_sample {
    uint32_t round;        /* from 0 */
    uint16_t order;        /* position in the round, from 0 */
    uint16_t cell;         /* index into the caller's cells */
    uint64_t start_ns;     /* since origin_ns */
    uint64_t iterations;   /* operations */
    double ns;             /* all of them together */
    uint64_t ticks;        /* 0: no counter */
    uint64_t cycles;       /* 0: no counter */
    uint64_t instructions; /* 0: no counter */
} hn_sample;

/* What the warm-up found out about a cell. */
typedef struct hn_cell_plan {
    double estimate_ns;  /* of one operation, warm (single: its only run) */
    uint64_t iterations; /* of each slice */
    bool single;         /* took longer than one of the limits: one sample, in round 0, taken before the others */
    bool capped;         /* slices are shorter than asked because max_prepare limits them */
} hn_cell_plan;

typedef struct hn_block_result {
    hn_cell_plan *plans; /* one for each cell, in the caller's order */
    size_t cell_count;
    hn_sample *samples; /* whole rounds only, in the order in which they were taken */
    size_t sample_count;
    uint32_t rounds;     /* whole rounds; 1 if all cells are single */
    uint64_t elapsed_ns; /* of the whole block */
    int failed_cell;     /* index of the cell that failed; -1: none */
    int op_error;        /* what its op or prepare returned */
} hn_block_result;

/* Runs a block of 1 to 65,535 cells. *out is always set, and always needs hn_block_result_free().
 *   HN_OK           finished
 *   HN_STOPPED      the stop flag was raised: the whole rounds until then are there
 *   HN_ERR_OP, HN_ERR_PREPARE, HN_ERR_ENGINE
 *                   failed_cell and op_error tell; samples are empty, since a broken cell taints its block
 *   HN_ERR_MEMORY, HN_ERR_INVALID */
hn_status hn_block_run(const hn_cell *cells, size_t cell_count, const hn_block_options *options, hn_block_result *out);

/* Frees the arrays and zeroes *result; a zeroed result is allowed. */
void hn_block_result_free(hn_block_result *result);

#ifdef __cplusplus
}
#endif
#endif
