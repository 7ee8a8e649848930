/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/files/output.h"

enum { FIRST_GUESS = 65536 }; /* bytes, where a file does not tell its size */

/* Large messages go into huge pages where the system has them: a page fault for each 4 KiB can take longer than the
 * encryption of what is put there. */
enum { HUGE_PAGE = 2 << 20 };

static void *allocate_large(size_t cap)
{
    const size_t rounded = (cap + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *ptr = rounded >= cap ? aligned_alloc(HUGE_PAGE, rounded) : NULL;

    if (ptr != NULL) {
        (void)madvise(ptr, rounded, MADV_HUGEPAGE);
    }
    return ptr;
}

bool ft_data_new(ft_data *data, size_t cap, ft_error *err)
{
    *data = (ft_data){.ptr = cap >= HUGE_PAGE ? allocate_large(cap) : malloc(cap > 0 ? cap : 1), .cap = cap};
    if (data->ptr == NULL) {
        ft_no_memory(err, cap);
        return false;
    }
    return true;
}

void ft_data_free(ft_data *data)
{
    if (data->ptr != NULL) {
        eb_wipe(data->ptr, data->len);
        free(data->ptr);
    }
    *data = (ft_data){.ptr = NULL};
}

const char *ft_input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Not realloc, which would leave a copy of the bytes behind. */
static bool grow(ft_data *data, size_t cap, ft_error *err)
{
    ft_data bigger;

    if (!ft_data_new(&bigger, cap, err)) {
        return false;
    }
    memcpy(bigger.ptr, data->ptr, data->len);
    bigger.len = data->len;
    ft_data_free(data);
    *data = bigger;
    return true;
}

static bool too_long(const char *path, size_t limit, const char *what, ft_error *err)
{
    return ft_fails(err, "%.300s: too long: %s of more than %zu bytes are not supported", ft_input_name(path), what,
                    limit);
}

/* Room for the file and for one byte more, by which its end shows. */
static bool first_room(ft_data *data, int fd, const char *path, size_t limit, const char *what, ft_error *err)
{
    struct stat st;
    size_t cap = FIRST_GUESS;

    if (fstat(fd, &st) != 0) {
        return ft_fails(err, "cannot read %.300s: %s", ft_input_name(path), strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return ft_fails(err, "cannot read %.300s: it is a folder", ft_input_name(path));
    }
    if (S_ISREG(st.st_mode)) {
        if (st.st_size > 0 && (uintmax_t)st.st_size > limit) {
            return too_long(path, limit, what, err);
        }
        cap = st.st_size > 0 ? (size_t)st.st_size + 1 : cap;
        ft_output_protect(&st);
    }
    return ft_data_new(data, cap, err);
}

static bool read_all(ft_data *data, int fd, const char *path, size_t limit, const char *what, ft_error *err)
{
    for (;;) {
        ssize_t n = 0;
        if (data->len > limit) {
            return too_long(path, limit, what, err);
        }
        if (data->len == data->cap && !grow(data, data->cap > limit / 2 ? limit + 1 : 2 * data->cap, err)) {
            return false;
        }
        n = read(fd, data->ptr + data->len, data->cap - data->len);
        if (n == 0) {
            return true;
        }
        if (n > 0) {
            data->len += (size_t)n;
        } else if (errno != EINTR) {
            return ft_fails(err, "cannot read %.300s: %s", ft_input_name(path), strerror(errno));
        }
    }
}

bool ft_read(ft_data *data, const char *path, size_t limit, const char *what, ft_error *err)
{
    const bool standard = strcmp(path, "-") == 0;
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool good = false;

    *data = (ft_data){.ptr = NULL};
    if (fd < 0) {
        return ft_fails(err, "cannot read %.300s: %s", path, strerror(errno));
    }
    good = first_room(data, fd, path, limit, what, err) && read_all(data, fd, path, limit, what, err);
    if (!standard) {
        close(fd);
    }
    if (!good) {
        ft_data_free(data);
    }
    return good;
}
