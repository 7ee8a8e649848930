/* SPDX-License-Identifier: Apache-2.0 */
/* What gates say: checks, failures and findings. */
#ifndef EB_BENCH_GATES_LOG_H
#define EB_BENCH_GATES_LOG_H

#include "bench/gates/gates.h"

#if defined(__GNUC__)
#define GT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define GT_PRINTF(f, a)
#endif

/** Counts a check; if it did not hold, the message says what was wrong. Returns `ok`. */
bool gt_check(gt_log *log, bool ok, const char *format, ...) GT_PRINTF(3, 4);

/** A check that a call succeeded: the message says which, the status is added. */
bool gt_succeeds(gt_log *log, eb_status s, const char *what);

/** Malformed inputs of one field, as they are tried. */
typedef struct gt_tally {
    const char *field;
    uint64_t tried, accepted;
} gt_tally;

/** Reports a finding if something was accepted; `detail` is what that means. */
void gt_tally_report(gt_log *log, const gt_tally *tally, const char *detail);

/** Is it the status of an input that was looked at and refused (and not of a library that failed)? */
bool gt_refusal(eb_status s);

#endif
