/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/across.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

/* A cell of any of the runs: where each of them has it. */
typedef struct line {
    const rp_document *doc; /* the first that has it */
    const rp_cell *cell;    /* there */
    const rp_cell *in[RP_ACROSS_MAX];
} line;

typedef struct lines {
    line *all;
    size_t count;
} lines;

char *rp_across_refusal(const rp_across *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const rp_counting *c = &a->doc[i]->counting;
        if (!*c->tool || strcmp(c->tool, "memcheck") == 0) {
            return rp_print("%s did not count instructions (`run --instructions` does)", a->name[i]);
        }
        if (!a->doc[i]->complete) {
            return rp_print("%s was cut short: count anew", a->name[i]);
        }
        if (strcmp(c->tool, a->doc[0]->counting.tool) != 0) {
            return rp_print("counts of different tools never stand side by side: %s is of %s, %s of %s", a->name[0],
                            a->doc[0]->counting.tool, a->name[i], c->tool);
        }
    }
    return NULL;
}

/* ---- lines ---- */

static bool counts(const rp_cell *cell)
{
    return cell->count.operations > 0 && strcmp(cell->kind, "floor") != 0;
}

static lines collect(const rp_across *a)
{
    lines l = {NULL, 0};
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < a->doc[i]->cell_count; k++) {
            const rp_cell *cell = &a->doc[i]->cells[k];
            bool seen = false;
            for (size_t j = 0; j < i && !seen; j++) {
                const uint32_t at = rp_find_cell(a->doc[j], cell->id);
                seen = at != RP_NONE && counts(&a->doc[j]->cells[at]);
            }
            if (seen || !counts(cell)) {
                continue;
            }
            l.all = rp_grow(l.all, l.count, sizeof *l.all);
            line *new = &l.all[l.count++];
            *new = (line){.doc = a->doc[i], .cell = cell};
            for (size_t j = i; j < a->count; j++) {
                const uint32_t at = rp_find_cell(a->doc[j], cell->id);
                new->in[j] = at != RP_NONE &&counts(&a->doc[j]->cells[at]) ? &a->doc[j]->cells[at] : NULL;
            }
        }
    }
    return l;
}

static const rp_library *library_of(const rp_document *doc, const char *backend)
{
    for (size_t i = 0; i < doc->subject.library_count; i++) {
        if (strcmp(doc->subject.libraries[i].backend, backend) == 0) {
            return &doc->subject.libraries[i];
        }
    }
    return NULL;
}

/* A ratio is of one thing on two machines: of the same version of the library. */
static bool same_library(const rp_across *a, size_t i, const rp_cell *cell)
{
    const rp_library *base = library_of(a->doc[0], cell->key.backend);
    const rp_library *other = library_of(a->doc[i], cell->key.backend);
    return base == NULL || other == NULL ? base == other : strcmp(base->version, other->version) == 0;
}

static double total(const rp_document *doc, const rp_cell *cell, bool floor)
{
    if (cell && floor) {
        cell = cell->floor != RP_NONE ? &doc->cells[cell->floor] : NULL;
    }
    return cell && cell->count.operations > 0 ? cell->count.total : NAN;
}

static double ratio(const rp_across *a, const line *l, size_t i, bool floor)
{
    if (!same_library(a, i, l->cell)) {
        return NAN;
    }
    return total(a->doc[i], l->in[i], floor) / total(a->doc[0], l->in[0], floor);
}

/* ---- who is who ---- */

/* "x86_64", and with what tells it from others of that architecture where there are such. */
static const char *machine(char *out, size_t len, const rp_across *a, size_t i)
{
    bool alone = true;
    for (size_t k = 0; k < a->count; k++) {
        alone = alone && (k == i || strcmp(a->doc[k]->machine.arch, a->doc[i]->machine.arch) != 0);
    }
    snprintf(out, len, alone ? "%s" : "%s, %s", a->doc[i]->machine.arch, a->doc[i]->machine.os);
    return out;
}

