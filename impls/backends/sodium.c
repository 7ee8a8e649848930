/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsodium, from 1.0.18. The library keeps no objects and allocates nothing, so a context here is the key or the
 * keyed state itself, and a key object is its bytes.
 */
#include "backends/sodium/internal.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* ---- AEAD: ChaCha20-Poly1305 (RFC 8439) ---- */

enum { TAG = 16 };
_Static_assert(TAG == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag of ChaCha20-Poly1305");
_Static_assert(TAG == crypto_aead_aes256gcm_ABYTES, "tag of AES-256-GCM");

struct chacha {
    uint8_t key[crypto_aead_chacha20poly1305_ietf_KEYBYTES];
};

static void chacha_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct chacha));
}

static eb_status chacha_set_key(void *ctx, const uint8_t *key)
{
    struct chacha *c = ctx;
    memcpy(c->key, key, sizeof c->key);
    return EB_OK;
}

static eb_status chacha_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    const struct chacha *c = ctx;
    /* Asked for more than the algorithm allows, libsodium ends the process. */
    if (pt.len > crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX) {
        eb_wipe(ct, pt.len);
        return EB_ERR_INVALID;
    }
    if (crypto_aead_chacha20poly1305_ietf_encrypt(ct, NULL, pt.ptr, pt.len, ad.ptr, ad.len, NULL, nonce, c->key) != 0) {
        eb_wipe(ct, pt.len + TAG);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

/* The end of a failed `open`. libsodium zeroes the output in some versions and algorithms only. */
static eb_status forged(uint8_t *pt, size_t len)
{
    if (len > 0) {
        eb_wipe(pt, len);
    }
    return EB_ERR_AUTH;
}

static eb_status chacha_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    const struct chacha *c = ctx;
    if (ct.len < TAG) {
        return EB_ERR_AUTH;
    }
    const size_t len = ct.len - TAG;
    if (len > crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX ||
        eb_public_result(crypto_aead_chacha20poly1305_ietf_decrypt(pt, NULL, NULL, ct.ptr, ct.len, ad.ptr, ad.len,
                                                                   nonce, c->key)) != 0) {
        return forged(pt, len);
    }
    return EB_OK;
}

static const eb_aead sodium_chacha = {
    .prim = {.cls = EB_AEAD,
             .id = "chacha20-poly1305",
             .spec = "RFC 8439",
             .ctx_size = sizeof(struct chacha),
             .init = nothing_init,
             .fini = chacha_fini},
    .key_len = crypto_aead_chacha20poly1305_ietf_KEYBYTES,
    .nonce_len = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
    .tag_len = TAG,
    .set_key = chacha_set_key,
    .seal = chacha_seal,
    .open = chacha_open,
};

/* ---- AEAD: AES-256-GCM (NIST SP 800-38D), only where the processor has instructions for it ---- */

/* The round keys and the table of GHASH, which want to lie at multiples of 16; a context need not (32-bit ARM, s390x). */
struct aes {
    unsigned char room[sizeof(crypto_aead_aes256gcm_state) + alignof(crypto_aead_aes256gcm_state) - 1];
};

static crypto_aead_aes256gcm_state *expanded(struct aes *c)
{
    const size_t align = alignof(crypto_aead_aes256gcm_state);
    return (void *)(c->room + (align - (uintptr_t)c->room % align) % align);
}

static const char *aes_missing(void)
{
    return crypto_aead_aes256gcm_is_available() != 0
               ? NULL
               : "libsodium has AES-256-GCM only where the CPU has AES and carry-less multiplication";
}

static void aes_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct aes));
}

