/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench verify`: every gate of every implementation, or published vector files. */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/gates/memo.h"
#include "bench/gates/runner.h"
#include "bench/plan.h"
#include "bench/sides.h"
#include "bench/state.h"
#include "bench/vectors/vectors.h"

typedef struct verify_options {
    eb_arg_strings vectors;
    const char *filter, *gate;
    unsigned agents, threshold;
    bool json, force, verbose, bytes, every_bit;
} verify_options;

#define AT(member) offsetof(verify_options, member)

static const eb_option options[] = {
    {.name = "vectors",
     .value = "FILE",
     .type = EB_ARG_STRINGS,
     .offset = AT(vectors),
     .help = "Run a file of published vectors as it is (RFC 9180, RFC 9497, RFC 9591, SLIP-0039, Wycheproof, ACVP, "
             "X-Wing) on every "
             "library. May be repeated."},
    {.name = "filter",
     .value = "REGEX",
     .type = EB_ARG_STRING,
     .offset = AT(filter),
     .help = "Only the schemes of cells whose id matches."},
    {.name = "gate", .value = "NAME", .type = EB_ARG_STRING, .offset = AT(gate), .help = "Only this gate."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(agents),
     .min = 0,
     .max = 255,
     .help = "Agents, for the escrows that split (default 5)."},
    {.name = "threshold",
     .value = "T",
     .type = EB_ARG_UNSIGNED,
     .offset = AT(threshold),
     .min = 0,
     .max = 255,
     .help = "How many of them must answer (default 3)."},
    {.name = "every-bit",
     .type = EB_ARG_FLAG,
     .offset = AT(every_bit),
     .help = "Under an emulator too flip every bit and try every length, and not a sample."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = AT(force), .help = "Run again what is remembered as passed."},
    {.name = "verbose", .type = EB_ARG_FLAG, .offset = AT(verbose), .help = "A line for each gate and subject."},
    {.name = "bytes",
     .type = EB_ARG_FLAG,
     .offset = AT(bytes),
     .help =
         "Only print, for each scheme, a SHA-256 over all that it makes of fixed coins: the same on every machine that "
         "is right."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = AT(json), .help = "The results as JSON."},
    {0},
};

static const eb_command command = {
    .name = "verify",
    .about =
        "Proves the implementations: official vectors, equal bytes across libraries, round trips, rejection of every "
        "flip and truncation, access by t agents and by no fewer. No cell is timed that has not passed. A pass is "
        "remembered for the same program, libraries and CPU features.",
    .examples =
        "escrowbench verify\nescrowbench verify --filter threshold --verbose\nescrowbench verify --vectors hpke.json",
    .options = options,
};

static void print_progress(void *user, const gt_unit *unit, size_t done, size_t total)
{
    (void)unit, (void)user;
    fprintf(stderr, "\rproving %zu of %zu ", done, total);
    if (done == total)
        fputs("\r                              \r", stderr);
}

static const char *outcome_name(gt_outcome o)
{
    static const char *const names[] = {"passed", "FAILED", "skipped", "remembered", "not run"};
    return names[o];
}

static void print_text(const gt_results *r, bool verbose)
{
    for (const gt_gate *const *g = gt_gates; *g != NULL; g++) {
        size_t count[GT_NOT_RUN + 1] = {0};
        uint64_t checks = 0;
        for (size_t i = 0; i < r->count; i++)
            if (r->units[i].gate == *g) {
                count[r->units[i].outcome]++;
                checks += r->units[i].checks;
            }
        printf("%-10s %4zu passed  %zu failed  %2zu skipped  %9llu checks   %s\n", (*g)->id,
               count[GT_PASSED] + count[GT_REMEMBERED], count[GT_FAILED], count[GT_SKIPPED], (unsigned long long)checks,
               (*g)->about);
    }
    for (size_t i = 0; i < r->count; i++) {
        const gt_unit *u = &r->units[i];
        if (u->outcome == GT_FAILED || verbose)
            printf("%-10s %-10s %s  %llu checks%s%s\n", outcome_name(u->outcome), u->gate->id, u->subject,
                   (unsigned long long)u->checks, u->detail[0] != '\0' ? ": " : "", u->detail);
    }
    if (r->findings > 0)
        puts("\nFINDINGS (recorded properties, not failures): malformed input that is accepted, by field; who notices "
             "a rogue sender, and what comes of "
             "others who cheat");
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < r->units[i].finding_count; k++) {
            const gt_finding *f = &r->units[i].findings[k];
            if (strncmp(f->field, GT_ROGUE, sizeof GT_ROGUE - 1) == 0)
                printf("  %s, %s: noticed by %s\n", r->units[i].subject, f->field, f->detail);
            else if (strncmp(f->field, GT_CHEAT, sizeof GT_CHEAT - 1) == 0)
                printf("  %s, %s: %s\n", r->units[i].subject, f->field, f->detail);
            else
                printf("  %s, %s: %llu of %llu accepted: %s\n", r->units[i].subject, f->field,
                       (unsigned long long)f->accepted, (unsigned long long)f->tried, f->detail);
        }
    printf("\n%llu checks, %zu of the passes remembered, %.1f s\n%zu passed, %zu failed, %zu skipped\n",
           (unsigned long long)r->checks, r->remembered, r->seconds, r->passed + r->remembered, r->failed, r->skipped);
}

static void print_json(const gt_results *r)
{
    json_t *units = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const gt_unit *u = &r->units[i];
        json_t *findings = json_array();
        for (size_t k = 0; k < u->finding_count; k++)
            json_array_append_new(findings,
                                  json_pack("{s:s, s:I, s:I, s:s}", "field", u->findings[k].field, "accepted",
                                            (json_int_t)u->findings[k].accepted, "tried",
                                            (json_int_t)u->findings[k].tried, "detail", u->findings[k].detail));
        json_array_append_new(units, json_pack("{s:s, s:s, s:s, s:I, s:s, s:f, s:o}", "gate", u->gate->id, "subject",
                                               u->subject, "outcome", outcome_name(u->outcome), "checks",
                                               (json_int_t)u->checks, "detail", u->detail, "seconds", u->seconds,
                                               "findings", findings));
    }
    json_t *all =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:o}", "passed", (json_int_t)r->passed + (json_int_t)r->remembered,
                  "failed", (json_int_t)r->failed, "skipped", (json_int_t)r->skipped, "remembered",
                  (json_int_t)r->remembered, "checks", (json_int_t)r->checks, "seconds", r->seconds, "units", units);
    json_dumpf(all, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(all);
}

static int verify_vectors(const verify_options *o)
{
    int worst = 0;
    for (size_t i = 0; i < o->vectors.count; i++) {
        const int code = eb_vectors_run(o->vectors.value[i], o->json, stdout);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static bool stopped(void *user)
{
    (void)user;
    return eb_stop_flag != 0;
}

/* Peers and parts prove themselves: all of the plan, unless one gate is asked for. */
static bool verify_sides(const verify_options *o, const rp_document *doc)
{
    char why[512];
    size_t proved = 0;
    if (o->gate != NULL)
        return true;
    const bool ok = eb_sides_prove(doc, &proved, why, sizeof why);
    if (!o->json && (proved > 0 || !ok))
        printf("%zu peers and parts proved%s%s\n", proved, ok ? "" : ", FAILED: ", ok ? "" : why);
    else if (!ok)
        eb_fail(&command, "%s", why);
    return ok;
}

static void say_failed(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    eb_fail(&command, "%s", detail);
}

static int print_bytes(const eb_pair_spec *specs, size_t count)
{
    char name[GT_NAME], hex[GT_MADE_HEX];
    gt_log log = {.failed = say_failed, .gate = "bytes"};
    for (size_t i = 0; i < count; i++) {
        const gt_subject subject = {.pair = specs[i]};
        eb_pair_spec spec = specs[i];
        if (eb_gate_sparse()) /* keys, and much else, are those of the scheme before */
            spec.backend = gt_memo_beside(spec.backend);
        gt_subject_name(name, GT_PAIR, &subject);
        log.subject = name;
        if (!gt_made_digest(&spec, hex, &log))
            return 1;
        printf("%s %s\n", hex, name);
    }
    return 0;
}

static int verify_gates(const verify_options *o)
{
    char why[512] = "", context[1024];
    eb_plan_options p = {.full = true, .filter = o->filter, .split_count = 1};
    p.splits[0] = (eb_split){o->threshold != 0 ? o->threshold : 3, o->agents != 0 ? o->agents : 5};
    rp_document *doc = rp_document_new();
    eb_plan plan;
    if (!eb_plan_make(&plan, doc, &p, why, sizeof why)) {
        eb_plan_free(&plan);
        rp_document_free(doc);
        return eb_usage(&command, "%s", why);
    }
    if (o->bytes) {
        const int code = print_bytes(plan.specs, plan.spec_count);
        eb_plan_free(&plan);
        rp_document_free(doc);
        return code;
    }
    eb_stop_on_signals();
    eb_proof_key(context, sizeof context);
    const bool sparse = eb_gate_sparse() && !o->every_bit;
    gt_results r;
    const gt_options g = {.context = context,
                          .force = o->force,
                          .only = o->gate,
                          .limit = eb_gate_limit(),
                          .sparse = sparse,
                          .stopped = stopped,
                          .progress = isatty(STDERR_FILENO) ? print_progress : NULL};
    int code = 1;
    if (gt_run(&r, plan.specs, plan.spec_count, &g) != EB_OK) {
        eb_fail(&command, "the gates cannot be run: no process or memory");
    } else {
        if (o->json)
            print_json(&r);
        else
            print_text(&r, o->verbose);
        if (sparse && !o->json)
            puts("under an emulator: " GT_SPARSELY " (--every-bit: all)");
        code = r.failed > 0 || r.stopped ? 1 : 0;
        if (!r.stopped && !verify_sides(o, doc))
            code = 1;
        if (r.stopped)
            eb_fail(&command, "stopped by a signal: not all gates were run");
        gt_results_free(&r);
    }
    eb_plan_free(&plan);
    rp_document_free(doc);
    return code;
}

int cmd_verify(int argc, char **argv)
{
    verify_options o = {0};
    const eb_args_status s = eb_args_parse(&command, argc, argv, &o, NULL);
    if (s != EB_ARGS_OK)
        return eb_args_exit(s);
    if (o.gate != NULL && gt_gate_find(o.gate) == NULL) {
        const char *names[32] = {NULL};
        for (size_t i = 0; i < 31 && gt_gates[i] != NULL; i++)
            names[i] = gt_gates[i]->id;
        const char *near = eb_nearest(o.gate, names);
        return eb_usage(&command, "there is no gate '%s'%s%s", o.gate, near != NULL ? "; did you mean " : "",
                        near != NULL ? near : "");
    }
    if (!eb_begin())
        return 1;
    return o.vectors.count > 0 ? verify_vectors(&o) : verify_gates(&o);
}
