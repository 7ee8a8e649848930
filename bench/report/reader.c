/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/reader.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/fields.h"

bool rp_reader_fail_at(rp_reader *r, size_t at)
{
    size_t line = 1;
    size_t column = 1;
    char what[400];

    for (size_t i = 0; i < at && i < r->len; i++) {
        column = r->text[i] == '\n' ? 1 : column + 1;
        line += r->text[i] == '\n';
    }
    snprintf(what, sizeof what, "%.390s", r->err->text);
    return rp_fails(r->err, "%.80s, line %zu, column %zu: %s", r->name, line, column, what);
}

bool rp_reader_fails(rp_reader *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->err->text, sizeof r->err->text, format, args);
    va_end(args);
    return rp_reader_fail_at(r, r->at);
}

char rp_reader_peek(rp_reader *r)
{
    while (r->at < r->len && memchr(" \t\r\n", r->text[r->at], 4)) {
        r->at++;
    }
    if (r->at >= r->len) {
        return '\0';
    }
    return r->text[r->at];
}

static bool unexpected(rp_reader *r, const char *wanted)
{
    if (rp_reader_peek(r) == '\0' && r->at >= r->len) {
        return rp_reader_fails(r, "ends too soon: %s expected", wanted);
    }
    return rp_reader_fails(r, "%s expected", wanted);
}

bool rp_reader_take(rp_reader *r, char c)
{
    const char wanted[] = {'\'', c, '\'', '\0'};

    if (rp_reader_peek(r) != c) {
        return unexpected(r, wanted);
    }
    r->at++;
    return true;
}

bool rp_reader_end(rp_reader *r)
{
    rp_reader_peek(r);
    return r->at == r->len ? true : rp_reader_fails(r, "something follows the end");
}

