/* SPDX-License-Identifier: Apache-2.0 */
#include "escrowbench/base.h"

/* Its requests are a few instructions that do nothing outside of valgrind. */
#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define EB_HAVE_MEMCHECK 1
#endif
#endif

void eb_wipe(void *ptr, size_t len)
{
    /* A volatile store per byte would do; per word it is four times faster on the messages that are wiped after a
       failed open. The barrier keeps the compiler from proving that nobody reads the zeros. */
    uint8_t *p = ptr;
    while (len > 0 && ((uintptr_t)p & (sizeof(uint64_t) - 1)) != 0) {
        *(volatile uint8_t *)p++ = 0;
        len--;
    }
    for (; len >= sizeof(uint64_t); len -= sizeof(uint64_t), p += sizeof(uint64_t))
        *(volatile uint64_t *)(void *)p = 0;
    while (len-- > 0)
        *(volatile uint8_t *)p++ = 0;
#if defined(__GNUC__)
    __asm__ __volatile__("" : : "r"(ptr) : "memory");
#endif
}

bool eb_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < len; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    return eb_public_result(diff) == 0;
}

#if defined(EB_HAVE_MEMCHECK)

void eb_secret(const void *ptr, size_t len)
{
    if (len > 0)
        (void)VALGRIND_MAKE_MEM_UNDEFINED(ptr, len);
}

void eb_public(const void *ptr, size_t len)
{
    if (len > 0)
        (void)VALGRIND_MAKE_MEM_DEFINED(ptr, len);
}

#else

void eb_secret(const void *ptr, size_t len)
{
    (void)ptr, (void)len;
}

void eb_public(const void *ptr, size_t len)
{
    (void)ptr, (void)len;
}

#endif

const char *eb_status_name(eb_status s)
{
    switch (s) {
    case EB_OK:
        return "ok";
    case EB_ERR_AUTH:
        return "forged or corrupt";
    case EB_ERR_INVALID:
        return "malformed";
    case EB_ERR_SPACE:
        return "buffer too small";
    case EB_ERR_UNSUPPORTED:
        return "not supported";
    case EB_ERR_BACKEND:
        return "library failure";
    case EB_ERR_REPLAY:
        return "opened before, or its key is no longer kept";
    case EB_ERR_SKIP:
        return "overtakes more messages than keys are kept for";
    case EB_ERR_PEER:
        return "from somebody else";
    case EB_ERR_PREKEY:
        return "for other prekeys";
    case EB_ERR_FEW:
        return "too few good answers";
    }
    return "unknown status";
}
