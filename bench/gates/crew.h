/* SPDX-License-Identifier: Apache-2.0 */
/* Runs tasks in forked processes. A process that dies takes one task with it. */
#ifndef EB_BENCH_GATES_CREW_H
#define EB_BENCH_GATES_CREW_H

#include "bench/gates/units.h"

typedef struct gt_crew_job {
    const gt_task *tasks;
    gt_unit *units;      /* one for each task; the crew fills in what came of it */
    const size_t *queue; /* the tasks to run, in this order */
    size_t count;
    unsigned jobs, limit; /* processes at a time; seconds for one task */
    bool sparse;          /* as in gt_log */
    void (*done)(void *user, size_t task);
    bool (*stopped)(void *user);
    void *user;
} gt_crew_job;

/** @retval EB_OK          all were run, or `stopped` said so (and *early is set)
 *  @retval EB_ERR_BACKEND no process, pipe or memory */
eb_status gt_crew_run(const gt_crew_job *job, bool *early) EB_MUST_CHECK;

/** CPUs that this process may use. */
unsigned gt_crew_cpus(void);

#endif
