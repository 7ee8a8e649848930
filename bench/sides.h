/* SPDX-License-Identifier: Apache-2.0 */
/* Peers and parts: what is timed beside the schemes (escrowbench/side.h), as cells of a run. */
#ifndef EB_SIDES_H
#define EB_SIDES_H

#include "bench/report/document.h"
#include "escrowbench/side.h"
#include "harness/op.h"

/** The i-th side: our own parts, then the peers. NULL past the end. */
const eb_side *eb_side_at(size_t i);
/** The harness's own cost: the block of a call that does nothing and of the plain loop, and the loop's cell. */
#define EB_OWN_COST_BLOCK "call/nothing"
#define EB_OWN_COST_LOOP "call/nothing/loop/escrowbench"
/** Whether a side is the one or the other; the loop means something only where it is timed. */
bool eb_side_is_own_cost(const eb_side *side);
bool eb_side_is_loop(const eb_side *side);
/** Our own parts have no version of their own. */
bool eb_side_is_part(const eb_side *side);

/** "split/sharing/avx2/escrowbench/3-of-5/65536", without the parts that do not apply. */
void eb_side_id(char *out, size_t len, const eb_side *side, const eb_side_row *row);
/** The same without who does it, and how: what rows of the same work share. */
void eb_side_work(char *out, size_t len, const eb_side_row *row);
/** Whether a cell of a document is a peer's or a part's. */
bool eb_side_cell(const rp_cell *cell);
/** The side and row behind such a cell; false if this program does not have it. */
bool eb_side_find(const rp_cell *cell, const eb_side **side, eb_side_row *row);

/** A row, ready for the harness. NULL with a reason. */
typedef struct eb_side_job eb_side_job;
eb_side_job *eb_side_make(const eb_side *side, const eb_side_row *row, uint64_t seed, char *why, size_t why_len);
void eb_side_free(eb_side_job *job);
hn_cell eb_side_hot(eb_side_job *job, const char *name);

/** Proves every side's row among the document's cells, and counts them. False with a reason at the first that fails. */
bool eb_sides_prove(const rp_document *doc, size_t *proved, char *why, size_t why_len);
/** The same for one row. */
bool eb_side_prove(const eb_side *side, const eb_side_row *row, char *why, size_t why_len);

/** Adds to what a run was measured with the libraries of the peers that have one of `cells`. */
void eb_sides_describe(rp_document *into, const rp_document *cells);

#endif
