/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML-KEM of OpenSSL 3.5 and later, and X-Wing made of it, X25519 and SHA-3. An older library is told apart at run time:
 * there are only names in here that it does not know.
 */
#include "backends/openssl/internal.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#ifndef OSSL_PKEY_PARAM_ML_KEM_SEED
#define OSSL_PKEY_PARAM_ML_KEM_SEED "seed"
#endif
#ifndef OSSL_KEM_PARAM_IKME
#define OSSL_KEM_PARAM_IKME "ikme"
#endif

static const char *ml_kem_missing(void)
{
    if (((OPENSSL_version_major() << 8) | OPENSSL_version_minor()) < 0x305)
        return "OpenSSL has ML-KEM from version 3.5";
    EVP_KEM *kem = EVP_KEM_fetch(NULL, "ML-KEM-768", NULL);
    const bool there = kem != NULL;
    EVP_KEM_free(kem);
    ERR_clear_error();
    return there ? NULL : "this build of OpenSSL has no ML-KEM";
}

/* ---- ML-KEM (FIPS 203) ---- */

enum {
    ML_SEED = 64, /* d || z */
    ML_COINS = 32,
    ML_SS = 32,
    ML_768_PK = 1184,
    ML_768_CT = 1088,
    ML_1024_PK = 1568,
    ML_1024_CT = 1568
};

struct ml_ctx {
    size_t pk_len, ct_len;
    EVP_PKEY_CTX *import;
    OSSL_PARAM ikme_param[2]; /* names `ikme` */
    uint8_t ikme[ML_COINS];
};

struct ml_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *op; /* made when the key is first used: of encapsulation for a public key, else of decapsulation */
};

