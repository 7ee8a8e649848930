/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/world.h"

#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"

/* ---- bytes ---- */

/* splitmix64 (Steele, Lea, Flood 2014): all that is asked of it is to look arbitrary. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void gt_bytes(uint8_t *out, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(mix(mix(seed) + i / 8) >> (8 * (i % 8)));
}

void gt_plaintext(uint8_t *out, size_t len, uint64_t seed)
{
    gt_bytes(out, len, seed);
    for (size_t i = 0; i < len; i++)
        if (out[i] == 0 || out[i] == GT_PATTERN)
            out[i] = 0x3C;
}

size_t gt_choice(uint64_t seed, uint64_t index, size_t bound)
{
    return (size_t)(mix(mix(seed) + index) % bound);
}

/* Room for `len` random bytes, at least one. */
static uint8_t *coins_of(size_t len, uint64_t seed)
{
    uint8_t *coins = malloc(len + 1);
    if (coins != NULL)
        gt_bytes(coins, len, seed);
    return coins;
}

/* ---- the world ---- */

static bool make_person(gt_world *w, int i, gt_log *log)
{
    const eb_pair *p = w->pair;
    uint8_t *coins = coins_of(p->ts.keygen_coins, 100 + (uint64_t)i);
    w->sk[i] = malloc(p->ts.sk + 1);
    w->pk[i] = malloc(p->ts.pk + 1);
    bool ok = gt_check(log, coins != NULL && w->sk[i] != NULL && w->pk[i] != NULL, "out of memory") &&
              gt_succeeds(log, eb_keygen(p, w->sk[i], w->pk[i], coins), "key generation") &&
              gt_succeeds(log, eb_own_load(p, &w->own[i], eb_range(w->sk[i], p->ts.sk)), "loading a private key") &&
              gt_succeeds(log, eb_peer_load(p, &w->peer[i], eb_range(w->pk[i], p->ts.pk)), "loading a public key");
    free(coins);
    return ok;
}

static bool make_authority(gt_world *w, gt_log *log)
{
    const eb_pair *p = w->pair;
    const eb_bytes user = EB_LITERAL("alice");
    uint8_t *coins = coins_of(p->es.setup_coins, 200);
    w->pub = malloc(p->es.pub + 1);
    w->agents = malloc(w->n * eb_agent_len(p) + 1);
    bool ok = gt_check(log, coins != NULL && w->pub != NULL && w->agents != NULL, "out of memory") &&
              gt_succeeds(log, eb_setup(p, w->pub, w->agents, coins), "authority set-up") &&
              gt_succeeds(log, eb_publish(p, w->pub, w->agents, user, 1), "publishing the authority's key") &&
              gt_succeeds(log, eb_authority_load(p, &w->authority, eb_range(w->pub, p->es.pub), user, 1),
                          "loading the authority");
    free(coins);
    return ok;
}

static bool make_deposit(gt_world *w, gt_log *log)
{
    const eb_pair *p = w->pair;
    uint8_t *coins = coins_of(p->es.capsule_coins, 210);
    w->deposit = malloc(p->es.capsule + 1);
    bool ok = gt_check(log, coins != NULL && w->deposit != NULL, "out of memory") &&
              gt_succeeds(log,
                          eb_deposit(p, w->authority, w->deposit, coins, eb_range(w->sk[GT_RECIPIENT], p->ts.sk),
                                     eb_range(w->pk[GT_RECIPIENT], p->ts.pk)),
                          "depositing the recipient's key");
    free(coins);
    return ok;
}

bool gt_world_open(gt_world *w, const eb_pair_spec *spec, gt_log *log)
{
    char why[GT_DETAIL] = "";
    *w = (gt_world){0};
    eb_status s = eb_pair_open(&w->pair, spec, why, sizeof why);
    if (!gt_check(log, s == EB_OK, "the pair does not open: %s", why))
        return false;
    w->escrowed = spec->escrow->kind != EB_KIND_NONE;
    w->n = w->escrowed ? spec->agents : 0;
    w->t = w->escrowed ? spec->threshold : 0;
    bool ok = true;
    for (int i = 0; i < GT_PEOPLE && ok; i++)
        ok = make_person(w, i, log);
    ok = ok && (!w->escrowed || make_authority(w, log));
    ok = ok && (spec->escrow->kind != EB_KIND_DEPOSIT || make_deposit(w, log));
    if (!ok)
        gt_world_close(w);
    return ok;
}

void gt_world_close(gt_world *w)
{
    eb_authority_drop(w->authority);
    free(w->agents);
    free(w->pub);
    free(w->deposit);
    for (int i = 0; i < GT_PEOPLE; i++) {
        eb_peer_drop(w->peer[i]);
        eb_own_drop(w->own[i]);
        free(w->pk[i]);
        free(w->sk[i]);
    }
    eb_pair_close(w->pair);
    *w = (gt_world){0};
}

/* ---- sessions and messages ---- */

eb_link *gt_link_between(const gt_world *w, eb_role role, int own, int peer, eb_bytes info, gt_log *log)
{
    eb_link *link = NULL;
    uint8_t *coins = coins_of(eb_start_coins(w->pair), 300);
    if (gt_check(log, coins != NULL, "out of memory"))
        (void)gt_succeeds(log,
                          eb_link_start(w->pair, &link, role, w->own[own], w->peer[peer], w->authority, coins, info),
                          "starting a session");
    free(coins);
    return link;
}

