/* SPDX-License-Identifier: Apache-2.0 */
/* All that an implementation includes. Programs that use implementations also include escrowbench/join.h and
 * escrowbench/registry.h. */
#ifndef ESCROWBENCH_H
#define ESCROWBENCH_H

#include "escrowbench/backend.h"
#include "escrowbench/base.h"
#include "escrowbench/primitives.h"
#include "escrowbench/scheme.h"

#endif
