/* SPDX-License-Identifier: Apache-2.0 */
/* Speed of access: from t agents' answers to the plaintext of one message; and setting the authority up. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

typedef struct names {
    const char *name[RP_SELECT_MAX];
    size_t count;
} names;

static void add_name(names *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->name[i], name) == 0) {
            return;
        }
    }
    list->name[list->count++] = name;
}

/* The two halves of the table. */
static const struct {
    const char *op, *group;
} halves[] = {{"access", "access to one message"}, {"setup", "set-up, once"}};

enum { HALVES = 2 };

static double time_of(const rp_selection *s, const char *op, const rp_message *message, const rp_variant *variant,
                      const rp_place *place, bool *single)
{
    const uint32_t cell = rp_pick(s, op, message, variant, place);
    const rp_row *row = cell == RP_NONE ? NULL : rp_row_of(s->doc, cell);

    *single = row && s->doc->cells[cell].single;
    return row ? row->ns.value : NAN;
}

static void add_line(rp_table *table, const rp_selection *s, const rp_message *message, const rp_variant *variant,
                     const char *suite, const names *backends, bool *any_single)
{
    const size_t count = HALVES * backends->count;
    double *times = rp_alloc(count, sizeof *times);
    bool *single = rp_alloc(count, sizeof *single);
    bool any = false;
    char label[160];
    char text[176];

    for (size_t i = 0; i < count; i++) {
        const rp_place place = {suite, backends->name[i % backends->count]};
        times[i] = time_of(s, halves[i / backends->count].op, message, variant, &place, &single[i]);
        any = any || !isnan(times[i]);
        *any_single = *any_single || single[i];
    }
    if (any) {
        rp_table_line(table);
        snprintf(text, sizeof text, "  %s", rp_variant_label(label, sizeof label, variant));
        rp_table_set(table, 0, text);
    }
    for (size_t i = 0; i < count && any; i++) {
        rp_time(label, sizeof label, times[i]);
        snprintf(text, sizeof text, "%s%s", label, single[i] ? "*" : "");
        rp_table_set(table, i + 1, text);
    }
    free(times);
    free(single);
}

static rp_table *access_table(const rp_selection *s, const rp_message *message, bool *any_single)
{
    rp_table *table = rp_table_new();
    names suites = {.count = 0};
    names backends = {.count = 0};

    for (size_t i = 0; i < s->place_count; i++) {
        add_name(&suites, s->places[i].suite);
        add_name(&backends, s->places[i].backend);
    }
    rp_table_column(table, "", "", true);
    for (size_t i = 0; i < HALVES * backends.count; i++) {
        rp_table_column(table, halves[i / backends.count].group, backends.name[i % backends.count], false);
    }
    for (size_t i = 0; i < suites.count; i++) {
        const size_t before = table->line_count;
        rp_table_heading(table, suites.name[i]);
        for (size_t v = 0; v < s->variant_count; v++) {
            add_line(table, s, message, &s->variants[v], suites.name[i], &backends, any_single);
        }
        if (table->line_count == before + 1) {
            rp_table_drop_line(table);
        }
    }
    return table;
}

void rp_content_access(rp_content *content, const rp_selection *s, const rp_message *message)
{
    bool single = false;
    rp_table *table = access_table(s, message, &single);
    rp_section *section = NULL;
    char size[32];

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_size(size, sizeof size, message->size);
    section =
        rp_section_add(content, rp_print("What access takes, for one message of %s (%s)", size, message->transport));
    section->table = table;
    section->text =
        rp_print("Computing alone, one after the other on one CPU: the answers of t agents, their checks, the "
                 "key, the plaintext.");
    if (single) {
        rp_remark(section, rp_print("* took over the limit of one run: measured once in each process."));
    }
}
