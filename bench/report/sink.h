/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears whole or not at all. */
#ifndef RP_SINK_H
#define RP_SINK_H

#include <stdio.h>

#include "bench/report/document.h"

typedef struct rp_sink {
    FILE *out;
    char *path; /* what is replaced */
    char *temp; /* NULL: `path` is no regular file, and is written to directly */
} rp_sink;

/* Opens a temporary file beside path, with the permissions that path has or would get. */
bool rp_sink_open(rp_sink *sink, const char *path, rp_error *err);
/* Flushes, synchronises, renames, closes. On a failure path is as it was, and nothing else is left. */
bool rp_sink_commit(rp_sink *sink, rp_error *err);
/* Closes and leaves path as it was. */
void rp_sink_abort(rp_sink *sink);

#endif
