/* SPDX-License-Identifier: Apache-2.0 */
/* Rogue senders: who notices a false capsule, and what looking costs. One line an escrow; a library or suite on which it went
 * otherwise has a line of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { VARIANT, CHECK, INSPECT, COSTS = 2, ROGUES_MAX = 8 };

/* Shorter names for the columns: what the text above the table explains. What is not listed has its own. */
static const struct {
    const char *sends, *column;
} short_names[] = {
    {"another message's capsule", "another's"},
    {"a capsule of another secret", "false secret"},
    {"a body with two texts", "two texts"},
};

/* What rogues of the document send, in its order: the columns. Equal strings are one in a document. */
typedef struct rogues {
    const char *sends[ROGUES_MAX];
    size_t count;
} rogues;

static rogues rogues_of(const rp_gates *g)
{
    rogues list = {.count = 0};
    for (size_t i = 0; i < g->rogue_count; i++) {
        size_t k = 0;
        while (k < list.count && list.sends[k] != g->rogues[i].sends)
            k++;
        if (k == list.count && k < ROGUES_MAX)
            list.sends[list.count++] = g->rogues[i].sends;
    }
    return list;
}

static const char *column_of(const char *sends)
{
    for (size_t i = 0; i < sizeof short_names / sizeof short_names[0]; i++)
        if (strcmp(short_names[i].sends, sends) == 0)
            return short_names[i].column;
    return sends;
}

/* One letter for each who notices: a table of sentences cannot be read. */
static const struct {
    const char *who, *letter;
} letters[] = {
    {"recipient who checks", "R"}, {"recipient's device", "D"}, {"service", "S"}, {"agents", "A"},
    {"investigator", "I"},         {"nobody", "nobody"},
};

/* What happened to one escrow on one library: by rogue, NULL where it was not tried. */
typedef struct outcome {
    rp_variant variant;
    const char *suite, *backend;
    const char *noticed[ROGUES_MAX];
} outcome;

/* "R A I"; a word without a letter stays: "R, 3 of 5 agents". */
static void set_noticed(rp_table *table, size_t column, const char *noticed)
{
    char text[160] = "";
    size_t len = 0;
    while (*noticed != '\0' && len < sizeof text) {
        const size_t n = strcspn(noticed, ",");
        const char *letter = NULL;
        for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
            if (strlen(letters[i].who) == n && strncmp(letters[i].who, noticed, n) == 0)
                letter = letters[i].letter;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len > 0 ? " " : "", letter ? 8 : (int)n,
                                letter ? letter : noticed);
        noticed += n;
        noticed += strspn(noticed, ", ");
    }
    rp_table_set(table, column, text);
}

static bool same_outcome(const outcome *a, const outcome *b)
{
    bool same = rp_same_variant(&a->variant, &b->variant);
    for (size_t i = 0; i < ROGUES_MAX && same; i++)
        same = a->noticed[i] == b->noticed[i]; /* equal strings are one in a document */
    return same;
}

static bool is_shown(const rp_selection *s, const rp_variant *v)
{
    for (size_t i = 0; i < s->variant_count; i++)
        if (rp_same_variant(&s->variants[i], v))
            return true;
    return false;
}

/* Each escrow on each library of the document; free() them. */
static outcome *outcomes_of(const rp_selection *s, const rogues *list, size_t *count)
{
    const rp_gates *g = &s->doc->gates;
    outcome *out = rp_alloc(g->rogue_count + 1, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < g->rogue_count; i++) {
        const rp_rogue *r = &g->rogues[i];
        const rp_cell like = {.key = r->key};
        const rp_variant v = rp_variant_of(&like);
        outcome *o = out;
        if (!is_shown(s, &v))
            continue;
        while (o < out + *count &&
               !(rp_same_variant(&o->variant, &v) && o->suite == r->key.suite && o->backend == r->key.backend))
            o++;
        if (o == out + *count) {
            *o = (outcome){.variant = v, .suite = r->key.suite, .backend = r->key.backend};
            (*count)++;
        }
        for (size_t k = 0; k < list->count; k++)
            if (r->sends == list->sends[k])
                o->noticed[k] = r->noticed;
    }
    return out;
}

