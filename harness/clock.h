/* SPDX-License-Identifier: Apache-2.0 */
/* The monotonic clock, and the tick counter that the CPU offers to programs (in arch_x86.c, arch_arm.c, arch_other.c). */
#ifndef HN_CLOCK_H
#define HN_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CLOCK_MONOTONIC in nanoseconds: never set back, adjusted in rate only. */
uint64_t hn_now_ns(void);

/* CPU time of the calling thread in nanoseconds; a system call. */
uint64_t hn_cpu_ns(void);

/* What reading the clock costs and tells on this machine. */
typedef struct hn_clock_cost {
    double pair_ns;       /* median cost of two readings in a row: what the clock adds to a single timed operation */
    double resolution_ns; /* smallest difference other than 0 that was seen between two readings */
} hn_clock_cost;

/* Measures *out; takes about 1 ms. */
void hn_clock_measure(hn_clock_cost *out);

/* The counter's name: "tsc" (x86), "cntvct" (64-bit ARM) or "none". Ticks are not cycles: a TSC ticks at one rate
 * whatever the core's clock does, and an ARM counter at 1 to 50 MHz (1 GHz on the newest). Static. */
const char *hn_ticks_name(void);

/* The counter, or 0 where there is none. Not serialised: for stretches of microseconds and more. */
uint64_t hn_ticks(void);

/* The same between two fences: what comes before has been done, what comes after has not begun. For single calls of a few
 * hundred cycles. */
uint64_t hn_ticks_fenced(void);

/* Ticks a second: what the machine declares (ARM), else compared with the clock over about measure_ns (10 ms give five
 * digits). 0 without a counter. */
double hn_ticks_hz(uint64_t measure_ns);

/* Ticks a second by comparison with the clock, on any machine with a counter. */
double hn_ticks_compared(uint64_t measure_ns);

#ifdef __cplusplus
}
#endif
#endif
