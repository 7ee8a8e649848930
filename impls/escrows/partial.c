/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partial key escrow (Shamir 1995; Bellare and Goldwasser, "Verifiable Partial Key Escrow", ACM CCS 1997): all of the message
 * secret but its first 16 bits is HPKE-wrapped to the escrow key. Who holds that opens a message at the price of 2^15 trials on
 * average, for each message anew, so that one order is cheap and reading everybody's messages is not.
 *
 *     enc || AEAD(message secret with its first 16 bits zero || check value)
 *
 * The check value, the first 16 bytes of SHA-256(label || message secret), tells the right value of the missing bits from
 * the others by one hash. Without it the body would, by one decryption: it makes trials cheaper by a constant and
 * reveals nothing besides, for it stands inside the wrap, and whoever cannot open that must guess the whole secret. As
 * secrets are new with each message (or context), no trial serves two of them; but nothing keeps the authority from
 * making its trials before there is an order (Bellare and Goldwasser's "early recovery").
 *
 * 16 bits are for measuring: real proposals left out 40 or more. `sweep` times the search for any number of bits. Public data,
 * agent's secret and answer are those of `master`.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/wrapped.h"

enum { MISSING = 16, CHECK = 16 };

static size_t text_len(const eb_binding *b)
{
    return b->params.secret_len + CHECK;
}

static eb_escrow_sizes sizes(const eb_binding *b)
{
    eb_escrow_sizes z = eb_wrap_holder_sizes(b);
    z.capsule += CHECK;
    return z;
}

static eb_status check_value(const eb_binding *b, uint8_t *digest, const uint8_t *secret)
{
    const eb_bytes parts[] = {EB_LITERAL("partial v1"), eb_range(secret, b->params.secret_len)};
    return b->hash->digest(b->hash_ctx, digest, parts, 2);
}

/* The first `bits` bits of a secret, as a number. */
static void set_first_bits(uint8_t *secret, unsigned bits, uint32_t value)
{
    for (unsigned i = 0; i < bits; i++) {
        const uint8_t mask = (uint8_t)(0x80 >> i % 8);
        secret[i / 8] = (uint8_t)(value >> (bits - 1 - i) & 1 ? secret[i / 8] | mask : secret[i / 8] & ~mask);
    }
}

static eb_status capsule(const eb_binding *b, const void *authority, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const eb_wrap_key *k = authority;
    uint8_t text[EB_MAX_SECRET + CHECK], digest[EB_DIGEST];
    eb_status s = check_value(b, digest, secret);
    memcpy(text, secret, b->params.secret_len);
    set_first_bits(text, MISSING, 0);
    memcpy(text + b->params.secret_len, digest, CHECK);
    if (s == EB_OK)
        s = eb_hpke_wrap(b, out, coins, k->key, k->info_hash, eb_range(context.header, EB_DIGEST),
                         eb_range(text, text_len(b)));
    eb_wipe(text, sizeof text);
    return s;
}

static eb_status unwrap(const eb_binding *b, const eb_wrap_key *k, uint8_t *text, const uint8_t *capsule_bytes,
                        eb_context context, const eb_answer *answers)
{
    return eb_hpke_unwrap(b, text, text_len(b), capsule_bytes, answers[0].partial, k->info_hash,
                          eb_range(context.header, EB_DIGEST));
}

/* Values of the first `bits` bits, from `from` to before `end`; all of them, or to the right one. */
typedef struct range {
    unsigned bits;
    uint32_t from, end;
    bool all;
} range;

/* EB_ERR_AUTH if none is right. */
static eb_status search(const eb_binding *b, uint8_t *secret, const uint8_t *check, range r)
{
    uint8_t digest[EB_DIGEST];
    uint32_t found = 0;
    bool right = false;
    eb_status s = EB_OK;
    for (uint32_t value = r.from; value < r.end && s == EB_OK && (r.all || !right); value++) {
        set_first_bits(secret, r.bits, value);
        s = check_value(b, digest, secret);
        /* How long a search takes shows what was found, by nature. */
        if (s == EB_OK && eb_equal(digest, check, CHECK)) {
            right = true;
            found = value;
        }
    }
    set_first_bits(secret, r.bits, found);
    return s == EB_OK && !right ? EB_ERR_AUTH : s;
}

static eb_status combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    uint8_t text[EB_MAX_SECRET + CHECK];
    eb_status s = unwrap(b, authority, text, capsule_bytes, context, answers);
    if (s == EB_OK)
        s = search(b, text, text + b->params.secret_len, (range){MISSING, 0, 1U << MISSING, false});
    if (s == EB_OK)
        memcpy(secret, text, b->params.secret_len);
    eb_wipe(text, sizeof text);
    return s;
}

/* As many bits as are asked for, be they known or not: a trial costs the same. */
static eb_status sweep(const eb_binding *b, const void *authority, unsigned bits, const uint8_t *capsule_bytes,
                       eb_context context, const eb_answer *answers)
{
    uint8_t text[EB_MAX_SECRET + CHECK];
    if (bits < MISSING / 2 || bits > 31)
        return EB_ERR_INVALID;
    eb_status s = unwrap(b, authority, text, capsule_bytes, context, answers);
    if (s == EB_OK) {
        s = search(b, text, text + b->params.secret_len, (range){bits, 0, 1U << bits, true});
        if (s == EB_ERR_AUTH && bits < MISSING)
            s = EB_OK; /* fewer bits than are missing: no value is right */
    }
    eb_wipe(text, sizeof text);
    return s;
}

static eb_status average(const eb_binding *b, const void *authority, const uint8_t *capsule_bytes, eb_context context,
                         const eb_answer *answers)
{
    enum { MIDDLE = 1 << (MISSING - 1), WITHIN = MIDDLE / 128 };
    uint8_t text[EB_MAX_SECRET + CHECK];
    eb_status s = unwrap(b, authority, text, capsule_bytes, context, answers);
    if (s == EB_OK)
        s = search(b, text, text + b->params.secret_len, (range){MISSING, MIDDLE - WITHIN, MIDDLE + WITHIN, false});
    eb_wipe(text, sizeof text);
    return s;
}

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_partial;

const eb_escrow eb_escrow_partial = {
    .abi = EB_ABI,
    .id = "partial",
    .spec = "Shamir 1995, Bellare and Goldwasser 1997: RFC 9180 single-shot, base mode, of all but 16 bits",
    .family = "partial",
    .about = "as master, but 16 bits of the message's key stay out: each access must search for them",
    .note = "16 bits are for measuring; see the search rows for more. Nothing keeps the searching from starting early",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_HASH),
    .sizes = sizes,
    .setup = eb_wrap_holder_setup,
    .load_authority = eb_wrap_load,
    .load_agent = eb_wrap_holder_load,
    .drop_authority = eb_wrap_drop,
    .drop_agent = eb_dhkem_drop,
    .capsule = capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = eb_wrap_holder_partial,
    .combine = combine,
    .sweep = sweep,
    .average = average,
    .missing_bits = MISSING,
};
