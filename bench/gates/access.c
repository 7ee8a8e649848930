/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any t of the n agents open a message, fewer do not, whatever they add; who lies is named and stops nobody; and an
 * answer serves one message, one user, one epoch of one authority.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { MAX_COALITIONS = 32, SAMPLED_COALITIONS = 8, SPARSE_COALITIONS = 3, MAX_LIARS = 8, SPARSE_LIARS = 2 };

static bool cannot_tell(const gt_order *o)
{
    return o->w->pair->spec.escrow->verify == NULL;
}

/* ---- t of n ---- */

static void expect_open(const gt_order *o, const unsigned *who, unsigned count, const char *what)
{
    eb_bytes list[EB_MAX_AGENTS] = {{0}};
    eb_verdict verdicts[EB_MAX_AGENTS];
    for (unsigned i = 0; i < count; i++)
        list[i] = o->list[who[i]];
    const gt_access a = gt_try_answers(o, list, count, verdicts);
    gt_check(o->log, a == GT_OPENED, "%s: %s", what, gt_access_name(a));
    for (unsigned i = 0; i < count; i++)
        gt_check(o->log, verdicts[i] == (i < o->w->t ? EB_ANSWER_GOOD : EB_ANSWER_UNUSED),
                 "%s: verdict %d on honest answer %u", what, (int)verdicts[i], i + 1);
}

/* Any t of several, in any order. */
static void some_of_them(const gt_order *o)
{
    const unsigned n = o->w->n, t = o->w->t;
    unsigned who[EB_MAX_AGENTS] = {0};
    for (unsigned i = 0; i < n; i++)
        who[i] = n - 1 - i;
    expect_open(o, who, t, "the last t agents, backwards");
    for (unsigned i = 0; i < n; i++)
        who[i] = i;
    expect_open(o, who + n - t, t, "the last t agents");
    expect_open(o, who, n, "all agents");
    for (uint64_t k = 0; k < (o->log->sparse ? 1 : 3); k++) {
        gt_pick(who, t, n, k);
        expect_open(o, who, t, "t agents in any order");
    }
}

static void enough_agents(const gt_order *o)
{
    const unsigned n = o->w->n;
    unsigned who[EB_MAX_AGENTS] = {0};
    for (unsigned i = 0; i < n; i++)
        who[i] = i;
    expect_open(o, who, o->w->t, "the first t agents");
    if (n > 1)
        some_of_them(o);
    for (unsigned i = 0; i < n && !cannot_tell(o); i++) {
        const eb_status s = eb_verify(o->w->pair, o->w->authority, &o->parts, o->list[i]);
        gt_check(o->log, s == EB_OK, "verify on the honest answer of agent %u: %s", i + 1, eb_status_name(s));
    }
}

/* ---- fewer ---- */

/* The same pair for people who pretend that the threshold was one lower: what they hold must not be enough either. */
static eb_pair pretended(const eb_pair *p)
{
    eb_pair q = *p;
    q.spec.threshold--;
    q.escrow.params.threshold--;
    return q;
}

static void coalition_fails(const gt_order *o, const unsigned *who)
{
    const unsigned k = o->w->t - 1;
    const size_t len = eb_partial_len(o->w->pair);
    eb_bytes list[EB_MAX_AGENTS + 1];
    eb_verdict verdicts[EB_MAX_AGENTS + 1];
    for (unsigned i = 0; i < k; i++)
        list[i] = o->list[who[i]];
    gt_access a = gt_try_answers(o, list, k, verdicts);
    gt_check(o->log, a == GT_REFUSED, "t-1 agents: %s", gt_access_name(a));
    if (k == 0)
        return;
    list[k] = list[0]; /* one of them twice */
    a = gt_try_answers(o, list, k + 1, verdicts);
    gt_check(o->log, a == GT_REFUSED, "t-1 agents, one of them twice: %s", gt_access_name(a));
    gt_check(o->log, verdicts[k] == EB_ANSWER_TWICE, "an index that was there already: verdict %d", (int)verdicts[k]);
    uint8_t *made_up = malloc(len); /* under the index of an agent who is not among them */
    if (gt_check(o->log, made_up != NULL, "out of memory")) {
        unsigned missing = 0;
        for (unsigned i = 0; i < k; i++)
            if (who[i] == missing)
                missing++, i = (unsigned)-1;
        memcpy(made_up, list[0].ptr, len);
        made_up[0] = (uint8_t)(missing + 1);
        list[k] = eb_range(made_up, len);
        a = gt_try_answers(o, list, k + 1, verdicts);
        gt_check(o->log, a == GT_REFUSED, "t-1 agents and a made-up answer: %s", gt_access_name(a));
    }
    free(made_up);
    const eb_pair q = pretended(o->w->pair);
    a = gt_try(o, &q, o->w->authority, &o->parts, list, k, NULL);
    /* Shares of the message secret itself give some secret, which opens nothing. */
    gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED, "t-1 agents, combined as if t-1 were enough: %s",
             gt_access_name(a));
}

