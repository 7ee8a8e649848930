/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/packages.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text.h"

#if defined(__linux__)
#include <link.h>
#endif

/* dpkg keeps a list of each package's files, info/NAME.list or info/NAME:ARCHITECTURE.list, and one file of paragraphs on
 * all packages, status. Both have been so since 1996, and reading them spares a process for each question. */
#define DPKG "/var/lib/dpkg/"

enum { PACKAGES_MAX = 64 };

typedef struct package {
    char name[96]; /* as in the list's name: with ":amd64" where that is said */
    char version[96];
} package;

/* With /usr merged, a library is loaded by /lib and listed by /usr/lib, or the other way round. */
static int same_file(const char *listed, const char *loaded)
{
    static const char USR[] = "/usr";
    const size_t usr = sizeof USR - 1;

    return strcmp(listed, loaded) == 0 || (strncmp(listed, USR, usr) == 0 && strcmp(listed + usr, loaded) == 0) ||
           (strncmp(loaded, USR, usr) == 0 && strcmp(listed, loaded + usr) == 0);
}

static int owns_any(const char *path, const char *const *files, size_t count)
{
    char line[512];
    int found = 0;
    FILE *list = fopen(path, "r");

    while (list != NULL && found == 0 && fgets(line, sizeof line, list) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < count && found == 0; i++) {
            found = files[i][0] == '/' && same_file(line, files[i]);
        }
    }
    if (list != NULL) {
        (void)fclose(list);
    }
    return found;
}

/* Only packages of libraries are looked into: they are called lib..., by Debian's policy (8.1). */
static size_t owners(const char *root, const char *const *files, size_t count, package *out)
{
    char path[1024];
    size_t found = 0;

    (void)snprintf(path, sizeof path, "%s" DPKG "info", root);
    DIR *info = opendir(path);
    for (const struct dirent *entry; info != NULL && found < PACKAGES_MAX && (entry = readdir(info)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        const size_t name = length > 5 ? length - 5 : 0;
        if (!hn_text_begins(entry->d_name, "lib") || name == 0 || name >= sizeof out[found].name ||
            strcmp(entry->d_name + name, ".list") != 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s" DPKG "info/%s", root, entry->d_name);
        if (owns_any(path, files, count)) {
            (void)snprintf(out[found].name, sizeof out[found].name, "%.*s", (int)name, entry->d_name);
            out[found++].version[0] = '\0';
        }
    }
    if (info != NULL) {
        (void)closedir(info);
    }
    return found;
}

/* Is that the package of this paragraph? */
static int is_named(const package *p, const char *name, const char *arch)
{
    const size_t length = strcspn(p->name, ":");

    return strlen(name) == length && strncmp(p->name, name, length) == 0 &&
           (p->name[length] == '\0' || strcmp(p->name + length + 1, arch) == 0);
}

/* The value of "key: value", else NULL. */
static const char *value_of(const char *line, const char *key)
{
    const size_t length = strlen(key);

    return strncmp(line, key, length) == 0 && strncmp(line + length, ": ", 2) == 0 ? line + length + 2 : NULL;
}

static void versions(const char *root, package *packages, size_t count)
{
    char path[1024];
    char line[1024];
    char name[96] = "";
    char arch[32] = "";

    (void)snprintf(path, sizeof path, "%s" DPKG "status", root);
    FILE *status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        const char *value;
        line[strcspn(line, "\n")] = '\0';
        if ((value = value_of(line, "Package")) != NULL) {
            hn_text_copy(name, sizeof name, value);
            arch[0] = '\0';
        } else if ((value = value_of(line, "Architecture")) != NULL) {
            hn_text_copy(arch, sizeof arch, value);
        } else if ((value = value_of(line, "Version")) != NULL) { /* after both, as dpkg writes them */
            for (size_t i = 0; i < count; i++) {
                if (is_named(&packages[i], name, arch)) {
                    hn_text_copy(packages[i].version, sizeof packages[i].version, value);
                }
            }
        }
    }
    if (status != NULL) {
        (void)fclose(status);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const package *)a)->name, ((const package *)b)->name);
}

void hn_packages_of(const char *root, const char *const *files, size_t count, char *out, size_t size)
{
    package packages[PACKAGES_MAX];
    size_t length = 0;
    const size_t found = owners(root, files, count, packages);

    out[0] = '\0';
    versions(root, packages, found);
    qsort(packages, found, sizeof *packages, by_name);
    for (size_t i = 0; i < found; i++) {
        char one[200];
        const int n = snprintf(one, sizeof one, "%s%.*s %s", length > 0 ? "," : "", (int)strcspn(packages[i].name, ":"),
                               packages[i].name, packages[i].version);
        /* Whole ones only: a cut version would be another. */
        if (packages[i].version[0] != '\0' && n > 0 && length + (size_t)n < size) {
            memcpy(out + length, one, (size_t)n + 1);
            length += (size_t)n;
        }
    }
}

/* A colon is "%3a" in a file's name. */
static void unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        *to++ = *from;
        if (hn_text_begins(from, "%3a")) {
            to[-1] = ':';
            from += 2;
        }
    }
    *to = '\0';
}

bool hn_packages_extracted(const char *list, char *out, size_t size)
{
    char line[256];
    size_t length = 0;
    FILE *file = fopen(list, "r");

    out[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char one[256];
        char *version = strchr(line, '_');
        char *arch = version != NULL ? strchr(version + 1, '_') : NULL;
        if (arch == NULL || !hn_text_begins(line, "lib")) {
            continue;
        }
        *version++ = *arch = '\0';
        if (strstr(line, "-dev") != NULL) {
            continue;
        }
        unescape(version);
        const int n = snprintf(one, sizeof one, "%s%s %s", length > 0 ? "," : "", line, version);
        if (n > 0 && length + (size_t)n < size) {
            memcpy(out + length, one, (size_t)n + 1);
            length += (size_t)n;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return length > 0;
}

#if defined(__linux__)

typedef struct objects {
    const char *paths[PACKAGES_MAX];
    size_t count;
} objects;

static int note(struct dl_phdr_info *info, size_t size, void *context)
{
    objects *o = context;

    (void)size;
    if (info->dlpi_name != NULL && info->dlpi_name[0] == '/' && o->count < PACKAGES_MAX) {
        o->paths[o->count++] = info->dlpi_name;
    }
    return 0;
}

void hn_packages_loaded(char *out, size_t size)
{
    objects o = {.count = 0};

    (void)dl_iterate_phdr(note, &o); /* the names live as long as the objects do */
    hn_packages_of("", o.paths, o.count, out, size);
}

#else

void hn_packages_loaded(char *out, size_t size)
{
    hn_text_copy(out, size, "");
}

#endif
