/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 9180 over a binding: DHKEM (s. 4.1), labelled HKDF (s. 4), key schedule (s. 5.1). Used by the transport `hpke`
 * and by every escrow that wraps a secret to a key. A binding needs DH and MAC; AEAD for sealing.
 */
#ifndef EB_HPKE_H
#define EB_HPKE_H

#include "escrowbench/scheme.h"

#define EB_HPKE_NEEDS (EB_NEED(EB_DH) | EB_NEED(EB_MAC) | EB_NEED(EB_AEAD))

/** For who takes any KEM of HPKE, DHKEM or a KEM of the library's: eb_transport.needs and eb_transport.either. */
#define EB_HPKE_ANY_NEEDS (EB_NEED(EB_MAC) | EB_NEED(EB_AEAD))
#define EB_HPKE_ANY_KEM (EB_NEED(EB_DH) | EB_NEED(EB_KEM))

/** Modes (RFC 9180, s. 5, table 1). PSK modes are not built: nothing here pre-shares keys. */
typedef enum eb_hpke_mode { EB_HPKE_BASE = 0, EB_HPKE_AUTH = 2 } eb_hpke_mode;

/** What single-shot sealing needs: an AEAD key and nonce base. As a message secret: key || base_nonce, 44 bytes. */
enum { EB_HPKE_SECRET = EB_MAX_KEY + EB_MAX_NONCE };

/** KDF: HKDF-SHA256 of RFC 5869 with HPKE's labels. `suite_id` is "KEM" || kem_id or "HPKE" || ids (s. 4.1, 5.1).
 *  extract writes mac->tag_len bytes, expand `len` bytes, at most 255 * tag_len. */
eb_status eb_hpke_extract(const eb_binding *b, uint8_t *prk, eb_bytes suite_id, eb_bytes salt, const char *label,
                          eb_bytes ikm) EB_MUST_CHECK;
eb_status eb_hpke_expand(const eb_binding *b, uint8_t *out, size_t len, eb_bytes suite_id, const uint8_t *prk,
                         const char *label, eb_bytes info) EB_MUST_CHECK;
/** HKDF-Expand (RFC 5869, s. 2.3) with the info in parts. */
eb_status eb_hkdf_expand(const eb_binding *b, uint8_t *out, size_t len, eb_bytes prk, const eb_bytes *info,
                         size_t n) EB_MUST_CHECK;
/** HKDF-Extract (s. 2.2). */
eb_status eb_hkdf_extract(const eb_binding *b, uint8_t *prk, eb_bytes salt, eb_bytes ikm) EB_MUST_CHECK;

/** A DHKEM key object: the library's parsed key and the encoding that goes into kem_context. Memory of
 *  eb_dhkem_key_size bytes, zeroed before first use; given back through eb_dhkem_drop. */
size_t eb_dhkem_key_size(const eb_binding *b);
eb_status eb_dhkem_load_secret(const eb_binding *b, void *key, const uint8_t *sk) EB_MUST_CHECK;
eb_status eb_dhkem_load_public(const eb_binding *b, void *key, const uint8_t *pk) EB_MUST_CHECK;
/** DeriveKeyPair (s. 7.1.3) straight into an object; `ikm` has at least dh->sk_len bytes. */
eb_status eb_dhkem_load_derived(const eb_binding *b, void *key, eb_bytes ikm) EB_MUST_CHECK;
void eb_dhkem_drop(const eb_binding *b, void *key);
/** The library's parsed key inside, for b->dh: Diffie-Hellman by itself. Borrowed. */
const void *eb_dhkem_object(const void *key);
/** The key's public encoding, dh->pk_len bytes, borrowed from the object. */
const uint8_t *eb_dhkem_public(const void *key);

/** DeriveKeyPair (s. 7.1.3): writes dh->sk_len bytes. `ikm` has at least dh->sk_len bytes. */
eb_status eb_dhkem_derive(const eb_binding *b, uint8_t *sk, eb_bytes ikm) EB_MUST_CHECK;
/** The same into a key object of b->dh's (one of b->temp_key), which the caller finishes. */
eb_status eb_dhkem_derive_object(const eb_binding *b, void *object, eb_bytes ikm) EB_MUST_CHECK;

/** A key pair from dh->sk_len bytes of coins: DeriveKeyPair, and the public key encoded. */
eb_status eb_dhkem_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;

/** Encap, or AuthEncap with `sender` not NULL (s. 4.1): ss = EB_DIGEST bytes, enc = dh->pk_len bytes, from
 *  ikm (dh->sk_len bytes) as DeriveKeyPair's input. */
eb_status eb_dhkem_encap(const eb_binding *b, uint8_t *ss, uint8_t *enc, const uint8_t *ikm, const void *recipient,
                         const void *sender) EB_MUST_CHECK;
/** Base-mode Encap that also gives the ephemeral private key (dh->sk_len bytes, the caller wipes it), for a sender who proves
 *  something about enc. */
eb_status eb_dhkem_encap_keep(const eb_binding *b, uint8_t *ss, uint8_t *enc, uint8_t *ephemeral, const uint8_t *ikm,
                              const void *recipient) EB_MUST_CHECK;
