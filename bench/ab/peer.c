/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/ab/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/personality.h>
#endif
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/serve.h"
#include "bench/state.h"
#include "harness/affinity.h"
#include "harness/clock.h"

enum { QUIT_MS = 1000 };

static uint64_t after(double seconds)
{
    return hn_now_ns() + (uint64_t)(seconds * 1e9);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- what went wrong ---- */

static bool fails(const ab_peer *p, ab_error *err, const char *format, ...) AB_PRINTF(3, 4);

static bool fails(const ab_peer *p, ab_error *err, const char *format, ...)
{
    const int used = snprintf(err->text, sizeof err->text, "%.400s (%s): ", p->program->path, p->program->role);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text + used, sizeof err->text - (size_t)used, format, args);
    va_end(args);
    err->stopped = false;
    for (char *c = err->text; *c != '\0'; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
    return false;
}

static bool stopped(ab_error *err)
{
    snprintf(err->text, sizeof err->text, "stopped by a signal");
    err->stopped = true;
    return false;
}

/* The first line that it wrote to standard error, "" if none. */
static void first_words(const ab_peer *p, char *out, size_t len)
{
    const ssize_t n = p->errors >= 0 ? read(p->errors, out, len - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Waits for its end without blocking for longer than given; false if it is still there. */
static bool wait_end(ab_peer *p, int ms, int *status)
{
    const uint64_t until = hn_now_ns() + (uint64_t)ms * 1000000;
    for (;;) {
        const pid_t got = waitpid(p->pid, status, WNOHANG);
        if (got == p->pid || (got < 0 && errno != EINTR))
            return true;
        if (hn_now_ns() >= until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

/* Ends it by force if it is still there. Its children go with it: they are of its process group. */
static int reap(ab_peer *p, int grace_ms)
{
    int status = 0;
    if (p->pid <= 0)
        return 0;
    const bool ended = wait_end(p, grace_ms, &status);
    kill(-p->pid, SIGKILL);
    while (!ended && waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    close_fd(&p->to);
    close_fd(&p->from.fd);
    return status;
}

/* It closed its output, or does not read any more. */
static bool gone(ab_peer *p, ab_error *err)
{
    char how[64], words[400];
    const int status = reap(p, QUIT_MS);
    first_words(p, words, sizeof words);
    close_fd(&p->errors);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        snprintf(how, sizeof how, "crashed (%s)", strsignal(WTERMSIG(status)));
    else if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "was killed, or closed its output");
    else
        snprintf(how, sizeof how, "ended with exit code %d", WEXITSTATUS(status));
    return fails(p, err, "%s %s%s%s%s", how, p->asked, words[0] != '\0' ? "; it said: " : "", words,
                 strstr(words, "no command 'serve'") != NULL ? " (a build from before `ab`?)" : "");
}

bool ab_peer_nonsense(ab_peer *p, const ab_line *reply, ab_error *err)
{
    char line[160] = "";
    for (size_t i = 0, used = 0; i < reply->count && used < sizeof line; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", i > 0 ? " " : "", reply->field[i]);
    return fails(p, err, "says '%s' %s, which is not of the protocol: is it escrowbench?", line, p->asked);
}

/* ---- requests and replies ---- */

bool ab_peer_send(ab_peer *p, ab_error *err, const char *format, ...)
{
    char line[AB_LINE_MAX + 2];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, AB_LINE_MAX + 1, format, args);
    va_end(args);
    if (n < 0 || n > AB_LINE_MAX)
        return fails(p, err, "a request would be too long");
    snprintf(p->asked, sizeof p->asked, "when it was asked to '%.80s'", line);
    line[n] = '\n';
    return ab_write(p->to, line, (size_t)n + 1) || (eb_stop_flag ? stopped(err) : gone(p, err));
}

bool ab_peer_reply(ab_peer *p, ab_line *reply, size_t most, double patience_s, ab_error *err)
{
    char line[AB_LINE_MAX + 1];
    reply->count = 0;
    const double patience = patience_s > 0 ? patience_s : p->patience_s;
    switch (ab_read_line(&p->from, line, after(patience))) {
    case AB_READ_STOPPED:
        return stopped(err);
    case AB_READ_END:
        return gone(p, err);
    case AB_READ_LATE:
        return fails(p, err, "gave no answer within %g s %s: it hangs", patience, p->asked);
    case AB_READ_BAD:
        return fails(p, err, "says '%.60s%s' %s, which is not of the protocol: is it escrowbench?", line,
                     strlen(line) > 60 ? "..." : "", p->asked);
    case AB_READ_LINE:
        break;
    }
    if (strncmp(line, "error ", 6) == 0)
        return fails(p, err, "%.900s", line + 6);
    return ab_split(reply, line, most) || ab_peer_nonsense(p, reply, err);
}

/* ---- hello ---- */

static bool is(const ab_line *l, const char *name, size_t count)
{
    return l->count == count && strcmp(l->field[0], name) == 0;
}

static bool take_program(ab_hello *h, const ab_line *l)
{
    if (!is(l, "program", 5))
        return false;
    snprintf(h->version, sizeof h->version, "%s", l->field[1]);
    snprintf(h->commit, sizeof h->commit, "%s", strcmp(l->field[2], "-") != 0 ? l->field[2] : "");
    h->dirty = strcmp(l->field[3], "dirty") == 0;
    snprintf(h->fingerprint, sizeof h->fingerprint, "%s", l->field[4]);
    return true;
}

static bool take_library(ab_hello *h, const ab_line *l)
{
    if (!is(l, "library", 3) || h->library_count == sizeof h->library / sizeof h->library[0])
        return false;
    snprintf(h->library[h->library_count].backend, sizeof h->library[0].backend, "%s", l->field[1]);
    snprintf(h->library[h->library_count].version, sizeof h->library[0].version, "%s", l->field[2]);
    h->library_count++;
    return true;
}

bool ab_peer_greet(ab_peer *p, ab_error *err)
{
    ab_line l;
    ab_hello *h = &p->hello;
    uint64_t protocol = 0;
    *h = (ab_hello){0};
    snprintf(p->asked, sizeof p->asked, "before it was asked anything");
    if (!ab_peer_reply(p, &l, AB_FIELDS_MAX, 0, err))
        return false;
    if (!is(&l, EB_SERVE_HELLO, 2) || !ab_number(l.field[1], 0, UINT32_MAX, &protocol))
        return ab_peer_nonsense(p, &l, err);
    if (protocol != EB_SERVE_PROTOCOL)
        return fails(p, err, "speaks protocol %s, this program speaks %d", l.field[1], (int)EB_SERVE_PROTOCOL);
    if (!ab_peer_reply(p, &l, AB_FIELDS_MAX, 0, err))
        return false;
    if (!take_program(h, &l))
        return ab_peer_nonsense(p, &l, err);
    for (;;) {
        if (!ab_peer_reply(p, &l, 3, 0, err))
            return false;
        if (is(&l, "ready", 1))
            return true;
        if (!take_library(h, &l))
            return ab_peer_nonsense(p, &l, err);
    }
}

/* ---- life ---- */

/* The pipes of a start: parent's and child's ends. */
typedef struct ends {
    int in[2], out[2], error[2], status[2];
} ends;

static bool make_pipe(int fds[2])
{
    return pipe2(fds, O_CLOEXEC) == 0;
}

static void close_all(ends *e)
{
    int *pipes[] = {e->in, e->out, e->error, e->status};
    for (size_t i = 0; i < sizeof pipes / sizeof pipes[0]; i++) {
        close_fd(&pipes[i][0]);
        close_fd(&pipes[i][1]);
    }
}

/* In the child, which has one thread as its parent does. What cannot be done is told by errno on the status pipe. */
static void become(const ab_program *program, const ends *e, pid_t parent)
{
    char number[16];
    char *words[8];
    size_t n = 0;
    const char *const given[] = {
        program->path, program->module != NULL ? "--module" : NULL, program->module, "serve", "--protocol", number};
    snprintf(number, sizeof number, "%d", (int)EB_SERVE_PROTOCOL);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i] != NULL)
            words[n++] = (char *)(uintptr_t)given[i]; /* execv writes to none */
    words[n] = NULL;
    setpgid(0, 0); /* its children can be ended with it */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_DFL);
#ifdef __linux__
    /* The two of a pair are to have the same layout; it is the server that varies it, from pair to pair. */
    (void)personality(ADDR_NO_RANDOMIZE);
#endif
    if (getppid() == parent && dup2(e->in[0], STDIN_FILENO) >= 0 && dup2(e->out[1], STDOUT_FILENO) >= 0 &&
        dup2(e->error[1], STDERR_FILENO) >= 0)
        execv(program->path, words);
    const int error = errno;
    (void)!write(e->status[1], &error, sizeof error);
    _exit(127);
}

static bool start_process(ab_peer *p, ab_error *err)
{
    ends e = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    int error = 0;
    if (!make_pipe(e.in) || !make_pipe(e.out) || !make_pipe(e.error) || !make_pipe(e.status)) {
        error = errno;
        close_all(&e);
        return fails(p, err, "cannot be started: %s", strerror(error));
    }
    fcntl(e.error[1], F_SETFL, O_NONBLOCK); /* what nobody reads is lost, and blocks nobody */
    fcntl(e.error[0], F_SETFL, O_NONBLOCK);
    const pid_t self = getpid(), child = fork();
    if (child == 0)
        become(p->program, &e, self);
    error = child < 0 ? errno : 0;
    close_fd(&e.status[1]);
    if (child > 0 && read(e.status[0], &error, sizeof error) != (ssize_t)sizeof error)
        error = 0; /* closed by exec */
    p->pid = child > 0 ? child : 0;
    if (error == 0) {
        p->to = e.in[1];
        p->from.fd = e.out[0];
        p->errors = e.error[0];
        e.in[1] = e.out[0] = e.error[0] = -1;
    }
    close_all(&e);
    if (error != 0) {
        reap(p, 0);
        return fails(p, err, "cannot be started: %s", strerror(error));
    }
    return true;
}

bool ab_peer_start(ab_peer *p, const ab_program *program, double patience_s, ab_error *err)
{
    *p = (ab_peer){.program = program, .patience_s = patience_s, .to = -1, .errors = -1, .from.fd = -1};
    return start_process(p, err);
}

void ab_peer_bind(const ab_peer *p, int cpu)
{
    if (cpu >= 0)
        hn_affinity_bind(p->pid, cpu);
}

void ab_peer_stop(ab_peer *p)
{
    static const char quit[] = "quit\n";
    if (p->program == NULL)
        return;
    if (p->pid > 0) {
        const bool asked = !eb_stop_flag && ab_write(p->to, quit, sizeof quit - 1);
        close_fd(&p->to);
        reap(p, asked ? QUIT_MS : 0);
    }
    close_fd(&p->errors);
    p->program = NULL;
}
