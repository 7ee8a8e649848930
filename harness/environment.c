/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif
#include "harness/affinity.h"
#include "harness/arch.h"
#include "harness/clock.h"
#include "harness/cores.h"
#include "harness/counters.h"
#include "harness/text.h"

#define COPY(field, from) hn_text_copy((field), sizeof(field), (from))

/* --- the CPU ----------------------------------------------------------------------------------------------------- */

/* Room for what /proc/cpuinfo says of one CPU. */
enum { CPUINFO_MAX = 16384 };

static void list_features(hn_environment *e, const hn_feature *features, const char *flags)
{
    size_t length = 0;

    for (const hn_feature *f = features; f->name != NULL; f++) {
        if (hn_text_has_word(flags, f->name) && length < sizeof e->features) {
            const char *comma = length > 0 ? "," : "";
            length += (size_t)snprintf(e->features + length, sizeof e->features - length, "%s%s", comma, f->name);
        }
    }
}

/* Of the CPU that a run uses: cores can differ. Whose architecture the kernel talks of need not be the program's. */
static void read_cpuinfo(hn_environment *e, const char *root, char *cpuinfo, char *flags, size_t size)
{
    static const hn_arch *const ARCHES[] = {&hn_arch_x86, &hn_arch_arm};
    char mark[64];

    const int picked = hn_affinity_pick_from(root);

    flags[0] = '\0';
    (void)hn_cores_cpuinfo(root, picked, cpuinfo, CPUINFO_MAX);
    for (size_t i = 0; i < sizeof ARCHES / sizeof *ARCHES; i++) {
        hn_text_field(cpuinfo, ARCHES[i]->mark, ':', mark, sizeof mark);
        if (mark[0] != '\0') {
            ARCHES[i]->identify(e, cpuinfo);
            hn_text_field(cpuinfo, ARCHES[i]->flags, ':', flags, size);
            list_features(e, ARCHES[i]->features, flags);
        }
    }
    hn_cores_kinds(root, e->cores, sizeof e->cores);
    e->slow_core = hn_cores_is_slow(root, picked);
}

/* What the maker calls the machine: firmware's tables (x86, servers) or the device tree (boards). */
static void read_board(hn_environment *e, const char *root)
{
    if (!hn_text_slurp(root, "/sys/firmware/devicetree/base/model", e->board, sizeof e->board)) {
        (void)hn_text_slurp(root, "/sys/class/dmi/id/product_name", e->board, sizeof e->board);
    }
}

/* --- who runs it: hypervisor, emulator --------------------------------------------------------------------------- */

/* What hypervisors call themselves, as a prefix, and what we call them. */
static const struct {
    const char *prefix, *name;
} HYPERVISORS[] = {{"KVMKVMKVM", "kvm"},
                   {"Linux KVM Hv", "kvm"},
                   {"TCGTCGTCGTCG", "qemu-tcg"},
                   {"Microsoft Hv", "hyper-v"},
                   {"VMwareVMware", "vmware"},
                   {"XenVMMXenVMM", "xen"},
                   {"VBoxVBoxVBox", "virtualbox"},
                   {"bhyve bhyve", "bhyve"},
                   {"ACRNACRNACRN", "acrn"},
                   {" lrpepyh  vr", "parallels"},
                   /* DMI vendors and products */
                   {"QEMU", "kvm"},
                   {"KVM", "kvm"},
                   {"Amazon EC2", "ec2"},
                   {"Google", "gce"},
                   {"Microsoft Corporation", "hyper-v"},
                   {"VMware", "vmware"},
                   {"Xen", "xen"},
                   {"innotek", "virtualbox"},
                   {"VirtualBox", "virtualbox"},
                   {"Parallels", "parallels"},
                   {"Apple Virtualization", "apple"},
                   {"xen", "xen"}};

static const char *hypervisor_name(const char *text)
{
    for (size_t i = 0; i < sizeof HYPERVISORS / sizeof *HYPERVISORS; i++) {
        if (hn_text_begins(text, HYPERVISORS[i].prefix)) {
            return HYPERVISORS[i].name;
        }
    }
    return NULL;
}

