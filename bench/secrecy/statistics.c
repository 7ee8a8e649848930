/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/secrecy/statistics.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/jobs.h"
#include "bench/plan.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/leakage.h"
#include "harness/region.h"
#include "harness/stats.h"

enum {
    RANDOM = 32,    /* inputs of the random class */
    ENOUGH = 8,     /* of these, where making them is slow */
    FIXED_SEED = 1, /* as the gate of memcheck has it */
    CAPACITY = 256 << 20,
    REASON = 160,
    BUSY = 20,   /* so much longer may it take on a busy machine, */
    LATE_S = 120 /* and this on top */
};

/* What a cell's process says. */
typedef struct answer {
    hn_leakage leakage;
    char why[REASON]; /* not "": not testable */
} answer;

/* ---- times that vary with the secrets, and may ---- */

typedef struct known {
    const char *op, *transport, *escrow, *backend; /* NULL: any */
    const char *reason;
} known;

/* What memcheck leaves out as public (eb_public) this test cannot leave out, as it sees times only; and searches. */
static const known public_values[] = {
    {.op = "start", .reason = "the signature of a bundle is verified: public keys, a public message"},
    {.op = "access", .escrow = "partial", .reason = "a search takes as long as what it finds is far"},
    {.op = "combine", .escrow = "partial", .reason = "a search takes as long as what it finds is far"},
    {.op = "rewrap", .escrow = "partial", .reason = "a search takes as long as what it finds is far"},
    {.op = "forge", .reason = "a search takes as long as what it finds is far"},
    {.op = "keygen-rsa", .reason = "primes are searched for, in what the library draws"},
    {0},
};

/* Decoding an RSA key leaves texts of errors behind in OpenSSL, which outlive the memory of their input. */
#define KEEPS "OpenSSL keeps memory from one input to the next: they cannot be brought into one place"
static const known unplaced[] = {
    {.transport = "cms", .backend = "openssl", .reason = KEEPS},
    {.transport = "imessage-2015", .backend = "openssl", .reason = KEEPS},
    {.transport = "imessage-2016", .backend = "openssl", .reason = KEEPS},
    {0},
};

static const char *find_reason(const known *list, const rp_key *key)
{
    for (const known *k = list; k->reason != NULL; k++)
        if ((k->op == NULL || strcmp(k->op, key->op) == 0) &&
            (k->transport == NULL || strcmp(k->transport, key->transport) == 0) &&
            (k->escrow == NULL || strcmp(k->escrow, key->escrow) == 0) &&
            (k->backend == NULL || strcmp(k->backend, key->backend) == 0))
            return k->reason;
    return NULL;
}

/* ---- one cell, in a process of its own ---- */

/* The cell, made from a seed. Everything it allocates is dropped with the process or the region. */
static bool make(const rp_cell *cell, uint64_t seed, hn_cell *out, char why[REASON])
{
    const eb_operation *op;
    eb_pair_spec spec;
    const eb_side *side;
    eb_side_row row;
    if (eb_side_cell(cell)) {
        eb_side_job *job = eb_side_find(cell, &side, &row) ? eb_side_make(side, &row, seed, why, REASON) : NULL;
        if (job != NULL)
            *out = eb_side_hot(job, cell->id);
        return job != NULL;
    }
    if (!eb_plan_resolve(cell, &op, &spec, why, REASON))
        return false;
    eb_job *job = eb_job_make(op, &spec, cell->key.size > 0 ? (size_t)cell->key.size : 0, seed, why, REASON);
    if (job != NULL)
        *out = eb_job_cell(job, cell->id);
    return job != NULL;
}

static bool prepare(const hn_cell *c)
{
    return c->prepare == NULL || c->prepare(c->ctx, 1) == 0;
}

/* Ready for an operation, after one. */
static bool make_ready(const rp_cell *cell, uint64_t seed, hn_cell *out, char why[REASON])
{
    if (!make(cell, seed, out, why))
        return false;
    if (prepare(out) && out->op(out->ctx) == 0 && prepare(out))
        return true;
    snprintf(why, REASON, "the operation fails");
    return false;
}

typedef struct bench {
    const rp_cell *cell;
    hn_region *region;
    hn_cell made[1 + RANDOM]; /* the fixed one first */
    size_t count;
    bool inside; /* allocations come from the region */
} bench;

