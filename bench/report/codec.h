/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of a document as JSON and back, shared by the document's file and the journal's lines. */
#ifndef RP_CODEC_H
#define RP_CODEC_H

#include <stdio.h>

#include "bench/report/fields.h"
#include "bench/report/reader.h"

/* Options for jansson wherever the project writes JSON: 12 digits hold every measure; picoseconds go by themselves. */
#define RP_DUMP (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12))

json_t *rp_cell_json(const rp_document *doc, const rp_cell *cell);
bool rp_cell_read(rp_document *doc, rp_cell *cell, const json_t *json, const char *where, rp_error *err);
/* Of a cell, what becomes known by running it: facts, latency, single. */
json_t *rp_result_json(const rp_cell *cell);
bool rp_result_read(rp_document *doc, rp_cell *cell, const json_t *json, const char *where, rp_error *err);

json_t *rp_absent_json(const rp_absent *absent);
json_t *rp_row_json(const rp_document *doc, const rp_row *row);
json_t *rp_subject_json(const rp_subject *subject);

/* What may become known late: warnings, gates, timer, complete, seconds. */
json_t *rp_state_json(const rp_document *doc);
bool rp_state_read(rp_document *doc, const json_t *json, rp_error *err);

bool rp_subject_read(rp_document *doc, const json_t *json, rp_error *err);

/* Blocks are written and read without a tree in memory. Reading adds a checked block to the document and returns it; NULL
 * on a failure. */
void rp_block_write(FILE *out, const rp_document *doc, const rp_block *block);
rp_block *rp_block_read(rp_document *doc, rp_reader *r);

/* The document as text: one value, one line each for cells, blocks and rows. `header`: on a single line, and without blocks
 * and rows. */
void rp_document_write(FILE *out, const rp_document *doc, bool header);

#endif
