/* SPDX-License-Identifier: Apache-2.0 */
/* RSA-OAEP (RFC 8017, s. 7.1) with SHA-1 and MGF1-SHA-1. Keys are read and written here, by the library's ASN.1 functions:
 * those of its key module differ from version to version in what they accept. */
#include "internal.h"

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOD_1280 = 160,
    MOD_2048 = 256,
    OVERHEAD = 2 * 20 + 2, /* RFC 8017, s. 7.1.1: two hashes and two bytes */
    SK_1280 = 756,         /* the longest RSAPrivateKey of this size, rounded up */
    PK_1280 = 172,
    SK_2048 = 1200,
    PK_2048 = 272,
    EXPONENT = 65537
};

/* 2.x takes the padding with the context, and with each call which half of the key is meant. */
static void start_rsa(mbedtls_rsa_context *rsa)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA1);
#else
    mbedtls_rsa_init(rsa);
    (void)mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA1);
#endif
}

static int oaep_encrypt(mbedtls_rsa_context *rsa, const uint8_t *in, size_t len, uint8_t *ct)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    return mbedtls_rsa_rsaes_oaep_encrypt(rsa, eb_mbedtls_blinding, NULL, MBEDTLS_RSA_PUBLIC, NULL, 0, len, in, ct);
#else
    return mbedtls_rsa_rsaes_oaep_encrypt(rsa, eb_mbedtls_blinding, NULL, NULL, 0, len, in, ct);
#endif
}

static int oaep_decrypt(mbedtls_rsa_context *rsa, const uint8_t *ct, uint8_t *out, size_t *len, size_t cap)
{
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    return mbedtls_rsa_rsaes_oaep_decrypt(rsa, eb_mbedtls_blinding, NULL, MBEDTLS_RSA_PRIVATE, NULL, 0, len, ct, out,
                                          cap);
#else
    return mbedtls_rsa_rsaes_oaep_decrypt(rsa, eb_mbedtls_blinding, NULL, NULL, 0, len, ct, out, cap);
#endif
}

struct pke_ctx {
    size_t modulus, sk_len, pk_len;
};

struct pke_key {
    mbedtls_rsa_context rsa;
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
    mbedtls_rsa_free(&k->rsa); /* wipes */
    eb_wipe(k, sizeof *k);
}

/* ---- DER (RFC 8017, A.1) ---- */

enum { NUMBERS = 8 }; /* n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p */

