/* SPDX-License-Identifier: Apache-2.0 */
/* The systems that the debate names, each by the scheme that stands for it, on the library of this run that seals fastest. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"
#include "bench/report/systems.h"

enum { SCHEME, SEAL, OPEN, ADDED, ACCESS, BYTES, COLUMNS };

static bool is_of(const rp_key *key, const eb_system *system, int64_t size)
{
    return strcmp(key->transport, system->transport) == 0 && strcmp(key->escrow, system->escrow) == 0 &&
           key->size == size;
}

/* The quickest cell of an operation for this system; on `place`, if given. Shown or not: what a filter leaves out must not change
   which library or operation stands for a system. */
static uint32_t find(const rp_selection *s, const eb_system *system, const char *op, int64_t size,
                     const rp_place *place)
{
    uint32_t best = RP_NONE;
    double ns = INFINITY;
    for (uint32_t i = 0; i < s->doc->cell_count; i++) {
        const rp_cell *c = &s->doc->cells[i];
        if (strcmp(c->kind, "cell") != 0 || strcmp(c->key.op, op) != 0 || !is_of(&c->key, system, size))
            continue;
        if (place != NULL && (strcmp(c->key.suite, place->suite) != 0 || strcmp(c->key.backend, place->backend) != 0))
            continue;
        const rp_row *row = rp_row_of(s->doc, i);
        if (row != NULL && row->ns.value < ns) {
            ns = row->ns.value;
            best = i;
        }
    }
    return best;
}

static void set_time(rp_table *table, size_t column, const rp_selection *s, uint32_t cell)
{
    char text[32];
    const rp_row *row = cell == RP_NONE || !rp_shown(s, cell) ? NULL : rp_row_of(s->doc, cell);
    if (row != NULL) {
        rp_time(text, sizeof text, row->ns.value);
        rp_table_set(table, column, text);
    }
}

/* "x 2.03", where there is something to compare with. */
static void set_added(rp_table *table, const rp_selection *s, uint32_t cell)
{
    char text[64];
    const rp_row *row = rp_row_of(s->doc, cell);
    if (row == NULL || isnan(row->base_ratio.value))
        return;
    snprintf(text, sizeof text, "%.2f", row->base_ratio.value);
    rp_table_set(table, ADDED, text);
}

static void set_scheme(rp_table *table, const rp_cell *c, bool shown)
{
    char text[240], split[32] = "";
    const rp_variant v = rp_variant_of(c);
    if (v.agents > 1)
        snprintf(split, sizeof split, " %u-of-%u", v.threshold, v.agents);
    snprintf(text, sizeof text, "  %s+%s%s, %s%s%s on %s%s", c->key.transport, c->key.escrow, split, c->key.suite,
             *v.suite != '\0' ? "+" : "", v.suite, c->key.backend, shown ? "" : ": not in this selection");
    rp_table_set(table, SCHEME, text);
}

/* The reason why this scheme is not on one suite and library; NULL: none is known. What is said of an escrow on one of its own
   suites or splits does not speak for the others. */
static const char *reason_on(const rp_document *doc, const eb_system *system, const char *suite, const char *backend)
{
    for (size_t i = 0; i < doc->absent_count; i++) {
        const rp_key *key = &doc->absent[i].key;
        const bool whole = *key->escrow == '\0' ||
                           (strcmp(key->escrow, system->escrow) == 0 && *key->escrow_suite == '\0' && key->agents == 0);
        if (whole && strcmp(key->transport, system->transport) == 0 && strcmp(key->backend, backend) == 0 &&
            (*key->suite == '\0' || strcmp(key->suite, suite) == 0))
            return doc->absent[i].reason;
    }
    return NULL;
}

/* Is it on no library of the run, whichever suite its transport is known with? */
static bool is_impossible(const rp_document *doc, const eb_system *system)
{
    bool known = false;
    for (size_t i = 0; i < doc->cell_count; i++)
        if (strcmp(doc->cells[i].key.transport, system->transport) == 0 &&
            strcmp(doc->cells[i].key.escrow, system->escrow) == 0)
            return false;
    for (size_t i = 0; i < doc->absent_count; i++) {
        if (strcmp(doc->absent[i].key.transport, system->transport) != 0)
            continue;
        for (size_t k = 0; k < doc->subject.library_count; k++)
            if (reason_on(doc, system, doc->absent[i].key.suite, doc->subject.libraries[k].backend) == NULL)
                return false;
        known = doc->subject.library_count > 0;
    }
    return known;
}

