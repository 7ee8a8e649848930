/* SPDX-License-Identifier: Apache-2.0 */
/* Access: from an order to the plaintext, by capsule, by deposit, as the ghost, or to what is stored; deposits and storage
 * themselves; upkeep. */
#include <stdlib.h>
#include <string.h>

#include "core/access.h"

/* ---- messages ---- */

/* The copy that access works on: the ghost's is the last. */
static unsigned accessed_copy(const eb_pair *p)
{
    return eb_pair_is(p, EB_KIND_DEVICE) ? p->copies - 1 : 0;
}

static eb_status parse_stored(const eb_pair *p, eb_message *m, eb_bytes stored)
{
    if (stored.len < p->es.capsule)
        return EB_ERR_INVALID;
    m->capsule = eb_range(stored.ptr, p->es.capsule);
    m->body = eb_range(stored.ptr + p->es.capsule, stored.len - p->es.capsule);
    return EB_OK;
}

static eb_status parse_wire(const eb_pair *p, eb_message *m, eb_bytes wire)
{
    eb_bytes copy;
    eb_status s = eb_delivered(p, &copy, accessed_copy(p), wire);
    if (s == EB_OK)
        s = eb_split_wire(p, m->seq, copy, &m->header, &m->capsule, &m->body);
    if (s != EB_OK || !eb_pair_is(p, EB_KIND_DEPOSIT))
        return s;
    if (m->facts.deposit.len != p->es.capsule || m->facts.subject.len != p->ts.pk)
        return EB_ERR_INVALID;
    m->capsule = m->facts.deposit;
    return EB_OK;
}

eb_status eb_message_parse(const eb_pair *p, eb_message *m, uint64_t seq, eb_bytes wire, const eb_facts *facts)
{
    *m = (eb_message){.seq = seq};
    if (facts != NULL)
        m->facts = *facts;
    eb_status s = eb_pair_is(p, EB_KIND_STORAGE) ? parse_stored(p, m, wire) : parse_wire(p, m, wire);
    if (s == EB_OK)
        s = eb_hash_one(&p->transport, m->header_hash, eb_pair_is(p, EB_KIND_DEPOSIT) ? m->facts.subject : m->header);
    if (s == EB_OK && m->capsule.len > 0)
        s = eb_hash_one(&p->transport, m->capsule_hash, m->capsule);
    if (s != EB_OK)
        *m = (eb_message){0};
    return s;
}

eb_context eb_message_context(const eb_case *order, const eb_message *m)
{
    return eb_context_of(order, m->header_hash, m->facts.subject);
}

bool eb_accessible(const eb_pair *p, const eb_message *m)
{
    return !eb_pair_is(p, EB_KIND_NONE) && m->capsule.len == p->es.capsule;
}

eb_status eb_inspect(const eb_pair *p, const eb_authority *authority, const eb_message *m)
{
    if (!eb_accessible(p, m) || !eb_inspects(&p->spec))
        return EB_ERR_UNSUPPORTED;
    return p->spec.escrow->inspect(&p->escrow, authority->mem, m->capsule.ptr,
                                   eb_message_context(&authority->order, m));
}

/* ---- deposits ---- */

eb_status eb_deposit(const eb_pair *p, const eb_authority *authority, uint8_t *deposit, const uint8_t *coins,
                     eb_bytes sk, eb_bytes pk)
{
    uint8_t hash[EB_DIGEST];
    if (!eb_pair_is(p, EB_KIND_DEPOSIT))
        return EB_ERR_UNSUPPORTED;
    eb_status s = sk.len == p->ts.sk && pk.len == p->ts.pk ? eb_hash_one(&p->transport, hash, pk) : EB_ERR_INVALID;
    if (s == EB_OK)
        s = p->spec.escrow->capsule(&p->escrow, authority->mem, deposit, coins, sk.ptr,
                                    eb_context_of(&authority->order, hash, pk));
    if (s != EB_OK)
        eb_wipe(deposit, p->es.capsule);
    eb_public(deposit, p->es.capsule);
    return s;
}

