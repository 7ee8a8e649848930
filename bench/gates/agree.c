/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All libraries that have a scheme make the same bytes from the same coins, open each other's messages, and their agents'
 * answers combine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { MAX_BACKENDS = 16, MESSAGES = 3 };

static const size_t sizes[MESSAGES] = {0, 33, 1024};

/* What one library makes of the scheme: two sides of a session, and access to its first message. */
typedef struct party {
    gt_world w;
    gt_sealed m[MESSAGES];
    gt_order order;
} party;

static size_t count_of(const gt_subject *s)
{
    size_t n = 0;
    while (n < MAX_BACKENDS && s->backends[n] != NULL)
        n++;
    return n;
}

static bool several(const gt_subject *s, char *why, size_t why_len)
{
    if (count_of(s) > 1)
        return true;
    snprintf(why, why_len, "only %s has this scheme: no other library to agree with",
             s->backends[0] != NULL ? s->backends[0]->library : "no library");
    return false;
}

static void party_close(party *x)
{
    for (size_t i = 0; i < MESSAGES; i++)
        gt_sealed_free(&x->m[i]);
    gt_order_close(&x->order);
    gt_world_close(&x->w);
}

static bool party_open(party *x, const gt_subject *subject, size_t i, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    spec.backend = subject->backends[i];
    memset(x, 0, sizeof *x);
    if (!gt_world_open(&x->w, &spec, log))
        return false;
    eb_link *link = gt_link(&x->w, EB_SENDER, log);
    bool ok = link != NULL;
    for (size_t k = 0; k < MESSAGES && ok; k++)
        ok = gt_seal(&x->m[k], &x->w, link, sizes[k], 10 * k, log);
    eb_link_end(link);
    ok = ok && (!x->w.escrowed || gt_order_open(&x->order, &x->w, 16, 70, log));
    if (!ok)
        party_close(x);
    return ok;
}

/* ---- the same bytes ---- */

static void same(gt_log *log, const party *a, const party *b, const void *x, const void *y, size_t len,
                 const char *what)
{
    gt_check(log, memcmp(x, y, len) == 0, "%s: %s and %s make different bytes of the same coins", what,
             a->w.pair->spec.backend->id, b->w.pair->spec.backend->id);
}

static bool same_sizes(gt_log *log, const eb_pair *p, const eb_pair *q)
{
    return gt_check(log,
                    p->ts.sk == q->ts.sk && p->ts.pk == q->ts.pk && p->ts.secret == q->ts.secret &&
                        eb_seal_coins(p) == eb_seal_coins(q) && p->es.pub == q->es.pub &&
                        p->es.agent_secret == q->es.agent_secret && p->es.capsule == q->es.capsule &&
                        p->es.partial == q->es.partial,
                    "%s and %s have different sizes", p->spec.backend->id, q->spec.backend->id);
}

/* Some primitives draw randomness that nobody hands in: their messages are opened by the others, not made again. */
static bool repeats(const party *x)
{
    const eb_pair *p = x->w.pair;
    return p->spec.transport->repeats == NULL || p->spec.transport->repeats(&p->transport);
}

static void takes_key(const party *a, const uint8_t *pk, gt_log *log)
{
    eb_peer *peer = NULL;
    const eb_pair *p = a->w.pair;
    (void)gt_succeeds(log, eb_peer_load(p, &peer, eb_range(pk, p->ts.pk)), "loading another library's public key");
    eb_peer_drop(peer);
}

static void same_bytes(const party *a, const party *b, gt_log *log)
{
    const eb_pair *p = a->w.pair;
    const bool repeat = repeats(a) && repeats(b), ghost = p->spec.escrow->kind == EB_KIND_DEVICE;
    for (int i = 0; i < GT_PEOPLE; i++) {
        same(log, a, b, a->w.sk[i], b->w.sk[i], p->ts.sk, "private keys");
        if (repeat)
            same(log, a, b, a->w.pk[i], b->w.pk[i], p->ts.pk, "public keys");
        else /* may hold a signature with a nonce that was drawn */
            takes_key(a, b->w.pk[i], log);
    }
    for (size_t i = 0; i < MESSAGES && repeat; i++)
        if (gt_check(log, a->m[i].wire_len == b->m[i].wire_len, "messages of %zu and %zu bytes", a->m[i].wire_len,
                     b->m[i].wire_len))
            same(log, a, b, a->m[i].wire, b->m[i].wire, a->m[i].wire_len, "messages");
    if (!a->w.escrowed)
        return;
    same(log, a, b, a->w.agents, b->w.agents, a->w.n * eb_agent_len(p), "agents' secrets");
    if (ghost && !repeat) /* the authority's data is such a public key */
        return;
    same(log, a, b, a->w.pub, b->w.pub, p->es.pub - p->es.pub_proof, "the authority's public data");
    same(log, a, b, eb_authority_case(a->w.authority)->link, eb_authority_case(b->w.authority)->link, EB_DIGEST,
         "the link");
    if (!repeat) /* then deposits are of, and answers about, bytes that differ */
        return;
    if (a->w.deposit != NULL)
        same(log, a, b, a->w.deposit, b->w.deposit, p->es.capsule, "deposits");
    same(log, a, b, a->order.answers, b->order.answers, a->w.n * eb_partial_len(p), "agents' answers");
}