static bool next_combination(unsigned *c, unsigned k, unsigned n)
{
    for (unsigned i = k; i-- > 0;)
        if (c[i] < n - k + i) {
            c[i]++;
            for (unsigned j = i + 1; j < k; j++)
                c[j] = c[j - 1] + 1;
            return true;
        }
    return false;
}

/* C(n, k), or MAX_COALITIONS + 1 if it is more. */
static unsigned coalitions(unsigned n, unsigned k)
{
    unsigned c = 1;
    for (unsigned i = 0; i < k && i < n - k; i++) {
        c = c * (n - i) / (i + 1);
        if (c > MAX_COALITIONS)
            return MAX_COALITIONS + 1;
    }
    return c;
}

static void too_few_agents(const gt_order *o)
{
    const unsigned n = o->w->n, k = o->w->t - 1;
    unsigned who[EB_MAX_AGENTS] = {0};
    const unsigned samples = o->log->sparse ? SPARSE_COALITIONS : SAMPLED_COALITIONS;
    if (coalitions(n, k) <= (o->log->sparse ? SPARSE_COALITIONS : MAX_COALITIONS)) {
        for (unsigned i = 0; i < k; i++)
            who[i] = i;
        do
            coalition_fails(o, who);
        while (next_combination(who, k, n));
        return;
    }
    for (uint64_t i = 0; i < samples; i++) {
        gt_pick(who, k, n, 10 + i);
        coalition_fails(o, who);
    }
}

/* ---- lies ---- */

/* All n answer, the liar first. */
static void one_lie(const gt_order *o, unsigned liar, const uint8_t *lie, const char *what)
{
    const unsigned n = o->w->n, t = o->w->t;
    eb_bytes list[EB_MAX_AGENTS];
    eb_verdict verdicts[EB_MAX_AGENTS];
    list[0] = eb_range(lie, eb_partial_len(o->w->pair));
    for (unsigned i = 0, k = 1; i < n; i++)
        if (i != liar)
            list[k++] = o->list[i];
    const gt_access a = gt_try_answers(o, list, n, verdicts);
    if (cannot_tell(
            o)) { /* then nothing opens, and nobody is accused; but a ghost's answer is its private key, which may
                             work with a bit changed (gate `answers` counts those) */
        const bool ghost = o->w->pair->spec.escrow->kind == EB_KIND_DEVICE;
        gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED || (ghost && a == GT_OPENED), "%s: %s", what,
                 gt_access_name(a));
        return;
    }
    gt_check(o->log, a == (n > t ? GT_OPENED : GT_REFUSED), "%s: with the %u honest answers: %s", what, n - 1,
             gt_access_name(a));
    gt_check(o->log, verdicts[0] == EB_ANSWER_LIE, "%s by agent %u: not named (verdict %d)", what, liar + 1,
             (int)verdicts[0]);
    for (unsigned i = 1; i < n; i++)
        gt_check(o->log, verdicts[i] == (i <= t ? EB_ANSWER_GOOD : EB_ANSWER_UNUSED),
                 "%s by agent %u: verdict %d on an honest answer", what, liar + 1, (int)verdicts[i]);
    const eb_status s = eb_verify(o->w->pair, o->w->authority, &o->parts, list[0]);
    gt_check(o->log, s == EB_ERR_AUTH, "%s by agent %u: verify says %s", what, liar + 1, eb_status_name(s));
}

/* A bit of an answer that matters. A ghost's answer is its private key, of which receiving uses the DH keys and not, say, the key
   that signs; and X25519 ignores some bits of the first and the last byte. */