static void ml_fini(void *ctx)
{
    struct ml_ctx *c = ctx;
    EVP_PKEY_CTX_free(c->import);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status ml_init(struct ml_ctx *c, const char *name, size_t pk_len, size_t ct_len)
{
    c->pk_len = pk_len;
    c->ct_len = ct_len;
    c->ikme_param[0] = OSSL_PARAM_construct_octet_string(OSSL_KEM_PARAM_IKME, c->ikme, sizeof c->ikme);
    c->ikme_param[1] = OSSL_PARAM_construct_end();
    c->import = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
    if (c->import == NULL || EVP_PKEY_fromdata_init(c->import) != 1) {
        ml_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status ml_768_init(void *ctx)
{
    return ml_init(ctx, "ML-KEM-768", ML_768_PK, ML_768_CT);
}

static eb_status ml_1024_init(void *ctx)
{
    return ml_init(ctx, "ML-KEM-1024", ML_1024_PK, ML_1024_CT);
}

static void ml_key_fini(void *ctx, void *key)
{
    struct ml_key *k = key;
    (void)ctx;
    EVP_PKEY_CTX_free(k->op);
    EVP_PKEY_free(k->pkey);
    *k = (struct ml_key){0};
}

static bool ml_import(struct ml_ctx *c, struct ml_key *k, const char *what, int selection, const uint8_t *bytes,
                      size_t len)
{
    /* OSSL_PARAM wants a pointer to what is not const, and reads from it only. */
    OSSL_PARAM param[2] = {OSSL_PARAM_construct_octet_string(what, (void *)(uintptr_t)bytes, len),
                           OSSL_PARAM_construct_end()};
    *k = (struct ml_key){0};
    if (EVP_PKEY_fromdata(c->import, &k->pkey, selection, param) == 1)
        return true;
    ml_key_fini(c, k);
    return false;
}

/* FIPS 203, Algorithm 16 (ML-KEM.KeyGen_internal): the library derives the pair from the seed. */
static eb_status ml_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    return ml_import(ctx, key, OSSL_PKEY_PARAM_ML_KEM_SEED, EVP_PKEY_KEYPAIR, sk, ML_SEED)
               ? EB_OK
               : fail(EB_ERR_BACKEND, NULL, 0);
}

/* The library makes the check of s. 7.2 (every coefficient below q). */
static eb_status ml_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct ml_ctx *c = ctx;
    return ml_import(c, key, OSSL_PKEY_PARAM_PUB_KEY, EVP_PKEY_PUBLIC_KEY, pk, c->pk_len)
               ? EB_OK
               : fail(EB_ERR_INVALID, NULL, 0);
}

static eb_status ml_encode(void *ctx, uint8_t *pk, void *key)
{
    const struct ml_ctx *c = ctx;
    const struct ml_key *k = key;
    size_t len = 0;
    return EVP_PKEY_get_octet_string_param(k->pkey, OSSL_PKEY_PARAM_PUB_KEY, pk, c->pk_len, &len) == 1 &&
                   len == c->pk_len
               ? EB_OK
               : fail(EB_ERR_BACKEND, pk, c->pk_len);
}

static bool ml_ready(struct ml_key *k, int (*init)(EVP_PKEY_CTX *, const OSSL_PARAM *))
{
    if (k->op != NULL)
        return true;
    k->op = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
    if (k->op != NULL && init(k->op, NULL) == 1)
        return true;
    EVP_PKEY_CTX_free(k->op);
    k->op = NULL;
    return false;
}

/* FIPS 203, Algorithm 17 (ML-KEM.Encaps_internal). The library forgets the coins when it has used them. */
static eb_status ml_encapsulate(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins)
{
    struct ml_ctx *c = ctx;
    struct ml_key *k = (struct ml_key *)(uintptr_t)pk; /* only `op`, which is a cache, is added */
    size_t ct_len = c->ct_len, ss_len = ML_SS;
    memcpy(c->ikme, coins, sizeof c->ikme);
    const bool ok = ml_ready(k, EVP_PKEY_encapsulate_init) && EVP_PKEY_CTX_set_params(k->op, c->ikme_param) == 1 &&
                    EVP_PKEY_encapsulate(k->op, ct, &ct_len, ss, &ss_len) == 1 && ct_len == c->ct_len &&
                    ss_len == ML_SS;
    OPENSSL_cleanse(c->ikme, sizeof c->ikme);
    if (ok)
        return EB_OK;
    OPENSSL_cleanse(ct, c->ct_len);
    return fail(EB_ERR_BACKEND, ss, ML_SS);
}

/* FIPS 203, Algorithm 18 (ML-KEM.Decaps_internal), with its implicit rejection. */
static eb_status ml_decapsulate(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk)
{
    const struct ml_ctx *c = ctx;
    struct ml_key *k = (struct ml_key *)(uintptr_t)sk;
    size_t ss_len = ML_SS;
    return ml_ready(k, EVP_PKEY_decapsulate_init) && EVP_PKEY_decapsulate(k->op, ss, &ss_len, ct, c->ct_len) == 1 &&
                   ss_len == ML_SS
               ? EB_OK
               : fail(EB_ERR_BACKEND, ss, ML_SS);
}

const eb_kem eb_openssl_ml_kem_768 = {
    .prim = {.cls = EB_KEM,
             .id = "ml-kem-768",
             .spec = "FIPS 203",
             .ctx_size = sizeof(struct ml_ctx),
             .init = ml_768_init,
             .fini = ml_fini,
             .missing = ml_kem_missing},
    .sk_len = ML_SEED,
    .pk_len = ML_768_PK,
    .ct_len = ML_768_CT,
    .ss_len = ML_SS,
    .coins_len = ML_COINS,
    .key_size = sizeof(struct ml_key),
    .secret_key = ml_secret_key,
    .public_key = ml_public_key,
    .encode = ml_encode,
    .encapsulate = ml_encapsulate,
    .decapsulate = ml_decapsulate,
    .key_fini = ml_key_fini,
};

const eb_kem eb_openssl_ml_kem_1024 = {
    .prim = {.cls = EB_KEM,
             .id = "ml-kem-1024",
             .spec = "FIPS 203",
             .ctx_size = sizeof(struct ml_ctx),
             .init = ml_1024_init,
             .fini = ml_fini,
             .missing = ml_kem_missing},
    .sk_len = ML_SEED,
    .pk_len = ML_1024_PK,
    .ct_len = ML_1024_CT,
    .ss_len = ML_SS,
    .coins_len = ML_COINS,
    .key_size = sizeof(struct ml_key),
    .secret_key = ml_secret_key,
    .public_key = ml_public_key,
    .encode = ml_encode,
    .encapsulate = ml_encapsulate,
    .decapsulate = ml_decapsulate,
    .key_fini = ml_key_fini,
};

/* ---- X-Wing (draft-connolly-cfrg-xwing-kem, s. 5) ----
 *
 * pk = pk_M || pk_X and ct = ct_M || ct_X, M for ML-KEM-768 and X for X25519. Against the draft's letter a result of all
 * zeros of X25519 is refused, as OpenSSL does: no honest sender makes one.
 */

enum {
    XW_SEED = 32,
    XW_EXPANDED = ML_SEED + X25519_LEN,
    XW_PK = ML_768_PK + X25519_LEN,
    XW_CT = ML_768_CT + X25519_LEN,
    XW_COINS = ML_COINS + X25519_LEN,
    XW_SS = 32
};

static const uint8_t xw_label[] = {'\\', '.', '/', '/', '^', '\\'}; /* s. 5.3: 5c2e2f2f5e5c */

struct xw_ctx {
    struct ml_ctx m;
    struct x25519_ctx x;
    bool m_open, x_open;
    EVP_MD *shake, *sha3;
    EVP_MD_CTX *hash;
};

struct xw_key {
    struct ml_key m;
    struct x25519_key x;
    uint8_t pk_x[X25519_LEN];
};

static void xw_fini(void *ctx)
{
    struct xw_ctx *c = ctx;
    if (c->m_open)
        ml_fini(&c->m);
    if (c->x_open)
        eb_openssl_x25519->prim.fini(&c->x);
    EVP_MD_CTX_free(c->hash);
    EVP_MD_free(c->shake);
    EVP_MD_free(c->sha3);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status xw_init(void *ctx)
{
    struct xw_ctx *c = ctx;
    c->m_open = ml_768_init(&c->m) == EB_OK;
    c->x_open = eb_openssl_x25519->prim.init(&c->x) == EB_OK;
    c->shake = EVP_MD_fetch(NULL, "SHAKE256", NULL);
    c->sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
    c->hash = EVP_MD_CTX_new();
    if (c->m_open && c->x_open && c->shake != NULL && c->sha3 != NULL && c->hash != NULL)
        return EB_OK;
    xw_fini(c);
    return fail(EB_ERR_BACKEND, NULL, 0);
}

static void xw_key_fini(void *ctx, void *key)
{
    struct xw_ctx *c = ctx;
    struct xw_key *k = key;
    ml_key_fini(&c->m, &k->m);
    eb_openssl_x25519->key_fini(&c->x, &k->x);
    OPENSSL_cleanse(k, sizeof *k);
}

/* s. 5.2: expandDecapsulationKey. */
static bool xw_expand(struct xw_ctx *c, uint8_t expanded[XW_EXPANDED], const uint8_t *seed)
{
    return EVP_DigestInit_ex2(c->hash, c->shake, NULL) == 1 && EVP_DigestUpdate(c->hash, seed, XW_SEED) == 1 &&
           EVP_DigestFinalXOF(c->hash, expanded, XW_EXPANDED) == 1;
}

static eb_status xw_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct xw_ctx *c = ctx;
    struct xw_key *k = key;
    uint8_t expanded[XW_EXPANDED];
    eb_status s = xw_expand(c, expanded, sk) ? EB_OK : EB_ERR_BACKEND;
    if (s == EB_OK)
        s = ml_secret_key(&c->m, &k->m, expanded);
    if (s == EB_OK) {
        s = eb_openssl_x25519->secret_key(&c->x, &k->x, expanded + ML_SEED);
        if (s == EB_OK) /* a part of every shared secret */
            s = eb_openssl_x25519->encode(&c->x, k->pk_x, &k->x);
        if (s != EB_OK)
            xw_key_fini(c, k);
    }
    OPENSSL_cleanse(expanded, sizeof expanded);
    return s == EB_OK ? s : fail(s, NULL, 0);
}

static eb_status xw_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct xw_ctx *c = ctx;
    struct xw_key *k = key;
    eb_status s = ml_public_key(&c->m, &k->m, pk);
    if (s != EB_OK)
        return s;
    memcpy(k->pk_x, pk + ML_768_PK, X25519_LEN);
    s = eb_openssl_x25519->public_key(&c->x, &k->x, k->pk_x);
    if (s != EB_OK)
        ml_key_fini(&c->m, &k->m);
    return s;
}

