/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of operations: messages, what orders are about, answers, and forgeries of each. */
#include <string.h>

#include "bench/job_state.h"

enum {
    MANY_ANSWERS = 16,
    MOST_TRIED = 1 << 13, /* messages, of which a 128th has a search of average length */
};

size_t eb_job_threshold(const eb_job *j)
{
    return j->fx.pair->spec.threshold;
}

bool eb_job_searches(const eb_job *j)
{
    return j->op->combines && j->op->bits == 0 && j->fx.pair->spec.escrow->sweep != NULL;
}

/* Of an operation on many answers, or with a search, one input is long enough to be another thing each time it comes round, and
   dear to make. */
static unsigned ring_of(const eb_job *j)
{
    return eb_job_threshold(j) > MANY_ANSWERS || eb_job_searches(j) ? 1 : EB_RING;
}

unsigned eb_job_turn(eb_job *j)
{
    const unsigned i = j->next;
    j->next = (i + 1) % ring_of(j);
    return i;
}

const uint8_t *eb_job_coins_at(const eb_job *j, unsigned i)
{
    return j->coins + i * j->coin_len;
}

eb_buf eb_job_slot(const eb_job *j, size_t i)
{
    return (eb_buf){.ptr = j->wires + i * j->wire_cap, .cap = j->wire_cap};
}

eb_bytes eb_job_wire(const eb_job *j, size_t i)
{
    return eb_range(j->wires + i * j->wire_cap, j->wire_lens[i]);
}

bool eb_job_stateful(const eb_job *j)
{
    return j->fx.pair->spec.transport->stateful;
}

bool eb_job_is(const eb_job *j, eb_kind kind)
{
    return j->fx.pair->spec.escrow->kind == kind;
}

static bool seal_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = eb_job_slot(j, slot);
    if (eb_seal(j->fx.sender, &w, eb_job_coins_at(j, coins), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    j->wire_lens[slot] = w.len;
    return true;
}

/* The recipient's first device gets its copy of a bundle. */
static bool deliver(eb_job *j, size_t slot)
{
    eb_bytes copy;
    if (eb_delivered(j->fx.pair, &copy, 0, eb_job_wire(j, slot)) != EB_OK)
        return false;
    memmove(j->wires + slot * j->wire_cap, copy.ptr, copy.len);
    j->wire_lens[slot] = copy.len;
    return true;
}

/* What access works on in the place of a message, where that is what is stored of it. */
static bool store_into(eb_job *j, size_t slot, unsigned coins)
{
    eb_buf w = eb_job_slot(j, slot);
    if (!eb_job_is(j, EB_KIND_STORAGE))
        return true;
    if (eb_store(j->fx.pair, j->fx.authority, &w, eb_job_coins_at(j, coins), (eb_bytes){0},
                 eb_range(j->plaintext, j->size)) != EB_OK)
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
    if (eb_delivered(p, &copy, 0, eb_job_wire(j, 0)) != EB_OK ||
        p->spec.transport->split(&p->transport, seq, copy, &header, &fresh) != EB_OK)
        return false;
    j->sample = (eb_job_bytes){.wire = j->wire_lens[0],
                               .header = p->copies * header,
                               .capsule = fresh && eb_job_is(j, EB_KIND_WRAP) ? p->copies * p->es.capsule : 0};
    return true;
}

/* The other direction, once: what a session does when it is answered. */
static bool answer_once(eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    eb_buf w = eb_job_slot(j, 0);
    if (!p->spec.transport->duplex || p->copies > 1)
        return true;
    if (eb_seal(j->fx.recipient, &w, eb_job_coins_at(j, 1), (eb_bytes){0}, eb_range(j->plaintext, j->size)) != EB_OK)
        return false;
    return eb_open(j->fx.sender, &j->out, (eb_bytes){0}, eb_view(&w)) == EB_OK;
}

bool eb_job_sample(eb_job *j)
{
    const unsigned messages = eb_job_stateful(j) ? 2 : 1;
    for (unsigned i = 0; i < messages; i++)
        if (!seal_into(j, 0, i) || !note_sample(j, i) || !deliver(j, 0) ||
            eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, eb_job_wire(j, 0)) != EB_OK ||
            (i == 0 && messages > 1 && !answer_once(j)))
            return false;
    if (eb_job_is(j, EB_KIND_STORAGE) && j->op->at_rest)
        j->sample = (eb_job_bytes){.wire = eb_stored_len(j->fx.pair, j->size), .capsule = j->fx.pair->es.capsule};
    return true;
}

/* Messages for a ring, as they are delivered: each is its session's first. */
bool eb_ready_messages(eb_job *j)
{
    for (unsigned i = 0; i < EB_RING; i++) {
        eb_link_set_seq(j->fx.sender, 0);
        if (!seal_into(j, i, i) || !deliver(j, i))
            return false;
    }
    return true;
}

bool eb_ready_open(eb_job *j)
{
    return eb_job_stateful(j) || eb_ready_messages(j);
}

