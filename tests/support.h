/* SPDX-License-Identifier: Apache-2.0 */
/* What every test file needs: cmocka with its own prerequisites in the right order, and reproducible bytes. */
#ifndef EB_TESTS_SUPPORT_H
#define EB_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A small generator (xorshift64*): the same bytes for the same state. */
static inline uint64_t test_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline void test_fill(uint8_t *out, size_t len, uint64_t *state)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(test_random(state) >> 56);
}

#endif
