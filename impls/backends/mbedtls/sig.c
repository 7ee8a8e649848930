/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of mbedTLS: ECDSA on P-256 with SHA-256, nonces after RFC 6979. Adapter and floor. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "backends/mbedtls/internal.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256 mbedtls_sha256_ret
#endif

enum { SCALAR = 32, POINT = 65, SIG = 64, DIGEST = 32 };

struct sig_ctx {
    mbedtls_ecp_group grp;
    mbedtls_ecp_point point; /* the last public key computed */
    mbedtls_mpi r, s;        /* the last signature: they keep their memory from call to call */
};

struct sig_key {
    mbedtls_mpi d;       /* of a secret key */
    mbedtls_ecp_point q; /* of a public key */
    uint8_t pk[POINT];
    bool has_pk;
};

static void sig_fini(void *ctx)
{
    struct sig_ctx *c = ctx;
    mbedtls_mpi_free(&c->r);
    mbedtls_mpi_free(&c->s);
    mbedtls_ecp_point_free(&c->point);
    mbedtls_ecp_group_free(&c->grp);
}

/* 2.28 computes a group's table of multiples of the generator at the first use; 3.6 has it compiled in. */
static int warm_up(mbedtls_ecp_group *grp, mbedtls_ecp_point *p)
{
    mbedtls_mpi one;
    mbedtls_mpi_init(&one);
    int ret = mbedtls_mpi_lset(&one, 1);
    if (ret == 0) {
        ret = mbedtls_ecp_mul(grp, p, &one, &grp->G, eb_mbedtls_blinding, NULL);
    }
    mbedtls_mpi_free(&one);
    return ret;
}

