/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/secrecy/recall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report/summary.h"
#include "bench/state.h"

enum { PATH = 4096 };

/* ---- one verdict out of an old one and a new one ---- */

/* From bad to good. */
static int rank(const char *verdict)
{
    static const char *const order[] = {"failed", "untestable", "excepted", "passed"};
    int i = 0;
    while (i < 4 && strcmp(verdict, order[i]) != 0)
        i++;
    return i;
}

/* Are all these means ("memcheck+statistics") among those? */
static bool covers(const char *means, const char *others)
{
    for (const char *at = others; *at != '\0'; at += strcspn(at, "+"), at += *at == '+') {
        char one[32];
        snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "+"), at);
        if (strstr(means, one) == NULL)
            return false;
    }
    return true;
}

/* Who looked with all that the old verdict rests on knows better; another means may find a leak, but not deny one. */
static bool replaces(const rp_cell *new, const rp_cell *old)
{
    if (*old->constant_time == '\0')
        return true;
    if (*new->constant_time == '\0' || strcmp(new->constant_time, "untestable") == 0)
        return false;
    return covers(new->constant_time_by, old->constant_time_by) || rank(new->constant_time) < rank(old->constant_time);
}

void eb_secrecy_merge(rp_document *into, const rp_document *new)
{
    for (size_t i = 0; i < new->cell_count; i++) {
        rp_cell cell = new->cells[i];
        const uint32_t at = rp_find_cell(into, cell.id);
        if (at == RP_NONE) {
            cell.base = cell.floor = RP_NONE; /* numbers of the other document */
            (void)rp_add_cell(into, &cell);
        } else if (replaces(&cell, &into->cells[at])) {
            into->cells[at].constant_time = rp_string(into, cell.constant_time);
            into->cells[at].constant_time_by = rp_string(into, cell.constant_time_by);
        }
    }
}

/* ---- the file ---- */

static bool kept_path(char out[PATH])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (cache != NULL && cache[0] == '/')
        n = snprintf(out, PATH, "%s/escrowbench/constant-time.json", cache);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, PATH, "%s/.cache/escrowbench/constant-time.json", home);
    return n > 0 && n < PATH;
}

static bool same_program(const rp_document *kept, const rp_document *doc)
{
    const char *program = json_string_value(json_object_get(kept->options, "program"));
    char own[256];
    eb_program_id(own, sizeof own);
    if (program == NULL || strcmp(program, own) != 0 || kept->subject.library_count != doc->subject.library_count)
        return false;
    for (size_t i = 0; i < doc->subject.library_count; i++)
        if (strcmp(kept->subject.libraries[i].version, doc->subject.libraries[i].version) != 0)
            return false;
    return true;
}

/* What is kept, if it is of this program and these libraries. */
static rp_document *load_kept(const char *path, const rp_document *doc)
{
    rp_error err;
    rp_document *kept = access(path, R_OK) == 0 ? rp_document_load(path, &err) : NULL;
    if (kept == NULL || same_program(kept, doc))
        return kept;
    rp_document_free(kept);
    return NULL;
}

bool eb_secrecy_keep(const rp_document *doc)
{
    char path[PATH];
    rp_error err;
    if (!kept_path(path))
        return false;
    for (char *p = path + 1; *p != '\0'; p++)
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(path, 0700); /* one that is there, or cannot be made: saving says so */
            *p = '/';
        }
    rp_document *kept = load_kept(path, doc);
    if (kept == NULL)
        return rp_document_save(doc, path, &err);
    eb_secrecy_merge(kept, doc);
    rp_summarize(kept);
    const bool ok = rp_document_save(kept, path, &err);
    rp_document_free(kept);
    return ok;
}

static bool same_operation(const rp_key *a, const rp_key *b)
{
    return strcmp(a->op, b->op) == 0 && strcmp(a->transport, b->transport) == 0 && strcmp(a->escrow, b->escrow) == 0 &&
           strcmp(a->suite, b->suite) == 0 && strcmp(a->escrow_suite, b->escrow_suite) == 0 &&
           strcmp(a->backend, b->backend) == 0 && a->devices == b->devices;
}

/* Of several sizes and (t, n) the worst counts. */
void eb_secrecy_recall(rp_document *doc)
{
    char path[PATH];
    rp_document *kept = kept_path(path) ? load_kept(path, doc) : NULL;
    if (kept != NULL)
        for (size_t i = 0; i < doc->cell_count; i++) {
            rp_cell *cell = &doc->cells[i];
            const rp_cell *worst = NULL;
            if (strcmp(cell->kind, "cell") != 0 && strcmp(cell->kind, "part") != 0)
                continue;
            for (size_t k = 0; k < kept->cell_count; k++)
                if (same_operation(&cell->key, &kept->cells[k].key) && *kept->cells[k].constant_time &&
                    strcmp(kept->cells[k].kind, cell->kind) == 0 &&
                    (worst == NULL || rank(kept->cells[k].constant_time) < rank(worst->constant_time)))
                    worst = &kept->cells[k];
            if (worst != NULL) {
                cell->constant_time = rp_string(doc, worst->constant_time);
                cell->constant_time_by = rp_string(doc, worst->constant_time_by);
            }
        }
    rp_document_free(kept);
}
