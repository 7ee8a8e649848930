/* SPDX-License-Identifier: Apache-2.0 */
/* The program with one slower cell: the planted regression that `ab` must find. It is linked from the program's own objects;
 * the linker puts the functions of this file in front of main() and eb_job_cell() (--wrap), so that nothing of it is in
 * the product.
 *
 *     ab_slow [--plant CELL PER-MILLE] ARGUMENTS OF escrowbench...
 *
 * Operations of that cell (by id) are followed by a loop of a fixed number of turns, which take PER-MILLE thousandths of
 * an operation's own time: both are timed when the cell is opened. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/jobs.h"
#include "harness/clock.h"
#include "harness/stats.h"

enum { RUNS_LEAST = 24, RUNS_MOST = 400, ENOUGH_NS = 30000000, LOOP = 20000 };

int program_main(int argc, char **argv) __asm__("__real_main");
int slow_main(int argc, char **argv) __asm__("__wrap_main");
hn_cell program_job_cell(eb_job *job, const char *name) __asm__("__real_eb_job_cell");
hn_cell slow_job_cell(eb_job *job, const char *name) __asm__("__wrap_eb_job_cell");

static const char *planted;
static double part;

/* An operation with what follows it. Lives as long as the program. */
typedef struct slowed {
    hn_cell cell;
    uint64_t turns;
} slowed;

static void spin(uint64_t turns)
{
    for (volatile uint64_t i = 0; i < turns; i++)
        ;
}

static int run_slowed(void *ctx)
{
    const slowed *s = ctx;
    const int failed = s->cell.op(s->cell.ctx);
    spin(s->turns);
    return failed;
}

/* Mean of the fastest tenth: what is left when nothing disturbs. */
static double operation_ns(const hn_cell *cell)
{
    double ns[RUNS_MOST], sum = 0;
    size_t n = 0;
    const uint64_t start = hn_now_ns();
    while (n < RUNS_LEAST || (n < RUNS_MOST && hn_now_ns() - start < ENOUGH_NS)) {
        const uint64_t began = hn_now_ns();
        if (cell->op(cell->ctx) != 0)
            return 0;
        ns[n++] = (double)(hn_now_ns() - began);
    }
    hn_sort(ns, n);
    const size_t tenth = n / 10;
    for (size_t i = 0; i < tenth; i++)
        sum += ns[i];
    return sum / (double)tenth;
}

static double turn_ns(void)
{
    double best = 1e18;
    for (int i = 0; i < RUNS_LEAST; i++) {
        const uint64_t began = hn_now_ns();
        spin(LOOP);
        const double ns = (double)(hn_now_ns() - began) / LOOP;
        best = ns < best ? ns : best;
    }
    return best;
}

hn_cell slow_job_cell(eb_job *job, const char *name)
{
    hn_cell cell = program_job_cell(job, name);
    slowed *s = planted != NULL && strcmp(name, planted) == 0 && cell.prepare == NULL ? malloc(sizeof *s) : NULL;
    if (s == NULL)
        return cell;
    s->cell = cell;
    s->turns = (uint64_t)(part * operation_ns(&cell) / turn_ns());
    cell.op = run_slowed;
    cell.ctx = s;
    return cell;
}

int slow_main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "--plant") == 0) {
        planted = argv[2];
        part = strtod(argv[3], NULL) / 1000;
        argv[3] = argv[0];
        argv += 3;
        argc -= 3;
    }
    return program_main(argc, argv);
}
