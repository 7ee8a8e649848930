/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench across`: counts of instructions of several machines, side by side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/report/across.h"

typedef struct across_options {
    const char *format, *out;
} across_options;

static const struct {
    const char *name;
    void (*write)(FILE *out, const rp_across *a, const rp_view *view);
} formats[] = {{"terminal", rp_across_terminal},
               {"markdown", rp_across_markdown},
               {"csv", rp_across_csv},
               {"json", rp_across_json}};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static const eb_option options[] = {
    {.name = "format",
     .value = "FORMAT",
     .type = EB_ARG_STRING,
     .offset = offsetof(across_options, format),
     .help = "terminal (the default), markdown, csv or json."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(across_options, out),
     .help = "Write here; an existing file is replaced whole or not at all."},
    {.name = NULL},
};

static const eb_command command = {
    .name = "across",
    .positional = "RUN.json RUN.json ...",
    .about = "Shows runs that counted instructions (`run --instructions`) side by side: of two architectures, say, or "
             "of two "
             "systems. Ratios are to the first, and only where both have the same version of the library. It judges "
             "nothing.",
    .examples = "escrowbench across x86_64.json aarch64.json --format markdown --out both.md",
    .options = options,
    .min_positional = 2,
    .max_positional = RP_ACROSS_MAX,
};

static int emit(const across_options *o, size_t format, const rp_across *a)
{
    const rp_view view = {.color = !o->out && isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    char *text = NULL;
    size_t len = 0;
    rp_error err = {""};
    int code = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        return eb_fail(&command, "out of memory");
    }
    formats[format].write(out, a, &view);
    errno = 0;
    if (fclose(out) != 0) {
        code = eb_fail(&command, "out of memory");
    } else if (o->out) {
        code = rp_write_file(o->out, text, len, &err) ? 0 : eb_fail(&command, "%s", err.text);
    } else if (fwrite(text, 1, len, stdout) != len || fflush(stdout) != 0) {
        code = errno == EPIPE ? 1 : eb_fail(&command, "cannot write: %s", strerror(errno));
    }
    free(text);
    return code;
}

static int show(const across_options *o, size_t format, const eb_positionals *files)
{
    rp_across a = {.count = 0};
    rp_document *docs[RP_ACROSS_MAX] = {NULL};
    rp_error err = {""};
    char *why = NULL;
    int code = 0;
    for (size_t i = 0; i < files->count && code == 0; i++) {
        const char *slash = strrchr(files->value[i], '/');
        docs[i] = rp_document_load(files->value[i], &err);
        a.doc[i] = docs[i];
        a.name[i] = slash ? slash + 1 : files->value[i];
        a.count = i + 1;
        code = docs[i] ? 0 : eb_fail(&command, "%s", err.text);
    }
    if (code == 0 && (why = rp_across_refusal(&a)) != NULL) {
        code = eb_usage(&command, "%s", why);
    } else if (code == 0) {
        code = emit(o, format, &a);
    }
    free(why);
    for (size_t i = 0; i < RP_ACROSS_MAX; i++) {
        rp_document_free(docs[i]);
    }
    return code;
}

int cmd_across(int argc, char **argv)
{
    across_options o = {.format = "terminal"};
    eb_positionals files;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, &files);
    size_t format = 0;
    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    while (format < FORMATS && strcmp(formats[format].name, o.format) != 0) {
        format++;
    }
    if (format == FORMATS) {
        return eb_usage(&command, "--format is terminal, markdown, csv or json, not \"%.80s\"", o.format);
    }
    return show(&o, format, &files);
}
