/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in lists, generated from impls/CMakeLists.txt; NULL-terminated. */
#ifndef EB_CORE_REGISTRY_H
#define EB_CORE_REGISTRY_H

#include "escrowbench/registry.h"

extern const eb_backend *const eb_builtin_backends[];
extern const eb_transport *const eb_builtin_transports[];
extern const eb_escrow *const eb_builtin_escrows[];
extern const eb_suite *const eb_builtin_suites[];

#endif
