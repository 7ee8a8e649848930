/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/escrow_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { LABEL = 0, LIBRARY, FIGURES };

/* What is asked for, and what comes of it. */
typedef struct asked {
    const rp_selection *s;
    const rp_escrow_column *columns;
    size_t count;
    rp_escrow_remarks *remarks;
    rp_table *table;
} asked;

static const char *reason_of(const rp_document *doc, const char *op, const char *escrow)
{
    for (size_t i = 0; i < doc->absent_count; i++)
        if (strcmp(doc->absent[i].key.op, op) == 0 && strcmp(doc->absent[i].key.escrow, escrow) == 0)
            return doc->absent[i].reason;
    return NULL;
}

/* The reason's letter; 0 past the last. Equal strings of a document are one. */
static char letter_of(rp_escrow_remarks *known, const char *reason)
{
    size_t i = 0;
    while (i < known->count && known->reason[i] != reason)
        i++;
    if (i == RP_REASONS_MAX)
        return 0;
    if (i == known->count)
        known->reason[known->count++] = reason;
    return (char)('a' + i);
}

/* What a line shows: where, and on which transport. */
typedef struct line {
    uint32_t cells[RP_ESCROW_COLUMNS_MAX];
    const rp_place *place;
    const char *transport;
    size_t figures; /* 0: there is no such line */
} line;

/* A variant on one place, on the first of the transports that has most. */
static line line_on(const asked *q, const rp_variant *variant, const rp_place *place)
{
    line best = {.figures = 0};
    for (size_t m = 0; m < q->s->message_count; m++) {
        line l = {.place = place, .transport = q->s->messages[m].transport};
        bool any = false;
        for (size_t k = 0; k < q->count; k++) {
            l.cells[k] = rp_pick(q->s, q->columns[k].op, &q->s->messages[m], variant, place);
            const bool there = l.cells[k] != RP_NONE && rp_row_of(q->s->doc, l.cells[k]) != NULL;
            l.figures += there;
            any = any || (there && !q->columns[k].aside);
        }
        if (any && l.figures > best.figures)
            best = l;
    }
    return best;
}

static void set_time(const asked *q, size_t column, uint32_t cell)
{
    char text[48], time[32];
    const rp_row *row = rp_row_of(q->s->doc, cell);
    const rp_cell *c = &q->s->doc->cells[cell];
    if (row == NULL)
        return;
    double times = q->columns[column].times;
    if (times <= 0 && c->facts.messages <= 0)
        return; /* of how many, the document does not say */
    if (times <= 0)
        times = 1 / (double)c->facts.messages;
    snprintf(text, sizeof text, "%s%s", rp_time(time, sizeof time, row->ns.value * times), c->single ? "*" : "");
    rp_table_set(q->table, FIGURES + column, text);
    q->remarks->single = q->remarks->single || c->single;
}

static void add_line(const asked *q, const rp_variant *variant, const line *l)
{
    char text[240], label[160];
    const bool leads = strcmp(l->transport, q->s->messages[0].transport) == 0;
    rp_table_line(q->table);
    snprintf(text, sizeof text, "  %s%s%s%s", rp_variant_label(label, sizeof label, variant), leads ? "" : " (",
             leads ? "" : l->transport, leads ? "" : ")");
    rp_table_set(q->table, LABEL, text);
    rp_table_set(q->table, LIBRARY, l->place->backend);
    for (size_t k = 0; k < q->count; k++) {
        const char *reason = l->cells[k] == RP_NONE ? reason_of(q->s->doc, q->columns[k].op, variant->escrow) : NULL;
        if (l->cells[k] != RP_NONE) {
            set_time(q, k, l->cells[k]);
        } else if (reason != NULL) {
            const char letter[] = {letter_of(q->remarks, reason), '\0'};
            rp_table_set(q->table, FIGURES + k, letter);
        }
    }
}

/* The lines of one suite: each escrow on the first library that has most of it, or on all. */
static void add_suite(const asked *q, const char *suite)
{
    const rp_selection *s = q->s;
    const size_t before = q->table->line_count;
    rp_table_heading(q->table, suite);
    for (size_t v = 0; v < s->variant_count; v++) {
        line best = {.figures = 0};
        for (size_t i = 0; i < s->place_count; i++) {
            if (strcmp(s->places[i].suite, suite) != 0)
                continue;
            const line l = line_on(q, &s->variants[v], &s->places[i]);
            if (s->view->all && l.figures > 0)
                add_line(q, &s->variants[v], &l);
            if (l.figures > best.figures)
                best = l;
        }
        if (!s->view->all && best.figures > 0)
            add_line(q, &s->variants[v], &best);
    }
    if (q->table->line_count == before + 1)
        rp_table_drop_line(q->table);
}

rp_table *rp_escrow_lines(const rp_selection *s, const rp_escrow_column *columns, size_t count,
                          rp_escrow_remarks *remarks)
{
    const asked q = {s, columns, count, remarks, rp_table_new()};
    rp_table_column(q.table, "", "", true);
    rp_table_column(q.table, "", "on", true);
    for (size_t k = 0; k < count; k++)
        rp_table_column(q.table, columns[k].group, columns[k].name, false);
    for (size_t i = 0; i < s->place_count; i++) {
        size_t first = 0;
        while (strcmp(s->places[first].suite, s->places[i].suite) != 0)
            first++;
        if (first == i)
            add_suite(&q, s->places[i].suite);
    }
    if (!rp_table_empty(q.table))
        return q.table;
    rp_table_free(q.table);
    return NULL;
}

void rp_escrow_remark(rp_section *section, const rp_escrow_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        rp_remark(section, rp_print("%c: %s.", (char)('a' + i), remarks->reason[i]));
    if (remarks->single)
        rp_remark(section, rp_print("* took over the limit of one run: measured once in each process."));
}
