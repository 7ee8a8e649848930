/* SPDX-License-Identifier: Apache-2.0 */
/* Rank tests and the intervals that invert them. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/verdict.h"
#include "bench/report/memory.h"
#include "harness/stats.h"

/* Ranks are doubled, so that a midrank of ties is a whole number. */
typedef struct ranked {
    double value;
    bool counts;   /* it adds its rank to the statistic */
    uint32_t rank; /* doubled */
} ranked;

static int by_value(const void *a, const void *b)
{
    const double x = ((const ranked *)a)->value;
    const double y = ((const ranked *)b)->value;

    return (x > y) - (x < y);
}

/* Sorts, ranks, and returns the sum of t^3 - t over groups of t ties. */
static double rank(ranked *r, size_t n)
{
    double ties = 0.0;

    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, end = 0; i < n; i = end) {
        double t = 0.0;
        end = i;
        while (end < n && r[end].value == r[i].value) {
            end++;
        }
        for (size_t k = i; k < end; k++) {
            r[k].rank = (uint32_t)(i + 1 + end);
        }
        t = (double)(end - i);
        ties += t * t * t - t;
    }
    return ties;
}

/* Of all ways to take `take` of n ranks, how many have each sum: ways[sum], sum < size. Counts stay below 2^53. */
static double *choices(const uint32_t *ranks, size_t n, size_t take, size_t size)
{
    double *ways = rp_alloc((take + 1) * size, sizeof *ways);

    ways[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1 < take ? i + 1 : take; k > 0; k--) {
            for (size_t s = ranks[i]; s < size; s++) {
                ways[k * size + s] += ways[(k - 1) * size + s - ranks[i]];
            }
        }
    }
    memmove(ways, ways + take * size, size * sizeof *ways);
    return ways;
}

/* The same for all ways to take any of them. */
static double *subsets(const uint32_t *ranks, size_t n, size_t size)
{
    double *ways = rp_alloc(size, sizeof *ways);

    ways[0] = 1.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t s = size; s-- > ranks[i];) {
            ways[s] += ways[s - ranks[i]];
        }
    }
    return ways;
}

/* Takes `ways` over. */
static vd_tails tails_of(double *ways, size_t size, size_t seen)
{
    double low = 0.0;
    double high = 0.0;
    double all = 0.0;

    for (size_t s = 0; s < size; s++) {
        low += s <= seen ? ways[s] : 0.0;
        high += s >= seen ? ways[s] : 0.0;
        all += ways[s];
    }
    free(ways);
    return (vd_tails){low / all, high / all};
}

static double normal_below(double z)
{
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* Of a statistic in steps of 1; the correction for continuity widens both tails. */
static vd_tails normal_tails(double seen, double mean, double variance)
{
    const double deviation = sqrt(variance);

    if (!(deviation > 0.0)) {
        return (vd_tails){1.0, 1.0};
    }
    return (vd_tails){normal_below((seen - mean + 0.5) / deviation), normal_below((mean - seen + 0.5) / deviation)};
}

double vd_two_sided(vd_tails tails)
{
    return fmin(1.0, 2.0 * fmin(tails.low, tails.high));
}

vd_tails vd_rank_sum(const double *x, size_t n, const double *y, size_t m)
{
    const size_t all = n + m;
    ranked *r = rp_alloc(all, sizeof *r);
    uint32_t ranks[VD_EXACT_MAX] = {0};
    size_t seen = 0;
    size_t total = 0;
    double ties = 0.0;
    vd_tails tails = {1.0, 1.0};

    for (size_t i = 0; i < all; i++) {
        r[i] = i < n ? (ranked){x[i], false, 0} : (ranked){y[i - n], true, 0};
    }
    ties = rank(r, all);
    for (size_t i = 0; i < all; i++) {
        total += r[i].rank;
        seen += r[i].counts ? r[i].rank : 0;
    }
    if (n && m && all <= VD_EXACT_MAX) {
        for (size_t i = 0; i < all; i++) {
            ranks[i] = r[i].rank;
        }
        tails = tails_of(choices(ranks, all, m, total + 1), total + 1, seen);
    } else if (n && m) {
        const double c = (double)all;
        tails = normal_tails((double)seen / 2.0, (double)m * (c + 1.0) / 2.0,
                             (double)n * (double)m / 12.0 * (c + 1.0 - ties / (c * (c - 1.0))));
    }
    free(r);
    return tails;
}

vd_tails vd_signed_rank(const double *d, size_t n)
{
    ranked *r = rp_alloc(n, sizeof *r);
    uint32_t ranks[VD_EXACT_MAX] = {0};
    size_t seen = 0;
    size_t total = 0;
    size_t used = 0;
    double squares = 0.0;
    vd_tails tails = {1.0, 1.0};

    for (size_t i = 0; i < n; i++) {
        r[i] = (ranked){fabs(d[i]), d[i] > 0.0, 0};
    }
    rank(r, n);
    for (size_t i = 0; i < n; i++) {
        if (r[i].value > 0.0) {
            if (used < VD_EXACT_MAX) {
                ranks[used] = r[i].rank;
            }
            used++;
            total += r[i].rank;
            seen += r[i].counts ? r[i].rank : 0;
            squares += (double)r[i].rank * r[i].rank / 4.0;
        }
    }
    if (used && used <= VD_EXACT_MAX) {
        tails = tails_of(subsets(ranks, used, total + 1), total + 1, seen);
    } else if (used) {
        tails = normal_tails((double)seen / 2.0, (double)total / 4.0, squares / 4.0); /* squares: ties included */
    }
    free(r);
    return tails;
}

/* P[Binomial(n, 1/2) <= k]; the terms are taken from logarithms, so that no n overflows. */
static double binomial_below(size_t n, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i <= k; i++) {
        sum += exp(lgamma((double)n + 1.0) - lgamma((double)i + 1.0) - lgamma((double)(n - i) + 1.0) -
                   (double)n * log(2.0));
    }
    return fmin(1.0, sum);
}