static char *emulator(const rp_document *doc)
{
    const char *command = doc->counting.emulator;
    return rp_print("%s%s%s", doc->counting.version, *command ? ", as " : "", command);
}

static char *libraries(const rp_document *doc)
{
    char *all = rp_print("%s", "");
    for (size_t i = 0; i < doc->subject.library_count; i++) {
        char *more = rp_print("%s%s%s %s", all, *all ? ", " : "", doc->subject.libraries[i].library,
                              doc->subject.libraries[i].version);
        free(all);
        all = more;
    }
    return all;
}

static char *compiler(const rp_document *doc)
{
    return rp_print("%s, %s", doc->subject.compiler, doc->subject.flags);
}

static char *program(const rp_document *doc)
{
    return rp_print("%s, commit %.12s%s", doc->subject.version, *doc->subject.commit ? doc->subject.commit : "unknown",
                    doc->subject.dirty ? " with changes" : "");
}

static char *proofs(const rp_document *doc)
{
    return doc->gates.passed < 0 ? rp_print("none")
                                 : rp_print("%lld gates passed, %lld failed", (long long)doc->gates.passed,
                                            (long long)(doc->gates.failed > 0 ? doc->gates.failed : 0));
}

#define TEXT_OF(name, expression)                                                                                      \
    static char *name(const rp_document *doc)                                                                          \
    {                                                                                                                  \
        return rp_print("%s", expression);                                                                             \
    }
TEXT_OF(system_of, doc->machine.os)
TEXT_OF(libc_of, doc->machine.libc)
TEXT_OF(features_of, *doc->counting.features ? doc->counting.features : "unknown")
TEXT_OF(packages_of, *doc->subject.packages ? doc->subject.packages : "unknown")
TEXT_OF(created_of, doc->created)

static const struct {
    const char *name;
    char *(*text)(const rp_document *doc);
} facts[] = {
    {"system", system_of},
    {"libraries", libraries},
    {"packages", packages_of},
    {"C library", libc_of},
    {"compiler", compiler},
    {"counted by", emulator},
    {"CPU features that it offers", features_of},
    {"escrowbench", program},
    {"proofs before the counts, there", proofs},
    {"date", created_of},
};

enum { FACTS = sizeof facts / sizeof facts[0] };

static void add_machines(rp_content *content, const rp_across *a)
{
    rp_section *section = rp_section_add(content, rp_print("What was counted, and where"));
    char text[128];
    section->table = rp_table_new();
    rp_table_column(section->table, "", "", true);
    for (size_t i = 0; i < a->count; i++) {
        rp_table_column(section->table, "", machine(text, sizeof text, a, i), true);
    }
    for (size_t f = 0; f < FACTS; f++) {
        rp_table_line(section->table);
        rp_table_set(section->table, 0, facts[f].name);
        for (size_t i = 0; i < a->count; i++) {
            char *fact = facts[f].text(a->doc[i]);
            rp_table_set(section->table, 1 + i, fact);
            free(fact);
        }
    }
}

/* ---- the table ---- */

static bool is_scheme(const line *l)
{
    return strcmp(l->cell->kind, "cell") == 0;
}

/* Lines of one transport, suite, library and size stand together, in the order in which their first one came. */
static bool together(const line *x, const line *y)
{
    const rp_key *a = &x->cell->key;
    const rp_key *b = &y->cell->key;
    if (!is_scheme(x) || !is_scheme(y)) {
        return is_scheme(x) == is_scheme(y);
    }
    return strcmp(a->transport, b->transport) == 0 && strcmp(a->suite, b->suite) == 0 &&
           strcmp(a->backend, b->backend) == 0 && a->size == b->size;
}

