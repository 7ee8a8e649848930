/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent's answer, and the secret that it comes from, with one bit changed: the agent is named a liar, or (where the
 * escrow cannot tell) nothing opens; every bit of one agent's, samples of the others'. Independent of the transport.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { SAMPLES = 16, MAX_OTHERS = 4 };

/* One answer in the place of agent `liar`'s, before the others'. */
typedef struct trial {
    const gt_order *o;
    unsigned liar;
    gt_tally tally;
} trial;

/* With the honest answers of t-1 others, the false one is needed. */
static gt_access try_needed(const trial *x, eb_bytes answer)
{
    eb_bytes list[EB_MAX_AGENTS];
    unsigned count = 0;
    list[count++] = answer;
    for (unsigned i = 0; i < x->o->w->n && count < x->o->w->t; i++)
        if (i != x->liar && answer.ptr[0] != i + 1)
            list[count++] = x->o->list[i];
    return gt_try_answers(x->o, list, count, NULL);
}

/* A false answer: either it is called a lie, or it stops access, or it is as good as the honest one (a finding). It never
   passes for honest and gives something else. True if it is as good. */
static bool judge(trial *x, eb_bytes answer, const char *what, size_t bit)
{
    const eb_pair *p = x->o->w->pair;
    const bool can_tell = p->spec.escrow->verify != NULL;
    x->tally.tried++;
    const eb_status s = eb_verify(p, x->o->w->authority, &x->o->parts, answer);
    if (can_tell && gt_refusal(s)) {
        gt_held(x->o->log);
        return false;
    }
    gt_check(x->o->log, s == (can_tell ? EB_OK : EB_ERR_UNSUPPORTED), "%s, bit %zu: verify: %s", what, bit,
             eb_status_name(s));
    const gt_access a = try_needed(x, answer);
    if (a == GT_OPENED) {
        x->tally.accepted++;
        return true;
    }
    gt_check(x->o->log, !can_tell && (a == GT_REFUSED || a == GT_UNOPENED),
             "%s, bit %zu: passes for honest, and access is %s", what, bit, gt_access_name(a));
    return false;
}

/* ---- answers ---- */

/* The whole list with the false answer first: the others do the work, and exactly the liar is named. */
static void named(const trial *x, eb_bytes answer, size_t bit)
{
    const unsigned n = x->o->w->n, t = x->o->w->t;
    eb_bytes list[EB_MAX_AGENTS];
    eb_verdict verdicts[EB_MAX_AGENTS];
    if (x->o->w->pair->spec.escrow->verify == NULL || n == t)
        return;
    list[0] = answer;
    for (unsigned i = 0, k = 1; i < n; i++)
        if (i != x->liar)
            list[k++] = x->o->list[i];
    const gt_access a = gt_try_answers(x->o, list, n, verdicts);
    gt_check(x->o->log, a == GT_OPENED, "answer bit %zu: with %u honest answers: %s", bit, n - 1, gt_access_name(a));
    gt_check(x->o->log, verdicts[0] == EB_ANSWER_LIE || (bit < 8 && verdicts[0] == EB_ANSWER_MALFORMED),
             "answer bit %zu: verdict %d", bit, (int)verdicts[0]);
    for (unsigned i = 1; i < n; i++)
        gt_check(x->o->log, verdicts[i] == (i <= t ? EB_ANSWER_GOOD : EB_ANSWER_UNUSED),
                 "answer bit %zu: verdict %d on an honest answer", bit, (int)verdicts[i]);
}

