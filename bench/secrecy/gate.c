/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/secrecy/gate.h"

#include <stdlib.h>
#include <string.h>

#include "bench/count/crew.h"
#include "bench/secrecy/exceptions.h"
#include "bench/secrecy/worker.h"
#include "bench/state.h"
#include "escrowbench/registry.h"

enum { LINE = 1024, USED_MAX = 256, SHOWN = 12 };

/* An exception that was used, by its name. */
typedef struct use {
    char name[256];
    size_t cells;
} use;

typedef struct gate {
    const eb_secrecy *options;
    use uses[USED_MAX];
    size_t use_count;
} gate;

/* ---- exceptions ---- */

static bool is_version(const char *version, const char *of)
{
    const size_t len = strlen(of);
    return strncmp(version, of, len) == 0 && (version[len] == '.' || version[len] == '\0');
}

/* "openssl 3.0: reason", or "openssl 3.0, public: reason": does it hold for what is loaded? */
static bool holds(const rp_document *doc, const char *name)
{
    const eb_backend *b;
    char library[32], version[32];
    if (sscanf(name, " %31s %31[^:, ]", library, version) != 2)
        return false;
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        if (strcmp(b->id, library) == 0 && is_version(b->version(), version))
            return true;
    return strcmp(library, "escrowbench") == 0 && is_version(doc->subject.version, version);
}

/* The suppressions that hold, as a text (free() it). A suppression is from a line "{" to a line "}", its name between. */
static char *select_exceptions(const rp_document *doc, const char *all)
{
    char *out = malloc(strlen(all) + 1);
    size_t used = 0;
    for (const char *at = all; out != NULL && (at = strstr(at, "\n{\n")) != NULL;) {
        const char *end = strstr(at, "\n}");
        if (end == NULL)
            break;
        const size_t len = (size_t)(end + 2 - at);
        if (holds(doc, at + 3)) {
            memcpy(out + used, at, len);
            used += len;
        }
        at = end;
    }
    if (out != NULL) {
        out[used] = '\n';
        out[used + (used < strlen(all))] = '\0';
    }
    return out;
}

static void note_use(gate *g, const char *name)
{
    size_t i = 0;
    while (i < g->use_count && strcmp(g->uses[i].name, name) != 0)
        i++;
    if (i == USED_MAX)
        return;
    if (i == g->use_count)
        snprintf(g->uses[g->use_count++].name, sizeof g->uses[0].name, "%.255s", name);
    g->uses[i].cells++;
}

/* ---- a process's log ---- */

/* A line without its "==PID== "; NULL at the end. */
static const char *next_line(FILE *log, char line[LINE])
{
    if (fgets(line, LINE, log) == NULL)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    const char *text = line;
    if ((text[0] == '=' || text[0] == '-') && text[1] == text[0]) {
        text += 2 + strspn(text + 2, "0123456789");
        text += strspn(text, "=-");
        text += *text == ' ';
    }
    return text;
}

/* "used_suppression:     12 NAME FILE:LINE": does it make the cell an excepted one? */
static bool used_exception(gate *g, const char *text)
{
    char name[LINE];
    if (strncmp(text, "used_suppression:", 17) != 0)
        return false;
    text += 17 + strspn(text + 17, " ");
    text += strspn(text, "0123456789");
    text += strspn(text, " ");
    snprintf(name, sizeof name, "%s", text);
    char *file = strrchr(name, ' ');
    if (file != NULL)
        *file = '\0';
    if (strstr(name, ": ") == NULL) /* valgrind's own */
        return false;
    note_use(g, name);
    return strstr(name, ", public: ") == NULL;
}

static bool names_leak(const char *text)
{
    return strncmp(text, "Conditional jump", 16) == 0 || strncmp(text, "Use of uninit", 13) == 0 ||
           strncmp(text, "Syscall param", 13) == 0;
}

/* The log of one cell: were exceptions used, and where does it leak? */
static bool read_log(gate *g, const char *path, const rp_cell *cell, bool leaky)
{
    char line[LINE];
    const char *text;
    bool used = false, ended = false;
    int show = 0;
    FILE *log = fopen(path, "r");
    while (log != NULL && (text = next_line(log, line)) != NULL) {
        used |= used_exception(g, text);
        ended |= strncmp(text, "ERROR SUMMARY", 13) == 0;
        if (leaky && !ended && names_leak(text)) {
            show = SHOWN;
            if (g->options->findings != NULL)
                fprintf(g->options->findings, "%s\n", cell->id);
        }
        if (show > 0 && g->options->findings != NULL && *text != '\0')
            fprintf(g->options->findings, "    %s\n", text);
        show = *text != '\0' && show > 0 ? show - 1 : 0;
    }
    if (log != NULL)
        (void)fclose(log);
    return used;
}

static bool take(void *user, rp_cell *cell, const eb_count_worker *worker, const char *line)
{
    gate *g = user;
    static const char said[] = "checked ";
    char path[96], *word = NULL;
    if (strcmp(cell->kind, "peer") == 0) /* not ours */
        return true;
    const bool checked = strncmp(line, said, sizeof said - 1) == 0;
    const long pid = checked ? strtol(line + sizeof said - 1, &word, 10) : 0;
    if (pid <= 0 || *word != ' ') {
        cell->constant_time = "untestable";
        if (g->options->findings != NULL)
            fprintf(g->options->findings, "%s\n    not testable: %s\n", cell->id, line);
        return true;
    }
    const bool leaky = strcmp(word + 1, "clean") != 0;
    snprintf(path, sizeof path, "%s/%ld", worker->scratch, pid);
    const bool used = read_log(g, path, cell, leaky);
    (void)remove(path);
    cell->constant_time = leaky ? "failed" : used ? "excepted" : "passed";
    return true;
}

bool eb_secrecy_check(rp_document *doc, const eb_secrecy *options)
{
    char why[512];
    gate *g = calloc(1, sizeof *g);
    eb_crew *c = calloc(1, sizeof *c);
    char *exceptions =
        select_exceptions(doc, options->exceptions != NULL ? options->exceptions : eb_secrecy_exceptions);
    bool complete = false;
    if (g == NULL || c == NULL || exceptions == NULL) {
        free(g);
        free(c);
        free(exceptions);
        return false;
    }
    g->options = options;
    const eb_counting how = {
        .exceptions = exceptions, .workers = options->workers, .seed = 1, .progress = options->progress};
    *c = (eb_crew){.doc = doc, .options = &how, .answer = take, .user = g};
    if (!eb_secrecy_built)
        fprintf(stderr,
                "escrowbench constant-time: this program was built without valgrind's headers: install valgrind "
                "(scripts/setup --gates), then build all anew (cmake --build build --clean-first)\n");
    else if (!eb_crew_begin(c, "memcheck", why, sizeof why))
        fprintf(stderr, "escrowbench constant-time: valgrind's memcheck: %s (scripts/setup --gates installs it)\n",
                why);
    else {
        char version[160];
        eb_count_version(version, sizeof version, "memcheck", &how);
        doc->counting.tool = "memcheck";
        doc->counting.version = rp_string(doc, version);
        snprintf(doc->counting.features, sizeof doc->counting.features, "%s", c->workers[0].features);
        eb_count_unseen(doc);
        complete = eb_crew_run(c) && !eb_stop_flag;
    }
    eb_crew_end(c);
    for (size_t i = 0; i < g->use_count; i++) {
        char text[320];
        snprintf(text, sizeof text, "constant time, %s (%zu cells)", g->uses[i].name, g->uses[i].cells);
        rp_add_finding(doc, text);
    }
    free(exceptions);
    free(c);
    free(g);
    return complete;
}
