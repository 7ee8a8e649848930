/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One order for several messages: t answers open all of them and fewer none; who lies about one is named; what the answers open
 * beyond those messages is what the escrow says. Under a deposit and for a ghost the messages are a session's, read in their order.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { COUNT = 3, LATER = COUNT, ALL = COUNT + 1, SIZE = 24, LIES = 6, SPARSE_LIES = 2, MAX_LIARS = 3 };

/* COUNT messages that an order is about, one more that it is not, and all agents' answers about the former. */
typedef struct bulk {
    const gt_world *w;
    gt_log *log;
    gt_sealed sealed[ALL];
    eb_message parts[ALL];
    size_t len; /* of an answer */
    uint8_t *answers;
    eb_bytes list[EB_MAX_AGENTS];
} bulk;

static bool one_session(const gt_world *w)
{
    const eb_kind kind = w->pair->spec.escrow->kind;
    return kind == EB_KIND_DEPOSIT || kind == EB_KIND_DEVICE;
}

/* Has a session one secret for all of its messages, and the first alone a capsule? Then the one that the order does not list
   is of the last one's session. */
static bool one_secret(const gt_world *w)
{
    const eb_pair_spec *spec = &w->pair->spec;
    return spec->escrow->kind == EB_KIND_WRAP && spec->transport->stateful && !spec->transport->every;
}

static bool can_tell(const bulk *x)
{
    const eb_escrow *e = x->w->pair->spec.escrow;
    return e->lasting != NULL ? e->lasting->verify != NULL : e->verify != NULL;
}

/* Messages under a deposit and for a ghost are a session's; else each is the first of its own, or the second. */
static bool seal_all(bulk *x)
{
    eb_link *link = NULL;
    bool ok = true;
    for (unsigned i = 0; i < ALL && ok; i++) {
        const bool goes_on = i > 0 && (one_session(x->w) || (i == LATER && one_secret(x->w)));
        if (!goes_on) {
            eb_link_end(link);
            link = gt_link(x->w, EB_SENDER, x->log);
        }
        const uint64_t seq = link != NULL ? eb_link_seq(link) : 0;
        ok = link != NULL && gt_seal(&x->sealed[i], x->w, link, SIZE, 300 + 10 * i, x->log) &&
             gt_succeeds(x->log, gt_parse(x->w, &x->parts[i], goes_on ? seq : 0, &x->sealed[i]),
                         "taking a message apart");
    }
    eb_link_end(link);
    return ok;
}

/* Agent i's answer about COUNT messages in an authority's name. */
static eb_status answer_one(const bulk *x, unsigned i, const eb_authority *authority, const eb_message *m,
                            uint8_t *answer)
{
    const eb_pair *p = x->w->pair;
    const size_t coin_len = eb_bulk_coins(p, COUNT);
    uint8_t *coins = gt_memory(x->log, coin_len);
    eb_agent *agent = NULL;
    eb_status s = coins != NULL ? eb_agent_load(p, &agent, gt_agent_secret(x->w, i)) : EB_ERR_BACKEND;
    if (s == EB_OK) {
        gt_bytes(coins, coin_len, 310 + i);
        s = eb_bulk_partial(p, agent, eb_authority_case(authority), m, COUNT, answer, coins);
    }
    eb_agent_drop(agent);
    free(coins);
    return s;
}

static bool answer_all(bulk *x)
{
    x->len = eb_bulk_len(x->w->pair, COUNT);
    x->answers = gt_memory(x->log, x->w->n * x->len);
    bool ok = x->answers != NULL;
    for (unsigned i = 0; i < x->w->n && ok; i++) {
        x->list[i] = eb_range(x->answers + i * x->len, x->len);
        ok = gt_succeeds(x->log, answer_one(x, i, x->w->authority, x->parts, x->answers + i * x->len),
                         "an agent's answer in bulk");
    }
    return ok;
}

static bool bulk_open(bulk *x, const gt_world *w, gt_log *log)
{
    *x = (bulk){.w = w, .log = log};
    return seal_all(x) && answer_all(x);
}

static void bulk_close(bulk *x)
{
    for (unsigned i = 0; i < ALL; i++)
        gt_sealed_free(&x->sealed[i]);
    free(x->answers);
}

