/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/shares.h"

#include <stdlib.h>

static int by_cost(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* From the cheapest on: as long as all that are left could have as much as this one, it has what it costs. */
static uint64_t fill(const uint64_t *sorted, size_t count, uint64_t budget_ns)
{
    uint64_t left = budget_ns;
    for (size_t i = 0; i < count; i++) {
        const uint64_t even = left / (count - i);
        if (sorted[i] > even)
            return even;
        left -= sorted[i];
    }
    return UINT64_MAX;
}

uint64_t eb_cost_cap(const eb_cost *costs, size_t count, uint64_t budget_ns, uint64_t least_ns)
{
    uint64_t *sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL)
        return UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        sorted[i] = costs[i].ns;
    qsort(sorted, count, sizeof *sorted, by_cost);
    const uint64_t cap = fill(sorted, count, budget_ns);
    free(sorted);
    return cap > least_ns ? cap : least_ns;
}

unsigned eb_cost_processes(uint64_t cost_ns, uint64_t cap_ns, unsigned processes)
{
    if (cost_ns <= cap_ns)
        return processes;
    const double n = (double)processes * ((double)cap_ns / (double)cost_ns);
    return n < 1 ? 1 : (unsigned)n;
}

bool eb_cost_falls_to(unsigned process, unsigned some, unsigned processes, size_t turn)
{
    if (process == 0 || some >= processes)
        return true;
    /* Of the others, `more` have it: those at which a straight line from 0 to `more` passes a whole number. */
    const size_t others = processes - 1, more = some - 1, at = (process - 1 + turn) % others;
    return (at + 1) * more / others > at * more / others;
}
