/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of each cell beside its median, for --all: intervals, counters, memory and code. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { TEXT = 128, NUMBER = 40 };

/* A table of cells: puts one cell's figures into its line, from column 1 on. False: it has none, and no line. */
typedef bool (*fill_fn)(rp_table *table, const rp_document *doc, const rp_row *row);

static bool is_shown(const rp_selection *s, uint32_t cell)
{
    return rp_shown(s, cell) || rp_side_shown(s, cell);
}

/* Adds the section, unless no cell has a line in it. NULL then. */
static rp_section *add_cells(rp_content *content, const rp_selection *s, const char *title, const char *const *columns,
                             size_t count, fill_fn fill)
{
    rp_table *table = rp_table_new();
    rp_section *section = NULL;

    for (size_t i = 0; i < count; i++) {
        rp_table_column(table, "", columns[i], i == 0);
    }
    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        if (is_shown(s, row->cell)) {
            rp_table_line(table);
            rp_table_set(table, 0, s->doc->cells[row->cell].id);
            if (!fill(table, s->doc, row)) {
                rp_table_drop_line(table);
            }
        }
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return NULL;
    }
    section = rp_section_add(content, rp_print("%s", title));
    section->table = table;
    return section;
}

/* ---- intervals ---- */

/* "58.2 us [57.9, 58.4]", and a difference with its sign; "" without a figure. */
static const char *time_interval(char out[TEXT], const rp_estimate *e, bool added)
{
    const double size[] = {fabs(e->value)};
    const rp_unit unit = rp_unit_for(size, 1);
    char value[NUMBER];
    char low[NUMBER];
    char high[NUMBER];

    if (isnan(e->value)) {
        return "";
    }
    if (added) {
        rp_added(value, NUMBER, e->value, unit);
        rp_added(low, NUMBER, e->low, unit);
        rp_added(high, NUMBER, e->high, unit);
    } else {
        rp_digits(value, NUMBER, e->value / unit.ns);
        rp_digits(low, NUMBER, e->low / unit.ns);
        rp_digits(high, NUMBER, e->high / unit.ns);
    }
    if (isnan(e->low)) {
        snprintf(out, TEXT, "%s %s", value, unit.name);
    } else {
        snprintf(out, TEXT, "%s %s [%s, %s]", value, unit.name, low, high);
    }
    return out;
}

static const char *ratio_interval(char out[TEXT], const rp_estimate *e)
{
    return isnan(e->value) ? "" : rp_ratio_interval(out, TEXT, e);
}

static bool fill_intervals(rp_table *table, const rp_document *doc, const rp_row *row)
{
    char text[TEXT];

    (void)doc;
    if (isnan(row->ns.value)) {
        return false;
    }
    rp_table_set(table, 1, time_interval(text, &row->ns, false));
    rp_table_set(table, 2, time_interval(text, &row->base_diff, true));
    rp_table_set(table, 3, ratio_interval(text, &row->base_ratio));
    rp_table_set(table, 4, ratio_interval(text, &row->floor_ratio));
    if (!isnan(row->between_share)) {
        snprintf(text, TEXT, "%.2f", row->between_share);
        rp_table_set(table, 5, text);
    }
    return true;
}

static void add_intervals(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell", "time", "+ base", "x base", "x floor", "between"};
    rp_section *section =
        add_cells(content, s, "Intervals", columns, sizeof columns / sizeof columns[0], fill_intervals);

    if (section) {
        section->text =
            rp_print("Medians over processes and their 95 %% intervals, where there are 6 processes. The base is the "
                     "same with none; of a peer, part, refusal or first use, what it stands beside. Between: of the "
                     "whole spread, the share that lies between processes; near 1, more processes would help, and "
                     "more rounds would not.");
    }
}

/* ---- counters ---- */

static bool set_counter(rp_table *table, size_t column, double value)
{
    char text[TEXT];

    if (isnan(value)) {
        return false;
    }
    rp_table_set(table, column, rp_digits(text, TEXT, value));
    return true;
}

static bool fill_counters(rp_table *table, const rp_document *doc, const rp_row *row)
{
    const bool ticks = set_counter(table, 1, row->ticks);
    const bool cycles = set_counter(table, 2, row->cycles);

    (void)doc;
    return set_counter(table, 3, row->instructions) || ticks || cycles;
}

static void add_counters(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell", "ticks", "cycles", "instructions"};
    rp_section *section = add_cells(content, s, "Ticks and cycles of one operation", columns,
                                    sizeof columns / sizeof columns[0], fill_counters);

    if (section) {
        section->text = rp_print("Ticks (%s) go at one rate whatever the CPU does: they are not cycles. Cycles and "
                                 "instructions come from hardware counters, where the machine has them.",
                                 *s->doc->timer.ticks ? s->doc->timer.ticks : "unknown");
    }
}

/* ---- memory and code ---- */

static bool fill_memory(rp_table *table, const rp_document *doc, const rp_row *row)
{
    const rp_facts *f = &doc->cells[row->cell].facts;
    const int64_t values[] = {f->heap_ours_calls, f->heap_library_calls, f->heap_peak_bytes, f->stack_bytes,
                              f->code_bytes};
    char text[TEXT];
    bool any = false;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        rp_table_set(table, i + 1, rp_count(text, TEXT, values[i]));
        any = any || values[i] >= 0;
    }
    return any;
}

static void add_memory(rp_content *content, const rp_selection *s)
{
    static const char *const columns[] = {"cell",         "heap calls: ours", "library's",
                                          "peak heap, B", "stack, B",         "code, B"};
    rp_section *section = add_cells(content, s, "Memory and code of one operation", columns,
                                    sizeof columns / sizeof columns[0], fill_memory);

    if (section) {
        section->text =
            rp_print("Counted once, of one warm operation. Peak heap: most that was live at once. Stack: how "
                     "deep it got. Code: machine code of the scheme's own files, without the library.");
    }
}

void rp_content_intervals(rp_content *content, const rp_selection *s)
{
    add_intervals(content, s);
    add_counters(content, s);
    add_memory(content, s);
}
