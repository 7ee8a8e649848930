/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/ab/fastest.h"
#include "bench/report/memory.h"
#include "bench/serve.h"
#include "bench/state.h"
#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/rng.h"

static const double TURN_NS = 1.2e6; /* of one cell of one program, at most, unless one operation is longer */

enum {
    TOGETHER_MOST = 24, /* pairs that live at the same time */
    ROUNDS_LEAST = 3,   /* of all cells in a pair, before some get more than others */
    PAIRS_LEAST = 6,    /* of a group, even if the budget is exceeded: fewer have no interval */
    CYCLE = 4,          /* one round of all cells in so many */
    PROOF_WAIT_S = 330, /* one gate may take 300 s before it is given up */
    WARM_PART = 8       /* of a slice's operations, so many parts less are run before it */
};

/* ---- before ---- */

static bool prove(ab_peer *p, const ab_options *o, uint64_t *passed, ab_error *err)
{
    ab_line l;
    bool shown = false;
    uint64_t done = 0, total = 0;
    if (!ab_peer_send(p, err, "prove"))
        return false;
    for (;;) {
        const bool got = ab_peer_reply(p, &l, 3, PROOF_WAIT_S, err);
        const bool going = got && l.count == 3 && strcmp(l.field[0], "proving") == 0 &&
                           ab_number(l.field[1], 0, UINT32_MAX, &done) && ab_number(l.field[2], 0, UINT32_MAX, &total);
        if (!going && shown)
            fprintf(stderr, "\r%60s\r", "");
        if (!got)
            return false;
        if (!going)
            break;
        shown = o->progress;
        if (shown)
            fprintf(stderr, "\r%s proves itself, %llu of %llu ", p->program->role, (unsigned long long)done,
                    (unsigned long long)total);
    }
    if (l.count == 2 && strcmp(l.field[0], "proved") == 0 && ab_number(l.field[1], 0, UINT32_MAX, passed))
        return true;
    if (strcmp(l.field[0], "unproved") != 0)
        return ab_peer_nonsense(p, &l, err);
    snprintf(err->text, sizeof err->text, "%.400s (%s): nothing is timed that is not proved: %s %s", p->program->path,
             p->program->role, l.count > 1 ? l.field[1] : "", l.count > 2 ? l.field[2] : "");
    err->stopped = false;
    return false;
}

static bool plan_cell(ab_peer *p, size_t slot, const ab_options *o, ab_cell *c, ab_error *err)
{
    ab_line l;
    uint64_t number = 0;
    double ns = 0;
    if (!ab_peer_send(p, err, "plan %zu %llu", slot, (unsigned long long)o->slice_ns) ||
        !ab_peer_reply(p, &l, AB_FIELDS_MAX, 0, err))
        return false;
    if (l.count != 3 || strcmp(l.field[0], "planned") != 0 || !ab_number(l.field[1], slot, slot, &number) ||
        !ab_decimal(l.field[2], 0.001, 1e12, &ns))
        return ab_peer_nonsense(p, &l, err);
    if (c->each_ns == 0 || ns < c->each_ns)
        c->each_ns = ns;
    return true;
}

/* The same number of operations on both sides: a slice is a unit of work, not of time. */
static void size_slices(ab_cells *cells, const ab_options *o)
{
    for (size_t i = 0; i < cells->count; i++) {
        ab_cell *c = &cells->cells[i];
        const double n = (double)o->slice_ns / c->each_ns;
        c->count = n < 1 ? 1 : n > EB_SERVE_COUNT_MAX ? EB_SERVE_COUNT_MAX : (uint64_t)n;
        c->warm = c->count / WARM_PART;
        if (c->warm > EB_SERVE_WARM_MAX)
            c->warm = EB_SERVE_WARM_MAX;
        const double times = TURN_NS / ((double)c->count * c->each_ns);
        c->times = times < 1 ? 1 : times < AB_TIMES_MAX ? (uint64_t)times : AB_TIMES_MAX;
    }
}

