/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/gbench.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/clock.h"

namespace
{

/* Takes the one run that a slice makes; prints nothing. Only fields that all versions from 1.7 on share are used. */
class SliceReporter final : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type == Run::RT_Iteration) {
                seen = true;
                iterations = run.iterations;
                seconds = run.real_accumulated_time;
            }
        }
    }

    bool seen = false;
    benchmark::IterationCount iterations = 0;
    double seconds = 0;
};

/* The engine takes its flags from BENCHMARK_* variables too (filter, repetitions, warm-up, dry run), which would
 * change what a slice is. The command line overrides them; flags that a version does not know are left alone. */
void initialise()
{
    static bool done = false;
    if (done) {
        return;
    }
    done = true;
    /* Static: the engine keeps the pointer to its name. */
    static char args[][48] = {"harness",
                              "--benchmark_filter=",
                              "--benchmark_out=",
                              "--benchmark_list_tests=false",
                              "--benchmark_repetitions=1",
                              "--benchmark_enable_random_interleaving=false",
                              "--benchmark_report_aggregates_only=false",
                              "--benchmark_display_aggregates_only=false",
                              "--benchmark_perf_counters=",
                              "--benchmark_min_warmup_time=0",
                              "--benchmark_dry_run=false"};
    char *argv[sizeof args / sizeof *args + 1] = {};
    int argc = 0;
    for (char *arg : args) {
        argv[argc++] = arg;
    }
    benchmark::Initialize(&argc, argv);
}

uint64_t difference(uint64_t before, uint64_t after)
{
    return before != 0 && after > before ? after - before : 0;
}

/* As often as a slice says, or until one fails. */
inline int call(hn_fn op, void *ctx, benchmark::IterationCount iterations)
{
    for (benchmark::IterationCount i = 0; i < iterations; i++) {
        const int error = op(ctx);
        if (__builtin_expect(error != 0, 0)) {
            return error;
        }
    }
    return 0;
}

/* The loop alone; the empty statement keeps the compiler from leaving it out. */
inline int plain(void *ctx, benchmark::IterationCount iterations)
{
    for (benchmark::IterationCount i = 0; i < iterations; i++) {
        __asm__ volatile("" : : "r"(ctx) : "memory");
    }
    return 0;
}

/* The engine's own timer reads the thread's CPU clock, a system call, after it has started: 1.5 us of a slice that may
 * hold a single short operation. So the batch is timed here, and handed to the engine as manual time. */
void loop(benchmark::State &state, hn_fn op, void *ctx, const hn_counters *counters, hn_slice *out)
{
    const benchmark::IterationCount iterations = state.max_iterations;
    while (state.KeepRunningBatch(iterations)) {
        const hn_counts before = hn_counters_read(counters);
        const uint64_t ticks = hn_ticks();
        const uint64_t began = hn_now_ns();
        const int error = op == hn_gbench_plain ? plain(ctx, iterations) : call(op, ctx, iterations);
        const uint64_t ended = hn_now_ns();
        out->ticks = hn_ticks() - ticks;
        const hn_counts after = hn_counters_read(counters);
        out->cycles = difference(before.cycles, after.cycles);
        out->instructions = difference(before.instructions, after.instructions);
        out->op_error = error;
        if (error != 0) {
            state.SkipWithError("operation failed");
            break;
        }
        state.SetIterationTime(static_cast<double>(ended - began) * 1e-9);
    }
}

hn_status run(const char *name, hn_fn op, void *ctx, uint64_t iterations, const hn_counters *counters, hn_slice *out)
{
    SliceReporter reporter;
    initialise();
    benchmark::RegisterBenchmark(name, [=](benchmark::State &state) { loop(state, op, ctx, counters, out); })
        ->Iterations(static_cast<benchmark::IterationCount>(iterations))
        ->UseManualTime();
    benchmark::RunSpecifiedBenchmarks(&reporter, nullptr, ".");
    if (out->op_error != 0) {
        return HN_ERR_OP;
    }
    if (!reporter.seen || reporter.iterations <= 0) {
        return HN_ERR_ENGINE;
    }
    out->iterations = static_cast<uint64_t>(reporter.iterations);
    out->ns = reporter.seconds * 1e9;
    return HN_OK;
}

