/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/environment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "harness/affinity.h"
#include "harness/clock.h"
#include "harness/counters.h"

/* --- small tools ------------------------------------------------------------------------------------------------- */

/* Cuts what is too long: these are for people to read, or far shorter than their room. */
static void copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    length = length < size ? length : size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

#define COPY(field, from) copy((field), sizeof(field), (from))

/* The start of a file as a string, without white space at its end. False, and "", if it cannot be read. */
static bool slurp(const char *root, const char *path, char *out, size_t size)
{
    char full[512];
    size_t length = 0;

    out[0] = '\0';
    if ((size_t)snprintf(full, sizeof full, "%s%s", root, path) >= sizeof full) {
        return false;
    }
    FILE *file = fopen(full, "r");
    if (file == NULL) {
        return false;
    }
    length = fread(out, 1, size - 1, file);
    (void)fclose(file);
    while (length > 0 && isspace((unsigned char)out[length - 1])) {
        length--;
    }
    out[length] = '\0';
    return true;
}

/* The value of the first line "key<blanks>separator<blanks>value" of text. "" if there is none. */
static void field(const char *text, const char *key, char separator, char *out, size_t size)
{
    const size_t length = strlen(key);

    out[0] = '\0';
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        const char *at = line + length;
        if (strncmp(line, key, length) == 0) {
            at += strspn(at, " \t");
            if (*at == separator) {
                at++;
                at += strspn(at, " \t\"");
                size_t n = end != NULL ? (size_t)(end - at) : strlen(at);
                while (n > 0 && (at[n - 1] == '"' || isspace((unsigned char)at[n - 1]))) {
                    n--;
                }
                n = n < size ? n : size - 1;
                memcpy(out, at, n);
                out[n] = '\0';
                return;
            }
        }
        line = end != NULL ? end + 1 : NULL;
    }
}

static bool has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* --- the CPU ----------------------------------------------------------------------------------------------------- */

/* Enough for the first CPU's paragraph, which is all that is looked at. */
enum { CPUINFO_MAX = 16384 };

/* What makes cryptography take another path, in the kernel's words: x86, then ARM. A new word changes classes. */
static const char *const FEATURES[] = {"aes",    "pclmulqdq",  "avx2", "avx512f", "avx512ifma", "gfni",  "vaes",
                                       "sha_ni", "vpclmulqdq", "adx",  "bmi2",    "asimd",      "pmull", "sha1",
                                       "sha2",   "sha512",     "sha3", "sve",     "sve2"};

static void list_features(hn_environment *e, const char *flags)
{
    size_t length = 0;

    for (size_t i = 0; i < sizeof FEATURES / sizeof *FEATURES; i++) {
        if (has_word(flags, FEATURES[i]) && length < sizeof e->features) {
            const char *comma = length > 0 ? "," : "";
            length += (size_t)snprintf(e->features + length, sizeof e->features - length, "%s%s", comma, FEATURES[i]);
        }
    }
}

static void read_arm(hn_environment *e, const char *cpuinfo, char *flags, size_t size)
{
    char variant[16];
    char revision[16];

    field(cpuinfo, "CPU implementer", ':', e->cpu_vendor, sizeof e->cpu_vendor);
    field(cpuinfo, "CPU architecture", ':', e->cpu_family, sizeof e->cpu_family);
    field(cpuinfo, "CPU part", ':', e->cpu_model, sizeof e->cpu_model);
    field(cpuinfo, "CPU variant", ':', variant, sizeof variant);
    field(cpuinfo, "CPU revision", ':', revision, sizeof revision);
    if (variant[0] != '\0') {
        (void)snprintf(e->cpu_stepping, sizeof e->cpu_stepping, "%.7sp%.7s", variant, revision);
    }
    field(cpuinfo, "Features", ':', flags, size);
}

static void read_x86(hn_environment *e, const char *cpuinfo, char *flags, size_t size)
{
    field(cpuinfo, "vendor_id", ':', e->cpu_vendor, sizeof e->cpu_vendor);
    field(cpuinfo, "cpu family", ':', e->cpu_family, sizeof e->cpu_family);
    field(cpuinfo, "model", ':', e->cpu_model, sizeof e->cpu_model);
    field(cpuinfo, "stepping", ':', e->cpu_stepping, sizeof e->cpu_stepping);
    field(cpuinfo, "flags", ':', flags, size);
}

static void read_cpuinfo(hn_environment *e, const char *root, char *cpuinfo, char *flags, size_t size)
{
    flags[0] = '\0';
    if (!slurp(root, "/proc/cpuinfo", cpuinfo, CPUINFO_MAX)) {
        return;
    }
    field(cpuinfo, "model name", ':', e->cpu_name, sizeof e->cpu_name);
    if (begins(cpuinfo, "CPU implementer") || strstr(cpuinfo, "\nCPU implementer") != NULL) {
        read_arm(e, cpuinfo, flags, size);
    } else {
        read_x86(e, cpuinfo, flags, size);
    }
    list_features(e, flags);
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
        if (begins(text, HYPERVISORS[i].prefix)) {
            return HYPERVISORS[i].name;
        }
    }
    return NULL;
}

