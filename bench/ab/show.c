/* SPDX-License-Identifier: Apache-2.0 */
/* The reports of a comparison: terminal, Markdown, JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ab/judge.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/table.h"
#include "bench/serve.h"
#include "bench/state.h"

enum { WORD = 64 };

static const double SHARED = 0.05; /* from this part of slices on it is said that they were disturbed */

/* "+3.1 %" */
static const char *percent(char *out, double ratio)
{
    if (isnan(ratio))
        snprintf(out, WORD, "-");
    else
        snprintf(out, WORD, "%+.2f %%", 100 * (ratio - 1));
    return out;
}

static rp_table *table_of(const ab_report *r)
{
    static const char *const names[] = {"cell", "base", "head", "change", "95 % from", "to", "verdict"};
    char text[WORD];
    rp_table *t = rp_table_new();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        rp_table_column(t, "", names[i], i == 0 || i == 6);
    for (size_t i = 0; i < r->verdicts->count; i++) {
        const ab_row *row = &r->verdicts->rows[i];
        rp_table_line(t);
        rp_table_set(t, 0, r->cells->cells[i].id);
        rp_table_set(t, 1, rp_time(text, sizeof text, row->ns[AB_BASE]));
        rp_table_set(t, 2, rp_time(text, sizeof text, row->ns[AB_HEAD]));
        rp_table_set(t, 3, percent(text, row->result.ratio.value));
        rp_table_set(t, 4, percent(text, row->result.ratio.low));
        rp_table_set(t, 5, percent(text, row->result.ratio.high));
        rp_table_set(t, 6, vd_verdict_name(row->result.verdict));
    }
    return t;
}

/* "/path/escrowbench 0.1.0 (0123456789ab, changed), with module M" */
static char *program_line(const ab_report *r, size_t side)
{
    const ab_program *p = &r->options->programs[side];
    const ab_hello *h = &r->measured->hello[side];
    return rp_print("%s %s%s%.12s%s%s%s%s", p->path, h->version, h->commit[0] != '\0' ? " (" : "", h->commit,
                    h->commit[0] != '\0' && h->dirty ? ", changed" : "", h->commit[0] != '\0' ? ")" : "",
                    p->module != NULL ? ", with module " : "", p->module != NULL ? p->module : "");
}

/* Verdicts, and how they were come by. Caller frees. */
static char *summary_line(const ab_report *r)
{
    const ab_verdicts *v = r->verdicts;
    return rp_print("%zu cell%s: %zu slower, %zu faster, %zu the same within %g %%, %zu cannot tell.", v->count,
                    v->count == 1 ? "" : "s", v->tally[VD_SLOWER], v->tally[VD_FASTER], v->tally[VD_SAME],
                    100 * v->rule.threshold, v->tally[VD_UNKNOWN]);
}

static char *method_line(const ab_report *r)
{
    const ab_verdicts *v = r->verdicts;
    char turns[WORD], cpu[WORD], shared[2 * WORD] = "";
    if (v->turns_least == v->turns_most)
        snprintf(turns, sizeof turns, "%u", v->turns_most);
    else
        snprintf(turns, sizeof turns, "%u to %u", v->turns_least, v->turns_most);
    if (r->options->cpu >= 0)
        snprintf(cpu, sizeof cpu, "CPU %d", r->options->cpu);
    else
        snprintf(cpu, sizeof cpu, "an unknown CPU");
    if (v->disturbed >= SHARED)
        snprintf(shared, sizeof shared, "; something else wanted that CPU: %.0f %% of the slices were interrupted",
                 100 * v->disturbed);
    if (v->pairs < r->options->pairs)
        snprintf(shared + strlen(shared), sizeof shared - strlen(shared), "; there was no time for %zu pairs more",
                 r->options->pairs - v->pairs);
    return rp_print("%zu pairs of processes on %s, %s turns of each cell in each, %.1f s in all%s. A verdict of slower "
                    "or faster is wrong "
                    "somewhere in at most %g %% of such comparisons.",
                    v->pairs, cpu, turns, r->measured->seconds, shared, 100 * v->rule.alpha);
}

/* A test over few pairs cannot become significant, whatever they show: that is said. Caller frees; NULL if there are
   enough. */
static char *pairs_line(const ab_report *r)
{
    size_t needed = 0;
    for (size_t i = 0; i < r->verdicts->count; i++)
        needed = r->verdicts->rows[i].result.needed > needed ? r->verdicts->rows[i].result.needed : needed;
    return needed == 0
               ? NULL
               : rp_print("No cell can be called slower or faster from %zu pairs: with so many cells it takes %zu "
                          "(--pairs).",
                          r->verdicts->pairs, needed);
}

/* Libraries that differ are a reason for a difference: they are said. Caller frees; NULL if none do. */
static char *library_line(const ab_report *r)
{
    char *all = NULL;
    const ab_hello *base = &r->measured->hello[AB_BASE], *head = &r->measured->hello[AB_HEAD];
    for (size_t i = 0; i < base->library_count; i++)
        for (size_t k = 0; k < head->library_count; k++) {
            if (strcmp(base->library[i].backend, head->library[k].backend) != 0 ||
                strcmp(base->library[i].version, head->library[k].version) == 0)
                continue;
            char *next = rp_print("%s%s %s against %s", all != NULL ? all : "Libraries differ, base against head: ",
                                  all != NULL ? ", " : base->library[i].backend, base->library[i].version,
                                  head->library[k].version);
            free(all);
            all = next;
        }
    return all;
}

/* Prints a line that was made for it. */
static void say(FILE *out, const char *before, char *line, const char *after)
{
    if (line != NULL)
        fprintf(out, "%s%s%s", before, line, after);
    free(line);
}

