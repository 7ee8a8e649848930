/* SPDX-License-Identifier: Apache-2.0 */
/* A table as text: what terminal and Markdown have in common. */
#ifndef RP_TABLE_H
#define RP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One column. `group` stands above neighbours that share it; "" for none. */
typedef struct rp_column {
    char *group, *name;
    bool left; /* text; numbers are right-aligned */
} rp_column;

typedef struct rp_line {
    char **cells;  /* one for each column; NULL: blank */
    char *heading; /* if not NULL, the line is this heading alone */
} rp_line;

typedef struct rp_table {
    rp_column *columns;
    size_t column_count;
    rp_line *lines;
    size_t line_count;
} rp_table;

rp_table *rp_table_new(void);
void rp_table_free(rp_table *table); /* NULL is allowed */

/* Columns first, then lines; strings are copied. */
void rp_table_column(rp_table *table, const char *group, const char *name, bool left);
void rp_table_heading(rp_table *table, const char *text);
/* Takes the last line, or heading, away again. */
void rp_table_drop_line(rp_table *table);
/* Starts a line; rp_table_set fills it. */
void rp_table_line(rp_table *table);
void rp_table_set(rp_table *table, size_t column, const char *text);

/* Whether there is any line but headings. */
bool rp_table_empty(const rp_table *table);

void rp_table_plain(FILE *out, const rp_table *table, bool color);
void rp_table_markdown(FILE *out, const rp_table *table);

#endif
