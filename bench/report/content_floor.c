/* SPDX-License-Identifier: Apache-2.0 */
/* Tables with a column for each suite and library: cells over their floors, all times, what else an operation takes. */
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

/* Two counts of which either may be unknown: "0+52". */
static bool show_pair(int64_t a, int64_t b, char *out, size_t len)
{
    char first[32];
    char second[32];

    if (a < 0 && b < 0) {
        return false;
    }
    snprintf(out, len, "%s+%s", a < 0 ? "?" : rp_count(first, sizeof first, a),
             b < 0 ? "?" : rp_count(second, sizeof second, b));
    return true;
}

static bool show_heap(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_facts *f = &doc->cells[row->cell].facts;

    return show_pair(f->heap_ours_calls, f->heap_library_calls, out, len);
}

static bool show_random(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_facts *f = &doc->cells[row->cell].facts;

    return show_pair(f->coin_bytes, f->drawn_bytes, out, len);
}

/* "passed m+s": by memcheck and statistics. */
static bool show_constant_time(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_cell *cell = &doc->cells[row->cell];
    const char *word = cell->constant_time;
    char means[8] = "";
    size_t used = 0;

    for (const char *at = cell->constant_time_by; *at && used + 2 < sizeof means;
         at += strcspn(at, "+"), at += *at == '+') {
        if (used > 0) {
            means[used++] = '+';
        }
        means[used++] = *at;
    }
    means[used] = '\0';
    snprintf(out, len, "%s%s%s", strcmp(word, "untestable") == 0 ? "not testable" : word, used > 0 ? " " : "", means);
    return *word != '\0';
}

static const rp_tally *count_of(const rp_document *doc, uint32_t cell)
{
    const rp_tally *c = cell == RP_NONE ? NULL : &doc->cells[cell].count;

    return c && c->operations ? c : NULL;
}

/* "361,204", with a ratio to what a link leads to: "361,204 x2.01". */
static bool show_count(const rp_tally *own, const rp_tally *other, char *out, size_t len)
{
    char count[32];
    char ratio[32];

    if (!own) {
        return false;
    }
    rp_count(count, sizeof count, (int64_t)(own->total + 0.5));
    if (other) {
        snprintf(out, len, "%s x%s", count, rp_ratio(ratio, sizeof ratio, own->total / other->total));
    } else {
        snprintf(out, len, "%s", count);
    }
    return true;
}

static bool show_instructions(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_cell *cell = &doc->cells[row->cell];

    return show_count(count_of(doc, row->cell), count_of(doc, cell->base), out, len);
}

static bool show_floor_instructions(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_tally *own = count_of(doc, row->cell);
    const rp_tally *floor = count_of(doc, doc->cells[row->cell].floor);

    if (own && floor) {
        rp_ratio(out, len, own->total / floor->total);
    }
    return own && floor;
}

/* Shares of the classes, in percent: "31 22 47". */
static bool show_classes(const rp_document *doc, const rp_row *row, char *out, size_t len)
{
    const rp_tally *c = count_of(doc, row->cell);

    if (!c || isnan(c->memory) || isnan(c->vector)) {
        return false;
    }
    snprintf(out, len, "%.0f %.0f %.0f", 100 * c->memory / c->total, 100 * c->vector / c->total,
             100 * (c->total - c->memory - c->vector) / c->total);
    return true;
}

/* What a table shows: of these entries, all or those of the leading message. `column`: of each place, 0 if it has nothing to show. */
typedef struct scope {
    const rp_selection *s;
    const rp_entry *entries;
    bool merged, all;
    show_fn show;
    size_t column[RP_SELECT_MAX];
    size_t columns;
} scope;

static bool is_in(const scope *c, size_t i)
{
    return i < c->s->entry_count && (c->all || c->entries[i].message == 0);
}

/* A suite and library of which there is nothing gets no column of dashes. */
static rp_table *place_table(scope *c)
{
    const rp_selection *s = c->s;
    rp_table *table = rp_table_new();

    rp_table_column(table, "", "", true);
    for (size_t i = 0; is_in(c, i); i++) {
        const rp_row *row = rp_row_of(s->doc, c->entries[i].cell);
        char text[64];
        c->column[c->entries[i].place] |= row && c->show(s->doc, row, text, sizeof text);
    }
    for (size_t i = 0; i < s->place_count; i++) {
        if (c->column[i]) {
            c->column[i] = ++c->columns;
            rp_table_column(table, s->places[i].suite, s->places[i].backend, false);
        }
    }
    return table;
}

/* The first variant that differs from this one in its suite alone, or itself. */
static size_t first_of_kind(const rp_selection *s, size_t variant)
{
    for (size_t i = 0; i < variant; i++) {
        rp_variant other = s->variants[i];
        other.suite = s->variants[variant].suite;
        if (rp_same_variant(&other, &s->variants[variant])) {
            return i;
        }
    }
    return variant;
}

/* Puts an escrow on one line whatever its own suite is, unless one library has it with two of them: ratios to each one's
 * own floor can be compared across such suites; times cannot. Returns whether it did. */