eb_link *gt_link(const gt_world *w, eb_role role, gt_log *log)
{
    const int me = role == EB_SENDER ? GT_SENDER : GT_RECIPIENT;
    return gt_link_between(w, role, me, me == GT_SENDER ? GT_RECIPIENT : GT_SENDER, GT_INFO, log);
}

bool gt_seal(gt_sealed *m, const gt_world *w, eb_link *link, size_t len, uint64_t seed, gt_log *log)
{
    const eb_pair *p = w->pair;
    const size_t max = eb_wire_max(p, len);
    const size_t room = max > eb_stored_len(p, len) ? max : eb_stored_len(p, len);
    uint8_t *coins = coins_of(eb_seal_coins(p) + eb_store_coins(p), seed);
    *m = (gt_sealed){.wire = malloc(max + 1), .evidence = malloc(room + 1), .plaintext = malloc(len + 1), .len = len};
    bool ok =
        gt_check(log, coins != NULL && m->wire != NULL && m->evidence != NULL && m->plaintext != NULL, "out of memory");
    if (ok) {
        eb_buf wire = {.ptr = m->evidence, .cap = max};
        eb_bytes copy;
        gt_plaintext(m->plaintext, len, seed + 1);
        ok = gt_succeeds(log, eb_seal(link, &wire, coins, GT_AAD, eb_range(m->plaintext, len)), "seal") &&
             gt_check(log, wire.len <= max, "seal says %zu bytes of %zu at most", wire.len, max) &&
             gt_succeeds(log, eb_delivered(p, &copy, 0, eb_view(&wire)), "delivery");
        if (ok) {
            memcpy(m->wire, copy.ptr, copy.len);
            m->wire_len = copy.len;
            m->evidence_len = wire.len;
        }
    }
    if (ok && p->spec.escrow->kind == EB_KIND_STORAGE) {
        eb_buf stored = {.ptr = m->evidence, .cap = room};
        ok = gt_succeeds(
                 log, eb_store(p, w->authority, &stored, coins + eb_seal_coins(p), GT_AAD, eb_range(m->plaintext, len)),
                 "storing") &&
             gt_check(log, stored.len == eb_stored_len(p, len), "%zu bytes are stored", stored.len);
        m->evidence_len = stored.len;
    }
    free(coins);
    if (!ok)
        gt_sealed_free(m);
    return ok;
}

bool gt_seal_first(gt_sealed *m, const gt_world *w, size_t len, uint64_t seed, gt_log *log)
{
    *m = (gt_sealed){0};
    eb_link *link = gt_link(w, EB_SENDER, log);
    if (link == NULL)
        return false;
    bool ok = gt_seal(m, w, link, len, seed, log);
    eb_link_end(link);
    return ok;
}

void gt_sealed_free(gt_sealed *m)
{
    free(m->wire);
    free(m->evidence);
    free(m->plaintext);
    *m = (gt_sealed){0};
}

eb_facts gt_facts(const gt_world *w)
{
    const eb_pair *p = w->pair;
    eb_facts f = {.subject = eb_range(w->pk[GT_RECIPIENT], p->ts.pk), .info = GT_INFO, .sender = w->peer[GT_SENDER]};
    if (w->deposit != NULL)
        f.deposit = eb_range(w->deposit, p->es.capsule);
    return f;
}

eb_status gt_parse(const gt_world *w, eb_message *parts, uint64_t seq, const gt_sealed *m)
{
    const eb_facts facts = gt_facts(w);
    return eb_message_parse(w->pair, parts, seq, eb_range(m->evidence, m->evidence_len), &facts);
}

eb_status gt_fields(const gt_world *w, uint64_t seq, eb_bytes wire, size_t *header, size_t *capsule)
{
    const eb_pair *p = w->pair;
    bool fresh = false;
    const eb_status s = p->spec.transport->split(&p->transport, seq, wire, header, &fresh);
    *capsule = s == EB_OK && fresh && p->spec.escrow->kind == EB_KIND_WRAP ? p->es.capsule : 0;
    return s;
}

bool gt_is_plaintext(const gt_sealed *m, const eb_buf *b)
{
    return b->len == m->len && (m->len == 0 || memcmp(b->ptr, m->plaintext, m->len) == 0);
}

/* ---- agents ---- */

eb_bytes gt_agent_secret(const gt_world *w, unsigned i)
{
    return eb_range(w->agents + i * eb_agent_len(w->pair), eb_agent_len(w->pair));
}

uint8_t *gt_answers(const gt_world *w, const eb_message *m, gt_log *log)
{
    const eb_pair *p = w->pair;
    uint8_t *answers = malloc(w->n * eb_partial_len(p) + 1), *coins = coins_of(p->es.partial_coins, 400);
    bool ok = gt_check(log, answers != NULL && coins != NULL, "out of memory");
    for (unsigned i = 0; i < w->n && ok; i++) {
        eb_agent *a = NULL;
        ok = gt_succeeds(log, eb_agent_load(p, &a, gt_agent_secret(w, i)), "loading an agent") &&
             gt_succeeds(log,
                         eb_partial(p, a, eb_authority_case(w->authority), m, answers + i * eb_partial_len(p), coins),
                         "an agent's answer");
        eb_agent_drop(a);
    }
    free(coins);
    if (ok)
        return answers;
    free(answers);
    return NULL;
}

eb_bytes gt_answer(const gt_world *w, const uint8_t *answers, unsigned i)
{
    return eb_range(answers + i * eb_partial_len(w->pair), eb_partial_len(w->pair));
}
