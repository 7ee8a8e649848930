/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/compare/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/values.h"
#include "bench/report/fields.h"
#include "bench/report/memory.h"
#include "bench/report/report.h"
#include "harness/stats.h"

const cm_measure cm_measures[] = {
    {"time", "time", RP_NS, true, true, false},
    {"base-ratio", "time as a multiple of that with none", RP_BASE_RATIO, true, false, false},
    {"floor-ratio", "time as a multiple of the floor's", RP_FLOOR_RATIO, true, false, false},
    {"instructions", "instructions", RP_INSTRUCTIONS, false, false, false},
    {"cycles", "cycles", RP_CYCLES, false, false, false},
    {"counted", "instructions of one operation, counted", RP_INSTRUCTIONS, false, false, true},
    {NULL, NULL, RP_NS, false, false, false},
};

/* Below this many cells a median of them says nothing: of three, two must have moved. */
enum { TOGETHER_LEAST = 3 };

/* One document with what is needed of it. */
typedef struct side {
    rp_document *doc;
    cm_values *values; /* by cell */
    bool *shown;       /* by cell; NULL: all */
} side;

static bool side_open(side *s, rp_document *doc, const cm_request *request, rp_error *err)
{
    *s = (side){.doc = doc};
    if (request->filter) {
        s->shown = rp_filter(doc, request->filter, err);
        if (!s->shown) {
            return false;
        }
    }
    s->values = request->measure->exact ? cm_counts_of(doc) : cm_values_of(doc, request->measure->measure);
    return true;
}

static void side_close(side *s)
{
    cm_values_free(s->values, s->doc->cell_count);
    free(s->shown);
}

static bool wanted(const side *s, uint32_t cell)
{
    return (!s->shown || s->shown[cell]) && strcmp(s->doc->cells[cell].kind, "floor") != 0;
}

static const cm_values none = {NULL, 0};

static const cm_values *values_at(const side *s, uint32_t cell)
{
    return cell == RP_NONE ? &none : &s->values[cell];
}

/* Members of an absence that are "" or 0 or -1 cover all values. */
static bool covers(const rp_key *absent, const rp_key *key)
{
    const char *const pairs[][2] = {
        {absent->op, key->op},       {absent->transport, key->transport},       {absent->escrow, key->escrow},
        {absent->suite, key->suite}, {absent->escrow_suite, key->escrow_suite}, {absent->backend, key->backend}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (*pairs[i][0] && strcmp(pairs[i][0], pairs[i][1]) != 0) {
            return false;
        }
    }
    return (absent->agents == 0 || absent->agents == key->agents) &&
           (absent->threshold == 0 || absent->threshold == key->threshold) &&
           (absent->size < 0 || absent->size == key->size);
}

static const char *why_absent(const rp_document *doc, const rp_key *key)
{
    for (size_t i = 0; i < doc->absent_count; i++) {
        if (covers(&doc->absent[i].key, key)) {
            return doc->absent[i].reason;
        }
    }
    return "";
}

static cm_cell *add(cm_comparison *c, const char *id, cm_state state, const cm_values *base, const cm_values *head)
{
    c->cells = rp_grow(c->cells, c->cell_count, sizeof *c->cells);
    cm_cell *cell = &c->cells[c->cell_count++];
    *cell = (cm_cell){.id = id,
                      .state = state,
                      .base_processes = base->count,
                      .head_processes = head->count,
                      .base = hn_median(base->value, base->count, NULL),
                      .head = hn_median(head->value, head->count, NULL),
                      .result = {{NAN, NAN, NAN}, NAN, NAN, VD_UNKNOWN, 0},
                      .why = ""};
    return cell;
}

/* A search of so many trials, or an access to so many messages, is another measurement than one of another number, or of one that depends on luck (not stated). */
static bool is_same_work(const rp_cell *a, const rp_cell *b)
{
    return a->facts.trials == b->facts.trials && a->facts.messages == b->facts.messages;
}

static bool differs_in_work(const side *base, const rp_cell *head)
{
    const uint32_t i = rp_find_cell(base->doc, head->id);

    return i != RP_NONE && !is_same_work(&base->doc->cells[i], head);
}