static void read_hypervisor(hn_environment *e, const char *root, const char *cpuinfo, const char *flags)
{
    static const char *const FILES[] = {"/sys/hypervisor/type", "/sys/class/dmi/id/product_name",
                                        "/sys/class/dmi/id/sys_vendor"};
    const bool x86 = strstr(cpuinfo, hn_arch_x86.mark) != NULL;
    const bool flag = hn_text_has_word(flags, "hypervisor");
    char text[128];

    if (x86 && !flag && flags[0] != '\0') {
        COPY(e->hypervisor, "none");
        return;
    }
    if (root[0] == '\0') {
        char signature[HN_SIGNATURE_MAX];
        hn_arch_signature(signature);
        const char *name = hypervisor_name(signature);
        if (name != NULL) {
            COPY(e->hypervisor, name);
            return;
        }
    }
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const char *name = hn_text_slurp(root, FILES[i], text, sizeof text) ? hypervisor_name(text) : NULL;
        /* Amazon's instances without a hypervisor say so in the product's name. */
        if (strstr(text, ".metal") != NULL) {
            COPY(e->hypervisor, "none");
            return;
        }
        if (name != NULL) {
            COPY(e->hypervisor, name);
            return;
        }
    }
    /* A device tree describes a board, or what QEMU and others make up in its stead; then the kernel names who did. */
    if (hn_text_slurp(root, "/sys/firmware/devicetree/base/hypervisor/compatible", text, sizeof text)) {
        const char *maker = strrchr(text, ',');
        COPY(e->hypervisor, maker != NULL ? maker + 1 : text);
    } else if (hn_text_slurp(root, "/sys/firmware/devicetree/base/model", text, sizeof text)) {
        COPY(e->hypervisor, strcmp(text, "linux,dummy-virt") == 0 ? "unknown" : "none");
    } else if (flag) {
        COPY(e->hypervisor, "unknown");
    }
}

/* The program that the kernel is really running. QEMU's user mode and valgrind answer for /proc/self/exe themselves,
 * with the name of the program that they run; the way through thread-self is open. */
static void read_interpreter(hn_environment *e, const char *root)
{
    char path[512];
    char target[256];

    if ((size_t)snprintf(path, sizeof path, "%s/proc/thread-self/exe", root) >= sizeof path) {
        return;
    }
    const ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0) {
        return;
    }
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    if (hn_text_begins(slash != NULL ? slash + 1 : target, "qemu-")) {
        COPY(e->emulator, "qemu-user");
    } else if (strstr(target, "/valgrind/") != NULL) {
        COPY(e->emulator, "valgrind");
    }
}

static void read_execution(hn_environment *e, const char *root, const char *cpuinfo)
{
    const bool arm_program = hn_text_begins(e->arch, "aarch64") || hn_text_begins(e->arch, "arm");
    const bool x86_program = hn_text_begins(e->arch, "x86") || hn_text_begins(e->arch, "i686");
    const bool x86_cpu = strstr(cpuinfo, hn_arch_x86.mark) != NULL;
    const bool arm_cpu = strstr(cpuinfo, hn_arch_arm.mark) != NULL;
    char signature[HN_SIGNATURE_MAX] = "";

    read_interpreter(e, root);
    if (root[0] == '\0') {
        hn_arch_signature(signature);
    }
    if (e->emulator[0] == '\0' && hn_text_begins(signature, "TCG")) {
        COPY(e->emulator, "qemu");
    }
    /* QEMU's user mode shows the host's cpuinfo for most architectures. */
    if (e->emulator[0] == '\0' && ((arm_program && x86_cpu) || (x86_program && arm_cpu))) {
        COPY(e->emulator, "qemu-user");
    }
    COPY(e->execution, e->emulator[0] != '\0' ? "emulated" : "native");
}

/* --- state of machine and kernel --------------------------------------------------------------------------------- */

static void read_governor(hn_environment *e, const char *root)
{
    const int picked = hn_affinity_pick_from(root);
    char path[96];

    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
                   picked > 0 ? picked : 0);
    if (!hn_text_slurp(root, path, e->governor, sizeof e->governor)) {
        (void)hn_text_slurp(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", e->governor,
                            sizeof e->governor);
    }
}

/* "on" or "off" from a file that holds a number. */
static void read_switch(const char *root, const char *path, char on, char *out, size_t size)
{
    char text[16];

    if (out[0] == '\0' && hn_text_slurp(root, path, text, sizeof text) && (text[0] == '0' || text[0] == '1')) {
        hn_text_copy(out, size, text[0] == on ? "on" : "off");
    }
}

