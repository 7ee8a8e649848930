/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of OpenSSL: Ed25519 (RFC 8032), ECDSA on P-256 with SHA-256 (FIPS 186-5). Adapter and floor. */
#include "backends/openssl/internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/opensslv.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

enum { ED_LEN = 32, SIG_LEN = 64, SCALAR = 32, POINT = 65, DIGEST = 32, DER_MAX = 72 };

/* RFC 6979 came with OpenSSL 3.2; before, nonces are drawn. */
#if OPENSSL_VERSION_PREREQ(3, 2)
#define DETERMINISTIC true
#else
#define DETERMINISTIC false
#endif

/* ---- Ed25519 ---- */

struct ed_ctx {
    EVP_MD_CTX *md; /* of the signature at work */
};

struct ed_key {
    EVP_PKEY *pkey;
};

static eb_status ed_init(void *ctx)
{
    struct ed_ctx *c = ctx;

    c->md = EVP_MD_CTX_new();
    return c->md != NULL ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

static void ed_fini(void *ctx)
{
    struct ed_ctx *c = ctx;

    EVP_MD_CTX_free(c->md);
    c->md = NULL;
}

static eb_status ed_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct ed_key *k = key;

    (void)ctx;
    k->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, sk, ED_LEN);
    return k->pkey != NULL ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

/* Not validated here: `verify` decodes the point, and refuses what is none. */
static eb_status ed_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct ed_key *k = key;

    (void)ctx;
    k->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pk, ED_LEN);
    return k->pkey != NULL ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

static eb_status ed_encode(void *ctx, uint8_t *pk, void *key)
{
    const struct ed_key *k = key;
    size_t len = ED_LEN;

    (void)ctx;
    return EVP_PKEY_get_raw_public_key(k->pkey, pk, &len) == 1 ? EB_OK : fail(EB_ERR_BACKEND, pk, ED_LEN);
}

static eb_status ed_sign(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    struct ed_ctx *c = ctx;
    const struct ed_key *k = sk;
    size_t len = SIG_LEN;

    if (EVP_MD_CTX_reset(c->md) != 1 || EVP_DigestSignInit(c->md, NULL, NULL, NULL, k->pkey) != 1 ||
        EVP_DigestSign(c->md, sig, &len, message.ptr, message.len) != 1) {
        return fail(EB_ERR_BACKEND, sig, SIG_LEN);
    }
    return EB_OK;
}

static eb_status ed_verify(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    struct ed_ctx *c = ctx;
    const struct ed_key *k = pk;

    if (EVP_MD_CTX_reset(c->md) != 1 || EVP_DigestVerifyInit(c->md, NULL, NULL, NULL, k->pkey) != 1) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EVP_DigestVerify(c->md, sig, SIG_LEN, message.ptr, message.len) == 1 ? EB_OK : fail(EB_ERR_AUTH, NULL, 0);
}

static void ed_key_fini(void *ctx, void *key)
{
    struct ed_key *k = key;

    (void)ctx;
    EVP_PKEY_free(k->pkey); /* wipes */
    k->pkey = NULL;
}

const eb_sig eb_openssl_ed25519 = {
    .prim =
        {
            .cls = EB_SIG,
            .id = "ed25519",
            .spec = "RFC 8032, s. 5.1",
            .ctx_size = sizeof(struct ed_ctx),
            .init = ed_init,
            .fini = ed_fini,
        },
    .sk_len = ED_LEN,
    .pk_len = ED_LEN,
    .sig_len = SIG_LEN,
    .key_size = sizeof(struct ed_key),
    .secret_key = ed_secret_key,
    .public_key = ed_public_key,
    .encode = ed_encode,
    .sign = ed_sign,
    .verify = ed_verify,
    .key_fini = ed_key_fini,
    .repeats = true,
};

/* ---- ECDSA ---- */

struct ec_ctx {
    EC_GROUP *group;
    EC_POINT *point;
    BN_CTX *bn;
    EVP_MD *sha256;
    EVP_MD_CTX *md;
    EVP_PKEY_CTX *import;
};

/* The operation's context is made when a key first signs or verifies, and kept. */
struct ec_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *work;
    bool has_pk;
    uint8_t pk[POINT], sk[SCALAR];
};

