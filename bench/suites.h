/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to the suites: `quick`, which a newcomer waits for, and `full`, which is published. */
#ifndef EB_SUITES_H
#define EB_SUITES_H

#include "bench/jobs.h"
#include "bench/matrix.h"

typedef struct eb_suite_choice {
    bool full;           /* the full suite; else the quick one */
    eb_split main_split; /* the (t, n) that pairs cross at */
    bool own_sizes;      /* the caller named sizes: all of them are wanted */
} eb_suite_choice;

/**
 * Is this cell of the suite? `size_index`: which of the suite's sizes, 0 the main one.
 *
 * Full: a pair crosses once, at the main size and (t, n). Further sizes are for the first two escrows (none and master), since they
 * say nothing new about a capsule; an operation that does not depend on the transport is measured on the first that its
 * escrow joins, there at every (t, n); one that does not depend on the escrow with the first two.
 *
 * Quick: of the first transport the short operations, with the escrows that stand for a system of the debate on every library and
 * with the others on one; and each system once, on its own transport (systems.h). Upkeep once for each escrow of a system, and for
 * those that can be refreshed, reshared or punctured.
 */
bool eb_in_suite(const eb_suite_choice *c, const eb_operation *op, const eb_pair_spec *spec, size_t size_index);

/** Is its transport the one that its escrow's own costs are measured on: the first that takes it? */
bool eb_is_home(const eb_pair_spec *spec);
/** Does the scheme stand for a system of the debate, on the library and suite that the quick suite shows it with? */
bool eb_shows_system(const eb_suite_choice *c, const eb_pair_spec *spec);

#endif
