/* SPDX-License-Identifier: Apache-2.0 */
/* Sharing: field laws, every (t, n) gives the secret back and one share fewer fits every secret; group shares, public
 * shares and proofs on every backend that has a group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "escrowbench/registry.h"
#include "sharing/dleq.h"
#include "sharing/gf256.h"
#include "sharing/scalar.h"
#include "tests/support.h"

enum { LEN = 37, MAX_N = 255 };

static void gf256_is_the_aes_field(void **state)
{
    (void)state;
    assert_int_equal(eb_gf256_mul(0x57, 0x83), 0xc1); /* FIPS 197, s. 4.2 */
    assert_int_equal(eb_gf256_mul(0x57, 0x13), 0xfe);
    for (unsigned a = 1; a < 256; a++)
        assert_int_equal(eb_gf256_mul((uint8_t)a, eb_gf256_inverse((uint8_t)a)), 1);
    assert_int_equal(eb_gf256_inverse(0), 0);
    for (unsigned a = 0; a < 256; a += 7)
        for (unsigned b = 0; b < 256; b += 5)
            for (unsigned c = 0; c < 256; c += 11)
                assert_int_equal(eb_gf256_mul((uint8_t)a, (uint8_t)(b ^ c)),
                                 eb_gf256_mul((uint8_t)a, (uint8_t)b) ^ eb_gf256_mul((uint8_t)a, (uint8_t)c));
}

/* A random t-subset of 1..n: the first t of a shuffled list. */
static void subset(uint8_t *xs, unsigned n, unsigned t, uint64_t *rng)
{
    uint8_t all[MAX_N];
    for (unsigned i = 0; i < n; i++)
        all[i] = (uint8_t)(i + 1);
    for (unsigned i = 0; i < t; i++) {
        const unsigned k = i + (unsigned)(test_random(rng) % (n - i));
        xs[i] = all[k];
        all[k] = all[i];
    }
}

static void gf256_round_trip(unsigned t, unsigned n, uint64_t *rng)
{
    uint8_t secret[LEN], again[LEN], xs[MAX_N + 1];
    uint8_t *coins = calloc(t, LEN), *shares = calloc(n, LEN);
    const uint8_t *chosen[MAX_N + 1];
    test_fill(secret, LEN, rng);
    test_fill(coins, (size_t)t * LEN, rng);
    assert_int_equal(eb_gf256_split(shares, n, t, secret, LEN, coins), EB_OK);
    subset(xs, n, t, rng);
    for (unsigned i = 0; i < t; i++)
        chosen[i] = shares + (size_t)(xs[i] - 1) * LEN;
    assert_int_equal(eb_gf256_interpolate(again, 0, xs, chosen, t, LEN), EB_OK);
    assert_memory_equal(again, secret, LEN);
    if (t > 1) { /* t-1 shares and any other secret make a polynomial: they exclude none */
        uint8_t other[LEN], at_zero[LEN], point[LEN];
        test_fill(other, LEN, rng);
        chosen[t - 1] = other;
        xs[t - 1] = 0;
        const uint8_t elsewhere = (uint8_t)(n < 255 ? n + 1 : 255);
        assert_int_equal(eb_gf256_interpolate(point, elsewhere, xs, chosen, t, LEN), EB_OK);
        chosen[t - 1] = point;
        xs[t - 1] = elsewhere;
        if (n < 255) {
            assert_int_equal(eb_gf256_interpolate(at_zero, 0, xs, chosen, t, LEN), EB_OK);
            assert_memory_equal(at_zero, other, LEN);
        }
    }
    free(coins);
    free(shares);
}

