/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed against random: verdicts on made-up times, which no machine disturbs, and the measurement itself. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/clock.h"
#include "harness/leakage.h"
#include "harness/rng.h"
#include "tests/support.h"

enum { SAMPLES = 2000, CLASSES = 2, LEAST = 1000 };

typedef struct series {
    double times[HN_LEAKAGE_BLOCKS][CLASSES][SAMPLES];
} series;

/* About normal: the sum of twelve uniform numbers. */
static double normal(hn_rng *rng)
{
    double sum = -6;

    for (int i = 0; i < 12; i++) {
        sum += (double)(hn_rng_next(rng) >> 11) / (double)(UINT64_C(1) << 53);
    }
    return sum;
}

/* Times of 1,000 ticks, give or take 20, every twentieth disturbed by up to 20,000. */
static void fill(series *s, hn_rng *rng)
{
    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        for (int c = 0; c < CLASSES; c++) {
            for (int i = 0; i < SAMPLES; i++) {
                s->times[b][c][i] = 1000 + 20 * normal(rng);
                if (hn_rng_below(rng, 20) == 0) {
                    s->times[b][c][i] += (double)hn_rng_below(rng, 20000);
                }
            }
        }
    }
}

static hn_leakage judge(const series *s, size_t count)
{
    hn_leakage_block blocks[HN_LEAKAGE_BLOCKS];
    hn_leakage out;

    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        blocks[b] = (hn_leakage_block){{s->times[b][0], s->times[b][1]}, {count, count}};
    }
    assert_true(hn_leakage_judge(blocks, LEAST, &out));
    return out;
}

static series *made(uint64_t seed, hn_rng *rng)
{
    series *s = malloc(sizeof *s);

    assert_non_null(s);
    hn_rng_seed(rng, seed);
    fill(s, rng);
    return s;
}

static void test_welch(void **state)
{
    const double a[] = {1, 2, 3, 4}, b[] = {2, 4, 6, 8, 10}, same[] = {3, 3, 3}, other[] = {4, 4, 4};
    (void)state;

    /* means 2.5 and 6, variances 5/3 and 10 */
    assert_true(fabs(hn_welch(a, 4, b, 5) - 3.5 / sqrt(5.0 / 3 / 4 + 10.0 / 5)) < 1e-12);
    assert_true(fabs(hn_welch(a, 4, b, 5) + hn_welch(b, 5, a, 4)) < 1e-12);
    assert_true(hn_welch(a, 4, b, 1) == 0);
    assert_true(hn_welch(same, 3, same, 3) == 0);
    assert_true(isinf(hn_welch(same, 3, other, 3)));
}

static void test_equal_is_not_accused(void **state)
{
    int accused = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 100; seed++) {
        hn_rng rng;
        series *s = made(seed, &rng);
        const hn_leakage out = judge(s, SAMPLES);
        assert_int_equal(out.samples, SAMPLES);
        assert_true(out.limit > 0 && out.limit < 20);
        accused += out.verdict != HN_LEAKAGE_NONE;
        free(s);
    }
    assert_int_equal(accused, 0);
}

/* A tenth of the spread, under disturbances that hide it in the mean. */
static void test_shift_is_found(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        hn_rng rng;
        series *s = made(seed, &rng);
        for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
            for (int i = 0; i < SAMPLES; i++) {
                s->times[b][1][i] += 6;
            }
        }
        const hn_leakage out = judge(s, SAMPLES);
        assert_int_equal(out.verdict, HN_LEAKAGE_FOUND);
        assert_true(out.t > HN_LEAKAGE_T && out.crop < 1);
        assert_true(out.order == 1 && out.difference > 2 && out.difference < 10);
        free(s);
    }
}

/* The same mean, another spread: only the second order sees it, or a percentile. */
static void test_spread_is_found(void **state)
{
    hn_rng rng;
    series *s = made(7, &rng);
    (void)state;

    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        for (int i = 0; i < SAMPLES; i++) {
            s->times[b][1][i] = 1000 + 2 * (s->times[b][1][i] - 1000);
        }
    }
    assert_int_equal(judge(s, SAMPLES).verdict, HN_LEAKAGE_FOUND);
    free(s);
}

