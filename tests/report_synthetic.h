/* SPDX-License-Identifier: Apache-2.0 */
/* Run documents made up for tests: the shape of a real run, with times that are known. */
#ifndef REPORT_SYNTHETIC_H
#define REPORT_SYNTHETIC_H

#include "bench/report/document.h"

/* A document of one block "b" with three cells: 0 "none", 1 "master" (base 0, floor 2), 2 "floor"; no slices yet. */
rp_document *rp_synthetic_small(void);

/* Adds a process of that block. times[round * 3 + cell] is ns an operation; 0: the cell was not run in that round. Each
 * slice has 100 iterations. */
void rp_synthetic_process(rp_document *doc, uint32_t process, const double *times, uint32_t rounds);

/* A run as the program makes it: three libraries, two suites, four escrows, two sizes, floors, access, set-up. */
rp_document *rp_synthetic_run(uint32_t processes, uint32_t rounds);

#endif
