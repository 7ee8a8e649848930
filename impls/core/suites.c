/* SPDX-License-Identifier: Apache-2.0 */
/* The suites: which algorithms go together, under one name. KEM, KDF and AEAD identifiers: RFC 9180, s. 7. */
#include "core/registry.h"

static const eb_suite x25519 = {
    .id = "x25519",
    .any_point = true,
    .prim = {[EB_AEAD] = "chacha20-poly1305",
             [EB_DH] = "x25519",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ed25519"},
    .kem_id = 0x0020,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
};

/* The same for libraries without Ed25519: labelled, because keys and signatures are others. */
static const eb_suite x25519_ecdsa = {
    .id = "x25519-ecdsa",
    .base = "x25519",
    .any_point = true,
    .prim = {[EB_AEAD] = "chacha20-poly1305",
             [EB_DH] = "x25519",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ecdsa-p256"},
    .kem_id = 0x0020,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
};

static const eb_suite p256 = {
    .id = "p256",
    .prim = {[EB_AEAD] = "aes-256-gcm",
             [EB_DH] = "p256",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_GROUP] = "p256",
             [EB_SIG] = "ecdsa-p256",
             [EB_KEYWRAP] = "aes-256-kw"},
    .kem_id = 0x0010,
    .kdf_id = 0x0001,
    .aead_id = 0x0002,
};

/* The project's own: DHKEM's construction over ristretto255 (RFC 9496), under a KEM identifier that nobody registered. */
static const eb_suite ristretto255 = {
    .id = "ristretto255",
    .prim = {[EB_AEAD] = "chacha20-poly1305",
             [EB_DH] = "ristretto255",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_GROUP] = "ristretto255"},
    .kem_id = 0xEB01,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
};

/* HPKE on X-Wing (draft-connolly-cfrg-xwing-kem, KEM 0x647a): ML-KEM-768 and X25519 in one. Escrows on it are classical, as
   none of these libraries can split a private key of ML-KEM. */
static const eb_suite xwing = {
    .id = "xwing",
    .base = "x25519",
    .prim = {[EB_AEAD] = "chacha20-poly1305", [EB_MAC] = "hmac-sha256", [EB_HASH] = "sha256", [EB_KEM] = "x-wing"},
    .kem_id = 0x647a,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
    .post_quantum = true,
};

/* Signal's since 2023, and the same with the KEM that libsodium has. */
static const eb_suite x25519_mlkem1024 = {
    .id = "x25519-mlkem1024",
    .base = "x25519",
    .any_point = true,
    .prim = {[EB_AEAD] = "chacha20-poly1305",
             [EB_DH] = "x25519",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ed25519",
             [EB_KEM] = "ml-kem-1024"},
    .kem_id = 0x0020,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
    .post_quantum = true,
};

static const eb_suite x25519_mlkem768 = {
    .id = "x25519-mlkem768",
    .base = "x25519",
    .any_point = true,
    .prim = {[EB_AEAD] = "chacha20-poly1305",
             [EB_DH] = "x25519",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ed25519",
             [EB_KEM] = "ml-kem-768"},
    .kem_id = 0x0020,
    .kdf_id = 0x0001,
    .aead_id = 0x0003,
    .post_quantum = true,
};

/* The shape of iMessage's since 2024. */
static const eb_suite p256_mlkem1024 = {
    .id = "p256-mlkem1024",
    .base = "p256",
    .prim = {[EB_AEAD] = "aes-256-gcm",
             [EB_DH] = "p256",
             [EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ecdsa-p256",
             [EB_KEM] = "ml-kem-1024"},
    .rekey_kem = "ml-kem-768",
    .kem_id = 0x0010,
    .kdf_id = 0x0001,
    .aead_id = 0x0002,
    .post_quantum = true,
};

/* iMessage as of 2015 and 2016. */
static const eb_suite imessage = {
    .id = "imessage",
    .base = "p256",
    .prim = {[EB_MAC] = "hmac-sha256",
             [EB_HASH] = "sha256",
             [EB_SIG] = "ecdsa-p256",
             [EB_PKE] = "rsa-1280-oaep",
             [EB_STREAM] = "aes-128-ctr"},
};

/* Envelopes that a library brings whole. */
static const eb_suite sealed_box = {
    .id = "sealed-box",
    .base = "x25519",
    .prim = {[EB_MAC] = "hmac-sha256", [EB_HASH] = "sha256", [EB_ENVELOPE] = "sealed-box"},
};

static const eb_suite cms = {
    .id = "cms",
    .base = "p256",
    .prim = {[EB_MAC] = "hmac-sha256", [EB_HASH] = "sha256", [EB_ENVELOPE] = "cms"},
};

const eb_suite *const eb_builtin_suites[] = {
    &x25519,          &x25519_ecdsa,   &p256,     &ristretto255, &xwing, &x25519_mlkem1024,
    &x25519_mlkem768, &p256_mlkem1024, &imessage, &sealed_box,   &cms,   NULL,
};
