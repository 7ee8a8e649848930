/* SPDX-License-Identifier: Apache-2.0 */
/* Heap accounting: how often, and for how many bytes, an operation asks the allocator.
 *
 * The executable that links this file has its own malloc, calloc, realloc, free, posix_memalign, aligned_alloc and
 * memalign in front of glibc's; shared libraries use them too. Unless a window is open they cost one predictable
 * branch, so never time inside a window. A call is *ours* when it returns to the executable's own text, else *the
 * library's*: meaningful where the cryptography libraries are shared objects. Not seen: mmap by hand, memory that a
 * library keeps in a pool of its own. */
#ifndef HN_ALLOC_H
#define HN_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One side's calls in a window. */
typedef struct hn_alloc_side {
    uint64_t calls; /* that handed out memory: malloc, calloc, the aligned forms, and each realloc */
    uint64_t frees; /* of a block: not free(NULL), nor what a realloc gives back */
    uint64_t bytes; /* asked for, summed; a realloc counts its whole new size */
} hn_alloc_side;

typedef struct hn_alloc {
    hn_alloc_side ours, library;
    uint64_t peak_bytes; /* most bytes live at once of those handed out in the window, in usable sizes, both sides */
    int64_t kept_bytes;  /* still live at the end; negative if older blocks were freed */
} hn_alloc;

/* Whether windows count on this build, libc and run: probed. False on musl, under sanitizers and valgrind. */
bool hn_alloc_available(void);

/* Opens a window for the calling thread: *into is zeroed, and filled as calls come. HN_ERR_UNAVAILABLE as above,
 * HN_ERR_INVALID if the thread has one open. into must outlive the window. */
hn_status hn_alloc_start(hn_alloc *into);

/* Closes the calling thread's window; *into (the same pointer) is final. HN_ERR_INVALID if it is not the open one. */
hn_status hn_alloc_stop(hn_alloc *into);

/* Where memory comes from instead of glibc. Functions may not allocate themselves. */
typedef struct hn_alloc_source {
    void *(*take)(void *ctx, size_t alignment, size_t size); /* NULL: there is none left */
    size_t (*size)(void *ctx, const void *block);            /* 0: not from here */
    void (*give)(void *ctx, void *block);                    /* one that is from here */
    void *ctx;
} hn_alloc_source;

/* From now on the calling thread's memory comes from *source (borrowed), until the next call with NULL; what is from there must
 * be given back before that, or never. HN_ERR_UNAVAILABLE as for windows, HN_ERR_INVALID if the thread has one open. */
hn_status hn_alloc_divert(const hn_alloc_source *source);

#ifdef __cplusplus
}
#endif
#endif
