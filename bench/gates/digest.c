/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/digest.h"

#include <stdlib.h>
#include <string.h>

#include "escrowbench/registry.h"

bool gt_sha256(uint8_t *out, const eb_bytes *parts, size_t n)
{
    const eb_backend *b;
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; b->prims[k] != NULL; k++) {
            const eb_prim *p = b->prims[k];
            if (p->cls != EB_HASH || strcmp(p->id, "sha256") != 0 || (p->missing != NULL && p->missing() != NULL))
                continue;
            void *ctx = calloc(1, p->ctx_size + 1);
            bool ok = ctx != NULL && p->init(ctx) == EB_OK;
            if (ok) {
                ok = ((const eb_hash *)(const void *)p)->digest(ctx, out, parts, n) == EB_OK;
                p->fini(ctx);
            }
            free(ctx);
            return ok;
        }
    return false;
}

void gt_hex(char *out, const uint8_t *bytes, size_t chars)
{
    for (size_t i = 0; i < chars; i++)
        out[i] = "0123456789abcdef"[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    out[chars] = '\0';
}
