/* SPDX-License-Identifier: Apache-2.0 */
#include "clipper/leaf.h"

#include <string.h>

enum { BLOCK = EB_SKIPJACK_BLOCK };

static void add(uint8_t *to, const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        to[i] ^= block[i];
}

void eb_leaf_seal(uint8_t *out, const eb_leaf *leaf, const uint8_t *family_key)
{
    memcpy(out, leaf->unit, EB_LEAF_UNIT);
    memcpy(out + EB_LEAF_UNIT, leaf->wrapped, EB_SKIPJACK_KEY);
    memcpy(out + EB_LEAF_UNIT + EB_SKIPJACK_KEY, leaf->checksum, EB_LEAF_CHECKSUM);
    eb_skipjack_encrypt(out, out, family_key);
    add(out + BLOCK, out);
    eb_skipjack_encrypt(out + BLOCK, out + BLOCK, family_key);
    eb_skipjack_encrypt(out + BLOCK, out + BLOCK, family_key);
    add(out, out + BLOCK);
    eb_skipjack_encrypt(out, out, family_key);
}

void eb_leaf_open(eb_leaf *leaf, const uint8_t *in, const uint8_t *family_key)
{
    uint8_t text[EB_LEAF];
    eb_skipjack_decrypt(text, in, family_key);
    add(text, in + BLOCK);
    eb_skipjack_decrypt(text + BLOCK, in + BLOCK, family_key);
    eb_skipjack_decrypt(text + BLOCK, text + BLOCK, family_key);
    add(text + BLOCK, text);
    eb_skipjack_decrypt(text, text, family_key);
    memcpy(leaf->unit, text, EB_LEAF_UNIT);
    memcpy(leaf->wrapped, text + EB_LEAF_UNIT, EB_SKIPJACK_KEY);
    memcpy(leaf->checksum, text + EB_LEAF_UNIT + EB_SKIPJACK_KEY, EB_LEAF_CHECKSUM);
    eb_wipe(text, sizeof text);
}

void eb_leaf_wrap(uint8_t *wrapped, const uint8_t *session_key, const uint8_t *unit_key)
{
    memcpy(wrapped, session_key, EB_SKIPJACK_KEY);
    eb_skipjack_encrypt(wrapped, wrapped, unit_key);
    eb_skipjack_encrypt(wrapped + EB_SKIPJACK_KEY - BLOCK, wrapped + EB_SKIPJACK_KEY - BLOCK, unit_key);
}

void eb_leaf_unwrap(uint8_t *session_key, const uint8_t *wrapped, const uint8_t *unit_key)
{
    memcpy(session_key, wrapped, EB_SKIPJACK_KEY);
    eb_skipjack_decrypt(session_key + EB_SKIPJACK_KEY - BLOCK, session_key + EB_SKIPJACK_KEY - BLOCK, unit_key);
    eb_skipjack_decrypt(session_key, session_key, unit_key);
}

void eb_leaf_checksum(uint8_t *checksum, const uint8_t *session_key, const uint8_t *digest)
{
    uint8_t block[BLOCK];
    eb_skipjack_encrypt(block, digest, session_key);
    memcpy(checksum, block, EB_LEAF_CHECKSUM);
}
