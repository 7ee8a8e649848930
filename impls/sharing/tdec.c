/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/tdec.h"

#include <string.h>

#include "sharing/dleq.h"
#include "sharing/scalar.h"

/* A parsed authority: the public shares, then an eb_wrap_key. */
typedef struct authority {
    uint8_t shares[EB_MAX_AGENTS][EB_MAX_POINT];
    _Alignas(max_align_t) uint8_t wrap[];
} authority;

typedef struct agent {
    uint8_t share[EB_MAX_SCALAR], public_share[EB_MAX_POINT];
} agent;

static eb_dleq statement(const uint8_t *public_share, const uint8_t *const *c, const uint8_t *const *d,
                         eb_bytes context)
{
    return (eb_dleq){.b = public_share, .c = c, .d = d, .m = 1, .context = context};
}

eb_escrow_sizes eb_tdec_sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->dh->sk_len + (b->params.threshold - 1) * b->group->wide_len,
        .pub = b->dh->pk_len + b->params.agents * b->group->point_len,
        .agent_secret = b->group->scalar_len,
        .authority = sizeof(authority) + eb_wrap_key_size(b),
        .agent = sizeof(agent),
        .partial_coins = EB_DIGEST,
        .partial = b->group->point_len + eb_dleq_len(b->group),
    };
}

eb_status eb_tdec_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const eb_group *g = b->group;
    const unsigned n = b->params.agents, t = b->params.threshold;
    uint8_t x[EB_MAX_SK], coefficients[EB_MAX_AGENTS * EB_MAX_SCALAR];
    eb_status s = eb_dhkem_keygen(b, x, pub, coins);
    for (unsigned k = 0; k + 1 < t && s == EB_OK; k++)
        s = g->scalar_reduce(b->group_ctx, coefficients + k * g->scalar_len, coins + b->dh->sk_len + k * g->wide_len);
    if (s == EB_OK)
        s = eb_scalar_split(b, agents, n, t, x, coefficients);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        s = g->mul_base(b->group_ctx, pub + b->dh->pk_len + i * g->point_len, agents + i * g->scalar_len);
    eb_wipe(x, sizeof x);
    eb_wipe(coefficients, sizeof coefficients);
    return s;
}

eb_status eb_tdec_audit(const eb_binding *b, const uint8_t *pub)
{
    return eb_shares_check(b, pub, pub + b->dh->pk_len, b->params.agents, b->params.threshold);
}

eb_status eb_tdec_load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    authority *a = mem;
    const uint8_t *shares = pub + b->dh->pk_len;
    for (unsigned i = 0; i < b->params.agents; i++)
        memcpy(a->shares[i], shares + i * b->group->point_len, b->group->point_len);
    return eb_wrap_load(b, a->wrap, pub, link);
}

void eb_tdec_drop_authority(const eb_binding *b, void *mem)
{
    authority *a = mem;
    eb_wrap_drop(b, a->wrap);
}

const eb_wrap_key *eb_tdec_key(const void *mem)
{
    const authority *a = mem;
    return (const void *)a->wrap;
}

eb_status eb_tdec_capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                          const uint8_t *secret, eb_context context)
{
    return eb_wrap_capsule(b, eb_tdec_key(mem), out, coins, secret, context);
}

eb_status eb_tdec_load_agent(const eb_binding *b, void *mem, unsigned index, const uint8_t *secret)
{
    (void)index;
    agent *a = mem;
    eb_status s = b->group->scalar_check(b->group_ctx, secret);
    if (s == EB_OK)
        s = b->group->mul_base(b->group_ctx, a->public_share, secret);
    if (s == EB_OK)
        memcpy(a->share, secret, b->group->scalar_len);
    return s;
}

void eb_tdec_drop_agent(const eb_binding *b, void *mem)
{
    (void)b;
    eb_wipe(mem, sizeof(agent));
}

eb_status eb_tdec_partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins, const uint8_t *enc,
                          eb_bytes proof_context)
{
    const agent *a = mem;
    uint8_t r[EB_MAX_SCALAR], *d = out, *proof = out + b->group->point_len;
    const eb_dleq st = statement(a->public_share, &enc, (const uint8_t *const *)&d, proof_context);
    eb_status s = b->group->mul(b->group_ctx, d, a->share, enc); /* refuses an enc that is no point */
    if (s == EB_OK)
        s = eb_dleq_nonce(b, r, &st, a->share, coins);
    if (s == EB_OK)
        s = eb_dleq_prove(b, proof, &st, a->share, r);
    eb_wipe(r, sizeof r);
    return s;
}