static void ec_fini(void *ctx)
{
    struct ec_ctx *c = ctx;

    EVP_PKEY_CTX_free(c->import);
    EVP_MD_CTX_free(c->md);
    EVP_MD_free(c->sha256);
    EC_POINT_clear_free(c->point);
    BN_CTX_free(c->bn);
    EC_GROUP_free(c->group);
    *c = (struct ec_ctx){0};
}

static eb_status ec_init(void *ctx)
{
    struct ec_ctx *c = ctx;

    c->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    c->bn = BN_CTX_secure_new();
    c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    c->md = EVP_MD_CTX_new();
    c->import = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    c->point = c->group != NULL ? EC_POINT_new(c->group) : NULL;
    if (c->point == NULL || c->bn == NULL || c->sha256 == NULL || c->md == NULL || c->import == NULL ||
        EVP_PKEY_fromdata_init(c->import) != 1) {
        ec_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static void ec_key_fini(void *ctx, void *key)
{
    struct ec_key *k = key;

    (void)ctx;
    EVP_PKEY_CTX_free(k->work);
    EVP_PKEY_free(k->pkey); /* wipes */
    OPENSSL_cleanse(k, sizeof *k);
}

/* What the library makes a key object from: a scalar, a point, or both. */
static OSSL_PARAM *ec_params(const BIGNUM *secret, const uint8_t *point)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    bool ok = build != NULL &&
              OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) == 1;

    if (ok && secret != NULL) {
        ok = OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, secret, SCALAR) == 1;
    }
    if (ok && point != NULL) {
        ok = OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT) == 1;
    }
    if (ok) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    OSSL_PARAM_BLD_free(build);
    return params;
}

static EVP_PKEY *ec_import(EVP_PKEY_CTX *import, const BIGNUM *secret, const uint8_t *point)
{
    OSSL_PARAM *params = ec_params(secret, point);
    EVP_PKEY *pkey = NULL;

    if (params != NULL &&
        EVP_PKEY_fromdata(import, &pkey, secret != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    OSSL_PARAM_free(params); /* wipes what came from a secure number */
    return pkey;
}

static eb_status ec_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct ec_ctx *c = ctx;
    struct ec_key *k = key;
    BIGNUM *d = BN_secure_new();
    eb_status status = EB_ERR_BACKEND;

    *k = (struct ec_key){0};
    if (d != NULL && BN_bin2bn(sk, SCALAR, d) != NULL) {
        const bool in_range =
            !eb_public_result(BN_is_zero(d)) && eb_public_result(BN_ucmp(d, EC_GROUP_get0_order(c->group))) < 0;

        k->pkey = in_range ? ec_import(c->import, d, NULL) : NULL;
        status = !in_range ? EB_ERR_INVALID : k->pkey != NULL ? EB_OK : EB_ERR_BACKEND;
    }
    BN_clear_free(d);
    if (status != EB_OK) {
        return fail(status, NULL, 0);
    }
    memcpy(k->sk, sk, SCALAR);
    return EB_OK;
}

/* As for Diffie-Hellman: uncompressed points of the curve alone. */
static eb_status ec_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct ec_ctx *c = ctx;
    struct ec_key *k = key;

    *k = (struct ec_key){0};
    if (pk[0] != POINT_CONVERSION_UNCOMPRESSED || EC_POINT_oct2point(c->group, c->point, pk, POINT, c->bn) != 1) {
        return fail(EB_ERR_INVALID, NULL, 0);
    }
    k->pkey = ec_import(c->import, NULL, pk);
    if (k->pkey == NULL) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    memcpy(k->pk, pk, POINT);
    k->has_pk = true;
    return EB_OK;
}

static eb_status ec_encode(void *ctx, uint8_t *pk, void *key)
{
    struct ec_ctx *c = ctx;
    struct ec_key *k = key;

    if (!k->has_pk) {
        BIGNUM *d = BN_secure_new();
        bool ok = d != NULL && BN_bin2bn(k->sk, SCALAR, d) != NULL;

        if (ok) {
            BN_set_flags(d, BN_FLG_CONSTTIME);
            ok = EC_POINT_mul(c->group, c->point, d, NULL, NULL, c->bn) == 1 &&
                 EC_POINT_point2oct(c->group, c->point, POINT_CONVERSION_UNCOMPRESSED, k->pk, POINT, c->bn) == POINT;
        }
        BN_clear_free(d);
        if (!ok) {
            return fail(EB_ERR_BACKEND, pk, POINT);
        }
        k->has_pk = true;
    }
    memcpy(pk, k->pk, POINT);
    return EB_OK;
}

