/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authority's public data with one bit changed: refused when it is loaded, or a finding, for a key that was changed to
 * another valid key looks like any other. Whatever is accepted never opens a message to something else. Independent of the
 * transport.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { CONSEQUENCES = 8, OTHERS = 4, SAMPLES = 32 };

typedef struct region {
    gt_tally tally;
    uint64_t innocent; /* of the changes tried out: an honest agent would be named a liar */
    uint64_t tried_out;
} region;

/* Public data that was changed and loads: an investigator who has it, and a message sealed to the true authority. */
static void consequences(const gt_order *o, const eb_authority *changed, region *r)
{
    bool accused = false;
    for (unsigned i = 0; i < o->w->n; i++) {
        const eb_status s = eb_verify(o->w->pair, changed, &o->parts, o->list[i]);
        accused = accused || s == EB_ERR_AUTH;
    }
    const gt_access a = gt_try(o, o->w->pair, changed, &o->parts, o->list, o->w->n, NULL);
    gt_check(o->log, a == GT_OPENED || a == GT_REFUSED || a == GT_UNOPENED,
             "changed public data that loads: access is %s", gt_access_name(a));
    r->tried_out++;
    r->innocent += accused;
}

static void change(const gt_order *o, uint8_t *pub, size_t bit, region *r)
{
    const eb_pair *p = o->w->pair;
    eb_authority *a = NULL;
    pub[bit / 8] ^= (uint8_t)(1u << bit % 8);
    const eb_status s = eb_authority_load(p, &a, eb_range(pub, p->es.pub), EB_LITERAL("alice"), 1);
    r->tally.tried++;
    gt_check(o->log, s == EB_OK || gt_refusal(s), "public data, bit %zu: %s", bit, eb_status_name(s));
    gt_check(o->log, (s == EB_OK) == (a != NULL), "public data, bit %zu: loaded and refused", bit);
    if (s == EB_OK && r->tally.accepted++ % 32 < 1 && r->tried_out < CONSEQUENCES)
        consequences(o, a, r);
    eb_authority_drop(a);
    pub[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void report(const gt_order *o, const region *r, const char *nature)
{
    char detail[GT_DETAIL];
    snprintf(detail, sizeof detail, "%s%s", nature, r->innocent > 0 ? "; an honest agent is then named a liar" : "");
    gt_tally_report(o->log, &r->tally, detail);
}

/* Every bit of the key and of what is said about the first agent, one of each byte for a few others; samples where there
   are so many agents that loading takes long. Escrows put the key that capsules are made for first; the rest speaks about
   one agent after the other. */
static void change_all(const gt_order *o, uint8_t *pub, region *key, region *agents)
{
    const eb_pair *p = o->w->pair;
    const size_t key_len = p->escrow.dh != NULL && p->escrow.dh->pk_len < p->es.pub ? p->escrow.dh->pk_len : p->es.pub;
    const size_t each = (p->es.pub - key_len) / o->w->n;
    if (o->w->n > GT_MANY_AGENTS) {
        for (size_t i = 0; i < SAMPLES; i++)
            change(o, pub, gt_choice(9, i, 8 * key_len), key);
        for (size_t i = 0; i < SAMPLES && key_len < p->es.pub; i++)
            change(o, pub, 8 * key_len + gt_choice(10, i, 8 * (p->es.pub - key_len)), agents);
        return;
    }
    for (size_t bit = 0; bit < 8 * key_len; bit = gt_next_bit(o->log, bit, key_len))
        change(o, pub, bit, key);
    for (size_t bit = 8 * key_len; bit < 8 * (key_len + each); bit = gt_next_bit(o->log, bit, each))
        change(o, pub, bit, agents);
    for (size_t i = 1; i <= OTHERS && i < o->w->n; i++) {
        const size_t other = o->w->n <= OTHERS + 1 ? i : 1 + gt_choice(8, i, o->w->n - 1);
        for (size_t k = 0; k < each; k += gt_stride(o->log, each))
            change(o, pub, 8 * (key_len + other * each + k) + (k + i) % 8, agents);
    }
}

static void lengths(const gt_order *o, const uint8_t *pub)
{
    const eb_pair *p = o->w->pair;
    for (size_t len = 0; len <= p->es.pub + 1; len++) {
        eb_authority *a = NULL;
        const eb_status s =
            len == p->es.pub ? EB_ERR_INVALID : eb_authority_load(p, &a, eb_range(pub, len), EB_LITERAL("alice"), 1);
        gt_check(o->log, gt_refusal(s) && a == NULL, "public data of %zu bytes: %s", len,
                 s == EB_OK ? "accepted" : eb_status_name(s));
        eb_authority_drop(a);
    }
}

static void falsify(const gt_order *o)
{
    const size_t len = o->w->pair->es.pub;
    region key = {.tally = {.field = "authority's public key"}}, agents = {.tally = {.field = "agents' public data"}};
    uint8_t *pub = gt_memory(o->log, len);
    if (pub == NULL)
        return;
    memcpy(pub, o->w->pub, len);
    pub[len] = 0;
    change_all(o, pub, &key, &agents);
    lengths(o, pub);
    free(pub);
    report(o, &key, "a valid key that is not the authority's: capsules to it open for nobody");
    report(o, &agents, "not bound to the key");
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    gt_order o;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_order_open(&o, &w, 16, 70, log)) {
        falsify(&o);
        gt_order_close(&o);
    }
    gt_world_close(&w);
}

const gt_gate gt_authority = {
    .id = "authority",
    .about = "the authority's public data with any bit changed or any part missing is refused, or listed as accepted",
    .scope = GT_ESCROW,
    .concerns = gt_has_escrow,
    .run = run,
};
