/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RING = 4,
    COINS_JOB = 100, /* streams of coins from here on are the job's */
    MAX_PREPARED_BYTES = 4 << 20
};

struct eb_job {
    const eb_operation *op;
    eb_fixture fx;
    size_t size;
    unsigned next;      /* position in the ring, or in what was prepared */
    uint8_t *plaintext; /* size bytes */
    uint8_t *coins;     /* RING times coin_len */
    size_t coin_len;
    uint8_t *wires; /* RING, or prepared, times wire_cap */
    size_t wire_cap, wire_count;
    size_t wire_len; /* all messages of a job are of one length */
    eb_message messages[RING];
    uint8_t *partials; /* RING times threshold times eb_partial_len */
    eb_bytes *partial_ranges;
    eb_buf out;    /* the operation's output */
    uint8_t *out2; /* set-up: agents' secrets; else spare */
};

static size_t threshold(const eb_job *j)
{
    return j->fx.pair->spec.threshold;
}

static unsigned turn(eb_job *j)
{
    const unsigned i = j->next;
    j->next = (i + 1) % RING;
    return i;
}

static const uint8_t *coins_at(const eb_job *j, unsigned i)
{
    return j->coins + i * j->coin_len;
}

static eb_buf wire_at(const eb_job *j, size_t i)
{
    return (eb_buf){.ptr = j->wires + i * j->wire_cap, .cap = j->wire_cap};
}

static eb_bytes wire_view(const eb_job *j, size_t i)
{
    return eb_range(j->wires + i * j->wire_cap, j->wire_len);
}

static bool stateful(const eb_job *j)
{
    return j->fx.pair->spec.transport->stateful;
}

/* ---- making inputs ---- */

static bool seal_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = wire_at(j, slot);
    if (eb_seal(j->fx.sender, &w, coins_at(j, coins), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    j->wire_len = w.len;
    return true;
}

/* A session's first message, which sets both sides up. */
static bool first_message(eb_job *j)
{
    if (!seal_into(j, 0, 0))
        return false;
    return eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, 0)) == EB_OK;
}

static bool ready_seal(eb_job *j)
{
    return !stateful(j) || first_message(j);
}

/* Messages for a ring: each is its session's first. */
static bool ready_messages(eb_job *j)
{
    for (unsigned i = 0; i < RING; i++) {
        eb_link_set_seq(j->fx.sender, 0);
        if (!seal_into(j, i, i) || eb_message_parse(j->fx.pair, &j->messages[i], 0, wire_view(j, i)) != EB_OK)
            return false;
    }
    return true;
}

static bool ready_open(eb_job *j)
{
    return stateful(j) ? first_message(j) : ready_messages(j);
}

static bool ready_partials(eb_job *j)
{
    const size_t len = eb_partial_len(j->fx.pair), t = threshold(j);
    if (!ready_messages(j))
        return false;
    for (unsigned i = 0; i < RING; i++)
        for (size_t a = 0; a < t; a++) {
            uint8_t *p = j->partials + (i * t + a) * len;
            j->partial_ranges[i * t + a] = eb_range(p, len);
            if (eb_partial(j->fx.pair, j->fx.agents[a], eb_authority_link(j->fx.authority), &j->messages[i], p,
                           coins_at(j, i)) != EB_OK)
                return false;
        }
    return true;
}

/* ---- operations ---- */

static int run_setup(void *ctx)
{
    eb_job *j = ctx;
    return eb_setup(j->fx.pair, j->out.ptr, j->out2, coins_at(j, turn(j)));
}

static int run_keygen(void *ctx)
{
    eb_job *j = ctx;
    return eb_keygen(j->fx.pair, j->out.ptr, j->out2, coins_at(j, turn(j)));
}

static int run_seal(void *ctx)
{
    eb_job *j = ctx;
    return eb_seal(j->fx.sender, &j->out, coins_at(j, turn(j)), (eb_bytes){0}, eb_range(j->plaintext, j->size));
}

static int run_open(void *ctx)
{
    eb_job *j = ctx;
    const size_t i = j->next;
    j->next = (unsigned)((i + 1) % j->wire_count);
    return eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, i));
}

static int run_check(void *ctx)
{
    eb_job *j = ctx;
    return eb_check(j->fx.recipient, wire_view(j, turn(j)));
}

static int run_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_partial(j->fx.pair, j->fx.agents[0], eb_authority_link(j->fx.authority), &j->messages[i], j->out.ptr,
                      coins_at(j, i));
}

static int run_verify(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_verify(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges[i * threshold(j)]);
}

static int run_combine(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = threshold(j);
    return eb_combine(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges + i * t, t, NULL, j->out2);
}

/* One message from the order to the plaintext, all on one CPU: t partials one after the other, combine, body. */
static int run_access(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = threshold(j), len = eb_partial_len(j->fx.pair);
    const eb_message *m = &j->messages[i];
    for (size_t a = 0; a < t; a++) {
        eb_status s = eb_partial(j->fx.pair, j->fx.agents[a], eb_authority_link(j->fx.authority), m,
                                 j->partials + (i * t + a) * len, coins_at(j, i));
        if (s != EB_OK)
            return s;
    }
    eb_status s = eb_combine(j->fx.pair, j->fx.authority, m, j->partial_ranges + i * t, t, NULL, j->out2);
    return s == EB_OK ? eb_recover(j->fx.pair, j->out2, m, (eb_bytes){0}, &j->out) : s;
}

