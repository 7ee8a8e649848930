/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key recovery authority: at enrolment the user's private key is HPKE-wrapped to the authority's key and kept in an
 * archive. Messages carry nothing; access opens the archived key and receives as the user.
 *
 * Public data, agent secret and partial are those of a master key; what the capsule holds is the user's private key, and it
 * is bound to the user's public key instead of a header.
 */
#include "escrowbench.h"
#include "hpke/wrapped.h"

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_archive;

const eb_escrow eb_escrow_archive = {
    .abi = EB_ABI,
    .id = "archive",
    .spec = "RFC 9180 single-shot, base mode, of the user's private key at enrolment",
    .family = "master",
    .about = "the user's private key is deposited with an authority, which then receives as the user",
    .note = "one deposit opens every message to that user, past and future, that the key reaches; nothing is bound to "
            "an order",
    .kind = EB_KIND_DEPOSIT,
    .suites = suites,
    .needs = EB_HPKE_NEEDS,
    .sizes = eb_wrap_holder_sizes,
    .setup = eb_wrap_holder_setup,
    .load_authority = eb_wrap_load,
    .load_agent = eb_wrap_holder_load,
    .drop_authority = eb_wrap_drop,
    .drop_agent = eb_dhkem_drop,
    .capsule = eb_wrap_capsule,
    .partial = eb_wrap_holder_partial,
    .combine = eb_wrap_holder_combine,
};