static bool add(bench *b, uint64_t seed, uint64_t *layout, char why[REASON])
{
    hn_region_clear(b->region);
    if (!make_ready(b->cell, seed, &b->made[b->count], why))
        return false;
    *layout = hn_region_layout(b->region) ^ (uintptr_t)b->made[b->count].ctx;
    if (hn_region_save(b->region, b->count) == HN_OK && !hn_region_full(b->region))
        return true;
    snprintf(why, REASON, "its inputs do not fit into the memory that is set aside");
    return false;
}

/* Random inputs are those that lie as the fixed one does: where they lay otherwise would be a difference of its own. */
static bool add_all(bench *b, uint64_t until_ns, char why[REASON])
{
    uint64_t fixed = 0, layout = 0;
    if (!add(b, FIXED_SEED, &fixed, why))
        return false;
    b->count = 1;
    for (uint64_t tries = 1; b->count < 1 + RANDOM && tries <= (uint64_t)4 * RANDOM; tries++) {
        if (!add(b, FIXED_SEED + tries, &layout, why))
            return false;
        b->count += layout == fixed;
        if (b->count > ENOUGH && hn_cpu_ns() > until_ns)
            break;
    }
    if (b->count > ENOUGH)
        return true;
    snprintf(why, REASON, "its memory lies another way for each secret");
    return false;
}

/* What runs change, found by running each once. */
static bool learn(bench *b, char why[REASON])
{
    for (size_t i = 0; i < b->count; i++) {
        hn_region_put_back(b->region, i);
        if (b->made[i].op(b->made[i].ctx) != 0) {
            snprintf(why, REASON, "the operation fails when it is run again");
            return false;
        }
        hn_region_learn(b->region, i);
    }
    return true;
}

/* The fixed input comes as often as all random ones together. What the measurement itself allocates lies elsewhere: the region is
   entered with the first input. */
static int place(void *ctx, size_t input)
{
    bench *b = ctx;
    const size_t random = b->count - 1, image = (input + 1 - random) & (0 - (size_t)(input >= random));
    if (!b->inside && hn_region_enter(b->region) != HN_OK)
        return EB_ERR_BACKEND;
    b->inside = true;
    hn_region_put_back(b->region, image);
    return 0;
}

static int run(void *ctx)
{
    const bench *b = ctx;
    return b->made[0].op(b->made[0].ctx);
}

static void measure(bench *b, const eb_statistics *o, answer *a)
{
    hn_leakage_options options;
    const hn_suspect suspect = {
        .fixed = b->count - 1, .inputs = 2 * (b->count - 1), .place = place, .op = run, .ctx = b};
    hn_leakage_options_init(&options);
    options.budget_ns = (uint64_t)(o->seconds * 1e9);
    options.seed = o->seed;
    const hn_status s = hn_leakage_run(&suspect, &options, &a->leakage);
    if (s != HN_OK)
        snprintf(a->why, REASON, "%s", hn_status_text(s));
    else if (a->leakage.verdict == HN_LEAKAGE_TOO_FEW)
        snprintf(a->why, REASON, "%u measurements of each class in a third of the time are too few for a verdict",
                 a->leakage.samples);
}

/* Libraries keep some things for the whole process, made at first use: that is over before the region comes. */
static void examine(const rp_cell *cell, const eb_statistics *o, answer *a)
{
    static bench b;
    hn_affinity pinned;
    hn_cell warm;
    const char *reason = find_reason(unplaced, &cell->key);
    (void)hn_affinity_pin(-1, &pinned);
    if (reason != NULL) {
        snprintf(a->why, REASON, "%s", reason);
        return;
    }
    b.cell = cell;
    if (!make_ready(cell, FIXED_SEED, &warm, a->why))
        return;
    if (warm.op(warm.ctx) != 0) {
        snprintf(a->why, REASON, "the operation fails when it is run again");
        return;
    }
    b.region = hn_region_open(CAPACITY, 1 + RANDOM);
    if (b.region == NULL || hn_region_enter(b.region) != HN_OK) {
        snprintf(a->why, REASON, "memory cannot be kept in one place here");
        return;
    }
    const uint64_t until = hn_cpu_ns() + (uint64_t)(o->seconds * 1e9);
    if (!add_all(&b, until, a->why) || !learn(&b, a->why))
        return;
    if (hn_region_settle(b.region, b.count) != HN_OK) {
        snprintf(a->why, REASON, "out of memory");
        return;
    }
    hn_region_leave();
    measure(&b, o, a);
}

/* ---- all cells ---- */

