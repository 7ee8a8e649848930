/* SPDX-License-Identifier: Apache-2.0 */
/* From figures of processes to verdicts: is the head slower than the base, faster, the same, or can nobody tell?
 *
 * Pure functions over numbers; they know neither run files nor processes. No distribution is assumed. All work is on
 * logarithms, so that exchanging base and head turns a ratio r into 1/r and "slower" into "faster", and nothing else.
 *
 * A family is all cells that are judged together. A verdict of slower or faster is given only if the ratio is beyond the
 * threshold and this is significant after Holm's correction over the family; so whatever the number of cells, the chance of
 * any wrong verdict in the family is at most alpha. */
#ifndef VD_VERDICT_H
#define VD_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/document.h"

/* Below this many processes (pairs) there is no interval and no verdict, as everywhere in a report. */
enum { VD_LEAST = 6 };

/* Of a side's values only the first so many are used: an interval works on the product of the two counts. */
enum { VD_VALUES_MAX = 512 };

typedef enum vd_verdict { VD_UNKNOWN, VD_SAME, VD_SLOWER, VD_FASTER } vd_verdict;

/* "cannot tell", "same", "slower", "faster" */
const char *vd_verdict_name(vd_verdict verdict);

/* What a small p-value speaks against. */
typedef enum vd_null {
    VD_NULL_THRESHOLD, /* "the change is within the threshold": the default, and the stricter one */
    VD_NULL_NONE       /* "there is no change"; the estimate must then be beyond the threshold as well */
} vd_null;

/* How pairs are tested. */
typedef enum vd_pair_test {
    VD_SIGNED_RANK, /* Wilcoxon (1945): log-ratios symmetric about their centre, as those of exchangeable pairs are */
    VD_SIGN         /* of pairs only which one is above: no symmetry needed, less power */
} vd_pair_test;

typedef struct vd_rule {
    double threshold; /* a change up to this part is none: 0.01 is 1 %; at least 0 */
    double alpha;     /* chance of any wrong slower or faster in the family: 0.05 */
    vd_null null;
    vd_pair_test pair_test;
} vd_rule;

/* 1 %, 0.05, against the threshold, signed ranks. */
extern const vd_rule vd_default_rule;

/* One cell's figures, one a process, all of which must be finite and above 0 (or the cell gets no figures). Borrowed.
 *
 *   unpaired   base[base_count] and head[head_count]: processes of two runs
 *   paired     base[i] and head[i] come from one pair of processes; the counts are equal
 *   paired, base NULL   head[i] is the ratio head to base of pair i, already made */
typedef struct vd_sample {
    const double *base, *head;
    size_t base_count, head_count;
    bool paired;
} vd_sample;

typedef struct vd_result {
    /* Head to base: Hodges-Lehmann estimate and its exact 95 % interval, of this cell alone. From fewer than VD_LEAST
     * processes the value is still given, the interval is NaN. */
    rp_estimate ratio;
    double p;      /* two-sided, of this cell alone; NaN if it was not tested (and is not of the family) */
    double p_holm; /* adjusted for the family; NaN alike */
    vd_verdict verdict;
    size_t
        needed; /* processes a side (or pairs) that a verdict of slower or faster needs in this family, where this cell
                      has fewer; 0 where it has enough */
} vd_result;

/* Judges a whole family: out[count]. */
void vd_judge(const vd_sample *samples, size_t count, const vd_rule *rule, vd_result *out);

/* The smallest number of processes a side (`paired`: of pairs) with which the smallest p-value that the test can give,
 * times `family`, is below alpha; at least VD_LEAST. */
size_t vd_least(bool paired, size_t family, double alpha);

/* ---- The pieces, for tests and for other uses. ---- */

/* Chances, if nothing but chance is at work, of a statistic at least as small, and at least as large, as the one seen. */
typedef struct vd_tails {
    double low, high;
} vd_tails;

/* min(1, twice the smaller tail) */
double vd_two_sided(vd_tails tails);

/* Up to this many values (of both sides together) tests are exact. */
enum { VD_EXACT_MAX = 50 };

/* Mann and Whitney (1947): `high` is small if y tends to be above x. Exact given the ties (the permutation distribution of
 * midranks) up to VD_EXACT_MAX; beyond that normal, corrected for ties and continuity. */
vd_tails vd_rank_sum(const double *x, size_t n, const double *y, size_t m);

/* Wilcoxon (1945) about 0: `high` is small if d tends to be above 0. Zeros are ranked and then left out (Pratt 1959). Exact given
 * the ties up to VD_EXACT_MAX, beyond that normal with the same corrections. */
vd_tails vd_signed_rank(const double *d, size_t n);

/* The sign test about 0, exact; zeros are left out. */
vd_tails vd_sign(const double *d, size_t n);

/* Holm (1979), step-down: adjusted[i], to be compared with alpha; monotone in p, at most 1. */
void vd_holm(const double *p, size_t count, double *adjusted);

/* Median of the n*m differences y[j] - x[i], and the interval between two of them that inverts vd_rank_sum with at least
 * 95 % (Hodges and Lehmann 1963; Moses 1953). NaN as with vd_result. */
rp_estimate vd_shift(const double *x, size_t n, const double *y, size_t m);

/* Median of the n(n+1)/2 means of two of d (Walsh averages), and the interval that inverts vd_signed_rank (Tukey). */
rp_estimate vd_centre(const double *d, size_t n);

#endif
