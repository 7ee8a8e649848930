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
    return eb_range(j->wires + i * j->wire_cap, j->wire_lens[i]);
}

bool eb_job_stateful(const eb_job *j)
{
    return j->fx.pair->spec.transport->stateful;
}

static bool is_kind(const eb_job *j, eb_kind kind)
{
    return j->fx.pair->spec.escrow->kind == kind;
}

/* ---- making inputs ---- */

static bool seal_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = wire_at(j, slot);
    if (eb_seal(j->fx.sender, &w, coins_at(j, coins), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    j->wire_lens[slot] = w.len;
    return true;
}

/* The recipient's first device gets its copy of a bundle. */
static bool deliver(eb_job *j, size_t slot)
{
    eb_bytes copy;
    if (eb_delivered(j->fx.pair, &copy, 0, wire_view(j, slot)) != EB_OK)
        return false;
    memmove(j->wires + slot * j->wire_cap, copy.ptr, copy.len);
    j->wire_lens[slot] = copy.len;
    return true;
}

/* What access works on in the place of a message, where that is what is stored of it. */
static bool store_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = wire_at(j, slot);
    if (!is_kind(j, EB_KIND_STORAGE))
        return true;
    if (eb_store(j->fx.pair, j->fx.authority, &w, coins_at(j, coins), (eb_bytes){0}, eb_range(j->plaintext, j->size)) !=
        EB_OK)
        return false;
    j->wire_lens[slot] = w.len;
    return true;
}

/* Header and capsule of one copy, times the copies. */
static bool note_sample(eb_job *j, uint64_t seq)
{
    const eb_pair *p = j->fx.pair;
    eb_bytes copy;
    size_t header = 0;
    bool fresh = false;
    if (eb_delivered(p, &copy, 0, wire_view(j, 0)) != EB_OK ||
        p->spec.transport->split(&p->transport, seq, copy, &header, &fresh) != EB_OK)
        return false;
    j->sample = (eb_job_bytes){.wire = j->wire_lens[0],
                               .header = p->copies * header,
                               .capsule = fresh && is_kind(j, EB_KIND_WRAP) ? p->copies * p->es.capsule : 0};
    return true;
}

/* The other direction, once: what a session does when it is answered. */
static bool answer_once(eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    eb_buf w = wire_at(j, 0);
    if (!p->spec.transport->duplex || p->copies > 1)
        return true;
    if (eb_seal(j->fx.recipient, &w, coins_at(j, 1), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    return eb_open(j->fx.sender, &j->out, (eb_bytes){0}, eb_view(&w)) == EB_OK;
}

bool eb_job_sample(eb_job *j)
{
    const unsigned messages = eb_job_stateful(j) ? 2 : 1;
    for (unsigned i = 0; i < messages; i++)
        if (!seal_into(j, 0, i) || !note_sample(j, i) || !deliver(j, 0) ||
            eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, 0)) != EB_OK ||
            (i == 0 && messages > 1 && !answer_once(j)))
            return false;
    if (is_kind(j, EB_KIND_STORAGE) && j->op->at_rest)
        j->sample = (eb_job_bytes){.wire = eb_stored_len(j->fx.pair, j->size), .capsule = j->fx.pair->es.capsule};
    return true;
}

/* Messages for a ring, as they are delivered: each is its session's first. */
static bool ready_messages(eb_job *j)
{
    for (unsigned i = 0; i < EB_RING; i++) {
        eb_link_set_seq(j->fx.sender, 0);
        if (!seal_into(j, i, i) || !deliver(j, i))
            return false;
    }
    return true;
}

static bool ready_open(eb_job *j)
{
    return eb_job_stateful(j) || ready_messages(j);
}

/* The same for a ring on which each operation leaves the session where it was. One that numbers its messages would
   have to pass over those before it in the ring, which is not part of the operation: there it is one message
   throughout. */
static bool ready_next_messages(eb_job *j)
{
    if (j->fx.pair->spec.transport->skips == 0)
        return ready_messages(j);
    if (!seal_into(j, 0, 0) || !deliver(j, 0))
        return false;
    for (unsigned i = 1; i < EB_RING; i++) {
        memcpy(j->wires + i * j->wire_cap, j->wires, j->wire_lens[0]);
        j->wire_lens[i] = j->wire_lens[0];
    }
    return true;
}

