/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all: a temporary file beside the target, fsync, rename. An interrupt (Ctrl-C, SIGTERM,
 * SIGHUP) removes what is staged. */
#ifndef FT_OUTPUT_H
#define FT_OUTPUT_H

#include <sys/stat.h>

#include "bench/files/error.h"
#include "escrowbench/base.h"

/* Who may read a new file. */
typedef enum ft_access {
    FT_SECRET, /* 0600 */
    FT_PUBLIC  /* 0644, less what the umask takes */
} ft_access;

/* One file on its way. */
typedef struct ft_output {
    char *path, *temp; /* `temp` NULL: written directly, nothing to rename */
} ft_output;

/* Catches interrupts from here on. */
void ft_output_begin(void);

/* True if something is at `path`. */
bool ft_exists(const char *path);
/* True if a message or what was in one may be written to `path`: a regular file, also through a link, is replaced only by force. */
bool ft_may_write(const char *path, bool force, ft_error *err);

/* Notes a file that was read: ft_stage does not write over it. */
void ft_output_protect(const struct stat *input);

/* Writes the bytes to a temporary file beside `path`. What is not a regular file ("-" for standard output, /dev/stdout, a
 * pipe, a device) is written to directly, here. On an error nothing is left. */
bool ft_stage(ft_output *out, const char *path, ft_access access, eb_bytes bytes, ft_error *err);
/* Gives the file its name. On an error nothing is left. */
bool ft_commit(ft_output *out, ft_error *err);
/* Forgets a staged file, and takes one that is not staged. */
void ft_discard(ft_output *out);

#endif