static eb_status aes_set_key(void *ctx, const uint8_t *key)
{
    struct aes *c = ctx;
    return crypto_aead_aes256gcm_beforenm(expanded(c), key) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status aes_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    struct aes *c = ctx;
    if (pt.len > crypto_aead_aes256gcm_MESSAGEBYTES_MAX) { /* as with ChaCha20-Poly1305 */
        eb_wipe(ct, pt.len);
        return EB_ERR_INVALID;
    }
    if (crypto_aead_aes256gcm_encrypt_afternm(ct, NULL, pt.ptr, pt.len, ad.ptr, ad.len, NULL, nonce, expanded(c)) !=
        0) {
        eb_wipe(ct, pt.len + TAG);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static eb_status aes_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    struct aes *c = ctx;
    if (ct.len < TAG) {
        return EB_ERR_AUTH;
    }
    const size_t len = ct.len - TAG;
    if (len > crypto_aead_aes256gcm_MESSAGEBYTES_MAX ||
        eb_public_result(crypto_aead_aes256gcm_decrypt_afternm(pt, NULL, NULL, ct.ptr, ct.len, ad.ptr, ad.len, nonce,
                                                               expanded(c))) != 0) {
        return forged(pt, len);
    }
    return EB_OK;
}

static const eb_aead sodium_aes = {
    .prim = {.cls = EB_AEAD,
             .id = "aes-256-gcm",
             .spec = "NIST SP 800-38D",
             .ctx_size = sizeof(struct aes),
             .init = nothing_init,
             .fini = aes_fini,
             .missing = aes_missing},
    .key_len = crypto_aead_aes256gcm_KEYBYTES,
    .nonce_len = crypto_aead_aes256gcm_NPUBBYTES,
    .tag_len = TAG,
    .set_key = aes_set_key,
    .seal = aes_seal,
    .open = aes_open,
};

/* ---- DH: X25519 (RFC 7748) ---- */

enum { X_LEN = crypto_scalarmult_curve25519_BYTES };
_Static_assert(X_LEN == crypto_scalarmult_curve25519_SCALARBYTES, "one length for all of X25519");

struct x_key {
    uint8_t sk[X_LEN];
    uint8_t pk[X_LEN];
    bool has_pk; /* a secret key gets its public key at the first `encode`: a key that only agrees needs none */
};

static eb_status x_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct x_key *k = key;
    (void)ctx;
    memcpy(k->sk, sk, X_LEN);
    k->has_pk = false;
    return EB_OK;
}

static eb_status x_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct x_key *k = key;
    (void)ctx;
    memcpy(k->pk, pk, X_LEN); /* any 32 bytes are a public key: RFC 7748 s. 5 */
    k->has_pk = true;
    return EB_OK;
}

static eb_status x_encode(void *ctx, uint8_t *pk, void *key)
{
    struct x_key *k = key;
    (void)ctx;
    if (!k->has_pk) {
        if (crypto_scalarmult_curve25519_base(k->pk, k->sk) != 0) {
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
    (void)ctx;
    /* Fails on points of low order only, which are those with an all-zero result. */
    if (eb_public_result(
            crypto_scalarmult_curve25519(ss, ((const struct x_key *)sk)->sk, ((const struct x_key *)pk)->pk)) != 0) {
        eb_wipe(ss, X_LEN);
        return EB_ERR_INVALID;
    }
    return EB_OK;
}

static void x_key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct x_key));
}

