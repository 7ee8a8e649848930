/* SPDX-License-Identifier: Apache-2.0 */
/* The units that a set of pairs needs: each gate on each subject once. */
#ifndef EB_BENCH_GATES_UNITS_H
#define EB_BENCH_GATES_UNITS_H

#include "bench/gates/runner.h"

/** A unit's gate and what it is run on; `backends` of a GT_SCHEME is the plan's memory. */
typedef struct gt_task {
    const gt_gate *gate;
    gt_subject subject;
} gt_task;

struct gt_cover {
    size_t pair, task;
};

typedef struct gt_plan {
    gt_task *tasks;
    size_t count;
    struct gt_cover *cover;
    size_t cover_count;
} gt_plan;

/** `only`: the id of one gate, or NULL. False without memory. Pairs that cannot exist make no task. */
bool gt_plan_make(gt_plan *plan, const eb_pair_spec *pairs, size_t n, const char *only) EB_MUST_CHECK;
void gt_plan_free(gt_plan *plan);

#endif
