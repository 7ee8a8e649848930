/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/pool.h"

#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

typedef struct entry {
    char *text; /* NULL: free */
    uint32_t number;
} entry;

/* Open addressing, linear probing, at most half full. */
struct rp_pool {
    entry *entries;
    size_t capacity, used; /* capacity: a power of two */
};

rp_pool *rp_pool_new(void)
{
    rp_pool *pool = rp_alloc(1, sizeof *pool);

    pool->capacity = 256;
    pool->entries = rp_alloc(pool->capacity, sizeof *pool->entries);
    return pool;
}

void rp_pool_free(rp_pool *pool)
{
    if (!pool) {
        return;
    }
    for (size_t i = 0; i < pool->capacity; i++) {
        free(pool->entries[i].text);
    }
    free(pool->entries);
    free(pool);
}

/* FNV-1a, 64 bits: short strings, and at worst a slow file of 65,535 cells. */
static size_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325U;

    for (; *text; text++) {
        h = (h ^ (unsigned char)*text) * 0x100000001b3U;
    }
    return (size_t)(h ^ (h >> 32));
}

static entry *slot(const rp_pool *pool, const char *text)
{
    size_t i = hash(text) & (pool->capacity - 1);

    while (pool->entries[i].text && strcmp(pool->entries[i].text, text) != 0) {
        i = (i + 1) & (pool->capacity - 1);
    }
    return &pool->entries[i];
}

static void grow(rp_pool *pool)
{
    rp_pool larger = {.capacity = 2 * pool->capacity, .used = pool->used};

    larger.entries = rp_alloc(larger.capacity, sizeof *larger.entries);
    for (size_t i = 0; i < pool->capacity; i++) {
        if (pool->entries[i].text) {
            *slot(&larger, pool->entries[i].text) = pool->entries[i];
        }
    }
    free(pool->entries);
    *pool = larger;
}

/* Bytes of the UTF-8 sequence at s that stands for a character fit to print, or 0 (RFC 3629, s. 4). */
static size_t character(const unsigned char *s)
{
    size_t len = 0;

    if (s[0] < 0x80) {
        return s[0] >= 0x20 && s[0] != 0x7f;
    }
    len = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : s[0] >= 0xe0 && s[0] <= 0xef ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
        return 0; /* C1 controls, overlong forms, surrogates, above U+10FFFF */
    }
    return len;
}

bool rp_is_clean(const char *text)
{
    while (*text) {
        const size_t len = character((const unsigned char *)text);
        if (len == 0) {
            return false;
        }
        text += len;
    }
    return true;
}

static char *cleaned(const char *text)
{
    char *copy = rp_alloc(strlen(text) + 1, 1);
    size_t i = 0;

    memcpy(copy, text, strlen(text) + 1);
    while (copy[i]) {
        const size_t len = character((const unsigned char *)copy + i);
        if (len == 0) {
            copy[i] = '?';
        }
        i += len ? len : 1;
    }
    return copy;
}

const char *rp_pool_add(rp_pool *pool, const char *text)
{
    char *copy = cleaned(text);
    entry *e = slot(pool, copy);

    if (e->text) {
        free(copy);
        return e->text;
    }
    if (2 * (pool->used + 1) > pool->capacity) {
        grow(pool);
        e = slot(pool, copy);
    }
    *e = (entry){.text = copy, .number = UINT32_MAX};
    pool->used++;
    return copy;
}

uint32_t rp_pool_number(const rp_pool *pool, const char *text)
{
    const entry *e = slot(pool, text);

    return e->text ? e->number : UINT32_MAX;
}

void rp_pool_set_number(rp_pool *pool, const char *text, uint32_t number)
{
    const char *own = rp_pool_add(pool, text);

    slot(pool, own)->number = number;
}
