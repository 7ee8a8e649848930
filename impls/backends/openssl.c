/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The adapter for OpenSSL 3.0 and later.
 *
 * Figures in the comments: OpenSSL 3.0.19, x86-64 with ADX, one pinned CPU, best of seven runs. They say why a way
 * was chosen over another, not what it costs on your machine.
 *
 * OpenSSL keeps copies of what it computed (BIGNUM and point temporaries, key schedules) in its objects; they are
 * cleared when the context is, in `fini`.
 */
#include "backends/openssl/internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/opensslv.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <openssl/rand.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "this adapter needs OpenSSL 3.0 or later"
#endif

/* ---- AEAD ------------------------------------------------------------------------------------------------------- */

enum { TAG_LEN = 16 };

/* EVP counts bytes in an int. Long inputs go in pieces of this size, a multiple of every block length. */
#define PIECE ((size_t)1 << 30)

struct aead_ctx {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *enc, *dec;
    OSSL_PARAM tag_param[2]; /* names `tag`; half the price of EVP_CIPHER_CTX_ctrl, which builds one per call */
    uint8_t tag[TAG_LEN];
    /* A key schedule belongs to one direction and costs as much as sealing a short message (AES-256-GCM: 160 ns), so
       each direction is keyed when it is first used. */
    uint8_t key[EB_MAX_KEY];
    bool key_enc, key_dec; /* not yet keyed with `key` */
    size_t key_len;
};

