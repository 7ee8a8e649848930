/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench import`: whole-command timings that hyperfine exported, as a run document. Each benchmark's name is a cell
 * id, OP/TRANSPORT+ESCROW/SUITE[+SUITE]/LIBRARY[/T-of-N]/SIZE, as scripts/cli-bench gives it; each run is a process. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/plan.h"
#include "bench/report/pool.h"
#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "bench/state.h"
#include "escrowbench/registry.h"

typedef struct import_options {
    const char *out;
    eb_arg_strings hyperfine;
} import_options;

#define AT(member) offsetof(import_options, member)

static const eb_option options[] = {
    {.name = "hyperfine",
     .value = "FILE",
     .type = EB_ARG_STRINGS,
     .offset = AT(hyperfine),
     .help = "JSON that hyperfine exported. May be repeated."},
    {.name = "out", .value = "RUN.json", .type = EB_ARG_STRING, .offset = AT(out), .help = "The run file to write."},
    {0},
};

static const eb_command command = {
    .name = "import",
    .about =
        "Makes a run file of whole-command timings by hyperfine: process start, reading and writing files included. "
        "Benchmarks are named by cell id, as scripts/cli-bench names them.",
    .examples = "escrowbench import --hyperfine times.json --out results/runs/commands.json",
    .options = options,
};

enum { PART = 64, MAX_RUNS = 100000 };

/* A name taken apart. */
typedef struct parts {
    char op[PART], transport[PART], escrow[PART], suite[PART], escrow_suite[PART], backend[PART];
    unsigned threshold, agents;
    long long size;
} parts;

/* Takes the text up to one of `stops` off the front; false if it is empty or too long. */
static bool take(const char **at, const char *stops, char out[PART])
{
    const size_t n = strcspn(*at, stops);
    if (n == 0 || n >= PART)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    return true;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* Digits only: no sign, no space. */
static bool take_number(const char **at, unsigned long long *out)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *out = strtoull(*at, &end, 10);
    *at = end;
    return errno == 0;
}

static bool take_apart(const char *name, parts *p)
{
    *p = (parts){0};
    const char *at = name;
    if (!take(&at, "/", p->op) || !skip(&at, '/') || !take(&at, "+", p->transport) || !skip(&at, '+') ||
        !take(&at, "/", p->escrow) || !skip(&at, '/') || !take(&at, "+/", p->suite))
        return false;
    if (skip(&at, '+') && !take(&at, "/", p->escrow_suite))
        return false;
    if (!skip(&at, '/') || !take(&at, "/", p->backend) || !skip(&at, '/'))
        return false;
    unsigned long long first = 0;
    if (!take_number(&at, &first))
        return false;
    if (*at != '\0') { /* T-of-N/ comes before the size */
        unsigned long long agents = 0;
        if (strncmp(at, "-of-", 4) != 0)
            return false;
        at += 4;
        if (!take_number(&at, &agents) || first > EB_MAX_AGENTS || agents > EB_MAX_AGENTS || !skip(&at, '/'))
            return false;
        p->threshold = (unsigned)first;
        p->agents = (unsigned)agents;
        if (!take_number(&at, &first))
            return false;
    }
    p->size = (long long)first;
    return *at == '\0' && first <= (unsigned long long)1 << 40;
}

static uint32_t add_cell(rp_document *doc, const char *name)
{
    parts p;
    if (!take_apart(name, &p))
        return RP_NONE;
    const eb_operation *op = eb_operation_find(p.op);
    const eb_escrow *escrow = eb_escrow_find(p.escrow);
    if (op == NULL || escrow == NULL)
        return RP_NONE;
    const bool escrowed = escrow->kind != EB_KIND_NONE;
    rp_cell cell;
    rp_cell_init(&cell);
    cell.id = cell.block = name;
    cell.kind = "command";
    cell.phase = op->phase;
    cell.payer = op->payer;
    cell.key = (rp_key){
        .op = p.op,
        .transport = p.transport,
        .escrow = p.escrow,
        .suite = p.suite,
        .escrow_suite = p.escrow_suite[0] != '\0' ? p.escrow_suite
                        : escrowed                ? p.suite
                                                  : "",
        .backend = p.backend,
        .agents = p.agents != 0 ? p.agents : escrowed,
        .threshold = p.threshold != 0 ? p.threshold : escrowed,
        .size = p.size,
    };
    return rp_add_cell(doc, &cell);
}

/* Each run of a command is a process of its own: one block with one slice. */
static const char *add_times(rp_document *doc, uint32_t cell, const json_t *times)
{
    if (!json_is_array(times) || json_array_size(times) == 0 || json_array_size(times) > MAX_RUNS)
        return "has no list of times";
    for (size_t i = 0; i < json_array_size(times); i++) {
        const json_t *t = json_array_get(times, i);
        const double s = json_number_value(t);
        if (!json_is_number(t) || !isfinite(s) || s <= 0 || s > 1e6)
            return "has a time that is not above 0, or above a million seconds";
        rp_block *b = rp_add_block(doc, doc->cells[cell].block, (uint32_t)i, 1);
        b->rounds = 1;
        b->elapsed_ns = (uint64_t)(s * 1e9);
        b->slices[0] = (rp_slice){.cell = cell, .iterations = 1, .ns = s * 1e9};
    }
    return NULL;
}

/* A command that failed was timed for nothing. */
static bool all_succeeded(const json_t *codes)
{
    for (size_t i = 0; i < json_array_size(codes); i++)
        if (json_integer_value(json_array_get(codes, i)) != 0 || !json_is_integer(json_array_get(codes, i)))
            return false;
    return true;
}

static bool import_file(rp_document *doc, const char *path)
{
    json_error_t e;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    if (root == NULL) {
        eb_fail(&command, "%s: %s%s", path, e.line > 0 ? "not JSON: " : "", e.text);
        return false;
    }
    const json_t *results = json_object_get(root, "results");
    bool ok = json_is_array(results) && json_array_size(results) > 0;
    if (!ok)
        eb_fail(&command, "%s: not an export of hyperfine: it has no \"results\"", path);
    for (size_t i = 0; ok && i < json_array_size(results); i++) {
        const json_t *r = json_array_get(results, i);
        const char *given = json_string_value(json_object_get(r, "command"));
        const char *name = given != NULL && rp_is_clean(given) ? given : NULL; /* it is going to a terminal */
        const uint32_t cell = name != NULL ? add_cell(doc, name) : RP_NONE;
        const char *fault = cell == RP_NONE ? "is no cell id, or is there twice"
                            : !all_succeeded(json_object_get(r, "exit_codes"))
                                ? "has runs that failed"
                                : add_times(doc, cell, json_object_get(r, "times"));
        if (fault != NULL) {
            eb_fail(&command, "%s: benchmark '%s' %s", path, name != NULL ? name : "(without a readable name)", fault);
            ok = false;
        }
    }
    json_decref(root);
    return ok;
}

int cmd_import(int argc, char **argv)
{
    import_options o = {0};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (o.hyperfine.count == 0)
        return eb_usage(&command, "--hyperfine is missing");
    if (o.out == NULL)
        return eb_usage(&command, "--out is missing");
    if (!eb_begin())
        return 1;
    rp_document *doc = rp_document_new();
    rp_error err;
    bool ok = true;
    doc->suite = rp_string(doc, "custom");
    eb_describe(doc);
    for (size_t i = 0; ok && i < o.hyperfine.count; i++)
        ok = import_file(doc, o.hyperfine.value[i]);
    doc->complete = ok;
    if (ok)
        rp_summarize(doc);
    if (ok && !rp_document_save(doc, o.out, &err)) {
        eb_fail(&command, "%s", err.text);
        ok = false;
    }
    rp_document_free(doc);
    return ok ? 0 : 1;
}