static bool merge(const rp_selection *s, rp_entry *entries)
{
    for (size_t i = 0; i < s->entry_count; i++) {
        entries[i].variant = (uint8_t)first_of_kind(s, entries[i].variant);
    }
    rp_sort_entries(entries, s->entry_count);
    for (size_t i = 1; i < s->entry_count; i++) {
        const rp_entry *a = &entries[i - 1];
        const rp_entry *b = &entries[i];
        if (a->message == b->message && a->op == b->op && a->variant == b->variant && a->place == b->place) {
            return false;
        }
    }
    return true;
}

static void begin_message(rp_table *table, const rp_message *message)
{
    char size[32] = "no message";
    char heading[192];

    if (message->size >= 0) {
        rp_size(size, sizeof size, message->size);
    }
    snprintf(heading, sizeof heading, "%.128s, %s", *message->transport ? message->transport : "any transport", size);
    rp_table_heading(table, heading);
}

static void begin_line(rp_table *table, const scope *c, const rp_entry *e)
{
    const rp_selection *s = c->s;
    rp_variant variant = s->variants[e->variant];
    char label[160];
    char first[256];

    variant.suite = c->merged ? "" : variant.suite;
    rp_table_line(table);
    snprintf(first, sizeof first, "  %-8s %s", s->ops[e->op], rp_variant_label(label, sizeof label, &variant));
    rp_table_set(table, 0, first);
    for (size_t i = 0; i < c->columns; i++) {
        rp_table_set(table, i + 1, "-");
    }
}

/* Entries stand in the order of a table: a heading for each message, a line for each operation and variant. */
static void walk(rp_table *table, const scope *c)
{
    const rp_selection *s = c->s;
    const rp_entry *last = NULL;

    for (size_t i = 0; is_in(c, i); i++) {
        const rp_entry *e = &c->entries[i];
        const rp_row *row = rp_row_of(s->doc, e->cell);
        char text[64];
        if (!row || !c->show(s->doc, row, text, sizeof text)) {
            continue;
        }
        if (!last || last->message != e->message) {
            begin_message(table, &s->messages[e->message]);
        }
        if (!last || last->message != e->message || last->op != e->op || last->variant != e->variant) {
            begin_line(table, c, e);
        }
        rp_table_set(table, c->column[e->place], text);
        last = e;
    }
}

static rp_table *fill(const rp_selection *s, show_fn show, bool all, bool may_merge)
{
    rp_entry *entries = rp_alloc(s->entry_count, sizeof *entries);
    scope c = {.s = s, .entries = s->entries, .all = all, .show = show};

    if (s->entry_count) {
        memcpy(entries, s->entries, s->entry_count * sizeof *entries);
        c.merged = may_merge && merge(s, entries);
    }
    c.entries = c.merged ? entries : s->entries;
    rp_table *table = place_table(&c);
    walk(table, &c);
    free(entries);
    return table;
}

/* Why it is above its floor, where that is known. */
static const char *why_high(const rp_key *key)
{
    return strcmp(key->transport, "clipper") == 0 || strcmp(key->escrow, "clipper") == 0
               ? " Its cipher, Skipjack, is this program's own code: no library has it, so that the floor lacks it."
               : "";
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
    return worst ? rp_print("Highest of all: %s at %s.%s", s->doc->cells[worst->cell].id,
                            rp_ratio_interval(text, sizeof text, &worst->floor_ratio),
                            why_high(&s->doc->cells[worst->cell].key))
                 : NULL;
}

void rp_content_floor(rp_content *content, const rp_selection *s)
{
    rp_table *table = fill(s, show_floor, s->view->all, true);
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

static void add_counts(rp_content *content, const rp_selection *s, show_fn show, const char *title, const char *text)
{
    rp_table *table = fill(s, show, s->view->all, true);
    rp_section *section = NULL;

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("%s", title));
    section->table = table;
    section->text = rp_print("%s", text);
}

static void add_constant_time(rp_content *content, const rp_selection *s)
{
    add_counts(content, s, show_constant_time, "Constant time",
               "Does what a secret is show in the time? passed: no. excepted: in the library, for reasons that are "
               "listed. By m: "
               "memcheck, with secrets marked; s: statistics on times; i: inspection of the machine code.");
}

void rp_content_instructions(rp_content *content, const rp_selection *s)
{
    add_counts(content, s, show_instructions, "Instructions of one operation",
               "Under escrow, x: as a multiple of the same with none.");
    add_counts(content, s, show_floor_instructions, "Times the floor",
               "Instructions of each operation over those of the primitives that it cannot do without.");
    if (s->view->all) {
        add_counts(content, s, show_classes, "Instructions by class, in percent",
                   "Those that access memory; of the others, those on vector registers (cryptographic ones too); the "
                   "rest.");
    }
    add_constant_time(content, s);
}

void rp_content_counts(rp_content *content, const rp_selection *s)
{
    add_counts(content, s, show_heap, "Heap allocations of one operation, once warm",
               "By this program's code + by the library.");
    if (s->view->all) {
        add_counts(content, s, show_random, "Random bytes of one operation",
                   "Given as coins + drawn by the library for itself, which blinds with them (?: it does not say).");
    }
    add_constant_time(content, s);
}
