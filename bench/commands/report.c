/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench report`: the tables of a run, in one of the formats. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/report/report.h"

typedef struct report_options {
    const char *format, *filter, *out;
    bool all;
} report_options;

typedef struct report_format {
    const char *name;
    void (*write)(FILE *out, const rp_document *doc, const rp_view *view);
} report_format;

static const report_format formats[] = {
    {"terminal", rp_terminal}, {"markdown", rp_markdown}, {"csv", rp_csv}, {"json", rp_json}, {NULL, NULL},
};

static const eb_option options[] = {
    {.name = "format",
     .value = "FORMAT",
     .type = EB_ARG_STRING,
     .offset = offsetof(report_options, format),
     .help = "terminal (the default), markdown, csv (a line for each cell, all columns) or json (the same as rows)."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = offsetof(report_options, filter),
     .help = "Only cells whose id matches this POSIX extended regular expression."},
    {.name = "all",
     .type = EB_ARG_FLAG,
     .offset = offsetof(report_options, all),
     .help = "Every transport and message size, and the time of every operation, not only the tables that lead."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(report_options, out),
     .help = "Write here; an existing file is replaced whole or not at all."},
    {.name = NULL},
};

static const eb_command command = {
    .name = "report",
    .positional = "[RUN.json]",
    .about = "Prints the tables of a run: what each escrow adds to a message, how long access takes, and how far each "
             "operation is from the floor of its primitives. Without a file it takes the newest run in " RP_RUNS_DIR
             ", by the time in its name.",
    .examples = "escrowbench report\n"
                "escrowbench report run.json --format csv --out run.csv\n"
                "escrowbench report --all --filter 'seal.*x25519'",
    .options = options,
    .max_positional = 1,
};

static const report_format *find_format(const char *name)
{
    for (const report_format *f = formats; f->name; f++) {
        if (strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

/* Made in memory first: what cannot be made whole is not written at all. */
static char *render(const report_format *format, const rp_document *doc, const rp_view *view, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    if (out) {
        format->write(out, doc, view);
        if (fclose(out) == 0) {
            return text;
        }
    }
    free(text);
    return NULL;
}

/* A reader that closes its pipe, such as `head`, has seen enough: no message, only the exit code. */
static int print(const char *text, size_t len)
{
    (void)signal(SIGPIPE, SIG_IGN);
    errno = 0;
    if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0) {
        return 0;
    }
    return errno == EPIPE ? 1 : eb_fail(&command, "cannot write: %s", strerror(errno));
}

static int write_report(const report_format *format, const rp_document *doc, const rp_view *view, const char *out)
{
    size_t len = 0;
    char *text = render(format, doc, view, &len);
    rp_error err = {""};
    int code = 0;

    if (!text) {
        return eb_fail(&command, "out of memory");
    }
    if (!out) {
        code = print(text, len);
    } else if (!rp_write_file(out, text, len, &err)) {
        code = eb_fail(&command, "%s", err.text);
    }
    free(text);
    return code;
}

static bool any(const bool *shown, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (shown[i]) {
            return true;
        }
    }
    return false;
}

static int report(const report_options *o, const report_format *format, const rp_document *doc)
{
    rp_error err = {""};
    bool *shown = o->filter ? rp_filter(doc, o->filter, &err) : NULL;
    const rp_view view = {
        .shown = shown, .all = o->all, .color = !o->out && isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    int code = 0;

    if (o->filter && !shown) {
        return eb_usage(&command, "%s", err.text);
    }
    if (shown && !any(shown, doc->cell_count)) {
        code = eb_usage(&command, "no cell of this run matches \"%.200s\"", o->filter);
    } else {
        code = write_report(format, doc, &view, o->out);
    }
    free(shown);
    return code;
}

int cmd_report(int argc, char **argv)
{
    report_options o = {.format = "terminal"};
    eb_positionals files;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, &files);
    const report_format *format = find_format(o.format);
    rp_error err = {""};
    char *newest = NULL;
    rp_document *doc = NULL;
    int code = 1;

    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (!format) {
        return eb_usage(&command, "--format is terminal, markdown, csv or json, not \"%.80s\"", o.format);
    }
    if (files.count == 0) {
        newest = rp_newest_run(RP_RUNS_DIR, &err);
    }
    if (files.count || newest) {
        doc = rp_document_load(files.count ? files.value[0] : newest, &err);
    }
    if (doc) {
        code = report(&o, format, doc);
    } else {
        eb_fail(&command, "%s", err.text);
    }
    rp_document_free(doc);
    free(newest);
    return code;
}