eb_status eb_deposit_accept(const eb_pair *p, const eb_authority *authority, const eb_agent *agent, eb_bytes deposit,
                            eb_bytes pk)
{
    uint8_t hash[EB_DIGEST];
    if (!eb_pair_is(p, EB_KIND_DEPOSIT) || p->spec.escrow->accept == NULL)
        return EB_ERR_UNSUPPORTED;
    if (deposit.len != p->es.capsule || pk.len != p->ts.pk)
        return EB_ERR_INVALID;
    eb_status s = eb_hash_one(&p->transport, hash, pk);
    return s == EB_OK ? p->spec.escrow->accept(&p->escrow, authority->mem, agent->mem, agent->index, deposit.ptr,
                                               eb_context_of(&authority->order, hash, pk))
                      : s;
}

/* ---- at rest ---- */

/* A data key serves one object, so its nonce may be a constant. */
static const uint8_t nonce[EB_MAX_NONCE];

size_t eb_stored_len(const eb_pair *p, size_t len)
{
    return eb_pair_is(p, EB_KIND_STORAGE) ? p->es.capsule + len + p->escrow.aead->tag_len : 0;
}

size_t eb_store_coins(const eb_pair *p)
{
    return eb_pair_is(p, EB_KIND_STORAGE) ? p->escrow.aead->key_len : 0;
}

eb_status eb_store(const eb_pair *p, const eb_authority *authority, eb_buf *stored, const uint8_t *coins, eb_bytes aad,
                   eb_bytes plaintext)
{
    const eb_binding *b = &p->escrow;
    uint8_t hash[EB_DIGEST], space[EB_MAX_AAD + EB_DIGEST];
    eb_bytes full_aad;
    stored->len = 0;
    if (!eb_pair_is(p, EB_KIND_STORAGE))
        return EB_ERR_UNSUPPORTED;
    const size_t len = eb_stored_len(p, plaintext.len);
    if (len < plaintext.len || stored->cap < len)
        return EB_ERR_SPACE;
    eb_status s = eb_hash_one(b, hash, (eb_bytes){0});
    if (s == EB_OK)
        s = eb_capsule_make(p, authority, stored->ptr, coins, eb_context_of(&authority->order, hash, (eb_bytes){0}));
    if (s == EB_OK)
        s = eb_body_aad(p, space, &full_aad, aad, eb_range(stored->ptr, p->es.capsule));
    if (s == EB_OK)
        s = b->aead->set_key(b->aead_ctx, coins);
    if (s == EB_OK)
        s = b->aead->seal(b->aead_ctx, stored->ptr + p->es.capsule, nonce, full_aad, plaintext);
    if (s == EB_OK)
        stored->len = len;
    else
        eb_wipe(stored->ptr, len);
    return s;
}

static eb_status recover_stored(const eb_pair *p, const uint8_t *secret, const eb_message *m, eb_bytes full_aad,
                                eb_buf *plaintext)
{
    const eb_binding *b = &p->escrow;
    if (m->body.len < b->aead->tag_len)
        return EB_ERR_AUTH;
    const size_t len = m->body.len - b->aead->tag_len;
    if (plaintext->cap < len)
        return EB_ERR_SPACE;
    eb_status s = b->aead->set_key(b->aead_ctx, secret);
    if (s == EB_OK)
        s = b->aead->open(b->aead_ctx, plaintext->ptr, nonce, full_aad, m->body);
    plaintext->len = s == EB_OK ? len : 0;
    return s;
}

/* ---- answers ---- */

