/* SPDX-License-Identifier: Apache-2.0 */
/* One CPU for a whole comparison: unpinned, most comparisons of a program with itself are off by more than 1 %. */
#ifndef HN_AFFINITY_H
#define HN_AFFINITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "harness/cores.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_affinity {
    bool pinned; /* whether the calling thread is now bound to exactly this CPU */
    int cpu;     /* the CPU it runs on; -1 if unknown */
    int allowed; /* CPUs that it was allowed before, 0 if unknown */
    int error;   /* errno of the refusal, 0 if none */
} hn_affinity;

/* The CPU that a comparison should use: of those allowed one of the fastest kind (harness/cores.h), and of these the highest
 * (the lowest serves most interrupts); -1 if unknown.
 * The same answer in every process that has inherited the same mask: choose once, then hand it on. */
int hn_affinity_pick(void);

/* The same with the speeds that the files under `root` tell (hn_environment_read()). */
int hn_affinity_pick_from(const char *root);

/* May the calling thread use this CPU? */
bool hn_affinity_may(int cpu);

/* How many CPUs the calling thread may use, -1 if unknown. */
int hn_affinity_allowed(void);

/* Binds the calling thread, and all that it starts later, to `cpu` (-1: hn_affinity_pick()). *out says what came of it.
 * Returns out->pinned. Never fatal: an unpinned run is a noisier run, and says so. */
bool hn_affinity_pin(int cpu, hn_affinity *out);

/* Binds another process, of one thread, to `cpu`. False where that is refused. */
bool hn_affinity_bind(pid_t process, int cpu);

/* The CPUs that the calling thread may use, to go back to after hn_affinity_pin(). */
typedef struct hn_affinity_mask {
    unsigned char bits[HN_CPUS_MAX / 8]; /* as the system has them */
    bool known;
} hn_affinity_mask;

void hn_affinity_read(hn_affinity_mask *out);
bool hn_affinity_restore(const hn_affinity_mask *mask);

#ifdef __cplusplus
}
#endif
#endif
