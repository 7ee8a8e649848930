/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

void hn_sort(double *x, size_t n)
{
    if (n > 1) {
        qsort(x, n, sizeof *x, compare);
    }
}

double hn_median_sorted(const double *sorted, size_t n)
{
    if (n == 0) {
        return (double)NAN;
    }
    if (n % 2 == 1) {
        return sorted[n / 2];
    }
    /* Not (a + b) / 2, which can overflow. */
    return sorted[n / 2 - 1] + (sorted[n / 2] - sorted[n / 2 - 1]) / 2;
}

/* Median of |x - center| by way of a sorted copy in scratch. */
static double median_distance(const double *x, size_t n, double center, double *scratch)
{
    for (size_t i = 0; i < n; i++) {
        scratch[i] = fabs(x[i] - center);
    }
    hn_sort(scratch, n);
    return hn_median_sorted(scratch, n);
}

static double median_copy(const double *x, size_t n, double *scratch)
{
    memcpy(scratch, x, n * sizeof *x);
    hn_sort(scratch, n);
    return hn_median_sorted(scratch, n);
}

double hn_median(const double *x, size_t n, double *scratch)
{
    if (n == 0) {
        return (double)NAN;
    }
    double *room = scratch != NULL ? scratch : calloc(n, sizeof *room);
    const double result = room != NULL ? median_copy(x, n, room) : (double)NAN;
    if (room != scratch) {
        free(room);
    }
    return result;
}

double hn_mad(const double *x, size_t n, double *scratch)
{
    if (n == 0) {
        return (double)NAN;
    }
    double *room = scratch != NULL ? scratch : calloc(n, sizeof *room);
    const double result = room != NULL ? median_distance(x, n, median_copy(x, n, room), room) : (double)NAN;
    if (room != scratch) {
        free(room);
    }
    return result;
}

/* Percentiles such as 0.999 have no exact double: n * (1 - p) must not miss 10 by a rounding error. */
static const double ROUNDING = 1e-9;

bool hn_percentile_supported(size_t n, double p)
{
    if (!(p > 0 && p < 1)) {
        return false;
    }
    return (double)n * fmin(p, 1 - p) >= 10 * (1 - ROUNDING);
}

bool hn_percentile_sorted(const double *sorted, size_t n, double p, double *out)
{
    if (!hn_percentile_supported(n, p)) {
        return false;
    }
    const double rank = ceil((double)n * p * (1 - ROUNDING));
    *out = sorted[(size_t)rank - 1];
    return true;
}

bool hn_median_interval_sorted(const double *sorted, size_t n, hn_interval *out)
{
    *out = (hn_interval){0};
    /* P[B = i] of B ~ Binomial(n, 1/2), as a logarithm: 2^-n alone underflows from n = 1075 on. `below` is
     * P[B < k]; k grows while an interval that starts at rank k still covers enough. */
    double log_p = -(double)n * log(2);
    double below = 0;
    double covered = 0;
    size_t k = 0;
    for (size_t i = 0; i < n / 2; i++) {
        below += exp(log_p);
        if (1 - 2 * below < 0.95) {
            break;
        }
        k = i + 1;
        covered = 1 - 2 * below;
        log_p += log((double)(n - i) / (double)(i + 1));
    }
    if (k == 0) {
        return false;
    }
    *out = (hn_interval){
        .low = sorted[k - 1], .high = sorted[n - k], .coverage = covered, .low_rank = k, .high_rank = n + 1 - k};
    return true;
}
