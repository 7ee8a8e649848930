/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/state.h"

#include <jansson.h>
#include <string.h>

#include "build_info.h"
#include "escrowbench/registry.h"
#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/count/count.h"
#include "harness/counters.h"
#include "harness/environment.h"
#include "harness/gbench.h"
#include "harness/packages.h"

enum { MAX_MODULES = 8 };

static const char *module_paths[MAX_MODULES];
static size_t module_count;
static bool begun;

bool eb_module_add(const char *path)
{
    if (module_count == MAX_MODULES)
        return false;
    module_paths[module_count++] = path;
    return true;
}

const char *eb_module_path(size_t i)
{
    return i < module_count ? module_paths[i] : NULL;
}

bool eb_begin(void)
{
    char why[512];
    if (begun)
        return true;
    for (size_t i = 0; i < module_count; i++)
        if (eb_module_load(module_paths[i], why, sizeof why) != EB_OK) {
            fprintf(stderr, "escrowbench: module %s: %s\n", module_paths[i], why);
            return false;
        }
    if (eb_start(why, sizeof why) != EB_OK) {
        fprintf(stderr, "escrowbench: %s\n", why);
        return false;
    }
    return begun = true;
}

void eb_end(void)
{
    if (begun)
        eb_stop();
    begun = false;
}

static const char *engine(char *out, size_t len)
{
    const char *version = hn_gbench_version();
    snprintf(out, len, "Google Benchmark%s%s%s", version[0] != '\0' ? " " : "", version,
             hn_gbench_debug_build() ? " (calls itself a debug build)" : "");
    return out;
}

/* What an emulator reads from the kernel are the host's features: the CPU itself is asked. */
static void read_machine(hn_environment *e)
{
    hn_environment_read(e, "");
    if (strcmp(e->execution, "emulated") == 0)
        hn_features_seen(e->features);
}

void eb_version_print(FILE *out, bool json)
{
    const eb_backend *b;
    hn_environment e;
    char name[96];
    read_machine(&e);
    if (!json) {
        fprintf(out, "escrowbench %s%s%.12s%s%s\n", EB_VERSION, EB_COMMIT[0] != '\0' ? " (" : "", EB_COMMIT,
                EB_COMMIT[0] != '\0' && EB_DIRTY ? ", changed" : "", EB_COMMIT[0] != '\0' ? ")" : "");
        for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
            fprintf(out, "%-9s %s %s\n", b->id, b->library, b->version());
        fprintf(out, "%-9s %s\n%-9s %s, %s\n", "engine", engine(name, sizeof name), "compiler", EB_COMPILER, EB_FLAGS);
        fprintf(out, "%-9s %s%s%s\n", "machine", e.arch, e.emulator[0] != '\0' ? ", emulated by " : "", e.emulator);
        return;
    }
    json_t *libraries = json_object();
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        json_object_set_new(libraries, b->id, json_pack("{s:s, s:s}", "library", b->library, "version", b->version()));
    char program[256];
    eb_program_id(program, sizeof program);
    json_t *all =
        json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "version", EB_VERSION, "commit", EB_COMMIT,
                  "dirty", EB_DIRTY, "program", program, "compiler", EB_COMPILER, "flags", EB_FLAGS, "engine",
                  engine(name, sizeof name), "arch", e.arch, "emulator", e.emulator, "libraries", libraries);
    json_dumpf(all, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(all);
}

static void describe_timer(rp_document *doc)
{
    hn_clock_cost cost;
    double inside = 0, around = 0;
    hn_clock_measure(&cost);
    hn_counters *counters = hn_counters_open(NULL);
    doc->timer.name = rp_string(doc, "CLOCK_MONOTONIC");
    doc->timer.resolution_ns = cost.resolution_ns;
    doc->timer.pair_cost_ns = cost.pair_ns;
    if (hn_gbench_overhead(101, &inside, &around) == HN_OK)
        doc->timer.overhead_ns = inside;
    doc->timer.ticks = rp_string(doc, hn_ticks_name());
    doc->timer.ticks_hz = hn_ticks_hz(10000000);
    doc->timer.cycles = rp_string(doc, hn_counters_name(counters));
    hn_counters_close(counters);
}

