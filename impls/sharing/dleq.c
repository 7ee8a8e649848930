/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/dleq.h"

#include <string.h>

#include "sharing/scalar.h"

size_t eb_dleq_len(const eb_group *g)
{
    return 2 * g->scalar_len;
}

enum { MAX_CONTEXT = 96, MAX_DST = 32 + MAX_CONTEXT };

/* A domain-separation tag: a label in front of the context string. */
typedef struct tag {
    uint8_t bytes[MAX_DST];
    size_t len;
} tag;

static eb_status make_tag(tag *t, const char *label, eb_bytes context)
{
    const size_t n = strlen(label);
    if (context.len > MAX_CONTEXT || n + context.len > sizeof t->bytes)
        return EB_ERR_INVALID;
    memcpy(t->bytes, label, n);
    memcpy(t->bytes + n, context.ptr, context.len);
    t->len = n + context.len;
    return EB_OK;
}

/* A point packed, behind its length in two bytes: as transcripts have it. */
typedef struct framed {
    uint8_t bytes[2 + EB_MAX_PACKED];
    size_t len;
} framed;

static eb_status frame(const eb_binding *b, framed *f, const uint8_t *point)
{
    f->bytes[0] = 0;
    f->bytes[1] = (uint8_t)b->group->packed_len;
    f->len = 2 + b->group->packed_len;
    return b->group->pack(b->group_ctx, f->bytes + 2, point);
}

static eb_bytes framed_bytes(const framed *f)
{
    return eb_range(f->bytes, f->len);
}

/* The seed of the composites' weights: Hash(len(Bm) || Bm || len(seedDST) || seedDST), s. 2.2.1. */
static eb_status composite_seed(const eb_binding *b, uint8_t *seed, const eb_dleq *st)
{
    tag dst;
    framed bm;
    eb_status s = make_tag(&dst, "Seed-", st->context);
    if (s == EB_OK)
        s = frame(b, &bm, st->b);
    if (s != EB_OK)
        return s;
    const uint8_t len[] = {0, (uint8_t)dst.len};
    const eb_bytes parts[] = {framed_bytes(&bm), eb_range(len, 2), eb_range(dst.bytes, dst.len)};
    return b->group_hash->digest(b->group_hash_ctx, seed, parts, 3);
}

/* The i-th weight: HashToScalar(len(seed) || seed || i || len(Ci) || Ci || len(Di) || Di || "Composite"). */
static eb_status composite_weight(const eb_binding *b, uint8_t *weight, const eb_dleq *st, size_t i,
                                  const uint8_t *seed)
{
    tag dst;
    framed c, d;
    eb_status s = make_tag(&dst, "HashToScalar-", st->context);
    if (s == EB_OK)
        s = frame(b, &c, st->c[i]);
    if (s == EB_OK)
        s = frame(b, &d, st->d[i]);
    if (s != EB_OK)
        return s;
    const size_t h = b->group_hash->out_len;
    const uint8_t len[] = {0, (uint8_t)h}, index[] = {(uint8_t)(i >> 8), (uint8_t)i};
    const eb_bytes msg[] = {eb_range(len, 2), eb_range(seed, h), eb_range(index, 2),
                            framed_bytes(&c), framed_bytes(&d),  EB_LITERAL("Composite")};
    return eb_hash_to_scalar(b, weight, msg, 6, eb_range(dst.bytes, dst.len));
}

enum { MAX_BATCH = EB_DLEQ_MAX };

/* M = sum of weight_i * C_i, and with z not NULL likewise Z over D_i: ComputeComposites. A prover, who knows k, takes
   Z = k * M instead: ComputeCompositesFast. With one pair, a plain proof takes it as it is. */
static eb_status composites(const eb_binding *b, uint8_t *m, uint8_t *z, const eb_dleq *st)
{
    uint8_t seed[EB_MAX_HASH], weights[MAX_BATCH * EB_MAX_SCALAR];
    eb_term terms[MAX_BATCH];
    if (st->m < 1 || st->m > MAX_BATCH || (st->plain && st->m != 1))
        return EB_ERR_INVALID;
    if (st->plain) {
        memcpy(m, st->c[0], b->group->point_len);
        if (z != NULL)
            memcpy(z, st->d[0], b->group->point_len);
        return EB_OK;
    }
    eb_status s = composite_seed(b, seed, st);
    for (size_t i = 0; i < st->m && s == EB_OK; i++) {
        terms[i] = (eb_term){.scalar = weights + i * b->group->scalar_len, .point = st->c[i]};
        s = composite_weight(b, weights + i * b->group->scalar_len, st, i, seed);
    }
    eb_public(weights, st->m * b->group->scalar_len); /* hashes of what prover and verifier share */
    if (s == EB_OK)
        s = b->group->combine(b->group_ctx, m, terms, st->m);
    for (size_t i = 0; i < st->m; i++)
        terms[i].point = st->d[i];
    if (s == EB_OK && z != NULL)
        s = b->group->combine(b->group_ctx, z, terms, st->m);
    return s;
}

