/* SPDX-License-Identifier: Apache-2.0 */
/* Access in bulk, and the live tap: one order for many messages. */
#include <stdlib.h>
#include <string.h>

#include "core/access.h"

struct eb_reader {
    const eb_pair *pair;
    const eb_authority *authority;
    eb_link *tap; /* under a deposit or as a ghost */
    size_t count, secrets_len;
    bool has_last;
    uint8_t last[EB_MAX_SECRET]; /* the secret of the message that was read last with a key that lasts: its session's */
    uint8_t secrets[];           /* one key that lasts, or each message's */
};

/* Does one answer hold one private key, with which messages are received? */
static bool receives(const eb_pair *p)
{
    return eb_pair_is(p, EB_KIND_DEPOSIT) || eb_pair_is(p, EB_KIND_DEVICE);
}

bool eb_lasts(const eb_escrow *escrow)
{
    return escrow->kind == EB_KIND_DEPOSIT || escrow->kind == EB_KIND_DEVICE || escrow->lasting != NULL;
}

size_t eb_bulk_len(const eb_pair *p, size_t count)
{
    const eb_escrow *e = p->spec.escrow;
    if (receives(p) || e->kind == EB_KIND_NONE)
        return eb_partial_len(p);
    if (e->lasting != NULL)
        return 1 + e->lasting->answer_len(&p->escrow);
    if (e->batch != NULL)
        return 1 + count * e->batch->part_len(&p->escrow) + e->batch->proof_len(&p->escrow);
    return 1 + count * p->es.partial;
}

size_t eb_bulk_coins(const eb_pair *p, size_t count)
{
    const eb_escrow *e = p->spec.escrow;
    if (receives(p) || e->kind == EB_KIND_NONE)
        return p->es.partial_coins;
    return e->lasting != NULL ? 0 : e->batch != NULL ? p->es.partial_coins : count * p->es.partial_coins;
}

/* Of an answer that is about no message. */
static eb_context context_of_all(const eb_case *order)
{
    return (eb_context){.user = order->user, .epoch = order->epoch};
}

static bool all_accessible(const eb_pair *p, const eb_message *m, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!eb_accessible(p, &m[i]))
            return false;
    return true;
}

static void list_items(const eb_case *order, const eb_message *m, size_t count, eb_item *items)
{
    for (size_t i = 0; i < count; i++)
        items[i] = (eb_item){m[i].capsule.ptr, eb_message_context(order, &m[i])};
}

/* ---- agents ---- */

static eb_status answer(const eb_pair *p, const eb_agent *agent, const eb_case *order, const eb_message *m,
                        size_t count, uint8_t *out, const uint8_t *coins)
{
    const eb_escrow *e = p->spec.escrow;
    const eb_binding *b = &p->escrow;
    eb_status s = EB_OK;
    if (e->lasting != NULL)
        return e->lasting->answer(b, agent->mem, out, context_of_all(order));
    if (e->batch != NULL) {
        eb_item items[EB_MAX_BULK];
        list_items(order, m, count, items);
        return e->batch->partial(b, agent->mem, out, coins, items, count);
    }
    for (size_t i = 0; i < count && s == EB_OK; i++)
        s = e->partial(b, agent->mem, out + i * p->es.partial, coins + i * p->es.partial_coins, m[i].capsule.ptr,
                       eb_message_context(order, &m[i]));
    return s;
}

eb_status eb_bulk_partial(const eb_pair *p, const eb_agent *agent, const eb_case *order, const eb_message *m,
                          size_t count, uint8_t *partial, const uint8_t *coins)
{
    if (count < 1 || count > EB_MAX_BULK)
        return EB_ERR_INVALID;
    if (receives(p))
        return eb_partial(p, agent, order, m, partial, coins);
    eb_status s = EB_ERR_UNSUPPORTED;
    if (all_accessible(p, m, count)) {
        partial[0] = (uint8_t)agent->index;
        s = answer(p, agent, order, m, count, partial + 1, coins);
    }
    if (s != EB_OK)
        eb_wipe(partial, eb_bulk_len(p, count));
    return s;
}

/* ---- investigators ---- */

typedef struct question {
    const eb_pair *pair;
    const eb_authority *authority;
    const eb_item *items;
    size_t count;
} question;

static eb_status judge(const void *what, eb_answer given)
{
    const question *q = what;
    const eb_escrow *e = q->pair->spec.escrow;
    const eb_binding *b = &q->pair->escrow;
    const void *authority = q->authority->mem;
    eb_status s = EB_OK;
    if (e->lasting != NULL)
        return e->lasting->verify != NULL
                   ? e->lasting->verify(b, authority, context_of_all(&q->authority->order), given)
                   : EB_OK;
    if (e->batch != NULL)
        return e->batch->verify(b, authority, q->items, q->count, given);
    for (size_t i = 0; i < q->count && s == EB_OK && e->verify != NULL; i++)
        s = e->verify(b, authority, q->items[i].capsule, q->items[i].context,
                      (eb_answer){given.index, given.partial + i * q->pair->es.partial});
    return s;
}