static eb_status xw_encode(void *ctx, uint8_t *pk, void *key)
{
    struct xw_ctx *c = ctx;
    struct xw_key *k = key;
    eb_status s = ml_encode(&c->m, pk, &k->m);
    if (s == EB_OK)
        memcpy(pk + ML_768_PK, k->pk_x, X25519_LEN);
    else
        OPENSSL_cleanse(pk, XW_PK);
    return s;
}

/* s. 5.3: Combiner. */
static eb_status xw_combine(struct xw_ctx *c, uint8_t *ss, const uint8_t *ss_m, const uint8_t *ss_x,
                            const uint8_t *ct_x, const uint8_t *pk_x)
{
    unsigned len = 0;
    return EVP_DigestInit_ex2(c->hash, c->sha3, NULL) == 1 && EVP_DigestUpdate(c->hash, ss_m, ML_SS) == 1 &&
                   EVP_DigestUpdate(c->hash, ss_x, X25519_LEN) == 1 &&
                   EVP_DigestUpdate(c->hash, ct_x, X25519_LEN) == 1 &&
                   EVP_DigestUpdate(c->hash, pk_x, X25519_LEN) == 1 &&
                   EVP_DigestUpdate(c->hash, xw_label, sizeof xw_label) == 1 &&
                   EVP_DigestFinal_ex(c->hash, ss, &len) == 1 && len == XW_SS
               ? EB_OK
               : fail(EB_ERR_BACKEND, ss, XW_SS);
}

