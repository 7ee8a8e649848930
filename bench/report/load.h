/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RP_LOAD_H
#define RP_LOAD_H

#include "bench/report/document.h"

/* A whole file of at most RP_FILE_MAX bytes, or what a pipe's writer sends in 30 s and then closes; free() it. NULL with
 * *err on a failure, or for what is neither: never waits for a device, nor for a FIFO that nobody writes to. */
char *rp_read_file(const char *path, size_t *len, rp_error *err);

#endif