/* ---- coins that one operation takes ---- */

static size_t setup_coins(const eb_pair *p)
{
    return p->es.setup_coins;
}

static size_t keygen_coins(const eb_pair *p)
{
    return p->ts.keygen_coins;
}

static size_t seal_coins(const eb_pair *p)
{
    return p->ts.coins;
}

static size_t partial_coins(const eb_pair *p)
{
    return p->es.partial_coins;
}

static size_t access_coins(const eb_pair *p)
{
    return p->spec.threshold * p->es.partial_coins;
}

static bool stands_alone(const eb_pair_spec *spec)
{
    return !spec->transport->stateful; /* later messages of a session carry no capsule */
}

static bool can_verify(const eb_pair_spec *spec)
{
    return spec->escrow->verify != NULL && stands_alone(spec);
}

static const eb_operation operations[] = {
    {.id = "seal",
     .phase = "traffic",
     .payer = "sender",
     .every_size = true,
     .about = "encrypt one message; under escrow its capsule too",
     .sized = true,
     .compares = true,
     .quick = true,
     .ready = ready_seal,
     .coins = seal_coins,
     .run = run_seal},
    {.id = "open",
     .phase = "traffic",
     .payer = "recipient",
     .every_size = true,
     .about = "decrypt one message; under escrow its capsule is authenticated, not checked",
     .sized = true,
     .compares = true,
     .quick = true,
     .ready = ready_open,
     .run = run_open},
    {.id = "check",
     .phase = "traffic",
     .payer = "recipient",
     .about = "make the capsule again from the message secret and compare",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_check},
    {.id = "partial",
     .phase = "access",
     .payer = "agent",
     .about = "one agent's answer to an order for one message",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .coins = partial_coins,
     .run = run_partial},
    {.id = "verify",
     .phase = "access",
     .payer = "investigator",
     .about = "is one agent's answer honest?",
     .sized = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = ready_partials,
     .run = run_verify},
    {.id = "combine",
     .phase = "access",
     .payer = "investigator",
     .about = "t answers, each verified where that is possible, to the message secret",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_partials,
     .run = run_combine},
    {.id = "access",
     .phase = "access",
     .payer = "investigator",
     .about = "one message from the order to the plaintext: t partials in turn, verify, combine, decrypt; no network",
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .applies = stands_alone,
     .ready = ready_partials,
     .coins = access_coins,
     .run = run_access},
    {.id = "setup",
     .phase = "set-up",
     .payer = "authority",
     .about = "escrow key, split among the agents",
     .with_escrow = true,
     .quick = true,
     .coins = setup_coins,
     .run = run_setup},
    {.id = "keygen",
     .phase = "enrolment",
     .payer = "user",
     .about = "long-term keys of one device",
     .without_only = true,
     .coins = keygen_coins,
     .run = run_keygen},
};

const eb_operation *eb_operation_at(size_t i)
{
    return i < sizeof operations / sizeof operations[0] ? &operations[i] : NULL;
}

const eb_operation *eb_operation_find(const char *id)
{
    const eb_operation *op;
    for (size_t i = 0; (op = eb_operation_at(i)) != NULL; i++)
        if (strcmp(op->id, id) == 0)
            return op;
    return NULL;
}

bool eb_operation_applies(const eb_operation *op, const eb_pair_spec *spec)
{
    const bool escrowed = spec->escrow->kind != EB_KIND_NONE;
    if ((op->with_escrow && !escrowed) || (op->without_only && escrowed))
        return false;
    return op->applies == NULL || op->applies(spec);
}

/* ---- life ---- */

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Buffers large enough for every operation, so that none allocates. */
static bool allocate(eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    const size_t t = threshold(j) > 0 ? threshold(j) : 1, n = p->spec.agents;
    j->coin_len = max_size(max_size(p->es.setup_coins, p->ts.keygen_coins), max_size(p->ts.coins, p->es.partial_coins));
    j->wire_cap = eb_wire_max(p, j->size);
    j->wire_count = RING;
    if (stateful(j) && j->op->run == run_open)
        j->wire_count = max_size(RING, MAX_PREPARED_BYTES / j->wire_cap);
    j->out.cap = max_size(max_size(j->wire_cap, p->es.pub), max_size(p->ts.sk, eb_partial_len(p)));
    j->plaintext = malloc(j->size + 1);
    j->coins = malloc(RING * j->coin_len + 1);
    j->wires = malloc(j->wire_count * j->wire_cap + 1);
    j->partials = malloc(RING * t * eb_partial_len(p));
    j->partial_ranges = calloc(RING * t, sizeof *j->partial_ranges);
    j->out.ptr = malloc(j->out.cap + 1);
    j->out2 = malloc(max_size(max_size(n * eb_agent_len(p), p->ts.pk), EB_MAX_SECRET));
    return j->plaintext != NULL && j->coins != NULL && j->wires != NULL && j->partials != NULL &&
           j->partial_ranges != NULL && j->out.ptr != NULL && j->out2 != NULL;
}

