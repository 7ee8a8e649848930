/* SPDX-License-Identifier: Apache-2.0 */
/* The operations themselves: what is timed, one function for each. */
#include <string.h>

#include "bench/job_state.h"

int eb_run_setup(void *ctx)
{
    eb_job *j = ctx;
    return eb_setup(j->fx.pair, j->out.ptr, j->out2, eb_job_coins_at(j, eb_job_turn(j)));
}

int eb_run_keygen(void *ctx)
{
    eb_job *j = ctx;
    return eb_keygen(j->fx.pair, j->out.ptr, j->out2, eb_job_coins_at(j, eb_job_turn(j)));
}

int eb_run_seal(void *ctx)
{
    eb_job *j = ctx;
    return eb_seal(j->fx.sender, &j->out, eb_job_coins_at(j, eb_job_turn(j)), (eb_bytes){0},
                   eb_range(j->plaintext, j->size));
}

int eb_run_open(void *ctx)
{
    eb_job *j = ctx;
    const size_t i = j->next;
    j->next = (unsigned)((i + 1) % j->wire_count);
    return eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, eb_job_wire(j, i));
}

/* The last of a few comes first, then the others in their order: the session derives the keys of those that were
   overtaken, keeps them, and uses them up. */
int eb_run_open_late(void *ctx)
{
    eb_job *j = ctx;
    const size_t first = j->next;
    eb_status s = EB_OK;
    for (size_t i = 0; i < EB_LATE && s == EB_OK; i++)
        s = eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, eb_job_wire(j, first + (i + EB_LATE - 1) % EB_LATE));
    j->next = (unsigned)(first + EB_LATE);
    return s;
}

/* Who was last to receive sends, so that both take a step of the ratchet. Whose turn it is goes with the coins, none
   of which are those of the same side's last message. */
int eb_run_turn(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    eb_link *from = i % 2 == 0 ? j->fx.recipient : j->fx.sender, *to = i % 2 == 0 ? j->fx.sender : j->fx.recipient;
    eb_buf w = eb_job_slot(j, 0);
    eb_status s =
        eb_seal(from, &w, eb_job_coins_at(j, (i + 2) % EB_RING), (eb_bytes){0}, eb_range(j->plaintext, j->size));
    return s == EB_OK ? eb_open(to, &j->out, (eb_bytes){0}, eb_view(&w)) : s;
}

int eb_run_check(void *ctx)
{
    eb_job *j = ctx;
    return eb_check(j->fx.recipient, eb_job_wire(j, eb_job_turn(j)));
}

uint64_t eb_job_trials(const eb_job *j)
{
    const eb_escrow *e = j->fx.pair->spec.escrow;
    return j->op->run == eb_run_forge   ? e->forge_tries
           : j->op->run == eb_run_sweep ? UINT64_C(1) << j->op->bits
           : eb_job_searches(j)         ? UINT64_C(1) << (e->missing_bits - 1)
                                        : 0;
}

/* As many tries as one success takes on average, whatever the coins: a search that is over early begins the next. Else the
   time of a few searches, each a geometric draw, would be that of the run's seed. */
int eb_run_forge(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    eb_status s = EB_OK;
    uint64_t tries = 0;
    for (uint64_t left = eb_job_trials(j), k = i; left > 0 && s == EB_OK; left -= tries, k++) {
        s = eb_forge(j->fx.recipient, j->out.ptr, eb_job_coins_at(j, (unsigned)(k % EB_RING)), eb_job_wire(j, i), left,
                     &tries);
        if (s == EB_ERR_INVALID && tries == left)
            s = EB_OK; /* none yet */
    }
    return s;
}

uint64_t eb_job_tries(eb_job *j)
{
    enum { SEARCHES = 16 };
    uint8_t coins[EB_DIGEST];
    uint64_t sum = 0;
    for (unsigned k = 0; k < SEARCHES && j->op->run == eb_run_forge; k++) {
        uint64_t tries = 0;
        memcpy(coins, eb_job_coins_at(j, k % EB_RING), sizeof coins);
        for (size_t i = 0; i < sizeof coins; i++)
            coins[i] ^= (uint8_t)(0x35 * (k / EB_RING)); /* other coins, which differ in every part */
        if (eb_forge(j->fx.recipient, j->out.ptr, coins, eb_job_wire(j, k % EB_RING), EB_FORGE_LIMIT, &tries) != EB_OK)
            return 0;
        sum += tries;
    }
    return (sum + SEARCHES / 2) / SEARCHES;
}

int eb_run_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    return eb_partial(j->fx.pair, j->fx.agents[0], eb_authority_case(j->fx.authority), &j->messages[i], j->out.ptr,
                      eb_job_coins_at(j, i));
}

int eb_run_verify(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    return eb_verify(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges[i * eb_job_threshold(j)]);
}

