/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, tick counter, hardware counters, affinity: what a machine offers is probed, so most checks are of sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/counters.h"

static void test_clock(void **state)
{
    hn_clock_cost cost;
    uint64_t last = hn_now_ns();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const uint64_t now = hn_now_ns();
        assert_true(now >= last);
        last = now;
    }
    hn_clock_measure(&cost);
    assert_true(cost.pair_ns > 0 && cost.pair_ns < 1e6);
    assert_true(cost.resolution_ns >= 1 && cost.resolution_ns < 1e8);
}

static void test_ticks(void **state)
{
    const double hz = hn_ticks_hz(10000000);

    (void)state;
    if (strcmp(hn_ticks_name(), "none") == 0) {
        assert_true(hn_ticks() == 0);
        assert_true(hz <= 0);
        return;
    }
    assert_true(hz > 1e6 && hz < 1e11);
    /* 20 ms by the ticks must be about 20 ms by the clock. */
    const uint64_t ticks = hn_ticks();
    const uint64_t began = hn_now_ns();
    while (hn_now_ns() - began < 20000000) {
    }
    const double seconds = (double)(hn_ticks() - ticks) / hz;
    assert_true(seconds > 0.019 && seconds < 1.0);
}

static void test_counters(void **state)
{
    const char *why = NULL;
    hn_counters *counters = hn_counters_open(&why);

    (void)state;
    assert_non_null(why);
    if (counters == NULL) {
        assert_string_equal(hn_counters_name(counters), "none");
        assert_true(strlen(why) > 0);
        assert_true(hn_counters_read(counters).cycles == 0);
    } else {
        assert_string_equal(hn_counters_name(counters), "perf");
        assert_string_equal(why, "");
    }
    hn_counters_close(counters);
    hn_counters_close(hn_counters_open(NULL));
}

/* Last: the process stays pinned. */
static void test_affinity(void **state)
{
    const int cpu = hn_affinity_pick();
    hn_affinity got;

    (void)state;
    assert_false(hn_affinity_pin(1000000, &got)); /* beyond any mask */
    assert_int_not_equal(got.error, 0);
    if (!hn_affinity_pin(-1, &got)) {
        skip(); /* a sandbox forbids it */
    }
    assert_int_equal(got.cpu, cpu);
    assert_true(got.allowed >= 1);
    assert_int_equal(got.error, 0);
    assert_int_equal(hn_affinity_pick(), cpu);
    assert_int_equal(hn_affinity_allowed(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_affinity),
    };
    return cmocka_run_group_tests_name("harness_clock", tests, NULL, NULL);
}
