/* SPDX-License-Identifier: Apache-2.0 */
/* What an escrow keeps and sends, in bytes: how it grows with users, messages, agents is in the lines themselves. */
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

enum { VARIANT, PUBLIC, AGENT, USER, MESSAGE, ANSWER };

/* The largest figure of a fact over all cells of an escrow on a suite: an operation that has nothing to do with a part says 0
   or nothing of it. */
typedef struct kept {
    int64_t bytes[ANSWER + 1];
    bool any;
} kept;

static void most(int64_t *known, int64_t bytes)
{
    if (bytes > *known)
        *known = bytes;
}

static kept of_variant(const rp_selection *s, size_t variant, const char *suite)
{
    kept k = {.any = false};
    for (size_t i = 0; i <= ANSWER; i++)
        k.bytes[i] = -1;
    for (size_t i = 0; i < s->entry_count; i++) {
        const rp_entry *e = &s->entries[i];
        const rp_cell *c = &s->doc->cells[e->cell];
        if (e->variant != variant || strcmp(c->key.suite, suite) != 0 || c->facts.public_bytes < 0 ||
            strcmp(c->key.transport, s->messages[0].transport) != 0)
            continue;
        k.any = true;
        most(&k.bytes[PUBLIC], c->facts.public_bytes);
        most(&k.bytes[AGENT], c->facts.stored_agent_bytes);
        most(&k.bytes[USER], c->facts.stored_user_bytes);
        most(&k.bytes[MESSAGE], c->facts.capsule_bytes);
        most(&k.bytes[ANSWER], c->facts.partial_bytes);
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
        for (size_t i = PUBLIC; i <= ANSWER; i++) {
            rp_count(text, sizeof text, k.bytes[i]);
            rp_table_set(table, i, text);
        }
    }
    if (table->line_count == before + 1)
        rp_table_drop_line(table);
}

void rp_content_state(rp_content *content, const rp_selection *s)
{
    rp_table *table = rp_table_new();
    static const char *const columns[] = {"", "public", "each agent", "each user", "each message", "an answer"};
    for (size_t i = 0; i <= ANSWER; i++)
        rp_table_column(table, i >= PUBLIC && i <= USER ? "kept" : i > USER ? "sent" : "", columns[i], i == 0);
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
    section->text =
        rp_print("Public: the authority's data that senders and investigators have. Each user: what the "
                 "authority keeps for one. Held by the provider, `each message` is what is stored with it.");
}
