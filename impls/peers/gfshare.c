/* SPDX-License-Identifier: Apache-2.0 */
/* libgfshare: secret sharing over GF(256) by tables of logarithms. Its field is another one (x^8 + x^4 + x^3 + x^2 + 1), so
 * its shares are not ours. Like ours it is given its coins: the generator that it asks hands them out. */
#include <libgfshare.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/side.h"

/* The library asks a function without a context for random bytes. */
static const uint8_t *next_coins;

static void hand_out(unsigned char *out, unsigned int len)
{
    memcpy(out, next_coins, len);
}

typedef struct state {
    eb_side_row row;
    gfshare_ctx *splitter, *combiner;
    unsigned char *numbers, *chosen; /* all points; those of the shares that rebuild */
    unsigned char *secret, *coins, *shares, *out;
} state;

static const char *version(void)
{
    return EB_PEER_VERSION;
}

static bool row(size_t i, eb_side_row *r)
{
    static const struct {
        int64_t size;
        unsigned threshold, agents;
    } shapes[] = {{32, 3, 5}, {65536, 3, 5}, {1 << 20, 3, 5}, {32, 50, 99}, {65536, 50, 99}};
    if (i >= 2 * sizeof shapes / sizeof shapes[0])
        return false;
    const size_t k = i / 2, len = (size_t)shapes[k].size;
    *r = (eb_side_row){.op = i % 2 == 0 ? "split" : "rebuild",
                       .subject = "sharing",
                       .variant = "",
                       .threshold = shapes[k].threshold,
                       .agents = shapes[k].agents,
                       .size = shapes[k].size,
                       .about = "tables of logarithms, indexed by secrets; its context is reused",
                       .coins = len * shapes[k].threshold,
                       .coins_each = i % 2 == 0 ? len * (shapes[k].threshold - 1) : 0};
    return true;
}

static void release(void *opaque)
{
    state *s = opaque;
    if (s->splitter != NULL)
        gfshare_ctx_free(s->splitter);
    if (s->combiner != NULL)
        gfshare_ctx_free(s->combiner);
    free(s->numbers);
    free(s->chosen);
    free(s->secret);
    free(s->coins);
    free(s->shares);
    free(s->out);
    free(s);
}

static eb_status split(state *s)
{
    const size_t len = (size_t)s->row.size;
    next_coins = s->coins;
    gfshare_ctx_enc_setsecret(s->splitter, s->secret);
    for (unsigned i = 0; i < s->row.agents; i++)
        gfshare_ctx_enc_getshare(s->splitter, (unsigned char)i, s->shares + i * len);
    return EB_OK;
}

/* From the last t shares. */
static eb_status rebuild(state *s)
{
    const size_t len = (size_t)s->row.size;
    const unsigned first = s->row.agents - s->row.threshold;
    gfshare_ctx_dec_newshares(s->combiner, s->chosen);
    for (unsigned i = 0; i < s->row.threshold; i++)
        gfshare_ctx_dec_giveshare(s->combiner, (unsigned char)i, s->shares + (first + i) * len);
    gfshare_ctx_dec_extract(s->combiner, s->out);
    return EB_OK;
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    const size_t len = (size_t)r->size;
    state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return EB_ERR_BACKEND;
    s->row = *r;
    s->numbers = malloc(r->agents);
    s->chosen = malloc(r->threshold);
    s->secret = malloc(len);
    s->coins = malloc(len * r->threshold);
    s->shares = malloc(len * r->agents);
    s->out = malloc(len);
    if (s->numbers != NULL && s->chosen != NULL) {
        for (unsigned i = 0; i < r->agents; i++)
            s->numbers[i] = (unsigned char)(i + 1);
        memcpy(s->chosen, s->numbers + (r->agents - r->threshold), r->threshold);
        gfshare_fill_rand = hand_out;
        next_coins = coins; /* it asks for some when the context is made, too */
        s->splitter = gfshare_ctx_init_enc(s->numbers, r->agents, (unsigned char)r->threshold, (unsigned)len);
        s->combiner = gfshare_ctx_init_dec(s->chosen, r->threshold, (unsigned)len);
    }
    if (s->splitter == NULL || s->combiner == NULL || s->secret == NULL || s->coins == NULL || s->shares == NULL ||
        s->out == NULL) {
        release(s);
        return EB_ERR_BACKEND;
    }
    memcpy(s->secret, coins, len);
    memcpy(s->coins, coins + len, len * (r->threshold - 1));
    *out = s;
    return split(s);
}

/* Its own field, from its definition. */
static uint8_t times(uint8_t a, uint8_t b)
{
    unsigned sum = 0;
    for (unsigned bit = 0, v = a; bit < 8; bit++) {
        sum ^= (b >> bit & 1) * v;
        v = (v << 1) ^ ((v >> 7) * 0x11d);
    }
    return (uint8_t)sum;
}

/* The shares are the values of the polynomials that the coins define, at a sample of bytes; any other secret's are not; t
   shares give the secret. */
static eb_status prove(void *opaque)
{
    state *s = opaque;
    const size_t len = (size_t)s->row.size, step = len > 64 ? len / 16 - 1 : 1;
    memset(s->shares, 0, len * s->row.agents);
    memset(s->out, 0, len);
    if (split(s) != EB_OK || rebuild(s) != EB_OK || memcmp(s->out, s->secret, len) != 0)
        return EB_ERR_AUTH;
    for (size_t j = 0; j < len; j += step)
        for (unsigned i = 0; i < s->row.agents; i++) {
            uint8_t sum = 0; /* the coins are the coefficients from the highest down */
            for (unsigned k = 0; k + 1 < s->row.threshold; k++)
                sum = times((uint8_t)(sum ^ s->coins[k * len + j]), (uint8_t)(i + 1));
            if ((sum ^ s->secret[j]) != s->shares[i * len + j])
                return EB_ERR_AUTH;
        }
    return EB_OK;
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    return s->row.op[0] == 's' ? split(s) : rebuild(s);
}

extern const eb_side eb_peer_gfshare;

const eb_side eb_peer_gfshare = {
    .abi = EB_ABI,
    .id = "gfshare",
    .library = "libgfshare",
    .version = version,
    .note = "Daniel Silverstone's secret sharing, as in Debian",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .release = release,
};