static void heading(rp_table *table, const line *l)
{
    const rp_key *k = &l->cell->key;
    const rp_library *library = library_of(l->doc, k->backend);
    char size[32] = "no message";
    char *text = NULL;
    if (k->size >= 0) {
        rp_size(size, sizeof size, k->size);
    }
    text = is_scheme(l) ? rp_print("%s on %s, %s, %s", *k->transport ? k->transport : "any transport", k->suite,
                                   library ? library->library : k->backend, size)
                        : rp_print("Other projects' code, and parts of ours alone");
    rp_table_heading(table, text);
    free(text);
}

static void show(rp_table *table, size_t column, double value, bool is_ratio)
{
    char text[64];
    if (isnan(value)) {
        rp_table_set(table, column, "-");
    } else if (is_ratio) {
        rp_table_set(table, column, rp_ratio(text, sizeof text, value));
    } else {
        rp_table_set(table, column, rp_count(text, sizeof text, (int64_t)(value + 0.5)));
    }
}

static void add_line(rp_table *table, const rp_across *a, const line *l)
{
    const rp_variant variant = rp_variant_of(l->cell);
    char label[256];
    char text[320];
    size_t column = 1;
    rp_table_line(table);
    snprintf(text, sizeof text, "  %s %s", l->cell->key.op, rp_variant_label(label, sizeof label, &variant));
    rp_table_set(table, 0, is_scheme(l) ? text : l->cell->id);
    for (size_t i = 0; i < a->count; i++) {
        show(table, column++, total(a->doc[i], l->in[i], false), false);
    }
    for (size_t i = 1; i < a->count; i++) {
        show(table, column++, ratio(a, l, i, false), true);
    }
    for (size_t i = 0; i < a->count; i++) {
        show(table, column++, total(a->doc[i], l->in[i], true), false);
    }
    for (size_t i = 1; i < a->count; i++) {
        show(table, column++, ratio(a, l, i, true), true);
    }
}

static rp_table *columns(const rp_across *a)
{
    rp_table *table = rp_table_new();
    char text[128];
    rp_table_column(table, "", "", true);
    for (size_t part = 0; part < 2; part++) {
        const char *group = part == 0 ? "instructions of one operation" : "of its primitives alone: the floor";
        for (size_t i = 0; i < a->count; i++) {
            rp_table_column(table, group, machine(text, sizeof text, a, i), false);
        }
        for (size_t i = 1; i < a->count; i++) {
            rp_table_column(table, group, a->count == 2 ? "ratio" : a->doc[i]->machine.arch, false);
        }
    }
    return table;
}

static rp_table *tabulate(const rp_across *a, const lines *l)
{
    rp_table *table = columns(a);
    bool *done = rp_alloc(l->count + 1, sizeof *done);
    for (size_t i = 0; i < l->count; i++) {
        if (done[i]) {
            continue;
        }
        heading(table, &l->all[i]);
        for (size_t k = i; k < l->count; k++) {
            if (!done[k] && together(&l->all[i], &l->all[k])) {
                add_line(table, a, &l->all[k]);
                done[k] = true;
            }
        }
    }
    free(done);
    return table;
}

static int by_size(const void *x, const void *y)
{
    const double a = *(const double *)x;
    const double b = *(const double *)y;
    return (a > b) - (a < b);
}

/* The middle of the ratios of one library, with their range. */
static void add_middle(rp_table *table, const rp_across *a, const lines *l, const char *backend, size_t i)
{
    double *all = rp_alloc(l->count + 1, sizeof *all);
    size_t n = 0;
    char text[64];
    char name[160];
    for (size_t k = 0; k < l->count; k++) {
        const double r = ratio(a, &l->all[k], i, false);
        if (is_scheme(&l->all[k]) && strcmp(l->all[k].cell->key.backend, backend) == 0 && !isnan(r)) {
            all[n++] = r;
        }
    }
    if (n > 0) {
        const rp_library *library = library_of(a->doc[0], backend);
        qsort(all, n, sizeof *all, by_size);
        rp_table_line(table);
        snprintf(name, sizeof name, "%.80s %.40s", library ? library->library : backend,
                 library ? library->version : "");
        rp_table_set(table, 0, name);
        snprintf(text, sizeof text, "%zu", n);
        rp_table_set(table, 1, text);
        show(table, 2, n % 2 ? all[n / 2] : (all[n / 2 - 1] + all[n / 2]) / 2, true);
        show(table, 3, all[0], true);
        show(table, 4, all[n - 1], true);
    }
    free(all);
}

