/* SPDX-License-Identifier: Apache-2.0 */
/* How single operations spread, from the separate pass. */
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

static void add_line(rp_table *table, const rp_cell *cell)
{
    const rp_latency *l = &cell->latency;
    const double values[] = {l->p50, l->p90, l->p99, l->p999, l->max};
    char text[64];

    rp_table_line(table);
    rp_table_set(table, 0, cell->id);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        rp_table_set(table, i + 1, rp_time(text, sizeof text, values[i]));
    }
    rp_table_set(table, 6, rp_count(text, sizeof text, (int64_t)(l->samples & INT64_MAX)));
    rp_table_set(table, 7, l->batch > 1 ? rp_count(text, sizeof text, (int64_t)(l->batch & INT64_MAX)) : "");
}

void rp_content_percentiles(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell", "p50", "p90", "p99", "p99.9", "max", "samples", "batch"};
    rp_table *table = rp_table_new();
    rp_section *section = NULL;

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        rp_table_column(table, "", columns[i], i == 0);
    }
    for (size_t i = 0; i < s->doc->cell_count; i++) {
        if (rp_shown(s, i) && s->doc->cells[i].latency.samples) {
            add_line(table, &s->doc->cells[i]);
        }
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("Single operations"));
    section->table = table;
    section->text =
        rp_print("Percentiles from a separate pass. Short operations are timed in batches, as the last column "
                 "says: their percentiles are of means, which hide outliers.");
}