static void say_absent(FILE *out, const ab_report *r, const char *bullet)
{
    for (size_t i = r->cells->count; i < r->cells->total; i++) {
        const ab_cell *c = &r->cells->cells[i];
        fprintf(out, "%s%s: %s\n", bullet, c->id,
                c->has[AB_BASE]   ? "not in the head: not compared"
                : c->has[AB_HEAD] ? "not in the base: not compared"
                                  : "neither program can run it");
    }
}

void ab_terminal(FILE *out, const ab_report *r, bool color)
{
    rp_table *t = table_of(r);
    rp_table_plain(out, t, color);
    rp_table_free(t);
    fputc('\n', out);
    say_absent(out, r, "");
    say(out, "base  ", program_line(r, AB_BASE), "\n");
    say(out, "head  ", program_line(r, AB_HEAD), "\n");
    say(out, "", library_line(r), "\n");
    say(out, "", method_line(r), "\n");
    say(out, "", pairs_line(r), "\n");
    say(out, "", summary_line(r), "\n");
}

void ab_markdown(FILE *out, const ab_report *r)
{
    fputs("# Head against base\n\n", out);
    say(out, "", summary_line(r), "\n\n");
    rp_table *t = table_of(r);
    rp_table_markdown(out, t);
    rp_table_free(t);
    fputc('\n', out);
    say(out, "- base: ", program_line(r, AB_BASE), "\n");
    say(out, "- head: ", program_line(r, AB_HEAD), "\n");
    say(out, "- ", library_line(r), "\n");
    say(out, "- ", method_line(r), "\n");
    say(out, "- ", pairs_line(r), "\n");
    say_absent(out, r, "- ");
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *program_json(const ab_report *r, size_t side)
{
    const ab_program *p = &r->options->programs[side];
    const ab_hello *h = &r->measured->hello[side];
    json_t *libraries = json_object();
    for (size_t i = 0; i < h->library_count; i++)
        json_object_set_new(libraries, h->library[i].backend, json_string(h->library[i].version));
    return json_pack("{s:s, s:s?, s:s, s:s, s:b, s:s, s:I, s:o}", "path", p->path, "module", p->module, "version",
                     h->version, "commit", h->commit, "dirty", h->dirty, "fingerprint", h->fingerprint, "gates",
                     (json_int_t)r->measured->proved[side], "libraries", libraries);
}

static json_t *cell_json(const ab_report *r, size_t i)
{
    const ab_row *row = &r->verdicts->rows[i];
    const ab_cell *c = &r->cells->cells[i];
    json_t *ratios = json_array();
    for (size_t k = 0; k < r->verdicts->pairs; k++)
        json_array_append_new(ratios, number(row->ratios[k]));
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "id", c->id, "iterations",
                     (json_int_t)c->count, "base_ns", number(row->ns[AB_BASE]), "head_ns", number(row->ns[AB_HEAD]),
                     "ratio", number(row->result.ratio.value), "low", number(row->result.ratio.low), "high",
                     number(row->result.ratio.high), "p", number(row->result.p), "p_holm", number(row->result.p_holm),
                     "verdict", vd_verdict_name(row->result.verdict), "pairs", ratios);
}

/* One turn as [pair, round, cell, head first, base switches, head switches, [base ns...], [head ns...]]. */
static json_t *turns_json(const ab_measured *m, const ab_cells *cells)
{
    json_t *all = json_array();
    for (size_t i = 0; i < m->turn_count; i++) {
        const ab_turn *t = &m->turns[i];
        json_t *ns[AB_SIDES];
        for (size_t side = 0; side < AB_SIDES; side++) {
            ns[side] = json_array();
            for (size_t k = 0; k < cells->cells[t->cell].times; k++)
                json_array_append_new(ns[side], json_real(t->ns[side][k]));
        }
        json_array_append_new(all, json_pack("[I, I, I, i, I, I, o, o]", (json_int_t)t->pair, (json_int_t)t->round,
                                             (json_int_t)t->cell, (int)t->head_first, (json_int_t)t->switches[AB_BASE],
                                             (json_int_t)t->switches[AB_HEAD], ns[AB_BASE], ns[AB_HEAD]));
    }
    return all;
}

void ab_json(FILE *out, const ab_report *r)
{
    const ab_verdicts *v = r->verdicts;
    json_t *cells = json_array(), *only[AB_SIDES] = {json_array(), json_array()};
    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(cells, cell_json(r, i));
    for (size_t i = r->cells->count; i < r->cells->total; i++)
        for (size_t side = 0; side < AB_SIDES; side++)
            if (r->cells->cells[i].has[side])
                json_array_append_new(only[side], json_string(r->cells->cells[i].id));
    json_t *all = json_pack(
        "{s:s, s:i, s:o, s:o, s:I, s:i, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "schema",
        "escrowbench-ab/1", "protocol", (int)EB_SERVE_PROTOCOL, "base", program_json(r, AB_BASE), "head",
        program_json(r, AB_HEAD), "seed", (json_int_t)(r->options->seed & INT64_MAX), "cpu", r->options->cpu, "pairs",
        (json_int_t)v->pairs, "budget_s", number(r->options->budget_s), "seconds", number(r->measured->seconds),
        "disturbed", number(v->disturbed), "threshold", number(v->rule.threshold), "alpha", number(v->rule.alpha),
        "regressions", (json_int_t)v->tally[VD_SLOWER], "cells", cells, "base_only", only[AB_BASE], "head_only",
        only[AB_HEAD], "turns", turns_json(r->measured, r->cells));
    json_dumpf(all, out, JSON_COMPACT | JSON_REAL_PRECISION(10));
    fputc('\n', out);
    json_decref(all);
}
