/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/renewal.h"

#include <stdlib.h>
#include <string.h>

#include "bench/gates/order.h"

bool gt_renews(const eb_pair_spec *spec)
{
    return spec->escrow->refresh != NULL && spec->threshold > 1;
}

/* Room for another day's data under `pair`, and coins for its making. */
static bool day_begin(gt_world *day, const gt_world *w, eb_pair *pair, uint8_t **coins, gt_log *log)
{
    const size_t a = w->pair->es.refresh_coins, b = pair->es.refresh_coins, len = a > b ? a : b;
    *day = *w;
    day->pair = pair;
    day->n = pair->spec.agents;
    day->t = pair->spec.threshold;
    day->authority = NULL;
    day->pub = gt_memory(log, pair->es.pub);
    day->agents = gt_memory(log, day->n * eb_agent_len(pair));
    *coins = gt_memory(log, len);
    if (day->pub == NULL || day->agents == NULL || *coins == NULL)
        return false;
    gt_bytes(*coins, len, 230);
    return true;
}

static bool day_end(gt_world *day, gt_log *log)
{
    return gt_succeeds(
        log,
        eb_authority_load(day->pair, &day->authority, eb_range(day->pub, day->pair->es.pub), EB_LITERAL("alice"), 1),
        "loading the renewed authority");
}

bool gt_refreshed(gt_world *day, const gt_world *w, gt_log *log)
{
    uint8_t *coins = NULL;
    const bool ok =
        day_begin(day, w, w->pair, &coins, log) &&
        gt_succeeds(log, eb_refresh(w->pair, day->pub, day->agents, w->pub, w->agents, coins), "a refresh") &&
        day_end(day, log);
    free(coins);
    if (!ok)
        gt_day_close(day, w);
    return ok;
}

bool gt_reshared(gt_world *day, const gt_world *w, unsigned t, unsigned n, gt_log *log)
{
    eb_pair_spec spec = w->pair->spec;
    eb_bytes old[EB_MAX_AGENTS];
    unsigned who[EB_MAX_AGENTS];
    eb_pair *pair = NULL;
    uint8_t *coins = NULL;
    char why[GT_DETAIL] = "";
    *day = (gt_world){0};
    spec.threshold = t;
    spec.agents = n;
    if (!gt_check(log, eb_pair_open(&pair, &spec, why, sizeof why) == EB_OK, "the pair for %u of %u does not open: %s",
                  t, n, why))
        return false;
    gt_pick(who, w->t, w->n, 231);
    for (unsigned i = 0; i < w->t; i++)
        old[i] = gt_agent_secret(w, who[i]);
    const bool ok =
        day_begin(day, w, pair, &coins, log) &&
        gt_succeeds(log, eb_reshare(pair, day->pub, day->agents, w->pair, w->pub, old, coins), "a reshare") &&
        day_end(day, log);
    free(coins);
    if (!ok)
        gt_day_close(day, w);
    return ok;
}

void gt_day_close(gt_world *day, const gt_world *w)
{
    eb_authority_drop(day->authority);
    free(day->agents);
    free(day->pub);
    if (day->pair != w->pair)
        eb_pair_close(day->pair);
    *day = (gt_world){0};
}

void gt_other_shape(const gt_world *w, unsigned *t, unsigned *n)
{
    const bool many = w->n > GT_MANY_AGENTS;
    *t = many ? 2 : w->t + 1;
    *n = many ? 3 : w->n + 2;
}

uint8_t *gt_punctured(const gt_world *w, eb_bytes user, uint64_t epoch, gt_log *log)
{
    const size_t len = eb_agent_len(w->pair);
    uint8_t *agents = gt_memory(log, w->n * len);
    bool ok = agents != NULL;
    if (ok)
        memcpy(agents, w->agents, w->n * len);
    for (unsigned i = 0; i < w->n && ok; i++)
        ok = gt_succeeds(log, eb_puncture(w->pair, agents + i * len, user, epoch), "puncturing");
    if (ok)
        return agents;
    free(agents);
    return NULL;
}
