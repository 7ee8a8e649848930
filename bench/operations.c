/* SPDX-License-Identifier: Apache-2.0 */
/* The operations: for each the inputs that it needs, what is timed, and its row in the table. */
#include <stdio.h>
#include <string.h>

#include "bench/job_state.h"

size_t eb_job_threshold(const eb_job *j)
{
    return j->fx.pair->spec.threshold;
}

static unsigned turn(eb_job *j)
{
    const unsigned i = j->next;
    j->next = (i + 1) % EB_RING;
    return i;
}

static const uint8_t *coins_at(const eb_job *j, unsigned i)
{
    return j->coins + i * j->coin_len;
}

static eb_buf wire_at(const eb_job *j, size_t i)
{
    return (eb_buf){.ptr = j->wires + i * j->wire_cap, .cap = j->wire_cap};
}

static eb_bytes wire_view(const eb_job *j, size_t i)
{
    return eb_range(j->wires + i * j->wire_cap, j->wire_len);
}

bool eb_job_stateful(const eb_job *j)
{
    return j->fx.pair->spec.transport->stateful;
}

/* ---- making inputs ---- */

static bool seal_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = wire_at(j, slot);
    if (eb_seal(j->fx.sender, &w, coins_at(j, coins), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    j->wire_len = w.len;
    return true;
}

/* A session's first message, which sets both sides up. */
static bool first_message(eb_job *j)
{
    if (!seal_into(j, 0, 0))
        return false;
    return eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, 0)) == EB_OK;
}

static bool ready_seal(eb_job *j)
{
    return !eb_job_stateful(j) || first_message(j);
}

/* Messages for a ring: each is its session's first. */
static bool ready_messages(eb_job *j)
{
    for (unsigned i = 0; i < EB_RING; i++) {
        eb_link_set_seq(j->fx.sender, 0);
        if (!seal_into(j, i, i) || eb_message_parse(j->fx.pair, &j->messages[i], 0, wire_view(j, i)) != EB_OK)
            return false;
    }
    return true;
}

static bool ready_open(eb_job *j)
{
    return eb_job_stateful(j) ? first_message(j) : ready_messages(j);
}

/* Whose answer is the a-th for a ring's i-th message. Never agents 1 to t in order: their Lagrange coefficients are small
   binomials, one of them 1, which some libraries multiply by for nothing. */
static const eb_agent *answering(const eb_job *j, unsigned i, size_t a)
{
    const size_t n = j->fx.pair->spec.agents, start = n > 1 ? 1 + i % (n - 1) : 0;
    return j->fx.agents[(start + a) % n];
}

static bool ready_partials(eb_job *j)
{
    const size_t len = eb_partial_len(j->fx.pair), t = eb_job_threshold(j);
    if (!ready_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++)
        for (size_t a = 0; a < t; a++) {
            uint8_t *p = j->partials + (i * t + a) * len;
            j->partial_ranges[i * t + a] = eb_range(p, len);
            if (eb_partial(j->fx.pair, answering(j, i, a), eb_authority_link(j->fx.authority), &j->messages[i], p,
                           coins_at(j, i)) != EB_OK)
                return false;
        }
    return true;
}

/* ---- operations ---- */

static int run_setup(void *ctx)
{
    eb_job *j = ctx;
    return eb_setup(j->fx.pair, j->out.ptr, j->out2, coins_at(j, turn(j)));
}

static int run_keygen(void *ctx)
{
    eb_job *j = ctx;
    return eb_keygen(j->fx.pair, j->out.ptr, j->out2, coins_at(j, turn(j)));
}

static int run_seal(void *ctx)
{
    eb_job *j = ctx;
    return eb_seal(j->fx.sender, &j->out, coins_at(j, turn(j)), (eb_bytes){0}, eb_range(j->plaintext, j->size));
}

static int run_open(void *ctx)
{
    eb_job *j = ctx;
    const size_t i = j->next;
    j->next = (unsigned)((i + 1) % j->wire_count);
    return eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, i));
}

