/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/compare/values.h"

#include <stdlib.h>

#include "bench/report/memory.h"

cm_values *cm_values_of(const rp_document *doc, rp_measure measure)
{
    rp_index *index = rp_index_new(doc);
    cm_values *values = rp_alloc(doc->cell_count, sizeof *values);

    for (uint32_t i = 0; i < doc->cell_count; i++) {
        values[i].value = rp_process_values(index, i, measure, &values[i].count);
    }
    rp_index_free(index);
    return values;
}

cm_values *cm_counts_of(const rp_document *doc)
{
    cm_values *values = rp_alloc(doc->cell_count, sizeof *values);

    for (size_t i = 0; i < doc->cell_count; i++) {
        if (doc->cells[i].count.operations) {
            values[i] = (cm_values){rp_alloc(1, sizeof(double)), 1};
            values[i].value[0] = doc->cells[i].count.total;
        }
    }
    return values;
}

void cm_values_free(cm_values *values, size_t cells)
{
    for (size_t i = 0; i < cells && values; i++) {
        free(values[i].value);
    }
    free(values);
}
