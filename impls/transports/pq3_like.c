/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of iMessage since 2024 (PQ3), after what Apple published and D. Stebila's analysis (2024): ML-KEM-1024 and P-256 in
 * the handshake, an ECDH step each turn, and a rekeying by ML-KEM-768 from time to time. Not PQ3 itself: its formats are not
 * public as a whole, and the handshake here is that of ratchet/pqxdh.h.
 */
#include "ratchet/pqxdh.h"
#include "ratchet/rekey.h"

static const eb_ratchet_kind kind = {
    .label = "escrowbench pq3-like v1", .handshake = &eb_pqxdh, .rekey = &eb_kem_rekey};

static eb_transport_sizes sizes(const eb_binding *b)
{
    eb_transport_sizes s = {0};
    eb_pqxdh_sizes(b, &s);
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

static bool repeats(const eb_binding *b)
{
    return b->sig->repeats;
}

static const char *const suites[] = {"p256-mlkem1024", NULL};

extern const eb_transport eb_transport_pq3_like;

const eb_transport eb_transport_pq3_like = {
    .abi = EB_ABI,
    .id = "pq3-like",
    .spec = "after Apple, iMessage with PQ3 (2024), and D. Stebila's analysis (2024)",
    .note = "unlike PQ3: identities authenticate by DH as in X3DH, not by an ECDSA signature on each message; SHA-256 "
            "for SHA-384; "
            "AES-256-GCM for AES-CTR; rekeying after 25 turns of a side, not by messages and days; a deposited key "
            "opens the "
            "first chain of each session; a classical capsule undoes what is post-quantum",
    .suites = suites,
    .needs = EB_PQXDH_NEEDS,
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .stateful = true,
    .duplex = true,
    .every = true,
    .skips = EB_RATCHET_SKIP,
    .dh_keys = EB_X3DH_DHS,
    .repeats = repeats,
    .sizes = sizes,
    .keygen = eb_pqxdh_keygen,
    .load_own = eb_pqxdh_load_own,
    .load_peer = eb_pqxdh_load_peer,
    .drop_own = eb_pqxdh_drop_own,
    .drop_peer = eb_pqxdh_drop_peer,
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
