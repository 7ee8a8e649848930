/* SPDX-License-Identifier: Apache-2.0 */
/* Is the machine quiet enough to measure on? Asked of the machine itself, not of its load average: how evenly does it run
 * the same work over and over? */
#ifndef HN_QUIET_H
#define HN_QUIET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_quiet {
    uint32_t slices;
    double slice_ns; /* median */
    double late_5;   /* the slowest twentieth took at least this much longer than the median: 0.01 is 1 % */
    double drift;    /* median of the second half over that of the first, less 1 */
} hn_quiet;

/* Above these, figures wander by more than the 1 % that a comparison wants to see. */
#define HN_QUIET_LATE 0.05
#define HN_QUIET_DRIFT 0.01

/* Runs about 300 slices of 1 ms of arithmetic on the calling thread's CPU. HN_ERR_MEMORY is the only failure. */
int hn_quiet_measure(hn_quiet *out);

#ifdef __cplusplus
}
#endif
#endif
