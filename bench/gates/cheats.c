/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dealers, agents, senders and depositors who cheat, and what comes of it: carried out, and listed as findings. The culprit is
 * named, or it is noticed that something is wrong and nobody can be told, or it goes unnoticed. What an escrow promises (an audit,
 * the verification of answers, the acceptance of deposits, complaints about dealers) must name the culprit and nobody else;
 * that an honest crew is named by nobody is the control. Independent of the transport. Of senders' capsules gate `rogues` says more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/renewal.h"
#include "bench/gates/table.h"

static const char none[] = ""; /* no cheat: what was done has no effect, or cannot be done here */

static void report(gt_log *log, const char *cheat, const char *outcome)
{
    if (outcome == none)
        return;
    const bool unnoticed = strcmp(outcome, GT_UNNOTICED) == 0;
    gt_report(log, &(gt_tally){.field = cheat, .tried = 1, .accepted = unnoticed}, outcome);
}

/* ---- agents ---- */

/* Access with everybody's answers, the culprit's (agent 1's) first. */
static const char *at_access(const gt_order *o, const eb_bytes *list, const char *cheat)
{
    const unsigned n = o->w->n, t = o->w->t;
    const bool names = o->w->pair->spec.escrow->verify != NULL;
    eb_verdict verdicts[EB_MAX_AGENTS] = {EB_ANSWER_UNUSED};
    const gt_access a = gt_try_answers(o, list, n, verdicts);
    unsigned innocent = 0;
    for (unsigned i = 1; i < n; i++)
        innocent += verdicts[i] == EB_ANSWER_LIE;
    gt_check(o->log, a != GT_BROKEN && a != GT_MISOPENED, "%s: access is %s", cheat, gt_access_name(a));
    gt_check(o->log, innocent == 0, "%s: %u honest agents are named liars", cheat, innocent);
    if (verdicts[0] == EB_ANSWER_LIE) {
        gt_check(o->log, n == t || a == GT_OPENED, "%s: with t honest answers besides access is %s", cheat,
                 gt_access_name(a));
        return "named at access";
    }
    gt_check(o->log, !names || a == GT_OPENED, "%s: answers can be verified, and the liar is not named", cheat);
    return a == GT_OPENED ? none : "noticed at access";
}

static void false_answer(const gt_order *o)
{
    static const char cheat[] = GT_CHEAT "agent: a false answer";
    const size_t len = eb_partial_len(o->w->pair);
    eb_bytes list[EB_MAX_AGENTS];
    uint8_t *lie = gt_memory(o->log, len);
    if (lie == NULL)
        return;
    memcpy(list, o->list, sizeof list);
    gt_bytes(lie, len, 250);
    lie[0] = o->list[0].ptr[0];
    list[0] = eb_range(lie, len);
    report(o->log, cheat, at_access(o, list, cheat));
    free(lie);
}

/* Agent 1 answers with another secret than its own. One that finds nothing to answer is no liar. */
static void false_secret(const gt_order *o, const uint8_t *agents, const char *cheat)
{
    const eb_pair *p = o->w->pair;
    eb_bytes list[EB_MAX_AGENTS];
    uint8_t *answer = gt_memory(o->log, eb_partial_len(p)), *coins = gt_memory(o->log, p->es.partial_coins);
    eb_agent *a = NULL;
    if (answer != NULL && coins != NULL) {
        memcpy(list, o->list, sizeof list);
        gt_bytes(coins, p->es.partial_coins, 251);
        eb_status s = eb_agent_load(p, &a, eb_range(agents, eb_agent_len(p)));
        if (s == EB_OK)
            s = eb_partial(p, a, eb_authority_case(o->w->authority), &o->parts, answer, coins);
        gt_check(o->log, s == EB_OK || gt_refusal(s), "%s: %s", cheat, eb_status_name(s));
        list[0] = eb_range(answer, eb_partial_len(p));
        report(o->log, cheat, s == EB_OK ? at_access(o, list, cheat) : "no answer");
    }
    eb_agent_drop(a);
    free(coins);
    free(answer);
}

/* A set-up of other coins: `other` has public data and secrets of its own, and no parsed authority. */
static bool other_split(gt_world *other, const gt_world *w, gt_log *log)
{
    const eb_pair *p = w->pair;
    uint8_t *coins = gt_memory(log, p->es.setup_coins);
    *other = *w;
    other->authority = NULL;
    other->pub = gt_memory(log, p->es.pub);
    other->agents = gt_memory(log, w->n * eb_agent_len(p));
    bool ok = coins != NULL && other->pub != NULL && other->agents != NULL;
    if (ok) {
        gt_bytes(coins, p->es.setup_coins, 252);
        ok = gt_succeeds(log, eb_setup(p, other->pub, other->agents, coins), "another set-up") &&
             gt_succeeds(log, eb_publish(p, other->pub, other->agents, EB_LITERAL("alice"), 1), "publishing a key");
    }
    free(coins);
    if (!ok)
        gt_day_close(other, w);
    return ok;
}

