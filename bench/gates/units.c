/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/units.h"

#include <stdlib.h>
#include <string.h>

#include "escrowbench/registry.h"

/* Room for one more in an array that grows by doubling. */
static void *grow(void *array, size_t count, size_t size)
{
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
        return array;
    void *more = realloc(array, (count < 16 ? 16 : 2 * count) * size);
    if (more == NULL)
        free(array);
    return more;
}

/* The pairs given, and what is known of each. */
typedef struct known {
    const eb_pair_spec *spec;
    bool possible;
    size_t capsule; /* bytes */
} known;

static bool same_shape(const eb_pair_spec *a, const eb_pair_spec *b)
{
    return a->agents == b->agents && a->threshold == b->threshold;
}

static bool same_escrow(const eb_pair_spec *a, const eb_pair_spec *b)
{
    return a->escrow == b->escrow && a->escrow_suite == b->escrow_suite;
}

static bool same_transport(const eb_pair_spec *a, const eb_pair_spec *b)
{
    return a->transport == b->transport && a->suite == b->suite;
}

static bool same_scheme(const eb_pair_spec *a, const eb_pair_spec *b)
{
    return same_transport(a, b) && same_escrow(a, b) && same_shape(a, b);
}

/* One subject for both pairs? */
static bool same_subject(gt_scope scope, const known *x, const known *y)
{
    const eb_pair_spec *a = x->spec, *b = y->spec;
    const bool same_backend = a->backend == b->backend;
    switch (scope) {
    case GT_BACKEND:
        return same_backend;
    case GT_PAIR:
        return same_backend && same_scheme(a, b);
    case GT_WIRE:
        return same_backend && same_transport(a, b) && same_escrow(a, b) && x->capsule == y->capsule;
    case GT_ESCROW:
        return same_backend && same_escrow(a, b) && same_shape(a, b);
    case GT_SCHEME:
        return same_scheme(a, b);
    }
    return false;
}

static bool possible(const eb_pair_spec *p)
{
    char why[GT_DETAIL];
    return eb_pair_possible(p, why, sizeof why);
}

/* The libraries that have a scheme: those of the pairs given, then registered ones. NULL-terminated; NULL without memory. */
static const eb_backend *const *libraries(const eb_pair_spec *scheme, const eb_pair_spec *pairs, size_t n)
{
    size_t count = 0, room = n + 1;
    while (eb_backend_at(room - n - 1) != NULL)
        room++;
    const eb_backend **list = calloc(room, sizeof(const eb_backend *));
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i + 1 < room; i++) {
        eb_pair_spec p = i < n ? pairs[i] : *scheme;
        if (i >= n)
            p.backend = eb_backend_at(i - n);
        bool listed = !same_scheme(&p, scheme) || !possible(&p);
        for (size_t k = 0; k < count; k++)
            listed = listed || list[k] == p.backend;
        if (!listed)
            list[count++] = p.backend;
    }
    return (const eb_backend *const *)list;
}

/* Of two pairs that make one subject: is `candidate` the better one to carry it? One suite for both parts is an escrow's
   natural place; for what is on the wire fewer agents prove the same. */
static bool better(gt_scope scope, const eb_pair_spec *candidate, const eb_pair_spec *now)
{
    if (scope == GT_ESCROW)
        return candidate->suite == candidate->escrow_suite && now->suite != now->escrow_suite;
    return scope == GT_WIRE && candidate->agents < now->agents;
}

typedef struct planner {
    gt_plan *plan;
    const eb_pair_spec *pairs;
    const known *known;
    size_t n;
} planner;

static gt_task *find(const planner *p, const gt_gate *gate, size_t i)
{
    for (size_t k = 0; k < p->plan->cover_count; k++) {
        gt_task *t = &p->plan->tasks[p->plan->cover[k].task];
        if (t->gate == gate && same_subject(gate->scope, &p->known[p->plan->cover[k].pair], &p->known[i]))
            return t;
    }
    return NULL;
}

static gt_task *add(const planner *p, const gt_gate *gate, size_t i)
{
    gt_plan *plan = p->plan;
    plan->tasks = grow(plan->tasks, plan->count, sizeof *plan->tasks);
    if (plan->tasks == NULL)
        return NULL;
    gt_task *t = &plan->tasks[plan->count];
    *t = (gt_task){.gate = gate, .subject = {.pair = p->pairs[i]}};
    if (gate->scope == GT_SCHEME) {
        t->subject.pair.backend = NULL;
        t->subject.backends = libraries(&p->pairs[i], p->pairs, p->n);
        if (t->subject.backends == NULL)
            return NULL;
    }
    plan->count++;
    return t;
}

static bool plan_pair(const planner *p, const gt_gate *gate, size_t i)
{
    gt_plan *plan = p->plan;
    const gt_subject subject = {.pair = p->pairs[i]};
    if (!p->known[i].possible || (gate->concerns != NULL && !gate->concerns(&subject)))
        return true;
    gt_task *t = find(p, gate, i);
    if (t == NULL)
        t = add(p, gate, i);
    else if (better(gate->scope, &p->pairs[i], &t->subject.pair))
        t->subject.pair = p->pairs[i];
    if (t == NULL)
        return false;
    plan->cover = grow(plan->cover, plan->cover_count, sizeof *plan->cover);
    if (plan->cover == NULL)
        return false;
    plan->cover[plan->cover_count++] = (struct gt_cover){.pair = i, .task = (size_t)(t - plan->tasks)};
    return true;
}

/* How long its capsules are, as the pair itself says. One that does not open says so in its gates. */
static known look_at(const eb_pair_spec *spec)
{
    char why[GT_DETAIL];
    known k = {.spec = spec, .possible = possible(spec)};
    eb_pair *pair = NULL;
    if (k.possible && eb_pair_open(&pair, spec, why, sizeof why) == EB_OK)
        k.capsule = pair->es.capsule;
    eb_pair_close(pair);
    return k;
}

bool gt_plan_make(gt_plan *plan, const eb_pair_spec *pairs, size_t n, const char *only)
{
    *plan = (gt_plan){0};
    known *all = calloc(n + 1, sizeof *all);
    bool ok = all != NULL;
    for (size_t i = 0; i < n && ok; i++)
        all[i] = look_at(&pairs[i]);
    const planner p = {.plan = plan, .pairs = pairs, .known = all, .n = n};
    for (size_t g = 0; gt_gates[g] != NULL && ok; g++) {
        if (only != NULL && strcmp(only, gt_gates[g]->id) != 0)
            continue;
        for (size_t i = 0; i < n && ok; i++)
            ok = plan_pair(&p, gt_gates[g], i);
    }
    free(all);
    if (!ok)
        gt_plan_free(plan);
    return ok;
}

void gt_plan_free(gt_plan *plan)
{
    for (size_t i = 0; plan->tasks != NULL && i < plan->count; i++)
        free((void *)(uintptr_t)plan->tasks[i].subject.backends);
    free(plan->tasks);
    free(plan->cover);
    *plan = (gt_plan){0};
}
