/* SPDX-License-Identifier: Apache-2.0 */
/* Tables with a column for each suite and library: cells over their floors, and all times. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

/* What a table shows of a cell: writes the text, or returns false where there is nothing. */
typedef bool (*show_fn)(const rp_document *doc, const rp_row *row, char *out, size_t len);

static bool show_floor(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    (void)doc;
    if (isnan(row->floor_ratio.value)) {
        return false;
    }
    rp_ratio(out, len, row->floor_ratio.value);
    return true;
}

static bool show_time(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    char time[32];

    snprintf(out, len, "%s%s", rp_time(time, sizeof time, row->ns.value), doc->cells[row->cell].single ? "*" : "");
    return true;
}

static rp_table *place_table(const rp_selection *s)
{
    rp_table *table = rp_table_new();

    rp_table_column(table, "", "", true);
    for (size_t i = 0; i < s->place_count; i++) {
        rp_table_column(table, s->places[i].suite, s->places[i].backend, false);
    }
    return table;
}

/* A message, or what handles none (size -1). */
static bool handles(const rp_cell *cell, const rp_message *message)
{
    return cell->key.size == message->size && strcmp(cell->key.transport, message->transport) == 0;
}

static size_t place_index(const rp_selection *s, const rp_key *key)
{
    size_t i = 0;

    while (i < s->place_count &&
           (strcmp(s->places[i].backend, key->backend) != 0 || strcmp(s->places[i].suite, key->suite) != 0)) {
        i++;
    }
    return i;
}

static size_t variant_index(const rp_selection *s, const rp_cell *cell)
{
    const rp_variant own = rp_variant_of(cell);
    size_t i = 0;

    while (i < s->variant_count && !rp_same_variant(&s->variants[i], &own)) {
        i++;
    }
    return i;
}

/* Whether an escrow stands on one line whatever its own suite is: unless one library has it with two of them. Ratios to
 * each one's own floor can be compared across such suites; times cannot. */