static void lying_agents(const gt_order *o, const gt_world *other)
{
    gt_world day;
    gt_order later;
    false_answer(o);
    false_secret(o, other->agents, GT_CHEAT "agent: a share of another split");
    if (!gt_renews(&o->w->pair->spec) || o->w->n > GT_MANY_AGENTS || !gt_refreshed(&day, o->w, o->log))
        return;
    later = *o;
    later.w = &day;
    later.answers = gt_answers(&day, &o->parts, o->log);
    for (unsigned i = 0; i < day.n && later.answers != NULL; i++)
        later.list[i] = gt_answer(&day, later.answers, i);
    if (later.answers != NULL)
        false_secret(&later, o->w->agents, GT_CHEAT "agent: a share of before a refresh");
    free(later.answers);
    gt_day_close(&day, o->w);
}

/* ---- dealers ---- */

/* A group in which one multiplication of the generator is of twice the scalar: what a dealer publishes is not what it hands out.
   Functions of a group have no argument for what stands behind them, hence the statics. */
static const eb_group *true_group;
static unsigned calls, lie_at;

static eb_status lying_mul_base(void *ctx, uint8_t *out, const uint8_t *scalar)
{
    uint8_t twice[EB_MAX_SCALAR];
    if (calls++ != lie_at)
        return true_group->mul_base(ctx, out, scalar);
    eb_status s = true_group->scalar_add(ctx, twice, scalar, scalar);
    if (s == EB_OK)
        s = true_group->mul_base(ctx, out, twice);
    eb_wipe(twice, sizeof twice);
    return s;
}

static eb_status deal(eb_pair *p, gt_world *made, const uint8_t *coins, unsigned lie)
{
    eb_group liar = *p->escrow.group;
    true_group = p->escrow.group;
    liar.mul_base = lying_mul_base;
    calls = 0;
    lie_at = lie;
    p->escrow.group = &liar;
    const eb_status s = eb_setup(p, made->pub, made->agents, coins);
    p->escrow.group = true_group;
    return s;
}

/* What becomes of public data and shares that a dealer made falsely: whoever relies on them loads them; a message is sealed
   to them, and the first t agents answer. `made` gets the parsed authority. */
static const char *relied_on(gt_world *made, const char *cheat, gt_log *log)
{
    const eb_pair *p = made->pair;
    gt_order o;
    eb_verdict verdicts[EB_MAX_AGENTS] = {EB_ANSWER_UNUSED};
    const char *outcome = "noticed at access";
    const eb_status s = eb_authority_load(p, &made->authority, eb_range(made->pub, p->es.pub), EB_LITERAL("alice"), 1);
    gt_check(log, s == EB_OK || gt_refusal(s), "%s: loading the authority: %s", cheat, eb_status_name(s));
    if (s != EB_OK)
        return "named when loaded";
    gt_check(log, p->spec.escrow->audit == NULL, "%s: the audit passes it", cheat);
    if (!gt_order_open(&o, made, 16, 77, log))
        return none;
    const gt_access a = gt_try_answers(&o, o.list, made->t, verdicts);
    gt_check(log, a != GT_BROKEN, "%s: access is %s", cheat, gt_access_name(a));
    for (unsigned i = 0; i < made->t; i++)
        if (verdicts[i] == EB_ANSWER_LIE)
            outcome = "an agent is named instead";
    if (a == GT_MISOPENED)
        outcome = GT_UNNOTICED;
    gt_order_close(&o);
    return a == GT_OPENED ? none : outcome;
}

/* True if the dealers themselves found it. */
static bool wrong_images(const gt_world *w, gt_world *made, gt_log *log)
{
    static const char cheat[] = GT_CHEAT "dealer: public data that do not fit";
    eb_pair *p = w->pair;
    uint8_t *coins = gt_memory(log, p->es.setup_coins);
    const char *outcome = none;
    bool found = false;
    if (coins == NULL)
        return false;
    gt_bytes(coins, p->es.setup_coins, 253);
    if (gt_succeeds(log, deal(p, made, coins, UINT32_MAX), "an honest set-up") && calls > 0) {
        gt_check(log, eb_complaint_of(p).dealer == 0, "%s: an honest dealer is named", cheat);
        const eb_status s = deal(p, made, coins, calls / 4); /* well before anybody checks anything */
        gt_check(log, s == EB_OK || gt_refusal(s), "%s: set-up: %s", cheat, eb_status_name(s));
        found = s != EB_OK;
        if (found)
            gt_check(log, eb_complaint_of(p).dealer != 0, "%s: set-up is refused, and no dealer is named", cheat);
        outcome = !found ? relied_on(made, cheat, log) : "named at set-up";
    }
    report(log, cheat, outcome);
    free(coins);
    return found;
}

