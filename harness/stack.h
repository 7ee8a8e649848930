/* SPDX-License-Identifier: Apache-2.0 */
/* How deep an operation's stack gets. */
#ifndef HN_STACK_H
#define HN_STACK_H

#include <stddef.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs op(ctx) once on a thread of its own whose stack was painted before, and stores in *bytes how much of the paint it
 * took off, to about half a KiB. The deepest call counts, of whatever code it calls. HN_ERR_OP if the
 * operation failed, HN_ERR_UNAVAILABLE if no such thread can be made (or under a sanitizer, which moves frames), and
 * HN_ERR_MEMORY. */
hn_status hn_stack_depth(hn_fn op, void *ctx, size_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
