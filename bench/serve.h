/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server: one process that opens cells and times slices of them when it is told to. `escrowbench ab` starts two, of two
 * builds, and interleaves them; so this protocol must be understood by builds of different ages. It is versioned: what is
 * added later gets a new number, and a server goes on speaking the old ones as long as it can.
 *
 * Protocol, version 1. Started as
 *     escrowbench [--module M]... serve --protocol 1
 * it reads requests on standard input and answers on standard output. A line is at most 1,024 bytes of printable ASCII;
 * fields are separated by one blank. Each request has one reply, except that `cells` and `prove` give lines that come
 * before it. At the start it says, without being asked,
 *     escrowbench-serve 1
 *     program VERSION COMMIT STATE FINGERPRINT      STATE: clean, dirty; COMMIT: - if unknown
 *     library BACKEND VERSION                       one for each
 *     ready
 *
 * request                      reply
 *     cells SUITE [REGEX]      "cell CELL" for each, then "end COUNT"; SUITE: quick, full. The ids that match; those of
 *                              all sizes and operations if none of the suite does
 *     open SLOT SEED CELL      "opened SLOT", or "absent SLOT REASON" if this build does not have the cell. SLOT: 0 to
 *                              255; SEED: of keys and inputs
 *     prove                    "proving DONE TOTAL" now and then; then "proved COUNT", or "unproved REASON". The gates of
 *                              all open cells; what has passed before is remembered
 *     plan SLOT NANOSECONDS    "planned SLOT NS": warms the cell up by slices of up to that time; NS an operation
 *     run SLOT WARM COUNT TIMES
 *                              "ran SLOT SWITCHES NS...": after WARM operations that are not timed, TIMES slices of
 *                              COUNT operations; NS of each slice; SWITCHES: how often the process had to give up the CPU
 *                              meanwhile, -1 if unknown
 *     close SLOT               "closed SLOT"
 *     quit                     ends with exit code 0, as the end of input does
 *
 * CELL is the ten fields of bench/ab/wire.h. Anything else, and anything that fails, is answered by "error REASON", and
 * the server ends with exit code 1. It times what it is asked to: asking for the proof first is the coordinator's part.
 */
#ifndef EB_SERVE_H
#define EB_SERVE_H

enum { EB_SERVE_PROTOCOL = 1, EB_SERVE_SLOTS = 256 };
#define EB_SERVE_HELLO "escrowbench-serve"

/* Bounds of what is asked for. */
#define EB_SERVE_WARM_MAX 1000000u
#define EB_SERVE_COUNT_MAX 1000000000u
#define EB_SERVE_TIMES_MAX 16u
#define EB_SERVE_SLICE_MAX 10000000000u /* nanoseconds */

/** Serves until quit, end of input or an error; returns the exit code. Needs eb_begin. */
int eb_serve_run(unsigned protocol);

#endif
