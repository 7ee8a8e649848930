/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong with a file, in one line for a person: what, where, what to do. */
#ifndef FT_ERROR_H
#define FT_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/args.h"

typedef struct ft_error {
    char text[1024];
    bool usage; /* the command line is at fault: exit code 2 */
} ft_error;

#if defined(__GNUC__)
#define FT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define FT_PRINTF(f, a)
#endif

/* Set the text, control characters made harmless, and return false, for `return ft_fails(...)`. */
bool ft_fails(ft_error *err, const char *format, ...) FT_PRINTF(2, 3);
bool ft_misused(ft_error *err, const char *format, ...) FT_PRINTF(2, 3);
bool ft_no_memory(ft_error *err, size_t bytes);

/* Appends to a text of `size` bytes; what does not fit is cut off, and the cut marked by "...". */
void ft_append(char *text, size_t size, const char *format, ...) FT_PRINTF(3, 4);

/* Replaces what would break a line or a terminal (control characters) by '?'. */
void ft_one_line(char *text);

/* Prints the line and returns the exit code. */
static inline int ft_say(const eb_command *command, const ft_error *err)
{
    return err->usage ? eb_usage(command, "%s", err->text) : eb_fail(command, "%s", err->text);
}

#endif
