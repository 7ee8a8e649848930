/* SPDX-License-Identifier: Apache-2.0 */
/* What ran: the machine, the kernel, and their state. Linux; elsewhere most fields stay empty. Compiler, flags and
 * libraries are known to others. */
#ifndef HN_ENVIRONMENT_H
#define HN_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strings are "" and numbers -1 where unknown. */
typedef struct hn_environment {
    char arch[32];         /* "x86_64", "aarch64": of the program, uname's machine */
    char cpu_vendor[48];   /* "AuthenticAMD"; ARM: the implementer, "0x41" */
    char cpu_family[16];   /* "26"; ARM: the architecture, "8" */
    char cpu_model[16];    /* "2"; ARM: the part, "0xd0c" */
    char cpu_stepping[16]; /* "1"; ARM: variant and revision, "0x3p1" */
    char cpu_name[96];     /* for people: "AMD EPYC", "Arm Cortex-A76" */
    char board[96];        /* what its maker calls the machine: "Raspberry Pi 5 Model B Rev 1.0" */
    char cores[192];       /* kinds of cores where there are several (harness/cores.h), "" else */
    bool slow_core;        /* the CPU that a run uses is not of the fastest kind */
    char features[192];    /* of the kernel's list those that cryptography uses, in a fixed order: "aes,avx2" */
    int cpus_online;
    int cpus_allowed;     /* that this process may use */
    char governor[32];    /* of the CPU that hn_affinity_pick() names: "performance" */
    char turbo[8];        /* "on", "off" */
    char smt[8];          /* "on", "off": threads share cores */
    char hypervisor[48];  /* as it calls itself: "none", "kvm", "xen", ..., "unknown" (nameless); "": cannot tell */
    char execution[16];   /* "native", "emulated" */
    char emulator[32];    /* "qemu-user", "qemu", "valgrind"; "" if native. Best effort */
    char kernel[128];     /* "Linux 6.1.0-18-amd64" */
    char os[96];          /* "Debian GNU/Linux 12 (bookworm)" */
    char root[96];        /* what scripts/fresh-root says of the root that it made; "" elsewhere */
    char libc[48];        /* "glibc 2.36", "other" */
    char clocksource[32]; /* "tsc", "kvm-clock", "arch_sys_counter" */
    char ticks[16];       /* hn_ticks_name() */
    char counters[16];    /* "perf", "none": hardware counters, probed */
    char counters_missing[96]; /* why none */
    double load_1min;          /* -1: unknown */
    int64_t memory_bytes;      /* of the machine */
    int64_t
        throttle_events; /* since it was started, of the CPU that hn_affinity_pick() names: slowed down by heat; -1: unknown */
} hn_environment;

/* Fills *out. root is prefixed to every file that is read; "" (or NULL) for the machine itself, a folder with proc/ and
 * sys/ inside for a test. Never fails. Takes about 1 ms. */
void hn_environment_read(hn_environment *out, const char *root);

/* Room for any machine class. */
#define HN_MACHINE_CLASS_MAX 448

/* The machine class: two results are comparable only if theirs are equal. Architecture; vendor, family, model,
 * stepping; features; hypervisor; native or emulated ("?" for what is unknown):
 *   "x86_64; AuthenticAMD 26 2 1; aes,pclmul,avx2; kvm; native"
 * Nothing that jitters (clock readings, bogomips, load) and nothing of the subject (libraries, compiler). */
void hn_machine_class(const hn_environment *environment, char out[HN_MACHINE_CLASS_MAX]);

/* One line on what may spoil the run, and one on how to mend it. */
typedef struct hn_warning {
    char text[128];
    char remedy[160];
} hn_warning;

#define HN_WARNINGS_MAX 12

/* Fills out and returns how many. */
size_t hn_environment_warnings(const hn_environment *environment, hn_warning out[HN_WARNINGS_MAX]);

#ifdef __cplusplus
}
#endif
#endif
