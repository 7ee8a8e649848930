/* SPDX-License-Identifier: Apache-2.0 */
/* Google Benchmark behind a C function: one slice is one run of its engine, over one operation, with an explicit
 * number of iterations. The engine's own command line and BENCHMARK_* variables are without effect. */
#ifndef HN_GBENCH_H
#define HN_GBENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/counters.h"
#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One run of the engine. */
typedef struct hn_slice {
    uint64_t iterations;   /* operations that ran inside the clock */
    double ns;             /* real time of all of them together, nanoseconds */
    uint64_t ticks;        /* of hn_ticks() over the same stretch; 0 where the machine has no counter */
    uint64_t cycles;       /* 0 without hardware counters */
    uint64_t instructions; /* 0 without hardware counters */
    int op_error;          /* what the operation returned when the status is HN_ERR_OP, else 0 */
} hn_slice;

/* Runs op(ctx) `iterations` times (at least 1) in one engine run and stores the slice in *out. prepare() is not called:
 * that is the scheduler's work. counters may be NULL. On HN_ERR_OP the operation returned non-zero (out->op_error)
 * and the run ended there; on every error the times in *out are 0.
 * Not reentrant: Google Benchmark keeps a global list of benchmarks. An operation must not call it. */
hn_status hn_gbench_slice(const char *name, hn_fn op, void *ctx, uint64_t iterations, hn_counters *counters,
                          hn_slice *out);

/* As the operation of a slice it is not called: the slice is a plain C++ loop with an empty body, and so what a call costs is
 * the difference of one that does nothing to it. Called, it returns 0. */
int hn_gbench_plain(void *ctx);

/* What an engine run adds, measured with an operation that does nothing: *inside_ns is the part that falls within the
 * clock of every slice (a slice's time is never corrected by it), *around_ns the part outside, which only costs budget.
 * Medians of `runs` runs (at least 1; 101 take about 1 ms). */
hn_status hn_gbench_overhead(uint32_t runs, double *inside_ns, double *around_ns);

/* Version of the engine's headers or library, as far as it tells: "1.9.1", or "" where it does not (1.7.1). Static. */
const char *hn_gbench_version(void);

/* Whether the engine was built without NDEBUG, as Debian 12's says of itself: worth one line of a report, no alarm. */
bool hn_gbench_debug_build(void);

#ifdef __cplusplus
}
#endif
#endif