static size_t lying_bit(const gt_order *o, unsigned k)
{
    const eb_pair *p = o->w->pair;
    const unsigned keys = p->spec.transport->dh_keys;
    if (p->spec.escrow->kind != EB_KIND_DEVICE || keys == 0 || p->transport.dh == NULL)
        return 8 + gt_choice(4, k, 8 * (eb_partial_len(p) - 1));
    const size_t len = p->transport.dh->sk_len;
    return 8 + 8 * (gt_choice(5, k, keys) * len + 1) + gt_choice(4, k, 8 * (len - 2));
}

/* A flipped bit, another agent's answer, and an old answer to another message. */
static void lies(const gt_order *o, const gt_order *other)
{
    const unsigned n = o->w->n, most = o->log->sparse ? SPARSE_LIARS : MAX_LIARS;
    const size_t len = eb_partial_len(o->w->pair);
    uint8_t *lie = gt_memory(o->log, len);
    if (lie == NULL)
        return;
    for (unsigned k = 0; k < n && k < most; k++) {
        const unsigned liar = n <= most ? k : (unsigned)gt_choice(3, k, n);
        const size_t bit = lying_bit(o, k);
        memcpy(lie, o->list[liar].ptr, len);
        lie[bit / 8] ^= (uint8_t)(1u << bit % 8);
        one_lie(o, liar, lie, "a flipped bit");
        if (n > 1) {
            memcpy(lie, o->list[(liar + 1) % n].ptr, len);
            lie[0] = (uint8_t)(liar + 1);
            if (memcmp(lie, o->list[liar].ptr, len) != 0) /* with t = 1 all may hold the same */
                one_lie(o, liar, lie, "another agent's answer");
        }
        if (memcmp(other->list[liar].ptr, o->list[liar].ptr, len) != 0)
            one_lie(o, liar, other->list[liar].ptr, "the answer to another message");
    }
    free(lie);
}

/* ---- malformed ---- */

static void malformed(const gt_order *o)
{
    const unsigned n = o->w->n, t = o->w->t;
    const size_t len = eb_partial_len(o->w->pair);
    const unsigned indices[] = {0, n + 1, 255};
    uint8_t *bad = gt_memory(o->log, len + 1);
    eb_bytes list[EB_MAX_AGENTS + 1];
    eb_verdict verdicts[EB_MAX_AGENTS + 1];
    if (bad == NULL)
        return;
    memcpy(list + 1, o->list, t * sizeof *list);
    memcpy(bad, o->list[0].ptr, len);
    bad[len] = 0;
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
        if (indices[i] >= 1 && (indices[i] <= n || indices[i] > 255))
            continue;
        bad[0] = (uint8_t)indices[i];
        list[0] = eb_range(bad, len);
        const gt_access a = gt_try_answers(o, list, t + 1, verdicts);
        gt_check(o->log, a == GT_OPENED && verdicts[0] == EB_ANSWER_MALFORMED, "index %u of %u: verdict %d, %s",
                 indices[i], n, (int)verdicts[0], gt_access_name(a));
    }
    bad[0] = o->list[0].ptr[0];
    const size_t step = n > GT_MANY_AGENTS || o->log->sparse ? 32 : 1;
    for (size_t cut = 0; cut <= len + 1; cut++) { /* every truncation, and a byte too many */
        if (cut == len)
            continue;
        list[0] = eb_range(bad, cut);
        if (cut % step == 0 || cut + 1 >= len) {
            const gt_access a = gt_try_answers(o, list, t + 1, verdicts);
            gt_check(o->log, a == GT_OPENED && verdicts[0] == EB_ANSWER_MALFORMED,
                     "an answer of %zu bytes: verdict %d, %s", cut, (int)verdicts[0], gt_access_name(a));
        }
        const eb_status s = eb_verify(o->w->pair, o->w->authority, &o->parts, list[0]);
        gt_check(o->log, s == (cannot_tell(o) ? EB_ERR_UNSUPPORTED : EB_ERR_INVALID),
                 "verify on an answer of %zu bytes: %s", cut, eb_status_name(s));
    }
    free(bad);
}

/* ---- what an answer and a capsule are good for ---- */

