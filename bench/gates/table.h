/* SPDX-License-Identifier: Apache-2.0 */
/* The gates, one a file. */
#ifndef EB_BENCH_GATES_TABLE_H
#define EB_BENCH_GATES_TABLE_H

#include "bench/gates/gates.h"

extern const gt_gate gt_vectors, gt_agree, gt_roundtrip, gt_rejects, gt_nobody, gt_access_gate, gt_check_gate,
    gt_capsules, gt_answers_gate, gt_bulk, gt_authority, gt_rogues, gt_devices, gt_upkeep, gt_cheats;

/** concerns() of gates about escrows with agents. */
bool gt_has_escrow(const gt_subject *subject);
/** Of gates about capsules that travel with messages, about capsules wherever they are, about agents who are not the
 *  ghost itself. */
bool gt_travels(const gt_subject *subject);
bool gt_has_capsule(const gt_subject *subject);
bool gt_has_agents(const gt_subject *subject);

#endif
