/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench compare`: is a run slower than an earlier one? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/compare/comparison.h"
#include "bench/report/report.h"

typedef struct compare_options {
    const char *format, *measure, *filter, *accept, *today, *out;
    double threshold, alpha;
    bool all, across, instructions;
} compare_options;

typedef struct compare_format {
    const char *name;
    void (*write)(FILE *out, const cm_comparison *c, const cm_view *view);
} compare_format;

static const compare_format formats[] = {
    {"terminal", cm_terminal}, {"markdown", cm_markdown}, {"json", cm_json}, {NULL, NULL}};

static const eb_option options[] = {
    {.name = "threshold",
     .value = "PERCENT",
     .type = EB_ARG_DOUBLE,
     .offset = offsetof(compare_options, threshold),
     .max = 1000.0,
     .help = "A change up to this is none (default: 1; of counted instructions 0.1, which is a change)."},
    {.name = "alpha",
     .value = "P",
     .type = EB_ARG_DOUBLE,
     .offset = offsetof(compare_options, alpha),
     .min = 1e-9,
     .max = 0.5,
     .help = "The chance of any wrong `slower` or `faster` among all cells (default: 0.05)."},
    {.name = "measure",
     .value = "MEASURE",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, measure),
     .help = "time (the default), base-ratio (to the cell with `none`), floor-ratio, instructions or cycles."},
    {.name = "instructions",
     .type = EB_ARG_FLAG,
     .offset = offsetof(compare_options, instructions),
     .help = "Compare two runs that counted (`run --instructions`). Counts repeat: every change is judged by itself."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, filter),
     .help = "Only cells whose id matches this POSIX extended regular expression."},
    {.name = "accept",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, accept),
     .help = "Regressions that do not fail, one a line: CELL until YYYY-MM-DD [within PERCENT%] REASON. CELL may be a "
             "shell pattern. "
             "After that day "
             "they fail again."},
    {.name = "across",
     .type = EB_ARG_FLAG,
     .offset = offsetof(compare_options, across),
     .help = "Compare runs of different machine classes; without it they are refused."},
    {.name = "all",
     .type = EB_ARG_FLAG,
     .offset = offsetof(compare_options, all),
     .help = "Show every cell, not only what changed or failed."},
    {.name = "format",
     .value = "FORMAT",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, format),
     .help = "terminal (the default), markdown or json (always every cell)."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, out),
     .help = "Write here; an existing file is replaced whole or not at all."},
    {.name = "today",
     .value = "YYYY-MM-DD",
     .type = EB_ARG_STRING,
     .offset = offsetof(compare_options, today),
     .help = "The day that entries of --accept are held against (default: today in UTC)."},
    {.name = NULL},
};

static const eb_command command = {
    .name = "compare",
    .positional = "BASE.json NEW.json",
    .about = "Compares two runs of one machine class, cell by cell: slower, faster, same, or cannot tell. Exit code 1 "
             "if a cell is "
             "slower, is missing in NEW or failed there; a cell that only NEW has, one of which nobody can tell, and a "
             "BASE that "
             "does not exist yet do not fail.",
    .examples = "escrowbench compare results/base.json run.json\n"
                "escrowbench compare base.json run.json --accept accepted.txt --format markdown --out summary.md\n"
                "escrowbench compare --instructions base.json run.json\n"
                "escrowbench compare base.json run.json --measure base-ratio --filter 'seal|open' --all",
    .options = options,
    .min_positional = 2,
    .max_positional = 2,
};

static const compare_format *find_format(const char *name)
{
    for (const compare_format *f = formats; f->name; f++) {
        if (strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

static const cm_measure *find_measure(const char *name)
{
    for (const cm_measure *m = cm_measures; m->name; m++) {
        if (strcmp(m->name, name) == 0) {
            return m;
        }
    }
    return NULL;
}

static int emit(const char *text, size_t len, const char *out)
{
    rp_error err = {""};

    if (out) {
        return rp_write_file(out, text, len, &err) ? 0 : eb_fail(&command, "%s", err.text);
    }
    errno = 0;
    if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0) {
        return 0;
    }
    return errno == EPIPE ? 1 : eb_fail(&command, "cannot write: %s", strerror(errno));
}

/* Made in memory first: what cannot be made whole is not written at all. */
static int write_comparison(const compare_options *o, const compare_format *format, const cm_comparison *c)
{
    const cm_view view = {.all = o->all, .color = !o->out && isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    bool good = false;
    int code = 0;

    if (out) {
        format->write(out, c, &view);
        good = fclose(out) == 0;
    }
    code = good ? emit(text, len, o->out) : eb_fail(&command, "out of memory");
    free(text);
    return code;
}

/* The first run of all has nothing to be compared with. */
static int no_base(const compare_options *o, const compare_format *format)
{
    static const char said[] = "No base yet: BASE does not exist, so nothing was compared.\n";
    static const char json[] = "{\"schema\":\"" CM_SCHEMA "\",\n\"exit_code\":0,\n\"base\":null,\n\"cells\":[]}\n";

    return format->write == cm_json ? emit(json, sizeof json - 1, o->out) : emit(said, sizeof said - 1, o->out);
}

static int compare(const compare_options *o, const compare_format *format, const cm_request *request, rp_document *base,
                   rp_document *head, const char *const *paths)
{
    rp_error err = {""};
    char *why = NULL;
    cm_comparison *c = NULL;
    int code = 0;

    if (!cm_comparable(base, head, request, &why)) {
        code = eb_usage(&command, "%s", why);
        free(why);
        return code;
    }
    c = cm_compare(base, head, request, paths[0], paths[1], &err);
    if (!c) {
        return eb_usage(&command, "%s", err.text);
    }
    code = write_comparison(o, format, c);
    code = code ? code : c->exit_code;
    cm_free(c);
    return code;
}

/* NEW is read first: it must be good, whether there is a base or not. */
static int load_and_compare(const compare_options *o, const compare_format *format, const cm_request *request,
                            const char *const *paths)
{
    rp_error err = {""};
    struct stat st;
    rp_document *base = NULL;
    rp_document *head = rp_document_load(paths[1], &err);
    int code = 0;

    if (!head) {
        return eb_fail(&command, "%s", err.text);
    }
    if (stat(paths[0], &st) != 0 && errno == ENOENT) {
        code = no_base(o, format);
    } else if ((base = rp_document_load(paths[0], &err)) == NULL) {
        code = eb_fail(&command, "%s", err.text);
    } else {
        code = compare(o, format, request, base, head, paths);
    }
    rp_document_free(base);
    rp_document_free(head);
    return code;
}

static int check(const compare_options *o, const eb_positionals *files)
{
    if (!find_format(o->format)) {
        return eb_usage(&command, "--format is terminal, markdown or json, not \"%.80s\"", o->format);
    }
    if (!find_measure(o->measure)) {
        return eb_usage(&command,
                        "--measure is time, base-ratio, floor-ratio, instructions, cycles or counted, not \"%.80s\"",
                        o->measure);
    }
    if (o->instructions && strcmp(o->measure, "counted") != 0) {
        return eb_usage(&command, "--instructions and --measure %.80s do not go together", o->measure);
    }
    if (!cm_is_date(o->today)) {
        return eb_usage(&command, "--today is a day such as 2025-01-31, not \"%.80s\"", o->today);
    }
    if (files->value[0][0] == '\0' || files->value[1][0] == '\0') {
        return eb_usage(&command, "a file's name is empty");
    }
    return 0;
}

int cmd_compare(int argc, char **argv)
{
    char today[CM_DATE];
    compare_options o = {.format = "terminal", .measure = cm_measures[0].name, .today = today, .threshold = -1.0};
    eb_positionals files;
    rp_error err = {""};
    int code = 0;

    cm_today(today);
    o.alpha = vd_default_rule.alpha;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, &files);
    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (o.instructions && o.measure == cm_measures[0].name) {
        o.measure = "counted";
    }
    if (o.threshold < 0) {
        o.threshold = strcmp(o.measure, "counted") == 0 ? 0.1 : 1.0;
    }
    code = check(&o, &files);
    if (code) {
        return code;
    }
    cm_request request = {.measure = find_measure(o.measure),
                          .rule = vd_default_rule,
                          .across = o.across,
                          .filter = o.filter,
                          .today = o.today};
    request.rule.threshold = o.threshold / 100.0;
    request.rule.alpha = o.alpha;
    if (o.accept && !(request.accept = cm_accept_load(o.accept, &err))) {
        return eb_usage(&command, "%s", err.text);
    }
    code = load_and_compare(&o, find_format(o.format), &request, files.value);
    cm_accept_free(request.accept);
    return code;
}
