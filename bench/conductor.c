/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/conductor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/state.h"
#include "bench/worker.h"
#include "harness/clock.h"

enum { MAX_ARGUMENTS = 64, TEXT = 32 };

/* A worker's command line, with its numbers as text. */
typedef struct invocation {
    char *argv[MAX_ARGUMENTS];
    size_t argc;
    char numbers[12][TEXT];
    size_t number_count;
} invocation;

static void word(invocation *v, const char *text)
{
    v->argv[v->argc++] = (char *)(uintptr_t)text; /* execv takes char *const[], and writes to none */
}

static void number(invocation *v, const char *option, const char *format, double value)
{
    char *text = v->numbers[v->number_count++];
    snprintf(text, TEXT, format, value);
    word(v, option);
    word(v, text);
}

static void whole(invocation *v, const char *option, uint64_t value)
{
    char *text = v->numbers[v->number_count++];
    snprintf(text, TEXT, "%llu", (unsigned long long)value);
    word(v, option);
    word(v, text);
}

static void invoke(invocation *v, const eb_conduct *c, unsigned process, double budget, bool latency)
{
    *v = (invocation){0};
    word(v, "escrowbench");
    for (size_t i = 0; eb_module_path(i) != NULL; i++) {
        word(v, "--module");
        word(v, eb_module_path(i));
    }
    word(v, "worker");
    whole(v, "--protocol", EB_WORKER_PROTOCOL);
    word(v, "--journal");
    word(v, c->journal);
    whole(v, "--process", process);
    whole(v, "--processes", c->processes);
    if (c->cpu >= 0)
        whole(v, "--cpu", (uint64_t)c->cpu);
    whole(v, "--seed", c->seed);
    whole(v, "--origin", c->origin_ns);
    number(v, "--budget", "%.6f", budget);
    number(v, "--slice", "%.6f", c->slice_s);
    number(v, "--min-time", "%.6f", c->min_time_s);
    if (latency)
        word(v, "--latency");
    word(v, NULL);
}

/* How far the run is, over all workers. */
typedef struct progress {
    const eb_conduct *c;
    unsigned worker, workers;
    uint64_t started_ns;
} progress;

static void show(const progress *p, size_t done, size_t of)
{
    if (!p->c->progress || of == 0)
        return;
    const double part = (p->worker + (double)done / (double)of) / p->workers;
    const double elapsed = (double)(hn_now_ns() - p->started_ns) / 1e9;
    const double left = part > 0.02 ? elapsed * (1 - part) / part : p->c->budget_s;
    fprintf(stderr, "\rmeasuring %3.0f %%  process %u of %u, block %zu of %zu, %.0f s left   ", 100 * part,
            p->worker + 1, p->workers, done, of, left);
}

static void follow(const progress *p, int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[640];
    if (in == NULL) {
        close(fd);
        return;
    }
    while (!eb_stop_flag && fgets(line, sizeof line, in) != NULL) {
        char *end = line;
        if (strncmp(line, "unwritten ", 10) == 0) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(p->c->why, p->c->why_len, "%s", line + 10);
        }
        if (strncmp(line, "block ", 6) != 0)
            continue;
        const unsigned long done = strtoul(line + 6, &end, 10), of = strtoul(end, NULL, 10);
        show(p, done, of);
    }
    (void)fclose(in);
}

/* Only calls that are safe after fork: the exec follows at once. */
static void become_worker(const invocation *v, int out, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* the parent died before that */
        _exit(1);
    if (dup2(out, STDOUT_FILENO) < 0)
        _exit(1);
    execv("/proc/self/exe", v->argv);
    _exit(127);
}

/* Waits; a signal that stops the run is passed on by the terminal or here. */
static int outcome(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_worker(const progress *p, unsigned process, double budget, bool latency)
{
    invocation v;
    int ends[2];
    invoke(&v, p->c, process, budget, latency);
    if (pipe(ends) != 0)
        return 1;
    const pid_t self = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]);
        become_worker(&v, ends[1], self);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return 1;
    }
    follow(p, ends[0]);
    if (eb_stop_flag)
        kill(child, SIGTERM);
    const int code = outcome(child);
    if (code != 0 && code != EB_WORKER_STOPPED && code != EB_WORKER_UNWRITTEN)
        fprintf(stderr, "%sescrowbench: measuring process %u %s %d\n", p->c->progress ? "\n" : "", process,
                code > 128 ? "was killed by signal" : "ended with code", code > 128 ? code - 128 : code);
    return code;
}

eb_conducted eb_conduct_run(const eb_conduct *c)
{
    const bool latency = c->latency_s > 0;
    progress p = {.c = c, .workers = c->processes + latency, .started_ns = hn_now_ns()};
    const double blocks = c->budget_s - c->latency_s, fair = blocks / c->processes;
    const double end = (double)p.started_ns / 1e9 + blocks;
    int code = 0;
    for (; p.worker < c->processes && code == 0 && !eb_stop_flag; p.worker++) {
        /* What one overdraws, those after it give back; what a resumed process does not need goes to nobody, so that
           all blocks are measured for about as long. */
        const double left = (end - (double)hn_now_ns() / 1e9) / (c->processes - p.worker);
        code = run_worker(&p, p.worker, left < 0 ? 0 : left < fair ? left : fair, false);
    }
    if (latency && code == 0 && !eb_stop_flag)
        code = run_worker(&p, c->processes, c->latency_s, true);
    if (c->progress)
        fprintf(stderr, "\r%*s\r", 78, "");
    if (eb_stop_flag || code == EB_WORKER_STOPPED)
        return EB_CONDUCT_STOPPED;
    return code == 0 ? EB_CONDUCT_DONE : code == EB_WORKER_UNWRITTEN ? EB_CONDUCT_UNWRITTEN : EB_CONDUCT_FAILED;
}
