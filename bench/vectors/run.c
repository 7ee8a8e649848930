/* SPDX-License-Identifier: Apache-2.0 */
/* A run: counting cases, reading their fields, binding primitives. */
#include "bench/vectors/vectors_internal.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct vec_block {
    vec_block *next;
    alignas(max_align_t) uint8_t data[];
};

vec_run *vec_run_new(const eb_backend *backend)
{
    vec_run *r = calloc(1, sizeof *r);
    if (r)
        r->backend = backend;
    return r;
}

static void unbind(vec_run *r)
{
    if (r->bound)
        eb_binding_close(&r->binding);
    r->bound = false;
}

static void free_blocks(vec_run *r)
{
    while (r->blocks) {
        vec_block *next = r->blocks->next;
        free(r->blocks);
        r->blocks = next;
    }
}

void vec_run_free(vec_run *r)
{
    if (!r)
        return;
    free_blocks(r);
    unbind(r);
    free(r);
}

void vec_run_reset(vec_run *r)
{
    free_blocks(r);
    r->passed = r->failed = r->skipped = r->checks = r->encryptions = 0;
    r->n_reasons = r->n_failures = 0;
    r->broken[0] = r->test[0] = r->why[0] = '\0';
    r->state = VEC_RUNNING;
}

void vec_clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
}

void vec_begin(vec_run *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->test, sizeof r->test, fmt, args);
    va_end(args);
    vec_clean(r->test);
    r->why[0] = '\0';
    r->state = VEC_RUNNING;
}

void vec_skip(vec_run *r, const char *fmt, ...)
{
    if (r->state != VEC_RUNNING)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->why, sizeof r->why, fmt, args);
    va_end(args);
    vec_clean(r->why);
    r->state = VEC_SKIPPED;
}

bool vec_check(vec_run *r, bool ok, const char *fmt, ...)
{
    r->checks++;
    if (ok || r->state != VEC_RUNNING)
        return ok;
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->why, sizeof r->why, fmt, args);
    va_end(args);
    vec_clean(r->why);
    r->state = VEC_FAILED;
    return false;
}

bool vec_ok(vec_run *r, eb_status got, const char *what)
{
    return vec_check(r, got == EB_OK, "%s: %s", what, eb_status_name(got));
}

bool vec_refused(vec_run *r, eb_status got, eb_status want, const char *what)
{
    if (got == EB_OK)
        return vec_check(r, false, "%s: accepted, must be refused", what);
    return vec_check(r, got == want, "%s: refused with %s, not with %s", what, eb_status_name(got),
                     eb_status_name(want));
}

/* The first bytes of a value, for a message. */
static void head(char out[20], const uint8_t *p, size_t len)
{
    size_t n = len < 8 ? len : 8;
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
    if (n < len)
        snprintf(out + 2 * n, 4, "...");
    else
        out[2 * n] = '\0';
}

bool vec_same(vec_run *r, const void *got, size_t len, eb_bytes want, const char *what)
{
    char a[20], b[20];
    if (len != want.len)
        return vec_check(r, false, "%s: %zu bytes, published %zu", what, len, want.len);
    if (len == 0 || memcmp(got, want.ptr, len) == 0)
        return vec_check(r, true, "%s", what);
    head(a, got, len);
    head(b, want.ptr, len);
    return vec_check(r, false, "%s: computed %s, published %s", what, a, b);
}

bool vec_zeroed(vec_run *r, const uint8_t *p, size_t len, const char *what)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= p[i];
    return vec_check(r, any == 0, "%s: refused, but its output is not zeroed", what);
}