/* c = HashToScalar(len(Bm) || Bm || len(a0) || a0 || ... || "Challenge"), a0 to a3 = M, Z, t2, t3. */
static eb_status challenge(const eb_binding *b, uint8_t *c, const eb_dleq *st, const uint8_t *const commitments[4])
{
    tag dst;
    framed parts[5];
    eb_bytes msg[6];
    eb_status s = make_tag(&dst, "HashToScalar-", st->context);
    if (s == EB_OK)
        s = frame(b, &parts[0], st->b);
    for (size_t i = 0; i < 4 && s == EB_OK; i++)
        s = frame(b, &parts[i + 1], commitments[i]);
    if (s != EB_OK)
        return s;
    for (size_t i = 0; i < 5; i++)
        msg[i] = framed_bytes(&parts[i]);
    msg[5] = EB_LITERAL("Challenge");
    return eb_hash_to_scalar(b, c, msg, 6, eb_range(dst.bytes, dst.len));
}

eb_status eb_dleq_prove(const eb_binding *b, uint8_t *proof, const eb_dleq *st, const uint8_t *k, const uint8_t *r)
{
    const eb_group *g = b->group;
    uint8_t m[EB_MAX_POINT], z[EB_MAX_POINT], t2[EB_MAX_POINT], t3[EB_MAX_POINT], ck[EB_MAX_SCALAR];
    const uint8_t *const commitments[4] = {m, z, t2, t3};
    eb_status s = composites(b, m, st->plain ? z : NULL, st);
    if (s == EB_OK && !st->plain)
        s = g->mul(b->group_ctx, z, k, m);
    if (s == EB_OK)
        s = st->a == NULL ? g->mul_base(b->group_ctx, t2, r) : g->mul(b->group_ctx, t2, r, st->a);
    if (s == EB_OK)
        s = g->mul(b->group_ctx, t3, r, m);
    if (s == EB_OK)
        s = challenge(b, proof, st, commitments);
    eb_public(proof, g->scalar_len);
    if (s == EB_OK) /* s = r - c * k */
        s = g->scalar_mul(b->group_ctx, ck, proof, k);
    if (s == EB_OK)
        s = g->scalar_sub(b->group_ctx, proof + g->scalar_len, r, ck);
    eb_public(proof, eb_dleq_len(g)); /* a proof tells nothing of the key; what it is about may be secret still */
    eb_wipe(ck, sizeof ck);
    eb_wipe(z, sizeof z); /* tells D, and answers are secret */
    if (s != EB_OK)
        eb_wipe(proof, eb_dleq_len(g));
    return s;
}

eb_status eb_dleq_nonce(const eb_binding *b, uint8_t *r, const eb_dleq *st, const uint8_t *k, const uint8_t *coins)
{
    /* One digest over the statement keeps the number of parts fixed. */
    const size_t n = b->group->point_len;
    uint8_t statement[EB_MAX_HASH];
    eb_bytes parts[2 + 2 * MAX_BATCH];
    size_t count = 0;
    if (st->m < 1 || st->m > MAX_BATCH)
        return EB_ERR_INVALID;
    if (st->a != NULL)
        parts[count++] = eb_range(st->a, n);
    parts[count++] = eb_range(st->b, n);
    for (size_t i = 0; i < st->m; i++) {
        parts[count++] = eb_range(st->c[i], n);
        parts[count++] = eb_range(st->d[i], n);
    }
    eb_status s = b->group_hash->digest(b->group_hash_ctx, statement, parts, count);
    if (s != EB_OK)
        return s;
    const eb_bytes msg[] = {eb_range(coins, EB_DIGEST), eb_range(k, b->group->scalar_len),
                            eb_range(statement, b->group_hash->out_len), st->context};
    return eb_hash_to_scalar(b, r, msg, 4, EB_LITERAL("escrowbench DLEQ nonce v1"));
}

eb_status eb_dleq_verify(const eb_binding *b, const uint8_t *proof, const eb_dleq *st)
{
    const eb_group *g = b->group;
    const uint8_t *c = proof, *r = proof + g->scalar_len;
    uint8_t m[EB_MAX_POINT], z[EB_MAX_POINT], t2[EB_MAX_POINT], t3[EB_MAX_POINT], expected[EB_MAX_SCALAR];
    const uint8_t *const commitments[4] = {m, z, t2, t3};
    eb_status s = g->scalar_check(b->group_ctx, c);
    if (s == EB_OK)
        s = g->scalar_check(b->group_ctx, r);
    if (s == EB_OK)
        s = composites(b, m, z, st);
    if (s == EB_OK) { /* t2 = s * A + c * B */
        const eb_term terms[] = {{.scalar = r, .point = st->a}, {.scalar = c, .point = st->b}};
        s = g->combine(b->group_ctx, t2, terms, 2);
    }
    if (s == EB_OK) { /* t3 = s * M + c * Z */
        const eb_term terms[] = {{.scalar = r, .point = m}, {.scalar = c, .point = z}};
        s = g->combine(b->group_ctx, t3, terms, 2);
    }
    if (s == EB_OK)
        s = challenge(b, expected, st, commitments);
    eb_wipe(z, sizeof z);
    if (s != EB_OK)
        return s;
    return eb_equal(expected, c, g->scalar_len) ? EB_OK : EB_ERR_AUTH;
}
