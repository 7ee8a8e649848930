/* SPDX-License-Identifier: Apache-2.0 */
#include "sharing/gf256_path.h"

#include <string.h>

/* ---- the field, for public values ---- */

/* Eight field elements side by side in a word. All factors are public (indices, Lagrange coefficients), so the product
   branches on them; what is secret passes through shifts, masks and XOR only. */
typedef uint64_t lanes;

/* Times x, in each byte: shift left, and where a bit leaves the byte subtract the polynomial (0x1b without its x^8). */
static inline lanes times_x(lanes v)
{
    const lanes high = v & UINT64_C(0x8080808080808080);
    return ((v ^ high) << 1) ^ ((high - (high >> 7)) & UINT64_C(0x1b1b1b1b1b1b1b1b));
}

static inline lanes times(lanes v, uint8_t public_factor)
{
    lanes sum = 0;
    for (unsigned f = public_factor; f != 0; f >>= 1) {
        if (f & 1)
            sum ^= v;
        v = times_x(v);
    }
    return sum;
}

uint8_t eb_gf256_mul(uint8_t a, uint8_t b)
{
    return (uint8_t)times(a, b);
}

uint8_t eb_gf256_inverse(uint8_t a)
{
    uint8_t square = a, product = 1; /* a^254 = a^2 * a^4 * ... * a^128 */
    for (int i = 1; i < 8; i++) {
        square = eb_gf256_mul(square, square);
        product = eb_gf256_mul(product, square);
    }
    return product;
}

/* ---- the portable path ---- */

