/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RP_LOAD_H
#define RP_LOAD_H

#include "bench/report/document.h"

/* A whole file of at most RP_FILE_MAX bytes; free() it. NULL with *err on a failure. */
char *rp_read_file(const char *path, size_t *len, rp_error *err);

#endif
