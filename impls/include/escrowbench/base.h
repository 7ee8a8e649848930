/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status codes, byte ranges and buffers: what every part of escrowbench shares.
 *
 * Conventions of the whole interface: outputs come first; memory is the caller's; on an error every output is
 * zeroed; secrets are wiped before memory is given back; no function reads a clock, does I/O or draws randomness
 * (random bytes enter as coins).
 */
#ifndef ESCROWBENCH_BASE_H
#define ESCROWBENCH_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Version of this interface. Every descriptor carries it, so that a module built for another one is refused. */
#define EB_ABI 3u

/** The result of an operation. Only EB_OK leaves usable outputs. */
typedef enum eb_status {
    EB_OK = 0,
    EB_ERR_AUTH = -1,        /* forged or corrupt input: expected, not a bug */
    EB_ERR_INVALID = -2,     /* malformed key, point, share or length */
    EB_ERR_SPACE = -3,       /* output buffer smaller than the documented maximum */
    EB_ERR_UNSUPPORTED = -4, /* the library lacks a primitive: an empty cell */
    EB_ERR_BACKEND = -5,     /* the library failed: stop the run */
    /* Refusals that are told apart by what anyone sees: numbers, public keys, how many answered. */
    EB_ERR_REPLAY = -6, /* of a chain that goes on: opened before, or overtaken by so many that its key is gone */
    EB_ERR_SKIP = -7,   /* it overtakes more messages than keys are kept for */
    EB_ERR_PEER = -8,   /* it says that it is from another than the peer of this session */
    EB_ERR_PREKEY = -9, /* it is for other prekeys than those at hand */
    EB_ERR_FEW = -10,   /* fewer good answers than the threshold */
} eb_status;

/** An input was refused, for whatever reason: expected, not a bug. */
static inline bool eb_refused(eb_status s)
{
    return s == EB_ERR_AUTH || s == EB_ERR_INVALID || (s <= EB_ERR_REPLAY && s >= EB_ERR_FEW);
}

#if defined(__GNUC__)
#define EB_MUST_CHECK __attribute__((warn_unused_result))
#else
#define EB_MUST_CHECK
#endif

/** What the program offers to implementations that it loads at run time. */
#if defined(__GNUC__)
#define EB_API __attribute__((visibility("default")))
#else
#define EB_API
#endif

/** A borrowed range of bytes; `ptr` may be NULL only where `len` is 0. */
typedef struct eb_bytes {
    const uint8_t *ptr;
    size_t len;
} eb_bytes;

/** A caller's buffer: the callee writes at most `cap` bytes and sets `len` (0 on an error). */
typedef struct eb_buf {
    uint8_t *ptr;
    size_t len, cap;
} eb_buf;

static inline eb_bytes eb_range(const void *ptr, size_t len)
{
    return (eb_bytes){.ptr = (const uint8_t *)ptr, .len = len};
}

/** The bytes of a string literal without its terminator. */
#define EB_LITERAL(s) ((eb_bytes){.ptr = (const uint8_t *)(s), .len = sizeof(s) - 1})

static inline eb_bytes eb_view(const eb_buf *b)
{
    return (eb_bytes){.ptr = b->ptr, .len = b->len};
}

/** Overwrites `len` bytes with zeros in a way that the compiler may not remove. */
EB_API void eb_wipe(void *ptr, size_t len);

/** True if both ranges of `len` bytes are equal; takes the same time whatever they hold. */
EB_API bool eb_equal(const void *a, const void *b, size_t len) EB_MUST_CHECK;

/*
 * What is secret and what is not, for the gate of constant time: under valgrind's memcheck these mark bytes as undefined or
 * as defined, so that a branch or an address that depends on a secret is an error. Elsewhere they do nothing, in a few
 * instructions. Every coin is secret, and with it all that is made from it; what leaves by the wire, public keys and
 * verdicts are made public where they leave.
 */
EB_API void eb_secret(const void *ptr, size_t len);
EB_API void eb_public(const void *ptr, size_t len);

/** The result of a comparison or of a library's check, which the caller acts on: it is public, what was compared is not. */
static inline int eb_public_result(int result)
{
    eb_public(&result, sizeof result);
    return result;
}

/** One word for a status, for messages and logs. Never NULL. */
EB_API const char *eb_status_name(eb_status s);

#endif