static bool ec_digest(const struct ec_ctx *c, uint8_t *digest, eb_bytes message)
{
    return EVP_DigestInit_ex2(c->md, c->sha256, NULL) == 1 && EVP_DigestUpdate(c->md, message.ptr, message.len) == 1 &&
           EVP_DigestFinal_ex(c->md, digest, NULL) == 1;
}

static bool ec_ready_to_sign(EVP_PKEY_CTX *work)
{
    if (work == NULL || EVP_PKEY_sign_init(work) != 1) {
        return false;
    }
#if OPENSSL_VERSION_PREREQ(3, 2)
    unsigned int type = 1; /* EVP_PKEY-ECDSA(7): nonces by RFC 6979 */
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &type),
                           OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)"SHA256", 0),
                           OSSL_PARAM_construct_end()};
    return EVP_PKEY_CTX_set_params(work, params) == 1;
#else
    return true;
#endif
}

/* r || s from DER. */
static bool ec_unpack(uint8_t *sig, const uint8_t *der, size_t len)
{
    const unsigned char *at = der;
    ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &at, (long)len);
    bool ok = rs != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, SCALAR) == SCALAR &&
              BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + SCALAR, SCALAR) == SCALAR;

    ECDSA_SIG_free(rs);
    return ok;
}

/* One INTEGER of 32 big-endian bytes: no leading zeros, but one where the number would be negative. */
static size_t der_integer(uint8_t *out, const uint8_t *number)
{
    size_t skip = 0;

    while (skip < SCALAR - 1 && number[skip] == 0) {
        skip++;
    }
    const size_t pad = number[skip] >> 7, len = SCALAR - skip + pad;
    out[0] = 0x02;
    out[1] = (uint8_t)len;
    out[2] = 0;
    memcpy(out + 2 + pad, number + skip, SCALAR - skip);
    return 2 + len;
}

/* ECDSA-Sig-Value (RFC 3279, s. 2.2.3) from r || s. */
static size_t ec_pack(uint8_t *der, const uint8_t *sig)
{
    size_t len = der_integer(der + 2, sig);

    len += der_integer(der + 2 + len, sig + SCALAR);
    der[0] = 0x30;
    der[1] = (uint8_t)len;
    return 2 + len;
}

static eb_status ec_sign(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    const struct ec_ctx *c = ctx;
    struct ec_key *k = (struct ec_key *)(uintptr_t)sk; /* `work` is a cache */
    uint8_t digest[DIGEST], der[DER_MAX];
    size_t len = sizeof der;

    if (k->work == NULL) {
        k->work = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
        if (!ec_ready_to_sign(k->work)) {
            EVP_PKEY_CTX_free(k->work);
            k->work = NULL;
            return fail(EB_ERR_BACKEND, sig, SIG_LEN);
        }
    }
    if (!ec_digest(c, digest, message) || EVP_PKEY_sign(k->work, der, &len, digest, sizeof digest) != 1 ||
        !ec_unpack(sig, der, len)) {
        return fail(EB_ERR_BACKEND, sig, SIG_LEN);
    }
    return EB_OK;
}

static eb_status ec_verify(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    const struct ec_ctx *c = ctx;
    struct ec_key *k = (struct ec_key *)(uintptr_t)pk;
    uint8_t digest[DIGEST], der[DER_MAX];

    if (k->work == NULL) {
        k->work = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
        if (k->work == NULL || EVP_PKEY_verify_init(k->work) != 1) {
            EVP_PKEY_CTX_free(k->work);
            k->work = NULL;
            return fail(EB_ERR_BACKEND, NULL, 0);
        }
    }
    if (!ec_digest(c, digest, message)) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EVP_PKEY_verify(k->work, der, ec_pack(der, sig), digest, sizeof digest) == 1 ? EB_OK
                                                                                        : fail(EB_ERR_AUTH, NULL, 0);
}

