/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/plan.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/systems.h"
#include "bench/sides.h"
#include "bench/suites.h"
#include "bench/upkeep.h"
#include "escrowbench/registry.h"

static const uint64_t quick_sizes[] = {1024, 64}, full_sizes[] = {1024, 64, 65536};
/* The first is the one that sealing and opening are measured with: they do not depend on (t, n). */
static const eb_split quick_splits[] = {{3, 5}, {2, 3}}, full_splits[] = {{3, 5}, {2, 3}, {5, 9}, {67, 100}};

/* Of a part in the quick suite. */
enum { SMALL = 64 };

enum { ID_MAX = 256 };

/* Everything that deciding on one cell needs. */
typedef struct choice {
    rp_document *doc;
    const eb_plan_options *options;
    regex_t filter;
    bool all; /* the suite's limits are lifted */
    eb_split main_split;
} choice;

static void cell_id(char *out, size_t len, const eb_operation *op, const eb_pair_spec *spec, int64_t size)
{
    char scheme[160];
    eb_scheme_name(scheme, sizeof scheme, spec);
    if (size >= 0)
        snprintf(out, len, "%s/%s/%lld", op->id, scheme, (long long)size);
    else
        snprintf(out, len, "%s/%s", op->id, scheme);
}

static void block_id(char *out, size_t len, const eb_operation *op, const eb_pair_spec *spec, int64_t size)
{
    const eb_pair_spec plain = {
        .backend = spec->backend, .transport = spec->transport, .suite = spec->suite, .devices = spec->devices};
    cell_id(out, len, op, &plain, size);
}

rp_key eb_plan_key(const eb_pair_spec *spec)
{
    return (rp_key){
        .op = "",
        .transport = spec->transport->id,
        .escrow = spec->escrow->id,
        .suite = spec->suite->id,
        .escrow_suite = spec->escrow_suite != NULL ? spec->escrow_suite->id : "",
        .backend = spec->backend->id,
        .agents = spec->agents,
        .threshold = spec->threshold,
        .size = -1,
    };
}

static rp_key key_of(const eb_operation *op, const eb_pair_spec *spec, int64_t size)
{
    rp_key key = eb_plan_key(spec);
    key.op = op->id;
    key.devices = spec->devices > 1 ? spec->devices : 1;
    key.size = size;
    return key;
}

/* Is this combination part of the suite? With the limits lifted (a filter that the suite has nothing for), only what makes
   no sense is left out: further sizes of what has one size. */
static bool in_suite(const choice *c, const eb_operation *op, const eb_pair_spec *spec, size_t size_index)
{
    const eb_suite_choice suite = {
        .full = c->options->full, .main_split = c->main_split, .own_sizes = c->options->size_count > 0};
    return c->all ? !op->sized || op->every_size || size_index == 0 : eb_in_suite(&suite, op, spec, size_index);
}

static bool add_floor(choice *c, const eb_operation *op, rp_cell cell, uint32_t of)
{
    char id[ID_MAX];
    /* The quick suite has the floors of what leads its tables; of access, for the main (t, n). */
    const eb_split split = {cell.key.threshold, cell.key.agents};
    const bool main_split = split.agents <= 1 || memcmp(&split, &c->main_split, sizeof split) == 0;
    if (!c->options->full && !c->all && !op->compares && (strcmp(op->id, "access") != 0 || !main_split))
        return true;
    snprintf(id, sizeof id, "floor/%s", cell.id);
    cell.id = id;
    cell.kind = "floor";
    cell.base = RP_NONE;
    cell.note = "";
    const uint32_t index = rp_add_cell(c->doc, &cell);
    if (index == RP_NONE)
        return false;
    c->doc->cells[of].floor = index;
    return true;
}

/* Does an escrow's key agreement of yesterday guard what the transport guards by one of tomorrow? */
static bool undoes(const eb_pair_spec *spec)
{
    return spec->suite->post_quantum && (spec->escrow->kind == EB_KIND_WRAP || spec->escrow->kind == EB_KIND_DEPOSIT) &&
           !spec->escrow_suite->post_quantum;
}

