/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/gates/digest.h"

enum { HEX = 2 * EB_DIGEST, BUILD_HEX = 16, MAX_LINES = 8192, MAX_FILE = 16 << 20 };

static const char version[] = "1 ";

struct gt_passes {
    char *path;
    uint8_t build[EB_DIGEST];
    char build_hex[BUILD_HEX + 1];
    char **lines; /* oldest first, without their ends */
    size_t count;
    bool changed;
};

/* ---- what was built ---- */

/* SHA-256 over this program's own file and the context. */
static bool digest_build(uint8_t *out, const char *context)
{
    struct stat st;
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, &st) == 0 && st.st_size > 0;
    if (ok) {
        const size_t len = (size_t)st.st_size;
        void *file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = file != MAP_FAILED;
        if (ok) {
            uint8_t own[EB_DIGEST];
            const eb_bytes whole = eb_range(file, len);
            const char *text = context != NULL ? context : "";
            const eb_bytes parts[] = {eb_range(own, sizeof own), eb_range(text, strlen(text))};
            ok = gt_sha256(own, &whole, 1) && gt_sha256(out, parts, 2);
            munmap(file, len);
        }
    }
    close(fd);
    return ok;
}

static bool key_of(const gt_passes *p, const gt_unit *u, char *hex)
{
    uint8_t digest[EB_DIGEST];
    const eb_bytes parts[] = {eb_range(p->build, EB_DIGEST), eb_range(u->gate->id, strlen(u->gate->id) + 1),
                              eb_range(u->subject, strlen(u->subject))};
    if (!gt_sha256(digest, parts, 3))
        return false;
    gt_hex(hex, digest, HEX);
    return true;
}

/* ---- the file ---- */

static char *default_path(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *path = malloc(4096);
    if (path == NULL)
        return NULL;
    int n = -1;
    if (cache != NULL && cache[0] == '/')
        n = snprintf(path, 4096, "%s/escrowbench/gates", cache);
    else if (home != NULL && home[0] == '/')
        n = snprintf(path, 4096, "%s/.cache/escrowbench/gates", home);
    if (n > 0 && n < 4096)
        return path;
    free(path);
    return NULL;
}

/* The folders that a path is in, made if they are missing. */
static void make_folders(char *path)
{
    for (char *p = path + 1; *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(path, 0700); /* one that is there, or cannot be made: opening the file says so */
            *p = '/';
        }
}

static bool push(gt_passes *p, const char *line)
{
    if (p->count % 64 == 0) {
        char **more = realloc(p->lines, (p->count + 64) * sizeof *more);
        if (more == NULL)
            return false;
        p->lines = more;
    }
    p->lines[p->count] = strdup(line);
    if (p->lines[p->count] == NULL)
        return false;
    p->count++;
    return true;
}

static bool well_formed(const char *line)
{
    const size_t start = sizeof version - 1;
    return strncmp(line, version, start) == 0 && strspn(line + start, "0123456789abcdef") == BUILD_HEX &&
           line[start + BUILD_HEX] == ' ' && strspn(line + start + BUILD_HEX + 1, "0123456789abcdef") == HEX &&
           line[start + BUILD_HEX + 1 + HEX] == ' ';
}

static const char *key_in(const char *line)
{
    return line + sizeof version - 1 + BUILD_HEX + 1;
}

static void read_file(gt_passes *p)
{
    FILE *f = fopen(p->path, "re");
    if (f == NULL)
        return;
    char *line = NULL;
    size_t cap = 0, total = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, f)) > 0 && (total += (size_t)len) <= MAX_FILE) {
        if (line[len - 1] != '\n')
            break; /* cut short */
        line[len - 1] = '\0';
        if (strlen(line) == (size_t)len - 1 && well_formed(line) && !push(p, line))
            break;
    }
    free(line);
    (void)fclose(f);
}

gt_passes *gt_passes_open(const char *path, const char *context)
{
    if (path != NULL && path[0] == '\0')
        return NULL;
    gt_passes *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->path = path != NULL ? strdup(path) : default_path();
    if (p->path == NULL || !digest_build(p->build, context)) {
        gt_passes_close(p);
        return NULL;
    }
    gt_hex(p->build_hex, p->build, BUILD_HEX);
    read_file(p);
    return p;
}

void gt_passes_close(gt_passes *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->count; i++)
        free(p->lines[i]);
    free(p->lines);
    free(p->path);
    free(p);
}

