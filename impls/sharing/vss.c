/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/vss.h"

#include <string.h>

#include "sharing/scalar.h"

size_t eb_vss_coins(const eb_binding *b, unsigned t)
{
    return (t - 1) * b->group->wide_len;
}

/* ---- memory ---- */

/* Constant (unless of zero), images, shares. */
static size_t dealing_len(const eb_group *g, unsigned n)
{
    return (n + 1) * g->point_len + n * g->scalar_len;
}

size_t eb_vss_space(const eb_binding *b, unsigned count, unsigned n)
{
    return count * (sizeof(eb_dealing) + dealing_len(b->group, n));
}

eb_dealing *eb_vss_place(const eb_binding *b, void *space, unsigned count, unsigned n, bool of_zero)
{
    const eb_group *g = b->group;
    eb_dealing *d = space;
    uint8_t *next = (uint8_t *)(d + count);
    for (unsigned i = 0; i < count; i++, next += dealing_len(g, n)) {
        d[i].constant = of_zero ? NULL : next;
        d[i].images = next + g->point_len;
        d[i].shares = d[i].images + n * g->point_len;
    }
    return d;
}

/* ---- one dealing ---- */

static eb_status digest_broadcast(const eb_binding *b, uint8_t *out, const eb_dealing *d, unsigned dealer, unsigned n)
{
    const uint8_t octet = (uint8_t)dealer;
    const size_t point = b->group->point_len;
    const eb_bytes parts[] = {EB_LITERAL("escrowbench dealing v1"), eb_range(&octet, 1),
                              eb_range(d->constant, d->constant != NULL ? point : 0), eb_range(d->images, n * point)};
    return b->hash->digest(b->hash_ctx, out, parts, 4);
}

eb_status eb_vss_deal(const eb_binding *b, eb_dealing *d, unsigned dealer, unsigned n, unsigned t,
                      const uint8_t *secret, const uint8_t *coins)
{
    const eb_group *g = b->group;
    uint8_t coefficients[EB_MAX_AGENTS * EB_MAX_SCALAR];
    const uint8_t zero[EB_MAX_SCALAR] = {0};
    if (t < 1 || t > n || n > EB_MAX_AGENTS || (secret == NULL) != (d->constant == NULL) || (secret == NULL && t < 2))
        return EB_ERR_INVALID;
    eb_status s = EB_OK;
    for (unsigned k = 0; k + 1 < t && s == EB_OK; k++)
        s = g->scalar_reduce(b->group_ctx, coefficients + k * g->scalar_len, coins + k * g->wide_len);
    if (s == EB_OK)
        s = eb_scalar_split(b, d->shares, n, t, secret != NULL ? secret : zero, coefficients);
    if (s == EB_OK && secret != NULL)
        s = g->mul_base(b->group_ctx, d->constant, secret);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        s = g->mul_base(b->group_ctx, d->images + i * g->point_len, d->shares + i * g->scalar_len);
    eb_wipe(coefficients, (t - 1) * g->scalar_len);
    return s == EB_OK ? digest_broadcast(b, d->commitment, d, dealer, n) : s;
}

