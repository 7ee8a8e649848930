/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The escrow of the Clipper chip (FIPS 185, 1994): each message carries a LEAF (clipper/leaf.h), two agencies hold halves of
 * each chip's unit key, and both halves open everything that the chip ever encrypted.
 *
 *   public data      family key || unit identifier || unit key: what is burnt into the sender's chip. It is secret by the chip's
 *                    package alone; here it stands where other escrows have public data, as senders need it
 *   agency's secret  a seed; a unit's half is the start of HMAC(seed, label || unit), and the unit key the XOR of both halves
 *                    (the agencies really drew each half and kept a database)
 *   answer           the half
 *
 * The unit is the user: the first 32 bits of SHA-256(name). Its key is programmed into the chip by `publish`. An answer serves all messages
 * of the unit and all times: the end date of an order was left to the decrypting device's good manners.
 *
 * The receiving chip does not decrypt unless the LEAF's checksum fits the session key and the message (`check`, enforced). 16
 * bits are no obstacle: any 128 bits pass once in 2^16, and hold nothing for the agencies (Blaze 1994; `forge`).
 */
#include <string.h>

#include "clipper/leaf.h"
#include "escrowbench.h"
#include "hpke/hpke.h"

enum { KEY = EB_SKIPJACK_KEY, UNIT = EB_LEAF_UNIT, SEED = 32, AGENCIES = 2 };

/* Public data, and what is kept of it. */
typedef struct chip {
    uint8_t family_key[KEY], unit[UNIT], unit_key[KEY];
} chip;

_Static_assert(sizeof(chip) == KEY + UNIT + KEY, "bytes alone");

static eb_escrow_sizes sizes(const eb_binding *b)
{
    (void)b;
    return (eb_escrow_sizes){
        .setup_coins = KEY + AGENCIES * SEED,
        .pub = sizeof(chip),
        .agent_secret = SEED,
        .authority = sizeof(chip),
        .agent = SEED,
        .capsule = EB_LEAF,
        .partial = KEY,
    };
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    (void)b;
    memset(pub, 0, sizeof(chip));
    memcpy(pub, coins, KEY);
    memcpy(agents, coins + KEY, (size_t)AGENCIES * SEED);
    return EB_OK;
}

static eb_status half_of(const eb_binding *b, uint8_t *half, const uint8_t *seed, const uint8_t *user)
{
    uint8_t tag[EB_MAX_HASH];
    const eb_bytes parts[] = {EB_LITERAL("escrowbench unit key half v1"), eb_range(user, UNIT)};
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(seed, SEED));
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, tag, parts, 2);
    if (s == EB_OK)
        memcpy(half, tag, KEY);
    eb_wipe(tag, sizeof tag);
    return s;
}

static eb_status publish(const eb_binding *b, uint8_t *pub, const uint8_t *agents, const uint8_t *user, uint64_t epoch)
{
    (void)epoch; /* a chip's key is for its life */
    chip *c = (chip *)pub;
    uint8_t other[KEY];
    eb_status s = half_of(b, c->unit_key, agents, user);
    if (s == EB_OK)
        s = half_of(b, other, agents + SEED, user);
    for (size_t i = 0; i < KEY && s == EB_OK; i++)
        c->unit_key[i] ^= other[i];
    memcpy(c->unit, user, UNIT);
    eb_wipe(other, sizeof other);
    return s;
}

static eb_status load_authority(const eb_binding *b, void *authority, const uint8_t *pub, const uint8_t *link)
{
    (void)b, (void)link; /* a LEAF is bound to its message and to nothing else */
    memcpy(authority, pub, sizeof(chip));
    return EB_OK;
}

static eb_status covers(const eb_binding *b, const void *authority, const uint8_t *user, uint64_t epoch)
{
    (void)b, (void)epoch;
    const chip *c = authority;
    return memcmp(c->unit, user, UNIT) == 0 ? EB_OK : EB_ERR_INVALID;
}

static void drop_authority(const eb_binding *b, void *authority)
{
    (void)b;
    eb_wipe(authority, sizeof(chip));
}

static eb_status load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)b, (void)index;
    memcpy(agent, secret, SEED);
    return EB_OK;
}

static void drop_agent(const eb_binding *b, void *agent)
{
    (void)b;
    eb_wipe(agent, SEED);
}

static eb_status capsule(const eb_binding *b, const void *authority, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    (void)b, (void)coins; /* it takes none */
    const chip *c = authority;
    eb_leaf leaf;
    memcpy(leaf.unit, c->unit, UNIT);
    eb_leaf_wrap(leaf.wrapped, secret, c->unit_key);
    eb_leaf_checksum(leaf.checksum, secret, context.header);
    eb_leaf_seal(out, &leaf, c->family_key);
    return EB_OK;
}