/* The quickest shown cell of an operation under an escrow: of the message that leads, if it has one. */
static void set_cost(rp_table *table, size_t column, const rp_selection *s, const char *op, const outcome *o,
                     bool any_suite)
{
    double best = INFINITY;
    char text[64], time[32];
    const char *backend = "";
    for (size_t i = 0; i < s->entry_count; i++) {
        const rp_cell *c = &s->doc->cells[s->entries[i].cell];
        const rp_variant mine = rp_variant_of(c);
        const rp_row *row = rp_row_of(s->doc, s->entries[i].cell);
        if (strcmp(c->key.op, op) == 0 && rp_same_variant(&mine, &o->variant) &&
            (any_suite || strcmp(c->key.suite, o->suite) == 0) && row != NULL && row->ns.value < best) {
            best = row->ns.value;
            backend = c->key.backend;
        }
    }
    if (isinf(best))
        return;
    rp_time(time, sizeof time, best);
    snprintf(text, sizeof text, "%s %s", time, backend);
    rp_table_set(table, column, text);
}

/* Was any looking timed? Only the full suite does. */
static bool any_cost(const rp_selection *s)
{
    for (size_t i = 0; i < s->entry_count; i++) {
        const char *op = s->doc->cells[s->entries[i].cell].key.op;
        if (strcmp(op, "check") == 0 || strcmp(op, "inspect") == 0)
            return true;
    }
    return false;
}

/* How much of an outcome's place its line must name, for others of the same escrow went otherwise. */
typedef enum naming { NAME_NOTHING, NAME_SUITE, NAME_LIBRARY } naming;

/* True if a line before has said the same. */
static bool is_said(const outcome *all, size_t count, size_t at, naming *name)
{
    const outcome *o = &all[at];
    bool said = false;
    *name = NAME_NOTHING;
    for (size_t i = 0; i < count; i++) {
        if (!rp_same_variant(&all[i].variant, &o->variant))
            continue;
        const bool same = same_outcome(&all[i], o), here = strcmp(all[i].suite, o->suite) == 0;
        if (!same && *name != NAME_LIBRARY)
            *name = here ? NAME_LIBRARY : NAME_SUITE;
        said = said || (i < at && same);
    }
    return said;
}

static void add_line(rp_table *table, const rp_selection *s, const outcome *o, naming name, bool costs)
{
    char label[160], text[256];
    snprintf(text, sizeof text, "%s%s%s%s%s", rp_variant_label(label, sizeof label, &o->variant),
             name >= NAME_SUITE ? ", " : "", name >= NAME_SUITE ? o->suite : "", name == NAME_LIBRARY ? " on " : "",
             name == NAME_LIBRARY ? o->backend : "");
    rp_table_line(table);
    rp_table_set(table, VARIANT, text);
    if (costs) {
        set_cost(table, CHECK, s, "check", o, name == NAME_NOTHING);
        set_cost(table, INSPECT, s, "inspect", o, name == NAME_NOTHING);
    }
    for (size_t k = 0; k < ROGUES_MAX; k++)
        if (o->noticed[k] != NULL)
            set_noticed(table, 1 + (costs ? COSTS : 0) + k, o->noticed[k]);
}

void rp_content_rogues(rp_content *content, const rp_selection *s)
{
    size_t count = 0;
    const rogues list = rogues_of(&s->doc->gates);
    outcome *all = outcomes_of(s, &list, &count);
    const bool costs = any_cost(s);
    rp_table *table = rp_table_new();
    rp_table_column(table, "", "", true);
    if (costs) {
        rp_table_column(table, "cost of looking", "recipient", false);
        rp_table_column(table, "cost of looking", "service", false);
    }
    for (size_t k = 0; k < list.count; k++)
        rp_table_column(table, "who notices, by what is sent", column_of(list.sends[k]), true);
    for (size_t i = 0; i < count; i++) {
        naming name = NAME_NOTHING;
        if (!is_said(all, count, i, &name))
            add_line(table, s, &all[i], name, costs);
    }
    free(all);
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(content, rp_print("Rogue senders: who notices a false capsule"));
    section->table = table;
    section->text = rp_print(
        "A modified client sends a message that the recipient can read and that gives no access, or access to another "
        "text; this was carried out. In place of the capsule: garbage, random bytes; another's, the capsule of another "
        "message; false secret, a well-made capsule of a secret that opens nothing. Two texts: such a capsule, with a "
        "body that its secret opens to another text. R: the recipient, if it takes the trouble to make the capsule "
        "again (the row `check`). D: the recipient's device, which opens nothing that it has not checked. S: the "
        "service, from the capsule alone. A: the agents, or the one holder of the key, who are asked. I: the "
        "investigator, for whom nothing opens. Blank: cannot be tried.");
    rp_remark(
        section,
        rp_print(
            "Of most capsules the service can see one thing: whether they begin with a point of the curve. On p256 "
            "and ristretto255 random bytes are none, which the holder of the key refuses too; on x25519 any bytes "
            "are one, so that the service has nothing to check and no row `inspect`. Escrows that put no capsule into "
            "the message "
            "(archive, ghost, fair, provider) have a line in the next table alone."));
}