/* One message by a reader: what comes of it. `i` as eb_read has it. */
static gt_access read_one(const bulk *x, eb_reader *r, size_t i, const eb_message *m, const gt_sealed *sealed)
{
    gt_guard out;
    if (!gt_check(x->log, gt_guard_new(&out, m->body.len, 3), "out of memory"))
        return GT_BROKEN;
    eb_buf b = gt_guard_buf(&out);
    const eb_status s = eb_read(r, i, m, GT_AAD, &b);
    const bool held = gt_check(x->log, gt_guard_intact(&out), "reading wrote outside of its buffer") &&
                      gt_check(x->log, s == EB_OK || (b.len == 0 && gt_guard_clean(&out)),
                               "reading: refused (%s), but not zeroed", eb_status_name(s)) &&
                      gt_check(x->log, s == EB_OK || gt_refusal(s), "reading: %s", eb_status_name(s));
    const bool right = s == EB_OK && gt_is_plaintext(sealed, &b);
    gt_guard_free(&out);
    const eb_kind kind = x->w->pair->spec.escrow->kind;
    const bool proves = (x->w->pair->spec.transport->lacks & EB_LACKS_PROOF) == 0 || kind != EB_KIND_WRAP;
    if (held && s == EB_OK && !right && !proves)
        return GT_UNOPENED; /* any secret decrypts to something: gate `access` has that finding */
    return !held ? GT_BROKEN : s != EB_OK ? GT_UNOPENED : right ? GT_OPENED : GT_MISOPENED;
}

static gt_access read_its(const bulk *x, eb_reader *r, size_t i, unsigned message)
{
    return read_one(x, r, i, &x->parts[message], &x->sealed[message]);
}

/* What answers come to: opened if all messages of the order are; refused if there is no reader; unopened if one is not, or more.
   `opened` (may be NULL): how many are. */
static gt_access try_bulk(const bulk *x, const eb_authority *authority, const eb_bytes *list, size_t given,
                          eb_verdict *verdicts, unsigned *opened)
{
    eb_reader *r = NULL;
    const eb_status s = eb_reader_start(x->w->pair, &r, authority, x->parts, COUNT, list, given, verdicts);
    gt_access worst = GT_OPENED;
    unsigned count = 0;
    if (!gt_check(x->log, s == EB_OK ? r != NULL : r == NULL && gt_refusal(s), "a reader: %s", eb_status_name(s)))
        worst = GT_BROKEN;
    else if (s != EB_OK)
        worst = GT_REFUSED;
    for (unsigned i = 0; i < COUNT && r != NULL; i++) {
        const gt_access a = read_its(x, r, i, i);
        count += a == GT_OPENED;
        if (a == GT_BROKEN || a == GT_MISOPENED || worst == GT_OPENED)
            worst = a;
    }
    eb_reader_end(r);
    if (opened != NULL)
        *opened = count;
    return worst;
}

/* ---- t of n ---- */

static void expect_all_open(const bulk *x)
{
    const unsigned n = x->w->n, t = x->w->t;
    eb_bytes list[EB_MAX_AGENTS];
    eb_verdict verdicts[EB_MAX_AGENTS];
    unsigned who[EB_MAX_AGENTS];
    for (uint64_t k = 0; k < (t < n ? 2 : 1); k++) {
        gt_pick(who, t, n, 320 + k);
        for (unsigned i = 0; i < t; i++)
            list[i] = x->list[who[i]];
        const gt_access a = try_bulk(x, x->w->authority, list, t, verdicts, NULL);
        gt_check(x->log, a == GT_OPENED, "any t agents, in bulk: %s", gt_access_name(a));
        for (unsigned i = 0; i < t; i++)
            gt_check(x->log, verdicts[i] == EB_ANSWER_GOOD, "in bulk: verdict %d on an honest answer",
                     (int)verdicts[i]);
    }
    if (t == 1)
        return;
    gt_access a = try_bulk(x, x->w->authority, list, t - 1, verdicts, NULL);
    gt_check(x->log, a == GT_REFUSED, "t-1 agents, in bulk: %s", gt_access_name(a));
    list[t - 1] = list[0];
    a = try_bulk(x, x->w->authority, list, t, verdicts, NULL);
    gt_check(x->log, a == GT_REFUSED && verdicts[t - 1] == EB_ANSWER_TWICE, "one agent twice, in bulk: %s, verdict %d",
             gt_access_name(a), (int)verdicts[t - 1]);
}

