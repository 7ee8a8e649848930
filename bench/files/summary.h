/* SPDX-License-Identifier: Apache-2.0 */
/* What a file command did, as JSON for a machine. */
#ifndef FT_SUMMARY_H
#define FT_SUMMARY_H

#include <jansson.h>

#include "bench/files/session.h"

/* {"command", "scheme", "transport", "suite", "escrow", "escrow_suite", "agents", "threshold", "backend", "library"}; with
 * escrow none, without the three of them that it does not have. NULL without memory: the functions below take that. */
json_t *ft_summary(const char *command, const eb_pair *pair);

/* "bytes": container header, and the wire's header, capsule and body; the plaintext's length. */
void ft_summary_bytes(json_t *summary, const ft_container *file, const eb_message *message, size_t plaintext);

/* A string that may not be UTF-8 (a file's name): other bytes become '?'. */
json_t *ft_json_text(const char *text);

/* Prints it on standard output, and frees it. False with *err if that fails. */
bool ft_summary_print(json_t *summary, ft_error *err);

#endif
