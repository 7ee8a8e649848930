/* SPDX-License-Identifier: Apache-2.0 */
/* The last verdicts of the gate of constant time, kept for the runs of the same program: a table of times then says them. */
#ifndef EB_SECRECY_RECALL_H
#define EB_SECRECY_RECALL_H

#include "bench/report/document.h"

/** Keeps a document of the gate under ${XDG_CACHE_HOME:-$HOME/.cache}/escrowbench. False if that cannot be. */
bool eb_secrecy_keep(const rp_document *doc);

/** Fills in constant_time where the kept document has the same operation of the same scheme, suites, library and devices,
 *  at whatever size and (t, n). Nothing if it is of another program or of other libraries. */
void eb_secrecy_recall(rp_document *doc);

#endif
