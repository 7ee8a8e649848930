/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/compare/verdict.h"

#include <math.h>
#include <stdlib.h>

#include "bench/report/memory.h"

const vd_rule vd_default_rule = {.threshold = 0.01, .alpha = 0.05, .null = VD_NULL_THRESHOLD};

/* So that a change of exactly the threshold, as counts can have, is not beyond it by the last bit of a logarithm. */
static const double rounding = 1e-12;

const char *vd_verdict_name(vd_verdict verdict)
{
    static const char *const names[] = {"cannot tell", "same", "slower", "faster"};

    return names[verdict];
}

/* Logarithms of a cell's figures; of pairs, `head` are the log-ratios and `base` is NULL. */
typedef struct logs {
    double *base, *head;
    size_t base_count, head_count;
    bool good;
} logs;

static double *log_all(const double *values, size_t count, bool *good)
{
    double *out = rp_alloc(count + 1, sizeof *out);

    for (size_t i = 0; i < count; i++) {
        *good = *good && isfinite(values[i]) && values[i] > 0.0;
        out[i] = *good ? log(values[i]) : 0.0;
    }
    return out;
}

static size_t at_most(size_t count)
{
    return count < VD_VALUES_MAX ? count : VD_VALUES_MAX;
}

static logs logs_of(const vd_sample *s)
{
    logs l = {NULL, NULL, at_most(s->base_count), at_most(s->head_count), true};

    l.head = log_all(s->head, l.head_count, &l.good);
    if (s->base) {
        l.base = log_all(s->base, l.base_count, &l.good);
    }
    if (s->paired && s->base) {
        l.good = l.good && l.base_count == l.head_count;
        for (size_t i = 0; i < l.head_count && l.good; i++) {
            l.head[i] -= l.base[i];
        }
    }
    l.good = l.good && (s->paired || s->base_count) && s->head_count;
    return l;
}

static void free_logs(logs *l)
{
    free(l->base);
    free(l->head);
}

/* Tails of the test against a change by `shift`. */
static vd_tails tails_about(const vd_sample *s, const logs *l, const vd_rule *rule, double shift)
{
    double *moved = rp_alloc(l->head_count + 1, sizeof *moved);
    vd_tails tails = {1.0, 1.0};

    for (size_t i = 0; i < l->head_count; i++) {
        moved[i] = l->head[i] - shift;
    }
    if (!s->paired) {
        tails = vd_rank_sum(l->base, l->base_count, moved, l->head_count);
    } else if (rule->pair_test == VD_SIGN) {
        tails = vd_sign(moved, l->head_count);
    } else {
        tails = vd_signed_rank(moved, l->head_count);
    }
    free(moved);
    return tails;
}

/* Against a change within the threshold: of the two one-sided tests at its ends the better, doubled for the choice. */
static double p_of(const vd_sample *s, const logs *l, const vd_rule *rule)
{
    const double shift = log1p(rule->threshold) + rounding;

    if (rule->null == VD_NULL_NONE) {
        return vd_two_sided(tails_about(s, l, rule, 0.0));
    }
    return vd_two_sided(
        (vd_tails){.low = tails_about(s, l, rule, -shift).low, .high = tails_about(s, l, rule, shift).high});
}

static rp_estimate ratio_of(const vd_sample *s, const logs *l)
{
    const rp_estimate e =
        s->paired ? vd_centre(l->head, l->head_count) : vd_shift(l->base, l->base_count, l->head, l->head_count);

    return (rp_estimate){exp(e.value), exp(e.low), exp(e.high)};
}

static bool enough_at_all(const vd_sample *s)
{
    return s->head_count >= VD_LEAST && (s->paired || s->base_count >= VD_LEAST);
}

static vd_result measure(const vd_sample *s, const vd_rule *rule)
{
    vd_result r = {{NAN, NAN, NAN}, NAN, NAN, VD_UNKNOWN, 0};
    logs l = logs_of(s);

    if (l.good) {
        r.ratio = ratio_of(s, &l);
        if (enough_at_all(s)) {
            r.p = p_of(s, &l, rule);
        }
    }
    free_logs(&l);
    return r;
}

/* The smallest p-value that n and m processes can give. */
static double least_p(bool paired, size_t n, size_t m)
{
    if (paired) {
        return exp(log(2.0) - (double)m * log(2.0));
    }
    return exp(log(2.0) - lgamma((double)(n + m) + 1.0) + lgamma((double)n + 1.0) + lgamma((double)m + 1.0));
}

size_t vd_least(bool paired, size_t family, double alpha)
{
    size_t n = VD_LEAST;

    while (n < VD_VALUES_MAX && !(least_p(paired, n, n) * (double)family < alpha)) {
        n++;
    }
    return n;
}

static bool within(double ratio, double threshold)
{
    return fabs(log(ratio)) <= log1p(threshold) + rounding;
}

static vd_verdict verdict_of(const vd_result *r, const vd_rule *rule)
{
    if (r->p_holm < rule->alpha && !within(r->ratio.value, rule->threshold)) {
        return r->ratio.value > 1.0 ? VD_SLOWER : VD_FASTER;
    }
    if (within(r->ratio.low, rule->threshold) && within(r->ratio.high, rule->threshold)) {
        return VD_SAME;
    }
    return VD_UNKNOWN;
}

typedef struct place {
    double p;
    size_t at;
} place;

static int by_p(const void *a, const void *b)
{
    const place *x = a;
    const place *y = b;

    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->at > y->at) - (x->at < y->at);
}

void vd_holm(const double *p, size_t count, double *adjusted)
{
    place *order = rp_alloc(count, sizeof *order);
    double largest = 0.0;

    for (size_t i = 0; i < count; i++) {
        order[i] = (place){p[i], i};
    }
    qsort(order, count, sizeof *order, by_p);
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fmin(1.0, order[i].p * (double)(count - i)));
        adjusted[order[i].at] = largest;
    }
    free(order);
}

/* Holm over those that were tested. Returns how many. */
static size_t adjust(vd_result *out, size_t count)
{
    double *p = rp_alloc(count + 1, sizeof *p);
    size_t family = 0;

    for (size_t i = 0; i < count; i++) {
        if (!isnan(out[i].p)) {
            p[family++] = out[i].p;
        }
    }
    vd_holm(p, family, p);
    for (size_t i = 0, k = 0; i < count; i++) {
        if (!isnan(out[i].p)) {
            out[i].p_holm = p[k++];
        }
    }
    free(p);
    return family;
}

void vd_judge(const vd_sample *samples, size_t count, const vd_rule *rule, vd_result *out)
{
    size_t family = 0;

    for (size_t i = 0; i < count; i++) {
        out[i] = measure(&samples[i], rule);
    }
    family = adjust(out, count);
    for (size_t i = 0; i < count; i++) {
        const vd_sample *s = &samples[i];
        const double cells = family ? (double)family : 1.0;
        out[i].verdict = verdict_of(&out[i], rule);
        if (!enough_at_all(s) || !(least_p(s->paired, s->base_count, s->head_count) * cells < rule->alpha)) {
            out[i].needed = vd_least(s->paired, family ? family : 1, rule->alpha);
        }
    }
}
