/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the instructions of every cell of a document: starts counting workers, under whatever tool this machine has, and
 * hands cells out to them. */
#ifndef EB_COUNT_COUNTING_H
#define EB_COUNT_COUNTING_H

#include "bench/report/document.h"

typedef struct eb_counting {
    const char *tool;       /* "perf", "qemu", "callgrind"; NULL: the first of these that works */
    const char *emulator;   /* QEMU's command line, "qemu-x86_64 -cpu max"; NULL: for this program's architecture */
    const char *target;     /* the program that is counted; NULL: this one */
    const char *plugin;     /* NULL: eb_count.so beside this program */
    const char *exceptions; /* of memcheck, in valgrind's form; not for counting */
    unsigned workers;       /* 0: one for each CPU */
    uint64_t seed;          /* of keys, coins and inputs */
    bool progress;
} eb_counting;

typedef enum eb_counted {
    EB_COUNTED_ALL,
    EB_COUNTED_STOPPED, /* by a signal: some cells have their counts */
    EB_COUNTED_FAILED   /* said why on standard error */
} eb_counted;

/** From doc->counting.features and the machine's: what of these the program does not see under the tool. */
void eb_count_unseen(rp_document *doc);

/** Fills in doc->counting and each cell's count. */
eb_counted eb_count_cells(rp_document *doc, const eb_counting *options);

#endif
