/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace: the primitive calls that an operation made, recorded between the scheme and the backend. Its replay on the
 * bare library is the operation's floor (backend.h).
 */
#ifndef ESCROWBENCH_TRACE_H
#define ESCROWBENCH_TRACE_H

#include "escrowbench/backend.h"

enum { EB_TRACE_MAX = 1 << 18 }; /* 255 of 255 agents, verified and combined, take about 200,000 calls */

typedef struct eb_trace {
    bool on;   /* record; set by the caller around the operation */
    bool full; /* more than EB_TRACE_MAX calls: the trace is not usable */
    size_t n;
    eb_step steps[EB_TRACE_MAX];
} eb_trace;

/** The name of an operation of a trace, for people: "dh-agree". */
const char *eb_op_name(eb_op op);

#endif
