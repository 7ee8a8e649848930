/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/secrecy/worker.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/count/worker.h"
#include "escrowbench/base.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAVE_MEMCHECK 1
#endif
#endif

#if defined(HAVE_MEMCHECK)

const bool eb_secrecy_built = true;

enum { CLEAN = 0, GONE = 1, LEAKY = 10, ANSWERED = 11, OPERATIONS = 2 };

static const char *tool(void)
{
    unsigned char probe = 0, undefined = 0;
    eb_secret(&probe, 1);
    return VALGRIND_GET_VBITS(&probe, &undefined, 1) == 1 && undefined != 0 ? "memcheck" : "-";
}

static bool prepare(const hn_cell *cell, uint64_t n)
{
    return cell->prepare == NULL || cell->prepare(cell->ctx, n) == 0;
}

/* Runs the operation, once warm. Only it is watched, not the making of its inputs: errors before it belong to other
   operations. */
static int watch(const hn_cell *cell)
{
    bool ok = prepare(cell, 1) && cell->op(cell->ctx) == 0;
    for (int i = 0; ok && i < OPERATIONS; i++) {
        ok = prepare(cell, 1);
        VALGRIND_ENABLE_ERROR_REPORTING;
        ok = ok && cell->op(cell->ctx) == 0;
        VALGRIND_DISABLE_ERROR_REPORTING;
    }
    if (!ok)
        return eb_count_reply("failed the operation fails") ? ANSWERED : GONE;
    return VALGRIND_COUNT_ERRORS > 0 ? LEAKY : CLEAN;
}

/* In a child, since the log of a process tells which exceptions were used once it has ended. */
static int check(const ab_line *l)
{
    hn_cell cell;
    VALGRIND_DISABLE_ERROR_REPORTING;
    if (!eb_count_open(l, &cell))
        return GONE;
    return cell.op != NULL ? watch(&cell) : ANSWERED;
}

static bool serve(const char *line)
{
    static ab_line l;
    int status = 0;
    if (!eb_count_split(&l, line))
        return eb_count_reply("failed not a request");
    const pid_t child = fork();
    if (child == 0)
        _exit(check(&l));
    if (child < 0)
        return eb_count_reply("failed no process");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (WIFSIGNALED(status))
        return eb_count_reply("failed killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == ANSWERED)
        return true;
    return WEXITSTATUS(status) != GONE &&
           eb_count_reply("checked %ld %s", (long)child, WEXITSTATUS(status) == CLEAN ? "clean" : "leaky");
}

#else

const bool eb_secrecy_built = false;

static const char *tool(void)
{
    return "-";
}

static bool serve(const char *line)
{
    (void)line;
    return false;
}

#endif

int eb_secrecy_serve(void)
{
    static ab_reader in = {.fd = STDIN_FILENO};
    static char line[AB_LINE_MAX + 1];
    bool ok = eb_count_greet(tool());
    while (ok) {
        const ab_read r = ab_read_line(&in, line, AB_NO_DEADLINE);
        if (r == AB_READ_END)
            break;
        ok = r == AB_READ_LINE && serve(line);
    }
    return ok ? 0 : 1;
}
