/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/count/target.h"
#include "bench/count/worker.h"
#include "bench/state.h"
#include "harness/clock.h"

/* The program as the worker gets it: a path that has the same length wherever the program lies, since the path is on the
   worker's stack and moves what comes after. */
enum { PROGRAM_FD = 97, WORDS = 48, TEXT = 512, GREETING_S = 60 };
#define PROGRAM "/dev/fd/97"

/* A command line, with a copy of the words that were in one text. */
typedef struct command_line {
    char *word[WORDS];
    size_t count;
    char text[TEXT], plugin[TEXT], scratch[TEXT];
} command_line;

static void add(command_line *c, const char *word)
{
    if (c->count + 1 < WORDS)
        c->word[c->count++] = (char *)(uintptr_t)word; /* execv takes char *const[], and writes to none */
}

static void add_words(command_line *c, const char *text)
{
    snprintf(c->text, sizeof c->text, "%s", text);
    for (char *at = strtok(c->text, " "); at != NULL; at = strtok(NULL, " "))
        add(c, at);
}

static void emulator_of(const eb_counting *o, char *out, size_t len)
{
    struct utsname names;
    if (o->emulator != NULL)
        snprintf(out, len, "%s", o->emulator);
    else
        snprintf(out, len, "qemu-%.64s -cpu max", uname(&names) == 0 ? names.machine : "x86_64");
}

/* eb_count.so beside this program. */
static bool own_plugin(char *out, size_t len)
{
    const ssize_t n = readlink("/proc/self/exe", out, len - 1);
    if (n <= 0)
        return false;
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL || (size_t)(slash + 1 - out) + sizeof "eb_count.so" > len)
        return false;
    memcpy(slash + 1, "eb_count.so", sizeof "eb_count.so");
    return true;
}

static bool qemu_line(command_line *c, const eb_counting *o, char *why, size_t why_len)
{
    char emulator[TEXT], path[TEXT - 16];
    emulator_of(o, emulator, sizeof emulator);
    if (o->plugin != NULL)
        snprintf(path, sizeof path, "%s", o->plugin);
    else if (!own_plugin(path, sizeof path))
        path[0] = '\0';
    if (access(path, R_OK) != 0) {
        snprintf(why, why_len, "the counting plug-in is not at %.200s (--plugin names it)", path);
        return false;
    }
    add_words(c, emulator);
    snprintf(c->plugin, sizeof c->plugin, "%s", path);
    add(c, "-seed"); /* what the kernel gives a program at its start */
    add(c, "1");
    add(c, "-plugin");
    add(c, c->plugin);
    return true;
}

/* -v: the log says at its end which exceptions were used. */
static bool memcheck_line(command_line *c, const eb_count_worker *w, const eb_counting *o, char *why, size_t why_len)
{
    char path[sizeof w->scratch + 16];
    snprintf(path, sizeof path, "%s/exceptions", w->scratch);
    FILE *f = fopen(path, "w");
    const bool ok = f != NULL && fputs(o->exceptions, f) >= 0;
    if ((f != NULL && fclose(f) != 0) || !ok) {
        snprintf(why, why_len, "%s: %s", path, strerror(errno));
        return false;
    }
    snprintf(c->scratch, sizeof c->scratch, "--log-file=%s/%%p", w->scratch);
    snprintf(c->plugin, sizeof c->plugin, "--suppressions=%s", path);
    add_words(c, "valgrind -v --tool=memcheck --leak-check=no --error-limit=no --vgdb=no --num-callers=16");
    add(c, c->scratch);
    add(c, c->plugin);
    return true;
}

/* What stands in front of the program; nothing for perf. */
static bool compose(command_line *c, eb_count_worker *w, const char *tool, const eb_counting *o, char *why,
                    size_t why_len)
{
    *c = (command_line){0};
    if (strcmp(tool, "qemu") == 0 && !qemu_line(c, o, why, why_len))
        return false;
    if (strcmp(tool, "callgrind") == 0 || strcmp(tool, "memcheck") == 0) {
        snprintf(w->scratch, sizeof w->scratch, "%s", "/tmp/escrowbench-XXXXXX");
        if (mkdtemp(w->scratch) == NULL) {
            snprintf(why, why_len, "no temporary folder: %s", strerror(errno));
            w->scratch[0] = '\0';
            return false;
        }
    }
    if (strcmp(tool, "callgrind") == 0) {
        snprintf(c->scratch, sizeof c->scratch, "--callgrind-out-file=%s/%%p", w->scratch);
        add_words(c, "valgrind -q --tool=callgrind --combine-dumps=no");
        add(c, c->scratch);
    }
    if (strcmp(tool, "memcheck") == 0 && !memcheck_line(c, w, o, why, why_len))
        return false;
    add(c, PROGRAM);
    for (size_t i = 0; eb_module_path(i) != NULL; i++) {
        add(c, "--module");
        add(c, eb_module_path(i));
    }
    add(c, "count");
    if (strcmp(tool, "memcheck") == 0) {
        add(c, "--secrets");
    } else if (w->scratch[0] != '\0') {
        add(c, "--scratch");
        add(c, w->scratch);
    }
    c->word[c->count] = NULL;
    return true;
}

