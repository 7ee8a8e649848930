/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedTLS, 2.28 and 3.6. Its objects are costly to set up (a cipher is allocated, a curve's parameters are loaded, a
 * table of multiples of the generator is computed), so each context keeps its own from init to fini.
 */
/* 3.x declares members of its structures private, among them a point's coordinates, which no function gives. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "backends/mbedtls/internal.h"

#include <mbedtls/bignum.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* 2.x keeps these names for deprecated functions without a result. */
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#define mbedtls_sha512_starts mbedtls_sha512_starts_ret
#define mbedtls_sha512_update mbedtls_sha512_update_ret
#define mbedtls_sha512_finish mbedtls_sha512_finish_ret
#endif

/* ---- Random bytes: mbedtls_ecp_mul blinds its coordinates with them; no result depends on them ---- */

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static atomic_uint_fast64_t drawn_bytes;
static atomic_bool fixed_draws;

int eb_mbedtls_blinding(void *unused, unsigned char *out, size_t len)
{
    (void)unused;
    atomic_fetch_add_explicit(&drawn_bytes, len, memory_order_relaxed);
    const int ret = mbedtls_ctr_drbg_random(&drbg, out, len);
    if (atomic_load_explicit(&fixed_draws, memory_order_relaxed))
        memset(out, 0x5a, len); /* after drawing, so that the drawing is counted */
    return ret;
}

static void fix_draws(void)
{
    atomic_store_explicit(&fixed_draws, true, memory_order_relaxed);
}

static uint64_t blinding_drawn(void)
{
    return atomic_load_explicit(&drawn_bytes, memory_order_relaxed);
}

/* ---- AEAD: ChaCha20-Poly1305 (RFC 8439), AES-GCM (NIST SP 800-38D) ---- */

enum { TAG = 16, NONCE = 12 };

static eb_status sealed(int ret, uint8_t *ct, size_t pt_len, bool too_long)
{
    if (ret == 0) {
        return EB_OK;
    }
    eb_wipe(ct, pt_len + TAG);
    return too_long ? EB_ERR_INVALID : EB_ERR_BACKEND;
}

static eb_status opened(int ret, int forged, uint8_t *pt, size_t len)
{
    if (ret == 0) {
        return EB_OK;
    }
    if (len > 0) {
        eb_wipe(pt, len);
    }
    return ret == forged ? EB_ERR_AUTH : EB_ERR_BACKEND;
}

static eb_status chacha_init(void *ctx)
{
    mbedtls_chachapoly_init(ctx);
    return EB_OK;
}

static void chacha_fini(void *ctx)
{
    mbedtls_chachapoly_free(ctx); /* wipes */
}

static eb_status chacha_set_key(void *ctx, const uint8_t *key)
{
    return mbedtls_chachapoly_setkey(ctx, key) == 0 ? EB_OK : EB_ERR_BACKEND;
}

/* RFC 8439 s. 2.8: the block counter has 32 bits and starts at 1. mbedTLS would let it wrap. */
static bool chacha_too_long(size_t len)
{
    const uint64_t wide = len; /* which cannot be as much where size_t has 32 bits */
    return wide > UINT64_C(0xffffffff) * 64;
}

static eb_status chacha_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    if (chacha_too_long(pt.len)) {
        return sealed(-1, ct, pt.len, true);
    }
    return sealed(mbedtls_chachapoly_encrypt_and_tag(ctx, pt.len, nonce, ad.ptr, ad.len, pt.ptr, ct, ct + pt.len), ct,
                  pt.len, false);
}

static eb_status chacha_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    enum { FORGED = MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED };
    if (ct.len < TAG) {
        return EB_ERR_AUTH;
    }
    const size_t len = ct.len - TAG;
    if (chacha_too_long(len)) {
        return opened(FORGED, FORGED, pt, len);
    }
    return opened(
        eb_public_result(mbedtls_chachapoly_auth_decrypt(ctx, len, nonce, ad.ptr, ad.len, ct.ptr + len, ct.ptr, pt)),
        FORGED, pt, len);
}

static const eb_aead prim_chacha = {
    .prim = {.cls = EB_AEAD,
             .id = "chacha20-poly1305",
             .spec = "RFC 8439",
             .ctx_size = sizeof(mbedtls_chachapoly_context),
             .init = chacha_init,
             .fini = chacha_fini},
    .key_len = 32,
    .nonce_len = NONCE,
    .tag_len = TAG,
    .set_key = chacha_set_key,
    .seal = chacha_seal,
    .open = chacha_open,
};

static eb_status gcm_init(void *ctx)
{
    mbedtls_gcm_init(ctx);
    return EB_OK;
}

static void gcm_fini(void *ctx)
{
    mbedtls_gcm_free(ctx); /* wipes */
}

static eb_status gcm128_set_key(void *ctx, const uint8_t *key)
{
    return mbedtls_gcm_setkey(ctx, MBEDTLS_CIPHER_ID_AES, key, 128) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status gcm256_set_key(void *ctx, const uint8_t *key)
{
    return mbedtls_gcm_setkey(ctx, MBEDTLS_CIPHER_ID_AES, key, 256) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status gcm_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    const int ret = mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_ENCRYPT, pt.len, nonce, NONCE, ad.ptr, ad.len, pt.ptr,
                                              ct, TAG, ct + pt.len);
    return sealed(ret, ct, pt.len, ret == MBEDTLS_ERR_GCM_BAD_INPUT); /* over the limits of SP 800-38D s. 5.2.1.1 */
}

static eb_status gcm_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    if (ct.len < TAG) {
        return EB_ERR_AUTH;
    }
    const size_t len = ct.len - TAG;
    int ret = eb_public_result(
        mbedtls_gcm_auth_decrypt(ctx, len, nonce, NONCE, ad.ptr, ad.len, ct.ptr + len, TAG, ct.ptr, pt));
    if (ret == MBEDTLS_ERR_GCM_BAD_INPUT) { /* over the limits: nobody can have sealed it */
        ret = MBEDTLS_ERR_GCM_AUTH_FAILED;
    }
    return opened(ret, MBEDTLS_ERR_GCM_AUTH_FAILED, pt, len);
}

static const eb_aead prim_gcm256 = {
    .prim = {.cls = EB_AEAD,
             .id = "aes-256-gcm",
             .spec = "NIST SP 800-38D",
             .ctx_size = sizeof(mbedtls_gcm_context),
             .init = gcm_init,
             .fini = gcm_fini},
    .key_len = 32,
    .nonce_len = NONCE,
    .tag_len = TAG,
    .set_key = gcm256_set_key,
    .seal = gcm_seal,
    .open = gcm_open,
};

static const eb_aead prim_gcm128 = {
    .prim = {.cls = EB_AEAD,
             .id = "aes-128-gcm",
             .spec = "NIST SP 800-38D",
             .ctx_size = sizeof(mbedtls_gcm_context),
             .init = gcm_init,
             .fini = gcm_fini},
    .key_len = 16,
    .nonce_len = NONCE,
    .tag_len = TAG,
    .set_key = gcm128_set_key,
    .seal = gcm_seal,
    .open = gcm_open,
};

/* ---- DH: X25519 (RFC 7748), P-256 (SEC 1 s. 3.3.1) ---- */

enum { X_LEN = 32, P_SCALAR = 32, P_POINT = 65, P_PACKED = 33, P_WIDE = 48 };

struct dh {
    mbedtls_ecp_group grp;
    mbedtls_ecp_point r; /* results: keeps its memory from call to call */
};

struct dh_key {
    mbedtls_mpi d;       /* of a secret key */
    mbedtls_ecp_point q; /* of a public key */
    uint8_t pk[P_POINT]; /* of a secret key, from the first `encode` on: one that only agrees needs none */
    bool has_pk;
};

static void dh_fini(void *ctx)
{
    struct dh *c = ctx;
    mbedtls_ecp_point_free(&c->r); /* this and the following wipe */
    mbedtls_ecp_group_free(&c->grp);
}