/* The same for a ring on which each operation leaves the session where it was. One that numbers its messages would
   have to pass over those before it in the ring, which is not part of the operation: there it is one message
   throughout. */
bool eb_ready_next_messages(eb_job *j)
{
    if (j->fx.pair->spec.transport->skips == 0)
        return eb_ready_messages(j);
    if (!seal_into(j, 0, 0) || !deliver(j, 0))
        return false;
    for (unsigned i = 1; i < EB_RING; i++) {
        memcpy(j->wires + i * j->wire_cap, j->wires, j->wire_lens[0]);
        j->wire_lens[i] = j->wire_lens[0];
    }
    return true;
}

bool eb_job_receives(const eb_job *j)
{
    return eb_job_is(j, EB_KIND_DEPOSIT) || eb_job_is(j, EB_KIND_DEVICE);
}

static eb_link *new_session(const eb_job *j, unsigned coins)
{
    const eb_fixture *f = &j->fx;
    eb_link *fresh = NULL;
    const eb_status s = eb_link_start_all(f->pair, &fresh, f->sender_own, (const eb_peer *const *)f->peers,
                                          f->authority, eb_job_coins_at(j, coins), EB_FIXTURE_INFO);
    return s == EB_OK ? fresh : NULL;
}

/* The first message of a session that is new: what a deposited key, or a ghost's, opens by itself. */
static bool seal_first(eb_job *j, size_t slot, unsigned coins)
{
    eb_link *settled = j->fx.sender, *fresh = new_session(j, coins);
    if (fresh == NULL)
        return false;
    j->fx.sender = fresh;
    const bool ok = seal_into(j, slot, coins);
    j->fx.sender = settled;
    eb_link_end(fresh);
    return ok;
}

/* What orders are about. */
bool eb_ready_evidence(eb_job *j)
{
    const bool as_device = eb_job_receives(j);
    for (unsigned i = 0; i < ring_of(j); i++) {
        if (!eb_job_stateful(j))
            eb_link_set_seq(j->fx.sender, 0);
        const bool sealed = eb_job_stateful(j) && as_device ? seal_first(j, i, i) : seal_into(j, i, i);
        if (!sealed || !store_into(j, i, i) ||
            eb_message_parse(j->fx.pair, &j->messages[i], 0, eb_job_wire(j, i), &j->fx.facts) != EB_OK)
            return false;
    }
    return true;
}

/* A session of its own in the place of the fixture's, from its first message on. */
static bool begin_anew(eb_job *j)
{
    eb_link *fresh = new_session(j, 0);
    if (fresh == NULL)
        return false;
    eb_link_end(j->fx.sender);
    j->fx.sender = fresh;
    return true;
}

/* Messages of one user and epoch. */
bool eb_ready_bulk(eb_job *j)
{
    if (eb_job_receives(j) && !begin_anew(j))
        return false;
    if (!eb_job_stateful(j))
        eb_link_set_seq(j->fx.sender, 0);
    for (unsigned i = 0; i < EB_BULK; i++)
        if (!seal_into(j, i, i) || !store_into(j, i, i))
            return false;
    return true;
}

eb_status eb_job_answer_bulk(eb_job *j)
{
    const eb_pair *p = j->fx.pair;
    const unsigned turn = j->next;
    const size_t len = eb_bulk_len(p, EB_BULK), t = eb_job_threshold(j);
    eb_status s = EB_OK;
    for (size_t a = 0; a < t && s == EB_OK; a++) {
        j->partial_ranges[a] = eb_range(j->partials + a * len, len);
        s = eb_bulk_partial(p, eb_job_answering(j, turn, a), eb_authority_case(j->fx.authority), j->messages, EB_BULK,
                            j->partials + a * len, eb_job_coins_at(j, 0));
    }
    j->next = (turn + 1) % EB_RING; /* other agents the next time */
    return s;
}

/* A reader who has opened the first message; the next ones are made before each slice, or stand alone. */
bool eb_ready_tap(eb_job *j)
{
    const eb_fixture *f = &j->fx;
    const eb_pair *p = f->pair;
    const size_t len = eb_bulk_len(p, 1), t = eb_job_threshold(j);
    /* So is one whose first message alone has a capsule; of others it is a settled session's next messages. */
    const bool from_the_first = eb_job_receives(j) || (eb_job_stateful(j) && !p->spec.transport->every);
    if (!eb_job_stateful(j))
        eb_link_set_seq(j->fx.sender, 0);
    if ((from_the_first && !begin_anew(j)) || !seal_into(j, 0, 0) ||
        eb_message_parse(p, &j->messages[0], 0, eb_job_wire(j, 0), &f->facts) != EB_OK)
        return false;
    for (size_t a = 0; a < t; a++) {
        j->partial_ranges[a] = eb_range(j->partials + a * len, len);
        if (eb_bulk_partial(p, eb_job_answering(j, 0, a), eb_authority_case(f->authority), j->messages, 1,
                            j->partials + a * len, eb_job_coins_at(j, 0)) != EB_OK)
            return false;
    }
    if (eb_reader_start(p, &j->reader, f->authority, j->messages, 1, j->partial_ranges, t, NULL) != EB_OK ||
        eb_read(j->reader, 0, &j->messages[0], (eb_bytes){0}, &j->out) != EB_OK)
        return false;
    for (unsigned i = 0; i < EB_RING && !eb_job_stateful(j); i++)
        if (!seal_into(j, i, i))
            return false;
    return true;
}