/* The environment, which lies on the worker's stack too: fixed, but for where libraries are. glibc is told not to copy by
   repeated string instructions: an emulator counts each repetition, and hardware counts one. */
static void environment(char *out[8], char library_path[TEXT])
{
    static char tunables[] = "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1073741824:"
                             "glibc.cpu.x86_rep_stosb_threshold=1073741824";
    static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/bin:/bin";
    const char *libraries = getenv("LD_LIBRARY_PATH");
    size_t n = 0;
    out[n++] = locale;
    out[n++] = path;
    out[n++] = tunables;
    if (libraries != NULL) {
        snprintf(library_path, TEXT, "LD_LIBRARY_PATH=%s", libraries);
        out[n++] = library_path;
    }
    out[n] = NULL;
}

/* In the child, before the exec. */
static void become(const command_line *c, const char *path, int in, int out, int errors, pid_t parent)
{
    char *env[8];
    char library_path[TEXT];
    const int program = open(path, O_RDONLY);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    personality(ADDR_NO_RANDOMIZE); /* where things lie moves counts by a few instructions */
    if (getppid() != parent || program < 0 || dup2(program, PROGRAM_FD) < 0 || dup2(in, STDIN_FILENO) < 0 ||
        dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(126);
    close(program);
    environment(env, library_path);
    execvpe(c->word[0], c->word, env);
    (void)dprintf(STDERR_FILENO, "%s: %s\n", c->word[0], strerror(errno));
    _exit(127);
}

/* The last whole line that it wrote on standard error. */
static void last_words(int errors, char *out, size_t len)
{
    char text[4096];
    const off_t end = lseek(errors, 0, SEEK_END);
    const off_t from = end > (off_t)sizeof text - 1 ? end - (off_t)sizeof text + 1 : 0;
    const ssize_t n = end > 0 ? pread(errors, text, (size_t)(end - from), from) : 0;
    out[0] = '\0';
    if (n <= 0)
        return;
    text[n] = '\0';
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        snprintf(out, len, "%.200s", line);
}

static bool hear(eb_count_worker *w, char *line)
{
    for (;;) {
        if (ab_read_line(&w->out, line, hn_now_ns() + (uint64_t)GREETING_S * 1000000000u) != AB_READ_LINE)
            return false;
        if (strcmp(line, "ready") == 0)
            return true;
        if (strncmp(line, "tool ", 5) == 0)
            snprintf(w->tool, sizeof w->tool, "%.31s", line + 5);
        else if (strncmp(line, "features ", 9) == 0)
            snprintf(w->features, sizeof w->features, "%.191s", strcmp(line + 9, "-") != 0 ? line + 9 : "");
        else if (strncmp(line, "library ", 8) == 0 && w->library_count < EB_COUNT_LIBRARIES)
            snprintf(w->libraries[w->library_count++], sizeof w->libraries[0], "%.95s", line + 8);
        else if (strcmp(line, EB_COUNT_HELLO) != 0)
            return false;
    }
}

static const char *proved_version(const rp_document *doc, const char *backend, size_t len)
{
    for (size_t i = 0; i < doc->subject.library_count; i++)
        if (strncmp(doc->subject.libraries[i].backend, backend, len) == 0 &&
            doc->subject.libraries[i].backend[len] == '\0')
            return doc->subject.libraries[i].version;
    return "nothing of it";
}

/* Under a wrong system root an emulator loads the host's libraries: what was counted must be what was proved. */
static bool same_libraries(const eb_count_worker *w, const rp_document *doc, char *why, size_t why_len)
{
    for (size_t i = 0; i < w->library_count; i++) {
        const size_t len = strcspn(w->libraries[i], " ");
        const char *proved = proved_version(doc, w->libraries[i], len);
        if (strcmp(w->libraries[i] + len + (w->libraries[i][len] == ' '), proved) != 0) {
            snprintf(why, why_len, "the counted program loads %s, and what was proved is %.80s", w->libraries[i],
                     proved);
            return false;
        }
    }
    return w->library_count > 0;
}

static bool greeted(eb_count_worker *w, const char *tool, const rp_document *doc, char *why, size_t why_len)
{
    static const struct {
        const char *tool, *counts;
    } names[] = {{"qemu", "qemu-plugin"}, {"callgrind", "callgrind"}, {"perf", "perf"}, {"memcheck", "memcheck"}};
    char line[AB_LINE_MAX + 1], words[256];
    if (!hear(w, line)) {
        last_words(w->errors, words, sizeof words);
        snprintf(why, why_len, "%s", words[0] != '\0' ? words : "it ends at once");
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(tool, names[i].tool) == 0 && strcmp(w->tool, names[i].counts) == 0)
            return same_libraries(w, doc, why, why_len);
    snprintf(why, why_len, "nothing counts under it");
    return false;
}

bool eb_count_start(eb_count_worker *w, const char *tool, const eb_counting *o, const rp_document *doc, char *why,
                    size_t why_len)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    command_line c;
    *w = (eb_count_worker){.pid = -1, .in = -1, .errors = -1, .out = {.fd = -1}};
    if (!compose(&c, w, tool, o, why, why_len)) {
        eb_count_end(w);
        return false;
    }
    w->errors = memfd_create("escrowbench", MFD_CLOEXEC);
    const pid_t self = getpid();
    if (w->errors >= 0 && pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0)
        w->pid = fork();
    if (w->pid == 0)
        become(&c, o->target != NULL ? o->target : "/proc/self/exe", to[0], from[1], w->errors, self);
    if (to[0] >= 0)
        close(to[0]);
    if (from[1] >= 0)
        close(from[1]);
    w->in = to[1];
    w->out.fd = from[0];
    bool ok = w->pid > 0;
    if (!ok)
        snprintf(why, why_len, "no process: %s", strerror(errno));
    ok = ok && greeted(w, tool, doc, why, why_len);
    if (!ok)
        eb_count_end(w);
    return ok;
}