eb_status eb_partial(const eb_pair *p, const eb_agent *agent, const eb_case *order, const eb_message *m,
                     uint8_t *partial, const uint8_t *coins)
{
    if (!eb_accessible(p, m)) {
        eb_wipe(partial, eb_partial_len(p));
        return EB_ERR_UNSUPPORTED;
    }
    partial[0] = (uint8_t)agent->index;
    eb_status s = EB_OK;
    if (eb_pair_is(p, EB_KIND_DEVICE)) /* the ghost is agent and investigator at once: its key goes nowhere */
        memcpy(partial + 1, agent->mem, p->ts.sk);
    else
        s = p->spec.escrow->partial(&p->escrow, agent->mem, partial + 1, coins, m->capsule.ptr,
                                    eb_message_context(order, m));
    if (s != EB_OK)
        eb_wipe(partial, eb_partial_len(p));
    return s;
}

static bool well_formed(const eb_pair *p, size_t len, eb_bytes partial)
{
    return partial.len == len && partial.ptr[0] >= 1 && partial.ptr[0] <= p->spec.agents;
}

/* An answer about one message. */
typedef struct question {
    const eb_pair *pair;
    const eb_authority *authority;
    const eb_message *message;
} question;

/* EB_OK: honest, or this escrow cannot tell. */
static eb_status judge(const void *what, eb_answer answer)
{
    const question *q = what;
    const eb_pair *p = q->pair;
    if (p->spec.escrow->verify == NULL)
        return EB_OK;
    return p->spec.escrow->verify(&p->escrow, q->authority->mem, q->message->capsule.ptr,
                                  eb_message_context(&q->authority->order, q->message), answer);
}

eb_status eb_verify(const eb_pair *p, const eb_authority *authority, const eb_message *m, eb_bytes partial)
{
    const question q = {p, authority, m};
    if (!eb_accessible(p, m) || p->spec.escrow->verify == NULL)
        return EB_ERR_UNSUPPORTED;
    if (!well_formed(p, eb_partial_len(p), partial))
        return EB_ERR_INVALID;
    return judge(&q, (eb_answer){partial.ptr[0], partial.ptr + 1});
}

eb_status eb_collect(const eb_pair *p, size_t len, const eb_bytes *partials, size_t count, eb_judge judged,
                     const void *what, eb_verdict *verdicts, eb_answer *good)
{
    bool seen[EB_MAX_AGENTS + 1] = {false};
    unsigned n = 0;
    eb_status failure = EB_OK;
    for (size_t i = 0; i < count; i++) {
        eb_verdict v = EB_ANSWER_UNUSED;
        if (n < p->spec.threshold && failure == EB_OK) {
            if (!well_formed(p, len, partials[i])) {
                v = EB_ANSWER_MALFORMED;
            } else if (seen[partials[i].ptr[0]]) {
                v = EB_ANSWER_TWICE;
            } else {
                const eb_answer answer = {partials[i].ptr[0], partials[i].ptr + 1};
                const eb_status s = judged(what, answer);
                if (s == EB_OK) {
                    v = EB_ANSWER_GOOD;
                    good[n++] = answer;
                    seen[answer.index] = true;
                } else if (s == EB_ERR_AUTH) {
                    v = EB_ANSWER_LIE;
                } else {
                    failure = s; /* the library's, or the message's own: nobody's lie */
                }
            }
        }
        if (verdicts != NULL)
            verdicts[i] = v;
    }
    return failure != EB_OK ? failure : n > 0 && n == p->spec.threshold ? EB_OK : EB_ERR_FEW;
}

eb_status eb_combine(const eb_pair *p, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                     size_t count, eb_verdict *verdicts, uint8_t *secret)
{
    const question q = {p, authority, m};
    eb_answer good[EB_MAX_AGENTS];
    if (!eb_accessible(p, m)) {
        eb_wipe(secret, eb_secret_len(p));
        for (size_t i = 0; i < count && verdicts != NULL; i++)
            verdicts[i] = EB_ANSWER_UNUSED;
        return EB_ERR_UNSUPPORTED;
    }
    eb_status s = eb_collect(p, eb_partial_len(p), partials, count, judge, &q, verdicts, good);
    if (s == EB_OK && eb_pair_is(p, EB_KIND_DEVICE))
        memcpy(secret, good[0].partial, p->ts.sk);
    else if (s == EB_OK)
        s = p->spec.escrow->combine(&p->escrow, authority->mem, secret, m->capsule.ptr,
                                    eb_message_context(&authority->order, m), good);
    if (s != EB_OK)
        eb_wipe(secret, eb_secret_len(p));
    return s;
}

