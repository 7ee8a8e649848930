/* SPDX-License-Identifier: Apache-2.0 */
/* The answer: what each escrow adds to one message, by suite and library. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

static const char *const message_ops[] = {"seal", "open"};

enum { OPS = 2, LABEL = 0, BYTES = 1 + 2 * OPS };

/* Bytes that the escrow adds to a message: from the two wires, else the capsule's. */
static int64_t added_bytes(const rp_document *doc, const rp_cell *cell)
{
    const int64_t base = cell->base != RP_NONE ? doc->cells[cell->base].facts.wire_bytes : -1;

    return base >= 0 && cell->facts.wire_bytes >= base ? cell->facts.wire_bytes - base : cell->facts.capsule_bytes;
}

/* `none` shows what it costs; the others what they add to it. */
static void set_op(rp_table *table, const rp_document *doc, size_t op, uint32_t cell, rp_unit unit)
{
    const rp_row *row = cell == RP_NONE ? NULL : rp_row_of(doc, cell);
    const bool plain = row && doc->cells[cell].base == RP_NONE;
    char text[96] = "-";

    if (!row) {
        rp_table_set(table, 1 + 2 * op, text);
        return;
    }
    if (plain) {
        rp_table_set(table, 1 + 2 * op, rp_digits(text, sizeof text, row->ns.value / unit.ns));
        return;
    }
    rp_table_set(table, 1 + 2 * op, rp_added(text, sizeof text, row->base_diff.value, unit));
    rp_table_set(table, 2 + 2 * op, rp_ratio_interval(text, sizeof text, &row->base_ratio));
}

static void set_bytes(rp_table *table, const rp_document *doc, uint32_t cell)
{
    const bool plain = cell != RP_NONE && doc->cells[cell].base == RP_NONE;
    const int64_t bytes = cell == RP_NONE ? -1
                          : plain         ? doc->cells[cell].facts.wire_bytes
                                          : added_bytes(doc, &doc->cells[cell]);
    char number[32];
    char text[40];

    rp_count(number, sizeof number, bytes);
    snprintf(text, sizeof text, "%s%s", plain || bytes < 0 ? "" : "+", number);
    rp_table_set(table, BYTES, text);
}

static void add_line(rp_table *table, const rp_selection *s, const rp_message *message, const rp_variant *variant,
                     const rp_place *place, rp_unit unit)
{
    uint32_t cells[OPS];
    char label[160];
    char indented[176];

    for (size_t i = 0; i < OPS; i++) {
        cells[i] = rp_pick(s, message_ops[i], message, variant, place);
    }
    if (cells[0] == RP_NONE && cells[1] == RP_NONE) {
        return;
    }
    rp_table_line(table);
    snprintf(indented, sizeof indented, "  %s%s", rp_variant_label(label, sizeof label, variant),
             s->doc->cells[cells[0] != RP_NONE ? cells[0] : cells[1]].classical ? " (c)" : "");
    rp_table_set(table, LABEL, indented);
    for (size_t i = 0; i < OPS; i++) {
        set_op(table, s->doc, i, cells[i], unit);
    }
    set_bytes(table, s->doc, cells[0] != RP_NONE ? cells[0] : cells[1]);
}

static rp_unit unit_of(const rp_selection *s, const rp_message *message)
{
    double *times = rp_alloc(s->doc->row_count, sizeof *times);
    rp_unit unit;

    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_key *key = &s->doc->cells[s->doc->rows[i].cell].key;
        const bool ours = key->size == message->size && strcmp(key->transport, message->transport) == 0 &&
                          (strcmp(key->op, "seal") == 0 || strcmp(key->op, "open") == 0);
        times[i] = ours && rp_shown(s, s->doc->rows[i].cell) ? s->doc->rows[i].ns.value : NAN;
    }
    unit = rp_unit_for(times, s->doc->row_count);
    free(times);
    return unit;
}

