/* SPDX-License-Identifier: Apache-2.0 */
/* Upkeep: what it takes to keep an escrow going, one line for each; what it cannot do has its reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

static const struct {
    const char *op, *group, *name;
    double times; /* of the operation that the column shows */
} columns[] = {
    {"rotate-user", "", "new user key", 1},
    {"setup", "new authority", "set-up", 1},
    {"rewrap", "new authority", "1,000 rewrapped", 1000},
    {"refresh", "agents", "refresh", 1},
    {"reshare", "agents", "reshare, one replaced", 1},
    {"publish", "an epoch", "publish", 1},
    {"puncture", "an epoch", "puncture", 1},
};

enum { COLUMNS = sizeof columns / sizeof columns[0], SETUP = 1, LABEL = 0, LIBRARY, FIGURES, REASONS_MAX = 26 };

/* Reasons in the order of their letters: strings of the document, in which equal ones are one. */
typedef struct reasons {
    const char *text[REASONS_MAX];
    size_t count;
} reasons;

static const char *reason_of(const rp_document *doc, const char *op, const char *escrow)
{
    for (size_t i = 0; i < doc->absent_count; i++)
        if (strcmp(doc->absent[i].key.op, op) == 0 && strcmp(doc->absent[i].key.escrow, escrow) == 0)
            return doc->absent[i].reason;
    return NULL;
}

/* The reason's letter; 0 past the last. */
static char letter_of(reasons *known, const char *reason)
{
    size_t i = 0;
    while (i < known->count && known->text[i] != reason)
        i++;
    if (i == REASONS_MAX)
        return 0;
    if (i == known->count)
        known->text[known->count++] = reason;
    return (char)('a' + i);
}

/* What a line shows: where, and on which transport. */
typedef struct line {
    uint32_t cells[COLUMNS];
    const rp_place *place;
    const char *transport;
    size_t figures;
} line;

/* A variant on one place, on the first of the transports that has most of its upkeep. */
static line line_on(const rp_selection *s, const rp_variant *variant, const rp_place *place)
{
    line best = {.figures = 0};
    for (size_t m = 0; m < s->message_count; m++) {
        line l = {.place = place, .transport = s->messages[m].transport};
        for (size_t k = 0; k < COLUMNS; k++) {
            l.cells[k] = rp_pick(s, columns[k].op, &s->messages[m], variant, place);
            l.figures += l.cells[k] != RP_NONE && rp_row_of(s->doc, l.cells[k]) != NULL;
        }
        if (l.figures > best.figures)
            best = l;
    }
    return best;
}

static void set_time(rp_table *table, size_t column, const rp_selection *s, uint32_t cell, bool *single)
{
    char text[48], time[32];
    const rp_row *row = rp_row_of(s->doc, cell);
    const bool once = s->doc->cells[cell].single;
    if (row == NULL)
        return;
    snprintf(text, sizeof text, "%s%s", rp_time(time, sizeof time, row->ns.value * columns[column].times),
             once ? "*" : "");
    rp_table_set(table, FIGURES + column, text);
    *single = *single || once;
}

static void add_line(rp_table *table, const rp_selection *s, const rp_variant *variant, const line *l, reasons *known,
                     bool *single)
{
    char text[240], label[160];
    const bool leads = strcmp(l->transport, s->messages[0].transport) == 0;
    rp_table_line(table);
    snprintf(text, sizeof text, "  %s%s%s%s", rp_variant_label(label, sizeof label, variant), leads ? "" : " (",
             leads ? "" : l->transport, leads ? "" : ")");
    rp_table_set(table, LABEL, text);
    rp_table_set(table, LIBRARY, l->place->backend);
    for (size_t k = 0; k < COLUMNS; k++) {
        const char *reason = l->cells[k] == RP_NONE ? reason_of(s->doc, columns[k].op, variant->escrow) : NULL;
        if (l->cells[k] != RP_NONE) {
            set_time(table, k, s, l->cells[k], single);
        } else if (reason != NULL) {
            const char letter[] = {letter_of(known, reason), '\0'};
            rp_table_set(table, FIGURES + k, letter);
        }
    }
}

/* The lines of one suite: each escrow on the first library that has most of its upkeep, or on all. */
static void add_suite(rp_table *table, const rp_selection *s, const char *suite, reasons *known, bool *single)
{
    const size_t before = table->line_count;
    rp_table_heading(table, suite);
    for (size_t v = 0; v < s->variant_count; v++) {
        line best = {.figures = 0};
        for (size_t i = 0; i < s->place_count; i++) {
            if (strcmp(s->places[i].suite, suite) != 0)
                continue;
            const line l = line_on(s, &s->variants[v], &s->places[i]);
            if (s->view->all && l.figures > 0)
                add_line(table, s, &s->variants[v], &l, known, single);
            if (l.figures > best.figures)
                best = l;
        }
        if (!s->view->all && best.figures > 0)
            add_line(table, s, &s->variants[v], &best, known, single);
    }
    if (table->line_count == before + 1)
        rp_table_drop_line(table);
}

/* Set-up alone has its place in the table of access. */
static bool any_upkeep(const rp_selection *s)
{
    for (size_t i = 0; i < s->op_count; i++)
        for (size_t k = 0; k < COLUMNS; k++)
            if (k != SETUP && strcmp(s->ops[i], columns[k].op) == 0)
                return true;
    return false;
}

void rp_content_upkeep(rp_content *content, const rp_selection *s)
{
    reasons known = {.count = 0};
    bool single = false;
    if (!any_upkeep(s))
        return;
    rp_table *table = rp_table_new();
    rp_table_column(table, "", "", true);
    rp_table_column(table, "", "on", true);
    for (size_t k = 0; k < COLUMNS; k++)
        rp_table_column(table, columns[k].group, columns[k].name, false);
    for (size_t i = 0; i < s->place_count; i++) {
        size_t first = 0;
        while (strcmp(s->places[first].suite, s->places[i].suite) != 0)
            first++;
        if (first == i)
            add_suite(table, s, s->places[i].suite, &known, &single);
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(content, rp_print("Upkeep: keys renewed, agents replaced, epochs forgotten"));
    section->table = table;
    section->text = rp_print(
        "One CPU. A new authority is a set-up, and each capsule of the backlog opened and made again for it: 1,000 "
        "rewrapped is 1,000 times the row `rewrap`, which is measured for one (a message's capsule; of archive, a "
        "user's deposit; of provider, a data key). One replaced: t agents of the old group deal to n, of whom one is "
        "new, at the same (t, n), which is what `reshare` measures. A letter: there is no such thing, for the reason "
        "below; blank: not in this run.");
    for (size_t i = 0; i < known.count; i++)
        rp_remark(section, rp_print("%c: %s.", (char)('a' + i), known.text[i]));
    if (single)
        rp_remark(section, rp_print("* took over the limit of one run: measured once in each process."));
}