eb_job *eb_job_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, char *why,
                    size_t why_len)
{
    eb_job *j = calloc(1, sizeof *j);
    if (j == NULL)
        return NULL;
    j->op = op;
    j->size = op->sized ? size : 0;
    if (eb_fixture_make(&j->fx, spec, seed, why, why_len) != EB_OK) {
        free(j);
        return NULL;
    }
    bool ok = allocate(j);
    if (!ok)
        snprintf(why, why_len, "out of memory");
    if (ok) {
        eb_bench_coins(j->plaintext, j->size, seed, COINS_JOB);
        eb_bench_coins(j->coins, RING * j->coin_len, seed, COINS_JOB + 1);
        ok = op->ready == NULL || op->ready(j);
        if (!ok)
            snprintf(why, why_len, "the inputs of %s cannot be made", op->id);
    }
    if (!ok) {
        eb_job_free(j);
        return NULL;
    }
    j->next = 0;
    return j;
}

void eb_job_free(eb_job *j)
{
    if (j == NULL)
        return;
    eb_fixture_free(&j->fx);
    free(j->plaintext);
    free(j->coins);
    free(j->wires);
    free(j->partials);
    free(j->partial_ranges);
    free(j->out.ptr);
    free(j->out2);
    free(j);
}

/* n messages that the recipient has not seen, from where the session stands. */
static int prepare_open(void *ctx, uint64_t n)
{
    eb_job *j = ctx;
    eb_link_set_seq(j->fx.recipient, eb_link_seq(j->fx.sender));
    for (uint64_t i = 0; i < n; i++)
        if (!seal_into(j, (size_t)i, (unsigned)(i % RING)))
            return EB_ERR_BACKEND;
    j->next = 0;
    return 0;
}

hn_cell eb_job_cell(eb_job *j, const char *name)
{
    hn_cell c = {.name = name, .op = j->op->run, .ctx = j};
    if (stateful(j) && j->op->run == run_open) {
        c.prepare = prepare_open;
        c.max_prepare = j->wire_count;
    }
    return c;
}

const eb_fixture *eb_job_fixture(const eb_job *j)
{
    return &j->fx;
}

size_t eb_job_coin_bytes(const eb_job *j)
{
    return j->op->coins != NULL ? j->op->coins(j->fx.pair) : 0;
}

eb_job_bytes eb_job_message(const eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    if (!j->op->sized)
        return (eb_job_bytes){0};
    const bool first = !stateful(j);
    return (eb_job_bytes){
        .wire = (first ? p->ts.header_max + p->es.capsule : 0) + j->size + p->ts.body_overhead,
        .header = first ? p->ts.header_max : 0,
        .capsule = first ? p->es.capsule : 0,
    };
}

/* ---- the floor ---- */

struct eb_floor_job {
    const eb_floor *floor;
    void *state;
    eb_trace trace;
};

static int run_floor(void *ctx)
{
    const eb_floor_job *f = ctx;
    return f->floor->run(f->state);
}

/* One operation, warm, with the recorder on. */
static bool record(eb_floor_job *f, eb_job *j)
{
    hn_cell c = eb_job_cell(j, "");
    for (int warm = 1; warm >= 0; warm--) {
        if (c.prepare != NULL && c.prepare(c.ctx, 1) != 0)
            return false;
        f->trace.n = 0;
        f->trace.on = warm == 0;
        const int failed = c.op(c.ctx);
        f->trace.on = false;
        if (failed != 0)
            return false;
    }
    return !f->trace.full && f->trace.n > 0;
}

eb_floor_job *eb_floor_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, char *why,
                            size_t why_len)
{
    eb_floor_job *f = calloc(1, sizeof *f);
    if (f == NULL) {
        snprintf(why, why_len, "out of memory");
        return NULL;
    }
    eb_pair_spec traced = *spec;
    traced.trace = &f->trace;
    eb_job *j = eb_job_make(op, &traced, size, seed, why, why_len);
    if (j != NULL) {
        f->floor = spec->backend->floor;
        if (!record(f, j))
            snprintf(why, why_len, "its calls cannot be recorded");
        else if (f->floor->prepare(&f->state, f->trace.steps, f->trace.n) != EB_OK)
            snprintf(why, why_len, "its calls cannot be replayed");
        eb_job_free(j);
    }
    if (f->state == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

void eb_floor_free(eb_floor_job *f)
{
    if (f == NULL)
        return;
    f->floor->release(f->state);
    free(f);
}

hn_cell eb_floor_cell(eb_floor_job *f, const char *name)
{
    return (hn_cell){.name = name, .op = run_floor, .ctx = f};
}

const eb_step *eb_floor_steps(const eb_floor_job *f, size_t *count)
{
    *count = f->trace.n;
    return f->trace.steps;
}
