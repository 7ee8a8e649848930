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

/* Access to a message whose capsule was changed. The tally counts those that still open as they should. */
static void changed(const gt_order *o, eb_link *link, uint8_t *wire, size_t bit, gt_tally *tally)
{
    eb_message m;
    wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
    const eb_bytes whole = eb_range(wire, o->m.wire_len);
    tally->tried++;
    if (gt_succeeds(o->log, eb_message_parse(o->w->pair, &m, 0, whole), "taking a message apart")) {
        const gt_access a = gt_ask(o, o->w->agents, o->w->authority, &m);
        gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED || a == GT_OPENED, "capsule bit %zu: access: %s",
                 bit - 8 * o->parts.header.len, gt_access_name(a));
        tally->accepted += a == GT_OPENED;
    }
    const eb_status s = eb_check(link, whole);
    gt_check(o->log, gt_refusal(s), "capsule bit %zu: check: %s", bit - 8 * o->parts.header.len,
             s == EB_OK ? "accepted" : eb_status_name(s));
    wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* A capsule of another length is not looked at. */
static void lengths(const gt_order *o)
{
    const eb_pair *p = o->w->pair;
    uint8_t secret[EB_MAX_SECRET], *partial = malloc(eb_partial_len(p)), *coins = calloc(1, p->es.partial_coins + 1);
    eb_agent *agent = NULL;
    if (gt_check(o->log, partial != NULL && coins != NULL, "out of memory") &&
        gt_succeeds(o->log, eb_agent_load(p, &agent, gt_agent_secret(o->w, 0)), "loading an agent"))
        for (size_t len = 0; len < o->parts.capsule.len; len++) {
            eb_message m = o->parts;
            m.capsule.len = len;
            eb_status s = eb_partial(p, agent, eb_authority_link(o->w->authority), &m, partial, coins);
            gt_check(o->log, s == EB_ERR_UNSUPPORTED || gt_refusal(s), "answer about a capsule of %zu bytes: %s", len,
                     s == EB_OK ? "given" : eb_status_name(s));
            s = eb_combine(p, o->w->authority, &m, o->list, o->w->n, NULL, secret);
            gt_check(o->log, s == EB_ERR_UNSUPPORTED || gt_refusal(s), "combine for a capsule of %zu bytes: %s", len,
                     s == EB_OK ? "accepted" : eb_status_name(s));
        }
    eb_agent_drop(agent);
    eb_wipe(secret, sizeof secret);
    free(partial);
    free(coins);
}

static void every_bit(const gt_order *o)
{
    gt_tally tally = {.field = "capsule, at access"};
    const size_t start = 8 * o->parts.header.len, end = start + 8 * o->parts.capsule.len;
    uint8_t *wire = malloc(o->m.wire_len);
    eb_link *link = gt_link(o->w, EB_RECIPIENT, o->log);
    if (link != NULL && gt_check(o->log, wire != NULL, "out of memory")) {
        memcpy(wire, o->m.wire, o->m.wire_len);
        const bool all = o->w->n <= GT_MANY_AGENTS;
        for (size_t i = 0; i < (all ? end - start : SAMPLES); i++)
            changed(o, link, wire, start + (all ? i : gt_choice(11, i, end - start)), &tally);
        const eb_status s = eb_check(link, gt_wire(&o->m));
        gt_check(o->log, s == EB_OK, "the honest capsule after those that were refused: %s", eb_status_name(s));
    }
    eb_link_end(link);
    free(wire);
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
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_capsules = {
    .id = "capsules",
    .about = "a capsule with any bit changed or any part missing gives nothing at access and fails the check",
    .scope = GT_ESCROW,
    .concerns = gt_has_escrow,
    .run = run,
};
