/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser: what it takes, in all spellings, and what it refuses in one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/args.h"

typedef struct target {
    bool json;
    const char *filter;
    uint64_t limit, seed;
    unsigned agents;
    double min_time, ratio;
    eb_arg_sizes sizes;
    eb_arg_strings modules;
} target;

static const eb_option options[] = {
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(target, json), .help = "Machine-readable."},
    {.name = "filter", .value = "REGEX", .type = EB_ARG_STRING, .offset = offsetof(target, filter), .help = "Cells."},
    {.name = "limit", .value = "BYTES", .type = EB_ARG_SIZE, .offset = offsetof(target, limit), .help = "Bytes."},
    {.name = "seed", .value = "N", .type = EB_ARG_U64, .offset = offsetof(target, seed), .help = "Seed."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = offsetof(target, agents),
     .min = 1,
     .max = 255,
     .help =
         "How many agents hold a share; a sentence that is long enough to be wrapped to a second line of the help."},
    {.name = "min-time",
     .value = "SECONDS",
     .type = EB_ARG_SECONDS,
     .offset = offsetof(target, min_time),
     .help = "T."},
    {.name = "ratio", .value = "X", .type = EB_ARG_DOUBLE, .offset = offsetof(target, ratio), .min = -1, .max = 1},
    {.name = "size", .value = "LIST", .type = EB_ARG_SIZES, .offset = offsetof(target, sizes), .help = "Sizes."},
    {.name = "module", .value = "FILE", .type = EB_ARG_STRINGS, .offset = offsetof(target, modules), .help = "More."},
    {.name = NULL},
};

static const eb_command command = {
    .name = "try",
    .positional = "FILE...",
    .about = "A command for this test.",
    .examples = "escrowbench try a.json\nescrowbench try --json a.json b.json",
    .options = options,
    .max_positional = 2,
};

/* Everything on stderr while a call runs goes here. */
static char said[4096];

static eb_args_status parse(target *t, eb_positionals *rest, const char *const *argv)
{
    FILE *file = tmpfile();
    const int saved = dup(STDERR_FILENO);
    static char words[16][64]; /* argv is not const, and results borrow from it */
    char *copy[16] = {NULL};
    int argc = 0;
    eb_args_status status = EB_ARGS_OK;

    for (; argv[argc]; argc++) {
        snprintf(words[argc], sizeof words[argc], "%s", argv[argc]);
        copy[argc] = words[argc];
    }
    (void)fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    status = eb_args_parse(&command, argc, copy, t, rest);
    (void)fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    (void)fclose(file);
    return status;
}

#define PARSE(t, rest, ...) parse(t, rest, (const char *const[]){"try", __VA_ARGS__, NULL})

static void assert_one_line(const char *part)
{
    assert_non_null(strstr(said, part));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void test_spellings(void **state)
{
    static const char *const same[] = {"--min-time=0.5", "--min_time=0.5s", "--benchmark_min_time=0.5s",
                                       "--benchmark-min-time=500ms", "--min-time=500000us"};
    (void)state;

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        target t = {.min_time = 9};
        assert_int_equal(PARSE(&t, NULL, same[i]), EB_ARGS_OK);
        assert_float_equal(t.min_time, 0.5, 1e-12);
    }
}

static void test_values(void **state)
{
    target t = {.agents = 7};
    eb_positionals rest;
    (void)state;

    assert_int_equal(PARSE(&t, &rest, "--json", "a", "--filter", "x=y", "--limit=2M", "--seed", "18446744073709551615",
                           "--ratio=-0.5", "--size", "64,1k,1MiB", "--", "--b"),
                     EB_ARGS_OK);
    assert_true(t.json);
    assert_string_equal(t.filter, "x=y");
    assert_int_equal(t.limit, 2 << 20);
    assert_true(t.seed == UINT64_MAX);
    assert_int_equal(t.agents, 7);
    assert_float_equal(t.ratio, -0.5, 0);
    assert_int_equal(t.sizes.count, 3);
    assert_int_equal(t.sizes.value[1], 1024);
    assert_int_equal(t.sizes.value[2], 1 << 20);
    assert_int_equal(rest.count, 2);
    assert_string_equal(rest.value[1], "--b");
}

