/* SPDX-License-Identifier: Apache-2.0 */
/* No number without a proof: what comes before the times of a run. */
#ifndef EB_PROOFS_H
#define EB_PROOFS_H

#include "bench/plan.h"

typedef struct eb_proof_options {
    bool force;    /* prove again what is remembered as proved */
    bool progress; /* a line on standard error that is written over */
} eb_proof_options;

/** Runs the gates of all schemes of the plan, and the proofs of the peers and parts among the document's cells; records in
 *  the document what came of it, who notices rogue senders included. False with a reason (one line) at a failure, or when a
 *  signal stopped it: then nothing may be timed. */
bool eb_prove(rp_document *doc, const eb_plan *plan, const eb_proof_options *options, char *why, size_t why_len);

#endif
