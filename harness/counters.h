/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware counters of cycles and instructions, by perf events. Probed, never assumed: virtual machines and containers
 * mostly have none. */
#ifndef HN_COUNTERS_H
#define HN_COUNTERS_H

#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_counters hn_counters; /* opaque; one thread's counters, user mode only */

typedef struct hn_counts {
    uint64_t cycles, instructions;
} hn_counts;

/* Opens the counters for the calling thread and checks that they count. Returns NULL where they do not; *why (if why is
 * not NULL) is then a static sentence, else "". Close with hn_counters_close(). */
hn_counters *hn_counters_open(const char **why);

/* "perf" for open counters, "none" for NULL. Static. */
const char *hn_counters_name(const hn_counters *counters);

/* Counts since they were opened; zeroes where counters is NULL or the kernel did not count all the time (counters
 * shared with another program). Two readings make a difference: about 1 us together. */
hn_counts hn_counters_read(const hn_counters *counters);

/* Closes; NULL is allowed. */
void hn_counters_close(hn_counters *counters);

#ifdef __cplusplus
}
#endif
#endif
