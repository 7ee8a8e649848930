/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts of the gate of constant time, kept for the runs of the same program: a table of times then says them. */
#ifndef EB_SECRECY_RECALL_H
#define EB_SECRECY_RECALL_H

#include "bench/report/document.h"

/** Keeps the verdicts of a document of the gate under ${XDG_CACHE_HOME:-$HOME/.cache}/escrowbench, beside those about other cells
 *  that the same program with the same libraries got before (eb_secrecy_merge); what is of another program goes. False if that
 *  cannot be. */
bool eb_secrecy_keep(const rp_document *doc);

/** Takes new verdicts into a document, cell by cell. Where both have one, the new one stands if it asked all the means that the
 *  old one rests on, or if it is worse: statistics do not deny what memcheck has found. "untestable" replaces nothing. */
void eb_secrecy_merge(rp_document *into, const rp_document *new);

/** Fills in constant_time where the kept document has the same operation of the same scheme, suites, library and devices,
 *  at whatever size and (t, n). Nothing if it is of another program or of other libraries. */
void eb_secrecy_recall(rp_document *doc);

#endif
