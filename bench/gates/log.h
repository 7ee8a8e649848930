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

/* The parts of gt_check. The second returns something only to be of use in an expression. */
static inline bool gt_held(gt_log *log)
{
    log->checks++;
    return true;
}
int gt_failed(gt_log *log, const char *format, ...) GT_PRINTF(2, 3);
static inline bool gt_did_not(int said)
{
    (void)said;
    return false;
}

/** Counts a check; if it did not hold, the message (as for printf) says what was wrong. Gives `ok`. A macro, so that whoever
 *  reads the code, compilers and analysers included, sees that it does. */
#define gt_check(log, ok, ...) ((ok) ? gt_held(log) : gt_did_not(gt_failed((log), __VA_ARGS__)))

/** A check that a call succeeded: the message says which, the status is added. */
static inline bool gt_succeeds(gt_log *log, eb_status s, const char *what)
{
    return gt_check(log, s == EB_OK, "%s: %s", what, eb_status_name(s));
}

/** Memory for `len` bytes and one more. NULL is a failed check. */
uint8_t *gt_memory(gt_log *log, size_t len);

/** Malformed inputs of one field, as they are tried. */
typedef struct gt_tally {
    const char *field;
    uint64_t tried, accepted;
} gt_tally;

/** Reports a finding; `detail` is what it means. */
void gt_report(gt_log *log, const gt_tally *tally, const char *detail);
/** The same, if something was accepted. */
void gt_tally_report(gt_log *log, const gt_tally *tally, const char *detail);

/** Where all of `len` bytes or lengths are tried in turn, how far it is to the next: 1; or under an emulator 7, and more where
 *  that would be more than some 40, but an odd number, so that in gt_next_bit all eight bits have their turn. */
static inline size_t gt_stride(const gt_log *log, size_t len)
{
    return !log->sparse ? 1 : len / 40 < 7 ? 7 : (len / 40) | 1;
}

/** The bit to flip after `bit`, where all of `len` bytes are tried from 0 on: the next one; or one of the next byte that is
 *  tried. */
static inline size_t gt_next_bit(const gt_log *log, size_t bit, size_t len)
{
    const size_t byte = bit / 8 + gt_stride(log, len);
    return log->sparse ? 8 * byte + byte % 8 : bit + 1;
}

/** Is it the status of an input that was looked at and refused (and not of a library that failed)? */
bool gt_refusal(eb_status s);

#endif
