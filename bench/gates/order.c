/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/order.h"

#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"

bool gt_order_open(gt_order *o, const gt_world *w, size_t len, uint64_t seed, gt_log *log)
{
    *o = (gt_order){.w = w, .log = log};
    if (gt_seal_first(&o->m, w, len, seed, log) &&
        gt_succeeds(log, gt_parse(w, &o->parts, 0, &o->m), "taking a message apart"))
        o->answers = gt_answers(w, &o->parts, log);
    if (o->answers == NULL) {
        gt_order_close(o);
        return false;
    }
    for (unsigned i = 0; i < w->n; i++)
        o->list[i] = gt_answer(w, o->answers, i);
    return true;
}

void gt_order_close(gt_order *o)
{
    gt_sealed_free(&o->m);
    free(o->answers);
    o->answers = NULL;
}

/* Opens the body with a secret, if it does. */
static gt_access open_body(const gt_order *o, const eb_pair *p, const uint8_t *secret, const eb_message *m)
{
    gt_guard out;
    if (!gt_check(o->log, gt_guard_new(&out, m->body.len, 3), "out of memory"))
        return GT_BROKEN;
    eb_buf b = gt_guard_buf(&out);
    const eb_status s = eb_recover(p, secret, m, GT_AAD, &b);
    const bool hygienic =
        gt_check(o->log, gt_guard_intact(&out), "recover wrote outside of its buffer") &&
        gt_check(o->log, s == EB_OK || (b.len == 0 && gt_guard_clean(&out)), "recover: refused, but not zeroed") &&
        gt_check(o->log, s == EB_OK || gt_refusal(s), "recover: %s", eb_status_name(s));
    const bool right = s == EB_OK && gt_is_plaintext(&o->m, &b);
    gt_guard_free(&out);
    /* Without proof in the format any secret decrypts to something: that this one is not the message's shows in the text alone.
       Gate `access` lists it as a finding. */
    const bool proves = (p->spec.transport->lacks & EB_LACKS_PROOF) == 0 || p->spec.escrow->kind != EB_KIND_WRAP;
    if (hygienic && s == EB_OK && !right && !proves)
        return GT_UNOPENED;
    return !hygienic ? GT_BROKEN : s != EB_OK ? GT_UNOPENED : right ? GT_OPENED : GT_MISOPENED;
}

gt_access gt_try(const gt_order *o, const eb_pair *p, const eb_authority *authority, const eb_message *m,
                 const eb_bytes *answers, size_t count, eb_verdict *verdicts)
{
    gt_guard secret;
    if (!gt_check(o->log, gt_guard_new(&secret, eb_secret_len(p), 1), "out of memory"))
        return GT_BROKEN;
    const eb_status s = eb_combine(p, authority, m, answers, count, verdicts, secret.ptr);
    gt_access a = GT_REFUSED;
    if (!gt_check(o->log, gt_guard_intact(&secret), "combine wrote outside of its buffer") ||
        !gt_check(o->log, s == EB_OK || gt_zeros(secret.ptr, secret.cap), "combine: refused, but not zeroed") ||
        !gt_check(o->log, s == EB_OK || gt_refusal(s), "combine: %s", eb_status_name(s)))
        a = GT_BROKEN;
    else if (s == EB_OK)
        a = open_body(o, p, secret.ptr, m);
    gt_guard_free(&secret);
    return a;
}

gt_access gt_try_answers(const gt_order *o, const eb_bytes *answers, size_t count, eb_verdict *verdicts)
{
    return gt_try(o, o->w->pair, o->w->authority, &o->parts, answers, count, verdicts);
}

gt_access gt_ask(const gt_order *o, const uint8_t *agents, const eb_authority *authority, const eb_message *m)
{
    const eb_pair *p = o->w->pair;
    const size_t len = eb_partial_len(p), secret_len = eb_agent_len(p);
    uint8_t *answers = calloc(o->w->t + 1, len), *coins = malloc(p->es.partial_coins + 1);
    eb_bytes list[EB_MAX_AGENTS];
    size_t count = 0;
    bool ok = gt_check(o->log, answers != NULL && coins != NULL, "out of memory");
    for (unsigned i = 0; i < o->w->t && ok; i++) {
        eb_agent *a = NULL;
        gt_bytes(coins, p->es.partial_coins, 500 + i);
        eb_status s = eb_agent_load(p, &a, eb_range(agents + i * secret_len, secret_len));
        if (s == EB_OK)
            s = eb_partial(p, a, eb_authority_case(authority), m, answers + count * len, coins);
        if (s == EB_OK)
            list[count] = eb_range(answers + count * len, len), count++;
        else
            ok = gt_check(o->log, gt_refusal(s), "an agent's answer: %s", eb_status_name(s)) &&
                 gt_check(o->log, gt_zeros(answers + count * len, len), "an agent's answer: refused, but not zeroed");
        eb_agent_drop(a);
    }
    const gt_access result = ok ? gt_try(o, p, authority, m, list, count, NULL) : GT_BROKEN;
    free(coins);
    free(answers);
    return result;
}

const char *gt_access_name(gt_access a)
{
    static const char *const names[] = {[GT_OPENED] = "opened",
                                        [GT_MISOPENED] = "opened to something else",
                                        [GT_UNOPENED] = "a secret came out, the body was refused",
                                        [GT_REFUSED] = "refused",
                                        [GT_BROKEN] = "broken"};
    return names[a];
}

void gt_pick(unsigned *picked, unsigned k, unsigned n, uint64_t seed)
{
    unsigned deck[EB_MAX_AGENTS] = {0};
    for (unsigned i = 0; i < n; i++)
        deck[i] = i;
    for (unsigned i = 0; i < k; i++) {
        const unsigned j = i + (unsigned)gt_choice(seed, i, n - i);
        picked[i] = deck[j];
        deck[j] = deck[i];
    }
}