/* The agents' honest answers about `m` in the name of `authority` must not combine. */
static void must_not_combine(const gt_order *o, const eb_authority *authority, const eb_message *m, const char *what)
{
    const gt_access a = gt_ask(o, o->w->agents, authority, m);
    gt_check(o->log, a == GT_REFUSED, "%s: %s", what, gt_access_name(a));
}

/* The capsule of another message in its place. */
static void other_message(const gt_order *o, const gt_order *other)
{
    const size_t at = (size_t)(o->parts.capsule.ptr - o->m.evidence);
    gt_sealed changed = o->m;
    eb_message m;
    changed.evidence = gt_memory(o->log, o->m.evidence_len);
    if (changed.evidence != NULL) {
        memcpy(changed.evidence, o->m.evidence, o->m.evidence_len);
        memcpy(changed.evidence + at, other->parts.capsule.ptr, o->parts.capsule.len);
        if (gt_succeeds(o->log, gt_parse(o->w, &m, 0, &changed), "parse")) {
            /* What is stored is bound to nothing but its data key: it opens the other object's body or none. */
            const gt_access a = gt_ask(o, o->w->agents, o->w->authority, &m);
            const bool stored = o->w->pair->spec.escrow->kind == EB_KIND_STORAGE;
            gt_check(o->log, a == GT_REFUSED || (stored && a == GT_UNOPENED), "the capsule of another message: %s",
                     gt_access_name(a));
        }
    }
    free(changed.evidence);
}

/* The ghost receives what it is sent: no order stands between it and a message. */
static void ghost_needs_no_order(const gt_order *o)
{
    gt_tally tally = {.field = "order", .tried = 1};
    eb_authority *bob = NULL;
    const eb_status s =
        eb_authority_load(o->w->pair, &bob, eb_range(o->w->pub, o->w->pair->es.pub), EB_LITERAL("bob"), 2);
    if (gt_succeeds(o->log, s, "loading the authority for another user"))
        tally.accepted += gt_ask(o, o->w->agents, bob, &o->parts) == GT_OPENED;
    eb_authority_drop(bob);
    gt_tally_report(o->log, &tally, "a ghost opens whatever is sent to it, whoever an order names");
}

static void other_link(const gt_order *o)
{
    const bool timeless = o->w->pair->spec.escrow->timeless;
    gt_tally tally = {.field = "order's epoch"};
    const struct {
        eb_bytes user;
        uint64_t epoch;
        const char *what;
    } links[] = {{EB_LITERAL("bob"), 1, "in the name of another user"},
                 {EB_LITERAL("alice"), 2, "in the name of another epoch"},
                 {EB_LITERAL(""), 1, "in nobody's name"}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        eb_authority *a = NULL;
        const eb_pair *p = o->w->pair;
        uint8_t *pub = gt_memory(o->log, p->es.pub);
        if (pub == NULL)
            return;
        memcpy(pub, o->w->pub, p->es.pub);
        eb_status s = eb_publish(p, pub, o->w->agents, links[i].user, links[i].epoch);
        if (s == EB_OK)
            s = eb_authority_load(p, &a, eb_range(pub, p->es.pub), links[i].user, links[i].epoch);
        free(pub);
        if (gt_succeeds(o->log, s, "loading the authority for another user or epoch")) {
            if (timeless && links[i].epoch != 1) {
                tally.tried++;
                tally.accepted += gt_ask(o, o->w->agents, a, &o->parts) == GT_OPENED;
            } else {
                must_not_combine(o, a, &o->parts, links[i].what);
            }
        }
        eb_authority_drop(a);
    }
    gt_tally_report(o->log, &tally, "an answer to an order for one epoch opens messages of any other");
}

/* What an answer is good for, by kind of escrow. */
static void of_one_message(const gt_order *o, const gt_order *other)
{
    const eb_kind kind = o->w->pair->spec.escrow->kind;
    if (kind == EB_KIND_DEVICE) {
        ghost_needs_no_order(o);
        return;
    }
    if (kind != EB_KIND_DEPOSIT)
        other_message(o, other);
    other_link(o);
}

/* A stored capsule, deposit or data key made again for another authority: its agents open the message, whose body is still
   authentic, and ours no more. What no capsule holds, or must not be whole in one hand, is refused. */
