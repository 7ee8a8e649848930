/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that the gates of constant time must find, and what they must not find. */
#ifndef LEAKS_H
#define LEAKS_H

#include <stdint.h>

enum { LEAK_LEN = 64 };

/** memcmp as one writes it: ends at the first difference. */
unsigned leaky_equal(const uint8_t *a, const uint8_t *b);
/** Sums a table by secret indices, one entry in each page. */
unsigned leaky_table(const uint8_t *secret);
/** Compares 16 bytes in constant time, and then works on the rest only if they are equal, by a branch. */
unsigned leaky_tag(const uint8_t *tag, const uint8_t *expected);

/** The same look-up through all of a table, by masks. */
unsigned masked_table(const uint8_t *secret);

#endif
