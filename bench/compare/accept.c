/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/compare/accept.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/report/fields.h"
#include "bench/report/load.h"
#include "bench/report/memory.h"

enum { LINE_MAX_LEN = 1024, ENTRIES_MAX = 10000 };

static bool is_digits(const char *text, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool cm_is_date(const char *text)
{
    if (strlen(text) != CM_DATE - 1 || text[4] != '-' || text[7] != '-' || !is_digits(text, 0, 4) ||
        !is_digits(text, 5, 2) || !is_digits(text, 8, 2)) {
        return false;
    }
    const int month = (text[5] - '0') * 10 + text[6] - '0';
    const int day = (text[8] - '0') * 10 + text[9] - '0';
    const int year = (int)strtol(text, NULL, 10);

    return month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

void cm_today(char out[CM_DATE])
{
    const time_t now = time(NULL);
    struct tm utc = {0};

    gmtime_r(&now, &utc);
    if (strftime(out, CM_DATE, "%Y-%m-%d", &utc) == 0) {
        out[0] = '\0';
    }
}

/* The next word; *text moves behind it. */
static char *word(char **text)
{
    char *start = *text + strspn(*text, " \t");
    char *end = start + strcspn(start, " \t");

    *text = end + (*end != '\0');
    *end = '\0';
    return start;
}

/* A reason is printed, and may go into JSON: UTF-8 without control characters. */
static bool is_text(const char *text)
{
    json_t *json = json_string(text);
    const bool good = json != NULL;

    json_decref(json);
    for (; *text && good; text++) {
        if (iscntrl((unsigned char)*text)) {
            return false;
        }
    }
    return good;
}

static bool malformed(const cm_accept_list *list, unsigned line, const char *what, rp_error *err)
{
    return rp_fails(err, "%.200s:%u: %s; a line is: CELL until YYYY-MM-DD REASON", list->path, line, what);
}

/* "within 0.5%" in front of the reason; *reason moves behind it. False if it is there and no percentage. */
static bool take_limit(char **reason, double *within)
{
    char *end = NULL;

    *within = INFINITY;
    if (strncmp(*reason, "within ", 7) != 0) {
        return true;
    }
    *within = strtod(*reason + 7, &end) / 100.0;
    if (*end != '%' || (end[1] != ' ' && end[1] != '\0') || !(*within >= 0.0 && *within <= 10.0)) {
        return false;
    }
    *reason = end + 1 + strspn(end + 1, " ");
    return true;
}

/* `text` is cut into words. */
static bool parse_line(cm_accept_list *list, char *text, unsigned line, rp_error *err)
{
    char *cell = word(&text);
    char *until = word(&text);
    char *date = word(&text);
    char *reason = text + strspn(text, " \t");
    double within = INFINITY;

    if (*cell == '\0' || *cell == '#') {
        return true;
    }
    if (strcmp(until, "until") != 0) {
        return malformed(list, line, "\"until\" does not follow the cell", err);
    }
    if (!cm_is_date(date)) {
        return malformed(list, line, "\"until\" needs a day such as 2025-12-31", err);
    }
    if (!take_limit(&reason, &within)) {
        return malformed(list, line, "\"within\" needs a percentage such as 0.5%", err);
    }
    if (*reason == '\0') {
        return malformed(list, line, "the reason is missing", err);
    }
    if (list->count == ENTRIES_MAX) {
        return malformed(list, line, "too many entries", err);
    }
    list->entries = rp_grow(list->entries, list->count, sizeof *list->entries);
    cm_accepted *entry = &list->entries[list->count++];
    *entry =
        (cm_accepted){.cell = rp_print("%s", cell), .reason = rp_print("%s", reason), .within = within, .line = line};
    memcpy(entry->until, date, CM_DATE);
    return true;
}

/* One line with its end cut off, checked as text before it is taken apart. */
static bool take_line(cm_accept_list *list, const char *start, size_t len, unsigned line, rp_error *err)
{
    char text[LINE_MAX_LEN];

    while (len && (start[len - 1] == '\r' || start[len - 1] == ' ' || start[len - 1] == '\t')) {
        len--;
    }
    if (len >= sizeof text) {
        return malformed(list, line, "too long", err);
    }
    memcpy(text, start, len);
    text[len] = '\0';
    for (char *c = text; *c; c++) {
        if (*c == '\t') {
            *c = ' ';
        }
    }
    if (memchr(start, '\0', len) || !is_text(text)) {
        return malformed(list, line, "not plain text", err);
    }
    return parse_line(list, text, line, err);
}

cm_accept_list *cm_accept_parse(const char *text, size_t len, const char *name, rp_error *err)
{
    cm_accept_list *list = rp_alloc(1, sizeof *list);
    unsigned line = 1;

    list->path = rp_print("%s", name);
    while (len) {
        const char *end = memchr(text, '\n', len);
        const size_t own = end ? (size_t)(end - text) : len;
        if (!take_line(list, text, own, line++, err)) {
            cm_accept_free(list);
            return NULL;
        }
        text += own + (end != NULL);
        len -= own + (end != NULL);
    }
    return list;
}

cm_accept_list *cm_accept_load(const char *path, rp_error *err)
{
    size_t len = 0;
    char *text = rp_read_file(path, &len, err);
    cm_accept_list *list = text ? cm_accept_parse(text, len, path, err) : NULL;

    free(text);
    return list;
}

void cm_accept_free(cm_accept_list *list)
{
    if (!list) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].cell);
        free(list->entries[i].reason);
    }
    free(list->entries);
    free(list->path);
    free(list);
}

bool cm_expired(const cm_accepted *entry, const char *today)
{
    return strcmp(entry->until, today) < 0;
}

const cm_accepted *cm_accept_find(cm_accept_list *list, const char *id, const char *today)
{
    cm_accepted *best = NULL;

    for (size_t i = 0; list && i < list->count; i++) {
        cm_accepted *entry = &list->entries[i];
        if ((strcmp(entry->cell, id) == 0 || fnmatch(entry->cell, id, 0) == 0) &&
            (!best || (cm_expired(best, today) && !cm_expired(entry, today)))) {
            best = entry;
        }
    }
    if (best) {
        best->used = true;
    }
    return best;
}