vd_tails vd_sign(const double *d, size_t n)
{
    size_t above = 0;
    size_t below = 0;

    for (size_t i = 0; i < n; i++) {
        above += d[i] > 0.0;
        below += d[i] < 0.0;
    }
    return (vd_tails){binomial_below(above + below, above), binomial_below(above + below, below)};
}

static const double outside = 0.025; /* on each side of an interval */
static const double quantile = 1.96; /* of the normal distribution, for that */

/* How many of the smallest values lie outside of the interval: the largest k with P[statistic < k] <= 0.025. `ways` by
 * sums of doubled ranks from `least` on; taken over. */
static size_t cut(double *ways, size_t size, size_t least)
{
    double all = 0.0;
    double below = 0.0;
    size_t k = 0;

    for (size_t s = 0; s < size; s++) {
        all += ways[s];
    }
    for (size_t s = least; s < size && below + ways[s] <= outside * all; s += 2) {
        below += ways[s];
        k++;
    }
    free(ways);
    return k;
}

static size_t normal_cut(double mean, double variance)
{
    const double k = floor(mean - quantile * sqrt(variance));

    return k > 0.0 ? (size_t)k : 0;
}

static size_t shift_cut(size_t n, size_t m)
{
    uint32_t ranks[VD_EXACT_MAX] = {0};
    const size_t all = n + m;

    if (all > VD_EXACT_MAX) {
        return normal_cut((double)n * (double)m / 2.0, (double)n * (double)m * ((double)all + 1.0) / 12.0);
    }
    for (size_t i = 0; i < all; i++) {
        ranks[i] = (uint32_t)(2 * (i + 1));
    }
    return cut(choices(ranks, all, m, all * (all + 1) + 1), all * (all + 1) + 1, m * (m + 1));
}

static size_t centre_cut(size_t n)
{
    uint32_t ranks[VD_EXACT_MAX] = {0};
    const double c = (double)n;

    if (n > VD_EXACT_MAX) {
        return normal_cut(c * (c + 1.0) / 4.0, c * (c + 1.0) * (2.0 * c + 1.0) / 24.0);
    }
    for (size_t i = 0; i < n; i++) {
        ranks[i] = (uint32_t)(2 * (i + 1));
    }
    return cut(subsets(ranks, n, n * (n + 1) + 1), n * (n + 1) + 1, 0);
}

/* Median and the k-th from either end; takes `values` over. */
static rp_estimate estimate(double *values, size_t count, size_t k)
{
    rp_estimate e = {NAN, NAN, NAN};

    if (count) {
        hn_sort(values, count);
        e.value = hn_median_sorted(values, count);
    }
    if (k > 0) {
        e.low = values[k - 1];
        e.high = values[count - k];
    }
    free(values);
    return e;
}

rp_estimate vd_shift(const double *x, size_t n, const double *y, size_t m)
{
    double *differences = rp_alloc(n * m + 1, sizeof *differences);

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++) {
            differences[i * m + k] = y[k] - x[i];
        }
    }
    return estimate(differences, n * m, n < VD_LEAST || m < VD_LEAST ? 0 : shift_cut(n, m));
}

rp_estimate vd_centre(const double *d, size_t n)
{
    double *means = rp_alloc(n * (n + 1) / 2 + 1, sizeof *means);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = i; k < n; k++) {
            means[count++] = d[i] / 2.0 + d[k] / 2.0;
        }
    }
    return estimate(means, count, n < VD_LEAST ? 0 : centre_cut(n));
}
