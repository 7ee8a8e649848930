/* SPDX-License-Identifier: Apache-2.0 */
/* What upkeep makes of a world's authority and agents, always the same: for the gates that look at it. */
#ifndef EB_BENCH_GATES_RENEWAL_H
#define EB_BENCH_GATES_RENEWAL_H

#include "bench/gates/world.h"

/** Can its shares be renewed? With t = 1 a share is the key: there is nothing to renew. */
bool gt_renews(const eb_pair_spec *spec);

/** The world after a refresh, or after a reshare to t of n: its people, deposit and (after a refresh) pair are borrowed from
 *  `w`; public data, agents' secrets and parsed authority (for alice, epoch 1) are its own. A failure is a failed check. */
bool gt_refreshed(gt_world *day, const gt_world *w, gt_log *log) EB_MUST_CHECK;
bool gt_reshared(gt_world *day, const gt_world *w, unsigned t, unsigned n, gt_log *log) EB_MUST_CHECK;
/** Takes a day that was not or only partly made, too. */
void gt_day_close(gt_world *day, const gt_world *w);

/** Another shape to reshare to: one more answer and two agents more; with many agents 2 of 3, as each new share costs t
 *  multiplications. */
void gt_other_shape(const gt_world *w, unsigned *t, unsigned *n);

/** All agents' secrets, each without what opens this user and epoch; free() them. NULL after a failed check. */
uint8_t *gt_punctured(const gt_world *w, eb_bytes user, uint64_t epoch, gt_log *log);

#endif