bool vec_malformed(vec_run *r, const char *fmt, ...)
{
    if (vec_broken(r))
        return false;
    char what[VEC_TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    vec_clean(what);
    snprintf(r->broken, sizeof r->broken, "%s%s%s", r->test, r->test[0] ? ": " : "", what);
    return false;
}

/* Reasons are few; beyond the table they are lumped together rather than lost. */
static void count_reason(vec_run *r, const char *text)
{
    size_t i = 0;
    while (i < r->n_reasons && strcmp(r->reasons[i].text, text) != 0)
        i++;
    if (i == VEC_REASONS) {
        i = VEC_REASONS - 1;
        snprintf(r->reasons[i].text, sizeof r->reasons[i].text, "other reasons");
    } else if (i == r->n_reasons) {
        r->n_reasons++;
        snprintf(r->reasons[i].text, sizeof r->reasons[i].text, "%s", text);
        r->reasons[i].count = 0;
    }
    r->reasons[i].count++;
}

void vec_end(vec_run *r)
{
    free_blocks(r);
    if (vec_broken(r))
        return;
    if (r->state == VEC_SKIPPED) {
        r->skipped++;
        count_reason(r, r->why);
    } else if (r->state == VEC_FAILED) {
        r->failed++;
        if (r->n_failures < VEC_FAILURES) {
            vec_failure *f = &r->failures[r->n_failures++];
            memcpy(f->test, r->test, sizeof f->test);
            memcpy(f->why, r->why, sizeof f->why);
        }
    } else {
        r->passed++;
    }
    r->test[0] = '\0';
}

void *vec_alloc(vec_run *r, size_t len)
{
    vec_block *b = calloc(1, sizeof *b + (len ? len : 1));
    if (!b) {
        vec_malformed(r, "not enough memory for %zu bytes", len);
        return NULL;
    }
    b->next = r->blocks;
    r->blocks = b;
    return b->data;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool vec_decode(vec_run *r, const char *hex, size_t digits, const char *field, eb_bytes *out)
{
    if (digits % 2 != 0)
        return vec_malformed(r, "field '%s' has an odd number of hex digits", field);
    uint8_t *p = vec_alloc(r, digits / 2);
    if (!p)
        return false;
    for (size_t i = 0; i < digits; i += 2) {
        int hi = digit(hex[i]), lo = digit(hex[i + 1]);
        if (hi < 0 || lo < 0)
            return vec_malformed(r, "field '%s' is not hex at digit %zu", field, hi < 0 ? i : i + 1);
        p[i / 2] = (uint8_t)(hi << 4 | lo);
    }
    *out = eb_range(p, digits / 2);
    return true;
}

bool vec_hex(vec_run *r, const json_t *o, const char *field, eb_bytes *out)
{
    const json_t *v = json_object_get(o, field);
    if (!json_is_string(v))
        return vec_malformed(r, "field '%s' is missing or not a string of hex digits", field);
    return vec_decode(r, json_string_value(v), json_string_length(v), field, out);
}

bool vec_hex_len(vec_run *r, const json_t *o, const char *field, size_t len, eb_bytes *out)
{
    if (!vec_hex(r, o, field, out))
        return false;
    return out->len == len || vec_malformed(r, "field '%s' has %zu bytes, not %zu", field, out->len, len);
}

bool vec_hex_list(vec_run *r, const json_t *o, const char *field, eb_bytes *out, size_t *n)
{
    const json_t *v = json_object_get(o, field);
    if (!json_is_string(v))
        return vec_malformed(r, "field '%s' is missing or not a string of hex digits", field);
    const char *p = json_string_value(v);
    for (*n = 0; *n < VEC_BATCH; p++) {
        size_t digits = strcspn(p, ",");
        if (!vec_decode(r, p, digits, field, &out[(*n)++]))
            return false;
        p += digits;
        if (*p == '\0')
            return true;
    }
    return vec_malformed(r, "field '%s' lists more than %d values", field, VEC_BATCH);
}

bool vec_number(vec_run *r, const json_t *o, const char *field, uint64_t max, uint64_t *out)
{
    const json_t *v = json_object_get(o, field);
    bool good = false;
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        *out = (uint64_t)json_integer_value(v);
        good = true;
    } else if (json_is_string(v)) {
        const char *s = json_string_value(v);
        size_t digits = strspn(s, "0123456789");
        good = digits > 0 && digits < 19 && s[digits] == '\0';
        *out = good ? strtoull(s, NULL, 10) : 0;
    }
    if (!good || *out > max)
        return vec_malformed(r, "field '%s' is missing or not a number of 0 to %llu", field, (unsigned long long)max);
    return true;
}

const char *vec_string(const json_t *o, const char *field)
{
    const char *s = json_string_value(json_object_get(o, field));
    return s ? s : "";
}

static bool same_id(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_suite(const eb_suite *a, const eb_suite *b)
{
    if (a->kem_id != b->kem_id || a->kdf_id != b->kdf_id || a->aead_id != b->aead_id)
        return false;
    for (int i = 0; i < EB_CLASS_COUNT; i++)
        if (!same_id(a->prim[i], b->prim[i]))
            return false;
    return true;
}

const eb_binding *vec_bind(vec_run *r, const eb_suite *suite, unsigned needs)
{
    char why[VEC_TEXT] = "";
    if (r->bound && r->needs == needs && same_suite(&r->suite, suite))
        return &r->binding;
    unbind(r);
    if (!eb_binding_possible(r->backend, suite, needs, why, sizeof why)) {
        vec_skip(r, "%s", why);
        return NULL;
    }
    r->suite = *suite;
    r->needs = needs;
    memset(&r->binding, 0, sizeof r->binding);
    if (!vec_ok(r, eb_binding_open(&r->binding, r->backend, &r->suite, needs, NULL), "binding the primitives"))
        return NULL;
    r->bound = true;
    return &r->binding;
}
