/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of libsodium: Ed25519 (RFC 8032), adapter and floor. */
#include "backends/sodium/internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = crypto_sign_SEEDBYTES, PK = crypto_sign_PUBLICKEYBYTES, SIG = crypto_sign_BYTES };

struct sig_key {
    uint8_t sk[crypto_sign_SECRETKEYBYTES]; /* seed and public key, as the library signs with them */
    uint8_t pk[PK];
};

static eb_status sig_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct sig_key *k = key;
    (void)ctx;
    return crypto_sign_seed_keypair(k->pk, k->sk, sk) == 0 ? EB_OK : EB_ERR_BACKEND;
}

/* Not validated here: `verify` refuses encodings that are not canonical, and points of low order. */
static eb_status sig_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct sig_key *k = key;
    (void)ctx;
    memcpy(k->pk, pk, PK);
    return EB_OK;
}

static eb_status sig_encode(void *ctx, uint8_t *pk, void *key)
{
    const struct sig_key *k = key;
    (void)ctx;
    memcpy(pk, k->pk, PK);
    return EB_OK;
}

static eb_status sig_sign(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    const struct sig_key *k = sk;
    (void)ctx;
    if (crypto_sign_detached(sig, NULL, message.ptr, message.len, k->sk) != 0) {
        eb_wipe(sig, SIG);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status sig_verify(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    const struct sig_key *k = pk;
    (void)ctx;
    return crypto_sign_verify_detached(sig, message.ptr, message.len, k->pk) == 0 ? EB_OK : EB_ERR_AUTH;
}

static void sig_key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct sig_key));
}

const eb_sig eb_sodium_ed25519 = {
    .prim = {.cls = EB_SIG,
             .id = "ed25519",
             .spec = "RFC 8032, s. 5.1",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .sk_len = SEED,
    .pk_len = PK,
    .sig_len = SIG,
    .key_size = sizeof(struct sig_key),
    .secret_key = sig_secret_key,
    .public_key = sig_public_key,
    .encode = sig_encode,
    .sign = sig_sign,
    .verify = sig_verify,
    .key_fini = sig_key_fini,
    .repeats = true,
};

/* ---- The floor: the public key comes with the secret one, and needs no parsing ---- */

struct bare_job {
    eb_op op;
    size_t len;
    uint8_t *message, sig[SIG];
};

struct bare_sig {
    uint8_t seed[SEED], sk[crypto_sign_SECRETKEYBYTES], pk[PK], new_sk[crypto_sign_SECRETKEYBYTES], new_pk[PK];
    size_t n;
    struct bare_job jobs[];
};

static void bare_release(void *state)
{
    struct bare_sig *s = state;
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        free(s->jobs[i].message);
    }
    free(s);
}

static eb_status bare_prepare(void **state, const eb_step *steps, size_t n)
{
    *state = NULL;
    struct bare_sig *s = calloc(1, sizeof *s + n * sizeof s->jobs[0]);
    if (s == NULL) {
        return EB_ERR_BACKEND;
    }
    memset(s->seed, 0x31, sizeof s->seed);
    s->n = n;
    bool ok = crypto_sign_seed_keypair(s->pk, s->sk, s->seed) == 0;
    for (size_t i = 0; i < n && ok; i++) {
        struct bare_job *j = &s->jobs[i];
        j->op = steps[i].op;
        j->len = steps[i].a;
        j->message = malloc(j->len + 1);
        ok = j->message != NULL;
        if (ok) {
            memset(j->message, 0x5a, j->len + 1);
            ok = crypto_sign_detached(j->sig, NULL, j->message, j->len, s->sk) == 0;
        }
    }
    if (!ok) {
        bare_release(s);
        return EB_ERR_BACKEND;
    }
    *state = s;
    return EB_OK;
}

static int bare_step(struct bare_sig *s, struct bare_job *j)
{
    switch (j->op) {
    case EB_OP_SIG_SECRET:
        return crypto_sign_seed_keypair(s->new_pk, s->new_sk, s->seed);
    case EB_OP_SIGN:
        return crypto_sign_detached(j->sig, NULL, j->message, j->len, s->sk);
    case EB_OP_SIG_VERIFY:
        return crypto_sign_verify_detached(j->sig, j->message, j->len, s->pk);
    default:
        return 0;
    }
}

static eb_status bare_run(void *state)
{
    struct bare_sig *s = state;
    for (size_t i = 0; i < s->n; i++) {
        if (bare_step(s, &s->jobs[i]) != 0) {
            return EB_ERR_BACKEND;
        }
    }
    return EB_OK;
}

const eb_floor eb_sodium_sig_floor = {
    .classes = 1u << EB_SIG,
    .prepare = bare_prepare,
    .run = bare_run,
    .release = bare_release,
};
