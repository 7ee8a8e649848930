/* SPDX-License-Identifier: Apache-2.0 */
/* Our secret sharing over GF(256) alone, on every path that this CPU has: the part of the sharing escrows that grows with
 * what is split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/sides.h"
#include "sharing/gf256.h"

/* 1 MiB at 50-of-99 takes seconds without vectors, and says nothing that 64 KiB does not. */
static const struct {
    int64_t size;
    unsigned threshold, agents;
} shapes[] = {{32, 3, 5}, {65536, 3, 5}, {1 << 20, 3, 5}, {32, 50, 99}, {65536, 50, 99}};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

typedef struct state {
    const eb_gf256_path *path;
    eb_side_row row;
    bool splits, draws;
    uint8_t *secret, *coins, *shares, *out;
    uint8_t xs[255];
    const uint8_t *chosen[255];
} state;

static const char drawing[] = "coins drawn";

/* The i-th path that this CPU has. */
static const eb_gf256_path *usable(size_t i)
{
    const eb_gf256_path *p;
    for (size_t k = 0; (p = eb_gf256_path_at(k)) != NULL; k++)
        if (eb_gf256_path_missing(p) == NULL && i-- == 0)
            return p;
    return NULL;
}

static size_t usable_count(void)
{
    size_t n = 0;
    while (usable(n) != NULL)
        n++;
    return n;
}

/* A shape's rows: rebuilding and splitting on each path, and splitting with the coins drawn on the best. */
static bool row(size_t i, eb_side_row *r)
{
    const size_t paths = usable_count(), each = 2 * paths + 1, shape = i / each, k = i % each;
    if (shape >= SHAPES)
        return false;
    const bool draws = k == 2 * paths, splits = k % 2 == 0;
    const eb_gf256_path *path = draws ? eb_gf256_path_best() : usable(k / 2);
    const size_t len = (size_t)shapes[shape].size;
    *r = (eb_side_row){.op = splits ? "split" : "rebuild",
                       .subject = "sharing",
                       .variant = draws ? drawing : eb_gf256_path_id(path),
                       .threshold = shapes[shape].threshold,
                       .agents = shapes[shape].agents,
                       .size = shapes[shape].size,
                       .about = draws ? "the fastest path; coins by getrandom(2) for each" : "no secret indexes memory",
                       .coins = len * shapes[shape].threshold,
                       .coins_each = splits ? len * (shapes[shape].threshold - 1) : 0,
                       .reference = !draws && path == eb_gf256_path_best(),
                       .draws = draws};
    return true;
}

static void release(void *opaque)
{
    state *s = opaque;
    free(s->secret);
    free(s->coins);
    free(s->shares);
    free(s->out);
    free(s);
}

static eb_status draw(uint8_t *out, size_t len)
{
    while (len > 0) {
        const ssize_t n = getrandom(out, len < 1 << 20 ? len : 1 << 20, 0);
        if (n <= 0)
            return EB_ERR_BACKEND;
        out += n;
        len -= (size_t)n;
    }
    return EB_OK;
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    const size_t len = (size_t)s->row.size;
    if (!s->splits)
        return eb_gf256_interpolate_by(s->path, s->out, 0, s->xs, s->chosen, s->row.threshold, len);
    if (s->draws && draw(s->coins, s->row.coins_each) != EB_OK)
        return EB_ERR_BACKEND;
    return eb_gf256_split_by(s->path, s->shares, s->row.agents, s->row.threshold, s->secret, len, s->coins);
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    const eb_gf256_path *p = NULL;
    const size_t len = (size_t)r->size;
    state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return EB_ERR_BACKEND;
    s->row = *r;
    s->splits = strcmp(r->op, "split") == 0;
    s->draws = strcmp(r->variant, drawing) == 0;
    s->path = eb_gf256_path_best();
    for (size_t i = 0; !s->draws && (p = usable(i)) != NULL; i++)
        if (strcmp(eb_gf256_path_id(p), r->variant) == 0)
            s->path = p;
    s->secret = malloc(len);
    s->coins = malloc(len * r->threshold);
    s->shares = malloc(len * r->agents);
    s->out = malloc(len);
    if (s->secret == NULL || s->coins == NULL || s->shares == NULL || s->out == NULL) {
        release(s);
        return EB_ERR_BACKEND;
    }
    memcpy(s->secret, coins, len);
    memcpy(s->coins, coins + len, len * (r->threshold - 1));
    for (unsigned i = 0; i < r->threshold; i++) { /* the last t, as the peers take */
        const unsigned agent = r->agents - r->threshold + i;
        s->xs[i] = (uint8_t)(agent + 1);
        s->chosen[i] = s->shares + agent * len;
    }
    *out = s;
    if (eb_gf256_split(s->shares, r->agents, r->threshold, s->secret, len, s->coins) == EB_OK)
        return EB_OK;
    release(s);
    return EB_ERR_BACKEND;
}

/* The same shares as the portable path's (as the fastest path's, for that one), byte for byte; they give the secret back, and one share fewer does not. */
static eb_status prove(void *opaque)
{
    state *s = opaque;
    const size_t len = (size_t)s->row.size, all = len * s->row.agents;
    const unsigned t = s->row.threshold;
    const eb_gf256_path *portable = eb_gf256_path_at(0);
    const eb_gf256_path *other = s->path == portable ? eb_gf256_path_best() : portable;
    uint8_t *reference = malloc(all);
    memset(s->shares, 0, all);
    eb_status r = reference == NULL ? EB_ERR_BACKEND : EB_OK;
    if (r == EB_OK && s->draws)
        r = draw(s->coins, s->row.coins_each);
    if (r == EB_OK)
        r = eb_gf256_split_by(s->path, s->shares, s->row.agents, t, s->secret, len, s->coins);
    if (r == EB_OK)
        r = eb_gf256_split_by(other, reference, s->row.agents, t, s->secret, len, s->coins);
    if (r == EB_OK && memcmp(s->shares, reference, all) != 0)
        r = EB_ERR_AUTH;
    if (r == EB_OK)
        r = eb_gf256_interpolate_by(s->path, s->out, 0, s->xs, s->chosen, t - 1, len);
    if (r == EB_OK && memcmp(s->out, s->secret, len) == 0)
        r = EB_ERR_AUTH;
    if (r == EB_OK)
        r = eb_gf256_interpolate_by(s->path, s->out, 0, s->xs, s->chosen, t, len);
    if (r == EB_OK && memcmp(s->out, s->secret, len) != 0)
        r = EB_ERR_AUTH;
    free(reference);
    return r;
}

static const char *version(void)
{
    return "";
}

const eb_side eb_part_sharing = {
    .abi = EB_ABI,
    .id = "escrowbench",
    .library = "escrowbench",
    .version = version,
    .note = "secret sharing over GF(256) alone, by each path that this CPU has",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .release = release,
};
