/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/rng.h"

void eb_bench_coins(uint8_t *out, size_t len, uint64_t seed, uint64_t stream)
{
    hn_rng rng;
    hn_rng_seed(&rng, seed ^ (stream * UINT64_C(0x9e3779b97f4a7c15)));
    for (size_t i = 0; i < len;) {
        const uint64_t word = hn_rng_next(&rng);
        for (int k = 0; k < 8 && i < len; k++)
            out[i++] = (uint8_t)(word >> (8 * k));
    }
    eb_secret(out, len);
}

/* What the coins of a fixture are for; jobs number theirs from EB_COINS_JOB on. */
enum { COINS_RECIPIENT = 1, COINS_SENDER, COINS_SETUP, COINS_START, COINS_DEPOSIT, COINS_DEVICE };

static eb_status make_device(const eb_pair *p, uint64_t seed, uint64_t stream, uint8_t **keys, eb_own **own,
                             eb_peer **peer)
{
    uint8_t *coins = malloc(p->ts.keygen_coins + 1);
    *keys = calloc(1, p->ts.sk + p->ts.pk);
    eb_status s = EB_ERR_BACKEND;
    if (coins != NULL && *keys != NULL) {
        eb_bench_coins(coins, p->ts.keygen_coins, seed, stream);
        s = eb_keygen(p, *keys, *keys + p->ts.sk, coins);
    }
    free(coins);
    if (s == EB_OK)
        s = eb_own_load(p, own, eb_range(*keys, p->ts.sk));
    if (s == EB_OK)
        s = eb_peer_load(p, peer, eb_range(*keys + p->ts.sk, p->ts.pk));
    return s;
}

/* A large group's set-up takes seconds where the agents make their key themselves, and a process has a dozen fixtures with the
   same one: the last few are kept. */
enum { LARGE = 16, KEPT = 4 };

typedef struct kept {
    eb_pair_spec spec; /* of which the transport counts only by its secrets' length */
    size_t secret_len;
    uint64_t seed;
    uint8_t *pub, *agents; /* NULL: free */
} kept;

static kept groups[KEPT];

static bool is_of(const kept *k, const eb_pair *p, uint64_t seed)
{
    return k->pub != NULL && k->seed == seed && k->spec.backend == p->spec.backend &&
           k->spec.escrow == p->spec.escrow && k->spec.escrow_suite == p->spec.escrow_suite &&
           k->spec.agents == p->spec.agents && k->spec.threshold == p->spec.threshold &&
           k->secret_len == eb_secret_len(p);
}

static void keep(const eb_fixture *f, uint64_t seed)
{
    static unsigned next;
    const eb_pair *p = f->pair;
    const size_t agents = p->spec.agents * eb_agent_len(p);
    kept k = {.spec = p->spec,
              .secret_len = eb_secret_len(p),
              .seed = seed,
              .pub = malloc(p->es.pub + 1),
              .agents = malloc(agents + 1)};
    if (k.pub == NULL || k.agents == NULL) {
        free(k.pub);
        free(k.agents);
        return;
    }
    memcpy(k.pub, f->pub, p->es.pub);
    memcpy(k.agents, f->agent_secrets, agents);
    free(groups[next].pub);
    free(groups[next].agents);
    groups[next] = k;
    next = (next + 1) % KEPT;
}

static eb_status set_up(eb_fixture *f, uint64_t seed)
{
    const eb_pair *p = f->pair;
    for (size_t i = 0; i < KEPT; i++)
        if (is_of(&groups[i], p, seed)) {
            memcpy(f->pub, groups[i].pub, p->es.pub);
            memcpy(f->agent_secrets, groups[i].agents, p->spec.agents * eb_agent_len(p));
            return EB_OK;
        }
    uint8_t *coins = malloc(p->es.setup_coins + 1);
    if (coins == NULL)
        return EB_ERR_BACKEND;
    eb_bench_coins(coins, p->es.setup_coins, seed, COINS_SETUP);
    eb_status s = eb_setup(p, f->pub, f->agent_secrets, coins);
    free(coins);
    if (s == EB_OK && p->spec.agents > LARGE)
        keep(f, seed);
    return s;
}

