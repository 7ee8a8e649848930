/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/counting.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count/tool.h"
#include "bench/state.h"
#include "harness/affinity.h"

enum { WORKERS_MAX = 64 };

typedef struct crew {
    rp_document *doc;
    const eb_counting *options;
    const char *tool;
    eb_count_worker workers[WORKERS_MAX];
    uint32_t at[WORKERS_MAX]; /* the cell that each is at; RP_NONE: none */
    size_t count;
    uint32_t next; /* the first cell that nobody has yet */
    size_t done;
} crew;

static bool fails(const char *what, const char *why)
{
    fprintf(stderr, "escrowbench run: %s: %s\n", what, why);
    return false;
}

/* ---- which tool ---- */

static const char *const tools[] = {"perf", "qemu", "callgrind"};

/* Why the better tools do not do is part of the run. */
static bool choose(crew *c)
{
    char why[512], all[1024] = "";
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        if (c->options->tool != NULL && strcmp(c->options->tool, tools[i]) != 0)
            continue;
        if (eb_count_start(&c->workers[0], tools[i], c->options, why, sizeof why)) {
            c->tool = tools[i];
            c->count = 1;
            if (strcmp(tools[i], "callgrind") == 0)
                rp_add_warning(c->doc,
                               "counted by callgrind, which sees a simpler CPU and so other code: not to be compared "
                               "with other tools' counts",
                               "QEMU's user mode with plug-ins (Debian 12: the package qemu-user)");
            return true;
        }
        const size_t n = strlen(all);
        snprintf(all + n, sizeof all - n, "%s%s: %.200s", n > 0 ? "; " : "", tools[i], why);
    }
    return fails("nothing here counts instructions", all);
}

static bool has_word(const char *list, const char *word, size_t len)
{
    for (const char *at = list; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
        if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    return false;
}

/* Of the machine's features those that the counted program does not see: code that timing takes and this count does not. */
static void unseen(char *out, size_t size, const char *machine, const char *seen)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *at = machine; *at != '\0'; at += *at == ',') {
        const size_t len = strcspn(at, ",");
        if (!has_word(seen, at, len) && used + len + 2 < size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? "," : "", (int)len, at);
        at += len;
    }
}

static void describe(crew *c)
{
    rp_counting *k = &c->doc->counting;
    char version[160];
    eb_count_version(version, sizeof version, c->tool, c->options);
    k->tool = rp_string(c->doc, c->workers[0].tool);
    k->version = rp_string(c->doc, version);
    snprintf(k->features, sizeof k->features, "%s", c->workers[0].features);
    /* A program for another architecture than the machine's has no native timing to be compared with. */
    if (strcmp(c->doc->machine.execution, "native") == 0)
        unseen(k->unseen, sizeof k->unseen, c->doc->machine.features, k->features);
}

/* ---- handing cells out ---- */

static bool give(crew *c, size_t worker)
{
    char cell[AB_LINE_MAX], line[AB_LINE_MAX + 64];
    c->at[worker] = RP_NONE;
    if (c->next == c->doc->cell_count)
        return true;
    ab_cell_format(cell, sizeof cell, &c->doc->cells[c->next]);
    const int n = snprintf(line, sizeof line, "count %s %llu %u %s\n", c->doc->cells[c->next].kind,
                           (unsigned long long)c->options->seed, c->doc->cells[c->next].key.devices, cell);
    if (n < 0 || (size_t)n >= AB_LINE_MAX || !ab_write(c->workers[worker].in, line, (size_t)n))
        return fails(c->doc->cells[c->next].id, "the counting process is gone");
    c->at[worker] = c->next++;
    return true;
}

static double figure(const char *field)
{
    double value = NAN;
    return ab_decimal(field, 0, 1e18, &value) ? value : NAN;
}

/* A worker's answer into its cell. */
static bool take(crew *c, size_t worker)
{
    enum { ANSWER, TOTAL, MEMORY, VECTOR, SPREAD, OPERATIONS, FIELDS };
    char line[AB_LINE_MAX + 1];
    ab_line l;
    rp_cell *cell = &c->doc->cells[c->at[worker]];
    const ab_read r = ab_read_line(&c->workers[worker].out, line, AB_NO_DEADLINE);
    if (r == AB_READ_STOPPED)
        return true;
    if (r != AB_READ_LINE)
        return fails(cell->id, "the counting process is gone");
    c->done++;
    if (strcmp(line, "none") == 0)
        return give(c, worker);
    if (!ab_split(&l, line, FIELDS) || l.count != FIELDS || strcmp(l.field[ANSWER], "counted") != 0)
        return fails(cell->id, line);
    cell->count = (rp_tally){.total = figure(l.field[TOTAL]),
                             .memory = figure(l.field[MEMORY]),
                             .vector = figure(l.field[VECTOR]),
                             .spread = figure(l.field[SPREAD])};
    if (!ab_number(l.field[OPERATIONS], 1, UINT64_MAX, &cell->count.operations) || !(cell->count.total > 0))
        return fails(cell->id, "no count");
    return give(c, worker);
}

static void show(const crew *c)
{
    if (c->options->progress)
        fprintf(stderr, "\rcounting %zu of %zu ", c->done, c->doc->cell_count);
}

static bool count_all(crew *c)
{
    struct pollfd fds[WORKERS_MAX];
    for (size_t i = 0; i < c->count; i++)
        if (!give(c, i))
            return false;
    while (c->done < c->doc->cell_count && !eb_stop_flag) {
        for (size_t i = 0; i < c->count; i++)
            fds[i] = (struct pollfd){.fd = c->at[i] != RP_NONE ? c->workers[i].out.fd : -1, .events = POLLIN};
        if (poll(fds, c->count, -1) <= 0)
            continue; /* a signal */
        for (size_t i = 0; i < c->count; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !take(c, i))
                return false;
        show(c);
    }
    return true;
}

static bool gather_crew(crew *c)
{
    char why[512];
    size_t wanted = c->options->workers > 0 ? c->options->workers : (size_t)hn_affinity_allowed();
    wanted = wanted > WORKERS_MAX ? WORKERS_MAX : wanted > c->doc->cell_count ? c->doc->cell_count : wanted;
    for (; c->count < wanted; c->count++)
        if (!eb_count_start(&c->workers[c->count], c->tool, c->options, why, sizeof why))
            return fails(c->tool, why);
    return true;
}

eb_counted eb_count_cells(rp_document *doc, const eb_counting *options)
{
    crew *c = calloc(1, sizeof *c);
    if (c == NULL)
        return EB_COUNTED_FAILED;
    c->doc = doc;
    c->options = options;
    bool ok = choose(c);
    if (ok) {
        describe(c);
        ok = gather_crew(c) && count_all(c);
    }
    if (options->progress)
        fprintf(stderr, "\r%40s\r", "");
    for (size_t i = 0; i < c->count; i++)
        eb_count_end(&c->workers[i]);
    free(c);
    return eb_stop_flag ? EB_COUNTED_STOPPED : ok ? EB_COUNTED_ALL : EB_COUNTED_FAILED;
}