/* The answer first: how far the machines are apart, library by library. */
static void add_middles(rp_content *content, const rp_across *a, const lines *l)
{
    static const char *const names[] = {"operations", "median ratio", "lowest", "highest"};
    char text[2][128];
    for (size_t i = 1; i < a->count; i++) {
        rp_table *table = rp_table_new();
        rp_table_column(table, "", "", true);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            rp_table_column(table, "", names[k], false);
        }
        for (size_t k = 0; k < a->doc[0]->subject.library_count; k++) {
            add_middle(table, a, l, a->doc[0]->subject.libraries[k].backend, i);
        }
        if (rp_table_empty(table)) {
            rp_table_free(table);
            continue;
        }
        rp_section *section = rp_section_add(content, rp_print("Instructions on %s for each one on %s",
                                                               machine(text[0], sizeof text[0], a, i),
                                                               machine(text[1], sizeof text[1], a, 0)));
        section->table = table;
    }
}

static rp_content *content_of(const rp_across *a, const lines *l)
{
    rp_content *content = rp_alloc(1, sizeof *content);
    char *names = rp_print("%s", "");
    char text[128];
    for (size_t i = 0; i < a->count; i++) {
        char *more = rp_print("%s%s%s", names, i > 0 ? " and " : "", machine(text, sizeof text, a, i));
        free(names);
        names = more;
    }
    content->title = rp_print("Instructions of each operation on %s", names);
    content->answer = rp_print(
        "Counted under an emulator, not timed: the same program, keys, coins and inputs on each machine. A count says "
        "how much "
        "work a CPU is given, and not how fast it does it: two CPUs do not take the same time for an instruction.");
    free(names);
    add_middles(content, a, l);
    add_machines(content, a);
    rp_section *section = rp_section_add(content, rp_print("Operation by operation"));
    section->table = tabulate(a, l);
    rp_remark(
        section,
        rp_print("ratio: the right machine's instructions for each one of the left's; a dash where a machine does "
                 "not have the operation, or has it from another version of the library."));
    rp_remark(section,
              rp_print("the floor: the primitives that the operation cannot do without, called straight from the "
                       "library. What is left is this program's own."));
    rp_remark(section,
              rp_print("Made from %s%s%s%s. The CSV and JSON files beside this one also have the classes: accesses to "
                       "memory, instructions on vector registers (cryptographic ones too), others.",
                       a->name[0], a->count > 1 ? " and " : "", a->count > 1 ? a->name[1] : "",
                       a->count > 2 ? " and others" : ""));
    return content;
}

void rp_across_terminal(FILE *out, const rp_across *a, const rp_view *view)
{
    lines l = collect(a);
    rp_content *content = content_of(a, &l);
    rp_content_terminal(out, content, view);
    rp_content_free(content);
    free(l.all);
}

void rp_across_markdown(FILE *out, const rp_across *a, const rp_view *view)
{
    lines l = collect(a);
    rp_content *content = content_of(a, &l);
    (void)view;
    rp_content_markdown(out, content);
    rp_content_free(content);
    free(l.all);
}

/* ---- for programs ---- */

/* One run's figures of a cell, in this order. */
static const char *const figures[] = {"instructions", "memory", "vector", "floor", "spread"};

enum { FIGURES = sizeof figures / sizeof figures[0] };

