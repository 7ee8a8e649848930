/* SPDX-License-Identifier: Apache-2.0 */
/* What there is: the built-in backends, transports, escrows and suites, and those of loaded modules. */
#ifndef ESCROWBENCH_REGISTRY_H
#define ESCROWBENCH_REGISTRY_H

#include "escrowbench/scheme.h"

/** The i-th of each list in the order of impls/CMakeLists.txt, modules' last; NULL past the end. */
const eb_backend *eb_backend_at(size_t i);
const eb_transport *eb_transport_at(size_t i);
const eb_escrow *eb_escrow_at(size_t i);
const eb_suite *eb_suite_at(size_t i);

/** By id; NULL if there is none. */
const eb_backend *eb_backend_find(const char *id);
const eb_transport *eb_transport_find(const char *id);
const eb_escrow *eb_escrow_find(const char *id);
const eb_suite *eb_suite_find(const char *id);

/** Bytes of machine code that a scheme of built-in parts is made of: its transport's file, its escrow's, and each file once that
 *  these share with others and call (HPKE, ratchet, sharing). Without the join and the backend. 0 if unknown. */
size_t eb_code_bytes(const char *transport, const char *escrow);

/** Starts every backend (once a process) or none. On a failure `why` names the library. */
eb_status eb_start(char *why, size_t why_len) EB_MUST_CHECK;
void eb_stop(void);

/** Adds the lists of a shared object. On a failure (not loadable, wrong ABI, an id that exists) nothing is added and `why`
 *  says why. Before eb_start. */
eb_status eb_module_load(const char *path, char *why, size_t why_len) EB_MUST_CHECK;

#endif