static bool merges(const rp_selection *s)
{
    static bool has[RP_SELECT_MAX][RP_SELECT_MAX]; /* variant at place; static: too large for a stack */

    memset(has, 0, sizeof has);
    for (size_t i = 0; i < s->doc->cell_count; i++) {
        const size_t place = place_index(s, &s->doc->cells[i].key);
        const size_t variant = variant_index(s, &s->doc->cells[i]);
        if (rp_shown(s, i) && place < s->place_count && variant < s->variant_count) {
            has[variant][place] = true;
        }
    }
    for (size_t p = 0; p < s->place_count; p++) {
        for (size_t i = 0; i < s->variant_count; i++) {
            for (size_t k = 0; k < i && has[i][p]; k++) {
                rp_variant other = s->variants[k];
                other.suite = s->variants[i].suite;
                if (has[k][p] && rp_same_variant(&other, &s->variants[i])) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* One line: an operation of one variant; only if a column has something to show. */
static void add_line(rp_table *table, const rp_selection *s, const char *op, const rp_message *message,
                     const rp_variant *variant, show_fn show, bool merged)
{
    bool begun = false;
    char text[256];
    char label[160];

    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        const rp_cell *cell = &s->doc->cells[row->cell];
        rp_variant own = rp_variant_of(cell);
        const size_t place = place_index(s, &cell->key);
        own.suite = merged ? "" : own.suite;
        if (!rp_shown(s, row->cell) || strcmp(cell->key.op, op) != 0 || !handles(cell, message) ||
            !rp_same_variant(&own, variant) || place == s->place_count || !show(s->doc, row, text, sizeof text)) {
            continue;
        }
        if (!begun) {
            char first[256];
            rp_table_line(table);
            snprintf(first, sizeof first, "  %-8s %s", op, rp_variant_label(label, sizeof label, variant));
            rp_table_set(table, 0, first);
            for (size_t k = 0; k < s->place_count; k++) {
                rp_table_set(table, k + 1, "-");
            }
            begun = true;
        }
        rp_table_set(table, place + 1, text);
    }
}

/* Whether no variant before this one differs from it in its suite alone. */
static bool first_of_kind(const rp_selection *s, size_t variant)
{
    for (size_t i = 0; i < variant; i++) {
        rp_variant other = s->variants[i];
        other.suite = s->variants[variant].suite;
        if (rp_same_variant(&other, &s->variants[variant])) {
            return false;
        }
    }
    return true;
}

static void add_message(rp_table *table, const rp_selection *s, const rp_message *message, show_fn show, bool merged)
{
    const size_t before = table->line_count;
    char size[32] = "no message";
    char heading[192];

    if (message->size >= 0) {
        rp_size(size, sizeof size, message->size);
    }
    snprintf(heading, sizeof heading, "%s, %s", *message->transport ? message->transport : "any transport", size);
    rp_table_heading(table, heading);
    for (size_t o = 0; o < s->op_count; o++) {
        for (size_t v = 0; v < s->variant_count; v++) {
            rp_variant variant = s->variants[v];
            variant.suite = merged ? "" : variant.suite;
            if (!merged || first_of_kind(s, v)) {
                add_line(table, s, s->ops[o], message, &variant, show, merged);
            }
        }
    }
    if (table->line_count == before + 1) {
        free(table->lines[before].heading);
        table->line_count = before;
    }
}

/* Operations that handle no message, by transport. */
static void add_rest(rp_table *table, const rp_selection *s, show_fn show, bool merged)
{
    const char *done[RP_SELECT_MAX];
    size_t count = 0;

    for (size_t i = 0; i < s->doc->cell_count && count < RP_SELECT_MAX; i++) {
        const char *transport = s->doc->cells[i].key.transport;
        size_t k = 0;
        if (!rp_shown(s, i) || s->doc->cells[i].key.size >= 0) {
            continue;
        }
        while (k < count && strcmp(done[k], transport) != 0) {
            k++;
        }
        if (k == count) {
            const rp_message rest = {transport, -1};
            done[count++] = transport;
            add_message(table, s, &rest, show, merged);
        }
    }
}

static rp_table *fill(const rp_selection *s, show_fn show, bool all, bool merged)
{
    rp_table *table = place_table(s);

    for (size_t i = 0; i < (all ? s->message_count : s->message_count > 0); i++) {
        add_message(table, s, &s->messages[i], show, merged);
    }
    if (all) {
        add_rest(table, s, show, merged);
    }
    return table;
}

/* The cell that is furthest above its floor, for the reader who has only the leading table. */
static char *highest(const rp_selection *s)
{
    const rp_row *worst = NULL;
    char text[64];

    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        if (rp_shown(s, row->cell) && !isnan(row->floor_ratio.value) &&
            (!worst || row->floor_ratio.value > worst->floor_ratio.value)) {
            worst = row;
        }
    }
    return worst ? rp_print("Highest of all: %s at %s.", s->doc->cells[worst->cell].id,
                            rp_ratio_interval(text, sizeof text, &worst->floor_ratio))
                 : NULL;
}

void rp_content_floor(rp_content *content, const rp_selection *s)
{
    rp_table *table = fill(s, show_floor, s->view->all, merges(s));
    char *worst = highest(s);
    rp_section *section = NULL;

    if (rp_table_empty(table)) {
        rp_table_free(table);
        free(worst);
        return;
    }
    section = rp_section_add(content, rp_print("Times the floor"));
    section->table = table;
    section->text = rp_print("Each operation over the primitives that it cannot do without, called straight from the "
                             "library in the same run. 1.00: this program adds nothing of its own.");
    if (worst) {
        rp_remark(section, worst);
    }
}

void rp_content_times(rp_content *content, const rp_selection *s)
{
    rp_table *table = fill(s, show_time, true, false);
    rp_section *section = NULL;

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("Time of each operation"));
    section->table = table;
}