static inline lanes load(const uint8_t *p)
{
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(uint8_t *p, lanes v)
{
    memcpy(p, &v, sizeof v);
}

/* A step's words side by side, which compilers turn into what vectors every CPU of the architecture has. */
enum { WORDS = EB_GF256_STEP / sizeof(lanes) };

static inline void times_step(lanes product[WORDS], const uint8_t *bytes, uint8_t public_factor)
{
    lanes v[WORDS];
    for (unsigned i = 0; i < WORDS; i++) {
        v[i] = load(bytes + i * sizeof(lanes));
        product[i] = 0;
    }
    for (unsigned f = public_factor; f != 0; f >>= 1) {
        const lanes taken = (lanes)0 - (f & 1);
        for (unsigned i = 0; i < WORDS; i++) {
            product[i] ^= v[i] & taken;
            v[i] = times_x(v[i]);
        }
    }
}

/* acc = acc * factor + add. */
static void multiply_add(uint8_t *acc, uint8_t factor, const uint8_t *add, size_t width)
{
    for (size_t at = 0; at < width; at += EB_GF256_STEP) {
        lanes product[WORDS];
        times_step(product, acc + at, factor);
        for (unsigned i = 0; i < WORDS; i++)
            store(acc + at + i * sizeof(lanes), product[i] ^ load(add + at + i * sizeof(lanes)));
    }
}

/* acc = acc + add * factor. */
static void add_multiple(uint8_t *acc, uint8_t factor, const uint8_t *add, size_t width)
{
    for (size_t at = 0; at < width; at += EB_GF256_STEP) {
        lanes product[WORDS];
        times_step(product, add + at, factor);
        for (unsigned i = 0; i < WORDS; i++)
            store(acc + at + i * sizeof(lanes), product[i] ^ load(acc + at + i * sizeof(lanes)));
    }
}

static void portable_evaluate(uint8_t *out, size_t out_stride, unsigned first, unsigned rows, const eb_gf256_poly *p,
                              size_t width)
{
    for (unsigned r = 0; r < rows; r++, out += out_stride) { /* Horner's rule from the highest coefficient down */
        memcpy(out, p->others + (size_t)(p->t - 2) * p->stride, width);
        for (unsigned k = p->t - 2; k > 0; k--)
            multiply_add(out, (uint8_t)(first + r), p->others + (size_t)(k - 1) * p->stride, width);
        multiply_add(out, (uint8_t)(first + r), p->constant, width);
    }
}

static void portable_combine(uint8_t *out, const uint8_t *factors, const uint8_t *const *shares, size_t offset,
                             unsigned t, size_t width)
{
    memset(out, 0, width);
    for (unsigned k = 0; k < t; k++)
        add_multiple(out, factors[k], shares[k] + offset, width);
}

static const char *portable_missing(void)
{
    return NULL;
}

static const eb_gf256_path portable = {
    .id = "portable", .missing = portable_missing, .evaluate = portable_evaluate, .combine = portable_combine};

/* ---- which path ---- */

const uint8_t eb_gf256_basis[8][EB_GF256_NIBBLES] = {
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
     0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0, 0xf0},
    {0x00, 0x02, 0x04, 0x06, 0x08, 0x0a, 0x0c, 0x0e, 0x10, 0x12, 0x14, 0x16, 0x18, 0x1a, 0x1c, 0x1e,
     0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0, 0x1b, 0x3b, 0x5b, 0x7b, 0x9b, 0xbb, 0xdb, 0xfb},
    {0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c,
     0x00, 0x40, 0x80, 0xc0, 0x1b, 0x5b, 0x9b, 0xdb, 0x36, 0x76, 0xb6, 0xf6, 0x2d, 0x6d, 0xad, 0xed},
    {0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58, 0x60, 0x68, 0x70, 0x78,
     0x00, 0x80, 0x1b, 0x9b, 0x36, 0xb6, 0x2d, 0xad, 0x6c, 0xec, 0x77, 0xf7, 0x5a, 0xda, 0x41, 0xc1},
    {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0, 0xf0,
     0x00, 0x1b, 0x36, 0x2d, 0x6c, 0x77, 0x5a, 0x41, 0xd8, 0xc3, 0xee, 0xf5, 0xb4, 0xaf, 0x82, 0x99},
    {0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0, 0x1b, 0x3b, 0x5b, 0x7b, 0x9b, 0xbb, 0xdb, 0xfb,
     0x00, 0x36, 0x6c, 0x5a, 0xd8, 0xee, 0xb4, 0x82, 0xab, 0x9d, 0xc7, 0xf1, 0x73, 0x45, 0x1f, 0x29},
    {0x00, 0x40, 0x80, 0xc0, 0x1b, 0x5b, 0x9b, 0xdb, 0x36, 0x76, 0xb6, 0xf6, 0x2d, 0x6d, 0xad, 0xed,
     0x00, 0x6c, 0xd8, 0xb4, 0xab, 0xc7, 0x73, 0x1f, 0x4d, 0x21, 0x95, 0xf9, 0xe6, 0x8a, 0x3e, 0x52},
    {0x00, 0x80, 0x1b, 0x9b, 0x36, 0xb6, 0x2d, 0xad, 0x6c, 0xec, 0x77, 0xf7, 0x5a, 0xda, 0x41, 0xc1,
     0x00, 0xd8, 0xab, 0x73, 0x4d, 0x95, 0xe6, 0x3e, 0x9a, 0x42, 0x31, 0xe9, 0xd7, 0x0f, 0x7c, 0xa4},
};

#if !(defined(__x86_64__) && defined(__GNUC__)) && !defined(__aarch64__)
const eb_gf256_path *const eb_gf256_vector_paths[] = {NULL};
#endif

const eb_gf256_path *eb_gf256_path_at(size_t i)
{
    if (i == 0)
        return &portable;
    for (size_t k = 0; eb_gf256_vector_paths[k] != NULL; k++)
        if (k == i - 1)
            return eb_gf256_vector_paths[k];
    return NULL;
}

const char *eb_gf256_path_id(const eb_gf256_path *path)
{
    return path->id;
}

const char *eb_gf256_path_missing(const eb_gf256_path *path)
{
    return path->missing();
}

