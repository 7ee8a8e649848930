/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fourth library: GNU Nettle (3.4 or later), as far as the suite x25519 needs it. Works in two ways, see
 * docs/ADDING.md: as a module that the program loads at run time, or as impls/backends/nettle.c.
 */
#include "escrowbench.h"

#include <nettle/chacha-poly1305.h>
#include <nettle/curve25519.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>

static eb_status init(void *ctx)
{
    (void)ctx; /* zeroed by the caller; keyed before use */
    return EB_OK;
}

/* ---- AEAD: ChaCha20-Poly1305 (RFC 8439) ---- */

enum { TAG = CHACHA_POLY1305_DIGEST_SIZE };

static void aead_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct chacha_poly1305_ctx));
}

static eb_status aead_key(void *ctx, const uint8_t *key)
{
    chacha_poly1305_set_key(ctx, key);
    return EB_OK;
}

static eb_status aead_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    chacha_poly1305_set_nonce(ctx, nonce);
    chacha_poly1305_update(ctx, ad.len, ad.ptr);
    chacha_poly1305_encrypt(ctx, pt.len, ct, pt.ptr);
    chacha_poly1305_digest(ctx, TAG, ct + pt.len);
    return EB_OK;
}

static eb_status aead_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    uint8_t tag[TAG], sent[TAG];
    if (ct.len < TAG)
        return EB_ERR_AUTH;
    const size_t len = ct.len - TAG;
    memcpy(sent, ct.ptr + len, TAG);
    chacha_poly1305_set_nonce(ctx, nonce);
    chacha_poly1305_update(ctx, ad.len, ad.ptr);
    chacha_poly1305_decrypt(ctx, len, pt, ct.ptr);
    chacha_poly1305_digest(ctx, TAG, tag);
    if (eb_equal(tag, sent, TAG))
        return EB_OK;
    eb_wipe(pt, len);
    return EB_ERR_AUTH;
}

static const eb_aead chacha = {
    .prim = {.cls = EB_AEAD,
             .id = "chacha20-poly1305",
             .spec = "RFC 8439",
             .ctx_size = sizeof(struct chacha_poly1305_ctx),
             .init = init,
             .fini = aead_fini},
    .key_len = CHACHA_POLY1305_KEY_SIZE,
    .nonce_len = CHACHA_POLY1305_NONCE_SIZE,
    .tag_len = TAG,
    .set_key = aead_key,
    .seal = aead_seal,
    .open = aead_open,
};

/* ---- DH: X25519 (RFC 7748) ---- */

enum { POINT = CURVE25519_SIZE };

/* A secret key's public key is computed when it is first asked for. */
struct key {
    uint8_t sk[POINT], pk[POINT];
    bool known;
};

static void dh_fini(void *ctx)
{
    (void)ctx;
}

static void key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct key));
}

static eb_status secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct key *k = key;
    (void)ctx;
    memcpy(k->sk, sk, POINT);
    k->known = false;
    return EB_OK;
}

static eb_status public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct key *k = key;
    (void)ctx;
    memcpy(k->pk, pk, POINT);
    k->known = true;
    return EB_OK;
}

static eb_status encode(void *ctx, uint8_t *pk, void *key)
{
    struct key *k = key;
    (void)ctx;
    if (!k->known)
        curve25519_mul_g(k->pk, k->sk);
    k->known = true;
    memcpy(pk, k->pk, POINT);
    return EB_OK;
}

static eb_status agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    static const uint8_t zero[POINT];
    (void)ctx;
    curve25519_mul(ss, ((const struct key *)sk)->sk, ((const struct key *)pk)->pk);
    return eb_equal(ss, zero, POINT) ? EB_ERR_INVALID : EB_OK; /* RFC 9180, s. 7.1.4 */
}

static const eb_dh x25519 = {
    .prim = {.cls = EB_DH, .id = "x25519", .spec = "RFC 7748", .ctx_size = 1, .init = init, .fini = dh_fini},
    .sk_len = POINT,
    .pk_len = POINT,
    .ss_len = POINT,
    .key_size = sizeof(struct key),
    .secret_key = secret_key,
    .public_key = public_key,
    .encode = encode,
    .agree = agree,
    .key_fini = key_fini,
};

/* ---- MAC and hash: HMAC-SHA256 (RFC 2104), SHA-256 (FIPS 180-4) ---- */

static void hmac_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct hmac_sha256_ctx));
}

static eb_status hmac_key(void *ctx, eb_bytes key)
{
    hmac_sha256_set_key(ctx, key.len, key.ptr);
    return EB_OK;
}

static eb_status hmac_compute(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hmac_sha256_update(ctx, parts[i].len, parts[i].ptr);
    hmac_sha256_digest(ctx, SHA256_DIGEST_SIZE, tag); /* and starts again under the same key */
    return EB_OK;
}

static const eb_mac hmac = {
    .prim = {.cls = EB_MAC,
             .id = "hmac-sha256",
             .spec = "RFC 2104",
             .ctx_size = sizeof(struct hmac_sha256_ctx),
             .init = init,
             .fini = hmac_fini},
    .tag_len = SHA256_DIGEST_SIZE,
    .block_len = SHA256_BLOCK_SIZE,
    .set_key = hmac_key,
    .compute = hmac_compute,
};

static eb_status hash_init(void *ctx)
{
    sha256_init(ctx);
    return EB_OK;
}

static void hash_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct sha256_ctx));
}

static eb_status digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sha256_update(ctx, parts[i].len, parts[i].ptr);
    sha256_digest(ctx, SHA256_DIGEST_SIZE, out); /* and starts again */
    return EB_OK;
}

static const eb_hash sha256 = {
    .prim = {.cls = EB_HASH,
             .id = "sha256",
             .spec = "FIPS 180-4",
             .ctx_size = sizeof(struct sha256_ctx),
             .init = hash_init,
             .fini = hash_fini},
    .out_len = SHA256_DIGEST_SIZE,
    .block_len = SHA256_BLOCK_SIZE,
    .digest = digest,
};

/* ---- The backend ---- */

static const char *version(void)
{
    static char text[16];
    snprintf(text, sizeof text, "%d.%d", nettle_version_major(), nettle_version_minor());
    return text;
}

static eb_status start(void)
{
    return nettle_version_major() == NETTLE_VERSION_MAJOR ? EB_OK : EB_ERR_BACKEND;
}

static void stop(void)
{
}

/* An example needs no floor: its rows then have no ratio to one. A backend for publication has to have it. */
static const eb_floor *const floors[] = {NULL};

static const eb_prim *const prims[] = {&chacha.prim, &x25519.prim, &hmac.prim, &sha256.prim, NULL};

static const eb_absent absent[] = {
    {.id = "p256", .reason = "this adapter has no P-256: an example"},
    {.id = "aes-256-gcm", .reason = "this adapter has no AES-GCM: an example"},
    {.id = "ristretto255", .reason = "Nettle has no ristretto255"},
    {.id = NULL},
};

extern const eb_backend eb_backend_nettle;

const eb_backend eb_backend_nettle = {
    .abi = EB_ABI,
    .id = "nettle",
    .library = "Nettle",
    .version = version,
    .start = start,
    .stop = stop,
    .prims = prims,
    .absent = absent,
    .floors = floors,
};

#ifdef EB_MODULE
/* What makes it a module: compile with -DEB_MODULE. */
extern EB_API const eb_module eb_module_1;

const eb_module eb_module_1 = {
    .abi = EB_ABI,
    .backends = (const eb_backend *const[]){&eb_backend_nettle, NULL},
};
#endif
