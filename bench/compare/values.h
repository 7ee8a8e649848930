/* SPDX-License-Identifier: Apache-2.0 */
/* One figure a process, of all cells of a document at once. */
#ifndef CM_VALUES_H
#define CM_VALUES_H

#include "bench/report/summary.h"

typedef struct cm_values {
    double *value; /* NULL: none */
    size_t count;
} cm_values;

/* An array with one entry for each cell, as rp_process_values() gives them one by one. */
cm_values *cm_values_of(const rp_document *doc, rp_measure measure);
/* The same for a run that counted instructions: one figure of each cell that was counted. */
cm_values *cm_counts_of(const rp_document *doc);
void cm_values_free(cm_values *values, size_t cells);

#endif