/** Decap, or AuthDecap with `sender` not NULL. EB_ERR_INVALID if enc is not a valid public key. */
eb_status eb_dhkem_decap(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const void *recipient,
                         const void *sender) EB_MUST_CHECK;
/** Is enc a valid public key? EB_ERR_INVALID if not. */
eb_status eb_dhkem_inspect(const eb_binding *b, const uint8_t *enc) EB_MUST_CHECK;
/** Base-mode Decap with a private key that is used once, from bytes; its public key is known (`pk`, encoded), which
 *  saves computing it. */
eb_status eb_dhkem_decap_with(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const uint8_t *sk,
                              const uint8_t *pk) EB_MUST_CHECK;
/** ExtractAndExpand for base mode from a DH result that was computed elsewhere: by agents together. */
eb_status eb_dhkem_finish(const eb_binding *b, uint8_t *ss, const uint8_t *dh, const uint8_t *enc,
                          const uint8_t *recipient_pk) EB_MUST_CHECK;

/* ---- any KEM: DHKEM where the binding has DH, else the KEM that it has ---- */

/** A key pair of a KEM from its seed (kem->sk_len bytes of coins); `temp_key` is memory of kem->key_size bytes. */
eb_status eb_kem_keygen(const eb_kem *kem, void *ctx, void *temp_key, uint8_t *sk, uint8_t *pk,
                        const uint8_t *coins) EB_MUST_CHECK;

/** Bytes of keys, of an encapsulation, of coins; memory of a parsed key. A KEM's private key is its seed, and the coins of a
 *  key pair are that seed (draft-connolly-cfrg-xwing-kem, s. 5.2: GenerateKeyPairDerand). */
typedef struct eb_hpke_kem_sizes {
    size_t sk, pk, enc, keygen_coins, encap_coins, key;
} eb_hpke_kem_sizes;
eb_hpke_kem_sizes eb_hpke_kem_size(const eb_binding *b);
eb_status eb_hpke_kem_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;
/** Parsing; given back through eb_hpke_kem_drop. */
eb_status eb_hpke_kem_load_secret(const eb_binding *b, void *key, const uint8_t *sk) EB_MUST_CHECK;
eb_status eb_hpke_kem_load_public(const eb_binding *b, void *key, const uint8_t *pk) EB_MUST_CHECK;
void eb_hpke_kem_drop(const eb_binding *b, void *key);
/** Encap and Decap; AuthEncap and AuthDecap with `sender` not NULL, which DHKEM alone has (else EB_ERR_UNSUPPORTED). */
eb_status eb_hpke_kem_encap(const eb_binding *b, uint8_t *ss, uint8_t *enc, const uint8_t *coins, const void *recipient,
                            const void *sender) EB_MUST_CHECK;
eb_status eb_hpke_kem_decap(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const void *recipient,
                            const void *sender) EB_MUST_CHECK;

/** LabeledExtract("", "psk_id_hash", "") and LabeledExtract("", "info_hash", info): mac->tag_len bytes each. */
eb_status eb_hpke_psk_id_hash(const eb_binding *b, uint8_t *hash) EB_MUST_CHECK;
eb_status eb_hpke_info_hash(const eb_binding *b, uint8_t *hash, eb_bytes info) EB_MUST_CHECK;

/** KeySchedule (s. 5.1) without a PSK, from the shared secret and the info hash, with b->psk_id_hash: writes
 *  secret = key (aead->key_len) || base_nonce (aead->nonce_len), and exporter_secret (mac->tag_len) unless NULL. */
eb_status eb_hpke_schedule(const eb_binding *b, eb_hpke_mode mode, uint8_t *secret, uint8_t *exporter,
                           const uint8_t *ss, const uint8_t *info_hash) EB_MUST_CHECK;
/** Context.Export (s. 5.3). */
eb_status eb_hpke_export(const eb_binding *b, uint8_t *out, size_t len, const uint8_t *exporter,
                         eb_bytes context) EB_MUST_CHECK;
/** nonce = base_nonce XOR seq (s. 5.2). */
void eb_hpke_nonce(uint8_t *nonce, const uint8_t *base_nonce, size_t len, uint64_t seq);

/** Single-shot base mode: out = enc || ct (dh->pk_len + pt.len + tag). For wrapping a secret to a key. */
eb_status eb_hpke_wrap(const eb_binding *b, uint8_t *out, const uint8_t *ikm, const void *recipient,
                       const uint8_t *info_hash, eb_bytes aad, eb_bytes pt) EB_MUST_CHECK;
/** The same bytes, and the ephemeral private key as eb_dhkem_encap_keep gives it. */
eb_status eb_hpke_wrap_keep(const eb_binding *b, uint8_t *out, uint8_t *ephemeral, const uint8_t *ikm,
                            const void *recipient, const uint8_t *info_hash, eb_bytes aad, eb_bytes pt) EB_MUST_CHECK;
/** Its inverse from the KEM shared secret: opens ct (after enc) of pt_len + tag bytes. */
eb_status eb_hpke_unwrap(const eb_binding *b, uint8_t *pt, size_t pt_len, const uint8_t *wrapped, const uint8_t *ss,
                         const uint8_t *info_hash, eb_bytes aad) EB_MUST_CHECK;

#endif
