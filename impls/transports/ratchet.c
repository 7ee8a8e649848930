/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X3DH and the Double Ratchet, as Signal published them in 2016 and WhatsApp and Signal deployed them: ratchet/x3dh.h and
 * ratchet/ratchet.h put together.
 */
#include "ratchet/ratchet.h"
#include "ratchet/x3dh.h"

static const eb_ratchet_kind kind = {.label = "escrowbench ratchet v1", .handshake = &eb_x3dh};

static eb_transport_sizes sizes(const eb_binding *b)
{
    eb_transport_sizes s = {0};
    eb_x3dh_sizes(b, &s);
    eb_ratchet_sizes(b, &kind, &s);
    return s;
}

static eb_status start(const eb_binding *b, void *session, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info)
{
    return eb_ratchet_start(b, &kind, session, role, own, peers[0], coins, info);
}

static eb_status split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    (void)seq; /* messages are numbered in their headers */
    return eb_ratchet_split(b, &kind, wire, header_len, fresh);
}

/* The bundle's signature is the one thing that may not repeat. */
static bool repeats(const eb_binding *b)
{
    return b->sig->repeats;
}

static const char *const suites[] = {"x25519", "x25519-ecdsa", "p256", NULL};

extern const eb_transport eb_transport_ratchet;

const eb_transport eb_transport_ratchet = {
    .abi = EB_ABI,
    .id = "ratchet",
    .spec = "X3DH and Double Ratchet, revisions of 2016 (Marlinspike, Perrin)",
    .note =
        "unlike the deployed one: the suite's AEAD instead of AES-256-CBC and HMAC, a signing key of its own instead "
        "of "
        "XEdDSA, labels of our own, a one-time prekey that is not used up; a deposited key opens the first chain of "
        "each session and nothing after the recipient's first answer",
    .suites = suites,
    .needs = EB_X3DH_NEEDS,
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .stateful = true,
    .duplex = true,
    .every = true,
    .skips = EB_RATCHET_SKIP,
    .dh_keys = EB_X3DH_DHS,
    .repeats = repeats,
    .sizes = sizes,
    .keygen = eb_x3dh_keygen,
    .load_own = eb_x3dh_load_own,
    .load_peer = eb_x3dh_load_peer,
    .drop_own = eb_x3dh_drop_own,
    .drop_peer = eb_x3dh_drop_peer,
    .start = start,
    .end = eb_ratchet_end,
    .begin = eb_ratchet_begin,
    .finish = eb_ratchet_finish,
    .split = split,
    .peek = eb_ratchet_peek,
    .open = eb_ratchet_open,
    .commit = eb_ratchet_commit,
    .abort = eb_ratchet_abort,
    .recover = eb_ratchet_recover,
};
