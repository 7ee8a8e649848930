/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept and sent under an escrow, in bytes, and how it grows: with users, epochs and messages by the columns, with agents by
 * the difference that one more makes. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

enum { VARIANT, PUBLIC, AGENT, USER, EPOCH, EPOCHS, MORE_PUBLIC, MORE_CAPSULE, MESSAGE, ANSWER, COLUMNS };

static const struct {
    const char *group, *name;
    size_t fact; /* its place in rp_facts */
} columns[COLUMNS] = {
    [PUBLIC] = {"authority", "public", offsetof(rp_facts, public_bytes)},
    [AGENT] = {"authority", "each agent", offsetof(rp_facts, stored_agent_bytes)},
    [USER] = {"authority", "each user", offsetof(rp_facts, stored_user_bytes)},
    [EPOCH] = {"epochs forgotten", "the first", offsetof(rp_facts, epoch_bytes)},
    [EPOCHS] = {"epochs forgotten", "32", offsetof(rp_facts, epochs_bytes)},
    [MORE_PUBLIC] = {"one agent more", "public", offsetof(rp_facts, agent_public_bytes)},
    [MORE_CAPSULE] = {"one agent more", "capsule", offsetof(rp_facts, agent_capsule_bytes)},
    [MESSAGE] = {"sent", "each message", offsetof(rp_facts, capsule_bytes)},
    [ANSWER] = {"sent", "an answer", offsetof(rp_facts, partial_bytes)},
};

/* The largest figure of a fact over all cells of an escrow on a suite: an operation that has nothing to do with a part says 0
   or nothing of it. */
typedef struct kept {
    int64_t bytes[COLUMNS];
    bool any;
} kept;

/* A fact of a cell. What an escrow adds to a message is what the wire has grown by, where that can be told: a ghost's copy is no
   capsule. */
static int64_t figure(const rp_document *doc, const rp_cell *c, size_t column)
{
    const int64_t *fact = (const int64_t *)(const void *)((const char *)&c->facts + columns[column].fact);
    if (column == MESSAGE && strcmp(c->key.op, "seal") == 0 && c->base != RP_NONE && c->facts.wire_bytes >= 0 &&
        doc->cells[c->base].facts.wire_bytes >= 0)
        return c->facts.wire_bytes - doc->cells[c->base].facts.wire_bytes;
    return *fact;
}

static kept of_variant(const rp_selection *s, size_t variant, const char *suite)
{
    kept k = {.any = false};
    for (size_t i = 0; i < COLUMNS; i++)
        k.bytes[i] = -1;
    for (size_t i = 0; i < s->entry_count; i++) {
        const rp_entry *e = &s->entries[i];
        const rp_cell *c = &s->doc->cells[e->cell];
        if (e->variant != variant || strcmp(c->key.suite, suite) != 0 || c->facts.stored_agent_bytes < 0 ||
            strcmp(c->key.transport, s->messages[0].transport) != 0)
            continue;
        k.any = true;
        for (size_t f = PUBLIC; f < COLUMNS; f++) {
            const int64_t bytes = figure(s->doc, c, f);
            k.bytes[f] = bytes > k.bytes[f] ? bytes : k.bytes[f];
        }
    }
    return k;
}

static void add_suite(rp_table *table, const rp_selection *s, const char *suite)
{
    char text[200], label[160];
    const size_t before = table->line_count;
    rp_table_heading(table, suite);
    for (size_t v = 0; v < s->variant_count; v++) {
        const kept k = of_variant(s, v, suite);
        if (!k.any)
            continue;
        rp_table_line(table);
        snprintf(text, sizeof text, "  %s", rp_variant_label(label, sizeof label, &s->variants[v]));
        rp_table_set(table, VARIANT, text);
        for (size_t i = PUBLIC; i < COLUMNS; i++)
            if (k.bytes[i] >= 0)
                rp_table_set(table, i, rp_count(text, sizeof text, k.bytes[i]));
    }
    if (table->line_count == before + 1)
        rp_table_drop_line(table);
}

/* The first cell of a transport on a suite that says what a device keeps. RP_NONE if there is none, or if it was an earlier line. */
static uint32_t device_of(const rp_selection *s, size_t cell)
{
    const rp_document *doc = s->doc;
    const rp_cell *c = &doc->cells[cell];
    if (!rp_shown(s, cell) || c->facts.device_bytes < 0)
        return RP_NONE;
    for (size_t i = 0; i < cell; i++)
        if (rp_shown(s, i) && doc->cells[i].facts.device_bytes >= 0 && /* equal strings are one in a document */
            doc->cells[i].key.transport == c->key.transport && doc->cells[i].key.suite == c->key.suite)
            return RP_NONE;
    return (uint32_t)cell;
}

static void add_devices(rp_content *content, const rp_selection *s)
{
    rp_table *table = rp_table_new();
    char text[200];
    rp_table_column(table, "", "", true);
    rp_table_column(table, "", "private keys", false);
    rp_table_column(table, "", "each session", false);
    for (size_t i = 0; i < s->doc->cell_count; i++) {
        if (device_of(s, i) == RP_NONE)
            continue;
        const rp_cell *c = &s->doc->cells[i];
        rp_table_line(table);
        snprintf(text, sizeof text, "%s, %s", c->key.transport, c->key.suite);
        rp_table_set(table, 0, text);
        rp_table_set(table, 1, rp_count(text, sizeof text, c->facts.device_bytes));
        rp_table_set(table, 2, rp_count(text, sizeof text, c->facts.session_bytes));
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(content, rp_print("What a user's device keeps, in bytes"));
    section->table = table;
    section->text = rp_print("Under escrow it is the same. A session: the memory that it takes, with its room for the "
                             "keys of skipped messages; 0: messages stand alone, and none is kept. It grows with "
                             "the peers that a user talks to.");
}

void rp_content_state(rp_content *content, const rp_selection *s)
{
    add_devices(content, s);
    rp_table *table = rp_table_new();
    rp_table_column(table, "", "", true);
    for (size_t i = PUBLIC; i < COLUMNS; i++)
        rp_table_column(table, columns[i].group, columns[i].name, false);
    for (size_t i = 0; i < s->place_count && s->sized_count > 0; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || strcmp(s->places[k].suite, s->places[i].suite) == 0;
        if (!seen)
            add_suite(table, s, s->places[i].suite);
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section =
        rp_section_add(content, rp_print("What an escrow keeps and sends, in bytes (%s)", s->messages[0].transport));
    section->table = table;
    section->text = rp_print(
        "Public: what senders and investigators have of the authority. Each user: what the authority keeps "
        "for one, so that it grows with users by that and by nothing else. Epochs forgotten: what they add to the "
        "secret "
        "of their holder, the first of a user and 32 in a row; where that is blank it does not grow. One agent more: "
        "measured with n + 1. Each message: what is added on the wire (of a ghost, a copy), or stored with it.");
    rp_remark(section,
              rp_print("Blank under public: the service keeps one key, that of its agent, and publishes none."));
}