/* What does not repeat is the machine's: a difference in one block, or one that changes sides. */
static void test_disturbance_is_not_accused(void **state)
{
    hn_rng rng;
    series *s = made(8, &rng);
    (void)state;

    for (int i = 0; i < SAMPLES; i++) {
        s->times[1][1][i] += 100;
    }
    assert_int_equal(judge(s, SAMPLES).verdict, HN_LEAKAGE_NONE);
    for (int i = 0; i < SAMPLES; i++) {
        s->times[0][0][i] += 100;
        s->times[2][0][i] += 100;
    }
    assert_int_equal(judge(s, SAMPLES).verdict, HN_LEAKAGE_NONE);
    free(s);
    /* And what both classes share: a slower machine from the second block on. */
    s = made(9, &rng);
    for (int c = 0; c < CLASSES; c++) {
        for (int i = 0; i < SAMPLES; i++) {
            s->times[1][c][i] *= 1.5;
            s->times[2][c][i] *= 2;
        }
    }
    assert_int_equal(judge(s, SAMPLES).verdict, HN_LEAKAGE_NONE);
    free(s);
}

static void test_too_few(void **state)
{
    hn_rng rng;
    series *s = made(10, &rng);
    (void)state;

    for (int b = 0; b < HN_LEAKAGE_BLOCKS; b++) {
        for (int i = 0; i < SAMPLES; i++) {
            s->times[b][1][i] += 500;
        }
    }
    assert_int_equal(judge(s, LEAST - 1).verdict, HN_LEAKAGE_TOO_FEW);
    assert_int_equal(judge(s, LEAST).verdict, HN_LEAKAGE_FOUND);
    assert_int_equal(judge(s, 0).verdict, HN_LEAKAGE_TOO_FEW);
    free(s);
}

/* ---- measured ---- */

typedef struct work {
    size_t input, calls[4];
    int fail;
} work;

static int place(void *ctx, size_t input)
{
    work *w = ctx;

    w->input = input;
    w->calls[input]++;
    return 0;
}

/* Random inputs take three times as long. */
static int leak(void *ctx)
{
    const work *w = ctx;

    for (volatile int i = 0; i < (w->input < 2 ? 200 : 600); i++) {
    }
    return w->fail;
}

/* Without a clock that waits for what is before it, nothing is judged, and that is said. */
static void skip_without_clock(const hn_suspect *suspect, const hn_leakage_options *options)
{
    hn_leakage out;
    if (hn_ticks_fenced() != 0) {
        return;
    }
    assert_int_equal(hn_leakage_run(suspect, options, &out), HN_ERR_UNAVAILABLE);
    assert_int_equal(out.verdict, HN_LEAKAGE_TOO_FEW);
    skip();
}

static void test_measured(void **state)
{
    work w = {0};
    hn_leakage out;
    hn_leakage_options options;
    const hn_suspect suspect = {.fixed = 2, .inputs = 4, .place = place, .op = leak, .ctx = &w};
    (void)state;

    hn_leakage_options_init(&options);
    skip_without_clock(&suspect, &options);
    options.most = options.least;
    options.budget_ns = 10000000000;
    assert_int_equal(hn_leakage_run(&suspect, &options, &out), HN_OK);
    assert_int_equal(out.verdict, HN_LEAKAGE_FOUND);
    assert_int_equal(out.samples, options.least);
    /* each input as often as the others */
    for (int i = 1; i < 4; i++) {
        assert_true(w.calls[i] + 1 >= w.calls[0] && w.calls[i] <= w.calls[0] + 1);
    }
    options.budget_ns = 1;
    assert_int_equal(hn_leakage_run(&suspect, &options, &out), HN_OK);
    assert_int_equal(out.verdict, HN_LEAKAGE_TOO_FEW);
}

static void test_failures(void **state)
{
    work w = {.fail = 5};
    hn_leakage out;
    hn_leakage_options options;
    volatile sig_atomic_t stop = 1;
    hn_suspect suspect = {.fixed = 2, .inputs = 4, .place = place, .op = leak, .ctx = &w};
    (void)state;

    hn_leakage_options_init(&options);
    skip_without_clock(&suspect, &options);
    assert_int_equal(hn_leakage_run(&suspect, &options, &out), HN_ERR_OP);
    assert_int_equal(out.op_error, 5);
    w.fail = 0;
    options.stop = &stop;
    assert_int_equal(hn_leakage_run(&suspect, &options, &out), HN_STOPPED);
    suspect.fixed = 4;
    assert_int_equal(hn_leakage_run(&suspect, &options, &out), HN_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_welch),          cmocka_unit_test(test_equal_is_not_accused),
        cmocka_unit_test(test_shift_is_found), cmocka_unit_test(test_spread_is_found),
        cmocka_unit_test(test_too_few),        cmocka_unit_test(test_disturbance_is_not_accused),
        cmocka_unit_test(test_measured),       cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
