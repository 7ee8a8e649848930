/* SPDX-License-Identifier: Apache-2.0 */
/* Two run documents, cell by cell: which are slower, which are gone, and what that means for the exit code. */
#ifndef CM_COMPARISON_H
#define CM_COMPARISON_H

#include <stdio.h>

#include "bench/compare/accept.h"
#include "bench/compare/verdict.h"
#include "bench/report/content.h"
#include "bench/report/summary.h"

#define CM_SCHEMA "escrowbench-comparison/1"

/* What is compared: a measure that has a ratio. */
typedef struct cm_measure {
    const char *name;  /* "base-ratio", as on the command line */
    const char *title; /* "time, as a multiple of that with `none`" */
    rp_measure measure;
    bool timed;    /* made from times: means nothing on an emulator */
    bool absolute; /* in nanoseconds: follows the machine's clock */
    bool exact;    /* counted by a run that counts instructions: repeats, so that no statistics are needed */
} cm_measure;

/* Ended by name NULL; the first is the default. */
extern const cm_measure cm_measures[];

typedef struct cm_request {
    const cm_measure *measure;
    vd_rule rule;
    bool across;            /* different machine classes are compared nonetheless */
    const char *filter;     /* a POSIX extended regular expression for ids; NULL: all */
    const char *today;      /* "2025-01-31" */
    cm_accept_list *accept; /* NULL: none. Its entries are marked as they are used */
} cm_request;

/* What became of a cell of BASE in NEW. Only cells and commands: floors are what ratios are made to. */
typedef enum cm_state {
    CM_COMPARED, /* both have figures */
    CM_NEW,      /* only NEW has figures: no failure */
    CM_VANISHED, /* NEW does not have the cell */
    CM_FAILED,   /* NEW has the cell and no figure of it, though the run is complete */
    CM_CUT,      /* the same, but the run was cut short: nobody can tell */
    CM_OTHER     /* both have figures, of different amounts of work: what it says of itself differs */
} cm_state;

typedef struct cm_cell {
    const char *id; /* of either document */
    cm_state state;
    size_t base_processes, head_processes;
    double base, head;           /* medians over processes; NaN without figures */
    vd_result result;            /* where it is compared */
    const char *why;             /* NEW's reason for not having the cell; "" */
    const cm_accepted *accepted; /* the entry that silences it, or has expired; NULL */
    bool fails;                  /* exit code 1 */
} cm_cell;

typedef struct cm_counts {
    size_t compared, slower, accepted, faster, same, unknown; /* accepted: slower, vanished or failed, and silenced */
    size_t fresh, vanished, failed, cut, other;               /* slower, vanished, failed: without those accepted */
    size_t family;             /* cells with enough processes to be tested: Holm's number */
    size_t needed;             /* processes a side that a verdict takes, where some cell had fewer; else 0 */
    size_t short_of_processes; /* how many cells had fewer */
} cm_counts;

/* How far the runs are apart. A cell's distance is the part by which the slower of its two figures exceeds the other, so that
 * it is the same whichever run is called BASE. */
typedef struct cm_apart {
    size_t cells;
    double median, p90; /* of the distances; p90: nearest rank. NaN below 3 cells, as the rest */
    double furthest;
    const char *furthest_id; /* "" below 3 cells */
} cm_apart;

typedef struct cm_comparison {
    const rp_document *base, *head;
    const char *base_path, *head_path;
    cm_request request;
    cm_cell *cells; /* in the order of NEW; those that vanished last */
    size_t cell_count;
    cm_counts counts;
    cm_apart apart;
    double together; /* median ratio over the cells compared; NaN below 3 of them */
    bool same_run;   /* BASE and NEW hold the same figures: nothing can differ */
    bool gates_failed;
    int exit_code; /* 0 or 1 */
} cm_comparison;

/* Whether these may be compared; false with the reason in *why (free() it). */
bool cm_comparable(const rp_document *base, const rp_document *head, const cm_request *request, char **why);

/* Documents, request and paths are borrowed. NULL with *err if the filter is no
 * expression, or if neither run has a figure of any cell. */
cm_comparison *cm_compare(rp_document *base, rp_document *head, const cm_request *request, const char *base_path,
                          const char *head_path, rp_error *err);
void cm_free(cm_comparison *c); /* NULL is allowed */

/* A fact about the two runs that a reader must see beside the figures. */
typedef struct cm_fact {
    const char *name; /* "compiler" */
    char *base, *head;
} cm_fact;

/* Facts known of either run: subject, libraries, machine; free with cm_facts_free. */
cm_fact *cm_facts(const rp_document *base, const rp_document *head, size_t *count);
void cm_facts_free(cm_fact *facts, size_t count);
bool cm_differs(const cm_fact *fact);

/* ---- forms ---- */

typedef struct cm_view {
    bool all;       /* every cell, not only what changed or failed */
    bool color;     /* headings in bold */
    bool whole_ids; /* however long; else so that a line has at most 100 columns */
} cm_view;

/* What terminal and Markdown print. */
rp_content *cm_content(const cm_comparison *c, const cm_view *view);

void cm_terminal(FILE *out, const cm_comparison *c, const cm_view *view);
void cm_markdown(FILE *out, const cm_comparison *c, const cm_view *view);
void cm_json(FILE *out, const cm_comparison *c, const cm_view *view);

#endif
