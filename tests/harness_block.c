/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's wrapper and the scheduler, with operations of known length and planted failures. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/block.h"
#include "harness/clock.h"
#include "harness/gbench.h"
#include "harness/stats.h"

/* An operation that counts its calls, can take time, and can fail. */
typedef struct work {
    uint64_t ns;       /* busy for so long */
    uint64_t first_ns; /* and for so much longer at the first call */
    uint64_t calls;
    uint64_t fail_at; /* the call that fails; 0: none */
    uint64_t ready;   /* operations that prepare() has readied and that are not used up */
    uint64_t prepared_most;
    uint64_t unprepared; /* calls without readiness */
    int prepare_error;
    volatile sig_atomic_t *raise; /* set at call raise_at */
    uint64_t raise_at;
} work;

static int op(void *ctx)
{
    work *w = ctx;

    w->calls++;
    const uint64_t busy = w->ns + (w->calls == 1 ? w->first_ns : 0);
    if (busy > 0) {
        const uint64_t began = hn_now_ns();
        while (hn_now_ns() - began < busy) {
        }
    }
    if (w->raise != NULL && w->calls == w->raise_at) {
        *w->raise = 1;
    }
    return w->fail_at != 0 && w->calls == w->fail_at ? 77 : 0;
}

static int stateful_op(void *ctx)
{
    work *w = ctx;

    if (w->ready == 0) {
        w->unprepared++;
    } else {
        w->ready--;
    }
    return op(ctx);
}

static int prepare(void *ctx, uint64_t n)
{
    work *w = ctx;

    w->ready = n;
    w->prepared_most = n > w->prepared_most ? n : w->prepared_most;
    return w->prepare_error;
}

static hn_block_options quick(void)
{
    hn_block_options o;

    hn_block_options_init(&o);
    o.budget_ns = 50000000;
    o.slice_ns = 200000;
    o.seed = 5;
    o.origin_ns = hn_now_ns();
    return o;
}

static void test_slice(void **state)
{
    work w = {.ns = 1000};
    hn_slice s;

    (void)state;
    assert_int_equal(hn_gbench_slice("slice", op, &w, 100, NULL, &s), HN_OK);
    assert_int_equal(s.iterations, 100);
    assert_int_equal(w.calls, 100);
    assert_true(s.ns >= 100 * 1000);
    assert_int_equal(s.op_error, 0);
    assert_true((s.ticks > 0) == (strcmp(hn_ticks_name(), "none") != 0));
    assert_int_equal(hn_gbench_slice(NULL, op, &w, 1, NULL, &s), HN_OK); /* a slice may hold a single operation */
    assert_int_equal(w.calls, 101);
}

static void test_slice_errors(void **state)
{
    work w = {.fail_at = 3};
    hn_slice s;

    (void)state;
    assert_int_equal(hn_gbench_slice("fails", op, &w, 10, NULL, &s), HN_ERR_OP);
    assert_int_equal(s.op_error, 77);
    assert_int_equal(w.calls, 3);
    assert_true(s.ns <= 0);
    assert_int_equal(hn_gbench_slice("invalid", op, &w, 0, NULL, &s), HN_ERR_INVALID);
    assert_int_equal(hn_gbench_slice("invalid", NULL, &w, 1, NULL, &s), HN_ERR_INVALID);
    assert_int_equal(hn_gbench_slice("good again", op, &w, 10, NULL, &s), HN_OK);
    assert_int_equal(w.calls, 13);
}

static void test_engine_facts(void **state)
{
    double inside = -1;
    double around = -1;

    (void)state;
    assert_int_equal(hn_gbench_overhead(51, &inside, &around), HN_OK);
    assert_true(inside >= 0 && inside < 1e6);
    assert_true(around > 0 && around < 1e8);
    assert_int_equal(hn_gbench_overhead(0, &inside, &around), HN_ERR_INVALID);
    assert_non_null(hn_gbench_version());
    (void)hn_gbench_debug_build();
}

