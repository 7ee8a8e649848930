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
    EB_AEAD,     /* eb_aead */
    EB_DH,       /* eb_dh */
    EB_MAC,      /* eb_mac */
    EB_HASH,     /* eb_hash */
    EB_GROUP,    /* eb_group */
    EB_SIG,      /* eb_sig */
    EB_KEM,      /* eb_kem */
    EB_PKE,      /* eb_pke */
    EB_STREAM,   /* eb_stream */
    EB_KEYWRAP,  /* eb_keywrap */
    EB_ENVELOPE, /* eb_envelope */
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

/** Digital signatures. Keys are objects as in eb_dh: memory of key_size bytes, zeroed before first use; what secret_key
 *  or public_key accepted goes back through key_fini. */
typedef struct eb_sig {
    eb_prim prim; /* "ed25519" (RFC 8032), "ecdsa-p256" (FIPS 186-5 with SHA-256) */
    size_t sk_len, pk_len,
        sig_len; /* Ed25519: 32 (the seed), 32, 64. ECDSA: 32, 65 (SEC 1 uncompressed), 64 (r || s) */
    size_t key_size;
    /* A private key from sk_len bytes of coins: Ed25519 takes them as they are; ECDSA as SEC 1 scalars, EB_ERR_INVALID if not
       in [1, n-1]. */
    eb_status (*secret_key)(void *ctx, void *key, const uint8_t *sk) EB_MUST_CHECK;
    eb_status (*public_key)(void *ctx, void *key, const uint8_t *pk) EB_MUST_CHECK;
    /* Writes the public key of either kind of object. */
    eb_status (*encode)(void *ctx, uint8_t *pk, void *key) EB_MUST_CHECK;
    eb_status (*sign)(void *ctx, uint8_t *sig, const void *sk, eb_bytes message) EB_MUST_CHECK;
    /* EB_ERR_AUTH if it is not a signature of the message under the key. */
    eb_status (*verify)(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message) EB_MUST_CHECK;
    void (*key_fini)(void *ctx, void *key);
    /* The same key and message give the same signature: Ed25519, and ECDSA by RFC 6979 where the library has it. */
    bool repeats;
} eb_sig;

/** Key encapsulation with all randomness as coins. Keys are objects, as in eb_dh. */
typedef struct eb_kem {
    eb_prim prim;                          /* "ml-kem-768", "ml-kem-1024" (FIPS 203), "x-wing" */
    size_t sk_len, pk_len, ct_len, ss_len; /* sk is the seed: ML-KEM d || z, 64 bytes; X-Wing 32 */
    size_t coins_len;                      /* of encapsulate: ML-KEM 32, X-Wing 64 */
    size_t key_size;
    /* Parses a seed, and makes its public key available to `encode`. */
    eb_status (*secret_key)(void *ctx, void *key, const uint8_t *sk) EB_MUST_CHECK;
    eb_status (*public_key)(void *ctx, void *key, const uint8_t *pk) EB_MUST_CHECK;
    eb_status (*encode)(void *ctx, uint8_t *pk, void *key) EB_MUST_CHECK;
    eb_status (*encapsulate)(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins) EB_MUST_CHECK;
    /* A ciphertext that was not made for this key gives another secret, not an error (implicit rejection). */
    eb_status (*decapsulate)(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk) EB_MUST_CHECK;
    void (*key_fini)(void *ctx, void *key);
} eb_kem;

/** Public-key encryption of short messages: RSA-OAEP (RFC 8017, s. 7.1) with SHA-1 and MGF1-SHA-1, as deployed in 2015. Its
 *  padding is random: a library draws it for itself, so that the same call never repeats. */
typedef struct eb_pke {
    eb_prim prim;                           /* "rsa-1280-oaep" */
    size_t sk_len, pk_len, ct_len, msg_max; /* keys: DER of RFC 8017 (RSAPrivateKey, RSAPublicKey), padded with zeros to
                                               sk_len and pk_len; RSA-1280: ct 160, msg_max 118 */
    size_t key_size;
    eb_status (*secret_key)(void *ctx, void *key, const uint8_t *sk) EB_MUST_CHECK;
    eb_status (*public_key)(void *ctx, void *key, const uint8_t *pk) EB_MUST_CHECK;
    eb_status (*encode)(void *ctx, uint8_t *pk, void *key) EB_MUST_CHECK;
    /* Draws a new key pair from the library's own generator. */
    eb_status (*generate)(void *ctx, uint8_t *sk, uint8_t *pk) EB_MUST_CHECK;
    eb_status (*encrypt)(void *ctx, uint8_t *ct, const void *pk, eb_bytes message) EB_MUST_CHECK;
    /* EB_ERR_AUTH: the padding is wrong. */
    eb_status (*decrypt)(void *ctx, eb_buf *message, const uint8_t *ct, const void *sk) EB_MUST_CHECK;
    void (*key_fini)(void *ctx, void *key);
} eb_pke;