/* The part of X25519: its ciphertext is an ephemeral public key. */
static eb_status xw_encapsulate_x(struct xw_ctx *c, uint8_t *ss_x, uint8_t *ct_x, const struct xw_key *to,
                                  const uint8_t *coins)
{
    struct x25519_key ephemeral;
    eb_status s = eb_openssl_x25519->secret_key(&c->x, &ephemeral, coins);
    if (s != EB_OK)
        return s;
    s = eb_openssl_x25519->encode(&c->x, ct_x, &ephemeral);
    if (s == EB_OK)
        s = eb_openssl_x25519->agree(&c->x, ss_x, &ephemeral, &to->x);
    eb_openssl_x25519->key_fini(&c->x, &ephemeral);
    return s;
}

/* s. 5.4.1: EncapsulateDerand. */
static eb_status xw_encapsulate(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins)
{
    struct xw_ctx *c = ctx;
    const struct xw_key *k = pk;
    uint8_t ss_m[ML_SS], ss_x[X25519_LEN];
    eb_status s = ml_encapsulate(&c->m, ss_m, ct, &k->m, coins);
    if (s == EB_OK)
        s = xw_encapsulate_x(c, ss_x, ct + ML_768_CT, k, coins + ML_COINS);
    if (s == EB_OK)
        s = xw_combine(c, ss, ss_m, ss_x, ct + ML_768_CT, k->pk_x);
    OPENSSL_cleanse(ss_m, sizeof ss_m);
    OPENSSL_cleanse(ss_x, sizeof ss_x);
    if (s == EB_OK)
        return s;
    OPENSSL_cleanse(ct, XW_CT);
    return fail(s, ss, XW_SS);
}

