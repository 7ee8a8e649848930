/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that cannot fail for its caller: a report without memory has nothing better to do than to say so and end. */
#ifndef RP_MEMORY_H
#define RP_MEMORY_H

#include <stddef.h>

void *rp_alloc(size_t count, size_t size); /* zeroed; never NULL */
/* realloc(); what is new is not zeroed. */
void *rp_resize(void *memory, size_t size);
/* Makes room for one more of `size` bytes in an array of `count`, growing by doubling; what is new is zeroed. */
void *rp_grow(void *array, size_t count, size_t size);
/* A formatted string; free() it. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
rp_print(const char *format, ...);

#endif
