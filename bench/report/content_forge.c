/* SPDX-License-Identifier: Apache-2.0 */
/* A capsule forged by trial, as Blaze did with Clipper's in 1994: trials and seconds until a recipient takes it. */
#include <stdio.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { SCHEME, TRIED, EXPECTED, EACH, TIME };

static void add_line(rp_table *table, const rp_selection *s, const rp_cell *c, const rp_row *row)
{
    char text[320], variant[160], library[120];
    const rp_variant v = rp_variant_of(c);
    rp_table_line(table);
    snprintf(text, sizeof text, "%s, %s on %s", rp_variant_label(variant, sizeof variant, &v), c->key.suite,
             rp_library_label(library, sizeof library, s->doc, c->key.backend));
    rp_table_set(table, SCHEME, text);
    rp_table_set(table, TRIED, rp_count(text, sizeof text, c->facts.tries));
    rp_table_set(table, EXPECTED, rp_count(text, sizeof text, c->facts.trials));
    rp_table_set(table, EACH, rp_time(text, sizeof text, row->ns.value / (double)c->facts.trials));
    rp_table_set(table, TIME, rp_time(text, sizeof text, row->ns.value));
}

void rp_content_forge(rp_content *content, const rp_selection *s)
{
    rp_table *table = rp_table_new();
    rp_table_column(table, "", "", true);
    rp_table_column(table, "trials until one passes", "mean of 16", false);
    rp_table_column(table, "trials until one passes", "expected", false);
    rp_table_column(table, "time", "a trial", false);
    rp_table_column(table, "time", "expected", false);
    for (size_t i = 0; i < s->entry_count; i++) {
        const rp_cell *c = &s->doc->cells[s->entries[i].cell];
        const rp_row *row = rp_row_of(s->doc, s->entries[i].cell);
        if (c->facts.tries > 0 && c->facts.trials > 0 && row != NULL)
            add_line(table, s, c, row);
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(content, rp_print("How long a rogue sender searches for a false capsule"));
    section->table = table;
    section->text = rp_print(
        "The forgery of 1994: random bits are tried in the capsule's place until the recipient's device takes them. It "
        "then reads the message, and the agents get nothing. Measured is the expected number of trials (row `forge`), "
        "on one CPU; how many 16 searches took on average stands beside it.");
}
