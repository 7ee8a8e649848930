/* SPDX-License-Identifier: Apache-2.0 */
/* Upkeep that an escrow does not have, and why: an empty field of a table has its reason. */
#ifndef EB_UPKEEP_H
#define EB_UPKEEP_H

#include "bench/jobs.h"

/** Why an operation of upkeep does not exist for a scheme, from what its escrow and transport say of themselves. NULL: it does
 *  exist, or the operation is none of upkeep. */
const char *eb_upkeep_reason(const eb_operation *op, const eb_pair_spec *spec);

#endif
