/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/arch.h"
#include "harness/text.h"

/* What the kernel tells of a CPU's speed, best first: its capacity (1024: the fastest there is in this machine; Documentation
 * of Linux, ABI/testing/sysfs-devices-system-cpu), its highest clock rate in kHz. */
static const char *const MEASURES[] = {"cpu_capacity", "cpufreq/cpuinfo_max_freq"};
enum { MEASURE_COUNT = sizeof MEASURES / sizeof *MEASURES };

static int64_t speed(const char *root, int cpu, size_t measure)
{
    char path[96];

    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/%s", cpu, MEASURES[measure]);
    return hn_text_number(root, path);
}

/* The first measure that all these CPUs have; MEASURE_COUNT if there is none. */
static size_t common_measure(const char *root, const unsigned char *cpus, size_t count)
{
    size_t measure = 0;

    for (size_t cpu = 0; cpu < count && measure < MEASURE_COUNT; cpu++) {
        while (cpus[cpu] != 0 && measure < MEASURE_COUNT && speed(root, (int)cpu, measure) < 0) {
            measure++;
        }
    }
    return measure;
}

int hn_cores_fastest(const char *root, const unsigned char *allowed, size_t count)
{
    const size_t measure = common_measure(root, allowed, count);
    int64_t best = -1;
    int found = -1;

    for (size_t cpu = 0; cpu < count; cpu++) {
        if (allowed[cpu] != 0) {
            const int64_t this = measure < MEASURE_COUNT ? speed(root, (int)cpu, measure) : 0;
            if (this >= best) {
                best = this;
                found = (int)cpu;
            }
        }
    }
    return found;
}

/* The CPUs that are on: "0-3,6". */
static size_t online(const char *root, unsigned char *cpus)
{
    char text[4096];
    size_t count = 0;

    memset(cpus, 0, HN_CPUS_MAX);
    if (!hn_text_slurp(root, "/sys/devices/system/cpu/online", text, sizeof text)) {
        return 0;
    }
    for (char *at = text; *at != '\0';) {
        char *end = at;
        const unsigned long first = strtoul(at, &end, 10);
        unsigned long last = first;
        if (end == at) {
            break;
        }
        if (*end == '-') {
            at = end + 1;
            last = strtoul(at, &end, 10);
        }
        for (unsigned long cpu = first; cpu <= last && cpu < HN_CPUS_MAX; cpu++) {
            cpus[cpu] = 1;
            count = cpu + 1 > count ? cpu + 1 : count;
        }
        at = end + (*end == ',');
    }
    return count;
}

bool hn_cores_is_slow(const char *root, int cpu)
{
    unsigned char cpus[HN_CPUS_MAX];
    const size_t count = online(root, cpus);

    if (cpu < 0 || (size_t)cpu >= count || cpus[cpu] == 0) {
        return false;
    }
    const size_t measure = common_measure(root, cpus, count);
    const int fastest = hn_cores_fastest(root, cpus, count);
    return measure < MEASURE_COUNT && fastest >= 0 && speed(root, cpu, measure) < speed(root, fastest, measure);
}

bool hn_cores_cpuinfo(const char *root, int cpu, char *out, size_t size)
{
    char full[512];
    char line[4096];
    size_t length = 0;
    bool found = false;

    out[0] = '\0';
    if ((size_t)snprintf(full, sizeof full, "%s/proc/cpuinfo", root) >= sizeof full) {
        return false;
    }
    FILE *file = fopen(full, "r");
    if (file == NULL) {
        return false;
    }
    /* A paragraph of lines a CPU, the first line its number. The first paragraph is kept until the right one comes. */
    bool first = true;
    bool keep = true;
    while (fgets(line, sizeof line, file) != NULL) {
        char number[16];
        if (strspn(line, " \t\r\n") == strlen(line)) {
            if (found) {
                break;
            }
            first = first && length == 0;
            keep = first;
            continue;
        }
        hn_text_field(line, "processor", ':', number, sizeof number);
        if (number[0] != '\0' && strtol(number, NULL, 10) == cpu) {
            found = true;
            keep = true;
            length = 0;
        }
        if (keep && length + strlen(line) < size) {
            memcpy(out + length, line, strlen(line) + 1);
            length += strlen(line);
        }
    }
    (void)fclose(file);
    return length > 0;
}

/* Cores of one capacity. */
typedef struct kind {
    char name[64];
    int64_t capacity;
    unsigned count;
} kind;

enum { KINDS_MAX = 8, PARAGRAPH_MAX = 16384 };

static int faster(const void *a, const void *b)
{
    const kind *x = a;
    const kind *y = b;

    return (x->capacity < y->capacity) - (x->capacity > y->capacity);
}

static void name_of(const char *root, int cpu, char *out, size_t size)
{
    static const hn_arch *const ARCHES[] = {&hn_arch_x86, &hn_arch_arm};
    char text[PARAGRAPH_MAX];
    char mark[64];

    out[0] = '\0';
    (void)hn_cores_cpuinfo(root, cpu, text, sizeof text);
    for (size_t i = 0; i < sizeof ARCHES / sizeof *ARCHES; i++) {
        hn_text_field(text, ARCHES[i]->mark, ':', mark, sizeof mark);
        if (mark[0] != '\0') {
            ARCHES[i]->kind(text, out, size);
        }
    }
}

void hn_cores_kinds(const char *root, char *out, size_t size)
{
    unsigned char cpus[HN_CPUS_MAX];
    kind kinds[KINDS_MAX];
    size_t used = 0;
    size_t length = 0;
    const size_t count = online(root, cpus);

    out[0] = '\0';
    for (size_t cpu = 0; cpu < count; cpu++) {
        const int64_t capacity = cpus[cpu] != 0 ? speed(root, (int)cpu, 0) : -1;
        size_t i = 0;
        while (i < used && kinds[i].capacity != capacity) {
            i++;
        }
        if (capacity >= 0 && i < used) {
            kinds[i].count++;
        } else if (capacity >= 0 && used < KINDS_MAX) {
            kinds[used] = (kind){.name = "", .capacity = capacity, .count = 1};
            name_of(root, (int)cpu, kinds[used].name, sizeof kinds[used].name);
            used++;
        }
    }
    if (used < 2) {
        return;
    }
    qsort(kinds, used, sizeof *kinds, faster);
    for (size_t i = 0; i < used && length < size; i++) {
        length +=
            (size_t)snprintf(out + length, size - length, "%s%u%s%s (capacity %lld)", i > 0 ? ", " : "", kinds[i].count,
                             kinds[i].name[0] != '\0' ? " x " : "", kinds[i].name, (long long)kinds[i].capacity);
    }
}
