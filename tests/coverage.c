/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usage: coverage [--trials N] [--step K]
 *
 * How often does the interval that the tables print hold the true median? On synthetic series whose median is known, made
 * the way a run's figures are: values of processes, each the median over its rounds. Prints one JSON document; exit code 1
 * if any coverage is below 94 %, or if an interval is printed for fewer than 6 processes. With --step only every K-th number
 * of processes is tried.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/summary.h"
#include "harness/rng.h"
#include "harness/stats.h"

enum { FIRST = 2, LEAST = 6, LAST = 40, ROUNDS = 15 };

static double uniform(hn_rng *rng)
{
    return ((double)(hn_rng_next(rng) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(hn_rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(6.283185307179586 * uniform(rng));
}

/* One process's value: the median over rounds that share the process's own offset (its memory layout). */
static double clustered(hn_rng *rng, double offset)
{
    double rounds[ROUNDS], scratch[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        rounds[i] = 100 + offset + 0.3 * normal(rng);
    return hn_median(rounds, ROUNDS, scratch);
}

typedef struct series {
    const char *name;
    double median;
    double (*value)(hn_rng *rng, size_t i, size_t n);
} series;

static double iid(hn_rng *rng, size_t i, size_t n)
{
    (void)i, (void)n;
    return 100 + normal(rng);
}

static double skewed(hn_rng *rng, size_t i, size_t n) /* exponential: most runs are fast, some are disturbed */
{
    (void)i, (void)n;
    return 100 - log(uniform(rng));
}

static double by_process(hn_rng *rng, size_t i, size_t n)
{
    (void)i, (void)n;
    return clustered(rng, 2 * normal(rng));
}

static double drifting(hn_rng *rng, size_t i, size_t n) /* two standard deviations from the first to the last */
{
    return 100 + 2 * ((double)i / (double)(n - 1) - 0.5) + normal(rng);
}

static const series all[] = {
    {"i.i.d.", 100, iid},
    {"skewed", 100.69314718055995, skewed},
    {"clustered by process", 100, by_process},
    {"drifting", 100, drifting},
};

int main(int argc, char **argv)
{
    long trials = 2000, step = 1;
    double least = 1;
    int wrong = 0, arg = 1;
    for (; arg + 1 < argc; arg += 2)
        if (strcmp(argv[arg], "--trials") == 0)
            trials = strtol(argv[arg + 1], NULL, 10);
        else if (strcmp(argv[arg], "--step") == 0)
            step = strtol(argv[arg + 1], NULL, 10);
        else
            break;
    if (arg != argc || trials < 1 || step < 1) {
        fprintf(stderr, "usage: coverage [--trials N] [--step K]\n");
        return 2;
    }
    printf("{\"trials\": %ld, \"series\": [", trials);
    for (size_t s = 0; s < sizeof all / sizeof all[0]; s++) {
        bool first = true;
        printf("%s\n {\"name\": \"%s\", \"coverage\": {", s == 0 ? "" : ",", all[s].name);
        for (size_t n = FIRST; n <= LAST; n += (size_t)step) {
            hn_rng rng;
            long held = 0;
            hn_rng_seed(&rng, 1000 * s + n);
            for (long t = 0; t < trials; t++) {
                double values[LAST];
                for (size_t i = 0; i < n; i++)
                    values[i] = all[s].value(&rng, i, n);
                const rp_estimate e = rp_estimate_of(values, n);
                held += e.low <= all[s].median && all[s].median <= e.high; /* false where there is no interval */
            }
            const double coverage = (double)held / (double)trials;
            if (n < LEAST) {
                wrong |= held != 0;
                continue;
            }
            least = coverage < least ? coverage : least;
            printf("%s\"%zu\": %.4f", first ? "" : ", ", n, coverage);
            first = false;
        }
        printf("}}");
    }
    wrong |= least < 0.94;
    printf("],\n \"least\": %.4f, \"bar\": 0.94, \"met\": %s}\n", least, wrong ? "false" : "true");
    return wrong;
}
