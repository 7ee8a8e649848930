/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU says of itself to this process. */
#include <stdio.h>
#include <string.h>

#include "harness/count/count.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

enum { LEAF_1_C, LEAF_7_B, LEAF_7_C, WORDS };

static void words(unsigned out[WORDS])
{
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d))
        out[LEAF_1_C] = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        out[LEAF_7_B] = b;
        out[LEAF_7_C] = c;
    }
}

/* In the order of harness/environment.c. */
static const struct {
    const char *name;
    int word, bit;
} features[] = {{"aes", LEAF_1_C, 25},     {"pclmulqdq", LEAF_1_C, 1},   {"avx2", LEAF_7_B, 5},
                {"avx512f", LEAF_7_B, 16}, {"avx512ifma", LEAF_7_B, 21}, {"gfni", LEAF_7_C, 8},
                {"vaes", LEAF_7_C, 9},     {"sha_ni", LEAF_7_B, 29},     {"vpclmulqdq", LEAF_7_C, 10},
                {"adx", LEAF_7_B, 19},     {"bmi2", LEAF_7_B, 8}};

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

enum { HWCAP_1, HWCAP_2, WORDS };

static void words(unsigned out[WORDS])
{
    out[HWCAP_1] = (unsigned)getauxval(AT_HWCAP);
    out[HWCAP_2] = (unsigned)getauxval(AT_HWCAP2);
}

/* Linux, arch/arm64/include/uapi/asm/hwcap.h. */
static const struct {
    const char *name;
    int word, bit;
} features[] = {{"aes", HWCAP_1, 3},   {"asimd", HWCAP_1, 1}, {"pmull", HWCAP_1, 4},
                {"sha1", HWCAP_1, 5},  {"sha2", HWCAP_1, 6},  {"sha512", HWCAP_1, 21},
                {"sha3", HWCAP_1, 17}, {"sve", HWCAP_1, 22},  {"sve2", HWCAP_2, 1}};

#else

enum { WORDS = 1 };

static void words(unsigned out[WORDS])
{
    (void)out;
}

static const struct {
    const char *name;
    int word, bit;
} features[] = {{"", 0, 0}};

#endif

void hn_features_seen(char out[HN_FEATURES_MAX])
{
    unsigned seen[WORDS] = {0};
    size_t used = 0;
    words(seen);
    out[0] = '\0';
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if ((seen[features[i].word] >> features[i].bit & 1) != 0 && used < HN_FEATURES_MAX)
            used += (size_t)snprintf(out + used, HN_FEATURES_MAX - used, "%s%s", used > 0 ? "," : "", features[i].name);
}
