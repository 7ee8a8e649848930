/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/arch.h"

#include <string.h>

#include "harness/clock.h"
#include "harness/text.h"

enum { LEAF_1_C, LEAF_7_B, LEAF_7_C };

static const hn_feature FEATURES[] = {
    {"aes", LEAF_1_C, 25},        {"pclmulqdq", LEAF_1_C, 1}, {"avx2", LEAF_7_B, 5}, {"avx512f", LEAF_7_B, 16},
    {"avx512ifma", LEAF_7_B, 21}, {"gfni", LEAF_7_C, 8},      {"vaes", LEAF_7_C, 9}, {"sha_ni", LEAF_7_B, 29},
    {"vpclmulqdq", LEAF_7_C, 10}, {"adx", LEAF_7_B, 19},      {"bmi2", LEAF_7_B, 8}, {NULL, 0, 0}};

static void identify(hn_environment *e, const char *cpuinfo)
{
    hn_text_field(cpuinfo, "vendor_id", ':', e->cpu_vendor, sizeof e->cpu_vendor);
    hn_text_field(cpuinfo, "cpu family", ':', e->cpu_family, sizeof e->cpu_family);
    hn_text_field(cpuinfo, "model", ':', e->cpu_model, sizeof e->cpu_model);
    hn_text_field(cpuinfo, "stepping", ':', e->cpu_stepping, sizeof e->cpu_stepping);
    hn_text_field(cpuinfo, "model name", ':', e->cpu_name, sizeof e->cpu_name);
}

/* All cores of a hybrid CPU have the same name. */
static void kind(const char *cpuinfo, char *out, size_t size)
{
    (void)cpuinfo;
    hn_text_copy(out, size, "");
}

const hn_arch hn_arch_x86 = {
    .mark = "vendor_id", .flags = "flags", .features = FEATURES, .identify = identify, .kind = kind};

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

const hn_arch *hn_arch_own(void)
{
    return &hn_arch_x86;
}

void hn_arch_words(uint64_t out[HN_ARCH_WORDS])
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;

    memset(out, 0, HN_ARCH_WORDS * sizeof *out);
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) {
        out[LEAF_1_C] = c;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
        out[LEAF_7_B] = b;
        out[LEAF_7_C] = c;
    }
}

void hn_arch_signature(char out[HN_SIGNATURE_MAX])
{
    unsigned a = 0;
    unsigned words[3] = {0, 0, 0};
    unsigned c = 0;
    unsigned d = 0;

    out[0] = '\0';
    /* Leaf 1, ECX bit 31: a hypervisor is there; on bare metal leaf 0x40000000 is undefined. QEMU's user mode has the
     * leaf too. */
    if (__get_cpuid(1, &a, &words[0], &c, &d) == 0 || (c >> 31) == 0) {
        return;
    }
    __cpuid(0x40000000, a, words[0], words[1], words[2]);
    memcpy(out, words, sizeof words);
    out[sizeof words] = '\0';
}

const char *hn_ticks_name(void)
{
    return "tsc";
}

uint64_t hn_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

uint64_t hn_ticks_fenced(void)
{
    __asm__ volatile("lfence" : : : "memory");
    const uint64_t ticks = __builtin_ia32_rdtsc();
    __asm__ volatile("lfence" : : : "memory");
    return ticks;
}

double hn_ticks_hz(uint64_t measure_ns)
{
    return hn_ticks_compared(measure_ns); /* CPUID may declare it; few virtual machines pass that on */
}

#endif
