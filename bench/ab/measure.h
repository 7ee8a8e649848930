/* SPDX-License-Identifier: Apache-2.0 */
/* The interleaving: fresh pairs of processes of the two programs, on one CPU, slice against slice. */
#ifndef EB_AB_MEASURE_H
#define EB_AB_MEASURE_H

#include "bench/ab/cells.h"

typedef struct ab_options {
    ab_program programs[AB_SIDES];
    int cpu;           /* that everything runs on; -1: any */
    double budget_s;   /* for everything but the proofs */
    double patience_s; /* for one reply */
    uint64_t slice_ns;
    unsigned pairs; /* of processes */
    uint64_t seed;
    bool progress; /* a line on standard error that is written over */
} ab_options;

enum { AB_TIMES_MAX = 3 };

/** One cell in one round: slices of each program, back to back. */
typedef struct ab_turn {
    uint32_t pair, round, cell;
    bool head_first;
    double ns[AB_SIDES][AB_TIMES_MAX]; /* of each of the cell's `times` slices: of its `count` operations */
    int64_t switches[AB_SIDES];        /* how often the process lost the CPU; -1: unknown */
} ab_turn;

typedef struct ab_measured {
    ab_turn *turns; /* in the order in which they were taken */
    size_t turn_count;
    unsigned pairs; /* that were measured: as many as asked for, or as the budget had time for, but 6 */
    ab_hello hello[AB_SIDES];
    uint64_t proved[AB_SIDES]; /* gates that each has passed */
    double prepared_s;         /* of preparing, proofs left out */
    double seconds;            /* of all that the budget is for */
} ab_measured;

/** Both programs, side by side and proved: asks which cells there are, lets each prove its own, and finds out how many
 *  operations fill a slice. False with *err. */
bool ab_prepare(ab_cells *cells, ab_measured *out, const ab_options *o, const char *suite, const char *filter,
                size_t most, ab_error *err);

/** Measures. False with *err; nothing is left running. */
bool ab_measure(ab_measured *out, ab_cells *cells, const ab_options *o, ab_error *err);

void ab_measured_free(ab_measured *m);

#endif
