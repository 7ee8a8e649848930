/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cryptographic primitives as a backend offers them. A backend computes standard primitives and nothing else: no
 * labels, no wire format. Each class below is a table of functions over an opaque context of `prim.ctx_size` bytes.
 *
 * Life of a context: memory of ctx_size bytes, zeroed and aligned for any type; prim.init once (cold: algorithm
 * fetch, library objects); any number of operations; prim.fini once (wipes and frees). Operations reuse what init
 * made, so that a warm operation allocates nothing that the library does not itself insist on. A context belongs to
 * one thread.
 */
#ifndef ESCROWBENCH_PRIMITIVES_H
#define ESCROWBENCH_PRIMITIVES_H

#include "escrowbench/base.h"

/** Classes of primitives. Append only: modules are compiled against the numbers. */
typedef enum eb_class {
    EB_AEAD,  /* eb_aead */
    EB_DH,    /* eb_dh */
    EB_MAC,   /* eb_mac */
    EB_HASH,  /* eb_hash */
    EB_GROUP, /* eb_group */
    EB_CLASS_COUNT
} eb_class;

/** The head of every primitive: first member of each class's table, so that a list can hold all classes. */
typedef struct eb_prim {
    eb_class cls;
    const char *id;   /* "chacha20-poly1305", "aes-256-gcm", "x25519", "p256", "hmac-sha256", "sha256", "sha512",
                         "ristretto255" */
    const char *spec; /* where it is defined: "RFC 8439" */
    size_t ctx_size;
    eb_status (*init)(void *ctx) EB_MUST_CHECK;
    void (*fini)(void *ctx);
    /* NULL if always there; else returns NULL when usable on this machine, or a one-line reason when it is not
       (libsodium's AES-256-GCM without AES instructions). Called after eb_backend.start. */
    const char *(*missing)(void);
} eb_prim;

/** Authenticated encryption with associated data (RFC 5116). */
typedef struct eb_aead {
    eb_prim prim;
    size_t key_len, nonce_len, tag_len;
    /* Sets the key (key_len bytes) for the following calls. */
    eb_status (*set_key)(void *ctx, const uint8_t *key) EB_MUST_CHECK;
    /* Writes pt.len + tag_len bytes: ciphertext, then tag. `ct` may equal pt.ptr, but not overlap otherwise. */
    eb_status (*seal)(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt) EB_MUST_CHECK;
    /* Writes ct.len - tag_len bytes. EB_ERR_AUTH on a bad tag or ct.len < tag_len; then `pt` holds zeros only. */
    eb_status (*open)(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct) EB_MUST_CHECK;
} eb_aead;

/** Diffie-Hellman on a named curve. Keys are used as key objects (parsed once), memory of key_size bytes, zeroed
 *  before first use and aligned for any type. Every object that secret_key or public_key accepted goes back through
 *  key_fini, after which it may be filled again. On an error of theirs the object needs no key_fini. */
typedef struct eb_dh {
    eb_prim prim;
    size_t sk_len, pk_len, ss_len; /* X25519: 32, 32, 32 (RFC 7748). P-256: 32, 65, 32 (SEC 1 uncompressed, big-endian
                                      scalars, shared secret = x coordinate) */
    size_t key_size;
    /* Parses a private key and makes its public key available to `encode`. EB_ERR_INVALID: P-256 scalar not in
       [1, n-1]. X25519 clamps. */
    eb_status (*secret_key)(void *ctx, void *key, const uint8_t *sk) EB_MUST_CHECK;
    /* Parses and validates a public key. EB_ERR_INVALID: not a point of the curve (P-256: also the identity, a wrong
       leading byte, a coordinate >= p). */
    eb_status (*public_key)(void *ctx, void *key, const uint8_t *pk) EB_MUST_CHECK;
    /* Writes the public key of either kind of object. Computes it at this call if secret_key did not. */
    eb_status (*encode)(void *ctx, uint8_t *pk, void *key) EB_MUST_CHECK;
    /* ss = DH(sk, pk). EB_ERR_INVALID on an all-zero X25519 result (RFC 9180, s. 7.1.4), with ss zeroed. */
    eb_status (*agree)(void *ctx, uint8_t *ss, const void *sk, const void *pk) EB_MUST_CHECK;
    void (*key_fini)(void *ctx, void *key);
} eb_dh;

