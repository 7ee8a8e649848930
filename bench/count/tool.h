/* SPDX-License-Identifier: Apache-2.0 */
/* One counting worker under one tool, from its start to its end. */
#ifndef EB_COUNT_TOOL_H
#define EB_COUNT_TOOL_H

#include <sys/types.h>

#include "bench/ab/wire.h"
#include "bench/count/counting.h"

enum { EB_COUNT_LIBRARIES = 16 };

typedef struct eb_count_worker {
    pid_t pid;
    int in, errors; /* its standard input; a file with its standard error */
    ab_reader out;
    char tool[32], features[192];
    char libraries[EB_COUNT_LIBRARIES][96]; /* "BACKEND VERSION" */
    size_t library_count;
    char scratch[32]; /* callgrind's folder; "" */
} eb_count_worker;

/** Starts a worker under `tool` (a name of eb_counting.tool) and hears its greeting. False with one line in `why`: the tool
 *  is not there, cannot load the plug-in, does not count, or the program loads other libraries there than `doc` says. */
bool eb_count_start(eb_count_worker *w, const char *tool, const eb_counting *options, const rp_document *doc, char *why,
                    size_t why_len);
/** Ends it, and takes its folder away. */
void eb_count_end(eb_count_worker *w);

/** The emulator's command as counts are compared by it, eb_target_cpu(); "" if the tool is none. */
void eb_count_emulator(char *out, size_t len, const char *tool, const eb_counting *options);

/** The tool's own version in a line, such as "qemu-x86_64 version 7.2.22 (Debian ...)"; "" if it has none. */
void eb_count_version(char *out, size_t len, const char *tool, const eb_counting *options);

#endif
