/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in lists, generated from impls/CMakeLists.txt; NULL-terminated. */
#ifndef EB_CORE_REGISTRY_H
#define EB_CORE_REGISTRY_H

#include "escrowbench/registry.h"
#include "escrowbench/side.h"

extern const eb_backend *const eb_builtin_backends[];
extern const eb_transport *const eb_builtin_transports[];
extern const eb_escrow *const eb_builtin_escrows[];
extern const eb_suite *const eb_builtin_suites[];
extern const eb_side *const eb_builtin_peers[];

/** Generated after compiling; ended by kind NULL. `name` has dashes, as ids do. */
typedef struct eb_code_size {
    const char *kind, *name;
    size_t bytes;
} eb_code_size;

extern const eb_code_size eb_code_sizes[];

#endif
