/* SPDX-License-Identifier: Apache-2.0 */
/* ML-KEM-768 and X-Wing of libsodium 1.0.22 and later. */
#include "backends/sodium/internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#ifdef crypto_kem_xwing_PUBLICKEYBYTES /* else sodium.c says what is missing */

static const char *kem_missing(void)
{
    return sodium_library_version_major() > SODIUM_LIBRARY_VERSION_MAJOR ||
                   (sodium_library_version_major() == SODIUM_LIBRARY_VERSION_MAJOR &&
                    sodium_library_version_minor() >= SODIUM_LIBRARY_VERSION_MINOR)
               ? NULL
               : "this libsodium is older than the one that the program was built with";
}

/* ---- ML-KEM-768 (FIPS 203) ---- */

enum {
    ML_SEED = crypto_kem_mlkem768_SEEDBYTES,
    ML_PK = crypto_kem_mlkem768_PUBLICKEYBYTES,
    ML_SK = crypto_kem_mlkem768_SECRETKEYBYTES,
    ML_CT = crypto_kem_mlkem768_CIPHERTEXTBYTES,
    ML_SS = crypto_kem_mlkem768_SHAREDSECRETBYTES,
    ML_COINS = 32,
    ML_RHO = 32, /* at the end of a public key */
    ML_Q = 3329
};

struct ml_key {
    uint8_t pk[ML_PK];
    uint8_t sk[ML_SK]; /* expanded; of a secret key only */
};

/* FIPS 203, s. 7.2: a public key's coefficients are below q. The library asks that when it encapsulates, which is late. */
static bool ml_reduced(const uint8_t *pk)
{
    for (size_t i = 0; i < ML_PK - ML_RHO; i += 3) {
        const unsigned a = pk[i] | (pk[i + 1] & 0x0fu) << 8, b = pk[i + 1] >> 4 | (unsigned)pk[i + 2] << 4;
        if (a >= ML_Q || b >= ML_Q) {
            return false;
        }
    }
    return true;
}

static void ml_key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct ml_key));
}

static eb_status ml_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct ml_key *k = key;
    if (crypto_kem_mlkem768_seed_keypair(k->pk, k->sk, sk) == 0) {
        return EB_OK;
    }
    ml_key_fini(ctx, key);
    return EB_ERR_BACKEND;
}

static eb_status ml_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct ml_key *k = key;
    (void)ctx;
    if (!ml_reduced(pk)) {
        return EB_ERR_INVALID;
    }
    memcpy(k->pk, pk, ML_PK);
    return EB_OK;
}

static eb_status ml_encode(void *ctx, uint8_t *pk, void *key)
{
    (void)ctx;
    memcpy(pk, ((const struct ml_key *)key)->pk, ML_PK);
    return EB_OK;
}

static eb_status ml_encapsulate(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins)
{
    (void)ctx;
    if (crypto_kem_mlkem768_enc_deterministic(ct, ss, ((const struct ml_key *)pk)->pk, coins) == 0) {
        return EB_OK;
    }
    eb_wipe(ct, ML_CT);
    eb_wipe(ss, ML_SS);
    return EB_ERR_BACKEND;
}

static eb_status ml_decapsulate(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk)
{
    (void)ctx;
    if (crypto_kem_mlkem768_dec(ss, ct, ((const struct ml_key *)sk)->sk) == 0) {
        return EB_OK;
    }
    eb_wipe(ss, ML_SS);
    return EB_ERR_BACKEND;
}

const eb_kem eb_sodium_ml_kem_768 = {
    .prim = {.cls = EB_KEM,
             .id = "ml-kem-768",
             .spec = "FIPS 203",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini,
             .missing = kem_missing},
    .sk_len = ML_SEED,
    .pk_len = ML_PK,
    .ct_len = ML_CT,
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

/* ---- X-Wing (draft-connolly-cfrg-xwing-kem) ---- */

enum {
    XW_SEED = crypto_kem_xwing_SEEDBYTES,
    XW_PK = crypto_kem_xwing_PUBLICKEYBYTES,
    XW_CT = crypto_kem_xwing_CIPHERTEXTBYTES,
    XW_SS = crypto_kem_xwing_SHAREDSECRETBYTES,
    XW_COINS = 64
};
_Static_assert(XW_SEED == crypto_kem_xwing_SECRETKEYBYTES, "a private key is its seed");

struct xw_key {
    uint8_t pk[XW_PK];
    uint8_t sk[XW_SEED]; /* the library expands it anew at each decapsulation */
    bool has_pk;         /* a secret key gets its public key at the first `encode` */
};

static void xw_key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct xw_key));
}

static eb_status xw_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct xw_key *k = key;
    (void)ctx;
    memcpy(k->sk, sk, XW_SEED);
    k->has_pk = false;
    return EB_OK;
}

static eb_status xw_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct xw_key *k = key;
    (void)ctx;
    if (!ml_reduced(pk)) {
        return EB_ERR_INVALID;
    }
    memcpy(k->pk, pk, XW_PK);
    k->has_pk = true;
    return EB_OK;
}