static eb_status dh_open(struct dh *c, mbedtls_ecp_group_id curve)
{
    mbedtls_ecp_group_init(&c->grp);
    mbedtls_ecp_point_init(&c->r);
    if (mbedtls_ecp_group_load(&c->grp, curve) != 0) {
        dh_fini(c);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static void dh_key_fini(void *ctx, void *key)
{
    struct dh_key *k = key;
    (void)ctx;
    mbedtls_mpi_free(&k->d); /* this and the following wipe */
    mbedtls_ecp_point_free(&k->q);
    eb_wipe(k, sizeof *k);
}

/* The state in which a key can be freed whatever follows. */
static struct dh_key *dh_key_init(void *key)
{
    struct dh_key *k = key;
    mbedtls_mpi_init(&k->d);
    mbedtls_ecp_point_init(&k->q);
    k->has_pk = false;
    return k;
}

static eb_status dh_key_done(struct dh_key *k, int ret)
{
    if (ret != 0) {
        dh_key_fini(NULL, k);
    }
    return status_of(ret);
}

static eb_status x_init(void *ctx)
{
    return dh_open(ctx, MBEDTLS_ECP_DP_CURVE25519);
}

static eb_status x_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct dh_key *k = dh_key_init(key);
    uint8_t clamped[X_LEN];
    (void)ctx;
    /* RFC 7748 s. 5, decodeScalar25519: the library rejects any other form. */
    memcpy(clamped, sk, X_LEN);
    clamped[0] &= 248;
    clamped[31] &= 127;
    clamped[31] |= 64;
    const int ret = mbedtls_mpi_read_binary_le(&k->d, clamped, X_LEN);
    eb_wipe(clamped, sizeof clamped);
    return dh_key_done(k, ret);
}

static eb_status x_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct dh *c = ctx;
    struct dh_key *k = dh_key_init(key);
    /* Masks the top bit and keeps values of p and above, which the multiplication reduces (RFC 7748 s. 5). */
    const int ret = mbedtls_ecp_point_read_binary(&c->grp, &k->q, pk, X_LEN);
    memcpy(k->pk, pk, X_LEN);
    k->has_pk = true;
    return dh_key_done(k, ret);
}

static eb_status x_encode(void *ctx, uint8_t *pk, void *key)
{
    struct dh *c = ctx;
    struct dh_key *k = key;
    if (!k->has_pk) {
        int ret = mbedtls_ecp_mul(&c->grp, &c->r, &k->d, &c->grp.G, eb_mbedtls_blinding, NULL);
        if (ret == 0) {
            ret = mbedtls_mpi_write_binary_le(&c->r.X, k->pk, X_LEN);
        }
        if (ret != 0) {
            eb_wipe(pk, X_LEN);
            return EB_ERR_BACKEND;
        }
        k->has_pk = true;
    }
    memcpy(pk, k->pk, X_LEN);
    return EB_OK;
}

static eb_status x_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    static const uint8_t zero[X_LEN] = {0};
    struct dh *c = ctx;
    /* The library rejects the points of low order by itself, as invalid keys. */
    int ret = mbedtls_ecp_mul(&c->grp, &c->r, &((const struct dh_key *)sk)->d, &((const struct dh_key *)pk)->q,
                              eb_mbedtls_blinding, NULL);
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary_le(&c->r.X, ss, X_LEN);
    }
    if (ret == 0 && eb_equal(ss, zero, X_LEN)) {
        ret = MBEDTLS_ERR_ECP_INVALID_KEY;
    }
    return finish(ret, ss, X_LEN);
}

static const eb_dh prim_x25519 = {
    .prim = {.cls = EB_DH,
             .id = "x25519",
             .spec = "RFC 7748",
             .ctx_size = sizeof(struct dh),
             .init = x_init,
             .fini = dh_fini},
    .sk_len = X_LEN,
    .pk_len = X_LEN,
    .ss_len = X_LEN,
    .key_size = sizeof(struct dh_key),
    .secret_key = x_secret_key,
    .public_key = x_public_key,
    .encode = x_encode,
    .agree = x_agree,
    .key_fini = dh_key_fini,
};

/* 2.28 computes a group's table of multiples of the generator at the first use; 3.6 has it compiled in. */
static int warm_up(mbedtls_ecp_group *grp, mbedtls_ecp_point *r)
{
    mbedtls_mpi one;
    mbedtls_mpi_init(&one);
    int ret = mbedtls_mpi_lset(&one, 1);
    if (ret == 0) {
        ret = mbedtls_ecp_mul(grp, r, &one, &grp->G, eb_mbedtls_blinding, NULL);
    }
    mbedtls_mpi_free(&one);
    return ret;
}

static int write_point(const mbedtls_ecp_group *grp, const mbedtls_ecp_point *p, uint8_t *out)
{
    size_t len = 0;
    const int ret = mbedtls_ecp_point_write_binary(grp, p, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, out, P_POINT);
    return ret == 0 && len != P_POINT ? MBEDTLS_ERR_ECP_INVALID_KEY : ret; /* the identity is one byte */
}

static eb_status p_init(void *ctx)
{
    struct dh *c = ctx;
    const eb_status status = dh_open(c, MBEDTLS_ECP_DP_SECP256R1);
    if (status == EB_OK && warm_up(&c->grp, &c->r) != 0) {
        dh_fini(c);
        return EB_ERR_BACKEND;
    }
    return status;
}

static eb_status p_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    const struct dh *c = ctx;
    struct dh_key *k = dh_key_init(key);
    int ret = mbedtls_mpi_read_binary(&k->d, sk, P_SCALAR);
    if (ret == 0) {
        ret = mbedtls_ecp_check_privkey(&c->grp, &k->d);
    }
    return dh_key_done(k, ret);
}

static eb_status p_public_key(void *ctx, void *key, const uint8_t *pk)
{
    const struct dh *c = ctx;
    struct dh_key *k = dh_key_init(key);
    int ret = mbedtls_ecp_point_read_binary(&c->grp, &k->q, pk, P_POINT);
    if (ret == 0) {
        ret = mbedtls_ecp_check_pubkey(&c->grp, &k->q);
    }
    memcpy(k->pk, pk, P_POINT);
    k->has_pk = true;
    return dh_key_done(k, ret);
}

static eb_status p_encode(void *ctx, uint8_t *pk, void *key)
{
    struct dh *c = ctx;
    struct dh_key *k = key;
    if (!k->has_pk) {
        int ret = mbedtls_ecp_mul(&c->grp, &c->r, &k->d, &c->grp.G, eb_mbedtls_blinding, NULL);
        if (ret == 0) {
            ret = write_point(&c->grp, &c->r, k->pk);
        }
        if (ret != 0) {
            eb_wipe(pk, P_POINT);
            return EB_ERR_BACKEND;
        }
        k->has_pk = true;
    }
    memcpy(pk, k->pk, P_POINT);
    return EB_OK;
}

static eb_status p_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    struct dh *c = ctx;
    int ret = mbedtls_ecp_mul(&c->grp, &c->r, &((const struct dh_key *)sk)->d, &((const struct dh_key *)pk)->q,
                              eb_mbedtls_blinding, NULL);
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->r.X, ss, P_SCALAR);
    }
    return finish(ret, ss, P_SCALAR);
}

static const eb_dh prim_p256 = {
    .prim = {.cls = EB_DH,
             .id = "p256",
             .spec = "SEC 1 s. 3.3.1",
             .ctx_size = sizeof(struct dh),
             .init = p_init,
             .fini = dh_fini},
    .sk_len = P_SCALAR,
    .pk_len = P_POINT,
    .ss_len = P_SCALAR,
    .key_size = sizeof(struct dh_key),
    .secret_key = p_secret_key,
    .public_key = p_public_key,
    .encode = p_encode,
    .agree = p_agree,
    .key_fini = dh_key_fini,
};