/* s. 5.5. */
static eb_status xw_decapsulate(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk)
{
    struct xw_ctx *c = ctx;
    const struct xw_key *k = sk;
    struct x25519_key ephemeral;
    uint8_t ss_m[ML_SS], ss_x[X25519_LEN];
    eb_status s = eb_openssl_x25519->public_key(&c->x, &ephemeral, ct + ML_768_CT);
    if (s == EB_OK) {
        s = eb_openssl_x25519->agree(&c->x, ss_x, &k->x, &ephemeral);
        eb_openssl_x25519->key_fini(&c->x, &ephemeral);
    }
    if (s == EB_OK)
        s = ml_decapsulate(&c->m, ss_m, ct, &k->m);
    if (s == EB_OK)
        s = xw_combine(c, ss, ss_m, ss_x, ct + ML_768_CT, k->pk_x);
    OPENSSL_cleanse(ss_m, sizeof ss_m);
    OPENSSL_cleanse(ss_x, sizeof ss_x);
    return s == EB_OK ? s : fail(s, ss, XW_SS);
}

const eb_kem eb_openssl_x_wing = {
    .prim = {.cls = EB_KEM,
             .id = "x-wing",
             .spec = "draft-connolly-cfrg-xwing-kem",
             .ctx_size = sizeof(struct xw_ctx),
             .init = xw_init,
             .fini = xw_fini,
             .missing = ml_kem_missing},
    .sk_len = XW_SEED,
    .pk_len = XW_PK,
    .ct_len = XW_CT,
    .ss_len = XW_SS,
    .coins_len = XW_COINS,
    .key_size = sizeof(struct xw_key),
    .secret_key = xw_secret_key,
    .public_key = xw_public_key,
    .encode = xw_encode,
    .encapsulate = xw_encapsulate,
    .decapsulate = xw_decapsulate,
    .key_fini = xw_key_fini,
};

/* ---- The floor ----
 *
 * Nothing from above but sizes, names and `fail`. Keys and coins are fixed; the ciphertext that is opened is one for the hot
 * key. A primitive has its hot pair of keys, and the pair that the operation parses, which then is what it uses.
 */

struct pair {
    EVP_PKEY *secret, *public;
    EVP_PKEY_CTX *decap, *encap; /* of X25519: decap derives */
};

struct floor_kem {
    const eb_prim *prim; /* NULL: not in use */
    size_t pk_len, ct_len;
    EVP_PKEY_CTX *import, *import_x; /* import_x NULL: not X-Wing */
    struct pair hot, fresh, hot_x, fresh_x;
    OSSL_PARAM seed[2], pub[2], ikme[2], seed_x[2], pub_x[2];
    uint8_t seed_bytes[XW_EXPANDED], pk[ML_1024_PK], pk_x[X25519_LEN], ct[ML_1024_CT], ct_x[X25519_LEN];
    uint8_t coins[ML_COINS], out_ct[ML_1024_CT], ss[ML_SS + X25519_LEN], out_ss[ML_SS], out_pk[ML_1024_PK];
};

enum { FLOOR_KEMS = 3 };

struct floor_state {
    size_t n;
    struct floor_kem kems[FLOOR_KEMS];
    EVP_MD *shake, *sha3;
    EVP_MD_CTX *hash;
    struct {
        eb_op op;
        struct floor_kem *kem;
    } steps[];
};

static void pair_free(struct pair *p)
{
    EVP_PKEY_CTX_free(p->decap);
    EVP_PKEY_CTX_free(p->encap);
    EVP_PKEY_free(p->secret);
    EVP_PKEY_free(p->public);
    *p = (struct pair){0};
}

static void floor_release(void *state)
{
    struct floor_state *f = state;
    if (f == NULL)
        return;
    for (size_t i = 0; i < FLOOR_KEMS; i++) {
        struct floor_kem *k = &f->kems[i];
        pair_free(&k->hot);
        pair_free(&k->fresh);
        pair_free(&k->hot_x);
        pair_free(&k->fresh_x);
        EVP_PKEY_CTX_free(k->import);
        EVP_PKEY_CTX_free(k->import_x);
    }
    EVP_MD_CTX_free(f->hash);
    EVP_MD_free(f->shake);
    EVP_MD_free(f->sha3);
    OPENSSL_free(f);
}

