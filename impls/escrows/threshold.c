/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold decapsulation: capsules as with `master` (over P-256 plain RFC 9180), but the escrow private key x is shared
 * t-of-n over the group's scalar field by a dealer and never exists again. Each of t agents multiplies the capsule's enc
 * by its share x_i and proves that it did (DLEQ, RFC 9497 s. 2.2: log_G(Y_i) = log_enc(D_i)); the answers are
 * interpolated in the exponent to x * enc, from which KEM, key schedule and AEAD go on as for any recipient.
 *
 * Public data: Y = x * G, then Y_1 to Y_n. Agent secret: x_i. Partial: D_i || proof, which opens this capsule only and is
 * secret. The proof names a liar; it does not say that the capsule is honest. An agent cannot see which message it
 * helps to open (enc can be blinded), so a lying investigator is not stopped here.
 */
#include "escrowbench.h"
#include "sharing/tdec.h"

static const uint8_t proof_context[] = "escrowbench threshold v1";

static eb_bytes context_string(void)
{
    return eb_range(proof_context, sizeof proof_context - 1);
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    eb_escrow_sizes z = eb_tdec_sizes(b);
    z.capsule_coins = b->dh->sk_len;
    z.capsule = eb_wrap_capsule_len(b);
    return z;
}

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)context; /* plain threshold decapsulation: the agent cannot tell which message this is */
    return eb_tdec_partial(b, agent, out, coins, capsule_bytes, context_string());
}

static eb_status verify(const eb_binding *b, const void *authority, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    (void)context;
    return eb_tdec_verify(b, authority, capsule_bytes, answer, context_string());
}

/* ---- in bulk ---- */

static eb_status batch_partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                               const eb_item *items, size_t count)
{
    return eb_tdec_batch_partial(b, agent, out, coins, items, count, context_string());
}

static eb_status batch_verify(const eb_binding *b, const void *authority, const eb_item *items, size_t count,
                              eb_answer answer)
{
    return eb_tdec_batch_verify(b, authority, items, count, answer, context_string());
}

static const eb_batch batch = {eb_tdec_part_len, eb_tdec_proof_len, batch_partial, batch_verify};

static const char *const suites[] = {"p256", "ristretto255", NULL};

extern const eb_escrow eb_escrow_threshold;

const eb_escrow eb_escrow_threshold = {
    .abi = EB_ABI,
    .id = "threshold",
    .spec = "threshold DHKEM, DLEQ proofs of RFC 9497 s. 2.2, dealer set-up",
    .family = "threshold",
    .about = "as master; t of n agents answer for one message, and the key is never whole",
    .note = "the escrow key never exists whole after set-up; unsafe against a lying investigator (blinded capsules)",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_GROUP),
    .split = true,
    .sizes = sizes,
    .setup = eb_tdec_setup,
    .audit = eb_tdec_audit,
    .load_authority = eb_tdec_load_authority,
    .load_agent = eb_tdec_load_agent,
    .drop_authority = eb_tdec_drop_authority,
    .drop_agent = eb_tdec_drop_agent,
    .capsule = eb_tdec_capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = partial,
    .verify = verify,
    .combine = eb_tdec_combine,
    .batch = &batch,
};
