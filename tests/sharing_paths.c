/* SPDX-License-Identifier: Apache-2.0 */
/* Every path of GF(256) sharing that this CPU has computes the same as byte-by-byte arithmetic: all lengths about a step and
 * a tile, every alignment, all small (t, n) and large ones; nothing outside of its buffers is written. A path that is wrong
 * in one byte or writes one too many is found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sharing/gf256_path.h"
#include "tests/support.h"

enum { GUARD = 64, CANARY = 0xa5 };

typedef struct shape {
    unsigned t, n;
    size_t len, shift; /* of every buffer from an aligned address */
} shape;

/* What paths are held to: one byte at a time, by the product that FIPS 197 defines (tests/impls_sharing.c). */
static uint8_t value_at(uint8_t x, uint8_t secret, const uint8_t *coins, size_t stride, unsigned t)
{
    uint8_t sum = 0;
    for (unsigned k = t - 1; k > 0; k--)
        sum = eb_gf256_mul((uint8_t)(sum ^ coins[(k - 1) * stride]), x);
    return sum ^ secret;
}

static uint8_t coefficient(uint8_t x, const uint8_t *xs, unsigned t, unsigned i)
{
    uint8_t up = 1, down = 1;
    for (unsigned j = 0; j < t; j++)
        if (j != i) {
            up = eb_gf256_mul(up, x ^ xs[j]);
            down = eb_gf256_mul(down, xs[i] ^ xs[j]);
        }
    return eb_gf256_mul(up, eb_gf256_inverse(down));
}

typedef struct buffers {
    uint8_t *memory, *secret, *coins, *shares, *out;
    size_t secret_len, coin_len, share_len;
} buffers;

static uint8_t *place(uint8_t **at, size_t len, size_t shift)
{
    uint8_t *p = *at + GUARD + shift;
    *at += (GUARD + shift + len + GUARD + 63) / 64 * 64;
    return p;
}

static void make(buffers *b, const shape *s, uint64_t *rng)
{
    b->coin_len = (s->t - 1) * s->len;
    b->share_len = s->n * s->len;
    const size_t all = 2 * s->len + b->coin_len + b->share_len + 4 * (2 * (size_t)GUARD + 64 + s->shift);
    b->memory = malloc(all);
    assert_non_null(b->memory);
    memset(b->memory, CANARY, all);
    uint8_t *at = b->memory;
    b->secret = place(&at, s->len, s->shift);
    b->coins = place(&at, b->coin_len, s->shift);
    b->shares = place(&at, b->share_len, s->shift);
    b->out = place(&at, s->len, s->shift);
    test_fill(b->secret, s->len, rng);
    test_fill(b->coins, b->coin_len, rng);
}

static bool guarded(const uint8_t *p, size_t len)
{
    for (size_t i = 1; i <= GUARD; i++)
        if (p[-(ptrdiff_t)i] != CANARY || p[len + i - 1] != CANARY)
            return false;
    return true;
}

static bool splits(const eb_gf256_path *path, const buffers *b, const shape *s)
{
    if (eb_gf256_split_by(path, b->shares, s->n, s->t, b->secret, s->len, b->coins) != EB_OK)
        return false;
    /* All bytes of small cases; of large ones a sample, and every byte through `combines`. */
    const size_t step = b->share_len * s->t > 200000 ? 61 : 1;
    for (unsigned x = 1; x <= s->n; x++)
        for (size_t j = 0; j < s->len; j += step)
            if (b->shares[(x - 1) * s->len + j] != value_at((uint8_t)x, b->secret[j], b->coins + j, s->len, s->t))
                return false;
    return guarded(b->shares, b->share_len) && guarded(b->secret, s->len) && guarded(b->coins, b->coin_len);
}

static bool combines(const eb_gf256_path *path, const buffers *b, const shape *s, uint64_t *rng)
{
    uint8_t xs[255], factors[255];
    const uint8_t *chosen[255];
    const unsigned start = (unsigned)(test_random(rng) % s->n);
    for (unsigned i = 0; i < s->t; i++) {
        const unsigned agent = (start + i) % s->n;
        xs[i] = (uint8_t)(agent + 1);
        chosen[i] = b->shares + agent * s->len;
    }
    if (eb_gf256_interpolate_by(path, b->out, 0, xs, chosen, s->t, s->len) != EB_OK ||
        memcmp(b->out, b->secret, s->len) != 0 || !guarded(b->out, s->len))
        return false;
    /* At another point, which may be a share's own. */
    const uint8_t x = (uint8_t)test_random(rng);
    if (eb_gf256_interpolate_by(path, b->out, x, xs, chosen, s->t, s->len) != EB_OK)
        return false;
    for (unsigned i = 0; i < s->t; i++)
        factors[i] = coefficient(x, xs, s->t, i);
    const size_t step = s->len * s->t > 20000 ? 61 : 1;
    for (size_t j = 0; j < s->len; j += step) {
        uint8_t sum = 0;
        for (unsigned i = 0; i < s->t; i++)
            sum ^= eb_gf256_mul(factors[i], chosen[i][j]);
        if (b->out[j] != sum)
            return false;
    }
    return guarded(b->shares, b->share_len) && guarded(b->out, s->len);
}

static bool holds(const eb_gf256_path *path, const shape *s, uint64_t *rng)
{
    buffers b;
    make(&b, s, rng);
    const bool ok = splits(path, &b, s) && combines(path, &b, s, rng);
    free(b.memory);
    return ok;
}