int eb_run_combine(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    const size_t t = eb_job_threshold(j);
    return eb_combine(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges + i * t, t, NULL, j->out2);
}

int eb_run_sweep(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    return eb_sweep(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges + i * eb_job_threshold(j),
                    j->op->bits);
}

/* The answers of t agents about the ring's i-th message, one after the other, and what they combine to, in out2. */
static eb_status find_secret(eb_job *j, unsigned i, const eb_message *m)
{
    const eb_pair *p = j->fx.pair;
    const size_t t = eb_job_threshold(j), len = eb_partial_len(p);
    eb_status s = EB_OK;
    for (size_t a = 0; a < t && s == EB_OK; a++)
        s = eb_partial(p, eb_job_answering(j, i, a), eb_authority_case(j->fx.authority), m,
                       j->partials + (i * t + a) * len, eb_job_coins_at(j, i));
    return s == EB_OK ? eb_combine(p, j->fx.authority, m, j->partial_ranges + i * t, t, NULL, j->out2) : s;
}

/* One message from the order to the plaintext, all on one CPU. */
int eb_run_access(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    eb_message *m = &j->messages[i];
    eb_status s = eb_message_parse(j->fx.pair, m, 0, eb_job_wire(j, i), &j->fx.facts);
    if (s == EB_OK)
        s = find_secret(j, i, m);
    return s == EB_OK ? eb_recover(j->fx.pair, j->out2, m, (eb_bytes){0}, &j->out) : s;
}

/* Many messages under one order, from it to all plaintexts. */
int eb_run_access_bulk(void *ctx)
{
    eb_job *j = ctx;
    const eb_pair *p = j->fx.pair;
    const size_t t = eb_job_threshold(j);
    eb_reader *reader = NULL;
    eb_status s = EB_OK;
    for (unsigned i = 0; i < EB_BULK && s == EB_OK; i++)
        s = eb_message_parse(p, &j->messages[i], eb_job_receives(j) ? i : 0, eb_job_wire(j, i), &j->fx.facts);
    if (s == EB_OK)
        s = eb_job_answer_bulk(j);
    if (s == EB_OK)
        s = eb_reader_start(p, &reader, j->fx.authority, j->messages, EB_BULK, j->partial_ranges, t, NULL);
    for (unsigned i = 0; i < EB_BULK && s == EB_OK; i++)
        s = eb_read(reader, i, &j->messages[i], (eb_bytes){0}, &j->out);
    eb_reader_end(reader);
    return s;
}

