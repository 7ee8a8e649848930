/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Master key: the message secret is HPKE-wrapped to one escrow key, whose holder opens any message alone.
 *
 * Public data: the escrow public key. Agent secret: the escrow private key. Partial: the KEM's shared secret of one
 * capsule, which opens this capsule and no other.
 */
#include "escrowbench.h"
#include "hpke/wrapped.h"

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_master;

const eb_escrow eb_escrow_master = {
    .abi = EB_ABI,
    .id = "master",
    .spec = "RFC 9180 single-shot, base mode, of the message secret",
    .family = "master",
    .about = "the message's key is also wrapped to one escrow key",
    .note = "whoever steals the one key opens every message",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS,
    .sizes = eb_wrap_holder_sizes,
    .setup = eb_wrap_holder_setup,
    .load_authority = eb_wrap_load,
    .load_agent = eb_wrap_holder_load,
    .drop_authority = eb_wrap_drop,
    .drop_agent = eb_dhkem_drop,
    .capsule = eb_wrap_capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = eb_wrap_holder_partial,
    .combine = eb_wrap_holder_combine,
};
