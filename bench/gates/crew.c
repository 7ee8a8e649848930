/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/crew.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_JOBS = 256, POLL_MS = 100 };

/* What a worker says. Shorter than PIPE_BUF, so that the messages of several workers never mix. */
typedef enum kind { BEGUN, WRONG, FOUND, ENDED } kind;

typedef struct message {
    kind kind;
    unsigned worker;
    size_t task;
    gt_outcome outcome;
    uint64_t checks, failures;
    double seconds;
    char detail[GT_DETAIL];
    gt_finding finding;
} message;

_Static_assert(sizeof(message) <= 4096, "longer than Linux's PIPE_BUF");

enum { NO_TASK = -1 };

typedef struct worker {
    pid_t pid; /* 0: none */
    long task; /* under way */
} worker;

typedef struct crew {
    const gt_crew_job *job;
    int pipe[2];
    atomic_size_t *next; /* shared: place in the queue */
    worker workers[MAX_JOBS];
    unsigned count;
    size_t done;
} crew;

unsigned gt_crew_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
    return 1; /* more CPUs than a cpu_set_t holds: rather few processes than none */
}

/* ---- a worker ---- */

typedef struct speaker {
    int fd;
    message m;
} speaker;

static void say(speaker *s, kind k)
{
    message m = s->m;
    ssize_t n;
    m.kind = k;
    do
        n = write(s->fd, &m, sizeof m);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof m)
        _exit(1); /* nobody listens */
}

static void on_failure(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)gate, (void)subject;
    speaker *s = user;
    if (s->m.detail[0] != '\0')
        return; /* the first one tells most */
    snprintf(s->m.detail, sizeof s->m.detail, "%s", detail);
    say(s, WRONG);
}

static void on_finding(void *user, const char *gate, const char *subject, const gt_finding *finding)
{
    (void)gate, (void)subject;
    speaker *s = user;
    s->m.finding = *finding;
    say(s, FOUND);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void one_task(speaker *s, const gt_task *task, bool sparse)
{
    gt_log log = {.failed = on_failure, .found = on_finding, .user = s, .sparse = sparse};
    char why[GT_DETAIL];
    s->m.detail[0] = '\0';
    say(s, BEGUN);
    const double start = cpu_seconds();
    s->m.outcome = gt_run_gate(task->gate, &task->subject, &log, why);
    s->m.seconds = cpu_seconds() - start;
    s->m.checks = log.checks;
    s->m.failures = log.failures;
    if (s->m.outcome == GT_SKIPPED)
        memcpy(s->m.detail, why, sizeof why);
    else if (s->m.outcome == GT_FAILED && s->m.detail[0] == '\0')
        snprintf(s->m.detail, sizeof s->m.detail, "nothing was checked");
    say(s, ENDED);
}

static _Noreturn void work(const crew *c, unsigned number)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM}; /* the program's handlers are its own */
    speaker s = {.fd = c->pipe[1], .m = {.worker = number}};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)signal(signals[i], SIG_DFL);
    (void)close(c->pipe[0]);
    for (size_t at; (at = atomic_fetch_add(c->next, 1)) < c->job->count;) {
        s.m.task = c->job->queue[at];
        (void)alarm(c->job->limit);
        one_task(&s, &c->job->tasks[s.m.task], c->job->sparse);
    }
    _exit(0);
}

/* ---- the crew ---- */

static bool hire(crew *c, unsigned number)
{
    const pid_t pid = fork();
    if (pid == 0)
        work(c, number);
    if (pid < 0)
        return false;
    c->workers[number] = (worker){.pid = pid, .task = NO_TASK};
    return true;
}

static void finish(crew *c, size_t task)
{
    c->done++;
    if (c->job->done != NULL)
        c->job->done(c->job->user, task);
}

