/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/args.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_WIDTH = 90, HELP_COLUMN = 28, NAME_MAX_LEN = 63 };

/* What a number may be followed by, and what it is then multiplied by. */
typedef struct unit {
    const char *suffix;
    double factor;
} unit;

static const unit size_units[] = {
    {"", 1.0},        {"B", 1.0},         {"k", 1024.0},       {"K", 1024.0},         {"KiB", 1024.0},
    {"M", 1048576.0}, {"MiB", 1048576.0}, {"G", 1073741824.0}, {"GiB", 1073741824.0}, {NULL, 0.0},
};

static const unit second_units[] = {
    {"", 1.0}, {"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60.0}, {"h", 3600.0}, {NULL, 0.0},
};

static bool find_unit(const unit *units, const char *suffix, double *factor)
{
    for (; units->suffix; units++) {
        if (strcmp(units->suffix, suffix) == 0) {
            *factor = units->factor;
            return true;
        }
    }
    return false;
}

/* strtoull and strtod skip blanks and take signs, "inf" and "nan": none of these is a number here. */
static bool starts_number(const char *text)
{
    return isdigit((unsigned char)text[0]) || (text[0] == '.' && isdigit((unsigned char)text[1]));
}

bool eb_parse_u64(const char *text, uint64_t *out)
{
    char *end = NULL;
    unsigned long long value = 0;
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    errno = 0;
    value = strtoull(text, &end, hex ? 16 : 10);
    if (errno || *end || (hex && text[2] == '\0')) {
        return false;
    }
    *out = value;
    return true;
}

bool eb_parse_size(const char *text, uint64_t *out)
{
    char *end = NULL;
    unsigned long long value = 0;
    double factor = 0.0;

    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || !find_unit(size_units, end, &factor) || value > UINT64_MAX / (uint64_t)factor) {
        return false;
    }
    *out = value * (uint64_t)factor;
    return true;
}

static bool parse_double(const char *text, const unit *units, double *out)
{
    char *end = NULL;
    double value = 0.0;
    double factor = 1.0;
    const char *digits = text + (text[0] == '-');

    if (!starts_number(digits) || digits[1] == 'x' || digits[1] == 'X') {
        return false;
    }
    value = strtod(text, &end);
    if ((units ? !find_unit(units, end, &factor) : *end != '\0') || !isfinite(value * factor)) {
        return false;
    }
    *out = value * factor;
    return true;
}

bool eb_parse_seconds(const char *text, double *out)
{
    return parse_double(text, second_units, out);
}

/* Dashes and underscores are one, and Google Benchmark's prefix is none. False if it is too long to be a name. */
static bool normalize(const char *text, size_t len, char out[NAME_MAX_LEN + 1])
{
    static const char prefix[] = "benchmark-";

    if (len > NAME_MAX_LEN) {
        return false;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    for (char *c = strchr(out, '_'); c; c = strchr(c, '_')) {
        *c = '-';
    }
    if (len >= sizeof prefix && strncmp(out, prefix, sizeof prefix - 1) == 0) {
        memmove(out, out + sizeof prefix - 1, len - (sizeof prefix - 1) + 1);
    }
    return true;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Edit distance (Levenshtein), by rows. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LEN + 2];
    const size_t len = strlen(b);

    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            const size_t above = row[j + 1];
            row[j + 1] = smallest(diagonal + (a[i] != b[j]), above + 1, row[j] + 1);
            diagonal = above;
        }
    }
    return row[len];
}

/* Near enough to be a slip of the keyboard. */
static bool is_near(const char *given, size_t d)
{
    const size_t len = strlen(given);

    return d <= (len < 6 ? 2 : len / 3) && d < len;
}

