/* SPDX-License-Identifier: Apache-2.0 */
/* Peers and parts: other projects' code, and pieces of ours alone, work by work. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

static bool is_side(const rp_cell *cell)
{
    return strcmp(cell->kind, "peer") == 0 || strcmp(cell->kind, "part") == 0;
}

/* "split, 3-of-5, 1 MiB": blocks of one work share it. */
static void add_heading(rp_table *table, const rp_cell *cell)
{
    char size[32] = "";
    char split[40] = "";
    char text[256];

    if (cell->key.agents > 0) {
        snprintf(split, sizeof split, ", %u-of-%u", cell->key.threshold, cell->key.agents);
    }
    if (cell->key.size >= 0) {
        rp_size(size, sizeof size, cell->key.size);
    }
    snprintf(text, sizeof text, "%.64s, %.64s%s%s%s", cell->key.op, cell->key.transport, split, *size ? ", " : "",
             size);
    rp_table_heading(table, text);
}

/* A scheme of ours is named like one, whoever stands beside it. */
static char *name_of(char *out, size_t len, const rp_document *doc, const rp_cell *cell)
{
    char library[128];

    if (strcmp(cell->kind, "part") == 0) {
        snprintf(out, len, "escrowbench");
    } else if (is_side(cell)) {
        rp_library_label(out, len, doc, cell->key.backend);
    } else {
        snprintf(out, len, "escrowbench, %.64s on %s", cell->key.transport,
                 rp_library_label(library, sizeof library, doc, cell->key.backend));
    }
    return out;
}

static void add_line(rp_table *table, const rp_document *doc, const rp_row *row)
{
    const rp_cell *cell = &doc->cells[row->cell];
    char text[256];
    char time[64];

    rp_table_line(table);
    rp_table_set(table, 0, name_of(text, sizeof text, doc, cell));
    rp_table_set(table, 1, cell->key.suite);
    snprintf(text, sizeof text, "%s%s", rp_time(time, sizeof time, row->ns.value), cell->single ? "*" : "");
    rp_table_set(table, 2, text);
    if (isfinite(row->bytes_per_s)) {
        rp_table_set(table, 3, rp_digits(text, sizeof text, row->bytes_per_s / 1e6));
    }
    if (is_side(cell) && !isnan(row->base_ratio.value)) {
        rp_table_set(table, 4, rp_ratio_interval(text, sizeof text, &row->base_ratio));
    }
}

/* Is it our cell of the same work, on another library? It is in a block of its own, and so is paired with nothing here. */
static bool is_ours_elsewhere(const rp_cell *cell, const rp_cell *base)
{
    return cell != base && strcmp(cell->kind, "cell") == 0 && cell->key.op == base->key.op &&
           cell->key.transport == base->key.transport && cell->key.escrow == base->key.escrow &&
           cell->key.suite == base->key.suite && cell->key.size == base->key.size &&
           cell->key.devices == base->key.devices;
}

/* The first row of a work leads the lines of all: first what they are compared with, then the others as they stand. */
static void add_work(rp_table *table, const rp_selection *s, const rp_row *first)
{
    const rp_document *doc = s->doc;
    const rp_cell *cell = &doc->cells[first->cell];
    const rp_row *base = cell->base != RP_NONE ? rp_row_of(doc, cell->base) : NULL;

    add_heading(table, cell);
    if (base) {
        add_line(table, doc, base);
        for (size_t i = 0; i < doc->row_count; i++) {
            if (is_ours_elsewhere(&doc->cells[doc->rows[i].cell], &doc->cells[base->cell])) {
                add_line(table, doc, &doc->rows[i]);
            }
        }
    }
    for (size_t i = 0; i < doc->row_count; i++) {
        const rp_cell *other = &doc->cells[doc->rows[i].cell];
        if (other->block == cell->block && &doc->rows[i] != base && rp_side_shown(s, doc->rows[i].cell)) {
            add_line(table, doc, &doc->rows[i]);
        }
    }
}

static bool leads(const rp_selection *s, size_t row)
{
    const rp_document *doc = s->doc;
    const rp_cell *cell = &doc->cells[doc->rows[row].cell];

    for (size_t i = 0; i < row; i++) { /* equal strings are one in a document */
        if (doc->cells[doc->rows[i].cell].block == cell->block && rp_side_shown(s, doc->rows[i].cell)) {
            return false;
        }
    }
    return rp_side_shown(s, doc->rows[row].cell);
}

/* What of both kinds is there, and whether anything is compared. */
typedef struct shown {
    bool peers, parts, compared;
} shown;

static shown what_is_shown(const rp_selection *s)
{
    shown w = {false, false, false};

    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        if (rp_side_shown(s, row->cell)) {
            const bool peer = strcmp(s->doc->cells[row->cell].kind, "peer") == 0;
            w.peers = w.peers || peer;
            w.parts = w.parts || !peer;
            w.compared = w.compared || !isnan(row->base_ratio.value);
        }
    }
    return w;
}

void rp_content_peers(rp_content *content, const rp_selection *s)
{
    const shown w = what_is_shown(s);
    rp_table *table = rp_table_new();
    rp_section *section = NULL;

    rp_table_column(table, "", "code", true);
    rp_table_column(table, "", "way", true);
    rp_table_column(table, "", "median", false);
    rp_table_column(table, "", "MB/s", false);
    if (w.compared) {
        rp_table_column(table, "", "times ours", false);
    }
    for (size_t i = 0; i < s->doc->row_count; i++) {
        if (leads(s, i)) {
            add_work(table, s, &s->doc->rows[i]);
        }
    }
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("%s", !w.peers   ? "Parts: pieces of ours alone"
                                                     : !w.parts ? "Peers: other projects' code beside ours"
                                                                : "Peers and parts: other projects' code, and pieces "
                                                                  "of ours alone"));
    section->table = table;
    if (w.compared) {
        rp_remark(section,
                  rp_print("Times ours: the time over that of the first line, paired within rounds; above 1: slower."));
    }
}
