/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All libraries that have a scheme make the same bytes from the same coins, open each other's messages, and their agents'
 * answers combine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/digest.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/renewal.h"
#include "bench/gates/table.h"

enum { MAX_BACKENDS = 16, MESSAGES = 3, BULK = 2, MADE_MAX = 24 };

static const size_t sizes[MESSAGES] = {0, 33, 1024};

/* What one library makes of the scheme: two sides of a session, and access to its first message. */
typedef struct party {
    gt_world w;
    gt_sealed m[MESSAGES];
    gt_order order;
    gt_world refreshed, reshared; /* .pub is NULL where there is no such thing */
    uint8_t *punctured;
    uint8_t *bulk; /* one agent's answer about that message twice */
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
    free(x->punctured);
    free(x->bulk);
    if (x->refreshed.pub != NULL)
        gt_day_close(&x->refreshed, &x->w);
    if (x->reshared.pub != NULL)
        gt_day_close(&x->reshared, &x->w);
    gt_world_close(&x->w);
}

/* What upkeep makes. A refresh among many agents takes as long as a key generation: few show the same. */
static bool keep_up(party *x, gt_log *log)
{
    const gt_world *w = &x->w;
    const eb_escrow *e = w->pair->spec.escrow;
    unsigned t, n;
    gt_other_shape(w, &t, &n);
    return (!gt_renews(&w->pair->spec) || w->n > GT_MANY_AGENTS || gt_refreshed(&x->refreshed, w, log)) &&
           (e->reshare == NULL || gt_reshared(&x->reshared, w, t, n, log)) &&
           (e->puncture == NULL || (x->punctured = gt_punctured(w, EB_LITERAL("alice"), 1, log)) != NULL);
}

/* The last agent's answer to an order for two messages. */
static bool answer_in_bulk(party *x, gt_log *log)
{
    const gt_world *w = &x->w;
    const eb_pair *p = w->pair;
    const eb_message twice[BULK] = {x->order.parts, x->order.parts};
    uint8_t *coins = gt_memory(log, eb_bulk_coins(p, BULK));
    eb_agent *agent = NULL;
    x->bulk = gt_memory(log, eb_bulk_len(p, BULK));
    bool ok = coins != NULL && x->bulk != NULL;
    if (ok) {
        gt_bytes(coins, eb_bulk_coins(p, BULK), 410);
        ok = gt_succeeds(log, eb_agent_load(p, &agent, gt_agent_secret(w, w->n - 1)), "loading an agent") &&
             gt_succeeds(log, eb_bulk_partial(p, agent, eb_authority_case(w->authority), twice, BULK, x->bulk, coins),
                         "an answer in bulk");
    }
    eb_agent_drop(agent);
    free(coins);
    return ok;
}

static bool party_open(party *x, const gt_subject *subject, size_t i, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    spec.backend = log->sparse ? gt_memo_beside(subject->backends[i]) : subject->backends[i];
    memset(x, 0, sizeof *x);
    if (!gt_world_open(&x->w, &spec, log))
        return false;
    eb_link *link = gt_link(&x->w, EB_SENDER, log);
    bool ok = link != NULL;
    for (size_t k = 0; k < MESSAGES && ok; k++)
        ok = gt_seal(&x->m[k], &x->w, link, sizes[k], 10 * k, log);
    eb_link_end(link);
    ok = ok && (!x->w.escrowed ||
                (gt_order_open(&x->order, &x->w, 16, 70, log) && answer_in_bulk(x, log) && keep_up(x, log)));
    if (!ok)
        party_close(x);
    return ok;
}

/* ---- the same bytes ---- */

/* Some primitives draw randomness that nobody hands in: their messages are opened by the others, not made again. */
static bool repeats(const party *x)
{
    const eb_pair *p = x->w.pair;
    return p->spec.transport->repeats == NULL || p->spec.transport->repeats(&p->transport);
}

/* Something that was made of coins alone. */
typedef struct made {
    const char *what;
    eb_bytes bytes;
} made;

/* What upkeep made of a day. */
static size_t list_day(made *out, const gt_world *day, const char *data, const char *secrets)
{
    if (day->pub == NULL)
        return 0;
    out[0] = (made){data, eb_range(day->pub, day->pair->es.pub - day->pair->es.pub_proof)};
    out[1] = (made){secrets, eb_range(day->agents, day->n * eb_agent_len(day->pair))};
    return 2;
}

