/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/leaks.h"

#include <stddef.h>

enum { TAG = 16, ENTRIES = 256, APART = 512 };

unsigned leaky_equal(const uint8_t *a, const uint8_t *b)
{
    const volatile uint8_t *x = a, *y = b;
    for (size_t i = 0; i < LEAK_LEN; i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

/* Entries lie apart, so that each has cache lines of its own. */
static volatile uint8_t table[ENTRIES * APART];

unsigned leaky_table(const uint8_t *secret)
{
    unsigned sum = 0;
    for (size_t i = 0; i < LEAK_LEN; i++)
        sum += table[(size_t)secret[i] * APART];
    return sum;
}

unsigned leaky_tag(const uint8_t *tag, const uint8_t *expected)
{
    volatile unsigned work = 0;
    unsigned diff = 0;
    for (size_t i = 0; i < TAG; i++)
        diff |= (unsigned)(tag[i] ^ expected[i]);
    if (diff != 0)
        return 0;
    for (size_t i = 0; i < LEAK_LEN; i++)
        work = work + tag[i];
    return work;
}

unsigned masked_table(const uint8_t *secret)
{
    unsigned sum = 0;
    for (size_t i = 0; i < LEAK_LEN; i++)
        for (unsigned k = 0; k < ENTRIES; k++) {
            const unsigned apart = k ^ secret[i];
            sum += table[(size_t)k * APART] & (((apart - 1) >> 8) & 0xff);
        }
    return sum;
}
