/* SPDX-License-Identifier: Apache-2.0 */
/* What the harness times: a function and its context. It knows nothing else about the work. */
#ifndef HN_OP_H
#define HN_OP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Outcome of a harness call. HN_OK is 0; everything else is an error, except HN_STOPPED. */
typedef enum hn_status {
    HN_OK = 0,
    HN_ERR_OP = -1,          /* the timed operation returned non-zero */
    HN_ERR_PREPARE = -2,     /* prepare() returned non-zero */
    HN_ERR_MEMORY = -3,      /* out of memory */
    HN_ERR_INVALID = -4,     /* an argument makes no sense: a bug of the caller */
    HN_ERR_ENGINE = -5,      /* the benchmark engine reported nothing */
    HN_ERR_UNAVAILABLE = -6, /* this machine, libc or build does not offer it */
    HN_STOPPED = 1           /* the stop flag was raised; what was measured until then is valid */
} hn_status;

/* One operation. Returns 0, or the caller's own error code, which is handed back unchanged. */
typedef int (*hn_fn)(void *ctx);

/* Readies the context for exactly n calls of the operation, outside the clock: a ratchet needs n
 * fresh messages before n can be opened. Called before every run of n operations, the warm-up's too. What a former
 * call readied may be left over and can be dropped. Returns 0 or the caller's own error code. */
typedef int (*hn_prepare_fn)(void *ctx, uint64_t n);

/* An operation as the harness runs it. All pointers are borrowed. */
typedef struct hn_cell {
    const char *name;      /* for the engine and for errors; never parsed */
    const void *id;        /* the caller's own, untouched; may be NULL */
    hn_fn op;              /* required */
    void *ctx;             /* handed to op and prepare */
    hn_prepare_fn prepare; /* NULL: the operation can be repeated as it is */
    uint64_t max_prepare;  /* most operations that one prepare() can ready; 0: no limit */
} hn_cell;

/* A word for a status, such as "operation failed". Static. */
const char *hn_status_text(hn_status status);

#ifdef __cplusplus
}
#endif
#endif
