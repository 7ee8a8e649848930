/* SPDX-License-Identifier: Apache-2.0 */
/* Which packages the libraries of this process come from, with the full version that names one build of one. Debian's
 * dpkg; elsewhere nothing is told. */
#ifndef HN_PACKAGES_H
#define HN_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "libc6 2.36-9+deb12u13,libssl3 3.0.17-1~deb12u2": the packages that own these files, each once, by name. Files without a
 * package are left out. root is prefixed to dpkg's own files: "" for this machine. */
void hn_packages_of(const char *root, const char *const *files, size_t count, char *out, size_t size);

/* Those of an extracted root of libraries, from the list that scripts/sysroot leaves in it, NAME_VERSION_ARCHITECTURE in each
 * line: all its libraries, but what is for building. False if there is no such list. */
bool hn_packages_extracted(const char *list, char *out, size_t size);

/* hn_packages_of() the shared objects that this process has loaded. Takes some 10 ms. */
void hn_packages_loaded(char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
