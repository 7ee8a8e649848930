/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that stand beside another one: refusals beside acceptance, first use beside what is hot. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { TEXT = 128 };

/* An own cell whose base is another operation, not the same one with `none`. Strings of a document are unique. */
static bool stands_beside(const rp_selection *s, const rp_cell *cell)
{
    const rp_message *lead = s->sized_count ? &s->messages[0] : NULL;

    return cell->base != RP_NONE && s->doc->cells[cell->base].key.op != cell->key.op &&
           rp_shown(s, (size_t)(cell - s->doc->cells)) &&
           (s->view->all || (lead && strcmp(cell->key.transport, lead->transport) == 0));
}

static bool refuses(const rp_cell *cell)
{
    return strncmp(cell->key.op, "reject-", 7) == 0;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static rp_table *table_of(const char *const *columns, size_t count)
{
    rp_table *table = rp_table_new();

    for (size_t i = 0; i < count; i++) {
        rp_table_column(table, "", columns[i], i == 0);
    }
    return table;
}

static void set_time(rp_table *table, size_t column, const rp_row *row)
{
    char text[TEXT];

    if (row) {
        rp_table_set(table, column, rp_time(text, TEXT, row->ns.value));
    }
}

static void set_ratio(rp_table *table, size_t column, const rp_row *row)
{
    char text[TEXT];

    if (row && !isnan(row->base_ratio.value)) {
        rp_table_set(table, column, rp_ratio_interval(text, TEXT, &row->base_ratio));
    }
}

/* Takes the table over, if it has a line. */
static void add_section(rp_content *content, rp_table *table, const char *title, const char *text)
{
    rp_section *section = NULL;

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("%s", title));
    section->table = table;
    section->text = rp_print("%s", text);
}

static void add_refusals(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell", "accept", "refuse", "x accept"};
    const rp_document *doc = s->doc;
    rp_table *table = table_of(columns, sizeof columns / sizeof columns[0]);

    for (size_t i = 0; i < doc->row_count; i++) {
        const rp_row *row = &doc->rows[i];
        const rp_cell *cell = &doc->cells[row->cell];
        if (stands_beside(s, cell) && refuses(cell)) {
            rp_table_line(table);
            rp_table_set(table, 0, cell->id);
            set_time(table, 1, rp_row_of(doc, cell->base));
            set_time(table, 2, row);
            set_ratio(table, 3, row);
        }
    }
    add_section(content, table, "Refusing",
                "What is forged or false, beside the same that is honest: a message (open), a capsule (check), an "
                "agent's answer "
                "(verify; of `shamir` it is a share). The ratio is made from pairs within a round.");
}

/* The rows of each hot cell that parse for one message, and that fetch algorithms too: RP_NONE, or an index. */
typedef struct cold {
    uint32_t parse, first;
} cold;

static cold *cold_of(const rp_selection *s)
{
    const rp_document *doc = s->doc;
    cold *all = rp_alloc(doc->cell_count, sizeof *all);

    for (size_t i = 0; i < doc->cell_count; i++) {
        all[i] = (cold){RP_NONE, RP_NONE};
    }
    for (uint32_t i = 0; i < doc->row_count; i++) {
        const rp_cell *cell = &doc->cells[doc->rows[i].cell];
        if (stands_beside(s, cell)) {
            cold *of = &all[cell->base];
            of->parse = ends_with(cell->key.op, "-parse") ? i : of->parse;
            of->first = ends_with(cell->key.op, "-first") ? i : of->first;
        }
    }
    return all;
}

static void add_first_use(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell", "reused", "parsed", "x", "first use", "x"};
    const rp_document *doc = s->doc;
    rp_table *table = table_of(columns, sizeof columns / sizeof columns[0]);
    cold *all = cold_of(s);

    for (uint32_t i = 0; i < doc->cell_count; i++) {
        const rp_row *parse = all[i].parse == RP_NONE ? NULL : &doc->rows[all[i].parse];
        const rp_row *first = all[i].first == RP_NONE ? NULL : &doc->rows[all[i].first];
        if (parse || first) {
            rp_table_line(table);
            rp_table_set(table, 0, doc->cells[i].id);
            set_time(table, 1, rp_row_of(doc, i));
            set_time(table, 2, parse);
            set_ratio(table, 3, parse);
            set_time(table, 4, first);
            set_ratio(table, 5, first);
        }
    }
    free(all);
    add_section(content, table, "First use, parsed, reused",
                "Reused: everything but the message is ready. Parsed: keys and authority come from bytes for this one "
                "message. First use: algorithms are fetched and contexts made for it too. Ratios are to reused, from "
                "pairs within a round.");
}

void rp_content_beside(rp_content *content, const rp_selection *s)
{
    add_refusals(content, s);
    add_first_use(content, s);
}
