/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upkeep does what it says: after a refresh and after a reshare there and back messages of before open with the new shares and
 * the key is the old one, shares of different days do not serve together and are named; a punctured epoch opens for nobody while
 * its neighbours do. Independent of the transport.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/renewal.h"
#include "bench/gates/table.h"

static bool has_upkeep(const gt_subject *subject)
{
    const eb_escrow *e = subject->pair.escrow;
    return e->refresh != NULL || e->reshare != NULL || e->puncture != NULL;
}

/* ---- access on a day ---- */

/* The old message under another day's data: what all of that day's agents answer. */
static bool order_again(gt_order *again, const gt_order *o, const gt_world *day)
{
    *again = *o;
    again->w = day;
    again->answers = gt_answers(day, &o->parts, o->log);
    for (unsigned i = 0; i < day->n && again->answers != NULL; i++)
        again->list[i] = gt_answer(day, again->answers, i);
    return again->answers != NULL;
}

/* Any t of the agents open it, and no fewer do. */
static void opens(const gt_order *o, const char *when)
{
    const unsigned t = o->w->t;
    for (uint64_t seed = 0; seed < (o->w->n <= GT_MANY_AGENTS ? 2 : 1); seed++) {
        unsigned who[EB_MAX_AGENTS];
        eb_bytes list[EB_MAX_AGENTS];
        gt_pick(who, t, o->w->n, 240 + seed);
        for (unsigned i = 0; i < t; i++)
            list[i] = o->list[who[i]];
        gt_access a = gt_try_answers(o, list, t, NULL);
        gt_check(o->log, a == GT_OPENED, "%s: with %u answers access is %s", when, t, gt_access_name(a));
        a = gt_try_answers(o, list, t - 1, NULL);
        gt_check(o->log, a == GT_REFUSED, "%s: with %u answers access is %s", when, t - 1, gt_access_name(a));
    }
}

/* Under one day's data `foreign` answers of another day stand first among t: each is named, nothing opens; with t of the
   day's own behind them it does. Where answers cannot be verified, nobody is named, and t of another day are t good ones. */
static void mixed(const gt_order *o, const gt_order *other, unsigned foreign, const char *when)
{
    const unsigned t = o->w->t, n = o->w->n;
    const bool names = o->w->pair->spec.escrow->verify != NULL;
    eb_bytes list[EB_MAX_AGENTS] = {{NULL, 0}};
    eb_verdict verdicts[EB_MAX_AGENTS] = {EB_ANSWER_UNUSED};
    unsigned named = 0;
    if (foreign > n || foreign > other->w->n || (!names && foreign == t))
        return;
    for (unsigned i = 0; i < foreign; i++)
        list[i] = other->list[i];
    for (unsigned i = foreign; i < n; i++)
        list[i] = o->list[i];
    gt_access a = gt_try_answers(o, list, t, verdicts);
    for (unsigned i = 0; i < foreign; i++)
        named += verdicts[i] == EB_ANSWER_LIE;
    gt_check(o->log, a != GT_OPENED && a != GT_BROKEN, "%s: %u answers of another day among %u: access is %s", when,
             foreign, t, gt_access_name(a));
    gt_check(o->log, named == foreign || !names, "%s: of %u answers of another day %u are named lies", when, foreign,
             named);
    if (!names || n - foreign < t)
        return;
    a = gt_try_answers(o, list, n, verdicts);
    gt_check(o->log, a == GT_OPENED, "%s: t answers behind %u of another day: access is %s", when, foreign,
             gt_access_name(a));
}

static void days_apart(const gt_order *a, const gt_order *b, const char *when)
{
    const gt_order *const days[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        const unsigned t = days[i]->w->t;
        mixed(days[i], days[1 - i], 1, when);
        if (t > 2)
            mixed(days[i], days[1 - i], t - 1, when);
        if (t > 1)
            mixed(days[i], days[1 - i], t, when);
    }
}

/* ---- refresh and reshare ---- */

static void same_key(const gt_order *o, const gt_world *day, const char *when)
{
    const gt_world *w = o->w;
    gt_check(o->log,
             memcmp(eb_authority_case(w->authority)->link, eb_authority_case(day->authority)->link, EB_DIGEST) == 0,
             "%s: capsules are bound to something else", when);
}

/* What a group makes of shares of two days instead of its own: nothing. */
static void refuses_mixed_secrets(const gt_world *w, const gt_world *day, gt_log *log)
{
    const eb_pair *p = w->pair;
    const size_t len = eb_agent_len(p);
    uint8_t *pub = gt_memory(log, p->es.pub), *agents = gt_memory(log, w->n * len);
    uint8_t *secrets = gt_memory(log, w->n * len), *coins = gt_memory(log, p->es.refresh_coins);
    if (pub != NULL && agents != NULL && secrets != NULL && coins != NULL) {
        memcpy(secrets, w->agents, w->n * len);
        memcpy(secrets, day->agents, len);
        gt_bytes(coins, p->es.refresh_coins, 232);
        const eb_status s = eb_refresh(p, pub, agents, w->pub, secrets, coins);
        gt_check(log, gt_refusal(s), "a refresh of shares of two days: %s", eb_status_name(s));
        gt_check(log, eb_complaint_of(p).agent == 1, "a refresh with agent 1's share of another day names agent %u",
                 eb_complaint_of(p).agent);
        gt_check(log, gt_zeros(pub, p->es.pub) && gt_zeros(agents, w->n * len), "a refresh: refused, but not zeroed");
    }
    free(coins);
    free(secrets);
    free(agents);
    free(pub);
}