static void rewrapped(const gt_order *o, const eb_authority *to, const uint8_t *their_agents)
{
    const eb_pair *p = o->w->pair;
    uint8_t *secret = gt_memory(o->log, eb_secret_len(p)), *capsule = gt_memory(o->log, p->es.capsule + 1);
    uint8_t *coins = gt_memory(o->log, p->es.capsule_coins + 1);
    eb_message m = o->parts;
    eb_status s = EB_OK;
    const bool ready =
        secret != NULL && capsule != NULL && coins != NULL &&
        gt_succeeds(o->log, eb_combine(p, o->w->authority, &m, o->list, o->w->n, NULL, secret), "combine");
    if (ready) {
        gt_bytes(coins, p->es.capsule_coins, 202);
        s = eb_rewrap(p, to, &m, capsule, coins, secret);
    }
    if (ready && !eb_rewraps(p->spec.escrow)) {
        gt_check(o->log, s == EB_ERR_UNSUPPORTED, "rewrapping what cannot be: %s", eb_status_name(s));
    } else if (ready && gt_succeeds(o->log, s, "rewrapping a capsule")) {
        gt_access a = gt_ask(o, their_agents, to, &m);
        gt_check(o->log, a == GT_OPENED, "the next authority's agents, of a rewrapped capsule: %s", gt_access_name(a));
        a = gt_ask(o, o->w->agents, o->w->authority, &m);
        gt_check(o->log, a == GT_REFUSED || a == GT_UNOPENED, "the old authority's agents, of a rewrapped capsule: %s",
                 gt_access_name(a));
    }
    free(coins);
    free(capsule);
    free(secret);
}

/* Another authority, and its agents for ours. */
static void other_authority(const gt_order *o)
{
    const eb_pair *p = o->w->pair;
    uint8_t *coins = malloc(p->es.setup_coins + 1), *pub = malloc(p->es.pub + 1);
    uint8_t *agents = malloc(o->w->n * eb_agent_len(p) + 1);
    eb_authority *theirs = NULL;
    if (gt_check(o->log, coins != NULL && pub != NULL && agents != NULL, "out of memory")) {
        gt_bytes(coins, p->es.setup_coins, 201);
        if (gt_succeeds(o->log, eb_setup(p, pub, agents, coins), "set-up of another authority") &&
            gt_succeeds(o->log, eb_publish(p, pub, agents, EB_LITERAL("alice"), 1), "publishing another's key") &&
            gt_succeeds(o->log, eb_authority_load(p, &theirs, eb_range(pub, p->es.pub), EB_LITERAL("alice"), 1),
                        "loading another authority")) {
            if (p->spec.escrow->kind != EB_KIND_DEVICE)
                must_not_combine(o, theirs, &o->parts, "our agents for another authority");
            const gt_access a = gt_ask(o, agents, o->w->authority, &o->parts);
            const bool ghost = p->spec.escrow->kind == EB_KIND_DEVICE;
            gt_check(o->log, a == GT_REFUSED || (ghost && a == GT_UNOPENED), "the agents of another authority: %s",
                     gt_access_name(a));
            rewrapped(o, theirs, agents);
        }
    }
    eb_authority_drop(theirs);
    free(agents);
    free(pub);
    free(coins);
}

/* ---- the body, with a secret in hand ---- */

/* What a transport cannot refuse, because its format proves nothing to whom recovers, is a finding; then a secret that is
   not the message's gives another plaintext all the same. */
typedef enum wrong { WRONG_SECRET, WRONG_AAD, WRONG_BODY, WRONGS } wrong;

static bool beyond(const gt_order *o, wrong what)
{
    const eb_kind kind = o->w->pair->spec.escrow->kind;
    const unsigned lacks = o->w->pair->spec.transport->lacks;
    if (kind == EB_KIND_STORAGE)
        return false;
    if (kind == EB_KIND_WRAP && (lacks & EB_LACKS_PROOF) != 0)
        return true;
    return what == WRONG_AAD && (lacks & EB_LACKS_AAD) != 0;
}