static int run_check(void *ctx)
{
    eb_job *j = ctx;
    return eb_check(j->fx.recipient, wire_view(j, turn(j)));
}

static int run_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_partial(j->fx.pair, j->fx.agents[0], eb_authority_link(j->fx.authority), &j->messages[i], j->out.ptr,
                      coins_at(j, i));
}

static int run_verify(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_verify(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges[i * eb_job_threshold(j)]);
}

static int run_combine(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = eb_job_threshold(j);
    return eb_combine(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges + i * t, t, NULL, j->out2);
}

/* One message from the order to the plaintext, all on one CPU: t partials one after the other, combine, body. */
static int run_access(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = eb_job_threshold(j), len = eb_partial_len(j->fx.pair);
    eb_message *m = &j->messages[i];
    eb_status s = eb_message_parse(j->fx.pair, m, 0, wire_view(j, i));
    for (size_t a = 0; a < t && s == EB_OK; a++)
        s = eb_partial(j->fx.pair, answering(j, i, a), eb_authority_link(j->fx.authority), m,
                       j->partials + (i * t + a) * len, coins_at(j, i));
    if (s == EB_OK)
        s = eb_combine(j->fx.pair, j->fx.authority, m, j->partial_ranges + i * t, t, NULL, j->out2);
    return s == EB_OK ? eb_recover(j->fx.pair, j->out2, m, (eb_bytes){0}, &j->out) : s;
}

/* ---- from bytes ---- */

/* One message with keys that are parsed for it and dropped again. */
static int seal_from_bytes(eb_job *j, const eb_pair *p)
{
    const eb_fixture *f = &j->fx;
    const bool escrowed = p->spec.escrow->kind != EB_KIND_NONE;
    eb_own *own = NULL;
    eb_peer *peer = NULL;
    eb_authority *authority = NULL;
    eb_link *link = NULL;
    const uint8_t *coins = coins_at(j, turn(j));
    eb_status s = eb_peer_load(p, &peer, eb_range(f->recipient_keys + p->ts.sk, p->ts.pk));
    if (s == EB_OK && p->ts.sender_key)
        s = eb_own_load(p, &own, eb_range(f->sender_keys, p->ts.sk));
    if (s == EB_OK && escrowed)
        s = eb_authority_load_to_seal(p, &authority, eb_range(f->pub, p->es.pub), EB_LITERAL("alice"), 1);
    if (s == EB_OK)
        s = eb_link_start(p, &link, EB_SENDER, own, peer, authority, coins, EB_LITERAL("escrowbench"));
    if (s == EB_OK)
        s = eb_seal(link, &j->out, coins, (eb_bytes){0}, eb_range(j->plaintext, j->size));
    eb_link_end(link);
    eb_authority_drop(authority);
    eb_own_drop(own);
    eb_peer_drop(peer);
    return s;
}

static int open_from_bytes(eb_job *j, const eb_pair *p)
{
    const eb_fixture *f = &j->fx;
    eb_own *own = NULL;
    eb_peer *peer = NULL;
    eb_link *link = NULL;
    const unsigned i = turn(j);
    eb_status s = eb_own_load(p, &own, eb_range(f->recipient_keys, p->ts.sk));
    if (s == EB_OK && p->ts.sender_key)
        s = eb_peer_load(p, &peer, eb_range(f->sender_keys + p->ts.sk, p->ts.pk));
    if (s == EB_OK)
        s = eb_link_start(p, &link, EB_RECIPIENT, own, peer, NULL, coins_at(j, i), EB_LITERAL("escrowbench"));
    if (s == EB_OK)
        s = eb_open(link, &j->out, (eb_bytes){0}, wire_view(j, i));
    eb_link_end(link);
    eb_own_drop(own);
    eb_peer_drop(peer);
    return s;
}

static int run_seal_parse(void *ctx)
{
    eb_job *j = ctx;
    return seal_from_bytes(j, j->fx.pair);
}

