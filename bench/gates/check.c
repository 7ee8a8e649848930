/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eb_check accepts the capsule that an honest sender makes, and no other: neither damage nor what a rogue sender puts in
 * its place, although such a message opens, for its body does authenticate the rogue capsule.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

/* The recipient's side of a session before its first message. */
static eb_status check(const gt_order *o, eb_bytes wire, bool opens, const char *what)
{
    eb_link *link = gt_link(o->w, EB_RECIPIENT, o->log);
    uint8_t *out = gt_memory(o->log, wire.len);
    if (link == NULL || out == NULL) {
        free(out);
        eb_link_end(link);
        return EB_ERR_BACKEND;
    }
    const eb_status s = eb_check(link, wire);
    gt_check(o->log, eb_link_seq(link) == 0, "check of %s moved the session", what);
    if (opens) {
        eb_buf b = {.ptr = out, .cap = wire.len};
        const eb_status st = eb_open(link, &b, GT_AAD, wire);
        gt_check(o->log, st == EB_OK && gt_is_plaintext(&o->m, &b), "%s does not open after its check: %s", what,
                 eb_status_name(st));
    }
    free(out);
    eb_link_end(link);
    return s;
}

static void refused(const gt_order *o, eb_bytes wire, bool opens, const char *what)
{
    const eb_status s = check(o, wire, opens, what);
    gt_check(o->log, gt_refusal(s), "check of %s: %s", what, s == EB_OK ? "accepted" : eb_status_name(s));
}

static void one_bit(const gt_order *o, uint8_t *wire, size_t at, const char *what)
{
    wire[at] ^= (uint8_t)(1u << at % 8);
    refused(o, eb_range(wire, o->m.wire_len), false, what);
    wire[at] ^= (uint8_t)(1u << at % 8);
}

/* One bit of each byte of the capsule and of some of the header, another message's capsule, and lengths that are too
   short. */
static void damage(const gt_order *o, const gt_order *other)
{
    const size_t len = o->m.wire_len, start = o->parts.header.len, end = start + o->parts.capsule.len;
    uint8_t *wire = gt_memory(o->log, len);
    if (wire == NULL)
        return;
    memcpy(wire, o->m.wire, len);
    for (size_t i = 0; i < start; i += o->log->sparse ? 13 : 5)
        one_bit(o, wire, i, "a message with a changed header");
    const size_t step = o->w->n > GT_MANY_AGENTS ? 1 + (end - start) / 256 /* making a capsule for many takes long */
                                                 : gt_stride(o->log, end - start);
    for (size_t i = start; i < end; i += step)
        one_bit(o, wire, i, "a message with a changed capsule");
    for (size_t cut = 0; cut < end; cut += cut < start ? gt_stride(o->log, start) : 7)
        refused(o, eb_range(o->m.wire, cut), false, "a message cut in or before its capsule");
    memcpy(wire + start, other->m.wire + start, end - start);
    refused(o, eb_range(wire, len), false, "another message's capsule");
    free(wire);
}

/* ---- rogue senders ---- */

/* A modified client: the pair's own escrow but for its capsules. A descriptor's functions have no argument for what stands
   behind it, hence the statics. */
typedef enum rogue { GARBAGE, ZEROS, BORROWED, WRONG_SECRET, WRONG_HEADER, OTHER_COINS, ROGUES } rogue;

static const char *const rogue_names[ROGUES] = {
    [GARBAGE] = "a capsule of garbage",
    [ZEROS] = "a capsule of zeros",
    [BORROWED] = "another message's capsule, sealed in",
    [WRONG_SECRET] = "a capsule that holds another secret",
    [WRONG_HEADER] = "a capsule for another header",
    [OTHER_COINS] = "a capsule of the right secret from coins of the sender's choice",
};

static const eb_escrow *honest;
static rogue behaviour;
static eb_bytes loot; /* the other message's capsule */

static eb_status rogue_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                               const uint8_t *secret, eb_context context)
{
    uint8_t changed[EB_MAX_SECRET], header[EB_DIGEST], other_coins[1024];
    const eb_escrow_sizes sizes = honest->sizes(b);
    switch (behaviour) {
    case GARBAGE:
        gt_bytes(capsule, sizes.capsule, 90);
        return EB_OK;
    case ZEROS:
        memset(capsule, 0, sizes.capsule);
        return EB_OK;
    case BORROWED:
        memcpy(capsule, loot.ptr, sizes.capsule);
        return EB_OK;
    case WRONG_SECRET:
        memcpy(changed, secret, b->params.secret_len);
        changed[0] ^= 1;
        return honest->capsule(b, authority, capsule, coins, changed, context);
    case WRONG_HEADER:
        memset(header, 0, sizeof header);
        return honest->capsule(
            b, authority, capsule, coins, secret,
            (eb_context){.link = context.link, .header = header, .user = context.user, .epoch = context.epoch});
    case OTHER_COINS:
        if (sizes.capsule_coins > sizeof other_coins)
            return EB_ERR_SPACE;
        gt_bytes(other_coins, sizes.capsule_coins, 91);
        return honest->capsule(b, authority, capsule, other_coins, secret, context);
    case ROGUES:
        break;
    }
    return EB_ERR_INVALID;
}