/* Why there is nothing to show: the reason of the library that it would have been shown on first. NULL if it is not shown for
   another reason: a run of some cells did not try it. */
static const char *why_not(const rp_document *doc, const eb_system *system)
{
    const char *backend;
    if (!is_impossible(doc, system))
        return NULL;
    for (unsigned k = 0; (backend = eb_system_backend(k)) != NULL; k++)
        for (size_t i = 0; i < doc->absent_count; i++) {
            const rp_key *key = &doc->absent[i].key;
            const char *reason = strcmp(key->transport, system->transport) == 0 && strcmp(key->backend, backend) == 0
                                     ? reason_on(doc, system, key->suite, backend)
                                     : NULL;
            if (reason != NULL)
                return reason;
        }
    return NULL;
}

/* Is any of its cells for such a message shown? */
static bool is_any_shown(const rp_selection *s, const eb_system *system, int64_t size)
{
    for (size_t i = 0; i < s->doc->cell_count; i++)
        if (rp_shown(s, i) && is_of(&s->doc->cells[i].key, system, size))
            return true;
    return false;
}

/* True if a scheme stands there. */
static bool add_system(rp_table *table, const rp_selection *s, const eb_system *system, int64_t size)
{
    char bytes[32], text[256];
    /* Where a message is stored, that is the operation; its sealing is the transport's. */
    const uint32_t store = find(s, system, "store", size, NULL);
    const uint32_t seal = store != RP_NONE ? store : find(s, system, "seal", size, NULL);
    if (seal == RP_NONE) {
        const char *reason = why_not(s->doc, system);
        if (reason != NULL) {
            rp_table_heading(table, system->name);
            rp_table_line(table);
            snprintf(text, sizeof text, "  not here: %s", reason);
            rp_table_set(table, SCHEME, text);
        }
        return false;
    }
    const rp_cell *c = &s->doc->cells[seal];
    const bool shown = rp_shown(s, seal);
    if (!shown && !is_any_shown(s, system, size))
        return false;
    const rp_place place = {c->key.suite, c->key.backend};
    rp_table_heading(table, system->name);
    rp_table_line(table);
    set_scheme(table, c, shown);
    if (!shown)
        return false;
    set_time(table, SEAL, s, seal);
    set_time(table, OPEN, s, store != RP_NONE ? RP_NONE : find(s, system, "open", size, &place));
    set_added(table, s, seal);
    set_time(table, ACCESS, s, find(s, system, "access", size, &place));
    if (c->facts.wire_bytes >= 0) {
        rp_count(bytes, sizeof bytes, c->facts.wire_bytes);
        rp_table_set(table, BYTES, bytes);
    }
    return true;
}

void rp_content_systems(rp_content *content, const rp_selection *s)
{
    const eb_system *system;
    size_t found = 0;
    char size[32];
    if (s->sized_count == 0)
        return;
    rp_table *table = rp_table_new();
    rp_table_column(table, "", "", true);
    rp_table_column(table, "", "seal", false);
    rp_table_column(table, "", "open", false);
    rp_table_column(table, "", "x none", false);
    rp_table_column(table, "", "access", false);
    rp_table_column(table, "", "bytes", false);
    for (unsigned i = 0; (system = eb_system_at(i)) != NULL; i++)
        found += add_system(table, s, system, s->messages[0].size);
    if (found < 2) { /* a run of one scheme is no survey */
        rp_table_free(table);
        return;
    }
    rp_size(size, sizeof size, s->messages[0].size);
    rp_section *section = rp_section_add(content, rp_print("The systems of the debate, one message of %s", size));
    section->table = table;
    section->text = rp_print(
        "Each by the scheme that stands for it, on the suite and library that seal it fastest here: time to seal "
        "and to open, sealing over sealing without escrow, access, bytes of the message. Rows may differ in "
        "suite and library: do not compare them with each other. `x none` is to the same transport, suite and "
        "library. A suite such as imessage+p256 is the transport's + the escrow's own, which other tables write "
        "behind the escrow (master/p256). Held by the provider, `seal` is the encryption at rest. `escrowbench "
        "list` says where a scheme differs from the system.");
}