static int run_open_parse(void *ctx)
{
    eb_job *j = ctx;
    return open_from_bytes(j, j->fx.pair);
}

/* The same with a pair of its own: the library's algorithms are fetched and its contexts made for this one message. */
static int on_new_pair(eb_job *j, int (*use)(eb_job *j, const eb_pair *p))
{
    char why[128];
    eb_pair *p;
    eb_status s = eb_pair_open(&p, &j->fx.pair->spec, why, sizeof why);
    if (s != EB_OK)
        return s;
    const int result = use(j, p);
    eb_pair_close(p);
    return result;
}

static int run_seal_first(void *ctx)
{
    return on_new_pair(ctx, seal_from_bytes);
}

static int run_open_first(void *ctx)
{
    return on_new_pair(ctx, open_from_bytes);
}

/* ---- rejection ---- */

static bool ready_forged_messages(eb_job *j)
{
    if (eb_job_stateful(j) && !first_message(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++) {
        if (!eb_job_stateful(j))
            eb_link_set_seq(j->fx.sender, 0);
        if (!seal_into(j, i, i))
            return false;
        j->wires[i * j->wire_cap + j->wire_len - 1] ^= 1; /* the last byte of the tag */
    }
    return true;
}

static bool ready_forged_capsules(eb_job *j)
{
    if (!ready_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++) {
        const eb_message *m = &j->messages[i];
        j->wires[i * j->wire_cap + m->header.len + m->capsule.len - 1] ^= 1;
    }
    return true;
}

static bool ready_forged_partials(eb_job *j)
{
    if (!ready_partials(j))
        return false;
    for (size_t i = 0; i < EB_RING * eb_job_threshold(j); i++)
        j->partials[(i + 1) * eb_partial_len(j->fx.pair) - 1] ^= 1;
    return true;
}

/* What is timed is the refusal: anything else is an error of the cell. */
static int refused(eb_status s)
{
    return s == EB_ERR_AUTH ? 0 : s == EB_OK ? EB_ERR_AUTH : s;
}

static int run_reject_message(void *ctx)
{
    eb_job *j = ctx;
    return refused(eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, turn(j))));
}

static int run_reject_capsule(void *ctx)
{
    eb_job *j = ctx;
    return refused(eb_check(j->fx.recipient, wire_view(j, turn(j))));
}

static int run_reject_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return refused(eb_verify(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges[i * eb_job_threshold(j)]));
}

/* n messages that the recipient has not seen, from where the session stands. */
int eb_job_prepare_open(void *ctx, uint64_t n)
{
    eb_job *j = ctx;
    eb_link_set_seq(j->fx.recipient, eb_link_seq(j->fx.sender));
    for (uint64_t i = 0; i < n; i++)
        if (!seal_into(j, (size_t)i, (unsigned)(i % EB_RING)))
            return EB_ERR_BACKEND;
    j->next = 0;
    return 0;
}

bool eb_job_prepares(const eb_job *j)
{
    return eb_job_stateful(j) && j->op->run == run_open;
}

/* ---- coins that one operation takes ---- */

static size_t setup_coins(const eb_pair *p)
{
    return p->es.setup_coins;
}

static size_t keygen_coins(const eb_pair *p)
{
    return p->ts.keygen_coins;
}

static size_t seal_coins(const eb_pair *p)
{
    return p->ts.coins;
}

static size_t partial_coins(const eb_pair *p)
{
    return p->es.partial_coins;
}

static size_t access_coins(const eb_pair *p)
{
    return p->spec.threshold * p->es.partial_coins;
}

static bool stands_alone(const eb_pair_spec *spec)
{
    return !spec->transport->stateful; /* later messages of a session carry no capsule */
}

static bool can_verify(const eb_pair_spec *spec)
{
    return spec->escrow->verify != NULL && stands_alone(spec);
}

