/* SPDX-License-Identifier: Apache-2.0 */
/* Who counts, and how to ask. */
#include "harness/count/reading.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/count/magic.h"
#include "harness/counters.h"

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define HAVE_CALLGRIND 1
#endif
#endif

enum { LINE = 96, SCRATCH = 64 };

struct hn_counter {
    const char *tool;
    hn_counters *perf;
    int plugin[2]; /* a pipe: the plug-in writes into [1]; -1: no plug-in */
    char scratch[SCRATCH];
    uint64_t sum; /* callgrind: each dump starts anew */
};

/* ---- QEMU's plug-in ---- */

/* A line of the plug-in. Nothing comes where there is none: the call fails, as on any kernel. */
static bool ask_plugin(const int fds[2], char line[LINE])
{
    struct pollfd p = {.fd = fds[0], .events = POLLIN};
    size_t n = 0;
    (void)syscall(SYS_dup3, EB_COUNT_MAGIC_1, fds[1], EB_COUNT_MAGIC_2);
    if (poll(&p, 1, 0) != 1)
        return false;
    while (n + 1 < LINE && (n == 0 || line[n - 1] != '\n')) {
        const ssize_t got = read(fds[0], line + n, LINE - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    line[n] = '\0';
    return true;
}

static bool read_plugin(const hn_counter *c, hn_reading *out)
{
    char line[LINE], *end = line;
    if (!ask_plugin(c->plugin, line))
        return false;
    out->total = strtoull(end, &end, 10);
    out->memory = strtoull(end, &end, 10);
    out->vector = strtoull(end, &end, 10);
    return *end == '\n';
}

static bool find_plugin(hn_counter *c)
{
    char line[LINE];
    if (pipe(c->plugin) != 0) {
        c->plugin[0] = c->plugin[1] = -1;
        return false;
    }
    if (ask_plugin(c->plugin, line))
        return true;
    close(c->plugin[0]);
    close(c->plugin[1]);
    c->plugin[0] = c->plugin[1] = -1;
    return false;
}

/* ---- callgrind ---- */

#if defined(HAVE_CALLGRIND)

/* The sum in a dump, from its line "summary: N" or "totals: N". */
static bool sum_of(const char *path, uint64_t *out)
{
    char line[512];
    bool found = false;
    FILE *f = fopen(path, "r");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "totals: ", 8) == 0 || strncmp(line, "summary: ", 9) == 0) {
            *out = strtoull(strchr(line, ' '), NULL, 10);
            found = true;
        }
    if (f != NULL)
        (void)fclose(f);
    return found;
}

/* Callgrind dumps into SCRATCH/PID.NUMBER; each dump is read and removed. */
static bool read_callgrind(hn_counter *c, hn_reading *out)
{
    char path[SCRATCH + 288], own[32];
    uint64_t part = 0;
    bool found = false;
    CALLGRIND_DUMP_STATS;
    snprintf(own, sizeof own, "%ld.", (long)getpid());
    DIR *dir = opendir(c->scratch);
    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (strncmp(e->d_name, own, strlen(own)) == 0) {
            snprintf(path, sizeof path, "%s/%s", c->scratch, e->d_name);
            if (sum_of(path, &part)) {
                c->sum += part;
                found = true;
            }
            (void)unlink(path);
        }
    if (dir != NULL)
        closedir(dir);
    *out = (hn_reading){.total = c->sum};
    return found;
}

static bool find_callgrind(hn_counter *c)
{
    hn_reading first;
    return RUNNING_ON_VALGRIND && c->scratch[0] != '\0' && read_callgrind(c, &first);
}

#else

static bool read_callgrind(hn_counter *c, hn_reading *out)
{
    (void)c, (void)out;
    return false;
}

static bool find_callgrind(hn_counter *c)
{
    (void)c;
    return false;
}

#endif

/* ---- whoever it is ---- */

hn_counter *hn_counter_open(const char *scratch)
{
    hn_counter *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->plugin[0] = c->plugin[1] = -1;
    if (strlen(scratch) < sizeof c->scratch)
        memcpy(c->scratch, scratch, strlen(scratch) + 1);
    if (find_plugin(c))
        c->tool = "qemu-plugin";
    else if (find_callgrind(c))
        c->tool = "callgrind";
    else if ((c->perf = hn_counters_open(NULL)) != NULL)
        c->tool = "perf";
    if (c->tool != NULL)
        return c;
    hn_counter_close(c);
    return NULL;
}

void hn_counter_forked(hn_counter *c)
{
    if (c->perf != NULL) { /* perf events count the thread that opened them */
        hn_counters_close(c->perf);
        c->perf = hn_counters_open(NULL);
    }
}

const char *hn_counter_tool(const hn_counter *c)
{
    return c->tool;
}

bool hn_counter_classes(const hn_counter *c)
{
    return c->plugin[0] >= 0;
}

bool hn_counter_read(hn_counter *c, hn_reading *out)
{
    *out = (hn_reading){0};
    if (c->plugin[0] >= 0)
        return read_plugin(c, out);
    if (strcmp(c->tool, "callgrind") == 0)
        return read_callgrind(c, out);
    out->total = hn_counters_read(c->perf).instructions;
    return out->total > 0;
}

void hn_counter_close(hn_counter *c)
{
    if (c == NULL)
        return;
    for (int i = 0; i < 2; i++)
        if (c->plugin[i] >= 0)
            close(c->plugin[i]);
    hn_counters_close(c->perf);
    free(c);
}
