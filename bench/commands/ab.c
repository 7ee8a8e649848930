/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench ab`: two builds, or two modules, slice against slice. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/ab/judge.h"
#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/report/report.h"
#include "bench/state.h"
#include "harness/affinity.h"
#include "harness/clock.h"

typedef struct ab_arguments {
    const char *base, *head, *base_module, *head_module;
    const char *suite, *filter, *format, *out;
    double budget, slice, threshold, alpha, patience;
    unsigned pairs, cells;
    uint64_t seed;
    bool quiet;
} ab_arguments;

#define AT(member) offsetof(ab_arguments, member)

static const eb_option options[] = {
    {.name = "base",
     .value = "BINARY",
     .type = EB_ARG_STRING,
     .offset = AT(base),
     .help = "The program to compare with: an escrowbench of this or another version."},
    {.name = "head",
     .value = "BINARY",
     .type = EB_ARG_STRING,
     .offset = AT(head),
     .help = "The program in question (default: this one)."},
    {.name = "base-module",
     .value = "FILE.so",
     .type = EB_ARG_STRING,
     .offset = AT(base_module),
     .help = "A module for the base to load."},
    {.name = "head-module",
     .value = "FILE.so",
     .type = EB_ARG_STRING,
     .offset = AT(head_module),
     .help = "A module for the head to load: two modules in one program are two builds."},
    {.name = "budget",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(budget),
     .min = 0.1,
     .max = 1e6,
     .help = "Time in all (default 10), but for the proofs, which are remembered. Six pairs get two rounds of all "
             "cells each whatever it is, so a small budget may be exceeded."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = AT(filter),
     .help =
         "Only cells whose id matches. Without it and --suite: seal and open of 1 KiB by hpke with none, master and "
         "threshold, on every library; about twenty cells."},
    {.name = "suite",
     .value = "quick|full",
     .type = EB_ARG_STRING,
     .offset = AT(suite),
     .help = "Cells of this suite. Many cells want a larger budget."},
    {.name = "cells",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(cells),
     .min = 1,
     .max = AB_CELLS_MAX,
     .help = "At most so many of them, evenly spread."},
    {.name = "pairs",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(pairs),
     .min = 1,
     .max = VD_VALUES_MAX,
     .help =
         "Fresh pairs of processes (default 16). The test is over pairs; fewer than 12 rarely suffice for a verdict. "
         "Where the machine is too busy for all within the budget, fewer are taken, but not below 6."},
    {.name = "threshold",
     .value = "FRACTION",
     .type = EB_ARG_DOUBLE,
     .offset = AT(threshold),
     .min = 0,
     .max = 10,
     .help = "A change up to this part is none (default 0.01: 1 %)."},
    {.name = "alpha",
     .value = "P",
     .type = EB_ARG_DOUBLE,
     .offset = AT(alpha),
     .min = 1e-9,
     .max = 0.5,
     .help = "Chance of any wrong verdict of slower or faster (default 0.05)."},
    {.name = "slice",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(slice),
     .min = 0.00001,
     .max = 10,
     .help = "Time of one slice (default 0.00015): the shorter, the more of them nothing disturbs."},
    {.name = "seed",
     .value = "S",
     .type = EB_ARG_U64,
     .offset = AT(seed),
     .help = "Seed of keys, inputs and orders (default: from the clock)."},
    {.name = "patience",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(patience),
     .min = 0.1,
     .max = 3600,
     .help = "How long a program may take for one answer before it counts as hung (default 30)."},
    {.name = "format",
     .value = "terminal|markdown|json",
     .type = EB_ARG_STRING,
     .offset = AT(format),
     .help = "json has every slice."},
    {.name = "out", .value = "FILE", .type = EB_ARG_STRING, .offset = AT(out), .help = "Write the report there."},
    {.name = "quiet", .type = EB_ARG_FLAG, .offset = AT(quiet), .help = "No progress."},
    {0},
};

static const eb_command command = {
    .name = "ab",
    .about =
        "Compares two builds, or two modules, by interleaving them on one CPU: the only fair comparison on a machine "
        "that is shared. Exit code 1 if a cell is slower.",
    .examples = "escrowbench ab --base ./escrowbench-main --budget 10\n"
                "escrowbench ab --base old/escrowbench --head new/escrowbench --filter 'openssl' --format markdown",
    .options = options,
};

/* Words that are not of a list are usage errors. */
static bool one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static int check(const ab_arguments *a)
{
    static const char *const suites[] = {"quick", "full", NULL}, *const formats[] = {"terminal", "markdown", "json",
                                                                                     NULL};
    regex_t filter;
    if (a->base == NULL)
        return eb_usage(&command, "--base is missing: the program to compare with");
    if (a->suite != NULL && !one_of(a->suite, suites))
        return eb_usage(&command, "--suite is 'quick' or 'full', not '%s'", a->suite);
    if (!one_of(a->format, formats))
        return eb_usage(&command, "--format is 'terminal', 'markdown' or 'json', not '%s'", a->format);
    if (a->filter != NULL &&
        (a->filter[0] == '\0' || strlen(a->filter) > 800 || regcomp(&filter, a->filter, REG_EXTENDED | REG_NOSUB) != 0))
        return eb_usage(&command, "--filter: '%.60s' is no regular expression", a->filter);
    if (a->filter != NULL)
        regfree(&filter);
    return 0;
}

static bool write_report(const ab_arguments *a, const ab_report *r)
{
    char *text = NULL;
    size_t len = 0;
    rp_error err;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        eb_fail(&command, "no memory");
        return false;
    }
    if (strcmp(a->format, "json") == 0)
        ab_json(out, r);
    else if (strcmp(a->format, "markdown") == 0)
        ab_markdown(out, r);
    else
        ab_terminal(out, r, a->out == NULL && isatty(STDOUT_FILENO) != 0);
    bool ok = fclose(out) == 0;
    if (!ok)
        eb_fail(&command, "no memory");
    else if (a->out == NULL)
        ok = fwrite(text, 1, len, stdout) == len; /* main() looks at the rest */
    else if (!rp_write_file(a->out, text, len, &err)) {
        eb_fail(&command, "%s", err.text);
        ok = false;
    }
    free(text);
    return ok;
}

static int compare(const ab_arguments *a, const ab_options *o)
{
    ab_error err;
    ab_cells cells;
    ab_measured measured;
    const bool given = a->suite != NULL || a->filter != NULL;
    int code = 1;
    if (!ab_prepare(&cells, &measured, o,
                    a->suite != NULL ? a->suite
                    : given          ? "quick"
                                     : "full",
                    given ? a->filter : ab_default_filter, a->cells, &err) ||
        !ab_measure(&measured, &cells, o, &err)) {
        eb_fail(&command, "%s", err.text);
    } else {
        ab_verdicts verdicts;
        vd_rule rule = vd_default_rule;
        rule.threshold = a->threshold;
        rule.alpha = a->alpha;
        ab_judge(&verdicts, &measured, &cells, &rule);
        const ab_report r = {.options = o, .cells = &cells, .measured = &measured, .verdicts = &verdicts};
        code = write_report(a, &r) && verdicts.tally[VD_SLOWER] == 0 ? 0 : 1;
        ab_verdicts_free(&verdicts);
    }
    ab_measured_free(&measured);
    ab_cells_free(&cells);
    return code;
}

int cmd_ab(int argc, char **argv)
{
    static char self[4096] = "/proc/self/exe";
    ab_arguments a = {.format = "terminal",
                      .budget = 10,
                      .slice = 0.00015,
                      .threshold = 0.01,
                      .alpha = 0.05,
                      .patience = 30,
                      .pairs = 16};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &a, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    const int misused = check(&a);
    char why[512];
    if (misused != 0)
        return misused;
    rp_error err;
    if (!eb_may_time(why, sizeof why))
        return eb_fail(&command, "%s", why);
    if (a.out != NULL && !rp_may_write(a.out, &err))
        return eb_fail(&command, "%s", err.text);
    const ssize_t n = a.head == NULL ? readlink("/proc/self/exe", self, sizeof self - 1) : 0;
    if (n > 0)
        a.head = self;
    eb_stop_on_signals();
    const ab_options o = {
        .programs = {{.role = "base", .path = a.base, .module = a.base_module},
                     {.role = "head", .path = a.head != NULL ? a.head : self, .module = a.head_module}},
        .cpu = hn_affinity_pick(),
        .budget_s = a.budget,
        .patience_s = a.patience,
        .slice_ns = (uint64_t)(a.slice * 1e9),
        .pairs = a.pairs,
        .seed = a.seed != 0 ? a.seed : hn_now_ns() | 1,
        .progress = !a.quiet && isatty(STDERR_FILENO),
    };
    return compare(&a, &o);
}
