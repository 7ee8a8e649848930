/* SPDX-License-Identifier: Apache-2.0 */
/* A cursor over JSON text: reads the large arrays of a run document element by element, so that memory stays with what is
 * kept. Small values go through jansson; slices, which are arrays of numbers, do not. */
#ifndef RP_READER_H
#define RP_READER_H

#include "bench/report/document.h"

/* Most bytes of one value that jansson is given: a hostile file costs at most some 50 MB of memory. */
enum { RP_VALUE_MAX = 1 << 20 };

typedef struct rp_reader {
    const char *name; /* for messages */
    const char *text;
    size_t len, at;
    rp_error *err;
} rp_reader;

/* Each returns false with one line in *err, which ends in the position. */

/* Takes `c` after blanks, or fails. rp_reader_peek looks at the next character after blanks; 0 at the end. */
bool rp_reader_take(rp_reader *r, char c);
char rp_reader_peek(rp_reader *r);
/* Nothing but blanks is left. */
bool rp_reader_end(rp_reader *r);

/* One whole value of at most RP_VALUE_MAX bytes; NULL on a failure. */
json_t *rp_reader_value(rp_reader *r);
/* Passes over a value without keeping it: brackets and strings are matched, no more. */
bool rp_reader_skip(rp_reader *r);
/* A number that is no part of a larger value. Whole numbers are from 0 to `max`. */
bool rp_reader_whole(rp_reader *r, uint64_t max, uint64_t *out);
bool rp_reader_real(rp_reader *r, double *out);

/* Steps through an object or array: before each element, with *first true at the start. 1: there is one (its key in
 * `key`); 0: the closing bracket was taken; -1: failed. */
int rp_reader_member(rp_reader *r, bool *first, char key[64]);
int rp_reader_element(rp_reader *r, bool *first);

/* Puts name, line and column in front of what is in *err. Returns false. */
bool rp_reader_fail_at(rp_reader *r, size_t at);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool rp_reader_fails(rp_reader *r, const char *format, ...);

#endif
