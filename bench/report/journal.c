/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report/codec.h"
#include "bench/report/load.h"
#include "bench/report/memory.h"
#include "bench/report/summary.h"

struct rp_journal {
    int fd;
    char *path;
};

/* Why it cannot be opened: a folder that is missing or closed is the usual reason, and is named. */
static void cannot_open(const char *path, rp_error *err)
{
    const int why = errno;
    const char *slash = strrchr(path, '/');
    const int len = slash == NULL || slash == path ? 1 : (int)(slash - path);
    char *folder = NULL;

    if (why == EEXIST) {
        rp_fails(err, "%.300s is there already: the journal of a run that was cut short", path);
        return;
    }
    folder = rp_print("%.*s", len, slash == NULL ? "." : path);
    if (why == ENOENT && access(folder, F_OK) != 0) {
        rp_fails(err, "the folder %.300s is missing", folder);
    } else if (why == EACCES && access(folder, W_OK | X_OK) != 0) {
        rp_fails(err, "the folder %.300s is closed to writing", folder);
    } else {
        rp_fails(err, "cannot open the journal %.300s: %s", path, strerror(why));
    }
    free(folder);
}

static rp_journal *journal_on(int fd, const char *path, rp_error *err)
{
    rp_journal *j = NULL;

    if (fd < 0) {
        cannot_open(path, err);
        return NULL;
    }
    j = rp_alloc(1, sizeof *j);
    j->fd = fd;
    j->path = rp_print("%s", path);
    return j;
}

/* A line is there whole or not at all: what did not fit is cut off again. */
static bool append(rp_journal *j, const char *line, size_t len, rp_error *err)
{
    struct stat before;
    ssize_t n = -1;

    if (fstat(j->fd, &before) == 0) {
        do {
            n = write(j->fd, line, len);
        } while (n < 0 && errno == EINTR);
    }
    if (n == (ssize_t)len && fdatasync(j->fd) == 0) {
        return true;
    }
    if (n >= 0 && n < (ssize_t)len) {
        errno = ENOSPC; /* what a short write to a file means */
    }
    rp_fails(err, "cannot write the journal %.300s: %s", j->path, strerror(errno));
    if (n > 0 && ftruncate(j->fd, before.st_size) != 0) {
        return false; /* a torn last line: reading drops it */
    }
    return false;
}

/* Lines are made in memory, so that each is one write(). */
typedef struct line {
    char *text;
    size_t len;
    FILE *out;
} line;

static void line_open(line *l)
{
    *l = (line){NULL, 0, NULL};
    l->out = open_memstream(&l->text, &l->len);
    if (!l->out) {
        fputs("escrowbench: out of memory\n", stderr);
        exit(1);
    }
}

static bool line_append(line *l, rp_journal *j, rp_error *err)
{
    const bool full = ferror(l->out) != 0;
    bool good = fclose(l->out) == 0 && !full;

    good = good ? append(j, l->text, l->len, err) : rp_fails(err, "out of memory for a line of the journal");
    free(l->text);
    return good;
}

static bool append_json(rp_journal *j, const char *name, json_t *json, rp_error *err)
{
    char *text = json_dumps(json, RP_DUMP);
    line l;

    line_open(&l);
    fprintf(l.out, "{\"%s\":%s}\n", name, text ? text : "null");
    free(text);
    json_decref(json);
    return line_append(&l, j, err);
}

rp_journal *rp_journal_create(const char *path, const rp_document *doc, rp_error *err)
{
    rp_journal *j = journal_on(open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666), path, err);
    line l;

    if (!j) {
        return NULL;
    }
    line_open(&l);
    rp_document_write(l.out, doc, true);
    if (!line_append(&l, j, err)) {
        unlink(path);
        rp_journal_close(j);
        return NULL;
    }
    return j;
}

/* Length of the text without a torn last line. */
static size_t whole_lines(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] != '\n') {
        len--;
    }
    return len;
}

rp_journal *rp_journal_open(const char *path, rp_error *err)
{
    size_t len = 0;
    char *text = rp_read_file(path, &len, err);
    rp_journal *j = NULL;

    if (!text) {
        return NULL;
    }
    j = journal_on(open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK), path, err);
    if (j && whole_lines(text, len) != len && ftruncate(j->fd, (off_t)whole_lines(text, len)) != 0) {
        rp_fails(err, "cannot cut the torn line off %.300s: %s", path, strerror(errno));
        rp_journal_close(j);
        j = NULL;
    }
    free(text);
    return j;
}

void rp_journal_close(rp_journal *j)
{
    if (j) {
        close(j->fd);
        free(j->path);
        free(j);
    }
}

