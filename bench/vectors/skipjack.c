/* SPDX-License-Identifier: Apache-2.0 */
/* Skipjack, which is ours on every library: the same case for each. */
#include "clipper/skipjack.h"
#include "bench/vectors/vectors_internal.h"

void vec_skipjack_one(vec_run *r, const json_t *entry)
{
    eb_bytes key, plaintext, ciphertext;
    uint8_t out[EB_SKIPJACK_BLOCK];
    vec_begin(r, "Skipjack %s", vec_string(entry, "name"));
    if (vec_hex_len(r, entry, "key", EB_SKIPJACK_KEY, &key) &&
        vec_hex_len(r, entry, "plaintext", EB_SKIPJACK_BLOCK, &plaintext) &&
        vec_hex_len(r, entry, "ciphertext", EB_SKIPJACK_BLOCK, &ciphertext)) {
        eb_skipjack_encrypt(out, plaintext.ptr, key.ptr);
        vec_same(r, out, sizeof out, ciphertext, "ciphertext");
        eb_skipjack_decrypt(out, ciphertext.ptr, key.ptr);
        vec_same(r, out, sizeof out, plaintext, "plaintext");
    }
    vec_end(r);
}