static void floor_params(OSSL_PARAM param[2], const char *name, uint8_t *bytes, size_t len)
{
    param[0] = OSSL_PARAM_construct_octet_string(name, bytes, len);
    param[1] = OSSL_PARAM_construct_end();
}

static EVP_PKEY_CTX *floor_op(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *, const OSSL_PARAM *))
{
    EVP_PKEY_CTX *op = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (op != NULL && init(op, NULL) == 1)
        return op;
    EVP_PKEY_CTX_free(op);
    return NULL;
}

/* A hot pair of ML-KEM, and a ciphertext for it. */
static bool floor_hot(struct floor_kem *k)
{
    size_t len = 0, ct_len = k->ct_len, ss_len = ML_SS;
    if (EVP_PKEY_fromdata_init(k->import) != 1 ||
        EVP_PKEY_fromdata(k->import, &k->hot.secret, EVP_PKEY_KEYPAIR, k->seed) != 1 ||
        EVP_PKEY_get_octet_string_param(k->hot.secret, OSSL_PKEY_PARAM_PUB_KEY, k->pk, k->pk_len, &len) != 1 ||
        EVP_PKEY_fromdata(k->import, &k->hot.public, EVP_PKEY_PUBLIC_KEY, k->pub) != 1)
        return false;
    k->hot.decap = floor_op(k->hot.secret, EVP_PKEY_decapsulate_init);
    k->hot.encap = floor_op(k->hot.public, EVP_PKEY_encapsulate_init);
    return k->hot.decap != NULL && k->hot.encap != NULL && EVP_PKEY_CTX_set_params(k->hot.encap, k->ikme) == 1 &&
           EVP_PKEY_encapsulate(k->hot.encap, k->ct, &ct_len, k->ss, &ss_len) == 1;
}

static bool floor_hot_x(struct floor_kem *k)
{
    size_t len = X25519_LEN;
    k->import_x = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    if (k->import_x == NULL || EVP_PKEY_fromdata_init(k->import_x) != 1 ||
        EVP_PKEY_fromdata(k->import_x, &k->hot_x.secret, EVP_PKEY_KEYPAIR, k->seed_x) != 1 ||
        EVP_PKEY_get_raw_public_key(k->hot_x.secret, k->pk_x, &len) != 1 ||
        EVP_PKEY_fromdata(k->import_x, &k->hot_x.public, EVP_PKEY_PUBLIC_KEY, k->pub_x) != 1)
        return false;
    memcpy(k->ct_x, k->pk_x, X25519_LEN); /* any point will do */
    k->hot_x.decap = EVP_PKEY_CTX_new_from_pkey(NULL, k->hot_x.secret, NULL);
    return k->hot_x.decap != NULL && EVP_PKEY_derive_init(k->hot_x.decap) == 1;
}

