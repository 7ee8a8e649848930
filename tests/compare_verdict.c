/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics of compare and ab: against published tables, against counting all cases, and by simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/compare/verdict.h"
#include "harness/rng.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9 * (1.0 + fabs((double)(b))))
#define ABOUT(a, b, by) assert_true(fabs((a) - (b)) < (by))

/* ---- tables ---- */

/* n of x and n of y such that `u` of the n*n pairs have y above x. */
static vd_tails with_u(size_t n, size_t u)
{
    double x[25];
    double y[25];

    for (size_t i = 0; i < n; i++) {
        x[i] = (double)(i + 1);
        y[i] = i < u / n ? 100.0 + (double)i : i == u / n ? (double)(u % n) + 0.5 : -(double)i;
    }
    return vd_rank_sum(x, n, y, n);
}

/* Differences of sizes 1 to n whose positive ones have the ranks' sum w. */
static vd_tails with_w(size_t n, size_t w)
{
    double d[25];

    for (size_t i = n; i > 0; i--) {
        d[i - 1] = w >= i ? (double)i : -(double)i;
        w -= w >= i ? i : 0;
    }
    assert_int_equal(w, 0);
    return vd_signed_rank(d, n);
}

typedef struct critical {
    size_t n, at05, at01;
} critical;

/* Largest statistic that is significant in a two-sided test (as printed in most textbooks). */
static void assert_critical(vd_tails (*with)(size_t n, size_t statistic), const critical *c)
{
    assert_true(vd_two_sided(with(c->n, c->at05)) <= 0.05);
    assert_true(vd_two_sided(with(c->n, c->at05 + 1)) > 0.05);
    assert_true(vd_two_sided(with(c->n, c->at01)) <= 0.01);
    assert_true(vd_two_sided(with(c->n, c->at01 + 1)) > 0.01);
}

static void test_rank_sum_table(void **state)
{
    static const critical table[] = {{5, 2, 0},    {6, 5, 2},    {7, 8, 4},     {8, 13, 7},
                                     {9, 17, 11},  {10, 23, 16}, {11, 30, 21},  {12, 37, 27},
                                     {15, 64, 51}, {18, 99, 81}, {20, 127, 105}};
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_critical(with_u, &table[i]);
    }
    NEAR(vd_two_sided(with_u(6, 0)), 2.0 / 924.0);
    NEAR(vd_two_sided(with_u(8, 0)), 2.0 / 12870.0);
    NEAR(with_u(8, 64).high, 1.0 / 12870.0);
    NEAR(with_u(8, 64).low, 1.0);
}

static void test_signed_rank_table(void **state)
{
    static const critical table[] = {{8, 3, 0},   {9, 5, 1},    {10, 8, 3},   {11, 10, 5},  {12, 13, 7},
                                     {13, 17, 9}, {14, 21, 12}, {15, 25, 15}, {16, 29, 19}, {20, 52, 37}};
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_critical(with_w, &table[i]);
    }
    NEAR(vd_two_sided(with_w(12, 0)), 2.0 / 4096.0);
    NEAR(vd_two_sided(with_w(12, 3)), 10.0 / 4096.0);
}

/* Hollander and Wolfe (1973): permeability of a membrane, p. 69; depression scores, p. 29. */
static void test_worked_examples(void **state)
{
    static const double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    static const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    static const double first[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    static const double second[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    double d[9];
    (void)state;

    ABOUT(vd_rank_sum(early, 5, term, 10).high, 0.1272, 5e-5);
    for (size_t i = 0; i < 9; i++) {
        d[i] = first[i] - second[i];
    }
    ABOUT(vd_signed_rank(d, 9).high, 0.01953, 5e-6);
    NEAR(vd_sign(d, 9).high, 46.0 / 512.0); /* 7 of 9: 36 + 9 + 1 cases of 512 */
}

static void test_sign(void **state)
{
    static const double all[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const double some[] = {0, 0, -1, 1, 1, 1, 1, 1};
    (void)state;

    NEAR(vd_sign(all, 12).high, 1.0 / 4096.0);
    NEAR(vd_sign(all, 12).low, 1.0);
    NEAR(vd_sign(some, 8).high, 7.0 / 64.0);
    NEAR(vd_two_sided(vd_sign(some, 2)), 1.0);
}

/* ---- ties: every way to deal the same values, counted one by one ---- */

static double sum_of_ranks(const double *values, size_t n, unsigned taken)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n && (taken >> i & 1u); k++) {
            sum += values[k] < values[i] ? 1.0 : values[k] == values[i] ? 0.5 : 0.0;
        }
    }
    return sum;
}

