/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X3DH (Marlinspike and Perrin, revision 1, 2016) over a binding: the keys of a device, and the handshake from its
 * bundle.
 *
 *   private   identity, signed prekey, one-time prekey: DH private keys || signing key
 *   public    the same three public keys || signing public key || signature over label || identity || signed prekey
 *   hello     last 4 bytes of both prekeys, as their numbers || sender's identity || ephemeral key
 *   root      HKDF(salt 0, FF x 32 || DH1 || DH2 || DH3 || DH4 [|| extra], label || info hash || IK_A || IK_B)
 *
 * It differs from the deployed protocol: a signing key of its own and its library's signature (no XEdDSA), one
 * one-time prekey that is not used up, labels of our own, and the associated data IK_A || IK_B in the key derivation.
 */
#ifndef EB_X3DH_H
#define EB_X3DH_H

#include "ratchet/ratchet.h"

#define EB_X3DH_NEEDS (EB_RATCHET_NEEDS | EB_NEED(EB_SIG))

enum { EB_X3DH_DHS = 3, EB_X3DH_IKM = 5 * 32 /* FF x 32, four DH results */ };

/** Sizes of keys, as in eb_transport_sizes: sk, pk, keygen_coins, own, peer. */
void eb_x3dh_sizes(const eb_binding *b, eb_transport_sizes *sizes);

/** Slots of eb_transport. load_peer: EB_ERR_INVALID for a malformed key, EB_ERR_AUTH for a prekey that is not signed.
 *  A transport with more in its keys puts these first and its own after sizes->sk, pk, own, peer bytes. */
eb_status eb_x3dh_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;
eb_status eb_x3dh_load_own(const eb_binding *b, void *own, const uint8_t *sk) EB_MUST_CHECK;
eb_status eb_x3dh_load_peer(const eb_binding *b, void *peer, const uint8_t *pk) EB_MUST_CHECK;
void eb_x3dh_drop_own(const eb_binding *b, void *own);
void eb_x3dh_drop_peer(const eb_binding *b, void *peer);

/** Signs or verifies one more public value with a device's signing key: from its private key bytes `sk` (as keygen
 *  wrote them), or against its public key bytes `pk`. EB_MAX_SIG bytes at most; b->sig->sig_len. */
eb_status eb_x3dh_sign(const eb_binding *b, uint8_t *sig, const uint8_t *sk, const char *label,
                       eb_bytes value) EB_MUST_CHECK;
eb_status eb_x3dh_verify(const eb_binding *b, const uint8_t *sig, const uint8_t *pk, const char *label,
                         eb_bytes value) EB_MUST_CHECK;

/** The DH part of the handshake: writes eb_x3dh_hello_len bytes of hello and EB_X3DH_IKM bytes of key material. */
size_t eb_x3dh_hello_len(const eb_binding *b);
size_t eb_x3dh_coins(const eb_binding *b);
eb_status eb_x3dh_agree_initiate(const eb_binding *b, uint8_t *ikm, uint8_t *hello, const void *own, const void *peer,
                                 const uint8_t *coins) EB_MUST_CHECK;
/** EB_ERR_INVALID: a malformed key; EB_ERR_PREKEY: not these prekeys; EB_ERR_PEER: another identity than the peer's. */
eb_status eb_x3dh_agree_respond(const eb_binding *b, uint8_t *ikm, const uint8_t *hello, const void *own,
                                const void *peer) EB_MUST_CHECK;
/** The root key from that and what a KEM adds (`extra`, may be empty). `initiator`, `responder`: identities as hello
 *  and eb_x3dh_identity give them. */
eb_status eb_x3dh_root(const eb_binding *b, uint8_t *root, const char *label, const uint8_t *ikm, eb_bytes extra,
                       const uint8_t *info_hash, const uint8_t *initiator, const uint8_t *responder) EB_MUST_CHECK;
const uint8_t *eb_x3dh_identity(const void *own_or_peer); /* dh->pk_len bytes, borrowed */
/** The signed prekey: eb_handshake.first_key. */
const void *eb_x3dh_prekey(const eb_binding *b, const void *own_or_peer);

/** X3DH itself as a handshake. */
extern const eb_handshake eb_x3dh;

#endif
