/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench constant-time`: does a branch, an address or the time depend on a secret? */
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
#include "bench/secrecy/verdict.h"
#include "bench/state.h"
#include "harness/clock.h"

typedef struct gate_options {
    const char *suite, *filter, *out, *exceptions, *by, *inspection;
    eb_arg_sizes sizes;
    unsigned agents, threshold;
    double seconds;
    uint64_t seed;
    bool quiet;
    bool memcheck, statistics; /* of `by` */
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
    {.name = "by",
     .value = "memcheck|statistics|both",
     .type = EB_ARG_STRING,
     .offset = AT(by),
     .help =
         "memcheck (default): branches and addresses. statistics: times, with one set of secrets and with others; our "
         "own parts on each path of this CPU too."},
    {.name = "budget",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(seconds),
     .help = "Statistics: CPU time of measuring one cell (default: 1 s); making its inputs comes on top, up to as much "
             "again."},
    {.name = "seed",
     .value = "NUMBER",
     .type = EB_ARG_U64,
     .offset = AT(seed),
     .help = "Statistics: of the order of measurements (default: by the clock)."},
    {.name = "inspection",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(inspection),
     .help = "What scripts/check-disassembly --out wrote about this program: goes into the verdict on our own parts."},
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
        "reason. Statistics compare times with one set of secrets to times with others: a second opinion, on code that "
        "valgrind's CPU does not have too. The verdicts are remembered, and stand in the tables of this program's "
        "later "
        "runs. Exit code 1 if a cell fails.",
    .examples = "escrowbench constant-time\nescrowbench constant-time --suite full --filter 'shamir.*sodium'\n"
                "escrowbench constant-time --by statistics --filter sharing",
    .options = options,
};

static void print_summary(const rp_document *doc, const eb_verdicts *v, const gate_options *o)
{
    if (!o->quiet) {
        const rp_view view = {.color = isatty(STDOUT_FILENO) != 0, .all = true};
        rp_terminal(stdout, doc, &view);
        for (size_t i = 0; i < doc->gates.finding_count; i++)
            printf("%s\n", doc->gates.findings[i]);
    }
    printf("constant time: %zu passed, %zu excepted, %zu failed, %zu not testable here\n", v->passed, v->excepted,
           v->failed, v->untestable);
}

/* False if it was not done to the end. */
static bool look(rp_document *doc, const gate_options *o, const char *exceptions, eb_opinion *opinions)
{
    const bool progress = !o->quiet && isatty(STDERR_FILENO) != 0;
    const eb_secrecy memcheck = {.exceptions = exceptions, .progress = progress, .findings = stdout};
    const eb_statistics statistics = {
        .seconds = o->seconds, .seed = o->seed != 0 ? o->seed : hn_now_ns(), .progress = progress, .findings = stdout};
    const uint64_t began = hn_now_ns();
    bool done = !o->memcheck || eb_secrecy_check(doc, &memcheck);
    const uint64_t between = hn_now_ns();
    done = done && (!o->statistics || eb_statistics_ask(doc, &statistics, opinions));
    printf("time: memcheck %.0f s, statistics %.0f s\n", (double)(between - began) / 1e9,
           (double)(hn_now_ns() - between) / 1e9);
    return done;
}

static int check(rp_document *doc, const gate_options *o, const char *exceptions, const char *inspection)
{
    char program[256];
    rp_error err;
    const uint64_t began = hn_now_ns();
    eb_opinion *opinions = calloc(doc->cell_count + 1, sizeof *opinions);
    if (opinions == NULL)
        return eb_fail(&command, "out of memory");
    doc->complete = look(doc, o, exceptions, opinions);
    const eb_verdicts v = eb_verdict_all(doc, o->statistics ? opinions : NULL, inspection);
    free(opinions);
    eb_program_id(program, sizeof program);
    json_object_set_new(doc->options, "program", json_string(program));
    doc->seconds = (double)(hn_now_ns() - began) / 1e9;
    rp_summarize(doc);
    print_summary(doc, &v, o);
    if (!doc->complete)
        return eb_fail(&command, "not all cells were looked at");
    if (exceptions == NULL)
        (void)eb_secrecy_keep(doc);
    if (o->out != NULL && !rp_document_save(doc, o->out, &err))
        return eb_fail(&command, "%s", err.text);
    return v.failed > 0;
}

/* A file's text with its end; NULL without a file. False with what is wrong with it. */
static bool read_text(const char *path, char **text, rp_error *err)
{
    size_t len = 0;
    *text = NULL;
    if (path == NULL)
        return true;
    char *bytes = rp_read_file(path, &len, err);
    if (bytes == NULL)
        return false;
    *text = rp_print("%.*s", (int)len, bytes);
    free(bytes);
    return true;
}

static int plan_and_check(const gate_options *o, const eb_plan_options *p, const char *exceptions,
                          const char *inspection)
{
    char why[512] = "";
    eb_plan plan;
    rp_document *doc = rp_document_new();
    int code = 2;
    if (!eb_plan_make(&plan, doc, p, why, sizeof why)) {
        code = eb_usage(&command, "%s", why);
    } else {
        doc->suite = rp_string(doc, o->suite);
        eb_describe(doc);
        eb_stop_on_signals();
        code = check(doc, o, exceptions, inspection);
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    return code;
}

static int run(const gate_options *o)
{
    eb_plan_options p = {.full = strcmp(o->suite, "full") == 0,
                         .filter = o->filter,
                         .sizes = {64},
                         .size_count = 1,
                         .splits = {{2, 3}},
                         .split_count = 1,
                         .parts = o->statistics};
    char why[160] = "", *exceptions = NULL, *inspection = NULL;
    rp_error err;
    int code;
    if (o->sizes.count > 0) {
        memcpy(p.sizes, o->sizes.value, sizeof p.sizes);
        p.size_count = o->sizes.count;
    }
    if (o->agents > 0)
        p.splits[0] = (eb_split){o->threshold, o->agents};
    if (!read_text(o->exceptions, &exceptions, &err) || !read_text(o->inspection, &inspection, &err))
        code = eb_fail(&command, "%s", err.text);
    else if (inspection != NULL && !eb_inspection_holds(inspection, why, sizeof why))
        code = eb_fail(&command, "%s: %s", o->inspection, why);
    else
        code = plan_and_check(o, &p, exceptions, inspection);
    free(exceptions);
    free(inspection);
    return code;
}

int cmd_constant_time(int argc, char **argv)
{
    gate_options o = {.suite = "quick", .by = "memcheck", .seconds = 1};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (strcmp(o.suite, "quick") != 0 && strcmp(o.suite, "full") != 0)
        return eb_usage(&command, "--suite is 'quick' or 'full', not '%s'", o.suite);
    o.memcheck = strcmp(o.by, "memcheck") == 0 || strcmp(o.by, "both") == 0;
    o.statistics = strcmp(o.by, "statistics") == 0 || strcmp(o.by, "both") == 0;
    if (!o.memcheck && !o.statistics)
        return eb_usage(&command, "--by is 'memcheck', 'statistics' or 'both', not '%s'", o.by);
    if (o.seconds < 0.1 || o.seconds > 3600)
        return eb_usage(&command, "--budget is from 0.1 s to an hour");
    if ((o.agents != 0) != (o.threshold != 0))
        return eb_usage(&command, "--agents and --threshold go together");
    return eb_begin() ? run(&o) : 1;
}
