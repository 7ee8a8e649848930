/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of one operation, as the difference of two counts of operations: what starting, marking and warming up take
 * is in both. By whoever counts here: hardware counters (perf events), QEMU's user mode with the plug-in of plugin.c, or
 * valgrind's callgrind. Their counts are never compared with each other: they see other CPUs. */
#ifndef HN_COUNT_H
#define HN_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_counter hn_counter; /* opaque; counts the calling thread */

/* Finds out who counts in this process. `scratch` is the folder into which callgrind was told to write (its files are named
 * by process number); "" if it was not. NULL if nobody counts. Close with hn_counter_close(). */
hn_counter *hn_counter_open(const char *scratch);
/* A forked child calls it before it reads; the parent's counter serves both. */
void hn_counter_forked(hn_counter *counter);
/* "perf", "qemu-plugin", "callgrind". Static. */
const char *hn_counter_tool(const hn_counter *counter);
void hn_counter_close(hn_counter *counter); /* NULL is allowed */

/* Means over the counted operations. Each instruction is of one class: it accesses memory, or else works on vector
 * registers (cryptographic instructions do), or neither. NaN: not told apart by this tool. */
typedef struct hn_count {
    double total, memory, vector;
    double spread;       /* how far two counts of the same operations were apart, as a part; NaN: counted once only */
    uint64_t operations; /* that the means are of */
} hn_count;

/* Counts an operation. A count is `ring` operations less none, warm, twice: `ring` is after how many
 * operations a cell is where it was. An operation of over 200 million instructions is counted one by one, one of over 5
 * thousand million once, cold.
 *   HN_ERR_OP, HN_ERR_PREPARE   *op_error tells what it returned
 *   HN_ERR_UNAVAILABLE          the counter failed */
hn_status hn_count_run(const hn_cell *cell, hn_counter *counter, uint32_t ring, hn_count *out, int *op_error);

/* The CPU features that this process can use, as the CPU itself tells it (an emulator shows another CPU than the kernel
 * does): the same words, in the same order, as in hn_environment. "" where it cannot be told. */
enum { HN_FEATURES_MAX = 192 };
void hn_features_seen(char out[HN_FEATURES_MAX]);

#ifdef __cplusplus
}
#endif
#endif
