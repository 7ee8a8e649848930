/* SPDX-License-Identifier: Apache-2.0 */
/* AES in counter mode (NIST SP 800-38A, s. 6.5). */
#include "internal.h"

#include <mbedtls/aes.h>
#include <stdlib.h>
#include <string.h>

enum { CTR_KEY = 16, CTR_IV = 16 };

static eb_status ctr_init(void *ctx)
{
    mbedtls_aes_init(ctx);
    return EB_OK;
}

static void ctr_fini(void *ctx)
{
    mbedtls_aes_free(ctx); /* wipes */
}

static eb_status ctr_set_key(void *ctx, const uint8_t *key)
{
    return mbedtls_aes_setkey_enc(ctx, key, 8 * CTR_KEY) == 0 ? EB_OK : EB_ERR_BACKEND;
}

static eb_status ctr_apply(void *ctx, uint8_t *out, const uint8_t *iv, eb_bytes in)
{
    uint8_t counter[CTR_IV], stream[CTR_IV];
    size_t offset = 0;
    memcpy(counter, iv, CTR_IV);
    const int ret = mbedtls_aes_crypt_ctr(ctx, in.len, &offset, counter, stream, in.ptr, out);
    eb_wipe(stream, sizeof stream);
    if (ret == 0) {
        return EB_OK;
    }
    eb_wipe(out, in.len);
    return EB_ERR_BACKEND;
}

const eb_stream eb_mbedtls_aes_128_ctr = {
    .prim = {.cls = EB_STREAM,
             .id = "aes-128-ctr",
             .spec = "NIST SP 800-38A, s. 6.5",
             .ctx_size = sizeof(mbedtls_aes_context),
             .init = ctr_init,
             .fini = ctr_fini},
    .key_len = CTR_KEY,
    .iv_len = CTR_IV,
    .set_key = ctr_set_key,
    .apply = ctr_apply,
};

/* ---- the floor ---- */

struct floor_state {
    mbedtls_aes_context aes;
    uint8_t *in, *out; /* the longest that is needed */
    eb_step *steps;
    size_t n;
};

static const uint8_t floor_key[CTR_KEY] = {1};

static void floor_release(void *state)
{
    struct floor_state *f = state;
    if (f == NULL) {
        return;
    }
    mbedtls_aes_free(&f->aes);
    free(f->in);
    free(f->out);
    free(f->steps);
    free(f);
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = calloc(1, sizeof *f);
    size_t longest = 0;
    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    mbedtls_aes_init(&f->aes);
    for (size_t i = 0; i < n; i++) {
        longest = steps[i].a > longest ? steps[i].a : longest;
    }
    f->n = n;
    f->steps = calloc(n + 1, sizeof *f->steps);
    f->in = calloc(1, longest + 1);
    f->out = calloc(1, longest + 1);
    if (f->steps == NULL || f->in == NULL || f->out == NULL ||
        mbedtls_aes_setkey_enc(&f->aes, floor_key, 8 * CTR_KEY) != 0) {
        floor_release(f);
        return EB_ERR_BACKEND;
    }
    memcpy(f->steps, steps, n * sizeof *steps);
    *state = f;
    return EB_OK;
}

static int floor_step(struct floor_state *f, const eb_step *s)
{
    uint8_t counter[CTR_IV] = {0}, stream[CTR_IV];
    size_t offset = 0;
    if (s->op == EB_OP_STREAM_KEY) {
        return mbedtls_aes_setkey_enc(&f->aes, floor_key, 8 * CTR_KEY);
    }
    return mbedtls_aes_crypt_ctr(&f->aes, s->a, &offset, counter, stream, f->in, f->out);
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

const eb_floor eb_mbedtls_cipher_floor = {
    .classes = 1u << EB_STREAM,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
