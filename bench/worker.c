/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/jobs.h"
#include "bench/plan.h"
#include "bench/report/document.h"
#include "bench/report/journal.h"
#include "bench/shares.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "escrowbench/registry.h"
#include "harness/affinity.h"
#include "harness/alloc.h"
#include "harness/block.h"
#include "harness/clock.h"
#include "harness/latency.h"
#include "harness/rng.h"
#include "harness/stack.h"

enum { BLOCK_CELLS_MAX = 256, OWN_COST_PART = 50 };

/* A block is not left to fewer processes if it takes less than this; in the full suite, an operation that takes longer than the
   second, and twice its share of the budget, is measured once in a process, after a first that warms it up. */
static const uint64_t CHEAP_NS = 1000000000, SINGLE_OVER_NS = 20000000;

/* One cell of a block, ready to run: a job, its floor, or a peer or part. */
typedef struct entry {
    uint32_t index; /* in the document */
    eb_job *job;
    eb_floor_job *floor;
    eb_side_job *side;
} entry;

typedef struct block {
    entry entries[BLOCK_CELLS_MAX];
    hn_cell cells[BLOCK_CELLS_MAX];
    uint32_t indices[BLOCK_CELLS_MAX];
    void *pads[BLOCK_CELLS_MAX];
    size_t count;
} block;

typedef struct worker {
    const eb_worker_options *options;
    rp_document *doc;
    rp_journal *journal;
    hn_counters *counters;
    const char **done; /* ids of the blocks that this process has in the journal already: a resumed run */
    size_t done_count;
    eb_cost *costs; /* of blocks, in process 0: what a later process goes by */
    size_t cost_count;
    uint64_t started_ns; /* of this process, on the clock */
    int cpu;
} worker;

static bool fails(const char *what, const char *why)
{
    fprintf(stderr, "escrowbench worker: %s: %s\n", what, why);
    return false;
}

/* The parent has the line to print: it knows how to go on. Always EB_WORKER_UNWRITTEN. */
static int unwritten(const rp_error *err)
{
    printf("unwritten %s\n", err->text);
    (void)fflush(stdout);
    return EB_WORKER_UNWRITTEN;
}

static bool is_floor(const rp_cell *cell)
{
    return strcmp(cell->kind, "floor") == 0;
}

static void close_block(block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        eb_job_free(b->entries[i].job);
        eb_floor_free(b->entries[i].floor);
        eb_side_free(b->entries[i].side);
    }
    for (size_t i = 0; i < BLOCK_CELLS_MAX; i++)
        free(b->pads[i]);
    *b = (block){0};
}

static bool open_side(const worker *w, block *b, uint32_t index)
{
    const rp_cell *cell = &w->doc->cells[index];
    const eb_side *side;
    eb_side_row row;
    char why[256] = "this program does not have it";
    entry *e = &b->entries[b->count];
    *e = (entry){.index = index};
    if (eb_side_find(cell, &side, &row))
        e->side = eb_side_make(side, &row, w->options->seed, why, sizeof why);
    if (e->side == NULL)
        return fails(cell->id, why);
    b->cells[b->count] = eb_side_hot(e->side, cell->id);
    b->indices[b->count++] = index;
    return true;
}

/* An operation that calls no primitive has no floor: its cell stays without samples. Anything else that fails stops the
   run. */
static bool open_entry(const worker *w, block *b, uint32_t index)
{
    const rp_cell *cell = &w->doc->cells[index];
    const eb_operation *op;
    eb_pair_spec spec;
    char why[256] = "";
    if (!eb_plan_resolve(cell, &op, &spec, why, sizeof why))
        return fails(cell->id, why);
    const size_t size = cell->key.size > 0 ? (size_t)cell->key.size : 0;
    entry *e = &b->entries[b->count];
    *e = (entry){.index = index};
    if (is_floor(cell)) {
        bool none;
        e->floor = eb_floor_make(op, &spec, size, w->options->seed, &none, why, sizeof why);
        if (e->floor == NULL)
            return none || fails(cell->id, why);
        b->cells[b->count] = eb_floor_cell(e->floor, cell->id);
    } else {
        e->job = eb_job_make(op, &spec, size, w->options->seed, why, sizeof why);
        if (e->job == NULL)
            return fails(cell->id, why);
        b->cells[b->count] = eb_job_cell(e->job, cell->id);
    }
    b->indices[b->count++] = index;
    return true;
}

