/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/registry.h"

static bool lists(const char *const *ids, const char *id)
{
    for (; *ids != NULL; ids++)
        if (strcmp(*ids, id) == 0)
            return true;
    return false;
}

static bool add(eb_matrix *m, const eb_pair_spec *spec)
{
    eb_scheme *more = realloc(m->schemes, (m->count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    m->schemes = more;
    eb_scheme *s = &more[m->count++];
    *s = (eb_scheme){.spec = *spec};
    s->possible = eb_pair_possible(spec, s->reason, sizeof s->reason);
    return true;
}

/* One escrow on one suite: once, or for each (t, n). */
static bool add_escrow(eb_matrix *m, eb_pair_spec spec, const eb_suite *escrow_suite, const eb_split *splits,
                       size_t split_count)
{
    spec.escrow_suite = escrow_suite;
    if (spec.escrow->kind == EB_KIND_NONE)
        return add(m, &spec);
    if (!spec.escrow->split) {
        spec.agents = spec.threshold = spec.escrow->fixed_agents > 0 ? spec.escrow->fixed_agents : 1;
        return add(m, &spec);
    }
    for (size_t i = 0; i < split_count; i++) {
        spec.agents = splits[i].agents;
        spec.threshold = splits[i].threshold;
        if (!add(m, &spec))
            return false;
    }
    return true;
}

/* The one suite that an escrow is joined on: the transport's, or the one that stands for it, where the escrow has that or needs
   none. NULL: each that it has. */
static const eb_suite *one_suite(const eb_pair_spec *spec)
{
    const eb_suite *own = spec->suite->base != NULL ? eb_suite_find(spec->suite->base) : spec->suite;
    if (spec->escrow->kind == EB_KIND_DEVICE || !eb_accepts(spec->transport, spec->escrow))
        return spec->suite;
    return own != NULL && lists(spec->escrow->suites, own->id) ? own : NULL;
}

/* All escrows of one transport on one suite and backend. */
static bool add_escrows(eb_matrix *m, eb_pair_spec spec, const eb_split *splits, size_t split_count)
{
    for (size_t i = 0; (spec.escrow = eb_escrow_at(i)) != NULL; i++) {
        const eb_escrow *e = spec.escrow;
        const bool none = e->kind == EB_KIND_NONE;
        const eb_suite *own = none ? NULL : one_suite(&spec);
        if (none || own != NULL) {
            if (!add_escrow(m, spec, own, splits, split_count))
                return false;
            continue;
        }
        for (size_t k = 0; e->suites[k] != NULL; k++) {
            const eb_suite *s = eb_suite_find(e->suites[k]);
            if (s != NULL && !add_escrow(m, spec, s, splits, split_count))
                return false;
        }
    }
    return true;
}

/* A transport that cannot exist is one row, not one for each escrow. */
static bool add_transport(eb_matrix *m, eb_pair_spec spec, const eb_split *splits, size_t split_count)
{
    static const eb_escrow nothing = {.kind = EB_KIND_NONE};
    spec.escrow = &nothing;
    if (!add(m, &spec))
        return false;
    if (!m->schemes[m->count - 1].possible) {
        m->schemes[m->count - 1].spec.escrow = NULL;
        return true;
    }
    m->count--;
    return add_escrows(m, spec, splits, split_count);
}

bool eb_matrix_make(eb_matrix *m, const eb_split *splits, size_t split_count, unsigned devices)
{
    *m = (eb_matrix){0};
    eb_pair_spec spec = {.devices = devices > 1 ? devices : 0};
    for (size_t b = 0; (spec.backend = eb_backend_at(b)) != NULL; b++)
        for (size_t t = 0; (spec.transport = eb_transport_at(t)) != NULL; t++)
            for (size_t s = 0; spec.transport->suites[s] != NULL; s++) {
                spec.suite = eb_suite_find(spec.transport->suites[s]);
                if (spec.suite != NULL && !add_transport(m, spec, splits, split_count)) {
                    eb_matrix_free(m);
                    return false;
                }
            }
    return true;
}

void eb_matrix_free(eb_matrix *m)
{
    free(m->schemes);
    *m = (eb_matrix){0};
}

void eb_suite_name(char *out, size_t len, const eb_pair_spec *spec)
{
    if (spec->escrow_suite == NULL || spec->escrow_suite == spec->suite)
        snprintf(out, len, "%s", spec->suite->id);
    else
        snprintf(out, len, "%s+%s", spec->suite->id, spec->escrow_suite->id);
}

void eb_scheme_name(char *out, size_t len, const eb_pair_spec *spec)
{
    char suite[64], split[32] = "", devices[32] = "";
    eb_suite_name(suite, sizeof suite, spec);
    if (spec->escrow != NULL && spec->escrow->split)
        snprintf(split, sizeof split, "/%u-of-%u", spec->threshold, spec->agents);
    if (spec->devices > 1)
        snprintf(devices, sizeof devices, "/%u-devices", spec->devices);
    snprintf(out, len, "%s+%s/%s/%s%s%s", spec->transport->id, spec->escrow != NULL ? spec->escrow->id : "*", suite,
             spec->backend->id, split, devices);
}