/* Cells that neither run has a figure of are no part of the comparison. */
static void match(cm_comparison *c, const side *base, const side *head)
{
    for (uint32_t i = 0; i < head->doc->cell_count; i++) {
        const char *id = head->doc->cells[i].id;
        const cm_values *old = values_at(base, rp_find_cell(base->doc, id));
        const cm_values *new = &head->values[i];
        if (wanted(head, i) && (old->count || new->count)) {
            add(c, id,
                !old->count                                                ? CM_NEW
                : new->count &&differs_in_work(base, &head->doc->cells[i]) ? CM_OTHER
                : new->count                                               ? CM_COMPARED
                : head->doc->complete                                      ? CM_FAILED
                                                                           : CM_CUT,
                old, new);
        }
    }
    for (uint32_t i = 0; i < base->doc->cell_count; i++) {
        const rp_cell *cell = &base->doc->cells[i];
        if (wanted(base, i) && base->values[i].count && rp_find_cell(head->doc, cell->id) == RP_NONE) {
            add(c, cell->id, CM_VANISHED, &base->values[i], &none)->why = why_absent(head->doc, &cell->key);
        }
    }
}

static bool same_values(const cm_values *a, const cm_values *b)
{
    return a->count == b->count &&
           (!a->value || !b->value || memcmp(a->value, b->value, a->count * sizeof *a->value) == 0);
}

/* The same file twice, or a copy of it. */
static bool is_same_run(const cm_comparison *c, const side *base, const side *head)
{
    if (strcmp(c->base->created, c->head->created) != 0 || c->cell_count == 0) {
        return false;
    }
    for (size_t i = 0; i < c->cell_count; i++) {
        const cm_cell *cell = &c->cells[i];
        if (cell->state != CM_COMPARED || !same_values(values_at(base, rp_find_cell(base->doc, cell->id)),
                                                       values_at(head, rp_find_cell(head->doc, cell->id)))) {
            return false;
        }
    }
    return true;
}

/* Counts repeat: a change is one if it reaches the threshold. */
static vd_result judge_count(double base, double head, double threshold)
{
    const double ratio = head / base;
    const double rounding = 1e-12;

    return (vd_result){{ratio, NAN, NAN},
                       NAN,
                       NAN,
                       ratio >= 1.0 + threshold - rounding         ? VD_SLOWER
                       : 1.0 / ratio >= 1.0 + threshold - rounding ? VD_FASTER
                                                                   : VD_SAME,
                       0};
}

static void judge_counts(cm_comparison *c)
{
    for (size_t i = 0; i < c->cell_count; i++) {
        cm_cell *cell = &c->cells[i];
        if (cell->state == CM_COMPARED) {
            cell->result = judge_count(cell->base, cell->head, c->request.rule.threshold);
        }
    }
}

static void judge(cm_comparison *c, const side *base, const side *head)
{
    vd_sample *samples = rp_alloc(c->cell_count, sizeof *samples);
    vd_result *results = rp_alloc(c->cell_count, sizeof *results);
    size_t n = 0;

    for (size_t i = 0; i < c->cell_count; i++) {
        if (c->cells[i].state == CM_COMPARED) {
            const cm_values *old = values_at(base, rp_find_cell(base->doc, c->cells[i].id));
            const cm_values *new = values_at(head, rp_find_cell(head->doc, c->cells[i].id));
            samples[n++] = (vd_sample){old->value, new->value, old->count, new->count, false};
        }
    }
    vd_judge(samples, n, &c->request.rule, results);
    for (size_t i = 0, k = 0; i < c->cell_count; i++) {
        if (c->cells[i].state == CM_COMPARED) {
            c->cells[i].result = results[k++];
            if (c->same_run) {
                c->cells[i].result.verdict = VD_SAME;
            }
        }
    }
    free(samples);
    free(results);
}

static bool has_ratio(const cm_cell *cell)
{
    return cell->state == CM_COMPARED && !isnan(cell->result.ratio.value);
}

/* Ratios of the cells compared, or (distance) by how much the larger figure exceeds the smaller; free() it. */
static double *over_cells(const cm_comparison *c, bool distance, size_t *count)
{
    double *ratios = rp_alloc(c->cell_count, sizeof *ratios);
    size_t n = 0;

    for (size_t i = 0; i < c->cell_count; i++) {
        if (has_ratio(&c->cells[i])) {
            const double ratio = c->cells[i].result.ratio.value;
            ratios[n++] = !distance ? ratio : fmax(ratio, 1.0 / ratio) - 1.0;
        }
    }
    *count = n;
    return ratios;
}

