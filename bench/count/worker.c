/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/worker.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/ab/wire.h"
#include "bench/jobs.h"
#include "bench/plan.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "escrowbench/registry.h"
#include "harness/count/count.h"

enum { COUNT, KIND, SEED, DEVICES, CELL, REQUEST_FIELDS = CELL + AB_CELL_FIELDS, RING = 4 };

bool eb_count_reply(const char *format, ...)
{
    char line[AB_LINE_MAX + 2];
    va_list args;
    va_start(args, format);
    const int made = vsnprintf(line, AB_LINE_MAX + 1, format, args);
    va_end(args);
    size_t n = made < 0 ? 0 : made > AB_LINE_MAX ? AB_LINE_MAX : (size_t)made;
    line[n++] = '\n';
    return ab_write(STDOUT_FILENO, line, n);
}

bool eb_count_greet(const char *tool)
{
    const eb_backend *b;
    char features[HN_FEATURES_MAX];
    hn_features_seen(features);
    bool ok = eb_count_reply(EB_COUNT_HELLO) && eb_count_reply("tool %s", tool) &&
              eb_count_reply("features %s", features[0] != '\0' ? features : "-");
    for (size_t i = 0; ok && (b = eb_backend_at(i)) != NULL; i++)
        ok = eb_count_reply("library %s %s", b->id, b->version());
    return ok && eb_count_reply("ready");
}

static const char *figure(char out[32], double value)
{
    if (isfinite(value))
        snprintf(out, 32, "%.9f", value);
    else
        snprintf(out, 32, "-");
    return out;
}

static bool count(const hn_cell *cell, hn_counter *counter)
{
    hn_count c;
    int error = 0;
    char text[4][32];
    const hn_status s = hn_count_run(cell, counter, RING, &c, &error);
    if (s == HN_ERR_OP || s == HN_ERR_PREPARE)
        return eb_count_reply("failed %s", eb_status_name((eb_status)error));
    if (s != HN_OK)
        return eb_count_reply("failed %s", hn_status_text(s));
    return eb_count_reply("counted %s %s %s %s %llu", figure(text[0], c.total), figure(text[1], c.memory),
                          figure(text[2], c.vector), figure(text[3], c.spread), (unsigned long long)c.operations);
}

bool eb_count_split(ab_line *out, const char *line)
{
    return ab_split(out, line, REQUEST_FIELDS);
}

/* A peer or a part. */
static bool open_side(const rp_cell *cell, uint64_t seed, hn_cell *out)
{
    const eb_side *side;
    eb_side_row row;
    char why[256] = "";
    if (!eb_side_find(cell, &side, &row)) /* a path of vector instructions that the CPU here does not have */
        return eb_count_reply("none");
    eb_side_job *job = eb_side_make(side, &row, seed, why, sizeof why);
    if (job == NULL)
        return eb_count_reply("failed %s", why);
    *out = eb_side_hot(job, cell->id);
    return true;
}

bool eb_count_open(const ab_line *l, hn_cell *out)
{
    const eb_operation *op;
    eb_pair_spec spec;
    rp_cell cell;
    uint64_t seed = 0, devices = 0;
    bool none = false;
    char why[256] = "";
    *out = (hn_cell){0};
    if (l->count != REQUEST_FIELDS || strcmp(l->field[COUNT], "count") != 0 ||
        !ab_number(l->field[SEED], 0, UINT64_MAX, &seed) || !ab_number(l->field[DEVICES], 0, UINT32_MAX, &devices) ||
        !ab_cell_parse(&cell, l->field + CELL, AB_CELL_FIELDS))
        return eb_count_reply("failed not a request");
    cell.key.devices = (uint32_t)devices;
    cell.kind = l->field[KIND];
    if (eb_side_cell(&cell))
        return open_side(&cell, seed, out);
    if (!eb_plan_resolve(&cell, &op, &spec, why, sizeof why))
        return eb_count_reply("failed %s", why);
    const size_t size = cell.key.size > 0 ? (size_t)cell.key.size : 0;
    if (strcmp(l->field[KIND], "floor") == 0) {
        eb_floor_job *floor = eb_floor_make(op, &spec, size, seed, &none, why, sizeof why);
        if (floor == NULL)
            return none ? eb_count_reply("none") : eb_count_reply("failed %s", why);
        *out = eb_floor_cell(floor, cell.id);
    } else {
        eb_job *job = eb_job_make(op, &spec, size, seed, why, sizeof why);
        if (job == NULL)
            return eb_count_reply("failed %s", why);
        *out = eb_job_cell(job, cell.id);
    }
    return true;
}

/* In the child: opens the cell and counts it. What it made goes with it. */
static bool answer(const ab_line *l, hn_counter *counter)
{
    hn_cell ready;
    if (!eb_count_open(l, &ready) || ready.op == NULL)
        return ready.op == NULL; /* the answer was given */
    hn_counter_forked(counter);
    return count(&ready, counter);
}

/* One request in a child of its own; a child that dies has given no answer. */
static bool serve(const char *line, hn_counter *counter)
{
    static ab_line l;
    int status = 0;
    if (!eb_count_split(&l, line))
        return eb_count_reply("failed not a request");
    const pid_t child = fork();
    if (child == 0)
        _exit(answer(&l, counter) ? 0 : 1);
    if (child < 0)
        return eb_count_reply("failed no process");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (WIFSIGNALED(status))
        return eb_count_reply("failed killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) == 0;
}

int eb_count_serve(const char *scratch)
{
    static ab_reader in = {.fd = STDIN_FILENO};
    static char line[AB_LINE_MAX + 1];
    hn_counter *counter = hn_counter_open(scratch);
    const eb_backend *b;
    bool ok = eb_count_greet(counter != NULL ? hn_counter_tool(counter) : "-");
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        if (b->draw_fixed != NULL)
            b->draw_fixed();
    while (ok && counter != NULL) {
        const ab_read r = ab_read_line(&in, line, AB_NO_DEADLINE);
        if (r == AB_READ_END)
            break;
        ok = r == AB_READ_LINE && serve(line, counter);
    }
    hn_counter_close(counter);
    return ok ? 0 : 1;
}