/** Message authentication code: HMAC (RFC 2104). */
typedef struct eb_mac {
    eb_prim prim;
    size_t tag_len, block_len;
    /* Sets the key (any length) for the following calls; computing again under the same key costs no key set-up
       beyond what the library forces. */
    eb_status (*set_key)(void *ctx, eb_bytes key) EB_MUST_CHECK;
    /* tag = MAC(parts[0] || ... || parts[n-1]), tag_len bytes. */
    eb_status (*compute)(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n) EB_MUST_CHECK;
} eb_mac;

/** Hash function (FIPS 180-4). */
typedef struct eb_hash {
    eb_prim prim;
    size_t out_len, block_len;
    /* out = H(parts[0] || ... || parts[n-1]), out_len bytes. */
    eb_status (*digest)(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n) EB_MUST_CHECK;
} eb_hash;

/** One term of a linear combination: scalar * point; point NULL is the generator. */
typedef struct eb_term {
    const uint8_t *scalar, *point;
} eb_term;

/** A prime-order group. Scalars and points are byte strings of fixed length: P-256 has big-endian scalars and
 *  uncompressed points (32, 65), ristretto255 little-endian scalars and its own encoding (32, 32; RFC 9496). Scalars
 *  that are passed in are canonical (below the order) unless said otherwise. Functions that take secret scalars run
 *  in constant time as far as the library offers it. */
typedef struct eb_group {
    eb_prim prim;
    size_t scalar_len, point_len;
    size_t packed_len; /* the encoding of RFC 9497: P-256 compressed (33); ristretto255 the same 32 */
    size_t wide_len;   /* bytes that scalar_reduce takes: P-256 48 (RFC 9380 s. 5.1), ristretto255 64 */
    bool little_endian;
    const char *hash_id; /* the hash of the group's RFC 9497 suite: P-256 "sha256", ristretto255 "sha512" */
    /* EB_ERR_INVALID unless 0 < s < order. */
    eb_status (*scalar_check)(void *ctx, const uint8_t *s) EB_MUST_CHECK;
    /* out = wide_len bytes (in the scalars' byte order) mod order. */
    eb_status (*scalar_reduce)(void *ctx, uint8_t *out, const uint8_t *wide) EB_MUST_CHECK;
    eb_status (*scalar_add)(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b) EB_MUST_CHECK;
    eb_status (*scalar_sub)(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b) EB_MUST_CHECK;
    eb_status (*scalar_mul)(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b) EB_MUST_CHECK;
    /* EB_ERR_INVALID for zero. */
    eb_status (*scalar_invert)(void *ctx, uint8_t *out, const uint8_t *a) EB_MUST_CHECK;
    /* EB_ERR_INVALID unless p encodes a group element that is not the identity. */
    eb_status (*point_check)(void *ctx, const uint8_t *p) EB_MUST_CHECK;
    /* out = s * p, for a secret s. EB_ERR_INVALID if p is malformed or the result is the identity. */
    eb_status (*mul)(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p) EB_MUST_CHECK;
    /* out = s * generator, for a secret s. EB_ERR_INVALID if s is zero. */
    eb_status (*mul_base)(void *ctx, uint8_t *out, const uint8_t *s) EB_MUST_CHECK;
    /* out = sum of the n terms, for public scalars (variable time allowed). EB_ERR_INVALID if a point is malformed
       or the result is the identity. */
    eb_status (*combine)(void *ctx, uint8_t *out, const eb_term *terms, size_t n) EB_MUST_CHECK;
    /* point_len <-> packed_len. unpack: EB_ERR_INVALID if malformed or the identity. */
    eb_status (*pack)(void *ctx, uint8_t *packed, const uint8_t *p) EB_MUST_CHECK;
    eb_status (*unpack)(void *ctx, uint8_t *p, const uint8_t *packed) EB_MUST_CHECK;
} eb_group;

/* Largest sizes over all primitives: temporaries of this size live on the stack. A binding checks them. */
enum {
    EB_MAX_HASH = 64,   /* SHA-512 */
    EB_MAX_BLOCK = 128, /* SHA-512 */
    EB_MAX_KEY = 32,    /* AEAD keys */
    EB_MAX_NONCE = 12,
    EB_MAX_TAG = 16,
    EB_MAX_SK = 32, /* DH private keys */
    EB_MAX_PK = 65, /* DH public keys */
    EB_MAX_SS = 32, /* DH shared secrets */
    EB_MAX_SCALAR = 32,
    EB_MAX_POINT = 65,
    EB_MAX_PACKED = 33,
    EB_MAX_WIDE = 64,
};

#endif
