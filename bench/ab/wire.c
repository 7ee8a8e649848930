/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/wire.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/state.h"
#include "harness/clock.h"

/* ---- lines ---- */

/* Milliseconds until the deadline, for poll. */
static int wait_ms(uint64_t deadline_ns)
{
    enum { LONGEST_MS = 3600000 };
    if (deadline_ns == AB_NO_DEADLINE)
        return -1;
    const uint64_t now = hn_now_ns();
    const uint64_t ms = deadline_ns > now ? (deadline_ns - now) / 1000000 + 1 : 0;
    return ms > LONGEST_MS ? LONGEST_MS : (int)ms;
}

/* More bytes into the buffer, or the reason why there are none. */
static ab_read more(ab_reader *r, uint64_t deadline_ns)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    for (;;) {
        if (eb_stop_flag)
            return AB_READ_STOPPED;
        const int ready = poll(&p, 1, wait_ms(deadline_ns));
        if (ready == 0)
            return AB_READ_LATE;
        if (ready < 0 && errno == EINTR)
            continue;
        const ssize_t n = ready > 0 ? read(r->fd, r->buffer, sizeof r->buffer) : -1;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return AB_READ_END;
        r->used = (size_t)n;
        r->at = 0;
        return AB_READ_LINE;
    }
}

ab_read ab_read_line(ab_reader *r, char *line, uint64_t deadline_ns)
{
    size_t n = 0;
    bool good = true;
    line[0] = '\0';
    for (;;) {
        while (r->at < r->used) {
            const char c = r->buffer[r->at++];
            if (c == '\n')
                return good ? AB_READ_LINE : AB_READ_BAD;
            if (n == AB_LINE_MAX)
                return AB_READ_BAD;
            const bool printable = c >= 0x20 && c < 0x7f;
            good = good && printable;
            line[n++] = (char)(printable ? c : '?');
            line[n] = '\0';
        }
        const ab_read s = more(r, deadline_ns);
        if (s != AB_READ_LINE)
            return s;
    }
}

bool ab_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR && !eb_stop_flag)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* ---- fields ---- */

bool ab_split(ab_line *out, const char *line, size_t most)
{
    snprintf(out->text, sizeof out->text, "%s", line);
    out->count = 0;
    char *at = out->text;
    while (out->count < most && out->count < AB_FIELDS_MAX) {
        out->field[out->count++] = at;
        char *blank = out->count < most ? strchr(at, ' ') : NULL;
        if (*at == '\0' || blank == at)
            return false;
        if (blank == NULL)
            return true;
        *blank = '\0';
        at = blank + 1;
    }
    return false;
}

bool ab_number(const char *field, uint64_t least, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (!eb_parse_u64(field, &value) || value < least || value > most)
        return false;
    *out = value;
    return true;
}

bool ab_decimal(const char *field, double least, double most, double *out)
{
    char *end = NULL;
    if (field[strspn(field, "0123456789.")] != '\0' || field[0] == '\0')
        return false;
    const double value = strtod(field, &end);
    if (*end != '\0' || !isfinite(value) || value < least || value > most)
        return false;
    *out = value;
    return true;
}

/* ---- cells ---- */

static const char *or_dash(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

void ab_cell_format(char *out, size_t len, const rp_cell *cell)
{
    const rp_key *k = &cell->key;
    snprintf(out, len, "%s %s %s %s %s %s %s %u %u %lld", cell->id, or_dash(k->op), or_dash(k->transport),
             or_dash(k->escrow), or_dash(k->suite), or_dash(k->escrow_suite), or_dash(k->backend), k->threshold,
             k->agents, (long long)k->size);
}

bool ab_cell_parse(rp_cell *cell, char *const *fields, size_t count)
{
    enum { ID, OP, TRANSPORT, ESCROW, SUITE, ESCROW_SUITE, BACKEND, T, N, SIZE };
    uint64_t t = 0, n = 0, size = 0;
    const bool sized = count == AB_CELL_FIELDS && strcmp(fields[SIZE], "-1") != 0;
    if (count != AB_CELL_FIELDS || strlen(fields[ID]) >= AB_ID_MAX || !ab_number(fields[T], 0, 255, &t) ||
        !ab_number(fields[N], 0, 255, &n) || (sized && !ab_number(fields[SIZE], 0, (uint64_t)1 << 30, &size)))
        return false;
    rp_cell_init(cell);
    cell->id = fields[ID];
    cell->kind = "cell";
    cell->key = (rp_key){
        .op = fields[OP],
        .transport = fields[TRANSPORT],
        .escrow = fields[ESCROW],
        .suite = fields[SUITE],
        .escrow_suite = strcmp(fields[ESCROW_SUITE], "-") != 0 ? fields[ESCROW_SUITE] : "",
        .backend = fields[BACKEND],
        .threshold = (uint32_t)t,
        .agents = (uint32_t)n,
        .size = sized ? (int64_t)size : -1,
    };
    return true;
}