eb_status eb_tdec_verify(const eb_binding *b, const void *mem, const uint8_t *enc, eb_answer answer,
                         eb_bytes proof_context)
{
    const authority *a = mem;
    const uint8_t *d = answer.partial;
    const eb_dleq st = statement(a->shares[answer.index - 1], &enc, &d, proof_context);
    eb_status s = b->group->point_check(b->group_ctx, enc);
    if (s != EB_OK)
        return s; /* the message is damaged: nobody lied */
    s = b->group->point_check(b->group_ctx, d);
    if (s == EB_OK)
        s = eb_dleq_verify(b, answer.partial + b->group->point_len, &st);
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

/* ---- several capsules ---- */

enum { MAX_BATCH = EB_DLEQ_MAX };

size_t eb_tdec_part_len(const eb_binding *b)
{
    return b->group->point_len;
}

size_t eb_tdec_proof_len(const eb_binding *b)
{
    return eb_dleq_len(b->group);
}

/* The points of a batch: C_i in the capsules, D_i one after the other in the answer. */
typedef struct batch {
    const uint8_t *c[MAX_BATCH], *d[MAX_BATCH];
    eb_dleq statement;
} batch;

static eb_status state_batch(const eb_binding *b, batch *q, const uint8_t *public_share, const eb_item *items,
                             size_t count, const uint8_t *answer, eb_bytes context)
{
    if (count < 1 || count > MAX_BATCH)
        return EB_ERR_INVALID;
    for (size_t i = 0; i < count; i++) {
        q->c[i] = items[i].capsule;
        q->d[i] = answer + i * b->group->point_len;
    }
    q->statement = statement(public_share, q->c, q->d, context);
    q->statement.m = count;
    return EB_OK;
}

eb_status eb_tdec_batch_partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                                const eb_item *items, size_t count, eb_bytes proof_context)
{
    const agent *a = mem;
    const size_t n = b->group->point_len;
    uint8_t r[EB_MAX_SCALAR];
    batch q;
    eb_status s = state_batch(b, &q, a->public_share, items, count, out, proof_context);
    for (size_t i = 0; i < count && s == EB_OK; i++)
        s = b->group->mul(b->group_ctx, out + i * n, a->share, q.c[i]);
    if (s == EB_OK)
        s = eb_dleq_nonce(b, r, &q.statement, a->share, coins);
    if (s == EB_OK)
        s = eb_dleq_prove(b, out + count * n, &q.statement, a->share, r);
    eb_wipe(r, sizeof r);
    return s;
}

eb_status eb_tdec_batch_verify(const eb_binding *b, const void *mem, const eb_item *items, size_t count,
                               eb_answer answer, eb_bytes proof_context)
{
    const authority *a = mem;
    batch q;
    eb_status s = state_batch(b, &q, a->shares[answer.index - 1], items, count, answer.partial, proof_context);
    for (size_t i = 0; i < count && s == EB_OK; i++)
        s = b->group->point_check(b->group_ctx, q.c[i]);
    if (s != EB_OK)
        return s; /* a message is damaged: nobody lied */
    for (size_t i = 0; i < count && s == EB_OK; i++)
        s = b->group->point_check(b->group_ctx, q.d[i]);
    if (s == EB_OK)
        s = eb_dleq_verify(b, answer.partial + count * b->group->point_len, &q.statement);
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

/* ---- combining ---- */

/* What RFC 9180 takes for DH: over P-256 the x coordinate (SEC 1 point: 0x04 || x || y), over ristretto255 the encoding. */
static const uint8_t *dh_of_point(const eb_group *g, const uint8_t *point)
{
    return g->point_len > g->packed_len ? point + 1 : point;
}

eb_status eb_tdec_combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                          eb_context context, const eb_answer *answers)
{
    const authority *a = mem;
    const eb_wrap_key *wrap = (const void *)a->wrap;
    unsigned xs[EB_MAX_AGENTS];
    const uint8_t *points[EB_MAX_AGENTS];
    uint8_t point[EB_MAX_POINT], ss[EB_DIGEST];
    for (unsigned i = 0; i < b->params.threshold; i++) {
        xs[i] = answers[i].index;
        points[i] = answers[i].partial;
    }
    eb_status s = eb_point_combine(b, point, xs, points, b->params.threshold);
    if (s == EB_OK)
        s = eb_dhkem_finish(b, ss, dh_of_point(b->group, point), capsule_bytes, eb_dhkem_public(wrap->key));
    if (s == EB_OK)
        s = eb_wrap_open(b, wrap, secret, capsule_bytes, ss, context);
    eb_wipe(point, sizeof point);
    eb_wipe(ss, sizeof ss);
    return s;
}