static void malformed(const bulk *x)
{
    const unsigned t = x->w->t;
    const size_t cuts[] = {0, 1, x->len / 2, x->len - 1, x->len + 1};
    uint8_t *bad = gt_memory(x->log, x->len + 1);
    eb_bytes list[EB_MAX_AGENTS + 1];
    eb_verdict verdicts[EB_MAX_AGENTS + 1];
    if (bad == NULL)
        return;
    memcpy(list + 1, x->list, t * sizeof *list);
    memcpy(bad, x->list[0].ptr, x->len);
    bad[x->len] = 0;
    for (size_t i = x->log->sparse ? 3 : 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        list[0] = eb_range(bad, cuts[i]);
        const gt_access a = try_bulk(x, x->w->authority, list, t + 1, verdicts, NULL);
        gt_check(x->log, a == GT_OPENED && verdicts[0] == EB_ANSWER_MALFORMED,
                 "an answer of %zu bytes in bulk: verdict %d, %s", cuts[i], (int)verdicts[0], gt_access_name(a));
    }
    free(bad);
}

/* ---- lies ---- */

/* A changed answer is named where answers can be judged, or stops access (to what it is about); or it is as good as the honest one, and opens
   everything (a private key with bits that nobody reads; gate `answers` counts those). It never opens anything else. */
static void one_lie(const bulk *x, unsigned liar, eb_bytes lie, const char *what, size_t at)
{
    const unsigned n = x->w->n, t = x->w->t;
    eb_bytes list[EB_MAX_AGENTS];
    eb_verdict verdicts[EB_MAX_AGENTS];
    unsigned count = 0;
    list[count++] = lie;
    for (unsigned i = 0; i < n; i++)
        if (i != liar)
            list[count++] = x->list[i];
    const gt_access a = try_bulk(x, x->w->authority, list, n, verdicts, NULL);
    if (can_tell(x) && verdicts[0] == EB_ANSWER_LIE)
        gt_check(x->log, a == (n > t ? GT_OPENED : GT_REFUSED), "%s (%zu) in bulk: named, and then %s", what, at,
                 gt_access_name(a));
    else
        gt_check(x->log, a == GT_OPENED || (!can_tell(x) && (a == GT_REFUSED || a == GT_UNOPENED)),
                 "%s (%zu) in bulk: not named (verdict %d), and access is %s", what, at, (int)verdicts[0],
                 gt_access_name(a));
}

static void lies(const bulk *x)
{
    const eb_escrow *e = x->w->pair->spec.escrow;
    const unsigned most = x->log->sparse ? SPARSE_LIES : LIES;
    uint8_t *lie = gt_memory(x->log, x->len);
    if (lie == NULL)
        return;
    for (unsigned k = 0; k < x->w->n && k < MAX_LIARS; k++) {
        const unsigned liar = (unsigned)gt_choice(330, k, x->w->n);
        for (unsigned i = 0; i < most; i++) {
            const size_t bit = 8 + gt_choice(331 + k, i, 8 * (x->len - 1));
            memcpy(lie, x->list[liar].ptr, x->len);
            lie[bit / 8] ^= (uint8_t)(1u << bit % 8);
            one_lie(x, liar, eb_range(lie, x->len), "a flipped bit", bit);
        }
        if (one_session(x->w) || e->lasting != NULL)
            continue;
        /* Honest about each message, but in another order: with one proof or many, two parts have changed places. */
        const size_t part = e->batch != NULL ? e->batch->part_len(&x->w->pair->escrow) : x->w->pair->es.partial;
        memcpy(lie, x->list[liar].ptr, x->len);
        memcpy(lie + 1, x->list[liar].ptr + 1 + part, part);
        memcpy(lie + 1 + part, x->list[liar].ptr + 1, part);
        one_lie(x, liar, eb_range(lie, x->len), "parts exchanged", 0);
    }
    free(lie);
}

/* ---- how far answers reach ---- */

/* A message that the order did not list. */
static void unlisted(const bulk *x, eb_reader *r)
{
    const bool lasts = eb_lasts(x->w->pair->spec.escrow);
    uint8_t out[SIZE + 64];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    gt_access a;
    if (lasts && one_secret(x->w)) { /* no session's secret is known yet */
        a = read_its(x, r, 0, LATER);
        gt_check(x->log, a == GT_UNOPENED, "a message without a capsule, before any: %s", gt_access_name(a));
    }
    for (unsigned i = 0; i < COUNT && (one_session(x->w) || lasts); i++) {
        a = read_its(x, r, i, i);
        gt_check(x->log, a == GT_OPENED, "message %u of a bulk: %s", i, gt_access_name(a));
    }
    for (unsigned i = 0; i < COUNT && !lasts; i++) {
        a = read_its(x, r, i, LATER);
        gt_check(x->log, a == (one_secret(x->w) && i == COUNT - 1 ? GT_OPENED : GT_UNOPENED),
                 "a message that the order did not list, with the secret of number %u: %s", i, gt_access_name(a));
        a = read_its(x, r, i, (i + 1) % COUNT);
        gt_check(x->log, a == GT_UNOPENED, "a message with another's secret: %s", gt_access_name(a));
    }
    if (!lasts) {
        const eb_status s = eb_read(r, COUNT, &x->parts[0], GT_AAD, &b);
        gt_check(x->log, s == EB_ERR_INVALID && b.len == 0, "a number that the order does not have: %s",
                 eb_status_name(s));
        return;
    }
    a = read_its(x, r, 0, LATER);
    gt_check(x->log, a == GT_OPENED, "a message that the order did not list: %s", gt_access_name(a));
}

