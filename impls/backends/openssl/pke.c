/* SPDX-License-Identifier: Apache-2.0 */
/* RSA-OAEP (RFC 8017, s. 7.1) with SHA-1 and MGF1-SHA-1, which are the library's defaults for this padding. */
#include "internal.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum {
    MOD_1280 = 160,
    MOD_2048 = 256,
    OVERHEAD = 2 * 20 + 2, /* RFC 8017, s. 7.1.1: two hashes and two bytes */
    SK_1280 = 756,         /* the longest RSAPrivateKey of this size, rounded up */
    PK_1280 = 172,
    SK_2048 = 1200,
    PK_2048 = 272
};

struct pke_ctx {
    size_t modulus, sk_len, pk_len;
};

struct pke_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *use; /* set to decrypt with a private key, to encrypt with a public one */
};

static eb_status init_1280(void *ctx)
{
    *(struct pke_ctx *)ctx = (struct pke_ctx){.modulus = MOD_1280, .sk_len = SK_1280, .pk_len = PK_1280};
    return EB_OK;
}

static eb_status init_2048(void *ctx)
{
    *(struct pke_ctx *)ctx = (struct pke_ctx){.modulus = MOD_2048, .sk_len = SK_2048, .pk_len = PK_2048};
    return EB_OK;
}

static void pke_fini(void *ctx)
{
    (void)ctx;
}

static void key_fini(void *ctx, void *key)
{
    struct pke_key *k = key;

    (void)ctx;
    EVP_PKEY_CTX_free(k->use);
    EVP_PKEY_free(k->pkey);
    *k = (struct pke_key){0};
}

/* Nothing but zeros after the DER. */
static bool padded(const uint8_t *p, const uint8_t *end)
{
    uint8_t any = 0;

    while (p < end) {
        any |= *p++;
    }
    return any == 0;
}

/* The library parses an even modulus or exponent, with which nothing can be decrypted (RFC 8017, s. 3.1). */
static bool odd_parameter(const EVP_PKEY *pkey, const char *name)
{
    BIGNUM *v = NULL;
    bool odd = EVP_PKEY_get_bn_param(pkey, name, &v) == 1 && BN_is_odd(v) && !BN_is_one(v);

    BN_free(v);
    return odd;
}

/* Takes over `pkey`. */
static eb_status key_done(const struct pke_ctx *c, struct pke_key *k, EVP_PKEY *pkey, bool secret)
{
    *k = (struct pke_key){.pkey = pkey};
    if (pkey == NULL || EVP_PKEY_get_bits(pkey) != (int)(8 * c->modulus) ||
        !odd_parameter(pkey, OSSL_PKEY_PARAM_RSA_N) || !odd_parameter(pkey, OSSL_PKEY_PARAM_RSA_E)) {
        key_fini(NULL, k);
        return fail(EB_ERR_INVALID, NULL, 0);
    }
    k->use = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (k->use == NULL || (secret ? EVP_PKEY_decrypt_init(k->use) : EVP_PKEY_encrypt_init(k->use)) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(k->use, RSA_PKCS1_OAEP_PADDING) != 1) {
        key_fini(NULL, k);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status secret_key(void *ctx, void *key, const uint8_t *sk)
{
    const struct pke_ctx *c = ctx;
    const uint8_t *p = sk;
    EVP_PKEY *pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)c->sk_len);

    if (pkey != NULL && !padded(p, sk + c->sk_len)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return key_done(c, key, pkey, true);
}

static eb_status public_key(void *ctx, void *key, const uint8_t *pk)
{
    const struct pke_ctx *c = ctx;
    const uint8_t *p = pk;
    EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)c->pk_len);

    if (pkey != NULL && !padded(p, pk + c->pk_len)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return key_done(c, key, pkey, false);
}

static bool write_key(uint8_t *out, size_t room, const EVP_PKEY *pkey, bool secret)
{
    uint8_t *der = NULL;
    int len = secret ? i2d_PrivateKey(pkey, &der) : i2d_PublicKey(pkey, &der);
    bool ok = len > 0 && (size_t)len <= room;

    if (ok) {
        memset(out, 0, room);
        memcpy(out, der, (size_t)len);
    }
    OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
    return ok;
}

static eb_status encode(void *ctx, uint8_t *pk, void *key)
{
    const struct pke_ctx *c = ctx;
    const struct pke_key *k = key;

    return write_key(pk, c->pk_len, k->pkey, false) ? EB_OK : fail(EB_ERR_BACKEND, pk, c->pk_len);
}

