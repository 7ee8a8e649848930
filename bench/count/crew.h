/* SPDX-License-Identifier: Apache-2.0 */
/* Several workers under one tool, to which the cells of a document are handed out. Each cell is worked on in a process of its
 * own, so that it makes no difference who gets which. */
#ifndef EB_COUNT_CREW_H
#define EB_COUNT_CREW_H

#include "bench/count/tool.h"

enum { EB_CREW_MAX = 64 };

typedef struct eb_crew {
    rp_document *doc;
    const eb_counting *options;
    const char *tool;
    /* A worker's answer about a cell. False, after a line on standard error, if all is to end. */
    bool (*answer)(void *user, rp_cell *cell, const eb_count_worker *worker, const char *line);
    void *user;
    bool floors; /* floors are handed out too */
    eb_count_worker workers[EB_CREW_MAX];
    uint32_t at[EB_CREW_MAX]; /* the cell that each is at; RP_NONE: none */
    size_t count;
    uint32_t next; /* the first cell that nobody has yet */
    size_t done, total;
} eb_crew;

/** Starts the first worker under `tool`; sets the tool. False with one line in `why`. */
bool eb_crew_begin(eb_crew *c, const char *tool, char *why, size_t why_len);
/** Starts the others, and hands out all cells. False if something failed, which is said on standard error; a signal ends it
 *  early, with eb_stop_flag. */
bool eb_crew_run(eb_crew *c);
void eb_crew_end(eb_crew *c);

#endif
