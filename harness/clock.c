/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/clock.h"

#include <time.h>

#include "harness/stats.h"

uint64_t hn_now_ns(void)
{
    struct timespec now;

    /* Cannot fail: the clock exists wherever this compiles, and &now is valid. */
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t hn_cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void hn_clock_measure(hn_clock_cost *out)
{
    enum { PAIRS = 2001, BURST = 16 };
    double pairs[PAIRS];
    double smallest = 0;

    for (int i = 0; i < PAIRS; i++) {
        /* On a coarse clock most pairs differ by 0, so a burst is timed, and its mean taken. */
        const uint64_t began = hn_now_ns();
        uint64_t last = began;
        for (int k = 0; k < BURST; k++) {
            const uint64_t now = hn_now_ns();
            const double step = (double)(now - last);
            if (step > 0 && (smallest <= 0 || step < smallest)) {
                smallest = step;
            }
            last = now;
        }
        pairs[i] = 2.0 * (double)(last - began) / BURST;
    }
    hn_sort(pairs, PAIRS);
    out->pair_ns = hn_median_sorted(pairs, PAIRS);
    out->resolution_ns = smallest;
}

double hn_ticks_compared(uint64_t measure_ns)
{
    const uint64_t began = hn_now_ns();
    const uint64_t ticks = hn_ticks();
    uint64_t now;

    do {
        now = hn_now_ns();
    } while (now - began < measure_ns || now == began);
    return (double)(hn_ticks() - ticks) * 1e9 / (double)(now - began);
}