static bool prepare(ab_peer *peers, ab_cells *cells, ab_measured *out, const ab_options *o, const char *suite,
                    const char *filter, size_t most, ab_error *err)
{
    if (!ab_cells_ask(cells, peers, suite, filter, most, err))
        return false;
    ab_opening openings[AB_SIDES];
    for (size_t side = 0; side < AB_SIDES; side++)
        openings[side] = (ab_opening){.peer = &peers[side], .side = side, .seed = o->seed};
    if (!ab_cells_open(cells, openings, AB_SIDES, true, err))
        return false;
    const uint64_t began = hn_now_ns();
    for (size_t side = 0; side < AB_SIDES; side++)
        if (!prove(&peers[side], o, &out->proved[side], err))
            return false;
    out->prepared_s = -(double)(hn_now_ns() - began) / 1e9;
    for (size_t i = 0; i < cells->count; i++)
        for (size_t side = 0; side < AB_SIDES; side++)
            if (cells->cells[i].has[AB_BASE] && cells->cells[i].has[AB_HEAD] &&
                !plan_cell(&peers[side], i, o, &cells->cells[i], err))
                return false;
    if (!ab_cells_settle(cells, err))
        return false;
    size_slices(cells, o);
    return true;
}

bool ab_prepare(ab_cells *cells, ab_measured *out, const ab_options *o, const char *suite, const char *filter,
                size_t most, ab_error *err)
{
    ab_peer peers[AB_SIDES] = {{.program = NULL}, {.program = NULL}};
    *cells = (ab_cells){0};
    *out = (ab_measured){0};
    const uint64_t began = hn_now_ns();
    bool ok = true;
    for (size_t side = 0; side < AB_SIDES && ok; side++)
        ok = ab_peer_start(&peers[side], &o->programs[side], o->patience_s, err);
    for (size_t side = 0; side < AB_SIDES && ok; side++) {
        ok = ab_peer_greet(&peers[side], err);
        out->hello[side] = peers[side].hello;
    }
    ok = ok && prepare(peers, cells, out, o, suite, filter, most, err);
    for (size_t side = 0; side < AB_SIDES; side++)
        ab_peer_stop(&peers[side]);
    out->prepared_s += (double)(hn_now_ns() - began) / 1e9;
    return ok;
}

/* ---- slices ---- */

static bool slice(ab_peer *p, size_t slot, const ab_cell *c, ab_turn *turn, size_t side, ab_error *err)
{
    ab_line l;
    uint64_t number = 0;
    if (!ab_peer_send(p, err, "run %zu %llu %llu %llu", slot, (unsigned long long)c->warm, (unsigned long long)c->count,
                      (unsigned long long)c->times) ||
        !ab_peer_reply(p, &l, AB_FIELDS_MAX, 0, err))
        return false;
    if (l.count != 3 + c->times || strcmp(l.field[0], "ran") != 0 || !ab_number(l.field[1], slot, slot, &number))
        return ab_peer_nonsense(p, &l, err);
    turn->switches[side] = -1;
    if (strcmp(l.field[2], "-1") != 0) {
        if (!ab_number(l.field[2], 0, INT32_MAX, &number))
            return ab_peer_nonsense(p, &l, err);
        turn->switches[side] = (int64_t)number;
    }
    for (size_t i = 0; i < c->times; i++)
        if (!ab_decimal(l.field[3 + i], 0.001, 1e15, &turn->ns[side][i]))
            return ab_peer_nonsense(p, &l, err);
    return true;
}

/* What a cell has given in one pair so far. */
typedef struct tally {
    double *ns[AB_SIDES]; /* of each slice */
    size_t count;
    bool head_first; /* in the next turn */
    bool noisy;      /* its figure is among the least certain */
} tally;

/* One pair of processes while it is measured. */
typedef struct pair {
    ab_peer peers[AB_SIDES];
    uint32_t number, round;
    tally tallies[AB_CELLS_MAX];
} pair;

/* Pairs that live at the same time. Their rounds alternate: what disturbs the machine for a second or two then costs each
   of them some slices, and no pair all of its own. */
typedef struct group {
    ab_measured *out;
    ab_cells *cells;
    pair *pairs;
    size_t count; /* of those that are measured: the first ones */
    uint32_t order[AB_CELLS_MAX];
    uint64_t longest[2]; /* that a round of the noisy cells took, and one of all */
    hn_rng rng;
} group;

static void keep(group *g, pair *p, const ab_turn *t)
{
    tally *y = &p->tallies[t->cell];
    g->out->turns = rp_grow(g->out->turns, g->out->turn_count, sizeof *g->out->turns);
    g->out->turns[g->out->turn_count++] = *t;
    for (size_t k = 0; k < g->cells->cells[t->cell].times; k++, y->count++)
        for (size_t side = 0; side < AB_SIDES; side++) {
            y->ns[side] = rp_grow(y->ns[side], y->count, sizeof(double));
            y->ns[side][y->count] = t->ns[side][k];
        }
}

/* One cell: both programs, back to back. Which goes first alternates, so that what the first does for the second (shared
   pages in the caches, a clock that speeds up) falls on both alike. */