static bool floor_prepare_kem(struct floor_state *f, const eb_prim *prim, struct floor_kem **found)
{
    struct floor_kem *k = f->kems;
    while (k < f->kems + FLOOR_KEMS && k->prim != NULL && k->prim != prim)
        k++;
    if (k == f->kems + FLOOR_KEMS)
        return false;
    *found = k;
    if (k->prim != NULL)
        return true;
    const bool large = prim == &eb_openssl_ml_kem_1024.prim, wing = prim == &eb_openssl_x_wing.prim;
    k->prim = prim;
    k->pk_len = large ? ML_1024_PK : ML_768_PK;
    k->ct_len = large ? ML_1024_CT : ML_768_CT;
    memset(k->seed_bytes, 0x5a, sizeof k->seed_bytes);
    memset(k->coins, 0x3c, sizeof k->coins);
    floor_params(k->seed, OSSL_PKEY_PARAM_ML_KEM_SEED, k->seed_bytes, ML_SEED);
    floor_params(k->seed_x, OSSL_PKEY_PARAM_PRIV_KEY, k->seed_bytes + ML_SEED, X25519_LEN);
    floor_params(k->pub, OSSL_PKEY_PARAM_PUB_KEY, k->pk, k->pk_len);
    floor_params(k->pub_x, OSSL_PKEY_PARAM_PUB_KEY, k->pk_x, X25519_LEN);
    floor_params(k->ikme, OSSL_KEM_PARAM_IKME, k->coins, sizeof k->coins);
    k->import = EVP_PKEY_CTX_new_from_name(NULL, large ? "ML-KEM-1024" : "ML-KEM-768", NULL);
    return k->import != NULL && floor_hot(k) && (!wing || floor_hot_x(k));
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = OPENSSL_zalloc(sizeof *f + n * sizeof f->steps[0]);
    *state = NULL;
    if (f == NULL)
        return EB_ERR_BACKEND;
    f->n = n;
    f->shake = EVP_MD_fetch(NULL, "SHAKE256", NULL);
    f->sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
    f->hash = EVP_MD_CTX_new();
    bool ok = f->shake != NULL && f->sha3 != NULL && f->hash != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        f->steps[i].op = steps[i].op;
        ok = floor_prepare_kem(f, steps[i].prim, &f->steps[i].kem);
    }
    if (!ok) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

static bool floor_secret(struct floor_state *f, struct floor_kem *k)
{
    uint8_t expanded[XW_EXPANDED];
    size_t len = X25519_LEN;
    pair_free(&k->fresh);
    pair_free(&k->fresh_x);
    if (k->import_x != NULL &&
        (EVP_DigestInit_ex2(f->hash, f->shake, NULL) != 1 || EVP_DigestUpdate(f->hash, k->seed_bytes, XW_SEED) != 1 ||
         EVP_DigestFinalXOF(f->hash, expanded, sizeof expanded) != 1 ||
         EVP_PKEY_fromdata(k->import_x, &k->fresh_x.secret, EVP_PKEY_KEYPAIR, k->seed_x) != 1 ||
         EVP_PKEY_get_raw_public_key(k->fresh_x.secret, k->out_pk, &len) != 1))
        return false;
    return EVP_PKEY_fromdata(k->import, &k->fresh.secret, EVP_PKEY_KEYPAIR, k->seed) == 1;
}

static bool floor_public(struct floor_kem *k)
{
    pair_free(&k->fresh);
    pair_free(&k->fresh_x);
    return EVP_PKEY_fromdata(k->import, &k->fresh.public, EVP_PKEY_PUBLIC_KEY, k->pub) == 1 &&
           (k->import_x == NULL ||
            EVP_PKEY_fromdata(k->import_x, &k->fresh_x.public, EVP_PKEY_PUBLIC_KEY, k->pub_x) == 1);
}

static bool floor_encode(struct floor_kem *k)
{
    size_t len = 0;
    return EVP_PKEY_get_octet_string_param(k->fresh.secret != NULL ? k->fresh.secret : k->hot.secret,
                                           OSSL_PKEY_PARAM_PUB_KEY, k->out_pk, k->pk_len, &len) == 1;
}

static bool floor_combine(struct floor_state *f, struct floor_kem *k)
{
    unsigned len = 0;
    return EVP_DigestInit_ex2(f->hash, f->sha3, NULL) == 1 &&
           EVP_DigestUpdate(f->hash, k->ss, ML_SS + X25519_LEN) == 1 &&
           EVP_DigestUpdate(f->hash, k->ct_x, X25519_LEN) == 1 && EVP_DigestUpdate(f->hash, k->pk_x, X25519_LEN) == 1 &&
           EVP_DigestUpdate(f->hash, xw_label, sizeof xw_label) == 1 &&
           EVP_DigestFinal_ex(f->hash, k->out_ss, &len) == 1;
}