/* The SEQUENCE at the start of `len` bytes, with nothing but zeros behind it. */
static int enter_sequence(uint8_t **p, const uint8_t **end, const uint8_t *der, size_t len)
{
    uint8_t any = 0;
    size_t inside = 0;
    *p = (uint8_t *)(uintptr_t)der; /* the library reads through a pointer to what is not const */
    int ret = mbedtls_asn1_get_tag(p, der + len, &inside, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (ret != 0) {
        return ret;
    }
    *end = *p + inside;
    for (const uint8_t *q = *end; q < der + len; q++) {
        any |= *q;
    }
    return any == 0 ? 0 : MBEDTLS_ERR_ASN1_LENGTH_MISMATCH;
}

static int read_numbers(uint8_t **p, const uint8_t *end, mbedtls_mpi *v, size_t n)
{
    int ret = 0;
    for (size_t i = 0; i < n && ret == 0; i++) {
        ret = mbedtls_asn1_get_mpi(p, end, &v[i]);
    }
    return ret == 0 && *p != end ? MBEDTLS_ERR_ASN1_LENGTH_MISMATCH : ret;
}

static int read_secret(mbedtls_rsa_context *rsa, const uint8_t *sk, size_t len)
{
    mbedtls_mpi v[NUMBERS];
    uint8_t *p = NULL;
    const uint8_t *end = NULL;
    int version = 0;
    for (size_t i = 0; i < NUMBERS; i++) {
        mbedtls_mpi_init(&v[i]);
    }
    int ret = enter_sequence(&p, &end, sk, len);
    if (ret == 0) {
        ret = mbedtls_asn1_get_int(&p, end, &version);
    }
    if (ret == 0) {
        ret = version == 0 ? read_numbers(&p, end, v, NUMBERS) : MBEDTLS_ERR_ASN1_INVALID_DATA;
    }
    if (ret == 0) {
        ret = mbedtls_rsa_import(rsa, &v[0], &v[3], &v[4], &v[2], &v[1]);
    }
    if (ret == 0) {
        ret = mbedtls_rsa_complete(rsa);
    }
    if (ret == 0) {
        ret = mbedtls_rsa_check_privkey(rsa);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        mbedtls_mpi_free(&v[i]); /* wipes */
    }
    return ret;
}

static int read_public(mbedtls_rsa_context *rsa, const uint8_t *pk, size_t len)
{
    mbedtls_mpi v[2];
    uint8_t *p = NULL;
    const uint8_t *end = NULL;
    mbedtls_mpi_init(&v[0]);
    mbedtls_mpi_init(&v[1]);
    int ret = enter_sequence(&p, &end, pk, len);
    if (ret == 0) {
        ret = read_numbers(&p, end, v, 2);
    }
    if (ret == 0) {
        ret = mbedtls_rsa_import(rsa, &v[0], NULL, NULL, NULL, &v[1]);
    }
    if (ret == 0) {
        ret = mbedtls_rsa_check_pubkey(rsa);
    }
    mbedtls_mpi_free(&v[0]);
    mbedtls_mpi_free(&v[1]);
    return ret;
}

/* Writes a SEQUENCE of `n` numbers, after a version if there is one, to the start of `room` bytes; zeros behind it. The
   library writes from the back. */
static int write_numbers(uint8_t *out, size_t room, const mbedtls_mpi *v, size_t n, bool version)
{
    uint8_t *p = out + room;
    int len = 0;
    for (size_t i = n; i-- > 0;) {
        const int one = mbedtls_asn1_write_mpi(&p, out, &v[i]);
        if (one < 0) {
            return one;
        }
        len += one;
    }
    if (version) {
        const int one = mbedtls_asn1_write_int(&p, out, 0);
        if (one < 0) {
            return one;
        }
        len += one;
    }
    int head = mbedtls_asn1_write_len(&p, out, (size_t)len);
    if (head < 0) {
        return head;
    }
    head = mbedtls_asn1_write_tag(&p, out, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (head < 0) {
        return head;
    }
    const size_t all = (size_t)(out + room - p);
    memmove(out, p, all);
    memset(out + all, 0, room - all);
    return 0;
}

static int write_key(const mbedtls_rsa_context *rsa, uint8_t *out, size_t room, bool secret)
{
    mbedtls_mpi v[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        mbedtls_mpi_init(&v[i]);
    }
    int ret = secret ? mbedtls_rsa_export(rsa, &v[0], &v[3], &v[4], &v[2], &v[1])
                     : mbedtls_rsa_export(rsa, &v[0], NULL, NULL, NULL, &v[1]);
    if (ret == 0 && secret) {
        ret = mbedtls_rsa_export_crt(rsa, &v[5], &v[6], &v[7]);
    }
    if (ret == 0) {
        ret = write_numbers(out, room, v, secret ? NUMBERS : 2, secret);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        mbedtls_mpi_free(&v[i]);
    }
    if (ret != 0) {
        eb_wipe(out, room);
    }
    return ret;
}

/* ---- the class ---- */

static eb_status key_done(const struct pke_ctx *c, struct pke_key *k, int ret)
{
    if (ret == 0 && mbedtls_rsa_get_len(&k->rsa) == c->modulus) {
        return EB_OK;
    }
    key_fini(NULL, k);
    return ret == MBEDTLS_ERR_MPI_ALLOC_FAILED ? EB_ERR_BACKEND : EB_ERR_INVALID;
}

static eb_status secret_key(void *ctx, void *key, const uint8_t *sk)
{
    const struct pke_ctx *c = ctx;
    struct pke_key *k = key;
    start_rsa(&k->rsa);
    return key_done(c, k, read_secret(&k->rsa, sk, c->sk_len));
}

static eb_status public_key(void *ctx, void *key, const uint8_t *pk)
{
    const struct pke_ctx *c = ctx;
    struct pke_key *k = key;
    start_rsa(&k->rsa);
    return key_done(c, k, read_public(&k->rsa, pk, c->pk_len));
}

static eb_status encode(void *ctx, uint8_t *pk, void *key)
{
    const struct pke_ctx *c = ctx;
    const struct pke_key *k = key;
    return write_key(&k->rsa, pk, c->pk_len, false) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status generate(void *ctx, uint8_t *sk, uint8_t *pk)
{
    const struct pke_ctx *c = ctx;
    mbedtls_rsa_context rsa;
    start_rsa(&rsa);
    int ret = mbedtls_rsa_gen_key(&rsa, eb_mbedtls_blinding, NULL, (unsigned)(8 * c->modulus), EXPONENT);
    if (ret == 0) {
        ret = write_key(&rsa, sk, c->sk_len, true);
    }
    if (ret == 0) {
        ret = write_key(&rsa, pk, c->pk_len, false);
    }
    mbedtls_rsa_free(&rsa);
    if (ret == 0) {
        return EB_OK;
    }
    eb_wipe(sk, c->sk_len);
    eb_wipe(pk, c->pk_len);
    return EB_ERR_BACKEND;
}

/* A key object is used as it is; only the blinding values, a cache in it, change. */
static mbedtls_rsa_context *usable(const void *key)
{
    return &((struct pke_key *)(uintptr_t)key)->rsa;
}

static eb_status encrypt(void *ctx, uint8_t *ct, const void *pk, eb_bytes message)
{
    const struct pke_ctx *c = ctx;
    if (message.len > c->modulus - OVERHEAD) {
        eb_wipe(ct, c->modulus);
        return EB_ERR_INVALID;
    }
    if (oaep_encrypt(usable(pk), message.ptr, message.len, ct) != 0) {
        eb_wipe(ct, c->modulus);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status decrypt(void *ctx, eb_buf *message, const uint8_t *ct, const void *sk)
{
    uint8_t block[MOD_2048];
    size_t len = 0;
    eb_status s = EB_OK;
    (void)ctx;
    message->len = 0;
    if (oaep_decrypt(usable(sk), ct, block, &len, sizeof block) != 0) {
        eb_wipe(block, sizeof block);
        return EB_ERR_AUTH;
    }
    if (len > message->cap) {
        s = EB_ERR_SPACE;
    } else if (len > 0) {
        memcpy(message->ptr, block, len);
    }
    message->len = s == EB_OK ? len : 0;
    eb_wipe(block, sizeof block);
    return s;
}

const eb_pke eb_mbedtls_rsa_1280_oaep = {
    .prim = {.cls = EB_PKE,
             .id = "rsa-1280-oaep",
             .spec = "RFC 8017, s. 7.1, SHA-1 and MGF1-SHA-1",
             .ctx_size = sizeof(struct pke_ctx),
             .init = init_1280,
             .fini = pke_fini},
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
const eb_pke eb_mbedtls_rsa_2048_oaep = {
    .prim = {.cls = EB_PKE,
             .id = "rsa-2048-oaep",
             .spec = "RFC 8017, s. 7.1, SHA-1 and MGF1-SHA-1",
             .ctx_size = sizeof(struct pke_ctx),
             .init = init_2048,
             .fini = pke_fini},
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

/* ---- the floor ---- */

struct floor_state {
    mbedtls_rsa_context rsa; /* of the recorded primitive's size */
    size_t modulus;
    uint8_t sk[SK_2048], pk[PK_2048];
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
    mbedtls_rsa_free(&f->rsa);
    free(f->steps);
    free(f);
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = calloc(1, sizeof *f);
    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->n = n;
    f->modulus = ((const eb_pke *)(const void *)steps[0].prim)->ct_len;
    f->steps = calloc(n + 1, sizeof *f->steps);
    start_rsa(&f->rsa);
    bool ok = f->steps != NULL &&
              mbedtls_rsa_gen_key(&f->rsa, eb_mbedtls_blinding, NULL, (unsigned)(8 * f->modulus), EXPONENT) == 0 &&
              write_key(&f->rsa, f->sk, sizeof f->sk, true) == 0 && write_key(&f->rsa, f->pk, sizeof f->pk, false) == 0;
    for (size_t i = 0; i < n && ok; i++) {
        f->steps[i].op = steps[i].op;
        f->steps[i].message = steps[i].a;
        ok = steps[i].a <= f->modulus - OVERHEAD && oaep_encrypt(&f->rsa, f->message, steps[i].a, f->steps[i].ct) == 0;
    }
    if (!ok) {
        floor_release(f);
        return EB_ERR_BACKEND;
    }
    *state = f;
    return EB_OK;
}

static int floor_parse(const struct floor_state *f, bool secret)
{
    mbedtls_rsa_context rsa;
    start_rsa(&rsa);
    const int ret = secret ? read_secret(&rsa, f->sk, sizeof f->sk) : read_public(&rsa, f->pk, sizeof f->pk);
    mbedtls_rsa_free(&rsa);
    return ret;
}

static int floor_generate(const struct floor_state *f)
{
    mbedtls_rsa_context rsa;
    start_rsa(&rsa);
    const int ret = mbedtls_rsa_gen_key(&rsa, eb_mbedtls_blinding, NULL, (unsigned)(8 * f->modulus), EXPONENT);
    mbedtls_rsa_free(&rsa);
    return ret;
}

static int floor_step(struct floor_state *f, const struct floor_step *s)
{
    size_t len = 0;
    switch (s->op) {
    case EB_OP_PKE_SECRET:
        return floor_parse(f, true);
    case EB_OP_PKE_PUBLIC:
        return floor_parse(f, false);
    case EB_OP_PKE_ENCODE:
        return write_key(&f->rsa, f->pk, sizeof f->pk, false);
    case EB_OP_PKE_GENERATE:
        return floor_generate(f);
    case EB_OP_PKE_ENCRYPT:
        return oaep_encrypt(&f->rsa, f->message, s->message, f->out);
    default:
        return oaep_decrypt(&f->rsa, s->ct, f->out, &len, sizeof f->out);
    }
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    int ret = 0;
    for (size_t i = 0; i < f->n && ret == 0; i++) {
        ret = floor_step(f, &f->steps[i]);
    }
    return ret == 0 ? EB_OK : EB_ERR_BACKEND;
}

const eb_floor eb_mbedtls_pke_floor = {
    .classes = 1u << EB_PKE,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
