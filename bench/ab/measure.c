/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ab/fastest.h"
#include "bench/report/memory.h"
#include "bench/serve.h"
#include "bench/state.h"
#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/rng.h"

static const double TURN_NS = 1.2e6; /* of one cell of one program, at most, unless one operation is longer */

enum {
    ROUNDS_LEAST = 3,   /* of all cells in a pair, even if the budget is exceeded */
    CYCLE = 4,          /* one round of all cells in so many */
    PROOF_WAIT_S = 330, /* one gate may take 300 s before it is given up */
    WARM_PART = 8       /* of a slice's operations, so many parts less are run before it */
};

static void stop_both(ab_peer *peers)
{
    ab_peer_stop(&peers[AB_BASE]);
    ab_peer_stop(&peers[AB_HEAD]);
}

/* Starts both, `first` before the other. */
static bool start_both(ab_peer *peers, const ab_options *o, size_t first, int cpu, ab_error *err)
{
    memset(peers, 0, AB_SIDES * sizeof *peers);
    for (size_t i = 0; i < AB_SIDES; i++) {
        const size_t side = (first + i) % AB_SIDES;
        if (!ab_peer_start(&peers[side], &o->programs[side], cpu, o->patience_s, err)) {
            stop_both(peers);
            return false;
        }
    }
    return true;
}

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
    for (size_t side = 0; side < AB_SIDES; side++)
        if (!ab_cells_open(cells, &peers[side], side, o->seed, true, err))
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
    ab_peer peers[AB_SIDES];
    *cells = (ab_cells){0};
    *out = (ab_measured){0};
    const uint64_t began = hn_now_ns();
    if (!start_both(peers, o, AB_BASE, -1, err)) /* proofs use all CPUs */
        return false;
    out->hello[AB_BASE] = peers[AB_BASE].hello;
    out->hello[AB_HEAD] = peers[AB_HEAD].hello;
    const bool ok = prepare(peers, cells, out, o, suite, filter, most, err);
    stop_both(peers);
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
typedef struct session {
    ab_peer peers[AB_SIDES];
    ab_measured *out;
    ab_cells *cells;
    uint32_t pair, round;
    uint32_t order[AB_CELLS_MAX];
    tally tallies[AB_CELLS_MAX];
    hn_rng rng;
} session;

static void keep(session *s, const ab_turn *t)
{
    tally *y = &s->tallies[t->cell];
    s->out->turns = rp_grow(s->out->turns, s->out->turn_count, sizeof *s->out->turns);
    s->out->turns[s->out->turn_count++] = *t;
    for (size_t k = 0; k < s->cells->cells[t->cell].times; k++, y->count++)
        for (size_t side = 0; side < AB_SIDES; side++) {
            y->ns[side] = rp_grow(y->ns[side], y->count, sizeof(double));
            y->ns[side][y->count] = t->ns[side][k];
        }
}

/* One cell: both programs, back to back. Which goes first alternates, so that what the first does for the second (shared
   pages in the caches, a clock that speeds up) falls on both alike. */
static bool take_turn(session *s, uint32_t at, bool kept, ab_error *err)
{
    tally *y = &s->tallies[at];
    ab_turn t = {.pair = s->pair, .round = s->round, .cell = at, .head_first = y->head_first};
    for (size_t k = 0; k < AB_SIDES; k++) {
        const size_t side = (size_t)t.head_first ^ k;
        if (!slice(&s->peers[side], at, &s->cells->cells[at], &t, side, err))
            return false;
    }
    y->head_first = !y->head_first;
    if (kept)
        keep(s, &t);
    return true;
}

/* All cells, or the noisy ones, in a new order. */
static bool run_round(session *s, bool all, bool kept, ab_error *err)
{
    hn_shuffle(&s->rng, s->order, s->cells->count);
    for (size_t i = 0; i < s->cells->count; i++)
        if ((all || s->tallies[s->order[i]].noisy) && !take_turn(s, s->order[i], kept, err))
            return false;
    return true;
}

