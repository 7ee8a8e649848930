/* SPDX-License-Identifier: Apache-2.0 */
/* Binding: a suite's primitives found in one backend, with contexts ready for use. */
#ifndef EB_CORE_BINDING_H
#define EB_CORE_BINDING_H

#include "escrowbench/scheme.h"
#include "escrowbench/trace.h"

/** Answers whether `backend` has every primitive of `needs` for `suite`; if not, `why` says what is missing. */
bool eb_binding_possible(const eb_backend *backend, const eb_suite *suite, unsigned needs, char *why,
                         size_t why_len) EB_MUST_CHECK;

/** Makes the contexts. With `trace`, calls pass through a recorder. On an error nothing is left to close. */
eb_status eb_binding_open(eb_binding *b, const eb_backend *backend, const eb_suite *suite, unsigned needs,
                          eb_trace *trace) EB_MUST_CHECK;
void eb_binding_close(eb_binding *b);

/** Wraps a primitive and its context in a recorder; `wrapped` gets the recorder's context. trace.c. */
eb_status eb_trace_wrap(eb_trace *trace, const eb_prim *prim, void *ctx, const eb_prim **table,
                        void **wrapped) EB_MUST_CHECK;
/** The primitive that a recorder's context wraps. */
const eb_prim *eb_trace_prim(const void *wrapped);
/** Frees a recorder and gives back the primitive and the context that it wrapped. */
void *eb_trace_unwrap(void *wrapped, const eb_prim **prim);

#endif