static void gf256_gives_the_secret_back(void **state)
{
    (void)state;
    uint64_t rng = 11;
    static const unsigned sizes[][2] = {{1, 1},   {1, 5},    {2, 3},     {3, 5},    {5, 5},
                                        {50, 99}, {67, 100}, {128, 255}, {255, 255}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        gf256_round_trip(sizes[i][0], sizes[i][1], &rng);
    for (unsigned n = 1; n <= 12; n++)
        for (unsigned t = 1; t <= n; t++)
            gf256_round_trip(t, n, &rng);
}

static void gf256_refuses_what_is_no_split(void **state)
{
    (void)state;
    uint8_t secret[4] = {1, 2, 3, 4}, coins[16] = {0}, shares[256 * 4], out[4];
    const uint8_t *two[] = {shares, shares + 4}, xs[] = {7, 7};
    assert_int_equal(eb_gf256_split(shares, 3, 0, secret, 4, coins), EB_ERR_INVALID);
    assert_int_equal(eb_gf256_split(shares, 3, 4, secret, 4, coins), EB_ERR_INVALID);
    assert_int_equal(eb_gf256_split(shares, 256, 2, secret, 4, coins), EB_ERR_INVALID);
    assert_int_equal(eb_gf256_split(shares, 2, 2, secret, 4, coins), EB_OK);
    assert_int_equal(eb_gf256_interpolate(out, 0, xs, two, 2, 4), EB_ERR_INVALID); /* an agent twice */
    assert_int_equal(eb_gf256_interpolate(out, 0, xs, two, 0, 4), EB_ERR_INVALID);
}

/* ---- groups ---- */

static const char *const group_suites[] = {"p256", "ristretto255"};
static const unsigned group_needs = EB_NEED(EB_GROUP) | EB_NEED(EB_HASH);

/* Runs `body` on every backend and suite that has a group; fails if none has. */
static void on_every_group(void (*body)(const eb_binding *b))
{
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            const eb_suite *suite = eb_suite_find(group_suites[k]);
            eb_binding b;
            if (!eb_binding_possible(backend, suite, group_needs, why, sizeof why))
                continue;
            assert_int_equal(eb_binding_open(&b, backend, suite, group_needs, NULL), EB_OK);
            body(&b);
            eb_binding_close(&b);
            ran++;
        }
    assert_true(ran >= 3);
}

static void random_scalar(const eb_binding *b, uint8_t *out, uint64_t *rng)
{
    uint8_t wide[EB_MAX_WIDE];
    test_fill(wide, sizeof wide, rng);
    assert_int_equal(b->group->scalar_reduce(b->group_ctx, out, wide), EB_OK);
}

enum { N = 5, T = 3 };

typedef struct split {
    uint8_t secret[EB_MAX_SCALAR], shares[N * EB_MAX_SCALAR], pk[EB_MAX_POINT], public_shares[N * EB_MAX_POINT];
} split;

