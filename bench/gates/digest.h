/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, by whatever library has it. */
#ifndef EB_BENCH_GATES_DIGEST_H
#define EB_BENCH_GATES_DIGEST_H

#include "escrowbench/base.h"

/** Over all parts in a row; EB_DIGEST bytes. False if no library has it. */
bool gt_sha256(uint8_t *out, const eb_bytes *parts, size_t n) EB_MUST_CHECK;

/** The first `chars` hex digits of some bytes, and a zero. */
void gt_hex(char *out, const uint8_t *bytes, size_t chars);

#endif