static void read_cores(hn_environment *e, const char *root)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    char siblings[64];

    e->cpus_online = online > 0 ? (int)online : -1;
    e->cpus_allowed = hn_affinity_allowed();
    read_governor(e, root);
    read_switch(root, "/sys/devices/system/cpu/intel_pstate/no_turbo", '0', e->turbo, sizeof e->turbo);
    read_switch(root, "/sys/devices/system/cpu/cpufreq/boost", '1', e->turbo, sizeof e->turbo);
    read_switch(root, "/sys/devices/system/cpu/smt/active", '1', e->smt, sizeof e->smt);
    if (e->smt[0] == '\0' &&
        hn_text_slurp(root, "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", siblings, sizeof siblings)) {
        COPY(e->smt, strpbrk(siblings, ",-") != NULL ? "on" : "off");
    }
}

static void read_system(hn_environment *e, const char *root)
{
    char text[4096];
    char value[64];

    if (hn_text_slurp(root, "/etc/os-release", text, sizeof text)) {
        hn_text_field(text, "PRETTY_NAME", '=', e->os, sizeof e->os);
    }
    (void)hn_text_slurp(root, "/etc/escrowbench-root", e->root, sizeof e->root);
#if defined(__GLIBC__)
    (void)snprintf(e->libc, sizeof e->libc, "glibc %.32s", gnu_get_libc_version());
#else
    COPY(e->libc, "other");
#endif
    (void)hn_text_slurp(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource", e->clocksource,
                        sizeof e->clocksource);
    if (hn_text_slurp(root, "/proc/loadavg", text, sizeof text)) {
        e->load_1min = strtod(text, NULL);
    }
    char throttled[96];
    (void)snprintf(throttled, sizeof throttled, "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count",
                   hn_affinity_pick_from(root));
    if (hn_text_slurp(root, throttled, text, sizeof text)) {
        e->throttle_events = (int64_t)strtoll(text, NULL, 10);
    }
    if (hn_text_slurp(root, "/proc/meminfo", text, sizeof text)) {
        hn_text_field(text, "MemTotal", ':', value, sizeof value);
        if (value[0] != '\0') {
            e->memory_bytes = (int64_t)strtoll(value, NULL, 10) * 1024;
        }
    }
}

static void read_timers(hn_environment *e)
{
    const char *why = "";
    hn_counters *counters = hn_counters_open(&why);

    COPY(e->ticks, hn_ticks_name());
    COPY(e->counters, hn_counters_name(counters));
    COPY(e->counters_missing, why);
    hn_counters_close(counters);
}

void hn_environment_read(hn_environment *out, const char *root)
{
    char cpuinfo[CPUINFO_MAX] = "";
    char flags[4096];
    struct utsname names;

    root = root != NULL ? root : "";
    memset(out, 0, sizeof *out);
    out->cpus_online = out->cpus_allowed = -1;
    out->load_1min = -1;
    out->memory_bytes = -1;
    out->throttle_events = -1;
    if (uname(&names) == 0) {
        COPY(out->arch, names.machine);
        (void)snprintf(out->kernel, sizeof out->kernel, "%.40s %.80s", names.sysname, names.release);
    }
    read_cpuinfo(out, root, cpuinfo, flags, sizeof flags);
    read_board(out, root);
    read_hypervisor(out, root, cpuinfo, flags);
    read_execution(out, root, cpuinfo);
    read_cores(out, root);
    read_system(out, root);
    read_timers(out);
}

static const char *or_unknown(const char *text)
{
    return text[0] != '\0' ? text : "?";
}

void hn_machine_class(const hn_environment *environment, char out[HN_MACHINE_CLASS_MAX])
{
    const hn_environment *e = environment;

    (void)snprintf(out, HN_MACHINE_CLASS_MAX, "%s; %s %s %s %s; %s; %s; %s", or_unknown(e->arch),
                   or_unknown(e->cpu_vendor), or_unknown(e->cpu_family), or_unknown(e->cpu_model),
                   or_unknown(e->cpu_stepping), or_unknown(e->features), or_unknown(e->hypervisor),
                   or_unknown(e->execution));
}
