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
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/jobs.h"
#include "escrowbench/base.h"
#include "tests/leaks.h"

hn_cell program_job_cell(eb_job *job, const char *name) __asm__("__real_eb_job_cell");
hn_cell planted_job_cell(eb_job *job, const char *name) __asm__("__wrap_eb_job_cell");

static hn_cell victim;
static unsigned long long number;
static char kind[32];
static uint8_t secret[LEAK_LEN], other[LEAK_LEN];

/* At least two instructions a turn: a subtraction and a jump. */
static void spend(uint64_t instructions)
{
    for (uint64_t i = (instructions + 1) / 2; i > 0; i--)
        __asm__ volatile("" : "+r"(i));
}

static int run_planted(void *ctx)
{
    const int failed = victim.op(ctx);
    volatile unsigned sink = 0;
    if (strcmp(kind, "instructions") == 0)
        spend(number);
    else if (strcmp(kind, "compare") == 0)
        sink = leaky_equal(secret, other);
    else if (strcmp(kind, "table") == 0)
        sink = leaky_table(secret);
    else if (strcmp(kind, "tag") == 0)
        sink = leaky_tag(secret, other);
    else if (strcmp(kind, "masked") == 0)
        sink = eb_equal(secret, other, sizeof secret) + masked_table(secret);
    (void)sink;
    return failed;
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
    for (size_t i = 0; i < sizeof secret; i++)
        other[i] = secret[i] = (uint8_t)(31 * i + 7);
    eb_secret(secret, sizeof secret);
    victim = c;
    c.op = run_planted;
    return c;
}
