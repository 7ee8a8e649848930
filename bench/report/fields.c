/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"
#include "bench/report/pool.h"

bool rp_fails(rp_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

static void field_init(void *member, const rp_field *f)
{
    switch (f->type) {
    case RP_T_TEXT:
        *(const char **)member = "";
        break;
    case RP_T_INT:
        *(int *)member = -1;
        break;
    case RP_T_COUNT:
        *(int64_t *)member = -1;
        break;
    case RP_T_REAL:
    case RP_T_DELTA:
        *(double *)member = NAN;
        break;
    default:
        memset(member, 0, f->size);
    }
}

void rp_fields_init(void *object, const rp_field *fields)
{
    for (const rp_field *f = fields; f->name; f++) {
        field_init((char *)object + f->offset, f);
    }
}

/* A string that came from outside the document (the kernel's files) may hold anything. */
static json_t *text_json(const char *text, size_t len)
{
    char *copy = rp_print("%.*s", (int)len, text);
    json_t *json = NULL;

    if (!rp_is_clean(copy)) {
        for (char *c = copy; *c; c++) {
            *c = (char)((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f ? '?' : *c);
        }
    }
    json = json_string(copy);
    free(copy);
    return json;
}

static json_t *list_json(const char *list)
{
    json_t *array = json_array();

    while (*list) {
        const size_t len = strcspn(list, ",");
        if (len) {
            json_array_append_new(array, text_json(list, len));
        }
        list += len + (list[len] == ',');
    }
    return array;
}

static json_t *real_json(double value)
{
    return isfinite(value) ? json_real(value) : NULL;
}

static json_t *seed_json(uint64_t seed)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%" PRIu64, seed);
    return json_string(digits);
}

json_t *rp_field_encode(const void *object, const rp_field *f)
{
    const void *member = (const char *)object + f->offset;

    switch (f->type) {
    case RP_T_TEXT: {
        const char *text = *(const char *const *)member;
        return *text ? text_json(text, strlen(text)) : NULL;
    }
    case RP_T_CHARS:
        return *(const char *)member ? text_json(member, strlen(member)) : NULL;
    case RP_T_LIST:
        return list_json(member);
    case RP_T_BOOL:
        return json_boolean(*(const bool *)member);
    case RP_T_U32:
        return json_integer(*(const uint32_t *)member);
    case RP_T_U64:
        return json_integer((json_int_t)(*(const uint64_t *)member & INT64_MAX));
    case RP_T_INT:
        return *(const int *)member < 0 ? NULL : json_integer(*(const int *)member);
    case RP_T_COUNT:
        return *(const int64_t *)member < 0 ? NULL : json_integer(*(const int64_t *)member);
    case RP_T_REAL:
    case RP_T_DELTA:
        return real_json(*(const double *)member);
    case RP_T_SEED:
        return seed_json(*(const uint64_t *)member);
    }
    return NULL;
}

void rp_fields_encode_into(json_t *json, const void *object, const rp_field *fields)
{
    for (const rp_field *f = fields; f->name; f++) {
        json_t *value = rp_field_encode(object, f);
        if (value) {
            json_object_set_new(json, f->name, value);
        }
    }
}

json_t *rp_fields_encode(const void *object, const rp_field *fields)
{
    json_t *json = json_object();

    rp_fields_encode_into(json, object, fields);
    return json;
}

const char *rp_text_of(const json_t *json, const char *where, rp_error *err)
{
    const char *text = json_string_value(json);

    if (!text) {
        rp_fails(err, "%s: not a string", where);
        return NULL;
    }
    if (json_string_length(json) > RP_STRING_MAX) {
        rp_fails(err, "%s: longer than %d bytes", where, (int)RP_STRING_MAX);
        return NULL;
    }
    if (strlen(text) != json_string_length(json) || !rp_is_clean(text)) {
        rp_fails(err, "%s: holds a control character", where);
        return NULL;
    }
    return text;
}

static bool read_chars(char *member, size_t size, const json_t *json, const char *where, rp_error *err)
{
    const char *text = rp_text_of(json, where, err);

    if (!text) {
        return false;
    }
    if (strlen(text) >= size) {
        return rp_fails(err, "%s: longer than %zu bytes", where, size - 1);
    }
    memcpy(member, text, strlen(text) + 1);
    return true;
}

static bool read_list(char *member, size_t size, const json_t *json, const char *where, rp_error *err)
{
    size_t len = 0;

    if (!json_is_array(json)) {
        return rp_fails(err, "%s: not an array", where);
    }
    member[0] = '\0';
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *text = rp_text_of(json_array_get(json, i), where, err);
        int n = 0;
        if (!text) {
            return false;
        }
        n = snprintf(member + len, size - len, "%s%s", i ? "," : "", text);
        if (n < 0 || (size_t)n >= size - len) {
            return rp_fails(err, "%s: longer than %zu bytes in all", where, size - 1);
        }
        len += (size_t)n;
    }
    return true;
}

