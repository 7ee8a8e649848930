/* SPDX-License-Identifier: Apache-2.0 */
/* libsodium's sealed box: a message to a public key by crypto_box_seal, as its own users call it. It draws the ephemeral key
 * itself, so that its bytes never repeat. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/side.h"

typedef struct state {
    bool seals;
    size_t len;
    uint8_t pk[crypto_box_PUBLICKEYBYTES], sk[crypto_box_SECRETKEYBYTES];
    uint8_t *message, *sealed, *out;
} state;

static bool row(size_t i, eb_side_row *r)
{
    if (i >= 4)
        return false;
    *r = (eb_side_row){.op = i % 2 == 0 ? "seal" : "open",
                       .subject = "sealed-box",
                       .variant = "x25519",
                       .size = i < 2 ? 1024 : 64,
                       .about = "X25519, BLAKE2b and XSalsa20-Poly1305; beside our HPKE, which does the same work",
                       .coins = crypto_box_SEEDBYTES + (i < 2 ? 1024 : 64),
                       .our_transport = "hpke",
                       .our_suite = "x25519",
                       .our_backend = "sodium"};
    return true;
}

static void release(void *opaque)
{
    state *s = opaque;
    free(s->message);
    free(s->sealed);
    free(s->out);
    free(s);
}

static eb_status seal(state *s)
{
    return crypto_box_seal(s->sealed, s->message, s->len, s->pk) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status open_box(state *s)
{
    return crypto_box_seal_open(s->out, s->sealed, s->len + crypto_box_SEALBYTES, s->pk, s->sk) == 0 ? EB_OK
                                                                                                     : EB_ERR_AUTH;
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    state *s = calloc(1, sizeof *s);
    if (s == NULL || sodium_init() < 0) {
        free(s);
        return EB_ERR_BACKEND;
    }
    s->seals = r->op[0] == 's';
    s->len = (size_t)r->size;
    s->message = malloc(s->len);
    s->sealed = malloc(s->len + crypto_box_SEALBYTES);
    s->out = malloc(s->len);
    if (s->message == NULL || s->sealed == NULL || s->out == NULL ||
        crypto_box_seed_keypair(s->pk, s->sk, coins) != 0) {
        release(s);
        return EB_ERR_BACKEND;
    }
    memcpy(s->message, coins + crypto_box_SEEDBYTES, s->len);
    *out = s;
    return seal(s);
}

/* It opens to the message; nothing with a bit flipped opens. */
static eb_status prove(void *opaque)
{
    state *s = opaque;
    memset(s->out, 0, s->len);
    if (seal(s) != EB_OK || open_box(s) != EB_OK || memcmp(s->out, s->message, s->len) != 0)
        return EB_ERR_AUTH;
    for (size_t i = 0; i < s->len + crypto_box_SEALBYTES; i += 7) {
        s->sealed[i] ^= 1;
        if (open_box(s) == EB_OK)
            return EB_ERR_AUTH;
        s->sealed[i] ^= 1;
    }
    return open_box(s);
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    return s->seals ? seal(s) : open_box(s);
}

extern const eb_side eb_peer_sodium_box;

const eb_side eb_peer_sodium_box = {
    .abi = EB_ABI,
    .id = "sodium-box",
    .library = "libsodium",
    .version = sodium_version_string,
    .note = "crypto_box_seal and crypto_box_seal_open",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .release = release,
};