/* X25519 with a key of this call's. */
static bool floor_agree_x(struct floor_kem *k, bool encap)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *derive = NULL, *used = NULL;
    size_t len = X25519_LEN;
    bool ok;
    if (encap) {
        ok = EVP_PKEY_fromdata(k->import_x, &made, EVP_PKEY_KEYPAIR, k->seed_x) == 1 &&
             EVP_PKEY_get_raw_public_key(made, k->ct_x, &len) == 1 &&
             (derive = EVP_PKEY_CTX_new_from_pkey(NULL, made, NULL)) != NULL && EVP_PKEY_derive_init(derive) == 1 &&
             EVP_PKEY_derive_set_peer_ex(derive, k->fresh_x.public != NULL ? k->fresh_x.public : k->hot_x.public, 0) ==
                 1;
        used = derive;
    } else {
        if (k->fresh_x.secret != NULL) {
            derive = EVP_PKEY_CTX_new_from_pkey(NULL, k->fresh_x.secret, NULL);
            ok = derive != NULL && EVP_PKEY_derive_init(derive) == 1;
            used = derive;
        } else {
            ok = true;
            used = k->hot_x.decap;
        }
        ok = ok && EVP_PKEY_fromdata(k->import_x, &made, EVP_PKEY_PUBLIC_KEY, k->pub_x) == 1 &&
             EVP_PKEY_derive_set_peer_ex(used, made, 0) == 1;
    }
    len = X25519_LEN;
    ok = ok && EVP_PKEY_derive(used, k->ss + ML_SS, &len) == 1;
    EVP_PKEY_CTX_free(derive);
    EVP_PKEY_free(made);
    return ok;
}

static bool floor_encapsulate(struct floor_state *f, struct floor_kem *k)
{
    size_t ct_len = k->ct_len, ss_len = ML_SS;
    if (k->fresh.public != NULL && k->fresh.encap == NULL)
        k->fresh.encap = floor_op(k->fresh.public, EVP_PKEY_encapsulate_init);
    EVP_PKEY_CTX *op = k->fresh.public != NULL ? k->fresh.encap : k->hot.encap;
    return op != NULL && EVP_PKEY_CTX_set_params(op, k->ikme) == 1 &&
           EVP_PKEY_encapsulate(op, k->out_ct, &ct_len, k->ss, &ss_len) == 1 &&
           (k->import_x == NULL || (floor_agree_x(k, true) && floor_combine(f, k)));
}

static bool floor_decapsulate(struct floor_state *f, struct floor_kem *k)
{
    size_t ss_len = ML_SS;
    if (k->fresh.secret != NULL && k->fresh.decap == NULL)
        k->fresh.decap = floor_op(k->fresh.secret, EVP_PKEY_decapsulate_init);
    EVP_PKEY_CTX *op = k->fresh.secret != NULL ? k->fresh.decap : k->hot.decap;
    return op != NULL && EVP_PKEY_decapsulate(op, k->ss, &ss_len, k->ct, k->ct_len) == 1 &&
           (k->import_x == NULL || (floor_agree_x(k, false) && floor_combine(f, k)));
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    bool ok = true;
    for (size_t i = 0; ok && i < f->n; i++) {
        struct floor_kem *k = f->steps[i].kem;
        switch (f->steps[i].op) {
        case EB_OP_KEM_SECRET:
            ok = floor_secret(f, k);
            break;
        case EB_OP_KEM_PUBLIC:
            ok = floor_public(k);
            break;
        case EB_OP_KEM_ENCODE:
            ok = floor_encode(k);
            break;
        case EB_OP_ENCAPSULATE:
            ok = floor_encapsulate(f, k);
            break;
        default:
            ok = floor_decapsulate(f, k);
            break;
        }
    }
    for (size_t i = 0; i < FLOOR_KEMS; i++) {
        pair_free(&f->kems[i].fresh);
        pair_free(&f->kems[i].fresh_x);
    }
    return ok ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

const eb_floor eb_openssl_kem_floor = {
    .classes = 1u << EB_KEM,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