static eb_status generate(void *ctx, uint8_t *sk, uint8_t *pk)
{
    const struct pke_ctx *c = ctx;
    EVP_PKEY *pkey = EVP_RSA_gen(8 * c->modulus);
    bool ok = pkey != NULL && write_key(sk, c->sk_len, pkey, true) && write_key(pk, c->pk_len, pkey, false);

    EVP_PKEY_free(pkey);
    if (ok) {
        return EB_OK;
    }
    OPENSSL_cleanse(sk, c->sk_len);
    return fail(EB_ERR_BACKEND, pk, c->pk_len);
}

static eb_status encrypt(void *ctx, uint8_t *ct, const void *pk, eb_bytes message)
{
    const struct pke_ctx *c = ctx;
    const struct pke_key *k = pk;
    size_t len = c->modulus;

    if (message.len > c->modulus - OVERHEAD) {
        return fail(EB_ERR_INVALID, ct, c->modulus);
    }
    if (EVP_PKEY_encrypt(k->use, ct, &len, message.ptr, message.len) != 1 || len != c->modulus) {
        return fail(EB_ERR_BACKEND, ct, c->modulus);
    }
    return EB_OK;
}

static eb_status decrypt(void *ctx, eb_buf *message, const uint8_t *ct, const void *sk)
{
    const struct pke_ctx *c = ctx;
    const struct pke_key *k = sk;
    uint8_t block[MOD_2048]; /* the library wants room for a whole block */
    size_t len = c->modulus;
    eb_status s = EB_OK;

    message->len = 0;
    if (EVP_PKEY_decrypt(k->use, block, &len, ct, c->modulus) != 1) {
        return fail(EB_ERR_AUTH, block, sizeof block);
    }
    if (len > message->cap) {
        s = EB_ERR_SPACE;
    } else if (len > 0) {
        memcpy(message->ptr, block, len);
    }
    message->len = s == EB_OK ? len : 0;
    OPENSSL_cleanse(block, sizeof block);
    return s;
}

const eb_pke eb_openssl_rsa_1280_oaep = {
    .prim =
        {
            .cls = EB_PKE,
            .id = "rsa-1280-oaep",
            .spec = "RFC 8017, s. 7.1, SHA-1 and MGF1-SHA-1",
            .ctx_size = sizeof(struct pke_ctx),
            .init = init_1280,
            .fini = pke_fini,
        },
    .sk_len = SK_1280,
    .pk_len = PK_1280,
    .ct_len = MOD_1280,
    .msg_max = MOD_1280 - OVERHEAD,
    .key_size = sizeof(struct pke_key),
    .secret_key = secret_key,
    .public_key = public_key,
    .encode = encode,
    .generate = generate,
    .encrypt = encrypt,
    .decrypt = decrypt,
    .key_fini = key_fini,
};

/* No suite of ours has it; published vectors do, and none has the size above. */
const eb_pke eb_openssl_rsa_2048_oaep = {
    .prim =
        {
            .cls = EB_PKE,
            .id = "rsa-2048-oaep",
            .spec = "RFC 8017, s. 7.1, SHA-1 and MGF1-SHA-1",
            .ctx_size = sizeof(struct pke_ctx),
            .init = init_2048,
            .fini = pke_fini,
        },
    .sk_len = SK_2048,
    .pk_len = PK_2048,
    .ct_len = MOD_2048,
    .msg_max = MOD_2048 - OVERHEAD,
    .key_size = sizeof(struct pke_key),
    .secret_key = secret_key,
    .public_key = public_key,
    .encode = encode,
    .generate = generate,
    .encrypt = encrypt,
    .decrypt = decrypt,
    .key_fini = key_fini,
};

/* ---- The floor -------------------------------------------------------------------------------------------------- */

struct floor_state {
    EVP_PKEY *pkey; /* of the recorded primitive's size */
    EVP_PKEY_CTX *encrypt, *decrypt;
    size_t bits, modulus;
    uint8_t *sk, *pk;
    int sk_len, pk_len;
    uint8_t message[MOD_2048], out[MOD_2048];
    struct floor_step {
        eb_op op;
        size_t message;
        uint8_t ct[MOD_2048]; /* of a message of that size */
    } * steps;
    size_t n;
};

