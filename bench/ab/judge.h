/* SPDX-License-Identifier: Apache-2.0 */
/* From slices to verdicts, and how they are shown. */
#ifndef EB_AB_JUDGE_H
#define EB_AB_JUDGE_H

#include <stdio.h>

#include "bench/ab/measure.h"
#include "bench/compare/verdict.h"

/** One cell. */
typedef struct ab_row {
    double *
        ratios; /* head to base, one for each pair of processes: median over turns of the ratio of the fastest slices */
    double ns[AB_SIDES]; /* of an operation: median over pairs of the mean of the fastest quarter of slices */
    vd_result result;
} ab_row;

typedef struct ab_verdicts {
    vd_rule rule;
    ab_row *rows; /* one for each cell that both have */
    size_t count, pairs;
    size_t tally[4];                  /* of each vd_verdict */
    double disturbed;                 /* part of the turns in which a program lost the CPU; NaN: unknown */
    uint32_t turns_least, turns_most; /* of a cell in a pair */
} ab_verdicts;

/** Each pair's figure for a cell is taken from its own rounds; the test is over pairs. */
void ab_judge(ab_verdicts *out, const ab_measured *m, const ab_cells *cells, const vd_rule *rule);
void ab_verdicts_free(ab_verdicts *v);

/** All that a report is made of. */
typedef struct ab_report {
    const ab_options *options;
    const ab_cells *cells;
    const ab_measured *measured;
    const ab_verdicts *verdicts;
} ab_report;

void ab_terminal(FILE *out, const ab_report *r, bool color);
void ab_markdown(FILE *out, const ab_report *r);
/** With every slice. */
void ab_json(FILE *out, const ab_report *r);

#endif
