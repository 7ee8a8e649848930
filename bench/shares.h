/* SPDX-License-Identifier: Apache-2.0 */
/* Which blocks a process measures, where all processes measuring all blocks would take longer than the budget: dear blocks (a
 * hundred agents, slow libraries) are left to fewer processes, so that the cheap ones have all of theirs. */
#ifndef EB_SHARES_H
#define EB_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What one block took in process 0, making its inputs included. */
typedef struct eb_cost {
    const char *id; /* of the block: unique, compared as a pointer */
    uint64_t ns;
} eb_cost;

/** The most that a block may cost each process on average, for all of them to fit into `budget_ns` of a process: the cap c for
 *  which the sum of min(cost, c) is the budget. At least `least_ns`; UINT64_MAX if all fits as it is. */
uint64_t eb_cost_cap(const eb_cost *costs, size_t count, uint64_t budget_ns, uint64_t least_ns);

/** Of `processes`, how many measure a block of this cost under a cap: 1 to all. */
unsigned eb_cost_processes(uint64_t cost_ns, uint64_t cap_ns, unsigned processes);

/** Whether process number `process` is one of `some` out of `processes`. Number 0 always is; the others are spread evenly, from
 *  another one on for each block (`turn`). */
bool eb_cost_falls_to(unsigned process, unsigned some, unsigned processes, size_t turn);

#endif
