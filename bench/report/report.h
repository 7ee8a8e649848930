/* SPDX-License-Identifier: Apache-2.0 */
/* The formats, all made from the document alone, and the file functions behind `escrowbench report`. */
#ifndef RP_REPORT_H
#define RP_REPORT_H

#include <stdio.h>

#include "bench/report/document.h"

/* What to show. */
typedef struct rp_view {
    const bool *shown; /* one for each cell; NULL: all */
    bool all;          /* every transport and size, not only the ones that lead */
    bool color;        /* headings in bold: for a terminal */
    int width;         /* columns for running text; 0: 100 */
} rp_view;

/* Each writes one report. Look at ferror(out) afterwards. */
void rp_terminal(FILE *out, const rp_document *doc, const rp_view *view);
void rp_markdown(FILE *out, const rp_document *doc, const rp_view *view);
void rp_csv(FILE *out, const rp_document *doc, const rp_view *view);
void rp_json(FILE *out, const rp_document *doc, const rp_view *view);

/* Marks the cells whose ids match a POSIX extended regular expression; NULL with *err if it is none. free() the array. */
bool *rp_filter(const rp_document *doc, const char *regex, rp_error *err);

/* Where runs are kept unless told otherwise, relative to the working directory. */
#define RP_RUNS_DIR "results/runs"

/* The default name of a run's file, "DIR/20250131T120000Z-quick.json", from `created` and `suite`; free() it. */
char *rp_run_path(const rp_document *doc, const char *dir);
/* The newest run in a folder by the time in its name; NULL with *err if there is none. free() it. */
char *rp_newest_run(const char *dir, rp_error *err);

/* Makes the folders that a file's path names, where they are missing. */
bool rp_make_folders(const char *path, rp_error *err);

/* Replaces a file by `len` bytes, or leaves it alone: temporary file, fsync, rename. What is not a regular file
 * (/dev/stdout, a pipe) is written to directly. */
bool rp_write_file(const char *path, const void *data, size_t len, rp_error *err);
/* Whether rp_write_file() could begin, asked before long work; leaves nothing behind. False with *err. */
bool rp_may_write(const char *path, rp_error *err);

#endif