static void test_ties_rank_sum(void **state)
{
    static const double v[] = {3, 1, 2, 2, 5, 3, 2, 7, 3, 3, 8, 2}; /* the last five are y */
    const double seen = sum_of_ranks(v, 12, 0xf80u);
    double low = 0;
    double high = 0;
    double all = 0;
    (void)state;

    for (unsigned taken = 0; taken < 1u << 12; taken++) {
        if (__builtin_popcount(taken) == 5) {
            all += 1.0;
            low += sum_of_ranks(v, 12, taken) <= seen;
            high += sum_of_ranks(v, 12, taken) >= seen;
        }
    }
    NEAR(vd_rank_sum(v, 7, v + 7, 5).low, low / all);
    NEAR(vd_rank_sum(v, 7, v + 7, 5).high, high / all);
}

static void test_ties_signed_rank(void **state)
{
    static const double d[] = {0, 1, -1, 2, 2, -2, 3, 3, 5, 0};
    static const double rank[] = {0, 3.5, 3.5, 6, 6, 6, 8.5, 8.5, 10, 0}; /* zeros are ranked first, and left out */
    const double seen = 3.5 + 6 + 6 + 8.5 + 8.5 + 10;
    double low = 0;
    double high = 0;
    (void)state;

    for (unsigned signs = 0; signs < 1u << 8; signs++) {
        double sum = 0;
        for (unsigned i = 0; i < 8; i++) {
            sum += signs >> i & 1u ? rank[i + 1] : 0;
        }
        low += sum <= seen;
        high += sum >= seen;
    }
    NEAR(vd_signed_rank(d, 10).low, low / 256.0);
    NEAR(vd_signed_rank(d, 10).high, high / 256.0);
    NEAR(vd_two_sided(vd_signed_rank((double[]){0, 0, 0}, 3)), 1.0);
}

/* Where the exact test ends, the approximation goes on: seen one value earlier and later. */
static void test_approximation(void **state)
{
    double x[60];
    double y[60];
    (void)state;

    for (size_t i = 0; i < 60; i++) {
        x[i] = (double)(i * 37 % 60);
        y[i] = (double)(i * 41 % 60) + 11.3;
    }
    ABOUT(vd_rank_sum(x, 25, y, 25).high, vd_rank_sum(x, 25, y, 26).high, 0.02);
    ABOUT(vd_signed_rank(y, 50).high, 0.0, 1e-12);
    for (size_t i = 0; i < 60; i++) {
        y[i] -= 36.0;
    }
    ABOUT(vd_signed_rank(y, 50).high, vd_signed_rank(y, 51).high, 0.03);
    assert_true(isfinite(vd_rank_sum(x, 60, x, 60).high));
    NEAR(vd_rank_sum((double[60]){0}, 60, (double[60]){0}, 60).low, 1.0); /* all tied */
}

/* ---- intervals ---- */

/* An interval inverts its test: what lies inside is not rejected at 5 %, what lies outside is. */
static bool rejects_shift(const double *x, const double *y, size_t n, double shift)
{
    double moved[64];

    for (size_t i = 0; i < n; i++) {
        moved[i] = y[i] - shift;
    }
    return vd_two_sided(x ? vd_rank_sum(x, n, moved, n) : vd_signed_rank(moved, n)) <= 0.05;
}

static void assert_inverts(const rp_estimate *e, const double *x, const double *y, size_t n)
{
    assert_true(e->low < e->value && e->value < e->high);
    assert_true(rejects_shift(x, y, n, e->low - 1e-6) && !rejects_shift(x, y, n, e->low + 1e-6));
    assert_true(rejects_shift(x, y, n, e->high + 1e-6) && !rejects_shift(x, y, n, e->high - 1e-6));
}

