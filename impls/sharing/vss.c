/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/vss.h"

#include <stdlib.h>
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

eb_dealing *eb_vss_new(const eb_binding *b, unsigned count, unsigned n, bool of_zero)
{
    const eb_group *g = b->group;
    const size_t each = dealing_len(g, n);
    eb_dealing *d = calloc(1, count * (sizeof *d + each) + 1);
    uint8_t *space = (uint8_t *)(d + count);
    for (unsigned i = 0; i < count && d != NULL; i++, space += each) {
        d[i].constant = of_zero ? NULL : space;
        d[i].images = space + g->point_len;
        d[i].shares = d[i].images + n * g->point_len;
    }
    return d;
}

void eb_vss_free(const eb_binding *b, eb_dealing *dealings, unsigned count, unsigned n)
{
    if (dealings != NULL)
        eb_wipe(dealings, count * (sizeof *dealings + dealing_len(b->group, n)));
    free(dealings);
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

eb_status eb_vss_check_broadcast(const eb_binding *b, const eb_dealing *d, unsigned dealer, unsigned n, unsigned t)
{
    uint8_t digest[EB_DIGEST];
    eb_status s = digest_broadcast(b, digest, d, dealer, n);
    if (s == EB_OK && !eb_equal(digest, d->commitment, EB_DIGEST))
        s = EB_ERR_AUTH;
    return s == EB_OK ? eb_shares_check(b, d->constant, d->images, n, t) : s;
}

/* ---- dealings added up ---- */

/* acc = acc + weight * point. */
static eb_status add_point(const eb_binding *b, uint8_t *acc, const uint8_t *one, const uint8_t *weight,
                           const uint8_t *point)
{
    const eb_term terms[] = {{.scalar = one, .point = acc}, {.scalar = weight, .point = point}};
    uint8_t sum[EB_MAX_POINT];
    eb_status s = b->group->combine(b->group_ctx, sum, terms, 2);
    if (s == EB_OK)
        memcpy(acc, sum, b->group->point_len);
    return s;
}

/* acc = acc + weight * share. */
static eb_status add_share(const eb_binding *b, uint8_t *acc, const uint8_t *weight, const uint8_t *share)
{
    uint8_t product[EB_MAX_SCALAR];
    eb_status s = b->group->scalar_mul(b->group_ctx, product, weight, share);
    if (s == EB_OK)
        s = b->group->scalar_add(b->group_ctx, acc, acc, product);
    eb_wipe(product, sizeof product);
    return s;
}

static eb_status add_all(const eb_binding *b, eb_pool *p, const eb_dealing *d, const uint8_t *weight)
{
    const eb_group *g = b->group;
    uint8_t one[EB_MAX_SCALAR];
    eb_status s = EB_OK;
    eb_scalar_set(g, one, 1);
    if (p->constant != NULL && d->constant != NULL)
        s = add_point(b, p->constant, one, weight, d->constant);
    for (unsigned i = 0; i < p->n && s == EB_OK; i++) {
        s = add_point(b, p->images + i * g->point_len, one, weight, d->images + i * g->point_len);
        if (s == EB_OK)
            s = add_share(b, p->shares + i * g->scalar_len, weight, d->shares + i * g->scalar_len);
    }
    return s;
}

/* The first dealing, weighted, is the sum. */
static eb_status take_first(const eb_binding *b, eb_pool *p, const eb_dealing *d, const uint8_t *weight)
{
    const eb_group *g = b->group;
    eb_status s = EB_OK;
    if (p->constant != NULL && d->constant != NULL)
        s = g->combine(b->group_ctx, p->constant, &(eb_term){.scalar = weight, .point = d->constant}, 1);
    for (unsigned i = 0; i < p->n && s == EB_OK; i++) {
        const eb_term term = {.scalar = weight, .point = d->images + i * g->point_len};
        s = g->combine(b->group_ctx, p->images + i * g->point_len, &term, 1);
        if (s == EB_OK)
            s = g->scalar_mul(b->group_ctx, p->shares + i * g->scalar_len, weight, d->shares + i * g->scalar_len);
    }
    return s;
}

eb_status eb_vss_add(const eb_binding *b, eb_pool *p, unsigned dealer, const eb_dealing *d, const uint8_t *weight,
                     eb_complaint *complaint)
{
    uint8_t one[EB_MAX_SCALAR];
    *complaint = (eb_complaint){.dealer = dealer};
    eb_status s = eb_vss_check_broadcast(b, d, dealer, p->n, p->t);
    for (unsigned i = 0; i < p->n && s == EB_OK; i++) {
        complaint->agent = i + 1;
        s = eb_vss_check_share(b, d->images + i * b->group->point_len, d->shares + i * b->group->scalar_len);
    }
    if (s != EB_OK)
        return s;
    *complaint = (eb_complaint){0};
    eb_scalar_set(b->group, one, 1);
    if (weight == NULL)
        weight = one;
    s = p->empty ? take_first(b, p, d, weight) : add_all(b, p, d, weight);
    p->empty = false;
    return s;
}

eb_status eb_vss_check_pool(const eb_binding *b, const eb_pool *p)
{
    eb_status s = EB_OK;
    for (unsigned i = 0; i < p->n && s == EB_OK; i++)
        s = eb_vss_check_share(b, p->images + i * b->group->point_len, p->shares + i * b->group->scalar_len);
    return s;
}
