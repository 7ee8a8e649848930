/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/gates.h"

#include <stdio.h>
#include <string.h>

#include "bench/gates/table.h"

const gt_gate *const gt_gates[] = {&gt_vectors,   &gt_agree,    &gt_roundtrip,    &gt_devices,
                                   &gt_rejects,   &gt_nobody,   &gt_access_gate,  &gt_check_gate,
                                   &gt_rogues,    &gt_capsules, &gt_answers_gate, &gt_bulk,
                                   &gt_authority, &gt_upkeep,   &gt_cheats,       NULL};

const gt_gate *gt_gate_find(const char *id)
{
    for (size_t i = 0; gt_gates[i] != NULL; i++)
        if (strcmp(gt_gates[i]->id, id) == 0)
            return gt_gates[i];
    return NULL;
}

bool gt_has_escrow(const gt_subject *subject)
{
    return subject->pair.escrow->kind != EB_KIND_NONE;
}

bool gt_travels(const gt_subject *subject)
{
    return subject->pair.escrow->kind == EB_KIND_WRAP;
}

bool gt_has_capsule(const gt_subject *subject)
{
    return gt_has_escrow(subject) && gt_has_agents(subject);
}

bool gt_has_agents(const gt_subject *subject)
{
    return gt_has_escrow(subject) && subject->pair.escrow->kind != EB_KIND_DEVICE;
}

/* ---- names ---- */

/* Appends; what does not fit is cut. */
static void add(char *name, const char *a, const char *b)
{
    const size_t len = strlen(name);
    snprintf(name + len, GT_NAME - len, "%s%s", a, b);
}

void gt_subject_name(char *name, gt_scope scope, const gt_subject *s)
{
    const eb_pair_spec *p = &s->pair;
    name[0] = '\0';
    if (scope == GT_BACKEND) {
        add(name, p->backend->id, "");
        return;
    }
    add(name, p->transport->id, "+");
    add(name, p->escrow->id, "/");
    add(name, p->suite->id, "");
    if (p->escrow_suite != NULL)
        add(name, "+", p->escrow_suite->id);
    if (scope == GT_SCHEME)
        for (size_t i = 0; s->backends[i] != NULL; i++)
            add(name, i == 0 ? "/" : ",", s->backends[i]->id);
    else
        add(name, "/", p->backend->id);
    if (p->escrow->split) {
        char shape[32];
        snprintf(shape, sizeof shape, "/%u-of-%u", p->threshold, p->agents);
        add(name, shape, "");
    }
}

/* ---- one gate ---- */

gt_outcome gt_run_gate(const gt_gate *gate, const gt_subject *subject, gt_log *log, char *why)
{
    char name[GT_NAME];
    const uint64_t checks = log->checks, failures = log->failures;
    why[0] = '\0';
    if (gate->concerns != NULL && !gate->concerns(subject)) {
        snprintf(why, GT_DETAIL, "the gate does not concern it");
        return GT_SKIPPED;
    }
    if (gate->applies != NULL && !gate->applies(subject, why, GT_DETAIL))
        return GT_SKIPPED;
    gt_subject_name(name, gate->scope, subject);
    log->gate = gate->id;
    log->subject = name;
    /* How many devices a recipient has is the business of one gate, which tries several. */
    gt_subject plain = *subject;
    plain.pair.devices = 0;
    gate->run(&plain, log);
    log->gate = log->subject = NULL;
    return log->checks > checks && log->failures == failures ? GT_PASSED : GT_FAILED;
}
