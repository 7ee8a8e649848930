/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BIT(field) (1u << (field))
#define SCHEME (BIT(FT_TRANSPORT) | BIT(FT_SUITE))
#define SPLIT (BIT(FT_ESCROW_SUITE) | BIT(FT_AGENTS) | BIT(FT_THRESHOLD))
#define AUTHORITY (SCHEME | BIT(FT_ESCROW) | SPLIT)
#define ESCROWED (AUTHORITY | BIT(FT_FINGERPRINT) | BIT(FT_USER) | BIT(FT_EPOCH))

/* Each kind: its name and the fields that it has. */
static const struct {
    const char *name;
    unsigned fields, fields_without_escrow; /* the latter with "escrow: none", where that may be */
} kinds[FT_KIND_COUNT] = {
    [FT_AUTHORITY] = {"authority", AUTHORITY, 0},
    [FT_AGENT] = {"agent", AUTHORITY | BIT(FT_INDEX) | BIT(FT_FINGERPRINT), 0},
    [FT_PUBLIC_KEY] = {"public-key", SCHEME, 0},
    [FT_PRIVATE_KEY] = {"private-key", SCHEME, 0},
    [FT_MESSAGE] = {"message", ESCROWED, SCHEME | BIT(FT_ESCROW)},
    [FT_PARTIAL] = {"partial", AUTHORITY | BIT(FT_INDEX) | BIT(FT_FINGERPRINT) | BIT(FT_CAPSULE), 0},
};

typedef enum value_type { ID, NUMBER, EPOCH, DIGEST, NAME } value_type;

/* Each field: its name, its type, its member. */
static const struct {
    const char *name;
    value_type type;
    size_t offset;
} fields[FT_FIELD_COUNT] = {
    [FT_TRANSPORT] = {"transport", ID, offsetof(ft_container, transport)},
    [FT_SUITE] = {"suite", ID, offsetof(ft_container, suite)},
    [FT_ESCROW] = {"escrow", ID, offsetof(ft_container, escrow)},
    [FT_ESCROW_SUITE] = {"escrow-suite", ID, offsetof(ft_container, escrow_suite)},
    [FT_AGENTS] = {"agents", NUMBER, offsetof(ft_container, agents)},
    [FT_THRESHOLD] = {"threshold", NUMBER, offsetof(ft_container, threshold)},
    [FT_INDEX] = {"index", NUMBER, offsetof(ft_container, index)},
    [FT_FINGERPRINT] = {"authority", DIGEST, offsetof(ft_container, authority)},
    [FT_CAPSULE] = {"capsule", DIGEST, offsetof(ft_container, capsule)},
    [FT_USER] = {"user", NAME, offsetof(ft_container, user)},
    [FT_EPOCH] = {"epoch", EPOCH, offsetof(ft_container, epoch)},
};

static const char magic[] = "escrowbench ";
static const char version[] = " 1";

const char *ft_kind_name(ft_kind kind)
{
    return kinds[kind].name;
}

bool ft_escrowed(const ft_container *c)
{
    return c->escrow[0] != '\0' && strcmp(c->escrow, "none") != 0;
}

/* The fields that a header of this kind and this escrow has. */
static unsigned wanted(const ft_container *c)
{
    return kinds[c->kind].fields_without_escrow != 0 && !ft_escrowed(c) ? kinds[c->kind].fields_without_escrow
                                                                        : kinds[c->kind].fields;
}

/* ---- values ---- */

static bool id_valid(eb_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t ch = text.ptr[i];
        if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') && ch != '-') {
            return false;
        }
    }
    return text.len > 0 && text.len <= FT_ID_MAX;
}

/* Bytes of the UTF-8 character (RFC 3629) at the start of `text`, and its code point; 0 if there is none. */
static size_t utf8_char(eb_bytes text, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = text.ptr[0];
    const size_t len = lead < 0x80             ? 1
                       : (lead & 0xe0) == 0xc0 ? 2
                       : (lead & 0xf0) == 0xe0 ? 3
                       : (lead & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (len == 0 || len > text.len) {
        return 0;
    }
    *point = len == 1 ? lead : lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80) {
            return 0;
        }
        *point = *point << 6 | (text.ptr[i] & 0x3fu);
    }
    if (*point < least[len] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff)) {
        return 0;
    }
    return len;
}

static bool name_valid(eb_bytes text)
{
    if (text.len > FT_USER_MAX) {
        return false;
    }
    while (text.len > 0) {
        uint32_t point = 0;
        const size_t len = utf8_char(text, &point);
        if (len == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0)) {
            return false;
        }
        text = eb_range(text.ptr + len, text.len - len);
    }
    return true;
}

bool ft_user_valid(const char *user)
{
    return name_valid(eb_range(user, strlen(user)));
}