static const eb_operation operations[] = {
    {.id = "seal",
     .phase = "traffic",
     .payer = "sender",
     .every_size = true,
     .about = "encrypt one message; under escrow its capsule too",
     .sized = true,
     .compares = true,
     .quick = true,
     .ready = ready_seal,
     .coins = seal_coins,
     .run = run_seal},
    {.id = "open",
     .phase = "traffic",
     .payer = "recipient",
     .every_size = true,
     .about = "decrypt one message; under escrow its capsule is authenticated, not checked",
     .sized = true,
     .compares = true,
     .quick = true,
     .ready = ready_open,
     .run = run_open},
    {.id = "check",
     .phase = "traffic",
     .payer = "recipient",
     .about = "make the capsule again from the message secret and compare",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_check},
    {.id = "partial",
     .phase = "access",
     .payer = "agent",
     .about = "one agent's answer to an order for one message",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .coins = partial_coins,
     .run = run_partial},
    {.id = "verify",
     .phase = "access",
     .payer = "investigator",
     .about = "is one agent's answer honest?",
     .sized = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = ready_partials,
     .run = run_verify},
    {.id = "combine",
     .phase = "access",
     .payer = "investigator",
     .about = "t answers, each verified where that is possible, to the message secret",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_partials,
     .run = run_combine},
    {.id = "access",
     .phase = "access",
     .payer = "investigator",
     .about = "one message from the order to the plaintext: t partials in turn, verify, combine, decrypt; no network",
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .applies = stands_alone,
     .ready = ready_partials,
     .coins = access_coins,
     .run = run_access},
    {.id = "seal-parse",
     .phase = "traffic",
     .payer = "sender",
     .about = "seal, with keys and authority parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = run_seal_parse},
    {.id = "open-parse",
     .phase = "traffic",
     .payer = "recipient",
     .about = "open, with keys parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_open_parse},
    {.id = "seal-first",
     .phase = "traffic",
     .payer = "sender",
     .about = "seal-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = run_seal_first},
    {.id = "open-first",
     .phase = "traffic",
     .payer = "recipient",
     .about = "open-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_open_first},
    {.id = "reject-message",
     .phase = "traffic",
     .payer = "recipient",
     .about = "refuse a message whose tag is wrong",
     .sized = true,
     .compares = true,
     .ready = ready_forged_messages,
     .run = run_reject_message},
    {.id = "reject-capsule",
     .phase = "traffic",
     .payer = "recipient",
     .about = "refuse, by check, a capsule that an honest sender would not have made",
     .sized = true,
     .with_escrow = true,
     .applies = stands_alone,
     .ready = ready_forged_capsules,
     .run = run_reject_capsule},
    {.id = "reject-partial",
     .phase = "access",
     .payer = "investigator",
     .about = "name a liar by its answer",
     .sized = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = ready_forged_partials,
     .run = run_reject_partial},
    {.id = "setup",
     .phase = "set-up",
     .payer = "authority",
     .about = "escrow key, split among the agents",
     .with_escrow = true,
     .quick = true,
     .coins = setup_coins,
     .run = run_setup},
    {.id = "keygen",
     .phase = "enrolment",
     .payer = "user",
     .about = "long-term keys of one device",
     .without_only = true,
     .coins = keygen_coins,
     .run = run_keygen},
};

const eb_operation *eb_operation_at(size_t i)
{
    return i < sizeof operations / sizeof operations[0] ? &operations[i] : NULL;
}

const eb_operation *eb_operation_find(const char *id)
{
    const eb_operation *op;
    for (size_t i = 0; (op = eb_operation_at(i)) != NULL; i++)
        if (strcmp(op->id, id) == 0)
            return op;
    return NULL;
}

bool eb_operation_applies(const eb_operation *op, const eb_pair_spec *spec)
{
    const bool escrowed = spec->escrow->kind != EB_KIND_NONE;
    if ((op->with_escrow && !escrowed) || (op->without_only && escrowed))
        return false;
    return op->applies == NULL || op->applies(spec);
}
