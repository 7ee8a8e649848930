/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/alloc.h"

#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define HN_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HN_SANITIZED 1
#endif

/* Sanitizers bring their own malloc, and only glibc has names for what lies beneath it. */
#if defined(__GLIBC__) && !defined(HN_SANITIZED)

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* The executable's first byte and the end of its code: set by the linker. */
extern const char __executable_start[];
extern const char etext[];

/* Initial-exec, as malloc must not be called to find a thread's variable. */
#define THREAD_VARIABLE static _Thread_local __attribute__((tls_model("initial-exec")))
THREAD_VARIABLE hn_alloc *window;
THREAD_VARIABLE int64_t live;

THREAD_VARIABLE const hn_alloc_source *source;
THREAD_VARIABLE bool special; /* a window is open, or the source is another: one branch for both */

#define REPLACES __attribute__((visibility("default")))
#define SPECIAL __builtin_expect(special, 0)
#define CALLER __builtin_return_address(0)

static hn_alloc_side *side_of(const void *caller)
{
    const uintptr_t address = (uintptr_t)caller;

    return address >= (uintptr_t)__executable_start && address < (uintptr_t)etext ? &window->ours : &window->library;
}

static void add_live(int64_t change)
{
    live += change;
    if (live > 0 && (uint64_t)live > window->peak_bytes) {
        window->peak_bytes = (uint64_t)live;
    }
}

static __attribute__((noinline)) void count_new(const void *caller, void *block, size_t size)
{
    hn_alloc_side *side = side_of(caller);

    if (block != NULL) {
        side->calls++;
        side->bytes += size;
        add_live((int64_t)malloc_usable_size(block));
    }
}

static __attribute__((noinline)) void count_free(const void *caller, void *block)
{
    if (block != NULL) {
        side_of(caller)->frees++;
        add_live(-(int64_t)malloc_usable_size(block));
    }
}

/* ---- what happens under a window, or with another source ---- */

static __attribute__((noinline)) void *special_new(const void *caller, size_t alignment, size_t size)
{
    if (source != NULL) {
        return source->take(source->ctx, alignment, size);
    }
    void *block = alignment > 0 ? __libc_memalign(alignment, size) : __libc_malloc(size);
    count_new(caller, block, size);
    return block;
}

static __attribute__((noinline)) void *special_zeroed(const void *caller, size_t count, size_t size)
{
    if (source != NULL) {
        size_t all;
        void *block = __builtin_mul_overflow(count, size, &all) ? NULL : source->take(source->ctx, 0, all);
        return block != NULL ? memset(block, 0, all) : NULL;
    }
    void *block = __libc_calloc(count, size);
    count_new(caller, block, count * size); /* no overflow: glibc would have returned NULL */
    return block;
}

static __attribute__((noinline)) void special_free(const void *caller, void *block)
{
    if (source != NULL && block != NULL && source->size(source->ctx, block) > 0) {
        source->give(source->ctx, block);
        return;
    }
    if (window != NULL) {
        count_free(caller, block);
    }
    __libc_free(block);
}

static void *move(void *old, size_t before, size_t size)
{
    void *block = size > 0 ? source->take(source->ctx, 0, size) : NULL;

    if (block != NULL) {
        memcpy(block, old, before < size ? before : size);
    }
    if (block != NULL || size == 0) {
        source->give(source->ctx, old);
    }
    return block;
}

static __attribute__((noinline)) void *special_resize(const void *caller, void *old, size_t size)
{
    if (source != NULL) {
        const size_t own = old != NULL ? source->size(source->ctx, old) : 0;
        return old == NULL ? source->take(source->ctx, 0, size)
               : own > 0   ? move(old, own, size)
                           : __libc_realloc(old, size);
    }
    const size_t before = old != NULL ? malloc_usable_size(old) : 0;
    void *block = __libc_realloc(old, size);
    if (block != NULL) {
        count_new(caller, block, size);
        add_live(-(int64_t)before);
    } else if (old != NULL && size == 0) { /* glibc frees */
        side_of(caller)->frees++;
        add_live(-(int64_t)before);
    }
    return block;
}

/* ---- in front of glibc's ---- */

REPLACES void *malloc(size_t size)
{
    return SPECIAL ? special_new(CALLER, 0, size) : __libc_malloc(size);
}

REPLACES void *calloc(size_t count, size_t size)
{
    return SPECIAL ? special_zeroed(CALLER, count, size) : __libc_calloc(count, size);
}

REPLACES void *realloc(void *old, size_t size)
{
    return SPECIAL ? special_resize(CALLER, old, size) : __libc_realloc(old, size);
}

REPLACES void free(void *block)
{
    if (SPECIAL) {
        special_free(CALLER, block);
    } else {
        __libc_free(block);
    }
}

static bool power_of_two(size_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

REPLACES int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!power_of_two(alignment) || alignment % sizeof(void *) != 0) {
        return EINVAL;
    }
    const int saved = errno; /* posix_memalign returns its error, and leaves errno alone */
    void *block = SPECIAL ? special_new(CALLER, alignment, size) : __libc_memalign(alignment, size);
    errno = saved;
    if (block == NULL) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

REPLACES void *aligned_alloc(size_t alignment, size_t size)
{
    if (!power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return SPECIAL ? special_new(CALLER, alignment, size) : __libc_memalign(alignment, size);
}

REPLACES void *memalign(size_t alignment, size_t size)
{
    return SPECIAL ? special_new(CALLER, alignment, size) : __libc_memalign(alignment, size);
}

/* Valgrind replaces the functions above when the program runs: only trying tells. */
static bool probe(void)
{
    hn_alloc counts = {0};
    void *(*volatile get)(size_t) = malloc; /* volatile, as compilers remove a malloc that is only freed */
    void (*volatile put)(void *) = free;

    window = &counts;
    special = true;
    live = 0;
    put(get(1));
    window = NULL;
    special = false;
    return counts.ours.calls == 1 && counts.ours.frees == 1 && counts.library.calls == 0;
}

bool hn_alloc_available(void)
{
    return special || probe();
}

hn_status hn_alloc_start(hn_alloc *into)
{
    if (into == NULL || special) {
        return HN_ERR_INVALID;
    }
    memset(into, 0, sizeof *into);
    if (!probe()) {
        return HN_ERR_UNAVAILABLE;
    }
    live = 0;
    window = into;
    special = true;
    return HN_OK;
}

hn_status hn_alloc_stop(hn_alloc *into)
{
    if (into == NULL || window != into) {
        return HN_ERR_INVALID;
    }
    window = NULL;
    special = false;
    into->kept_bytes = live;
    return HN_OK;
}

hn_status hn_alloc_divert(const hn_alloc_source *from)
{
    if (window != NULL) {
        return HN_ERR_INVALID;
    }
    if (from != NULL && !hn_alloc_available()) {
        return HN_ERR_UNAVAILABLE;
    }
    source = from;
    special = from != NULL;
    return HN_OK;
}

#else

bool hn_alloc_available(void)
{
    return false;
}

hn_status hn_alloc_start(hn_alloc *into)
{
    if (into == NULL) {
        return HN_ERR_INVALID;
    }
    *into = (hn_alloc){0};
    return HN_ERR_UNAVAILABLE;
}

hn_status hn_alloc_stop(hn_alloc *into)
{
    (void)into;
    return HN_ERR_INVALID;
}

hn_status hn_alloc_divert(const hn_alloc_source *from)
{
    return from == NULL ? HN_OK : HN_ERR_UNAVAILABLE;
}

#endif
