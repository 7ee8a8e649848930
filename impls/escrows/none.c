/* SPDX-License-Identifier: Apache-2.0 */
/* No escrow: the base line. Nothing is appended to a message, and nobody but its recipient opens it. */
#include "escrowbench.h"

extern const eb_escrow eb_escrow_none;

const eb_escrow eb_escrow_none = {
    .abi = EB_ABI,
    .id = "none",
    .spec = "plain end-to-end encryption",
    .family = "none",
    .about = "the message alone; nobody but its recipient can open it",
    .note = "the wire is exactly the transport's standard",
    .kind = EB_KIND_NONE,
};
