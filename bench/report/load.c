/* SPDX-License-Identifier: Apache-2.0 */
/* A document from a file that anyone may have written: everything that is used later is checked here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/report/codec.h"
#include "bench/report/load.h"
#include "bench/report/memory.h"
#include "bench/report/summary.h"

static bool too_large(const char *path, rp_error *err)
{
    return rp_fails(err, "%.300s is larger than %zu MiB, the most that a run file may have", path, RP_FILE_MAX >> 20);
}

/* A pipe (a shell's process substitution) is waited for, but not for ever: all of it must come within this time. */
enum { PIPE_SECONDS = 30 };

static long milliseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* Waits until a pipe has something to read, or is closed. */
static bool await(int fd, const struct timespec *start, const char *path, rp_error *err)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    const long left = PIPE_SECONDS * 1000L - milliseconds_since(start);
    const int n = left > 0 ? poll(&p, 1, (int)left) : 0;

    if (n == 0) {
        return rp_fails(err, "cannot read %.300s: its writer did not finish within %d s", path, (int)PIPE_SECONDS);
    }
    return n > 0 || errno == EINTR ? true : rp_fails(err, "cannot read %.300s: %s", path, strerror(errno));
}

/* Reads fd to its end into *text, of `size` bytes at first; a pipe, or a file that grows, may take more. */
static bool read_all(int fd, bool pipe, size_t size, const char *path, char **text, size_t *len, rp_error *err)
{
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    *len = 0;
    *text = rp_alloc(size, 1);
    for (;;) {
        const ssize_t n = read(fd, *text + *len, size - *len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN && pipe) { /* poll() alone would wait for a first writer */
            if (!await(fd, &start, path, err)) {
                return false;
            }
            continue;
        }
        if (n <= 0) {
            return n == 0 ? true : rp_fails(err, "cannot read %.300s: %s", path, strerror(errno));
        }
        *len += (size_t)n;
        if (*len > RP_FILE_MAX) {
            return too_large(path, err);
        }
        if (*len == size) {
            size *= 2;
            *text = rp_resize(*text, size);
        }
    }
}

