/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a run under way: JSON lines, appended and synchronised one by one, so that a kill at any moment loses at
 * most the line being written. The first line is the document without cells' results; then come cells as their facts and
 * percentiles are known, and each block as a process finishes it. Compacting makes the document and removes the journal.
 *
 * One writer at a time. A child process may hand its lines to its parent (rp_block_line, rp_block_from_line) or append by
 * itself while the parent waits (rp_journal_open). */
#ifndef RP_JOURNAL_H
#define RP_JOURNAL_H

#include "bench/report/document.h"

typedef struct rp_journal rp_journal; /* opaque */

/* Starts a journal; refuses a file that exists (a run that was cut short: see rp_journal_read). Writes the header: all of
 * the document but blocks and rows. Cells must be complete by now, since lines refer to them by index. */
rp_journal *rp_journal_create(const char *path, const rp_document *doc, rp_error *err);

/* Opens one for going on; a torn last line is cut off. */
rp_journal *rp_journal_open(const char *path, rp_error *err);

/* Each writes one line: with one write(), then fdatasync(). A line that does not fit on the disk is taken back. */
bool rp_journal_cell(rp_journal *j, const rp_document *doc, uint32_t cell, rp_error *err); /* facts, latency, single */
bool rp_journal_block(rp_journal *j, const rp_document *doc, const rp_block *block, rp_error *err);
/* What became known late: warnings, gates, timer, complete, seconds. */
bool rp_journal_state(rp_journal *j, const rp_document *doc, rp_error *err);

void rp_journal_close(rp_journal *j); /* NULL is allowed */

/* Reads a journal back. One torn last line is dropped and said in *torn (may be NULL); anything else that is wrong is an
 * error. A block that is there twice (a resumed run) counts once, the later one. */
rp_document *rp_journal_read(const char *path, bool *torn, rp_error *err);

/* Reads the journal, computes the rows, saves the document at `path`, and only then removes the journal. *out, if not
 * NULL, gets the document (the caller frees it). */
bool rp_journal_compact(const char *journal, const char *path, rp_document **out, rp_error *err);

/* A block as one line of JSON (no newline; free() it), and back into a document that has its cells. */
char *rp_block_line(const rp_document *doc, const rp_block *block, size_t *len);
rp_block *rp_block_from_line(rp_document *doc, const char *line, size_t len, rp_error *err);

#endif
