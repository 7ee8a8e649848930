/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/scalar.h"

#include <string.h>

void eb_scalar_set(const eb_group *g, uint8_t *out, uint32_t v)
{
    memset(out, 0, g->scalar_len);
    for (size_t i = 0; i < sizeof v; i++)
        out[g->little_endian ? i : g->scalar_len - 1 - i] = (uint8_t)(v >> (8 * i));
}

enum { XMD_PARTS = 40 };

/* expand_message_xmd (RFC 9380, s. 5.3.1). */
static eb_status expand_message(const eb_binding *b, uint8_t *out, size_t len, const eb_bytes *msg, size_t n,
                                eb_bytes dst)
{
    static const uint8_t zeros[EB_MAX_BLOCK];
    const size_t h = b->group_hash->out_len;
    if (dst.len > 255 || n + 5 > XMD_PARTS || len > 255 * h)
        return EB_ERR_INVALID;
    uint8_t b0[EB_MAX_HASH], bi[EB_MAX_HASH] = {0}, counter = 0;
    const uint8_t length[] = {(uint8_t)(len >> 8), (uint8_t)len}, dst_len = (uint8_t)dst.len;
    eb_bytes parts[XMD_PARTS]; /* Z_pad || msg || l_i_b_str || I2OSP(0, 1) || DST_prime */
    parts[0] = eb_range(zeros, b->group_hash->block_len);
    memcpy(parts + 1, msg, n * sizeof *msg);
    parts[n + 1] = eb_range(length, 2);
    parts[n + 2] = eb_range(&counter, 1);
    parts[n + 3] = dst;
    parts[n + 4] = eb_range(&dst_len, 1);
    eb_status s = b->group_hash->digest(b->group_hash_ctx, b0, parts, n + 5);
    for (size_t done = 0; s == EB_OK && done < len;) {
        uint8_t mixed[EB_MAX_HASH]; /* b_i = H((b_0 XOR b_(i-1)) || I2OSP(i, 1) || DST_prime) */
        for (size_t i = 0; i < h; i++)
            mixed[i] = b0[i] ^ bi[i];
        counter++;
        const eb_bytes next[] = {eb_range(mixed, h), eb_range(&counter, 1), dst, eb_range(&dst_len, 1)};
        s = b->group_hash->digest(b->group_hash_ctx, bi, next, 4);
        const size_t take = len - done < h ? len - done : h;
        memcpy(out + done, bi, take);
        done += take;
        eb_wipe(mixed, sizeof mixed);
    }
    eb_wipe(b0, sizeof b0);
    eb_wipe(bi, sizeof bi);
    return s;
}

eb_status eb_hash_to_scalar(const eb_binding *b, uint8_t *out, const eb_bytes *msg, size_t n, eb_bytes dst)
{
    uint8_t wide[EB_MAX_WIDE];
    eb_status s = expand_message(b, wide, b->group->wide_len, msg, n, dst);
    if (s == EB_OK)
        s = b->group->scalar_reduce(b->group_ctx, out, wide);
    eb_wipe(wide, sizeof wide);
    return s;
}

/* acc = acc * x + add */
static eb_status multiply_add(const eb_binding *b, uint8_t *acc, const uint8_t *x, const uint8_t *add)
{
    eb_status s = b->group->scalar_mul(b->group_ctx, acc, acc, x);
    return s == EB_OK ? b->group->scalar_add(b->group_ctx, acc, acc, add) : s;
}

eb_status eb_scalar_split(const eb_binding *b, uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret,
                          const uint8_t *coefficients)
{
    const size_t len = b->group->scalar_len;
    if (t < 1 || t > n)
        return EB_ERR_INVALID;
    eb_status s = EB_OK;
    for (unsigned i = 1; i <= n && s == EB_OK; i++) { /* Horner's rule from the highest coefficient down */
        uint8_t x[EB_MAX_SCALAR], *share = shares + (size_t)(i - 1) * len;
        eb_scalar_set(b->group, x, i);
        memset(share, 0, len);
        for (unsigned k = t - 1; k >= 1 && s == EB_OK; k--)
            s = multiply_add(b, share, x, coefficients + (size_t)(k - 1) * len);
        if (s == EB_OK)
            s = multiply_add(b, share, x, secret);
    }
    if (s != EB_OK)
        eb_wipe(shares, n * len);
    return s;
}

/* The difference of two small numbers as a scalar. */
static eb_status difference(const eb_binding *b, uint8_t *out, unsigned a, unsigned c)
{
    uint8_t x[EB_MAX_SCALAR], y[EB_MAX_SCALAR];
    eb_scalar_set(b->group, x, a);
    eb_scalar_set(b->group, y, c);
    return b->group->scalar_sub(b->group_ctx, out, x, y);
}