static bool add_cell(choice *c, const eb_operation *op, const eb_pair_spec *spec, int64_t size);

/* What the cell is compared with comes along even if the filter does not name it: the operation that it stands beside, whose
   block it then shares, else the same operation with `none`. */
static bool add_partner(choice *c, const eb_operation *op, const eb_pair_spec *spec, int64_t size, rp_cell *cell)
{
    const eb_operation *beside = op->beside != NULL ? eb_operation_find(op->beside) : NULL;
    eb_pair_spec other = *spec;
    char id[ID_MAX];
    if (beside == NULL && (!op->compares || spec->escrow->kind == EB_KIND_NONE))
        return true;
    if (beside == NULL) {
        other.escrow = eb_escrow_find("none");
        other.escrow_suite = NULL;
        other.agents = other.threshold = 0;
        beside = op;
    }
    if (!add_cell(c, beside, &other, size))
        return false;
    cell_id(id, sizeof id, beside, &other, size);
    cell->base = rp_find_cell(c->doc, id);
    cell->block = c->doc->cells[cell->base].block;
    return true;
}

static bool add_cell(choice *c, const eb_operation *op, const eb_pair_spec *spec, int64_t size)
{
    char id[ID_MAX], block[ID_MAX];
    cell_id(id, sizeof id, op, spec, size);
    block_id(block, sizeof block, op, spec, size);
    if (rp_find_cell(c->doc, id) != RP_NONE)
        return true;
    rp_cell cell;
    rp_cell_init(&cell);
    cell.id = id;
    cell.key = key_of(op, spec, size);
    cell.phase = op->phase;
    cell.payer = op->payer;
    cell.kind = "cell";
    cell.classical = undoes(spec);
    cell.note = spec->escrow->about != NULL ? spec->escrow->about : "";
    cell.block = block;
    if (!add_partner(c, op, spec, size, &cell))
        return false;
    const uint32_t index = rp_add_cell(c->doc, &cell);
    return index != RP_NONE && add_floor(c, op, cell, index);
}

static bool wanted(const choice *c, const eb_operation *op, const eb_pair_spec *spec, int64_t size)
{
    char id[ID_MAX];
    cell_id(id, sizeof id, op, spec, size);
    return c->options->filter == NULL || regexec(&c->filter, id, 0, NULL, 0) == 0;
}

static bool add_scheme(choice *c, const eb_pair_spec *spec, const uint64_t *sizes, size_t size_count)
{
    const eb_operation *op;
    for (size_t o = 0; (op = eb_operation_at(o)) != NULL; o++) {
        if (!eb_operation_applies(op, spec))
            continue;
        for (size_t i = 0; i < (op->sized ? size_count : 1); i++) {
            const int64_t size = op->sized ? (int64_t)sizes[i] : -1;
            if (in_suite(c, op, spec, i) && wanted(c, op, spec, size) && !add_cell(c, op, spec, size))
                return false;
        }
    }
    return true;
}

static bool add_all(choice *c, const eb_matrix *m, const uint64_t *sizes, size_t size_count)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->schemes[i].possible && !add_scheme(c, &m->schemes[i].spec, sizes, size_count))
            return false;
    return true;
}

/* ---- peers and parts ---- */

/* Our cell that does the same work as a peer's, on one library; RP_NONE if there is none. It comes along even if the filter does
   not name it. False if memory is short. */
static bool add_ours_on(choice *c, const eb_matrix *m, const eb_side_row *row, const char *backend, uint32_t *base)
{
    char id[ID_MAX];
    const eb_operation *op = eb_operation_find(row->op);
    *base = RP_NONE;
    for (size_t i = 0; op != NULL && row->our_transport != NULL && i < m->count; i++) {
        const eb_pair_spec *s = &m->schemes[i].spec;
        if (!m->schemes[i].possible || strcmp(s->transport->id, row->our_transport) != 0 ||
            strcmp(s->escrow->id, "none") != 0 || strcmp(s->suite->id, row->our_suite) != 0 ||
            strcmp(s->backend->id, backend) != 0 || s->devices > 1 || !eb_operation_applies(op, s))
            continue;
        cell_id(id, sizeof id, op, s, op->sized ? row->size : -1);
        if (!add_cell(c, op, s, op->sized ? row->size : -1))
            return false;
        *base = rp_find_cell(c->doc, id);
        return true;
    }
    return true;
}