static void test_rounds(void **state)
{
    enum { CELLS = 4 };
    work w[CELLS] = {{.ns = 0}, {.ns = 2000}, {.ns = 20000}, {.ns = 300000}};
    hn_cell cells[CELLS];
    hn_block_options o = quick();
    hn_block_result r;
    uint64_t last = 0;
    bool order_differs = false;

    (void)state;
    for (int i = 0; i < CELLS; i++) {
        cells[i] = (hn_cell){.name = "cell", .op = op, .ctx = &w[i]};
    }
    assert_int_equal(hn_block_run(cells, CELLS, &o, &r), HN_OK);
    assert_true(r.rounds >= o.min_rounds && r.rounds <= o.max_rounds);
    assert_int_equal(r.sample_count, (size_t)r.rounds * CELLS);
    assert_int_equal(r.failed_cell, -1);
    for (size_t i = 0; i < r.sample_count; i++) {
        const hn_sample *s = &r.samples[i];
        assert_int_equal(s->round, i / CELLS);
        assert_int_equal(s->order, i % CELLS);
        assert_int_equal(s->iterations, r.plans[s->cell].iterations);
        assert_true(s->start_ns >= last);
        last = s->start_ns;
        order_differs |= s->cell != r.samples[i % CELLS].cell;
    }
    /* each cell once in each round */
    for (size_t i = 0; i < r.sample_count; i += CELLS) {
        unsigned seen = 0;
        for (size_t k = 0; k < CELLS; k++) {
            seen |= 1u << r.samples[i + k].cell;
        }
        assert_int_equal(seen, (1u << CELLS) - 1);
    }
    assert_true(order_differs);
    assert_true(r.plans[3].iterations == 1);
    assert_true(r.plans[0].iterations > r.plans[1].iterations && r.plans[1].iterations > r.plans[2].iterations);
    hn_block_result_free(&r);
    assert_null(r.samples);
    hn_block_result_free(&r);
}

/* The budget holds once the minimum is done; before, the minimum does. */
static void test_budget(void **state)
{
    work w = {.ns = 1000000};
    const hn_cell cell = {.name = "slow", .op = op, .ctx = &w};
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    o.budget_ns = 40000000;
    assert_int_equal(hn_block_run(&cell, 1, &o, &r), HN_OK);
    assert_in_range(r.rounds, o.min_rounds, 40); /* how many fit is the machine's affair; no more than 40 ms hold */
    hn_block_result_free(&r);
    o.budget_ns = 1;
    o.min_rounds = 7;
    assert_int_equal(hn_block_run(&cell, 1, &o, &r), HN_OK);
    assert_int_equal(r.rounds, 7);
    hn_block_result_free(&r);
    o.budget_ns = 1000000000;
    o.max_rounds = 9;
    assert_int_equal(hn_block_run(&cell, 1, &o, &r), HN_OK);
    assert_int_equal(r.rounds, 9);
    hn_block_result_free(&r);
}

static void orders(uint64_t seed, uint16_t *out, size_t n)
{
    work w[3] = {{0}, {0}, {0}};
    hn_cell cells[3];
    hn_block_options o = quick();
    hn_block_result r;

    for (int i = 0; i < 3; i++) {
        cells[i] = (hn_cell){.name = "cell", .op = op, .ctx = &w[i]};
    }
    o.slice_ns = 10000;
    o.seed = seed;
    o.min_rounds = o.max_rounds = 20;
    assert_int_equal(hn_block_run(cells, 3, &o, &r), HN_OK);
    assert_true(r.sample_count >= n);
    for (size_t i = 0; i < n; i++) {
        out[i] = r.samples[i].cell;
    }
    hn_block_result_free(&r);
}

static void test_seed(void **state)
{
    uint16_t a[60];
    uint16_t b[60];
    uint16_t c[60];

    (void)state;
    orders(1, a, 60);
    orders(1, b, 60);
    orders(2, c, 60);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
}

