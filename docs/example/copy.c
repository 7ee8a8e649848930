/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest escrow: the message secret, HPKE-wrapped to one key. It does what `master` does, so its figures must be
 * those of `master`. Goes to impls/escrows/copy.c; see docs/ADDING.md. */
#include "escrowbench.h"
#include "hpke/wrapped.h"

static eb_escrow_sizes sizes(const eb_binding *b)
{
    const size_t sk = b->dh->sk_len, pk = b->dh->pk_len, parsed = eb_dhkem_key_size(b);
    return (eb_escrow_sizes){.setup_coins = sk,
                             .pub = pk,
                             .agent_secret = sk,
                             .authority = eb_wrap_key_size(b),
                             .agent = parsed,
                             .capsule_coins = sk,
                             .capsule = eb_wrap_capsule_len(b),
                             .partial = EB_DIGEST};
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

/* The KEM's shared secret of one capsule, which opens this capsule and no other. */
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

extern const eb_escrow eb_escrow_copy;

const eb_escrow eb_escrow_copy = {
    .abi = EB_ABI,
    .id = "copy",
    .spec = "RFC 9180 single-shot, base mode, of the message secret",
    .family = "master",
    .about = "the message's key is also wrapped to one escrow key",
    .note = "an example: the same as master",
    .kind = EB_KIND_WRAP,
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
