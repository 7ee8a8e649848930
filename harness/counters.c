/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/counters.h"

#include <stddef.h>
#include <stdlib.h>

/* Where libc and kernel headers are separate packages, the latter may be missing. */
#if defined(__linux__) && __has_include(<linux/perf_event.h>)

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct hn_counters {
    int cycles; /* leads the group, so that both count over the same stretch */
    int instructions;
};

static int open_counter(uint64_t what, int group)
{
    struct perf_event_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.type = PERF_TYPE_HARDWARE;
    attr.size = sizeof attr;
    attr.config = what;
    attr.exclude_kernel = 1; /* also what an unprivileged user may have */
    attr.exclude_hv = 1;
    attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, group, PERF_FLAG_FD_CLOEXEC);
}

static const char *reason(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "not permitted (kernel.perf_event_paranoid, or a sandbox)";
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
        return "the CPU, or the hypervisor, offers none";
    case ENOSYS:
        return "the kernel has no perf events";
    default:
        return "the kernel refused to open them";
    }
}

hn_counters *hn_counters_open(const char **why)
{
    const char *unused;
    hn_counters *counters = malloc(sizeof *counters);

    why = why != NULL ? why : &unused;
    *why = "out of memory";
    if (counters == NULL) {
        return NULL;
    }
    counters->cycles = open_counter(PERF_COUNT_HW_CPU_CYCLES, -1);
    counters->instructions = counters->cycles < 0 ? -1 : open_counter(PERF_COUNT_HW_INSTRUCTIONS, counters->cycles);
    if (counters->instructions < 0) {
        *why = reason(errno);
        hn_counters_close(counters);
        return NULL;
    }
    /* Some hypervisors open counters that stand still. */
    const hn_counts before = hn_counters_read(counters);
    for (volatile int i = 0; i < 10000; i++) {
    }
    const hn_counts after = hn_counters_read(counters);
    if (after.cycles <= before.cycles || after.instructions < before.instructions + 10000) {
        *why = "they open, but do not count";
        hn_counters_close(counters);
        return NULL;
    }
    *why = "";
    return counters;
}

hn_counts hn_counters_read(const hn_counters *counters)
{
    struct {
        uint64_t members, enabled, running, value[2];
    } group;
    hn_counts counts = {0, 0};

    if (counters != NULL && read(counters->cycles, &group, sizeof group) == (ssize_t)sizeof group &&
        group.enabled == group.running) {
        counts.cycles = group.value[0];
        counts.instructions = group.value[1];
    }
    return counts;
}

void hn_counters_close(hn_counters *counters)
{
    if (counters == NULL) {
        return;
    }
    if (counters->instructions >= 0) {
        (void)close(counters->instructions);
    }
    if (counters->cycles >= 0) {
        (void)close(counters->cycles);
    }
    free(counters);
}

#else

hn_counters *hn_counters_open(const char **why)
{
    if (why != NULL) {
        *why = "built without perf events";
    }
    return NULL;
}

hn_counts hn_counters_read(const hn_counters *counters)
{
    (void)counters;
    return (hn_counts){0, 0};
}

void hn_counters_close(hn_counters *counters)
{
    (void)counters;
}

#endif

const char *hn_counters_name(const hn_counters *counters)
{
    return counters != NULL ? "perf" : "none";
}
