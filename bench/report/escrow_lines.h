/* SPDX-License-Identifier: Apache-2.0 */
/* Tables with one line for each escrow, on the library and the transport that have most of what its columns ask for. */
#ifndef RP_ESCROW_LINES_H
#define RP_ESCROW_LINES_H

#include "bench/report/content.h"

typedef struct rp_escrow_column {
    const char *op, *group, *name;
    double times; /* of the operation that the column shows; 0: one of the messages that it handles */
    bool aside;   /* makes no line by itself */
} rp_escrow_column;

enum { RP_REASONS_MAX = 26, RP_ESCROW_COLUMNS_MAX = 8 };

/* What a table says below: why a column has nothing, by letter; strings of the document. And whether something was measured once. */
typedef struct rp_escrow_remarks {
    const char *reason[RP_REASONS_MAX];
    size_t count;
    bool single;
} rp_escrow_remarks;

/* NULL if there is no line. */
rp_table *rp_escrow_lines(const rp_selection *s, const rp_escrow_column *columns, size_t count,
                          rp_escrow_remarks *remarks);
void rp_escrow_remark(rp_section *section, const rp_escrow_remarks *remarks);

#endif