static double uniform(hn_rng *rng)
{
    return ((double)(hn_rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(hn_rng *rng)
{
    return sqrt(-2.0 * log(uniform(rng))) * cos(6.283185307179586 * uniform(rng));
}

static void test_intervals_invert(void **state)
{
    static const size_t counts[] = {6, 7, 8, 12, 20, 25};
    hn_rng rng;
    double x[64];
    double y[64];
    (void)state;

    hn_rng_seed(&rng, 7);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const size_t n = counts[c];
        for (size_t i = 0; i < n; i++) {
            x[i] = normal(&rng);
            y[i] = normal(&rng) + 1.0;
        }
        const rp_estimate shift = vd_shift(x, n, y, n);
        const rp_estimate centre = vd_centre(y, n);
        assert_inverts(&shift, x, y, n);
        assert_inverts(&centre, NULL, y, n);
    }
    assert_true(isnan(vd_centre(y, 5).low) && isfinite(vd_centre(y, 5).value));
    assert_true(isnan(vd_shift(x, 5, y, 12).low) && isnan(vd_shift(x, 12, y, 5).high));
    assert_true(isnan(vd_centre(y, 0).value));
}

/* At least 95 % of the intervals hold the true shift, for skewed values too. */
static void test_coverage(void **state)
{
    static const size_t counts[] = {6, 9, 12, 26, 40};
    enum { TRIALS = 1000 };
    hn_rng rng;
    (void)state;

    hn_rng_seed(&rng, 11);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        if (counts[c] == 40 && getenv("SHORT") != NULL)
            continue; /* half of the time */
        int shift_holds = 0;
        int centre_holds = 0;
        for (int t = 0; t < TRIALS; t++) {
            double x[40];
            double y[40];
            double d[40];
            for (size_t i = 0; i < counts[c]; i++) {
                x[i] = -log(uniform(&rng)); /* skewed */
                y[i] = -log(uniform(&rng)) + 0.5;
                d[i] = y[i] - 0.5 + log(uniform(&rng)) + 0.5; /* the difference of two alike is symmetric */
            }
            const rp_estimate shift = vd_shift(x, counts[c], y, counts[c]);
            const rp_estimate centre = vd_centre(d, counts[c]);
            shift_holds += shift.low <= 0.5 && 0.5 <= shift.high;
            centre_holds += centre.low <= 0.5 && 0.5 <= centre.high;
        }
        assert_true(shift_holds >= TRIALS * 94 / 100);
        assert_true(centre_holds >= TRIALS * 94 / 100);
    }
}

/* ---- the family ---- */

static void test_holm(void **state)
{
    static const double p[] = {0.01, 0.04, 0.03, 0.005};
    static const double many[] = {0.9, 0.0005, 0.6, 0.0005, 1.0};
    double out[5];
    (void)state;

    vd_holm(p, 4, out);
    NEAR(out[3], 0.02); /* 4 * 0.005 */
    NEAR(out[0], 0.03); /* 3 * 0.01 */
    NEAR(out[2], 0.06); /* 2 * 0.03 */
    NEAR(out[1], 0.06); /* 0.04, but not below the one before */
    vd_holm(many, 5, out);
    NEAR(out[1], 0.0025);
    NEAR(out[3], 0.0025);
    NEAR(out[2], 1.0);
    vd_holm(NULL, 0, NULL);
}

static void test_least(void **state)
{
    (void)state;
    assert_int_equal(vd_least(false, 1, 0.05), VD_LEAST);
    assert_int_equal(vd_least(false, 20, 0.05), 6); /* 2/924 * 20 = 0.043 */
    assert_int_equal(vd_least(false, 24, 0.05), 7);
    assert_int_equal(vd_least(false, 300, 0.05), 8); /* 2/12870 */
    assert_int_equal(vd_least(false, 1000, 0.05), 9);
    assert_int_equal(vd_least(true, 1, 0.05), 6); /* 2/64 */
    assert_int_equal(vd_least(true, 20, 0.05), 10);
    assert_int_equal(vd_least(true, 100, 0.05), 12); /* 2/4096 * 100 = 0.0488 */
}

enum { CELLS = 20, MOST = 24 };

typedef struct family {
    double base[CELLS][MOST], head[CELLS][MOST];
    vd_sample samples[CELLS];
    vd_result results[CELLS];
} family;

/* Each process's figures are off by `spread`; heads are longer by `change`, and one of them by `planted`. */
static void make_family(family *f, hn_rng *rng, size_t n, bool paired, double spread, double change, double planted)
{
    for (size_t c = 0; c < CELLS; c++) {
        for (size_t i = 0; i < n; i++) {
            f->base[c][i] = 1000.0 * exp(spread * normal(rng));
            f->head[c][i] = 1000.0 * exp(spread * normal(rng)) * (1.0 + (c == 3 ? planted : change));
        }
        f->samples[c] = (vd_sample){f->base[c], f->head[c], n, n, paired};
    }
}

static size_t alarms(const family *f, size_t but)
{
    size_t n = 0;

    for (size_t c = 0; c < CELLS; c++) {
        n += c != but && (f->results[c].verdict == VD_SLOWER || f->results[c].verdict == VD_FASTER);
    }
    return n;
}

/* Of families in which nothing changed beyond the threshold, how many have any alarm. */
static int false_alarms(const vd_rule *rule, size_t n, bool paired, double spread, double change, int trials)
{
    static family f;
    hn_rng rng;
    int bad = 0;

    hn_rng_seed(&rng, 2025);
    for (int t = 0; t < trials; t++) {
        make_family(&f, &rng, n, paired, spread, change, change);
        vd_judge(f.samples, CELLS, rule, f.results);
        bad += alarms(&f, CELLS) > 0;
    }
    return bad;
}

static void test_family_error(void **state)
{
    const int trials = getenv("SHORT") != NULL ? 60 : 400;
    const int allowed = trials / 20 + (trials == 400 ? 13 : 6); /* more than three standard deviations of luck */
    vd_rule rule = vd_default_rule;
    (void)state;

    for (int paired = 0; paired < 2; paired++) {
        assert_true(false_alarms(&rule, 12, paired, 0.005, 0.0, trials) == 0);
        assert_true(false_alarms(&rule, 12, paired, 0.05, 0.0, trials) <= allowed);
        assert_true(false_alarms(&rule, 12, paired, 0.005, 0.01, trials) <= allowed); /* just at the threshold */
    }
    rule.pair_test = VD_SIGN;
    assert_true(false_alarms(&rule, 12, true, 0.005, 0.01, trials) <= allowed);
    rule = (vd_rule){.threshold = 0.0, .alpha = 0.05, .null = VD_NULL_NONE};
    assert_true(false_alarms(&rule, 12, false, 0.01, 0.0, trials) <= allowed);
    assert_true(false_alarms(&rule, 12, true, 0.01, 0.0, trials) <= allowed);
}

/* A negative control: without the correction most families raise an alarm, so the trials above can tell. */
static void test_family_error_is_seen(void **state)
{
    const vd_rule rule = {.threshold = 0.0, .alpha = 0.999, .null = VD_NULL_NONE};
    (void)state;

    assert_true(false_alarms(&rule, 12, true, 0.01, 0.0, 100) > 5);
}

static void test_planted(void **state)
{
    static family f;
    hn_rng rng;
    int found = 0;
    int blamed = 0;
    (void)state;

    hn_rng_seed(&rng, 3);
    for (int t = 0; t < 200; t++) {
        make_family(&f, &rng, 12, t % 2, 0.004, 0.0, t % 4 < 2 ? 0.03 : 1.0 / 1.03 - 1.0);
        vd_judge(f.samples, CELLS, &vd_default_rule, f.results);
        found += f.results[3].verdict == (t % 4 < 2 ? VD_SLOWER : VD_FASTER);
        blamed += alarms(&f, 3) > 0;
    }
    assert_true(found >= 190);
    assert_int_equal(blamed, 0);
}

/* ---- single cells ---- */

static vd_result judge(vd_sample sample, double threshold)
{
    vd_rule rule = vd_default_rule;
    vd_result r;

    rule.threshold = threshold;
    vd_judge(&sample, 1, &rule, &r);
    return r;
}

static void test_verdicts(void **state)
{
    static const double base[] = {100, 101, 102, 103, 104, 105, 106, 107};
    static const double head[] = {150, 151, 152, 153, 154, 155, 156, 157};
    static const double near[] = {100.1, 101.1, 102.1, 103.1, 104.1, 105.1, 106.1, 107.1};
    vd_result r = judge((vd_sample){base, head, 8, 8, false}, 0.01);
    vd_result back = judge((vd_sample){head, base, 8, 8, false}, 0.01);
    (void)state;

    assert_int_equal(r.verdict, VD_SLOWER);
    assert_int_equal(back.verdict, VD_FASTER);
    NEAR(r.ratio.value * back.ratio.value, 1.0);
    NEAR(r.ratio.low * back.ratio.high, 1.0);
    NEAR(r.p, 2.0 / 12870.0);
    assert_true(r.needed == 0);
    assert_int_equal(judge((vd_sample){base, head, 8, 8, false}, 0.6).verdict, VD_SAME);
    assert_int_equal(judge((vd_sample){base, near, 8, 8, false}, 0.01).verdict, VD_UNKNOWN);
    assert_int_equal(judge((vd_sample){base, near, 8, 8, true}, 0.01).verdict, VD_SAME); /* pairs know more */
    assert_int_equal(judge((vd_sample){base, base, 8, 8, true}, 0.01).verdict, VD_SAME);
    assert_int_equal(judge((vd_sample){NULL, head, 0, 8, true}, 0.01).verdict, VD_SLOWER);
    assert_string_equal(vd_verdict_name(VD_UNKNOWN), "cannot tell");
}

/* Counts do not scatter: equal in all processes. */
static void test_counts(void **state)
{
    static const double base[] = {1000, 1000, 1000, 1000, 1000, 1000};
    static const double at[] = {1010, 1010, 1010, 1010, 1010, 1010};
    static const double beyond[] = {1011, 1011, 1011, 1011, 1011, 1011};
    (void)state;

    for (int paired = 0; paired < 2; paired++) {
        assert_int_equal(judge((vd_sample){base, base, 6, 6, paired}, 0.01).verdict, VD_SAME);
        assert_int_equal(judge((vd_sample){base, at, 6, 6, paired}, 0.01).verdict, VD_SAME);
        assert_int_equal(judge((vd_sample){base, beyond, 6, 6, paired}, 0.01).verdict, VD_SLOWER);
        assert_int_equal(judge((vd_sample){beyond, base, 6, 6, paired}, 0.01).verdict, VD_FASTER);
    }
}

static void test_too_few_and_bad(void **state)
{
    static const double good[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const double *const bad[] = {(double[]){1, 2, 3, 4, 5, 6, 7, -8}, (double[]){1, 2, 3, NAN, 5, 6, 7, 8},
                                 (double[]){1, 2, 3, 4, 0, 6, 7, 8}, (double[]){1, INFINITY, 3, 4, 5, 6, 7, 8}};
    vd_result r = judge((vd_sample){good, good, 5, 8, false}, 0.01);
    (void)state;

    assert_int_equal(r.verdict, VD_UNKNOWN);
    assert_int_equal(r.needed, VD_LEAST);
    assert_true(isnan(r.p) && isnan(r.p_holm) && isnan(r.ratio.low) && isfinite(r.ratio.value));
    for (size_t i = 0; i < 4; i++) {
        r = judge((vd_sample){good, bad[i], 8, 8, i % 2}, 0.01);
        assert_int_equal(r.verdict, VD_UNKNOWN);
        assert_true(isnan(r.ratio.value) && isnan(r.p));
        assert_int_equal(judge((vd_sample){bad[i], good, 8, 8, i % 2}, 0.01).verdict, VD_UNKNOWN);
    }
    assert_int_equal(judge((vd_sample){good, good, 7, 8, true}, 0.01).verdict, VD_UNKNOWN); /* no pairs */
    assert_int_equal(judge((vd_sample){NULL, NULL, 0, 0, true}, 0.01).verdict, VD_UNKNOWN);
    assert_int_equal(judge((vd_sample){NULL, NULL, 0, 0, false}, 0.01).verdict, VD_UNKNOWN);
}

/* Cells with too few processes are not of the family, and do not weaken the others. */
static void test_family_of_the_able(void **state)
{
    static const double base[] = {100, 101, 102, 103, 104, 105};
    static const double head[] = {150, 151, 152, 153, 154, 155};
    vd_sample s[30];
    vd_result r[30];
    (void)state;

    for (size_t i = 0; i < 30; i++) {
        s[i] = (vd_sample){base, head, 6, i < 20 ? 6 : 5, false};
    }
    vd_judge(s, 30, &vd_default_rule, r);
    NEAR(r[0].p_holm, 20 * 2.0 / 924.0);
    assert_int_equal(r[0].verdict, VD_SLOWER);
    assert_int_equal(r[29].verdict, VD_UNKNOWN);
    for (size_t i = 0; i < 30; i++) {
        s[i].head_count = 6;
    }
    vd_judge(s, 30, &vd_default_rule, r);
    assert_int_equal(r[0].verdict, VD_UNKNOWN); /* 30 * 2/924 is above 0.05 */
    assert_int_equal(r[0].needed, 7);
    vd_judge(NULL, 0, &vd_default_rule, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rank_sum_table),
        cmocka_unit_test(test_signed_rank_table),
        cmocka_unit_test(test_worked_examples),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_ties_rank_sum),
        cmocka_unit_test(test_ties_signed_rank),
        cmocka_unit_test(test_approximation),
        cmocka_unit_test(test_intervals_invert),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_holm),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_family_error),
        cmocka_unit_test(test_family_error_is_seen),
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_too_few_and_bad),
        cmocka_unit_test(test_family_of_the_able),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