static void make_split(const eb_binding *b, split *s, uint64_t seed)
{
    uint8_t coefficients[(T - 1) * EB_MAX_SCALAR];
    const eb_group *g = b->group;
    random_scalar(b, s->secret, &seed);
    for (int i = 0; i < T - 1; i++)
        random_scalar(b, coefficients + (size_t)i * g->scalar_len, &seed);
    assert_int_equal(eb_scalar_split(b, s->shares, N, T, s->secret, coefficients), EB_OK);
    assert_int_equal(g->mul_base(b->group_ctx, s->pk, s->secret), EB_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(g->mul_base(b->group_ctx, s->public_shares + i * g->point_len, s->shares + i * g->scalar_len),
                         EB_OK);
}

static void shares_combine(const eb_binding *b)
{
    static const unsigned subsets[][T] = {{1, 2, 3}, {3, 4, 5}, {5, 1, 3}, {2, 4, 1}};
    split s;
    make_split(b, &s, 21);
    const eb_group *g = b->group;
    for (size_t i = 0; i < sizeof subsets / sizeof subsets[0]; i++) {
        const uint8_t *scalars[T], *points[T];
        uint8_t secret[EB_MAX_SCALAR], point[EB_MAX_POINT];
        for (int k = 0; k < T; k++) {
            scalars[k] = s.shares + (subsets[i][k] - 1) * g->scalar_len;
            points[k] = s.public_shares + (subsets[i][k] - 1) * g->point_len;
        }
        assert_int_equal(eb_scalar_combine(b, secret, subsets[i], scalars, T), EB_OK);
        assert_memory_equal(secret, s.secret, g->scalar_len);
        assert_int_equal(eb_point_combine(b, point, subsets[i], points, T), EB_OK);
        assert_memory_equal(point, s.pk, g->point_len);
        assert_int_equal(eb_scalar_combine(b, secret, subsets[i], scalars, T - 1), EB_OK);
        assert_memory_not_equal(secret, s.secret, g->scalar_len);
    }
    static const unsigned twice[] = {2, 2}, zero[] = {0, 1};
    uint8_t lambda[2 * EB_MAX_SCALAR];
    assert_int_equal(eb_lagrange(b, lambda, twice, 2), EB_ERR_INVALID);
    assert_int_equal(eb_lagrange(b, lambda, zero, 2), EB_ERR_INVALID);
}

static void public_shares_are_checked(const eb_binding *b)
{
    split s, other;
    make_split(b, &s, 31);
    make_split(b, &other, 32);
    const size_t len = b->group->point_len;
    assert_int_equal(eb_shares_check(b, s.pk, s.public_shares, N, T), EB_OK);
    assert_int_equal(eb_shares_check(b, s.pk, s.public_shares, N, T + 1), EB_OK); /* also of degree T */
    assert_int_equal(eb_shares_check(b, s.pk, s.public_shares, N, T - 1), EB_ERR_AUTH);
    assert_int_equal(eb_shares_check(b, other.pk, s.public_shares, N, T), EB_ERR_AUTH);
    for (size_t i = 0; i < N; i++) { /* a share of another split in the place of one */
        uint8_t kept[EB_MAX_POINT];
        memcpy(kept, s.public_shares + i * len, len);
        memcpy(s.public_shares + i * len, other.public_shares + i * len, len);
        assert_int_equal(eb_shares_check(b, s.pk, s.public_shares, N, T), EB_ERR_AUTH);
        memcpy(s.public_shares + i * len, kept, len);
    }
}

static void proofs_hold_and_lies_do_not(const eb_binding *b)
{
    const eb_group *g = b->group;
    uint64_t rng = 41;
    uint8_t k[EB_MAX_SCALAR], wrong[EB_MAX_SCALAR], r[EB_MAX_SCALAR], r2[EB_MAX_SCALAR], pk[EB_MAX_POINT];
    uint8_t c[3][EB_MAX_POINT], d[3][EB_MAX_POINT], proof[2 * EB_MAX_SCALAR], coins[EB_DIGEST] = {1};
    const uint8_t *cs[3] = {c[0], c[1], c[2]}, *ds[3] = {d[0], d[1], d[2]};
    random_scalar(b, k, &rng);
    random_scalar(b, wrong, &rng);
    assert_int_equal(g->mul_base(b->group_ctx, pk, k), EB_OK);
    for (int i = 0; i < 3; i++) {
        uint8_t x[EB_MAX_SCALAR];
        random_scalar(b, x, &rng);
        assert_int_equal(g->mul_base(b->group_ctx, c[i], x), EB_OK);
        assert_int_equal(g->mul(b->group_ctx, d[i], k, c[i]), EB_OK);
    }
    for (size_t m = 1; m <= 3; m++) {
        eb_dleq st = {.b = pk, .c = cs, .d = ds, .m = m, .context = EB_LITERAL("test")};
        assert_int_equal(eb_dleq_nonce(b, r, &st, k, coins), EB_OK);
        assert_int_equal(eb_dleq_prove(b, proof, &st, k, r), EB_OK);
        assert_int_equal(eb_dleq_verify(b, proof, &st), EB_OK);
        for (size_t bit = 0; bit < 8 * eb_dleq_len(g); bit += 13) {
            proof[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_not_equal(eb_dleq_verify(b, proof, &st), EB_OK);
            proof[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        eb_dleq other = st;
        other.context = EB_LITERAL("tess");
        assert_int_equal(eb_dleq_verify(b, proof, &other), EB_ERR_AUTH);
        /* the same coins on another statement must give another nonce */
        assert_int_equal(eb_dleq_nonce(b, r2, &other, k, coins), EB_OK);
        assert_memory_not_equal(r, r2, g->scalar_len);
        /* one answer of the batch under another key */
        uint8_t kept[EB_MAX_POINT];
        memcpy(kept, d[m - 1], sizeof kept);
        assert_int_equal(g->mul(b->group_ctx, d[m - 1], wrong, c[m - 1]), EB_OK);
        assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_AUTH);
        assert_int_equal(eb_dleq_prove(b, proof, &st, k, r), EB_OK);
        assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_AUTH); /* no proof of a false statement */
        memcpy(d[m - 1], kept, sizeof kept);
    }
}

/* A plain proof is about one pair, and is not to be taken for one with composites. */
static void plain_proofs(const eb_binding *b)
{
    const eb_group *g = b->group;
    uint64_t rng = 51;
    uint8_t k[EB_MAX_SCALAR], r[EB_MAX_SCALAR], x[EB_MAX_SCALAR], pk[EB_MAX_POINT], c[EB_MAX_POINT], d[EB_MAX_POINT];
    uint8_t proof[2 * EB_MAX_SCALAR], again[2 * EB_MAX_SCALAR];
    const uint8_t *cs[2] = {c, c}, *ds[2] = {d, d};
    random_scalar(b, k, &rng);
    random_scalar(b, r, &rng);
    random_scalar(b, x, &rng);
    assert_int_equal(g->mul_base(b->group_ctx, pk, k), EB_OK);
    assert_int_equal(g->mul_base(b->group_ctx, c, x), EB_OK);
    assert_int_equal(g->mul(b->group_ctx, d, k, c), EB_OK);
    eb_dleq st = {.b = pk, .c = cs, .d = ds, .m = 1, .plain = true, .context = EB_LITERAL("test")};
    assert_int_equal(eb_dleq_prove(b, proof, &st, k, r), EB_OK);
    assert_int_equal(eb_dleq_verify(b, proof, &st), EB_OK);
    for (size_t bit = 0; bit < 8 * eb_dleq_len(g); bit += 13) {
        proof[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_not_equal(eb_dleq_verify(b, proof, &st), EB_OK);
        proof[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    st.plain = false;
    assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_AUTH);
    assert_int_equal(eb_dleq_prove(b, again, &st, k, r), EB_OK);
    st.plain = true;
    assert_int_equal(eb_dleq_verify(b, again, &st), EB_ERR_AUTH);
    assert_int_equal(g->mul(b->group_ctx, d, x, c), EB_OK); /* a false statement */
    assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_AUTH);
    assert_int_equal(eb_dleq_prove(b, proof, &st, k, r), EB_OK);
    assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_AUTH);
    st.m = 2;
    assert_int_equal(eb_dleq_prove(b, proof, &st, k, r), EB_ERR_INVALID);
    assert_int_equal(eb_dleq_verify(b, proof, &st), EB_ERR_INVALID);
}

static void group_shares(void **state)
{
    (void)state;
    on_every_group(shares_combine);
}

static void group_public_shares(void **state)
{
    (void)state;
    on_every_group(public_shares_are_checked);
}

static void group_proofs(void **state)
{
    (void)state;
    on_every_group(proofs_hold_and_lies_do_not);
    on_every_group(plain_proofs);
}

static int set_up(void **state)
{
    char why[256];
    (void)state;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    eb_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gf256_is_the_aes_field),
        cmocka_unit_test(gf256_gives_the_secret_back),
        cmocka_unit_test(gf256_refuses_what_is_no_split),
        cmocka_unit_test(group_shares),
        cmocka_unit_test(group_public_shares),
        cmocka_unit_test(group_proofs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