static bool take_turn(group *g, pair *p, uint32_t at, bool kept, ab_error *err)
{
    tally *y = &p->tallies[at];
    ab_turn t = {.pair = p->number, .round = p->round, .cell = at, .head_first = y->head_first};
    for (size_t k = 0; k < AB_SIDES; k++) {
        const size_t side = (size_t)t.head_first ^ k;
        if (!slice(&p->peers[side], at, &g->cells->cells[at], &t, side, err))
            return false;
    }
    y->head_first = !y->head_first;
    if (kept)
        keep(g, p, &t);
    return true;
}

/* All cells, or the noisy ones, in a new order. */
static bool take_cells(group *g, pair *p, bool all, bool kept, ab_error *err)
{
    hn_shuffle(&g->rng, g->order, g->cells->count);
    for (size_t i = 0; i < g->cells->count; i++)
        if ((all || p->tallies[g->order[i]].noisy) && !take_turn(g, p, g->order[i], kept, err))
            return false;
    return true;
}

/* Finds the cells that need more slices than others: operations that take different times by themselves (blinding, inputs),
   and long ones, of which a round has few. Base and head count alike, so that this favours neither. */
static void find_noisy(pair *p, size_t cells)
{
    double error[AB_CELLS_MAX], most = 0;
    for (size_t i = 0; i < cells; i++) {
        tally *y = &p->tallies[i];
        error[i] = hypot(ab_fastest(y->ns[AB_BASE], y->count).error, ab_fastest(y->ns[AB_HEAD], y->count).error);
        most = error[i] > most ? error[i] : most;
    }
    for (size_t i = 0; i < cells; i++)
        p->tallies[i].noisy = error[i] > most / 2;
}

/* The pair's next round: in one of some all cells, else the noisy ones. `late`: there is no time left for it. One round each pair
   has, whatever the time. */
static bool take_round(group *g, pair *p, uint64_t deadline_ns, bool *late, ab_error *err)
{
    const uint64_t began = hn_now_ns();
    const bool all = p->round < ROUNDS_LEAST || p->round % CYCLE == 0;
    *late = p->round > 0 && began + g->longest[all] > deadline_ns;
    if (*late)
        return true;
    if (!take_cells(g, p, all, true, err))
        return false;
    p->round++;
    if (all && p->round >= ROUNDS_LEAST)
        find_noisy(p, g->cells->count);
    const uint64_t took = hn_now_ns() - began;
    g->longest[all] = took > g->longest[all] ? took : g->longest[all];
    return true;
}

/* How many of the group's pairs can have their rounds before the deadline, after so many were warm: on a machine that is
   busy with something else all of them could take half as long again as they may. */
static size_t pairs_in_time(const group *g, size_t warm, uint64_t began, uint64_t deadline_ns)
{
    const double each = (double)(hn_now_ns() - began) / (double)warm * (1 + ROUNDS_LEAST);
    const double fit = deadline_ns > began ? (double)(deadline_ns - began) / each : 0;
    if (warm < PAIRS_LEAST || fit >= (double)g->count)
        return g->count;
    return fit <= (double)warm ? warm : (size_t)fit;
}

/* Until the deadline, the pairs in a new order each time. */
static bool take_rounds(group *g, uint64_t deadline_ns, ab_error *err)
{
    uint32_t order[TOGETHER_MOST];
    const uint64_t began = hn_now_ns();
    for (uint32_t i = 0; i < g->count; i++) {
        order[i] = i;
        if (!take_cells(g, &g->pairs[i], true, false, err)) /* warms up what is cold */
            return false;
        g->count = pairs_in_time(g, i + 1, began, deadline_ns);
    }
    for (bool late = false;;) {
        hn_shuffle(&g->rng, order, g->count);
        for (size_t i = 0; i < g->count; i++) {
            if (!take_round(g, &g->pairs[order[i]], deadline_ns, &late, err))
                return false;
            if (late)
                return true;
        }
    }
}

static bool same_hello(const ab_hello *a, const ab_hello *b)
{
    bool same = strcmp(a->version, b->version) == 0 && strcmp(a->commit, b->commit) == 0 &&
                strcmp(a->fingerprint, b->fingerprint) == 0 && a->library_count == b->library_count;
    for (size_t i = 0; same && i < a->library_count; i++)
        same = strcmp(a->library[i].backend, b->library[i].backend) == 0 &&
               strcmp(a->library[i].version, b->library[i].version) == 0;
    return same;
}

