/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics: no distribution is assumed anywhere, since times have none that is known. Samples are doubles of
 * any unit, and must not contain NaN. Where a function takes `scratch`, it wants room for n doubles, or NULL to have it
 * allocated for the call (NaN if that fails). */
#ifndef HN_STATS_H
#define HN_STATS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sorts in place, ascending. */
void hn_sort(double *x, size_t n);

/* Median of sorted samples: the mean of the middle two if n is even. NaN if n is 0. */
double hn_median_sorted(const double *sorted, size_t n);

/* Median of samples in any order, which stay as they are. NaN if n is 0. */
double hn_median(const double *x, size_t n, double *scratch);

/* Median absolute deviation from the median, not scaled to any distribution. NaN if n is 0. */
double hn_mad(const double *x, size_t n, double *scratch);

/* Whether n samples support the percentile p (0 < p < 1): at least 10 of them must be expected beyond it, on the nearer
 * side, so p50 needs 20, p90 needs 100, p99 needs 1,000 and p99.9 needs 10,000. With fewer, a few outliers are the
 * figure. */
bool hn_percentile_supported(size_t n, double p);

/* Percentile p by nearest rank (the smallest sample with at least p*n samples not above it): a value that was measured,
 * never an interpolation. False, and *out untouched, if the sample does not support it or p is not inside (0, 1). */
bool hn_percentile_sorted(const double *sorted, size_t n, double p, double *out);

/* An interval of the median, between two of the samples. */
typedef struct hn_interval {
    double low, high;
    double coverage;            /* its actual confidence, at least 0.95: ranks are discrete. 0 if there is none */
    size_t low_rank, high_rank; /* 1-based ranks of the two */
} hn_interval;

/* Distribution-free interval of the median with at least 95 % confidence: the samples of rank k and n+1-k, with the
 * largest k for which 1 - 2 P[Binomial(n, 1/2) < k] >= 0.95. Holds for independent samples of any distribution
 * (with ties it covers more). False, and *out zeroed, if n < 6: even the extremes would cover less. */
bool hn_median_interval_sorted(const double *sorted, size_t n, hn_interval *out);

#ifdef __cplusplus
}
#endif
#endif