/* All of it, in an order that depends on the scheme alone; `repeat`: with what a primitive could have drawn for. */
static size_t list_made(made out[MADE_MAX], const party *x, bool repeat)
{
    const gt_world *w = &x->w;
    const eb_pair *p = w->pair;
    size_t n = 0;
    for (int i = 0; i < GT_PEOPLE; i++) {
        out[n++] = (made){"private keys", eb_range(w->sk[i], p->ts.sk)};
        if (repeat)
            out[n++] = (made){"public keys", eb_range(w->pk[i], p->ts.pk)};
    }
    for (size_t i = 0; i < MESSAGES && repeat; i++)
        out[n++] = (made){"messages", eb_range(x->m[i].wire, x->m[i].wire_len)};
    if (!w->escrowed)
        return n;
    out[n++] = (made){"agents' secrets", eb_range(w->agents, w->n * eb_agent_len(p))};
    if (p->spec.escrow->kind == EB_KIND_DEVICE && !repeat) /* the authority's data is such a public key */
        return n;
    out[n++] = (made){"the authority's public data", eb_range(w->pub, p->es.pub - p->es.pub_proof)};
    n += list_day(out + n, &x->refreshed, "refreshed public data", "refreshed secrets");
    n += list_day(out + n, &x->reshared, "reshared public data", "reshared secrets");
    if (x->punctured != NULL)
        out[n++] = (made){"punctured secrets", eb_range(x->punctured, w->n * eb_agent_len(p))};
    out[n++] = (made){"the link", eb_range(eb_authority_case(w->authority)->link, EB_DIGEST)};
    if (!repeat) /* then deposits are of, and answers about, bytes that differ */
        return n;
    if (w->deposit != NULL)
        out[n++] = (made){"deposits", eb_range(w->deposit, p->es.capsule)};
    out[n++] = (made){"agents' answers", eb_range(x->order.answers, w->n * eb_partial_len(p))};
    out[n++] = (made){"an answer in bulk", eb_range(x->bulk, eb_bulk_len(p, BULK))};
    return n;
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

static void takes_key(const party *a, const uint8_t *pk, gt_log *log)
{
    eb_peer *peer = NULL;
    const eb_pair *p = a->w.pair;
    (void)gt_succeeds(log, eb_peer_load(p, &peer, eb_range(pk, p->ts.pk)), "loading another library's public key");
    eb_peer_drop(peer);
}

static void same_bytes(const party *a, const party *b, gt_log *log)
{
    const char *first = a->w.pair->spec.backend->id, *second = b->w.pair->spec.backend->id;
    const bool repeat = repeats(a) && repeats(b);
    made of_a[MADE_MAX], of_b[MADE_MAX];
    const size_t n = list_made(of_a, a, repeat);
    (void)list_made(of_b, b, repeat);
    for (size_t i = 0; i < n; i++)
        if (gt_check(log, of_a[i].bytes.len == of_b[i].bytes.len, "%s of %zu and %zu bytes", of_a[i].what,
                     of_a[i].bytes.len, of_b[i].bytes.len))
            gt_check(log, memcmp(of_a[i].bytes.ptr, of_b[i].bytes.ptr, of_a[i].bytes.len) == 0,
                     "%s: %s and %s make different bytes of the same coins", of_a[i].what, first, second);
    for (int i = 0; i < GT_PEOPLE && !repeat; i++) /* a public key may hold a signature with a nonce that was drawn */
        takes_key(a, b->w.pk[i], log);
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

bool gt_made_digest(const eb_pair_spec *spec, char hex[GT_MADE_HEX], gt_log *log)
{
    const eb_backend *backends[] = {spec->backend, NULL};
    const gt_subject subject = {.pair = *spec, .backends = backends};
    uint8_t digest[EB_DIGEST], lengths[MADE_MAX][8];
    eb_bytes parts[2 * MADE_MAX];
    made all[MADE_MAX];
    party x;
    if (!party_open(&x, &subject, 0, log))
        return false;
    const size_t n = list_made(all, &x, repeats(&x));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 8; k++)
            lengths[i][k] = (uint8_t)((uint64_t)all[i].bytes.len >> (8 * k));
        parts[2 * i] = eb_range(lengths[i], 8);
        parts[2 * i + 1] = all[i].bytes;
    }
    const bool ok = gt_check(log, gt_sha256(digest, parts, 2 * n), "no library has SHA-256");
    gt_hex(hex, digest, ok ? GT_MADE_HEX - 1 : 0);
    party_close(&x);
    return ok;
}

const gt_gate gt_agree = {
    .id = "agree",
    .about = "all libraries make the same bytes from the same coins and open each other's messages, access included",
    .scope = GT_SCHEME,
    .applies = several,
    .run = run,
};
