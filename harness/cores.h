/* SPDX-License-Identifier: Apache-2.0 */
/* Cores that differ: big and little ones on ARM, performance and efficiency cores on x86. What is compared runs on the
 * fastest kind. */
#ifndef HN_CORES_H
#define HN_CORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel's own upper limit. */
enum { HN_CPUS_MAX = 8192 };

/* Of the allowed CPUs (a byte each, 0 for not allowed) the highest of those that are fastest: by the kernel's capacity of a
 * CPU, else by its highest clock rate, else all are taken for equal. -1 without any. root as in hn_environment_read(). */
int hn_cores_fastest(const char *root, const unsigned char *allowed, size_t count);

/* Is a CPU that is there, allowed or not, faster than this one? */
bool hn_cores_is_slow(const char *root, int cpu);

/* The kinds of cores that are there, fastest first: "4 x Arm Cortex-A76 (capacity 1024), 4 x Arm Cortex-A55 (capacity
 * 414)". By the kernel's capacity; "" where all have the same, or it tells none. */
void hn_cores_kinds(const char *root, char *out, size_t size);

/* The lines of /proc/cpuinfo about one CPU; those about the first if it has none of its own. False, and "", without. */
bool hn_cores_cpuinfo(const char *root, int cpu, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