/* ---- each other's messages ---- */

static void opens_messages_of(const party *a, const party *b, gt_log *log)
{
    eb_link *link = gt_link(&a->w, EB_RECIPIENT, log);
    uint8_t out[2048];
    for (size_t i = 0; i < MESSAGES && link != NULL; i++) {
        eb_buf opened = {.ptr = out, .cap = sizeof out};
        if (i == 0 && a->w.pair->spec.escrow->kind == EB_KIND_WRAP) {
            const eb_status s = eb_check(link, gt_wire(&b->m[i]));
            gt_check(log, s == EB_OK, "%s checks a capsule made by %s: %s", a->w.pair->spec.backend->id,
                     b->w.pair->spec.backend->id, eb_status_name(s));
        }
        const eb_status s = eb_open(link, &opened, GT_AAD, gt_wire(&b->m[i]));
        gt_check(log, s == EB_OK && gt_is_plaintext(&b->m[i], &opened), "%s opens message %zu sealed by %s: %s",
                 a->w.pair->spec.backend->id, i, b->w.pair->spec.backend->id, eb_status_name(s));
    }
    eb_link_end(link);
}

/* ---- access, agents on different libraries ---- */

/* Agent i of `x` answers about a message that another library made. */
static bool answer_on(const party *x, unsigned i, const eb_message *m, uint8_t *partial, gt_log *log)
{
    const eb_pair *p = x->w.pair;
    uint8_t *coins = gt_memory(log, p->es.partial_coins);
    eb_agent *agent = NULL;
    bool ok = coins != NULL;
    if (ok) {
        gt_bytes(coins, p->es.partial_coins, 400);
        ok = gt_succeeds(log, eb_agent_load(p, &agent, gt_agent_secret(&x->w, i)), "loading an agent") &&
             gt_succeeds(log, eb_partial(p, agent, eb_authority_case(x->w.authority), m, partial, coins),
                         "an answer about another library's message");
    }
    eb_agent_drop(agent);
    free(coins);
    return ok;
}

/* `a` combines; agent i answered on library (i + shift) mod n. */
static void mixed_answers(const party *a, const party *parties, size_t n, size_t shift, gt_log *log)
{
    eb_bytes list[EB_MAX_AGENTS];
    eb_verdict verdicts[EB_MAX_AGENTS];
    const size_t len = eb_partial_len(a->w.pair);
    uint8_t *answers = gt_memory(log, a->w.n * len);
    bool ok = answers != NULL;
    for (unsigned i = 0; i < a->w.n && ok; i++) {
        ok = answer_on(&parties[(i + shift) % n], i, &a->order.parts, answers + i * len, log);
        list[i] = eb_range(answers + i * len, len);
    }
    if (!ok) {
        free(answers);
        return;
    }
    gt_order order = a->order;
    order.w = &a->w;
    order.log = log;
    const gt_access x = gt_try_answers(&order, list, a->w.n, verdicts);
    gt_check(log, x == GT_OPENED, "%s combines answers of several libraries: %s", a->w.pair->spec.backend->id,
             gt_access_name(x));
    for (unsigned i = 0; i < a->w.t; i++)
        gt_check(log, verdicts[i] == EB_ANSWER_GOOD, "%s on an honest answer by %s: verdict %d",
                 a->w.pair->spec.backend->id, parties[(i + shift) % n].w.pair->spec.backend->id, (int)verdicts[i]);
    free(answers);
}

static void run(const gt_subject *subject, gt_log *log)
{
    const size_t n = count_of(subject);
    party *parties = calloc(n + 1, sizeof *parties);
    size_t open = 0;
    gt_check(log, parties != NULL, "out of memory");
    if (parties == NULL)
        return;
    while (open < n && party_open(&parties[open], subject, open, log))
        open++;
    for (size_t i = 0; i < open && open == n; i++)
        for (size_t k = 0; k < n; k++) {
            if (i == k || !same_sizes(log, parties[i].w.pair, parties[k].w.pair))
                continue;
            if (i < k)
                same_bytes(&parties[i], &parties[k], log);
            opens_messages_of(&parties[i], &parties[k], log);
        }
    for (size_t i = 0; i < open && open == n && parties[i].w.escrowed; i++)
        for (size_t shift = 0; shift < (parties[i].w.n <= GT_MANY_AGENTS ? n : 1); shift++)
            mixed_answers(&parties[i], parties, n, shift, log);
    while (open > 0)
        party_close(&parties[--open]);
    free(parties);
}

const gt_gate gt_agree = {
    .id = "agree",
    .about = "all libraries make the same bytes from the same coins and open each other's messages, access included",
    .scope = GT_SCHEME,
    .applies = several,
    .run = run,
};