static void aead_fini(void *ctx)
{
    struct aead_ctx *c = ctx;

    EVP_CIPHER_CTX_free(c->enc);
    EVP_CIPHER_CTX_free(c->dec);
    EVP_CIPHER_free(c->cipher);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status aead_init(struct aead_ctx *c, const char *name)
{
    c->cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    c->enc = EVP_CIPHER_CTX_new();
    c->dec = EVP_CIPHER_CTX_new();
    c->tag_param[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, c->tag, sizeof c->tag);
    c->tag_param[1] = OSSL_PARAM_construct_end();
    if (c->cipher == NULL || c->enc == NULL || c->dec == NULL ||
        EVP_EncryptInit_ex2(c->enc, c->cipher, NULL, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex2(c->dec, c->cipher, NULL, NULL, NULL) != 1) {
        aead_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    c->key_len = (size_t)EVP_CIPHER_get_key_length(c->cipher);
    return EB_OK;
}

static eb_status chacha20_poly1305_init(void *ctx)
{
    return aead_init(ctx, "ChaCha20-Poly1305");
}

static eb_status aes_256_gcm_init(void *ctx)
{
    return aead_init(ctx, "AES-256-GCM");
}

static eb_status aes_128_gcm_init(void *ctx)
{
    return aead_init(ctx, "AES-128-GCM");
}

static eb_status aead_set_key(void *ctx, const uint8_t *key)
{
    struct aead_ctx *c = ctx;

    memcpy(c->key, key, c->key_len);
    c->key_enc = c->key_dec = true;
    return EB_OK;
}

/* Feeds `len` bytes; `out` NULL makes them associated data (EVP_EncryptInit(3), "AEAD Interface"). */
static bool aead_update(EVP_CIPHER_CTX *x, uint8_t *out, const uint8_t *in, size_t len)
{
    while (len > 0) {
        size_t piece = len < PIECE ? len : PIECE;
        int written = 0;

        if (EVP_CipherUpdate(x, out, &written, in, (int)piece) != 1 || (size_t)written != piece) {
            return false;
        }
        in += piece;
        out = out == NULL ? NULL : out + piece;
        len -= piece;
    }
    return true;
}

static eb_status aead_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    struct aead_ctx *c = ctx;
    uint8_t none[TAG_LEN]; /* where the last call would write, were these no stream ciphers */
    int written = 0;

    if (EVP_EncryptInit_ex2(c->enc, NULL, c->key_enc ? c->key : NULL, nonce, NULL) != 1 ||
        !aead_update(c->enc, NULL, ad.ptr, ad.len) || !aead_update(c->enc, ct, pt.ptr, pt.len) ||
        EVP_EncryptFinal_ex(c->enc, none, &written) != 1 || written != 0 ||
        EVP_CIPHER_CTX_get_params(c->enc, c->tag_param) != 1) {
        return fail(EB_ERR_BACKEND, ct, pt.len + TAG_LEN);
    }
    c->key_enc = false;
    memcpy(ct + pt.len, c->tag, TAG_LEN);
    return EB_OK;
}

static eb_status aead_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    struct aead_ctx *c = ctx;
    uint8_t none[TAG_LEN];
    int written = 0;

    if (ct.len < TAG_LEN) {
        return EB_ERR_AUTH;
    }

    size_t len = ct.len - TAG_LEN;
    memcpy(c->tag, ct.ptr + len, TAG_LEN);
    if (EVP_DecryptInit_ex2(c->dec, NULL, c->key_dec ? c->key : NULL, nonce, NULL) != 1 ||
        EVP_CIPHER_CTX_set_params(c->dec, c->tag_param) != 1 || !aead_update(c->dec, NULL, ad.ptr, ad.len) ||
        !aead_update(c->dec, pt, ct.ptr, len)) {
        return fail(EB_ERR_BACKEND, pt, len);
    }
    c->key_dec = false;
    if (EVP_DecryptFinal_ex(c->dec, none, &written) != 1 || written != 0) {
        return fail(EB_ERR_AUTH, pt, len);
    }
    return EB_OK;
}

static const eb_aead chacha20_poly1305 = {
    .prim =
        {
            .cls = EB_AEAD,
            .id = "chacha20-poly1305",
            .spec = "RFC 8439",
            .ctx_size = sizeof(struct aead_ctx),
            .init = chacha20_poly1305_init,
            .fini = aead_fini,
        },
    .key_len = 32,
    .nonce_len = 12,
    .tag_len = TAG_LEN,
    .set_key = aead_set_key,
    .seal = aead_seal,
    .open = aead_open,
};

static const eb_aead aes_256_gcm = {
    .prim =
        {
            .cls = EB_AEAD,
            .id = "aes-256-gcm",
            .spec = "NIST SP 800-38D",
            .ctx_size = sizeof(struct aead_ctx),
            .init = aes_256_gcm_init,
            .fini = aead_fini,
        },
    .key_len = 32,
    .nonce_len = 12,
    .tag_len = TAG_LEN,
    .set_key = aead_set_key,
    .seal = aead_seal,
    .open = aead_open,
};

/* No suite of ours has it; the vectors of RFC 9180 do. */
static const eb_aead aes_128_gcm = {
    .prim =
        {
            .cls = EB_AEAD,
            .id = "aes-128-gcm",
            .spec = "NIST SP 800-38D",
            .ctx_size = sizeof(struct aead_ctx),
            .init = aes_128_gcm_init,
            .fini = aead_fini,
        },
    .key_len = 16,
    .nonce_len = 12,
    .tag_len = TAG_LEN,
    .set_key = aead_set_key,
    .seal = aead_seal,
    .open = aead_open,
};

/* ---- X25519 ----------------------------------------------------------------------------------------------------- */

static void x25519_fini(void *ctx)
{
    struct x25519_ctx *c = ctx;

    EVP_PKEY_CTX_free(c->import);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status x25519_init(void *ctx)
{
    struct x25519_ctx *c = ctx;

    c->secret_param[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, c->raw, sizeof c->raw);
    c->public_param[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, c->raw, sizeof c->raw);
    c->secret_param[1] = c->public_param[1] = OSSL_PARAM_construct_end();
    c->import = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    if (c->import == NULL || EVP_PKEY_fromdata_init(c->import) != 1) {
        x25519_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static void x25519_key_fini(void *ctx, void *key)
{
    struct x25519_key *k = key;

    (void)ctx;
    EVP_PKEY_CTX_free(k->derive);
    EVP_PKEY_free(k->pkey);
    *k = (struct x25519_key){0};
}

static eb_status x25519_import(struct x25519_ctx *c, struct x25519_key *k, const uint8_t *raw, int selection,
                               OSSL_PARAM *param)
{
    int ok;

    *k = (struct x25519_key){0};
    memcpy(c->raw, raw, sizeof c->raw); /* OSSL_PARAM wants a pointer to what is not const */
    ok = EVP_PKEY_fromdata(c->import, &k->pkey, selection, param);
    OPENSSL_cleanse(c->raw, sizeof c->raw);
    if (ok != 1) {
        x25519_key_fini(c, k);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status x25519_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct x25519_ctx *c = ctx;

    return x25519_import(c, key, sk, EVP_PKEY_KEYPAIR, c->secret_param);
}

static eb_status x25519_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct x25519_ctx *c = ctx;
    struct x25519_key *k = key;
    eb_status status = x25519_import(c, k, pk, EVP_PKEY_PUBLIC_KEY, c->public_param);

    if (status == EB_OK) {
        memcpy(k->pk, pk, X25519_LEN);
        k->encoded = true;
    }
    return status;
}

static eb_status x25519_encode(void *ctx, uint8_t *pk, void *key)
{
    struct x25519_key *o = key;
    size_t len = X25519_LEN;

    (void)ctx;
    if (!o->encoded) {
        if (EVP_PKEY_get_raw_public_key(o->pkey, o->pk, &len) != 1 || len != X25519_LEN) {
            return fail(EB_ERR_BACKEND, pk, X25519_LEN);
        }
        o->encoded = true;
    }
    memcpy(pk, o->pk, X25519_LEN);
    return EB_OK;
}

static bool x25519_ready(struct x25519_key *o)
{
    if (o->derive == NULL) {
        o->derive = EVP_PKEY_CTX_new_from_pkey(NULL, o->pkey, NULL);
        if (o->derive == NULL || EVP_PKEY_derive_init(o->derive) != 1) {
            EVP_PKEY_CTX_free(o->derive);
            o->derive = NULL;
        }
    }
    return o->derive != NULL;
}

/* Whether the agreement that just failed did so because the library refuses an all-zero result: its one use of this
   reason for X25519. */
static bool x25519_refused(void)
{
    unsigned long error;

    while ((error = ERR_get_error()) != 0) {
        if (ERR_GET_LIB(error) == ERR_LIB_PROV && ERR_GET_REASON(error) == PROV_R_FAILED_DURING_DERIVATION) {
            return true;
        }
    }
    return false;
}

static eb_status x25519_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    /* A secret key object is used as it is; only its derive context, which is a cache, is added to it. */
    struct x25519_key *own = (struct x25519_key *)(uintptr_t)sk;
    const struct x25519_key *peer = pk;
    size_t len = X25519_LEN;

    (void)ctx;
    /* No validation of the peer: any 32 bytes are a public key (RFC 7748, s. 5), and asking costs 0.9 us. */
    if (!x25519_ready(own) || EVP_PKEY_derive_set_peer_ex(own->derive, peer->pkey, 0) != 1) {
        return fail(EB_ERR_BACKEND, ss, X25519_LEN);
    }
    if (EVP_PKEY_derive(own->derive, ss, &len) != 1 || len != X25519_LEN) {
        return fail(x25519_refused() ? EB_ERR_INVALID : EB_ERR_BACKEND, ss, X25519_LEN);
    }
    return EB_OK;
}

static const eb_dh x25519 = {
    .prim =
        {
            .cls = EB_DH,
            .id = "x25519",
            .spec = "RFC 7748",
            .ctx_size = sizeof(struct x25519_ctx),
            .init = x25519_init,
            .fini = x25519_fini,
        },
    .sk_len = X25519_LEN,
    .pk_len = X25519_LEN,
    .ss_len = X25519_LEN,
    .key_size = sizeof(struct x25519_key),
    .secret_key = x25519_secret_key,
    .public_key = x25519_public_key,
    .encode = x25519_encode,
    .agree = x25519_agree,
    .key_fini = x25519_key_fini,
};

const eb_dh *const eb_openssl_x25519 = &x25519;

/* ---- P-256: what Diffie-Hellman and the group share ------------------------------------------------------------- */

enum { P256_SCALAR = 32, P256_POINT = 65, P256_PACKED = 33, P256_WIDE = 48 };

struct p256 {
    EC_GROUP *group;
    const BIGNUM *order; /* of `group` */
    BN_CTX *bn;
    BIGNUM *secret;     /* the secret scalar at work: BN_FLG_CONSTTIME */
    EC_POINT *in, *out; /* operand and result of a multiplication */
};

static void p256_close(struct p256 *c)
{
    EC_POINT_clear_free(c->in);
    EC_POINT_clear_free(c->out);
    BN_clear_free(c->secret);
    BN_CTX_free(c->bn);
    EC_GROUP_free(c->group);
}

static bool p256_open(struct p256 *c)
{
    c->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    c->bn = BN_CTX_new();
    c->secret = BN_new();
    if (c->group == NULL || c->bn == NULL || c->secret == NULL) {
        return false;
    }
    BN_set_flags(c->secret, BN_FLG_CONSTTIME);
    c->order = EC_GROUP_get0_order(c->group);
    c->in = EC_POINT_new(c->group);
    c->out = EC_POINT_new(c->group);
    return c->order != NULL && c->in != NULL && c->out != NULL;
}

/* SEC 1, s. 2.3.4. The library checks that the coordinates are below p and on the curve; with it 0x06 and 0x07 (the
   hybrid form of ANSI X9.62) would pass too. */
static bool p256_decode(struct p256 *c, EC_POINT *point, const uint8_t *p)
{
    return p[0] == POINT_CONVERSION_UNCOMPRESSED && EC_POINT_oct2point(c->group, point, p, P256_POINT, c->bn) == 1;
}

/* SEC 1, s. 2.3.3. False for the identity, whose encoding is one byte. */
static bool p256_encode(struct p256 *c, uint8_t *p, const EC_POINT *point)
{
    return EC_POINT_point2oct(c->group, point, POINT_CONVERSION_UNCOMPRESSED, p, P256_POINT, c->bn) == P256_POINT;
}

/* out = s * generator, encoded; EB_ERR_INVALID if s is zero. */
static eb_status p256_public(struct p256 *c, uint8_t *out, const uint8_t *s)
{
    if (BN_bin2bn(s, P256_SCALAR, c->secret) == NULL ||
        EC_POINT_mul(c->group, c->out, c->secret, NULL, NULL, c->bn) != 1) {
        return fail(EB_ERR_BACKEND, out, P256_POINT);
    }
    if (!p256_encode(c, out, c->out)) {
        return fail(EB_ERR_INVALID, out, P256_POINT);
    }
    return EB_OK;
}

/* EB_ERR_INVALID unless 0 < s < order. */
static eb_status p256_scalar_check(struct p256 *c, const uint8_t *s)
{
    if (BN_bin2bn(s, P256_SCALAR, c->secret) == NULL) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return eb_public_result(BN_is_zero(c->secret)) || eb_public_result(BN_ucmp(c->secret, c->order)) >= 0
               ? EB_ERR_INVALID
               : EB_OK;
}

/* ---- Diffie-Hellman on P-256 ------------------------------------------------------------------------------------ */

/* On EC_POINT, not on EVP_PKEY: importing a public key takes 0.5 us instead of 14 us (the provider builds a group for
   each key), agreeing 39.7 us instead of 40.8 us. Any point of the curve is valid: its cofactor is 1 (SEC 1,
   s. 3.2.2.1). */
struct p256_dh_ctx {
    struct p256 curve;
    /* Points of finished keys, for the next ones: a point takes five allocations. */
    EC_POINT *spare[8];
    size_t spares;
};

struct p256_key {
    EC_POINT *point; /* a public key; NULL in a secret key */
    bool encoded;    /* `pk` is filled */
    uint8_t pk[P256_POINT];
    uint8_t sk[P256_SCALAR];
};

static void p256_dh_fini(void *ctx)
{
    struct p256_dh_ctx *c = ctx;

    while (c->spares > 0) {
        EC_POINT_free(c->spare[--c->spares]);
    }
    p256_close(&c->curve);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status p256_dh_init(void *ctx)
{
    struct p256_dh_ctx *c = ctx;

    if (!p256_open(&c->curve)) {
        p256_dh_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static void p256_key_fini(void *ctx, void *key)
{
    struct p256_dh_ctx *c = ctx;
    struct p256_key *k = key;

    if (k->point != NULL && c->spares < COUNT(c->spare)) {
        c->spare[c->spares++] = k->point;
    } else {
        EC_POINT_free(k->point);
    }
    OPENSSL_cleanse(k, sizeof *k);
}

static eb_status p256_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct p256_dh_ctx *c = ctx;
    struct p256_key *k = key;
    eb_status status = p256_scalar_check(&c->curve, sk);

    if (status == EB_OK) {
        memcpy(k->sk, sk, P256_SCALAR);
        k->encoded = false;
        k->point = NULL;
    }
    return status;
}

static eb_status p256_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct p256_dh_ctx *c = ctx;
    struct p256_key *k = key;

    k->point = c->spares > 0 ? c->spare[--c->spares] : EC_POINT_new(c->curve.group);
    if (k->point == NULL) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    if (!p256_decode(&c->curve, k->point, pk)) {
        p256_key_fini(c, k);
        return fail(EB_ERR_INVALID, NULL, 0);
    }
    memcpy(k->pk, pk, P256_POINT);
    k->encoded = true;
    return EB_OK;
}

static eb_status p256_dh_encode(void *ctx, uint8_t *pk, void *key)
{
    struct p256_dh_ctx *c = ctx;
    struct p256_key *k = key;

    if (!k->encoded) {
        eb_status status = p256_public(&c->curve, k->pk, k->sk);

        if (status != EB_OK) {
            return fail(EB_ERR_BACKEND, pk, P256_POINT);
        }
        k->encoded = true;
    }
    memcpy(pk, k->pk, P256_POINT);
    return EB_OK;
}

/* SEC 1, s. 3.3.1. The result is never the identity: the order is prime and the scalar is not zero. */
static eb_status p256_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    struct p256 *c = &((struct p256_dh_ctx *)ctx)->curve;
    const struct p256_key *own = sk;
    const struct p256_key *peer = pk;
    /* The x coordinate goes through a constant-time BIGNUM as well, which the multiplication no longer needs. */
    BIGNUM *x = c->secret;

    if (BN_bin2bn(own->sk, P256_SCALAR, c->secret) == NULL ||
        EC_POINT_mul(c->group, c->out, NULL, peer->point, c->secret, c->bn) != 1 ||
        EC_POINT_get_affine_coordinates(c->group, c->out, x, NULL, c->bn) != 1 ||
        BN_bn2binpad(x, ss, P256_SCALAR) != P256_SCALAR) {
        return fail(EB_ERR_BACKEND, ss, P256_SCALAR);
    }
    return EB_OK;
}

static const eb_dh p256_dh = {
    .prim =
        {
            .cls = EB_DH,
            .id = "p256",
            .spec = "SEC 1, s. 3.3.1; NIST SP 800-186",
            .ctx_size = sizeof(struct p256_dh_ctx),
            .init = p256_dh_init,
            .fini = p256_dh_fini,
        },
    .sk_len = P256_SCALAR,
    .pk_len = P256_POINT,
    .ss_len = P256_SCALAR,
    .key_size = sizeof(struct p256_key),
    .secret_key = p256_secret_key,
    .public_key = p256_public_key,
    .encode = p256_dh_encode,
    .agree = p256_agree,
    .key_fini = p256_key_fini,
};

/* ---- HMAC ------------------------------------------------------------------------------------------------------- */

enum { SHA256_LEN = 32, SHA256_BLOCK = 64, SHA512_LEN = 64, SHA512_BLOCK = 128 };

struct hmac_ctx {
    EVP_MAC *mac;
    EVP_MAC_CTX *state;
    bool fresh; /* keyed, and nothing computed since */
};

static void hmac_fini(void *ctx)
{
    struct hmac_ctx *c = ctx;

    EVP_MAC_CTX_free(c->state);
    EVP_MAC_free(c->mac);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status hmac_sha256_init(void *ctx)
{
    struct hmac_ctx *c = ctx;
    char digest[] = "SHA256";
    /* Given once: with each key it would look up the digest again, at 270 ns. */
    OSSL_PARAM param[2] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};

    c->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (c->mac != NULL) {
        c->state = EVP_MAC_CTX_new(c->mac);
    }
    if (c->state == NULL || EVP_MAC_CTX_set_params(c->state, param) != 1) {
        hmac_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status hmac_set_key(void *ctx, eb_bytes key)
{
    static const uint8_t none[1];
    struct hmac_ctx *c = ctx;

    /* A NULL key would mean "the same as before". */
    if (EVP_MAC_init(c->state, key.len > 0 ? key.ptr : none, key.len, NULL) != 1) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    c->fresh = true;
    return EB_OK;
}

/* Starting again under the same key copies the inner hash state (36 ns, against 217 ns for a key and 225 ns more for
   EVP_MAC_CTX_dup). Two EVP_MD_CTX of our own would save 70 ns of a MAC's 230 ns, but would be our HMAC. */
static eb_status hmac_compute(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    struct hmac_ctx *c = ctx;
    size_t len = 0;
    bool ok = c->fresh || EVP_MAC_init(c->state, NULL, 0, NULL) == 1;

    c->fresh = false;
    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 || EVP_MAC_update(c->state, parts[i].ptr, parts[i].len) == 1;
    }
    if (!ok || EVP_MAC_final(c->state, tag, &len, SHA256_LEN) != 1 || len != SHA256_LEN) {
        return fail(EB_ERR_BACKEND, tag, SHA256_LEN);
    }
    return EB_OK;
}

static const eb_mac hmac_sha256 = {
    .prim =
        {
            .cls = EB_MAC,
            .id = "hmac-sha256",
            .spec = "RFC 2104",
            .ctx_size = sizeof(struct hmac_ctx),
            .init = hmac_sha256_init,
            .fini = hmac_fini,
        },
    .tag_len = SHA256_LEN,
    .block_len = SHA256_BLOCK,
    .set_key = hmac_set_key,
    .compute = hmac_compute,
};

/* ---- Hashes ----------------------------------------------------------------------------------------------------- */

struct hash_ctx {
    EVP_MD *md;
    EVP_MD_CTX *state;
    size_t len;
};

static void hash_fini(void *ctx)
{
    struct hash_ctx *c = ctx;

    EVP_MD_CTX_free(c->state);
    EVP_MD_free(c->md);
    OPENSSL_cleanse(c, sizeof *c);
}

static eb_status hash_init(struct hash_ctx *c, const char *name, size_t len)
{
    c->md = EVP_MD_fetch(NULL, name, NULL);
    c->state = EVP_MD_CTX_new();
    c->len = len;
    if (c->md == NULL || c->state == NULL) {
        hash_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status sha256_init(void *ctx)
{
    return hash_init(ctx, "SHA256", SHA256_LEN);
}

static eb_status sha512_init(void *ctx)
{
    return hash_init(ctx, "SHA512", SHA512_LEN);
}

/* OpenSSL 3.0 makes a new hash state at each start, whichever way one starts; one allocation a hash. */
static eb_status hash_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    struct hash_ctx *c = ctx;
    unsigned len = 0;
    bool ok = EVP_DigestInit_ex2(c->state, c->md, NULL) == 1;

    for (size_t i = 0; ok && i < n; i++) {
        ok = parts[i].len == 0 || EVP_DigestUpdate(c->state, parts[i].ptr, parts[i].len) == 1;
    }
    if (!ok || EVP_DigestFinal_ex(c->state, out, &len) != 1 || len != c->len) {
        return fail(EB_ERR_BACKEND, out, c->len);
    }
    return EB_OK;
}

static const eb_hash sha256 = {
    .prim =
        {
            .cls = EB_HASH,
            .id = "sha256",
            .spec = "FIPS 180-4",
            .ctx_size = sizeof(struct hash_ctx),
            .init = sha256_init,
            .fini = hash_fini,
        },
    .out_len = SHA256_LEN,
    .block_len = SHA256_BLOCK,
    .digest = hash_digest,
};

static const eb_hash sha512 = {
    .prim =
        {
            .cls = EB_HASH,
            .id = "sha512",
            .spec = "FIPS 180-4",
            .ctx_size = sizeof(struct hash_ctx),
            .init = sha512_init,
            .fini = hash_fini,
        },
    .out_len = SHA512_LEN,
    .block_len = SHA512_BLOCK,
    .digest = hash_digest,
};

/* ---- The group P-256 -------------------------------------------------------------------------------------------- */

/* Terms that one call of the library adds up. It keeps 1.5 KiB of multiples a term while it works; beyond 64 terms the
   price of a term falls by less than 2 %. */
enum { BATCH = 64 };

struct group_ctx {
    struct p256 curve;
    BN_MONT_CTX *mont;      /* modulo the order */
    BIGNUM *exponent;       /* order - 2 */
    BIGNUM *a, *b, *r;      /* operands and result of scalar arithmetic: BN_FLG_CONSTTIME */
    BIGNUM *base, *one;     /* of combine: the generator's scalar; that of one of its terms */
    BIGNUM *scalars[BATCH]; /* of combine: public */
    EC_POINT *points[BATCH];
    EC_POINT *part;
};

static void group_fini(void *ctx)
{
    struct group_ctx *c = ctx;

    for (size_t i = 0; i < BATCH; i++) {
        BN_clear_free(c->scalars[i]);
        EC_POINT_clear_free(c->points[i]);
    }
    EC_POINT_clear_free(c->part);
    BN_clear_free(c->one);
    BN_clear_free(c->base);
    BN_clear_free(c->r);
    BN_clear_free(c->b);
    BN_clear_free(c->a);
    BN_free(c->exponent);
    BN_MONT_CTX_free(c->mont);
    p256_close(&c->curve);
    OPENSSL_cleanse(c, sizeof *c);
}

static bool group_open(struct group_ctx *c)
{
    if (!p256_open(&c->curve)) {
        return false;
    }
    c->mont = BN_MONT_CTX_new();
    c->exponent = BN_dup(c->curve.order);
    c->a = BN_new();
    c->b = BN_new();
    c->r = BN_new();
    c->base = BN_new();
    c->one = BN_new();
    c->part = EC_POINT_new(c->curve.group);
    if (c->mont == NULL || c->exponent == NULL || c->a == NULL || c->b == NULL || c->r == NULL || c->base == NULL ||
        c->one == NULL || c->part == NULL || BN_MONT_CTX_set(c->mont, c->curve.order, c->curve.bn) != 1 ||
        BN_sub_word(c->exponent, 2) != 1) {
        return false;
    }
    BN_set_flags(c->a, BN_FLG_CONSTTIME);
    BN_set_flags(c->b, BN_FLG_CONSTTIME);
    BN_set_flags(c->r, BN_FLG_CONSTTIME);
    for (size_t i = 0; i < BATCH; i++) {
        c->scalars[i] = BN_new();
        c->points[i] = EC_POINT_new(c->curve.group);
        if (c->scalars[i] == NULL || c->points[i] == NULL) {
            return false;
        }
    }
    return true;
}

static eb_status group_init(void *ctx)
{
    struct group_ctx *c = ctx;

    if (!group_open(c)) {
        group_fini(c);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

static eb_status group_scalar_check(void *ctx, const uint8_t *s)
{
    struct group_ctx *c = ctx;

    return p256_scalar_check(&c->curve, s);
}

/* Loads one or two operands (`b` may be NULL). */
static bool scalars_load(struct group_ctx *c, const uint8_t *a, const uint8_t *b)
{
    return BN_bin2bn(a, P256_SCALAR, c->a) != NULL && (b == NULL || BN_bin2bn(b, P256_SCALAR, c->b) != NULL);
}

/* Writes `c->r` if it was computed. */
static eb_status scalar_store(struct group_ctx *c, uint8_t *out, bool ok)
{
    if (!ok || BN_bn2binpad(c->r, out, P256_SCALAR) != P256_SCALAR) {
        return fail(EB_ERR_BACKEND, out, P256_SCALAR);
    }
    return EB_OK;
}

static eb_status group_scalar_reduce(void *ctx, uint8_t *out, const uint8_t *wide)
{
    struct group_ctx *c = ctx;

    return scalar_store(
        c, out, BN_bin2bn(wide, P256_WIDE, c->a) != NULL && BN_mod(c->r, c->a, c->curve.order, c->curve.bn) == 1);
}

static eb_status group_scalar_add(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group_ctx *c = ctx;

    return scalar_store(c, out, scalars_load(c, a, b) && BN_mod_add_quick(c->r, c->a, c->b, c->curve.order) == 1);
}

/* As a + (order - b): BN_mod_sub_quick branches on the sign of a - b, BN_mod_add_quick on nothing. */
static eb_status group_scalar_sub(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group_ctx *c = ctx;
    bool ok = scalars_load(c, a, b);

    if (ok && eb_public_result(BN_is_zero(c->b))) { /* order - 0 is no reduced operand */
        return scalar_store(c, out, BN_copy(c->r, c->a) != NULL);
    }
    return scalar_store(c, out,
                        ok && BN_usub(c->b, c->curve.order, c->b) == 1 &&
                            BN_mod_add_quick(c->r, c->a, c->b, c->curve.order) == 1);
}

/* Two Montgomery multiplications: with a * R, the second one's division by R gives a * b itself. */
static eb_status group_scalar_mul(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    struct group_ctx *c = ctx;

    return scalar_store(c, out,
                        scalars_load(c, a, b) && BN_to_montgomery(c->a, c->a, c->mont, c->curve.bn) == 1 &&
                            BN_mod_mul_montgomery(c->r, c->a, c->b, c->mont, c->curve.bn) == 1);
}

/* a^(order - 2), by Fermat. BN_mod_inverse would take 10 us instead of 13 us, but by Euclid's algorithm, whose number
   of steps depends on `a` in its branchless form too. */
static eb_status group_scalar_invert(void *ctx, uint8_t *out, const uint8_t *a)
{
    struct group_ctx *c = ctx;
    bool ok = scalars_load(c, a, NULL);

    if (ok && eb_public_result(BN_is_zero(c->a))) {
        return fail(EB_ERR_INVALID, out, P256_SCALAR);
    }
    return scalar_store(
        c, out, ok && BN_mod_exp_mont_consttime(c->r, c->a, c->exponent, c->curve.order, c->curve.bn, c->mont) == 1);
}

static eb_status group_point_check(void *ctx, const uint8_t *p)
{
    struct p256 *c = &((struct group_ctx *)ctx)->curve;

    return p256_decode(c, c->in, p) ? EB_OK : fail(EB_ERR_INVALID, NULL, 0);
}

static eb_status group_mul(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p)
{
    struct p256 *c = &((struct group_ctx *)ctx)->curve;

    if (!p256_decode(c, c->in, p)) {
        return fail(EB_ERR_INVALID, out, P256_POINT);
    }
    if (BN_bin2bn(s, P256_SCALAR, c->secret) == NULL ||
        EC_POINT_mul(c->group, c->out, NULL, c->in, c->secret, c->bn) != 1) {
        return fail(EB_ERR_BACKEND, out, P256_POINT);
    }
    return p256_encode(c, out, c->out) ? EB_OK : fail(EB_ERR_INVALID, out, P256_POINT);
}

static eb_status group_mul_base(void *ctx, uint8_t *out, const uint8_t *s)
{
    struct group_ctx *c = ctx;

    return p256_public(&c->curve, out, s);
}

/* r = base * generator + sum of the first n scalars times points; `base` NULL for none. EC_POINTs_mul is deprecated
   since 3.0 without a successor (and is there in 3.5): it shares the doublings among the terms, which takes 24 us a
   term at 2 terms, 20 us at 3, 15 us at 8 and 12 us from 32 on, where EC_POINT_mul takes 37 us. */
static bool group_sum(struct group_ctx *c, EC_POINT *r, const BIGNUM *base, size_t n)
{
    const EC_POINT *points[BATCH];
    const BIGNUM *scalars[BATCH];

    for (size_t i = 0; i < n; i++) {
        points[i] = c->points[i];
        scalars[i] = c->scalars[i];
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return EC_POINTs_mul(c->curve.group, r, base, n, points, scalars, c->curve.bn) == 1;
#pragma GCC diagnostic pop
}

/* Adds the `held` terms in hand (and `base`, unless NULL) to curve.out; the first batch starts it. */
static bool group_flush(struct group_ctx *c, const BIGNUM *base, size_t held, bool first)
{
    struct p256 *v = &c->curve;

    return first ? group_sum(c, v->out, base, held)
                 : group_sum(c, c->part, base, held) && EC_POINT_add(v->group, v->out, v->out, c->part, v->bn) == 1;
}

/* curve.out = the sum of the terms. Terms of the generator become one. */
static eb_status group_combine_points(struct group_ctx *c, const eb_term *terms, size_t n)
{
    bool first = true;
    size_t held = 0;

    BN_zero(c->base);
    for (size_t i = 0; i < n; i++) {
        if (terms[i].point == NULL) {
            if (BN_bin2bn(terms[i].scalar, P256_SCALAR, c->one) == NULL ||
                BN_mod_add_quick(c->base, c->base, c->one, c->curve.order) != 1) {
                return EB_ERR_BACKEND;
            }
            continue;
        }
        if (held == BATCH) {
            if (!group_flush(c, NULL, held, first)) {
                return EB_ERR_BACKEND;
            }
            first = false;
            held = 0;
        }
        if (!p256_decode(&c->curve, c->points[held], terms[i].point)) {
            return EB_ERR_INVALID;
        }
        if (BN_bin2bn(terms[i].scalar, P256_SCALAR, c->scalars[held]) == NULL) {
            return EB_ERR_BACKEND;
        }
        held++;
    }
    return group_flush(c, BN_is_zero(c->base) ? NULL : c->base, held, first) ? EB_OK : EB_ERR_BACKEND;
}

static eb_status group_combine(void *ctx, uint8_t *out, const eb_term *terms, size_t n)
{
    struct group_ctx *c = ctx;
    eb_status status = group_combine_points(c, terms, n);

    if (status == EB_OK && !p256_encode(&c->curve, out, c->curve.out)) {
        status = EB_ERR_INVALID;
    }
    return status == EB_OK ? EB_OK : fail(status, out, P256_POINT);
}

/* SEC 1, s. 2.3.3: 0x02 or 0x03 by the parity of y, then x. Nothing to compute, so the library is not asked: it would
   check the point, which this function does not promise, and invert a coordinate (3 us). */
static eb_status group_pack(void *ctx, uint8_t *packed, const uint8_t *p)
{
    (void)ctx;
    if (p[0] != POINT_CONVERSION_UNCOMPRESSED) {
        return fail(EB_ERR_INVALID, packed, P256_PACKED);
    }
    packed[0] = (uint8_t)(POINT_CONVERSION_COMPRESSED | (p[P256_POINT - 1] & 1));
    memcpy(packed + 1, p + 1, P256_PACKED - 1);
    return EB_OK;
}

static eb_status group_unpack(void *ctx, uint8_t *p, const uint8_t *packed)
{
    struct p256 *c = &((struct group_ctx *)ctx)->curve;

    if ((packed[0] & 0xfe) != POINT_CONVERSION_COMPRESSED ||
        EC_POINT_oct2point(c->group, c->in, packed, P256_PACKED, c->bn) != 1) {
        return fail(EB_ERR_INVALID, p, P256_POINT);
    }
    return p256_encode(c, p, c->in) ? EB_OK : fail(EB_ERR_BACKEND, p, P256_POINT);
}

static const eb_group p256_group = {
    .prim =
        {
            .cls = EB_GROUP,
            .id = "p256",
            .spec = "NIST SP 800-186; SEC 1",
            .ctx_size = sizeof(struct group_ctx),
            .init = group_init,
            .fini = group_fini,
        },
    .scalar_len = P256_SCALAR,
    .point_len = P256_POINT,
    .packed_len = P256_PACKED,
    .wide_len = P256_WIDE,
    .little_endian = false,
    .hash_id = "sha256",
    .scalar_check = group_scalar_check,
    .scalar_reduce = group_scalar_reduce,
    .scalar_add = group_scalar_add,
    .scalar_sub = group_scalar_sub,
    .scalar_mul = group_scalar_mul,
    .scalar_invert = group_scalar_invert,
    .point_check = group_point_check,
    .mul = group_mul,
    .mul_base = group_mul_base,
    .combine = group_combine,
    .pack = group_pack,
    .unpack = group_unpack,
};

/* ---- The floor -------------------------------------------------------------------------------------------------- */

/* Nothing below uses anything from above but sizes, names and `fail`. Where there are two ways to call the library, the
   floor goes the one that the adapter found cheapest. Inputs are the same few bytes in all steps: what an operation
   hands on from one primitive to the next is hot as well. Scalars are dense: 0x5a and 0x3c repeated lie below the
   order. */

struct floor_aead {
    const eb_prim *prim;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *enc, *dec;
};

struct floor_x25519 {
    EVP_PKEY_CTX *import;
    OSSL_PARAM secret_param[2], public_param[2];
    uint8_t secret[X25519_LEN], public[X25519_LEN], ss[X25519_LEN];
    EVP_PKEY *hot_secret, *hot_peer; /* keys of before the operation, */
    EVP_PKEY_CTX *hot_derive;
    EVP_PKEY *new_secret, *new_peer; /* and those that it makes: NULL before it does */
    EVP_PKEY_CTX *new_derive;
    bool encoded; /* new_secret's public key has been asked for */
};

struct floor_p256 {
    EC_GROUP *group;
    const BIGNUM *order;
    BN_CTX *bn;
    BN_MONT_CTX *mont;
    BIGNUM *exponent, *hot_secret, *new_secret, *a, *b, *r;
    EC_POINT *hot_peer, *new_peer, *in, *out;
    bool has_secret, has_peer, encoded; /* the operation has made new_secret, new_peer, the former's public key */
    EC_POINT **points;                  /* of the longest combination */
    BIGNUM **scalars;
    const EC_POINT **points_in; /* the same, as the library takes them */
    const BIGNUM **scalars_in;
    size_t terms;
    uint8_t scalar[P256_SCALAR], other[P256_SCALAR], wide[P256_WIDE], point[P256_POINT], packed[P256_PACKED];
    uint8_t out_scalar[P256_SCALAR], out_point[P256_POINT], out_packed[P256_PACKED];
};

struct floor_step {
    eb_op op;
    bool x25519; /* of the two curves */
    bool rekey;  /* an AEAD_KEY or MAC_KEY came since the last use: what it costs falls due here */
    EVP_CIPHER_CTX *cipher;
    const EVP_MD *md;
    uint8_t *sealed; /* of AEAD_OPEN */
    int a, b;
};

struct floor_state {
    struct floor_step *steps;
    size_t n;
    struct floor_aead aeads[3];
    size_t aead_count;
    EVP_MD *sha256, *sha512;
    EVP_MD_CTX *hash;
    EVP_MAC *hmac;
    EVP_MAC_CTX *mac;
    struct floor_x25519 x;
    struct floor_p256 p;
    uint8_t *memory, *in, *out; /* `memory` holds inputs, outputs and the sealed texts */
    uint8_t key[EB_MAX_KEY], nonce[EB_MAX_NONCE], tag[TAG_LEN];
    OSSL_PARAM tag_param[2];
};

/* -- its preparation -- */

static bool floor_prepare_aead(struct floor_state *f, const eb_prim *prim, struct floor_aead **found)
{
    static const struct {
        const eb_prim *prim;
        const char *name;
    } names[] = {
        {.prim = &chacha20_poly1305.prim, .name = "ChaCha20-Poly1305"},
        {.prim = &aes_256_gcm.prim, .name = "AES-256-GCM"},
        {.prim = &aes_128_gcm.prim, .name = "AES-128-GCM"},
    };
    struct floor_aead *a;

    for (size_t i = 0; i < f->aead_count; i++) {
        if (f->aeads[i].prim == prim) {
            *found = &f->aeads[i];
            return true;
        }
    }
    if (f->aead_count == COUNT(f->aeads)) {
        return false;
    }
    *found = a = &f->aeads[f->aead_count++];
    a->prim = prim;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (names[i].prim == prim) {
            a->cipher = EVP_CIPHER_fetch(NULL, names[i].name, NULL);
        }
    }
    a->enc = EVP_CIPHER_CTX_new();
    a->dec = EVP_CIPHER_CTX_new();
    return a->cipher != NULL && a->enc != NULL && a->dec != NULL &&
           EVP_EncryptInit_ex2(a->enc, a->cipher, f->key, f->nonce, NULL) == 1 &&
           EVP_DecryptInit_ex2(a->dec, a->cipher, f->key, f->nonce, NULL) == 1;
}

static bool floor_prepare_x25519(struct floor_x25519 *x)
{
    if (x->import != NULL) {
        return true;
    }
    memset(x->secret, 0x5a, sizeof x->secret);
    memset(x->public, 0x3c, sizeof x->public);
    x->secret_param[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, x->secret, sizeof x->secret);
    x->public_param[0] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, x->public, sizeof x->public);
    x->secret_param[1] = x->public_param[1] = OSSL_PARAM_construct_end();
    x->import = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    if (x->import == NULL || EVP_PKEY_fromdata_init(x->import) != 1 ||
        EVP_PKEY_fromdata(x->import, &x->hot_secret, EVP_PKEY_KEYPAIR, x->secret_param) != 1 ||
        EVP_PKEY_fromdata(x->import, &x->hot_peer, EVP_PKEY_PUBLIC_KEY, x->public_param) != 1) {
        return false;
    }
    x->hot_derive = EVP_PKEY_CTX_new_from_pkey(NULL, x->hot_secret, NULL);
    return x->hot_derive != NULL && EVP_PKEY_derive_init(x->hot_derive) == 1;
}

static bool floor_prepare_numbers(struct floor_p256 *p)
{
    p->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    p->bn = BN_CTX_new();
    p->mont = BN_MONT_CTX_new();
    p->hot_secret = BN_new();
    p->new_secret = BN_new();
    p->a = BN_new();
    p->b = BN_new();
    p->r = BN_new();
    if (p->group == NULL || p->bn == NULL || p->mont == NULL || p->hot_secret == NULL || p->new_secret == NULL ||
        p->a == NULL || p->b == NULL || p->r == NULL) {
        return false;
    }
    BN_set_flags(p->hot_secret, BN_FLG_CONSTTIME);
    BN_set_flags(p->new_secret, BN_FLG_CONSTTIME);
    BN_set_flags(p->a, BN_FLG_CONSTTIME);
    BN_set_flags(p->b, BN_FLG_CONSTTIME);
    BN_set_flags(p->r, BN_FLG_CONSTTIME); /* secret results too: 15 ns at their encoding */
    p->order = EC_GROUP_get0_order(p->group);
    p->exponent = BN_dup(p->order);
    return p->exponent != NULL && BN_sub_word(p->exponent, 2) == 1 && BN_MONT_CTX_set(p->mont, p->order, p->bn) == 1;
}

static bool floor_prepare_p256(struct floor_p256 *p)
{
    if (p->group != NULL) {
        return true;
    }
    memset(p->scalar, 0x5a, sizeof p->scalar);
    memset(p->other, 0x3c, sizeof p->other);
    memset(p->wide, 0xa5, sizeof p->wide);
    if (!floor_prepare_numbers(p)) {
        return false;
    }
    p->hot_peer = EC_POINT_new(p->group);
    p->new_peer = EC_POINT_new(p->group);
    p->in = EC_POINT_new(p->group);
    p->out = EC_POINT_new(p->group);
    return p->hot_peer != NULL && p->new_peer != NULL && p->in != NULL && p->out != NULL &&
           BN_bin2bn(p->scalar, P256_SCALAR, p->hot_secret) != NULL &&
           EC_POINT_mul(p->group, p->out, p->hot_secret, NULL, NULL, p->bn) == 1 &&
           EC_POINT_point2oct(p->group, p->out, POINT_CONVERSION_UNCOMPRESSED, p->point, P256_POINT, p->bn) ==
               P256_POINT &&
           EC_POINT_point2oct(p->group, p->out, POINT_CONVERSION_COMPRESSED, p->packed, P256_PACKED, p->bn) ==
               P256_PACKED &&
           EC_POINT_oct2point(p->group, p->hot_peer, p->point, P256_POINT, p->bn) == 1;
}

static bool floor_prepare_terms(struct floor_p256 *p, size_t n)
{
    p->points = OPENSSL_zalloc((n + 1) * sizeof(EC_POINT *));
    p->scalars = OPENSSL_zalloc((n + 1) * sizeof(BIGNUM *));
    p->points_in = OPENSSL_zalloc((n + 1) * sizeof(const EC_POINT *));
    p->scalars_in = OPENSSL_zalloc((n + 1) * sizeof(const BIGNUM *));
    if (p->points == NULL || p->scalars == NULL || p->points_in == NULL || p->scalars_in == NULL) {
        return false;
    }
    for (p->terms = 0; p->terms < n; p->terms++) {
        p->points_in[p->terms] = p->points[p->terms] = EC_POINT_new(p->group);
        p->scalars_in[p->terms] = p->scalars[p->terms] = BN_new();
        if (p->points_in[p->terms] == NULL || p->scalars_in[p->terms] == NULL) {
            p->terms++; /* so that this half is freed as well */
            return false;
        }
    }
    return true;
}

static bool floor_prepare_mac(struct floor_state *f)
{
    char digest[] = "SHA256";
    OSSL_PARAM param[2] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};

    if (f->mac != NULL) {
        return true;
    }
    f->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    f->mac = f->hmac == NULL ? NULL : EVP_MAC_CTX_new(f->hmac);
    return f->mac != NULL && EVP_MAC_init(f->mac, f->key, sizeof f->key, param) == 1;
}

static bool floor_prepare_hash(struct floor_state *f, const eb_prim *prim, struct floor_step *s)
{
    EVP_MD **md = prim == &sha512.prim ? &f->sha512 : &f->sha256;

    if (*md == NULL) {
        *md = EVP_MD_fetch(NULL, prim == &sha512.prim ? "SHA512" : "SHA256", NULL);
    }
    if (f->hash == NULL) {
        f->hash = EVP_MD_CTX_new();
    }
    s->md = *md;
    return s->md != NULL && f->hash != NULL;
}

/* Inputs and outputs: the longest of all steps each. Sealed texts: one for each AEAD_OPEN. */
static bool floor_prepare_memory(struct floor_state *f)
{
    size_t longest = EB_MAX_BLOCK;
    size_t sealed = 0;
    size_t at;

    for (size_t i = 0; i < f->n; i++) {
        const struct floor_step *s = &f->steps[i];

        longest = (size_t)s->a > longest ? (size_t)s->a : longest;
        longest = (size_t)s->b > longest ? (size_t)s->b : longest;
        sealed += s->op == EB_OP_AEAD_OPEN ? (size_t)s->a + TAG_LEN : 0;
    }
    at = 2 * (longest + TAG_LEN);
    f->memory = OPENSSL_zalloc(at + sealed);
    if (f->memory == NULL) {
        return false;
    }
    f->in = f->memory;
    f->out = f->memory + longest + TAG_LEN;
    for (size_t i = 0; i < f->n; i++) {
        if (f->steps[i].op == EB_OP_AEAD_OPEN) {
            f->steps[i].sealed = f->memory + at;
            at += (size_t)f->steps[i].a + TAG_LEN;
        }
    }
    return true;
}

static bool floor_prepare_open(struct floor_state *f, struct floor_step *s, EVP_CIPHER_CTX *enc)
{
    int len = 0;

    return EVP_EncryptInit_ex2(enc, NULL, NULL, f->nonce, NULL) == 1 &&
           (s->b == 0 || EVP_EncryptUpdate(enc, NULL, &len, f->in, s->b) == 1) &&
           (s->a == 0 || EVP_EncryptUpdate(enc, s->sealed, &len, f->in, s->a) == 1) &&
           EVP_EncryptFinal_ex(enc, s->sealed + s->a, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(enc, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, s->sealed + s->a) == 1;
}

static bool floor_prepare_step(struct floor_state *f, struct floor_step *s, const eb_prim *prim)
{
    struct floor_aead *a;

    switch (prim->cls) {
    case EB_AEAD:
        if (!floor_prepare_aead(f, prim, &a)) {
            return false;
        }
        s->cipher = s->op == EB_OP_AEAD_OPEN ? a->dec : a->enc;
        return s->op != EB_OP_AEAD_OPEN || floor_prepare_open(f, s, a->enc);
    case EB_DH:
        s->x25519 = prim == &x25519.prim;
        return s->x25519 ? floor_prepare_x25519(&f->x) : floor_prepare_p256(&f->p);
    case EB_MAC:
        return floor_prepare_mac(f);
    case EB_HASH:
        return floor_prepare_hash(f, prim, s);
    case EB_GROUP:
        return floor_prepare_p256(&f->p);
    default:
        return false;
    }
}

/* Which use of a key pays for it: the first one of its direction after the key was set. */
static void floor_prepare_keys(struct floor_step *s, size_t n, const eb_step *steps)
{
    for (size_t i = 0; i < n; i++) {
        eb_op key = s[i].op == EB_OP_MAC ? EB_OP_MAC_KEY : EB_OP_AEAD_KEY;

        if (s[i].op != EB_OP_AEAD_SEAL && s[i].op != EB_OP_AEAD_OPEN && s[i].op != EB_OP_MAC) {
            continue;
        }
        for (size_t j = i; j-- > 0;) {
            if (steps[j].prim == steps[i].prim && (s[j].op == key || s[j].op == s[i].op)) {
                s[i].rekey = s[j].op == key;
                break;
            }
        }
    }
}

static void floor_release_p256(struct floor_p256 *p)
{
    for (size_t i = 0; i < p->terms; i++) {
        EC_POINT_free(p->points[i]);
        BN_free(p->scalars[i]);
    }
    OPENSSL_free(p->points);
    OPENSSL_free(p->scalars);
    OPENSSL_free(p->points_in);
    OPENSSL_free(p->scalars_in);
    EC_POINT_free(p->hot_peer);
    EC_POINT_free(p->new_peer);
    EC_POINT_free(p->in);
    EC_POINT_free(p->out);
    BN_free(p->exponent);
    BN_free(p->hot_secret);
    BN_free(p->new_secret);
    BN_free(p->a);
    BN_free(p->b);
    BN_free(p->r);
    BN_MONT_CTX_free(p->mont);
    BN_CTX_free(p->bn);
    EC_GROUP_free(p->group);
}

static void floor_release(void *state)
{
    struct floor_state *f = state;

    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->aead_count; i++) {
        EVP_CIPHER_CTX_free(f->aeads[i].enc);
        EVP_CIPHER_CTX_free(f->aeads[i].dec);
        EVP_CIPHER_free(f->aeads[i].cipher);
    }
    EVP_MD_CTX_free(f->hash);
    EVP_MD_free(f->sha256);
    EVP_MD_free(f->sha512);
    EVP_MAC_CTX_free(f->mac);
    EVP_MAC_free(f->hmac);
    EVP_PKEY_CTX_free(f->x.hot_derive);
    EVP_PKEY_CTX_free(f->x.import);
    EVP_PKEY_free(f->x.hot_secret);
    EVP_PKEY_free(f->x.hot_peer);
    floor_release_p256(&f->p);
    OPENSSL_free(f->memory);
    OPENSSL_free(f->steps);
    OPENSSL_free(f);
}

static bool floor_fill(struct floor_state *f, const eb_step *steps)
{
    size_t terms = 0;

    f->tag_param[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, f->tag, sizeof f->tag);
    f->tag_param[1] = OSSL_PARAM_construct_end();
    for (size_t i = 0; i < f->n; i++) {
        f->steps[i].op = steps[i].op;
        f->steps[i].a = (int)steps[i].a;
        f->steps[i].b = (int)steps[i].b;
        if (steps[i].op == EB_OP_COMBINE && steps[i].a > terms) {
            terms = steps[i].a;
        }
    }
    if (!floor_prepare_memory(f)) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        if (!floor_prepare_step(f, &f->steps[i], steps[i].prim)) {
            return false;
        }
    }
    floor_prepare_keys(f->steps, f->n, steps);
    return terms == 0 || floor_prepare_terms(&f->p, terms);
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f;

    *state = NULL;
    for (size_t i = 0; i < n; i++) {
        if (steps[i].a > INT_MAX || steps[i].b > INT_MAX) { /* one call of EVP each */
            return EB_ERR_UNSUPPORTED;
        }
    }
    f = OPENSSL_zalloc(sizeof *f);
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->steps = OPENSSL_zalloc((n + 1) * sizeof *f->steps);
    f->n = n;
    if (f->steps == NULL || !floor_fill(f, steps)) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

/* -- its steps -- */

static bool floor_seal(struct floor_state *f, const struct floor_step *s)
{
    int len = 0;

    if (EVP_EncryptInit_ex2(s->cipher, NULL, s->rekey ? f->key : NULL, f->nonce, NULL) != 1 ||
        (s->b > 0 && EVP_EncryptUpdate(s->cipher, NULL, &len, f->in, s->b) != 1) ||
        (s->a > 0 && EVP_EncryptUpdate(s->cipher, f->out, &len, f->in, s->a) != 1) ||
        EVP_EncryptFinal_ex(s->cipher, f->out + s->a, &len) != 1 ||
        EVP_CIPHER_CTX_get_params(s->cipher, f->tag_param) != 1) {
        return false;
    }
    memcpy(f->out + s->a, f->tag, TAG_LEN);
    return true;
}

static bool floor_open(struct floor_state *f, const struct floor_step *s)
{
    int len = 0;

    memcpy(f->tag, s->sealed + s->a, TAG_LEN);
    return EVP_DecryptInit_ex2(s->cipher, NULL, s->rekey ? f->key : NULL, f->nonce, NULL) == 1 &&
           EVP_CIPHER_CTX_set_params(s->cipher, f->tag_param) == 1 &&
           (s->b == 0 || EVP_DecryptUpdate(s->cipher, NULL, &len, f->in, s->b) == 1) &&
           (s->a == 0 || EVP_DecryptUpdate(s->cipher, f->out, &len, s->sealed, s->a) == 1) &&
           EVP_DecryptFinal_ex(s->cipher, f->out + s->a, &len) == 1;
}

static bool floor_mac(struct floor_state *f, const struct floor_step *s)
{
    size_t len = 0;

    return (s->rekey || EVP_MAC_init(f->mac, NULL, 0, NULL) == 1) && EVP_MAC_update(f->mac, f->in, (size_t)s->a) == 1 &&
           EVP_MAC_final(f->mac, f->out, &len, SHA256_LEN) == 1;
}

static bool floor_hash(struct floor_state *f, const struct floor_step *s)
{
    unsigned len = 0;

    return EVP_DigestInit_ex2(f->hash, s->md, NULL) == 1 && EVP_DigestUpdate(f->hash, f->in, (size_t)s->a) == 1 &&
           EVP_DigestFinal_ex(f->hash, f->out, &len) == 1;
}

static void floor_forget_secret(struct floor_x25519 *x)
{
    EVP_PKEY_CTX_free(x->new_derive);
    EVP_PKEY_free(x->new_secret);
    x->new_derive = NULL;
    x->new_secret = NULL;
    x->encoded = false;
}

static void floor_forget_peer(struct floor_x25519 *x)
{
    EVP_PKEY_free(x->new_peer);
    x->new_peer = NULL;
}

static bool floor_x25519_agree(struct floor_x25519 *x)
{
    EVP_PKEY_CTX *derive = x->hot_derive;
    size_t len = X25519_LEN;

    if (x->new_secret != NULL) {
        if (x->new_derive == NULL) {
            x->new_derive = EVP_PKEY_CTX_new_from_pkey(NULL, x->new_secret, NULL);
            if (x->new_derive == NULL || EVP_PKEY_derive_init(x->new_derive) != 1) {
                return false;
            }
        }
        derive = x->new_derive;
    }
    return EVP_PKEY_derive_set_peer_ex(derive, x->new_peer != NULL ? x->new_peer : x->hot_peer, 0) == 1 &&
           EVP_PKEY_derive(derive, x->ss, &len) == 1;
}

static bool floor_x25519(struct floor_x25519 *x, eb_op op)
{
    size_t len = X25519_LEN;

    switch (op) {
    case EB_OP_DH_SECRET:
        floor_forget_secret(x);
        return EVP_PKEY_fromdata(x->import, &x->new_secret, EVP_PKEY_KEYPAIR, x->secret_param) == 1;
    case EB_OP_DH_PUBLIC:
        floor_forget_peer(x);
        return EVP_PKEY_fromdata(x->import, &x->new_peer, EVP_PKEY_PUBLIC_KEY, x->public_param) == 1;
    case EB_OP_DH_ENCODE:
        if (x->new_secret == NULL || x->encoded) { /* known already: a copy */
            memcpy(x->ss, x->public, X25519_LEN);
            return true;
        }
        x->encoded = true;
        return EVP_PKEY_get_raw_public_key(x->new_secret, x->ss, &len) == 1;
    default:
        return floor_x25519_agree(x);
    }
}

static bool floor_secret_valid(const struct floor_p256 *p, const uint8_t *scalar, BIGNUM *s)
{
    return BN_bin2bn(scalar, P256_SCALAR, s) != NULL && !BN_is_zero(s) && BN_ucmp(s, p->order) < 0;
}

static bool floor_read_point(struct floor_p256 *p, EC_POINT *point)
{
    return EC_POINT_oct2point(p->group, point, p->point, P256_POINT, p->bn) == 1;
}

static bool floor_write_point(struct floor_p256 *p, const EC_POINT *point)
{
    return EC_POINT_point2oct(p->group, point, POINT_CONVERSION_UNCOMPRESSED, p->out_point, P256_POINT, p->bn) ==
           P256_POINT;
}

static bool floor_p256_dh(struct floor_p256 *p, eb_op op)
{
    switch (op) {
    case EB_OP_DH_SECRET:
        p->has_secret = true;
        p->encoded = false;
        return floor_secret_valid(p, p->scalar, p->new_secret);
    case EB_OP_DH_PUBLIC:
        p->has_peer = true;
        return floor_read_point(p, p->new_peer);
    case EB_OP_DH_ENCODE:
        if (!p->has_secret || p->encoded) {
            memcpy(p->out_point, p->point, P256_POINT);
            return true;
        }
        p->encoded = true;
        return EC_POINT_mul(p->group, p->out, p->new_secret, NULL, NULL, p->bn) == 1 && floor_write_point(p, p->out);
    default:
        return EC_POINT_mul(p->group, p->out, NULL, p->has_peer ? p->new_peer : p->hot_peer,
                            p->has_secret ? p->new_secret : p->hot_secret, p->bn) == 1 &&
               EC_POINT_get_affine_coordinates(p->group, p->out, p->r, NULL, p->bn) == 1 &&
               BN_bn2binpad(p->r, p->out_scalar, P256_SCALAR) == P256_SCALAR;
    }
}

static bool floor_combine(struct floor_p256 *p, size_t points, size_t bases)
{
    bool ok = true;

    for (size_t i = 0; ok && i < points; i++) {
        ok = floor_read_point(p, p->points[i]) && BN_bin2bn(p->scalar, P256_SCALAR, p->scalars[i]) != NULL;
    }
    for (size_t i = 0; ok && i < bases; i++) {
        ok = BN_bin2bn(p->other, P256_SCALAR, i == 0 ? p->r : p->b) != NULL &&
             (i == 0 || BN_mod_add_quick(p->r, p->r, p->b, p->order) == 1);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* see group_sum */
    return ok &&
           EC_POINTs_mul(p->group, p->out, bases > 0 ? p->r : NULL, points, p->points_in, p->scalars_in, p->bn) == 1 &&
           floor_write_point(p, p->out);
#pragma GCC diagnostic pop
}

static bool floor_scalar(struct floor_p256 *p, eb_op op)
{
    bool ok = op == EB_OP_SCALAR_REDUCE ? BN_bin2bn(p->wide, P256_WIDE, p->a) != NULL
                                        : BN_bin2bn(p->scalar, P256_SCALAR, p->a) != NULL;

    if (op == EB_OP_SCALAR_ADD || op == EB_OP_SCALAR_MUL) {
        ok = ok && BN_bin2bn(p->other, P256_SCALAR, p->b) != NULL;
    }
    switch (op) {
    case EB_OP_SCALAR_REDUCE:
        ok = ok && BN_mod(p->r, p->a, p->order, p->bn) == 1;
        break;
    case EB_OP_SCALAR_ADD:
        ok = ok && BN_mod_add_quick(p->r, p->a, p->b, p->order) == 1;
        break;
    case EB_OP_SCALAR_MUL:
        ok = ok && BN_to_montgomery(p->a, p->a, p->mont, p->bn) == 1 &&
             BN_mod_mul_montgomery(p->r, p->a, p->b, p->mont, p->bn) == 1;
        break;
    default:
        ok = ok && BN_mod_exp_mont_consttime(p->r, p->a, p->exponent, p->order, p->bn, p->mont) == 1;
        break;
    }
    return ok && BN_bn2binpad(p->r, p->out_scalar, P256_SCALAR) == P256_SCALAR;
}

static bool floor_group(struct floor_p256 *p, const struct floor_step *s)
{
    switch (s->op) {
    case EB_OP_SCALAR_CHECK:
        return floor_secret_valid(p, p->scalar, p->a);
    case EB_OP_POINT_CHECK:
        return floor_read_point(p, p->in);
    case EB_OP_MUL:
        return floor_read_point(p, p->in) && BN_bin2bn(p->scalar, P256_SCALAR, p->a) != NULL &&
               EC_POINT_mul(p->group, p->out, NULL, p->in, p->a, p->bn) == 1 && floor_write_point(p, p->out);
    case EB_OP_MUL_BASE:
        return BN_bin2bn(p->scalar, P256_SCALAR, p->a) != NULL &&
               EC_POINT_mul(p->group, p->out, p->a, NULL, NULL, p->bn) == 1 && floor_write_point(p, p->out);
    case EB_OP_COMBINE:
        return floor_combine(p, (size_t)s->a, (size_t)s->b);
    case EB_OP_PACK:
        p->out_packed[0] = (uint8_t)(2 | (p->point[P256_POINT - 1] & 1));
        memcpy(p->out_packed + 1, p->point + 1, P256_PACKED - 1);
        return true;
    case EB_OP_UNPACK:
        return EC_POINT_oct2point(p->group, p->in, p->packed, P256_PACKED, p->bn) == 1 && floor_write_point(p, p->in);
    default:
        return floor_scalar(p, s->op);
    }
}

static bool floor_step(struct floor_state *f, const struct floor_step *s)
{
    switch (s->op) {
    case EB_OP_AEAD_KEY:
        return true; /* falls due at the next use */
    case EB_OP_AEAD_SEAL:
        return floor_seal(f, s);
    case EB_OP_AEAD_OPEN:
        return floor_open(f, s);
    case EB_OP_DH_SECRET:
    case EB_OP_DH_PUBLIC:
    case EB_OP_DH_ENCODE:
    case EB_OP_DH_AGREE:
        return s->x25519 ? floor_x25519(&f->x, s->op) : floor_p256_dh(&f->p, s->op);
    case EB_OP_MAC_KEY:
        return EVP_MAC_init(f->mac, f->in, (size_t)s->a, NULL) == 1;
    case EB_OP_MAC:
        return floor_mac(f, s);
    case EB_OP_HASH:
        return floor_hash(f, s);
    default:
        return floor_group(&f->p, s);
    }
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    bool ok = true;

    f->p.has_secret = f->p.has_peer = f->p.encoded = false;
    for (size_t i = 0; ok && i < f->n; i++) {
        ok = floor_step(f, &f->steps[i]);
    }
    floor_forget_secret(&f->x);
    floor_forget_peer(&f->x);
    return ok ? EB_OK : EB_ERR_BACKEND;
}

static const eb_floor openssl_floor = {
    .classes = 1u << EB_AEAD | 1u << EB_DH | 1u << EB_MAC | 1u << EB_HASH | 1u << EB_GROUP,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};

/* ---- The backend ------------------------------------------------------------------------------------------------ */

static const char *openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* A machine's openssl.cnf could replace algorithms by another provider's: what is measured is the library's own. */
static eb_status openssl_start(void)
{
    if (OPENSSL_version_major() < 3 || OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    return EB_OK;
}

/* The library frees itself when the process ends, and could not be started again after OPENSSL_cleanup. */
static void openssl_stop(void)
{
}

/* ---- draws that repeat, for counting ---- */

/* The legacy interface is the one way to replace the generator after the library's start. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* xorshift64*: not one byte over and over, with which a search for primes would not end. */
static uint64_t draw_state = 1;

/* The library's own generator draws first, so that the drawing is counted. */
static int draw_again(unsigned char *out, int len)
{
    const int ok = RAND_OpenSSL()->bytes(out, len);

    for (int i = 0; i < len; i++) {
        draw_state ^= draw_state >> 12;
        draw_state ^= draw_state << 25;
        draw_state ^= draw_state >> 27;
        out[i] = (unsigned char)((draw_state * UINT64_C(0x2545f4914f6cdd1d)) >> 56);
    }
    return ok;
}

static int draw_ready(void)
{
    return 1;
}

static void openssl_draw_fixed(void)
{
    static const RAND_METHOD method = {.bytes = draw_again, .pseudorand = draw_again, .status = draw_ready};

    (void)RAND_set_rand_method(&method);
}

#pragma GCC diagnostic pop

static const eb_prim *const openssl_prims[] = {
    &chacha20_poly1305.prim,
    &aes_256_gcm.prim,
    &aes_128_gcm.prim,
    &x25519.prim,
    &p256_dh.prim,
    &hmac_sha256.prim,
    &sha256.prim,
    &sha512.prim,
    &p256_group.prim,
    &eb_openssl_ed25519.prim,
    &eb_openssl_ecdsa_p256.prim,
    &eb_openssl_ml_kem_768.prim,
    &eb_openssl_ml_kem_1024.prim,
    &eb_openssl_x_wing.prim,
    &eb_openssl_rsa_1280_oaep.prim,
    &eb_openssl_rsa_2048_oaep.prim,
    &eb_openssl_aes_128_ctr.prim,
    &eb_openssl_aes_256_kw.prim,
    &eb_openssl_cms.prim,
    NULL,
};

static const eb_absent openssl_absent[] = {
    {.id = "ristretto255", .reason = "OpenSSL has no prime-order group over Curve25519"},
    {.id = "sealed-box", .reason = "sealed boxes are libsodium's own"},
    {.id = NULL},
};

static const eb_floor *const openssl_floors[] = {
    &openssl_floor,
    &eb_openssl_sig_floor,
    &eb_openssl_kem_floor,
    &eb_openssl_pke_floor,
    &eb_openssl_cipher_floor,
    &eb_openssl_envelope_floor,
    NULL,
};

extern const eb_backend eb_backend_openssl;
const eb_backend eb_backend_openssl = {
    .abi = EB_ABI,
    .id = "openssl",
    .library = "OpenSSL",
    .version = openssl_version,
    .start = openssl_start,
    .stop = openssl_stop,
    .prims = openssl_prims,
    .absent = openssl_absent,
    .floors = openssl_floors,
    .draw_fixed = openssl_draw_fixed,
};
