/* SPDX-License-Identifier: Apache-2.0 */
/* A plan: which cells a run measures, as the cells of its document, and the schemes that must prove themselves first. */
#ifndef EB_PLAN_H
#define EB_PLAN_H

#include "bench/jobs.h"
#include "bench/matrix.h"
#include "bench/report/document.h"

typedef struct eb_plan_options {
    bool full;          /* every transport and operation; else the quick suite */
    const char *filter; /* POSIX extended regular expression on cell ids; NULL: all */
    uint64_t sizes[64]; /* plaintext bytes; size_count 0: the suite's own */
    size_t size_count;
    eb_split splits[8]; /* split_count 0: the suite's own */
    size_t split_count;
    unsigned devices; /* of the recipient; 0 and 1: one */
    bool parts;       /* the quick suite too has our own parts: of small secrets, on given coins */
    bool timed;       /* times are taken: with the harness's own cost, whatever the filter */
} eb_plan_options;

typedef struct eb_plan {
    eb_pair_spec *specs; /* each scheme that has a cell, once */
    size_t spec_count;
    size_t cells, floors, blocks;
} eb_plan;

/** Adds the cells, and the absent ones with their reasons, to the document. A filter that matches nothing of the suite is
 *  tried on all cells. False with one line in `why`: a bad filter, sizes or (t, n) that no scheme takes, nothing to do. */
bool eb_plan_make(eb_plan *plan, rp_document *doc, const eb_plan_options *options, char *why, size_t why_len);
/** The plan of a document that has its cells: of a run that is resumed. */
bool eb_plan_collect(eb_plan *plan, const rp_document *doc, char *why, size_t why_len);
void eb_plan_free(eb_plan *plan);

/** A scheme's part of a key: without operation, size and devices. */
rp_key eb_plan_key(const eb_pair_spec *spec);

/** The scheme and operation behind a document's cell; false with a reason if this program does not have them. */
bool eb_plan_resolve(const rp_cell *cell, const eb_operation **op, eb_pair_spec *spec, char *why, size_t why_len);

#endif