static const eb_dh sodium_x25519 = {
    .prim = {.cls = EB_DH,
             .id = "x25519",
             .spec = "RFC 7748",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .sk_len = X_LEN,
    .pk_len = X_LEN,
    .ss_len = X_LEN,
    .key_size = sizeof(struct x_key),
    .secret_key = x_secret_key,
    .public_key = x_public_key,
    .encode = x_encode,
    .agree = x_agree,
    .key_fini = x_key_fini,
};

/* ---- MAC: HMAC-SHA-256 (RFC 2104) ---- */

struct hmac {
    crypto_auth_hmacsha256_state keyed; /* after both padded keys: copied for each computation */
};

static void hmac_fini(void *ctx)
{
    eb_wipe(ctx, sizeof(struct hmac));
}

static eb_status hmac_set_key(void *ctx, eb_bytes key)
{
    static const uint8_t empty[1] = {0}; /* libsodium declares the key as not NULL, whatever its length */
    struct hmac *c = ctx;
    return crypto_auth_hmacsha256_init(&c->keyed, key.len > 0 ? key.ptr : empty, key.len) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status hmac_compute(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    const struct hmac *c = ctx;
    crypto_auth_hmacsha256_state state = c->keyed;
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            failed |= crypto_auth_hmacsha256_update(&state, parts[i].ptr, parts[i].len);
        }
    }
    failed |= crypto_auth_hmacsha256_final(&state, tag); /* wipes the state */
    if (failed != 0) {
        eb_wipe(&state, sizeof state);
        eb_wipe(tag, crypto_auth_hmacsha256_BYTES);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_mac sodium_hmac = {
    .prim = {.cls = EB_MAC,
             .id = "hmac-sha256",
             .spec = "RFC 2104",
             .ctx_size = sizeof(struct hmac),
             .init = nothing_init,
             .fini = hmac_fini},
    .tag_len = crypto_auth_hmacsha256_BYTES,
    .block_len = 64,
    .set_key = hmac_set_key,
    .compute = hmac_compute,
};

/* ---- Hashes: SHA-256, SHA-512 (FIPS 180-4) ---- */

static eb_status sha256_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    crypto_hash_sha256_state state;
    int failed = crypto_hash_sha256_init(&state);
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            failed |= crypto_hash_sha256_update(&state, parts[i].ptr, parts[i].len);
        }
    }
    failed |= crypto_hash_sha256_final(&state, out); /* wipes the state */
    if (failed != 0) {
        eb_wipe(&state, sizeof state);
        eb_wipe(out, crypto_hash_sha256_BYTES);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_hash sodium_sha256 = {
    .prim = {.cls = EB_HASH,
             .id = "sha256",
             .spec = "FIPS 180-4",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .out_len = crypto_hash_sha256_BYTES,
    .block_len = 64,
    .digest = sha256_digest,
};

static eb_status sha512_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    crypto_hash_sha512_state state;
    int failed = crypto_hash_sha512_init(&state);
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            failed |= crypto_hash_sha512_update(&state, parts[i].ptr, parts[i].len);
        }
    }
    failed |= crypto_hash_sha512_final(&state, out); /* wipes the state */
    if (failed != 0) {
        eb_wipe(&state, sizeof state);
        eb_wipe(out, crypto_hash_sha512_BYTES);
        return EB_ERR_BACKEND;
    }
    return EB_OK;
}