/* A message of the new day: the old shares open it too, so that they must be deleted, and the key is the old one. */
static void new_message(const gt_order *o, const gt_world *day)
{
    gt_order fresh, old;
    if (!gt_order_open(&fresh, day, 16, 75, o->log))
        return;
    opens(&fresh, "a message of after the refresh");
    if (order_again(&old, &fresh, o->w)) {
        opens(&old, "a message of after the refresh, with shares of before");
        free(old.answers);
    }
    gt_order_close(&fresh);
}

static void refresh(const gt_order *o)
{
    const gt_world *w = o->w;
    const size_t len = eb_agent_len(w->pair);
    gt_world day;
    gt_order later;
    if (!gt_refreshed(&day, w, o->log))
        return;
    same_key(o, &day, "after a refresh");
    for (unsigned i = 0; i < w->n; i++)
        gt_check(o->log, memcmp(day.agents + i * len, w->agents + i * len, len) != 0,
                 "agent %u has the same secret after a refresh", i + 1);
    if (order_again(&later, o, &day)) {
        opens(&later, "after a refresh");
        days_apart(o, &later, "after a refresh");
        free(later.answers);
    }
    if (w->n <= GT_MANY_AGENTS) { /* a second refresh, and everybody's answers twice more: few show the same */
        new_message(o, &day);
        refuses_mixed_secrets(w, &day, o->log);
    }
    gt_day_close(&day, w);
}

/* To another shape, and from there back to the first with other shares. */
static void reshare(const gt_order *o)
{
    gt_world there, back;
    gt_order then, later;
    unsigned t, n;
    gt_other_shape(o->w, &t, &n);
    if (n > EB_MAX_AGENTS || !gt_reshared(&there, o->w, t, n, o->log))
        return;
    same_key(o, &there, "after a reshare");
    if (order_again(&then, o, &there)) {
        opens(&then, "after a reshare");
        days_apart(o, &then, "after a reshare");
        if (gt_reshared(&back, &there, o->w->t, o->w->n, o->log)) {
            same_key(o, &back, "after a reshare back");
            if (order_again(&later, o, &back)) {
                opens(&later, "after a reshare back");
                days_apart(&then, &later, "after a reshare back");
                if (o->w->t > 1) /* with t = 1 the share is the key again */
                    days_apart(o, &later, "after a reshare there and back");
                free(later.answers);
            }
            gt_day_close(&back, &there);
        }
        free(then.answers);
    }
    gt_day_close(&there, o->w);
}

/* ---- puncture ---- */

/* What remains of a user's epoch after alice's first was forgotten. */
static void outlook(const gt_world *w, const uint8_t *punctured, eb_bytes user, uint64_t epoch, bool forgotten,
                    gt_log *log)
{
    gt_world other = *w;
    gt_order o;
    other.authority = NULL;
    other.pub = gt_memory(log, w->pair->es.pub);
    if (other.pub == NULL)
        return;
    memcpy(other.pub, w->pub, w->pair->es.pub);
    if (gt_succeeds(log, eb_publish(w->pair, other.pub, w->agents, user, epoch), "publishing a key") &&
        gt_succeeds(log,
                    eb_authority_load(w->pair, &other.authority, eb_range(other.pub, w->pair->es.pub), user, epoch),
                    "loading the authority") &&
        gt_order_open(&o, &other, 16, 76, log)) {
        gt_access a = gt_ask(&o, w->agents, other.authority, &o.parts);
        gt_check(log, a == GT_OPENED, "before puncturing, epoch %u: access is %s", (unsigned)epoch, gt_access_name(a));
        a = gt_ask(&o, punctured, other.authority, &o.parts);
        gt_check(log, a == (forgotten ? GT_REFUSED : GT_OPENED), "after puncturing %s: access is %s",
                 forgotten ? "this epoch" : "another user's or epoch", gt_access_name(a));
        gt_order_close(&o);
    }
    const eb_status s = w->pair->spec.escrow->publish != NULL ? eb_publish(w->pair, other.pub, punctured, user, epoch)
                        : forgotten                           ? EB_ERR_AUTH
                                                              : EB_OK;
    gt_check(log, forgotten ? gt_refusal(s) : s == EB_OK, "after puncturing %s: publishing a key: %s",
             forgotten ? "this epoch" : "another user's or epoch", eb_status_name(s));
    eb_authority_drop(other.authority);
    free(other.pub);
}

static void puncture(const gt_order *o)
{
    uint8_t *punctured = gt_punctured(o->w, EB_LITERAL("alice"), 1, o->log);
    if (punctured == NULL)
        return;
    outlook(o->w, punctured, EB_LITERAL("alice"), 1, true, o->log);
    outlook(o->w, punctured, EB_LITERAL("alice"), 0, false, o->log);
    outlook(o->w, punctured, EB_LITERAL("alice"), 2, false, o->log);
    outlook(o->w, punctured, EB_LITERAL("bob"), 1, false, o->log);
    free(punctured);
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
        if (gt_renews(&spec))
            refresh(&o);
        if (spec.escrow->reshare != NULL)
            reshare(&o);
        if (spec.escrow->puncture != NULL)
            puncture(&o);
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_upkeep = {
    .id = "upkeep",
    .about = "old messages open with refreshed and reshared agents, days do not mix, punctured epochs stay shut",
    .scope = GT_ESCROW,
    .concerns = has_upkeep,
    .run = run,
};
