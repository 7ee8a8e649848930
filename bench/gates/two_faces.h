/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body that two keys open, to two texts: AES-GCM and ChaCha20-Poly1305 do not commit to their key (P. Grubbs, J. Lu,
 * T. Ristenpart, "Message Franking via Committing Authenticated Encryption", CRYPTO 2017; Y. Dodis, P. Grubbs, T. Ristenpart,
 * J. Woodage, "Fast Message Franking", CRYPTO 2018).
 */
#ifndef EB_BENCH_GATES_TWO_FACES_H
#define EB_BENCH_GATES_TWO_FACES_H

#include "escrowbench/scheme.h"

enum { GT_FACE = 16, GT_FACES = 3 * GT_FACE }; /* bytes of one text, of the ciphertext without tag */

/** An AEAD key and nonce. */
typedef struct gt_face {
    const uint8_t *key, *nonce;
    uint8_t text[GT_FACE];
} gt_face;

/** Writes GT_FACES bytes and a tag that both faces' keys accept under `aad`: the first one's text is the first block of what it
 *  decrypts to, the second one's the second block; the third block is what the equation of the tags leaves. EB_ERR_UNSUPPORTED: not
 *  for this AEAD. */
eb_status gt_two_faces(const eb_aead *aead, void *ctx, uint8_t *body, const gt_face *a, const gt_face *b,
                       eb_bytes aad) EB_MUST_CHECK;

#endif