/* The hypervisor's own signature (x86: CPUID leaf 0x40000000), "" if there is none. */
static void cpuid_signature(char out[13])
{
    out[0] = '\0';
#if defined(__x86_64__) || defined(__i386__)
    unsigned a = 0;
    unsigned words[3] = {0, 0, 0};
    unsigned c = 0;
    unsigned d = 0;
    /* Leaf 1, ECX bit 31: a hypervisor is there; on bare metal leaf 0x40000000 is undefined. QEMU's user mode has the
     * leaf too. */
    if (__get_cpuid(1, &a, &words[0], &c, &d) == 0 || (c >> 31) == 0) {
        return;
    }
    __cpuid(0x40000000, a, words[0], words[1], words[2]);
    memcpy(out, words, sizeof words);
    out[12] = '\0';
#endif
}

static void read_hypervisor(hn_environment *e, const char *root, const char *flags)
{
    static const char *const FILES[] = {"/sys/hypervisor/type", "/sys/class/dmi/id/product_name",
                                        "/sys/class/dmi/id/sys_vendor"};
    const bool x86 = flags[0] != '\0' && !has_word(flags, "asimd");
    const bool flag = has_word(flags, "hypervisor");
    char text[128];

    if (x86 && !flag && flags[0] != '\0') {
        COPY(e->hypervisor, "none");
        return;
    }
    if (root[0] == '\0') {
        char signature[13];
        cpuid_signature(signature);
        const char *name = hypervisor_name(signature);
        if (name != NULL) {
            COPY(e->hypervisor, name);
            return;
        }
    }
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const char *name = slurp(root, FILES[i], text, sizeof text) ? hypervisor_name(text) : NULL;
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
    if (flag) {
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
    if (begins(slash != NULL ? slash + 1 : target, "qemu-")) {
        COPY(e->emulator, "qemu-user");
    } else if (strstr(target, "/valgrind/") != NULL) {
        COPY(e->emulator, "valgrind");
    }
}

static void read_execution(hn_environment *e, const char *root, const char *cpuinfo)
{
    const bool arm_program = begins(e->arch, "aarch64") || begins(e->arch, "arm");
    const bool x86_program = begins(e->arch, "x86") || begins(e->arch, "i686");
    const bool x86_cpu = strstr(cpuinfo, "vendor_id") != NULL;
    const bool arm_cpu = strstr(cpuinfo, "CPU implementer") != NULL;
    char signature[13] = "";

    read_interpreter(e, root);
    if (root[0] == '\0') {
        cpuid_signature(signature);
    }
    if (e->emulator[0] == '\0' && memcmp(signature, "TCG", 3) == 0) {
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
    const int picked = hn_affinity_pick();
    char path[96];

    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
                   picked > 0 ? picked : 0);
    if (!slurp(root, path, e->governor, sizeof e->governor)) {
        (void)slurp(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", e->governor, sizeof e->governor);
    }
}

/* "on" or "off" from a file that holds a number. */
static void read_switch(const char *root, const char *path, char on, char *out, size_t size)
{
    char text[16];

    if (out[0] == '\0' && slurp(root, path, text, sizeof text) && (text[0] == '0' || text[0] == '1')) {
        copy(out, size, text[0] == on ? "on" : "off");
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
        slurp(root, "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", siblings, sizeof siblings)) {
        COPY(e->smt, strpbrk(siblings, ",-") != NULL ? "on" : "off");
    }
}

static void read_system(hn_environment *e, const char *root)
{
    char text[4096];
    char value[64];

    if (slurp(root, "/etc/os-release", text, sizeof text)) {
        field(text, "PRETTY_NAME", '=', e->os, sizeof e->os);
    }
#if defined(__GLIBC__)
    (void)snprintf(e->libc, sizeof e->libc, "glibc %.32s", gnu_get_libc_version());
#else
    COPY(e->libc, "other");
#endif
    (void)slurp(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource", e->clocksource,
                sizeof e->clocksource);
    if (slurp(root, "/proc/loadavg", text, sizeof text)) {
        e->load_1min = strtod(text, NULL);
    }
    char throttled[96];
    (void)snprintf(throttled, sizeof throttled, "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count",
                   hn_affinity_pick());
    if (slurp(root, throttled, text, sizeof text)) {
        e->throttle_events = (int64_t)strtoll(text, NULL, 10);
    }
    if (slurp(root, "/proc/meminfo", text, sizeof text)) {
        field(text, "MemTotal", ':', value, sizeof value);
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
    read_hypervisor(out, root, flags);
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
