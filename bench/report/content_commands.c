/* SPDX-License-Identifier: Apache-2.0 */
/* Whole commands, timed from outside: process start, files and all. */
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

static void add_line(rp_table *table, const rp_document *doc, const rp_row *row)
{
    const rp_cell *cell = &doc->cells[row->cell];
    const rp_variant variant = rp_variant_of(cell);
    char label[160];
    char text[256];

    rp_table_line(table);
    rp_table_set(table, 0, cell->key.op);
    snprintf(text, sizeof text, "%s+%s", cell->key.transport, rp_variant_label(label, sizeof label, &variant));
    rp_table_set(table, 1, text);
    rp_table_set(table, 2, cell->key.suite);
    rp_table_set(table, 3, cell->key.backend);
    rp_table_set(table, 4, cell->key.size >= 0 ? rp_size(text, sizeof text, cell->key.size) : "-");
    rp_table_set(table, 5, rp_time(text, sizeof text, row->ns.value));
    snprintf(text, sizeof text, "%u", row->processes);
    rp_table_set(table, 6, text);
}

void rp_content_commands(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"command", "scheme", "suite", "library", "file", "median", "runs"};
    rp_table *table = rp_table_new();
    rp_section *section = NULL;

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        rp_table_column(table, "", columns[i], i < 4);
    }
    for (size_t i = 0; i < s->doc->row_count; i++) {
        const uint32_t cell = s->doc->rows[i].cell;
        if (strcmp(s->doc->cells[cell].kind, "command") == 0 && (!s->view->shown || s->view->shown[cell])) {
            add_line(table, s->doc, &s->doc->rows[i]);
        }
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("Whole commands, process start included"));
    section->table = table;
}
