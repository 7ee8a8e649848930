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

/** Generated after compiling; ended by kind NULL. `name` has dashes, as ids do. `shared`: which of eb_shared_code it calls, straight
 *  or through others, a bit each. */
typedef struct eb_code_size {
    const char *kind, *name;
    size_t bytes; /* of its own file */
    uint64_t shared;
} eb_code_size;

extern const eb_code_size eb_code_sizes[];
extern const size_t eb_shared_code[]; /* bytes of each file that implementations share */

#endif
