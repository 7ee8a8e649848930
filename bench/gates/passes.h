/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of passes: what passed, in which build, under which libraries. A line a pass:
 *
 *     1 BUILD KEY CHECKS SECONDS [TAB field TAB accepted TAB tried TAB detail]...
 *
 * BUILD is the start of a SHA-256 over this program's own file and the caller's context, KEY one over all of that and the
 * unit's name. A line that is not of this form is as good as none; so is a file that cannot be read.
 */
#ifndef EB_BENCH_GATES_PASSES_H
#define EB_BENCH_GATES_PASSES_H

#include "bench/gates/runner.h"

typedef struct gt_passes gt_passes;

/** Reads the file (`path` and `context` as in gt_options). NULL: nothing is or will be remembered. */
gt_passes *gt_passes_open(const char *path, const char *context);
/** Is this unit (gate and subject) remembered? Then the rest of it is filled in. */
bool gt_passes_find(const gt_passes *p, gt_unit *unit);
/** Adds a unit that passed. */
void gt_passes_add(gt_passes *p, const gt_unit *unit);
/** Replaces the file, at once, by what was read with what was added; the oldest builds are dropped when it grows too long. */
void gt_passes_save(gt_passes *p);
void gt_passes_close(gt_passes *p);

#endif