/* A damaged capsule: its message stays shut. Where a key lasts it costs the other messages nothing, before or after; else agents
   or investigator may refuse the whole order. */
static void damaged(const bulk *x)
{
    enum { BAD = COUNT - 1 };
    const eb_pair *p = x->w->pair;
    const bool lasts = p->spec.escrow->lasting != NULL;
    eb_message m[COUNT];
    eb_bytes list[EB_MAX_AGENTS];
    eb_reader *r = NULL;
    gt_sealed changed = x->sealed[BAD];
    const size_t at = (size_t)(x->parts[BAD].capsule.ptr - changed.evidence);
    uint8_t *answers = gt_memory(x->log, x->w->t * x->len);
    changed.evidence = gt_memory(x->log, changed.evidence_len);
    eb_status s = changed.evidence != NULL && answers != NULL ? EB_OK : EB_ERR_BACKEND;
    memcpy(m, x->parts, sizeof m);
    if (s == EB_OK) {
        memcpy(changed.evidence, x->sealed[BAD].evidence, changed.evidence_len);
        changed.evidence[at] ^= 1;
        s = gt_parse(x->w, &m[BAD], 0, &changed);
    }
    for (unsigned i = 0; i < x->w->t && s == EB_OK; i++) {
        list[i] = eb_range(answers + i * x->len, x->len);
        s = answer_one(x, i, x->w->authority, m, answers + i * x->len);
        for (size_t k = 0; k < x->len && s != EB_OK; k++)
            gt_check(x->log, answers[i * x->len + k] == 0, "a refused answer in bulk is not zeroed");
    }
    if (s == EB_OK)
        s = eb_reader_start(p, &r, x->w->authority, m, COUNT, list, x->w->t, NULL);
    gt_check(x->log, s == EB_OK || (!lasts && gt_refusal(s)), "an order with a damaged capsule: %s", eb_status_name(s));
    for (unsigned i = COUNT; i-- > 0 && r != NULL;) { /* the damaged one first */
        const gt_access a = read_one(x, r, i, &m[i], &x->sealed[i]);
        gt_check(x->log, i == BAD ? a == GT_UNOPENED : a == GT_OPENED, "message %u beside a damaged capsule: %s", i,
                 gt_access_name(a));
    }
    if (r != NULL && lasts) { /* what was refused has moved nothing */
        (void)read_its(x, r, BAD, BAD);
        (void)read_one(x, r, BAD, &m[BAD], &x->sealed[BAD]);
        const gt_access a = read_its(x, r, 0, LATER);
        gt_check(x->log, a == GT_OPENED, "the session's next message, after a damaged capsule: %s", gt_access_name(a));
    }
    eb_reader_end(r);
    free(changed.evidence);
    free(answers);
}

static eb_authority *authority_for(const bulk *x, eb_bytes user, uint64_t epoch)
{
    const eb_pair *p = x->w->pair;
    eb_authority *a = NULL;
    uint8_t *pub = gt_memory(x->log, p->es.pub);
    if (pub == NULL)
        return NULL;
    memcpy(pub, x->w->pub, p->es.pub);
    eb_status s = eb_publish(p, pub, x->w->agents, user, epoch);
    if (s == EB_OK)
        s = eb_authority_load(p, &a, eb_range(pub, p->es.pub), user, epoch);
    (void)gt_succeeds(x->log, s, "loading the authority for another user or epoch");
    free(pub);
    return a;
}

