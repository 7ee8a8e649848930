/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PQXDH (Kret and Schmidt, revision 1, 2023) over a binding: X3DH (x3dh.h) with a KEM's shared secret beside the DH results.
 *
 *   private   X3DH's || seed of the KEM prekey
 *   public    X3DH's || KEM prekey || signature over label || KEM prekey
 *   hello     X3DH's || last 4 bytes of the KEM prekey, as its number || ciphertext
 *   root      as X3DH's, the KEM's shared secret appended to the DH results                       (s. 3.3)
 *
 * It differs from the deployed protocol as X3DH here does; and its one KEM prekey is that of last resort (s. 3.2).
 */
#ifndef EB_PQXDH_H
#define EB_PQXDH_H

#include "ratchet/x3dh.h"

#define EB_PQXDH_NEEDS (EB_X3DH_NEEDS | EB_NEED(EB_KEM))

/** Sizes of keys, as in eb_transport_sizes: sk, pk, keygen_coins, own, peer. */
void eb_pqxdh_sizes(const eb_binding *b, eb_transport_sizes *sizes);

/** Slots of eb_transport, as in x3dh.h. */
eb_status eb_pqxdh_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins) EB_MUST_CHECK;
eb_status eb_pqxdh_load_own(const eb_binding *b, void *own, const uint8_t *sk) EB_MUST_CHECK;
eb_status eb_pqxdh_load_peer(const eb_binding *b, void *peer, const uint8_t *pk) EB_MUST_CHECK;
void eb_pqxdh_drop_own(const eb_binding *b, void *own);
void eb_pqxdh_drop_peer(const eb_binding *b, void *peer);

extern const eb_handshake eb_pqxdh;

#endif