/* ---- lines and units ---- */

/* The next field of a line, ended; `*rest` goes on behind it, NULL at the end. */
static char *field(char **rest)
{
    char *f = *rest, *tab = f != NULL ? strchr(f, '\t') : NULL;
    *rest = tab != NULL ? tab + 1 : NULL;
    if (tab != NULL)
        *tab = '\0';
    return f;
}

static bool number(uint64_t *out, const char *text)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_findings(gt_unit *u, char *rest)
{
    while (rest != NULL) {
        const char *name = field(&rest), *accepted = field(&rest), *tried = field(&rest), *detail = field(&rest);
        gt_finding *more = realloc(u->findings, (u->finding_count + 1) * sizeof *more);
        if (more == NULL)
            return false;
        u->findings = more;
        gt_finding *f = &more[u->finding_count];
        if (detail == NULL || !number(&f->accepted, accepted) || !number(&f->tried, tried))
            return false;
        snprintf(f->field, sizeof f->field, "%s", name);
        snprintf(f->detail, sizeof f->detail, "%s", detail);
        u->finding_count++;
    }
    return true;
}

static bool read_unit(gt_unit *u, const char *line)
{
    char *copy = strdup(key_in(line) + HEX + 1), *rest = copy, *end;
    if (copy == NULL)
        return false;
    const char *head = field(&rest);
    u->checks = strtoull(head, &end, 10);
    bool ok = end != head && *end == ' ' && u->checks > 0;
    if (ok) {
        u->seconds = strtod(end + 1, &end);
        ok = *end == '\0' && u->seconds >= 0;
    }
    ok = ok && read_findings(u, rest);
    free(copy);
    if (ok) {
        u->outcome = GT_REMEMBERED;
        return true;
    }
    free(u->findings);
    u->findings = NULL;
    u->finding_count = 0;
    u->checks = 0;
    u->seconds = 0;
    return false;
}

bool gt_passes_find(const gt_passes *p, gt_unit *unit)
{
    char key[HEX + 1];
    if (p == NULL || !key_of(p, unit, key))
        return false;
    for (size_t i = p->count; i-- > 0;)
        if (strncmp(key_in(p->lines[i]), key, HEX) == 0)
            return read_unit(unit, p->lines[i]);
    return false;
}

/* Text that is a field: no tab, no end of line. */
static void put_text(FILE *f, const char *text)
{
    fputc('\t', f);
    for (; *text != '\0'; text++)
        fputc(*text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text, f);
}

void gt_passes_add(gt_passes *p, const gt_unit *unit)
{
    char key[HEX + 1], *line = NULL;
    size_t len = 0;
    if (p == NULL || !key_of(p, unit, key))
        return;
    FILE *f = open_memstream(&line, &len);
    if (f == NULL)
        return;
    fprintf(f, "%s%s %s %llu %.3f", version, p->build_hex, key, (unsigned long long)unit->checks, unit->seconds);
    for (size_t i = 0; i < unit->finding_count; i++) {
        const gt_finding *x = &unit->findings[i];
        put_text(f, x->field);
        fprintf(f, "\t%llu\t%llu", (unsigned long long)x->accepted, (unsigned long long)x->tried);
        put_text(f, x->detail);
    }
    if (fclose(f) == 0 && push(p, line))
        p->changed = true;
    free(line);
}

/* A later line for the same unit replaces an earlier one. */
static bool superseded(const gt_passes *p, size_t i)
{
    for (size_t k = i + 1; k < p->count; k++)
        if (strncmp(key_in(p->lines[i]), key_in(p->lines[k]), HEX) == 0)
            return true;
    return false;
}

void gt_passes_save(gt_passes *p)
{
    char temporary[4200];
    if (p == NULL || !p->changed)
        return;
    make_folders(p->path);
    const int n = snprintf(temporary, sizeof temporary, "%s.%ld", p->path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temporary)
        return;
    FILE *f = fopen(temporary, "wxe");
    if (f == NULL)
        return;
    bool ok = true;
    for (size_t i = p->count > MAX_LINES ? p->count - MAX_LINES : 0; i < p->count; i++)
        if (!superseded(p, i))
            ok = fprintf(f, "%s\n", p->lines[i]) > 0 && ok;
    ok = fclose(f) == 0 && ok;
    if (!ok || rename(temporary, p->path) != 0)
        (void)unlink(temporary);
    else
        p->changed = false;
}