/* The one to compare with; where a peer names no library of ours, all that have the cell come along, for none is the fastest on
   every machine. */
static bool add_ours(choice *c, const eb_matrix *m, const eb_side_row *row, uint32_t *base)
{
    const char *backend;
    if (row->our_backend != NULL)
        return add_ours_on(c, m, row, row->our_backend, base);
    *base = RP_NONE;
    for (unsigned b = 0; (backend = eb_system_backend(b)) != NULL; b++) {
        uint32_t found = RP_NONE;
        if (!add_ours_on(c, m, row, backend, &found))
            return false;
        *base = *base == RP_NONE ? found : *base;
    }
    return true;
}

/* The row that others of its work are compared with. */
static bool reference_of(const eb_side_row *row, const eb_side **side, eb_side_row *found)
{
    char work[ID_MAX], other[ID_MAX];
    eb_side_work(work, sizeof work, row);
    for (size_t i = 0; (*side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; (*side)->row(k, found); k++) {
            eb_side_work(other, sizeof other, found);
            if (found->reference && strcmp(work, other) == 0)
                return true;
        }
    return false;
}

static bool add_side(choice *c, const eb_matrix *m, const eb_side *side, const eb_side_row *row)
{
    char id[ID_MAX], block[ID_MAX], base_id[ID_MAX];
    const eb_side *other;
    eb_side_row reference;
    rp_cell cell;
    eb_side_id(id, sizeof id, side, row);
    if (rp_find_cell(c->doc, id) != RP_NONE)
        return true;
    rp_cell_init(&cell);
    eb_side_work(block, sizeof block, row);
    cell.block = block;
    if (!add_ours(c, m, row, &cell.base))
        return false;
    if (cell.base != RP_NONE) {
        cell.block = c->doc->cells[cell.base].block;
    } else if (!row->reference && reference_of(row, &other, &reference) &&
               (c->options->timed || !eb_side_is_loop(other))) {
        if (!add_side(c, m, other, &reference))
            return false;
        eb_side_id(base_id, sizeof base_id, other, &reference);
        cell.base = rp_find_cell(c->doc, base_id);
    }
    cell.id = id;
    cell.key = (rp_key){.op = row->op,
                        .transport = row->subject,
                        .escrow = "",
                        .suite = row->variant,
                        .escrow_suite = "",
                        .backend = side->id,
                        .agents = row->agents,
                        .threshold = row->threshold,
                        .devices = 1,
                        .size = row->size};
    cell.phase = cell.payer = "";
    cell.kind = eb_side_is_part(side) ? "part" : "peer";
    cell.note = row->about;
    cell.facts.coin_bytes = (int64_t)row->coins_each;
    return rp_add_cell(c->doc, &cell) != RP_NONE;
}

/* Is it of this suite? Where parts are asked for (constant time), those that work on small secrets. */
static bool side_in_suite(const choice *c, const eb_side *side, const eb_side_row *row)
{
    if (c->options->full || c->all)
        return true;
    if (c->options->parts)
        return eb_side_is_part(side) && row->size >= 0 && row->size <= SMALL && !row->draws;
    return row->quick;
}

static bool add_sides(choice *c, const eb_matrix *m)
{
    const eb_side *side;
    eb_side_row row;
    char id[ID_MAX];
    for (size_t i = 0; (side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; side->row(k, &row); k++) {
            if (!side_in_suite(c, side, &row) || (eb_side_is_loop(side) && !c->options->timed))
                continue;
            eb_side_id(id, sizeof id, side, &row);
            if ((c->options->filter == NULL || regexec(&c->filter, id, 0, NULL, 0) == 0) && !add_side(c, m, side, &row))
                return false;
        }
    return true;
}

/* The harness's own cost is in every run that takes times, whatever its filter. */
static bool add_own_cost(choice *c, const eb_matrix *m)
{
    const eb_side *side;
    eb_side_row row;
    for (size_t i = 0; (side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; eb_side_is_own_cost(side) && side->row(k, &row); k++)
            if (!add_side(c, m, side, &row))
                return false;
    return true;
}

static void add_absent(rp_document *doc, const eb_matrix *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const eb_scheme *s = &m->schemes[i];
        if (s->possible)
            continue;
        const rp_key key = {
            .op = "",
            .transport = s->spec.transport->id,
            .escrow = s->spec.escrow != NULL ? s->spec.escrow->id : "",
            .suite = s->spec.suite->id,
            .escrow_suite = s->spec.escrow_suite != NULL ? s->spec.escrow_suite->id : "",
            .backend = s->spec.backend->id,
            .agents = s->spec.agents,
            .threshold = s->spec.threshold,
            .size = -1,
        };
        rp_add_absent(doc, &key, s->reason);
    }
}

static bool has_cell_of(const rp_document *doc, const char *escrow)
{
    for (size_t i = 0; i < doc->cell_count; i++)
        if (strcmp(doc->cells[i].key.escrow, escrow) == 0)
            return true;
    return false;
}

/* Upkeep that an escrow of the run does not have, on whatever transport, suite and library. */
static void add_upkeep_reasons(rp_document *doc, const eb_matrix *m)
{
    const eb_escrow *e;
    for (size_t k = 0; (e = eb_escrow_at(k)) != NULL; k++) {
        size_t i = 0;
        while (i < m->count &&
               (!m->schemes[i].possible || m->schemes[i].spec.escrow != e || !eb_is_home(&m->schemes[i].spec)))
            i++;
        if (i == m->count || !has_cell_of(doc, e->id))
            continue;
        const eb_operation *op;
        for (size_t o = 0; (op = eb_operation_at(o)) != NULL; o++) {
            const rp_key key = {.op = op->id,
                                .transport = "",
                                .escrow = e->id,
                                .suite = "",
                                .escrow_suite = "",
                                .backend = "",
                                .size = -1};
            const char *reason = eb_upkeep_reason(op, &m->schemes[i].spec);
            if (reason != NULL)
                rp_add_absent(doc, &key, reason);
        }
    }
}

/* Each scheme of the document's cells once, and what there is to count. */
bool eb_plan_collect(eb_plan *plan, const rp_document *doc, char *why, size_t why_len)
{
    plan->specs = calloc(doc->cell_count + 1, sizeof *plan->specs);
    if (plan->specs == NULL)
        return false;
    for (size_t i = 0; i < doc->cell_count; i++) {
        const rp_cell *cell = &doc->cells[i];
        const eb_operation *op;
        eb_pair_spec spec;
        const eb_side *side;
        eb_side_row row;
        if (eb_side_cell(cell)) {
            if (!eb_side_find(cell, &side, &row)) {
                snprintf(why, why_len, "%s: this program does not have it", cell->id);
                return false;
            }
        } else if (!eb_plan_resolve(cell, &op, &spec, why, why_len)) {
            return false;
        }
        const bool floor = strcmp(cell->kind, "floor") == 0;
        plan->floors += floor;
        plan->cells += !floor;
        /* Cells of a scheme, and of a block, mostly follow each other: looking back finds them at once. */
        size_t back = i;
        while (back > 0 && doc->cells[back - 1].block != cell->block) /* equal strings are one in a document */
            back--;
        plan->blocks += back == 0;
        if (eb_side_cell(cell))
            continue;
        back = plan->spec_count;
        while (back > 0 && !eb_pair_spec_same(&plan->specs[back - 1], &spec))
            back--;
        if (back == 0)
            plan->specs[plan->spec_count++] = spec;
    }
    return true;
}

static bool splits_possible(const eb_plan_options *o, char *why, size_t why_len)
{
    for (size_t i = 0; i < o->split_count; i++) {
        const eb_split *s = &o->splits[i];
        if (s->agents >= 1 && s->agents <= EB_MAX_AGENTS && s->threshold >= 1 && s->threshold <= s->agents)
            continue;
        snprintf(why, why_len, "threshold %u of %u agents: it takes 1 <= threshold <= agents <= %d", s->threshold,
                 s->agents, (int)EB_MAX_AGENTS);
        return false;
    }
    return true;
}

bool eb_plan_make(eb_plan *plan, rp_document *doc, const eb_plan_options *o, char *why, size_t why_len)
{
    *plan = (eb_plan){0};
    choice c = {.doc = doc, .options = o};
    eb_matrix m;
    if (!splits_possible(o, why, why_len))
        return false;
    if (o->filter != NULL) {
        const int e = regcomp(&c.filter, o->filter, REG_EXTENDED | REG_NOSUB);
        if (e != 0) {
            char text[128];
            regerror(e, &c.filter, text, sizeof text);
            snprintf(why, why_len, "the filter '%s' is no regular expression: %s", o->filter, text);
            return false;
        }
    }
    const eb_split *splits = o->split_count > 0 ? o->splits : o->full ? full_splits : quick_splits;
    const size_t split_count = o->split_count > 0 ? o->split_count
                               : o->full          ? sizeof full_splits / sizeof full_splits[0]
                                                  : sizeof quick_splits / sizeof quick_splits[0];
    const uint64_t *sizes = o->size_count > 0 ? o->sizes : o->full ? full_sizes : quick_sizes;
    const size_t size_count = o->size_count > 0 ? o->size_count
                              : o->full         ? sizeof full_sizes / sizeof full_sizes[0]
                                                : sizeof quick_sizes / sizeof quick_sizes[0];
    c.main_split = splits[0];
    bool ok = eb_matrix_make(&m, splits, split_count, o->devices);
    if (ok) {
        ok = add_all(&c, &m, sizes, size_count) && add_sides(&c, &m);
        if (ok && doc->cell_count == 0 && o->filter != NULL) {
            c.all = true;
            ok = add_all(&c, &m, sizes, size_count) && add_sides(&c, &m);
        }
        if (ok && doc->cell_count > 0 && o->timed)
            ok = add_own_cost(&c, &m);
        add_absent(doc, &m);
        add_upkeep_reasons(doc, &m);
        eb_matrix_free(&m);
    }
    if (!ok)
        snprintf(why, why_len, "out of memory, or more than %d cells", (int)RP_CELLS_MAX);
    else if (doc->cell_count == 0) {
        snprintf(why, why_len, "no cell matches '%s'; `escrowbench list` shows them all", o->filter);
        ok = false;
    }
    if (o->filter != NULL)
        regfree(&c.filter);
    return ok && eb_plan_collect(plan, doc, why, why_len);
}

void eb_plan_free(eb_plan *plan)
{
    free(plan->specs);
    *plan = (eb_plan){0};
}

bool eb_plan_resolve(const rp_cell *cell, const eb_operation **op, eb_pair_spec *spec, char *why, size_t why_len)
{
    *spec = (eb_pair_spec){0};
    spec->backend = eb_backend_find(cell->key.backend);
    spec->transport = eb_transport_find(cell->key.transport);
    spec->suite = eb_suite_find(cell->key.suite);
    spec->escrow = eb_escrow_find(cell->key.escrow);
    spec->escrow_suite = cell->key.escrow_suite[0] != '\0' ? eb_suite_find(cell->key.escrow_suite) : NULL;
    spec->agents = cell->key.agents;
    spec->threshold = cell->key.threshold;
    spec->devices = cell->key.devices > 1 ? cell->key.devices : 0;
    *op = eb_operation_find(cell->key.op);
    if (spec->backend != NULL && spec->transport != NULL && spec->suite != NULL && spec->escrow != NULL &&
        *op != NULL && (cell->key.escrow_suite[0] == '\0' || spec->escrow_suite != NULL))
        return true;
    snprintf(why, why_len, "%s: this program does not have it", cell->id);
    return false;
}
