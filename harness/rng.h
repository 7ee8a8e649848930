/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded generator for shuffles and tests (xoshiro256**, seeded by splitmix64: Blackman and Vigna, 2018). The same
 * seed gives the same numbers everywhere. Never for coins: it is not cryptographic. */
#ifndef HN_RNG_H
#define HN_RNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_rng {
    uint64_t s[4];
} hn_rng;

/* Seeds; every seed is good, 0 too. */
void hn_rng_seed(hn_rng *rng, uint64_t seed);

/* The next 64 bits. */
uint64_t hn_rng_next(hn_rng *rng);

/* A number in [0, n), each equally likely (rejection, no modulo bias). 0 if n is 0. */
uint64_t hn_rng_below(hn_rng *rng, uint64_t n);

/* Shuffles in place: Fisher-Yates, every order equally likely. */
void hn_shuffle(hn_rng *rng, uint32_t *items, size_t n);

#ifdef __cplusplus
}
#endif
#endif
