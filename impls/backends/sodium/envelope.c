/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's own sealed box (crypto_box_seal): an ephemeral X25519 key, BLAKE2b for the nonce, XSalsa20-Poly1305.
 *
 * It draws the ephemeral key for itself. So that the same coins give the same bytes, the library's random generator is
 * replaced, before the library starts, by one that hands out the coins of a seal that is under way on this thread and asks
 * the library's own for all else.
 */
#include "internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SEAL = crypto_box_SEALBYTES, HEAD = crypto_box_PUBLICKEYBYTES, TAIL = SEAL - HEAD };

/* ---- random bytes ---- */

static _Thread_local struct {
    const uint8_t *coins; /* NULL: no seal is under way */
    size_t left;
    bool short_of; /* the library asked for more */
} serving;

static const char *served_name(void)
{
    return "escrowbench-coins";
}

static void served_buf(void *const out, const size_t len)
{
    if (serving.coins == NULL) {
        randombytes_sysrandom_implementation.buf(out, len);
        return;
    }
    if (len > serving.left) {
        serving.short_of = true;
        randombytes_sysrandom_implementation.buf(out, len);
        return;
    }
    memcpy(out, serving.coins, len);
    serving.coins += len;
    serving.left -= len;
}

static uint32_t served_random(void)
{
    uint32_t x = 0;
    served_buf(&x, sizeof x);
    return x;
}

static void served_stir(void)
{
    randombytes_sysrandom_implementation.stir();
}

static int served_close(void)
{
    return randombytes_sysrandom_implementation.close();
}

static randombytes_implementation served = {
    .implementation_name = served_name,
    .random = served_random,
    .stir = served_stir,
    .uniform = NULL, /* the library makes it of `random` */
    .buf = served_buf,
    .close = served_close,
};

void eb_sodium_serve_coins(void)
{
    (void)randombytes_set_implementation(&served);
}

/* ---- the class ---- */

struct scratch { /* for an envelope whose parts do not lie side by side: the library takes one piece */
    uint8_t *ptr;
    size_t cap;
};

struct box_key {
    uint8_t sk[crypto_box_SECRETKEYBYTES], pk[crypto_box_PUBLICKEYBYTES];
};

static void box_fini(void *ctx)
{
    struct scratch *c = ctx;
    free(c->ptr);
    *c = (struct scratch){0};
}

static eb_status box_init(void *ctx)
{
    *(struct scratch *)ctx = (struct scratch){0};
    return EB_OK;
}

static eb_status box_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct box_key *k = key;
    (void)ctx;
    memcpy(k->sk, sk, sizeof k->sk);
    return crypto_scalarmult_base(k->pk, sk) == 0 ? EB_OK : EB_ERR_INVALID;
}

static eb_status box_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct box_key *k = key;
    (void)ctx;
    memset(k->sk, 0, sizeof k->sk);
    memcpy(k->pk, pk, sizeof k->pk);
    return EB_OK;
}