static void test_prepare(void **state)
{
    work free_state = {.ns = 1000};
    work capped = {.ns = 1000};
    const hn_cell cells[] = {
        {.name = "state", .op = stateful_op, .ctx = &free_state, .prepare = prepare},
        {.name = "capped", .op = stateful_op, .ctx = &capped, .prepare = prepare, .max_prepare = 10},
    };
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_OK);
    assert_int_equal(free_state.unprepared, 0);
    assert_int_equal(capped.unprepared, 0);
    assert_int_equal(capped.prepared_most, 10);
    assert_int_equal(r.plans[1].iterations, 10);
    assert_true(r.plans[1].capped);
    assert_false(r.plans[0].capped);
    hn_block_result_free(&r);

    capped.prepare_error = -9;
    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_ERR_PREPARE);
    assert_int_equal(r.failed_cell, 1);
    assert_int_equal(r.op_error, -9);
    assert_int_equal(r.sample_count, 0);
    hn_block_result_free(&r);
}

static void test_failing_cell(void **state)
{
    static const uint64_t when[] = {1, 2, 200}; /* cold, warming, in a round */

    (void)state;
    for (size_t i = 0; i < sizeof when / sizeof *when; i++) {
        work good = {.ns = 20000};
        work bad = {.ns = 20000, .fail_at = when[i]};
        const hn_cell cells[] = {{.name = "good", .op = op, .ctx = &good}, {.name = "bad", .op = op, .ctx = &bad}};
        hn_block_options o = quick();
        hn_block_result r;
        o.min_rounds = 300; /* so that the 200th call comes, however slow the machine */
        assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_ERR_OP);
        assert_int_equal(r.failed_cell, 1);
        assert_int_equal(r.op_error, 77);
        assert_int_equal(bad.calls, when[i]);
        assert_int_equal(r.sample_count, 0);
        hn_block_result_free(&r);
    }
}

/* A limit that looks at two calls: one that was slow once, cold or as something else had the CPU, is not slow. */
static void test_single_warm(void **state)
{
    work slow = {.ns = 20000000};
    work cold = {.ns = 1000, .first_ns = 20000000};
    const hn_cell cells[] = {{.name = "cold", .op = op, .ctx = &cold}, {.name = "slow", .op = op, .ctx = &slow}};
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    o.single_warm_over_ns = 10000000;
    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_OK);
    assert_true(r.plans[1].single);
    assert_false(r.plans[0].single);
    assert_int_equal(slow.calls, 2);
    assert_int_equal(r.samples[0].cell, 1);
    assert_int_equal(r.sample_count, r.rounds + 1);
    hn_block_result_free(&r);
}

static void test_single(void **state)
{
    work slow = {.ns = 20000000};
    work fast = {.ns = 1000};
    const hn_cell cells[] = {{.name = "fast", .op = op, .ctx = &fast}, {.name = "slow", .op = op, .ctx = &slow}};
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    o.single_run_over_ns = 10000000;
    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_OK);
    assert_true(r.plans[1].single);
    assert_false(r.plans[0].single);
    assert_int_equal(slow.calls, 1);
    assert_int_equal(r.samples[0].cell, 1);
    assert_int_equal(r.samples[0].round, 0);
    assert_int_equal(r.samples[0].order, 0);
    assert_int_equal(r.samples[1].cell, 0);
    assert_int_equal(r.samples[1].order, 1);
    assert_int_equal(r.sample_count, r.rounds + 1);
    hn_block_result_free(&r);

    slow.calls = 0;
    assert_int_equal(hn_block_run(&cells[1], 1, &o, &r), HN_OK);
    assert_int_equal(slow.calls, 1);
    assert_int_equal(r.rounds, 1);
    assert_int_equal(r.sample_count, 1);
    hn_block_result_free(&r);
}