const char *eb_nearest(const char *given, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    if (strlen(given) > NAME_MAX_LEN) {
        return NULL;
    }
    for (; *names; names++) {
        const bool begins = strlen(given) >= 3 && strncmp(given, *names, strlen(given)) == 0;
        size_t d = 0;
        if (strlen(*names) > NAME_MAX_LEN) {
            continue;
        }
        d = begins ? 1 : distance(given, *names);
        if (d < best_distance && (begins || is_near(given, d))) {
            best = *names;
            best_distance = d;
        }
    }
    return best;
}

static void say(const eb_command *command, const char *format, va_list args)
{
    fprintf(stderr, "escrowbench%s%s: ", command ? " " : "", command ? command->name : "");
    vfprintf(stderr, format, args);
}

int eb_usage(const eb_command *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(command, format, args);
    va_end(args);
    fprintf(stderr, " (see escrowbench %s --help)\n", command->name);
    return 2;
}

int eb_fail(const eb_command *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(command, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

static const eb_option *find_option(const eb_command *command, const char *name)
{
    for (const eb_option *o = command->options; o && o->name; o++) {
        char own[NAME_MAX_LEN + 1];
        if (normalize(o->name, strlen(o->name), own) && strcmp(own, name) == 0) {
            return o;
        }
    }
    return NULL;
}

static eb_args_status unknown_option(const eb_command *command, const char *given, const char *name)
{
    const char *names[EB_ARG_LIST_MAX + 2];
    const char *near = NULL;
    size_t n = 0;

    for (const eb_option *o = command->options; o && o->name && n < EB_ARG_LIST_MAX; o++) {
        names[n++] = o->name;
    }
    names[n++] = "help";
    names[n] = NULL;
    near = eb_nearest(name, names);
    if (near) {
        eb_usage(command, "unknown option %.80s; did you mean --%s?", given, near);
    } else {
        eb_usage(command, "unknown option %.80s", given);
    }
    return EB_ARGS_BAD;
}

static const char *wanted(eb_arg_type type)
{
    switch (type) {
    case EB_ARG_SIZE:
    case EB_ARG_SIZES:
        return "a number of bytes such as 1024, 64k or 1M";
    case EB_ARG_SECONDS:
        return "seconds, such as 0.5 or 90s";
    case EB_ARG_DOUBLE:
        return "a number";
    case EB_ARG_FLAG:
        return "true or false";
    default:
        return "a whole number";
    }
}

static bool bad_value(const eb_command *command, const eb_option *o, const char *value)
{
    eb_usage(command, "--%s: \"%.80s\" is not %s", o->name, value, wanted(o->type));
    return false;
}

static bool out_of_range(const eb_command *command, const eb_option *o, const char *text, uint64_t type_max)
{
    if (o->min == 0.0 && o->max == 0.0) {
        eb_usage(command, "--%s: %.80s is out of range (0 to %" PRIu64 ")", o->name, text, type_max);
    } else {
        eb_usage(command, "--%s: %.80s is out of range (%.15g to %.15g)", o->name, text, o->min, o->max);
    }
    return false;
}

/* Why a number was not taken: it is none, or more than the type holds. */
static bool bad_number(const eb_command *command, const eb_option *o, const char *text, uint64_t type_max)
{
    const bool bytes = o->type == EB_ARG_SIZE || o->type == EB_ARG_SIZES;
    const bool hex = !bytes && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = text + (hex ? 2 : 0);
    const size_t len = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    double factor = 0.0;
    const bool whole = len > 0 && (bytes ? find_unit(size_units, digits + len, &factor) : digits[len] == '\0');

    return whole ? out_of_range(command, o, text, type_max) : bad_value(command, o, text);
}

/* A table that says nothing about the range leaves it to the type. */
static bool in_range(const eb_command *command, const eb_option *o, double value, const char *text)
{
    if (o->min == 0.0 && o->max == 0.0) {
        return value >= 0.0 ? true : bad_value(command, o, text);
    }
    return value >= o->min && value <= o->max ? true : out_of_range(command, o, text, 0);
}

static bool store_unsigned(const eb_command *command, const eb_option *o, const char *text, void *member)
{
    uint64_t value = 0;

    if (!eb_parse_u64(text, &value) || value > UINT32_MAX) {
        return bad_number(command, o, text, UINT32_MAX);
    }
    if (!in_range(command, o, (double)value, text)) {
        return false;
    }
    *(unsigned *)member = (unsigned)value;
    return true;
}

static bool store_u64(const eb_command *command, const eb_option *o, const char *text, void *member)
{
    uint64_t value = 0;

    if (!(o->type == EB_ARG_SIZE ? eb_parse_size(text, &value) : eb_parse_u64(text, &value))) {
        return bad_number(command, o, text, UINT64_MAX);
    }
    if (!in_range(command, o, (double)value, text)) {
        return false;
    }
    *(uint64_t *)member = value;
    return true;
}

static bool store_double(const eb_command *command, const eb_option *o, const char *text, void *member)
{
    double value = 0.0;

    if (!parse_double(text, o->type == EB_ARG_SECONDS ? second_units : NULL, &value)) {
        return bad_value(command, o, text);
    }
    if (!in_range(command, o, value, text)) {
        return false;
    }
    *(double *)member = value;
    return true;
}

static bool store_sizes(const eb_command *command, const eb_option *o, const char *text, eb_arg_sizes *list)
{
    eb_arg_sizes parsed = {.count = 0};
    const char *at = text;

    for (;;) {
        char item[64];
        const size_t len = strcspn(at, ",");
        uint64_t value = 0;
        if (len >= sizeof item || parsed.count == EB_ARG_LIST_MAX) {
            return bad_value(command, o, text);
        }
        memcpy(item, at, len);
        item[len] = '\0';
        if (!eb_parse_size(item, &value)) {
            return bad_number(command, o, item, UINT64_MAX);
        }
        if (!in_range(command, o, (double)value, item)) {
            return false;
        }
        parsed.value[parsed.count++] = value;
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    *list = parsed;
    return true;
}

static bool store_string(const eb_command *command, const eb_option *o, const char *text, eb_arg_strings *list)
{
    if (list->count == EB_ARG_LIST_MAX) {
        eb_usage(command, "--%s: more than %d of them", o->name, EB_ARG_LIST_MAX);
        return false;
    }
    list->value[list->count++] = text;
    return true;
}

static bool store(const eb_command *command, const eb_option *o, const char *text, void *target)
{
    void *member = (char *)target + o->offset;

    switch (o->type) {
    case EB_ARG_FLAG:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return bad_value(command, o, text);
        }
        *(bool *)member = text[0] == 't';
        return true;
    case EB_ARG_STRING:
        *(const char **)member = text;
        return true;
    case EB_ARG_STRINGS:
        return store_string(command, o, text, (eb_arg_strings *)member);
    case EB_ARG_SIZES:
        return store_sizes(command, o, text, (eb_arg_sizes *)member);
    case EB_ARG_SIZE:
    case EB_ARG_U64:
        return store_u64(command, o, text, member);
    case EB_ARG_UNSIGNED:
        return store_unsigned(command, o, text, member);
    case EB_ARG_DOUBLE:
    case EB_ARG_SECONDS:
        return store_double(command, o, text, member);
    }
    return false;
}

/* One option at argv[*i]; moves *i on if it takes the next argument as its value. */
static eb_args_status take_option(const eb_command *command, int argc, char **argv, int *i, void *target)
{
    const char *given = argv[*i];
    const char *equals = strchr(given, '=');
    const size_t len = equals ? (size_t)(equals - given) : strlen(given);
    const char *value = equals ? equals + 1 : NULL;
    const eb_option *o = NULL;
    char name[NAME_MAX_LEN + 1] = "";

    if (strcmp(given, "-h") == 0 || strcmp(given, "--help") == 0) {
        eb_args_help(command, stdout);
        return EB_ARGS_HELP;
    }
    if (len > 2 && given[1] == '-' && normalize(given + 2, len - 2, name)) {
        o = find_option(command, name);
    }
    if (!o) {
        return unknown_option(command, given, name);
    }
    if (!value && o->type == EB_ARG_FLAG) {
        value = "true";
    }
    if (!value) {
        if (*i + 1 >= argc) {
            eb_usage(command, "--%s wants a value: %s", o->name, o->value);
            return EB_ARGS_BAD;
        }
        value = argv[++*i];
    }
    return store(command, o, value, target) ? EB_ARGS_OK : EB_ARGS_BAD;
}

static eb_args_status check_positionals(const eb_command *command, const eb_positionals *rest)
{
    if (rest->count < command->min_positional) {
        eb_usage(command, "an argument is missing: escrowbench %s [OPTIONS] %s", command->name,
                 command->positional ? command->positional : "");
        return EB_ARGS_BAD;
    }
    return EB_ARGS_OK;
}

eb_args_status eb_args_parse(const eb_command *command, int argc, char **argv, void *target, eb_positionals *rest)
{
    eb_positionals none;
    bool options = true;

    rest = rest ? rest : &none;
    rest->count = 0;
    for (int i = 1; i < argc; i++) {
        const char *given = argv[i];
        if (options && strcmp(given, "--") == 0) {
            options = false;
        } else if (options && given[0] == '-' && given[1] != '\0') {
            const eb_args_status status = take_option(command, argc, argv, &i, target);
            if (status != EB_ARGS_OK) {
                return status;
            }
        } else if (rest->count >= command->max_positional || rest->count == EB_ARG_POSITIONAL_MAX) {
            eb_usage(command, "unexpected argument \"%.80s\"", given);
            return EB_ARGS_BAD;
        } else {
            rest->value[rest->count++] = given;
        }
    }
    return check_positionals(command, rest);
}

int eb_args_exit(eb_args_status status)
{
    return status == EB_ARGS_BAD ? 2 : 0;
}

/* Writes text wrapped at HELP_WIDTH, lines after the first indented; `column` is where the cursor stands. */
static void wrap(FILE *out, const char *text, size_t indent, size_t column)
{
    bool fresh = true; /* nothing on this line yet: no blank before the next word */

    while (*text) {
        size_t len = 0;
        text += strspn(text, " \n");
        len = strcspn(text, " \n");
        if (len == 0) {
            break;
        }
        if (!fresh && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
        }
        fprintf(out, "%s%.*s", fresh ? "" : " ", (int)len, text);
        column += len + !fresh;
        fresh = false;
        text += len;
    }
    fputc('\n', out);
}

static void help_option(const eb_option *o, FILE *out)
{
    int n = fprintf(out, "  --%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");

    if (n < 0) {
        return; /* the stream's error flag tells */
    }
    if (n > HELP_COLUMN - 2) {
        fputc('\n', out);
        n = 0;
    }
    fprintf(out, "%*s", HELP_COLUMN - n, "");
    wrap(out, o->help ? o->help : "", HELP_COLUMN, HELP_COLUMN);
}

static void help_examples(const char *text, FILE *out)
{
    fputs("\nExamples:\n", out);
    while (*text) {
        const size_t len = strcspn(text, "\n");
        fprintf(out, "  %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

void eb_args_help(const eb_command *command, FILE *out)
{
    static const eb_option help = {.name = "help", .help = "Print this help."};

    fprintf(out, "Usage: escrowbench %s [OPTIONS]%s%s\n\n", command->name, command->positional ? " " : "",
            command->positional ? command->positional : "");
    wrap(out, command->about, 0, 0);
    fputs("\nOptions:\n", out);
    for (const eb_option *o = command->options; o && o->name; o++) {
        help_option(o, out);
    }
    help_option(&help, out);
    if (command->examples) {
        help_examples(command->examples, out);
    }
}