bool rp_journal_cell(rp_journal *j, const rp_document *doc, uint32_t cell, rp_error *err)
{
    json_t *json = rp_result_json(&doc->cells[cell]);

    json_object_set_new(json, "id", json_string(doc->cells[cell].id));
    return append_json(j, "cell", json, err);
}

bool rp_journal_block(rp_journal *j, const rp_document *doc, const rp_block *block, rp_error *err)
{
    line l;

    line_open(&l);
    fputs("{\"block\":", l.out);
    rp_block_write(l.out, doc, block);
    fputs("}\n", l.out);
    return line_append(&l, j, err);
}

bool rp_journal_state(rp_journal *j, const rp_document *doc, rp_error *err)
{
    json_t *json = rp_state_json(doc);

    rp_fields_encode_into(json, doc, rp_late_fields);
    return append_json(j, "state", json, err);
}

static bool read_cell_line(rp_document *doc, rp_reader *r)
{
    json_t *json = rp_reader_value(r);
    const char *id = json_string_value(json_object_get(json, "id"));
    const uint32_t cell = id ? rp_find_cell(doc, id) : RP_NONE;
    bool good = false;

    if (json && cell == RP_NONE) {
        rp_reader_fails(r, "a result of a cell that is not there");
    } else if (json) {
        good = rp_result_read(doc, &doc->cells[cell], json, "cell", r->err) || rp_reader_fail_at(r, r->at);
    }
    json_decref(json);
    return good;
}

static bool read_state_line(rp_document *doc, rp_reader *r)
{
    json_t *json = rp_reader_value(r);
    bool good = false;

    if (json) {
        good =
            (rp_state_read(doc, json, r->err) && rp_fields_decode(doc, doc, rp_late_fields, json, "state", r->err)) ||
            rp_reader_fail_at(r, r->at);
    }
    json_decref(json);
    return good;
}

/* One line after the header: {"block":...}, {"cell":...} or {"state":...}. */
static bool read_line(rp_document *doc, rp_reader *r)
{
    bool first = true;
    char key[64];

    if (rp_reader_member(r, &first, key) != 1) {
        return first ? false : rp_reader_fails(r, "an empty line");
    }
    if (strcmp(key, "block") == 0   ? !rp_block_read(doc, r)
        : strcmp(key, "cell") == 0  ? !read_cell_line(doc, r)
        : strcmp(key, "state") == 0 ? !read_state_line(doc, r)
                                    : !rp_reader_skip(r)) {
        return false;
    }
    return rp_reader_take(r, '}');
}

static bool read_lines(rp_document *doc, const char *text, size_t len, size_t from, const char *path, rp_error *err)
{
    rp_reader r = {.name = path, .text = text, .len = len, .at = from, .err = err};

    while (rp_reader_peek(&r) != '\0' || r.at < r.len) {
        if (!read_line(doc, &r)) {
            return false;
        }
    }
    return true;
}

rp_document *rp_journal_read(const char *path, bool *torn, rp_error *err)
{
    size_t len = 0;
    char *text = rp_read_file(path, &len, err);
    const size_t whole = text ? whole_lines(text, len) : 0;
    const char *end = whole ? memchr(text, '\n', whole) : NULL;
    rp_document *doc = NULL;

    if (text && !end) {
        rp_fails(err, "%.300s holds no finished line: that run had not begun", path);
    } else if (text) {
        doc = rp_document_parse(text, (size_t)(end - text), path, err);
    }
    if (doc && !read_lines(doc, text, whole, (size_t)(end - text) + 1, path, err)) {
        rp_document_free(doc);
        doc = NULL;
    }
    if (doc && torn) {
        *torn = whole != len;
    }
    free(text);
    if (doc) {
        rp_summarize(doc);
    }
    return doc;
}

bool rp_journal_compact(const char *journal, const char *path, rp_document **out, rp_error *err)
{
    rp_document *doc = rp_journal_read(journal, NULL, err);
    bool good = doc && rp_document_save(doc, path, err);

    if (good && unlink(journal) != 0) {
        good = rp_fails(err, "cannot remove the journal %.300s: %s", journal, strerror(errno));
    }
    if (good && out) {
        *out = doc;
    } else {
        rp_document_free(doc);
    }
    return good;
}

char *rp_block_line(const rp_document *doc, const rp_block *block, size_t *len)
{
    line l;

    line_open(&l);
    rp_block_write(l.out, doc, block);
    if (fclose(l.out) != 0) {
        fputs("escrowbench: out of memory\n", stderr);
        exit(1);
    }
    *len = l.len;
    return l.text;
}

rp_block *rp_block_from_line(rp_document *doc, const char *text, size_t len, rp_error *err)
{
    rp_reader r = {.name = "block", .text = text, .len = len, .at = 0, .err = err};
    rp_block *block = rp_block_read(doc, &r);

    return block && rp_reader_end(&r) ? block : NULL;
}
