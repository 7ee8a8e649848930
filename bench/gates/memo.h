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

/** A backend that stands for `real`. Calls with the same one give the same, with what it remembers. One that is not registered takes
 *  the place of all before it, as one does that follows such a one. What there is no room for is `real`'s own: a primitive,
 *  or the fifth backend as a whole. */
const eb_backend *gt_memo(const eb_backend *real);

/** The same where several are in use side by side: `real` itself if it is not registered. */
const eb_backend *gt_memo_beside(const eb_backend *real);

#endif