char *rp_read_file(const char *path, size_t *len, rp_error *err)
{
    /* Not blocking: what is no file (a FIFO that nobody writes to, a device) might keep open() or read() waiting. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    char *text = NULL;

    if (fd < 0 || fstat(fd, &st) != 0) {
        rp_fails(err, "cannot open %.300s: %s", path, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        rp_fails(err, "%.300s is a folder, not a run file", path);
    } else if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
        rp_fails(err, "%.300s is a device or a socket, not a file", path);
    } else if (S_ISREG(st.st_mode) && (size_t)st.st_size > RP_FILE_MAX) {
        too_large(path, err);
    } else if (!read_all(fd, S_ISFIFO(st.st_mode), S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 65536, path, &text,
                         len, err)) {
        free(text);
        text = NULL;
    } else if (S_ISFIFO(st.st_mode) && *len == 0) {
        rp_fails(err, "%.300s is a pipe that nobody writes to", path);
        free(text);
        text = NULL;
    }
    if (fd >= 0) {
        close(fd);
    }
    return text;
}

/* The large arrays, by their places in the text; 0: not there (a document starts with a bracket). */
typedef struct parts {
    size_t cells, absent, blocks, rows;
} parts;

static size_t *part_of(parts *p, const char *key)
{
    return strcmp(key, "cells") == 0    ? &p->cells
           : strcmp(key, "absent") == 0 ? &p->absent
           : strcmp(key, "blocks") == 0 ? &p->blocks
           : strcmp(key, "rows") == 0   ? &p->rows
                                        : NULL;
}

/* One pass over the top level: small members go into `head`, large ones are noted, since blocks may stand before the cells
 * that they refer to. */
static bool survey(rp_reader *r, json_t *head, parts *p)
{
    bool first = true;
    char key[64];
    int more = 0;

    while ((more = rp_reader_member(r, &first, key)) == 1) {
        size_t *part = part_of(p, key);
        if (json_object_get(head, key) || (part && *part)) {
            return rp_reader_fails(r, "\"%s\" is there twice", key);
        }
        if (part) {
            rp_reader_peek(r);
            *part = r->at;
            if (!rp_reader_skip(r)) {
                return false;
            }
        } else {
            json_t *value = rp_reader_value(r);
            if (!value) {
                return false;
            }
            json_object_set_new(head, key, value);
        }
    }
    return more == 0 && rp_reader_end(r);
}

static bool check_schema(const json_t *head, rp_error *err)
{
    static const char family[] = "escrowbench-run/";
    const char *schema = json_string_value(json_object_get(head, "schema"));

    if (!schema || strncmp(schema, family, sizeof family - 1) != 0) {
        return rp_fails(err, "not a run document: \"schema\" is not \"" RP_SCHEMA "\"");
    }
    if (strcmp(schema, RP_SCHEMA) != 0) {
        const long theirs = strtol(schema + sizeof family - 1, NULL, 10);
        const long ours = strtol(&RP_SCHEMA[sizeof family - 1], NULL, 10);
        return rp_fails(err, "schema %.40s is of %s version of escrowbench; this one reads %s", schema,
                        theirs > ours ? "a newer" : "an older", RP_SCHEMA);
    }
    return true;
}

/* "2025-01-31T12:00:00Z": file names and headings are made from it. */
static bool check_created(const char *created, rp_error *err)
{
    static const char form[] = "0000-00-00T00:00:00Z";

    for (size_t i = 0; i < sizeof form; i++) {
        const bool digit = created[i] >= '0' && created[i] <= '9';
        if (form[i] == '0' ? !digit : created[i] != form[i]) {
            return rp_fails(err, "created: not a time in UTC such as 2025-01-31T12:00:00Z");
        }
    }
    return true;
}

/* The member is derived from the machine; two answers to whether times may be taken are none. */
static bool check_emulated(const rp_document *doc, const json_t *head, rp_error *err)
{
    const json_t *emulated = json_object_get(head, "emulated");
    const bool is = strcmp(doc->machine.execution, "emulated") == 0;

    if (emulated && (!json_is_boolean(emulated) || json_is_true(emulated) != is)) {
        return rp_fails(err, "emulated: machine.execution is \"%.40s\", which does not agree", doc->machine.execution);
    }
    return true;
}

static bool read_head(rp_document *doc, const json_t *head, rp_error *err)
{
    const json_t *machine = json_object_get(head, "machine");
    const json_t *subject = json_object_get(head, "subject");
    json_t *options = json_object_get(head, "options");

    if (!check_schema(head, err) || !rp_fields_decode(doc, doc, rp_head_fields, head, "", err) ||
        !check_created(doc->created, err)) {
        return false;
    }
    if (!machine || !subject) {
        return rp_fails(err, "%s: missing", machine ? "subject" : "machine");
    }
    if (options && !json_is_object(options)) {
        return rp_fails(err, "options: not an object");
    }
    if (options) {
        json_decref(doc->options);
        doc->options = json_incref(options);
    }
    return rp_fields_decode(doc, &doc->machine, rp_machine_fields, machine, "machine", err) &&
           check_emulated(doc, head, err) && rp_subject_read(doc, subject, err) && rp_state_read(doc, head, err);
}

/* References by id, kept as JSON until all cells are known. */
static bool resolve(rp_document *doc, const json_t *links, const char *name, rp_error *err)
{
    for (size_t i = 0; i < doc->cell_count; i++) {
        const json_t *link = json_object_get(json_array_get(links, i), name);
        const char *id = json_string_value(link);
        const uint32_t target = id ? rp_find_cell(doc, id) : RP_NONE;
        if (!link || json_is_null(link)) {
            continue;
        }
        if (target == RP_NONE) {
            return rp_fails(err, "cells[%zu].%s: no such cell", i, name);
        }
        if (strcmp(doc->cells[target].block, doc->cells[i].block) != 0) {
            return rp_fails(err, "cells[%zu].%s: in another block, so there are no pairs", i, name);
        }
        *(strcmp(name, "base") == 0 ? &doc->cells[i].base : &doc->cells[i].floor) = target;
    }
    return true;
}

static json_t *links_of(const json_t *cell)
{
    json_t *links = json_object();
    static const char *const names[] = {"base", "floor"};

    for (size_t i = 0; i < 2; i++) {
        json_t *link = json_object_get(cell, names[i]);
        if (link) {
            json_object_set(links, names[i], link);
        }
    }
    return links;
}

static bool read_cell(rp_document *doc, rp_reader *r, json_t *links)
{
    const size_t start = r->at;
    json_t *json = rp_reader_value(r);
    rp_cell cell;
    char where[32];
    bool good = false;

    if (!json) {
        return false;
    }
    snprintf(where, sizeof where, "cells[%zu]", doc->cell_count);
    good = rp_cell_read(doc, &cell, json, where, r->err);
    if (good && rp_add_cell(doc, &cell) == RP_NONE) {
        good = rp_fails(r->err, doc->cell_count >= RP_CELLS_MAX ? "%s: too many cells" : "%s.id: empty, or there twice",
                        where);
    }
    if (good) {
        json_array_append_new(links, links_of(json));
    } else {
        rp_reader_fail_at(r, start);
    }
    json_decref(json);
    return good;
}

static bool read_absent(rp_document *doc, rp_reader *r)
{
    const size_t start = r->at;
    json_t *json = rp_reader_value(r);
    rp_key key;
    const char *reason = NULL;

    if (!json) {
        return false;
    }
    rp_fields_init(&key, rp_key_fields);
    if (rp_fields_decode(doc, &key, rp_key_fields, json, "absent", r->err)) {
        reason = rp_text_of(json_object_get(json, "reason"), "absent.reason", r->err);
    }
    if (reason && doc->absent_count < RP_CELLS_MAX) {
        rp_add_absent(doc, &key, reason);
    } else {
        rp_reader_fail_at(r, start);
        reason = NULL;
    }
    json_decref(json);
    return reason != NULL;
}

/* Rows are made anew from the slices, so that a table cannot differ from its data: here they must only be JSON. */
static bool pass_row(rp_reader *r)
{
    json_t *json = rp_reader_value(r);

    json_decref(json);
    return json != NULL;
}

typedef enum part { PART_CELLS, PART_ABSENT, PART_BLOCKS, PART_ROWS } part;

static bool read_part(rp_document *doc, rp_reader *r, part which, size_t at, json_t *links)
{
    bool first = true;
    int more = 0;

    r->at = at;
    while (at && (more = rp_reader_element(r, &first)) == 1) {
        const bool good = which == PART_CELLS    ? read_cell(doc, r, links)
                          : which == PART_ABSENT ? read_absent(doc, r)
                          : which == PART_BLOCKS ? rp_block_read(doc, r) != NULL
                                                 : pass_row(r);
        if (!good) {
            return false;
        }
    }
    return more == 0;
}

static bool read_document(rp_document *doc, rp_reader *r, json_t *head, json_t *links)
{
    parts p = {0, 0, 0, 0};

    if (!survey(r, head, &p)) {
        return false;
    }
    if (!read_head(doc, head, r->err)) {
        return rp_reader_fail_at(r, 0);
    }
    if (!p.cells) {
        r->at = 0;
        return rp_reader_fails(r, "cells: missing");
    }
    if (!read_part(doc, r, PART_CELLS, p.cells, links)) {
        return false;
    }
    if (!resolve(doc, links, "base", r->err) || !resolve(doc, links, "floor", r->err)) {
        return rp_reader_fail_at(r, p.cells);
    }
    return read_part(doc, r, PART_ABSENT, p.absent, NULL) && read_part(doc, r, PART_BLOCKS, p.blocks, NULL) &&
           read_part(doc, r, PART_ROWS, p.rows, NULL);
}

rp_document *rp_document_parse(const char *text, size_t len, const char *name, rp_error *err)
{
    rp_reader r = {.name = name, .text = text, .len = len, .at = 0, .err = err};
    rp_document *doc = rp_document_new();
    json_t *head = json_object();
    json_t *links = json_array();
    const bool good = read_document(doc, &r, head, links);

    json_decref(head);
    json_decref(links);
    if (!good) {
        rp_document_free(doc);
        return NULL;
    }
    rp_summarize(doc);
    return doc;
}

rp_document *rp_document_load(const char *path, rp_error *err)
{
    size_t len = 0;
    char *text = rp_read_file(path, &len, err);
    rp_document *doc = text ? rp_document_parse(text, len, path, err) : NULL;

    free(text);
    return doc;
}
