/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistical test of constant time: does an operation take another time with one set of secrets than with others? A second
 * opinion beside memcheck's, on the machine's own code paths, and the only one where valgrind's CPU lacks the instructions.
 *
 * A cell's inputs are made from one seed (fixed) and from many (random): keys, coins, plaintext, and with them what is public of
 * them, such as wires. All lie in the same place (harness/region.h). Each cell has a process of its own, pinned.
 */
#ifndef EB_SECRECY_STATISTICS_H
#define EB_SECRECY_STATISTICS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/document.h"

typedef struct eb_statistics {
    double seconds; /* of each cell; making its inputs comes on top */
    uint64_t seed;  /* of the order */
    bool progress;
    FILE *findings; /* what is accused or not testable, and why; NULL: not told */
} eb_statistics;

typedef enum eb_opinion {
    EB_OPINION_NONE, /* not testable here, not a cell that is looked at, or too slow for a verdict */
    EB_OPINION_PASSED,
    EB_OPINION_PUBLIC, /* accused, and works on public values that vary with the secrets: nothing follows */
    EB_OPINION_ACCUSED
} eb_opinion;

/** One opinion for each cell of the document, into opinions[doc->cell_count]; how fine the test was becomes a finding of the document. False
 *  if a signal ended it. */
bool eb_statistics_ask(rp_document *doc, const eb_statistics *options, eb_opinion *opinions);

#endif
