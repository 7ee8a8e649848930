/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/rng.h"

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void hn_rng_seed(hn_rng *rng, uint64_t seed)
{
    /* splitmix64: its outputs are all different, so the state is never all zero, the one that xoshiro cannot leave. */
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        rng->s[i] = z ^ (z >> 31);
    }
}

uint64_t hn_rng_next(hn_rng *rng)
{
    uint64_t *s = rng->s;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t hn_rng_below(hn_rng *rng, uint64_t n)
{
    if (n == 0) {
        return 0;
    }
    /* 2^64 mod n: what is left from there on is a multiple of n. */
    const uint64_t reject = (0 - n) % n;
    uint64_t x;
    do {
        x = hn_rng_next(rng);
    } while (x < reject);
    return x % n;
}

void hn_shuffle(hn_rng *rng, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)hn_rng_below(rng, i);
        const uint32_t item = items[i - 1];
        items[i - 1] = items[k];
        items[k] = item;
    }
}