/* Calls `body` for many shapes; the first that fails, or NULL. */
static const char *on_shapes(const eb_gf256_path *path, bool (*body)(const eb_gf256_path *, const shape *, uint64_t *))
{
    static char failed[80];
    static const unsigned large[][2] = {{50, 99}, {67, 100}, {128, 255}, {255, 255}, {2, 255}, {6, 17}, {7, 15}};
    static const size_t lengths[] = {0, 1, 31, 32, 63, 64, 65, 127, 129, 320, 1000};
    static const size_t long_lengths[] = {4095, 4096, 4161, 8192, 16384, 16385, 33000};
    uint64_t rng = 7;
    shape s;
#define TRY(...)                                                                                                       \
    s = (shape){__VA_ARGS__};                                                                                          \
    if (!body(path, &s, &rng)) {                                                                                       \
        snprintf(failed, sizeof failed, "%u-of-%u, %zu bytes, shifted by %zu", s.t, s.n, s.len, s.shift);              \
        return failed;                                                                                                 \
    }
    for (unsigned n = 1; n <= 12; n++)
        for (unsigned t = 1; t <= n; t++)
            for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
                TRY(t, n, lengths[i], (n + 5 * t + i) % 64)
            }
    for (size_t len = 0; len <= 200; len++) {
        TRY(3, 5, len, len % 64)
        TRY(9, 11, len, (7 * len) % 64)
    }
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++)
        for (size_t k = 0; k < 5; k++) {
            TRY(large[i][0], large[i][1], lengths[2 * k + 1], k)
        }
    for (size_t i = 0; i < sizeof long_lengths / sizeof long_lengths[0]; i++) {
        TRY(2, 3, long_lengths[i], i)
        TRY(3, 5, long_lengths[i], 0)
        TRY(8, 9, long_lengths[i], 1)
    }
    TRY(50, 99, 700, 3)
#undef TRY
    return NULL;
}

static void every_path_is_byte_by_byte_arithmetic(void **state)
{
    (void)state;
    const eb_gf256_path *path;
    size_t there = 0;
    for (size_t i = 0; (path = eb_gf256_path_at(i)) != NULL; i++) {
        const char *missing = eb_gf256_path_missing(path);
        if (missing != NULL) {
            print_message("%s: not tried: %s\n", eb_gf256_path_id(path), missing);
            continue;
        }
        there++;
        const char *failed = on_shapes(path, holds);
        if (failed != NULL)
            fail_msg("%s: %s", eb_gf256_path_id(path), failed);
    }
    assert_true(there >= 1);
    assert_string_equal(eb_gf256_path_id(eb_gf256_path_at(0)), "portable");
    assert_null(eb_gf256_path_missing(eb_gf256_path_best()));
}

/* Every quotient of two elements, by the logarithms of the coefficients: the share 1 at one point and 0 at another. */
static void coefficients_are_right_for_all_points(void **state)
{
    (void)state;
    const uint8_t one[] = {1}, zero[] = {0}, *const shares[] = {one, zero};
    for (unsigned x = 0; x < 256; x++)
        for (unsigned y = 0; y < 256; y++) {
            const uint8_t xs[] = {(uint8_t)y, 0x5a};
            uint8_t out = 0xff;
            if (y == 0x5a) {
                assert_int_equal(eb_gf256_interpolate(&out, (uint8_t)x, xs, shares, 2, 1), EB_ERR_INVALID);
                assert_int_equal(out, 0);
                continue;
            }
            assert_int_equal(eb_gf256_interpolate(&out, (uint8_t)x, xs, shares, 2, 1), EB_OK);
            assert_int_equal(out, coefficient((uint8_t)x, xs, 2, 0));
        }
}

static void nibbles_are_products(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8; bit++)
        for (unsigned i = 0; i < 16; i++) {
            assert_int_equal(eb_gf256_basis[bit][i], eb_gf256_mul((uint8_t)(1u << bit), (uint8_t)i));
            assert_int_equal(eb_gf256_basis[bit][16 + i], eb_gf256_mul((uint8_t)(1u << bit), (uint8_t)(i << 4)));
        }
}

/* ---- paths that are wrong ---- */

static void flips_a_byte(uint8_t *out, size_t out_stride, unsigned first, unsigned rows, const eb_gf256_poly *p,
                         size_t width)
{
    eb_gf256_path_at(0)->evaluate(out, out_stride, first, rows, p, width);
    if (first + rows > 5)
        out[(rows - 1) * out_stride + width - 1] ^= 1;
}

static void writes_too_far(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset,
                           unsigned t, size_t width)
{
    eb_gf256_path_at(0)->combine(out, factors, shares, offset, t, width);
    if (width > EB_GF256_STEP)
        out[width] ^= 1;
}

static void drops_a_share(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset, unsigned t,
                          size_t width)
{
    eb_gf256_path_at(0)->combine(out, factors, shares, offset, t == 7 ? 6 : t, width);
}

static void wrong_paths_are_found(void **state)
{
    (void)state;
    eb_gf256_path broken = *eb_gf256_path_at(0);
    assert_null(on_shapes(&broken, holds));
    broken.evaluate = flips_a_byte;
    assert_non_null(on_shapes(&broken, holds));
    broken = *eb_gf256_path_at(0);
    broken.combine = writes_too_far;
    assert_non_null(on_shapes(&broken, holds));
    broken.combine = drops_a_share;
    assert_non_null(on_shapes(&broken, holds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_is_byte_by_byte_arithmetic),
        cmocka_unit_test(coefficients_are_right_for_all_points),
        cmocka_unit_test(nibbles_are_products),
        cmocka_unit_test(wrong_paths_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
