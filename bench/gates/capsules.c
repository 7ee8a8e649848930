/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capsule with one bit changed opens nothing at access and fails the recipient's check, every bit of it. (That eb_open
 * refuses it too is the gate `rejects`, for each pair.) Independent of the transport, so it runs once for an escrow.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { SAMPLES = 48 };

/* Access to a message whose capsule was changed, and the recipient's check where there is one (`link`). The tally counts
   those that still open as they should. */
static void changed(const gt_order *o, eb_link *link, gt_sealed *m, uint8_t *capsule, size_t bit, gt_tally *tally)
{
    eb_message parts;
    eb_facts facts = gt_facts(o->w);
    capsule[bit / 8] ^= (uint8_t)(1u << bit % 8);
    if (facts.deposit.len > 0)
        facts.deposit.ptr = capsule;
    tally->tried++;
    if (gt_succeeds(o->log, eb_message_parse(o->w->pair, &parts, 0, eb_range(m->evidence, m->evidence_len), &facts),
                    "taking a message apart")) {
        const gt_access a = gt_ask(o, o->w->agents, o->w->authority, &parts);
        gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED || a == GT_OPENED, "capsule bit %zu: access: %s", bit,
                 gt_access_name(a));
        tally->accepted += a == GT_OPENED;
    }
    if (link != NULL) {
        const eb_status s = eb_check(link, eb_range(m->evidence, m->evidence_len));
        gt_check(o->log, gt_refusal(s), "capsule bit %zu: check: %s", bit, s == EB_OK ? "accepted" : eb_status_name(s));
    }
    capsule[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* Does every agent take this deposit, at enrolment? */
static bool all_accept(const gt_order *o, eb_bytes deposit)
{
    const eb_pair *p = o->w->pair;
    bool all = true;
    for (unsigned i = 0; i < o->w->n && all; i++) {
        eb_agent *agent = NULL;
        eb_status s = EB_ERR_BACKEND;
        if (gt_succeeds(o->log, eb_agent_load(p, &agent, gt_agent_secret(o->w, i)), "loading an agent"))
            s = eb_deposit_accept(p, o->w->authority, agent, deposit, o->parts.facts.subject);
        gt_check(o->log, s == EB_OK || gt_refusal(s), "accepting a deposit: %s", eb_status_name(s));
        all = s == EB_OK;
        eb_agent_drop(agent);
    }
    return all;
}

/* Where agents look at a deposit when it is made: the honest one is taken by all, a changed one refused by at least one. One
   bit of each byte, or samples. */
static void acceptance(const gt_order *o)
{
    const size_t len = o->parts.capsule.len;
    uint8_t *deposit = gt_memory(o->log, len);
    if (deposit == NULL)
        return;
    memcpy(deposit, o->parts.capsule.ptr, len);
    gt_check(o->log, all_accept(o, eb_range(deposit, len)), "the honest deposit is refused at enrolment");
    const bool all = o->w->n <= GT_MANY_AGENTS;
    for (size_t i = 0; i < (all ? len : SAMPLES); i += all ? gt_stride(o->log, len) : 1) {
        const size_t at = all ? i : gt_choice(12, i, len);
        deposit[at] ^= (uint8_t)(1u << at % 8);
        gt_check(o->log, !all_accept(o, eb_range(deposit, len)), "a deposit with byte %zu changed is taken by all", at);
        deposit[at] ^= (uint8_t)(1u << at % 8);
    }
    free(deposit);
}

/* A capsule of another length is not looked at. */
static void lengths(const gt_order *o)
{
    const eb_pair *p = o->w->pair;
    uint8_t *secret = calloc(1, eb_secret_len(p) + 1), *partial = malloc(eb_partial_len(p));
    uint8_t *coins = calloc(1, p->es.partial_coins + 1);
    eb_agent *agent = NULL;
    if (gt_check(o->log, secret != NULL && partial != NULL && coins != NULL, "out of memory") &&
        gt_succeeds(o->log, eb_agent_load(p, &agent, gt_agent_secret(o->w, 0)), "loading an agent"))
        for (size_t len = 0; len < o->parts.capsule.len; len++) {
            eb_message m = o->parts;
            m.capsule.len = len;
            eb_status s = eb_partial(p, agent, eb_authority_case(o->w->authority), &m, partial, coins);
            gt_check(o->log, s == EB_ERR_UNSUPPORTED || gt_refusal(s), "answer about a capsule of %zu bytes: %s", len,
                     s == EB_OK ? "given" : eb_status_name(s));
            s = eb_combine(p, o->w->authority, &m, o->list, o->w->n, NULL, secret);
            gt_check(o->log, s == EB_ERR_UNSUPPORTED || gt_refusal(s), "combine for a capsule of %zu bytes: %s", len,
                     s == EB_OK ? "accepted" : eb_status_name(s));
        }
    eb_agent_drop(agent);
    free(secret);
    free(partial);
    free(coins);
}

static void every_bit(gt_order *o)
{
    gt_tally tally = {.field = "capsule, at access"};
    const size_t bits = 8 * o->parts.capsule.len;
    const bool deposited = o->w->deposit != NULL, travels = o->w->pair->spec.escrow->kind == EB_KIND_WRAP;
    eb_link *link = travels ? gt_link(o->w, EB_RECIPIENT, o->log) : NULL;
    uint8_t *copy = gt_memory(o->log, o->parts.capsule.len);
    if (copy != NULL && (link != NULL || !travels)) {
        memcpy(copy, o->parts.capsule.ptr, o->parts.capsule.len);
        uint8_t *capsule = deposited ? copy : o->m.evidence + (o->parts.capsule.ptr - o->m.evidence);
        const bool all = o->w->n <= GT_MANY_AGENTS;
        for (size_t bit = 0; all && bit < bits; bit = gt_next_bit(o->log, bit, bits / 8))
            changed(o, link, &o->m, capsule, bit, &tally);
        for (size_t i = 0; !all && i < SAMPLES; i++)
            changed(o, link, &o->m, capsule, gt_choice(11, i, bits), &tally);
        const eb_status s = travels ? eb_check(link, gt_wire(&o->m)) : EB_OK;
        gt_check(o->log, s == EB_OK, "the honest capsule after those that were refused: %s", eb_status_name(s));
    }
    eb_link_end(link);
    free(copy);
    gt_tally_report(o->log, &tally, "the agents' answers give the right plaintext all the same");
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    gt_order o;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_order_open(&o, &w, 16, 70, log)) {
        every_bit(&o);
        lengths(&o);
        if (spec.escrow->kind == EB_KIND_DEPOSIT && spec.escrow->accept != NULL)
            acceptance(&o);
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_capsules = {
    .id = "capsules",
    .about =
        "a capsule with any bit changed or part missing opens nothing and fails the check, or is listed as accepted",
    .scope = GT_ESCROW,
    .concerns = gt_has_capsule,
    .run = run,
};
