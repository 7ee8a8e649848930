/* SPDX-License-Identifier: Apache-2.0 */
/* Where runs are kept, and which cells a filter means. */
#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/report/fields.h"
#include "bench/report/memory.h"
#include "bench/report/report.h"

bool *rp_filter(const rp_document *doc, const char *regex, rp_error *err)
{
    regex_t compiled;
    const int code = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
    bool *shown = NULL;

    if (code) {
        char why[128];
        regerror(code, &compiled, why, sizeof why);
        rp_fails(err, "\"%.200s\" is not a regular expression: %s", regex, why);
        return NULL;
    }
    shown = rp_alloc(doc->cell_count, sizeof *shown);
    for (size_t i = 0; i < doc->cell_count; i++) {
        shown[i] = regexec(&compiled, doc->cells[i].id, 0, NULL, 0) == 0;
    }
    regfree(&compiled);
    return shown;
}

/* "2025-01-31T12:00:00Z" without its punctuation. */
char *rp_run_path(const rp_document *doc, const char *dir)
{
    char stamp[24];
    size_t n = 0;

    for (const char *c = doc->created; *c && n + 1 < sizeof stamp; c++) {
        if (*c != '-' && *c != ':') {
            stamp[n++] = *c;
        }
    }
    stamp[n] = '\0';
    return rp_print("%s/%s-%s.json", dir, stamp, doc->suite);
}

/* By its name, "20250131T120000Z-quick.json": a copy or a checkout changes a file's own times. */
static bool is_run_name(const char *name)
{
    static const char form[] = "00000000T000000Z-";
    const size_t len = strlen(name);

    if (len < sizeof form + 5 || strcmp(name + len - 5, ".json") != 0) {
        return false;
    }
    for (size_t i = 0; form[i]; i++) {
        const bool digit = name[i] >= '0' && name[i] <= '9';
        if (form[i] == '0' ? !digit : name[i] != form[i]) {
            return false;
        }
    }
    return true;
}

char *rp_newest_run(const char *dir, rp_error *err)
{
    DIR *folder = opendir(dir);
    struct dirent *entry = NULL;
    char *best = NULL;
    char *path = NULL;

    while (folder && (entry = readdir(folder)) != NULL) {
        if (is_run_name(entry->d_name) && (!best || strcmp(entry->d_name, best) > 0)) {
            free(best);
            best = rp_print("%s", entry->d_name);
        }
    }
    if (folder) {
        closedir(folder);
    }
    if (best) {
        path = rp_print("%s/%s", dir, best);
    } else {
        rp_fails(err, "no run in %.200s yet; make one with `escrowbench run`, or name a file", dir);
    }
    free(best);
    return path;
}

bool rp_make_folders(const char *path, rp_error *err)
{
    char *copy = rp_print("%s", path);
    bool good = true;

    for (char *slash = strchr(copy + 1, '/'); good && *copy && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            good = rp_fails(err, "cannot make the folder %.300s: %s", copy, strerror(errno));
        }
        *slash = '/';
    }
    free(copy);
    return good;
}
