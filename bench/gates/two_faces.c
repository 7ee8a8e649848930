/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/two_faces.h"

#include <string.h>

enum { BLOCK = 16 };

static const size_t FREE = (size_t)2 * BLOCK; /* where the third block begins, whose value is free */

/* ---- the parts that both have in common ---- */

typedef struct craft {
    const eb_aead *aead;
    void *ctx;
    const gt_face *face[2];
    eb_bytes aad;
    uint8_t body[GT_FACES]; /* the third block is free */
} craft;

/* The tag that a face's key puts on the body as it stands: sealing what that body decrypts to gives the body again. */
static eb_status tag_of(const craft *c, int i, uint8_t *tag)
{
    uint8_t zeros[GT_FACES] = {0}, out[GT_FACES + EB_MAX_TAG] = {0};
    const gt_face *f = c->face[i];
    eb_status s = c->aead->set_key(c->ctx, f->key);
    if (s == EB_OK) /* the key stream */
        s = c->aead->seal(c->ctx, out, f->nonce, c->aad, eb_range(zeros, sizeof zeros));
    for (size_t k = 0; k < GT_FACES && s == EB_OK; k++)
        zeros[k] = c->body[k] ^ out[k];
    if (s == EB_OK)
        s = c->aead->seal(c->ctx, out, f->nonce, c->aad, eb_range(zeros, sizeof zeros));
    memcpy(tag, out + GT_FACES, BLOCK);
    return s;
}

/* Puts each face's text into its block. */
static eb_status put_texts(craft *c)
{
    eb_status s = EB_OK;
    for (size_t i = 0; i < 2 && s == EB_OK; i++) {
        uint8_t zeros[GT_FACES] = {0}, out[GT_FACES + EB_MAX_TAG] = {0};
        const gt_face *f = c->face[i];
        s = c->aead->set_key(c->ctx, f->key);
        if (s == EB_OK)
            s = c->aead->seal(c->ctx, out, f->nonce, c->aad, eb_range(zeros, sizeof zeros));
        for (size_t k = 0; k < BLOCK; k++)
            c->body[i * BLOCK + k] = out[i * BLOCK + k] ^ f->text[k];
    }
    return s;
}

static eb_status same_tags(const craft *c, uint8_t *tag)
{
    uint8_t other[BLOCK] = {0};
    eb_status s = tag_of(c, 0, tag);
    if (s == EB_OK)
        s = tag_of(c, 1, other);
    return s == EB_OK && memcmp(tag, other, BLOCK) != 0 ? EB_ERR_AUTH : s;
}

/* ---- AES-GCM: the tag is linear in each block (SP 800-38D, s. 6.3 and 7.1) ---- */

/* GF(2^128), bit 0 leftmost: x * y. */
static void gf_mul(uint8_t *out, const uint8_t *x, const uint8_t *y)
{
    uint8_t z[BLOCK] = {0}, v[BLOCK];
    memcpy(v, y, BLOCK);
    for (unsigned i = 0; i < 8 * BLOCK; i++) {
        const bool odd = (v[BLOCK - 1] & 1) != 0;
        for (size_t k = 0; k < BLOCK; k++)
            z[k] ^= (x[i / 8] >> (7 - i % 8) & 1) != 0 ? v[k] : 0;
        for (size_t k = BLOCK; k-- > 1;)
            v[k] = (uint8_t)(v[k] >> 1 | v[k - 1] << 7);
        v[0] = (uint8_t)(v[0] >> 1 ^ (odd ? 0xe1 : 0));
    }
    memcpy(out, z, BLOCK);
}

/* x^(2^128 - 2) */
static void gf_invert(uint8_t *out, const uint8_t *x)
{
    uint8_t square[BLOCK], product[BLOCK] = {0x80};
    memcpy(square, x, BLOCK);
    for (int i = 1; i < 128; i++) {
        gf_mul(square, square, square);
        gf_mul(product, product, square);
    }
    memcpy(out, product, BLOCK);
}

static void add(uint8_t *to, const uint8_t *x)
{
    for (size_t i = 0; i < BLOCK; i++)
        to[i] ^= x[i];
}

/* The hash key, from the tags of nothing at all and of one zero block as associated data: they differ by H times the block of
   lengths. */
