/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs all gates that a set of pairs needs, each once, spread over the allowed CPUs by forked processes (an
 * implementation that crashes fails its own gate and no other), and remembers what passed in a file. Call after eb_start,
 * from a process with one thread.
 */
#ifndef EB_BENCH_GATES_RUNNER_H
#define EB_BENCH_GATES_RUNNER_H

#include "bench/gates/gates.h"

/** One gate on one subject, done. */
typedef struct gt_unit {
    const gt_gate *gate;
    char subject[GT_NAME];
    gt_outcome outcome;
    uint64_t checks, failures; /* of a remembered unit: as they were when it passed */
    double seconds;            /* of CPU time; likewise */
    char detail[GT_DETAIL];    /* the first failure, or why it was skipped */
    gt_finding *findings;
    size_t finding_count;
} gt_unit;

/** Progress: `done` of `total` units; `unit` is the one that has just been done. */
typedef void (*gt_progress)(void *user, const gt_unit *unit, size_t done, size_t total);

typedef struct gt_options {
    /* The file of passes. NULL: ${XDG_CACHE_HOME:-$HOME/.cache}/escrowbench/gates, its folders made if need be. "":
       nothing is remembered. A file that cannot be read or written is no error. */
    const char *cache;
    /* What a pass depends on besides this program's own file and the gates' own subject: library versions, CPU features
       in use, modules with their digests. May be NULL. */
    const char *context;
    bool sparse;                 /* as in gt_log: a pass of this kind is remembered by itself */
    bool force;                  /* run what is remembered too; the passes are remembered again */
    unsigned jobs;               /* processes at a time; 0: as many as CPUs are allowed */
    unsigned limit;              /* seconds that one unit may take before it counts as failed; 0: 300 */
    const char *only;            /* id of the one gate to run; NULL: all */
    gt_progress progress;        /* may be NULL */
    bool (*stopped)(void *user); /* asked several times a second; true ends the run early. May be NULL */
    void *user;
} gt_options;

typedef struct gt_results {
    gt_unit *units; /* in the order of gates, then of the pairs given */
    size_t count;
    size_t passed, failed, skipped, remembered; /* units; not run because of an early end: none of these */
    uint64_t checks, failures, findings;        /* remembered ones included */
    double seconds;                             /* that the run took */
    bool stopped;
    struct gt_cover *cover; /* which units each pair stands on */
    size_t cover_count;
} gt_results;

/**
 * Runs every gate on every subject that the `n` pairs make; pairs that cannot exist are left out. For GT_SCHEME the
 * registered libraries that have the scheme are added to those given. Results are freed with gt_results_free.
 *
 * @retval EB_OK          the run is complete: whether all gates passed is in `results`
 * @retval EB_ERR_BACKEND no process or memory to run it in
 */
eb_status gt_run(gt_results *results, const eb_pair_spec *pairs, size_t n, const gt_options *options) EB_MUST_CHECK;
void gt_results_free(gt_results *results);

/** The unit of a gate (its id) that the i-th of the given pairs stands on; NULL if the gate is not about it. */
const gt_unit *gt_unit_of(const gt_results *results, size_t i, const char *gate);

/** Has everything that the i-th of the given pairs stands on passed (or was it remembered)? If not, `why` (GT_DETAIL
 *  bytes, may be NULL) names the first unit that did not, and what was wrong. */
bool gt_proven(const gt_results *results, size_t i, char *why);

#endif