const eb_gf256_path *eb_gf256_path_best(void)
{
    const eb_gf256_path *best = &portable;
    for (size_t k = 0; eb_gf256_vector_paths[k] != NULL; k++)
        if (eb_gf256_vector_paths[k]->missing() == NULL)
            best = eb_gf256_vector_paths[k];
    return best;
}

/* ---- split ---- */

enum {
    MAX_T = 255,
    TILE = 4096,      /* bytes of each coefficient and row at a time, so that the work stays in the L1 cache */
    SUM_TILE = 16384, /* the same where there is one row */
    FEW = 6,          /* coefficients that are read where they lie */
    PACKED = MAX_T * EB_GF256_STEP,
    REST_ROWS = 8, /* rows of a rest at a time */
};

/* Copies `width` bytes of each coefficient to `packed`, one after the other at a distance of a whole number of steps;
   what a step is longer is zero. Many coefficients at a distance of the secret's length would otherwise fall on the same
   few lines of the cache, and be fetched again for each group of rows. */
static eb_gf256_poly pack(uint8_t *packed, const eb_gf256_poly *p, size_t offset, size_t width)
{
    const size_t stride = (width + EB_GF256_STEP - 1) / EB_GF256_STEP * EB_GF256_STEP;
    for (unsigned k = 0; k < p->t; k++) {
        const uint8_t *from = k == 0 ? p->constant : p->others + (size_t)(k - 1) * p->stride;
        uint8_t *to = packed + k * stride;
        memcpy(to, from + offset, width);
        memset(to + width, 0, stride - width);
    }
    return (eb_gf256_poly){.constant = packed, .others = packed + stride, .stride = stride, .t = p->t};
}

/* Less than a step: through a buffer, since a path works on whole steps only. */
static void split_rest(const eb_gf256_path *path, uint8_t *shares, size_t len, unsigned n, const eb_gf256_poly *p,
                       size_t width)
{
    uint8_t rows[REST_ROWS * EB_GF256_STEP];
    for (unsigned done = 0; done < n; done += REST_ROWS) {
        const unsigned count = n - done < REST_ROWS ? n - done : REST_ROWS;
        path->evaluate(rows, EB_GF256_STEP, done + 1, count, p, EB_GF256_STEP);
        for (unsigned r = 0; r < count; r++)
            memcpy(shares + (done + r) * len, rows + (size_t)r * EB_GF256_STEP, width);
    }
    eb_wipe(rows, (n < REST_ROWS ? n : REST_ROWS) * (size_t)EB_GF256_STEP);
}

static void split(const eb_gf256_path *path, uint8_t *shares, size_t len, unsigned n, const eb_gf256_poly *p)
{
    uint8_t packed[PACKED];
    const bool few = p->t <= FEW;
    const size_t whole = len - len % EB_GF256_STEP;
    const size_t tile = few ? TILE : PACKED / p->t / EB_GF256_STEP * EB_GF256_STEP;
    size_t dirty = 0;
    for (size_t i = 0, width; i < whole; i += width) {
        width = whole - i < tile ? whole - i : tile;
        const eb_gf256_poly here =
            few ? (eb_gf256_poly){.constant = p->constant + i, .others = p->others + i, .stride = p->stride, .t = p->t}
                : pack(packed, p, i, width);
        path->evaluate(shares + i, len, 1, n, &here, width);
        dirty = few ? 0 : tile;
    }
    if (whole < len) {
        const eb_gf256_poly here = pack(packed, p, whole, len - whole);
        split_rest(path, shares + whole, len, n, &here, len - whole);
        dirty = dirty > EB_GF256_STEP ? dirty : EB_GF256_STEP;
    }
    eb_wipe(packed, dirty * p->t);
}