eb_status eb_vss_check_share(const eb_binding *b, const uint8_t *image, const uint8_t *share)
{
    uint8_t own[EB_MAX_POINT];
    eb_status s = b->group->scalar_check(b->group_ctx, share);
    if (s == EB_OK)
        s = b->group->mul_base(b->group_ctx, own, share);
    if (s == EB_OK && !eb_equal(own, image, b->group->point_len))
        s = EB_ERR_AUTH;
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

static eb_status check_commitment(const eb_binding *b, const eb_dealing *d, unsigned dealer, unsigned n)
{
    uint8_t digest[EB_DIGEST];
    eb_status s = digest_broadcast(b, digest, d, dealer, n);
    return s == EB_OK && !eb_equal(digest, d->commitment, EB_DIGEST) ? EB_ERR_AUTH : s;
}

eb_status eb_vss_check_broadcast(const eb_binding *b, const eb_dealing *d, unsigned dealer, unsigned n, unsigned t)
{
    eb_status s = check_commitment(b, d, dealer, n);
    return s == EB_OK ? eb_shares_check(b, d->constant, d->images, n, t) : s;
}

/* ---- dealings added up ---- */

/* What is added: dealings with their weights, and the number 1. */
typedef struct sum {
    const eb_dealing *dealings;
    unsigned count;
    const uint8_t *weights; /* NULL: 1 */
    uint8_t one[EB_MAX_SCALAR];
} sum;

static const uint8_t *weight_of(const eb_binding *b, const sum *x, unsigned i)
{
    return x->weights != NULL ? x->weights + i * b->group->scalar_len : x->one;
}

/* out = out + sum of weight * point, the points those of each dealing at `at` bytes from its images (or its constant); one
   combination, whose result is encoded once. */
static eb_status add_points(const eb_binding *b, uint8_t *out, bool empty, const sum *x, bool constant, size_t at)
{
    eb_term terms[EB_MAX_AGENTS + 1];
    uint8_t total[EB_MAX_POINT];
    size_t n = 0;
    for (unsigned i = 0; i < x->count; i++)
        terms[n++] = (eb_term){.scalar = weight_of(b, x, i),
                               .point = constant ? x->dealings[i].constant : x->dealings[i].images + at};
    if (!empty)
        terms[n++] = (eb_term){.scalar = x->one, .point = out};
    eb_status s = b->group->combine(b->group_ctx, total, terms, n);
    if (s == EB_OK)
        memcpy(out, total, b->group->point_len);
    return s;
}

static eb_status add_shares(const eb_binding *b, uint8_t *out, bool empty, const sum *x, size_t at)
{
    uint8_t product[EB_MAX_SCALAR];
    eb_status s = EB_OK;
    if (empty)
        memset(out, 0, b->group->scalar_len);
    for (unsigned i = 0; i < x->count && s == EB_OK; i++) {
        s = b->group->scalar_mul(b->group_ctx, product, weight_of(b, x, i), x->dealings[i].shares + at);
        if (s == EB_OK)
            s = b->group->scalar_add(b->group_ctx, out, out, product);
    }
    eb_wipe(product, sizeof product);
    return s;
}

static eb_status add_all(const eb_binding *b, eb_pool *p, const sum *x)
{
    eb_status s = EB_OK;
    if (p->constant != NULL)
        s = add_points(b, p->constant, p->empty, x, true, 0);
    for (unsigned j = 0; j < p->n && s == EB_OK; j++) {
        const size_t point = j * b->group->point_len, share = j * b->group->scalar_len;
        s = add_points(b, p->images + point, p->empty, x, false, point);
        if (s == EB_OK)
            s = add_shares(b, p->shares + share, p->empty, x, share);
    }
    p->empty = false;
    return s;
}

/* Every commitment, every share. */
static eb_status check_dealing(const eb_binding *b, const eb_pool *p, const eb_dealing *d, unsigned dealer,
                               eb_complaint *complaint)
{
    *complaint = (eb_complaint){.dealer = dealer};
    eb_status s = check_commitment(b, d, dealer, p->n);
    for (unsigned j = 0; j < p->n && s == EB_OK; j++) {
        complaint->agent = j + 1;
        s = eb_vss_check_share(b, d->images + j * b->group->point_len, d->shares + j * b->group->scalar_len);
    }
    if (s == EB_OK)
        *complaint = (eb_complaint){0};
    return s;
}

/* Do the sums fit together: the images lie on one polynomial with the key, and each agent's share is its image's? */
static eb_status check_sum(const eb_binding *b, const eb_pool *p, const uint8_t *key, eb_complaint *complaint)
{
    eb_status s = eb_shares_check(b, key, p->images, p->n, p->t);
    for (unsigned j = 0; j < p->n && s == EB_OK; j++) {
        s = eb_vss_check_share(b, p->images + j * b->group->point_len, p->shares + j * b->group->scalar_len);
        if (s == EB_ERR_AUTH)
            complaint->agent = j + 1;
    }
    return s;
}

static unsigned dealer_at(const unsigned *dealers, unsigned i)
{
    return dealers != NULL ? dealers[i] : i + 1;
}

eb_status eb_vss_add(const eb_binding *b, eb_pool *p, const uint8_t *key, const eb_dealing *dealings, unsigned count,
                     const unsigned *dealers, const uint8_t *weights, eb_complaint *complaint)
{
    sum x = {.dealings = dealings, .count = count, .weights = weights};
    eb_status s = count >= 1 && count <= EB_MAX_AGENTS ? EB_OK : EB_ERR_INVALID;
    *complaint = (eb_complaint){0};
    eb_scalar_set(b->group, x.one, 1);
    for (unsigned i = 0; i < count && s == EB_OK; i++)
        s = check_dealing(b, p, &dealings[i], dealer_at(dealers, i), complaint);
    if (s != EB_OK)
        return s;
    s = add_all(b, p, &x);
    if (s == EB_OK)
        s = check_sum(b, p, key, complaint);
    if (s != EB_ERR_AUTH && s != EB_ERR_INVALID)
        return s;
    for (unsigned i = 0; i < count; i++) {
        s = eb_vss_check_broadcast(b, &dealings[i], dealer_at(dealers, i), p->n, p->t);
        if (s == EB_OK)
            continue;
        *complaint = (eb_complaint){.dealer = dealer_at(dealers, i)};
        return s;
    }
    return EB_ERR_AUTH; /* the dealings are good: what they were added to is not, as the agent's share may show */
}