/* The process that is timed is the program that was proved. */
static bool same_program(const ab_peer *p, const ab_hello *before, ab_error *err)
{
    if (same_hello(&p->hello, before))
        return true;
    snprintf(err->text, sizeof err->text, "%.400s (%s): it has changed since it was proved", p->program->path,
             p->program->role);
    err->stopped = false;
    return false;
}

/* Where memory is nearer to some CPUs than to others, a process must have its own from the CPU on which it is timed. */
static bool memory_is_even(void)
{
    return access("/sys/devices/system/node/node1", F_OK) != 0;
}

static void bind_all(const ab_opening *openings, size_t n, int cpu)
{
    for (size_t i = 0; i < n; i++)
        ab_peer_bind(openings[i].peer, cpu);
}

/* Starts all processes and opens their cells, on all CPUs that are allowed, as nothing is timed yet; then binds them to one. */
static bool start_group(group *g, const ab_options *o, ab_error *err)
{
    ab_opening openings[TOGETHER_MOST * AB_SIDES];
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++) {
        pair *p = &g->pairs[i];
        hn_rng rng;
        hn_rng_seed(&rng, o->seed + p->number);
        const size_t first = (size_t)hn_rng_below(&rng, AB_SIDES);
        const uint64_t inputs = hn_rng_next(&rng); /* the same for both programs */
        for (uint32_t k = 0; k < g->cells->count; k++)
            p->tallies[k].head_first = hn_rng_below(&rng, 2) == 1;
        for (size_t k = 0; k < AB_SIDES; k++) {
            const size_t side = (first + k) % AB_SIDES;
            openings[n++] = (ab_opening){.peer = &p->peers[side], .side = side, .seed = inputs};
            if (!ab_peer_start(&p->peers[side], &o->programs[side], o->patience_s, err))
                return false;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (!ab_peer_greet(openings[i].peer, err) ||
            !same_program(openings[i].peer, &g->out->hello[openings[i].side], err))
            return false;
    if (!memory_is_even())
        bind_all(openings, n, o->cpu);
    if (!ab_cells_open(g->cells, openings, n, false, err))
        return false;
    bind_all(openings, n, o->cpu);
    return true;
}

static bool run_group(ab_measured *out, ab_cells *cells, const ab_options *o, uint32_t from, size_t count,
                      uint64_t deadline_ns, ab_error *err)
{
    group g = {.out = out, .cells = cells, .count = count, .pairs = rp_alloc(count, sizeof(pair))};
    hn_rng_seed(&g.rng, ~(o->seed + from));
    for (uint32_t i = 0; i < cells->count; i++)
        g.order[i] = i;
    for (uint32_t i = 0; i < count; i++)
        g.pairs[i].number = from + i;
    bool ok = start_group(&g, o, err);
    hn_affinity_mask before;
    hn_affinity_read(&before);
    if (o->cpu >= 0)
        hn_affinity_bind(0, o->cpu);
    ok = ok && take_rounds(&g, deadline_ns, err);
    (void)hn_affinity_restore(&before);
    out->pairs += (unsigned)g.count;
    for (size_t i = 0; i < count; i++)
        for (size_t side = 0; side < AB_SIDES; side++) {
            ab_peer_stop(&g.pairs[i].peers[side]);
            for (size_t k = 0; k < cells->count; k++)
                free(g.pairs[i].tallies[k].ns[side]);
        }
    free(g.pairs);
    return ok;
}

bool ab_measure(ab_measured *out, ab_cells *cells, const ab_options *o, ab_error *err)
{
    const uint64_t began = hn_now_ns();
    const double budget_ns = (o->budget_s - out->prepared_s) * 1e9;
    const unsigned groups = (o->pairs + TOGETHER_MOST - 1) / TOGETHER_MOST;
    bool ok = true;
    for (unsigned i = 0, asked = 0; i < groups && ok; i++) {
        const unsigned count = (o->pairs - asked) / (groups - i), from = out->pairs;
        /* What one group has overdrawn, the others share. */
        const double spent = (double)(hn_now_ns() - began);
        const double share = spent < budget_ns ? (budget_ns - spent) / (groups - i) : 0;
        if (o->progress)
            fprintf(stderr, "\rcomparing, pairs %u to %u of %u ", from + 1, from + count, o->pairs);
        asked += count;
        ok = run_group(out, cells, o, from, count, began + (uint64_t)(spent + share), err);
    }
    if (o->progress)
        fprintf(stderr, "\r%60s\r", "");
    out->seconds = out->prepared_s + (double)(hn_now_ns() - began) / 1e9;
    return ok;
}

void ab_measured_free(ab_measured *m)
{
    free(m->turns);
    *m = (ab_measured){0};
}
