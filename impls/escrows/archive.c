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

static eb_escrow_sizes sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = b->dh->sk_len,
        .pub = b->dh->pk_len,
        .agent_secret = b->dh->sk_len,
        .authority = eb_wrap_key_size(b),
        .agent = eb_dhkem_key_size(b),
        .capsule_coins = b->dh->sk_len,
        .capsule = eb_wrap_capsule_len(b),
        .partial = EB_DIGEST,
    };
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    return eb_dhkem_keygen(b, agents, pub, coins);
}

static eb_status load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index; /* there is one */
    return eb_dhkem_load_secret(b, agent, secret);
}

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule, eb_context context)
{
    (void)coins, (void)context;
    return eb_dhkem_decap(b, out, capsule, agent, NULL);
}

static eb_status combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                         eb_context context, const eb_answer *answers)
{
    return eb_wrap_open(b, authority, secret, capsule, answers[0].partial, context);
}

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
    .systems = "key recovery authority",
    .kind = EB_KIND_DEPOSIT,
    .suites = suites,
    .needs = EB_HPKE_NEEDS,
    .sizes = sizes,
    .setup = setup,
    .load_authority = eb_wrap_load,
    .load_agent = load_agent,
    .drop_authority = eb_wrap_drop,
    .drop_agent = eb_dhkem_drop,
    .capsule = eb_wrap_capsule,
    .partial = partial,
    .combine = combine,
};
