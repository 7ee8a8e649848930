/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/suites.h"

#include <string.h>

#include "bench/report/systems.h"
#include "escrowbench/registry.h"

static bool is_main_split(const eb_suite_choice *c, const eb_pair_spec *spec)
{
    return !spec->escrow->split || (spec->threshold == c->main_split.threshold && spec->agents == c->main_split.agents);
}

/* None, and the first escrow after it: what others are compared with. */
static bool is_reference(const eb_escrow *e)
{
    return e == eb_escrow_at(0) || e == eb_escrow_at(1);
}

bool eb_is_home(const eb_pair_spec *spec)
{
    const eb_transport *t;
    for (size_t i = 0; (t = eb_transport_at(i)) != NULL; i++)
        if (eb_accepts(t, spec->escrow))
            return t == spec->transport;
    return false;
}

/* ---- systems ---- */

static bool names_system(const eb_pair_spec *spec)
{
    const eb_system *s;
    for (unsigned i = 0; (s = eb_system_at(i)) != NULL; i++)
        if (strcmp(s->transport, spec->transport->id) == 0 && strcmp(s->escrow, spec->escrow->id) == 0)
            return true;
    return false;
}

/* Of the libraries and suites that have a scheme the quick suite shows one: the transport's first suite, on the library that it
   prefers. */
static bool is_first_choice(const eb_pair_spec *spec)
{
    char why[EB_REASON_MAX];
    for (size_t s = 0; spec->transport->suites[s] != NULL; s++)
        for (unsigned b = 0; eb_system_backend(b) != NULL; b++) {
            eb_pair_spec other = *spec;
            other.suite = eb_suite_find(spec->transport->suites[s]);
            other.backend = eb_backend_find(eb_system_backend(b));
            if (other.suite == NULL || other.backend == NULL)
                continue;
            if (spec->escrow_suite != NULL && spec->escrow_suite == spec->suite)
                other.escrow_suite = other.suite;
            if (eb_pair_possible(&other, why, sizeof why))
                return other.suite == spec->suite && other.backend == spec->backend;
        }
    return false;
}

bool eb_shows_system(const eb_suite_choice *c, const eb_pair_spec *spec)
{
    return names_system(spec) && is_main_split(c, spec) && is_first_choice(spec);
}

/* ---- the suites ---- */

static bool in_full(const eb_suite_choice *c, const eb_operation *op, const eb_pair_spec *spec, size_t size_index)
{
    if (size_index > 0)
        return op->every_size && is_reference(spec->escrow) && is_main_split(c, spec);
    switch (op->depends) {
    case EB_ON_PAIR:
        return is_main_split(c, spec);
    case EB_ON_TRANSPORT:
        return is_reference(spec->escrow) || spec->escrow->kind == EB_KIND_DEPOSIT;
    case EB_ON_ESCROW:
        return (eb_is_home(spec) && (op->by_split || is_main_split(c, spec))) ||
               (op->systems && eb_shows_system(c, spec));
    }
    return false;
}

/* Is there a system that this escrow stands for, on whatever transport? */
static bool is_of_a_system(const eb_escrow *e)
{
    const eb_system *s;
    for (unsigned i = 0; (s = eb_system_at(i)) != NULL; i++)
        if (strcmp(s->escrow, e->id) == 0)
            return true;
    return false;
}

/* Whose upkeep the quick suite samples: escrows of systems, and those that can do what others cannot. */
static bool is_upkept(const eb_pair_spec *spec)
{
    const eb_escrow *e = spec->escrow;
    return is_of_a_system(e) || e->refresh != NULL || e->reshare != NULL || e->puncture != NULL;
}

/* The one place of an escrow on a transport: the transport's first suite, on the first library that has any suite of the escrow. */
static bool is_sample(const eb_pair_spec *spec)
{
    char why[EB_REASON_MAX];
    if (strcmp(spec->suite->id, spec->transport->suites[0]) != 0 || !is_first_choice(spec))
        return false;
    if (spec->escrow->suites == NULL) /* a ghost has the transport's */
        return true;
    for (unsigned b = 0; eb_system_backend(b) != NULL; b++) {
        eb_pair_spec other = *spec;
        other.backend = eb_backend_find(eb_system_backend(b));
        for (size_t i = 0; other.backend != NULL && spec->escrow->suites != NULL && spec->escrow->suites[i] != NULL;
             i++) {
            other.escrow_suite = eb_suite_find(spec->escrow->suites[i]);
            if (other.escrow_suite != NULL && eb_pair_possible(&other, why, sizeof why))
                return other.backend == spec->backend;
        }
    }
    return false;
}

static bool in_quick(const eb_suite_choice *c, const eb_operation *op, const eb_pair_spec *spec, size_t size_index)
{
    if (op->samples)
        return size_index == 0 && eb_is_home(spec) && is_main_split(c, spec) && is_sample(spec) && is_upkept(spec);
    if (!op->quick)
        return false;
    if (size_index == 0 && op->sized && eb_shows_system(c, spec))
        return true;
    if (spec->transport != eb_transport_at(0))
        return false;
    if (size_index > 0)
        return op->every_size && is_reference(spec->escrow);
    if (!is_of_a_system(spec->escrow))
        return is_main_split(c, spec) && is_first_choice(spec);
    return !op->compares || is_main_split(c, spec);
}

bool eb_in_suite(const eb_suite_choice *c, const eb_operation *op, const eb_pair_spec *spec, size_t size_index)
{
    if (c->own_sizes && op->every_size && (c->full || spec->transport == eb_transport_at(0)))
        size_index = 0;
    return c->full ? in_full(c, op, spec, size_index) : in_quick(c, op, spec, size_index);
}