static double figure(const rp_document *doc, const rp_cell *cell, size_t f)
{
    const double of_cell[] = {cell ? cell->count.total : NAN, cell ? cell->count.memory : NAN,
                              cell ? cell->count.vector : NAN, total(doc, cell, true), cell ? cell->count.spread : NAN};
    return of_cell[f];
}

static void put_number(FILE *out, double value)
{
    if (!isnan(value)) {
        fprintf(out, "%.9g", value);
    }
}

void rp_across_csv(FILE *out, const rp_across *a, const rp_view *view)
{
    lines l = collect(a);
    (void)view;
    fputs("id,kind,op,transport,escrow,suite,escrow_suite,backend,threshold,agents,size", out);
    for (size_t i = 0; i < a->count; i++) {
        for (size_t f = 0; f < FIGURES; f++) {
            fprintf(out, ",%zu_%s_%s", i + 1, a->doc[i]->machine.arch, figures[f]);
        }
    }
    for (size_t i = 1; i < a->count; i++) {
        fprintf(out, ",ratio_%zu_to_1", i + 1);
    }
    fputc('\n', out);
    for (size_t n = 0; n < l.count; n++) {
        const rp_key *k = &l.all[n].cell->key;
        fprintf(out, "%s,%s,%s,%s,%s,%s,%s,%s,%u,%u,", l.all[n].cell->id, l.all[n].cell->kind, k->op, k->transport,
                k->escrow, k->suite, k->escrow_suite, k->backend, k->threshold, k->agents);
        if (k->size >= 0) {
            fprintf(out, "%lld", (long long)k->size);
        }
        for (size_t i = 0; i < a->count; i++) {
            for (size_t f = 0; f < FIGURES; f++) {
                fputc(',', out);
                put_number(out, figure(a->doc[i], l.all[n].in[i], f));
            }
        }
        for (size_t i = 1; i < a->count; i++) {
            fputc(',', out);
            put_number(out, ratio(a, &l.all[n], i, false));
        }
        fputc('\n', out);
    }
    free(l.all);
}

static json_t *machine_json(const rp_across *a, size_t i)
{
    json_t *m = json_object();
    json_object_set_new(m, "file", json_string(a->name[i]));
    json_object_set_new(m, "arch", json_string(a->doc[i]->machine.arch));
    json_object_set_new(m, "emulated", json_true());
    for (size_t f = 0; f < FACTS; f++) {
        char *text = facts[f].text(a->doc[i]);
        json_object_set_new(m, facts[f].name, json_string(text));
        free(text);
    }
    return m;
}

static json_t *line_json(const rp_across *a, const line *l)
{
    json_t *all = json_array();
    json_t *object = NULL;
    for (size_t i = 0; i < a->count; i++) {
        json_t *in = l->in[i] ? json_object() : json_null();
        for (size_t f = 0; f < FIGURES && l->in[i]; f++) {
            const double value = figure(a->doc[i], l->in[i], f);
            if (!isnan(value)) {
                json_object_set_new(in, figures[f], json_real(value));
            }
        }
        if (i > 0 && l->in[i] && !isnan(ratio(a, l, i, false))) {
            json_object_set_new(in, "ratio", json_real(ratio(a, l, i, false)));
        }
        json_array_append_new(all, in);
    }
    object = json_pack("{s:s, s:s, s:o}", "id", l->cell->id, "kind", l->cell->kind, "counts", all);
    return object;
}

void rp_across_json(FILE *out, const rp_across *a, const rp_view *view)
{
    lines l = collect(a);
    json_t *machines = json_array();
    json_t *cells = json_array();
    (void)view;
    for (size_t i = 0; i < a->count; i++) {
        json_array_append_new(machines, machine_json(a, i));
    }
    for (size_t n = 0; n < l.count; n++) {
        json_array_append_new(cells, line_json(a, &l.all[n]));
    }
    json_t *all = json_pack("{s:s, s:o, s:o}", "schema", "escrowbench-across/1", "machines", machines, "cells", cells);
    json_dumpf(all, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(all);
    free(l.all);
}
