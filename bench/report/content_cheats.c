/* SPDX-License-Identifier: Apache-2.0 */
/* Who cheats, and what comes of it: one line an escrow, one column a cheat. What differs by library or suite stands side by
 * side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"

enum { CHEATS_MAX = 16 };

/* Shorter words for columns and cells; what is not listed has its own. */
static const struct {
    const char *is, *shown;
} words[] = {
    {"public data that do not fit", "misfit"},
    {"a false share", "share"},
    {"a false answer", "answer"},
    {"a share of another split", "split"},
    {"a share of before a refresh", "old"},
    {"random bytes for the escrow", "random"},
    {"random bytes", "random"},
    {"another key than its own", "key"},
    {"named at set-up", "S"},
    {"named when loaded", "L"},
    {"named at enrolment", "E"},
    {"named at access", "A"},
    {"an agent is named instead", "other"},
    {"noticed in transit", "t"},
    {"noticed on receipt", "r"},
    {"noticed at access", "a"},
    {"no answer", "-"},
    {"not noticed", "nobody"},
};

static const char *word(const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].is, text) == 0)
            return words[i].shown;
    return text;
}

/* The kinds of cheat in the document, those of one culprit together. Equal strings are one in a document. */
typedef struct kinds {
    const rp_cheat *of[CHEATS_MAX]; /* the first of its kind */
    size_t count;
} kinds;

static bool same_kind(const rp_cheat *a, const rp_cheat *b)
{
    return a->who == b->who && a->does == b->does;
}

static void add_kind(kinds *list, const rp_cheat *c)
{
    size_t at = list->count;
    for (size_t k = 0; k < list->count; k++) {
        if (same_kind(list->of[k], c))
            return;
        if (list->of[k]->who == c->who)
            at = k + 1;
    }
    if (list->count == CHEATS_MAX)
        return;
    memmove((void *)&list->of[at + 1], (const void *)&list->of[at], (list->count - at) * sizeof list->of[0]);
    list->of[at] = c;
    list->count++;
}

/* "A", or "A/a" where suites or libraries differ; "" where it was not tried. */
static void outcome_of(char *text, size_t len, const rp_gates *g, const rp_variant *variant, const rp_cheat *kind)
{
    const char *seen[4];
    size_t count = 0, used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < g->cheat_count; i++) {
        const rp_cheat *c = &g->cheats[i];
        const rp_cell like = {.key = c->key};
        const rp_variant mine = rp_variant_of(&like);
        bool known = !same_kind(c, kind) || !rp_same_variant(&mine, variant);
        for (size_t k = 0; k < count; k++)
            known = known || seen[k] == c->outcome;
        if (known || count == sizeof seen / sizeof seen[0])
            continue;
        used += (size_t)snprintf(text + used, len - used, "%s%.24s", count > 0 ? "/" : "", word(c->outcome));
        seen[count++] = c->outcome;
    }
}

static void add_line(rp_table *table, const rp_selection *s, const rp_variant *variant, const kinds *list)
{
    char text[160];
    bool any = false;
    rp_table_line(table);
    rp_table_set(table, 0, rp_variant_label(text, sizeof text, variant));
    for (size_t k = 0; k < list->count; k++) {
        outcome_of(text, sizeof text, &s->doc->gates, variant, list->of[k]);
        if (text[0] != '\0')
            rp_table_set(table, k + 1, text);
        any = any || text[0] != '\0';
    }
    if (!any)
        rp_table_drop_line(table);
}

void rp_content_cheats(rp_content *content, const rp_selection *s)
{
    const rp_gates *g = &s->doc->gates;
    kinds list = {.count = 0};
    rp_table *table = rp_table_new();
    for (size_t i = 0; i < g->cheat_count; i++)
        add_kind(&list, &g->cheats[i]);
    rp_table_column(table, "", "", true);
    for (size_t k = 0; k < list.count; k++)
        rp_table_column(table, list.of[k]->who, word(list.of[k]->does), true);
    for (size_t i = 0; i < s->variant_count; i++)
        add_line(table, s, &s->variants[i], &list);
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(content, rp_print("Who cheats, and what comes of it"));
    section->table = table;
    section->text = rp_print(
        "Each cheat was carried out. A capital letter: the culprit is named, at set-up (S), by whoever loads the "
        "public "
        "data (L), at enrolment (E) or at access (A), and the rest goes on without it. Small letter: it is noticed, "
        "but "
        "no culprit is named. t: in transit, by a service that looks; r: on receipt, by a recipient who checks, or "
        "whose "
        "device does (D in the table of rogue senders); a: only when access opens nothing, which is too late. Only the "
        "earliest is shown. Two of them, r/t: suites or libraries differ. A dash: the agent finds nothing to answer, "
        "like one that refuses. Agents give a false answer, or answer with a share of another split, or an old one, of "
        "before a refresh. Random bytes stand in place of the capsule, the ghost's copy, what is stored, the deposit. "
        "Dealers publish what does not fit the shares (misfit), or hand out and publish a false share. A depositor "
        "gives "
        "up another key than its own. Blank: cannot be done, or has no effect.");
    rp_remark(
        section,
        rp_print("A single holder whose answer opens nothing has no others to be told from. Of senders' capsules the "
                 "table of rogue senders says more."));
}