/* Agent 1's share and what is published about it are of another split. Escrows put the key that capsules are made for first; the
   rest speaks about one agent after the other; where each agent has a key of its own there is none. */
static void false_share(const gt_world *w, gt_world *made, const gt_world *other, gt_log *log)
{
    static const char cheat[] = GT_CHEAT "dealer: a false share";
    const eb_pair *p = w->pair;
    const size_t key = p->es.pub != w->n * p->escrow.dh->pk_len ? p->escrow.dh->pk_len : 0;
    memcpy(made->pub, w->pub, p->es.pub);
    memcpy(made->pub + key, other->pub + key, (p->es.pub - key) / w->n);
    memcpy(made->agents, w->agents, w->n * eb_agent_len(p));
    memcpy(made->agents, other->agents, eb_agent_len(p));
    eb_authority_drop(made->authority);
    made->authority = NULL;
    report(log, cheat, relied_on(made, cheat, log));
}

static void lying_dealers(const gt_world *w, const gt_world *other, gt_log *log)
{
    const eb_pair *p = w->pair;
    gt_world made = *w;
    if (!p->spec.escrow->split || p->spec.escrow->kind != EB_KIND_WRAP || w->n > GT_MANY_AGENTS)
        return;
    made.authority = NULL;
    made.pub = gt_memory(log, p->es.pub);
    made.agents = gt_memory(log, w->n * eb_agent_len(p));
    if (made.pub != NULL && made.agents != NULL) {
        const bool found = p->escrow.group != NULL && wrong_images(w, &made, log);
        if (!found) /* else no dealer alone says what is published */
            false_share(w, &made, other, log);
    }
    gt_day_close(&made, w);
}

/* ---- senders ---- */

static const eb_escrow *honest;

static eb_status garbage_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                                 const uint8_t *secret, eb_context context)
{
    (void)authority, (void)coins, (void)secret, (void)context;
    gt_bytes(capsule, honest->sizes(b).capsule, 254);
    return EB_OK;
}

/* What was put where the escrow looks opens nothing: who is the first to see that? */
static const char *first_to_notice(const gt_order *o, const gt_sealed *m)
{
    const gt_world *w = o->w;
    const eb_pair *p = w->pair;
    eb_message parts;
    gt_order sent = *o;
    const char *outcome = none;
    sent.m = *m;
    eb_status s = gt_parse(w, &parts, 0, m);
    gt_check(o->log, s == EB_OK || gt_refusal(s), "a message that leaves the escrow out: %s", eb_status_name(s));
    if (s != EB_OK)
        return "noticed at access";
    if (p->spec.escrow->kind == EB_KIND_WRAP) {
        if (gt_refusal(eb_inspect(p, w->authority, &parts)))
            return "noticed in transit";
        eb_link *link = gt_link(w, EB_RECIPIENT, o->log);
        if (link == NULL)
            return none;
        const bool noticed = gt_refusal(eb_check(link, gt_wire(m)));
        eb_link_end(link);
        if (noticed)
            return "noticed on receipt";
    }
    const gt_access a = gt_ask(&sent, w->agents, w->authority, &parts);
    gt_check(o->log, a != GT_OPENED && a != GT_BROKEN, "a message that leaves the escrow out: access is %s",
             gt_access_name(a));
    outcome = a == GT_MISOPENED ? GT_UNNOTICED : "noticed at access";
    return outcome;
}

/* Random bytes for the escrow: as a capsule, as the ghost's copy, as what the service stores with the message. */
static void lying_sender(const gt_order *o)
{
    const gt_world *w = o->w;
    eb_pair_spec spec = w->pair->spec;
    eb_escrow escrow = *spec.escrow;
    const bool stores = spec.escrow->kind == EB_KIND_STORAGE, ghost = spec.escrow->kind == EB_KIND_DEVICE;
    gt_world rogue = {0};
    gt_sealed m;
    eb_bytes copy;
    if (spec.escrow->kind == EB_KIND_DEPOSIT || (ghost && w->pair->copies < 2))
        return;
    honest = spec.escrow;
    escrow.capsule = garbage_capsule;
    spec.escrow = &escrow;
    if (!ghost && !gt_world_open(&rogue, &spec, o->log))
        return;
    if (gt_seal_first(&m, ghost ? w : &rogue, 16, 78, o->log)) {
        if (ghost &&
            gt_succeeds(o->log, eb_delivered(w->pair, &copy, w->pair->copies - 1, eb_range(m.evidence, m.evidence_len)),
                        "the ghost's copy"))
            gt_bytes(m.evidence + (copy.ptr - m.evidence), copy.len, 255);
        report(o->log,
               stores ? GT_CHEAT "service: random bytes for the escrow"
                      : GT_CHEAT "sender: random bytes for the escrow",
               first_to_notice(o, &m));
        gt_sealed_free(&m);
    }
    if (!ghost)
        gt_world_close(&rogue);
}