eb_status eb_gf256_split_by(const eb_gf256_path *path, uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret,
                            size_t len, const uint8_t *coins)
{
    if (t < 1 || t > n || n > MAX_T)
        return EB_ERR_INVALID;
    if (t == 1) {
        for (unsigned r = 0; r < n; r++)
            memcpy(shares + r * len, secret, len);
        return EB_OK;
    }
    const eb_gf256_poly p = {.constant = secret, .others = coins, .stride = len, .t = t};
    split(path, shares, len, n, &p);
    return EB_OK;
}

eb_status eb_gf256_split(uint8_t *shares, unsigned n, unsigned t, const uint8_t *secret, size_t len,
                         const uint8_t *coins)
{
    return eb_gf256_split_by(eb_gf256_path_best(), shares, n, t, secret, len, coins);
}

/* ---- interpolate ---- */

/* Logarithms to the base of 3, which generates the field's group, and powers of 3. Of public values only: a table's address
   would give a secret away. */
static const uint8_t powers[256] = {
    0x01, 0x03, 0x05, 0x0f, 0x11, 0x33, 0x55, 0xff, 0x1a, 0x2e, 0x72, 0x96, 0xa1, 0xf8, 0x13, 0x35, 0x5f, 0xe1, 0x38,
    0x48, 0xd8, 0x73, 0x95, 0xa4, 0xf7, 0x02, 0x06, 0x0a, 0x1e, 0x22, 0x66, 0xaa, 0xe5, 0x34, 0x5c, 0xe4, 0x37, 0x59,
    0xeb, 0x26, 0x6a, 0xbe, 0xd9, 0x70, 0x90, 0xab, 0xe6, 0x31, 0x53, 0xf5, 0x04, 0x0c, 0x14, 0x3c, 0x44, 0xcc, 0x4f,
    0xd1, 0x68, 0xb8, 0xd3, 0x6e, 0xb2, 0xcd, 0x4c, 0xd4, 0x67, 0xa9, 0xe0, 0x3b, 0x4d, 0xd7, 0x62, 0xa6, 0xf1, 0x08,
    0x18, 0x28, 0x78, 0x88, 0x83, 0x9e, 0xb9, 0xd0, 0x6b, 0xbd, 0xdc, 0x7f, 0x81, 0x98, 0xb3, 0xce, 0x49, 0xdb, 0x76,
    0x9a, 0xb5, 0xc4, 0x57, 0xf9, 0x10, 0x30, 0x50, 0xf0, 0x0b, 0x1d, 0x27, 0x69, 0xbb, 0xd6, 0x61, 0xa3, 0xfe, 0x19,
    0x2b, 0x7d, 0x87, 0x92, 0xad, 0xec, 0x2f, 0x71, 0x93, 0xae, 0xe9, 0x20, 0x60, 0xa0, 0xfb, 0x16, 0x3a, 0x4e, 0xd2,
    0x6d, 0xb7, 0xc2, 0x5d, 0xe7, 0x32, 0x56, 0xfa, 0x15, 0x3f, 0x41, 0xc3, 0x5e, 0xe2, 0x3d, 0x47, 0xc9, 0x40, 0xc0,
    0x5b, 0xed, 0x2c, 0x74, 0x9c, 0xbf, 0xda, 0x75, 0x9f, 0xba, 0xd5, 0x64, 0xac, 0xef, 0x2a, 0x7e, 0x82, 0x9d, 0xbc,
    0xdf, 0x7a, 0x8e, 0x89, 0x80, 0x9b, 0xb6, 0xc1, 0x58, 0xe8, 0x23, 0x65, 0xaf, 0xea, 0x25, 0x6f, 0xb1, 0xc8, 0x43,
    0xc5, 0x54, 0xfc, 0x1f, 0x21, 0x63, 0xa5, 0xf4, 0x07, 0x09, 0x1b, 0x2d, 0x77, 0x99, 0xb0, 0xcb, 0x46, 0xca, 0x45,
    0xcf, 0x4a, 0xde, 0x79, 0x8b, 0x86, 0x91, 0xa8, 0xe3, 0x3e, 0x42, 0xc6, 0x51, 0xf3, 0x0e, 0x12, 0x36, 0x5a, 0xee,
    0x29, 0x7b, 0x8d, 0x8c, 0x8f, 0x8a, 0x85, 0x94, 0xa7, 0xf2, 0x0d, 0x17, 0x39, 0x4b, 0xdd, 0x7c, 0x84, 0x97, 0xa2,
    0xfd, 0x1c, 0x24, 0x6c, 0xb4, 0xc7, 0x52, 0xf6, 0x01,
};