/* Finds the cells that need more slices than others: operations that take different times by themselves (blinding, inputs),
   and long ones, of which a round has few. Base and head count alike, so that this favours neither. */
static void find_noisy(session *s)
{
    double error[AB_CELLS_MAX], most = 0;
    for (size_t i = 0; i < s->cells->count; i++) {
        tally *y = &s->tallies[i];
        error[i] = hypot(ab_fastest(y->ns[AB_BASE], y->count).error, ab_fastest(y->ns[AB_HEAD], y->count).error);
        most = error[i] > most ? error[i] : most;
    }
    for (size_t i = 0; i < s->cells->count; i++)
        s->tallies[i].noisy = error[i] > most / 2;
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

/* Rounds until the deadline: one of all cells, then some of the noisy ones. */
static bool run_rounds(session *s, uint64_t deadline_ns, ab_error *err)
{
    uint64_t last[2] = {0, 0};           /* what a round of each kind took */
    if (!run_round(s, true, false, err)) /* warms up what is cold */
        return false;
    for (s->round = 0;; s->round++) {
        const uint64_t began = hn_now_ns();
        const bool all = s->round < ROUNDS_LEAST || s->round % CYCLE == 0;
        if (s->round >= ROUNDS_LEAST && began + last[all] > deadline_ns)
            return true;
        if (!run_round(s, all, true, err))
            return false;
        if (all && s->round + 1 >= ROUNDS_LEAST)
            find_noisy(s);
        last[all] = hn_now_ns() - began;
    }
}

static bool run_pair(ab_measured *out, ab_cells *cells, const ab_options *o, unsigned pair, uint64_t deadline_ns,
                     ab_error *err)
{
    session *s = rp_alloc(1, sizeof *s);
    s->out = out;
    s->cells = cells;
    s->pair = pair;
    hn_rng_seed(&s->rng, o->seed + pair);
    const size_t first = (size_t)hn_rng_below(&s->rng, AB_SIDES);
    const uint64_t inputs = hn_rng_next(&s->rng); /* the same for both programs */
    for (uint32_t i = 0; i < cells->count; i++) {
        s->order[i] = i;
        s->tallies[i].head_first = hn_rng_below(&s->rng, 2) == 1;
    }
    bool ok = start_both(s->peers, o, first, o->cpu, err);
    for (size_t i = 0; i < AB_SIDES && ok; i++) {
        const size_t side = (first + i) % AB_SIDES;
        ok = same_program(&s->peers[side], &out->hello[side], err) &&
             ab_cells_open(cells, &s->peers[side], side, inputs, false, err);
    }
    ok = ok && run_rounds(s, deadline_ns, err);
    stop_both(s->peers);
    for (size_t i = 0; i < cells->count; i++) {
        free(s->tallies[i].ns[AB_BASE]);
        free(s->tallies[i].ns[AB_HEAD]);
    }
    free(s);
    return ok;
}

bool ab_measure(ab_measured *out, ab_cells *cells, const ab_options *o, ab_error *err)
{
    hn_affinity pin;
    const uint64_t began = hn_now_ns();
    const double budget_ns = (o->budget_s - out->prepared_s) * 1e9;
    bool ok = true;
    if (o->cpu >= 0)
        hn_affinity_pin(o->cpu, &pin);
    for (unsigned pair = 0; pair < o->pairs && ok; pair++) {
        /* What one pair has overdrawn, the others share. */
        const double spent = (double)(hn_now_ns() - began);
        const double share = spent < budget_ns ? (budget_ns - spent) / (o->pairs - pair) : 0;
        if (o->progress)
            fprintf(stderr, "\rcomparing, pair %u of %u ", pair + 1, o->pairs);
        ok = run_pair(out, cells, o, pair, began + (uint64_t)(spent + share), err);
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
