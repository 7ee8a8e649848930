/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/arch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/text.h"

enum { HWCAP_1, HWCAP_2 };

/* Bits of 64-bit ARM: Linux, arch/arm64/include/uapi/asm/hwcap.h. The kernel's words are the same on 32 bits. */
static const hn_feature FEATURES[] = {
    {"aes", HWCAP_1, 3},     {"asimd", HWCAP_1, 1}, {"pmull", HWCAP_1, 4}, {"sha1", HWCAP_1, 5}, {"sha2", HWCAP_1, 6},
    {"sha512", HWCAP_1, 21}, {"sha3", HWCAP_1, 17}, {"sve", HWCAP_1, 22},  {"sve2", HWCAP_2, 1}, {NULL, 0, 0}};

/* Implementer and part number of the register MIDR_EL1 (Arm Architecture Reference Manual, DDI 0487), as the makers have
 * assigned them: cores that run Linux and that one meets. Unknown ones keep their numbers. */
static const struct {
    unsigned long id;
    const char *name;
} IMPLEMENTERS[] = {{0x41, "Arm"},    {0x42, "Broadcom"},  {0x43, "Cavium"},   {0x46, "Fujitsu"}, {0x48, "HiSilicon"},
                    {0x4e, "NVIDIA"}, {0x50, "APM"},       {0x51, "Qualcomm"}, {0x53, "Samsung"}, {0x56, "Marvell"},
                    {0x61, "Apple"},  {0x6d, "Microsoft"}, {0x70, "Phytium"},  {0xc0, "Ampere"}};

static const struct {
    unsigned long implementer, part;
    const char *name;
} PARTS[] = {
    {0x41, 0xb76, "ARM1176"},     {0x41, 0xc07, "Cortex-A7"},    {0x41, 0xc08, "Cortex-A8"},
    {0x41, 0xc09, "Cortex-A9"},   {0x41, 0xc0f, "Cortex-A15"},   {0x41, 0xd03, "Cortex-A53"},
    {0x41, 0xd04, "Cortex-A35"},  {0x41, 0xd05, "Cortex-A55"},   {0x41, 0xd07, "Cortex-A57"},
    {0x41, 0xd08, "Cortex-A72"},  {0x41, 0xd09, "Cortex-A73"},   {0x41, 0xd0a, "Cortex-A75"},
    {0x41, 0xd0b, "Cortex-A76"},  {0x41, 0xd0c, "Neoverse-N1"},  {0x41, 0xd0d, "Cortex-A77"},
    {0x41, 0xd40, "Neoverse-V1"}, {0x41, 0xd41, "Cortex-A78"},   {0x41, 0xd44, "Cortex-X1"},
    {0x41, 0xd46, "Cortex-A510"}, {0x41, 0xd47, "Cortex-A710"},  {0x41, 0xd48, "Cortex-X2"},
    {0x41, 0xd49, "Neoverse-N2"}, {0x41, 0xd4b, "Cortex-A78C"},  {0x41, 0xd4d, "Cortex-A715"},
    {0x41, 0xd4e, "Cortex-X3"},   {0x41, 0xd4f, "Neoverse-V2"},  {0x41, 0xd80, "Cortex-A520"},
    {0x41, 0xd81, "Cortex-A720"}, {0x41, 0xd82, "Cortex-X4"},    {0x41, 0xd84, "Neoverse-V3"},
    {0x41, 0xd85, "Cortex-X925"}, {0x41, 0xd87, "Cortex-A725"},  {0x41, 0xd8e, "Neoverse-N3"},
    {0x42, 0x516, "ThunderX2"},   {0x43, 0x0a1, "ThunderX"},     {0x43, 0x0af, "ThunderX2"},
    {0x46, 0x001, "A64FX"},       {0x48, 0xd01, "TSV110"},       {0x4e, 0x004, "Carmel"},
    {0x51, 0x001, "Oryon"},       {0x61, 0x022, "M1 Icestorm"},  {0x61, 0x023, "M1 Firestorm"},
    {0x61, 0x032, "M2 Blizzard"}, {0x61, 0x033, "M2 Avalanche"}, {0x6d, 0xd49, "Cobalt 100"},
    {0xc0, 0xac3, "Ampere-1"},    {0xc0, 0xac4, "Ampere-1a"},
};

/* "Arm Cortex-A76"; "Arm part 0xfff" and "implementer 0xff part 0xfff" where names are unknown; "" without numbers. */
static void kind(const char *cpuinfo, char *out, size_t size)
{
    char implementer[16];
    char part[16];
    const char *maker = NULL;
    const char *core = NULL;

    hn_text_field(cpuinfo, "CPU implementer", ':', implementer, sizeof implementer);
    hn_text_field(cpuinfo, "CPU part", ':', part, sizeof part);
    out[0] = '\0';
    if (implementer[0] == '\0' || part[0] == '\0') {
        return;
    }
    const unsigned long i = strtoul(implementer, NULL, 16);
    const unsigned long p = strtoul(part, NULL, 16);
    for (size_t k = 0; k < sizeof IMPLEMENTERS / sizeof *IMPLEMENTERS; k++) {
        maker = IMPLEMENTERS[k].id == i ? IMPLEMENTERS[k].name : maker;
    }
    for (size_t k = 0; k < sizeof PARTS / sizeof *PARTS; k++) {
        core = PARTS[k].implementer == i && PARTS[k].part == p ? PARTS[k].name : core;
    }
    (void)snprintf(out, size, "%s%s %s%s", maker != NULL ? "" : "implementer ", maker != NULL ? maker : implementer,
                   core != NULL ? "" : "part ", core != NULL ? core : part);
}

static void identify(hn_environment *e, const char *cpuinfo)
{
    char variant[16];
    char revision[16];

    hn_text_field(cpuinfo, "CPU implementer", ':', e->cpu_vendor, sizeof e->cpu_vendor);
    hn_text_field(cpuinfo, "CPU architecture", ':', e->cpu_family, sizeof e->cpu_family);
    hn_text_field(cpuinfo, "CPU part", ':', e->cpu_model, sizeof e->cpu_model);
    hn_text_field(cpuinfo, "CPU variant", ':', variant, sizeof variant);
    hn_text_field(cpuinfo, "CPU revision", ':', revision, sizeof revision);
    if (variant[0] != '\0') {
        (void)snprintf(e->cpu_stepping, sizeof e->cpu_stepping, "%.7sp%.7s", variant, revision);
    }
    kind(cpuinfo, e->cpu_name,
         sizeof e->cpu_name); /* the kernel's own "model name" says "ARMv7 Processor" and the like */
}

const hn_arch hn_arch_arm = {
    .mark = "CPU implementer", .flags = "Features", .features = FEATURES, .identify = identify, .kind = kind};

#if defined(__aarch64__) || defined(__arm__)

const hn_arch *hn_arch_own(void)
{
    return &hn_arch_arm;
}

#endif

#if defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

void hn_arch_words(uint64_t out[HN_ARCH_WORDS])
{
    memset(out, 0, HN_ARCH_WORDS * sizeof *out);
    out[HWCAP_1] = getauxval(AT_HWCAP);
    out[HWCAP_2] = getauxval(AT_HWCAP2);
}

#endif

#if defined(__aarch64__)

const char *hn_ticks_name(void)
{
    return "cntvct";
}

uint64_t hn_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

uint64_t hn_ticks_fenced(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
}

double hn_ticks_hz(uint64_t measure_ns)
{
    uint64_t hz;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    /* Firmware has to fill that register in, and some does not. */
    return hz != 0 ? (double)hz : hn_ticks_compared(measure_ns);
}

#endif
