/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/guard.h"

#include <stdlib.h>
#include <string.h>

static const size_t canary = 64; /* bytes on either side, on average */

bool gt_guard_new(gt_guard *g, size_t cap, size_t shift)
{
    *g = (gt_guard){.cap = cap};
    g->raw = malloc(cap + 2 * canary);
    if (g->raw == NULL)
        return false;
    memset(g->raw, GT_PATTERN, cap + 2 * canary);
    g->ptr = g->raw + canary / 2 + shift % (canary / 2);
    return true;
}

void gt_guard_free(gt_guard *g)
{
    free(g->raw);
    *g = (gt_guard){0};
}

void gt_guard_fill(gt_guard *g)
{
    memset(g->ptr, GT_PATTERN, g->cap);
}

static bool holds_pattern(const uint8_t *from, const uint8_t *to)
{
    for (; from < to; from++)
        if (*from != GT_PATTERN)
            return false;
    return true;
}

bool gt_guard_intact(const gt_guard *g)
{
    return holds_pattern(g->raw, g->ptr) && holds_pattern(g->ptr + g->cap, g->raw + g->cap + 2 * canary);
}

bool gt_guard_untouched(const gt_guard *g)
{
    return holds_pattern(g->raw, g->raw + g->cap + 2 * canary);
}

bool gt_guard_clean(const gt_guard *g)
{
    for (size_t i = 0; i < g->cap; i++)
        if (g->ptr[i] != 0 && g->ptr[i] != GT_PATTERN)
            return false;
    return true;
}

bool gt_zeros(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != 0)
            return false;
    return true;
}