/** An unauthenticated stream cipher. */
typedef struct eb_stream {
    eb_prim prim; /* "aes-128-ctr" (SP 800-38A, s. 6.5), "aes-256-ctr" */
    size_t key_len, iv_len;
    eb_status (*set_key)(void *ctx, const uint8_t *key) EB_MUST_CHECK;
    /* Writes in.len bytes; `out` may equal in.ptr. The same call encrypts and decrypts. */
    eb_status (*apply)(void *ctx, uint8_t *out, const uint8_t *iv, eb_bytes in) EB_MUST_CHECK;
} eb_stream;

/** Wrapping keys under a key, without a nonce: AES-KW (RFC 3394). */
typedef struct eb_keywrap {
    eb_prim prim;             /* "aes-256-kw" */
    size_t key_len, overhead; /* 32, 8 */
    eb_status (*set_key)(void *ctx, const uint8_t *key) EB_MUST_CHECK;
    /* key.len is a multiple of 8, at least 16; writes key.len + overhead bytes. */
    eb_status (*wrap)(void *ctx, uint8_t *out, eb_bytes key) EB_MUST_CHECK;
    /* Writes wrapped.len - overhead bytes; EB_ERR_AUTH if it was not wrapped under this key. */
    eb_status (*unwrap)(void *ctx, uint8_t *out, eb_bytes wrapped) EB_MUST_CHECK;
} eb_keywrap;

/** A whole envelope for public keys that a library brings: a message to one recipient or to several at once. Its
 *  message secret stays inside, and nothing but the plaintext goes in: the format has no associated data. Keys are
 *  objects, as in eb_dh. An envelope is a head, the ciphertext (as long as the plaintext), and a tail. */
typedef struct eb_envelope {
    eb_prim prim;          /* "sealed-box" (libsodium's crypto_box_seal), "cms" (RFC 5652, RFC 5083) */
    size_t sk_len, pk_len; /* cms: DER, padded with zeros */
    size_t keygen_coins;
    size_t coins_len; /* of one seal; 0 where the library draws them */
    size_t tail_len;
    size_t key_size;
    unsigned most; /* recipients of one message */
    eb_status (*secret_key)(void *ctx, void *key, const uint8_t *sk) EB_MUST_CHECK;
    eb_status (*public_key)(void *ctx, void *key, const uint8_t *pk) EB_MUST_CHECK;
    /* The key pair of these coins, or (cms: RSA and certificates) the fixture that they choose. */
    eb_status (*keygen)(void *ctx, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;
    /* Bytes of a head for so many recipients, at most. */
    size_t (*head_max)(void *ctx, unsigned recipients);
    /* How long the head is, by form alone, without a key. EB_ERR_INVALID: not an envelope. */
    eb_status (*head)(void *ctx, size_t *len, eb_bytes sealed) EB_MUST_CHECK;
    eb_status (*seal)(void *ctx, eb_buf *out, const void *const *pks, unsigned recipients, const uint8_t *coins,
                      eb_bytes plaintext) EB_MUST_CHECK;
    /* EB_ERR_AUTH: not for this key, or not authentic as far as the format authenticates. `body`: ciphertext and tail. No copy
       is made where the two lie side by side. */
    eb_status (*open)(void *ctx, eb_buf *plaintext, const void *sk, eb_bytes head, eb_bytes body) EB_MUST_CHECK;
    void (*key_fini)(void *ctx, void *key);
    bool repeats; /* the same coins give the same bytes */
} eb_envelope;

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
    EB_MAX_SIG = 64,
    EB_MAX_SIG_PK = 65,
    EB_MAX_KEM_SK = 64,
    EB_MAX_KEM_PK = 1568, /* ML-KEM-1024 */
    EB_MAX_KEM_CT = 1568,
    EB_MAX_PKE_SK = 1200, /* RSA-2048 */
    EB_MAX_PKE_PK = 272,
    EB_MAX_PKE_CT = 256,
    EB_MAX_STREAM_KEY = 32,
};

#endif