static bool read_integer(json_int_t *out, json_int_t max, const json_t *json, const char *where, rp_error *err)
{
    if (!json_is_integer(json)) {
        return rp_fails(err, "%s: not a whole number", where);
    }
    *out = json_integer_value(json);
    if (*out < 0 || *out > max) {
        return rp_fails(err, "%s: %" JSON_INTEGER_FORMAT " is out of range (0 to %" JSON_INTEGER_FORMAT ")", where,
                        *out, max);
    }
    return true;
}

static bool read_real(double *out, bool negative, const json_t *json, const char *where, rp_error *err)
{
    if (json_is_null(json)) {
        return true; /* unknown, as it stands */
    }
    if (!json_is_number(json)) {
        return rp_fails(err, "%s: not a number", where);
    }
    *out = json_number_value(json);
    if (!negative && *out < 0.0) {
        return rp_fails(err, "%s: %g is below 0", where, *out);
    }
    return true;
}

static bool read_seed(uint64_t *out, const json_t *json, const char *where, rp_error *err)
{
    const char *text = json_string_value(json);
    char *end = NULL;

    if (!text || strspn(text, "0123456789") != strlen(text) || *text == '\0') {
        return rp_fails(err, "%s: not a string of digits", where);
    }
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 ? true : rp_fails(err, "%s: above 64 bits", where);
}

static bool field_decode(rp_document *doc, void *member, const rp_field *f, const json_t *json, const char *where,
                         rp_error *err)
{
    json_int_t n = 0;

    switch (f->type) {
    case RP_T_TEXT: {
        const char *text = rp_text_of(json, where, err);
        *(const char **)member = text ? rp_string(doc, text) : "";
        return text != NULL;
    }
    case RP_T_CHARS:
        return read_chars(member, f->size, json, where, err);
    case RP_T_LIST:
        return read_list(member, f->size, json, where, err);
    case RP_T_BOOL:
        *(bool *)member = json_is_true(json);
        return json_is_boolean(json) ? true : rp_fails(err, "%s: neither true nor false", where);
    case RP_T_U32:
        if (!read_integer(&n, UINT32_MAX, json, where, err)) {
            return false;
        }
        *(uint32_t *)member = (uint32_t)n;
        return true;
    case RP_T_INT:
        if (!read_integer(&n, INT32_MAX, json, where, err)) {
            return false;
        }
        *(int *)member = (int)n;
        return true;
    case RP_T_U64:
    case RP_T_COUNT:
        if (!read_integer(&n, INT64_MAX, json, where, err)) {
            return false;
        }
        *(int64_t *)member = n;
        return true;
    case RP_T_REAL:
    case RP_T_DELTA:
        return read_real(member, f->type == RP_T_DELTA, json, where, err);
    case RP_T_SEED:
        return read_seed(member, json, where, err);
    }
    return false;
}

bool rp_fields_decode(rp_document *doc, void *object, const rp_field *fields, const json_t *json, const char *where,
                      rp_error *err)
{
    if (!json_is_object(json)) {
        return rp_fails(err, "%s: not an object", where);
    }
    for (const rp_field *f = fields; f->name; f++) {
        const json_t *value = json_object_get(json, f->name);
        char place[128];
        snprintf(place, sizeof place, "%s%s%s", where, *where ? "." : "", f->name);
        if (!value && f->required) {
            return rp_fails(err, "%s: missing", place);
        }
        if (value && !field_decode(doc, (char *)object + f->offset, f, value, place, err)) {
            return false;
        }
    }
    return true;
}