static const eb_hash sodium_sha512 = {
    .prim = {.cls = EB_HASH,
             .id = "sha512",
             .spec = "FIPS 180-4",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .out_len = crypto_hash_sha512_BYTES,
    .block_len = 128,
    .digest = sha512_digest,
};

/* ---- Group: ristretto255 (RFC 9496) ---- */

enum {
    R_LEN = crypto_core_ristretto255_BYTES,
    R_WIDE = crypto_core_ristretto255_NONREDUCEDSCALARBYTES,
};
_Static_assert(R_LEN == crypto_core_ristretto255_SCALARBYTES, "one length for scalars and elements");

/* 2^252 + 27742317777372353535851937790883648493, little-endian: RFC 9496 s. 4. */
static const uint8_t r_order[R_LEN] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                       0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                       0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

static eb_status r_fail(uint8_t *out)
{
    eb_wipe(out, R_LEN);
    return EB_ERR_INVALID;
}

static eb_status r_scalar_check(void *ctx, const uint8_t *s)
{
    (void)ctx;
    /* Both take the same time for every scalar; sodium_compare reads little-endian numbers. */
    const int zero = eb_public_result(sodium_is_zero(s, R_LEN));
    const int order = eb_public_result(sodium_compare(s, r_order, R_LEN));
    return zero == 0 && order == -1 ? EB_OK : EB_ERR_INVALID;
}

static eb_status r_scalar_reduce(void *ctx, uint8_t *out, const uint8_t *wide)
{
    (void)ctx;
    crypto_core_ristretto255_scalar_reduce(out, wide);
    return EB_OK;
}

static eb_status r_scalar_add(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    (void)ctx;
    crypto_core_ristretto255_scalar_add(out, a, b);
    return EB_OK;
}

static eb_status r_scalar_sub(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    (void)ctx;
    crypto_core_ristretto255_scalar_sub(out, a, b);
    return EB_OK;
}

static eb_status r_scalar_mul(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    (void)ctx;
    crypto_core_ristretto255_scalar_mul(out, a, b);
    return EB_OK;
}

static eb_status r_scalar_invert(void *ctx, uint8_t *out, const uint8_t *a)
{
    (void)ctx;
    return eb_public_result(crypto_core_ristretto255_scalar_invert(out, a)) == 0 ? EB_OK : r_fail(out);
}

/* The identity is the all-zero string (RFC 9496 s. 4.3.2), which libsodium takes for a valid element. */
/* RFC 9496, s. 4.3.1, step 1 refuses an encoding that is not below p, so also one with its highest bit set; libsodium
   1.0.18 masks that bit away and accepts it. */
static bool r_canonical(const uint8_t *p)
{
    return eb_public_result(p[R_LEN - 1] & 0x80) == 0;
}

static eb_status r_point_check(void *ctx, const uint8_t *p)
{
    (void)ctx;
    return r_canonical(p) && eb_public_result(crypto_core_ristretto255_is_valid_point(p)) == 1 &&
                   eb_public_result(sodium_is_zero(p, R_LEN)) == 0
               ? EB_OK
               : EB_ERR_INVALID;
}

/* Decoding rejects bad encodings; an identity argument has the identity for a result, which is rejected too. */
static eb_status r_mul(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p)
{
    (void)ctx;
    return r_canonical(p) && eb_public_result(crypto_scalarmult_ristretto255(out, s, p)) == 0 ? EB_OK : r_fail(out);
}

static eb_status r_mul_base(void *ctx, uint8_t *out, const uint8_t *s)
{
    (void)ctx;
    return eb_public_result(crypto_scalarmult_ristretto255_base(out, s)) == 0 ? EB_OK : r_fail(out);
}

/* libsodium adds encoded elements only: a sum of n products is n multiplications and n - 1 additions. */
static eb_status r_combine(void *ctx, uint8_t *out, const eb_term *terms, size_t n)
{
    uint8_t sum[R_LEN] = {0}; /* the identity */
    bool started = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t product[R_LEN];
        if (eb_public_result(sodium_is_zero(terms[i].scalar, R_LEN)) != 0) {
            /* Its product is the identity, which libsodium does not tell from a malformed point. */
            if (terms[i].point != NULL && r_point_check(ctx, terms[i].point) != EB_OK) {
                return r_fail(out);
            }
            continue;
        }
        uint8_t *to = started ? product : sum;
        const eb_status made = terms[i].point == NULL ? r_mul_base(ctx, to, terms[i].scalar)
                                                      : r_mul(ctx, to, terms[i].scalar, terms[i].point);
        if (made != EB_OK) {
            return r_fail(out);
        }
        if (started && eb_public_result(crypto_core_ristretto255_add(sum, sum, product)) != 0) {
            return r_fail(out);
        }
        started = true;
    }
    if (eb_public_result(sodium_is_zero(sum, R_LEN)) != 0) {
        return r_fail(out);
    }
    memcpy(out, sum, R_LEN);
    return EB_OK;
}

static eb_status r_pack(void *ctx, uint8_t *packed, const uint8_t *p)
{
    (void)ctx;
    memcpy(packed, p, R_LEN);
    return EB_OK;
}

static eb_status r_unpack(void *ctx, uint8_t *p, const uint8_t *packed)
{
    if (r_point_check(ctx, packed) != EB_OK) {
        return r_fail(p);
    }
    memcpy(p, packed, R_LEN);
    return EB_OK;
}

static const eb_group sodium_ristretto = {
    .prim = {.cls = EB_GROUP,
             .id = "ristretto255",
             .spec = "RFC 9496",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .scalar_len = R_LEN,
    .point_len = R_LEN,
    .packed_len = R_LEN,
    .wide_len = R_WIDE,
    .little_endian = true,
    .hash_id = "sha512",
    .scalar_check = r_scalar_check,
    .scalar_reduce = r_scalar_reduce,
    .scalar_add = r_scalar_add,
    .scalar_sub = r_scalar_sub,
    .scalar_mul = r_scalar_mul,
    .scalar_invert = r_scalar_invert,
    .point_check = r_point_check,
    .mul = r_mul,
    .mul_base = r_mul_base,
    .combine = r_combine,
    .pack = r_pack,
    .unpack = r_unpack,
};

/* ---- DH over ristretto255 ----
 *
 * For the project's own DHKEM over this group (suite `ristretto255`): private keys are scalars, public keys and shared
 * secrets elements.
 */

static eb_status r_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    const eb_status s = r_scalar_check(ctx, sk);
    return s == EB_OK ? x_secret_key(ctx, key, sk) : s;
}