/* ---- MAC: HMAC-SHA-256 (RFC 2104) ---- */

enum { SHA256_LEN = 32, SHA512_LEN = 64 };

struct hmac {
    mbedtls_md_context_t md;
    bool used; /* the inner hash is finished: mbedTLS has to restart it, which costs a block */
};

static void hmac_fini(void *ctx)
{
    struct hmac *c = ctx;
    mbedtls_md_free(&c->md); /* wipes */
}

static eb_status hmac_init(void *ctx)
{
    struct hmac *c = ctx;
    mbedtls_md_init(&c->md);
    c->used = false;
    if (mbedtls_md_setup(&c->md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) != 0) {
        hmac_fini(c);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status hmac_set_key(void *ctx, eb_bytes key)
{
    struct hmac *c = ctx;
    c->used = false;
    return mbedtls_md_hmac_starts(&c->md, key.ptr, key.len) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status hmac_compute(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    struct hmac *c = ctx;
    int ret = c->used ? mbedtls_md_hmac_reset(&c->md) : 0;
    c->used = true;
    for (size_t i = 0; i < n && ret == 0; i++) {
        if (parts[i].len > 0) {
            ret = mbedtls_md_hmac_update(&c->md, parts[i].ptr, parts[i].len);
        }
    }
    if (ret == 0) {
        ret = mbedtls_md_hmac_finish(&c->md, tag);
    }
    if (ret != 0) {
        eb_wipe(tag, SHA256_LEN);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_mac prim_hmac = {
    .prim = {.cls = EB_MAC,
             .id = "hmac-sha256",
             .spec = "RFC 2104",
             .ctx_size = sizeof(struct hmac),
             .init = hmac_init,
             .fini = hmac_fini},
    .tag_len = SHA256_LEN,
    .block_len = 64,
    .set_key = hmac_set_key,
    .compute = hmac_compute,
};

/* ---- Hashes: SHA-256, SHA-512 (FIPS 180-4) ---- */

static eb_status sha256_init(void *ctx)
{
    mbedtls_sha256_init(ctx);
    return EB_OK;
}

static void sha256_fini(void *ctx)
{
    mbedtls_sha256_free(ctx); /* wipes */
}

static eb_status sha256_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    int ret = mbedtls_sha256_starts(ctx, 0);
    for (size_t i = 0; i < n && ret == 0; i++) {
        if (parts[i].len > 0) {
            ret = mbedtls_sha256_update(ctx, parts[i].ptr, parts[i].len);
        }
    }
    if (ret == 0) {
        ret = mbedtls_sha256_finish(ctx, out);
    }
    if (ret != 0) {
        eb_wipe(out, SHA256_LEN);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_hash prim_sha256 = {
    .prim = {.cls = EB_HASH,
             .id = "sha256",
             .spec = "FIPS 180-4",
             .ctx_size = sizeof(mbedtls_sha256_context),
             .init = sha256_init,
             .fini = sha256_fini},
    .out_len = SHA256_LEN,
    .block_len = 64,
    .digest = sha256_digest,
};

static eb_status sha512_init(void *ctx)
{
    mbedtls_sha512_init(ctx);
    return EB_OK;
}

static void sha512_fini(void *ctx)
{
    mbedtls_sha512_free(ctx); /* wipes */
}

static eb_status sha512_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    int ret = mbedtls_sha512_starts(ctx, 0);
    for (size_t i = 0; i < n && ret == 0; i++) {
        if (parts[i].len > 0) {
            ret = mbedtls_sha512_update(ctx, parts[i].ptr, parts[i].len);
        }
    }
    if (ret == 0) {
        ret = mbedtls_sha512_finish(ctx, out);
    }
    if (ret != 0) {
        eb_wipe(out, SHA512_LEN);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_hash prim_sha512 = {
    .prim = {.cls = EB_HASH,
             .id = "sha512",
             .spec = "FIPS 180-4",
             .ctx_size = sizeof(mbedtls_sha512_context),
             .init = sha512_init,
             .fini = sha512_fini},
    .out_len = SHA512_LEN,
    .block_len = 128,
    .digest = sha512_digest,
};

/* ---- Group: P-256 (SEC 2 s. 2.4.2) ---- */

struct group {
    mbedtls_ecp_group grp;
    mbedtls_ecp_point p, r, sum;
    mbedtls_mpi a, b, x, wide; /* `wide` holds products, so that the others keep their size and their memory */
    mbedtls_mpi one, order_minus_2, root_exponent;
    mbedtls_mpi rr_order, rr_field; /* for Montgomery form: filled by the library at the first use */
};

/* `f` is mbedtls_mpi_init or mbedtls_mpi_free. */
static void g_numbers(struct group *c, void (*f)(mbedtls_mpi *))
{
    f(&c->a);
    f(&c->b);
    f(&c->x);
    f(&c->wide);
    f(&c->one);
    f(&c->order_minus_2);
    f(&c->root_exponent);
    f(&c->rr_order);
    f(&c->rr_field);
}

static void g_fini(void *ctx)
{
    struct group *c = ctx;
    g_numbers(c, mbedtls_mpi_free); /* this and the following wipe */
    mbedtls_ecp_point_free(&c->p);
    mbedtls_ecp_point_free(&c->r);
    mbedtls_ecp_point_free(&c->sum);
    mbedtls_ecp_group_free(&c->grp);
}

static int g_constants(struct group *c)
{
    int ret = mbedtls_ecp_group_load(&c->grp, MBEDTLS_ECP_DP_SECP256R1);
    if (ret == 0) {
        ret = mbedtls_mpi_lset(&c->one, 1);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_sub_int(&c->order_minus_2, &c->grp.N, 2);
    }
    if (ret == 0) { /* p = 3 mod 4, hence a root of a square v is v^((p+1)/4) */
        ret = mbedtls_mpi_add_int(&c->root_exponent, &c->grp.P, 1);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_shift_r(&c->root_exponent, 2);
    }
    return ret == 0 ? warm_up(&c->grp, &c->r) : ret;
}

static eb_status g_init(void *ctx)
{
    struct group *c = ctx;
    mbedtls_ecp_group_init(&c->grp);
    mbedtls_ecp_point_init(&c->p);
    mbedtls_ecp_point_init(&c->r);
    mbedtls_ecp_point_init(&c->sum);
    g_numbers(c, mbedtls_mpi_init);
    if (g_constants(c) != 0) {
        g_fini(c);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status g_scalar_check(void *ctx, const uint8_t *s)
{
    struct group *c = ctx;
    int ret = mbedtls_mpi_read_binary(&c->a, s, P_SCALAR);
    if (ret == 0) {
        ret = mbedtls_ecp_check_privkey(&c->grp, &c->a);
    }
    return status_of(ret);
}

static eb_status g_scalar_reduce(void *ctx, uint8_t *out, const uint8_t *wide)
{
    struct group *c = ctx;
    int ret = mbedtls_mpi_read_binary(&c->wide, wide, P_WIDE);
    if (ret == 0) {
        ret = mbedtls_mpi_mod_mpi(&c->x, &c->wide, &c->grp.N);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->x, out, P_SCALAR);
    }
    return finish(ret, out, P_SCALAR);
}

static int g_read_scalars(struct group *c, const uint8_t *a, const uint8_t *b)
{
    const int ret = mbedtls_mpi_read_binary(&c->a, a, P_SCALAR);
    return ret == 0 ? mbedtls_mpi_read_binary(&c->b, b, P_SCALAR) : ret;
}

/* Both are below the order, so that one subtraction does for the general reduction, which divides. */
static eb_status g_scalar_add(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group *c = ctx;
    int ret = g_read_scalars(c, a, b);
    if (ret == 0) {
        ret = mbedtls_mpi_add_mpi(&c->x, &c->a, &c->b);
    }
    if (ret == 0 && mbedtls_mpi_cmp_mpi(&c->x, &c->grp.N) >= 0) {
        ret = mbedtls_mpi_sub_mpi(&c->x, &c->x, &c->grp.N);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->x, out, P_SCALAR);
    }
    return finish(ret, out, P_SCALAR);
}

static eb_status g_scalar_sub(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group *c = ctx;
    int ret = g_read_scalars(c, a, b);
    if (ret == 0) {
        ret = mbedtls_mpi_sub_mpi(&c->x, &c->a, &c->b);
    }
    if (ret == 0 && mbedtls_mpi_cmp_int(&c->x, 0) < 0) {
        ret = mbedtls_mpi_add_mpi(&c->x, &c->x, &c->grp.N);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->x, out, P_SCALAR);
    }
    return finish(ret, out, P_SCALAR);
}

static eb_status g_scalar_mul(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group *c = ctx;
    int ret = g_read_scalars(c, a, b);
    if (ret == 0) {
        ret = mbedtls_mpi_mul_mpi(&c->wide, &c->a, &c->b);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_mod_mpi(&c->x, &c->wide, &c->grp.N);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->x, out, P_SCALAR);
    }
    return finish(ret, out, P_SCALAR);
}

/* By Fermat: the exponent is public, and the library's exponentiation does not branch on the base, whereas its
   mbedtls_mpi_inv_mod (Euclid) does. */
static eb_status g_scalar_invert(void *ctx, uint8_t *out, const uint8_t *a)
{
    struct group *c = ctx;
    int ret = mbedtls_mpi_read_binary(&c->a, a, P_SCALAR);
    if (ret == 0 && mbedtls_mpi_cmp_int(&c->a, 0) == 0) {
        ret = MBEDTLS_ERR_MPI_NOT_ACCEPTABLE;
    }
    if (ret == 0) {
        ret = mbedtls_mpi_exp_mod(&c->x, &c->a, &c->order_minus_2, &c->grp.N, &c->rr_order);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_write_binary(&c->x, out, P_SCALAR);
    }
    return finish(ret, out, P_SCALAR);
}

static eb_status g_point_check(void *ctx, const uint8_t *p)
{
    struct group *c = ctx;
    int ret = mbedtls_ecp_point_read_binary(&c->grp, &c->p, p, P_POINT);
    if (ret == 0) {
        ret = mbedtls_ecp_check_pubkey(&c->grp, &c->p);
    }
    return status_of(ret);
}

/* mbedtls_ecp_mul itself rejects a scalar outside [1, n-1] and a point that is not on the curve. */
static eb_status g_mul(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p)
{
    struct group *c = ctx;
    int ret = mbedtls_mpi_read_binary(&c->a, s, P_SCALAR);
    if (ret == 0) {
        ret = mbedtls_ecp_point_read_binary(&c->grp, &c->p, p, P_POINT);
    }
    if (ret == 0) {
        ret = mbedtls_ecp_mul(&c->grp, &c->r, &c->a, &c->p, eb_mbedtls_blinding, NULL);
    }
    if (ret == 0) {
        ret = write_point(&c->grp, &c->r, out);
    }
    return finish(ret, out, P_POINT);
}

static eb_status g_mul_base(void *ctx, uint8_t *out, const uint8_t *s)
{
    struct group *c = ctx;
    int ret = mbedtls_mpi_read_binary(&c->a, s, P_SCALAR);
    if (ret == 0) {
        ret = mbedtls_ecp_mul(&c->grp, &c->r, &c->a, &c->grp.G, eb_mbedtls_blinding, NULL);
    }
    if (ret == 0) {
        ret = write_point(&c->grp, &c->r, out);
    }
    return finish(ret, out, P_POINT);
}

/*
 * Adds a term to the sum. mbedtls_ecp_muladd multiplies each of its two points by itself and then adds; a factor of
 * one costs it nothing. So the first term is a plain multiplication and each further one a muladd: n multiplications
 * and n - 1 additions, which is the least that the library offers (it has no simultaneous multiplication). `started`
 * is false while the sum is the identity, which muladd does not take.
 */
static int g_add_term(struct group *c, const eb_term *term, bool *started)
{
    const mbedtls_ecp_point *p = &c->grp.G;
    int ret = mbedtls_mpi_read_binary(&c->a, term->scalar, P_SCALAR);
    if (ret == 0 && term->point != NULL) {
        ret = mbedtls_ecp_point_read_binary(&c->grp, &c->p, term->point, P_POINT);
        p = &c->p;
    }
    if (ret != 0) {
        return ret;
    }
    if (mbedtls_mpi_cmp_int(&c->a, 0) == 0) { /* not a factor that the library takes */
        return mbedtls_ecp_check_pubkey(&c->grp, p);
    }
    if (!*started) {
        *started = true;
        return mbedtls_ecp_mul(&c->grp, &c->sum, &c->a, p, eb_mbedtls_blinding, NULL);
    }
    ret = mbedtls_ecp_muladd(&c->grp, &c->r, &c->one, &c->sum, &c->a, p);
    if (ret == 0) {
        ret = mbedtls_ecp_copy(&c->sum, &c->r);
    }
    *started = mbedtls_ecp_is_zero(&c->sum) == 0;
    return ret;
}

static eb_status g_combine(void *ctx, uint8_t *out, const eb_term *terms, size_t n)
{
    struct group *c = ctx;
    bool started = false;
    int ret = 0;
    for (size_t i = 0; i < n && ret == 0; i++) {
        ret = g_add_term(c, &terms[i], &started);
    }
    if (ret == 0) {
        ret = started ? write_point(&c->grp, &c->sum, out) : MBEDTLS_ERR_ECP_INVALID_KEY;
    }
    return finish(ret, out, P_POINT);
}

/* SEC 1 s. 2.3.3: 02 or 03 by the parity of y, then x. */
static eb_status g_pack(void *ctx, uint8_t *packed, const uint8_t *p)
{
    (void)ctx;
    if (p[0] != 4) {
        eb_wipe(packed, P_PACKED);
        return EB_ERR_INVALID;
    }
    packed[0] = (uint8_t)(2 | (p[P_POINT - 1] & 1));
    memcpy(packed + 1, p + 1, P_PACKED - 1);
    return EB_OK;
}

/* wide = x^3 - 3x + b mod p (SEC 1 s. 2.2.1; the curve's a is -3), that is, (x^2 - 3) x + b. */
static int g_curve_equation(struct group *c)
{
    int ret = mbedtls_mpi_mul_mpi(&c->wide, &c->x, &c->x);
    if (ret == 0) {
        ret = mbedtls_mpi_sub_int(&c->wide, &c->wide, 3);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_mod_mpi(&c->a, &c->wide, &c->grp.P);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_mul_mpi(&c->wide, &c->a, &c->x);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_add_mpi(&c->wide, &c->wide, &c->grp.B);
    }
    return ret == 0 ? mbedtls_mpi_mod_mpi(&c->a, &c->wide, &c->grp.P) : ret;
}

/* SEC 1 s. 2.3.4, without the library, as 2.28 reads no compressed points. The point is on the curve if y^2 is what
   the equation says, which is not so where that is not a square. */
static eb_status g_unpack(void *ctx, uint8_t *p, const uint8_t *packed)
{
    struct group *c = ctx;
    if (packed[0] != 2 && packed[0] != 3) {
        return finish(MBEDTLS_ERR_ECP_BAD_INPUT_DATA, p, P_POINT);
    }
    const int odd = packed[0] & 1;
    int ret = mbedtls_mpi_read_binary(&c->x, packed + 1, P_PACKED - 1);
    if (ret == 0 && mbedtls_mpi_cmp_mpi(&c->x, &c->grp.P) >= 0) {
        ret = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    }
    if (ret == 0) {
        ret = g_curve_equation(c);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_exp_mod(&c->b, &c->a, &c->root_exponent, &c->grp.P, &c->rr_field);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_mul_mpi(&c->wide, &c->b, &c->b);
    }
    if (ret == 0) {
        ret = mbedtls_mpi_mod_mpi(&c->wide, &c->wide, &c->grp.P);
    }
    if (ret == 0 && mbedtls_mpi_cmp_mpi(&c->wide, &c->a) != 0) {
        ret = MBEDTLS_ERR_ECP_INVALID_KEY;
    }
    if (ret == 0 && mbedtls_mpi_get_bit(&c->b, 0) != odd) { /* y is not 0: the order is odd */
        ret = mbedtls_mpi_sub_mpi(&c->b, &c->grp.P, &c->b);
    }
    if (ret == 0) {
        p[0] = 4;
        memcpy(p + 1, packed + 1, P_PACKED - 1);
        ret = mbedtls_mpi_write_binary(&c->b, p + P_PACKED, P_POINT - P_PACKED);
    }
    return finish(ret, p, P_POINT);
}

static const eb_group prim_group = {
    .prim = {.cls = EB_GROUP,
             .id = "p256",
             .spec = "SEC 2 s. 2.4.2",
             .ctx_size = sizeof(struct group),
             .init = g_init,
             .fini = g_fini},
    .scalar_len = P_SCALAR,
    .point_len = P_POINT,
    .packed_len = P_PACKED,
    .wide_len = P_WIDE,
    .little_endian = false,
    .hash_id = "sha256",
    .scalar_check = g_scalar_check,
    .scalar_reduce = g_scalar_reduce,
    .scalar_add = g_scalar_add,
    .scalar_sub = g_scalar_sub,
    .scalar_mul = g_scalar_mul,
    .scalar_invert = g_scalar_invert,
    .point_check = g_point_check,
    .mul = g_mul,
    .mul_base = g_mul_base,
    .combine = g_combine,
    .pack = g_pack,
    .unpack = g_unpack,
};

/* ---- The floor ----
 *
 * Each step is what one would write by hand for it, on objects and memory that prepare() laid out. Keys, scalars and
 * points are fixed; the blinding takes its random bytes from a generator of the floor's own.
 */

/* What a step comes to, once its primitive and its place in the trace are known. */
enum work {
    W_NONE, /* bytes that are there already */
    W_CHACHA_KEY,
    W_CHACHA_SEAL,
    W_CHACHA_OPEN,
    W_GCM_KEY,
    W_GCM_SEAL,
    W_GCM_OPEN,
    W_DH_SECRET,
    W_DH_PUBLIC,
    W_DH_BASE,
    W_DH_AGREE,
    W_MAC_KEY,
    W_MAC_FRESH, /* the first under a key of this trace */
    W_MAC_AGAIN, /* mbedTLS restarts from the padded key */
    W_SHA256,
    W_SHA512,
    W_SCALAR_CHECK,
    W_SCALAR_REDUCE,
    W_SCALAR_ADD,
    W_SCALAR_MUL,
    W_SCALAR_INVERT,
    W_POINT_CHECK,
    W_MUL,
    W_MUL_BASE,
    W_COMBINE,
    W_PACK,
    W_UNPACK,
};

/* Each pair is a hot, static key and one that the trace parses. */
struct bare_dh {
    mbedtls_ecp_group grp;
    mbedtls_mpi d[2];
    mbedtls_ecp_point q[2], r;
    size_t pk_len;
    uint8_t sk[32], pk[65], out[65];
};

struct bare_group {
    mbedtls_ecp_group grp;
    mbedtls_mpi s, t, u, v, w, one, inverse, root, rr_n, rr_p;
    mbedtls_ecp_point p, r, sum;
    uint8_t scalar[2][32], point[2][65], packed[33], wide[48], out[65];
};

struct job {
    enum work work;
    size_t a, b;
    uint8_t *in, *ad, *out, tag[16]; /* in one block, which starts at `in` */
    mbedtls_gcm_context *gcm;
    unsigned bits;
    struct bare_dh *dh;
    mbedtls_mpi *d;
    mbedtls_ecp_point *q;
    bool check; /* P-256: nothing later in the trace multiplies with this key, which would check it */
};

struct bare {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_chachapoly_context chacha;
    mbedtls_gcm_context gcm128, gcm256;
    mbedtls_md_context_t md;
    mbedtls_sha256_context sha256; /* cheaper than the library's one-shot functions, which wipe one of their own */
    mbedtls_sha512_context sha512;
    struct bare_dh x25519, p256;
    struct bare_group group;
    uint8_t key[32], nonce[12], digest[64];
    size_t n;
    struct job jobs[];
};

enum { LINE = 64 }; /* a buffer starts on a cache line of its own */

static size_t lines(size_t len)
{
    return (len / LINE + 1) * LINE;
}

/* Buffers of a step with data. They are written to, so that each page is a page of its own in memory. */
static eb_status job_buffers(struct job *j, size_t in, size_t ad, size_t out)
{
    if (in > SIZE_MAX / 8 || ad > SIZE_MAX / 8) {
        return EB_ERR_INVALID;
    }
    const size_t total = lines(in) + lines(ad) + lines(out);
    j->in = aligned_alloc(LINE, total);
    if (j->in == NULL) {
        return EB_ERR_BACKEND;
    }
    memset(j->in, 0x5a, total);
    j->ad = j->in + lines(in);
    j->out = j->ad + lines(ad);
    return EB_OK;
}

static eb_status bare_aead(struct bare *s, struct job *j, const eb_step *step)
{
    const bool chacha = step->prim == &prim_chacha.prim;
    if (!chacha && step->prim != &prim_gcm256.prim && step->prim != &prim_gcm128.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->gcm = step->prim == &prim_gcm128.prim ? &s->gcm128 : &s->gcm256;
    j->bits = step->prim == &prim_gcm128.prim ? 128 : 256;
    if (step->op == EB_OP_AEAD_KEY) {
        j->work = chacha ? W_CHACHA_KEY : W_GCM_KEY;
        return EB_OK;
    }
    const eb_status made = job_buffers(j, j->a, j->b, j->a + 16);
    if (made != EB_OK) {
        return made;
    }
    if (step->op == EB_OP_AEAD_SEAL) {
        j->work = chacha ? W_CHACHA_SEAL : W_GCM_SEAL;
        return EB_OK;
    }
    j->work = chacha ? W_CHACHA_OPEN : W_GCM_OPEN;
    const int ret =
        chacha ? mbedtls_chachapoly_encrypt_and_tag(&s->chacha, j->a, s->nonce, j->ad, j->b, j->in, j->in, j->tag)
               : mbedtls_gcm_crypt_and_tag(j->gcm, MBEDTLS_GCM_ENCRYPT, j->a, s->nonce, sizeof s->nonce, j->ad, j->b,
                                           j->in, j->in, sizeof j->tag, j->tag);
    return ret == 0 ? EB_OK : EB_ERR_BACKEND;
}

static bool has_op(const eb_step *steps, size_t from, size_t to, const eb_prim *prim, eb_op op)
{
    for (size_t i = from; i < to; i++) {
        if (steps[i].prim == prim && steps[i].op == op) {
            return true;
        }
    }
    return false;
}

static eb_status bare_dh_job(struct bare *s, struct job *j, const eb_step *steps, size_t n, size_t at)
{
    const eb_prim *prim = steps[at].prim;
    size_t fresh = 0; /* secret keys without their public keys, each of which is computed once */
    if (prim != &prim_x25519.prim && prim != &prim_p256.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->dh = prim == &prim_x25519.prim ? &s->x25519 : &s->p256;
    j->d = &j->dh->d[has_op(steps, 0, at, prim, EB_OP_DH_SECRET) ? 1 : 0];
    j->q = &j->dh->q[has_op(steps, 0, at, prim, EB_OP_DH_PUBLIC) ? 1 : 0];
    j->check = prim == &prim_p256.prim && !has_op(steps, at, n, prim, EB_OP_DH_AGREE);
    switch (steps[at].op) {
    case EB_OP_DH_SECRET:
        j->d = &j->dh->d[1];
        j->check = j->check && !has_op(steps, at, n, prim, EB_OP_DH_ENCODE);
        j->work = W_DH_SECRET;
        return EB_OK;
    case EB_OP_DH_PUBLIC:
        j->q = &j->dh->q[1];
        j->work = W_DH_PUBLIC;
        return EB_OK;
    case EB_OP_DH_AGREE:
        j->work = W_DH_AGREE;
        return EB_OK;
    default:
        break;
    }
    for (size_t i = 0; i < at; i++) {
        if (steps[i].prim == prim && steps[i].op == EB_OP_DH_SECRET) {
            fresh++;
        } else if (steps[i].prim == prim && steps[i].op == EB_OP_DH_ENCODE && fresh > 0) {
            fresh--;
        }
    }
    j->work = fresh > 0 ? W_DH_BASE : W_NONE;
    return EB_OK;
}

static eb_status bare_mac(struct job *j, const eb_step *steps, size_t at)
{
    if (steps[at].prim != &prim_hmac.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->work = steps[at].op == EB_OP_MAC_KEY ? W_MAC_KEY : W_MAC_AGAIN;
    for (size_t i = at; j->work == W_MAC_AGAIN && i > 0 && steps[i - 1].op != EB_OP_MAC; i--) {
        if (steps[i - 1].op == EB_OP_MAC_KEY) {
            j->work = W_MAC_FRESH;
        }
    }
    return job_buffers(j, steps[at].a, 0, 0);
}

static eb_status bare_hash(struct job *j, const eb_step *step)
{
    if (step->prim != &prim_sha256.prim && step->prim != &prim_sha512.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->work = step->prim == &prim_sha256.prim ? W_SHA256 : W_SHA512;
    return job_buffers(j, step->a, 0, 0);
}

static eb_status bare_group_job(struct job *j, const eb_step *step)
{
    static const enum work works[EB_OP_COUNT] = {
        [EB_OP_SCALAR_CHECK] = W_SCALAR_CHECK,
        [EB_OP_SCALAR_REDUCE] = W_SCALAR_REDUCE,
        [EB_OP_SCALAR_ADD] = W_SCALAR_ADD,
        [EB_OP_SCALAR_MUL] = W_SCALAR_MUL,
        [EB_OP_SCALAR_INVERT] = W_SCALAR_INVERT,
        [EB_OP_POINT_CHECK] = W_POINT_CHECK,
        [EB_OP_MUL] = W_MUL,
        [EB_OP_MUL_BASE] = W_MUL_BASE,
        [EB_OP_COMBINE] = W_COMBINE,
        [EB_OP_PACK] = W_PACK,
        [EB_OP_UNPACK] = W_UNPACK,
    };
    if (step->prim != &prim_group.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->work = works[step->op];
    return EB_OK;
}

static eb_status bare_job(struct bare *s, const eb_step *steps, size_t n, size_t at)
{
    struct job *j = &s->jobs[at];
    j->a = steps[at].a;
    j->b = steps[at].b;
    switch (steps[at].op) {
    case EB_OP_AEAD_KEY:
    case EB_OP_AEAD_SEAL:
    case EB_OP_AEAD_OPEN:
        return bare_aead(s, j, &steps[at]);
    case EB_OP_DH_SECRET:
    case EB_OP_DH_PUBLIC:
    case EB_OP_DH_ENCODE:
    case EB_OP_DH_AGREE:
        return bare_dh_job(s, j, steps, n, at);
    case EB_OP_MAC_KEY:
    case EB_OP_MAC:
        return bare_mac(j, steps, at);
    case EB_OP_HASH:
        return bare_hash(j, &steps[at]);
    case EB_OP_SCALAR_CHECK:
    case EB_OP_SCALAR_REDUCE:
    case EB_OP_SCALAR_ADD:
    case EB_OP_SCALAR_MUL:
    case EB_OP_SCALAR_INVERT:
    case EB_OP_POINT_CHECK:
    case EB_OP_MUL:
    case EB_OP_MUL_BASE:
    case EB_OP_COMBINE:
    case EB_OP_PACK:
    case EB_OP_UNPACK:
        return bare_group_job(j, &steps[at]);
    default:
        break;
    }
    return EB_ERR_UNSUPPORTED;
}

/* From here on a function gives true if a call of the library failed. */

/* X25519 has 32 bytes little-endian, P-256 big-endian numbers. */
static bool bare_dh_write(const struct bare_dh *c, uint8_t *out, bool whole)
{
    size_t len;
    if (c->grp.id == MBEDTLS_ECP_DP_CURVE25519) {
        return mbedtls_mpi_write_binary_le(&c->r.X, out, 32) != 0;
    }
    return whole ? mbedtls_ecp_point_write_binary(&c->grp, &c->r, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, out, 65) != 0
                 : mbedtls_mpi_write_binary(&c->r.X, out, 32) != 0;
}

static bool bare_dh_keys(struct bare *s, struct bare_dh *c, mbedtls_ecp_group_id id)
{
    bool failed = mbedtls_ecp_group_load(&c->grp, id) != 0;
    memset(c->sk, 0x48, sizeof c->sk); /* clamped as it stands, and below the order of P-256 */
    c->pk_len = id == MBEDTLS_ECP_DP_CURVE25519 ? 32 : 65;
    for (int i = 0; i < 2; i++) {
        failed = failed || mbedtls_mpi_read_binary(&c->d[i], c->sk, sizeof c->sk) != 0 ||
                 mbedtls_ecp_mul(&c->grp, &c->r, &c->d[i], &c->grp.G, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
                 bare_dh_write(c, c->pk, true) ||
                 mbedtls_ecp_point_read_binary(&c->grp, &c->q[i], c->pk, c->pk_len) != 0;
    }
    return failed;
}

static bool bare_group_values(struct bare *s, struct bare_group *c)
{
    size_t len;
    bool failed = mbedtls_ecp_group_load(&c->grp, MBEDTLS_ECP_DP_SECP256R1) != 0 || mbedtls_mpi_lset(&c->one, 1) != 0 ||
                  mbedtls_mpi_sub_int(&c->inverse, &c->grp.N, 2) != 0 ||
                  mbedtls_mpi_add_int(&c->root, &c->grp.P, 1) != 0 || mbedtls_mpi_shift_r(&c->root, 2) != 0;
    memset(c->wide, 0x77, sizeof c->wide);
    for (int i = 0; i < 2; i++) {
        memset(c->scalar[i], 0x5b + i, sizeof c->scalar[i]);
        failed =
            failed || mbedtls_mpi_read_binary(&c->s, c->scalar[i], 32) != 0 ||
            mbedtls_ecp_mul(&c->grp, &c->r, &c->s, &c->grp.G, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
            mbedtls_ecp_point_write_binary(&c->grp, &c->r, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, c->point[i], 65) != 0;
    }
    return failed ||
           mbedtls_ecp_point_write_binary(&c->grp, &c->r, MBEDTLS_ECP_PF_COMPRESSED, &len, c->packed, 33) != 0;
}

static bool bare_values(struct bare *s)
{
    memset(s->key, 0x4b, sizeof s->key);
    return mbedtls_ctr_drbg_seed(&s->drbg, mbedtls_entropy_func, &s->entropy, NULL, 0) != 0 ||
           mbedtls_chachapoly_setkey(&s->chacha, s->key) != 0 ||
           mbedtls_gcm_setkey(&s->gcm128, MBEDTLS_CIPHER_ID_AES, s->key, 128) != 0 ||
           mbedtls_gcm_setkey(&s->gcm256, MBEDTLS_CIPHER_ID_AES, s->key, 256) != 0 ||
           mbedtls_md_setup(&s->md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) != 0 ||
           mbedtls_md_hmac_starts(&s->md, s->key, sizeof s->key) != 0 ||
           bare_dh_keys(s, &s->x25519, MBEDTLS_ECP_DP_CURVE25519) ||
           bare_dh_keys(s, &s->p256, MBEDTLS_ECP_DP_SECP256R1) || bare_group_values(s, &s->group);
}

/* Applies the library's init or free to each number, point and group of the floor. */
static void bare_objects(struct bare *s, void (*number)(mbedtls_mpi *), void (*point)(mbedtls_ecp_point *),
                         void (*curve)(mbedtls_ecp_group *))
{
    struct bare_group *g = &s->group;
    struct bare_dh *const dh[] = {&s->x25519, &s->p256};
    mbedtls_mpi *const numbers[] = {&g->s,   &g->t,       &g->u,    &g->v,    &g->w,
                                    &g->one, &g->inverse, &g->root, &g->rr_n, &g->rr_p};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        number(numbers[i]);
    }
    point(&g->p);
    point(&g->r);
    point(&g->sum);
    curve(&g->grp);
    for (size_t i = 0; i < 2; i++) {
        number(&dh[i]->d[0]);
        number(&dh[i]->d[1]);
        point(&dh[i]->q[0]);
        point(&dh[i]->q[1]);
        point(&dh[i]->r);
        curve(&dh[i]->grp);
    }
}

static void bare_init(struct bare *s)
{
    mbedtls_entropy_init(&s->entropy);
    mbedtls_ctr_drbg_init(&s->drbg);
    mbedtls_chachapoly_init(&s->chacha);
    mbedtls_gcm_init(&s->gcm128);
    mbedtls_gcm_init(&s->gcm256);
    mbedtls_md_init(&s->md);
    mbedtls_sha256_init(&s->sha256);
    mbedtls_sha512_init(&s->sha512);
    bare_objects(s, mbedtls_mpi_init, mbedtls_ecp_point_init, mbedtls_ecp_group_init);
}

static void bare_release(void *state)
{
    struct bare *s = state;
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        free(s->jobs[i].in);
    }
    bare_objects(s, mbedtls_mpi_free, mbedtls_ecp_point_free, mbedtls_ecp_group_free);
    mbedtls_sha512_free(&s->sha512);
    mbedtls_sha256_free(&s->sha256);
    mbedtls_md_free(&s->md);
    mbedtls_gcm_free(&s->gcm256);
    mbedtls_gcm_free(&s->gcm128);
    mbedtls_chachapoly_free(&s->chacha);
    mbedtls_ctr_drbg_free(&s->drbg);
    mbedtls_entropy_free(&s->entropy);
    free(s);
}

static eb_status bare_prepare(void **state, const eb_step *steps, size_t n)
{
    *state = NULL;
    if (n > (SIZE_MAX - sizeof(struct bare)) / sizeof(struct job)) {
        return EB_ERR_INVALID;
    }
    struct bare *s = calloc(1, sizeof *s + n * sizeof(struct job));
    if (s == NULL) {
        return EB_ERR_BACKEND;
    }
    s->n = n;
    bare_init(s);
    eb_status status = bare_values(s) ? EB_ERR_BACKEND : EB_OK;
    for (size_t i = 0; i < n && status == EB_OK; i++) {
        status = bare_job(s, steps, n, i);
    }
    if (status != EB_OK) {
        bare_release(s);
        return status;
    }
    *state = s;
    return EB_OK;
}

static bool bare_dh_step(struct bare *s, const struct job *j)
{
    struct bare_dh *c = j->dh;
    switch (j->work) {
    case W_DH_SECRET:
        return (c->grp.id == MBEDTLS_ECP_DP_CURVE25519 ? mbedtls_mpi_read_binary_le(j->d, c->sk, 32)
                                                       : mbedtls_mpi_read_binary(j->d, c->sk, 32)) != 0 ||
               (j->check && mbedtls_ecp_check_privkey(&c->grp, j->d) != 0);
    case W_DH_PUBLIC:
        return mbedtls_ecp_point_read_binary(&c->grp, j->q, c->pk, c->pk_len) != 0 ||
               (j->check && mbedtls_ecp_check_pubkey(&c->grp, j->q) != 0);
    case W_DH_BASE:
        return mbedtls_ecp_mul(&c->grp, &c->r, j->d, &c->grp.G, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
               bare_dh_write(c, c->out, true);
    default:
        return mbedtls_ecp_mul(&c->grp, &c->r, j->d, j->q, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
               bare_dh_write(c, c->out, false);
    }
}

static bool bare_add(struct bare_group *c)
{
    return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 ||
           mbedtls_mpi_read_binary(&c->t, c->scalar[1], 32) != 0 || mbedtls_mpi_add_mpi(&c->u, &c->s, &c->t) != 0 ||
           (mbedtls_mpi_cmp_mpi(&c->u, &c->grp.N) >= 0 && mbedtls_mpi_sub_mpi(&c->u, &c->u, &c->grp.N) != 0) ||
           mbedtls_mpi_write_binary(&c->u, c->out, 32) != 0;
}

static bool bare_combine(struct bare *s, const struct job *j)
{
    struct bare_group *c = &s->group;
    bool failed = false;
    size_t len;
    for (size_t i = 0; i < j->a + j->b && !failed; i++) {
        const mbedtls_ecp_point *p = i < j->a ? &c->p : &c->grp.G;
        failed = mbedtls_mpi_read_binary(&c->s, c->scalar[i % 2], 32) != 0 ||
                 (i < j->a && mbedtls_ecp_point_read_binary(&c->grp, &c->p, c->point[i % 2], 65) != 0) ||
                 (i == 0 ? mbedtls_ecp_mul(&c->grp, &c->sum, &c->s, p, mbedtls_ctr_drbg_random, &s->drbg)
                         : mbedtls_ecp_muladd(&c->grp, &c->sum, &c->one, &c->sum, &c->s, p)) != 0;
    }
    return failed ||
           mbedtls_ecp_point_write_binary(&c->grp, &c->sum, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, c->out, 65) != 0;
}

static bool bare_unpack(struct bare_group *c)
{
    c->out[0] = 4;
    memcpy(c->out + 1, c->packed + 1, 32);
    return mbedtls_mpi_read_binary(&c->s, c->packed + 1, 32) != 0 || mbedtls_mpi_cmp_mpi(&c->s, &c->grp.P) >= 0 ||
           mbedtls_mpi_mul_mpi(&c->v, &c->s, &c->s) != 0 || mbedtls_mpi_sub_int(&c->v, &c->v, 3) != 0 ||
           mbedtls_mpi_mod_mpi(&c->t, &c->v, &c->grp.P) != 0 || mbedtls_mpi_mul_mpi(&c->v, &c->t, &c->s) != 0 ||
           mbedtls_mpi_add_mpi(&c->v, &c->v, &c->grp.B) != 0 || mbedtls_mpi_mod_mpi(&c->t, &c->v, &c->grp.P) != 0 ||
           mbedtls_mpi_exp_mod(&c->u, &c->t, &c->root, &c->grp.P, &c->rr_p) != 0 ||
           mbedtls_mpi_mul_mpi(&c->v, &c->u, &c->u) != 0 || mbedtls_mpi_mod_mpi(&c->w, &c->v, &c->grp.P) != 0 ||
           mbedtls_mpi_cmp_mpi(&c->w, &c->t) != 0 ||
           (mbedtls_mpi_get_bit(&c->u, 0) != (c->packed[0] & 1) && mbedtls_mpi_sub_mpi(&c->u, &c->grp.P, &c->u) != 0) ||
           mbedtls_mpi_write_binary(&c->u, c->out + 33, 32) != 0;
}

static bool bare_group_step(struct bare *s, const struct job *j)
{
    struct bare_group *c = &s->group;
    size_t len;
    switch (j->work) {
    case W_SCALAR_CHECK:
        return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 || mbedtls_ecp_check_privkey(&c->grp, &c->s) != 0;
    case W_SCALAR_REDUCE:
        return mbedtls_mpi_read_binary(&c->w, c->wide, 48) != 0 || mbedtls_mpi_mod_mpi(&c->u, &c->w, &c->grp.N) != 0 ||
               mbedtls_mpi_write_binary(&c->u, c->out, 32) != 0;
    case W_SCALAR_ADD:
        return bare_add(c);
    case W_SCALAR_MUL:
        return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 ||
               mbedtls_mpi_read_binary(&c->t, c->scalar[1], 32) != 0 || mbedtls_mpi_mul_mpi(&c->v, &c->s, &c->t) != 0 ||
               mbedtls_mpi_mod_mpi(&c->u, &c->v, &c->grp.N) != 0 || mbedtls_mpi_write_binary(&c->u, c->out, 32) != 0;
    case W_SCALAR_INVERT:
        return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 ||
               mbedtls_mpi_exp_mod(&c->u, &c->s, &c->inverse, &c->grp.N, &c->rr_n) != 0 ||
               mbedtls_mpi_write_binary(&c->u, c->out, 32) != 0;
    case W_POINT_CHECK:
        return mbedtls_ecp_point_read_binary(&c->grp, &c->p, c->point[0], 65) != 0 ||
               mbedtls_ecp_check_pubkey(&c->grp, &c->p) != 0;
    case W_MUL:
        return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 ||
               mbedtls_ecp_point_read_binary(&c->grp, &c->p, c->point[0], 65) != 0 ||
               mbedtls_ecp_mul(&c->grp, &c->r, &c->s, &c->p, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
               mbedtls_ecp_point_write_binary(&c->grp, &c->r, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, c->out, 65) != 0;
    case W_MUL_BASE:
        return mbedtls_mpi_read_binary(&c->s, c->scalar[0], 32) != 0 ||
               mbedtls_ecp_mul(&c->grp, &c->r, &c->s, &c->grp.G, mbedtls_ctr_drbg_random, &s->drbg) != 0 ||
               mbedtls_ecp_point_write_binary(&c->grp, &c->r, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, c->out, 65) != 0;
    case W_COMBINE:
        return bare_combine(s, j);
    case W_PACK:
        c->out[0] = (uint8_t)(2 | (c->point[0][64] & 1));
        memcpy(c->out + 1, c->point[0] + 1, 32);
        return false;
    case W_UNPACK:
        return bare_unpack(c);
    default:
        return true;
    }
}

static bool bare_step(struct bare *s, struct job *j)
{
    switch (j->work) {
    case W_NONE:
        return false;
    case W_CHACHA_KEY:
        return mbedtls_chachapoly_setkey(&s->chacha, s->key) != 0;
    case W_CHACHA_SEAL:
        return mbedtls_chachapoly_encrypt_and_tag(&s->chacha, j->a, s->nonce, j->ad, j->b, j->in, j->out,
                                                  j->out + j->a) != 0;
    case W_CHACHA_OPEN:
        return mbedtls_chachapoly_auth_decrypt(&s->chacha, j->a, s->nonce, j->ad, j->b, j->tag, j->in, j->out) != 0;
    case W_GCM_KEY:
        return mbedtls_gcm_setkey(j->gcm, MBEDTLS_CIPHER_ID_AES, s->key, j->bits) != 0;
    case W_GCM_SEAL:
        return mbedtls_gcm_crypt_and_tag(j->gcm, MBEDTLS_GCM_ENCRYPT, j->a, s->nonce, 12, j->ad, j->b, j->in, j->out,
                                         16, j->out + j->a) != 0;
    case W_GCM_OPEN:
        return mbedtls_gcm_auth_decrypt(j->gcm, j->a, s->nonce, 12, j->ad, j->b, j->tag, 16, j->in, j->out) != 0;
    case W_MAC_KEY:
        return mbedtls_md_hmac_starts(&s->md, j->in, j->a) != 0;
    case W_MAC_FRESH:
        return mbedtls_md_hmac_update(&s->md, j->in, j->a) != 0 || mbedtls_md_hmac_finish(&s->md, s->digest) != 0;
    case W_MAC_AGAIN:
        return mbedtls_md_hmac_reset(&s->md) != 0 || mbedtls_md_hmac_update(&s->md, j->in, j->a) != 0 ||
               mbedtls_md_hmac_finish(&s->md, s->digest) != 0;
    case W_SHA256:
        return mbedtls_sha256_starts(&s->sha256, 0) != 0 || mbedtls_sha256_update(&s->sha256, j->in, j->a) != 0 ||
               mbedtls_sha256_finish(&s->sha256, s->digest) != 0;
    case W_SHA512:
        return mbedtls_sha512_starts(&s->sha512, 0) != 0 || mbedtls_sha512_update(&s->sha512, j->in, j->a) != 0 ||
               mbedtls_sha512_finish(&s->sha512, s->digest) != 0;
    case W_DH_SECRET:
    case W_DH_PUBLIC:
    case W_DH_BASE:
    case W_DH_AGREE:
        return bare_dh_step(s, j);
    default:
        return bare_group_step(s, j);
    }
}

static eb_status bare_run(void *state)
{
    struct bare *s = state;
    for (size_t i = 0; i < s->n; i++) {
        if (bare_step(s, &s->jobs[i])) {
            return EB_ERR_BACKEND;
        }
    }
    return EB_OK;
}

static const eb_floor library_floor = {
    .classes = 1u << EB_AEAD | 1u << EB_DH | 1u << EB_MAC | 1u << EB_HASH | 1u << EB_GROUP,
    .prepare = bare_prepare,
    .run = bare_run,
    .release = bare_release,
};

/* ---- The backend ---- */

static const char *library_version(void)
{
    static char text[18]; /* what the library asks for in 3.6; 9 in 2.28. Each call writes the same. */
    mbedtls_version_get_string(text);
    return text;
}

static eb_status library_start(void)
{
    static const unsigned char name[] = "escrowbench";
    atomic_store_explicit(&drawn_bytes, 0, memory_order_relaxed);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    if (mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, name, sizeof name - 1) != 0) {
        mbedtls_ctr_drbg_free(&drbg);
        mbedtls_entropy_free(&entropy);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static void library_stop(void)
{
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
}

static const eb_prim *const library_prims[] = {
    &prim_chacha.prim,
    &prim_gcm256.prim,
    &prim_gcm128.prim,
    &prim_x25519.prim,
    &prim_p256.prim,
    &prim_hmac.prim,
    &prim_sha256.prim,
    &prim_sha512.prim,
    &prim_group.prim,
    &eb_mbedtls_rsa_1280_oaep.prim,
    &eb_mbedtls_rsa_2048_oaep.prim,
    &eb_mbedtls_aes_128_ctr.prim,
    &eb_mbedtls_ecdsa_p256.prim,
    NULL,
};

static const eb_absent library_absent[] = {
    {.id = "ed25519", .reason = "mbedTLS has no Edwards curves"},
    {.id = "ristretto255", .reason = "mbedTLS has no ristretto255, nor the curve under it"},
    {.id = "ml-kem-768", .reason = "mbedTLS has no ML-KEM"},
    {.id = "ml-kem-1024", .reason = "mbedTLS has no ML-KEM"},
    {.id = "x-wing", .reason = "mbedTLS has no ML-KEM"},
    {.id = "aes-256-kw",
     .reason = "this adapter has no AES-KW: distributions build mbedTLS without it (MBEDTLS_NIST_KW_C)"},
    {.id = "sealed-box", .reason = "sealed boxes are libsodium's own"},
    {.id = "cms", .reason = "mbedTLS makes no CMS envelopes"},
    {.id = NULL},
};

static const eb_floor *const library_floors[] = {
    &library_floor, &eb_mbedtls_sig_floor, &eb_mbedtls_pke_floor, &eb_mbedtls_cipher_floor, NULL,
};

const eb_backend eb_backend_mbedtls = {
    .abi = EB_ABI,
    .id = "mbedtls",
    .library = "mbedTLS",
    .version = library_version,
    .start = library_start,
    .stop = library_stop,
    .prims = library_prims,
    .absent = library_absent,
    .floors = library_floors,
    .drawn = blinding_drawn,
    .draw_fixed = fix_draws,
};
