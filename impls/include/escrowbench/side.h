/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is timed beside the schemes: a peer, which is another project's code for the same work, called as its own users would
 * call it; or a part of ours alone. A side offers rows. Rows that do the same work share a block, and so the same rounds.
 */
#ifndef ESCROWBENCH_SIDE_H
#define ESCROWBENCH_SIDE_H

#include "escrowbench/base.h"

/** One piece of work. Strings are static. */
typedef struct eb_side_row {
    const char *op;             /* "split", "rebuild", "seal", "open", "turn" */
    const char *subject;        /* what of: "sharing", "hpke", "sealed-box", "ratchet" */
    const char *variant;        /* which way, or with which algorithms: "avx2", "x25519"; "": there is one */
    unsigned threshold, agents; /* 0: none */
    int64_t size;               /* bytes of the secret or message */
    const char *about;          /* what a reader must know; may be "" */
    size_t coins;               /* bytes that make() takes: for keys, inputs and coins */
    size_t coins_each;          /* of the coins that one operation uses up; 0: the library draws for itself, or none */
    uint64_t max_prepare;       /* most operations that prepare() can ready; 0: run() needs no preparation */
    /* Our cell that does the same: operation `op`, of `size`, with no escrow. NULL: none. our_backend NULL: on each library that
       has it; paired with the one that systems are shown on first, the others beside it. */
    const char *our_transport, *our_suite, *our_backend;
    bool reference; /* the row that others of its work are compared with, where we have no such cell */
    bool quick;     /* is of the quick suite too */
    bool draws;     /* takes random bytes by itself each time: no two runs do the same work */
} eb_side_row;

typedef struct eb_side {
    uint32_t abi;
    const char *id;               /* "gfshare" */
    const char *library;          /* "libgfshare" */
    const char *(*version)(void); /* of the library loaded, else of its header */
    const char *note;             /* one line: whose code, and how it is called */
    /* The i-th row; false past the end. Rows that this machine or version lacks are left out. */
    bool (*row)(size_t i, eb_side_row *row);
    /* Readies all that is hot. On an error there is no state. */
    eb_status (*make)(void **state, const eb_side_row *row, const uint8_t *coins) EB_MUST_CHECK;
    /* Is what it computes right? Asked once, before any time is taken. May leave the state anywhere. */
    eb_status (*prove)(void *state) EB_MUST_CHECK;
    eb_status (*run)(void *state) EB_MUST_CHECK;
    /* Readies n <= max_prepare calls of run(), outside of the clock. NULL: no row needs it. */
    eb_status (*prepare)(void *state, uint64_t n) EB_MUST_CHECK;
    void (*release)(void *state);
} eb_side;

/** The i-th peer, in the order of impls/CMakeLists.txt; NULL past the end. */
const eb_side *eb_peer_at(size_t i);

#endif
