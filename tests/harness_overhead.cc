/* SPDX-License-Identifier: Apache-2.0 */
/* What the harness adds to what it times: a plain Google Benchmark loop in C++, against the same work as a C callback
 * through hn_gbench_slice(), paired round by round.
 *
 *   harness_overhead [--json] [--rounds N] [--limit NS]
 *
 * Exit status: 0; 1 if the callback adds more than NS to an operation, the interval's lower end too; 2 if something
 * failed. On a busy machine all figures grow by a factor: --limit wants an idle one. */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/gbench.h"
#include "harness/rng.h"
#include "harness/stats.h"

namespace
{

struct Work {
    uint64_t state;
    int steps;
};

/* `steps` dependent steps: inlined into the plain loop, behind a function pointer in the other. With none, no memory is
 * touched: a value carried from call to call through memory would cost one side its store forwarding. */
inline void advance(Work &work)
{
    if (work.steps == 0) {
        benchmark::DoNotOptimize(&work);
        return;
    }
    uint64_t x = work.state;
    for (int i = 0; i < work.steps; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
    }
    work.state = x;
    benchmark::DoNotOptimize(work.state);
}

int callback(void *ctx)
{
    advance(*static_cast<Work *>(ctx));
    return 0;
}

class Keep final : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        ns = runs.empty() ? 0 : runs[0].real_accumulated_time * 1e9;
    }
    double ns = 0;
};

/* Nanoseconds of one operation, as a C++ program would have them measured. */
double plain(Work &work, uint64_t iterations)
{
    Keep keep;
    benchmark::RegisterBenchmark("plain",
                                 [&work](benchmark::State &state) {
                                     for (auto _ : state) {
                                         advance(work);
                                     }
                                 })
        ->Iterations(static_cast<benchmark::IterationCount>(iterations))
        ->UseRealTime();
    benchmark::RunSpecifiedBenchmarks(&keep, nullptr, ".");
    benchmark::ClearRegisteredBenchmarks();
    return keep.ns / static_cast<double>(iterations);
}

double wrapped(Work &work, uint64_t iterations)
{
    hn_slice slice;
    if (hn_gbench_slice("wrapped", callback, &work, iterations, nullptr, &slice) != HN_OK) {
        return -1;
    }
    return slice.ns / static_cast<double>(iterations);
}

struct Comparison {
    const char *name;
    int steps;
    uint64_t iterations;
    double plain_ns, wrapped_ns, added_ns;
    hn_interval interval; /* of added_ns */
};

bool compare(Comparison &c, size_t rounds, hn_rng &rng)
{
    std::vector<double> a(rounds);
    std::vector<double> b(rounds);
    std::vector<double> added(rounds);
    Work work{1, c.steps};

    for (size_t i = 0; i < rounds + 2; i++) { /* two rounds to warm up */
        const size_t at = i < 2 ? 0 : i - 2;
        const bool first = hn_rng_below(&rng, 2) == 0;
        if (first) {
            a[at] = plain(work, c.iterations);
        }
        b[at] = wrapped(work, c.iterations);
        if (!first) {
            a[at] = plain(work, c.iterations);
        }
        if (a[at] <= 0 || b[at] <= 0) {
            return false;
        }
        added[at] = b[at] - a[at];
    }
    hn_sort(added.data(), rounds);
    c.plain_ns = hn_median(a.data(), rounds, nullptr);
    c.wrapped_ns = hn_median(b.data(), rounds, nullptr);
    c.added_ns = hn_median_sorted(added.data(), rounds);
    return hn_median_interval_sorted(added.data(), rounds, &c.interval);
}

struct Engine {
    double inside_ns, around_ns;
    hn_clock_cost clock;
    hn_affinity affinity;
};

void print_text(const std::vector<Comparison> &all, const Engine &engine, size_t rounds)
{
    std::printf("%-10s %12s %12s %12s   95 %% interval (%zu rounds, one process)\n", "operation", "plain ns",
                "wrapped ns", "added ns", rounds);
    for (const Comparison &c : all) {
        std::printf("%-10s %12.3f %12.3f %12.3f   %.3f to %.3f\n", c.name, c.plain_ns, c.wrapped_ns, c.added_ns,
                    c.interval.low, c.interval.high);
    }
    std::printf("a slice: %.0f ns inside its clock, %.0f ns around it\n", engine.inside_ns, engine.around_ns);
    std::printf("a clock pair: %.1f ns; CPU %d%s\n", engine.clock.pair_ns, engine.affinity.cpu,
                engine.affinity.pinned ? "" : ", not pinned");
}

void print_json(const std::vector<Comparison> &all, const Engine &engine, size_t rounds)
{
    std::printf("{\n  \"rounds\": %zu,\n  \"cpu\": %d,\n  \"pinned\": %s,\n", rounds, engine.affinity.cpu,
                engine.affinity.pinned ? "true" : "false");
    std::printf("  \"slice_inside_ns\": %.1f,\n  \"slice_around_ns\": %.1f,\n", engine.inside_ns, engine.around_ns);
    std::printf("  \"clock_pair_ns\": %.1f,\n  \"clock_resolution_ns\": %.1f,\n  \"operations\": [\n",
                engine.clock.pair_ns, engine.clock.resolution_ns);
    for (size_t i = 0; i < all.size(); i++) {
        const Comparison &c = all[i];
        std::printf("    {\"name\": \"%s\", \"iterations\": %llu, \"plain_ns\": %.4f, \"wrapped_ns\": %.4f, "
                    "\"added_ns\": %.4f, \"added_low_ns\": %.4f, \"added_high_ns\": %.4f, \"coverage\": %.4f}%s\n",
                    c.name, static_cast<unsigned long long>(c.iterations), c.plain_ns, c.wrapped_ns, c.added_ns,
                    c.interval.low, c.interval.high, c.interval.coverage, i + 1 < all.size() ? "," : "");
    }
    std::printf("  ]\n}\n");
}

int usage()
{
    std::fputs("usage: harness_overhead [--json] [--rounds N] [--limit NS]\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<Comparison> all = {{"empty", 0, 1000000, 0, 0, 0, {}}, {"100 steps", 100, 20000, 0, 0, 0, {}}};
    Engine engine = {};
    size_t rounds = 101;
    double limit = 0;
    bool json = false;
    hn_rng rng;

    for (int i = 1; i < argc; i++) {
        if (std::strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
            rounds = std::strtoul(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
            limit = std::strtod(argv[++i], nullptr);
        } else {
            return usage();
        }
    }
    if (rounds < 6 || rounds > 100000) { /* fewer have no interval */
        return usage();
    }
    hn_affinity_pin(-1, &engine.affinity);
    hn_rng_seed(&rng, 1);
    hn_clock_measure(&engine.clock);
    bool good = hn_gbench_overhead(501, &engine.inside_ns, &engine.around_ns) == HN_OK;
    for (Comparison &c : all) {
        good = good && compare(c, rounds, rng);
    }
    if (!good) {
        std::fputs("harness_overhead: the engine failed\n", stderr);
        return 2;
    }
    (json ? print_json : print_text)(all, engine, rounds);
    return limit > 0 && all[0].interval.low > limit ? 1 : 0;
}