static eb_status make_authority(eb_fixture *f, uint64_t seed)
{
    const eb_pair *p = f->pair;
    const unsigned n = p->spec.agents;
    if (p->spec.escrow->kind == EB_KIND_NONE)
        return EB_OK;
    f->pub = calloc(1, p->es.pub);
    f->agent_secrets = calloc(n, eb_agent_len(p));
    f->agents = calloc(n, sizeof *f->agents);
    eb_status s = f->pub != NULL && f->agent_secrets != NULL && f->agents != NULL ? set_up(f, seed) : EB_ERR_BACKEND;
    if (s == EB_OK)
        s = eb_publish(p, f->pub, f->agent_secrets, EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
    if (s == EB_OK)
        s = eb_authority_load(p, &f->authority, eb_range(f->pub, p->es.pub), EB_FIXTURE_USER, EB_FIXTURE_EPOCH);
    for (unsigned i = 0; i < n && s == EB_OK; i++)
        s = eb_agent_load(p, &f->agents[i], eb_range(f->agent_secrets + i * eb_agent_len(p), eb_agent_len(p)));
    return s;
}

static eb_status make_deposit(eb_fixture *f, uint64_t seed)
{
    const eb_pair *p = f->pair;
    const eb_bytes sk = eb_range(f->recipient_keys, p->ts.sk), pk = eb_range(f->recipient_keys + p->ts.sk, p->ts.pk);
    f->facts = (eb_facts){.subject = pk, .info = EB_FIXTURE_INFO, .sender = f->sender_peer};
    if (p->spec.escrow->kind != EB_KIND_DEPOSIT)
        return EB_OK;
    uint8_t *coins = malloc(p->es.capsule_coins + 1);
    f->deposit = calloc(1, p->es.capsule);
    eb_status s = EB_ERR_BACKEND;
    if (coins != NULL && f->deposit != NULL) {
        eb_bench_coins(coins, p->es.capsule_coins, seed, COINS_DEPOSIT);
        s = eb_deposit(p, f->authority, f->deposit, coins, sk, pk);
        f->facts.deposit = eb_range(f->deposit, p->es.capsule);
    }
    free(coins);
    return s;
}

/* Public keys of the recipient's other devices: nobody opens their copies. */
static eb_status make_devices(eb_fixture *f, uint64_t seed)
{
    const unsigned devices = eb_device_count(&f->pair->spec);
    eb_status s = EB_OK;
    f->peers = calloc(devices, sizeof *f->peers);
    if (f->peers == NULL)
        return EB_ERR_BACKEND;
    f->peers[0] = f->recipient_peer;
    for (unsigned i = 1; i < devices && s == EB_OK; i++) {
        uint8_t *keys = NULL;
        eb_own *own = NULL;
        s = make_device(f->pair, seed, COINS_DEVICE + i, &keys, &own, &f->peers[i]);
        eb_own_drop(own);
        free(keys);
    }
    return s;
}

static eb_status make_session(eb_fixture *f, uint64_t seed)
{
    const eb_pair *p = f->pair;
    uint8_t *coins = malloc(eb_start_coins(p) + 1);
    if (coins == NULL)
        return EB_ERR_BACKEND;
    eb_bench_coins(coins, eb_start_coins(p), seed, COINS_START);
    eb_status s = eb_link_start_all(p, &f->sender, f->sender_own, (const eb_peer *const *)f->peers, f->authority, coins,
                                    EB_FIXTURE_INFO);
    if (s == EB_OK)
        s = eb_link_start(p, &f->recipient, EB_RECIPIENT, f->recipient_own, f->sender_peer, f->authority, coins,
                          EB_FIXTURE_INFO);
    free(coins);
    return s;
}

eb_status eb_fixture_make(eb_fixture *f, const eb_pair_spec *spec, uint64_t seed, char *why, size_t why_len)
{
    *f = (eb_fixture){0};
    eb_status s = eb_pair_open(&f->pair, spec, why, why_len);
    if (s != EB_OK)
        return s;
    const char *step = "key generation";
    s = make_device(f->pair, seed, COINS_RECIPIENT, &f->recipient_keys, &f->recipient_own, &f->recipient_peer);
    if (s == EB_OK)
        s = make_device(f->pair, seed, COINS_SENDER, &f->sender_keys, &f->sender_own, &f->sender_peer);
    if (s == EB_OK) {
        step = "authority set-up";
        s = make_authority(f, seed);
    }
    if (s == EB_OK) {
        step = "enrolment";
        s = make_deposit(f, seed);
    }
    if (s == EB_OK)
        s = make_devices(f, seed);
    if (s == EB_OK) {
        step = "session start";
        s = make_session(f, seed);
    }
    if (s != EB_OK) {
        snprintf(why, why_len, "%s: %s", step, eb_status_name(s));
        eb_fixture_free(f);
    }
    return s;
}

void eb_fixture_free(eb_fixture *f)
{
    eb_link_end(f->sender);
    eb_link_end(f->recipient);
    for (unsigned i = 0; f->agents != NULL && i < f->pair->spec.agents; i++)
        eb_agent_drop(f->agents[i]);
    free(f->agents);
    eb_authority_drop(f->authority);
    free(f->agent_secrets);
    free(f->pub);
    free(f->deposit);
    free(f->recipient_keys);
    free(f->sender_keys);
    eb_own_drop(f->sender_own);
    eb_own_drop(f->recipient_own);
    eb_peer_drop(f->sender_peer);
    eb_peer_drop(f->recipient_peer);
    for (unsigned i = 1; f->peers != NULL && i < f->pair->spec.devices; i++)
        eb_peer_drop(f->peers[i]);
    free(f->peers);
    eb_pair_close(f->pair);
    *f = (eb_fixture){0};
}