const eb_sig eb_openssl_ecdsa_p256 = {
    .prim =
        {
            .cls = EB_SIG,
            .id = "ecdsa-p256",
            .spec = DETERMINISTIC ? "FIPS 186-5, s. 6; RFC 6979" : "FIPS 186-5, s. 6; nonces drawn by the library",
            .ctx_size = sizeof(struct ec_ctx),
            .init = ec_init,
            .fini = ec_fini,
        },
    .sk_len = SCALAR,
    .pk_len = POINT,
    .sig_len = SIG_LEN,
    .key_size = sizeof(struct ec_key),
    .secret_key = ec_secret_key,
    .public_key = ec_public_key,
    .encode = ec_encode,
    .sign = ec_sign,
    .verify = ec_verify,
    .key_fini = ec_key_fini,
    .repeats = DETERMINISTIC,
};

/* ---- The floor ---- */

struct floor_sig_job {
    eb_op op;
    bool ed;
    size_t len, sig_len;
    uint8_t *message, sig[DER_MAX]; /* ECDSA: as the library takes and gives it */
};

struct floor_sig {
    EVP_PKEY *ed, *ec, *made;
    OSSL_PARAM *secret_params, *public_params;
    EVP_PKEY_CTX *import, *sign, *verify;
    EVP_MD_CTX *md;
    EVP_MD *sha256;
    EC_GROUP *group;
    EC_POINT *point;
    BIGNUM *secret;
    BN_CTX *bn;
    uint8_t sk[ED_LEN], ed_pk[ED_LEN], ec_pk[POINT], digest[DIGEST];
    size_t n;
    struct floor_sig_job jobs[];
};

static void floor_release(void *state)
{
    struct floor_sig *f = state;

    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        free(f->jobs[i].message);
    }
    EVP_PKEY_CTX_free(f->sign);
    EVP_PKEY_CTX_free(f->verify);
    EVP_PKEY_CTX_free(f->import);
    EVP_PKEY_free(f->ed);
    EVP_PKEY_free(f->ec);
    EVP_PKEY_free(f->made);
    OSSL_PARAM_free(f->secret_params);
    OSSL_PARAM_free(f->public_params);
    EVP_MD_CTX_free(f->md);
    EVP_MD_free(f->sha256);
    EC_POINT_free(f->point);
    EC_GROUP_free(f->group);
    BN_free(f->secret);
    BN_CTX_free(f->bn);
    free(f);
}

static bool floor_hash(struct floor_sig *f, const struct floor_sig_job *j)
{
    return EVP_DigestInit_ex2(f->md, f->sha256, NULL) == 1 && EVP_DigestUpdate(f->md, j->message, j->len) == 1 &&
           EVP_DigestFinal_ex(f->md, f->digest, NULL) == 1;
}

static bool floor_sign(struct floor_sig *f, struct floor_sig_job *j)
{
    j->sig_len = sizeof j->sig;
    if (j->ed) {
        return EVP_MD_CTX_reset(f->md) == 1 && EVP_DigestSignInit(f->md, NULL, NULL, NULL, f->ed) == 1 &&
               EVP_DigestSign(f->md, j->sig, &j->sig_len, j->message, j->len) == 1;
    }
    return floor_hash(f, j) && EVP_PKEY_sign(f->sign, j->sig, &j->sig_len, f->digest, DIGEST) == 1;
}

static bool floor_verify(struct floor_sig *f, struct floor_sig_job *j)
{
    if (j->ed) {
        return EVP_MD_CTX_reset(f->md) == 1 && EVP_DigestVerifyInit(f->md, NULL, NULL, NULL, f->ed) == 1 &&
               EVP_DigestVerify(f->md, j->sig, j->sig_len, j->message, j->len) == 1;
    }
    return floor_hash(f, j) && EVP_PKEY_verify(f->verify, j->sig, j->sig_len, f->digest, DIGEST) == 1;
}