static bool receive(int fd, answer *a)
{
    size_t used = 0;
    ssize_t got = 1;
    while (used < sizeof *a && got != 0) {
        got = read(fd, (char *)a + used, sizeof *a - used);
        if (got > 0)
            used += (size_t)got;
        else if (got < 0 && (errno != EINTR || eb_stop_flag))
            break;
    }
    return used == sizeof *a;
}

static void in_child(int fd, const rp_cell *cell, const eb_statistics *o)
{
    answer a = {0};
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)alarm(BUSY * (unsigned)o->seconds + LATE_S);
    examine(cell, o, &a);
    _exit(write(fd, &a, sizeof a) == (ssize_t)sizeof a ? 0 : 1);
}

static void ask(const rp_cell *cell, const eb_statistics *o, answer *a)
{
    int ends[2], status = 0;
    *a = (answer){0};
    if (pipe(ends) != 0) {
        snprintf(a->why, REASON, "no pipe: %s", strerror(errno));
        return;
    }
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        in_child(ends[1], cell, o);
    }
    close(ends[1]);
    const bool heard = child > 0 && receive(ends[0], a);
    close(ends[0]);
    if (child > 0 && !heard)
        (void)kill(child, SIGKILL);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (heard)
        return;
    *a = (answer){0};
    if (child < 0)
        snprintf(a->why, REASON, "no process: %s", strerror(errno));
    else
        snprintf(a->why, REASON, "its process ended without an answer (wait status %d)", status);
}

static void tell(const eb_statistics *o, const rp_cell *cell, const answer *a, eb_opinion opinion, const char *reason)
{
    const hn_leakage *l = &a->leakage;
    if (o->findings == NULL || opinion == EB_OPINION_PASSED)
        return;
    if (opinion == EB_OPINION_NONE)
        fprintf(o->findings, "%s\n    no statistics: %s\n", cell->id, a->why);
    else
        fprintf(
            o->findings,
            "%s\n    statistics: other times for other secrets: |t| %.1f in each third, order %u, below the %.1f %% "
            "percentile, by %.1f ticks%s%s\n",
            cell->id, l->t, l->order, 100 * l->crop, l->difference, reason != NULL ? "; accepted: " : "",
            reason != NULL ? reason : "");
}

static eb_opinion opinion_of(const rp_cell *cell, const answer *a)
{
    if (a->why[0] != '\0')
        return EB_OPINION_NONE;
    if (a->leakage.verdict != HN_LEAKAGE_FOUND)
        return EB_OPINION_PASSED;
    return find_reason(public_values, &cell->key) != NULL ? EB_OPINION_PUBLIC : EB_OPINION_ACCUSED;
}

/* How fine the test was, over the cells that it judged. */
static void note_limits(rp_document *doc, double *limits, size_t count)
{
    char text[200];
    if (count == 0)
        return;
    hn_sort(limits, count);
    snprintf(
        text, sizeof text,
        "statistics: %zu cells; a difference of the means from %.0f ticks on would have been found (median over cells; "
        "%.0f at the worst)",
        count, hn_median_sorted(limits, count), limits[count - 1]);
    rp_add_finding(doc, text);
}

bool eb_statistics_ask(rp_document *doc, const eb_statistics *options, eb_opinion *opinions)
{
    answer a;
    size_t judged = 0;
    double *limits = calloc(doc->cell_count + 1, sizeof *limits);
    for (size_t i = 0; i < doc->cell_count; i++) {
        const rp_cell *cell = &doc->cells[i];
        opinions[i] = EB_OPINION_NONE;
        if (strcmp(cell->kind, "cell") != 0 && strcmp(cell->kind, "part") != 0)
            continue;
        if (eb_stop_flag)
            break;
        if (options->progress)
            fprintf(stderr, "\rstatistics: %zu of %zu ", i, doc->cell_count);
        ask(cell, options, &a);
        if (a.leakage.verdict == HN_LEAKAGE_FOUND && a.why[0] == '\0') { /* once more, as there are many cells */
            eb_statistics again = *options;
            again.seed++;
            again.seconds *= 2;
            ask(cell, &again, &a);
        }
        opinions[i] = opinion_of(cell, &a);
        if (limits != NULL && opinions[i] != EB_OPINION_NONE)
            limits[judged++] = a.leakage.limit;
        tell(options, cell, &a, opinions[i],
             opinions[i] == EB_OPINION_PUBLIC ? find_reason(public_values, &cell->key) : NULL);
    }
    if (options->progress)
        fprintf(stderr, "\r%40s\r", "");
    note_limits(doc, limits, judged);
    free(limits);
    return !eb_stop_flag;
}
