/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is counted under an emulator, for this machine's architecture or another: it plans, proves and describes
 * itself there, and this one only counts. */
#ifndef EB_COUNT_TARGET_H
#define EB_COUNT_TARGET_H

#include "bench/count/counting.h"

enum { EB_TARGET_ARGUMENTS = 32 };

/** Runs the target's `run --prepare` with these arguments (NULL-terminated) under the emulator, and reads what it wrote into
 *  `file`, which goes then. NULL after a line on standard error. */
rp_document *eb_target_prepare(const eb_counting *options, const char *const *arguments, const char *file);

/** The emulator's command without the folders of its own and of libraries: "qemu-aarch64 -cpu neoverse-n1". */
void eb_target_cpu(char *out, size_t len, const char *emulator);

#endif
