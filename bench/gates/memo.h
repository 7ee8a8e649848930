/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend that does not compute the same curve operation twice. While the bits of a capsule or a body are flipped, the
 * recipient's key agreement has the same inputs each time, and one on mbedTLS takes milliseconds: without this the gates
 * would take ten times as long and prove nothing more. All else runs as it is; every result has been computed by the
 * backend in this process once, and one in 64 that is asked for again is computed again and compared.
 */
#ifndef EB_BENCH_GATES_MEMO_H
#define EB_BENCH_GATES_MEMO_H

#include "escrowbench/backend.h"

/** A backend that stands for `real`. Calls with the same one give the same, with what it remembers; another one takes
 *  its place, so that at most one is in use at a time. `real` itself if it has more curves than there is room for. */
const eb_backend *gt_memo(const eb_backend *real);

#endif
