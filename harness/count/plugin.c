/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plug-in for QEMU's user mode that counts the guest's instructions, exactly and by class. It is built for the machine
 * that QEMU runs on, and counts for any guest. Classes are told by the disassembler's text, for x86 (in AT&T form) and
 * ARM; without a disassembler, or on another architecture, all instructions are of class "other".
 *
 *     qemu-x86_64 -plugin ./eb_count.so PROGRAM
 *
 * The program asks for a reading by a system call that fails on any kernel, EB_COUNT_CALL(dup3, magic, fd, magic): the
 * plug-in sees it first, and writes one line, "TOTAL MEMORY VECTOR\n", to that file descriptor of the process that both
 * share. See harness/count.h.
 *
 * QEMU's plug-in interface, version 1 (QEMU 4.2 and later; docs/devel/tcg-plugins.rst). Debian has no package with its
 * header, so what is used of it is declared here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/count/magic.h"

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

/* Its first member; the rest is not used. */
typedef struct qemu_info_t {
    const char *target_name; /* "x86_64" */
} qemu_info_t;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*syscall_cb)(qemu_plugin_id_t id, unsigned vcpu, int64_t num, uint64_t a1, uint64_t a2, uint64_t a3,
                           uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op, void *ptr,
                                              uint64_t value);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id, syscall_cb cb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
char *qemu_plugin_insn_disas(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

#define EXPORT __attribute__((visibility("default")))

EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

int qemu_plugin_version = 1;

/* One thread runs what is counted. The counters grow at the start of each translated block, by what the block holds. */
static uint64_t total, memory, vector;

/* How to tell classes of the guest's instructions; NULL: not at all. */
static int (*is_memory)(const char *text), (*is_vector)(const char *text);

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* x86: an operand in brackets is memory, except where only its address is taken. String instructions and the stack's
   have memory that is not written as an operand. */
static int x86_memory(const char *text)
{
    static const char *const without[] = {"lea", "nop", "prefetch", "endbr", NULL};
    static const char *const hidden[] = {"push", "pop", "call", "ret", "leave", NULL};
    for (size_t i = 0; without[i] != NULL; i++)
        if (begins(text, without[i]))
            return 0;
    for (size_t i = 0; hidden[i] != NULL; i++)
        if (begins(text, hidden[i]) && !begins(text, "popcnt"))
            return 1;
    return strchr(text, '(') != NULL;
}

static int x86_vector(const char *text)
{
    return strstr(text, "%xmm") != NULL || strstr(text, "%ymm") != NULL || strstr(text, "%zmm") != NULL ||
           strstr(text, "%mm") != NULL;
}

/* AArch64: loads and stores begin with ld, st, cas, swp or prfm's like; vector registers are v0, q0, d0, s0 and z0. */
static int arm_memory(const char *text)
{
    return (begins(text, "ld") || begins(text, "st") || begins(text, "cas") || begins(text, "swp")) &&
           strchr(text, '[') != NULL;
}

static int arm_vector(const char *text)
{
    const char *operands = strpbrk(text, " \t");
    for (const char *p = operands; p != NULL && *p != '\0'; p++)
        if (strchr(" \t,{", *p) != NULL && p[1] != '\0' && strchr("vqdsz", p[1]) != NULL && p[2] >= '0' && p[2] <= '9')
            return 1;
    return 0;
}

/* Each instruction is of one class: a load into a vector register is of class memory. */
typedef enum class { OTHER, MEMORY, VECTOR } class;

static class disassemble(const struct qemu_plugin_insn *insn)
{
    char *text = qemu_plugin_insn_disas(insn);
    if (text == NULL)
        return OTHER;
    const class found = is_memory(text) ? MEMORY : is_vector(text) ? VECTOR : OTHER;
    free(text); /* GLib's g_free is free since GLib 2.46 */
    return found;
}

/* The class of an encoding, wherever it stands. Each cell is counted in a process of its own, forked from one that waits, and
   translates its code anew, most of it the same: the table is shared by all of these, which run one after the other. Without
   it, half of the time of a short count went into disassembling. */
enum { INSN_MAX = 15, ENTRIES = 1 << 16, TRIES = 16 };

typedef struct entry {
    unsigned char size, bytes[INSN_MAX], of; /* size 0: free */
} entry;

static entry *seen; /* NULL: there is no memory for it */

static class classify(const struct qemu_plugin_insn *insn)
{
    const size_t size = qemu_plugin_insn_size(insn);
    const unsigned char *bytes = qemu_plugin_insn_data(insn);
    uint32_t hash = 2166136261u;
    if (seen == NULL || size == 0 || size > INSN_MAX)
        return disassemble(insn);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    for (size_t i = 0; i < TRIES; i++) {
        entry *e = &seen[(hash + i) % ENTRIES];
        if (e->size == size && memcmp(e->bytes, bytes, size) == 0)
            return (class)e->of;
        if (e->size == 0) {
            memcpy(e->bytes, bytes, size);
            e->of = (unsigned char)disassemble(insn);
            e->size = (unsigned char)size;
            return (class)e->of;
        }
    }
    return disassemble(insn);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t n = qemu_plugin_tb_n_insns(tb);
    uint64_t of_memory = 0, of_vector = 0;
    (void)id;
    for (size_t i = 0; i < n && is_memory != NULL; i++) {
        const class found = classify(qemu_plugin_tb_get_insn(tb, i));
        of_memory += found == MEMORY;
        of_vector += found == VECTOR;
    }
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &total, n);
    if (of_memory > 0)
        qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &memory, of_memory);
    if (of_vector > 0)
        qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &vector, of_vector);
}

static void called(qemu_plugin_id_t id, unsigned vcpu, int64_t num, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                   uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    char line[80];
    (void)id, (void)vcpu, (void)num, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    /* A 32-bit guest's arguments come as 32 bits. */
    if ((uint32_t)a1 != EB_COUNT_MAGIC_1 || (uint32_t)a3 != EB_COUNT_MAGIC_2)
        return;
    const int len = snprintf(line, sizeof line, "%llu %llu %llu\n", (unsigned long long)total,
                             (unsigned long long)memory, (unsigned long long)vector);
    if (write((int)a2, line, (size_t)len) != len)
        abort(); /* a reading that is lost is no count */
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)argc, (void)argv;
    if (begins(info->target_name, "x86_64") || begins(info->target_name, "i386")) {
        is_memory = x86_memory;
        is_vector = x86_vector;
    } else if (begins(info->target_name, "aarch64")) { /* 32-bit ARM has other names, and s390x too: no classes */
        is_memory = arm_memory;
        is_vector = arm_vector;
    }
    void *table = mmap(NULL, ENTRIES * sizeof(entry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    seen = table != MAP_FAILED ? table : NULL;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
