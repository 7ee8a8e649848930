/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one process that measures every block of a run once. The run's parent starts them one after the other, each a
 * fresh program image, so that address layouts differ; all on one CPU.
 *
 * Protocol, version 1. The parent writes the journal's header, closes the journal and starts
 *     escrowbench [--module M]... worker --protocol 1 --journal FILE --process K --processes N [--cpu N] --seed S
 *                 --budget SECONDS --slice SECONDS --min-time SECONDS --origin NANOSECONDS [--latency]
 * and waits. The worker appends finished blocks (and, as process 0, the cells' facts) to the journal, and writes one line
 * to standard output after each block: "block DONE OF". It ends with exit code 0, 3 if it was stopped by a signal, 4 if the
 * journal cannot be written, after the line "unwritten WHY", or 1 after one line on stderr. With --latency it takes the percentiles instead of blocks.
 */
#ifndef EB_WORKER_H
#define EB_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/report/document.h"

enum { EB_WORKER_PROTOCOL = 1, EB_WORKER_STOPPED = 3, EB_WORKER_UNWRITTEN = 4, EB_WORKER_ANY_CPU = 1 << 20 };

typedef struct eb_worker_options {
    const char *journal;
    unsigned protocol, process, processes, cpu;
    uint64_t seed, origin;
    double budget;   /* seconds for all blocks, making inputs included */
    double slice;    /* seconds of one cell in one round */
    double min_time; /* seconds of each cell at the least; 0: as the budget allows */
    bool latency;
} eb_worker_options;

/** Does the work; returns the exit code. */
int eb_worker_run(const eb_worker_options *options);

/** Are these the blocks that workers make with the document's seed, of so many processes? If not, header and blocks of a
 *  journal are not of one run. */
bool eb_worker_made(const rp_document *doc, unsigned processes);

#endif