json_t *rp_reader_value(rp_reader *r)
{
    const size_t left = r->len - r->at;
    const bool cut = left > RP_VALUE_MAX;
    json_error_t error;
    json_t *json = json_loadb(r->text + r->at, cut ? RP_VALUE_MAX : left,
                              JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

    if (json) {
        r->at += (size_t)error.position; /* on success: bytes read */
        return json;
    }
    if (cut && json_error_code(&error) == json_error_premature_end_of_input) {
        rp_reader_fails(r, "a value of more than %d bytes", (int)RP_VALUE_MAX);
    } else {
        rp_fails(r->err, "%s", error.text);
        rp_reader_fail_at(r, r->at + (error.position > 0 ? (size_t)error.position : 0));
    }
    return NULL;
}

/* Passes over a string at its opening quote. */
static bool skip_string(rp_reader *r)
{
    for (r->at++; r->at < r->len; r->at++) {
        if (r->text[r->at] == '\\') {
            r->at++;
        } else if (r->text[r->at] == '"') {
            r->at++;
            return true;
        }
    }
    r->at = r->len;
    return rp_reader_fails(r, "ends inside a string");
}

/* Deeper than any document, and what one word of bits can follow. */
enum { DEPTH_MAX = 64 };

/* Keeps which brackets are open, innermost in bit 0: 1 for an object's. */
typedef struct brackets {
    uint64_t open;
    unsigned depth;
} brackets;

static bool bracket(rp_reader *r, brackets *b, char c)
{
    const bool object = c == '{' || c == '}';

    if (c == '[' || c == '{') {
        if (b->depth == DEPTH_MAX) {
            return rp_reader_fails(r, "nested more than %d deep", (int)DEPTH_MAX);
        }
        b->open = b->open << 1 | object;
        b->depth++;
        return true;
    }
    if (b->depth == 0) {
        return rp_reader_fails(r, "a value expected");
    }
    if ((b->open & 1) != object) {
        return rp_reader_fails(r, b->open & 1 ? "',' or '}' expected" : "',' or ']' expected");
    }
    b->open >>= 1;
    b->depth--;
    return true;
}

/* Passes over a number or a word. */
static bool skip_word(rp_reader *r)
{
    const size_t start = r->at;

    while (r->at < r->len && !memchr(",:[]{}\" \t\r\n", r->text[r->at], 11)) {
        r->at++;
    }
    return r->at > start ? true : rp_reader_fails(r, "a value expected");
}

bool rp_reader_skip(rp_reader *r)
{
    brackets b = {0, 0};

    do {
        const char c = rp_reader_peek(r);
        bool good = true;
        if (r->at >= r->len) {
            return rp_reader_fails(r, "ends too soon");
        }
        if (c == '"') {
            good = skip_string(r);
        } else if (c == '[' || c == ']' || c == '{' || c == '}') {
            good = bracket(r, &b, c);
            r->at++;
        } else if (b.depth && (c == ',' || c == ':')) {
            r->at++;
        } else {
            good = skip_word(r);
        }
        if (!good) {
            return false;
        }
    } while (b.depth > 0);
    return true;
}

static size_t digits(const char *text)
{
    size_t n = 0;

    while (text[n] >= '0' && text[n] <= '9') {
        n++;
    }
    return n;
}

/* Length of the JSON number at text (RFC 8259, s. 6), which ends in a NUL; 0 if there is none. */
static size_t number_length(const char *text)
{
    const size_t sign = text[0] == '-';
    size_t n = sign + digits(text + sign);

    if (n == sign || (n > sign + 1 && text[sign] == '0')) {
        return 0;
    }
    if (text[n] == '.') {
        const size_t fraction = digits(text + n + 1);
        if (fraction == 0) {
            return 0;
        }
        n += 1 + fraction;
    }
    if (text[n] == 'e' || text[n] == 'E') {
        const size_t skip = 1 + (text[n + 1] == '+' || text[n + 1] == '-');
        const size_t exponent = digits(text + n + skip);
        return exponent ? n + skip + exponent : 0;
    }
    return n;
}

/* Copies the number that comes next; the text itself need not end in a NUL. */
static size_t next_number(rp_reader *r, char out[40])
{
    size_t left = 0;

    rp_reader_peek(r);
    left = r->len - r->at < 39 ? r->len - r->at : 39;
    memcpy(out, r->text + r->at, left);
    out[left] = '\0';
    left = number_length(out);
    out[left] = '\0';
    return left;
}

bool rp_reader_whole(rp_reader *r, uint64_t max, uint64_t *out)
{
    char text[40];
    const size_t len = next_number(r, text);

    if (len == 0) {
        return unexpected(r, "a number");
    }
    errno = 0;
    *out = strtoull(text, NULL, 10);
    if (digits(text) != len || errno || *out > max) {
        return rp_reader_fails(r, "%s is not a whole number from 0 to %llu", text, (unsigned long long)max);
    }
    r->at += len;
    return true;
}

bool rp_reader_real(rp_reader *r, double *out)
{
    char text[40];
    const size_t len = next_number(r, text);

    if (len == 0) {
        return unexpected(r, "a number");
    }
    *out = strtod(text, NULL);
    if (!isfinite(*out)) {
        return rp_reader_fails(r, "%s is too large", text);
    }
    r->at += len;
    return true;
}

static int step(rp_reader *r, bool *first, char open, char close)
{
    if (*first) {
        if (!rp_reader_take(r, open)) {
            return -1;
        }
        *first = false;
        if (rp_reader_peek(r) != close) {
            return 1;
        }
        r->at++;
        return 0;
    }
    if (rp_reader_peek(r) == close) {
        r->at++;
        return 0;
    }
    if (r->at < r->len && r->text[r->at] == ',') {
        r->at++;
        return 1;
    }
    unexpected(r, close == ']' ? "',' or ']'" : "',' or '}'");
    return -1;
}

int rp_reader_element(rp_reader *r, bool *first)
{
    return step(r, first, '[', ']');
}

int rp_reader_member(rp_reader *r, bool *first, char key[64])
{
    const int more = step(r, first, '{', '}');
    json_t *json = NULL;

    if (more != 1) {
        return more;
    }
    if (rp_reader_peek(r) != '"') {
        unexpected(r, "a name");
        return -1;
    }
    json = rp_reader_value(r);
    if (!json) {
        return -1;
    }
    /* A name that is too long is none that we know; it only must not turn into one. */
    snprintf(key, 64, "%s", json_string_length(json) < 64 ? json_string_value(json) : "(long)");
    json_decref(json);
    return rp_reader_take(r, ':') ? 1 : -1;
}
