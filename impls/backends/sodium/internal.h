/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the libsodium adapter share. A class of primitives with a file of its own is declared here, and
 * listed in sodium.c. */
#ifndef EB_SODIUM_INTERNAL_H
#define EB_SODIUM_INTERNAL_H

#include "escrowbench/backend.h"

/* For the primitives without a state: a context is never of size zero, so that an allocator need not care. */
struct nothing {
    uint8_t unused;
};

static inline eb_status nothing_init(void *ctx)
{
    (void)ctx;
    return EB_OK;
}

static inline void nothing_fini(void *ctx)
{
    (void)ctx;
}

extern const eb_sig eb_sodium_ed25519;
extern const eb_floor eb_sodium_sig_floor;
/* The classes with files of their own. KEMs only where the library's header has them. */
extern const eb_kem eb_sodium_ml_kem_768, eb_sodium_x_wing;
extern const eb_floor eb_sodium_kem_floor;
/* envelope.c */
extern const eb_envelope eb_sodium_sealed_box;
extern const eb_floor eb_sodium_envelope_floor;
/* Before sodium_init. */
void eb_sodium_serve_coins(void);

#endif
