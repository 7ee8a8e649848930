/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report/fields.h"
#include "bench/report/memory.h"
#include "bench/report/report.h"

static void forget(rp_sink *sink)
{
    free(sink->path);
    free(sink->temp);
    *sink = (rp_sink){NULL, NULL, NULL};
}

static bool failed(rp_sink *sink, const char *doing, rp_error *err)
{
    return rp_fails(err, "cannot %s %.300s: %s", doing, sink->path, strerror(errno ? errno : EIO));
}

/* Devices and pipes are not replaced: a rename would put a file in the place of /dev/stdout. */
static bool open_directly(rp_sink *sink, rp_error *err)
{
    sink->out = fopen(sink->path, "w");
    return sink->out ? true : failed(sink, "open", err);
}

static bool open_temp(rp_sink *sink, mode_t mode, rp_error *err)
{
    const char *slash = strrchr(sink->path, '/');
    const int dir = slash ? (int)(slash - sink->path) + 1 : 0;
    int fd = -1;

    sink->temp = rp_print("%.*s.%s.XXXXXX", dir, sink->path, sink->path + dir);
    fd = mkstemp(sink->temp);
    if (fd < 0) {
        return failed(sink, "create", err);
    }
    sink->out = fdopen(fd, "w");
    if (!sink->out || fchmod(fd, mode) != 0) {
        failed(sink, "create", err);
        if (!sink->out) {
            close(fd);
        }
        return false;
    }
    return true;
}

bool rp_sink_open(rp_sink *sink, const char *path, rp_error *err)
{
    char *target = realpath(path, NULL); /* through symbolic links: the file is replaced, not the link */
    const mode_t mask = umask(0);
    struct stat st;
    bool good = false;

    umask(mask);
    *sink = (rp_sink){NULL, target ? target : rp_print("%s", path), NULL};
    if (stat(sink->path, &st) != 0) {
        good = open_temp(sink, 0666 & ~mask, err);
    } else if (S_ISREG(st.st_mode)) {
        good = open_temp(sink, st.st_mode & 0777, err);
    } else if (S_ISDIR(st.st_mode)) {
        good = rp_fails(err, "cannot write %.300s: it is a folder; name a file", path);
    } else {
        good = open_directly(sink, err);
    }
    if (!good) {
        rp_sink_abort(sink);
    }
    return good;
}

/* So that the rename itself survives a power cut. A file system that cannot do it is no reason to fail. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? rp_print("%.*s", (int)(slash - path) + 1, path) : rp_print(".");
    const int fd = open(folder, O_RDONLY | O_DIRECTORY);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

bool rp_sink_commit(rp_sink *sink, rp_error *err)
{
    const bool written = fflush(sink->out) == 0 && !ferror(sink->out);

    if (!written || (sink->temp && fsync(fileno(sink->out)) != 0) ||
        (sink->temp && rename(sink->temp, sink->path) != 0)) {
        failed(sink, "write", err);
        rp_sink_abort(sink);
        return false;
    }
    if (sink->temp) {
        sync_folder(sink->path);
    }
    (void)fclose(sink->out); /* all of it is on the disk */
    forget(sink);
    return true;
}

void rp_sink_abort(rp_sink *sink)
{
    if (sink->out) {
        (void)fclose(sink->out);
    }
    if (sink->temp) {
        unlink(sink->temp);
    }
    forget(sink);
}

bool rp_may_write(const char *path, rp_error *err)
{
    struct stat st;
    rp_sink sink;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return true; /* opening a pipe would wait for its reader */
    }
    if (!rp_sink_open(&sink, path, err)) {
        return false;
    }
    rp_sink_abort(&sink);
    return true;
}

bool rp_write_file(const char *path, const void *data, size_t len, rp_error *err)
{
    rp_sink sink;

    if (!rp_sink_open(&sink, path, err)) {
        return false;
    }
    if (len) {
        (void)fwrite(data, 1, len, sink.out); /* a failure shows in the stream */
    }
    return rp_sink_commit(&sink, err);
}
