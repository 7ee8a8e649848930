/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers with canaries on both sides, filled with a pattern, at any misalignment. */
#ifndef EB_BENCH_GATES_GUARD_H
#define EB_BENCH_GATES_GUARD_H

#include "escrowbench/base.h"

enum { GT_PATTERN = 0xA5 }; /* plaintexts of gates hold neither this byte nor zero */

typedef struct gt_guard {
    uint8_t *raw, *ptr; /* ptr: cap bytes for the callee */
    size_t cap;
} gt_guard;

/** A buffer of `cap` bytes that lies `shift` bytes off alignment. False without memory. */
bool gt_guard_new(gt_guard *g, size_t cap, size_t shift) EB_MUST_CHECK;
void gt_guard_free(gt_guard *g);
/** The pattern again in all `cap` bytes. */
void gt_guard_fill(gt_guard *g);
static inline eb_buf gt_guard_buf(const gt_guard *g)
{
    return (eb_buf){.ptr = g->ptr, .cap = g->cap};
}
/** Nothing outside of the buffer was written. */
bool gt_guard_intact(const gt_guard *g);
/** Nor inside. */
bool gt_guard_untouched(const gt_guard *g);
/** What a failed call may leave: bytes never written, or zeros. */
bool gt_guard_clean(const gt_guard *g);
/** Zeros in the first `len` bytes. */
bool gt_zeros(const uint8_t *p, size_t len);

#endif