static void empty(const char *folder)
{
    char path[320];
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            (void)unlink(path);
        }
    if (dir != NULL)
        closedir(dir);
    (void)rmdir(folder);
}

void eb_count_end(eb_count_worker *w)
{
    int status = 0;
    if (w->in >= 0)
        close(w->in); /* the end of its input ends it */
    if (w->pid > 0) {
        if (eb_stop_flag)
            kill(w->pid, SIGKILL);
        while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
            kill(w->pid, SIGKILL);
    }
    if (w->out.fd >= 0)
        close(w->out.fd);
    if (w->errors >= 0)
        close(w->errors);
    if (w->scratch[0] != '\0')
        empty(w->scratch);
    *w = (eb_count_worker){.pid = -1, .in = -1, .errors = -1, .out = {.fd = -1}};
}

/* The first line that `program --version` says; "" if it says nothing. */
static void first_line(char *out, size_t len, const char *program)
{
    int ends[2];
    size_t used = 0;
    ssize_t got = 1;
    if (pipe(ends) != 0)
        return;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp(program, program, "--version", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (pid > 0 && used + 1 < len && got > 0) {
        got = read(ends[0], out + used, len - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    close(ends[0]);
    out[used] = '\0';
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void eb_count_emulator(char *out, size_t len, const char *tool, const eb_counting *o)
{
    char emulator[TEXT];
    out[0] = '\0';
    if (strcmp(tool, "qemu") != 0)
        return;
    emulator_of(o, emulator, sizeof emulator);
    eb_target_cpu(out, len, emulator);
}

void eb_count_version(char *out, size_t len, const char *tool, const eb_counting *o)
{
    char emulator[TEXT];
    out[0] = '\0';
    if (strcmp(tool, "perf") == 0)
        return;
    emulator_of(o, emulator, sizeof emulator);
    if (strcmp(tool, "callgrind") == 0 || strcmp(tool, "memcheck") == 0)
        snprintf(emulator, sizeof emulator, "valgrind");
    emulator[strcspn(emulator, " ")] = '\0';
    first_line(out, len, emulator);
    out[strcspn(out, "\n")] = '\0';
}