/* product = product * (x - y) for small numbers. */
static eb_status times_difference(const eb_binding *b, uint8_t *product, unsigned x, unsigned y)
{
    uint8_t v[EB_MAX_SCALAR];
    eb_status s = difference(b, v, x, y);
    return s == EB_OK ? b->group->scalar_mul(b->group_ctx, product, product, v) : s;
}

/* Inverts n scalars in place with one inversion (Montgomery's trick); all are public. EB_ERR_INVALID if one is zero. */
static eb_status invert_all(const eb_binding *b, uint8_t *v, unsigned n)
{
    const eb_group *g = b->group;
    uint8_t prefix[(EB_MAX_AGENTS + 1) * EB_MAX_SCALAR], inverse[EB_MAX_SCALAR], next[EB_MAX_SCALAR];
    const size_t len = g->scalar_len;
    eb_status s = EB_OK;
    memcpy(prefix, v, len);
    for (unsigned i = 1; i < n && s == EB_OK; i++) /* prefix_i = v_0 * ... * v_i */
        s = g->scalar_mul(b->group_ctx, prefix + i * len, prefix + (i - 1) * len, v + i * len);
    if (s == EB_OK)
        s = g->scalar_invert(b->group_ctx, inverse, prefix + (n - 1) * len);
    for (unsigned i = n; i-- > 1 && s == EB_OK;) { /* inverse is that of prefix_i */
        s = g->scalar_mul(b->group_ctx, next, inverse, v + i * len);
        if (s == EB_OK)
            s = g->scalar_mul(b->group_ctx, v + i * len, inverse, prefix + (i - 1) * len);
        memcpy(inverse, next, len);
    }
    memcpy(v, inverse, len);
    return s;
}

eb_status eb_lagrange(const eb_binding *b, uint8_t *out, const unsigned *xs, unsigned t)
{
    /* lambda_i = P / (x_i * product of (x_j - x_i) over j != i), P the product of all x_j. */
    const eb_group *g = b->group;
    const size_t len = g->scalar_len;
    uint8_t all[EB_MAX_SCALAR], v[EB_MAX_SCALAR];
    eb_status s = t >= 1 && t <= EB_MAX_AGENTS ? EB_OK : EB_ERR_INVALID;
    eb_scalar_set(g, all, 1);
    for (unsigned i = 0; i < t && s == EB_OK; i++) {
        eb_scalar_set(g, v, xs[i]);
        memcpy(out + i * len, v, len); /* a point at zero, or two that are equal, make a zero that is not inverted */
        s = g->scalar_mul(b->group_ctx, all, all, v);
        for (unsigned j = 0; j < t && s == EB_OK; j++)
            if (j != i)
                s = times_difference(b, out + i * len, xs[j], xs[i]);
    }
    if (s == EB_OK)
        s = invert_all(b, out, t);
    for (unsigned i = 0; i < t && s == EB_OK; i++)
        s = g->scalar_mul(b->group_ctx, out + i * len, out + i * len, all);
    if (s != EB_OK && t <= EB_MAX_AGENTS)
        memset(out, 0, t * len);
    return s;
}

eb_status eb_scalar_combine(const eb_binding *b, uint8_t *secret, const unsigned *xs, const uint8_t *const *shares,
                            unsigned t)
{
    const eb_group *g = b->group;
    uint8_t lambda[EB_MAX_AGENTS * EB_MAX_SCALAR], product[EB_MAX_SCALAR];
    if (t < 1 || t > EB_MAX_AGENTS)
        return EB_ERR_INVALID;
    memset(secret, 0, g->scalar_len);
    eb_status s = eb_lagrange(b, lambda, xs, t);
    for (unsigned i = 0; i < t && s == EB_OK; i++) {
        s = g->scalar_mul(b->group_ctx, product, lambda + i * g->scalar_len, shares[i]);
        if (s == EB_OK)
            s = g->scalar_add(b->group_ctx, secret, secret, product);
    }
    eb_wipe(product, sizeof product);
    if (s != EB_OK)
        eb_wipe(secret, g->scalar_len);
    return s;
}

eb_status eb_point_combine(const eb_binding *b, uint8_t *out, const unsigned *xs, const uint8_t *const *points,
                           unsigned t)
{
    uint8_t lambda[EB_MAX_AGENTS * EB_MAX_SCALAR];
    eb_term terms[EB_MAX_AGENTS];
    if (t < 1 || t > EB_MAX_AGENTS)
        return EB_ERR_INVALID;
    eb_status s = eb_lagrange(b, lambda, xs, t);
    for (unsigned i = 0; i < t; i++)
        terms[i] = (eb_term){.scalar = lambda + i * b->group->scalar_len, .point = points[i]};
    return s == EB_OK ? b->group->combine(b->group_ctx, out, terms, t) : s;
}

