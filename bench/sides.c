/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/fixture.h"
#include "harness/gbench.h"

extern const eb_side eb_part_sharing, eb_part_nothing, eb_part_loop;

static const eb_side *const parts[] = {&eb_part_sharing, &eb_part_nothing, &eb_part_loop};

enum { PARTS = sizeof parts / sizeof parts[0], COINS_SIDE = 200 };

const eb_side *eb_side_at(size_t i)
{
    return i < PARTS ? parts[i] : eb_peer_at(i - PARTS);
}

bool eb_side_is_loop(const eb_side *side)
{
    return side == &eb_part_loop;
}

bool eb_side_is_own_cost(const eb_side *side)
{
    return side == &eb_part_nothing || eb_side_is_loop(side);
}

bool eb_side_is_part(const eb_side *side)
{
    for (size_t i = 0; i < PARTS; i++)
        if (parts[i] == side)
            return true;
    return false;
}

/* Adds "/" and text, unless it is empty. */
static void add(char *out, size_t len, const char *text)
{
    const size_t used = strlen(out);
    if (text[0] != '\0')
        snprintf(out + used, len - used, "/%s", text);
}

static void add_numbers(char *out, size_t len, const eb_side_row *row)
{
    char text[40];
    if (row->agents > 0) {
        snprintf(text, sizeof text, "%u-of-%u", row->threshold, row->agents);
        add(out, len, text);
    }
    if (row->size >= 0) {
        snprintf(text, sizeof text, "%lld", (long long)row->size);
        add(out, len, text);
    }
}

void eb_side_id(char *out, size_t len, const eb_side *side, const eb_side_row *row)
{
    char variant[80];
    snprintf(variant, sizeof variant, "%s", row->variant);
    for (char *c = variant; *c != '\0'; c++)
        *c = (char)(*c == ' ' ? '-' : *c);
    snprintf(out, len, "%s/%s", row->op, row->subject);
    add(out, len, variant);
    add(out, len, side->id);
    add_numbers(out, len, row);
}

void eb_side_work(char *out, size_t len, const eb_side_row *row)
{
    snprintf(out, len, "%s/%s", row->op, row->subject);
    add_numbers(out, len, row);
}

bool eb_side_cell(const rp_cell *cell)
{
    return strcmp(cell->kind, "peer") == 0 || strcmp(cell->kind, "part") == 0;
}

bool eb_side_find(const rp_cell *cell, const eb_side **side, eb_side_row *row)
{
    char id[256];
    for (size_t i = 0; (*side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; strcmp((*side)->id, cell->key.backend) == 0 && (*side)->row(k, row); k++) {
            eb_side_id(id, sizeof id, *side, row);
            if (strcmp(id, cell->id) == 0)
                return true;
        }
    return false;
}

/* ---- jobs ---- */

struct eb_side_job {
    const eb_side *side;
    eb_side_row row;
    void *state;
};

eb_side_job *eb_side_make(const eb_side *side, const eb_side_row *row, uint64_t seed, char *why, size_t why_len)
{
    eb_side_job *j = calloc(1, sizeof *j);
    uint8_t *coins = malloc(row->coins + 1);
    eb_status s = EB_ERR_BACKEND;
    if (j != NULL && coins != NULL) {
        *j = (eb_side_job){.side = side, .row = *row};
        eb_bench_coins(coins, row->coins, seed, COINS_SIDE);
        s = side->make(&j->state, row, coins);
    }
    free(coins);
    if (s == EB_OK)
        return j;
    snprintf(why, why_len, "%s cannot make its inputs: %s", side->library, eb_status_name(s));
    free(j);
    return NULL;
}

void eb_side_free(eb_side_job *j)
{
    if (j == NULL)
        return;
    j->side->release(j->state);
    free(j);
}

static int run_side(void *ctx)
{
    const eb_side_job *j = ctx;
    return j->side->run(j->state);
}

static int prepare_side(void *ctx, uint64_t n)
{
    const eb_side_job *j = ctx;
    return j->side->prepare(j->state, n);
}

hn_cell eb_side_hot(eb_side_job *j, const char *name)
{
    hn_cell c = {.name = name, .op = eb_side_is_loop(j->side) ? hn_gbench_plain : run_side, .ctx = j};
    if (j->row.max_prepare > 0) {
        c.prepare = prepare_side;
        c.max_prepare = j->row.max_prepare;
    }
    return c;
}

/* ---- proofs ---- */

bool eb_side_prove(const eb_side *side, const eb_side_row *row, char *why, size_t why_len)
{
    char id[256], reason[160] = "";
    eb_side_id(id, sizeof id, side, row);
    eb_side_job *j = eb_side_make(side, row, 1, reason, sizeof reason);
    if (j == NULL) {
        snprintf(why, why_len, "%s: %s", id, reason);
        return false;
    }
    const eb_status s = side->prove(j->state);
    if (s != EB_OK)
        snprintf(why, why_len, "%s: its proof fails: %s", id, eb_status_name(s));
    eb_side_free(j);
    return s == EB_OK;
}

bool eb_sides_prove(const rp_document *doc, size_t *proved, char *why, size_t why_len)
{
    *proved = 0;
    for (size_t i = 0; i < doc->cell_count; i++) {
        const eb_side *side;
        eb_side_row row;
        if (!eb_side_cell(&doc->cells[i]))
            continue;
        if (!eb_side_find(&doc->cells[i], &side, &row)) {
            snprintf(why, why_len, "%s: this program does not have it", doc->cells[i].id);
            return false;
        }
        if (!eb_side_prove(side, &row, why, why_len))
            return false;
        ++*proved;
    }
    return true;
}

void eb_sides_describe(rp_document *into, const rp_document *cells)
{
    const eb_side *p;
    for (size_t i = 0; (p = eb_peer_at(i)) != NULL; i++) {
        size_t k = 0;
        while (k < cells->cell_count &&
               (strcmp(cells->cells[k].kind, "peer") != 0 || strcmp(cells->cells[k].key.backend, p->id) != 0))
            k++;
        if (k < cells->cell_count)
            rp_add_library(into, p->id, p->library, p->version());
    }
}
