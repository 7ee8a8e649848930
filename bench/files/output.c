/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporary files that exist, for the signal handler: an authority stages one for each of 255 agents and its own. */
enum { STAGED_MAX = 256 };
static char *volatile staged[STAGED_MAX];

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};
enum { INTERRUPTS = sizeof interrupts / sizeof interrupts[0] };

static void on_interrupt(int number)
{
    for (size_t i = 0; i < STAGED_MAX; i++) {
        const char *temp = staged[i];
        if (temp != NULL) {
            (void)unlink(temp);
        }
    }
    (void)raise(number); /* reset to its default: ends the program on return */
}

void ft_output_begin(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < INTERRUPTS; i++) {
        struct sigaction old;
        /* One that was ignored from the start (nohup) stays so. */
        if (sigaction(interrupts[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(interrupts[i], &action, NULL);
        }
    }
}

/* Interrupts wait while a temporary file and its entry in the list are out of step. */
static void hold_interrupts(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < INTERRUPTS; i++) {
        sigaddset(&set, interrupts[i]);
    }
    sigprocmask(SIG_BLOCK, &set, before);
}

static void release_interrupts(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

/* Replaces one entry of the list by another: NULL is a free place. */
static bool list(const char *was, char *is)
{
    for (size_t i = 0; i < STAGED_MAX; i++) {
        if (staged[i] == was) {
            staged[i] = is;
            return true;
        }
    }
    return false;
}

bool ft_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

bool ft_may_write(const char *path, bool force, ft_error *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0 || stat(path, &st) != 0) {
        return true;
    }
    if (S_ISDIR(st.st_mode)) {
        return ft_fails(err, "cannot write %.300s: it is a folder; name a file", path);
    }
    if (force || !S_ISREG(st.st_mode)) {
        return true;
    }
    return ft_fails(err, "%.300s exists already: name another file, or give --force to replace it", path);
}

static bool failed(const char *path, ft_error *err)
{
    const char *reason = errno == EPIPE ? "nobody reads it any more (closed pipe)" : strerror(errno ? errno : EIO);

    return ft_fails(err, "cannot write %.300s: %s", path, reason);
}

static bool write_all(int fd, const char *path, eb_bytes bytes, ft_error *err)
{
    while (bytes.len > 0) {
        const size_t piece = bytes.len < INT_MAX ? bytes.len : INT_MAX;
        const ssize_t n = write(fd, bytes.ptr, piece);
        if (n > 0) {
            bytes.ptr += n;
            bytes.len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            return failed(path, err);
        }
    }
    return true;
}

static bool write_directly(const char *path, eb_bytes bytes, ft_error *err)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    bool good = false;

    if (fd < 0) {
        return failed(path, err);
    }
    good = write_all(fd, path, bytes, err);
    if (close(fd) != 0 && good) {
        good = failed(path, err);
    }
    return good;
}

static mode_t mode_of(ft_access access)
{
    const mode_t mask = umask(0);

    umask(mask);
    return access == FT_SECRET ? 0600 : 0644 & ~mask;
}

/* A name for mkstemp in the target's folder. */
static char *temp_name(const char *path)
{
    static const char pattern[] = ".escrowbench-XXXXXX";
    const char *slash = strrchr(path, '/');
    const size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char *name = malloc(folder + sizeof pattern);

    if (name != NULL) {
        memcpy(name, path, folder);
        memcpy(name + folder, pattern, sizeof pattern);
    }
    return name;
}

/* Creates the temporary file and lists it for the signal handler. */
static int create_temp(ft_output *out)
{
    sigset_t before;
    int fd = -1;

    out->temp = temp_name(out->path);
    if (out->temp == NULL) {
        return -1;
    }
    hold_interrupts(&before);
    fd = mkostemp(out->temp, O_CLOEXEC); /* mode 0600 */
    if (fd >= 0) {
        (void)list(NULL, out->temp);
    } else {
        free(out->temp);
        out->temp = NULL;
    }
    release_interrupts(&before);
    return fd;
}

static bool write_temp(ft_output *out, ft_access access, eb_bytes bytes, ft_error *err)
{
    const int fd = create_temp(out);
    bool good = false;

    if (fd < 0) {
        return failed(out->path, err);
    }
    good = write_all(fd, out->path, bytes, err);
    if (good && (fchmod(fd, mode_of(access)) != 0 || fsync(fd) != 0)) {
        good = failed(out->path, err);
    }
    if (close(fd) != 0 && good) {
        good = failed(out->path, err);
    }
    return good;
}

enum { PROTECTED_MAX = 512 }; /* the files that one command reads: 255 agents and a few more */

static struct {
    dev_t dev;
    ino_t ino;
} protected[PROTECTED_MAX];
static size_t protected_count;

void ft_output_protect(const struct stat *input)
{
    if (protected_count < PROTECTED_MAX) {
        protected[protected_count].dev = input->st_dev;
        protected[protected_count++].ino = input->st_ino;
    }
}

static bool is_protected(const struct stat *st)
{
    for (size_t i = 0; i < protected_count; i++) {
        if (protected[i].dev == st->st_dev && protected[i].ino == st->st_ino) {
            return true;
        }
    }
    return false;
}

bool ft_stage(ft_output *out, const char *path, ft_access access, eb_bytes bytes, ft_error *err)
{
    struct stat st;
    bool good = false;

    *out = (ft_output){.path = NULL};
    if (strcmp(path, "-") == 0) {
        return write_all(STDOUT_FILENO, "standard output", bytes, err);
    }
    if (*path == '\0') {
        errno = ENOENT;
        return failed("\"\"", err);
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return write_directly(path, bytes, err);
    }
    if (stat(path, &st) == 0 && is_protected(&st)) {
        return ft_fails(err, "%.300s is one of the files that were read: name another one for the output", path);
    }
    /* Through symbolic links: the file is replaced, not the link. */
    out->path = realpath(path, NULL);
    if (out->path == NULL) {
        out->path = strdup(path);
    }
    good = out->path != NULL ? write_temp(out, access, bytes, err) : failed(path, err);
    if (!good) {
        ft_discard(out);
    }
    return good;
}

/* So that the rename itself survives a power cut. A file system that cannot do it is no reason to fail. */
static void sync_folder(char *path)
{
    char *slash = strrchr(path, '/');
    int fd = -1;

    if (slash != NULL) {
        slash[1] = '\0';
    }
    fd = open(slash != NULL ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

bool ft_commit(ft_output *out, ft_error *err)
{
    sigset_t before;
    bool good = true;

    if (out->temp != NULL) {
        hold_interrupts(&before);
        good = rename(out->temp, out->path) == 0;
        if (!good) {
            failed(out->path, err);
            (void)unlink(out->temp);
        }
        (void)list(out->temp, NULL);
        release_interrupts(&before);
        if (good) {
            sync_folder(out->path);
        }
        free(out->temp);
        out->temp = NULL;
    }
    ft_discard(out);
    return good;
}

void ft_discard(ft_output *out)
{
    sigset_t before;

    if (out->temp != NULL) {
        hold_interrupts(&before);
        (void)unlink(out->temp);
        (void)list(out->temp, NULL);
        release_interrupts(&before);
        free(out->temp);
    }
    free(out->path);
    *out = (ft_output){.path = NULL};
}
