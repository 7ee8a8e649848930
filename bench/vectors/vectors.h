/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published test vectors: the official files, where somebody has them, and a selection that the program carries. Both
 * run through the same code on any backend. Call after eb_start.
 */
#ifndef EB_BENCH_VECTORS_H
#define EB_BENCH_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "escrowbench/backend.h"

/**
 * Runs a file of published vectors on every registered backend and writes what came of it to `out`, as text whose last
 * line is "N passed, N failed, N skipped", or as one JSON document. The format is recognised by content: RFC 9180
 * (HPKE), RFC 9497 (VOPRF, its proofs), RFC 9591 (FROST, its shares), SLIP-0039, Wycheproof, the draft's X-Wing, NIST's
 * ACVP for ML-KEM (of the two files, prompt and expected results, either is named). Cases that a library
 * cannot run, or that ask for what the project does not have, are counted by reason.
 *
 * @retval 0 nothing failed (possibly nothing applied: the text says so)
 * @retval 1 a case failed
 * @retval 2 the file cannot be read or recognised, or is malformed; one line on stderr says what and where
 */
int eb_vectors_run(const char *path, bool json_output, FILE *out);

/** Hears of one case: `what` names it with its source; `detail` says what was wrong, NULL if `ok`. */
typedef void (*eb_known_report)(void *user, const char *what, bool ok, const char *detail);

/**
 * Runs the selection that the program carries (bench/vectors/known) on one backend. A case that needs a primitive which
 * the backend lacks is not reported: `ok` always means that the case ran and every value was right.
 *
 * @return number of cases that were wrong; -1 if no case could be run
 */
int eb_known_answers_run(const eb_backend *backend, eb_known_report report, void *user);

/** The i-th text of that selection, not terminated; NULL past the end. */
const char *eb_known_answers_embedded(size_t i, size_t *len);

/** Runs the cases of a text of that form (vectors/known/README.md): for tests. A malformed text is a wrong case. */
int eb_known_answers_text(const eb_backend *backend, const char *text, size_t len, eb_known_report report, void *user);

#endif
