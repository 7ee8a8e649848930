/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/serve.h"

#include <alloca.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/ab/wire.h"
#include "bench/gates/runner.h"
#include "bench/jobs.h"
#include "bench/plan.h"
#include "bench/state.h"
#include "build_info.h"
#include "escrowbench/registry.h"
#include "harness/clock.h"
#include "harness/gbench.h"
#include "harness/rng.h"

/* One open cell. */
typedef struct slot {
    char id[AB_ID_MAX];
    eb_pair_spec spec;
    eb_job *job; /* NULL: the slot is free */
    hn_cell cell;
    void *pad; /* in front of the job's buffers */
} slot;

/* Where things lie in memory changes times, by 5 % where big numbers are made on the heap. So the layout is drawn from the
   seed of the cells: the two programs of a pair have the same, as far as their own code lets them, and each pair has
   another one. */
typedef struct server {
    slot slots[EB_SERVE_SLOTS];
    size_t open;   /* slots */
    hn_rng layout; /* of the heap */
    void *room;    /* in front of all that the cells allocate */
    size_t stack;  /* offset in a page at which operations find the stack */
} server;

enum { PAGE = 4096, HEAP_ROOM = 16 * PAGE, STACK_UNIT = 16 };

/* ---- replies ---- */

static bool reply(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line, at once. Its text is made harmless: reasons come from libraries. */
static bool reply(const char *format, ...)
{
    char line[AB_LINE_MAX + 2];
    va_list args;
    va_start(args, format);
    const int made = vsnprintf(line, AB_LINE_MAX + 1, format, args);
    va_end(args);
    size_t n = made < 0 ? 0 : made > AB_LINE_MAX ? AB_LINE_MAX : (size_t)made;
    for (size_t i = 0; i < n; i++)
        if (line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    return ab_write(STDOUT_FILENO, line, n);
}

/* For `return refuse(...)`: the session is over. */
static bool refuse(const char *why)
{
    (void)reply("error %s", why);
    return false;
}

static bool hello(void)
{
    const eb_backend *b;
    char program[512];
    eb_program_id(program, sizeof program);
    bool ok = reply(EB_SERVE_HELLO " %d", (int)EB_SERVE_PROTOCOL) &&
              reply("program %s %s %s %s", EB_VERSION, EB_COMMIT[0] != '\0' ? EB_COMMIT : "-",
                    EB_DIRTY ? "dirty" : "clean", program[0] != '\0' ? program : "-");
    for (size_t i = 0; ok && (b = eb_backend_at(i)) != NULL; i++)
        ok = reply("library %s %s", b->id, b->version());
    return ok && reply("ready");
}

/* ---- cells ---- */

static bool list_cells(const ab_line *l)
{
    char text[AB_LINE_MAX], why[512] = "";
    size_t count = 0;
    eb_plan plan;
    if (l->count < 2 || (strcmp(l->field[1], "quick") != 0 && strcmp(l->field[1], "full") != 0))
        return refuse("cells: a suite is quick or full");
    const eb_plan_options o = {.full = strcmp(l->field[1], "full") == 0, .filter = l->count > 2 ? l->field[2] : NULL};
    rp_document *doc = rp_document_new();
    bool ok = true;
    /* A filter that matches nothing here may match something in the other program. */
    if (!eb_plan_make(&plan, doc, &o, why, sizeof why) && doc->cell_count > 0)
        ok = refuse(why);
    for (size_t i = 0; ok && i < doc->cell_count; i++) {
        if (strcmp(doc->cells[i].kind, "cell") != 0)
            continue;
        ab_cell_format(text, sizeof text, &doc->cells[i]);
        ok = reply("cell %s", text);
        count++;
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    return ok && reply("end %zu", count);
}

static bool find_slot(server *s, const ab_line *l, slot **out)
{
    uint64_t number = 0;
    *out = NULL;
    if (l->count < 2 || !ab_number(l->field[1], 0, EB_SERVE_SLOTS - 1, &number))
        return false;
    *out = &s->slots[number];
    return true;
}

static void close_slot(server *s, slot *t)
{
    if (t->job != NULL)
        s->open--;
    eb_job_free(t->job);
    t->job = NULL;
    free(t->pad);
    t->pad = NULL;
}

/* Before the first cell. */
static void lay_out(server *s, uint64_t seed)
{
    hn_rng_seed(&s->layout, seed);
    free(s->room);
    s->room = malloc(STACK_UNIT + (size_t)hn_rng_below(&s->layout, HEAP_ROOM));
    s->stack = (size_t)hn_rng_below(&s->layout, PAGE / STACK_UNIT) * STACK_UNIT;
}

static bool open_cell(server *s, const ab_line *l)
{
    enum { FIRST = 3 };
    slot *t;
    rp_cell cell;
    uint64_t seed = 0;
    const eb_operation *op;
    char why[300] = "";
    if (!find_slot(s, l, &t) || t->job != NULL || l->count != FIRST + AB_CELL_FIELDS ||
        !ab_number(l->field[2], 0, UINT64_MAX, &seed) || !ab_cell_parse(&cell, l->field + FIRST, AB_CELL_FIELDS))
        return refuse("open: SLOT SEED CELL, with a free slot");
    bool ok = eb_plan_resolve(&cell, &op, &t->spec, why, sizeof why);
    if (ok && (!eb_operation_applies(op, &t->spec) || op->sized != (cell.key.size >= 0))) {
        snprintf(why, sizeof why, "this program does not have it");
        ok = false;
    }
    if (s->open == 0)
        lay_out(s, seed);
    if (ok) {
        t->pad = malloc(STACK_UNIT + (size_t)hn_rng_below(&s->layout, PAGE));
        const size_t size = cell.key.size > 0 ? (size_t)cell.key.size : 0;
        t->job = eb_job_make(op, &t->spec, size, seed, why, sizeof why);
    }
    if (t->job == NULL) {
        close_slot(s, t);
        return reply("absent %s %s", l->field[1], why[0] != '\0' ? why : "no memory");
    }
    s->open++;
    snprintf(t->id, sizeof t->id, "%s", cell.id);
    t->cell = eb_job_cell(t->job, t->id);
    return reply("opened %s", l->field[1]);
}

/* ---- proofs ---- */

static void show_proving(void *user, const gt_unit *unit, size_t done, size_t total)
{
    (void)user;
    if (unit->outcome != GT_REMEMBERED)
        (void)reply("proving %zu %zu", done, total);
}

/* The schemes of the open cells, each once. */
static size_t open_specs(const server *s, eb_pair_spec *specs)
{
    size_t n = 0;
    for (size_t i = 0; i < EB_SERVE_SLOTS; i++) {
        if (s->slots[i].job == NULL)
            continue;
        size_t k = 0;
        while (k < n && !eb_pair_spec_same(&specs[k], &s->slots[i].spec))
            k++;
        if (k == n)
            specs[n++] = s->slots[i].spec;
    }
    return n;
}

static bool prove(const server *s)
{
    char context[1280], why[GT_DETAIL] = "";
    gt_results r;
    eb_pair_spec *specs = calloc(EB_SERVE_SLOTS, sizeof *specs);
    if (specs == NULL)
        return refuse("prove: no memory");
    const size_t n = open_specs(s, specs);
    eb_proof_key(context, sizeof context);
    const gt_options o = {.context = context, .progress = show_proving};
    const bool run = gt_run(&r, specs, n, &o) == EB_OK;
    free(specs);
    if (!run)
        return refuse("prove: the gates cannot be run: no process or memory");
    bool proven = true;
    for (size_t i = 0; i < n && proven; i++)
        proven = gt_proven(&r, i, why);
    const size_t passed = r.passed + r.remembered;
    gt_results_free(&r);
    return proven ? reply("proved %zu", passed) : reply("unproved %s", why);
}

/* ---- time ---- */

static bool broken(const slot *t, const char *what)
{
    char why[AB_ID_MAX + 64];
    snprintf(why, sizeof why, "%s: %s", t->id, what);
    return refuse(why);
}

/* A slice as the harness's scheduler takes it, after `warm` operations that are not timed. NULL, or what failed. */
static const char *take(slot *t, uint64_t warm, uint64_t count, hn_slice *slice)
{
    const hn_cell *c = &t->cell;
    if (c->max_prepare > 0 && warm + count > c->max_prepare) {
        warm = warm < c->max_prepare ? warm : 0;
        count = count > c->max_prepare - warm ? c->max_prepare - warm : count;
    }
    if (c->prepare != NULL && c->prepare(c->ctx, warm + count) != 0)
        return "its inputs cannot be made";
    for (uint64_t i = 0; i < warm; i++)
        if (c->op(c->ctx) != 0)
            return "the operation failed";
    return hn_gbench_slice(c->name, c->op, c->ctx, count, NULL, slice) == HN_OK ? NULL : "the operation failed";
}

/* Runs of ever more operations until one fills half of the slice; the fastest counts. */
static bool plan(server *s, const ab_line *l)
{
    slot *t;
    uint64_t ns = 0, n = 1;
    double best = 0;
    if (!find_slot(s, l, &t) || t->job == NULL || l->count != 3 || !ab_number(l->field[2], 1, EB_SERVE_SLICE_MAX, &ns))
        return refuse("plan: SLOT NANOSECONDS, with an open slot");
    for (int run = 0;; run++) {
        hn_slice slice;
        const char *failed = take(t, 0, n, &slice);
        if (failed != NULL)
            return broken(t, failed);
        const double each = slice.ns / (double)slice.iterations;
        if (run <= 1 || each < best) /* the first is cold */
            best = each > 0.01 ? each : 0.01;
        if (run > 0 && (slice.ns >= (double)ns / 2 || n >= EB_SERVE_COUNT_MAX || slice.iterations < n))
            break;
        const double fill = (double)ns / best;
        if (run > 0)
            n = fill > (double)n * 10 ? n * 10 : fill > 1 ? (uint64_t)fill : 1;
    }
    return reply("planned %s %.3f", l->field[1], best);
}

static long switches(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_nivcsw : -1;
}

static bool run(server *s, const ab_line *l)
{
    slot *t;
    uint64_t warm = 0, count = 0, times = 0;
    char all[EB_SERVE_TIMES_MAX * 32] = "";
    size_t used = 0;
    if (!find_slot(s, l, &t) || t->job == NULL || l->count != 5 ||
        !ab_number(l->field[2], 0, EB_SERVE_WARM_MAX, &warm) ||
        !ab_number(l->field[3], 1, EB_SERVE_COUNT_MAX, &count) ||
        !ab_number(l->field[4], 1, EB_SERVE_TIMES_MAX, &times))
        return refuse("run: SLOT WARM COUNT TIMES, with an open slot");
    const long before = switches();
    for (uint64_t i = 0; i < times; i++) {
        hn_slice slice;
        const char *failed = take(t, i == 0 ? warm : 0, count, &slice);
        if (failed != NULL)
            return broken(t, failed);
        if (slice.iterations != count)
            return broken(t, "not so many operations at a time");
        used += (size_t)snprintf(all + used, sizeof all - used, " %.3f", slice.ns);
    }
    const long after = switches();
    return reply("ran %s %ld%s", l->field[1], before >= 0 && after >= before ? after - before : -1, all);
}

static bool close_cell(server *s, const ab_line *l)
{
    slot *t;
    if (!find_slot(s, l, &t) || t->job == NULL || l->count != 2)
        return refuse("close: SLOT, an open one");
    close_slot(s, t);
    return reply("closed %s", l->field[1]);
}

/* ---- the session ---- */

/* A request that times, with the stack where the layout wants it. Never inlined: its frame is what is moved. */
__attribute__((noinline)) static bool on_stack(server *s, const ab_line *l, bool (*request)(server *, const ab_line *))
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    // cppcheck-suppress allocaCalled ; it is the frame that is to grow
    volatile uint8_t *room = alloca(((here - s->stack) % PAGE) / STACK_UNIT * STACK_UNIT + STACK_UNIT);
    room[0] = 0;
    const bool going = request(s, l);
    room[0] = 0; /* keeps the call from being the last, and the room from going before it */
    return going;
}

/* False: the session is over, by an error that has been told. */
static bool answer(server *s, const char *line)
{
    ab_line l;
    const bool cells = strncmp(line, "cells ", 6) == 0; /* a regular expression may have blanks */
    if (!ab_split(&l, line, cells ? 3 : AB_FIELDS_MAX))
        return refuse("a request has fields separated by one blank");
    const char *name = l.field[0];
    if (strcmp(name, "run") == 0)
        return on_stack(s, &l, run);
    if (strcmp(name, "open") == 0)
        return open_cell(s, &l);
    if (strcmp(name, "plan") == 0)
        return on_stack(s, &l, plan);
    if (strcmp(name, "close") == 0)
        return close_cell(s, &l);
    if (strcmp(name, "prove") == 0)
        return prove(s);
    if (strcmp(name, "cells") == 0)
        return list_cells(&l);
    return refuse("no such request");
}

int eb_serve_run(unsigned protocol)
{
    ab_reader in = {.fd = STDIN_FILENO};
    char line[AB_LINE_MAX + 1];
    if (protocol != EB_SERVE_PROTOCOL) {
        (void)reply("error protocol %u is asked for, this program speaks %d", protocol, (int)EB_SERVE_PROTOCOL);
        return 1;
    }
    char why[512];
    if (!eb_may_time(why, sizeof why)) {
        (void)reply("error %s", why);
        return 1;
    }
    server *s = calloc(1, sizeof *s);
    int code = s != NULL && hello() ? 0 : 1;
    for (bool going = code == 0; going;) {
        const ab_read got = ab_read_line(&in, line, AB_NO_DEADLINE);
        if (got == AB_READ_END || (got == AB_READ_LINE && strcmp(line, "quit") == 0))
            break;
        going = got == AB_READ_LINE ? answer(s, line) : refuse("a request is a line of printable ASCII");
        code = going ? 0 : 1;
    }
    for (size_t i = 0; s != NULL && i < EB_SERVE_SLOTS; i++)
        close_slot(s, &s->slots[i]);
    if (s != NULL)
        free(s->room);
    free(s);
    return code;
}