/* Each message's secret, from its part of the answers. */
static eb_status combine_each(const question *q, const eb_answer *good, uint8_t *secrets)
{
    const eb_pair *p = q->pair;
    const eb_escrow *e = p->spec.escrow;
    const size_t stride = e->batch != NULL ? e->batch->part_len(&p->escrow) : p->es.partial;
    eb_answer one[EB_MAX_AGENTS];
    eb_status s = EB_OK;
    for (size_t i = 0; i < q->count && s == EB_OK; i++) {
        for (unsigned a = 0; a < p->spec.threshold; a++)
            one[a] = (eb_answer){good[a].index, good[a].partial + i * stride};
        s = e->combine(&p->escrow, q->authority->mem, secrets + i * eb_secret_len(p), q->items[i].capsule,
                       q->items[i].context, one);
    }
    return s;
}

/* The private key, and the session as its owner receives it. */
static eb_status start_tap(eb_reader *r, const eb_message *m, const eb_bytes *partials, size_t given,
                           eb_verdict *verdicts)
{
    eb_status s = eb_combine(r->pair, r->authority, m, partials, given, verdicts, r->secrets);
    if (s == EB_OK)
        s = eb_impersonate(r->pair, &r->tap, r->secrets, &m->facts);
    eb_wipe(r->secrets, r->secrets_len);
    return s;
}

static eb_status start(eb_reader *r, const eb_message *m, const eb_bytes *partials, size_t given, eb_verdict *verdicts)
{
    const eb_pair *p = r->pair;
    const eb_lasting *lasting = p->spec.escrow->lasting;
    eb_item items[EB_MAX_BULK];
    eb_answer good[EB_MAX_AGENTS];
    const question q = {p, r->authority, items, r->count};
    list_items(&r->authority->order, m, r->count, items);
    eb_status s = eb_collect(p, eb_bulk_len(p, r->count), partials, given, judge, &q, verdicts, good);
    if (s != EB_OK)
        return s;
    return lasting != NULL ? lasting->unlock(&p->escrow, r->secrets, good) : combine_each(&q, good, r->secrets);
}

eb_status eb_reader_start(const eb_pair *p, eb_reader **reader, const eb_authority *authority, const eb_message *m,
                          size_t count, const eb_bytes *partials, size_t given, eb_verdict *verdicts)
{
    const eb_lasting *lasting = p->spec.escrow->lasting;
    *reader = NULL;
    for (size_t i = 0; i < given && verdicts != NULL; i++)
        verdicts[i] = EB_ANSWER_UNUSED;
    if (count < 1 || count > EB_MAX_BULK)
        return EB_ERR_INVALID;
    if (!all_accessible(p, m, receives(p) ? 1 : count))
        return EB_ERR_UNSUPPORTED;
    const size_t len = lasting != NULL ? lasting->key_len(&p->escrow) : count * eb_secret_len(p);
    eb_reader *r = calloc(1, sizeof *r + len);
    if (r == NULL)
        return EB_ERR_BACKEND;
    *r = (eb_reader){.pair = p, .authority = authority, .count = count, .secrets_len = len};
    const eb_status s =
        receives(p) ? start_tap(r, m, partials, given, verdicts) : start(r, m, partials, given, verdicts);
    if (s == EB_OK)
        *reader = r;
    else
        eb_reader_end(r);
    return s;
}

eb_status eb_read(eb_reader *r, size_t i, const eb_message *m, eb_bytes aad, eb_buf *plaintext)
{
    const eb_pair *p = r->pair;
    const eb_lasting *lasting = p->spec.escrow->lasting;
    uint8_t secret[EB_MAX_SECRET];
    plaintext->len = 0;
    if (r->tap != NULL)
        return eb_open_parts(r->tap, plaintext, m->header, (eb_bytes){0}, aad, m->body);
    if (lasting == NULL)
        return i < r->count ? eb_recover(p, r->secrets + i * eb_secret_len(p), m, aad, plaintext) : EB_ERR_INVALID;
    if (m->capsule.len == 0)
        return r->has_last ? eb_recover(p, r->last, m, aad, plaintext) : EB_ERR_INVALID;
    if (!eb_accessible(p, m))
        return EB_ERR_UNSUPPORTED;
    eb_status s = lasting->read(&p->escrow, r->authority->mem, secret, m->capsule.ptr,
                                eb_message_context(&r->authority->order, m), r->secrets);
    if (s == EB_OK)
        s = eb_recover(p, secret, m, aad, plaintext);
    if (s == EB_OK) { /* a message that is refused moves nothing */
        memcpy(r->last, secret, eb_secret_len(p));
        r->has_last = true;
    }
    eb_wipe(secret, sizeof secret);
    return s;
}

void eb_reader_end(eb_reader *r)
{
    if (r == NULL)
        return;
    eb_link_end(r->tap);
    eb_wipe(r, sizeof *r + r->secrets_len);
    free(r);
}
