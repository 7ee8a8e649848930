/* SPDX-License-Identifier: Apache-2.0 */
/* A link from the inside: shared by session.c and access.c. */
#ifndef EB_CORE_SESSION_H
#define EB_CORE_SESSION_H

#include "core/pair.h"

struct eb_link {
    const eb_pair *pair;
    const eb_authority *authority;
    eb_role role;
    uint64_t sent, received;
    unsigned copies; /* sessions: one, or one for each copy of a bundle */
    bool closed;     /* a bundle was left half made */
    size_t stride;   /* bytes from a session to the next */
    uint8_t *sessions, *pending;
    const void *peers[EB_MAX_DEVICES + 1];
    eb_own *impersonated;                /* owned */
    uint8_t aad[EB_MAX_AAD + EB_DIGEST]; /* the caller's, then the capsule's hash */
    uint8_t *capsule_again;              /* for eb_check */
};

/** eb_open's second half: a message whose parts are known, its associated data complete. */
eb_status eb_open_parts(eb_link *l, eb_buf *plaintext, eb_bytes header, eb_bytes capsule, eb_bytes full_aad,
                        eb_bytes body) EB_MUST_CHECK;

#endif
