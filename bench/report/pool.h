/* SPDX-License-Identifier: Apache-2.0 */
/* A document's strings, each kept once: equal strings have equal pointers. Also finds a cell by its id. */
#ifndef RP_POOL_H
#define RP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rp_pool rp_pool;

rp_pool *rp_pool_new(void);
void rp_pool_free(rp_pool *pool);

/* The pool's copy of text. What no report can show (control characters, broken UTF-8) is replaced by '?', so that a file
 * that was written can always be read, and no string can steer a terminal. */
const char *rp_pool_add(rp_pool *pool, const char *text);

/* A number tied to a string; RP_NONE's value, UINT32_MAX, if the string is not there or has none. */
uint32_t rp_pool_number(const rp_pool *pool, const char *text);
void rp_pool_set_number(rp_pool *pool, const char *text, uint32_t number);

/* Whether text is UTF-8 without control characters. */
bool rp_is_clean(const char *text);

#endif