static void hear(crew *c, const message *m)
{
    gt_unit *u = &c->job->units[m->task];
    gt_finding *more;
    switch (m->kind) {
    case BEGUN:
        c->workers[m->worker].task = (long)m->task;
        break;
    case WRONG:
        memcpy(u->detail, m->detail, sizeof u->detail);
        break;
    case FOUND:
        more = realloc(u->findings, (u->finding_count + 1) * sizeof *more);
        if (more == NULL)
            break;
        u->findings = more;
        u->findings[u->finding_count++] = m->finding;
        break;
    case ENDED:
        c->workers[m->worker].task = NO_TASK;
        u->outcome = m->outcome;
        u->checks = m->checks;
        u->failures = m->failures;
        u->seconds = m->seconds;
        memcpy(u->detail, m->detail, sizeof u->detail);
        finish(c, m->task);
        break;
    }
}

/* Everything that is in the pipe now. */
static void hear_all(crew *c)
{
    message m;
    struct pollfd p = {.fd = c->pipe[0], .events = POLLIN};
    while (poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0 && read(c->pipe[0], &m, sizeof m) == (ssize_t)sizeof m)
        hear(c, &m);
}

/* A worker is gone. The task that it was at has failed; another worker takes its place while there is work. */
static void bury(crew *c, unsigned number, int status)
{
    const long task = c->workers[number].task;
    c->workers[number] = (worker){.task = NO_TASK};
    if (task != NO_TASK) {
        gt_unit *u = &c->job->units[task];
        u->outcome = GT_FAILED;
        u->failures++;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            snprintf(u->detail, sizeof u->detail, "took longer than %u s", c->job->limit);
        else if (WIFSIGNALED(status))
            snprintf(u->detail, sizeof u->detail, "crashed: %s", strsignal(WTERMSIG(status)));
        else
            snprintf(u->detail, sizeof u->detail, "ended the process with status %d", WEXITSTATUS(status));
        finish(c, (size_t)task);
    }
    if (atomic_load(c->next) < c->job->count)
        (void)hire(c, number); /* the others go on without it if need be */
}

static unsigned at_work(const crew *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->count; i++)
        n += c->workers[i].pid != 0;
    return n;
}

static void look_after(crew *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        int status;
        if (c->workers[i].pid == 0 || waitpid(c->workers[i].pid, &status, WNOHANG) != c->workers[i].pid)
            continue;
        hear_all(c); /* its last words */
        bury(c, i, status);
    }
}

static void dismiss(crew *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->workers[i].pid != 0) {
            (void)kill(c->workers[i].pid, SIGKILL);
            (void)waitpid(c->workers[i].pid, NULL, 0);
            c->workers[i].pid = 0;
        }
}

static eb_status work_off(crew *c, bool *early)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!hire(c, i) && i == 0)
            return EB_ERR_BACKEND;
    while (at_work(c) > 0) {
        struct pollfd p = {.fd = c->pipe[0], .events = POLLIN};
        (void)poll(&p, 1, POLL_MS);
        hear_all(c);
        look_after(c);
        if (c->job->stopped != NULL && c->job->stopped(c->job->user)) {
            *early = true;
            break;
        }
    }
    dismiss(c);
    return *early || c->done == c->job->count ? EB_OK : EB_ERR_BACKEND;
}

eb_status gt_crew_run(const gt_crew_job *job, bool *early)
{
    crew c = {.job = job, .count = job->jobs > 0 ? job->jobs : gt_crew_cpus()};
    *early = false;
    if (c.count > MAX_JOBS)
        c.count = MAX_JOBS;
    if (c.count > job->count)
        c.count = (unsigned)job->count;
    if (c.count == 0)
        return EB_OK;
    c.next = mmap(NULL, sizeof *c.next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c.next == MAP_FAILED)
        return EB_ERR_BACKEND;
    eb_status s = EB_ERR_BACKEND;
    if (pipe(c.pipe) == 0) {
        atomic_init(c.next, 0);
        (void)fflush(NULL);
        s = work_off(&c, early);
        (void)close(c.pipe[0]);
        (void)close(c.pipe[1]);
    }
    (void)munmap(c.next, sizeof *c.next);
    return s;
}
