/* SPDX-License-Identifier: Apache-2.0 */
/* What may spoil a run. Each warning names its remedy, else it is noise. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/environment.h"

typedef struct list {
    hn_warning *items;
    size_t count;
} list;

static __attribute__((format(printf, 3, 4))) void warn(list *l, const char *remedy, const char *format, ...)
{
    va_list arguments;

    if (l->count == HN_WARNINGS_MAX) {
        return;
    }
    hn_warning *w = &l->items[l->count++];
    va_start(arguments, format);
    (void)vsnprintf(w->text, sizeof w->text, format, arguments);
    va_end(arguments);
    (void)snprintf(w->remedy, sizeof w->remedy, "%s", remedy);
}

static bool is(const char *text, const char *what)
{
    return strcmp(text, what) == 0;
}

static bool virtualised(const hn_environment *e)
{
    return e->hypervisor[0] != '\0' && !is(e->hypervisor, "none");
}

static void warn_execution(list *l, const hn_environment *e)
{
    if (is(e->execution, "emulated")) {
        warn(l, "run it natively; an emulator can count instructions, but its times mean nothing",
             "the program runs under an emulator (%s)", e->emulator);
    } else if (virtualised(e)) {
        warn(l, "rely on paired ratios, not on absolute times; for those, use a machine of your own",
             "this is a virtual machine (%s): other guests share its cores and caches", e->hypervisor);
    }
}

static void warn_frequency(list *l, const hn_environment *e)
{
    if (e->governor[0] != '\0' && !is(e->governor, "performance")) {
        warn(l, "sudo cpupower frequency-set -g performance", "the CPU governor is \"%s\": clock rates vary",
             e->governor);
    }
    if (is(e->turbo, "on")) {
        warn(l, "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost (intel_pstate: echo 1 to its no_turbo)",
             "turbo is on: the clock rate depends on heat and on the other cores");
    }
}

static void warn_core(list *l, const hn_environment *e)
{
    if (e->slow_core) {
        warn(l, "allow the program a core of the fastest kind (taskset, container limits)",
             "the program may only use slow cores of this machine");
    }
}

static void warn_neighbours(list *l, const hn_environment *e)
{
    /* A run's own process makes up for 1. */
    if (e->load_1min > 1.2) {
        warn(l, "end other programs, or wait until the load falls below 1",
             "other programs are busy (load average %.2f)", e->load_1min);
    }
    if (is(e->smt, "on") && !virtualised(e)) {
        warn(l, "echo off | sudo tee /sys/devices/system/cpu/smt/control, or keep the sibling thread idle",
             "SMT is on: another thread can share the core");
    }
    if (e->cpus_allowed == 1 && e->cpus_online != 1) {
        warn(l, "allow a second CPU (taskset, container limits), so that other work has somewhere to go",
             "the program may use a single CPU, which other programs may use as well");
    } else if (e->cpus_online == 1) {
        warn(l, "use a machine with two CPUs or more",
             "the machine has a single CPU: all other work interrupts the run");
    }
}

static void warn_timers(list *l, const hn_environment *e)
{
    const bool forbidden = strstr(e->counters_missing, "not permitted") != NULL;

    if (is(e->counters, "none")) {
        warn(l,
             forbidden ? "sudo sysctl kernel.perf_event_paranoid=2, or give the container CAP_PERFMON"
                       : "use a machine with counters, or count instructions under an emulator",
             "no cycle and instruction counters: %s", e->counters_missing);
    }
    /* These are read by a trap or over a slow bus: about 1 us instead of 25 ns. */
    if (is(e->clocksource, "hpet") || is(e->clocksource, "acpi_pm") || is(e->clocksource, "jiffies")) {
        warn(l, "boot with clocksource=tsc (tsc=reliable if the kernel distrusts it)",
             "the kernel's clock source is \"%s\": slow to read or coarse", e->clocksource);
    }
}

size_t hn_environment_warnings(const hn_environment *environment, hn_warning out[HN_WARNINGS_MAX])
{
    list l = {.items = out, .count = 0};

    warn_execution(&l, environment);
    warn_frequency(&l, environment);
    warn_core(&l, environment);
    warn_neighbours(&l, environment);
    warn_timers(&l, environment);
    return l.count;
}
