/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PQXDH and the Double Ratchet, as Signal deployed them from 2023: ratchet/pqxdh.h and ratchet/ratchet.h put together. Only the
 * handshake withstands a quantum computer; the ratchet is classical.
 */
#include "ratchet/pqxdh.h"

static const eb_ratchet_kind kind = {.label = "escrowbench pqxdh ratchet v1", .handshake = &eb_pqxdh};

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

static const char *const suites[] = {"x25519-mlkem1024", "x25519-mlkem768", NULL};

extern const eb_transport eb_transport_pqxdh;

const eb_transport eb_transport_pqxdh = {
    .abi = EB_ABI,
    .id = "pqxdh",
    .spec = "PQXDH, revision of 2023 (Kret, Schmidt); Double Ratchet, 2016",
    .note =
        "as ratchet, with ML-KEM-1024 in the handshake (FIPS 203 for the deployed Kyber), or ML-KEM-768 where the "
        "suite's name says "
        "so; one KEM prekey, of last resort; signatures and later steps of the ratchet are classical; a deposited key "
        "opens the first chain of each session; a classical capsule undoes what is post-quantum",
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