static rp_table *message_table(const rp_selection *s, const rp_message *message)
{
    rp_table *table = rp_table_new();
    const rp_unit unit = unit_of(s, message);

    rp_table_column(table, "", "", true);
    for (size_t i = 0; i < OPS; i++) {
        rp_table_column(table, message_ops[i], unit.name, false);
        rp_table_column(table, message_ops[i], "x none [95 %]", false);
    }
    rp_table_column(table, "", "bytes", false);
    for (size_t i = 0; i < s->place_count; i++) {
        const size_t before = table->line_count;
        char library[128];
        char heading[256];
        snprintf(heading, sizeof heading, "%s on %s", s->places[i].suite,
                 rp_library_label(library, sizeof library, s->doc, s->places[i].backend));
        rp_table_heading(table, heading);
        for (size_t v = 0; v < s->variant_count; v++) {
            add_line(table, s, message, &s->variants[v], &s->places[i], unit);
        }
        if (table->line_count == before + 1) { /* nothing under this heading */
            rp_table_drop_line(table);
        }
    }
    return table;
}

/* What an escrow is, in a line for a reader who meets it here: its cells say. */
static const char *what_is(const rp_document *doc, const char *escrow)
{
    for (size_t i = 0; i < doc->cell_count; i++) {
        if (strcmp(doc->cells[i].key.escrow, escrow) == 0 && doc->cells[i].note[0] != '\0') {
            return doc->cells[i].note;
        }
    }
    return NULL;
}

static void explain(rp_section *section, const rp_selection *s)
{
    for (size_t i = 0; i < s->variant_count; i++) {
        const char *escrow = s->variants[i].escrow;
        const char *text = what_is(s->doc, escrow);
        bool said = text == NULL;
        for (size_t k = 0; k < i && !said; k++) {
            said = strcmp(s->variants[k].escrow, escrow) == 0;
        }
        if (!said) {
            rp_remark(section, rp_print("%s: %s.", escrow, text));
        }
    }
}

/* Is a line of this table marked with (c)? */
static bool any_classical(const rp_selection *s, const rp_message *message)
{
    for (size_t i = 0; i < s->doc->cell_count; i++) {
        const rp_cell *cell = &s->doc->cells[i];
        if (cell->classical && strcmp(cell->key.transport, message->transport) == 0 && rp_shown(s, (uint32_t)i)) {
            return true;
        }
    }
    return false;
}

void rp_content_message(rp_content *content, const rp_selection *s, const rp_message *message, bool leads)
{
    rp_table *table = message_table(s, message);
    rp_section *section = NULL;
    char size[32], devices[48] = "";

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_size(size, sizeof size, message->size);
    if (s->doc->cell_count > 0 && s->doc->cells[0].key.devices > 1) { /* of all cells of a run alike */
        snprintf(devices, sizeof devices, " to %u devices", s->doc->cells[0].key.devices);
    }
    section = rp_section_add(
        content, rp_print("What each escrow adds to one message of %s%s (%s)", size, devices, message->transport));
    section->table = table;
    if (leads) {
        section->text =
            rp_print("Line `none`: the plain message, its time and bytes. Below it, what each escrow adds: time, "
                     "the ratio to none with its 95 %% interval, bytes.");
        explain(section, s);
    }
    if (any_classical(s, message)) {
        rp_remark(section,
                  rp_print("(c): the capsule or deposit is classical. Whoever breaks its key agreement, today's "
                           "recordings kept, opens the message: it undoes the post-quantum transport."));
    }
}

/* Smallest and largest of a figure. */
typedef struct range {
    double low, high;
} range;

static void widen(range *r, double value)
{
    if (!isnan(value)) {
        r->low = isnan(r->low) || value < r->low ? value : r->low;
        r->high = isnan(r->high) || value > r->high ? value : r->high;
    }
}

typedef char *(*number_fn)(char *out, size_t len, double value);

static char *whole(char *out, size_t len, double value)
{
    return rp_count(out, len, (int64_t)value);
}

