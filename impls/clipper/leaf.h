/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The law enforcement access field, 128 bits (M. Blaze, "Protocol Failure in the Escrowed Encryption Standard", ACM CCS
 * 1994, s. 2):
 *
 *     E_family(unit identifier, 32 bits || E_unit(session key), 80 bits || checksum, 16 bits)
 *
 * How 80 and 128 bits go through a cipher of 64-bit blocks, and the checksum, were never published. Stand-ins of ours:
 * E_unit encrypts the first 64 bits and then the last 64, which overlap; E_family encrypts in chaining mode forwards and then
 * backwards, so that each bit of the result depends on all of the text, as is known of the chip's; the checksum is the first 16 bits
 * of E_session of the message's digest, where the chip's took the session key and the initialisation vector.
 */
#ifndef EB_CLIPPER_LEAF_H
#define EB_CLIPPER_LEAF_H

#include "clipper/skipjack.h"

enum { EB_LEAF = 16, EB_LEAF_UNIT = 4, EB_LEAF_CHECKSUM = 2 };

typedef struct eb_leaf {
    uint8_t unit[EB_LEAF_UNIT];
    uint8_t wrapped[EB_SKIPJACK_KEY]; /* E_unit(session key) */
    uint8_t checksum[EB_LEAF_CHECKSUM];
} eb_leaf;

void eb_leaf_seal(uint8_t *out, const eb_leaf *leaf, const uint8_t *family_key);
void eb_leaf_open(eb_leaf *leaf, const uint8_t *in, const uint8_t *family_key);

/** E_unit and its inverse; both of EB_SKIPJACK_KEY bytes. */
void eb_leaf_wrap(uint8_t *wrapped, const uint8_t *session_key, const uint8_t *unit_key);
void eb_leaf_unwrap(uint8_t *session_key, const uint8_t *wrapped, const uint8_t *unit_key);

/** `digest`: at least EB_SKIPJACK_BLOCK bytes. */
void eb_leaf_checksum(uint8_t *checksum, const uint8_t *session_key, const uint8_t *digest);

#endif
