/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ghost user: the service adds a silent participant, one more device that every message is sealed to. The join does all
 * of it, for any transport: the ghost is a recipient like the others.
 */
#include "escrowbench.h"

extern const eb_escrow eb_escrow_ghost;

const eb_escrow eb_escrow_ghost = {
    .abi = EB_ABI,
    .id = "ghost",
    .spec = "I. Levy and C. Robinson, Principles for a More Informed Exceptional Access Debate, 2018",
    .family = "master",
    .about = "every message is sealed to one more device, which its users are not shown",
    .note =
        "the ghost opens whatever is sent to it: no order stands between; the sender's client must hide a recipient",
    .kind = EB_KIND_DEVICE,
};
