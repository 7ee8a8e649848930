/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

const char ab_default_filter[] =
    "^(seal|open)/hpke\\+((none|master|threshold)/x25519(\\+[a-z0-9]+)?/(sodium|openssl)(/3-of-5)?"
    "|(none|master)/(x25519/mbedtls|p256/openssl))/1024$";

static int by_id(const void *a, const void *b)
{
    return strcmp(((const ab_cell *)a)->id, ((const ab_cell *)b)->id);
}

/* What one program has. Caller frees *out. */
static bool list(ab_peer *p, const char *suite, const char *filter, ab_cell **out, size_t *count, ab_error *err)
{
    ab_line l, parts;
    uint64_t end = 0;
    *count = 0;
    *out = NULL;
    if (!ab_peer_send(p, err, "cells %s%s%s", suite, filter != NULL ? " " : "", filter != NULL ? filter : ""))
        return false;
    for (;;) {
        rp_cell cell;
        if (!ab_peer_reply(p, &l, 2, 0, err))
            return false;
        if (l.count == 2 && strcmp(l.field[0], "end") == 0 && ab_number(l.field[1], *count, *count, &end))
            break;
        if (l.count != 2 || strcmp(l.field[0], "cell") != 0 || *count == RP_CELLS_MAX ||
            !ab_split(&parts, l.field[1], AB_FIELDS_MAX) || !ab_cell_parse(&cell, parts.field, parts.count))
            return ab_peer_nonsense(p, &l, err);
        *out = rp_grow(*out, *count, sizeof **out);
        ab_cell *c = &(*out)[(*count)++];
        snprintf(c->id, sizeof c->id, "%s", cell.id);
        snprintf(c->wire, sizeof c->wire, "%s", l.field[1]);
    }
    if (*count > 0)
        qsort(*out, *count, sizeof **out, by_id);
    return true;
}

/* Merges two sorted lists; the same id must mean the same cell. */
static void merge(ab_cells *out, const ab_cell *a, size_t n, const ab_cell *b, size_t m)
{
    out->cells = rp_alloc(n + m + 1, sizeof *out->cells);
    for (size_t i = 0, k = 0; i < n || k < m;) {
        const int order = i == n ? 1 : k == m ? -1 : strcmp(a[i].id, b[k].id);
        ab_cell *c = &out->cells[out->total++];
        *c = order <= 0 ? a[i] : b[k];
        c->has[AB_BASE] = order <= 0;
        c->has[AB_HEAD] = order >= 0 && (order > 0 || strcmp(a[i].wire, b[k].wire) == 0);
        i += order <= 0;
        k += order >= 0;
    }
}

/* Cells that both have to the front, order kept otherwise. */
static void partition(ab_cells *cells)
{
    ab_cell *sorted = rp_alloc(cells->total + 1, sizeof *sorted);
    size_t n = 0;
    cells->count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < cells->total; i++) {
            const ab_cell *c = &cells->cells[i];
            const bool both = c->has[AB_BASE] && c->has[AB_HEAD];
            if (both == (pass == 0)) {
                sorted[n++] = *c;
                cells->count += both;
            }
        }
    free(cells->cells);
    cells->cells = sorted;
}

static bool none_in_common(const ab_cells *cells, ab_error *err)
{
    if (cells->count > 0)
        return true;
    snprintf(err->text, sizeof err->text,
             cells->total == 0 ? "no cell of either program matches; `escrowbench list` shows them all"
                               : "the two programs have no cell in common, of %zu that match",
             cells->total);
    err->stopped = false;
    return false;
}

/* Every so-manieth of those that both have. */
static void thin(ab_cells *cells, size_t most)
{
    if (cells->count <= most)
        return;
    for (size_t i = 0; i < most; i++)
        cells->cells[i] = cells->cells[i * cells->count / most];
    memmove(cells->cells + most, cells->cells + cells->count, (cells->total - cells->count) * sizeof *cells->cells);
    cells->total -= cells->count - most;
    cells->count = most;
}

bool ab_cells_ask(ab_cells *out, ab_peer *peers, const char *suite, const char *filter, size_t most, ab_error *err)
{
    ab_cell *lists[AB_SIDES] = {NULL, NULL};
    size_t counts[AB_SIDES] = {0, 0};
    *out = (ab_cells){0};
    bool ok = true;
    for (size_t side = 0; side < AB_SIDES && ok; side++)
        ok = list(&peers[side], suite, filter, &lists[side], &counts[side], err);
    if (ok) {
        merge(out, lists[AB_BASE], counts[AB_BASE], lists[AB_HEAD], counts[AB_HEAD]);
        partition(out);
        ok = none_in_common(out, err);
    }
    if (ok && most == 0 && out->count > AB_CELLS_MAX) {
        snprintf(err->text, sizeof err->text,
                 "%zu cells are too many to compare, %d are the most: use --filter or --cells", out->count,
                 (int)AB_CELLS_MAX);
        err->stopped = ok = false;
    }
    if (ok && most > 0)
        thin(out, most);
    free(lists[AB_BASE]);
    free(lists[AB_HEAD]);
    return ok;
}

void ab_cells_free(ab_cells *cells)
{
    free(cells->cells);
    *cells = (ab_cells){0};
}

static bool opened(ab_cells *cells, size_t i, const ab_opening *o, bool missing, ab_error *err)
{
    ab_line l;
    uint64_t slot = 0;
    if (!ab_peer_reply(o->peer, &l, 3, 0, err))
        return false;
    const bool mine = l.count >= 2 && ab_number(l.field[1], i, i, &slot);
    if (mine && l.count == 2 && strcmp(l.field[0], "opened") == 0)
        return true;
    if (!mine || !missing || l.count != 3 || strcmp(l.field[0], "absent") != 0)
        return ab_peer_nonsense(o->peer, &l, err);
    cells->cells[i].has[o->side] = false;
    return true;
}

bool ab_cells_open(ab_cells *cells, const ab_opening *openings, size_t n, bool missing, ab_error *err)
{
    for (size_t i = 0; i < cells->count; i++) {
        for (size_t k = 0; k < n; k++)
            if (!ab_peer_send(openings[k].peer, err, "open %zu %llu %s", i, (unsigned long long)openings[k].seed,
                              cells->cells[i].wire))
                return false;
        for (size_t k = 0; k < n; k++)
            if (!opened(cells, i, &openings[k], missing, err))
                return false;
    }
    return true;
}

bool ab_cells_settle(ab_cells *cells, ab_error *err)
{
    partition(cells);
    return none_in_common(cells, err);
}