static eb_status xw_encode(void *ctx, uint8_t *pk, void *key)
{
    struct xw_key *k = key;
    uint8_t sk[XW_SEED];
    (void)ctx;
    if (!k->has_pk && crypto_kem_xwing_seed_keypair(k->pk, sk, k->sk) != 0) {
        eb_wipe(pk, XW_PK);
        return EB_ERR_BACKEND;
    }
    eb_wipe(sk, sizeof sk);
    k->has_pk = true;
    memcpy(pk, k->pk, XW_PK);
    return EB_OK;
}

static eb_status xw_encapsulate(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins)
{
    (void)ctx;
    if (crypto_kem_xwing_enc_deterministic(ct, ss, ((const struct xw_key *)pk)->pk, coins) == 0) {
        return EB_OK;
    }
    eb_wipe(ct, XW_CT);
    eb_wipe(ss, XW_SS);
    return EB_ERR_INVALID; /* the peer's X25519 key is of low order */
}

static eb_status xw_decapsulate(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk)
{
    (void)ctx;
    if (crypto_kem_xwing_dec(ss, ct, ((const struct xw_key *)sk)->sk) == 0) {
        return EB_OK;
    }
    eb_wipe(ss, XW_SS);
    return EB_ERR_INVALID;
}

const eb_kem eb_sodium_x_wing = {
    .prim = {.cls = EB_KEM,
             .id = "x-wing",
             .spec = "draft-connolly-cfrg-xwing-kem",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini,
             .missing = kem_missing},
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

/* ---- The floor ---- */

/* Keys, seeds and ciphertexts are fixed; what is computed is thrown away. */
struct floor_state {
    uint8_t seed[ML_SEED], coins[XW_COINS], ss[ML_SS];
    uint8_t ml_pk[ML_PK], ml_sk[ML_SK], ml_ct[ML_CT], xw_pk[XW_PK], xw_sk[XW_SEED], xw_ct[XW_CT];
    uint8_t pk[XW_PK], sk[ML_SK], ct[XW_CT];
    size_t n;
    struct {
        eb_op op;
        bool wing;
    } steps[];
};

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = calloc(1, sizeof *f + n * sizeof f->steps[0]);
    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    memset(f->seed, 0x5a, sizeof f->seed);
    memset(f->coins, 0x3c, sizeof f->coins);
    f->n = n;
    for (size_t i = 0; i < n; i++) {
        f->steps[i].op = steps[i].op;
        f->steps[i].wing = steps[i].prim == &eb_sodium_x_wing.prim;
    }
    if (crypto_kem_mlkem768_seed_keypair(f->ml_pk, f->ml_sk, f->seed) != 0 ||
        crypto_kem_xwing_seed_keypair(f->xw_pk, f->xw_sk, f->seed) != 0 ||
        crypto_kem_mlkem768_enc_deterministic(f->ml_ct, f->ss, f->ml_pk, f->coins) != 0 ||
        crypto_kem_xwing_enc_deterministic(f->xw_ct, f->ss, f->xw_pk, f->coins) != 0) {
        free(f);
        return EB_ERR_BACKEND;
    }
    *state = f;
    return EB_OK;
}

/* A public key goes in as bytes, and is checked when it is used. A secret key of X-Wing is expanded when it is used, and its
   public key computed when it is asked for; ML-KEM gives both at once. */
static int floor_step(struct floor_state *f, eb_op op, bool wing)
{
    switch (op) {
    case EB_OP_KEM_SECRET:
        return wing ? 0 : crypto_kem_mlkem768_seed_keypair(f->pk, f->sk, f->seed);
    case EB_OP_KEM_ENCODE:
        return wing ? crypto_kem_xwing_seed_keypair(f->pk, f->sk, f->seed) : 0;
    case EB_OP_ENCAPSULATE:
        return wing ? crypto_kem_xwing_enc_deterministic(f->ct, f->ss, f->xw_pk, f->coins)
                    : crypto_kem_mlkem768_enc_deterministic(f->ct, f->ss, f->ml_pk, f->coins);
    case EB_OP_DECAPSULATE:
        return wing ? crypto_kem_xwing_dec(f->ss, f->xw_ct, f->xw_sk)
                    : crypto_kem_mlkem768_dec(f->ss, f->ml_ct, f->ml_sk);
    default:
        return 0;
    }
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    int failed = 0;
    for (size_t i = 0; i < f->n && failed == 0; i++) {
        failed = floor_step(f, f->steps[i].op, f->steps[i].wing);
    }
    return failed == 0 ? EB_OK : EB_ERR_BACKEND;
}

static void floor_release(void *state)
{
    if (state != NULL) {
        eb_wipe(state, sizeof(struct floor_state));
    }
    free(state);
}

const eb_floor eb_sodium_kem_floor = {
    .classes = 1u << EB_KEM,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};

#endif
