/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between architectures: one file each, arch_x86.c and arch_arm.c (32 and 64 bits); arch_other.c for the rest.
 * What is read from texts is built everywhere, so that tests can plant any machine. What asks the CPU itself is built for
 * its own architecture alone, together with the tick counter (harness/clock.h). */
#ifndef HN_ARCH_H
#define HN_ARCH_H

#include <stdint.h>

#include "harness/environment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A CPU feature by the kernel's word, and where the CPU itself tells it: word and bit of hn_arch_words(). */
typedef struct hn_feature {
    const char *name;
    int word, bit;
} hn_feature;

typedef struct hn_arch {
    const char *mark;  /* a member of /proc/cpuinfo that no other architecture has */
    const char *flags; /* the member that lists features */
    const hn_feature
        *features; /* that make cryptography take another path, in a fixed order; the last has no name. A new
                                   one changes machine classes */
    void (*identify)(hn_environment *e,
                     const char *cpuinfo); /* vendor, family, model, stepping, name: from the lines of
                                                                 one CPU */
    void (*kind)(const char *cpuinfo, char *out,
                 size_t size); /* the kind of core for people, "" if there is but one kind
                                                                  of name for all */
} hn_arch;

extern const hn_arch hn_arch_x86, hn_arch_arm;

/* The one that this program is built for; NULL: another. */
const hn_arch *hn_arch_own(void);

/* What the CPU tells this process of its features (an emulator shows another CPU than the kernel does). */
enum { HN_ARCH_WORDS = 3 };
void hn_arch_words(uint64_t out[HN_ARCH_WORDS]);

/* The hypervisor's own signature; "" if there is none, or the architecture has no such thing. */
enum { HN_SIGNATURE_MAX = 13 };
void hn_arch_signature(char out[HN_SIGNATURE_MAX]);

#ifdef __cplusplus
}
#endif
#endif