static const uint8_t logarithms[256] = {
    0x00, 0x00, 0x19, 0x01, 0x32, 0x02, 0x1a, 0xc6, 0x4b, 0xc7, 0x1b, 0x68, 0x33, 0xee, 0xdf, 0x03, 0x64, 0x04, 0xe0,
    0x0e, 0x34, 0x8d, 0x81, 0xef, 0x4c, 0x71, 0x08, 0xc8, 0xf8, 0x69, 0x1c, 0xc1, 0x7d, 0xc2, 0x1d, 0xb5, 0xf9, 0xb9,
    0x27, 0x6a, 0x4d, 0xe4, 0xa6, 0x72, 0x9a, 0xc9, 0x09, 0x78, 0x65, 0x2f, 0x8a, 0x05, 0x21, 0x0f, 0xe1, 0x24, 0x12,
    0xf0, 0x82, 0x45, 0x35, 0x93, 0xda, 0x8e, 0x96, 0x8f, 0xdb, 0xbd, 0x36, 0xd0, 0xce, 0x94, 0x13, 0x5c, 0xd2, 0xf1,
    0x40, 0x46, 0x83, 0x38, 0x66, 0xdd, 0xfd, 0x30, 0xbf, 0x06, 0x8b, 0x62, 0xb3, 0x25, 0xe2, 0x98, 0x22, 0x88, 0x91,
    0x10, 0x7e, 0x6e, 0x48, 0xc3, 0xa3, 0xb6, 0x1e, 0x42, 0x3a, 0x6b, 0x28, 0x54, 0xfa, 0x85, 0x3d, 0xba, 0x2b, 0x79,
    0x0a, 0x15, 0x9b, 0x9f, 0x5e, 0xca, 0x4e, 0xd4, 0xac, 0xe5, 0xf3, 0x73, 0xa7, 0x57, 0xaf, 0x58, 0xa8, 0x50, 0xf4,
    0xea, 0xd6, 0x74, 0x4f, 0xae, 0xe9, 0xd5, 0xe7, 0xe6, 0xad, 0xe8, 0x2c, 0xd7, 0x75, 0x7a, 0xeb, 0x16, 0x0b, 0xf5,
    0x59, 0xcb, 0x5f, 0xb0, 0x9c, 0xa9, 0x51, 0xa0, 0x7f, 0x0c, 0xf6, 0x6f, 0x17, 0xc4, 0x49, 0xec, 0xd8, 0x43, 0x1f,
    0x2d, 0xa4, 0x76, 0x7b, 0xb7, 0xcc, 0xbb, 0x3e, 0x5a, 0xfb, 0x60, 0xb1, 0x86, 0x3b, 0x52, 0xa1, 0x6c, 0xaa, 0x55,
    0x29, 0x9d, 0x97, 0xb2, 0x87, 0x90, 0x61, 0xbe, 0xdc, 0xfc, 0xbc, 0x95, 0xcf, 0xcd, 0x37, 0x3f, 0x5b, 0xd1, 0x53,
    0x39, 0x84, 0x3c, 0x41, 0xa2, 0x6d, 0x47, 0x14, 0x2a, 0x9e, 0x5d, 0x56, 0xf2, 0xd3, 0xab, 0x44, 0x11, 0x92, 0xd9,
    0x23, 0x20, 0x2e, 0x89, 0xb4, 0x7c, 0xb8, 0x26, 0x77, 0x99, 0xe3, 0xa5, 0x67, 0x4a, 0xed, 0xde, 0xc5, 0x31, 0xfe,
    0x18, 0x0d, 0x63, 0x8c, 0x80, 0xc0, 0xf7, 0x70, 0x07,
};