/* The block's cells in a fresh order; strings of a document are unique, so ids compare as pointers. False if there are too
   many. */
static bool cells_of(const worker *w, const char *id, hn_rng *rng, uint32_t cells[BLOCK_CELLS_MAX], size_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < w->doc->cell_count; i++)
        if (w->doc->cells[i].block == id) {
            if (*count == BLOCK_CELLS_MAX)
                return fails(id, "a block of too many cells");
            cells[(*count)++] = i;
        }
    hn_shuffle(rng, cells, *count);
    return true;
}

/* A floor's percentiles are nobody's question; what runs once has none, nor has the loop, which is timed in slices only. */
static bool has_latency(const rp_cell *cell)
{
    return !is_floor(cell) && !cell->single && strcmp(cell->id, EB_OWN_COST_LOOP) != 0;
}

/* Opens all cells of one block. Where their buffers lie to each other differs from process to process, since an interval
   over processes cannot hold what is the same in all: the order differs, and so does the room between them (an allocator
   hands out the same offsets in a page every time). */
static bool open_block(const worker *w, block *b, const char *id)
{
    uint32_t cells[BLOCK_CELLS_MAX];
    size_t count;
    hn_rng rng;
    hn_rng_seed(&rng, (w->options->seed + 1 + w->options->process) ^ (uint64_t)getpid() ^ hn_now_ns());
    *b = (block){0};
    if (!cells_of(w, id, &rng, cells, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (w->options->latency && !has_latency(&w->doc->cells[cells[i]]))
            continue;
        b->pads[i] = malloc(16 + (size_t)hn_rng_below(&rng, 4096));
        if (!(eb_side_cell(&w->doc->cells[cells[i]]) ? open_side(w, b, cells[i]) : open_entry(w, b, cells[i]))) {
            close_block(b);
            return false;
        }
    }
    return true;
}

/* ---- facts ---- */

/* One warm operation (its rounds are over), outside of the clock: what it allocates, and what the library draws. */
static void count_heap(const hn_cell *c, const eb_backend *backend, rp_facts *facts)
{
    hn_alloc heap;
    const bool draws = backend != NULL && backend->drawn != NULL;
    if (c->prepare != NULL && c->prepare(c->ctx, 1) != 0)
        return;
    const uint64_t before = draws ? backend->drawn() : 0;
    const bool counts = hn_alloc_start(&heap) == HN_OK;
    const int failed = c->op(c->ctx);
    const bool counted = counts && hn_alloc_stop(&heap) == HN_OK;
    if (draws && failed == 0)
        facts->drawn_bytes = (int64_t)(backend->drawn() - before);
    if (!counted || failed != 0)
        return;
    facts->heap_ours_calls = (int64_t)heap.ours.calls;
    facts->heap_ours_bytes = (int64_t)heap.ours.bytes;
    facts->heap_library_calls = (int64_t)heap.library.calls;
    facts->heap_library_bytes = (int64_t)heap.library.bytes;
    facts->heap_peak_bytes = (int64_t)heap.peak_bytes;
}

static void count_stack(const hn_cell *c, rp_facts *facts)
{
    size_t bytes = 0;
    if ((c->prepare == NULL || c->prepare(c->ctx, 1) == 0) && hn_stack_depth(c->op, c->ctx, &bytes) == HN_OK)
        facts->stack_bytes = (int64_t)bytes;
}

static void count_code(const rp_key *key, rp_facts *facts)
{
    const size_t bytes = eb_code_bytes(key->transport, key->escrow);
    if (bytes > 0)
        facts->code_bytes = (int64_t)bytes;
}

/* What an agent's secret grows by when `count` epochs of a user are forgotten, one after the other; -1: they cannot be. */
static int64_t forgotten(const eb_fixture *f, uint64_t count)
{
    const eb_pair *p = f->pair;
    uint8_t *agent = p->spec.escrow->puncture != NULL ? malloc(eb_agent_len(p)) : NULL;
    int64_t added = -1;
    if (agent == NULL)
        return -1;
    memcpy(agent, f->agent_secrets, eb_agent_len(p));
    eb_status s = EB_OK;
    for (uint64_t i = 0; i < count && s == EB_OK; i++)
        s = eb_puncture(p, agent, EB_FIXTURE_USER, EB_FIXTURE_EPOCH + i);
    if (s == EB_OK)
        added = (int64_t)eb_agent_used(p, agent) - (int64_t)eb_agent_used(p, f->agent_secrets);
    eb_wipe(agent, eb_agent_len(p));
    free(agent);
    return added;
}

/* The same pair with one agent more: by how much it differs. */
static void count_growth(const eb_pair *p, rp_facts *f)
{
    eb_pair_spec spec = p->spec;
    eb_pair *more = NULL;
    char why[256];
    if (!spec.escrow->split || spec.agents >= EB_MAX_AGENTS)
        return;
    spec.agents++;
    spec.trace = NULL;
    if (eb_pair_open(&more, &spec, why, sizeof why) != EB_OK)
        return;
    f->agent_public_bytes = (int64_t)more->es.pub - (int64_t)p->es.pub;
    f->agent_capsule_bytes = (int64_t)more->es.capsule - (int64_t)p->es.capsule;
    eb_pair_close(more);
}

/* What is kept, and by whom. */
static void count_state(const eb_fixture *fixture, rp_facts *f)
{
    enum { EPOCHS = 32 };
    const eb_pair *p = fixture->pair;
    f->device_bytes = (int64_t)p->ts.sk;
    f->session_bytes = p->spec.transport->stateful ? (int64_t)p->ts.session : 0;
    if (p->spec.escrow->kind == EB_KIND_NONE)
        return;
    if (p->spec.escrow->kind != EB_KIND_STORAGE) /* whose service keeps one key, and publishes nothing */
        f->public_bytes = (int64_t)p->es.pub;
    f->stored_agent_bytes = (int64_t)eb_agent_used(p, fixture->agent_secrets);
    f->stored_user_bytes = p->spec.escrow->kind == EB_KIND_DEPOSIT ? (int64_t)p->es.capsule : 0;
    f->partial_bytes = (int64_t)eb_partial_len(p);
    f->epoch_bytes = forgotten(fixture, 1);
    f->epochs_bytes = forgotten(fixture, EPOCHS);
    count_growth(p, f);
}

static void gather_facts(const entry *e, const hn_cell *c, rp_cell *cell)
{
    const eb_job_bytes bytes = eb_job_message(e->job);
    const eb_pair *p = eb_job_fixture(e->job)->pair;
    rp_facts *f = &cell->facts;
    if (cell->key.size >= 0) {
        f->wire_bytes = (int64_t)bytes.wire;
        f->header_bytes = (int64_t)bytes.header;
        f->capsule_bytes = (int64_t)bytes.capsule;
    }
    f->coin_bytes = (int64_t)eb_job_coin_bytes(e->job);
    count_state(eb_job_fixture(e->job), f);
    if (eb_job_trials(e->job) > 0) {
        f->trials = (int64_t)eb_job_trials(e->job);
        const uint64_t tries = eb_job_tries(e->job);
        if (tries > 0)
            f->tries = (int64_t)tries;
    }
    const eb_operation *op = eb_operation_find(cell->key.op);
    if (op != NULL && op->many > 0)
        f->messages = op->many;
    if (strcmp(cell->key.op, "access") == 0 || f->messages > 0)
        f->network_rounds = 1; /* one order to the agents, one answer from each */
    count_heap(c, p->spec.backend, f);
    count_stack(c, f);
    count_code(&cell->key, f);
}

static void gather_side_facts(const hn_cell *c, rp_cell *cell)
{
    count_heap(c, NULL, &cell->facts);
    count_stack(c, &cell->facts);
}

/* Facts are the same in every process: the first gathers them. What ran once only is noted by whichever saw it. Exit code,
   or 0. */
static int journal_facts(worker *w, const block *b, const hn_block_result *result)
{
    rp_error err;
    for (size_t i = 0; i < b->count; i++) {
        rp_cell *cell = &w->doc->cells[b->indices[i]];
        if (w->options->process != 0 && !result->plans[i].single)
            continue;
        if (b->entries[i].job != NULL && w->options->process == 0)
            gather_facts(&b->entries[i], &b->cells[i], cell);
        if (b->entries[i].side != NULL && w->options->process == 0)
            gather_side_facts(&b->cells[i], cell);
        if (!rp_journal_cell(w->journal, w->doc, b->indices[i], &err))
            return unwritten(&err);
    }
    return 0;
}

/* ---- blocks ---- */

static uint64_t seconds(double s)
{
    return (uint64_t)(s * 1e9);
}

static bool is_full(const worker *w)
{
    return strcmp(w->doc->suite, "quick") != 0;
}

/* Above what an operation runs once in a process, in a block of so many cells. */
static uint64_t single_over(const worker *w, uint64_t budget_ns, size_t cells)
{
    const uint64_t twice = cells > 0 ? 2 * (budget_ns / cells) : 0,
                   least = twice > SINGLE_OVER_NS ? twice : SINGLE_OVER_NS;
    return is_full(w) ? least : UINT64_MAX;
}

static hn_block_options block_options(const worker *w, uint64_t budget_ns, size_t cells, uint64_t seed)
{
    hn_block_options o;
    hn_block_options_init(&o);
    o.slice_ns = seconds(w->options->slice);
    o.budget_ns = budget_ns;
    o.min_rounds = 3;
    if (w->options->min_time > 0) {
        const double rounds = ceil(w->options->min_time / w->options->slice);
        o.budget_ns = UINT64_MAX / 4;
        o.min_rounds = rounds < 5 ? 5 : rounds > o.max_rounds ? o.max_rounds : (uint32_t)rounds;
        o.full_slices = true;
        o.max_rounds = o.min_rounds; /* longer slices where the rounds alone would not do */
        if (rounds > o.min_rounds)
            o.slice_ns = seconds(w->options->min_time / o.min_rounds);
    } else {
        o.single_warm_over_ns = single_over(w, budget_ns, cells);
    }
    o.seed = seed;
    o.origin_ns = w->started_ns;
    o.counters = w->counters;
    o.stop = &eb_stop_flag;
    return o;
}

static int journal_block(worker *w, const char *id, const block *b, const hn_block_result *result, uint64_t seed,
                         uint64_t elapsed_ns)
{
    rp_error err;
    rp_block *out = rp_add_result(w->doc, id, w->options->process, result, b->indices);
    out->elapsed_ns = elapsed_ns;
    out->cpu = w->cpu;
    out->pid = (int64_t)getpid();
    out->seed = seed;
    out->start_ns = w->started_ns - w->options->origin;
    const bool ok = rp_journal_block(w->journal, w->doc, out, &err);
    rp_drop_blocks(w->doc);
    return ok ? 0 : unwritten(&err);
}

/* One block: inputs, facts, rounds. Exit code, or 0. */
static int measure(worker *w, const char *id, uint64_t deadline_share, uint64_t seed)
{
    block *b = malloc(sizeof *b);
    const uint64_t begin = hn_now_ns();
    hn_block_result result = {0};
    if (b == NULL || !open_block(w, b, id)) {
        free(b);
        return 1;
    }
    const uint64_t spent = hn_now_ns() - begin;
    const hn_block_options o = block_options(w, deadline_share > spent ? deadline_share - spent : 0, b->count, seed);
    hn_status s = hn_block_run(b->cells, b->count, &o, &result);
    int code = s == HN_OK ? 0 : s == HN_STOPPED ? EB_WORKER_STOPPED : 1;
    if (code == 1)
        fails(result.failed_cell >= 0 ? w->doc->cells[b->indices[result.failed_cell]].id : id,
              result.failed_cell >= 0 ? eb_status_name((eb_status)result.op_error) : hn_status_text(s));
    for (size_t i = 0; code == 0 && i < b->count; i++)
        w->doc->cells[b->indices[i]].single |= result.plans[i].single;
    if (code == 0)
        code = journal_facts(w, b, &result);
    if (code == 0)
        code = journal_block(w, id, b, &result, seed, hn_now_ns() - begin);
    hn_block_result_free(&result);
    close_block(b);
    free(b);
    return code;
}

/* ---- percentiles ---- */

/* The separate pass: every cell of a block in turn, single operations between clock readings. */
static int take_percentiles(worker *w, const char *id, uint64_t share)
{
    block *b = malloc(sizeof *b);
    rp_error err;
    int code = b != NULL && open_block(w, b, id) ? 0 : 1;
    for (size_t i = 0; code == 0 && i < b->count; i++) {
        hn_latency latency;
        hn_latency_options o;
        hn_latency_options_init(&o);
        o.budget_ns = share / b->count;
        o.stop = &eb_stop_flag;
        const hn_status s = hn_latency_run(&b->cells[i], &o, &latency);
        rp_cell *cell = &w->doc->cells[b->indices[i]];
        if (s == HN_STOPPED)
            code = EB_WORKER_STOPPED;
        else if (s != HN_OK)
            code = fails(cell->id, hn_status_text(s)) ? 0 : 1;
        else {
            rp_latency_from(&cell->latency, &latency);
            if (!rp_journal_cell(w->journal, w->doc, b->indices[i], &err))
                code = unwritten(&err);
        }
    }
    if (b != NULL)
        close_block(b);
    free(b);
    return code;
}

/* ---- the whole ---- */

/* The blocks' ids, shuffled: which runs first differs from process to process. Caller frees. */
static const char **block_order(const rp_document *doc, uint64_t seed, size_t *count)
{
    const char **found = calloc(doc->cell_count + 1, sizeof *found), **ids = calloc(doc->cell_count + 1, sizeof *ids);
    uint32_t *order = calloc(doc->cell_count + 1, sizeof *order);
    hn_rng rng;
    *count = 0;
    for (size_t i = 0; found != NULL && order != NULL && i < doc->cell_count; i++) {
        size_t k = 0;
        while (k < *count && found[k] != doc->cells[i].block)
            k++;
        if (k == *count) {
            order[*count] = (uint32_t)*count;
            found[(*count)++] = doc->cells[i].block;
        }
    }
    hn_rng_seed(&rng, seed);
    hn_shuffle(&rng, order, *count);
    for (size_t i = 0; ids != NULL && i < *count; i++)
        ids[i] = found[order[i]];
    free(order);
    free(found);
    return ids;
}

/* Of the order of a process's blocks. */
static uint64_t process_seed(uint64_t seed, unsigned process)
{
    return seed + 1 + process;
}

/* Of the order of cells in the rounds of a process's i-th block. */
static uint64_t block_seed(uint64_t of_process, size_t i)
{
    return of_process ^ ((uint64_t)i << 32);
}

bool eb_worker_made(const rp_document *doc, unsigned processes)
{
    bool made = true;
    for (unsigned k = 0; made && k < processes; k++) {
        size_t count = 0;
        const char **ids = block_order(doc, process_seed(doc->seed, k), &count);
        for (size_t i = 0; ids != NULL && i < count; i++) {
            const rp_block *b = rp_find_block(doc, ids[i], k);
            made = made && (b == NULL || b->seed == block_seed(process_seed(doc->seed, k), i));
        }
        made = made && ids != NULL;
        free(ids);
    }
    for (size_t i = 0; made && i < doc->block_count; i++)
        made = doc->blocks[i].process < processes;
    return made;
}

/* Percentiles: a block is done when all its cells have theirs. */
static bool has_percentiles(const rp_document *doc, const char *id)
{
    for (size_t i = 0; i < doc->cell_count; i++)
        if (doc->cells[i].block == id && has_latency(&doc->cells[i]) && doc->cells[i].latency.samples == 0)
            return false;
    return true;
}

/* Is the block left to other processes? */
static bool is_left_out(const worker *w, const char *id, uint64_t cap_ns)
{
    const unsigned processes = w->options->processes;
    if (w->options->latency || w->options->min_time > 0 || w->options->process >= processes)
        return false;
    for (size_t i = 0; i < w->cost_count; i++)
        if (w->costs[i].id == id)
            return !eb_cost_falls_to(w->options->process, eb_cost_processes(w->costs[i].ns, cap_ns, processes),
                                     processes, i);
    return false;
}

static bool is_done(const worker *w, const char *id)
{
    if (w->options->latency)
        return has_percentiles(w->doc, id);
    for (size_t i = 0; i < w->done_count; i++)
        if (w->done[i] == id)
            return true;
    return false;
}

/* What the journal holds of this process, and what process 0 took for each block, before the blocks themselves are let go. */
static bool note_done(worker *w)
{
    w->done = calloc(w->doc->block_count + 1, sizeof *w->done);
    w->costs = calloc(w->doc->block_count + 1, sizeof *w->costs);
    for (size_t i = 0; w->done != NULL && w->costs != NULL && i < w->doc->block_count; i++) {
        const rp_block *b = &w->doc->blocks[i];
        if (b->process == w->options->process)
            w->done[w->done_count++] = b->id;
        if (b->process == 0)
            w->costs[w->cost_count++] = (eb_cost){.id = b->id, .ns = b->elapsed_ns};
    }
    rp_drop_blocks(w->doc);
    return w->done != NULL && w->costs != NULL;
}

/* The harness's own cost is short and the same in every run: it must not halve the time of a run of one block. */
static uint64_t own_share(const char *id, uint64_t fair, uint64_t budget)
{
    const uint64_t least = budget / OWN_COST_PART;
    return strcmp(id, EB_OWN_COST_BLOCK) == 0 && least < fair ? least : fair;
}

static int run_blocks(worker *w)
{
    const uint64_t seed = process_seed(w->options->seed, w->options->process);
    size_t count = 0, pending = 0;
    const char **ids = block_order(w->doc, seed, &count);
    int code = 0;
    if (ids == NULL)
        return 1;
    const uint64_t cap = eb_cost_cap(w->costs, w->cost_count, seconds(w->options->budget), CHEAP_NS);
    for (size_t i = 0; i < count; i++)
        pending += !is_done(w, ids[i]) && !is_left_out(w, ids[i], cap);
    /* A resumed process has its budget for the blocks that are left, as they would have had it. */
    const uint64_t budget = seconds(w->options->budget * (double)pending / (double)(count > 0 ? count : 1));
    const uint64_t end = w->started_ns + budget;
    for (size_t i = 0; i < count && code == 0; i++) {
        if (is_done(w, ids[i]) || is_left_out(w, ids[i], cap))
            continue;
        const uint64_t now = hn_now_ns();
        const uint64_t fair = end > now && pending > 0 ? (end - now) / pending : 0,
                       share = own_share(ids[i], fair, budget); /* what is saved goes to those that follow */
        pending--;
        code =
            w->options->latency ? take_percentiles(w, ids[i], share) : measure(w, ids[i], share, block_seed(seed, i));
        if (code == 0) {
            printf("block %zu %zu\n", i + 1, count);
            (void)fflush(stdout);
        }
    }
    free(ids);
    return code;
}

int eb_worker_run(const eb_worker_options *options)
{
    worker w = {.options = options, .started_ns = hn_now_ns()};
    rp_error err;
    hn_affinity pin;
    if (options->protocol != EB_WORKER_PROTOCOL) {
        fprintf(stderr, "escrowbench worker: protocol %u is asked for, this program speaks %d\n", options->protocol,
                (int)EB_WORKER_PROTOCOL);
        return 1;
    }
    hn_affinity_pin(options->cpu == EB_WORKER_ANY_CPU ? -1 : (int)options->cpu, &pin);
    w.cpu = pin.pinned ? pin.cpu : -1;
    eb_stop_on_signals();
    w.doc = rp_journal_read(options->journal, NULL, &err);
    w.journal = w.doc != NULL ? rp_journal_open(options->journal, &err) : NULL;
    int code = 1;
    if (w.journal == NULL) {
        fails(options->journal, err.text);
    } else if (note_done(&w)) {
        w.counters = hn_counters_open(NULL);
        code = run_blocks(&w);
        hn_counters_close(w.counters);
    }
    rp_journal_close(w.journal);
    free(w.done);
    free(w.costs);
    rp_document_free(w.doc);
    return code;
}
