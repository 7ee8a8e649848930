/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/args.h"
#include "bench/commands/commands.h"
#include "bench/state.h"

typedef struct command {
    const char *name, *about; /* about NULL: not for people */
    int (*run)(int argc, char **argv);
} command;

static const command commands[] = {
    {"list", "what can be measured, and why the rest cannot", cmd_list},
    {"verify", "prove the implementations right; run published test vectors", cmd_verify},
    {"run", "measure: the quick suite, or the full one", cmd_run},
    {"report", "tables of a run: terminal, Markdown, CSV, JSON", cmd_report},
    {"compare", "is a run slower than an earlier one? exit code 1 if so", cmd_compare},
    {"across", "instructions on several machines, side by side", cmd_across},
    {"constant-time", "test whether a branch or an address depends on a secret", cmd_constant_time},
    {"import", "put whole-command timings by hyperfine into a run file", cmd_import},
    {"authority", "make an escrow authority and its agents' shares", cmd_authority},
    {"keygen", "make a user's keys", cmd_keygen},
    {"seal", "encrypt a file, under escrow or not", cmd_seal},
    {"open", "decrypt a file as its recipient", cmd_open},
    {"access", "decrypt a file with agents' shares, or answer an order as one agent", cmd_access},
    {"worker", NULL, cmd_worker},
    {"ab", "compare two builds, slice against slice on one CPU", cmd_ab},
    {"serve", NULL, cmd_serve},
    {"count", NULL, cmd_count},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(FILE *out)
{
    fputs("usage: escrowbench [--module FILE.so]... COMMAND [OPTIONS]\n\n"
          "What key escrow costs against plain end-to-end encryption.\n\n"
          "commands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].about != NULL)
            fprintf(out, "  %-15s%s\n", commands[i].name, commands[i].about);
    fputs(
        "\n  --version  this program, and the libraries and machine that it runs on (--version --json for a machine)\n"
        "  --module   load implementations from a shared object\n"
        "  --help     this text; `escrowbench COMMAND --help` for each command\n",
        out);
    return 0;
}

static int version(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--json") != 0) {
        fprintf(stderr, "escrowbench: --version takes nothing but --json\n");
        return 2;
    }
    if (!eb_begin())
        return 1;
    eb_version_print(stdout, argc > 1);
    eb_end();
    return 0;
}

static int unknown(const char *name)
{
    const char *names[COMMANDS + 1] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].about != NULL)
            names[n++] = commands[i].name;
    const char *near = eb_nearest(name, names);
    fprintf(stderr, "escrowbench: there is no command '%s'%s%s%s; see `escrowbench --help`\n", name,
            near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return 2;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 1) {
        help(stderr);
        return 2;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "help") == 0)
        return help(stdout);
    if (strcmp(argv[0], "--version") == 0)
        return version(argc, argv);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc, argv);
    return unknown(argv[0]);
}

int main(int argc, char **argv)
{
    int at = 1;
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like any other */
    if (argc == 2 && strcmp(argv[1], "--module") == 0) {
        fprintf(stderr, "escrowbench: --module needs a file, and then a command\n");
        return 2;
    }
    while (at + 1 < argc && strcmp(argv[at], "--module") == 0) {
        if (!eb_module_add(argv[at + 1])) {
            fprintf(stderr, "escrowbench: too many modules\n");
            return 2;
        }
        at += 2;
    }
    int code = dispatch(argc - at, argv + at);
    eb_end();
    errno = 0;
    if (fflush(stdout) != 0 && code == 0) {
        if (errno != EPIPE) /* whoever reads has seen enough: `list | head` */
            fprintf(stderr, "escrowbench: standard output: cannot be written\n");
        code = 1;
    }
    return code;
}