static bool floor_ec(struct floor_sig *f)
{
    f->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    f->bn = BN_CTX_new();
    f->secret = BN_new();
    f->import = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    f->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    f->point = f->group != NULL ? EC_POINT_new(f->group) : NULL;
    return f->point != NULL && f->bn != NULL && f->secret != NULL && f->import != NULL && f->sha256 != NULL &&
           EVP_PKEY_fromdata_init(f->import) == 1 && BN_bin2bn(f->sk, SCALAR, f->secret) != NULL &&
           EC_POINT_mul(f->group, f->point, f->secret, NULL, NULL, f->bn) == 1 &&
           EC_POINT_point2oct(f->group, f->point, POINT_CONVERSION_UNCOMPRESSED, f->ec_pk, POINT, f->bn) == POINT &&
           (f->ec = ec_import(f->import, f->secret, f->ec_pk)) != NULL &&
           (f->secret_params = ec_params(f->secret, NULL)) != NULL &&
           (f->public_params = ec_params(NULL, f->ec_pk)) != NULL &&
           (f->sign = EVP_PKEY_CTX_new_from_pkey(NULL, f->ec, NULL)) != NULL &&
           (f->verify = EVP_PKEY_CTX_new_from_pkey(NULL, f->ec, NULL)) != NULL && ec_ready_to_sign(f->sign) &&
           EVP_PKEY_verify_init(f->verify) == 1;
}

static bool floor_fill(struct floor_sig *f, const eb_step *steps)
{
    size_t len = ED_LEN;

    memset(f->sk, 0x31, sizeof f->sk);
    f->md = EVP_MD_CTX_new();
    f->ed = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, f->sk, ED_LEN);
    bool ok = f->md != NULL && f->ed != NULL && EVP_PKEY_get_raw_public_key(f->ed, f->ed_pk, &len) == 1 && floor_ec(f);

    for (size_t i = 0; i < f->n && ok; i++) {
        struct floor_sig_job *j = &f->jobs[i];

        j->op = steps[i].op;
        j->ed = steps[i].prim == &eb_openssl_ed25519.prim;
        j->len = steps[i].a;
        j->message = malloc(j->len + 1);
        ok = j->message != NULL;
        if (ok) {
            memset(j->message, 0x5a, j->len + 1);
            ok = floor_sign(f, j);
        }
    }
    return ok;
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_sig *f = calloc(1, sizeof *f + n * sizeof f->jobs[0]);

    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->n = n;
    if (!floor_fill(f, steps)) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

static bool floor_key(struct floor_sig *f, const struct floor_sig_job *j)
{
    const bool secret = j->op == EB_OP_SIG_SECRET;

    EVP_PKEY_free(f->made);
    f->made = NULL;
    if (!j->ed) {
        return EVP_PKEY_fromdata(f->import, &f->made, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                 secret ? f->secret_params : f->public_params) == 1;
    }
    f->made = secret ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, f->sk, ED_LEN)
                     : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, f->ed_pk, ED_LEN);
    return f->made != NULL;
}

static bool floor_encode(struct floor_sig *f, const struct floor_sig_job *j)
{
    size_t len = ED_LEN;

    if (j->ed) {
        return EVP_PKEY_get_raw_public_key(f->ed, f->ed_pk, &len) == 1;
    }
    return EC_POINT_mul(f->group, f->point, f->secret, NULL, NULL, f->bn) == 1 &&
           EC_POINT_point2oct(f->group, f->point, POINT_CONVERSION_UNCOMPRESSED, f->ec_pk, POINT, f->bn) == POINT;
}

static bool floor_step(struct floor_sig *f, struct floor_sig_job *j)
{
    switch (j->op) {
    case EB_OP_SIG_SECRET:
    case EB_OP_SIG_PUBLIC:
        return floor_key(f, j);
    case EB_OP_SIG_ENCODE:
        return floor_encode(f, j);
    case EB_OP_SIGN:
        return floor_sign(f, j);
    case EB_OP_SIG_VERIFY:
        return floor_verify(f, j);
    default:
        return false;
    }
}

static eb_status floor_run(void *state)
{
    struct floor_sig *f = state;
    bool ok = true;

    for (size_t i = 0; i < f->n && ok; i++) {
        ok = floor_step(f, &f->jobs[i]);
    }
    EVP_PKEY_free(f->made);
    f->made = NULL;
    return ok ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

const eb_floor eb_openssl_sig_floor = {
    .classes = 1u << EB_SIG,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