static void test_stop(void **state)
{
    volatile sig_atomic_t stop = 0;
    work a = {.ns = 1000000, .raise = &stop, .raise_at = 7};
    work b = {.ns = 1000000};
    const hn_cell cells[] = {{.name = "a", .op = op, .ctx = &a}, {.name = "b", .op = op, .ctx = &b}};
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    o.stop = &stop;
    o.budget_ns = 1000000000;
    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_STOPPED);
    assert_true(r.rounds >= 4 && r.rounds <= 5); /* two warm-ups, then the fifth round, finished or not */
    assert_int_equal(r.sample_count, (size_t)r.rounds * 2);
    hn_block_result_free(&r);

    assert_int_equal(hn_block_run(cells, 2, &o, &r), HN_STOPPED); /* raised from the start */
    assert_int_equal(r.sample_count, 0);
    assert_int_equal(a.calls, 7);
    hn_block_result_free(&r);
}

static void test_invalid(void **state)
{
    work w = {0};
    const hn_cell cell = {.name = "cell", .op = op, .ctx = &w};
    const hn_cell no_op = {.name = "none", .ctx = &w};
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    assert_int_equal(hn_block_run(NULL, 1, &o, &r), HN_ERR_INVALID);
    assert_int_equal(hn_block_run(&cell, 0, &o, &r), HN_ERR_INVALID);
    assert_int_equal(hn_block_run(&cell, 65536, &o, &r), HN_ERR_INVALID);
    assert_int_equal(hn_block_run(&no_op, 1, &o, &r), HN_ERR_INVALID);
    assert_int_equal(hn_block_run(&cell, 1, NULL, &r), HN_ERR_INVALID);
    o.min_rounds = 0;
    assert_int_equal(hn_block_run(&cell, 1, &o, &r), HN_ERR_INVALID);
    o = quick();
    o.max_rounds = o.min_rounds - 1;
    assert_int_equal(hn_block_run(&cell, 1, &o, &r), HN_ERR_INVALID);
    hn_block_result_free(&r);
    assert_int_equal(w.calls, 0);
}

/* Two cells of the same work, and one with a planted slowdown of 20 %: pairs within a round tell them apart. */
static double median_ratio(const hn_block_result *r, uint16_t cell, uint16_t base)
{
    double *ratios = calloc(r->rounds, sizeof *ratios);
    double *times = calloc((size_t)r->rounds * 3, sizeof *times);

    assert_non_null(ratios);
    assert_non_null(times);
    for (size_t i = 0; i < r->sample_count; i++) {
        const hn_sample *s = &r->samples[i];
        times[s->round * 3 + s->cell] = s->ns / (double)s->iterations;
    }
    for (uint32_t i = 0; i < r->rounds; i++) {
        ratios[i] = times[i * 3 + cell] / times[i * 3 + base];
    }
    const double ratio = hn_median(ratios, r->rounds, NULL);
    free(ratios);
    free(times);
    return ratio;
}

static void test_pairs_tell_a_slowdown(void **state)
{
    work w[3] = {{.ns = 50000}, {.ns = 50000}, {.ns = 60000}};
    hn_cell cells[3];
    hn_block_options o = quick();
    hn_block_result r;

    (void)state;
    for (int i = 0; i < 3; i++) {
        cells[i] = (hn_cell){.name = "cell", .op = op, .ctx = &w[i]};
    }
    o.budget_ns = 100000000;
    assert_int_equal(hn_block_run(cells, 3, &o, &r), HN_OK);
    assert_true(median_ratio(&r, 2, 0) > median_ratio(&r, 1, 0)); /* by how much is for the campaigns to say */
    hn_block_result_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice),
        cmocka_unit_test(test_slice_errors),
        cmocka_unit_test(test_engine_facts),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_failing_cell),
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_single_warm),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_pairs_tell_a_slowdown),
    };
    return cmocka_run_group_tests_name("harness_block", tests, NULL, NULL);
}
