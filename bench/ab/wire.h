/* SPDX-License-Identifier: Apache-2.0 */
/* Lines between `ab` and `serve`: bounded, of printable ASCII, split at single blanks. Both ends use this; neither trusts
 * the other. The protocol itself is in bench/serve.h. */
#ifndef EB_AB_WIRE_H
#define EB_AB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/report/document.h"

enum {
    AB_LINE_MAX = 1024, /* bytes, the newline and the closing 0 not counted */
    AB_FIELDS_MAX = 24,
    AB_ID_MAX = 256,    /* a cell's id, closing 0 included */
    AB_CELL_FIELDS = 10 /* of ab_cell_parse */
};

/** What came of reading a line. */
typedef enum ab_read {
    AB_READ_LINE,
    AB_READ_END,    /* the other side has closed */
    AB_READ_LATE,   /* nothing whole until the deadline */
    AB_READ_BAD,    /* too long, or not printable ASCII: the line so far is handed out with '?' for what is not */
    AB_READ_STOPPED /* eb_stop_flag was raised */
} ab_read;

/** A buffered reader of a descriptor (borrowed). Zero it, then set fd. */
typedef struct ab_reader {
    int fd;
    size_t used, at;
    char buffer[4096];
} ab_reader;

enum { AB_NO_DEADLINE = 0 };

/** Reads one line, without its newline, into line[AB_LINE_MAX + 1]. `deadline_ns` is on hn_now_ns(). */
ab_read ab_read_line(ab_reader *reader, char *line, uint64_t deadline_ns);

/** Writes all of it. False if the other side is gone. */
bool ab_write(int fd, const char *bytes, size_t len);

/** A line taken apart. The fields point into `text`. */
typedef struct ab_line {
    char text[AB_LINE_MAX + 1];
    char *field[AB_FIELDS_MAX];
    size_t count;
} ab_line;

/** Splits a copy of `line` into at most `most` fields (the last takes the rest, blanks and all). False if there are empty
 *  ones. */
bool ab_split(ab_line *out, const char *line, size_t most);

/** A whole field as a number; false if it is none or out of range. */
bool ab_number(const char *field, uint64_t least, uint64_t most, uint64_t *out);
bool ab_decimal(const char *field, double least, double most, double *out);

/** A cell on the wire, AB_CELL_FIELDS fields: ID OPERATION TRANSPORT ESCROW SUITE ESCROW-SUITE LIBRARY T N SIZE; "-" for no
 *  escrow suite, -1 for no size. */
void ab_cell_format(char *out, size_t len, const rp_cell *cell);
/** Into cell->id and cell->key, which point into the fields. False on a field that cannot be. */
bool ab_cell_parse(rp_cell *cell, char *const *fields, size_t count);

#endif