static eb_status r_public_key(void *ctx, void *key, const uint8_t *pk)
{
    const eb_status s = r_point_check(ctx, pk);
    return s == EB_OK ? x_public_key(ctx, key, pk) : s;
}

static eb_status r_encode(void *ctx, uint8_t *pk, void *key)
{
    struct x_key *k = key;
    if (!k->has_pk) {
        const eb_status s = r_mul_base(ctx, k->pk, k->sk);
        if (s != EB_OK) {
            eb_wipe(pk, R_LEN);
            return s;
        }
        k->has_pk = true;
    }
    memcpy(pk, k->pk, R_LEN);
    return EB_OK;
}

static eb_status r_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    return r_mul(ctx, ss, ((const struct x_key *)sk)->sk, ((const struct x_key *)pk)->pk);
}

static const eb_dh sodium_ristretto_dh = {
    .prim = {.cls = EB_DH,
             .id = "ristretto255",
             .spec = "RFC 9496",
             .ctx_size = sizeof(struct nothing),
             .init = nothing_init,
             .fini = nothing_fini},
    .sk_len = R_LEN,
    .pk_len = R_LEN,
    .ss_len = R_LEN,
    .key_size = sizeof(struct x_key),
    .secret_key = r_secret_key,
    .public_key = r_public_key,
    .encode = r_encode,
    .agree = r_agree,
    .key_fini = x_key_fini,
};

/* ---- The floor ----
 *
 * Each step is one or a few bare calls on memory that prepare() laid out. Keys, scalars and points are fixed; the
 * library's time does not depend on them.
 */

/* What a step comes to, once its primitive and its place in the trace are known. */
enum work {
    W_NONE, /* libsodium needs no call: it takes keys and points as bytes */
    W_CHACHA_SEAL,
    W_CHACHA_OPEN,
    W_AES_KEY,
    W_AES_SEAL,
    W_AES_OPEN,
    W_DH_BASE,
    W_DH_AGREE,
    W_MAC_KEY,
    W_MAC_LAST,  /* under a key of this trace, for the last time: on the keyed state itself */
    W_MAC_AGAIN, /* under a key that is needed again: on a copy */
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
};

struct job {
    enum work work;
    size_t a, b;
    uint8_t *in, *ad, *out; /* in one block, which starts at `in` */
};