/* Whose answer is the a-th for a ring's i-th message. Never agents 1 to t in order: their Lagrange coefficients are small
   binomials, one of them 1, which some libraries multiply by for nothing. */
const eb_agent *eb_job_answering(const eb_job *j, unsigned i, size_t a)
{
    const size_t n = j->fx.pair->spec.agents, start = n > 1 ? 1 + i % (n - 1) : 0;
    return j->fx.agents[(start + a) % n];
}

static bool ready_partials(eb_job *j)
{
    const size_t len = eb_partial_len(j->fx.pair), t = eb_job_threshold(j);
    if (!eb_ready_evidence(j))
        return false;
    for (unsigned i = 0; i < ring_of(j); i++)
        for (size_t a = 0; a < t; a++) {
            uint8_t *p = j->partials + (i * t + a) * len;
            j->partial_ranges[i * t + a] = eb_range(p, len);
            if (eb_partial(j->fx.pair, eb_job_answering(j, i, a), eb_authority_case(j->fx.authority), &j->messages[i],
                           p, eb_job_coins_at(j, i)) != EB_OK)
                return false;
        }
    return true;
}

/* How long a search takes depends on the message, and the message on the run's seed. So it is one whose search has the average
   length. */
bool eb_ready_partials(eb_job *j)
{
    const eb_fixture *f = &j->fx;
    if (!eb_job_searches(j))
        return ready_partials(j);
    for (unsigned tried = 0; tried < MOST_TRIED; tried++) {
        eb_bench_coins(j->coins, j->coin_len, j->seed, EB_COINS_SEARCHED + tried);
        if (!ready_partials(j))
            return false;
        const eb_status s = eb_search_is_average(f->pair, f->authority, &j->messages[0], j->partial_ranges);
        if (s != EB_ERR_AUTH)
            return s == EB_OK;
    }
    return false;
}

/* One stored capsule of a backlog: opened by the old authority's agents, made again for the new one. The new authority
   is the old one of another epoch: what it costs does not depend on which key it is. */
bool eb_ready_rewrap(eb_job *j)
{
    const eb_fixture *f = &j->fx;
    const eb_pair *p = f->pair;
    if (!eb_ready_partials(j))
        return false;
    memcpy(j->out.ptr, f->pub, p->es.pub);
    return eb_publish(p, j->out.ptr, f->agent_secrets, EB_FIXTURE_USER, EB_FIXTURE_EPOCH + 1) == EB_OK &&
           eb_authority_load_to_seal(p, &j->next_authority, eb_range(j->out.ptr, p->es.pub), EB_FIXTURE_USER,
                                     EB_FIXTURE_EPOCH + 1) == EB_OK;
}

/* ---- forgeries ---- */

bool eb_ready_forged_messages(eb_job *j)
{
    if (!eb_ready_next_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++)
        j->wires[i * j->wire_cap + j->wire_lens[i] - 1] ^= 1; /* the last byte of the tag */
    return true;
}

bool eb_ready_forged_capsules(eb_job *j)
{
    if (!eb_ready_next_messages(j))
        return false;
    for (unsigned i = 0; i < EB_RING; i++) {
        j->wires[i * j->wire_cap + (j->sample.header + j->sample.capsule) / j->fx.pair->copies - 1] ^= 1;
    }
    return true;
}

bool eb_ready_forged_partials(eb_job *j)
{
    if (!eb_ready_partials(j))
        return false;
    for (size_t i = 0; i < ring_of(j) * eb_job_threshold(j); i++)
        j->partials[(i + 1) * eb_partial_len(j->fx.pair) - 1] ^= 1;
    return true;
}

/* Messages that the recipient has not seen, for n operations, from where the session stands. */
int eb_job_prepare_open(void *ctx, uint64_t n)
{
    eb_job *j = ctx;
    j->first_seq = eb_link_seq(j->fx.sender);
    if (j->reader == NULL)
        eb_link_set_seq(j->fx.recipient, j->first_seq);
    for (uint64_t i = 0; i < n * j->op->takes; i++) /* who listens gets the whole bundle */
        if (!seal_into(j, (size_t)i, (unsigned)(i % EB_RING)) || (j->reader == NULL && !deliver(j, (size_t)i)))
            return EB_ERR_BACKEND;
    j->next = 0;
    return 0;
}

bool eb_job_prepares(const eb_job *j)
{
    return eb_job_stateful(j) && j->op->takes > 0;
}
