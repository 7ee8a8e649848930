/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/quiet.h"

#include <stdlib.h>

#include "harness/clock.h"
#include "harness/op.h"
#include "harness/stats.h"

enum { SLICES = 300, CALIBRATE = 100000 };

/* A chain of multiplications: each waits for the one before it, so that its time is the core's clock and nothing else. */
static uint64_t work(uint64_t steps, uint64_t x)
{
    for (uint64_t i = 0; i < steps; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407U;
#if defined(__GNUC__)
        __asm__ __volatile__("" : "+r"(x));
#endif
    }
    return x;
}

static double time_of(uint64_t steps, uint64_t *sink)
{
    const uint64_t start = hn_now_ns();
    *sink = work(steps, *sink);
    return (double)(hn_now_ns() - start);
}

int hn_quiet_measure(hn_quiet *out)
{
    double *all = malloc(sizeof *all * 2 * SLICES);
    uint64_t sink = 1;
    *out = (hn_quiet){0};
    if (all == NULL)
        return HN_ERR_MEMORY;
    double least = time_of(CALIBRATE, &sink);
    for (int i = 0; i < 20; i++) {
        const double t = time_of(CALIBRATE, &sink);
        least = t < least ? t : least;
    }
    const uint64_t steps = (uint64_t)(CALIBRATE * 1e6 / (least > 1 ? least : 1));
    for (size_t i = 0; i < SLICES; i++)
        all[i] = all[SLICES + i] = time_of(steps, &sink);
    hn_sort(all, SLICES / 2);
    hn_sort(all + SLICES / 2, SLICES / 2);
    out->drift = hn_median_sorted(all + SLICES / 2, SLICES / 2) / hn_median_sorted(all, SLICES / 2) - 1;
    hn_sort(all + SLICES, SLICES);
    out->slices = SLICES;
    out->slice_ns = hn_median_sorted(all + SLICES, SLICES);
    out->late_5 = all[SLICES + SLICES - SLICES / 20] / out->slice_ns - 1;
    free(all);
    return HN_OK;
}