/* The answers to a search: `threshold` of them. */
static eb_status to_search(const eb_pair *p, const eb_message *m, const eb_bytes *partials, eb_answer *answers)
{
    if (!eb_accessible(p, m) || p->spec.escrow->sweep == NULL)
        return EB_ERR_UNSUPPORTED;
    for (unsigned i = 0; i < p->spec.threshold; i++) {
        if (!well_formed(p, eb_partial_len(p), partials[i]))
            return EB_ERR_INVALID;
        answers[i] = (eb_answer){partials[i].ptr[0], partials[i].ptr + 1};
    }
    return EB_OK;
}

eb_status eb_sweep(const eb_pair *p, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                   unsigned bits)
{
    eb_answer answers[EB_MAX_AGENTS];
    const eb_status s = to_search(p, m, partials, answers);
    return s != EB_OK ? s
                      : p->spec.escrow->sweep(&p->escrow, authority->mem, bits, m->capsule.ptr,
                                              eb_message_context(&authority->order, m), answers);
}

eb_status eb_search_is_average(const eb_pair *p, const eb_authority *authority, const eb_message *m,
                               const eb_bytes *partials)
{
    eb_answer answers[EB_MAX_AGENTS];
    const eb_status s = to_search(p, m, partials, answers);
    return s != EB_OK ? s
                      : p->spec.escrow->average(&p->escrow, authority->mem, m->capsule.ptr,
                                                eb_message_context(&authority->order, m), answers);
}

/* ---- the plaintext ---- */

/* Receives one message as the device whose private key was found. */
static eb_status receive_as(const eb_pair *p, const uint8_t *sk, const eb_message *m, eb_bytes aad, eb_buf *plaintext)
{
    eb_link *link = NULL;
    if (m->seq != 0 && p->spec.transport->stateful)
        return EB_ERR_INVALID;
    eb_status s = eb_impersonate(p, &link, sk, &m->facts);
    if (s == EB_OK)
        s = eb_open_parts(link, plaintext, m->header, (eb_bytes){0}, aad, m->body);
    eb_link_end(link);
    return s;
}

