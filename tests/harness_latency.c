/* SPDX-License-Identifier: Apache-2.0 */
/* The pass for percentiles: batches, support, state, failures. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/clock.h"
#include "harness/latency.h"

typedef struct work {
    uint64_t ns, calls, fail_at, ready, unprepared;
    uint64_t slow_every; /* each so-manieth call takes ten times as long */
    int prepare_error;
} work;

static int op(void *ctx)
{
    work *w = ctx;

    w->calls++;
    const bool slow = w->slow_every != 0 && w->calls % w->slow_every == 0;
    if (w->ns > 0) {
        const uint64_t began = hn_now_ns();
        while (hn_now_ns() - began < w->ns * (slow ? 10 : 1)) {
        }
    }
    return w->fail_at != 0 && w->calls == w->fail_at ? 5 : 0;
}

static int stateful_op(void *ctx)
{
    work *w = ctx;

    w->unprepared += w->ready == 0;
    w->ready -= w->ready > 0;
    return op(ctx);
}

static int prepare(void *ctx, uint64_t n)
{
    work *w = ctx;

    w->ready = n;
    return w->prepare_error;
}

static hn_latency_options quick(void)
{
    hn_latency_options o;

    hn_latency_options_init(&o);
    o.budget_ns = 10000000000; /* the number of samples ends a pass, so that slow machines take as many */
    o.max_samples = 1500;
    return o;
}

/* 2 % of the operations are ten times slower: p90 does not see them, p99 does. */
static void test_single_operations(void **state)
{
    work w = {.ns = 5000, .slow_every = 50};
    const hn_cell cell = {.name = "op", .op = op, .ctx = &w};
    const hn_latency_options o = quick();
    hn_latency l;

    (void)state;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_int_equal(l.batch, 1);
    assert_int_equal(l.samples, 1500);
    assert_true(l.clock_pair_ns > 0);
    assert_true(l.min >= 5000 && l.min <= l.p50 && l.p50 <= l.p90 && l.p90 <= l.p99 && l.p99 <= l.max);
    assert_true(l.p99 >= 50000);
}

static void test_batch(void **state)
{
    work w = {0};
    const hn_cell cell = {.name = "short", .op = op, .ctx = &w};
    hn_latency_options o = quick();
    hn_latency l;

    (void)state;
    o.max_samples = 12000;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_true(l.batch > 1);
    assert_true(l.p50 * (double)l.batch > 500); /* about 2 us a sample */
    assert_int_equal(l.samples, 12000);
    assert_true(l.p999 > 0);
}

static void test_support(void **state)
{
    work w = {.ns = 10000};
    const hn_cell cell = {.name = "op", .op = op, .ctx = &w};
    hn_latency_options o = quick();
    hn_latency l;

    (void)state;
    o.max_samples = 150;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_int_equal(l.samples, 150);
    assert_false(isnan(l.p50) || isnan(l.p90) || isnan(l.max));
    assert_true(isnan(l.p99) && isnan(l.p999));
    o.budget_ns = 0; /* one chunk at least */
    w.ns = 30000000;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_int_equal(l.samples, 1);
    assert_true(isnan(l.p50) && l.max >= 30000000);
}

static void test_state(void **state)
{
    work w = {0};
    hn_cell cell = {.name = "state", .op = stateful_op, .ctx = &w, .prepare = prepare, .max_prepare = 7};
    const hn_latency_options o = quick();
    hn_latency l;

    (void)state;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_int_equal(w.unprepared, 0);
    assert_true(l.batch <= 7);
    cell.max_prepare = 0;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_OK);
    assert_int_equal(w.unprepared, 0);
    w.prepare_error = -3;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_ERR_PREPARE);
    assert_int_equal(l.op_error, -3);
}

static void test_failures(void **state)
{
    static const uint64_t when[] = {1, 2, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof when / sizeof *when; i++) {
        work w = {.ns = 2500, .fail_at = when[i]};
        const hn_cell cell = {.name = "fails", .op = op, .ctx = &w};
        const hn_latency_options o = quick();
        hn_latency l;
        assert_int_equal(hn_latency_run(&cell, &o, &l), HN_ERR_OP);
        assert_int_equal(l.op_error, 5);
        assert_int_equal(l.samples, 0);
        assert_int_equal(w.calls, when[i]);
        assert_true(isnan(l.p50) && isnan(l.max));
    }
}

static void test_stop_and_invalid(void **state)
{
    volatile sig_atomic_t stop = 1;
    work w = {0};
    hn_cell cell = {.name = "op", .op = op, .ctx = &w};
    hn_latency_options o = quick();
    hn_latency l;

    (void)state;
    o.stop = &stop;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_STOPPED);
    assert_int_equal(w.calls, 0);
    o.stop = NULL;
    o.max_samples = 0;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_ERR_INVALID);
    assert_int_equal(hn_latency_run(NULL, &o, &l), HN_ERR_INVALID);
    o = quick();
    cell.op = NULL;
    assert_int_equal(hn_latency_run(&cell, &o, &l), HN_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_operations), cmocka_unit_test(test_batch),
        cmocka_unit_test(test_support),           cmocka_unit_test(test_state),
        cmocka_unit_test(test_failures),          cmocka_unit_test(test_stop_and_invalid),
    };
    return cmocka_run_group_tests_name("harness_latency", tests, NULL, NULL);
}