static void recover_fails(const gt_order *o, const uint8_t *secret, const eb_message *m, eb_bytes aad, gt_guard *out,
                          gt_tally *tally, wrong kind, const char *what, size_t at)
{
    gt_guard_fill(out);
    eb_buf b = gt_guard_buf(out);
    const eb_status s = eb_recover(o->w->pair, secret, m, aad, &b);
    tally[kind].tried++;
    if (s == EB_OK && beyond(o, kind)) {
        tally[kind].accepted++;
        gt_check(o->log, gt_guard_intact(out) && (kind != WRONG_SECRET || !gt_is_plaintext(&o->m, &b)),
                 "recover with %s (%zu): opens the message", what, at);
        return;
    }
    gt_check(o->log, gt_refusal(s) && b.len == 0 && gt_guard_clean(out) && gt_guard_intact(out),
             "recover with %s (%zu): %s", what, at, s == EB_OK ? "accepted" : eb_status_name(s));
}

static void recover_rejects(const gt_order *o)
{
    const eb_pair *p = o->w->pair;
    const eb_kind kind = p->spec.escrow->kind;
    const bool symmetric = kind == EB_KIND_WRAP || kind == EB_KIND_STORAGE; /* a changed private key may be as good */
    uint8_t *secret = calloc(1, eb_secret_len(p) + 1), *body = malloc(o->parts.body.len + 1);
    gt_tally tally[WRONGS] = {[WRONG_SECRET] = {.field = "message secret"},
                              [WRONG_AAD] = {.field = "associated data"},
                              [WRONG_BODY] = {.field = "body"}};
    gt_guard out = {0};
    if (gt_check(o->log, secret != NULL && body != NULL && gt_guard_new(&out, o->parts.body.len, 1), "out of memory") &&
        gt_succeeds(o->log, eb_combine(p, o->w->authority, &o->parts, o->list, o->w->n, NULL, secret), "combine")) {
        eb_message m = o->parts;
        for (size_t i = 0; i < eb_secret_len(p) && symmetric; i += gt_stride(o->log, eb_secret_len(p))) {
            secret[i] ^= (uint8_t)(1u << i % 8);
            recover_fails(o, secret, &m, GT_AAD, &out, tally, WRONG_SECRET, "a changed secret", i);
            secret[i] ^= (uint8_t)(1u << i % 8);
        }
        recover_fails(o, secret, &m, EB_LITERAL("other data"), &out, tally, WRONG_AAD, "other associated data", 0);
        memcpy(body, m.body.ptr, m.body.len);
        for (size_t bit = 0; bit < 8 * m.body.len; bit = gt_next_bit(o->log, bit, m.body.len)) {
            m.body.ptr = body;
            body[bit / 8] ^= (uint8_t)(1u << bit % 8);
            recover_fails(o, secret, &m, GT_AAD, &out, tally, WRONG_BODY, "a changed body", bit);
            body[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (m.body.len = 0; m.body.len < o->parts.body.len; m.body.len += gt_stride(o->log, o->parts.body.len))
            recover_fails(o, secret, &m, GT_AAD, &out, tally, WRONG_BODY, "a cut body", m.body.len);
    }
    for (int i = 0; i < WRONGS; i++)
        gt_tally_report(o->log, &tally[i], "recover takes it as it is: it proves nothing to whoever has the secret");
    free(secret);
    gt_guard_free(&out);
    free(body);
}

/* A live tap: with what access found, the investigator receives a session as that device does. */
static void live_tap(const gt_world *w, gt_log *log)
{
    enum { COUNT = 3 };
    gt_order o;
    gt_sealed m[COUNT] = {{0}, {0}, {0}};
    const eb_facts facts = gt_facts(w);
    uint8_t *secret = gt_memory(log, eb_secret_len(w->pair));
    eb_link *from = gt_link(w, EB_SENDER, log), *tap = NULL;
    bool ok = secret != NULL && from != NULL;
    for (size_t i = 0; i < COUNT && ok; i++)
        ok = gt_seal(&m[i], w, from, 16 + i, 60 + i, log);
    if (ok && gt_order_open(&o, w, 16, 60, log)) {
        ok = gt_succeeds(log, eb_combine(w->pair, w->authority, &o.parts, o.list, w->n, NULL, secret), "combine") &&
             gt_succeeds(log, eb_impersonate(w->pair, &tap, secret, &facts), "receiving as that device");
        for (size_t i = 0; i < COUNT && ok; i++) {
            uint8_t out[256];
            eb_buf b = {.ptr = out, .cap = sizeof out};
            eb_bytes copy = {0};
            const unsigned device = w->pair->spec.escrow->kind == EB_KIND_DEVICE ? w->pair->copies - 1 : 0;
            eb_status s = eb_delivered(w->pair, &copy, device, eb_range(m[i].evidence, m[i].evidence_len));
            if (s == EB_OK)
                s = eb_open(tap, &b, GT_AAD, copy);
            gt_check(log, s == EB_OK && gt_is_plaintext(&m[i], &b), "message %zu of a tapped session: %s", i,
                     eb_status_name(s));
        }
        gt_order_close(&o);
    }
    eb_link_end(tap);
    eb_link_end(from);
    for (size_t i = 0; i < COUNT; i++)
        gt_sealed_free(&m[i]);
    free(secret);
}

/* A later message of a session. Where it has a secret of its own it has a capsule of its own, and agents answer about it; else
   its secret is that of the first, and no agent is asked again. */
static void later_message(const gt_world *w, gt_log *log)
{
    gt_order o;
    gt_sealed first = {0}, later = {0};
    uint8_t secret[EB_MAX_SECRET];
    eb_link *link = gt_link(w, EB_SENDER, log);
    if (link == NULL || !gt_order_open(&o, w, 16, 60, log)) {
        eb_link_end(link);
        return;
    }
    if (gt_seal(&first, w, link, 16, 60, log) && gt_seal(&later, w, link, 100, 61, log)) {
        eb_message m;
        uint8_t out[256];
        eb_buf b = {.ptr = out, .cap = sizeof out};
        if (gt_succeeds(log, gt_parse(w, &m, 1, &later), "taking a later message apart") &&
            gt_check(log, (m.capsule.len > 0) == w->pair->spec.transport->every, "a later message's capsule") &&
            m.capsule.len > 0) {
            const uint8_t *answers = gt_answers(w, &m, log);
            eb_bytes list[EB_MAX_AGENTS];
            for (unsigned i = 0; i < w->n && answers != NULL; i++)
                list[i] = gt_answer(w, answers, i);
            if (answers != NULL &&
                gt_succeeds(log, eb_combine(w->pair, w->authority, &m, list, w->n, NULL, secret), "combine")) {
                const eb_status s = eb_recover(w->pair, secret, &m, GT_AAD, &b);
                gt_check(log, s == EB_OK && gt_is_plaintext(&later, &b), "access to a later message: %s",
                         eb_status_name(s));
            }
            free((void *)(uintptr_t)answers);
        } else if (m.capsule.len == 0 && gt_check(log, m.body.len <= sizeof out, "a body of %zu bytes", m.body.len) &&
                   gt_succeeds(log, eb_combine(w->pair, w->authority, &o.parts, o.list, w->n, NULL, secret),
                               "combine")) {
            const eb_status s = eb_recover(w->pair, secret, &m, GT_AAD, &b);
            gt_check(log, s == EB_OK && gt_is_plaintext(&later, &b),
                     "a later message with the secret of its session: %s", eb_status_name(s));
            const eb_status none = eb_combine(w->pair, w->authority, &m, o.list, w->n, NULL, secret);
            gt_check(log, none == EB_ERR_UNSUPPORTED, "combine for a message without capsule: %s",
                     eb_status_name(none));
        }
    }
    eb_wipe(secret, sizeof secret);
    gt_sealed_free(&first);
    gt_sealed_free(&later);
    gt_order_close(&o);
    eb_link_end(link);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    gt_order o, other;
    if (gt_order_open(&o, &w, 16, 70, log)) {
        if (gt_order_open(&other, &w, 16, 80, log)) {
            enough_agents(&o);
            too_few_agents(&o);
            lies(&o, &other);
            malformed(&o);
            of_one_message(&o, &other);
            other_authority(&o);
            recover_rejects(&o);
            gt_order_close(&other);
        }
        gt_order_close(&o);
    }
    if (spec.transport->stateful && spec.escrow->kind == EB_KIND_WRAP)
        later_message(&w, log);
    if (spec.escrow->kind == EB_KIND_DEPOSIT || spec.escrow->kind == EB_KIND_DEVICE)
        live_tap(&w, log);
    gt_world_close(&w);
}

const gt_gate gt_access_gate = {
    .id = "access",
    .about = "any t agents open a message, fewer do not; liars are named; an answer serves one message, or is listed "
             "as accepted",
    .scope = GT_PAIR,
    .concerns = gt_has_escrow,
    .run = run,
};