/* "1.96 to 6.08", or one number where both read the same. */
static char *range_text(char *out, size_t len, const range *r, number_fn number)
{
    char low[32];
    char high[32];

    number(low, sizeof low, r->low);
    number(high, sizeof high, r->high);
    snprintf(out, len, strcmp(low, high) == 0 ? "%s" : "%s to %s", low, high);
    return out;
}

/* A ratio over several lines. What cannot be told from 1 is no result: it widens no range, and is kept as `same`. */
typedef struct factor {
    range r;
    bool same;                      /* on some line, to two decimals, the interval holds 1 */
    const char *cheapest, *dearest; /* an escrow with no measurable cost, and that of r.high; "" */
} factor;

static void add_ratio(factor *f, const rp_estimate *e, const char *escrow)
{
    if (e->low < 1.005 && e->high >= 0.995) {
        f->cheapest = f->same ? f->cheapest : escrow;
        f->same = true;
    } else {
        f->dearest = !isnan(e->value) && !(f->r.high >= e->value) ? escrow : f->dearest;
        widen(&f->r, e->value);
    }
}

/* "1.96 to 6.08 times as long", "between no measurable cost (archive) and 6.08 times as long (shamir-message)", "measurably no longer" */
static char *factor_text(char *out, size_t len, const factor *f)
{
    char text[80];
    char high[32];

    if (isnan(f->r.low)) {
        snprintf(out, len, "measurably no longer");
    } else if (f->same && f->r.low > 1) {
        snprintf(out, len, "between no measurable cost (%.40s) and %s times as long (%.40s)", f->cheapest,
                 rp_ratio(high, sizeof high, f->r.high), f->dearest);
    } else {
        snprintf(out, len, "%s times as long%s", range_text(text, sizeof text, &f->r, rp_ratio),
                 f->same && f->r.high < 1 ? " (at the most: no measurable cost)" : "");
    }
    return out;
}

/* What the first table of a message comes to, over all its lines. */
typedef struct answer {
    factor seal, open;
    range bytes, access;
} answer;

static void gather(answer *a, const rp_selection *s)
{
    for (size_t i = 0; i < s->doc->row_count && s->sized_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        const rp_cell *cell = &s->doc->cells[row->cell];
        if (!rp_shown(s, row->cell) || cell->key.size != s->messages[0].size ||
            strcmp(cell->key.transport, s->messages[0].transport) != 0) {
            continue;
        }
        if (strcmp(cell->key.op, "access") == 0) {
            widen(&a->access, row->ns.value);
        } else if (strcmp(cell->key.op, "open") == 0) {
            add_ratio(&a->open, &row->base_ratio, cell->key.escrow);
        } else if (strcmp(cell->key.op, "seal") == 0 && cell->base != RP_NONE) {
            add_ratio(&a->seal, &row->base_ratio, cell->key.escrow);
            widen(&a->bytes, added_bytes(s->doc, cell) >= 0 ? (double)added_bytes(s->doc, cell) : NAN);
        }
    }
}

static bool is_empty(const factor *f)
{
    return isnan(f->r.low) && !f->same;
}

/* That table in two sentences. */
char *rp_content_answer(const rp_selection *s)
{
    const range none = {NAN, NAN};
    answer a = {{none, false, "", ""}, {none, false, "", ""}, none, none};
    char text[4][160];
    char size[32];
    char access[240] = "";

    gather(&a, s);
    if (is_empty(&a.seal) || is_empty(&a.open) || isnan(a.bytes.low)) {
        return NULL;
    }
    if (!isnan(a.access.low)) {
        snprintf(access, sizeof access, " Whoever holds the escrow keys reads it after %s of computing.",
                 range_text(text[3], sizeof text[3], &a.access, rp_time));
    }
    return rp_print(
        "Compared with %s without escrow, sealing a message of %s takes %s, opening it %s, and it grows by %s "
        "bytes.%s",
        s->messages[0].transport, rp_size(size, sizeof size, s->messages[0].size),
        factor_text(text[0], sizeof text[0], &a.seal), factor_text(text[1], sizeof text[1], &a.open),
        range_text(text[2], sizeof text[2], &a.bytes, whole), access);
}
