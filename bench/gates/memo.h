/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend that does not compute the same public-key operation twice. While the bits of a capsule or a body are flipped, the
 * recipient's key agreement has the same inputs each time, and one on mbedTLS takes milliseconds: without this the gates
 * would take ten times as long and prove nothing more. All else runs as it is; every result has been computed by the
 * backend in this process once, and one in 64 that is asked for again is computed again and compared.
 */
#ifndef EB_BENCH_GATES_MEMO_H
#define EB_BENCH_GATES_MEMO_H

#include "escrowbench/backend.h"

/** A backend that stands for `real`. Calls with the same one give the same, with what it remembers. Registered backends may be in
 *  use side by side; any other takes the place of all before it. Primitives that there is no room for are `real`'s own. */
const eb_backend *gt_memo(const eb_backend *real);

#endif
