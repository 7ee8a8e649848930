/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the workers of a run one after the other and shows how far they are. */
#ifndef EB_CONDUCTOR_H
#define EB_CONDUCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct eb_conduct {
    const char *journal;
    unsigned processes; /* that measure blocks; one more takes the percentiles */
    int cpu;
    uint64_t seed, origin_ns;
    double budget_s;  /* for all of them together */
    double latency_s; /* of it, for the percentiles; 0: none are taken */
    double slice_s, min_time_s;
    bool progress; /* a line on standard error that is written over */
    char *why;     /* why the journal could not be written; room for why_len bytes */
    size_t why_len;
} eb_conduct;

typedef enum eb_conducted {
    EB_CONDUCT_DONE,
    EB_CONDUCT_STOPPED,   /* by a signal: the journal holds the blocks that were finished */
    EB_CONDUCT_UNWRITTEN, /* the journal cannot be written; it says why, and nobody has told the user yet */
    EB_CONDUCT_FAILED     /* a worker failed and said why on standard error */
} eb_conducted;

/** Runs them all; waits for the last one whatever happens. */
eb_conducted eb_conduct_run(const eb_conduct *c);

#endif