eb_status eb_recover(const eb_pair *p, const uint8_t *secret, const eb_message *m, eb_bytes aad, eb_buf *plaintext)
{
    uint8_t space[EB_MAX_AAD + EB_DIGEST];
    plaintext->len = 0;
    if (aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    if (eb_pair_is(p, EB_KIND_DEPOSIT) || eb_pair_is(p, EB_KIND_DEVICE))
        return receive_as(p, secret, m, aad, plaintext);
    if (m->capsule.len > 0) {
        if (aad.len > 0)
            memcpy(space, aad.ptr, aad.len);
        memcpy(space + aad.len, m->capsule_hash, EB_DIGEST);
        aad = eb_range(space, aad.len + EB_DIGEST);
    }
    if (eb_pair_is(p, EB_KIND_STORAGE))
        return recover_stored(p, secret, m, aad, plaintext);
    if (p->spec.transport->recover == NULL)
        return EB_ERR_UNSUPPORTED;
    return p->spec.transport->recover(&p->transport, secret, m->seq, m->header, aad, m->body, plaintext);
}

/* ---- upkeep ---- */

bool eb_rewraps(const eb_escrow *escrow)
{
    return escrow->kind == EB_KIND_WRAP || escrow->kind == EB_KIND_STORAGE ||
           (escrow->kind == EB_KIND_DEPOSIT && !escrow->splits_dh);
}

eb_status eb_rewrap(const eb_pair *p, const eb_authority *to, eb_message *m, uint8_t *capsule, const uint8_t *coins,
                    const uint8_t *secret)
{
    if (!eb_accessible(p, m) || !eb_rewraps(p->spec.escrow))
        return EB_ERR_UNSUPPORTED;
    const eb_context context = eb_message_context(&to->order, m);
    /* A user's private key need not be a uniformly random string, from which coins could come. */
    eb_status s = eb_pair_is(p, EB_KIND_DEPOSIT)
                      ? p->spec.escrow->capsule(&p->escrow, to->mem, capsule, coins, secret, context)
                      : eb_capsule_make(p, to, capsule, secret, context);
    if (s == EB_OK)
        m->capsule = eb_range(capsule, p->es.capsule);
    else
        eb_wipe(capsule, p->es.capsule);
    return s;
}

/* What upkeep leaves: secrets behind their indices, or zeros. */
static eb_status settle(const eb_pair *p, eb_status s, uint8_t *pub, uint8_t *agents)
{
    if (s == EB_OK) {
        eb_agents_unpack(p, agents);
    } else {
        eb_wipe(pub, p->es.pub);
        eb_wipe(agents, p->spec.agents * eb_agent_len(p));
    }
    return s;
}

eb_status eb_refresh(const eb_pair *p, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub, const uint8_t *old_agents,
                     const uint8_t *coins)
{
    if (p->spec.escrow->refresh == NULL)
        return EB_ERR_UNSUPPORTED;
    uint8_t *old = eb_agents_pack(p, old_agents);
    eb_status s = EB_ERR_BACKEND;
    *p->escrow.complaint = (eb_complaint){0};
    if (old != NULL)
        s = p->spec.escrow->refresh(&p->escrow, pub, agents + p->spec.agents, old_pub, old, coins);
    eb_agents_wipe(p, old);
    return settle(p, s, pub, agents);
}

eb_status eb_reshare(const eb_pair *to, uint8_t *pub, uint8_t *agents, const eb_pair *from, const uint8_t *old_pub,
                     const eb_bytes *old_agents, const uint8_t *coins)
{
    eb_answer old[EB_MAX_AGENTS];
    bool seen[EB_MAX_AGENTS + 1] = {false};
    eb_status s = EB_OK;
    if (from->spec.escrow->reshare == NULL || to->spec.escrow != from->spec.escrow)
        return EB_ERR_UNSUPPORTED;
    *to->escrow.complaint = (eb_complaint){0};
    for (unsigned i = 0; i < from->spec.threshold && s == EB_OK; i++) {
        const eb_bytes a = old_agents[i];
        if (a.len != eb_agent_len(from) || a.ptr[0] < 1 || a.ptr[0] > from->spec.agents || seen[a.ptr[0]])
            s = EB_ERR_INVALID;
        else
            old[i] = (eb_answer){a.ptr[0], a.ptr + 1}, seen[a.ptr[0]] = true;
    }
    if (s == EB_OK)
        s = from->spec.escrow->reshare(&to->escrow, pub, agents + to->spec.agents, &from->escrow, old_pub, old, coins);
    return settle(to, s, pub, agents);
}

size_t eb_agent_used(const eb_pair *p, const uint8_t *agent)
{
    return p->spec.escrow->used != NULL ? 1 + p->spec.escrow->used(&p->escrow, agent + 1) : eb_agent_len(p);
}

eb_status eb_puncture(const eb_pair *p, uint8_t *agent, eb_bytes user, uint64_t epoch)
{
    uint8_t name[EB_DIGEST];
    if (p->spec.escrow->puncture == NULL)
        return EB_ERR_UNSUPPORTED;
    eb_status s = user.len <= UINT16_MAX ? eb_hash_one(&p->escrow, name, user) : EB_ERR_INVALID;
    return s == EB_OK ? p->spec.escrow->puncture(&p->escrow, agent + 1, name, epoch) : s;
}
