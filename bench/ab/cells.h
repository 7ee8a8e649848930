/* SPDX-License-Identifier: Apache-2.0 */
/* Which cells are compared: those that both programs have. */
#ifndef EB_AB_CELLS_H
#define EB_AB_CELLS_H

#include "bench/ab/peer.h"

enum { AB_CELLS_MAX = 256, AB_SIDES = 2, AB_BASE = 0, AB_HEAD = 1 };

/** One cell under comparison; its number is its slot in both programs. */
typedef struct ab_cell {
    char id[AB_ID_MAX];
    char wire[AB_LINE_MAX]; /* as `open` wants it */
    bool has[AB_SIDES];     /* which program has it */
    double each_ns;         /* of an operation, roughly: the faster of the two */
    uint64_t count, warm;   /* operations of a slice, and before the first: the same for both */
    uint64_t times;         /* slices at a time */
} ab_cell;

typedef struct ab_cells {
    ab_cell *cells; /* those that both have come first */
    size_t count;   /* that both have */
    size_t total;
} ab_cells;

/** The cells that a comparison without --filter and --suite takes: seal and open of 1 KiB by hpke, on x25519 with none,
 *  master and threshold (mbedtls: none and master, as its operations take ten times as long), and on p256 by openssl with
 *  none and master. Twenty where all libraries are there. */
extern const char ab_default_filter[];

/** Asks both for the cells of a suite ("quick", "full") whose ids match (NULL: all), and sorts out which both have. At most
 *  `most` are taken (0: AB_CELLS_MAX), evenly spread. False with *err if a program fails, or if there is none in common.
 *  Free with ab_cells_free in any case. */
bool ab_cells_ask(ab_cells *out, ab_peer *peers, const char *suite, const char *filter, size_t most, ab_error *err);
void ab_cells_free(ab_cells *cells);

/** A program in which cells are to be opened, with keys and inputs from `seed`. */
typedef struct ab_opening {
    ab_peer *peer;
    size_t side;
    uint64_t seed;
} ab_opening;

/** Opens all of them in `n` programs, which work side by side. A cell that one turns out not to have is marked in
 *  has[side], and is an error unless `missing` is allowed. */
bool ab_cells_open(ab_cells *cells, const ab_opening *openings, size_t n, bool missing, ab_error *err);

/** Leaves out what one has not. False with *err if nothing is left. */
bool ab_cells_settle(ab_cells *cells, ab_error *err);

#endif
