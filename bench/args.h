/* SPDX-License-Identifier: Apache-2.0 */
/* One option parser for all commands, driven by a table per command.
 *
 * `--name value` and `--name=value`; a flag is `--name` (or `--name=true`, `--name=false`). Dashes and underscores are the
 * same, and a leading `benchmark_` is dropped, so that Google Benchmark's spellings work: --benchmark_min_time=0.5s is
 * --min-time 0.5. Of an option given twice the last counts, except where values are collected. `--` ends the options; a
 * lone `-` is a positional argument. */
#ifndef EB_ARGS_H
#define EB_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an option's value is, and the type of the member that `offset` points at. */
typedef enum eb_arg_type {
    EB_ARG_FLAG,     /* bool; takes no value */
    EB_ARG_STRING,   /* const char *, borrowed from argv; may be empty */
    EB_ARG_SIZE,     /* uint64_t: bytes, with suffix k, M or G (powers of 1,024; KiB, MiB, GiB too) */
    EB_ARG_UNSIGNED, /* unsigned */
    EB_ARG_U64,      /* uint64_t, decimal or 0x hexadecimal: a seed */
    EB_ARG_DOUBLE,   /* double, finite */
    EB_ARG_SECONDS,  /* double, seconds, with or without `s`; also ms, us, m, h */
    EB_ARG_SIZES,    /* eb_arg_sizes: "64,1k,1M"; a second use replaces the list */
    EB_ARG_STRINGS   /* eb_arg_strings: each use adds one */
} eb_arg_type;

enum { EB_ARG_LIST_MAX = 64, EB_ARG_POSITIONAL_MAX = 256 };

typedef struct eb_arg_sizes {
    uint64_t value[EB_ARG_LIST_MAX];
    size_t count;
} eb_arg_sizes;

typedef struct eb_arg_strings {
    const char *value[EB_ARG_LIST_MAX]; /* borrowed from argv */
    size_t count;
} eb_arg_strings;

/* One option. Tables end with name NULL. Designated initialisers: what is left out is 0. */
typedef struct eb_option {
    const char *name;  /* "min-time", without dashes in front */
    const char *value; /* what the help calls the value: "SECONDS"; NULL for a flag */
    eb_arg_type type;
    size_t offset;    /* offsetof() of the member in the target */
    double min, max;  /* inclusive range of a number (each, in a list); both 0: any that the type holds, not negative */
    const char *help; /* one sentence or two, wrapped by the help */
} eb_option;

/* One command. */
typedef struct eb_command {
    const char *name;         /* "report", as in `escrowbench report` */
    const char *positional;   /* "[RUN.json]" for the usage line; NULL: none */
    const char *about;        /* one paragraph */
    const char *examples;     /* whole lines, each shown indented; NULL: none */
    const eb_option *options; /* ended by name NULL; NULL: none but --help */
    size_t min_positional, max_positional;
} eb_command;

/* What the caller does next. */
typedef enum eb_args_status {
    EB_ARGS_OK = 0, /* go on */
    EB_ARGS_HELP,   /* help was printed: exit 0 */
    EB_ARGS_BAD     /* one line was printed on stderr: exit 2 */
} eb_args_status;

typedef struct eb_positionals {
    const char *value[EB_ARG_POSITIONAL_MAX]; /* borrowed from argv */
    size_t count;
} eb_positionals;

/* Parses argv[1] on (argv[0] is the command's name) into *target, which holds the defaults: members of options that are
 * not given stay. `rest` may be NULL if max_positional is 0. */
eb_args_status eb_args_parse(const eb_command *command, int argc, char **argv, void *target, eb_positionals *rest);

/* The exit code that a status other than EB_ARGS_OK asks for. */
int eb_args_exit(eb_args_status status);

/* Prints the help: usage, paragraph, options in columns, examples; at most 90 columns wide. */
void eb_args_help(const eb_command *command, FILE *out);

/* One line on stderr, `escrowbench NAME: text`, and where help is. Returns 2, for `return eb_usage(...)`. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int eb_usage(const eb_command *command, const char *format, ...);

/* The same for a failure that is not one of usage (no hint at the help). Returns 1. `command` may be NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int eb_fail(const eb_command *command, const char *format, ...);

/* The nearest of `names` (NULL-terminated) to `given`, for "did you mean"; NULL if none is near. */
const char *eb_nearest(const char *given, const char *const *names);

/* Whole-string parsers, for other callers: false, and *out untouched, on anything else than a number of that form. */
bool eb_parse_size(const char *text, uint64_t *out);
bool eb_parse_u64(const char *text, uint64_t *out);
bool eb_parse_seconds(const char *text, double *out);

#endif
