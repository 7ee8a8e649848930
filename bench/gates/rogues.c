/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rogue senders, and who notices them: carried out, and listed as findings. A message that nobody notices and that still gives
 * access what the recipient reads would be no rogue's; that an honest one is noticed by nobody is the control. Independent of the
 * transport.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"
#include "bench/gates/two_faces.h"

typedef enum rogue { HONEST, GARBAGE, BORROWED, WRONG_SECRET, TWO_TEXTS, ROGUES } rogue;

static const char *const names[ROGUES] = {
    [HONEST] = "an honest sender",
    [GARBAGE] = GT_ROGUE "garbage",
    [BORROWED] = GT_ROGUE "another message's capsule",
    [WRONG_SECRET] = GT_ROGUE "a capsule of another secret",
    [TWO_TEXTS] = GT_ROGUE "a body with two texts",
};

/* A modified client. Descriptors' functions have no argument for what stands behind them, hence the statics. */
static const eb_escrow *honest;
static const eb_transport *honest_transport;
static rogue behaviour;
static eb_bytes loot; /* another message's capsule */
static uint8_t true_secret[EB_MAX_SECRET], false_secret[EB_MAX_SECRET];
static const uint8_t cover[GT_FACE] = "for agents only";

static eb_status rogue_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                               const uint8_t *secret, eb_context context)
{
    const eb_escrow_sizes sizes = honest->sizes(b);
    switch (behaviour) {
    case GARBAGE:
        gt_bytes(capsule, sizes.capsule, 90);
        return EB_OK;
    case BORROWED:
        memcpy(capsule, loot.ptr, sizes.capsule);
        return EB_OK;
    case WRONG_SECRET:
    case TWO_TEXTS:
        memcpy(true_secret, secret, b->params.secret_len);
        gt_bytes(false_secret, b->params.secret_len, 92);
        return honest->capsule(b, authority, capsule, coins, false_secret, context);
    case HONEST:
    case ROGUES:
        break;
    }
    return honest->capsule(b, authority, capsule, coins, secret, context);
}

/* A transport whose message secret is an AEAD key and nonce. */
static bool plain_aead(const eb_pair *p)
{
    const eb_aead *a = p->transport.aead;
    return a != NULL && p->ts.secret == a->key_len + a->nonce_len && p->ts.body_overhead == a->tag_len &&
           a->tag_len == GT_FACE;
}

static eb_status rogue_finish(const eb_binding *b, void *session, void *pending, uint64_t seq, eb_bytes aad,
                              eb_bytes plaintext, eb_buf *body)
{
    eb_status s = honest_transport->finish(b, session, pending, seq, aad, plaintext, body);
    if (s != EB_OK || behaviour != TWO_TEXTS)
        return s;
    gt_face recipient = {.key = true_secret, .nonce = true_secret + b->aead->key_len};
    gt_face agents = {.key = false_secret, .nonce = false_secret + b->aead->key_len};
    memcpy(recipient.text, plaintext.ptr, GT_FACE);
    memcpy(agents.text, cover, GT_FACE);
    return gt_two_faces(b->aead, b->aead_ctx, body->ptr, &recipient, &agents, aad);
}

/* ---- who notices ---- */

typedef struct outcome {
    bool opens;               /* for the recipient, as the sender means it to */
    eb_status check, inspect; /* the recipient's, the service's */
    unsigned refusing;        /* agents */
    gt_access access;
    bool cover; /* access gave the text that was made for it */
} outcome;

static void recipient(outcome *x, const gt_world *w, const gt_sealed *m, gt_log *log)
{
    uint8_t *out = gt_memory(log, m->wire_len);
    eb_link *link = gt_link(w, EB_RECIPIENT, log);
    if (out != NULL && link != NULL) {
        eb_buf b = {.ptr = out, .cap = m->wire_len};
        x->check = eb_check(link, gt_wire(m));
        x->opens = eb_open(link, &b, GT_AAD, gt_wire(m)) == EB_OK && b.len == m->len &&
                   memcmp(out, m->plaintext, behaviour == TWO_TEXTS ? GT_FACE : m->len) == 0;
    }
    eb_link_end(link);
    free(out);
}

/* Each agent is asked; with t answers or more access goes on. */
static void agents(outcome *x, const gt_order *o, const eb_message *m)
{
    const gt_world *w = o->w;
    const eb_pair *p = w->pair;
    const size_t len = eb_partial_len(p);
    uint8_t *answers = gt_memory(o->log, w->n * len), *coins = gt_memory(o->log, p->es.partial_coins);
    uint8_t secret[EB_MAX_SECRET], text[GT_FACES + 64];
    eb_bytes list[EB_MAX_AGENTS];
    unsigned count = 0;
    for (unsigned i = 0; i < w->n && answers != NULL && coins != NULL; i++) {
        eb_agent *a = NULL;
        gt_bytes(coins, p->es.partial_coins, 500 + i);
        if (!gt_succeeds(o->log, eb_agent_load(p, &a, gt_agent_secret(w, i)), "loading an agent"))
            break;
        const eb_status s = eb_partial(p, a, eb_authority_case(w->authority), m, answers + count * len, coins);
        gt_check(o->log, s == EB_OK || gt_refusal(s), "an agent's answer: %s", eb_status_name(s));
        if (s == EB_OK)
            list[count] = eb_range(answers + count * len, len), count++;
        else
            x->refusing++;
        eb_agent_drop(a);
    }
    x->access = gt_try(o, p, w->authority, m, list, count, NULL);
    eb_buf b = {.ptr = text, .cap = sizeof text};
    if (eb_combine(p, w->authority, m, list, count, NULL, secret) == EB_OK &&
        eb_recover(p, secret, m, GT_AAD, &b) == EB_OK && b.len == GT_FACES)
        x->cover = memcmp(text + GT_FACE, cover, GT_FACE - 1) == 0; /* its last letter may have been given up */
    eb_wipe(secret, sizeof secret);
    free(coins);
    free(answers);
}