/* The first message of a session that is new: what a deposited key, or a ghost's, opens by itself. */
static bool seal_first(eb_job *j, size_t slot, unsigned coins)
{
    const eb_fixture *f = &j->fx;
    eb_link *settled = j->fx.sender, *fresh = NULL;
    if (eb_link_start_all(f->pair, &fresh, f->sender_own, (const eb_peer *const *)f->peers, f->authority,
                          coins_at(j, coins), EB_FIXTURE_INFO) != EB_OK)
        return false;
    j->fx.sender = fresh;
    const bool ok = seal_into(j, slot, coins);
    j->fx.sender = settled;
    eb_link_end(fresh);
    return ok;
}

/* What orders are about. */
static bool ready_evidence(eb_job *j)
{
    const bool as_device = is_kind(j, EB_KIND_DEPOSIT) || is_kind(j, EB_KIND_DEVICE);
    for (unsigned i = 0; i < EB_RING; i++) {
        if (!eb_job_stateful(j))
            eb_link_set_seq(j->fx.sender, 0);
        const bool sealed = eb_job_stateful(j) && as_device ? seal_first(j, i, i) : seal_into(j, i, i);
        if (!sealed || !store_into(j, i, i) ||
            eb_message_parse(j->fx.pair, &j->messages[i], 0, wire_view(j, i), &j->fx.facts) != EB_OK)
            return false;
    }
    return true;
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
    if (!ready_evidence(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++)
        for (size_t a = 0; a < t; a++) {
            uint8_t *p = j->partials + (i * t + a) * len;
            j->partial_ranges[i * t + a] = eb_range(p, len);
            if (eb_partial(j->fx.pair, answering(j, i, a), eb_authority_case(j->fx.authority), &j->messages[i], p,
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

/* The last of a few comes first, then the others in their order: the session derives the keys of those that were
   overtaken, keeps them, and uses them up. */
enum { LATE = 8 };

static int run_open_late(void *ctx)
{
    eb_job *j = ctx;
    const size_t first = j->next;
    eb_status s = EB_OK;
    for (size_t i = 0; i < LATE && s == EB_OK; i++)
        s = eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, wire_view(j, first + (i + LATE - 1) % LATE));
    j->next = (unsigned)(first + LATE);
    return s;
}

/* Who was last to receive sends, so that both take a step of the ratchet. Whose turn it is goes with the coins, none
   of which are those of the same side's last message. */
static int run_turn(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    eb_link *from = i % 2 == 0 ? j->fx.recipient : j->fx.sender, *to = i % 2 == 0 ? j->fx.sender : j->fx.recipient;
    eb_buf w = wire_at(j, 0);
    eb_status s = eb_seal(from, &w, coins_at(j, (i + 2) % EB_RING), (eb_bytes){0}, eb_range(j->plaintext, j->size));
    return s == EB_OK ? eb_open(to, &j->out, (eb_bytes){0}, eb_view(&w)) : s;
}

static int run_check(void *ctx)
{
    eb_job *j = ctx;
    return eb_check(j->fx.recipient, wire_view(j, turn(j)));
}

static int run_forge(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    uint64_t tries;
    return eb_forge(j->fx.recipient, j->out.ptr, coins_at(j, i), wire_view(j, i), &tries);
}

static int run_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_partial(j->fx.pair, j->fx.agents[0], eb_authority_case(j->fx.authority), &j->messages[i], j->out.ptr,
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

static int run_sweep(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    return eb_sweep(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges + i * eb_job_threshold(j),
                    j->op->bits);
}

/* One message from the order to the plaintext, all on one CPU: t partials one after the other, combine, body. */
static int run_access(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = eb_job_threshold(j), len = eb_partial_len(j->fx.pair);
    eb_message *m = &j->messages[i];
    eb_status s = eb_message_parse(j->fx.pair, m, 0, wire_view(j, i), &j->fx.facts);
    for (size_t a = 0; a < t && s == EB_OK; a++)
        s = eb_partial(j->fx.pair, answering(j, i, a), eb_authority_case(j->fx.authority), m,
                       j->partials + (i * t + a) * len, coins_at(j, i));
    if (s == EB_OK)
        s = eb_combine(j->fx.pair, j->fx.authority, m, j->partial_ranges + i * t, t, NULL, j->out2);
    return s == EB_OK ? eb_recover(j->fx.pair, j->out2, m, (eb_bytes){0}, &j->out) : s;
}

/* ---- enrolment, storage, upkeep ---- */

static eb_bytes recipient_sk(const eb_job *j)
{
    return eb_range(j->fx.recipient_keys, j->fx.pair->ts.sk);
}

static eb_bytes recipient_pk(const eb_job *j)
{
    return eb_range(j->fx.recipient_keys + j->fx.pair->ts.sk, j->fx.pair->ts.pk);
}

static int run_deposit(void *ctx)
{
    eb_job *j = ctx;
    return eb_deposit(j->fx.pair, j->fx.authority, j->out.ptr, coins_at(j, turn(j)), recipient_sk(j), recipient_pk(j));
}

static int run_accept(void *ctx)
{
    eb_job *j = ctx;
    return eb_deposit_accept(j->fx.pair, j->fx.authority, j->fx.agents[0], j->fx.facts.deposit, recipient_pk(j));
}

/* What key generation of a transport whose key pairs are fixtures leaves out. Drawn anew each time: times vary with the luck of
   the search for primes. */
static int run_keygen_rsa(void *ctx)
{
    eb_job *j = ctx;
    const eb_binding *b = &j->fx.pair->transport;
    return b->pke->generate(b->pke_ctx, j->keys, j->keys + b->pke->sk_len);
}

/* A new key pair, and what enrolling it takes. */
static int run_rotate_user(void *ctx)
{
    eb_job *j = ctx;
    const eb_pair *p = j->fx.pair;
    const uint8_t *coins = coins_at(j, turn(j));
    eb_status s = eb_keygen(p, j->keys, j->keys + p->ts.sk, coins);
    if (s == EB_OK && is_kind(j, EB_KIND_DEPOSIT))
        s = eb_deposit(p, j->fx.authority, j->out.ptr, coins + p->ts.keygen_coins, eb_range(j->keys, p->ts.sk),
                       eb_range(j->keys + p->ts.sk, p->ts.pk));
    return s;
}

static int run_store(void *ctx)
{
    eb_job *j = ctx;
    return eb_store(j->fx.pair, j->fx.authority, &j->out, coins_at(j, turn(j)), (eb_bytes){0},
                    eb_range(j->plaintext, j->size));
}

static int run_inspect(void *ctx)
{
    eb_job *j = ctx;
    return eb_inspect(j->fx.pair, j->fx.authority, &j->messages[turn(j)]);
}

static int run_publish(void *ctx)
{
    eb_job *j = ctx;
    return eb_publish(j->fx.pair, j->out.ptr, j->fx.agent_secrets, EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
}

/* One stored capsule of a backlog: opened by the old authority's agents, made again for the new one. The new authority
   is the old one of another epoch: what it costs does not depend on which key it is. */
static bool ready_rewrap(eb_job *j)
{
    const eb_fixture *f = &j->fx;
    const eb_pair *p = f->pair;
    if (!ready_partials(j))
        return false;
    memcpy(j->out.ptr, f->pub, p->es.pub);
    return eb_publish(p, j->out.ptr, f->agent_secrets, EB_FIXTURE_USER, EB_FIXTURE_EPOCH + 1) == EB_OK &&
           eb_authority_load_to_seal(p, &j->next_authority, eb_range(j->out.ptr, p->es.pub), EB_FIXTURE_USER,
                                     EB_FIXTURE_EPOCH + 1) == EB_OK;
}

static int run_rewrap(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = turn(j);
    const size_t t = eb_job_threshold(j), len = eb_partial_len(j->fx.pair);
    eb_message m = j->messages[i];
    eb_status s = EB_OK;
    for (size_t a = 0; a < t && s == EB_OK; a++)
        s = eb_partial(j->fx.pair, answering(j, i, a), eb_authority_case(j->fx.authority), &m,
                       j->partials + (i * t + a) * len, coins_at(j, i));
    if (s == EB_OK)
        s = eb_combine(j->fx.pair, j->fx.authority, &m, j->partial_ranges + i * t, t, NULL, j->out2);
    return s == EB_OK ? eb_rewrap(j->fx.pair, j->next_authority, &m, j->out.ptr, j->out2) : s;
}

static int run_refresh(void *ctx)
{
    eb_job *j = ctx;
    return eb_refresh(j->fx.pair, j->out.ptr, j->out2, j->fx.pub, j->fx.agent_secrets, coins_at(j, turn(j)));
}

/* From t agents to n of the same shape: what replacing an agent takes too. */
static int run_reshare(void *ctx)
{
    eb_job *j = ctx;
    const eb_pair *p = j->fx.pair;
    eb_bytes old[EB_MAX_AGENTS];
    const size_t len = eb_agent_len(p), n = p->spec.agents;
    for (size_t i = 0; i < eb_job_threshold(j); i++)
        old[i] = eb_range(j->fx.agent_secrets + ((i + 1) % n) * len, len);
    return eb_reshare(p, j->out.ptr, j->out2, p, j->fx.pub, old, coins_at(j, turn(j)));
}

/* A copy of the secret loses an epoch. */
static int run_puncture(void *ctx)
{
    eb_job *j = ctx;
    memcpy(j->out2, j->fx.agent_secrets, eb_agent_len(j->fx.pair));
    return eb_puncture(j->fx.pair, j->out2, EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
}

/* ---- from bytes ---- */

/* Every device's bundle costs the same, so the first one's stands for all; the ghost's is parsed with the authority. */
static int run_start(void *ctx)
{
    eb_job *j = ctx;
    const eb_fixture *f = &j->fx;
    const eb_pair *p = f->pair;
    const unsigned devices = eb_device_count(&p->spec);
    eb_peer *peers[EB_MAX_DEVICES] = {NULL};
    eb_link *link = NULL;
    eb_status s = EB_OK;
    for (unsigned i = 0; i < devices && s == EB_OK; i++)
        s = eb_peer_load(p, &peers[i], recipient_pk(j));
    if (s == EB_OK)
        s = eb_link_start_all(p, &link, f->sender_own, (const eb_peer *const *)peers, f->authority,
                              coins_at(j, turn(j)), EB_FIXTURE_INFO);
    eb_link_end(link);
    for (unsigned i = 0; i < devices; i++)
        eb_peer_drop(peers[i]);
    return s;
}

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
        s = eb_authority_load_to_seal(p, &authority, eb_range(f->pub, p->es.pub), EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
    if (s == EB_OK)
        s = eb_link_start(p, &link, EB_SENDER, own, peer, authority, coins, EB_FIXTURE_INFO);
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
    eb_authority *authority = NULL;
    eb_link *link = NULL;
    const unsigned i = turn(j);
    eb_status s = eb_own_load(p, &own, eb_range(f->recipient_keys, p->ts.sk));
    if (s == EB_OK && p->ts.sender_key)
        s = eb_peer_load(p, &peer, eb_range(f->sender_keys + p->ts.sk, p->ts.pk));
    if (s == EB_OK && p->spec.escrow->enforced)
        s = eb_authority_load_to_seal(p, &authority, eb_range(f->pub, p->es.pub), EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
    if (s == EB_OK)
        s = eb_link_start(p, &link, EB_RECIPIENT, own, peer, authority, coins_at(j, i), EB_FIXTURE_INFO);
    if (s == EB_OK)
        s = eb_open(link, &j->out, (eb_bytes){0}, wire_view(j, i));
    eb_link_end(link);
    eb_authority_drop(authority);
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
    if (!ready_next_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++)
        j->wires[i * j->wire_cap + j->wire_lens[i] - 1] ^= 1; /* the last byte of the tag */
    return true;
}

static bool ready_forged_capsules(eb_job *j)
{
    if (!ready_next_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++) {
        j->wires[i * j->wire_cap + (j->sample.header + j->sample.capsule) / j->fx.pair->copies - 1] ^= 1;
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

/* Messages that the recipient has not seen, for n operations, from where the session stands. */
int eb_job_prepare_open(void *ctx, uint64_t n)
{
    eb_job *j = ctx;
    eb_link_set_seq(j->fx.recipient, eb_link_seq(j->fx.sender));
    for (uint64_t i = 0; i < n * j->op->takes; i++)
        if (!seal_into(j, (size_t)i, (unsigned)(i % EB_RING)) || !deliver(j, (size_t)i))
            return EB_ERR_BACKEND;
    j->next = 0;
    return 0;
}

bool eb_job_prepares(const eb_job *j)
{
    return eb_job_stateful(j) && j->op->takes > 0;
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
    return eb_seal_coins(p);
}

static size_t store_coins(const eb_pair *p)
{
    return eb_store_coins(p);
}

static size_t deposit_coins(const eb_pair *p)
{
    return p->spec.escrow->kind == EB_KIND_DEPOSIT ? p->es.capsule_coins : 0;
}

static size_t rotate_coins(const eb_pair *p)
{
    return p->ts.keygen_coins + deposit_coins(p);
}

static size_t refresh_coins(const eb_pair *p)
{
    return p->es.refresh_coins;
}

static size_t forge_coins(const eb_pair *p)
{
    return p->spec.escrow->forge != NULL ? EB_DIGEST : 0;
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
    const eb_kind kind = spec->escrow->kind;
    /* Under a deposit and at rest a message is the one without escrow. */
    return !spec->transport->stateful && kind != EB_KIND_DEPOSIT && kind != EB_KIND_STORAGE;
}

static bool forgeable(const eb_pair_spec *spec)
{
    return spec->escrow->forge != NULL;
}

static bool wire_of_its_own(const eb_pair_spec *spec)
{
    return spec->escrow->kind != EB_KIND_DEPOSIT && spec->escrow->kind != EB_KIND_STORAGE;
}

static bool overtakes(const eb_pair_spec *spec)
{
    return spec->transport->skips >= LATE && wire_of_its_own(spec);
}

/* A bundle has one sender. */
static bool converses(const eb_pair_spec *spec)
{
    return spec->transport->duplex && spec->devices <= 1 && spec->escrow->kind != EB_KIND_DEVICE &&
           wire_of_its_own(spec);
}

/* Capsules and deposits are no part of setting a session up; a ghost is one more device. */
static bool sets_up(const eb_pair_spec *spec)
{
    return spec->transport->duplex && (spec->escrow->kind == EB_KIND_NONE || spec->escrow->kind == EB_KIND_DEVICE);
}

static bool refuses(const eb_pair_spec *spec)
{
    return wire_of_its_own(spec) && (spec->transport->lacks & EB_LACKS_AUTH) == 0;
}

/* Capsules that travel: with each message, unless a session has one secret for all, whose later messages carry none. */
static bool travels(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_WRAP && (!spec->transport->stateful || spec->transport->every);
}

static bool accessible(const eb_pair_spec *spec)
{
    return spec->escrow->kind != EB_KIND_WRAP || travels(spec);
}

static bool searches(const eb_pair_spec *spec)
{
    return spec->escrow->sweep != NULL && accessible(spec);
}

static bool can_verify(const eb_pair_spec *spec)
{
    return spec->escrow->verify != NULL && accessible(spec);
}

static bool can_inspect(const eb_pair_spec *spec)
{
    return spec->escrow->inspect != NULL && accessible(spec);
}

static bool deposits(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_DEPOSIT;
}

static bool makes_keys(const eb_pair_spec *spec)
{
    return !spec->transport->fixtures;
}

static bool rotates(const eb_pair_spec *spec)
{
    return makes_keys(spec) && (spec->escrow->kind == EB_KIND_NONE || deposits(spec));
}

static bool can_accept(const eb_pair_spec *spec)
{
    return deposits(spec) && spec->escrow->accept != NULL;
}

static bool has_rsa(const eb_pair_spec *spec)
{
    return (spec->transport->needs & EB_NEED(EB_PKE)) != 0;
}

static bool stores(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_STORAGE;
}

static bool publishes(const eb_pair_spec *spec)
{
    return spec->escrow->publish != NULL;
}

static bool refreshes(const eb_pair_spec *spec)
{
    return spec->escrow->refresh != NULL && spec->threshold > 1; /* a polynomial of degree 0 has nothing to renew */
}

static bool reshares(const eb_pair_spec *spec)
{
    return spec->escrow->reshare != NULL;
}

static bool punctures(const eb_pair_spec *spec)
{
    return spec->escrow->puncture != NULL;
}

size_t eb_job_coins_max(const eb_pair *p)
{
    size_t (*const all[])(const eb_pair *) = {setup_coins,  keygen_coins,  seal_coins,     partial_coins, store_coins,
                                              rotate_coins, refresh_coins, eb_start_coins, forge_coins};
    size_t most = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const size_t n = all[i](p);
        most = n > most ? n : most;
    }
    return most;
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
     .takes = 1,
     .ready = ready_open,
     .run = run_open},
    {.id = "open-late",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "decrypt eight messages of which the last came first: seven keys derived, kept and used",
     .sized = true,
     .compares = true,
     .takes = LATE,
     .applies = overtakes,
     .run = run_open_late},
    {.id = "turn",
     .phase = "traffic",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about =
         "encrypt and decrypt one message of a conversation in which each side answers the other: a ratchet step each",
     .sized = true,
     .compares = true,
     .applies = converses,
     .coins = seal_coins,
     .run = run_turn},
    {.id = "start",
     .phase = "enrolment",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "a session with a recipient, from the bundle of each device's public keys: its signature verified, keys "
              "agreed on",
     .compares = true,
     .applies = sets_up,
     .coins = eb_start_coins,
     .run = run_start},
    {.id = "check",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_ESCROW,
     .about = "make the capsule again from the message secret and compare",
     .sized = true,
     .with_escrow = true,
     .applies = travels,
     .ready = ready_next_messages,
     .run = run_check},
    {.id = "partial",
     .phase = "access",
     .payer = "agent",
     .depends = EB_ON_ESCROW,
     .about = "one agent's answer to an order for one message",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = accessible,
     .ready = ready_evidence,
     .coins = partial_coins,
     .run = run_partial},
    {.id = "verify",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "is one agent's answer honest?",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = ready_partials,
     .run = run_verify},
    {.id = "combine",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "t answers, each verified where that is possible, to the message secret",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = accessible,
     .ready = ready_partials,
     .combines = true,
     .run = run_combine},
    {.id = "access",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "one message from the order to the plaintext: t partials in turn, verify, combine, decrypt; no network",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .quick = true,
     .applies = accessible,
     .ready = ready_partials,
     .coins = access_coins,
     .combines = true,
     .run = run_access},
    {.id = "sweep-8",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 8 bits that no capsule holds, through all values; on average access takes half of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 8,
     .combines = true,
     .applies = searches,
     .ready = ready_partials,
     .run = run_sweep},
    {.id = "sweep-12",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 12 bits that no capsule holds, through all values; on average access takes half of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 12,
     .combines = true,
     .applies = searches,
     .ready = ready_partials,
     .run = run_sweep},
    {.id = "sweep-16",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 16 bits that no capsule holds, through all values; on average access takes half of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 16,
     .combines = true,
     .applies = searches,
     .ready = ready_partials,
     .run = run_sweep},
    {.id = "sweep-20",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 20 bits that no capsule holds, through all values; on average access takes half of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = false,
     .bits = 20,
     .combines = true,
     .applies = searches,
     .ready = ready_partials,
     .run = run_sweep},
    {.id = "sweep-22",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 22 bits that no capsule holds, through all values; on average access takes half of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = false,
     .bits = 22,
     .combines = true,
     .applies = searches,
     .ready = ready_partials,
     .run = run_sweep},
    {.id = "seal-parse",
     .phase = "traffic",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "seal, with keys and authority parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = run_seal_parse},
    {.id = "open-parse",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "open, with keys parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_open_parse},
    {.id = "seal-first",
     .phase = "traffic",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "seal-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = run_seal_first},
    {.id = "open-first",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "open-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = ready_messages,
     .run = run_open_first},
    {.id = "reject-message",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "refuse a message whose tag is wrong",
     .sized = true,
     .compares = true,
     .ready = ready_forged_messages,
     .applies = refuses,
     .run = run_reject_message},
    {.id = "reject-capsule",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_ESCROW,
     .about = "refuse, by check, a capsule that an honest sender would not have made",
     .sized = true,
     .with_escrow = true,
     .applies = travels,
     .ready = ready_forged_capsules,
     .run = run_reject_capsule},
    {.id = "forge",
     .phase = "traffic",
     .payer = "sender",
     .about = "a rogue sender's search for a capsule that passes the check and opens for no agent",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .applies = forgeable,
     .ready = ready_messages,
     .coins = forge_coins,
     .run = run_forge},
    {.id = "reject-partial",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "name a liar by its answer",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = ready_forged_partials,
     .run = run_reject_partial},
    {.id = "inspect",
     .phase = "traffic",
     .payer = "service",
     .depends = EB_ON_ESCROW,
     .about = "what the service can check of a capsule without any secret",
     .sized = true,
     .with_escrow = true,
     .applies = can_inspect,
     .ready = ready_evidence,
     .run = run_inspect},
    {.id = "store",
     .phase = "traffic",
     .payer = "service",
     .depends = EB_ON_ESCROW,
     .about = "encrypt a message at rest under a data key, and wrap that under the service's key",
     .sized = true,
     .every_size = true,
     .at_rest = true,
     .with_escrow = true,
     .quick = true,
     .applies = stores,
     .coins = store_coins,
     .run = run_store},
    {.id = "setup",
     .phase = "set-up",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "escrow key, split among the agents",
     .with_escrow = true,
     .quick = true,
     .coins = setup_coins,
     .run = run_setup},
    {.id = "keygen",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "long-term keys of one device",
     .without_only = true,
     .applies = makes_keys,
     .coins = keygen_coins,
     .run = run_keygen},
    {.id = "keygen-rsa",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "a device's RSA key; everything else about its transport is measured with ready-made ones",
     .without_only = true,
     .applies = has_rsa,
     .run = run_keygen_rsa},
    {.id = "deposit",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_ESCROW,
     .about = "the user's private key, given up to the authority",
     .with_escrow = true,
     .quick = true,
     .applies = deposits,
     .coins = deposit_coins,
     .run = run_deposit},
    {.id = "accept",
     .phase = "enrolment",
     .payer = "agent",
     .depends = EB_ON_ESCROW,
     .about = "one agent: does my part of a deposit belong to the user's public key?",
     .with_escrow = true,
     .applies = can_accept,
     .run = run_accept},
    {.id = "rotate-user",
     .phase = "upkeep",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "a new key pair, deposited again where keys are",
     .compares = true,
     .applies = rotates,
     .coins = rotate_coins,
     .run = run_rotate_user},
    {.id = "publish",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "what senders need for one user and epoch, made and signed",
     .with_escrow = true,
     .applies = publishes,
     .run = run_publish},
    {.id = "rewrap",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "one stored capsule of a backlog, opened and made again for the next authority",
     .sized = true,
     .with_escrow = true,
     .applies = travels,
     .ready = ready_rewrap,
     .coins = access_coins,
     .combines = true,
     .run = run_rewrap},
    {.id = "refresh",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "new secrets of all n agents for the same key, which makes stolen ones worthless",
     .with_escrow = true,
     .applies = refreshes,
     .coins = refresh_coins,
     .run = run_refresh},
    {.id = "reshare",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "from t agents to a new group of n, the key unchanged: also how one agent is replaced",
     .with_escrow = true,
     .applies = reshares,
     .coins = refresh_coins,
     .run = run_reshare},
    {.id = "puncture",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "forget, for good, what opens one user's messages of one epoch",
     .with_escrow = true,
     .applies = punctures,
     .run = run_puncture},
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
