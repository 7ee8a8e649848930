/* SPDX-License-Identifier: Apache-2.0 */
/* Architectures without a file of their own: all works, and nothing is told of the CPU. */
#include "harness/arch.h"

#if !defined(__x86_64__) && !defined(__i386__) && !defined(__aarch64__) && !defined(__arm__)

#include <string.h>

#include "harness/clock.h"

const hn_arch *hn_arch_own(void)
{
    return NULL;
}

void hn_arch_words(uint64_t out[HN_ARCH_WORDS])
{
    memset(out, 0, HN_ARCH_WORDS * sizeof *out);
}

void hn_arch_signature(char out[HN_SIGNATURE_MAX])
{
    out[0] = '\0';
}

const char *hn_ticks_name(void)
{
    return "none";
}

uint64_t hn_ticks(void)
{
    return 0;
}

uint64_t hn_ticks_fenced(void)
{
    return 0;
}

double hn_ticks_hz(uint64_t measure_ns)
{
    (void)measure_ns;
    return 0;
}

#endif