static double moved_together(const cm_comparison *c)
{
    size_t n = 0;
    double *ratios = over_cells(c, false, &n);
    const double median = n >= TOGETHER_LEAST ? hn_median(ratios, n, NULL) : NAN;

    free(ratios);
    return median;
}

static cm_apart how_far_apart(const cm_comparison *c)
{
    cm_apart apart = {0, NAN, NAN, NAN, ""};
    double *distances = over_cells(c, true, &apart.cells);
    size_t at = 0;

    if (apart.cells >= TOGETHER_LEAST) {
        for (size_t i = 0; i < c->cell_count; i++) {
            if (has_ratio(&c->cells[i]) && !(distances[at++] <= apart.furthest)) {
                apart.furthest = distances[at - 1];
                apart.furthest_id = c->cells[i].id;
            }
        }
        hn_sort(distances, apart.cells);
        apart.median = hn_median_sorted(distances, apart.cells);
        apart.p90 = distances[(apart.cells * 9 + 9) / 10 - 1];
    }
    free(distances);
    return apart;
}

static bool is_regression(const cm_cell *cell)
{
    return cell->state == CM_VANISHED || cell->state == CM_FAILED || cell->result.verdict == VD_SLOWER;
}

static void settle(cm_comparison *c)
{
    const cm_request *r = &c->request;

    for (size_t i = 0; i < c->cell_count; i++) {
        cm_cell *cell = &c->cells[i];
        if (is_regression(cell)) {
            cell->accepted = cm_accept_find(r->accept, cell->id, r->today);
            cell->fails = !cell->accepted || cm_expired(cell->accepted, r->today) ||
                          cell->result.ratio.value > 1.0 + cell->accepted->within;
            c->exit_code |= cell->fails;
        }
    }
    c->gates_failed = c->head->gates.failed > 0;
    c->exit_code |= c->gates_failed;
}

static void count_verdict(cm_counts *n, const cm_cell *cell)
{
    const vd_result *r = &cell->result;

    n->compared++;
    n->slower += r->verdict == VD_SLOWER && cell->fails;
    n->faster += r->verdict == VD_FASTER;
    n->same += r->verdict == VD_SAME;
    n->unknown += r->verdict == VD_UNKNOWN;
    n->family += !isnan(r->p);
    n->short_of_processes += r->needed > 0;
    n->needed = r->needed > n->needed ? r->needed : n->needed;
}

static void count(cm_comparison *c)
{
    cm_counts *n = &c->counts;

    for (size_t i = 0; i < c->cell_count; i++) {
        const cm_cell *cell = &c->cells[i];
        n->accepted += is_regression(cell) && !cell->fails;
        n->fresh += cell->state == CM_NEW;
        n->cut += cell->state == CM_CUT;
        n->other += cell->state == CM_OTHER;
        n->vanished += cell->state == CM_VANISHED && cell->fails;
        n->failed += cell->state == CM_FAILED && cell->fails;
        if (cell->state == CM_COMPARED) {
            count_verdict(n, cell);
        }
    }
}

cm_comparison *cm_compare(rp_document *base, rp_document *head, const cm_request *request, const char *base_path,
                          const char *head_path, rp_error *err)
{
    cm_comparison *c = rp_alloc(1, sizeof *c);
    side old = {.doc = base};
    side new = {.doc = head};
    bool good = false;

    *c = (cm_comparison){
        .base = base, .head = head, .base_path = base_path, .head_path = head_path, .request = *request};
    if (side_open(&old, base, request, err) && side_open(&new, head, request, err)) {
        match(c, &old, &new);
        c->same_run = is_same_run(c, &old, &new);
        if (request->measure->exact) {
            judge_counts(c);
        } else {
            judge(c, &old, &new);
        }
        settle(c);
        count(c);
        c->together = moved_together(c);
        c->apart = how_far_apart(c);
        good = c->cell_count > 0 || rp_fails(err, "nothing to compare: neither run has a figure (%s)%s%.200s%s",
                                             request->measure->title, request->filter ? " of cells that match \"" : "",
                                             request->filter ? request->filter : "", request->filter ? "\"" : "");
    }
    side_close(&old);
    side_close(&new);
    if (!good) {
        cm_free(c);
        return NULL;
    }
    return c;
}

void cm_free(cm_comparison *c)
{
    if (c) {
        free(c->cells);
        free(c);
    }
}
