/* SPDX-License-Identifier: Apache-2.0 */
/* What every file command does: load files of a kind, find a library that can do the pair, open it. */
#ifndef FT_SESSION_H
#define FT_SESSION_H

#include "bench/files/container.h"
#include "bench/files/input.h"
#include "escrowbench/join.h"

/* Bytes of a message, at most: 2^30. Above, one AEAD call is near the limits of the libraries and of their counters. */
#define FT_MESSAGE_MAX ((size_t)1 << 30)

/* What a whole message file may have beyond the message. */
enum { FT_MESSAGE_EXTRA = 65536 };

/* HPKE's info of every file, and the start of a message's associated data. */
#define FT_LABEL EB_LITERAL("escrowbench file v1")

/* Options that several commands have. */
#define FT_BACKEND_HELP                                                                                                \
    "Library to compute with. Default: the first of those that `escrowbench list` shows (sodium, openssl, mbedtls) "   \
    "that has everything that is needed."
#define FT_JSON_HELP "Print a summary as JSON on standard output."

/* Closed standard streams, closed pipes and interrupts are taken care of from here on. */
void ft_guard(void);

/* A file in memory. */
typedef struct ft_file {
    const char *path; /* as in messages; NULL: not loaded */
    ft_data data;
    ft_container c;
} ft_file;

/* Loads a file that must be of one kind ("-": standard input). ft_file_drop takes what was never loaded, too. */
bool ft_load(ft_file *file, const char *path, ft_kind kind, ft_error *err);
void ft_file_drop(ft_file *file);
/* The same for a key or an answer of any kind. A file that can be read but not parsed is no error: `damaged` says why, and is
 * an empty string for a sound one. */
bool ft_load_any(ft_file *file, const char *path, char *damaged, size_t damaged_len, ft_error *err);

/* False unless the payload has the bytes that the pair says it has. */
bool ft_payload_is(const ft_file *file, size_t len, ft_error *err);
/* False unless both are of one transport and suite. */
bool ft_same_scheme(const ft_file *a, const ft_file *b, ft_error *err);
/* True if both are of one scheme and escrow, suites, n and t included. */
bool ft_same_escrow(const ft_container *a, const ft_container *b);

/* Files hold one message that stands alone, and at most a capsule with it. NULL for a scheme of that kind; else a line that says
   why it has no file form. */
const char *ft_no_files(const eb_pair_spec *spec);

/* Opens the pair that a header describes on `backend` (NULL: the first that can). `where` is the file that it comes from;
 * NULL: the command line, so that what cannot be is a wrong use. */
bool ft_pair_open(eb_pair **pair, const ft_container *c, const char *backend, const char *where, ft_error *err);

/* Sets c->escrow_suite to the transport's own, if the escrow has it, else to the first that a library can do. */
bool ft_escrow_suite(ft_container *c, const char *backend, ft_error *err);

/* An authority's fingerprint: SHA-256 of its whole file. No tool refreshes or reshares, so there is one file to a key; agents'
 * keys must be of exactly these shares. A tool that renews shares would have messages name the key alone, as links do. */
bool ft_fingerprint(const eb_pair *pair, uint8_t digest[EB_DIGEST], eb_bytes file, ft_error *err);
/* True if the message was sealed to this authority. */
bool ft_sealed_to(const eb_pair *pair, const ft_file *message, const ft_file *authority, bool *same, ft_error *err);

/* A message's associated data: label, canonical header, the caller's. `aad` may be NULL. */
bool ft_associated(ft_data *out, eb_bytes header, const char *aad, ft_error *err);

/* A message's parts. False if it is too short for them or too long for us. */
bool ft_parts(eb_message *parts, const eb_pair *pair, const ft_file *message, ft_error *err);

/* Loads the authority for the user and the epoch that a message's header names. */
bool ft_authority_load(eb_authority **authority, const eb_pair *pair, const ft_file *file, const ft_container *message,
                       ft_error *err);

/* Says what a key, a share or a library did wrong: "x: malformed: ..." */
bool ft_status_fails(ft_error *err, eb_status status, const eb_pair *pair, const char *where, const char *what);

#endif
