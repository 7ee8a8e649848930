/* SPDX-License-Identifier: Apache-2.0 */
/* An order to open one message: what the gates about access start from. */
#ifndef EB_BENCH_GATES_ORDER_H
#define EB_BENCH_GATES_ORDER_H

#include "bench/gates/world.h"

/* With more agents than this, gates try samples where they would try all: each trial takes as long as t answers. */
enum { GT_MANY_AGENTS = 16 };

typedef struct gt_order {
    const gt_world *w;
    gt_sealed m;
    eb_message parts;
    uint8_t *answers;             /* of all n agents, honest */
    eb_bytes list[EB_MAX_AGENTS]; /* the same, one by one */
    gt_log *log;
} gt_order;

/** A message sealed as the first of a session of its own (`seed` as for gt_seal) and everybody's answer. */
bool gt_order_open(gt_order *o, const gt_world *w, size_t len, uint64_t seed, gt_log *log) EB_MUST_CHECK;
void gt_order_close(gt_order *o);

typedef enum gt_access {
    GT_OPENED,    /* to the plaintext that was sealed */
    GT_MISOPENED, /* to something else */
    GT_UNOPENED,  /* a secret came out, but the body was refused */
    GT_REFUSED,   /* no secret came out */
    GT_BROKEN     /* the library failed, or an output was not as promised: a failed check says what */
} gt_access;

/** Combines answers and opens the body with what comes out. `p` is the pair to combine with, `m` and `authority` what
 *  with; `verdicts` may be NULL. Checks the outputs on the way: in bounds, zeroed when refused. */
gt_access gt_try(const gt_order *o, const eb_pair *p, const eb_authority *authority, const eb_message *m,
                 const eb_bytes *answers, size_t count, eb_verdict *verdicts);

/** The same under the order's own message and authority. */
gt_access gt_try_answers(const gt_order *o, const eb_bytes *answers, size_t count, eb_verdict *verdicts);

/** Asks the first t agents (`agents`: their secrets, as eb_setup writes them) about a message in an authority's name and tries
 *  what they answer; nobody has to answer. */
gt_access gt_ask(const gt_order *o, const uint8_t *agents, const eb_authority *authority, const eb_message *m);

/** One word for it. */
const char *gt_access_name(gt_access a);

/** k of n, each once, in an order that looks random. */
void gt_pick(unsigned *picked, unsigned k, unsigned n, uint64_t seed);

#endif