int nothing(void *)
{
    return 0;
}

/* The engine tells its version and build only to its JSON reporter. */
const std::string &context_json()
{
    static const std::string json = [] {
        std::ostringstream text;
        initialise();
        benchmark::JSONReporter reporter;
        reporter.SetOutputStream(&text);
        reporter.SetErrorStream(&text);
        reporter.ReportContext(benchmark::BenchmarkReporter::Context());
        return text.str();
    }();
    return json;
}

std::string context_field(const char *key)
{
    const std::string quoted = std::string("\"") + key + "\": \"";
    const std::string &json = context_json();
    const size_t at = json.find(quoted);
    if (at == std::string::npos) {
        return "";
    }
    const size_t from = at + quoted.size();
    return json.substr(from, json.find('"', from) - from);
}

double median(std::vector<double> &values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

int hn_gbench_plain(void *)
{
    return 0;
}

hn_status hn_gbench_slice(const char *name, hn_fn op, void *ctx, uint64_t iterations, hn_counters *counters,
                          hn_slice *out)
{
    if (out == nullptr) {
        return HN_ERR_INVALID;
    }
    *out = hn_slice{};
    if (op == nullptr || iterations == 0 || iterations > static_cast<uint64_t>(INT64_MAX)) {
        return HN_ERR_INVALID;
    }
    hn_status status = HN_ERR_ENGINE;
    try {
        status = run(name != nullptr && *name != '\0' ? name : "cell", op, ctx, iterations, counters, out);
    } catch (const std::bad_alloc &) { /* C callers cannot catch */
        status = HN_ERR_MEMORY;
    } catch (
        ...) { /* the engine's own: it stumbles over an emulator's /proc/cpuinfo, which is of another architecture */
        status = HN_ERR_ENGINE;
    }
    benchmark::ClearRegisteredBenchmarks();
    if (status != HN_OK) {
        const int error = status == HN_ERR_OP ? out->op_error : 0;
        *out = hn_slice{};
        out->op_error = error;
    }
    return status;
}

hn_status hn_gbench_overhead(uint32_t runs, double *inside_ns, double *around_ns)
{
    if (runs == 0 || inside_ns == nullptr || around_ns == nullptr) {
        return HN_ERR_INVALID;
    }
    *inside_ns = *around_ns = 0;
    try {
        std::vector<double> inside;
        std::vector<double> around;
        for (uint32_t i = 0; i <= runs; i++) {
            hn_slice slice;
            const uint64_t began = hn_now_ns();
            const hn_status status = hn_gbench_slice("overhead", nothing, nullptr, 1, nullptr, &slice);
            const uint64_t ended = hn_now_ns();
            if (status != HN_OK) {
                return status;
            }
            if (i > 0) { /* the first run of a process sets the engine up */
                inside.push_back(slice.ns);
                around.push_back(static_cast<double>(ended - began) - slice.ns);
            }
        }
        *inside_ns = median(inside);
        *around_ns = median(around);
    } catch (const std::bad_alloc &) {
        return HN_ERR_MEMORY;
    } catch (...) {
        return HN_ERR_ENGINE;
    }
    return HN_OK;
}

const char *hn_gbench_version(void)
{
    static char version[32];
    try {
        const std::string found = context_field("library_version");
        const size_t skip = found.size() > 1 && found[0] == 'v' ? 1 : 0;
        std::strncpy(version, found.c_str() + skip, sizeof version - 1);
    } catch (...) {
        version[0] = '\0';
    }
    return version;
}

bool hn_gbench_debug_build(void)
{
    try {
        return context_field("library_build_type") == "debug";
    } catch (...) {
        return false;
    }
}
