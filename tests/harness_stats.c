/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics: known answers, refusals, and the coverage that the interval promises, by simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/rng.h"
#include "harness/stats.h"

static void equal(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted)));
}

static void test_sort(void **state)
{
    double x[] = {3, -1, 2, 2, 1e300, -1e300, 0};

    (void)state;
    hn_sort(x, 7);
    for (int i = 1; i < 7; i++) {
        assert_true(x[i - 1] <= x[i]);
    }
    hn_sort(x, 0);
    hn_sort(NULL, 0);
}

static void test_median(void **state)
{
    const double odd[] = {9, 1, 5};
    const double even[] = {4, 1, 3, 2};
    const double huge[] = {1.7e308, 1.7e308};
    double scratch[4];

    (void)state;
    equal(hn_median(odd, 3, NULL), 5);
    equal(hn_median(even, 4, scratch), 2.5);
    equal(hn_median(odd, 1, scratch), 9);
    equal(odd[0], 9); /* samples stay as they are */
    assert_true(isfinite(hn_median(huge, 2, NULL)));
    assert_true(isnan(hn_median(odd, 0, NULL)));
    assert_true(isnan(hn_median_sorted(NULL, 0)));
}

static void test_mad(void **state)
{
    const double x[] = {1, 1, 2, 2, 4, 6, 9};
    double scratch[7];

    (void)state;
    equal(hn_mad(x, 7, NULL), 1);
    equal(hn_mad(x, 7, scratch), 1);
    equal(hn_mad(x, 1, NULL), 0);
    assert_true(isnan(hn_mad(x, 0, NULL)));
}

static void test_percentile_support(void **state)
{
    static const struct {
        double p;
        size_t needs;
    } rule[] = {{0.5, 20}, {0.9, 100}, {0.1, 100}, {0.99, 1000}, {0.01, 1000}, {0.999, 10000}, {0.9999, 100000}};

    (void)state;
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++) {
        assert_true(hn_percentile_supported(rule[i].needs, rule[i].p));
        assert_false(hn_percentile_supported(rule[i].needs - 1, rule[i].p));
    }
    assert_false(hn_percentile_supported(1000000, 0));
    assert_false(hn_percentile_supported(1000000, 1));
    assert_false(hn_percentile_supported(1000000, -0.5));
    assert_false(hn_percentile_supported(1000000, (double)NAN));
    assert_false(hn_percentile_supported(0, 0.5));
}

static void test_percentile_rank(void **state)
{
    enum { N = 10000 };
    static double x[N];
    double out = -1;

    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = i + 1; /* the value is its own rank */
    }
    assert_true(hn_percentile_sorted(x, N, 0.5, &out));
    equal(out, 5000);
    assert_true(hn_percentile_sorted(x, N, 0.999, &out));
    equal(out, 9990);
    assert_true(hn_percentile_sorted(x, 1000, 0.99, &out));
    equal(out, 990);
    assert_true(hn_percentile_sorted(x, 101, 0.9, &out)); /* 90.9: the next rank */
    equal(out, 91);
    assert_true(hn_percentile_sorted(x, 200, 0.07, &out)); /* 14.000000000000002 in doubles, yet rank 14 */
    equal(out, 14);
    out = -1;
    assert_false(hn_percentile_sorted(x, 999, 0.99, &out));
    equal(out, -1);
}

/* Ranks and confidences from tables of the sign test. */
static void test_interval_known(void **state)
{
    static const struct {
        size_t n, low;
        double coverage;
    } known[] = {{6, 1, 0.96875},      {7, 1, 0.984375},        {8, 1, 0.9921875}, {9, 2, 0.9609375},
                 {10, 2, 0.978515625}, {12, 3, 0.961425781250}, {20, 6, 0.9586105}};
    double x[20];
    hn_interval interval;

    (void)state;
    for (int i = 0; i < 20; i++) {
        x[i] = i + 1;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(hn_median_interval_sorted(x, known[i].n, &interval));
        assert_int_equal(interval.low_rank, known[i].low);
        assert_int_equal(interval.high_rank, known[i].n + 1 - known[i].low);
        equal(interval.low, (double)interval.low_rank);
        equal(interval.high, (double)interval.high_rank);
        assert_true(fabs(interval.coverage - known[i].coverage) < 1e-6);
    }
    for (size_t n = 0; n < 6; n++) {
        assert_false(hn_median_interval_sorted(x, n, &interval));
        assert_int_equal(interval.low_rank, 0);
        equal(interval.coverage, 0);
    }
}

/* 2^-n underflows from 1,075 samples on: the interval must still be there, and near n/2 -+ 0.98 sqrt(n). */
static void test_interval_large(void **state)
{
    enum { N = 100000 };
    static double x[N];
    hn_interval interval;

    (void)state;
    for (int i = 0; i < N; i++) {
        x[i] = i + 1;
    }
    assert_true(hn_median_interval_sorted(x, N, &interval));
    assert_true(interval.coverage >= 0.95 && interval.coverage < 0.952);
    assert_true(fabs((double)interval.low_rank - (N / 2.0 - 0.98 * sqrt(N))) < 3);
}

static double uniform(hn_rng *rng)
{
    return ((double)(hn_rng_next(rng) >> 11) + 0.5) * 0x1p-53;
}

/* Share of intervals that hold the true median; a sample is -log(u), skewed as times are, with median log 2. */
static double simulated_coverage(size_t n, int runs, hn_rng *rng, double *promised)
{
    double x[64];
    hn_interval interval;
    int held = 0;

    for (int run = 0; run < runs; run++) {
        for (size_t i = 0; i < n; i++) {
            x[i] = -log(uniform(rng));
        }
        hn_sort(x, n);
        assert_true(hn_median_interval_sorted(x, n, &interval));
        held += interval.low <= log(2) && log(2) <= interval.high;
    }
    *promised = interval.coverage;
    return (double)held / runs;
}

static void test_interval_coverage(void **state)
{
    static const size_t sizes[] = {6, 9, 12, 25, 50};
    enum { RUNS = 20000 };
    hn_rng rng;

    (void)state;
    hn_rng_seed(&rng, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double promised = 0;
        const double got = simulated_coverage(sizes[i], RUNS, &rng, &promised);
        assert_true(promised >= 0.95);
        /* Four standard deviations, and the seed is fixed. */
        assert_true(fabs(got - promised) < 4 * sqrt(promised * (1 - promised) / RUNS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_mad),
        cmocka_unit_test(test_percentile_support),
        cmocka_unit_test(test_percentile_rank),
        cmocka_unit_test(test_interval_known),
        cmocka_unit_test(test_interval_large),
        cmocka_unit_test(test_interval_coverage),
    };
    return cmocka_run_group_tests_name("harness_stats", tests, NULL, NULL);
}