static void test_repeated(void **state)
{
    target t = {.json = true};
    (void)state;

    assert_int_equal(PARSE(&t, NULL, "--module", "a", "--module=b", "--agents=1", "--agents=2", "--json=false"),
                     EB_ARGS_OK);
    assert_int_equal(t.modules.count, 2);
    assert_string_equal(t.modules.value[1], "b");
    assert_int_equal(t.agents, 2);
    assert_false(t.json);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "--agents=0",
        "--agents=256",
        "--agents=3x",
        "--agents= 3",
        "--agents=+3",
        "--agents=",
        "--agents=1e1",
        "--agents=-1",
        "--limit=1T",
        "--limit=1.5k",
        "--limit=99999999999G",
        "--limit=-1",
        "--min-time=",
        "--min-time=nan",
        "--min-time=inf",
        "--min-time=-1",
        "--min-time=1x",
        "--min-time=0x1",
        "--ratio=2",
        "--ratio=1e999",
        "--size=",
        "--size=1,,2",
        "--size=1,",
        "--size=a",
        "--json=maybe",
        "--seed=0x",
        "--seed=18446744073709551616",
    };
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        target t = {0};
        char name[32] = "";
        assert_int_equal(PARSE(&t, NULL, bad[i]), EB_ARGS_BAD);
        memcpy(name, bad[i], strcspn(bad[i], "="));
        assert_one_line(name);
    }
}

/* What is a number, but too large, is told the range and not that it is none. */
static void test_too_large(void **state)
{
    static const struct {
        const char *given, *said;
    } cases[] = {
        {"--agents=99999999999", "--agents: 99999999999 is out of range (1 to 255)"},
        {"--agents=99999999999999999999999", "is out of range (1 to 255)"},
        {"--seed=99999999999999999999999", "is out of range (0 to 18446744073709551615)"},
        {"--seed=0x10000000000000000", "is out of range (0 to 18446744073709551615)"},
        {"--seed=99999999999999999999999x", "is not a whole number"},
        {"--limit=99999999999G", "--limit: 99999999999G is out of range (0 to 18446744073709551615)"},
        {"--limit=99999999999T", "is not a number of bytes"},
        {"--size=1k,99999999999999999999999", "--size: 99999999999999999999999 is out of range (0 to "},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        target t = {0};
        assert_int_equal(PARSE(&t, NULL, cases[i].given), EB_ARGS_BAD);
        assert_one_line(cases[i].said);
    }
}

static void test_unknown(void **state)
{
    target t = {0};
    (void)state;

    assert_int_equal(PARSE(&t, NULL, "--agnets=3"), EB_ARGS_BAD);
    assert_one_line("--agnets=3; did you mean --agents?");
    assert_int_equal(PARSE(&t, NULL, "--benchmark_fliter=x"), EB_ARGS_BAD);
    assert_one_line("did you mean --filter?");
    assert_int_equal(PARSE(&t, NULL, "--mod", "x"), EB_ARGS_BAD);
    assert_one_line("did you mean --module?");
    assert_int_equal(PARSE(&t, NULL, "--zzzzzzzzzz"), EB_ARGS_BAD);
    assert_one_line("unknown option --zzzzzzzzzz (see escrowbench try --help)");
    assert_int_equal(PARSE(&t, NULL, "-x"), EB_ARGS_BAD);
    assert_one_line("unknown option -x");
    assert_int_equal(PARSE(&t, NULL, "--filter"), EB_ARGS_BAD);
    assert_one_line("--filter wants a value: REGEX");
    assert_int_equal(eb_args_exit(EB_ARGS_BAD), 2);
}

static void test_positionals(void **state)
{
    static const eb_command needs = {.name = "try", .positional = "FILE", .min_positional = 1, .max_positional = 1};
    char *argv[] = {(char *)"try"};
    target t = {0};
    eb_positionals rest;
    (void)state;

    assert_int_equal(PARSE(&t, &rest, "a", "b", "c"), EB_ARGS_BAD);
    assert_one_line("unexpected argument \"c\"");
    assert_int_equal(PARSE(&t, &rest, "-"), EB_ARGS_OK);
    assert_string_equal(rest.value[0], "-");
    assert_int_equal(eb_args_parse(&needs, 1, argv, &t, &rest), EB_ARGS_BAD);
}

static void test_help(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)state;

    eb_args_help(&command, out);
    (void)fclose(out);
    assert_non_null(strstr(text, "Usage: escrowbench try [OPTIONS] FILE...\n\nA command for this test.\n"));
    assert_non_null(strstr(text, "\n  --agents N                How many agents hold a share;"));
    assert_non_null(strstr(text, "\n  --help                    Print this help.\n"));
    assert_non_null(strstr(text, "\nExamples:\n  escrowbench try a.json\n  escrowbench try --json"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 90);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings), cmocka_unit_test(test_values),    cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_unknown),   cmocka_unit_test(test_positionals),
        cmocka_unit_test(test_help),      cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