enum { ORDER = 255 }; /* of the group */

/* Lagrange: the product of (x - x_j) / (x_i - x_j) over j != i, for each i. False if two points are equal. */
static bool coefficients(uint8_t *out, uint8_t x, const uint8_t *xs, unsigned t)
{
    unsigned numerator = 0, here = t; /* of all factors; the share that lies at x itself */
    bool distinct = true;
    for (unsigned i = 0; i < t; i++) {
        here = xs[i] == x ? i : here;
        numerator += logarithms[x ^ xs[i]];
    }
    for (unsigned i = 0; i < t; i++) {
        unsigned denominator = logarithms[x ^ xs[i]]; /* which the numerator has too much */
        for (unsigned j = 0; j < t; j++) {
            distinct &= j == i || xs[j] != xs[i];
            denominator += logarithms[xs[i] ^ xs[j]];
        }
        out[i] = here == t ? powers[(numerator + (unsigned)ORDER * MAX_T - denominator) % ORDER] : here == i;
    }
    return distinct;
}

/* Less than a step of each share, as in split. */
static void combine_rest(const eb_gf256_path *path, uint8_t *out, const uint8_t *factors, const uint8_t *const *shares,
                         size_t offset, unsigned t, size_t width)
{
    enum { GROUP = 8 };
    uint8_t packed[GROUP * EB_GF256_STEP], sum[EB_GF256_STEP];
    const uint8_t *ranges[GROUP];
    memset(out, 0, width);
    memset(packed, 0, (t < GROUP ? t : GROUP) * (size_t)EB_GF256_STEP);
    for (unsigned k = 0; k < GROUP; k++)
        ranges[k] = packed + (size_t)k * EB_GF256_STEP;
    for (unsigned done = 0; done < t; done += GROUP) {
        const unsigned count = t - done < GROUP ? t - done : GROUP;
        for (unsigned k = 0; k < count; k++)
            memcpy(packed + (size_t)k * EB_GF256_STEP, shares[done + k] + offset, width);
        path->combine(sum, factors + done, ranges, 0, count, EB_GF256_STEP);
        for (size_t i = 0; i < width; i++)
            out[i] ^= sum[i];
    }
    eb_wipe(packed, (t < GROUP ? t : GROUP) * (size_t)EB_GF256_STEP);
    eb_wipe(sum, sizeof sum);
}

eb_status eb_gf256_interpolate_by(const eb_gf256_path *path, uint8_t *out, uint8_t x, const uint8_t *xs,
                                  const uint8_t *const *shares, unsigned t, size_t len)
{
    uint8_t factors[MAX_T];
    if (t < 1 || t > MAX_T || !coefficients(factors, x, xs, t)) {
        memset(out, 0, len);
        return EB_ERR_INVALID;
    }
    const size_t whole = len - len % EB_GF256_STEP;
    for (size_t i = 0, width; i < whole; i += width) {
        width = whole - i < SUM_TILE ? whole - i : SUM_TILE;
        path->combine(out + i, factors, shares, i, t, width);
    }
    if (whole < len)
        combine_rest(path, out + whole, factors, shares, whole, t, len - whole);
    return EB_OK;
}

eb_status eb_gf256_interpolate(uint8_t *out, uint8_t x, const uint8_t *xs, const uint8_t *const *shares, unsigned t,
                               size_t len)
{
    return eb_gf256_interpolate_by(eb_gf256_path_best(), out, x, xs, shares, t, len);
}
