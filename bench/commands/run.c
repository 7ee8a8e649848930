/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench run`: gates, then measuring in several processes, then the tables. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/conductor.h"
#include "bench/count/target.h"
#include "bench/plan.h"
#include "bench/proofs.h"
#include "bench/report/journal.h"
#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "bench/secrecy/recall.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "bench/worker.h"
#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/op.h"
#include "harness/quiet.h"

typedef struct run_options {
    const char *suite, *filter, *out, *resume, *tool, *emulator, *plugin, *target;
    double budget, min_time, slice;
    eb_arg_sizes sizes;
    unsigned agents, threshold, devices, repetitions;
    uint64_t seed;
    bool no_latency, quiet, progress, force_gates, require_quiet, force, instructions, prepare;
    int cpu; /* that all processes run on; -1: unknown */
} run_options;

#define AT(member) offsetof(run_options, member)

static const eb_option options[] = {
    {.name = "suite",
     .value = "quick|full",
     .type = EB_ARG_STRING,
     .offset = AT(suite),
     .help = "quick (default): the main figures in about a minute. full: every transport, operation and size, in half "
             "an hour."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = AT(filter),
     .help = "Only cells whose id matches; their partners with `none` come along. What the suite does not hold is "
             "looked for among all cells."},
    {.name = "budget",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(budget),
     .min = 0.1,
     .max = 1e6,
     .help = "Measuring time in all, shared out over processes and blocks (quick 50, full 1800). Every block gets some "
             "rounds at the least, so a small budget may be exceeded."},
    {.name = "size",
     .value = "BYTES",
     .type = EB_ARG_SIZES,
     .offset = AT(sizes),
     .min = 0,
     .max = 1 << 30,
     .help = "Plaintext sizes, such as 64,1k,64k. The first is the one at which access is timed."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(agents),
     .min = 1,
     .max = 255,
     .help = "Agents, for the escrows that split (with --threshold)."},
    {.name = "threshold",
     .value = "T",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(threshold),
     .min = 1,
     .max = 255,
     .help = "How many of them must answer."},
    {.name = "devices",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(devices),
     .min = 1,
     .max = EB_MAX_DEVICES,
     .help = "Devices of the recipient, each of which gets its copy of a message (default 1)."},
    {.name = "repetitions",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(repetitions),
     .min = 1,
     .max = 1000,
     .help = "Independent processes (quick 8, full 12). Below 6 no interval is printed."},
    {.name = "min-time",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(min_time),
     .min = 0,
     .max = 3600,
     .help = "Time of each cell in each process at the least; overrides the budget."},
    {.name = "slice",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = AT(slice),
     .min = 0.0001,
     .max = 10,
     .help = "Time of one cell in one round (default 0.001)."},
    {.name = "seed",
     .value = "S",
     .type = EB_ARG_U64,
     .offset = AT(seed),
     .help = "Seed of coins and of the order of cells (default: from the clock)."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(out),
     .help = "Where the run is kept (default: " RP_RUNS_DIR "/TIME-SUITE.json)."},
    {.name = "resume",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(resume),
     .help =
         "Go on with a run that was cut short: the file that it was to be kept in. Only by the same build, on the same "
         "machine class and libraries; what it measures is taken from that run."},
    {.name = "instructions",
     .type = EB_ARG_FLAG,
     .offset = AT(instructions),
     .help =
         "Count instructions instead of timing: the same keys, coins and inputs each time, as the difference of two "
         "counts. `compare --instructions` compares two such runs."},
    {.name = "tool",
     .value = "perf|qemu|callgrind",
     .type = EB_ARG_STRING,
     .offset = AT(tool),
     .help = "Who counts (default: the first of these that works here)."},
    {.name = "emulator",
     .value = "COMMAND",
     .type = EB_ARG_STRING,
     .offset = AT(emulator),
     .help = "QEMU's command line for counting (default: qemu-ARCHITECTURE -cpu max)."},
    {.name = "target",
     .value = "PROGRAM",
     .type = EB_ARG_STRING,
     .offset = AT(target),
     .help =
         "Count another build of this program, for whatever architecture the --emulator has. It plans and proves its "
         "cells itself."},
    {.name = "prepare",
     .type = EB_ARG_FLAG,
     .offset = AT(prepare),
     .help = "Prove and describe the cells and count nothing: what --target asks of its program."},
    {.name = "plugin",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = AT(plugin),
     .help = "The counting plug-in for QEMU (default: eb_count.so beside this program)."},
    {.name = "require-quiet",
     .type = EB_ARG_FLAG,
     .offset = AT(require_quiet),
     .help = "Refuse to measure on a machine that is not quiet. A full run checks and warns in any case."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = AT(force), .help = "Replace the file that --out names."},
    {.name = "no-latency", .type = EB_ARG_FLAG, .offset = AT(no_latency), .help = "Take no percentiles."},
    {.name = "force-gates",
     .type = EB_ARG_FLAG,
     .offset = AT(force_gates),
     .help = "Prove again what is remembered as proved."},
    {.name = "quiet", .type = EB_ARG_FLAG, .offset = AT(quiet), .help = "No progress and no tables; the run is kept."},
    {.name = "progress",
     .type = EB_ARG_FLAG,
     .offset = AT(progress),
     .help = "Say on standard error how far the run is even where that is no terminal, or with --quiet."},
    {0},
};

static const eb_command command = {
    .name = "run",
    .about = "Proves the implementations that it is going to time, measures them, prints the tables and keeps the run "
             "as one "
             "JSON document. A run that is cut short keeps the blocks that it finished.",
    .examples =
        "escrowbench run\nescrowbench run --suite full --budget 600\nescrowbench run --filter 'threshold.*openssl' "
        "--agents 9 --threshold 5",
    .options = options,
};

static bool fill_plan_options(const run_options *o, eb_plan_options *p)
{
    *p = (eb_plan_options){.full = strcmp(o->suite, "full") == 0, .filter = o->filter, .size_count = o->sizes.count};
    memcpy(p->sizes, o->sizes.value, sizeof p->sizes);
    p->devices = o->devices;
    p->timed = !o->instructions;
    if ((o->agents != 0) != (o->threshold != 0))
        return false;
    if (o->agents != 0) {
        p->splits[0] = (eb_split){o->threshold, o->agents};
        p->split_count = 1;
    }
    return true;
}

static void record_options(rp_document *doc, const run_options *o)
{
    json_object_set_new(doc->options, "budget_s", json_real(o->budget));
    json_object_set_new(doc->options, "processes", json_integer((json_int_t)o->repetitions));
    json_object_set_new(doc->options, "slice_s", json_real(o->slice));
    json_object_set_new(doc->options, "min_time_s", json_real(o->min_time));
    json_object_set_new(doc->options, "latency", json_boolean(!o->no_latency));
    json_object_set_new(doc->options, "cpu", json_integer(o->cpu));
    char program[256];
    eb_program_id(program, sizeof program);
    json_object_set_new(doc->options, "program", json_string(program));
    json_t *sizes = json_array();
    for (size_t i = 0; i < o->sizes.count; i++)
        json_array_append_new(sizes, json_integer((json_int_t)o->sizes.value[i]));
    json_object_set_new(doc->options, "sizes", sizes);
    json_object_set_new(doc->options, "agents", json_integer((json_int_t)o->agents));
    json_object_set_new(doc->options, "threshold", json_integer((json_int_t)o->threshold));
    json_object_set_new(doc->options, "devices", json_integer((json_int_t)o->devices));
    json_t *modules = json_array();
    for (size_t i = 0; eb_module_path(i) != NULL; i++)
        json_array_append_new(modules, json_string(eb_module_path(i)));
    json_object_set_new(doc->options, "modules", modules);
    if (o->filter != NULL)
        json_object_set_new(doc->options, "filter", json_string(o->filter));
    if (o->instructions || o->prepare)
        json_object_set_new(doc->options, "instructions", json_true());
}

/* The other way round, for a resumed run. */
static bool recall_options(const rp_document *doc, run_options *o)
{
    const json_t *processes = json_object_get(doc->options, "processes"),
                 *slice = json_object_get(doc->options, "slice_s");
    o->budget = json_number_value(json_object_get(doc->options, "budget_s"));
    o->min_time = json_number_value(json_object_get(doc->options, "min_time_s"));
    o->slice = json_number_value(slice);
    o->no_latency = !json_is_true(json_object_get(doc->options, "latency"));
    o->seed = doc->seed;
    o->suite = doc->suite;
    if (!json_is_integer(processes) || json_integer_value(processes) < 1 || json_integer_value(processes) > 1000 ||
        !(o->slice >= 0.0001 && o->slice <= 10) || !(o->budget > 0 && o->budget <= 1e6) ||
        !(o->min_time >= 0 && o->min_time <= 3600))
        return false;
    o->repetitions = (unsigned)json_integer_value(processes);
    return true;
}

/* A comparison stays on one CPU, across a break too. */
static bool recall_cpu(const rp_document *doc, run_options *o)
{
    const json_t *cpu = json_object_get(doc->options, "cpu");
    o->cpu = json_is_integer(cpu) ? (int)json_integer_value(cpu) : hn_affinity_pick();
    if (o->cpu < 0 || hn_affinity_may(o->cpu))
        return true;
    eb_fail(&command,
            "%s: it was measured on CPU %d, which this process may not use: allow it (taskset -c %d), or measure "
            "anew",
            o->resume, o->cpu, o->cpu);
    return false;
}

/* ---- a quiet machine ---- */

static bool check_quiet(rp_document *doc, const run_options *o)
{
    hn_quiet q;
    char text[160];
    hn_affinity_mask before;
    if (!o->require_quiet && strcmp(o->suite, "full") != 0)
        return true;
    hn_affinity_read(&before);
    if (o->cpu >= 0)
        (void)hn_affinity_bind(0, o->cpu);
    const hn_status measured = hn_quiet_measure(&q);
    (void)hn_affinity_restore(&before); /* proofs take all CPUs */
    if (measured != HN_OK || (q.late_5 <= HN_QUIET_LATE && fabs(q.drift) <= HN_QUIET_DRIFT))
        return true;
    snprintf(text, sizeof text,
             "the machine is not quiet: of equal slices of work, one in twenty takes %.0f %% longer; drift %.1f %%",
             100 * q.late_5, 100 * q.drift);
    static const char remedy[] = "end other programs, wait until it has cooled down, or use a machine of your own";
    rp_add_warning(doc, text, remedy);
    if (o->require_quiet)
        eb_fail(&command, "%s; %s", text, remedy);
    else if (!o->quiet)
        fprintf(stderr, "escrowbench run: %s; %s\n", text, remedy);
    return !o->require_quiet;
}

static bool prove(rp_document *doc, const eb_plan *plan, const run_options *o, bool progress)
{
    char why[512] = "";
    const eb_proof_options proofs = {.force = o->force_gates, .progress = progress};
    const bool ok = eb_prove(doc, plan, &proofs, why, sizeof why);
    if (!ok)
        eb_fail(&command, "%s", why);
    return ok;
}

/* ---- measuring ---- */

/* The folder of the default place may not be there yet. */
static void make_runs_folder(void)
{
    char path[] = RP_RUNS_DIR;
    for (char *p = path; *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0777);
            *p = '/';
        }
    mkdir(path, 0777);
}

/* Starts the journal, or takes up the one of a run that was cut short. */
static bool open_journal(const rp_document *doc, const run_options *o, const char *journal)
{
    rp_error err;
    if (o->resume != NULL && access(journal, F_OK) == 0)
        return true;
    rp_journal *j = rp_journal_create(journal, doc, &err);
    bool ok = j != NULL;
    for (size_t i = 0; ok && i < doc->block_count; i++) /* of a run that ended early and in order */
        ok = rp_journal_block(j, doc, &doc->blocks[i], &err);
    rp_journal_close(j);
    if (!ok)
        eb_fail(&command, "%s%s", err.text,
                j == NULL && access(journal, F_OK) == 0 ? "; `run --resume` goes on with it" : "");
    return ok;
}

/* One line for a journal that took no more: its last line is whole, so the run can go on. Always false. */
static bool unwritten(const char *why, const char *out)
{
    eb_fail(&command, "%s; what was measured is kept: make room, and `escrowbench run --resume %s` goes on", why, out);
    return false;
}

static bool measure(rp_document *doc, const run_options *o, const char *journal, const char *out, bool progress,
                    eb_conducted *done)
{
    rp_error err;
    char why[sizeof err.text] = "the journal cannot be written";
    if (!open_journal(doc, o, journal))
        return false;
    const uint64_t origin = hn_now_ns();
    const double latency = o->min_time > 0 ? 0.12 * o->min_time * (double)doc->cell_count : 0.12 * o->budget;
    const eb_conduct c = {
        .journal = journal,
        .processes = o->repetitions,
        .cpu = o->cpu,
        .seed = o->seed,
        .origin_ns = origin,
        .budget_s = o->budget,
        .latency_s = o->no_latency ? 0 : latency,
        .slice_s = o->slice,
        .min_time_s = o->min_time,
        .progress = progress,
        .why = why,
        .why_len = sizeof why,
    };
    const double before = doc->seconds > 0 ? doc->seconds : 0;
    *done = eb_conduct_run(&c);
    if (*done == EB_CONDUCT_UNWRITTEN)
        return unwritten(why, out);
    const double took = (double)(hn_now_ns() - origin) / 1e9;
    if (o->min_time <= 0 && took > 1.3 * o->budget && *done == EB_CONDUCT_DONE) {
        char text[160];
        snprintf(text, sizeof text,
                 "measuring took %.0f s instead of %.0f: every cell gets a least number of rounds in each process",
                 took, o->budget);
        rp_add_warning(doc, text, "a larger --budget, fewer --repetitions, or a --filter");
    }
    hn_environment now;
    hn_environment_read(&now, "");
    if (doc->machine.throttle_events >= 0 && now.throttle_events > doc->machine.throttle_events)
        rp_add_warning(doc, "heat slowed the CPU down while measuring",
                       "better cooling, or pauses: a smaller --budget, run again");
    doc->complete = *done == EB_CONDUCT_DONE;
    doc->seconds = before + took;
    rp_journal *j = rp_journal_open(journal, &err);
    const bool ok = j != NULL && rp_journal_state(j, doc, &err);
    rp_journal_close(j);
    return ok || unwritten(err.text, out);
}

static void show_document(const rp_document *doc, const run_options *o, const char *out)
{
    if (o->quiet)
        return;
    if (doc->row_count > 0) {
        const rp_view view = {.color = isatty(STDOUT_FILENO) != 0};
        rp_terminal(stdout, doc, &view);
    }
    (void)fflush(stdout);
    fprintf(stderr, "\nThe run is kept in %s\n", out);
}

/* Journal to document, tables, and where the run is. */
static int finish(const run_options *o, const char *journal, const char *out, eb_conducted done)
{
    rp_document *doc = NULL;
    rp_error err;
    if (!rp_journal_compact(journal, out, &doc, &err))
        return eb_fail(&command, "%s; what was measured is in %s", err.text, journal);
    show_document(doc, o, out);
    if (done == EB_CONDUCT_STOPPED)
        eb_fail(
            &command,
            "stopped by a signal; the %zu blocks that were finished are in %s; `escrowbench run --resume %s` goes on",
            doc->block_count, out, out);
    rp_document_free(doc);
    return done == EB_CONDUCT_DONE ? 0 : 1;
}

static char *journal_path(const char *out)
{
    const size_t n = strlen(out);
    char *path = malloc(n + sizeof ".journal");
    if (path != NULL) {
        memcpy(path, out, n);
        memcpy(path + n, ".journal", sizeof ".journal");
    }
    return path;
}

/* Can the run be kept there? Better asked before an hour of measuring. */
static bool out_possible(const run_options *o, const char *out)
{
    struct stat st;
    if (out[0] == '\0') {
        eb_fail(&command, "--out: an empty name");
        return false;
    }
    if (o->resume != NULL || stat(out, &st) != 0)
        return true; /* a folder that is missing or closed is found out by the journal, before anything is measured */
    if (!S_ISREG(st.st_mode)) {
        eb_fail(&command, "%s is not a regular file: a run is kept in one", out);
        return false;
    }
    if (!o->force)
        eb_fail(&command, "%s is there already; name another file, or give --force to replace it", out);
    return o->force;
}

static bool shows_progress(const run_options *o)
{
    return o->progress || (!o->quiet && isatty(STDERR_FILENO));
}

/* Counting takes the place of measuring; it is short, so that it has no journal. */
static int count(rp_document *doc, const run_options *o, const char *out, bool progress)
{
    const eb_counting counting = {.tool = o->tool,
                                  .emulator = o->emulator,
                                  .target = o->target,
                                  .plugin = o->plugin,
                                  .seed = o->seed,
                                  .progress = progress};
    const uint64_t began = hn_now_ns();
    rp_error err;
    const eb_counted done = eb_count_cells(doc, &counting);
    if (done == EB_COUNTED_FAILED)
        return 1;
    doc->complete = done == EB_COUNTED_ALL;
    doc->seconds = (double)(hn_now_ns() - began) / 1e9;
    rp_summarize(doc);
    if (!rp_document_save(doc, out, &err))
        return eb_fail(&command, "%s", err.text);
    show_document(doc, o, out);
    return doc->complete ? 0 : eb_fail(&command, "stopped by a signal; the cells that were counted are in %s", out);
}

/* A document that is proved and described, for another program to fill in the counts. */
static int keep(rp_document *doc, const char *out)
{
    rp_error err;
    doc->complete = false;
    rp_summarize(doc);
    return rp_document_save(doc, out, &err) ? 0 : eb_fail(&command, "%s", err.text);
}

/* From the proofs to the tables, for a document that has its cells. */
static int conduct(rp_document *doc, const eb_plan *plan, const run_options *o, const char *out)
{
    const bool progress = shows_progress(o);
    eb_conducted done = EB_CONDUCT_FAILED;
    char *journal = journal_path(out);
    int code = 1;
    eb_stop_on_signals();
    if (journal == NULL || !out_possible(o, out) || (!o->instructions && !check_quiet(doc, o)) ||
        !prove(doc, plan, o, progress))
        code = 1;
    else if (o->prepare)
        code = keep(doc, out);
    else if (o->instructions)
        code = count(doc, o, out, progress);
    else if (measure(doc, o, journal, out, progress, &done))
        code = finish(o, journal, out, done);
    free(journal);
    return code;
}

static int run(run_options *o, const eb_plan_options *p)
{
    char why[512] = "";
    eb_plan plan;
    rp_document *doc = rp_document_new();
    int code = 1;
    if (!eb_plan_make(&plan, doc, p, why, sizeof why)) {
        code = eb_usage(&command, "%s", why);
    } else {
        doc->suite = rp_string(doc, o->suite);
        doc->seed = o->seed;
        record_options(doc, o);
        if (o->out == NULL)
            make_runs_folder();
        char *out = o->out != NULL ? strdup(o->out) : rp_run_path(doc, RP_RUNS_DIR);
        eb_describe(doc);
        eb_sides_describe(doc, doc);
        eb_secrecy_recall(doc);
        code = conduct(doc, &plan, o, out);
        free(out);
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    return code;
}

/* ---- another program ---- */

static void add_number(char *text, size_t size, const char *name, uint64_t value)
{
    snprintf(text, size, "--%s=%llu", name, (unsigned long long)value);
}

/* What the target is to do, as its own arguments; `text` holds those that are made. */
static void pass_on(const char **arguments, char text[8][1024], const run_options *o)
{
    size_t n = 0, used = 0, made = 0;
    snprintf(text[made], sizeof text[0], "--suite=%s", o->suite);
    arguments[n++] = text[made++];
    add_number(text[made], sizeof text[0], "seed", o->seed);
    arguments[n++] = text[made++];
    if (o->filter != NULL) {
        arguments[n++] = "--filter";
        arguments[n++] = o->filter;
    }
    if (o->sizes.count > 0) {
        used = (size_t)snprintf(text[made], sizeof text[0], "--size=");
        for (size_t i = 0; i < o->sizes.count && used < sizeof text[0]; i++)
            used += (size_t)snprintf(text[made] + used, sizeof text[0] - used, "%s%llu", i > 0 ? "," : "",
                                     (unsigned long long)o->sizes.value[i]);
        arguments[n++] = text[made++];
    }
    const struct {
        const char *name;
        unsigned value;
    } numbers[] = {{"agents", o->agents}, {"threshold", o->threshold}, {"devices", o->devices}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].value != 0) {
            add_number(text[made], sizeof text[0], numbers[i].name, numbers[i].value);
            arguments[n++] = text[made++];
        }
    if (o->force_gates)
        arguments[n++] = "--force-gates";
    if (o->quiet)
        arguments[n++] = "--quiet";
    arguments[n] = NULL;
}

static int run_target(const run_options *o)
{
    const eb_counting counting = {.emulator = o->emulator, .target = o->target};
    const char *arguments[EB_TARGET_ARGUMENTS];
    char text[8][1024], file[4096];
    if (o->out != NULL && !out_possible(o, o->out))
        return 1;
    if (o->out == NULL)
        make_runs_folder();
    snprintf(file, sizeof file, "%s.%ld.prepared", o->out != NULL ? o->out : RP_RUNS_DIR "/run", (long)getpid());
    pass_on(arguments, text, o);
    rp_document *doc = eb_target_prepare(&counting, arguments, file);
    if (doc == NULL)
        return 1;
    char *out = o->out != NULL ? strdup(o->out) : rp_run_path(doc, RP_RUNS_DIR);
    eb_stop_on_signals();
    const int code = out != NULL ? count(doc, o, out, shows_progress(o)) : 1;
    free(out);
    rp_document_free(doc);
    return code;
}

/* What must be the same before and after the break. NULL if all is; else what differs. */
static const char *differs(const rp_document *old, const rp_document *now)
{
    const char *program = json_string_value(json_object_get(old->options, "program"));
    char own[256];
    eb_program_id(own, sizeof own);
    if (program == NULL || strcmp(program, own) != 0)
        return "it was measured by another build of this program";
    if (strcmp(old->machine_class, now->machine_class) != 0)
        return "it was measured on another machine class";
    if (old->subject.library_count != now->subject.library_count)
        return "it was measured with other libraries";
    for (size_t i = 0; i < now->subject.library_count; i++)
        if (strcmp(old->subject.libraries[i].backend, now->subject.libraries[i].backend) != 0 ||
            strcmp(old->subject.libraries[i].version, now->subject.libraries[i].version) != 0)
            return "it was measured with other versions of the libraries";
    return NULL;
}

static int resume(run_options *o)
{
    rp_error err;
    eb_plan plan = {0};
    char why[512] = "";
    char *journal = journal_path(o->resume);
    const bool journaled = journal != NULL && access(journal, F_OK) == 0;
    rp_document *doc = journaled ? rp_journal_read(journal, NULL, &err) : rp_document_load(o->resume, &err);
    rp_document *now = rp_document_new();
    int code = 1;
    free(journal);
    eb_describe(now);
    if (doc != NULL)
        eb_sides_describe(now, doc);
    const char *other = doc != NULL ? differs(doc, now) : NULL;
    if (doc == NULL)
        eb_fail(&command, "%s", err.text);
    else if (!journaled && doc->complete)
        eb_fail(&command, "%s: this run is complete; there is nothing to resume", o->resume);
    else if (other != NULL)
        eb_fail(&command, "%s: %s: measure anew", o->resume, other);
    else if (!recall_options(doc, o) || !eb_plan_collect(&plan, doc, why, sizeof why))
        eb_fail(&command, "%s: not a run that can be resumed%s%s", o->resume, why[0] != '\0' ? ": " : "", why);
    else if (!eb_worker_made(doc, o->repetitions))
        eb_fail(&command, "%s: its blocks were not made with its seed and number of processes: measure anew",
                o->resume);
    else if (recall_cpu(doc, o))
        code = conduct(doc, &plan, o, o->resume);
    eb_plan_free(&plan);
    rp_document_free(now);
    rp_document_free(doc);
    return code;
}

int cmd_run(int argc, char **argv)
{
    run_options o = {.suite = NULL};
    eb_plan_options p;
    char why[512];
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (o.resume != NULL &&
        (o.suite != NULL || o.out != NULL || o.filter != NULL || o.sizes.count > 0 || o.agents != 0 ||
         o.threshold != 0 || o.devices != 0 || o.budget != 0 || o.repetitions != 0 || o.seed != 0 || o.min_time != 0 ||
         o.slice != 0 || o.no_latency || o.force))
        return eb_usage(&command, "--resume takes what to measure from the run; leave the other options out");
    if (o.resume != NULL && o.instructions)
        return eb_usage(&command, "--instructions counts anew; it does not resume");
    o.instructions = o.instructions || o.prepare;
    if (!o.prepare && !eb_may_time(why, sizeof why))
        return eb_fail(&command, "%s", why);
    if (o.resume != NULL)
        return eb_begin() ? resume(&o) : 1;
    if (o.suite == NULL)
        o.suite = "quick";
    if (o.slice == 0)
        o.slice = 0.001;
    o.cpu = hn_affinity_pick();
    if (strcmp(o.suite, "quick") != 0 && strcmp(o.suite, "full") != 0)
        return eb_usage(&command, "--suite is 'quick' or 'full', not '%s'", o.suite);
    if (!fill_plan_options(&o, &p))
        return eb_usage(&command, "--agents and --threshold go together");
    if (!o.instructions && (o.tool != NULL || o.emulator != NULL || o.plugin != NULL || o.target != NULL))
        return eb_usage(&command, "--tool, --emulator, --target and --plugin go with --instructions");
    if (o.target != NULL && (o.emulator == NULL || o.prepare || (o.tool != NULL && strcmp(o.tool, "qemu") != 0)))
        return eb_usage(&command, "--target is counted under an --emulator, by qemu");
    if (o.tool != NULL && strcmp(o.tool, "perf") != 0 && strcmp(o.tool, "qemu") != 0 &&
        strcmp(o.tool, "callgrind") != 0)
        return eb_usage(&command, "--tool is 'perf', 'qemu' or 'callgrind', not '%s'", o.tool);
    if (o.instructions && !o.prepare && (o.budget != 0 || o.repetitions != 0 || o.min_time != 0))
        return eb_usage(&command, "--instructions counts once: leave out --budget, --repetitions and --min-time");
    if (o.repetitions == 0)
        o.repetitions = p.full ? 12 : 8;
    if (o.budget == 0)
        o.budget = p.full ? 1800 : 50;
    if (o.seed == 0 && o.instructions)
        o.seed = 1; /* fixed coins */
    if (o.seed == 0)
        o.seed = hn_now_ns() | 1;
    if (o.target != NULL) {
        o.tool = "qemu";
        return run_target(&o);
    }
    return eb_begin() ? run(&o, &p) : 1;
}