static void change_answer(trial *x, uint8_t *answer, size_t bit)
{
    const size_t len = eb_partial_len(x->o->w->pair);
    answer[bit / 8] ^= (uint8_t)(1u << bit % 8);
    const bool as_good = judge(x, eb_range(answer, len), "answer", bit);
    const size_t step = x->o->w->n <= GT_MANY_AGENTS ? 1 : 16; /* one bit of each byte, or of one in 16 */
    if (!as_good && bit % 8 == bit / 8 % 8 && bit / 8 % step == 0)
        named(x, eb_range(answer, len), bit);
    answer[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void answers_of(trial *x, bool all)
{
    const size_t len = eb_partial_len(x->o->w->pair);
    uint8_t *answer = malloc(len);
    if (gt_check(x->o->log, answer != NULL, "out of memory")) {
        memcpy(answer, x->o->list[x->liar].ptr, len);
        for (size_t bit = 0; all && bit < 8 * len; bit = gt_next_bit(x->o->log, bit, len))
            change_answer(x, answer, bit);
        for (size_t i = 0; !all && i < SAMPLES; i++)
            change_answer(x, answer, gt_choice(5 + x->liar, i, 8 * len));
    }
    free(answer);
}

/* ---- the secrets that agents keep ---- */

/* What an agent answers whose stored secret has changed. */
static void change_secret(trial *x, uint8_t *secret, uint8_t *answer, const uint8_t *coins, size_t bit)
{
    const gt_order *o = x->o;
    const eb_pair *p = o->w->pair;
    eb_agent *a = NULL;
    secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
    eb_status s = eb_agent_load(p, &a, eb_range(secret, eb_agent_len(p)));
    if (s == EB_OK)
        s = eb_partial(p, a, eb_authority_case(o->w->authority), &o->parts, answer, coins);
    if (s == EB_OK) {
        (void)judge(x, eb_range(answer, eb_partial_len(p)), "agent's secret", bit);
    } else {
        x->tally.tried++;
        gt_check(o->log, gt_refusal(s), "agent's secret, bit %zu: %s", bit, eb_status_name(s));
    }
    eb_agent_drop(a);
    secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void secrets_of(trial *x, bool all)
{
    const eb_pair *p = x->o->w->pair;
    const size_t len = eb_agent_len(p);
    uint8_t *secret = malloc(len + 1), *answer = malloc(eb_partial_len(p)), *coins = malloc(p->es.partial_coins + 1);
    if (gt_check(x->o->log, secret != NULL && answer != NULL && coins != NULL, "out of memory")) {
        memcpy(secret, gt_agent_secret(x->o->w, x->liar).ptr, len);
        secret[len] = 0;
        gt_bytes(coins, p->es.partial_coins, 401);
        for (size_t bit = 0; all && bit < 8 * len; bit = gt_next_bit(x->o->log, bit, len))
            change_secret(x, secret, answer, coins, bit);
        for (size_t i = 0; !all && i < SAMPLES; i++)
            change_secret(x, secret, answer, coins, gt_choice(6 + x->liar, i, 8 * len));
        for (size_t cut = 0; cut <= len + 1 && all; cut++) {
            eb_agent *a = NULL;
            const eb_status s = cut == len ? EB_ERR_INVALID : eb_agent_load(p, &a, eb_range(secret, cut));
            gt_check(x->o->log, gt_refusal(s) && a == NULL, "an agent's secret of %zu bytes: %s", cut,
                     s == EB_OK ? "accepted" : eb_status_name(s));
            eb_agent_drop(a);
        }
    }
    free(coins);
    free(answer);
    free(secret);
}

static void everybody(const gt_order *o, const char *field, void (*change)(trial *, bool), const char *meaning)
{
    trial first = {.o = o, .tally = {.field = field}};
    change(&first, true);
    const unsigned n = o->w->n;
    for (unsigned i = 1; i < n && i <= MAX_OTHERS; i++) {
        trial other = {.o = o, .liar = n <= MAX_OTHERS + 1 ? i : 1 + (unsigned)gt_choice(7, i, n - 1)};
        change(&other, false);
        first.tally.tried += other.tally.tried;
        first.tally.accepted += other.tally.accepted;
    }
    gt_tally_report(o->log, &first.tally, meaning);
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
        everybody(&o, "answer", answers_of, "access gives the right plaintext all the same");
        everybody(&o, "agent's secret", secrets_of, "the changed secret works like the one that was dealt");
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_answers_gate = {
    .id = "answers",
    .about =
        "an agent's answer or secret with any bit changed is named a lie or opens nothing, or is listed as accepted",
    .scope = GT_ESCROW,
    .concerns = gt_has_agents,
    .run = run,
};