static eb_status hash_key(const craft *c, int i, uint8_t *h)
{
    const uint8_t zeros[BLOCK] = {0};
    uint8_t lengths[BLOCK] = {[7] = 128}, nothing[BLOCK], inverse[BLOCK];
    const gt_face *f = c->face[i];
    eb_status s = c->aead->set_key(c->ctx, f->key);
    if (s == EB_OK)
        s = c->aead->seal(c->ctx, nothing, f->nonce, (eb_bytes){0}, (eb_bytes){0});
    if (s == EB_OK)
        s = c->aead->seal(c->ctx, h, f->nonce, eb_range(zeros, BLOCK), (eb_bytes){0});
    if (s != EB_OK)
        return s;
    add(h, nothing);
    gf_invert(inverse, lengths);
    gf_mul(h, h, inverse);
    return EB_OK;
}

/* The last block of the body is followed by that of the lengths: its factor is H^2. */
static eb_status solve_gcm(craft *c)
{
    uint8_t h[2][BLOCK] = {{0}}, tag[2][BLOCK], inverse[BLOCK];
    eb_status s = EB_OK;
    for (int i = 0; i < 2 && s == EB_OK; i++) {
        s = hash_key(c, i, h[i]);
        if (s == EB_OK)
            s = tag_of(c, i, tag[i]);
        gf_mul(h[i], h[i], h[i]);
    }
    if (s != EB_OK)
        return s;
    add(h[0], h[1]);
    add(tag[0], tag[1]);
    gf_invert(inverse, h[0]);
    gf_mul(c->body + FREE, tag[0], inverse);
    return EB_OK;
}

/* ---- ChaCha20-Poly1305: the tag is a polynomial over 2^130 - 5, and so linear in each block (RFC 8439) ---- */

static uint32_t rotate(uint32_t v, int n)
{
    return v << n | v >> (32 - n);
}

static void quarter(uint32_t *s, int a, int b, int c, int d)
{
    s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 7);
}

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The one-time key (s. 2.6): the first half of ChaCha20's block 0. */
static void one_time_key(uint8_t *out, const gt_face *f)
{
    uint32_t s[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, start[16];
    for (int i = 0; i < 8; i++)
        s[4 + i] = little(f->key + (size_t)4 * (size_t)i);
    for (int i = 0; i < 3; i++)
        s[13 + i] = little(f->nonce + (size_t)4 * (size_t)i);
    memcpy(start, s, sizeof s);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            quarter(s, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++)
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)((s[i / 4] + start[i / 4]) >> (8 * (i % 4)));
}

/* A number below p = 2^130 - 5, lowest limb first. */
typedef struct number {
    uint64_t v[3];
} number;

static const number prime = {{UINT64_C(0xfffffffffffffffb), UINT64_C(0xffffffffffffffff), 3}};

static bool below(const number *a, const number *b)
{
    for (int i = 2; i >= 0; i--)
        if (a->v[i] != b->v[i])
            return a->v[i] < b->v[i];
    return false;
}

static number minus(number a, const number *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < 3; i++) {
        const uint64_t d = a.v[i] - b->v[i], next = (a.v[i] < b->v[i]) + (d < borrow);
        a.v[i] = d - borrow;
        borrow = next;
    }
    return a;
}

static number plus(number a, const number *b)
{
    uint64_t carry = 0;
    for (int i = 0; i < 3; i++) {
        const uint64_t sum = a.v[i] + b->v[i], next = (sum < b->v[i]) + (sum + carry < sum);
        a.v[i] = sum + carry;
        carry = next;
    }
    return below(&a, &prime) ? a : minus(a, &prime);
}

static number difference(const number *a, const number *b)
{
    const number negative = minus(prime, b);
    return plus(*a, &negative);
}

static number times(const number *a, const number *b)
{
    number out = {{0}};
    for (int i = 129; i >= 0; i--) {
        out = plus(out, &out);
        if ((b->v[i / 64] >> (i % 64) & 1) != 0)
            out = plus(out, a);
    }
    return out;
}

/* a^(p - 2) */
static number inverse(const number *a)
{
    number out = {{1}};
    const number two = {{2}}, e = minus(prime, &two);
    for (int i = 129; i >= 0; i--) {
        out = times(&out, &out);
        if ((e.v[i / 64] >> (i % 64) & 1) != 0)
            out = times(&out, a);
    }
    return out;
}