static void floor_release(void *state)
{
    struct floor_state *f = state;

    if (f == NULL) {
        return;
    }
    EVP_PKEY_CTX_free(f->encrypt);
    EVP_PKEY_CTX_free(f->decrypt);
    EVP_PKEY_free(f->pkey);
    OPENSSL_free(f->sk);
    OPENSSL_free(f->pk);
    OPENSSL_free(f->steps);
    OPENSSL_free(f);
}

static bool floor_keys(struct floor_state *f)
{
    f->pkey = EVP_RSA_gen((unsigned)f->bits);
    if (f->pkey == NULL) {
        return false;
    }
    f->modulus = f->bits / 8;
    f->sk_len = i2d_PrivateKey(f->pkey, &f->sk);
    f->pk_len = i2d_PublicKey(f->pkey, &f->pk);
    f->encrypt = EVP_PKEY_CTX_new_from_pkey(NULL, f->pkey, NULL);
    f->decrypt = EVP_PKEY_CTX_new_from_pkey(NULL, f->pkey, NULL);
    return f->sk_len > 0 && f->pk_len > 0 && f->encrypt != NULL && f->decrypt != NULL &&
           EVP_PKEY_encrypt_init(f->encrypt) == 1 && EVP_PKEY_decrypt_init(f->decrypt) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(f->encrypt, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(f->decrypt, RSA_PKCS1_OAEP_PADDING) == 1;
}

static bool floor_encrypt(struct floor_state *f, uint8_t *ct, size_t message)
{
    size_t len = f->modulus;

    return EVP_PKEY_encrypt(f->encrypt, ct, &len, f->message, message) == 1;
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = OPENSSL_zalloc(sizeof *f);
    bool ok;

    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->bits = 8 * ((const eb_pke *)(const void *)steps[0].prim)->ct_len;
    f->n = n;
    f->steps = OPENSSL_zalloc(n * sizeof *f->steps);
    ok = f->steps != NULL && floor_keys(f);
    for (size_t i = 0; i < n && ok; i++) {
        f->steps[i].op = steps[i].op;
        f->steps[i].message = steps[i].a;
        ok = steps[i].a <= f->modulus - OVERHEAD && floor_encrypt(f, f->steps[i].ct, steps[i].a);
    }
    if (!ok) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

static bool floor_parse(const struct floor_state *f, bool secret)
{
    const uint8_t *p = secret ? f->sk : f->pk;
    EVP_PKEY *pkey =
        secret ? d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, f->sk_len) : d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, f->pk_len);
    EVP_PKEY_CTX *use = pkey != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    bool ok = use != NULL && (secret ? EVP_PKEY_decrypt_init(use) : EVP_PKEY_encrypt_init(use)) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(use, RSA_PKCS1_OAEP_PADDING) == 1;

    EVP_PKEY_CTX_free(use);
    EVP_PKEY_free(pkey);
    return ok;
}

static bool floor_encode(const struct floor_state *f)
{
    uint8_t *der = NULL;
    bool ok = i2d_PublicKey(f->pkey, &der) == f->pk_len;

    OPENSSL_free(der);
    return ok;
}

static bool floor_generate(const struct floor_state *f)
{
    EVP_PKEY *pkey = EVP_RSA_gen((unsigned)f->bits);
    uint8_t *sk = NULL, *pk = NULL;
    bool ok = pkey != NULL && i2d_PrivateKey(pkey, &sk) > 0 && i2d_PublicKey(pkey, &pk) > 0;

    OPENSSL_free(sk);
    OPENSSL_free(pk);
    EVP_PKEY_free(pkey);
    return ok;
}

static bool floor_step(struct floor_state *f, const struct floor_step *s)
{
    size_t len = f->modulus;

    switch (s->op) {
    case EB_OP_PKE_SECRET:
        return floor_parse(f, true);
    case EB_OP_PKE_PUBLIC:
        return floor_parse(f, false);
    case EB_OP_PKE_ENCODE:
        return floor_encode(f);
    case EB_OP_PKE_GENERATE:
        return floor_generate(f);
    case EB_OP_PKE_ENCRYPT:
        return floor_encrypt(f, f->out, s->message);
    default:
        return EVP_PKEY_decrypt(f->decrypt, f->out, &len, s->ct, f->modulus) == 1;
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

const eb_floor eb_openssl_pke_floor = {
    .classes = 1u << EB_PKE,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