/* The receiving chip: it knows family key and session key, and no unit's. */
static bool passes(const chip *c, const uint8_t *capsule_bytes, const uint8_t *secret, eb_context context)
{
    uint8_t expected[EB_LEAF_CHECKSUM];
    eb_leaf leaf;
    eb_leaf_open(&leaf, capsule_bytes, c->family_key);
    eb_leaf_checksum(expected, secret, context.header);
    return eb_equal(expected, leaf.checksum, EB_LEAF_CHECKSUM);
}

static eb_status check(const eb_binding *b, const void *authority, const uint8_t *capsule_bytes, const uint8_t *secret,
                       eb_context context)
{
    (void)b;
    return passes(authority, capsule_bytes, secret, context) ? EB_OK : EB_ERR_AUTH;
}

/* Blaze's attack: other bits until the chip takes them. */
static eb_status forge(const eb_binding *b, const void *authority, uint8_t *out, const uint8_t *coins,
                       const uint8_t *secret, eb_context context, uint64_t limit, uint64_t *tries)
{
    (void)b;
    const chip *c = authority;
    uint8_t expected[EB_LEAF_CHECKSUM];
    eb_leaf leaf;
    eb_leaf_checksum(expected, secret, context.header);
    memcpy(out, coins, EB_LEAF);
    eb_public(out, EB_LEAF); /* it goes over the wire */
    for (*tries = 0; *tries < limit;) {
        ++*tries;
        for (size_t i = 0; i < EB_LEAF && ++out[i] == 0; i++)
            ;
        eb_leaf_open(&leaf, out, c->family_key);
        if (eb_equal(expected, leaf.checksum, EB_LEAF_CHECKSUM))
            return EB_OK;
    }
    return EB_ERR_INVALID;
}

/* ---- access ---- */

static size_t half_len(const eb_binding *b)
{
    (void)b;
    return KEY;
}

static eb_status hand_over(const eb_binding *b, const void *agent, uint8_t *out, eb_context context)
{
    return half_of(b, out, agent, context.user);
}

static eb_status unlock(const eb_binding *b, uint8_t *unit_key, const eb_answer *answers)
{
    memset(unit_key, 0, KEY);
    for (unsigned a = 0; a < b->params.threshold; a++)
        for (size_t i = 0; i < KEY; i++)
            unit_key[i] ^= answers[a].partial[i];
    return EB_OK;
}

static eb_status read_with(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule_bytes,
                           eb_context context, const uint8_t *unit_key)
{
    (void)b;
    const chip *c = authority;
    eb_leaf leaf;
    eb_leaf_open(&leaf, capsule_bytes, c->family_key);
    eb_leaf_unwrap(secret, leaf.wrapped, unit_key);
    return memcmp(leaf.unit, c->unit, UNIT) == 0 && passes(c, capsule_bytes, secret, context) ? EB_OK : EB_ERR_AUTH;
}

static const eb_lasting lasting = {
    .all_epochs = true,
    .answer_len = half_len,
    .key_len = half_len,
    .answer = hand_over,
    .unlock = unlock,
    .read = read_with,
};

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins, (void)capsule_bytes;
    return hand_over(b, agent, out, context);
}

static eb_status combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    uint8_t unit_key[KEY];
    eb_status s = unlock(b, unit_key, answers);
    if (s == EB_OK)
        s = read_with(b, authority, secret, capsule_bytes, context, unit_key);
    eb_wipe(unit_key, sizeof unit_key);
    return s;
}

static const char *const suites[] = {"x25519", NULL};

extern const eb_escrow eb_escrow_clipper;

const eb_escrow eb_escrow_clipper = {
    .abi = EB_ABI,
    .id = "clipper",
    .spec = "FIPS 185; the LEAF as Blaze 1994 has it, its modes and checksum stand-ins of ours",
    .family = "threshold",
    .about = "a field in front of each message holds its key under the chip's own, whose halves two agencies keep",
    .note = "80-bit keys; two halves open all of a chip's messages, past and future; a false field passes once in 2^16 "
            "tries",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_NEED(EB_MAC),
    .fixed_agents = AGENCIES,
    .whole = "clipper",
    .enforced = true,
    .timeless = true,
    .sizes = sizes,
    .setup = setup,
    .publish = publish,
    .load_authority = load_authority,
    .covers = covers,
    .load_agent = load_agent,
    .drop_authority = drop_authority,
    .drop_agent = drop_agent,
    .capsule = capsule,
    .check = check,
    .forge = forge,
    .forge_tries = UINT64_C(1) << (8 * EB_LEAF_CHECKSUM),
    .partial = partial,
    .combine = combine,
    .lasting = &lasting,
};
