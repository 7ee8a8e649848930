/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/judge.h"

#include <math.h>
#include <stdlib.h>

#include "bench/ab/fastest.h"
#include "bench/report/memory.h"
#include "harness/stats.h"

/* A ratio is of the fastest of so many slices a side: of one alone, as a turn of a long operation has it, a disturbance is
   the figure itself. */
enum { SLICES_LEAST = 3 };

/* One cell in one pair: the slices of each program, in nanoseconds an operation; the fastest of each turn; and the ratios of
   turns, or of as many turns in a row as have SLICES_LEAST slices. */
typedef struct series {
    double *ns[AB_SIDES], *fastest[AB_SIDES], *ratios;
    size_t count, turns, ratio_count;
} series;

static double least(const double *x, size_t n)
{
    double min = x[0];
    for (size_t i = 1; i < n; i++)
        min = x[i] < min ? x[i] : min;
    return min;
}

static void collect(series *s, const ab_measured *m, const ab_cell *c, uint32_t cell, uint32_t pair)
{
    s->count = s->turns = 0;
    for (size_t i = 0; i < m->turn_count; i++) {
        const ab_turn *t = &m->turns[i];
        if (t->cell != cell || t->pair != pair)
            continue;
        for (size_t k = 0; k < c->times; k++, s->count++)
            for (size_t side = 0; side < AB_SIDES; side++)
                s->ns[side][s->count] = t->ns[side][k] / (double)c->count;
        for (size_t side = 0; side < AB_SIDES; side++)
            s->fastest[side][s->turns] = least(t->ns[side], c->times);
        s->turns++;
    }
    size_t row = 1;
    while (row * c->times < SLICES_LEAST && row < s->turns)
        row++;
    s->ratio_count = s->turns > 0 ? s->turns - row + 1 : 0;
    for (size_t i = 0; i < s->ratio_count; i++)
        s->ratios[i] = least(s->fastest[AB_HEAD] + i, row) / least(s->fastest[AB_BASE] + i, row);
}

static void count_turns(ab_verdicts *v, const ab_measured *m)
{
    size_t known = 0, disturbed = 0;
    uint32_t *turns = rp_alloc(v->pairs * v->count + 1, sizeof *turns);
    for (size_t i = 0; i < m->turn_count; i++) {
        const ab_turn *t = &m->turns[i];
        turns[t->pair * v->count + t->cell]++;
        known += t->switches[AB_BASE] >= 0 && t->switches[AB_HEAD] >= 0;
        disturbed += t->switches[AB_BASE] > 0 || t->switches[AB_HEAD] > 0;
    }
    v->disturbed = known > 0 ? (double)disturbed / (double)known : NAN;
    v->turns_least = turns[0];
    for (size_t i = 0; i < v->pairs * v->count; i++) {
        v->turns_least = turns[i] < v->turns_least ? turns[i] : v->turns_least;
        v->turns_most = turns[i] > v->turns_most ? turns[i] : v->turns_most;
    }
    free(turns);
}

void ab_judge(ab_verdicts *out, const ab_measured *m, const ab_cells *cells, const vd_rule *rule)
{
    const unsigned pairs = m->pairs;
    *out = (ab_verdicts){.rule = *rule, .count = cells->count, .pairs = pairs};
    out->rows = rp_alloc(out->count + 1, sizeof *out->rows);
    count_turns(out, m);
    const size_t most = (size_t)out->turns_most * AB_TIMES_MAX + 1;
    double *room = rp_alloc(AB_SIDES * (2 * most + pairs) + most, sizeof *room), *pair_ns[AB_SIDES];
    vd_sample *samples = rp_alloc(out->count + 1, sizeof *samples);
    vd_result *results = rp_alloc(out->count + 1, sizeof *results);
    series s = {.ns = {room, room + most}, .fastest = {room + 2 * most, room + 3 * most}, .ratios = room + 4 * most};
    for (size_t side = 0; side < AB_SIDES; side++)
        pair_ns[side] = room + 5 * most + side * pairs;
    for (uint32_t i = 0; i < out->count; i++) {
        ab_row *row = &out->rows[i];
        row->ratios = rp_alloc(pairs + 1, sizeof *row->ratios);
        for (uint32_t k = 0; k < pairs; k++) {
            collect(&s, m, &cells->cells[i], i, k);
            for (size_t side = 0; side < AB_SIDES; side++)
                pair_ns[side][k] = ab_fastest(s.ns[side], s.count).value;
            row->ratios[k] = hn_median(s.ratios, s.ratio_count, NULL);
        }
        for (size_t side = 0; side < AB_SIDES; side++)
            row->ns[side] = hn_median(pair_ns[side], pairs, NULL);
        samples[i] = (vd_sample){.head = row->ratios, .head_count = pairs, .paired = true};
    }
    vd_judge(samples, out->count, rule, results);
    for (size_t i = 0; i < out->count; i++) {
        out->rows[i].result = results[i];
        out->tally[results[i].verdict]++;
    }
    free(results);
    free(samples);
    free(room);
}

void ab_verdicts_free(ab_verdicts *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->rows[i].ratios);
    free(v->rows);
    *v = (ab_verdicts){0};
}