static size_t add_who(char *detail, size_t len, const char *who)
{
    return len + (size_t)snprintf(detail + len, GT_DETAIL - len, "%s%s", len > 0 ? ", " : "", who);
}

/* "recipient who checks, 3 of 5 agents". A recipient's device notices by itself, if it opens nothing that it has not checked. */
static void describe(char *detail, const outcome *x, unsigned n)
{
    char some[32];
    size_t len = 0;
    if (gt_refusal(x->check))
        len = add_who(detail, len, x->opens ? "recipient who checks" : "recipient's device");
    if (gt_refusal(x->inspect))
        len = add_who(detail, len, "service");
    snprintf(some, sizeof some, "%u of %u agents", x->refusing, n);
    if (x->refusing > 0)
        len = add_who(detail, len, x->refusing == n ? "agents" : some);
    if (x->access != GT_OPENED && x->access != GT_MISOPENED)
        len = add_who(detail, len, "investigator");
    if (len == 0)
        add_who(detail, len, "nobody");
}

static void report(const gt_order *o, const outcome *x)
{
    char detail[GT_DETAIL];
    gt_tally tally = {.field = names[behaviour], .tried = 4};
    tally.accepted = (unsigned)!gt_refusal(x->check) + (unsigned)!gt_refusal(x->inspect) + (x->refusing == 0) +
                     (x->access == GT_OPENED || x->access == GT_MISOPENED);
    describe(detail, x, o->w->n);
    gt_report(o->log, &tally, detail);
}

/* ---- the senders ---- */

static void judge(const gt_order *o, const outcome *x)
{
    gt_log *log = o->log;
    const bool enforced = honest->enforced;
    if (behaviour == HONEST) {
        gt_check(log,
                 x->opens && x->check == EB_OK && !gt_refusal(x->inspect) && x->refusing == 0 && x->access == GT_OPENED,
                 "an honest sender: check %s, inspect %s, %u agents refuse, access is %s", eb_status_name(x->check),
                 eb_status_name(x->inspect), x->refusing, gt_access_name(x->access));
        return;
    }
    gt_check(log, x->opens || enforced, "%s: the recipient cannot read it", names[behaviour]);
    gt_check(log, behaviour != GARBAGE || !eb_inspects(&o->w->pair->spec) || gt_refusal(x->inspect),
             "%s: inspect says %s", names[behaviour], eb_status_name(x->inspect));
    gt_check(log, gt_refusal(x->check), "%s: check says %s", names[behaviour], eb_status_name(x->check));
    gt_check(log, x->access != GT_OPENED && x->access != GT_BROKEN, "%s: access is %s", names[behaviour],
             gt_access_name(x->access));
    if (behaviour == TWO_TEXTS)
        gt_check(log, x->access == GT_MISOPENED && x->cover, "%s: access is %s%s", names[behaviour],
                 gt_access_name(x->access), x->cover ? "" : ", without the text that was made for it");
    report(o, x);
}

static void send_one(const gt_order *o, const gt_world *rogues)
{
    outcome x = {.check = EB_ERR_UNSUPPORTED, .inspect = EB_ERR_UNSUPPORTED};
    gt_order sent = *o;
    eb_message parts;
    if (!gt_seal_first(&sent.m, rogues, GT_FACES, 70, o->log))
        return;
    if (gt_succeeds(o->log, gt_parse(o->w, &parts, 0, &sent.m), "taking a message apart")) {
        recipient(&x, o->w, &sent.m, o->log);
        x.inspect = eb_inspect(o->w->pair, o->w->authority, &parts);
        gt_check(o->log, x.inspect == EB_OK || x.inspect == EB_ERR_UNSUPPORTED || gt_refusal(x.inspect), "inspect: %s",
                 eb_status_name(x.inspect));
        agents(&x, &sent, &parts);
        judge(&sent, &x);
    }
    gt_sealed_free(&sent.m);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_escrow escrow = *subject->pair.escrow;
    eb_transport transport = *subject->pair.transport;
    eb_pair_spec spec = subject->pair;
    gt_world w, rogues;
    gt_order o;
    honest = spec.escrow;
    honest_transport = spec.transport;
    escrow.capsule = rogue_capsule;
    transport.finish = rogue_finish;
    spec.backend = gt_memo(spec.backend);
    eb_pair_spec modified = spec;
    modified.escrow = &escrow;
    modified.transport = &transport;
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_world_open(&rogues, &modified, log) && gt_order_open(&o, &w, GT_FACES, 80, log)) {
        loot = o.parts.capsule;
        for (behaviour = HONEST; behaviour < ROGUES; behaviour++)
            if (behaviour != TWO_TEXTS || plain_aead(w.pair))
                send_one(&o, &rogues);
        gt_order_close(&o);
    }
    gt_world_close(&rogues);
    gt_world_close(&w);
}

const gt_gate gt_rogues = {
    .id = "rogues",
    .about =
        "senders of false capsules and of a body with two texts, and who notices: recipient, service, agents, nobody",
    .scope = GT_ESCROW,
    .concerns = gt_travels,
    .run = run,
};