/* 16 bytes, and 2^128 on top where it is a block. */
static number read(const uint8_t *p, bool block)
{
    return (number){{(uint64_t)little(p + 4) << 32 | little(p), (uint64_t)little(p + 12) << 32 | little(p + 8), block}};
}

typedef struct poly {
    number r, s, rest; /* rest: the polynomial with the free block left out */
} poly;

static void absorb(poly *k, number *sum, eb_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i += BLOCK) {
        uint8_t padded[BLOCK] = {0};
        memcpy(padded, bytes.ptr + i, bytes.len - i < BLOCK ? bytes.len - i : BLOCK);
        const number block = read(padded, true);
        *sum = plus(*sum, &block);
        *sum = times(sum, &k->r);
    }
}

static void set_up(const craft *c, int i, poly *k)
{
    uint8_t key[2 * BLOCK], lengths[BLOCK] = {0};
    one_time_key(key, c->face[i]);
    for (int j = 3; j < BLOCK; j += 4)
        key[j] &= 15;
    for (int j = 4; j < BLOCK; j += 4)
        key[j] &= 252;
    k->r = read(key, false);
    k->s = read(key + BLOCK, false);
    lengths[0] = (uint8_t)c->aad.len;
    lengths[1] = (uint8_t)(c->aad.len >> 8);
    lengths[8] = GT_FACES;
    number sum = {{0}};
    absorb(k, &sum, c->aad);
    absorb(k, &sum, eb_range(c->body, FREE));
    sum = times(&sum, &k->r); /* the free block's place */
    absorb(k, &sum, eb_range(lengths, BLOCK));
    k->rest = sum;
}

/* f * (r1^2 - r2^2) = rest2 - rest1 + s2 - s1 + j * 2^128, for some small j, as tags are cut to 128 bits. f must be a block. */
static eb_status solve_poly(craft *c)
{
    poly k[2];
    const number two_128 = {{0, 0, 1}};
    for (int i = 0; i < 2; i++)
        set_up(c, i, &k[i]);
    const number square0 = times(&k[0].r, &k[0].r), square1 = times(&k[1].r, &k[1].r);
    const number slope = difference(&square0, &square1), factor = inverse(&slope);
    number right = difference(&k[1].rest, &k[0].rest), offsets = difference(&k[1].s, &k[0].s);
    right = plus(right, &offsets);
    for (int j = 0; j < 4; j++)
        right = difference(&right, &two_128);
    for (int j = -4; j <= 4; j++, right = plus(right, &two_128)) {
        uint8_t tag[BLOCK];
        const number f = times(&right, &factor);
        if (f.v[2] != 1)
            continue;
        for (size_t i = 0; i < BLOCK; i++)
            c->body[FREE + i] = (uint8_t)(f.v[i / 8] >> (8 * (i % 8)));
        if (same_tags(c, tag) == EB_OK)
            return EB_OK;
    }
    return EB_ERR_INVALID;
}

eb_status gt_two_faces(const eb_aead *aead, void *ctx, uint8_t *body, const gt_face *a, const gt_face *b, eb_bytes aad)
{
    craft c = {.aead = aead, .ctx = ctx, .aad = aad};
    gt_face first = *a, second = *b;
    const bool gcm = strcmp(aead->prim.id, "aes-256-gcm") == 0;
    if (!gcm && strcmp(aead->prim.id, "chacha20-poly1305") != 0)
        return EB_ERR_UNSUPPORTED;
    eb_status s = EB_ERR_INVALID;
    c.face[0] = &first;
    c.face[1] = &second;
    for (unsigned attempt = 0; attempt < 64 && s == EB_ERR_INVALID; attempt++) {
        second.text[BLOCK - 1] =
            (uint8_t)(b->text[BLOCK - 1] + attempt); /* no solution is a block: another last letter */
        s = put_texts(&c);
        if (s == EB_OK)
            s = gcm ? solve_gcm(&c) : solve_poly(&c);
    }
    if (s == EB_OK)
        s = same_tags(&c, body + GT_FACES);
    memcpy(body, c.body, GT_FACES);
    return s;
}