bool eb_may_time(char *why, size_t len)
{
    hn_environment e;
    read_machine(&e);
    if (strcmp(e.execution, "emulated") != 0)
        return true;
    snprintf(
        why, len,
        "this program for %s runs under an emulator (%s): a time taken there is no figure; time it on a machine of "
        "its own, or count its instructions (`scripts/bench --arch`)",
        e.arch, e.emulator);
    return false;
}

unsigned eb_gate_limit(void)
{
    char why[512];
    return eb_may_time(why, sizeof why) ? 0 : 3600;
}

bool eb_gate_sparse(void)
{
    char why[512];
    return !eb_may_time(why, sizeof why);
}

/* An emulator shows the program its root's list; dpkg's is the host's there. */
static void describe_packages(rp_document *doc)
{
    rp_subject *s = &doc->subject;
    if (strcmp(doc->machine.execution, "emulated") != 0 ||
        !hn_packages_extracted("/packages", s->packages, sizeof s->packages))
        hn_packages_loaded(s->packages, sizeof s->packages);
}

void eb_describe(rp_document *doc)
{
    const eb_backend *b;
    hn_warning warnings[HN_WARNINGS_MAX];
    char name[96];
    read_machine(&doc->machine);
    hn_machine_class(&doc->machine, doc->machine_class);
    doc->subject.version = rp_string(doc, EB_VERSION);
    doc->subject.commit = rp_string(doc, EB_COMMIT);
    doc->subject.dirty = EB_DIRTY;
    doc->subject.compiler = rp_string(doc, EB_COMPILER);
    doc->subject.flags = rp_string(doc, EB_FLAGS);
    doc->subject.build_type = rp_string(doc, EB_BUILD_TYPE);
    doc->subject.engine = rp_string(doc, engine(name, sizeof name));
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        rp_add_library(doc, b->id, b->library, b->version());
    describe_packages(doc);
    describe_timer(doc);
    const size_t n = hn_environment_warnings(&doc->machine, warnings);
    for (size_t i = 0; i < n; i++)
        rp_add_warning(doc, warnings[i].text, warnings[i].remedy);
}

void eb_fingerprint(const char *path, char out[EB_FINGERPRINT])
{
    FILE *f = fopen(path, "rb");
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    unsigned char chunk[65536];
    out[0] = '\0';
    if (f == NULL)
        return;
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ chunk[i]) * UINT64_C(0x100000001b3);
    (void)fclose(f);
    snprintf(out, EB_FINGERPRINT, "%016llx", (unsigned long long)hash);
}

void eb_program_id(char *out, size_t len)
{
    char print[EB_FINGERPRINT];
    eb_fingerprint("/proc/self/exe", print);
    size_t used = (size_t)snprintf(out, len, "%s", print);
    for (size_t i = 0; i < module_count && used < len; i++) {
        eb_fingerprint(module_paths[i], print);
        used += (size_t)snprintf(out + used, len - used, "+%s", print);
    }
}

void eb_proof_key(char *out, size_t len)
{
    const eb_backend *b;
    hn_environment env;
    char program[256];
    read_machine(&env);
    eb_program_id(program, sizeof program);
    size_t used = (size_t)snprintf(out, len, "%s; %s %s %s", program, env.arch, env.features, env.emulator);
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL && used < len; i++)
        used += (size_t)snprintf(out + used, len - used, "; %s %s", b->library, b->version());
}

volatile sig_atomic_t eb_stop_flag;

static void raise_flag(int signal)
{
    (void)signal;
    eb_stop_flag = 1;
}

void eb_stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = raise_flag};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}