/* The next message of a session that is listened to. */
int eb_run_tap(void *ctx)
{
    eb_job *j = ctx;
    const size_t i = j->next;
    eb_message *m = &j->messages[0];
    j->next = (unsigned)((i + 1) % j->wire_count);
    eb_status s =
        eb_message_parse(j->fx.pair, m, eb_job_stateful(j) ? j->first_seq + i : 0, eb_job_wire(j, i), &j->fx.facts);
    return s == EB_OK ? eb_read(j->reader, 0, m, (eb_bytes){0}, &j->out) : s;
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

int eb_run_deposit(void *ctx)
{
    eb_job *j = ctx;
    return eb_deposit(j->fx.pair, j->fx.authority, j->out.ptr, eb_job_coins_at(j, eb_job_turn(j)), recipient_sk(j),
                      recipient_pk(j));
}

int eb_run_accept(void *ctx)
{
    eb_job *j = ctx;
    return eb_deposit_accept(j->fx.pair, j->fx.authority, j->fx.agents[0], j->fx.facts.deposit, recipient_pk(j));
}

/* What key generation of a transport whose key pairs are fixtures leaves out. Drawn anew each time: times vary with the luck of
   the search for primes. */
int eb_run_keygen_rsa(void *ctx)
{
    eb_job *j = ctx;
    const eb_binding *b = &j->fx.pair->transport;
    return b->pke->generate(b->pke_ctx, j->keys, j->keys + b->pke->sk_len);
}

/* A new key pair, and what enrolling it takes. */
int eb_run_rotate_user(void *ctx)
{
    eb_job *j = ctx;
    const eb_pair *p = j->fx.pair;
    const uint8_t *coins = eb_job_coins_at(j, eb_job_turn(j));
    eb_status s = eb_keygen(p, j->keys, j->keys + p->ts.sk, coins);
    if (s == EB_OK && eb_job_is(j, EB_KIND_DEPOSIT))
        s = eb_deposit(p, j->fx.authority, j->out.ptr, coins + p->ts.keygen_coins, eb_range(j->keys, p->ts.sk),
                       eb_range(j->keys + p->ts.sk, p->ts.pk));
    return s;
}

int eb_run_store(void *ctx)
{
    eb_job *j = ctx;
    return eb_store(j->fx.pair, j->fx.authority, &j->out, eb_job_coins_at(j, eb_job_turn(j)), (eb_bytes){0},
                    eb_range(j->plaintext, j->size));
}

int eb_run_inspect(void *ctx)
{
    eb_job *j = ctx;
    return eb_inspect(j->fx.pair, j->fx.authority, &j->messages[eb_job_turn(j)]);
}

int eb_run_publish(void *ctx)
{
    eb_job *j = ctx;
    return eb_publish(j->fx.pair, j->out.ptr, j->fx.agent_secrets, EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
}

int eb_run_rewrap(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    eb_message m = j->messages[i];
    const uint8_t *coins = eb_job_coins_at(j, i) + eb_job_threshold(j) * j->fx.pair->es.partial_coins;
    eb_status s = find_secret(j, i, &m);
    return s == EB_OK ? eb_rewrap(j->fx.pair, j->next_authority, &m, j->out.ptr, coins, j->out2) : s;
}

int eb_run_refresh(void *ctx)
{
    eb_job *j = ctx;
    return eb_refresh(j->fx.pair, j->out.ptr, j->out2, j->fx.pub, j->fx.agent_secrets,
                      eb_job_coins_at(j, eb_job_turn(j)));
}

/* From t agents to n of the same shape: what replacing an agent takes too. */
int eb_run_reshare(void *ctx)
{
    eb_job *j = ctx;
    const eb_pair *p = j->fx.pair;
    eb_bytes old[EB_MAX_AGENTS];
    const size_t len = eb_agent_len(p), n = p->spec.agents;
    for (size_t i = 0; i < eb_job_threshold(j); i++)
        old[i] = eb_range(j->fx.agent_secrets + ((i + 1) % n) * len, len);
    return eb_reshare(p, j->out.ptr, j->out2, p, j->fx.pub, old, eb_job_coins_at(j, eb_job_turn(j)));
}

/* A copy of the secret loses an epoch. */
int eb_run_puncture(void *ctx)
{
    eb_job *j = ctx;
    memcpy(j->out2, j->fx.agent_secrets, eb_agent_len(j->fx.pair));
    return eb_puncture(j->fx.pair, j->out2, EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
}

/* ---- from bytes ---- */

/* Every device's bundle costs the same, so the first one's stands for all; the ghost's is parsed with the authority. */
int eb_run_start(void *ctx)
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
                              eb_job_coins_at(j, eb_job_turn(j)), EB_FIXTURE_INFO);
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
    const uint8_t *coins = eb_job_coins_at(j, eb_job_turn(j));
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
    const unsigned i = eb_job_turn(j);
    eb_status s = eb_own_load(p, &own, eb_range(f->recipient_keys, p->ts.sk));
    if (s == EB_OK && p->ts.sender_key)
        s = eb_peer_load(p, &peer, eb_range(f->sender_keys + p->ts.sk, p->ts.pk));
    if (s == EB_OK && p->spec.escrow->enforced)
        s = eb_authority_load_to_seal(p, &authority, eb_range(f->pub, p->es.pub), EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
    if (s == EB_OK)
        s = eb_link_start(p, &link, EB_RECIPIENT, own, peer, authority, eb_job_coins_at(j, i), EB_FIXTURE_INFO);
    if (s == EB_OK)
        s = eb_open(link, &j->out, (eb_bytes){0}, eb_job_wire(j, i));
    eb_link_end(link);
    eb_authority_drop(authority);
    eb_own_drop(own);
    eb_peer_drop(peer);
    return s;
}

int eb_run_seal_parse(void *ctx)
{
    eb_job *j = ctx;
    return seal_from_bytes(j, j->fx.pair);
}

int eb_run_open_parse(void *ctx)
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

int eb_run_seal_first(void *ctx)
{
    return on_new_pair(ctx, seal_from_bytes);
}

int eb_run_open_first(void *ctx)
{
    return on_new_pair(ctx, open_from_bytes);
}

/* What is timed is the refusal: anything else is an error of the cell. */
static int refused(eb_status s)
{
    return s == EB_ERR_AUTH ? 0 : s == EB_OK ? EB_ERR_AUTH : s;
}

int eb_run_reject_message(void *ctx)
{
    eb_job *j = ctx;
    return refused(eb_open(j->fx.recipient, &j->out, (eb_bytes){0}, eb_job_wire(j, eb_job_turn(j))));
}

int eb_run_reject_capsule(void *ctx)
{
    eb_job *j = ctx;
    return refused(eb_check(j->fx.recipient, eb_job_wire(j, eb_job_turn(j))));
}

int eb_run_reject_partial(void *ctx)
{
    eb_job *j = ctx;
    const unsigned i = eb_job_turn(j);
    return refused(eb_verify(j->fx.pair, j->fx.authority, &j->messages[i], j->partial_ranges[i * eb_job_threshold(j)]));
}