static eb_status box_keygen(void *ctx, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    (void)ctx;
    return crypto_box_seed_keypair(pk, sk, coins) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static size_t box_head_max(void *ctx, unsigned recipients)
{
    (void)ctx, (void)recipients;
    return HEAD;
}

static eb_status box_head(void *ctx, size_t *len, eb_bytes sealed)
{
    (void)ctx;
    *len = HEAD;
    return sealed.len >= SEAL ? EB_OK : EB_ERR_INVALID;
}

static eb_status box_seal(void *ctx, eb_buf *out, const void *const *pks, unsigned recipients, const uint8_t *coins,
                          eb_bytes plaintext)
{
    const struct box_key *k = pks[0];
    (void)ctx;
    out->len = 0;
    if (recipients != 1) {
        return EB_ERR_INVALID;
    }
    if (out->cap < SEAL || out->cap - SEAL < plaintext.len) {
        return EB_ERR_SPACE;
    }
    serving.coins = coins;
    serving.left = crypto_box_SECRETKEYBYTES;
    serving.short_of = false;
    const int ret = crypto_box_seal(out->ptr, plaintext.ptr, plaintext.len, k->pk);
    serving.coins = NULL;
    /* A point of low order as public key, or a library that draws otherwise than this one did. */
    if (ret != 0 || serving.short_of || serving.left != 0) {
        eb_wipe(out->ptr, plaintext.len + SEAL);
        return ret != 0 ? EB_ERR_INVALID : EB_ERR_BACKEND;
    }
    out->len = plaintext.len + SEAL;
    return EB_OK;
}

/* Both parts in one piece: as they are if they are that already. */
static const uint8_t *in_one(struct scratch *c, eb_bytes head, eb_bytes body)
{
    const size_t len = head.len + body.len;
    if (head.ptr + head.len == body.ptr) {
        return head.ptr;
    }
    if (c->cap < len) {
        free(c->ptr);
        c->ptr = malloc(len);
        c->cap = c->ptr != NULL ? len : 0;
    }
    if (c->ptr != NULL) {
        memcpy(c->ptr, head.ptr, head.len);
        memcpy(c->ptr + head.len, body.ptr, body.len);
    }
    return c->ptr;
}

static eb_status box_open(void *ctx, eb_buf *plaintext, const void *sk, eb_bytes head, eb_bytes body)
{
    const struct box_key *k = sk;
    plaintext->len = 0;
    if (head.len != HEAD || body.len < TAIL) {
        return EB_ERR_AUTH;
    }
    const size_t len = body.len - TAIL;
    if (plaintext->cap < len) {
        return EB_ERR_SPACE;
    }
    const uint8_t *sealed = in_one(ctx, head, body);
    if (sealed == NULL) {
        return EB_ERR_BACKEND;
    }
    if (crypto_box_seal_open(plaintext->ptr, sealed, HEAD + body.len, k->pk, k->sk) != 0) {
        if (len > 0) {
            eb_wipe(plaintext->ptr, len);
        }
        return EB_ERR_AUTH;
    }
    plaintext->len = len;
    return EB_OK;
}

static void box_key_fini(void *ctx, void *key)
{
    (void)ctx;
    eb_wipe(key, sizeof(struct box_key));
}

const eb_envelope eb_sodium_sealed_box = {
    .prim = {.cls = EB_ENVELOPE,
             .id = "sealed-box",
             .spec = "libsodium's crypto_box_seal",
             .ctx_size = sizeof(struct scratch),
             .init = box_init,
             .fini = box_fini},
    .sk_len = crypto_box_SECRETKEYBYTES,
    .pk_len = crypto_box_PUBLICKEYBYTES,
    .keygen_coins = crypto_box_SEEDBYTES,
    .coins_len = crypto_box_SECRETKEYBYTES,
    .key_size = sizeof(struct box_key),
    .most = 1,
    .tail_len = TAIL,
    .secret_key = box_secret_key,
    .public_key = box_public_key,
    .keygen = box_keygen,
    .head_max = box_head_max,
    .head = box_head,
    .seal = box_seal,
    .open = box_open,
    .key_fini = box_key_fini,
    .repeats = true,
};

/* ---- the floor ---- */

struct floor_state {
    uint8_t seed[crypto_box_SEEDBYTES], sk[crypto_box_SECRETKEYBYTES], pk[crypto_box_PUBLICKEYBYTES];
    uint8_t *in, *out; /* the longest that is needed */
    struct floor_step {
        eb_op op;
        size_t len;      /* of the plaintext */
        uint8_t *sealed; /* of OPEN */
    } * steps;
    size_t n;
};

static void floor_release(void *state)
{
    struct floor_state *f = state;
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; f->steps != NULL && i < f->n; i++) {
        free(f->steps[i].sealed);
    }
    free(f->in);
    free(f->out);
    free(f->steps);
    free(f);
}

static bool floor_fill(struct floor_state *f, const eb_step *steps)
{
    size_t longest = 0;
    for (size_t i = 0; i < f->n; i++) {
        const bool opens = steps[i].op == EB_OP_ENVELOPE_OPEN;
        f->steps[i].op = steps[i].op;
        f->steps[i].len = opens ? steps[i].b - TAIL : steps[i].a;
        longest = f->steps[i].len > longest ? f->steps[i].len : longest;
    }
    f->in = calloc(1, longest + SEAL);
    f->out = calloc(1, longest + SEAL);
    bool ok = f->in != NULL && f->out != NULL && crypto_box_seed_keypair(f->pk, f->sk, f->seed) == 0;
    for (size_t i = 0; i < f->n && ok; i++) {
        struct floor_step *s = &f->steps[i];
        if (s->op == EB_OP_ENVELOPE_OPEN) {
            s->sealed = malloc(s->len + SEAL);
            ok = s->sealed != NULL && crypto_box_seal(s->sealed, f->in, s->len, f->pk) == 0;
        }
    }
    return ok;
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = calloc(1, sizeof *f);
    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->n = n;
    f->steps = calloc(n + 1, sizeof *f->steps);
    if (f->steps == NULL || !floor_fill(f, steps)) {
        floor_release(f);
        return EB_ERR_BACKEND;
    }
    *state = f;
    return EB_OK;
}

/* The ephemeral key is given here too: a system call for random bytes is no part of sealing. */
static int floor_seal(struct floor_state *f, size_t len)
{
    serving.coins = f->seed;
    serving.left = sizeof f->seed;
    const int ret = crypto_box_seal(f->out, f->in, len, f->pk);
    serving.coins = NULL;
    return ret;
}

static int floor_step(struct floor_state *f, const struct floor_step *s)
{
    switch (s->op) {
    case EB_OP_ENVELOPE_SECRET:
        return crypto_scalarmult_base(f->pk, f->sk);
    case EB_OP_ENVELOPE_PUBLIC:
        memcpy(f->out, f->pk, sizeof f->pk);
        return 0;
    case EB_OP_ENVELOPE_KEYGEN:
        return crypto_box_seed_keypair(f->pk, f->sk, f->seed);
    case EB_OP_ENVELOPE_SEAL:
        return floor_seal(f, s->len);
    default:
        return crypto_box_seal_open(f->out, s->sealed, s->len + SEAL, f->pk, f->sk);
    }
}

static eb_status floor_run(void *state)
{
    struct floor_state *f = state;
    int ret = 0;
    for (size_t i = 0; i < f->n && ret == 0; i++) {
        ret = floor_step(f, &f->steps[i]);
    }
    return ret == 0 ? EB_OK : EB_ERR_BACKEND;
}

const eb_floor eb_sodium_envelope_floor = {
    .classes = 1u << EB_ENVELOPE,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
