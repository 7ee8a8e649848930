/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/target.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/state.h"

enum { WORDS = 96, TEXT = 512 };

static void fails(const char *what, const char *why)
{
    fprintf(stderr, "escrowbench run: %s: %s\n", what, why);
}

/* Emulator, program, modules, arguments. */
static bool run(const eb_counting *o, const char *const *arguments, const char *file)
{
    char emulator[TEXT];
    const char *words[WORDS] = {NULL};
    size_t n = 0;
    int status = 0;
    snprintf(emulator, sizeof emulator, "%s", o->emulator);
    for (char *word = strtok(emulator, " "); word != NULL && n + 1 < WORDS; word = strtok(NULL, " "))
        words[n++] = word;
    if (n + 1 < WORDS)
        words[n++] = o->target;
    for (size_t i = 0; eb_module_path(i) != NULL && n + 2 < WORDS; i++) {
        words[n++] = "--module";
        words[n++] = eb_module_path(i);
    }
    const char *const own[] = {"run", "--prepare", "--force", "--out", file, NULL};
    for (size_t i = 0; own[i] != NULL && n + 1 < WORDS; i++)
        words[n++] = own[i];
    for (size_t i = 0; arguments[i] != NULL && n + 1 < WORDS; i++)
        words[n++] = arguments[i];
    const pid_t child = fork();
    if (child == 0) {
        execvp(words[0], (char *const *)(uintptr_t)words); /* which writes to none */
        fails(words[0], strerror(errno));
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (child < 0)
        fails(o->target, "no process");
    else if (WIFSIGNALED(status))
        fails(o->target, strsignal(WTERMSIG(status)));
    return false; /* else it has said why */
}

/* An emulator may refuse what is no program without a word. */
static bool is_program(const char *path)
{
    char head[4] = "";
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fails(path, strerror(errno));
        return false;
    }
    const bool elf = fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, "\177ELF", sizeof head) == 0;
    (void)fclose(f);
    if (!elf)
        fails(path, "is no program (ELF)");
    return elf;
}

rp_document *eb_target_prepare(const eb_counting *o, const char *const *arguments, const char *file)
{
    rp_error err;
    rp_document *doc = NULL;
    if (is_program(o->target) && run(o, arguments, file) && (doc = rp_document_load(file, &err)) == NULL)
        fails("what the program prepared", err.text);
    (void)unlink(file);
    return doc;
}

void eb_target_cpu(char *out, size_t len, const char *emulator)
{
    char text[TEXT];
    size_t used = 0;
    bool folder = false;
    out[0] = '\0';
    snprintf(text, sizeof text, "%s", emulator);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        if (folder || strcmp(word, "-L") == 0)
            folder = !folder;
        else if (used == 0)
            used = (size_t)snprintf(out, len, "%s", strrchr(word, '/') != NULL ? strrchr(word, '/') + 1 : word);
        else if (used < len)
            used += (size_t)snprintf(out + used, len - used, " %s", word);
    }
}