static eb_status sig_init(void *ctx)
{
    struct sig_ctx *c = ctx;
    mbedtls_ecp_group_init(&c->grp);
    mbedtls_ecp_point_init(&c->point);
    mbedtls_mpi_init(&c->r);
    mbedtls_mpi_init(&c->s);
    if (mbedtls_ecp_group_load(&c->grp, MBEDTLS_ECP_DP_SECP256R1) != 0 || warm_up(&c->grp, &c->point) != 0) {
        sig_fini(c);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static void sig_key_fini(void *ctx, void *key)
{
    struct sig_key *k = key;
    (void)ctx;
    mbedtls_mpi_free(&k->d); /* this and the following wipe */
    mbedtls_ecp_point_free(&k->q);
    eb_wipe(k, sizeof *k);
}

static struct sig_key *sig_key_init(void *key)
{
    struct sig_key *k = key;
    mbedtls_mpi_init(&k->d);
    mbedtls_ecp_point_init(&k->q);
    k->has_pk = false;
    return k;
}

static eb_status sig_key_done(struct sig_key *k, int ret)
{
    if (ret != 0) {
        sig_key_fini(NULL, k);
    }
    return status_of(ret);
}

static eb_status sig_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    const struct sig_ctx *c = ctx;
    struct sig_key *k = sig_key_init(key);
    int ret = mbedtls_mpi_read_binary(&k->d, sk, SCALAR);
    if (ret == 0) {
        ret = mbedtls_ecp_check_privkey(&c->grp, &k->d);
    }
    return sig_key_done(k, ret);
}

static eb_status sig_public_key(void *ctx, void *key, const uint8_t *pk)
{
    const struct sig_ctx *c = ctx;
    struct sig_key *k = sig_key_init(key);
    int ret = mbedtls_ecp_point_read_binary(&c->grp, &k->q, pk, POINT);
    if (ret == 0) {
        ret = mbedtls_ecp_check_pubkey(&c->grp, &k->q);
    }
    memcpy(k->pk, pk, POINT);
    k->has_pk = true;
    return sig_key_done(k, ret);
}

static eb_status sig_encode(void *ctx, uint8_t *pk, void *key)
{
    struct sig_ctx *c = ctx;
    struct sig_key *k = key;
    if (!k->has_pk) {
        size_t len = 0;
        int ret = mbedtls_ecp_mul(&c->grp, &c->point, &k->d, &c->grp.G, eb_mbedtls_blinding, NULL);
        if (ret == 0) {
            ret = mbedtls_ecp_point_write_binary(&c->grp, &c->point, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, k->pk, POINT);
        }
        if (ret != 0 || len != POINT) {
            eb_wipe(pk, POINT);
            return EB_ERR_BACKEND;
        }
        k->has_pk = true;
    }
    memcpy(pk, k->pk, POINT);
    return EB_OK;
}

static eb_status sig_sign(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    struct sig_ctx *c = ctx;
    const struct sig_key *k = sk;
    uint8_t digest[DIGEST];
    int ret = mbedtls_sha256(message.ptr, message.len, digest, 0);
    if (ret == 0) {
        ret = mbedtls_ecdsa_sign_det_ext(&c->grp, &c->r, &c->s, &k->d, digest, sizeof digest, MBEDTLS_MD_SHA256,
                                         eb_mbedtls_blinding, NULL);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->r, sig, SCALAR);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->s, sig + SCALAR, SCALAR);
    }
    if (ret != 0) {
        eb_wipe(sig, SIG);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status sig_verify(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    struct sig_ctx *c = ctx;
    const struct sig_key *k = pk;
    uint8_t digest[DIGEST];
    int ret = mbedtls_sha256(message.ptr, message.len, digest, 0);
    if (ret == 0) {
        ret = mbedtls_mpi_read_binary(&c->r, sig, SCALAR);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_read_binary(&c->s, sig + SCALAR, SCALAR);
    }
    if (ret == 0) {
        ret = mbedtls_ecdsa_verify(&c->grp, digest, sizeof digest, &k->q, &c->r, &c->s);
    }
    return ret == 0 ? EB_OK : ret == MBEDTLS_ERR_ECP_VERIFY_FAILED ? EB_ERR_AUTH : EB_ERR_BACKEND;
}

const eb_sig eb_mbedtls_ecdsa_p256 = {
    .prim = {.cls = EB_SIG,
             .id = "ecdsa-p256",
             .spec = "FIPS 186-5, s. 6; RFC 6979",
             .ctx_size = sizeof(struct sig_ctx),
             .init = sig_init,
             .fini = sig_fini},
    .sk_len = SCALAR,
    .pk_len = POINT,
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

/* ---- The floor: blinding takes its random bytes from a generator of the floor's own ---- */

struct bare_job {
    eb_op op;
    size_t len;
    uint8_t *message;
};

struct bare_sig {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_ecp_group grp;
    mbedtls_mpi d, new_d, r, s;
    mbedtls_ecp_point q, new_q;
    uint8_t sk[SCALAR], pk[POINT], out[POINT], sig[SIG];
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
    mbedtls_mpi_free(&s->d);
    mbedtls_mpi_free(&s->new_d);
    mbedtls_mpi_free(&s->r);
    mbedtls_mpi_free(&s->s);
    mbedtls_ecp_point_free(&s->q);
    mbedtls_ecp_point_free(&s->new_q);
    mbedtls_ecp_group_free(&s->grp);
    mbedtls_ctr_drbg_free(&s->drbg);
    mbedtls_entropy_free(&s->entropy);
    free(s);
}

/* Keys, and a signature of as many bytes as are verified. */
static bool bare_keys(struct bare_sig *s)
{
    static const unsigned char name[] = "escrowbench floor of signatures";
    size_t len = 0;
    memset(s->sk, 0x31, sizeof s->sk);
    return mbedtls_ctr_drbg_seed(&s->drbg, mbedtls_entropy_func, &s->entropy, name, sizeof name - 1) == 0 &&
           mbedtls_ecp_group_load(&s->grp, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
           mbedtls_mpi_read_binary(&s->d, s->sk, SCALAR) == 0 &&
           mbedtls_ecp_mul(&s->grp, &s->q, &s->d, &s->grp.G, mbedtls_ctr_drbg_random, &s->drbg) == 0 &&
           mbedtls_ecp_point_write_binary(&s->grp, &s->q, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, s->pk, POINT) == 0;
}

static bool bare_sign(struct bare_sig *s, const struct bare_job *j, uint8_t *digest)
{
    return mbedtls_sha256(j->message, j->len, digest, 0) == 0 &&
           mbedtls_ecdsa_sign_det_ext(&s->grp, &s->r, &s->s, &s->d, digest, DIGEST, MBEDTLS_MD_SHA256,
                                      mbedtls_ctr_drbg_random, &s->drbg) == 0 &&
           mbedtls_mpi_write_binary(&s->r, s->sig, SCALAR) == 0 &&
           mbedtls_mpi_write_binary(&s->s, s->sig + SCALAR, SCALAR) == 0;
}

/* Messages are all of the same byte, so one signature of each length verifies; it stands behind the message. */
static bool bare_job(struct bare_sig *s, struct bare_job *j, const eb_step *step)
{
    uint8_t digest[DIGEST];
    j->op = step->op;
    j->len = step->a;
    j->message = malloc(j->len + SIG);
    if (j->message == NULL) {
        return false;
    }
    memset(j->message, 0x5a, j->len);
    if (!bare_sign(s, j, digest)) {
        return false;
    }
    memcpy(j->message + j->len, s->sig, SIG);
    return true;
}

static eb_status bare_prepare(void **state, const eb_step *steps, size_t n)
{
    *state = NULL;
    struct bare_sig *s = calloc(1, sizeof *s + n * sizeof s->jobs[0]);
    if (s == NULL) {
        return EB_ERR_BACKEND;
    }
    s->n = n;
    mbedtls_entropy_init(&s->entropy);
    mbedtls_ctr_drbg_init(&s->drbg);
    mbedtls_ecp_group_init(&s->grp);
    mbedtls_mpi_init(&s->d);
    mbedtls_mpi_init(&s->new_d);
    mbedtls_mpi_init(&s->r);
    mbedtls_mpi_init(&s->s);
    mbedtls_ecp_point_init(&s->q);
    mbedtls_ecp_point_init(&s->new_q);
    bool ok = bare_keys(s);
    for (size_t i = 0; i < n && ok; i++) {
        ok = bare_job(s, &s->jobs[i], &steps[i]);
    }
    if (!ok) {
        bare_release(s);
        return EB_ERR_BACKEND;
    }
    *state = s;
    return EB_OK;
}

static bool bare_verify(struct bare_sig *s, const struct bare_job *j, uint8_t *digest)
{
    const uint8_t *sig = j->message + j->len;
    return mbedtls_sha256(j->message, j->len, digest, 0) == 0 && mbedtls_mpi_read_binary(&s->r, sig, SCALAR) == 0 &&
           mbedtls_mpi_read_binary(&s->s, sig + SCALAR, SCALAR) == 0 &&
           mbedtls_ecdsa_verify(&s->grp, digest, DIGEST, &s->q, &s->r, &s->s) == 0;
}

static bool bare_step(struct bare_sig *s, const struct bare_job *j)
{
    uint8_t digest[DIGEST];
    size_t len = 0;
    switch (j->op) {
    case EB_OP_SIG_SECRET:
        return mbedtls_mpi_read_binary(&s->new_d, s->sk, SCALAR) == 0 &&
               mbedtls_ecp_check_privkey(&s->grp, &s->new_d) == 0;
    case EB_OP_SIG_PUBLIC:
        return mbedtls_ecp_point_read_binary(&s->grp, &s->new_q, s->pk, POINT) == 0 &&
               mbedtls_ecp_check_pubkey(&s->grp, &s->new_q) == 0;
    case EB_OP_SIG_ENCODE:
        return mbedtls_ecp_mul(&s->grp, &s->new_q, &s->d, &s->grp.G, mbedtls_ctr_drbg_random, &s->drbg) == 0 &&
               mbedtls_ecp_point_write_binary(&s->grp, &s->new_q, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, s->out, POINT) ==
                   0;
    case EB_OP_SIGN:
        return bare_sign(s, j, digest);
    case EB_OP_SIG_VERIFY:
        return bare_verify(s, j, digest);
    default:
        return false;
    }
}

static eb_status bare_run(void *state)
{
    struct bare_sig *s = state;
    for (size_t i = 0; i < s->n; i++) {
        if (!bare_step(s, &s->jobs[i])) {
            return EB_ERR_BACKEND;
        }
    }
    return EB_OK;
}

const eb_floor eb_mbedtls_sig_floor = {
    .classes = 1u << EB_SIG,
    .prepare = bare_prepare,
    .run = bare_run,
    .release = bare_release,
};