/* All of them: the message opens, its check fails, and access gives the plaintext only where the capsule holds it. */
static void rogues(const gt_order *o, const gt_order *other)
{
    eb_escrow modified = *o->w->pair->spec.escrow;
    eb_pair_spec spec = o->w->pair->spec;
    gt_world w;
    honest = spec.escrow;
    loot = other->parts.capsule;
    modified.capsule = rogue_capsule;
    spec.escrow = &modified;
    if (!gt_world_open(&w, &spec, o->log))
        return;
    for (behaviour = GARBAGE; behaviour < ROGUES; behaviour++) {
        gt_sealed m;
        eb_message parts;
        if (behaviour == OTHER_COINS && w.pair->es.capsule_coins == 0)
            continue; /* it takes none */
        if (!gt_seal_first(&m, &w, o->m.len, 70, o->log))
            continue;
        refused(o, gt_wire(&m), !honest->enforced, rogue_names[behaviour]);
        if (gt_succeeds(o->log, gt_parse(o->w, &parts, 0, &m), "taking a message apart")) {
            const gt_access a = gt_ask(o, o->w->agents, o->w->authority, &parts);
            gt_check(o->log, behaviour == OTHER_COINS ? a == GT_OPENED : a == GT_REFUSED || a == GT_UNOPENED,
                     "access to a message with %s: %s", rogue_names[behaviour], gt_access_name(a));
        }
        gt_sealed_free(&m);
    }
    gt_world_close(&w);
}

/* Where a search for a false capsule that passes is feasible: it passes, the message opens, and agents get nothing from it. How
   many tries that took is a finding. */
static void forgeries(const gt_order *o)
{
    enum { COUNT = 4 };
    gt_tally tally = {.field = "forged capsule"};
    uint8_t *wire = gt_memory(o->log, o->m.wire_len);
    for (uint64_t i = 0; i < COUNT && wire != NULL; i++) {
        uint8_t coins[EB_DIGEST];
        uint64_t tries = 0;
        eb_link *link = gt_link(o->w, EB_RECIPIENT, o->log);
        gt_sealed m = o->m;
        eb_message parts;
        gt_bytes(coins, sizeof coins, 95 + i);
        memcpy(wire, o->m.wire, o->m.wire_len);
        m.evidence = wire;
        m.evidence_len = o->m.wire_len;
        if (link != NULL &&
            gt_succeeds(o->log,
                        eb_forge(link, wire + o->parts.header.len, coins, gt_wire(&o->m), EB_FORGE_LIMIT, &tries),
                        "forging") &&
            gt_check(o->log, memcmp(wire, o->m.wire, o->m.wire_len) != 0, "the honest capsule as a forged one") &&
            gt_succeeds(o->log, gt_parse(o->w, &parts, 0, &m), "taking a message apart")) {
            const eb_status s = check(o, eb_range(wire, o->m.wire_len), true, "a forged capsule");
            const gt_access a = gt_ask(o, o->w->agents, o->w->authority, &parts);
            gt_check(o->log, s == EB_OK, "check of a forged capsule: %s", eb_status_name(s));
            gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED, "access by a forged capsule: %s", gt_access_name(a));
        }
        eb_link_end(link);
        tally.tried += tries;
        tally.accepted++;
    }
    free(wire);
    gt_tally_report(o->log, &tally, "a rogue sender's search for what passes the check and opens for no agent");
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    gt_order o, other;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_order_open(&o, &w, 16, 70, log)) {
        if (gt_order_open(&other, &w, 16, 80, log)) {
            const eb_status s = check(&o, gt_wire(&o.m), true, "an honest message");
            gt_check(log, s == EB_OK, "check of an honest message: %s", eb_status_name(s));
            damage(&o, &other);
            rogues(&o, &other);
            if (spec.escrow->forge != NULL)
                forgeries(&o);
            gt_order_close(&other);
        }
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_check_gate = {
    .id = "check",
    .about = "the recipient's check accepts the honest capsule; any other a rogue sender makes is refused, or listed "
             "as accepted",
    .scope = GT_WIRE,
    .concerns = gt_travels,
    .run = run,
};
