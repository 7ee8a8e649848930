/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/counting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count/crew.h"
#include "bench/state.h"

static bool fails(const char *what, const char *why)
{
    fprintf(stderr, "escrowbench run: %s: %s\n", what, why);
    return false;
}

/* ---- which tool ---- */

static const char *const tools[] = {"perf", "qemu", "callgrind"};

static bool choose(eb_crew *c)
{
    char why[512], all[1024] = "";
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        if (c->options->tool != NULL && strcmp(c->options->tool, tools[i]) != 0)
            continue;
        if (eb_crew_begin(c, tools[i], why, sizeof why)) {
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

void eb_count_unseen(rp_document *doc)
{
    /* A program for another architecture than the machine's has no native timing to be compared with. */
    if (strcmp(doc->machine.execution, "native") == 0)
        unseen(doc->counting.unseen, sizeof doc->counting.unseen, doc->machine.features, doc->counting.features);
}

static void describe(eb_crew *c)
{
    rp_counting *k = &c->doc->counting;
    char version[160], emulator[256];
    eb_count_version(version, sizeof version, c->tool, c->options);
    eb_count_emulator(emulator, sizeof emulator, c->tool, c->options);
    k->tool = rp_string(c->doc, c->workers[0].tool);
    k->version = rp_string(c->doc, version);
    k->emulator = rp_string(c->doc, emulator);
    snprintf(k->features, sizeof k->features, "%s", c->workers[0].features);
    eb_count_unseen(c->doc);
}

/* ---- counts ---- */

static double figure(const char *field)
{
    double value = NAN;
    return ab_decimal(field, 0, 1e18, &value) ? value : NAN;
}

static bool take(void *user, rp_cell *cell, const eb_count_worker *worker, const char *line)
{
    enum { ANSWER, TOTAL, MEMORY, VECTOR, SPREAD, OPERATIONS, FIELDS };
    ab_line l;
    (void)user, (void)worker;
    if (strcmp(line, "none") == 0)
        return true;
    if (!ab_split(&l, line, FIELDS) || l.count != FIELDS || strcmp(l.field[ANSWER], "counted") != 0)
        return fails(cell->id, line);
    cell->count = (rp_tally){.total = figure(l.field[TOTAL]),
                             .memory = figure(l.field[MEMORY]),
                             .vector = figure(l.field[VECTOR]),
                             .spread = figure(l.field[SPREAD])};
    if (!ab_number(l.field[OPERATIONS], 1, UINT64_MAX, &cell->count.operations) || !(cell->count.total > 0))
        return fails(cell->id, "no count");
    return true;
}

eb_counted eb_count_cells(rp_document *doc, const eb_counting *options)
{
    eb_crew *c = calloc(1, sizeof *c);
    if (c == NULL)
        return EB_COUNTED_FAILED;
    *c = (eb_crew){.doc = doc, .options = options, .answer = take, .floors = true};
    bool ok = choose(c);
    if (ok) {
        describe(c);
        ok = eb_crew_run(c);
    }
    eb_crew_end(c);
    free(c);
    return eb_stop_flag ? EB_COUNTED_STOPPED : ok ? EB_COUNTED_ALL : EB_COUNTED_FAILED;
}