/* ---- depositors ---- */

/* The recipient's deposit is replaced; the agents look at it if they can, and access is tried. */
static void false_deposit(const gt_order *o, const uint8_t *deposit, const char *cheat)
{
    const gt_world *w = o->w;
    const eb_pair *p = w->pair;
    gt_order sent = *o;
    gt_world rogue = *w;
    uint8_t *copy = gt_memory(o->log, p->es.capsule);
    unsigned refuse = 0;
    if (copy == NULL)
        return;
    memcpy(copy, deposit, p->es.capsule);
    rogue.deposit = copy;
    sent.w = &rogue;
    for (unsigned i = 0; i < w->n && p->spec.escrow->accept != NULL; i++) {
        eb_agent *a = NULL;
        if (gt_succeeds(o->log, eb_agent_load(p, &a, gt_agent_secret(w, i)), "loading an agent"))
            refuse += gt_refusal(eb_deposit_accept(p, w->authority, a, eb_range(copy, p->es.capsule),
                                                   eb_range(w->pk[GT_RECIPIENT], p->ts.pk)));
        eb_agent_drop(a);
    }
    gt_check(o->log, refuse == w->n || p->spec.escrow->accept == NULL, "%s: %u of %u agents refuse it", cheat, refuse,
             w->n);
    if (gt_succeeds(o->log, gt_parse(&rogue, &sent.parts, 0, &o->m), "taking a message apart")) {
        const gt_access a = gt_ask(&sent, w->agents, w->authority, &sent.parts);
        gt_check(o->log, a != GT_OPENED && a != GT_BROKEN, "%s: access is %s", cheat, gt_access_name(a));
        report(o->log, cheat,
               refuse > 0          ? "named at enrolment"
               : a == GT_MISOPENED ? GT_UNNOTICED
                                   : "noticed at access");
    }
    free(copy);
}

static void lying_depositors(const gt_order *o)
{
    const gt_world *w = o->w;
    const eb_pair *p = w->pair;
    uint8_t *deposit = gt_memory(o->log, p->es.capsule), *coins = gt_memory(o->log, p->es.capsule_coins);
    if (p->spec.escrow->kind == EB_KIND_DEPOSIT && deposit != NULL && coins != NULL) {
        gt_bytes(deposit, p->es.capsule, 256);
        false_deposit(o, deposit, GT_CHEAT "depositor: random bytes");
        gt_bytes(coins, p->es.capsule_coins, 257);
        if (gt_succeeds(o->log,
                        eb_deposit(p, w->authority, deposit, coins, eb_range(w->sk[GT_STRANGER], p->ts.sk),
                                   eb_range(w->pk[GT_RECIPIENT], p->ts.pk)),
                        "depositing another key"))
            false_deposit(o, deposit, GT_CHEAT "depositor: another key than its own");
    }
    free(coins);
    free(deposit);
}

/* ---- the gate ---- */

static void nobody_cheats(const gt_order *o)
{
    eb_verdict verdicts[EB_MAX_AGENTS] = {EB_ANSWER_UNUSED};
    const gt_access a = gt_try_answers(o, o->list, o->w->n, verdicts);
    gt_check(o->log, a == GT_OPENED, "nobody cheats: access is %s", gt_access_name(a));
    for (unsigned i = 0; i < o->w->t; i++)
        gt_check(o->log, verdicts[i] == EB_ANSWER_GOOD, "nobody cheats: agent %u's verdict is %d", i + 1,
                 (int)verdicts[i]);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w, other;
    gt_order o;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_order_open(&o, &w, 16, 70, log)) {
        nobody_cheats(&o);
        if (other_split(&other, &w, log)) {
            lying_dealers(&w, &other, log);
            lying_agents(&o, &other);
            gt_day_close(&other, &w);
        }
        lying_sender(&o);
        lying_depositors(&o);
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_cheats = {
    .id = "cheats",
    .about =
        "dealers, agents, senders and depositors who cheat: named where the escrow promises it, else what comes of it",
    .scope = GT_ESCROW,
    .concerns = gt_has_escrow,
    .run = run,
};
