/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench constant-time`: does a branch or an address depend on a secret? */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/plan.h"
#include "bench/report/load.h"
#include "bench/report/memory.h"
#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "bench/secrecy/gate.h"
#include "bench/secrecy/recall.h"
#include "bench/state.h"
#include "harness/clock.h"

typedef struct gate_options {
    const char *suite, *filter, *out, *exceptions;
    eb_arg_sizes sizes;
    unsigned agents, threshold;
    bool quiet;
} gate_options;

#define AT(member) offsetof(gate_options, member)

static const eb_option options[] = {
    {.name = "suite",
     .value = "quick|full",
     .type = EB_ARG_STRING,
     .offset = AT(suite),
     .help = "quick (default): the quick suite's cells. full: every transport and operation."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = AT(filter),
     .help = "Only cells whose id matches."},
    {.name = "size",
     .value = "BYTES",
     .type = EB_ARG_SIZES,
     .offset = AT(sizes),
     .max = 1 << 30,
     .help = "Plaintext sizes (default: 64)."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(agents),
     .min = 1,
     .max = 255,
     .help = "Agents, for the escrows that split (with --threshold; default 3, of whom 2)."},
    {.name = "threshold",
     .value = "T",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(threshold),
     .min = 1,
     .max = 255,
     .help = "How many of them must answer."},
    {.name = "exceptions",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(exceptions),
     .help = "A list in place of the program's own (bench/secrecy/exceptions.supp), in valgrind's form."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(out),
     .help = "Keep the verdicts there too, as a run document."},
    {.name = "quiet", .type = EB_ARG_FLAG, .offset = AT(quiet), .help = "No progress and no table."},
    {0},
};

static const eb_command command = {
    .name = "constant-time",
    .about =
        "Runs every operation under valgrind's memcheck with all coins marked as secret. A branch or an address that "
        "depends on a secret fails, with where it is; in a library it may be an exception, which is listed with its "
        "reason. The verdicts are remembered, and stand in the tables of this program's later runs. Exit code 1 if "
        "a cell fails.",
    .examples = "escrowbench constant-time\nescrowbench constant-time --suite full --filter 'shamir.*sodium'",
    .options = options,
};

static void print_summary(const rp_document *doc, const eb_secrecy_result *r, const gate_options *o)
{
    if (!o->quiet) {
        const rp_view view = {.color = isatty(STDOUT_FILENO) != 0, .all = true};
        rp_terminal(stdout, doc, &view);
        for (size_t i = 0; i < doc->gates.finding_count; i++)
            printf("%s\n", doc->gates.findings[i]);
    }
    printf("constant time: %zu passed, %zu excepted, %zu failed, %zu not testable here\n", r->passed, r->excepted,
           r->failed, r->untestable);
}

static int check(rp_document *doc, const gate_options *o, const char *exceptions)
{
    char program[256];
    rp_error err;
    const eb_secrecy how = {
        .exceptions = exceptions, .progress = !o->quiet && isatty(STDERR_FILENO) != 0, .findings = stdout};
    const uint64_t began = hn_now_ns();
    const eb_secrecy_result r = eb_secrecy_check(doc, &how);
    eb_program_id(program, sizeof program);
    json_object_set_new(doc->options, "program", json_string(program));
    doc->complete = r.complete;
    doc->seconds = (double)(hn_now_ns() - began) / 1e9;
    rp_summarize(doc);
    print_summary(doc, &r, o);
    if (!r.complete)
        return eb_fail(&command, "not all cells were looked at");
    if (exceptions == NULL)
        (void)eb_secrecy_keep(doc);
    if (o->out != NULL && !rp_document_save(doc, o->out, &err))
        return eb_fail(&command, "%s", err.text);
    return r.failed > 0;
}

static int run(const gate_options *o)
{
    eb_plan_options p = {.full = strcmp(o->suite, "full") == 0,
                         .filter = o->filter,
                         .sizes = {64},
                         .size_count = 1,
                         .splits = {{2, 3}},
                         .split_count = 1};
    char why[512] = "", *exceptions = NULL;
    rp_error err;
    size_t len = 0;
    eb_plan plan;
    if (o->sizes.count > 0) {
        memcpy(p.sizes, o->sizes.value, sizeof p.sizes);
        p.size_count = o->sizes.count;
    }
    if (o->agents > 0)
        p.splits[0] = (eb_split){o->threshold, o->agents};
    if (o->exceptions != NULL && (exceptions = rp_read_file(o->exceptions, &len, &err)) == NULL)
        return eb_fail(&command, "%s", err.text);
    rp_document *doc = rp_document_new();
    int code = 2;
    if (exceptions != NULL) {
        char *text = rp_print("%.*s", (int)len, exceptions); /* with its end */
        free(exceptions);
        exceptions = text;
    }
    if (!eb_plan_make(&plan, doc, &p, why, sizeof why)) {
        code = eb_usage(&command, "%s", why);
    } else {
        doc->suite = rp_string(doc, o->suite);
        eb_describe(doc);
        eb_stop_on_signals();
        code = check(doc, o, exceptions);
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    free(exceptions);
    return code;
}

int cmd_constant_time(int argc, char **argv)
{
    gate_options o = {.suite = "quick"};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (strcmp(o.suite, "quick") != 0 && strcmp(o.suite, "full") != 0)
        return eb_usage(&command, "--suite is 'quick' or 'full', not '%s'", o.suite);
    if ((o.agents != 0) != (o.threshold != 0))
        return eb_usage(&command, "--agents and --threshold go together");
    return eb_begin() ? run(&o) : 1;
}