/* ---- one word of the dual code ---- */

/* The polynomial's coefficients, from x^0 up, by hashing the digest of the inputs: the public word cannot be steered. */
static eb_status dual_coefficients(const eb_binding *b, uint8_t *out, unsigned count, const uint8_t *digest)
{
    eb_status s = EB_OK;
    for (unsigned k = 0; k < count && s == EB_OK; k++) {
        const uint8_t index = (uint8_t)k;
        const eb_bytes msg[] = {eb_range(digest, b->group_hash->out_len), eb_range(&index, 1)};
        s = eb_hash_to_scalar(b, out + k * b->group->scalar_len, msg, 2, EB_LITERAL("escrowbench dual code v1"));
    }
    return s;
}

static eb_status evaluate(const eb_binding *b, uint8_t *out, unsigned x, const uint8_t *coefficients, unsigned count)
{
    uint8_t point[EB_MAX_SCALAR];
    eb_status s = EB_OK;
    eb_scalar_set(b->group, point, x);
    memset(out, 0, b->group->scalar_len);
    for (unsigned k = count; k-- > 0 && s == EB_OK;)
        s = multiply_add(b, out, point, coefficients + k * b->group->scalar_len);
    return s;
}

/* The dual word at the points 0 to n: f(x) / product of (x - j) over j != x. */
static eb_status dual_word(const eb_binding *b, uint8_t *words, unsigned n, const uint8_t *digest, unsigned count)
{
    const size_t len = b->group->scalar_len;
    uint8_t coefficients[EB_MAX_AGENTS * EB_MAX_SCALAR], value[EB_MAX_SCALAR];
    eb_status s = dual_coefficients(b, coefficients, count, digest);
    for (unsigned x = 0; x <= n && s == EB_OK; x++) {
        eb_scalar_set(b->group, words + x * len, 1);
        for (unsigned j = 0; j <= n && s == EB_OK; j++)
            if (j != x)
                s = times_difference(b, words + x * len, x, j);
    }
    if (s == EB_OK)
        s = invert_all(b, words, n + 1);
    for (unsigned x = 0; x <= n && s == EB_OK; x++) {
        s = evaluate(b, value, x, coefficients, count);
        if (s == EB_OK)
            s = b->group->scalar_mul(b->group_ctx, words + x * len, words + x * len, value);
    }
    return s;
}

/* Minus one term of a dual word: what the others must sum to. */
static eb_status negated_term(const eb_binding *b, uint8_t *out, uint8_t *word, const uint8_t *point)
{
    const uint8_t zero[EB_MAX_SCALAR] = {0};
    eb_status s = b->group->scalar_sub(b->group_ctx, word, zero, word);
    return s == EB_OK ? b->group->combine(b->group_ctx, out, &(eb_term){.scalar = word, .point = point}, 1) : s;
}

eb_status eb_shares_check(const eb_binding *b, const uint8_t *pk, const uint8_t *shares, unsigned n, unsigned t)
{
    const eb_group *g = b->group;
    uint8_t words[(EB_MAX_AGENTS + 1) * EB_MAX_SCALAR], digest[EB_MAX_HASH];
    uint8_t left[EB_MAX_POINT], right[EB_MAX_POINT];
    eb_term terms[EB_MAX_AGENTS];
    if (t < 1 || t > n || n > EB_MAX_AGENTS || (pk == NULL && n < 2))
        return EB_ERR_INVALID;
    const eb_bytes all[] = {eb_range(pk, pk != NULL ? g->point_len : 0), eb_range(shares, n * g->point_len)};
    eb_status s = b->group_hash->digest(b->group_hash_ctx, digest, all, 2);
    if (s == EB_OK) /* n + 1 points, polynomials of degree t - 1: the dual word's polynomial has degree n - t */
        s = dual_word(b, words, n, digest, n - t + 1);
    for (unsigned i = 0; i < n; i++)
        terms[i] =
            (eb_term){.scalar = words + (size_t)(i + 1) * g->scalar_len, .point = shares + (size_t)i * g->point_len};
    const unsigned count =
        pk != NULL ? n : n - 1; /* the identity has no encoding: the last share takes the key's place */
    if (s == EB_OK)
        s = pk != NULL ? negated_term(b, right, words, pk)
                       : negated_term(b, right, words + (size_t)n * g->scalar_len, terms[n - 1].point);
    if (s == EB_OK)
        s = g->combine(b->group_ctx, left, terms, count);
    if (s != EB_OK)
        return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
    return eb_equal(left, right, g->point_len) ? EB_OK : EB_ERR_AUTH;
}
