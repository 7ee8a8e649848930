/* SPDX-License-Identifier: Apache-2.0 */
/* Finding cells for tables: which libraries, schemes, transports and sizes a document holds, in its own order. */
#ifndef RP_SELECT_H
#define RP_SELECT_H

#include "bench/report/report.h"

/* Where a scheme runs: one column of a table, or one of its headings. */
typedef struct rp_place {
    const char *suite, *backend;
} rp_place;

/* An escrow with its parameters. `suite` is its own where that is not the transport's, else "". */
typedef struct rp_variant {
    const char *escrow, *suite;
    uint32_t agents, threshold;
} rp_variant;

/* What leads: shown first, and alone unless all is asked for. */
typedef struct rp_message {
    const char *transport;
    int64_t size;
} rp_message;

/* A hostile file may name any number of them; no real one has as many. Indices fit a byte. */
enum { RP_SELECT_MAX = 128 };

/* A shown cell by the indices of what it is, in the order in which tables show cells. */
typedef struct rp_entry {
    uint8_t message, op, variant, place;
    uint32_t cell;
} rp_entry;

typedef struct rp_selection {
    const rp_document *doc;
    const rp_view *view;
    rp_place places[RP_SELECT_MAX];
    rp_variant variants[RP_SELECT_MAX]; /* `none` first, if it is there */
    rp_message messages[RP_SELECT_MAX]; /* the one that leads first; then, of size -1, what handles none */
    const char *ops[RP_SELECT_MAX];
    size_t place_count, variant_count, message_count, op_count;
    size_t sized_count; /* of the messages, how many have a size: those come first */
    rp_entry *entries;  /* sorted */
    size_t entry_count;
} rp_selection;

/* NULL never. */
rp_selection *rp_select(const rp_document *doc, const rp_view *view);
void rp_select_free(rp_selection *s);

/* Whether a cell is one of those (not a floor, a command, a peer or a part) and is to be shown. */
bool rp_shown(const rp_selection *s, size_t cell);
/* Whether it is a peer or a part, and is to be shown. */
bool rp_side_shown(const rp_selection *s, size_t cell);
rp_variant rp_variant_of(const rp_cell *cell);
bool rp_same_variant(const rp_variant *a, const rp_variant *b);

/* The shown cell of this operation for this message, or of its transport if it handles none. RP_NONE if there is none. */
uint32_t rp_pick(const rp_selection *s, const char *op, const rp_message *message, const rp_variant *variant,
                 const rp_place *place);

/* Puts entries in order again, after a change of their indices. */
void rp_sort_entries(rp_entry *entries, size_t count);

/* "master", "threshold 3-of-5", "threshold/p256 3-of-5" */
char *rp_variant_label(char *out, size_t len, const rp_variant *variant);
/* "libsodium 1.0.18", or the backend's id if the document does not say. */
char *rp_library_label(char *out, size_t len, const rp_document *doc, const char *backend);

#endif
