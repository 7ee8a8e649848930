/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench list`: the cells of the matrix, and the schemes that cannot exist with their reasons. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/files/session.h"
#include "bench/plan.h"
#include "bench/report/systems.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "escrowbench/registry.h"

typedef struct list_options {
    bool json, plain, files;
    const char *suite, *filter;
    unsigned agents, threshold, devices;
} list_options;

#define AT(member) offsetof(list_options, member)

static const eb_option options[] = {
    {.name = "suite",
     .value = "quick|full",
     .type = EB_ARG_STRING,
     .offset = AT(suite),
     .help = "Cells of this suite only."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = AT(filter),
     .help = "Cells whose id matches."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(agents),
     .min = 0,
     .max = 255,
     .help = "Agents, for the escrows that split."},
    {.name = "threshold",
     .value = "T",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(threshold),
     .min = 0,
     .max = 255,
     .help = "How many of them must answer."},
    {.name = "devices",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(devices),
     .min = 1,
     .max = EB_MAX_DEVICES,
     .help = "Devices of the recipient, each of which gets its copy of a message (default 1)."},
    {.name = "plain",
     .type = EB_ARG_FLAG,
     .offset = AT(plain),
     .help = "One cell a line, for scripts: operation, transport, escrow, suite, escrow suite (- if none), library, t, "
             "n, size (-1 if none)."},
    {.name = "files",
     .type = EB_ARG_FLAG,
     .offset = AT(files),
     .help = "With --plain: only what `seal`, `open` and `access` do to files, of schemes that have a file form."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = AT(json), .help = "Everything as one JSON document."},
    {0},
};

static const eb_command command = {
    .name = "list",
    .about =
        "Shows what can be measured: transports, escrows, libraries, every cell, and for the schemes that cannot exist "
        "the reason.",
    .examples =
        "escrowbench list\nescrowbench list --suite quick --plain\nescrowbench list --filter 'threshold.*openssl'",
    .options = options,
};

static const char *or_dash(const char *s)
{
    return s[0] != '\0' ? s : "-";
}

/* Is there a command that does this to files? */
static bool has_command(const rp_cell *c)
{
    static const char *const commands[] = {"seal", "open", "access"};
    const eb_operation *op;
    eb_pair_spec spec;
    char why[200];
    bool named = false;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        named = named || strcmp(c->key.op, commands[i]) == 0;
    return named && eb_plan_resolve(c, &op, &spec, why, sizeof why) && ft_no_files(&spec) == NULL;
}

static void print_plain(const rp_document *doc, bool files)
{
    for (size_t i = 0; i < doc->cell_count; i++) {
        const rp_cell *c = &doc->cells[i];
        if (strcmp(c->kind, "cell") == 0 && (!files || has_command(c)))
            printf("%s %s %s %s %s %s %u %u %lld\n", c->key.op, c->key.transport, c->key.escrow, c->key.suite,
                   or_dash(c->key.escrow_suite), c->key.backend, c->key.threshold, c->key.agents,
                   (long long)c->key.size);
    }
}

static json_t *key_json(const rp_key *k)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:I}", "op", k->op, "transport", k->transport,
                     "escrow", k->escrow, "suite", k->suite, "escrow_suite", k->escrow_suite, "backend", k->backend,
                     "threshold", (int)k->threshold, "agents", (int)k->agents, "devices", (int)k->devices, "size",
                     (json_int_t)k->size);
}

static void print_json(const rp_document *doc)
{
    json_t *cells = json_array(), *absent = json_array(), *sides = json_array();
    for (size_t i = 0; i < doc->cell_count; i++) {
        const rp_cell *c = &doc->cells[i];
        if (eb_side_cell(c))
            json_array_append_new(sides, json_pack("{s:s, s:s, s:s, s:s}", "id", c->id, "kind", c->kind, "by",
                                                   c->key.backend, "about", c->note));
        if (strcmp(c->kind, "cell") != 0)
            continue;
        json_t *j = key_json(&c->key);
        json_object_set_new(j, "id", json_string(c->id));
        json_object_set_new(j, "phase", json_string(c->phase));
        json_object_set_new(j, "payer", json_string(c->payer));
        json_array_append_new(cells, j);
    }
    for (size_t i = 0; i < doc->absent_count; i++) {
        json_t *j = key_json(&doc->absent[i].key);
        json_object_set_new(j, "reason", json_string(doc->absent[i].reason));
        json_array_append_new(absent, j);
    }
    json_t *all = json_pack("{s:o, s:o, s:o}", "cells", cells, "absent", absent, "peers_and_parts", sides);
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
}

static void print_implementations(void)
{
    const eb_backend *b;
    const eb_transport *t;
    const eb_escrow *e;
    const eb_operation *op;
    puts("LIBRARIES");
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        printf("  %-12s %s %s\n", b->id, b->library, b->version());
    puts("\nTRANSPORTS");
    for (size_t i = 0; (t = eb_transport_at(i)) != NULL; i++)
        printf("  %-15s %s\n  %-15s   %s\n", t->id, t->spec, "", t->note);
    puts("\nESCROWS");
    for (size_t i = 0; (e = eb_escrow_at(i)) != NULL; i++)
        printf("  %-15s %s (%s)\n  %-15s   %s\n", e->id, e->spec, e->family, "", e->note);
    puts("\nOPERATIONS");
    for (size_t i = 0; (op = eb_operation_at(i)) != NULL; i++)
        printf("  %-15s %-10s %-13s %s\n", op->id, op->phase, op->payer, op->about);
}

/* Does no row before the k-th do the same, of whatever size? */
static bool is_first(const eb_side *side, size_t k, const eb_side_row *row)
{
    eb_side_row other;
    for (size_t i = 0; i < k; i++)
        if (side->row(i, &other) && strcmp(other.op, row->op) == 0 && strcmp(other.subject, row->subject) == 0)
            return false;
    return true;
}

/* What is timed beside the schemes: who, and what work. */
static void print_sides(void)
{
    const eb_side *side;
    eb_side_row row;
    puts("\nPEERS AND PARTS");
    for (size_t i = 0; (side = eb_side_at(i)) != NULL; i++) {
        const char *version = side->version(); /* our own parts have none of their own */
        printf("  %-15s %s%s%s\n  %-15s   %s:", side->id, side->library, *version != '\0' ? " " : "", version, "",
               side->note);
        for (size_t k = 0; side->row(k, &row); k++)
            if (is_first(side, k, &row))
                printf(" %s/%s", row.op, row.subject);
        putchar('\n');
    }
}

/* ---- what runs where ---- */

/* A line of the matrix: a transport without escrow, or an escrow on the first transport that it joins, on one suite. */
typedef struct line {
    const char *name, *suite;
} line;

static line line_of(const eb_pair_spec *spec, bool transports)
{
    const eb_suite *own = spec->escrow_suite != NULL ? spec->escrow_suite : spec->suite;
    return transports ? (line){spec->transport->id, spec->suite->id} : (line){spec->escrow->id, own->id};
}

static bool same_line(line a, line b)
{
    return strcmp(a.name, b.name) == 0 && strcmp(a.suite, b.suite) == 0;
}

static bool is_none(const eb_pair_spec *spec)
{
    return spec->escrow != NULL && spec->escrow->kind == EB_KIND_NONE;
}

/* Each line once, with the libraries that have it. */
static void print_lines(const eb_matrix *m, bool transports)
{
    for (size_t i = 0; i < m->count; i++) {
        const eb_scheme *s = &m->schemes[i];
        if (!s->possible || is_none(&s->spec) != transports)
            continue;
        const line me = line_of(&s->spec, transports);
        bool first = true;
        for (size_t k = 0; k < i && first; k++)
            first = !m->schemes[k].possible || is_none(&m->schemes[k].spec) != transports ||
                    !same_line(line_of(&m->schemes[k].spec, transports), me);
        if (!first)
            continue;
        printf("  %-16s %-14s", me.name, me.suite);
        const eb_backend *b;
        for (size_t k = 0; (b = eb_backend_at(k)) != NULL; k++)
            for (size_t x = i; x < m->count; x++)
                if (m->schemes[x].possible && m->schemes[x].spec.backend == b &&
                    is_none(&m->schemes[x].spec) == transports &&
                    same_line(line_of(&m->schemes[x].spec, transports), me)) {
                    printf(" %s", b->id);
                    break;
                }
        putchar('\n');
    }
}

/* What cannot be, by reason: which library, how many schemes, which transports or escrows. */
static void print_reasons(const eb_matrix *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const eb_scheme *s = &m->schemes[i];
        size_t count = 0;
        bool first = !s->possible;
        for (size_t k = 0; k < m->count && first; k++) {
            const bool same = !m->schemes[k].possible && m->schemes[k].spec.backend == s->spec.backend &&
                              strcmp(m->schemes[k].reason, s->reason) == 0;
            first = !same || k >= i;
            count += same;
        }
        if (!first)
            continue;
        char suite[64];
        eb_suite_name(suite, sizeof suite, &s->spec);
        printf("  %-8s %s: %s+%s (%s)", s->spec.backend->id, s->reason, s->spec.transport->id,
               s->spec.escrow != NULL ? s->spec.escrow->id : "*", suite);
        if (count > 1)
            printf(" and %zu more", count - 1);
        putchar('\n');
    }
}

/* NULL: it runs here. Else why not, as the library says that the quick suite would have shown it on. */
static const char *why_not_here(const eb_matrix *m, const eb_system *sys)
{
    const char *reason = "not in this program";
    for (size_t k = 0; k < m->count; k++) {
        const eb_scheme *s = &m->schemes[k];
        if (strcmp(s->spec.transport->id, sys->transport) != 0 ||
            (s->spec.escrow != NULL && strcmp(s->spec.escrow->id, sys->escrow) != 0))
            continue;
        if (s->possible)
            return NULL;
        if (strcmp(s->spec.backend->id, eb_system_backend(0)) == 0 || strcmp(reason, "not in this program") == 0)
            reason = s->reason;
    }
    return reason;
}

static void print_systems(const eb_matrix *m)
{
    const eb_system *sys;
    for (unsigned i = 0; (sys = eb_system_at(i)) != NULL; i++) {
        const char *reason = why_not_here(m, sys);
        printf("  %-50s %s+%s%s%s\n", sys->name, sys->transport, sys->escrow, reason != NULL ? ": not here, " : "",
               reason != NULL ? reason : "");
    }
}

/* The schemes do not depend on (t, n) beyond what is possible: one split shows them all. */
static bool print_people(const eb_plan *plan)
{
    const eb_split split = {3, 5};
    eb_matrix m;
    if (!eb_matrix_make(&m, &split, 1, 1))
        return false;
    print_implementations();
    puts("\nTHE SYSTEMS OF THE DEBATE, and the scheme that stands for each");
    print_systems(&m);
    puts("\nWHERE THEY RUN\n transports, by suite");
    print_lines(&m, true);
    puts(" escrows, by suite of their own; each joins every transport that takes its kind");
    print_lines(&m, false);
    puts("\nNOT THERE");
    print_reasons(&m);
    print_sides();
    eb_matrix_free(&m);
    printf("\n%zu cells and %zu floors in %zu blocks; `--plain` shows each.\n", plan->cells, plan->floors,
           plan->blocks);
    return true;
}

int cmd_list(int argc, char **argv)
{
    list_options o = {0};
    char why[512] = "";
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (o.suite != NULL && strcmp(o.suite, "quick") != 0 && strcmp(o.suite, "full") != 0)
        return eb_usage(&command, "--suite is 'quick' or 'full', not '%s'", o.suite);
    if (!eb_begin())
        return 1;
    eb_plan_options p = {
        .full = o.suite == NULL || strcmp(o.suite, "full") == 0, .filter = o.filter, .devices = o.devices};
    if (o.agents != 0 || o.threshold != 0) {
        p.splits[0] = (eb_split){o.threshold, o.agents};
        p.split_count = 1;
    }
    rp_document *doc = rp_document_new();
    eb_plan plan;
    int code = 0;
    if (!eb_plan_make(&plan, doc, &p, why, sizeof why)) {
        code = eb_usage(&command, "%s", why);
    } else if (o.json) {
        print_json(doc);
    } else if (o.plain) {
        print_plain(doc, o.files);
    } else if (!print_people(&plan)) {
        code = eb_fail(&command, "out of memory");
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    return code;
}
