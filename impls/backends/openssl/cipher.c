/* SPDX-License-Identifier: Apache-2.0 */
/* AES without authentication: counter mode (NIST SP 800-38A, s. 6.5), and AES-KW (RFC 3394). */
#include "internal.h"

#include <string.h>

#include <openssl/evp.h>

/* EVP counts bytes in an int. Long inputs go in pieces of this size, a multiple of the block length. */
#define PIECE ((size_t)1 << 30)

enum { CTR_KEY = 16, CTR_IV = 16, KW_KEY = 32, KW_OVERHEAD = 8, KW_LEAST = 16 };

/* ---- AES-128-CTR ------------------------------------------------------------------------------------------------ */

struct ctr_ctx {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *x;
    uint8_t key[CTR_KEY];
    bool rekey; /* `key` is not yet the context's: the next use sets it together with its IV, in one call */
};

static void ctr_fini(void *ctx)
{
    struct ctr_ctx *c = ctx;

    EVP_CIPHER_CTX_free(c->x);
    EVP_CIPHER_free(c->cipher);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status ctr_init(void *ctx)
{
    struct ctr_ctx *c = ctx;

    c->cipher = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    c->x = EVP_CIPHER_CTX_new();
    if (c->cipher == NULL || c->x == NULL || EVP_EncryptInit_ex2(c->x, c->cipher, NULL, NULL, NULL) != 1) {
        ctr_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status ctr_set_key(void *ctx, const uint8_t *key)
{
    struct ctr_ctx *c = ctx;

    memcpy(c->key, key, CTR_KEY);
    c->rekey = true;
    return EB_OK;
}

static eb_status ctr_apply(void *ctx, uint8_t *out, const uint8_t *iv, eb_bytes in)
{
    struct ctr_ctx *c = ctx;
    bool ok = EVP_EncryptInit_ex2(c->x, NULL, c->rekey ? c->key : NULL, iv, NULL) == 1;

    for (size_t done = 0; ok && done < in.len;) {
        size_t piece = in.len - done < PIECE ? in.len - done : PIECE;
        int written = 0;

        ok = EVP_EncryptUpdate(c->x, out + done, &written, in.ptr + done, (int)piece) == 1 && (size_t)written == piece;
        done += piece;
    }
    if (!ok) {
        return fail(EB_ERR_BACKEND, out, in.len);
    }
    c->rekey = false;
    return EB_OK;
}

const eb_stream eb_openssl_aes_128_ctr = {
    .prim =
        {
            .cls = EB_STREAM,
            .id = "aes-128-ctr",
            .spec = "NIST SP 800-38A, s. 6.5",
            .ctx_size = sizeof(struct ctr_ctx),
            .init = ctr_init,
            .fini = ctr_fini,
        },
    .key_len = CTR_KEY,
    .iv_len = CTR_IV,
    .set_key = ctr_set_key,
    .apply = ctr_apply,
};

/* ---- AES-256-KW ------------------------------------------------------------------------------------------------- */

struct kw_ctx {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *wrap, *unwrap;
    uint8_t key[KW_KEY];
    bool key_wrap, key_unwrap; /* not yet keyed with `key`: a key schedule belongs to one direction */
};

static void kw_fini(void *ctx)
{
    struct kw_ctx *c = ctx;

    EVP_CIPHER_CTX_free(c->wrap);
    EVP_CIPHER_CTX_free(c->unwrap);
    EVP_CIPHER_free(c->cipher);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status kw_init(void *ctx)
{
    struct kw_ctx *c = ctx;

    c->cipher = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
    c->wrap = EVP_CIPHER_CTX_new();
    c->unwrap = EVP_CIPHER_CTX_new();
    if (c->cipher == NULL || c->wrap == NULL || c->unwrap == NULL) {
        kw_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    EVP_CIPHER_CTX_set_flags(c->wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    EVP_CIPHER_CTX_set_flags(c->unwrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (EVP_EncryptInit_ex2(c->wrap, c->cipher, NULL, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex2(c->unwrap, c->cipher, NULL, NULL, NULL) != 1) {
        kw_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status kw_set_key(void *ctx, const uint8_t *key)
{
    struct kw_ctx *c = ctx;

    memcpy(c->key, key, KW_KEY);
    c->key_wrap = c->key_unwrap = true;
    return EB_OK;
}

static eb_status kw_wrap(void *ctx, uint8_t *out, eb_bytes key)
{
    struct kw_ctx *c = ctx;
    int written = 0;

    if (key.len < KW_LEAST || key.len % 8 != 0 || key.len > PIECE) {
        return fail(EB_ERR_INVALID, out, key.len + KW_OVERHEAD);
    }
    if ((c->key_wrap && EVP_EncryptInit_ex2(c->wrap, NULL, c->key, NULL, NULL) != 1) ||
        EVP_EncryptUpdate(c->wrap, out, &written, key.ptr, (int)key.len) != 1 ||
        (size_t)written != key.len + KW_OVERHEAD) {
        return fail(EB_ERR_BACKEND, out, key.len + KW_OVERHEAD);
    }
    c->key_wrap = false;
    return EB_OK;
}

static eb_status kw_unwrap(void *ctx, uint8_t *out, eb_bytes wrapped)
{
    struct kw_ctx *c = ctx;
    int written = 0;

    if (wrapped.len < KW_LEAST + KW_OVERHEAD || wrapped.len % 8 != 0 || wrapped.len > PIECE) {
        return fail(EB_ERR_AUTH, out, wrapped.len > KW_OVERHEAD ? wrapped.len - KW_OVERHEAD : 0);
    }
    if (c->key_unwrap && EVP_DecryptInit_ex2(c->unwrap, NULL, c->key, NULL, NULL) != 1) {
        return fail(EB_ERR_BACKEND, out, wrapped.len - KW_OVERHEAD);
    }
    c->key_unwrap = false;
    if (EVP_DecryptUpdate(c->unwrap, out, &written, wrapped.ptr, (int)wrapped.len) != 1 ||
        (size_t)written != wrapped.len - KW_OVERHEAD) {
        return fail(EB_ERR_AUTH, out, wrapped.len - KW_OVERHEAD);
    }
    return EB_OK;
}

const eb_keywrap eb_openssl_aes_256_kw = {
    .prim =
        {
            .cls = EB_KEYWRAP,
            .id = "aes-256-kw",
            .spec = "RFC 3394",
            .ctx_size = sizeof(struct kw_ctx),
            .init = kw_init,
            .fini = kw_fini,
        },
    .key_len = KW_KEY,
    .overhead = KW_OVERHEAD,
    .set_key = kw_set_key,
    .wrap = kw_wrap,
    .unwrap = kw_unwrap,
};

/* ---- The floor -------------------------------------------------------------------------------------------------- */

struct floor_step {
    eb_op op;
    int len;
    bool rekey;       /* this use pays for the key that was set before it */
    uint8_t *wrapped; /* of UNWRAP: what gives `len` bytes */
};

struct floor_state {
    EVP_CIPHER *ctr, *kw;
    EVP_CIPHER_CTX *x, *wrap, *unwrap;
    uint8_t *in, *out; /* the longest that is needed */
    struct floor_step *steps;
    size_t n;
};

static const uint8_t floor_key[KW_KEY] = {1}, floor_iv[CTR_IV];

static void floor_release(void *state)
{
    struct floor_state *f = state;

    if (f == NULL) {
        return;
    }
    for (size_t i = 0; f->steps != NULL && i < f->n; i++) {
        OPENSSL_free(f->steps[i].wrapped);
    }
    EVP_CIPHER_CTX_free(f->x);
    EVP_CIPHER_CTX_free(f->wrap);
    EVP_CIPHER_CTX_free(f->unwrap);
    EVP_CIPHER_free(f->ctr);
    EVP_CIPHER_free(f->kw);
    OPENSSL_free(f->in);
    OPENSSL_free(f->out);
    OPENSSL_free(f->steps);
    OPENSSL_free(f);
}

static bool floor_ciphers(struct floor_state *f)
{
    f->ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    f->kw = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
    f->x = EVP_CIPHER_CTX_new();
    f->wrap = EVP_CIPHER_CTX_new();
    f->unwrap = EVP_CIPHER_CTX_new();
    if (f->ctr == NULL || f->kw == NULL || f->x == NULL || f->wrap == NULL || f->unwrap == NULL) {
        return false;
    }
    EVP_CIPHER_CTX_set_flags(f->wrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    EVP_CIPHER_CTX_set_flags(f->unwrap, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return EVP_EncryptInit_ex2(f->x, f->ctr, floor_key, floor_iv, NULL) == 1 &&
           EVP_EncryptInit_ex2(f->wrap, f->kw, floor_key, NULL, NULL) == 1 &&
           EVP_DecryptInit_ex2(f->unwrap, f->kw, floor_key, NULL, NULL) == 1;
}

static bool floor_fill(struct floor_state *f, const eb_step *steps)
{
    size_t longest = 0;
    bool key_ctr = false, key_wrap = false, key_unwrap = false;

    for (size_t i = 0; i < f->n; i++) {
        longest = steps[i].a > longest ? steps[i].a : longest;
    }
    f->in = OPENSSL_zalloc(longest + (size_t)2 * KW_OVERHEAD);
    f->out = OPENSSL_zalloc(longest + (size_t)2 * KW_OVERHEAD);
    if (f->in == NULL || f->out == NULL || longest > PIECE) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        struct floor_step *s = &f->steps[i];
        bool *due = steps[i].op == EB_OP_STREAM ? &key_ctr : steps[i].op == EB_OP_WRAP ? &key_wrap : &key_unwrap;
        int written = 0;

        s->op = steps[i].op;
        s->len = (int)steps[i].a;
        if (s->op == EB_OP_STREAM_KEY) {
            key_ctr = true;
            continue;
        }
        if (s->op == EB_OP_KEYWRAP_KEY) {
            key_wrap = key_unwrap = true;
            continue;
        }
        s->rekey = *due;
        *due = false;
        if (s->op != EB_OP_UNWRAP) {
            continue;
        }
        s->wrapped = OPENSSL_zalloc(steps[i].a + KW_OVERHEAD);
        if (s->wrapped == NULL || EVP_EncryptUpdate(f->wrap, s->wrapped, &written, f->in, s->len) != 1) {
            return false;
        }
    }
    return true;
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = OPENSSL_zalloc(sizeof *f);

    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->n = n;
    f->steps = OPENSSL_zalloc((n + 1) * sizeof *f->steps);
    if (f->steps == NULL || !floor_ciphers(f) || !floor_fill(f, steps)) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

static bool floor_step(struct floor_state *f, const struct floor_step *s)
{
    int written = 0;

    switch (s->op) {
    case EB_OP_STREAM:
        return EVP_EncryptInit_ex2(f->x, NULL, s->rekey ? floor_key : NULL, floor_iv, NULL) == 1 &&
               (s->len == 0 || EVP_EncryptUpdate(f->x, f->out, &written, f->in, s->len) == 1);
    case EB_OP_WRAP:
        return (!s->rekey || EVP_EncryptInit_ex2(f->wrap, NULL, floor_key, NULL, NULL) == 1) &&
               EVP_EncryptUpdate(f->wrap, f->out, &written, f->in, s->len) == 1;
    case EB_OP_UNWRAP:
        return (!s->rekey || EVP_DecryptInit_ex2(f->unwrap, NULL, floor_key, NULL, NULL) == 1) &&
               EVP_DecryptUpdate(f->unwrap, f->out, &written, s->wrapped, s->len + KW_OVERHEAD) == 1;
    default:
        return true; /* a key falls due at its next use */
    }
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    bool ok = true;

    for (size_t i = 0; i < f->n && ok; i++) {
        ok = floor_step(f, &f->steps[i]);
    }
    return ok ? EB_OK : EB_ERR_BACKEND;
}

const eb_floor eb_openssl_cipher_floor = {
    .classes = 1u << EB_STREAM | 1u << EB_KEYWRAP,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