struct bare {
    crypto_aead_aes256gcm_state aes;
    crypto_auth_hmacsha256_state mac;
    uint8_t key[32], nonce[12], digest[64];
    uint8_t sk[X_LEN], pk[X_LEN], peer[X_LEN], ss[X_LEN];
    uint8_t s[2][R_LEN], p[2][R_LEN], wide[R_WIDE], r[R_LEN], sum[R_LEN];
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
    const size_t total = lines(in) + lines(ad) + lines(out);
    if (in > SIZE_MAX / 4 || ad > SIZE_MAX / 4) {
        return EB_ERR_INVALID;
    }
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
    const bool aes = step->prim == &sodium_aes.prim;
    if (!aes && step->prim != &sodium_chacha.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    if (aes && crypto_aead_aes256gcm_is_available() == 0) {
        return EB_ERR_UNSUPPORTED;
    }
    if (step->op == EB_OP_AEAD_KEY) {
        j->work = aes ? W_AES_KEY : W_NONE;
        return EB_OK;
    }
    const bool open = step->op == EB_OP_AEAD_OPEN;
    const eb_status made = job_buffers(j, step->a + (open ? TAG : 0), step->b, step->a + (open ? 0 : TAG));
    if (made != EB_OK) {
        return made;
    }
    j->work = aes ? (open ? W_AES_OPEN : W_AES_SEAL) : (open ? W_CHACHA_OPEN : W_CHACHA_SEAL);
    if (!open) {
        return EB_OK;
    }
    const int failed =
        aes ? crypto_aead_aes256gcm_encrypt(j->in, NULL, j->in, j->a, j->ad, j->b, NULL, s->nonce, s->key)
            : crypto_aead_chacha20poly1305_ietf_encrypt(j->in, NULL, j->in, j->a, j->ad, j->b, NULL, s->nonce, s->key);
    return failed == 0 ? EB_OK : EB_ERR_BACKEND;
}

/* The keys of a trace are those that it parsed; a public key is computed once for each secret key. */
static eb_status bare_dh(struct job *j, const eb_step *steps, size_t at)
{
    const bool ristretto = steps[at].prim == &sodium_ristretto_dh.prim;
    if (!ristretto && steps[at].prim != &sodium_x25519.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    if (ristretto && steps[at].op == EB_OP_DH_SECRET) {
        j->work = W_SCALAR_CHECK;
    }
    if (ristretto && steps[at].op == EB_OP_DH_PUBLIC) {
        j->work = W_POINT_CHECK;
    }
    if (steps[at].op == EB_OP_DH_AGREE) {
        j->work = ristretto ? W_MUL : W_DH_AGREE;
    }
    if (steps[at].op == EB_OP_DH_ENCODE) {
        size_t fresh = 0; /* secret keys without their public keys */
        for (size_t i = 0; i < at; i++) {
            if (steps[i].op == EB_OP_DH_SECRET) {
                fresh++;
            } else if (steps[i].op == EB_OP_DH_ENCODE && fresh > 0) {
                fresh--;
            }
        }
        j->work = fresh == 0 ? W_NONE : ristretto ? W_MUL_BASE : W_DH_BASE;
    }
    return EB_OK;
}

static eb_status bare_mac(struct job *j, const eb_step *steps, size_t n, size_t at)
{
    bool keyed_here = false, used_again = false;
    if (steps[at].prim != &sodium_hmac.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    const eb_status made = job_buffers(j, steps[at].a, 0, 0);
    if (made != EB_OK) {
        return made;
    }
    if (steps[at].op == EB_OP_MAC_KEY) {
        j->work = W_MAC_KEY;
        return EB_OK;
    }
    for (size_t i = 0; i < at; i++) {
        keyed_here = keyed_here || steps[i].op == EB_OP_MAC_KEY;
    }
    for (size_t i = at + 1; i < n && steps[i].op != EB_OP_MAC_KEY; i++) {
        used_again = used_again || steps[i].op == EB_OP_MAC;
    }
    j->work = keyed_here && !used_again ? W_MAC_LAST : W_MAC_AGAIN;
    return EB_OK;
}

static eb_status bare_hash(struct job *j, const eb_step *step)
{
    if (step->prim != &sodium_sha256.prim && step->prim != &sodium_sha512.prim) {
        return EB_ERR_UNSUPPORTED;
    }
    j->work = step->prim == &sodium_sha256.prim ? W_SHA256 : W_SHA512;
    return job_buffers(j, step->a, 0, 0);
}

static eb_status bare_group(struct job *j, const eb_step *step)
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
        [EB_OP_PACK] = W_NONE,
        [EB_OP_UNPACK] = W_POINT_CHECK,
    };
    if (step->prim != &sodium_ristretto.prim) {
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
        return bare_dh(j, steps, at);
    case EB_OP_MAC_KEY:
    case EB_OP_MAC:
        return bare_mac(j, steps, n, at);
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
        return bare_group(j, &steps[at]);
    default:
        break;
    }
    return EB_ERR_UNSUPPORTED;
}

/* The keyed states, the keys, and scalars with two elements of the group. */
static eb_status bare_keys(struct bare *s)
{
    int failed = 0;
    memset(s->key, 0x4b, sizeof s->key);
    memset(s->sk, 0x21, sizeof s->sk);
    memset(s->peer, 0x42, sizeof s->peer);
    memset(s->wide, 0x77, sizeof s->wide);
    memset(s->s[0], 0x0b, sizeof s->s[0]); /* both below 2^252, hence below the order */
    memset(s->s[1], 0x0d, sizeof s->s[1]);
    if (crypto_aead_aes256gcm_is_available() != 0) {
        failed |= crypto_aead_aes256gcm_beforenm(&s->aes, s->key);
    }
    failed |= crypto_auth_hmacsha256_init(&s->mac, s->key, sizeof s->key);
    failed |= crypto_scalarmult_curve25519_base(s->pk, s->peer);
    memcpy(s->peer, s->pk, sizeof s->peer);
    failed |= crypto_scalarmult_ristretto255_base(s->p[0], s->s[1]);
    failed |= crypto_scalarmult_ristretto255_base(s->p[1], s->s[0]);
    return failed == 0 ? EB_OK : EB_ERR_BACKEND;
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
    eb_wipe(s, sizeof *s);
    free(s);
}

static eb_status bare_prepare(void **state, const eb_step *steps, size_t n)
{
    *state = NULL;
    if (n > (SIZE_MAX - sizeof(struct bare) - LINE) / sizeof(struct job)) {
        return EB_ERR_INVALID;
    }
    /* malloc promises less than libsodium's state of AES wants on some systems */
    const size_t size = (sizeof(struct bare) + n * sizeof(struct job) + LINE - 1) / LINE * LINE;
    struct bare *s = aligned_alloc(LINE, size);
    if (s == NULL) {
        return EB_ERR_BACKEND;
    }
    memset(s, 0, size);
    s->n = n;
    eb_status status = bare_keys(s);
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

static int bare_combine(struct bare *s, const struct job *j)
{
    int failed = 0;
    for (size_t i = 0; i < j->a + j->b && failed == 0; i++) {
        uint8_t *to = i == 0 ? s->sum : s->r;
        failed = i < j->a ? crypto_scalarmult_ristretto255(to, s->s[i % 2], s->p[i % 2])
                          : crypto_scalarmult_ristretto255_base(to, s->s[i % 2]);
        if (i > 0 && failed == 0) {
            failed = crypto_core_ristretto255_add(s->sum, s->sum, s->r);
        }
    }
    return failed;
}

static int bare_step(struct bare *s, const struct job *j)
{
    crypto_auth_hmacsha256_state mac;
    switch (j->work) {
    case W_NONE:
        return 0;
    case W_CHACHA_SEAL:
        return crypto_aead_chacha20poly1305_ietf_encrypt(j->out, NULL, j->in, j->a, j->ad, j->b, NULL, s->nonce,
                                                         s->key);
    case W_CHACHA_OPEN:
        return crypto_aead_chacha20poly1305_ietf_decrypt(j->out, NULL, NULL, j->in, j->a + TAG, j->ad, j->b, s->nonce,
                                                         s->key);
    case W_AES_KEY:
        return crypto_aead_aes256gcm_beforenm(&s->aes, s->key);
    case W_AES_SEAL:
        return crypto_aead_aes256gcm_encrypt_afternm(j->out, NULL, j->in, j->a, j->ad, j->b, NULL, s->nonce, &s->aes);
    case W_AES_OPEN:
        return crypto_aead_aes256gcm_decrypt_afternm(j->out, NULL, NULL, j->in, j->a + TAG, j->ad, j->b, s->nonce,
                                                     &s->aes);
    case W_DH_BASE:
        return crypto_scalarmult_curve25519_base(s->pk, s->sk);
    case W_DH_AGREE:
        return crypto_scalarmult_curve25519(s->ss, s->sk, s->peer);
    case W_MAC_KEY:
        return crypto_auth_hmacsha256_init(&s->mac, j->in, j->a);
    case W_MAC_LAST:
        return crypto_auth_hmacsha256_update(&s->mac, j->in, j->a) | crypto_auth_hmacsha256_final(&s->mac, s->digest);
    case W_MAC_AGAIN:
        mac = s->mac;
        return crypto_auth_hmacsha256_update(&mac, j->in, j->a) | crypto_auth_hmacsha256_final(&mac, s->digest);
    case W_SHA256:
        return crypto_hash_sha256(s->digest, j->in, j->a);
    case W_SHA512:
        return crypto_hash_sha512(s->digest, j->in, j->a);
    case W_SCALAR_CHECK:
        return sodium_is_zero(s->s[0], R_LEN) | (sodium_compare(s->s[0], r_order, R_LEN) + 1);
    case W_SCALAR_REDUCE:
        crypto_core_ristretto255_scalar_reduce(s->r, s->wide);
        return 0;
    case W_SCALAR_ADD:
        crypto_core_ristretto255_scalar_add(s->r, s->s[0], s->s[1]);
        return 0;
    case W_SCALAR_MUL:
        crypto_core_ristretto255_scalar_mul(s->r, s->s[0], s->s[1]);
        return 0;
    case W_SCALAR_INVERT:
        return crypto_core_ristretto255_scalar_invert(s->r, s->s[0]);
    case W_POINT_CHECK:
        return sodium_is_zero(s->p[0], R_LEN) | (crypto_core_ristretto255_is_valid_point(s->p[0]) - 1);
    case W_MUL:
        return crypto_scalarmult_ristretto255(s->r, s->s[0], s->p[0]);
    case W_MUL_BASE:
        return crypto_scalarmult_ristretto255_base(s->r, s->s[0]);
    case W_COMBINE:
        return bare_combine(s, j);
    }
    return -1;
}

static eb_status bare_run(void *state)
{
    struct bare *s = state;
    for (size_t i = 0; i < s->n; i++) {
        if (bare_step(s, &s->jobs[i]) != 0) {
            return EB_ERR_BACKEND;
        }
    }
    return EB_OK;
}

static const eb_floor sodium_floor = {
    .classes = 1u << EB_AEAD | 1u << EB_DH | 1u << EB_MAC | 1u << EB_HASH | 1u << EB_GROUP,
    .prepare = bare_prepare,
    .run = bare_run,
    .release = bare_release,
};

/* ---- The backend ---- */

static const char *sodium_version(void)
{
    return sodium_version_string();
}

static eb_status sodium_start(void)
{
    eb_sodium_serve_coins();
    return sodium_init() >= 0 ? EB_OK : EB_ERR_BACKEND; /* 1: somebody in this process has done it before */
}

static void sodium_stop(void)
{
}

static const eb_prim *const sodium_prims[] = {
    &sodium_chacha.prim,        &sodium_aes.prim,
    &sodium_x25519.prim,        &sodium_hmac.prim,
    &sodium_sha256.prim,        &sodium_sha512.prim,
    &sodium_ristretto.prim,     &sodium_ristretto_dh.prim,
    &eb_sodium_ed25519.prim,
#ifdef crypto_kem_xwing_PUBLICKEYBYTES
    &eb_sodium_ml_kem_768.prim, &eb_sodium_x_wing.prim,
#endif
    &eb_sodium_sealed_box.prim, NULL,
};

static const eb_absent sodium_absent[] = {
    {.id = "p256", .reason = "libsodium has no NIST curves"},
    {.id = "ecdsa-p256", .reason = "libsodium has no NIST curves"},
    {.id = "aes-128-gcm", .reason = "libsodium has AES-GCM with 256-bit keys only"},
    {.id = "ml-kem-768", .reason = "libsodium has ML-KEM-768 from version 1.0.22"},
    {.id = "ml-kem-1024", .reason = "libsodium has ML-KEM with 768 only, from version 1.0.22"},
    {.id = "x-wing", .reason = "libsodium has X-Wing from version 1.0.22"},
    {.id = "rsa-1280-oaep", .reason = "libsodium has no RSA"},
    {.id = "rsa-2048-oaep", .reason = "libsodium has no RSA"},
    {.id = "aes-128-ctr", .reason = "libsodium has AES-GCM and no other mode of AES"},
    {.id = "aes-256-kw", .reason = "libsodium has AES-GCM and no other mode of AES"},
    {.id = "cms", .reason = "libsodium has no CMS"},
    {.id = NULL},
};

static const eb_floor *const sodium_floors[] = {
    &sodium_floor,
    &eb_sodium_sig_floor,
#ifdef crypto_kem_xwing_PUBLICKEYBYTES
    &eb_sodium_kem_floor,
#endif
    &eb_sodium_envelope_floor,
    NULL,
};

const eb_backend eb_backend_sodium = {
    .abi = EB_ABI,
    .id = "sodium",
    .library = "libsodium",
    .version = sodium_version,
    .start = sodium_start,
    .stop = sodium_stop,
    .prims = sodium_prims,
    .absent = sodium_absent,
    .floors = sodium_floors,
    .drawn = NULL, /* none of these primitives is blinded */
};
