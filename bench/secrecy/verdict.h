/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verdict on constant time for each cell, from all that was asked: memcheck (gate.h), statistics (statistics.h) and the
 * inspection of the vector paths' machine code (scripts/check-disassembly), with the means it rests on, as "memcheck+statistics".
 *
 *     failed      memcheck or the statistics found something, which no exception covers
 *     excepted    what memcheck found is in a library, for a reason that is listed; what the statistics see may be the same
 *     passed      somebody looked, and nobody found anything
 *     untestable  nobody could look
 */
#ifndef EB_SECRECY_VERDICT_H
#define EB_SECRECY_VERDICT_H

#include "bench/secrecy/statistics.h"

typedef struct eb_verdicts {
    size_t passed, excepted, failed, untestable;
} eb_verdicts;

/** Of a cell with memcheck's verdict ("": not asked); `inspected`: its machine code was found good. */
const char *eb_verdict_of(const char *memcheck, eb_opinion opinion, bool inspected);
/** The means of that verdict. */
void eb_verdict_means(char *out, size_t len, const char *memcheck, eb_opinion opinion, bool inspected);

/** Sets constant_time and constant_time_by of every cell but floors and peers. constant_time is memcheck's verdict before. `opinions`: one for
 *  each cell, or NULL; `inspection`: the text of check-disassembly, or NULL. */
eb_verdicts eb_verdict_all(rp_document *doc, const eb_opinion *opinions, const char *inspection);

/** Is the inspection of this program? False with one line in `why`. */
bool eb_inspection_holds(const char *inspection, char *why, size_t why_len);

#endif
