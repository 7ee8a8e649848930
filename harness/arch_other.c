/* SPDX-License-Identifier: Apache-2.0 */
/* What an architecture does not have, or has no file for: all works without. */
#include "harness/arch.h"

#if !defined(__x86_64__) && !defined(__i386__)

#include <string.h>

#include "harness/clock.h"

void hn_arch_signature(char out[HN_SIGNATURE_MAX])
{
    out[0] = '\0';
}

#if !defined(__aarch64__) && !defined(__arm__)

const hn_arch *hn_arch_own(void)
{
    return NULL;
}

#endif

#if !defined(__aarch64__) || !defined(__linux__)

/* On 32-bit ARM the kernel's words have other bits. */
void hn_arch_words(uint64_t out[HN_ARCH_WORDS])
{
    memset(out, 0, HN_ARCH_WORDS * sizeof *out);
}

#endif

#if !defined(__aarch64__)

/* 32-bit ARM has a counter, which not all kernels open to programs. */
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

#endif
