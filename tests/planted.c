/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program with a fault in one cell, which the gates of instructions and of constant time must find. It is linked from the
 * program's own objects; the linker puts a function of this file in front of eb_job_cell() (--wrap), so that nothing of it
 * is in the product. What is planted stands in the file PROGRAM.plant beside it, since the gates start it as they start
 * the program itself:
 *
 *     KIND NUMBER CELL
 *
 *     instructions   each operation is followed by at least NUMBER instructions
 *     compare        ... by a comparison of secrets that ends at the first difference
 *     table          ... by a look-up in a table by a secret
 *     tag            ... by a check of a tag that returns early
 *     masked         ... by a comparison and a look-up in constant time: no gate may find it
 *
 * The secret is made of the job's coins; what it is compared with is the secret of seed 1, with which gates fix it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/job_state.h"
#include "escrowbench/base.h"
#include "tests/leaks.h"

hn_cell program_job_cell(eb_job *job, const char *name) __asm__("__real_eb_job_cell");
hn_cell planted_job_cell(eb_job *job, const char *name) __asm__("__wrap_eb_job_cell");

enum { GATES_SEED = 1 };

/* On the heap, where the statistical test puts other secrets in place. */
typedef struct plant {
    hn_cell victim;
    uint8_t secret[LEAK_LEN], other[LEAK_LEN];
} plant;

static unsigned long long number;
static char kind[32];

/* At least two instructions a turn: a subtraction and a jump. */
static void spend(uint64_t instructions)
{
    for (uint64_t i = (instructions + 1) / 2; i > 0; i--)
        __asm__ volatile("" : "+r"(i));
}

static int run_planted(void *ctx)
{
    const plant *p = ctx;
    const int failed = p->victim.op(p->victim.ctx);
    volatile unsigned sink = 0;
    if (strcmp(kind, "instructions") == 0)
        spend(number);
    else if (strcmp(kind, "compare") == 0)
        sink = leaky_equal(p->secret, p->other);
    else if (strcmp(kind, "table") == 0)
        sink = leaky_table(p->secret);
    else if (strcmp(kind, "tag") == 0)
        sink = leaky_tag(p->secret, p->other);
    else if (strcmp(kind, "masked") == 0)
        sink = eb_equal(p->secret, p->other, LEAK_LEN) + masked_table(p->secret);
    (void)sink;
    return failed;
}

static int prepare_planted(void *ctx, uint64_t n)
{
    const plant *p = ctx;
    return p->victim.prepare(p->victim.ctx, n);
}

/* Without the heap, so that a program with nothing planted counts the same. */
static void read_plant(char *cell, size_t len)
{
    char path[512], text[512], format[64];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof ".plant");
    cell[0] = '\0';
    if (n <= 0)
        return;
    memcpy(path + n, ".plant", sizeof ".plant");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return;
    text[got] = '\0';
    snprintf(format, sizeof format, "%%31s %%llu %%%zus", len - 1);
    if (sscanf(text, format, kind, &number, cell) != 3)
        cell[0] = '\0';
}

hn_cell planted_job_cell(eb_job *job, const char *name)
{
    char cell[256];
    hn_cell c = program_job_cell(job, name);
    read_plant(cell, sizeof cell);
    if (strcmp(cell, name) != 0)
        return c;
    static plant counted; /* counts of instructions move with the heap */
    plant *p = strcmp(kind, "instructions") == 0 ? &counted : malloc(sizeof *p);
    if (p == NULL || EB_RING * job->coin_len < LEAK_LEN)
        abort();
    p->victim = c;
    memcpy(p->secret, job->coins, LEAK_LEN);
    eb_bench_coins(p->other, LEAK_LEN, GATES_SEED, EB_COINS_JOB + 1);
    c.op = run_planted;
    c.ctx = p;
    c.prepare = c.prepare != NULL ? prepare_planted : NULL;
    return c;
}
