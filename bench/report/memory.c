/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (!memory) {
        fputs("escrowbench: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *rp_alloc(size_t count, size_t size)
{
    return must(calloc(count ? count : 1, size ? size : 1));
}

void *rp_resize(void *memory, size_t size)
{
    return must(realloc(memory, size));
}

/* The capacity is not stored: it is the power of two that holds `count`, so room is made when one is reached. */
void *rp_grow(void *array, size_t count, size_t size)
{
    char *grown = NULL;

    if (count != 0 && (count < 8 || (count & (count - 1)) != 0)) {
        return array;
    }
    grown = must(realloc(array, (count < 8 ? 8 : 2 * count) * size));
    memset(grown + count * size, 0, ((count < 8 ? 8 : 2 * count) - count) * size);
    return grown;
}

char *rp_print(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int len = 0;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = rp_alloc((size_t)(len < 0 ? 0 : len) + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, args);
    va_end(args);
    return text;
}
