/* SPDX-License-Identifier: Apache-2.0 */
/* The list of accepted regressions: a text file, one a line,
 *
 *     CELL until YYYY-MM-DD REASON
 *     CELL until YYYY-MM-DD within PERCENT% REASON
 *
 * The second form accepts a cell that is slower by up to that much, and no more. CELL is a cell's id, or
 * a shell pattern for ids, in which a star crosses slashes ("seal/hpke+master*"). An entry holds up to and with its day, in
 * UTC. A line that starts with # and a blank line mean nothing. */
#ifndef CM_ACCEPT_H
#define CM_ACCEPT_H

#include "bench/report/document.h"

enum { CM_DATE = 11 }; /* "2025-01-31" and its end */

typedef struct cm_accepted {
    char *cell, *reason;
    char until[CM_DATE];
    double within; /* slower by up to this part; infinite without a limit */
    unsigned line;
    bool used; /* by the comparison: it silences something (or would, had it not expired) */
} cm_accepted;

typedef struct cm_accept_list {
    char *path; /* for messages */
    cm_accepted *entries;
    size_t count;
} cm_accept_list;

/* NULL with one line in *err, which names the file's line. */
cm_accept_list *cm_accept_load(const char *path, rp_error *err);
cm_accept_list *cm_accept_parse(const char *text, size_t len, const char *name, rp_error *err);
void cm_accept_free(cm_accept_list *list); /* NULL is allowed */

/* The entry that covers a cell and marks it as used: one that holds on `today` if there is one, else one that has expired,
 * else NULL. The list may be NULL. */
const cm_accepted *cm_accept_find(cm_accept_list *list, const char *id, const char *today);
bool cm_expired(const cm_accepted *entry, const char *today);

/* "YYYY-MM-DD", a day that exists. */
bool cm_is_date(const char *text);
/* Today in UTC. */
void cm_today(char out[CM_DATE]);

#endif
