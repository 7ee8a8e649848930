/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the time of a function depend on its input? Two classes of inputs are measured in turn, in a random order: one input over
 * and over, and random ones. If their times differ, the time tells something about the input. After Reparaz, Balasch and
 * Verbauwhede, "Dude, is my code constant time?", DATE 2017: Welch's t on the times, and on those below each of several
 * percentiles, since what a function leaks lies in its fast runs and what disturbs it in the slow ones; of the times themselves
 * (first order) and of their squared distance from the class's mean (second order).
 *
 * A machine that does other things makes t large now and then. So the measurement consists of HN_LEAKAGE_BLOCKS blocks, each
 * judged by itself, and a function is accused only if one and the same test exceeds HN_LEAKAGE_T in every block, with the same
 * sign. With few measurements nothing is judged at all.
 */
#ifndef HN_LEAKAGE_H
#define HN_LEAKAGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HN_LEAKAGE_BLOCKS = 3,
    HN_LEAKAGE_CROPS = 20 /* percentiles, after the paper's authors: 1 - 2^(-10 (i+1) / 20), so 29 % to 99.9 % */
};

/* The threshold of the paper (s. 3), which comes from testing for leakage by power. */
#define HN_LEAKAGE_T 4.5

/* What is measured. All pointers are borrowed. */
typedef struct hn_suspect {
    size_t fixed,
        inputs; /* inputs 0 to fixed - 1 are of the fixed class, the others up to inputs - 1 random: about as many */
    /* Outside the clock: puts an input where `op` takes it. Nothing but the input's bytes may differ afterwards: neither where they
     * lie, nor what else was read. */
    int (*place)(void *ctx, size_t input);
    int (*op)(void *ctx);
    void *ctx;
} hn_suspect;

typedef struct hn_leakage_options {
    uint64_t budget_ns; /* CPU time of all blocks: a busy machine takes longer, and measures as much. A slow
                           function takes up to five times as much, to come to a verdict */
    uint32_t least;     /* measurements of each class in each block, below which there is no verdict */
    uint32_t most;      /* at most so many are taken: 8 bytes each */
    uint64_t seed;      /* of the order */
    const volatile sig_atomic_t *stop;
} hn_leakage_options;

/* 1 s, 1,000 and 20,000 measurements. */
void hn_leakage_options_init(hn_leakage_options *options);

typedef enum hn_leakage_verdict {
    HN_LEAKAGE_NONE,    /* found, in so many measurements */
    HN_LEAKAGE_FOUND,   /* the function is accused */
    HN_LEAKAGE_TOO_FEW, /* measurements for a verdict */
} hn_leakage_verdict;

/* The test that came nearest to an accusation, or went furthest beyond. */
typedef struct hn_leakage {
    hn_leakage_verdict verdict;
    double t;          /* the smallest |t| of the blocks if all have one sign, else 0 */
    double difference; /* of the means, random less fixed, in ticks; of the variances in the second order */
    double limit;      /* about the smallest difference of means, in ticks, that would have been found */
    double crop;       /* the percentile, as a fraction; 1: all times */
    unsigned order;    /* 1 or 2 */
    uint32_t samples;  /* the fewest of a class in a block */
    int op_error;      /* what op or place returned, on HN_ERR_OP */
} hn_leakage;

/* Welch's t of two samples: (mean of b - mean of a) over its standard error. 0 if either has fewer than two values; huge if
 * neither varies and they differ. */
double hn_welch(const double *a, size_t na, const double *b, size_t nb);

/* The times of one block: of the fixed class, of the random one. */
typedef struct hn_leakage_block {
    const double *times[2];
    size_t count[2];
} hn_leakage_block;

/* Judges times that were taken: pure arithmetic. False if memory is short. */
bool hn_leakage_judge(const hn_leakage_block blocks[HN_LEAKAGE_BLOCKS], uint32_t least, hn_leakage *out);

/* Measures and judges on the calling thread, which should be pinned. On HN_STOPPED there is no verdict. */
hn_status hn_leakage_run(const hn_suspect *suspect, const hn_leakage_options *options, hn_leakage *out);

#ifdef __cplusplus
}
#endif
#endif