/* An order about these messages, in the name of a user whose they are not: no agent answers, or nothing opens. */
static void other_user(const bulk *x)
{
    eb_bytes list[EB_MAX_AGENTS];
    eb_authority *bob = authority_for(x, EB_LITERAL("bob"), 1);
    uint8_t *answers = gt_memory(x->log, x->w->t * x->len);
    if (bob != NULL && answers != NULL) {
        eb_status s = EB_OK;
        for (unsigned i = 0; i < x->w->t && s == EB_OK; i++) {
            list[i] = eb_range(answers + i * x->len, x->len);
            s = answer_one(x, i, bob, x->parts, answers + i * x->len);
        }
        unsigned opened = 0;
        const gt_access a = s == EB_OK ? try_bulk(x, bob, list, x->w->t, NULL, &opened) : GT_REFUSED;
        gt_check(x->log, (s == EB_OK || gt_refusal(s)) && (a == GT_REFUSED || a == GT_UNOPENED) && opened == 0,
                 "in the name of another user, in bulk: %s, %u opened", gt_access_name(a), opened);
    }
    eb_authority_drop(bob);
    free(answers);
}

/* What agents handed over for one user and epoch, on a message of another: it opens where the escrow says so, and nowhere
   else. */
static void beyond(const bulk *x, eb_bytes user, uint64_t epoch, bool declared, const char *what)
{
    gt_world theirs = *x->w;
    gt_sealed sealed = {0};
    eb_message m;
    eb_reader *r = NULL;
    theirs.authority = authority_for(x, user, epoch);
    if (theirs.authority != NULL && gt_seal_first(&sealed, &theirs, SIZE, 390, x->log) &&
        gt_succeeds(x->log, gt_parse(&theirs, &m, 0, &sealed), "taking a message apart")) {
        gt_access a = GT_REFUSED;
        const eb_status s = eb_reader_start(x->w->pair, &r, theirs.authority, &m, 1, x->list, x->w->n, NULL);
        if (gt_check(x->log, s == EB_OK || gt_refusal(s), "a reader: %s", eb_status_name(s)) && s == EB_OK)
            a = read_one(x, r, 0, &m, &sealed);
        gt_check(x->log, declared ? a == GT_OPENED : a == GT_REFUSED || a == GT_UNOPENED,
                 "what was handed over for one user and epoch, on %s: %s", what, gt_access_name(a));
    }
    eb_reader_end(r);
    gt_sealed_free(&sealed);
    eb_authority_drop(theirs.authority);
}

static void reach(const bulk *x)
{
    const eb_pair *p = x->w->pair;
    const eb_lasting *lasting = p->spec.escrow->lasting;
    eb_reader *r = NULL;
    if (gt_succeeds(x->log, eb_reader_start(p, &r, x->w->authority, x->parts, COUNT, x->list, x->w->n, NULL),
                    "a reader"))
        unlisted(x, r);
    eb_reader_end(r);
    if (!one_session(x->w))
        damaged(x);
    if (p->spec.escrow->kind != EB_KIND_DEVICE) /* a ghost needs no order */
        other_user(x);
    if (lasting != NULL) {
        beyond(x, EB_LITERAL("bob"), 1, lasting->all_users, "another user's message");
        beyond(x, EB_LITERAL("alice"), 2, lasting->all_epochs, "a message of another epoch");
    }
}

/* None, and more than there may be. */
static void counts(const bulk *x)
{
    static const size_t bad[] = {0, EB_MAX_BULK + 1};
    const eb_pair *p = x->w->pair;
    eb_agent *agent = NULL;
    uint8_t none = 0;
    if (!gt_succeeds(x->log, eb_agent_load(p, &agent, gt_agent_secret(x->w, 0)), "loading an agent"))
        return;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        eb_reader *r = NULL;
        eb_status s = eb_reader_start(p, &r, x->w->authority, x->parts, bad[i], x->list, x->w->n, NULL);
        gt_check(x->log, s == EB_ERR_INVALID && r == NULL, "a reader of %zu messages: %s", bad[i], eb_status_name(s));
        eb_reader_end(r);
        s = eb_bulk_partial(p, agent, eb_authority_case(x->w->authority), x->parts, bad[i], &none, &none);
        gt_check(x->log, s == EB_ERR_INVALID, "an answer about %zu messages: %s", bad[i], eb_status_name(s));
    }
    eb_agent_drop(agent);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    bulk x;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (bulk_open(&x, &w, log)) {
        expect_all_open(&x);
        malformed(&x);
        lies(&x);
        reach(&x);
        counts(&x);
    }
    bulk_close(&x);
    gt_world_close(&w);
}

const gt_gate gt_bulk = {
    .id = "bulk",
    .about = "under one order t agents open several messages at once, fewer do not; who lies about one is named; "
             "answers open "
             "what they say and no more",
    .scope = GT_PAIR,
    .concerns = gt_has_escrow,
    .run = run,
};