static bool read_number(eb_bytes text, uint64_t *out)
{
    uint64_t value = 0;

    if (text.len == 0 || (text.ptr[0] == '0' && text.len > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = 10 * value + digit;
    }
    *out = value;
    return true;
}

static int hex_digit(uint8_t ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool read_digest(eb_bytes text, uint8_t *out)
{
    if (text.len != 2 * (size_t)EB_DIGEST) {
        return false;
    }
    for (size_t i = 0; i < EB_DIGEST; i++) {
        const int high = hex_digit(text.ptr[2 * i]);
        const int low = hex_digit(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_value(ft_container *c, ft_field field, eb_bytes text)
{
    void *member = (char *)c + fields[field].offset;
    uint64_t number = 0;

    switch (fields[field].type) {
    case ID:
    case NAME:
        if (fields[field].type == ID ? !id_valid(text) : !name_valid(text)) {
            return false;
        }
        memcpy(member, text.ptr, text.len); /* the terminator is there: *c was zero */
        return true;
    case NUMBER:
        if (!read_number(text, &number) || number < 1 || number > EB_MAX_AGENTS) {
            return false;
        }
        *(unsigned *)member = (unsigned)number;
        return true;
    case EPOCH:
        return read_number(text, member);
    case DIGEST:
        return read_digest(text, member);
    }
    return false;
}

/* What holds between fields. */
static const char *inconsistent(const ft_container *c)
{
    const unsigned has = wanted(c);

    if ((has & BIT(FT_THRESHOLD)) != 0 && c->threshold > c->agents) {
        return "its threshold is above its number of agents";
    }
    if ((has & BIT(FT_INDEX)) != 0 && c->index > c->agents) {
        return "its index is above its number of agents";
    }
    if (c->kind != FT_MESSAGE && (has & BIT(FT_ESCROW)) != 0 && !ft_escrowed(c)) {
        return "its escrow is none";
    }
    return NULL;
}

/* ---- parsing ---- */

static bool fails(char *why, size_t why_len, const char *reason, const char *name)
{
    snprintf(why, why_len, "%s%s%s%s", reason, name != NULL ? " '" : "", name != NULL ? name : "",
             name != NULL ? "'" : "");
    return false;
}

/* Cuts the next line off `rest`. */
static bool next_line(eb_bytes *line, eb_bytes *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = eb_range(rest->ptr, (size_t)(end - rest->ptr));
    *rest = eb_range(end + 1, rest->len - line->len - 1);
    return true;
}

static bool is_text(eb_bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.ptr, text, bytes.len) == 0;
}

static bool read_first_line(ft_container *c, eb_bytes line, char *why, size_t why_len)
{
    const size_t before = sizeof magic - 1;
    const size_t after = sizeof version - 1;
    eb_bytes name;

    if (line.len < before + after || memcmp(line.ptr, magic, before) != 0) {
        return fails(why, why_len, "not a file of escrowbench", NULL);
    }
    name = eb_range(line.ptr + before, line.len - before - after);
    for (c->kind = 0; c->kind < FT_KIND_COUNT; c->kind++) {
        const size_t len = strlen(kinds[c->kind].name);
        if (is_text(name, kinds[c->kind].name) && memcmp(line.ptr + before + len, version, after) == 0) {
            return true;
        }
        if (line.len > before + len && memcmp(line.ptr + before, kinds[c->kind].name, len) == 0 &&
            line.ptr[before + len] == ' ') {
            return fails(why, why_len, "of a version of the format that this program does not know", NULL);
        }
    }
    return fails(why, why_len, "of a kind that this program does not know", NULL);
}

/* Splits "name: value" and finds the field. */
static bool read_field_name(ft_field *field, eb_bytes *value, eb_bytes line)
{
    for (*field = 0; *field < FT_FIELD_COUNT; (*field)++) {
        const char *name = fields[*field].name;
        const size_t len = strlen(name);
        if (line.len >= len + 2 && memcmp(line.ptr, name, len) == 0 && memcmp(line.ptr + len, ": ", 2) == 0) {
            *value = eb_range(line.ptr + len + 2, line.len - len - 2);
            return true;
        }
    }
    return false;
}

static bool read_field(ft_container *c, unsigned *seen, eb_bytes line, char *why, size_t why_len)
{
    ft_field field = 0;
    eb_bytes value;

    if (!read_field_name(&field, &value, line)) {
        return fails(why, why_len, "damaged: a line of its header is no known field", NULL);
    }
    if (((kinds[c->kind].fields | kinds[c->kind].fields_without_escrow) & BIT(field)) == 0) {
        return fails(why, why_len, "damaged: its kind has no field", fields[field].name);
    }
    if (*seen >= BIT(field)) { /* the order is fixed, so a field that comes twice is out of it too */
        return fails(why, why_len, "damaged: twice or out of order: field", fields[field].name);
    }
    if (!read_value(c, field, value)) {
        return fails(why, why_len, "damaged: no valid value in field", fields[field].name);
    }
    *seen |= BIT(field);
    return true;
}

static bool complete(const ft_container *c, unsigned seen, char *why, size_t why_len)
{
    const unsigned want = wanted(c);
    const char *reason = inconsistent(c);

    for (unsigned f = 0; f < FT_FIELD_COUNT; f++) {
        if (((seen ^ want) & BIT(f)) != 0) {
            return fails(why, why_len,
                         (want & BIT(f)) != 0 ? "damaged: it lacks the field"
                                              : "damaged: with escrow none it has no field",
                         fields[f].name);
        }
    }
    if (reason != NULL) {
        snprintf(why, why_len, "damaged: %s", reason);
        return false;
    }
    return true;
}

static bool read_header(ft_container *c, eb_bytes *rest, char *why, size_t why_len)
{
    const char *unfinished = rest->len < FT_HEADER_MAX ? "truncated: its header does not end"
                                                       : "damaged: its header does not end within 8192 bytes";
    unsigned seen = 0;
    eb_bytes line;

    if (rest->len == 0) {
        return fails(why, why_len, "empty", NULL);
    }
    if (rest->len < sizeof magic - 1 || memcmp(rest->ptr, magic, sizeof magic - 1) != 0) {
        return fails(why, why_len, "not a file of escrowbench", NULL);
    }
    if (!next_line(&line, rest)) {
        return fails(why, why_len, unfinished, NULL);
    }
    if (!read_first_line(c, line, why, why_len)) {
        return false;
    }
    for (;;) {
        if (!next_line(&line, rest)) {
            return fails(why, why_len, unfinished, NULL);
        }
        if (line.len == 0) {
            return complete(c, seen, why, why_len);
        }
        if (!read_field(c, &seen, line, why, why_len)) {
            return false;
        }
    }
}

bool ft_parse(ft_container *c, eb_bytes file, char *why, size_t why_len)
{
    eb_bytes rest = eb_range(file.ptr, file.len < FT_HEADER_MAX ? file.len : FT_HEADER_MAX);

    *c = (ft_container){.kind = 0};
    if (!read_header(c, &rest, why, why_len)) {
        *c = (ft_container){.kind = 0};
        return false;
    }
    c->header = eb_range(file.ptr, (size_t)(rest.ptr - file.ptr));
    c->payload = eb_range(rest.ptr, file.len - c->header.len);
    return true;
}

/* ---- writing ---- */

static bool value_valid(const ft_container *c, ft_field field)
{
    const void *member = (const char *)c + fields[field].offset;

    switch (fields[field].type) {
    case ID:
        return id_valid(eb_range(member, strnlen(member, FT_ID_MAX + 1)));
    case NAME:
        return name_valid(eb_range(member, strnlen(member, FT_USER_MAX + 1)));
    case NUMBER:
        return *(const unsigned *)member >= 1 && *(const unsigned *)member <= EB_MAX_AGENTS;
    case EPOCH:
    case DIGEST:
        return true;
    }
    return false;
}

/* Longest line: the user's. */
enum { LINE_MAX_LEN = 32 + FT_USER_MAX };

static int format_field(char line[LINE_MAX_LEN], const ft_container *c, ft_field field)
{
    const void *member = (const char *)c + fields[field].offset;
    const char *name = fields[field].name;
    char hex[2 * EB_DIGEST + 1];

    switch (fields[field].type) {
    case ID:
    case NAME:
        return snprintf(line, LINE_MAX_LEN, "%s: %s\n", name, (const char *)member);
    case NUMBER:
        return snprintf(line, LINE_MAX_LEN, "%s: %u\n", name, *(const unsigned *)member);
    case EPOCH:
        return snprintf(line, LINE_MAX_LEN, "%s: %" PRIu64 "\n", name, *(const uint64_t *)member);
    case DIGEST:
        for (size_t i = 0; i < EB_DIGEST; i++) {
            snprintf(hex + 2 * i, 3, "%02x", ((const uint8_t *)member)[i]);
        }
        return snprintf(line, LINE_MAX_LEN, "%s: %s\n", name, hex);
    }
    return -1;
}

/* Adds `len` bytes at *used; false if they do not fit. */
static bool put(uint8_t *out, size_t cap, size_t *used, const char *text, int len)
{
    if (len < 0 || (size_t)len > cap - *used) {
        return false;
    }
    memcpy(out + *used, text, (size_t)len);
    *used += (size_t)len;
    return true;
}

size_t ft_encode(uint8_t *out, size_t cap, const ft_container *c)
{
    char line[LINE_MAX_LEN];
    size_t used = 0;
    int len = 0;

    if (c->kind >= FT_KIND_COUNT || inconsistent(c) != NULL) {
        return 0;
    }
    cap = cap < FT_HEADER_MAX ? cap : FT_HEADER_MAX;
    len = snprintf(line, sizeof line, "%s%s%s\n", magic, kinds[c->kind].name, version);
    if (!put(out, cap, &used, line, len)) {
        return 0;
    }
    for (unsigned f = 0; f < FT_FIELD_COUNT; f++) {
        if ((wanted(c) & BIT(f)) == 0) {
            continue;
        }
        if (!value_valid(c, f)) {
            return 0;
        }
        len = format_field(line, c, f);
        if (!put(out, cap, &used, line, len)) {
            return 0;
        }
    }
    return put(out, cap, &used, "\n", 1) ? used : 0;
}
