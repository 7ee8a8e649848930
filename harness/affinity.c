/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/affinity.h"

#if defined(__linux__)

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

#include "harness/cores.h"

enum { MAX_CPUS = HN_CPUS_MAX };

/* The mask in *set (of MAX_CPUS, to be freed by the caller), or NULL with errno. */
static cpu_set_t *allowed_cpus(void)
{
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);

    if (set == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    CPU_ZERO_S(CPU_ALLOC_SIZE(MAX_CPUS), set);
    if (sched_getaffinity(0, CPU_ALLOC_SIZE(MAX_CPUS), set) != 0) {
        const int error = errno;
        CPU_FREE(set);
        errno = error;
        return NULL;
    }
    return set;
}

static int fastest(const char *root, const cpu_set_t *set)
{
    unsigned char allowed[MAX_CPUS];

    for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
        allowed[cpu] = CPU_ISSET_S((size_t)cpu, CPU_ALLOC_SIZE(MAX_CPUS), set) != 0;
    }
    return hn_cores_fastest(root, allowed, MAX_CPUS);
}

int hn_affinity_pick_from(const char *root)
{
    cpu_set_t *set = allowed_cpus();
    const int cpu = set != NULL ? fastest(root, set) : -1;

    if (set != NULL) {
        CPU_FREE(set);
    }
    return cpu;
}

int hn_affinity_pick(void)
{
    return hn_affinity_pick_from("");
}

bool hn_affinity_may(int cpu)
{
    cpu_set_t *set = allowed_cpus();
    const bool may = set != NULL && cpu >= 0 && cpu < MAX_CPUS && CPU_ISSET_S(cpu, CPU_ALLOC_SIZE(MAX_CPUS), set);

    if (set != NULL) {
        CPU_FREE(set);
    }
    return may;
}

int hn_affinity_allowed(void)
{
    cpu_set_t *set = allowed_cpus();
    const int count = set != NULL ? CPU_COUNT_S(CPU_ALLOC_SIZE(MAX_CPUS), set) : -1;

    if (set != NULL) {
        CPU_FREE(set);
    }
    return count;
}

bool hn_affinity_bind(pid_t process, int cpu)
{
    cpu_set_t *set = cpu >= 0 && cpu < MAX_CPUS ? CPU_ALLOC(MAX_CPUS) : NULL;

    if (set == NULL) {
        errno = cpu >= 0 && cpu < MAX_CPUS ? ENOMEM : EINVAL;
        return false;
    }
    CPU_ZERO_S(CPU_ALLOC_SIZE(MAX_CPUS), set);
    CPU_SET_S((size_t)cpu, CPU_ALLOC_SIZE(MAX_CPUS), set);
    const bool ok = sched_setaffinity(process, CPU_ALLOC_SIZE(MAX_CPUS), set) == 0;
    const int error = errno;
    CPU_FREE(set);
    errno = error;
    return ok;
}

bool hn_affinity_pin(int cpu, hn_affinity *out)
{
    cpu_set_t *set = allowed_cpus();

    *out = (hn_affinity){.pinned = false, .cpu = sched_getcpu(), .allowed = 0, .error = 0};
    if (set == NULL) {
        out->error = errno;
        return false;
    }
    out->allowed = CPU_COUNT_S(CPU_ALLOC_SIZE(MAX_CPUS), set);
    const int wanted = cpu >= 0 ? cpu : fastest("", set);
    CPU_FREE(set);
    out->pinned = hn_affinity_bind(0, wanted);
    out->error = out->pinned ? 0 : errno;
    out->cpu = sched_getcpu();
    return out->pinned;
}

void hn_affinity_read(hn_affinity_mask *out)
{
    cpu_set_t *set = allowed_cpus();

    *out = (hn_affinity_mask){.known = set != NULL};
    if (set != NULL) {
        memcpy(out->bits, set, sizeof out->bits);
        CPU_FREE(set);
    }
}

bool hn_affinity_restore(const hn_affinity_mask *mask)
{
    cpu_set_t *set = mask->known ? CPU_ALLOC(MAX_CPUS) : NULL;

    if (set == NULL) {
        return false;
    }
    memcpy(set, mask->bits, sizeof mask->bits);
    const bool ok = sched_setaffinity(0, sizeof mask->bits, set) == 0;
    CPU_FREE(set);
    return ok;
}

#else

int hn_affinity_pick_from(const char *root)
{
    (void)root;
    return -1;
}

int hn_affinity_pick(void)
{
    return -1;
}

bool hn_affinity_may(int cpu)
{
    (void)cpu;
    return false;
}

int hn_affinity_allowed(void)
{
    return -1;
}

bool hn_affinity_pin(int cpu, hn_affinity *out)
{
    (void)cpu;
    *out = (hn_affinity){.pinned = false, .cpu = -1, .allowed = 0, .error = 0};
    return false;
}

bool hn_affinity_bind(pid_t process, int cpu)
{
    (void)process, (void)cpu;
    return false;
}

void hn_affinity_read(hn_affinity_mask *out)
{
    *out = (hn_affinity_mask){.known = false};
}

bool hn_affinity_restore(const hn_affinity_mask *mask)
{
    (void)mask;
    return false;
}

#endif
