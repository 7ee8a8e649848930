/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Skipjack (NIST, "SKIPJACK and KEA Algorithm Specifications", version 2.0, 29 May 1998): blocks of 8 bytes, keys of 10. The
 * cipher of the Clipper chip, secret until then. Table look-ups depend on secrets, as in any program of its time.
 */
#ifndef EB_CLIPPER_SKIPJACK_H
#define EB_CLIPPER_SKIPJACK_H

#include "escrowbench/base.h"

enum { EB_SKIPJACK_BLOCK = 8, EB_SKIPJACK_KEY = 10 };

/** `out` may equal `in`. */
void eb_skipjack_encrypt(uint8_t *out, const uint8_t *in, const uint8_t *key);
void eb_skipjack_decrypt(uint8_t *out, const uint8_t *in, const uint8_t *key);

/** 64-bit output feedback (FIPS 81, one of the modes that FIPS 185 lists): the same call encrypts and decrypts. */
void eb_skipjack_ofb(uint8_t *out, eb_bytes in, const uint8_t *key, const uint8_t *iv);

#endif
