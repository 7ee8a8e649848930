/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threshold decapsulation whose agents are no decryption oracles: as `threshold`, with TDH2's second point and proof
 * (Shoup and Gennaro 1998), which bind the capsule to its message, user and epoch.
 *
 *     enc || AEAD(secret) || U' || proof          enc = r * G,  U' = r * G',  proof: log_G(enc) = log_G'(U')
 *
 * The first part is what `threshold` and `master` make, over P-256 plain RFC 9180. r is DHKEM's ephemeral private key, U' is
 * packed (RFC 9497's encoding), and the proof's challenge covers SHA-256(label || link || header hash || AEAD(secret)).
 * An agent checks the proof against its own order's link and header before it answers. Whoever did not make the capsule
 * does not know r, and so cannot prove anything about enc, or about a blinded enc, in the name of another order. The proof
 * does not say that the AEAD opens, nor to what: a rogue sender's capsule is answered, and then combine refuses it.
 *
 * G' is the first hash of label || group || counter that encodes a point, so nobody knows its logarithm. Sharing, answers
 * and their proofs: sharing/tdec.h.
 */
#include <string.h>

#include "escrowbench.h"
#include "sharing/dleq.h"
#include "sharing/tdec.h"

/* A parsed authority or agent: G', then what sharing/tdec.h keeps. */
typedef struct party {
    uint8_t second_base[EB_MAX_POINT];
    _Alignas(max_align_t) uint8_t tdec[];
} party;

static const uint8_t answer_context[] = "escrowbench threshold-cca answer v1";
static const uint8_t capsule_context[] = "escrowbench threshold-cca capsule v1";

enum { LABEL = sizeof capsule_context - 1, CONTEXT = LABEL + EB_DIGEST };

/* What the proof is about, and the storage of its parts. */
typedef struct claim {
    uint8_t context[CONTEXT], second[EB_MAX_POINT];
    const uint8_t *c, *d;
    eb_dleq statement;
} claim;

static eb_escrow_sizes sizes(const eb_binding *b)
{
    eb_escrow_sizes z = eb_tdec_sizes(b);
    z.authority += sizeof(party);
    z.agent += sizeof(party);
    z.capsule_coins = b->dh->sk_len + EB_DIGEST; /* ikm, then the proof's */
    z.capsule = eb_wrap_capsule_len(b) + b->group->packed_len + eb_dleq_len(b->group);
    return z;
}

/* Try and increment: a candidate is the hash as an encoding, over P-256 as the x coordinate of a point with even y. */
static eb_status second_base(const eb_binding *b, uint8_t *point)
{
    uint8_t packed[EB_MAX_PACKED] = {0x02};
    const char *id = b->group->prim.id;
    eb_status s = EB_ERR_INVALID;
    for (unsigned counter = 0; counter < 256 && s == EB_ERR_INVALID; counter++) {
        const uint8_t octet = (uint8_t)counter;
        const eb_bytes parts[] = {EB_LITERAL("escrowbench second generator v1"), eb_range(id, strlen(id)),
                                  eb_range(&octet, 1)};
        s = b->hash->digest(b->hash_ctx, packed + b->group->packed_len - EB_DIGEST, parts, 3);
        if (s == EB_OK)
            s = b->group->unpack(b->group_ctx, point, packed);
    }
    return s;
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    party *p = mem;
    eb_status s = second_base(b, p->second_base);
    return s == EB_OK ? eb_tdec_load_authority(b, p->tdec, pub, link) : s;
}

static void drop_authority(const eb_binding *b, void *mem)
{
    party *p = mem;
    eb_tdec_drop_authority(b, p->tdec);
}

static eb_status load_agent(const eb_binding *b, void *mem, unsigned index, const uint8_t *secret)
{
    party *p = mem;
    eb_status s = second_base(b, p->second_base);
    return s == EB_OK ? eb_tdec_load_agent(b, p->tdec, index, secret) : s;
}

static void drop_agent(const eb_binding *b, void *mem)
{
    party *p = mem;
    eb_tdec_drop_agent(b, p->tdec);
}

/* The statement about a capsule whose second point is in claim->second. */
static eb_status state(const eb_binding *b, claim *q, const party *p, const uint8_t *capsule, eb_context context)
{
    const size_t enc = b->dh->pk_len;
    const eb_bytes parts[] = {eb_range(capsule_context, LABEL), eb_range(context.link, EB_DIGEST),
                              eb_range(context.header, EB_DIGEST),
                              eb_range(capsule + enc, eb_wrap_capsule_len(b) - enc)};
    memcpy(q->context, capsule_context, LABEL);
    q->c = p->second_base;
    q->d = q->second;
    q->statement = (eb_dleq){
        .b = capsule,
        .c = &q->c,
        .d = &q->d,
        .m = 1,
        .plain = true,
        .context = {q->context, CONTEXT},
    };
    return b->hash->digest(b->hash_ctx, q->context + LABEL, parts, 4);
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const party *p = mem;
    uint8_t r[EB_MAX_SK], nonce[EB_MAX_SCALAR];
    uint8_t *second = out + eb_wrap_capsule_len(b), *proof = second + b->group->packed_len;
    claim q;
    eb_status s = eb_wrap_capsule_keep(b, eb_tdec_key(p->tdec), out, r, coins, secret, context);
    if (s == EB_OK)
        s = b->group->mul(b->group_ctx, q.second, r, p->second_base);
    if (s == EB_OK)
        s = b->group->pack(b->group_ctx, second, q.second);
    if (s == EB_OK)
        s = state(b, &q, p, out, context);
    if (s == EB_OK)
        s = eb_dleq_nonce(b, nonce, &q.statement, r, coins + b->dh->sk_len);
    if (s == EB_OK)
        s = eb_dleq_prove(b, proof, &q.statement, r, nonce);
    eb_wipe(r, sizeof r);
    eb_wipe(nonce, sizeof nonce);
    return s;
}

/* Was this capsule made for this very message, user and epoch, by someone who knows r? */
static eb_status check(const eb_binding *b, const party *p, const uint8_t *capsule_bytes, eb_context context)
{
    const uint8_t *second = capsule_bytes + eb_wrap_capsule_len(b), *proof = second + b->group->packed_len;
    claim q;
    eb_status s = b->group->unpack(b->group_ctx, q.second, second);
    if (s == EB_OK)
        s = state(b, &q, p, capsule_bytes, context);
    if (s == EB_OK)
        s = eb_dleq_verify(b, proof, &q.statement);
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

/* The proof is public: whoever forwards a message can refuse it. */
static eb_status inspect(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context)
{
    return check(b, mem, capsule_bytes, context);
}

static eb_bytes answer_string(void)
{
    return eb_range(answer_context, sizeof answer_context - 1);
}

static eb_status partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    const party *p = mem;
    eb_status s = check(b, p, capsule_bytes, context);
    if (s != EB_OK)
        return s;
    return eb_tdec_partial(b, p->tdec, out, coins, capsule_bytes, answer_string());
}

static eb_status verify(const eb_binding *b, const void *mem, const uint8_t *capsule_bytes, eb_context context,
                        eb_answer answer)
{
    (void)context; /* an honest agent has answered for this capsule, so it has checked it */
    const party *p = mem;
    return eb_tdec_verify(b, p->tdec, capsule_bytes, answer, answer_string());
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    const party *p = mem;
    return eb_tdec_combine(b, p->tdec, secret, capsule_bytes, context, answers);
}

/* ---- in bulk ---- */

/* Each capsule's own proof is looked at by itself: they have no secret in common. */
static eb_status batch_partial(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                               const eb_item *items, size_t count)
{
    const party *p = mem;
    eb_status s = EB_OK;
    for (size_t i = 0; i < count && s == EB_OK; i++)
        s = check(b, p, items[i].capsule, items[i].context);
    return s == EB_OK ? eb_tdec_batch_partial(b, p->tdec, out, coins, items, count, answer_string()) : s;
}

static eb_status batch_verify(const eb_binding *b, const void *mem, const eb_item *items, size_t count,
                              eb_answer answer)
{
    const party *p = mem;
    return eb_tdec_batch_verify(b, p->tdec, items, count, answer, answer_string());
}

static const eb_batch batch = {eb_tdec_part_len, eb_tdec_proof_len, batch_partial, batch_verify};

static const char *const suites[] = {"p256", "ristretto255", NULL};

extern const eb_escrow eb_escrow_threshold_cca;

const eb_escrow eb_escrow_threshold_cca = {
    .abi = EB_ABI,
    .id = "threshold-cca",
    .spec = "threshold DHKEM with the second point and proof of TDH2 (Shoup and Gennaro 1998), dealer set-up",
    .family = "threshold",
    .about = "as threshold; an agent sees which message it answers for",
    .note = "as threshold, but an agent answers only about the message, user and epoch of its order",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_GROUP) | EB_NEED(EB_HASH),
    .split = true,
    .sizes = sizes,
    .setup = eb_tdec_setup,
    .audit = eb_tdec_audit,
    .load_authority = load_authority,
    .load_agent = load_agent,
    .drop_authority = drop_authority,
    .drop_agent = drop_agent,
    .capsule = capsule,
    .inspect = inspect,
    .partial = partial,
    .verify = verify,
    .combine = combine,
    .batch = &batch,
};
