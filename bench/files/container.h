/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file format: one container for every kind of file.
 *
 *   escrowbench KIND 1\n          the kind, and the version of the format
 *   name: value\n                 fields, each at most once, in the order of ft_field
 *   \n
 *   payload                       bytes, to the end of the file
 *
 * There is one encoding of each header: a parsed one, encoded again, gives the same bytes. Numbers are decimal without
 * leading zeros, digests 64 lower-case hexadecimal digits, names lower-case letters, digits and dashes. The parser works on
 * memory, keeps nothing, and takes any bytes.
 */
#ifndef FT_CONTAINER_H
#define FT_CONTAINER_H

#include "escrowbench/scheme.h"

enum {
    FT_HEADER_MAX = 8192, /* bytes up to the payload */
    FT_ID_MAX = 32,       /* of a transport, a suite, an escrow */
    FT_USER_MAX = 256     /* bytes of UTF-8 */
};

typedef enum ft_kind {
    FT_AUTHORITY,   /* payload: the authority's public data */
    FT_AGENT,       /* payload: an agent's secret, as eb_setup writes it */
    FT_PUBLIC_KEY,  /* payload: a device's public key */
    FT_PRIVATE_KEY, /* payload: its private key */
    FT_MESSAGE,     /* payload: the wire; sealed with the header as associated data */
    FT_PARTIAL,     /* payload: an agent's answer, as eb_partial writes it */
    FT_KIND_COUNT
} ft_kind;

/* The fields, in the order in which they stand in a file. */
typedef enum ft_field {
    FT_TRANSPORT,
    FT_SUITE,
    FT_ESCROW, /* "none" in a message: then the fields below are missing */
    FT_ESCROW_SUITE,
    FT_AGENTS,      /* n */
    FT_THRESHOLD,   /* t */
    FT_INDEX,       /* an agent's, 1 to n */
    FT_FINGERPRINT, /* "authority": SHA-256 of the authority's file */
    FT_CAPSULE,     /* SHA-256 of the capsule that a partial answers to */
    FT_USER,        /* any name without control characters; may be empty */
    FT_EPOCH,
    FT_FIELD_COUNT
} ft_field;

/* A file's header, and where its parts lie. Members of fields that a kind does not have are zero. */
typedef struct ft_container {
    ft_kind kind;
    char transport[FT_ID_MAX + 1], suite[FT_ID_MAX + 1];
    char escrow[FT_ID_MAX + 1], escrow_suite[FT_ID_MAX + 1];
    unsigned agents, threshold, index;
    uint8_t authority[EB_DIGEST], capsule[EB_DIGEST];
    char user[FT_USER_MAX + 1];
    uint64_t epoch;
    eb_bytes header, payload; /* borrowed from the file's bytes; the header ends with the empty line */
} ft_container;

/* "public-key", as it stands in the first line. */
const char *ft_kind_name(ft_kind kind);

/* Reads a whole file's bytes. False, with a one-line reason in `why`, for anything that ft_encode would not write. */
bool ft_parse(ft_container *c, eb_bytes file, char *why, size_t why_len) EB_MUST_CHECK;

/* Writes the header (not the payload), with its empty line, and returns its length; 0 if a member's value is not allowed or
 * `cap` is too small. Members of fields that the kind does not have are ignored. */
size_t ft_encode(uint8_t *out, size_t cap, const ft_container *c) EB_MUST_CHECK;

/* True if `user` may be a user's name: UTF-8 of at most FT_USER_MAX bytes without control characters. */
bool ft_user_valid(const char *user) EB_MUST_CHECK;

/* True if a message has a capsule. */
bool ft_escrowed(const ft_container *c) EB_MUST_CHECK;

#endif
