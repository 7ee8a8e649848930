/* SPDX-License-Identifier: Apache-2.0 */
/* `escrowbench compare`, from files to exit codes, on made-up runs of 20 cells. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/commands/commands.h"
#include "bench/compare/comparison.h"
#include "bench/compare/values.h"
#include "bench/report/report.h"
#include "harness/rng.h"
#include "tests/report_synthetic.h"

enum { CELLS = 20, ROUNDS = 3 };

static char folder[] = "/tmp/eb-compare-XXXXXX";
static char output[1 << 18];
static char complaint[1 << 14];

/* ---- made-up runs ---- */

typedef struct plan {
    uint64_t seed;
    uint32_t processes;
    double spread;         /* of a process's figure, to either side */
    double all, planted;   /* factors of all cells, and of cell 7 */
    uint32_t cells;        /* 0: CELLS */
    uint64_t instructions; /* an operation; 0: no counter */
} plan;

static const plan usual = {.seed = 1, .processes = 12, .spread = 0.004, .all = 1.0, .planted = 1.0};

static void add_cell(rp_document *doc, uint32_t i)
{
    char id[64];
    rp_cell cell;

    rp_cell_init(&cell);
    snprintf(id, sizeof id, i == 0 ? "seal/none" : "seal/escrow-%02u", i);
    cell.id = id;
    cell.key = (rp_key){"seal", "hpke", i ? "master" : "none", "x25519", "", "sodium", 0, 0, 1024, 1};
    cell.kind = "cell";
    cell.block = "b";
    cell.base = i ? 0 : RP_NONE;
    rp_add_cell(doc, &cell);
}

static rp_document *make_run(const plan *p)
{
    const uint32_t cells = p->cells ? p->cells : CELLS;
    rp_document *small = rp_synthetic_small(); /* for its description */
    rp_document *doc = rp_document_new();
    hn_rng rng;

    snprintf(doc->created, sizeof doc->created, "2025-02-%02uT12:00:00Z", (unsigned)p->seed);
    doc->suite = rp_string(doc, "full");
    doc->complete = true;
    doc->machine = small->machine;
    memcpy(doc->machine_class, small->machine_class, sizeof doc->machine_class);
    doc->subject.version = rp_string(doc, "0.1.0");
    doc->subject.commit = rp_string(doc, "0123456789abcdef0123456789abcdef01234567");
    doc->subject.compiler = rp_string(doc, "GNU 12.2.0");
    rp_add_library(doc, "sodium", "libsodium", "1.0.18");
    rp_document_free(small);
    hn_rng_seed(&rng, p->seed);
    for (uint32_t i = 0; i < cells; i++) {
        add_cell(doc, i);
    }
    for (uint32_t k = 0; k < p->processes; k++) {
        rp_block *block = rp_add_block(doc, "b", k, (size_t)cells * ROUNDS);
        block->rounds = ROUNDS;
        for (uint32_t i = 0; i < cells * ROUNDS; i++) {
            const double noise = p->spread * ((double)hn_rng_below(&rng, 2001) / 1000.0 - 1.0);
            const double ns = 1e6 * (1.0 + i % cells) * p->all * (i % cells == 7 ? p->planted : 1.0) * (1.0 + noise);
            block->slices[i] = (rp_slice){.cell = i % cells,
                                          .round = i / cells,
                                          .order = i % cells,
                                          .start_ns = i,
                                          .iterations = 100,
                                          .ns = round(ns * 1000.0) / 1000.0,
                                          .instructions = 100 * p->instructions};
        }
    }
    return doc;
}

/* Each name has one path, which stays. */
static const char *in_folder(const char *name)
{
    static char paths[32][128];
    char path[128];
    size_t i = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    while (paths[i][0] && strcmp(paths[i], path) != 0) {
        i++;
        assert_true(i < sizeof paths / sizeof paths[0]);
    }
    memcpy(paths[i], path, sizeof path);
    return paths[i];
}

/* Saves and frees. */
static const char *save(rp_document *doc, const char *name)
{
    const char *path = in_folder(name);
    rp_error err = {""};

    rp_summarize(doc);
    assert_true(rp_document_save(doc, path, &err));
    rp_document_free(doc);
    return path;
}

static const char *run_file(const char *name, plan p)
{
    return save(make_run(&p), name);
}

static const char *text_file(const char *name, const char *text)
{
    const char *path = in_folder(name);
    rp_error err = {""};

    assert_true(rp_write_file(path, text, strlen(text), &err));
    return path;
}

static plan other(void)
{
    plan p = usual;

    p.seed = 2;
    return p;
}

/* ---- running the command ---- */

static void slurp(const char *name, char *text, size_t size)
{
    FILE *in = fopen(in_folder(name), "r");
    size_t n = 0;

    assert_non_null(in);
    n = fread(text, 1, size - 1, in);
    text[n] = '\0';
    (void)fclose(in);
}

static int redirect(int to, const char *name)
{
    const int kept = dup(to);
    const int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(kept >= 0 && fd >= 0);
    dup2(fd, to);
    close(fd);
    return kept;
}

static void restore(int to, int kept)
{
    dup2(kept, to);
    close(kept);
}

/* Runs `compare` with up to 14 arguments; its output is then in output[] and complaint[]. */
#define run(...) run_with((const char *const[]){__VA_ARGS__, NULL})

static int run_with(const char *const *arguments)
{
    char *argv[16] = {(char[]){"compare"}, NULL};
    int argc = 1;

    for (; arguments[argc - 1] && argc < 15; argc++) {
        argv[argc] = strdup(arguments[argc - 1]);
    }
    (void)fflush(stdout);
    const int out = redirect(1, "out");
    const int err = redirect(2, "err");
    const int code = cmd_compare(argc, argv);
    (void)fflush(stdout);
    (void)fflush(stderr);
    restore(1, out);
    restore(2, err);
    slurp("out", output, sizeof output);
    slurp("err", complaint, sizeof complaint);
    for (int i = 1; i < argc; i++) {
        free(argv[i]);
    }
    return code;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        print_error("not there: %s\nin:\n%s\n", part, text);
    }
    assert_non_null(strstr(text, part));
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part)) {
        print_error("there: %s\nin:\n%s\n", part, text);
    }
    assert_null(strstr(text, part));
}

/* One line on stderr (and the hint at the help), nothing on stdout. */
static void assert_complains(const char *part)
{
    assert_has(complaint, part);
    assert_string_equal(output, "");
    assert_has(complaint, "escrowbench compare: ");
}

static void assert_width(const char *text)
{
    for (const char *line = text; *line;) {
        const size_t len = strcspn(line, "\n");
        assert_true(len <= 100);
        line += len + (line[len] == '\n');
    }
}

/* ---- verdicts ---- */

static void test_nothing_changed(void **state)
{
    const char *base = run_file("base", usual);
    const char *head = run_file("new", other());
    (void)state;

    assert_int_equal(run(base, head), 0);
    assert_has(output, "No regression. 20 cells: 20 same.");
    assert_has(output, "Mann-Whitney over processes, 12 against 12; p by Holm for 20 cells");
    assert_lacks(output, "What changed");
    assert_width(output);
    assert_string_equal(complaint, "");
}

static void test_planted(void **state)
{
    plan p = other();
    (void)state;

    p.planted = 1.03;
    const char *base = run_file("base", usual);
    const char *head = run_file("new", p);
    assert_int_equal(run(base, head), 1);
    assert_has(output, "Regression. 20 cells: 1 slower, 19 same.");
    assert_has(output, "What changed: time\n");
    assert_has(output, "\nslower\nseal/escrow-07  ");
    assert_lacks(output, "escrow-06");
    assert_width(output);
    assert_int_equal(run(head, base), 0);
    assert_has(output, "No regression. 20 cells: 1 faster, 19 same.");
    assert_int_equal(run(base, head, "--threshold", "5"), 0);
    assert_int_equal(run(base, head, "--filter", "escrow-0[1-6]"), 0);
    assert_has(output, "6 cells: 6 same.");
    assert_int_equal(run(base, head, "--measure", "base-ratio"), 1);
    assert_has(output, "19 cells: 1 slower, 18 same."); /* `none` has no ratio to itself */
    assert_int_equal(run(base, head, "--all"), 1);
    assert_has(output, "\nsame\n");
    assert_has(output, "escrow-06");
    assert_width(output);
}

static void test_cannot_tell(void **state)
{
    plan p = other();
    plan noisy = usual;
    (void)state;

    noisy.spread = 0.2;
    p.processes = 5;
    const char *base = run_file("base", usual);
    assert_int_equal(run(base, run_file("few", p)), 0);
    assert_has(output, "20 cells: 20 cannot tell.");
    assert_has(output, "20 cells had too few processes for slower or faster");
    p.processes = 12;
    p.spread = 0.2;
    assert_int_equal(run(run_file("noisy", noisy), run_file("noise", p)), 0);
    assert_has(output, "cannot tell");
    assert_lacks(output, "slower,");
}

/* Six a side are enough for 20 cells and too few for 40. */
static void test_needed(void **state)
{
    plan a = usual;
    plan b = other();
    (void)state;

    a.processes = b.processes = 6;
    b.planted = 1.5;
    assert_int_equal(run(run_file("base", a), run_file("new", b)), 1);
    a.cells = b.cells = 40;
    assert_int_equal(run(run_file("base", a), run_file("new", b)), 0);
    assert_has(output, "40 cells had too few processes for slower or faster: among 40 cells that takes 7");
    assert_int_equal(run(in_folder("base"), in_folder("new"), "--filter", "escrow-0"), 1);
}

static void test_same_file(void **state)
{
    plan noisy = usual;
    (void)state;

    noisy.spread = 0.2;
    const char *base = run_file("base", noisy);
    assert_int_equal(run(base, base), 0);
    assert_has(output, "No regression. BASE and NEW hold the same run. 20 cells: 20 same.");
    assert_lacks(output, " apart");
}

static void test_drift(void **state)
{
    plan p = other();
    (void)state;

    p.all = 1.05;
    assert_int_equal(run(run_file("base", usual), run_file("new", p)), 1);
    assert_has(output, "All cells moved together, by a median ratio of 1.05");
    assert_has(output, " % apart: the median over 20 cells. 90 % of cells are within");
    assert_int_equal(run(in_folder("base"), in_folder("new"), "--format", "json"), 1);
    assert_has(output, "\"apart\":{\"cells\":20,\"median\":0.0");
    assert_int_equal(run(in_folder("base"), in_folder("new"), "--measure", "base-ratio"), 0);
    assert_lacks(output, "moved together");
}

/* ---- cells that come and go ---- */

static void test_vanished_and_new(void **state)
{
    plan p = other();
    (void)state;

    p.cells = 18;
    const char *base = run_file("base", usual);
    const char *head = run_file("new", p);
    assert_int_equal(run(base, head), 1);
    assert_has(output, "Cells are missing. 20 cells: 2 vanished, 18 same.");
    assert_has(output, "- seal/escrow-19 vanished: NEW does not list it");
    assert_int_equal(run(head, base), 0);
    assert_has(output, "No regression. 20 cells: 18 same, 2 new.");
    rp_document *doc = make_run(&p);
    rp_add_absent(doc, &(rp_key){"", "", "master", "", "", "sodium", 0, 0, -1, 0}, "taken out of the library");
    assert_int_equal(run(base, save(doc, "new")), 1);
    assert_lacks(output, "No regression");
    assert_has(output, "escrow-18 vanished (NEW says: taken out of the library)");
}

/* A list of dozens of them is cut, unless all is asked for. */
static void test_many_vanished(void **state)
{
    plan many = usual;
    plan p = other();
    (void)state;

    many.cells = 60;
    const char *base = run_file("base", many);
    const char *head = run_file("new", p);
    assert_int_equal(run(base, head), 1);
    assert_has(output, "- and 20 more; `--all` names them\n");
    assert_lacks(output, "escrow-59");
    assert_int_equal(run(base, head, "--all"), 1);
    assert_has(output, "escrow-59 vanished");
}

/* Takes a cell's slices away. */
static void silence(rp_document *doc, uint32_t cell, uint32_t from)
{
    for (size_t b = from; b < doc->block_count; b++) {
        rp_block *block = &doc->blocks[b];
        size_t n = 0;
        for (size_t i = 0; i < block->slice_count; i++) {
            if (block->slices[i].cell != cell) {
                block->slices[n++] = block->slices[i];
            }
        }
        block->slice_count = n;
    }
}

static void test_failed_and_cut(void **state)
{
    plan p = other();
    rp_document *failed = make_run(&p);
    rp_document *cut = make_run(&p);
    rp_document *gates = make_run(&p);
    (void)state;

    const char *base = run_file("base", usual);
    silence(failed, 4, 0);
    silence(cut, 4, 0);
    silence(cut, 5, 3);
    cut->complete = false;
    gates->gates.passed = 10;
    gates->gates.failed = 2;
    assert_int_equal(run(base, save(failed, "failed")), 1);
    assert_has(output, "- seal/escrow-04 failed: NEW lists it and has no figure of it");
    assert_int_equal(run(base, save(cut, "cut")), 0);
    assert_has(output, "18 same, 1 cannot tell, 1 not measured.");
    assert_has(output, "NEW was cut short");
    assert_int_equal(run(base, save(gates, "gates")), 1);
    assert_has(output, "2 gates failed in NEW");
}

/* A search of another number of trials, or of a number that is not stated, is another measurement: neither slower nor the furthest. */
static void test_other_work(void **state)
{
    plan p = other();
    (void)state;

    p.planted = 2.0;
    rp_document *doc = make_run(&p);
    doc->cells[7].facts.trials = 65536;
    doc->cells[8].facts.messages = 16;
    const char *base = run_file("base", usual);
    const char *head = save(doc, "new");
    assert_int_equal(run(base, head), 0);
    assert_has(output, "No regression. 20 cells: 18 same, 2 not compared.");
    assert_has(output, "2 cells are not the same measurement in both runs");
    assert_has(output, "escrow-07");
    assert_has(output, "trials");
    assert_has(output, "messages");
    assert_lacks(output, "furthest is seal/escrow-07");
    assert_int_equal(run(base, head, "--format", "json"), 0);
    assert_has(output, "\"not_compared\":2");
    assert_has(output, "\"state\":\"not compared\"");
}

static void test_no_base(void **state)
{
    const char *head = run_file("new", usual);
    (void)state;

    assert_int_equal(run(in_folder("nowhere/base"), head), 0);
    assert_string_equal(output, "No base yet: BASE does not exist, so nothing was compared.\n");
    assert_int_equal(run(in_folder("nowhere/base"), head, "--format", "json"), 0);
    assert_has(output, "\"base\":null");
    assert_int_equal(run(in_folder("nowhere/base"), in_folder("no-new")), 1);
    assert_complains("no-new");
    assert_int_equal(run("", head), 2);
    assert_complains("name is empty");
}

/* ---- accepted regressions ---- */

static void test_accept(void **state)
{
    plan p = other();
    (void)state;

    p.planted = 1.03;
    p.cells = 19;
    const char *base = run_file("base", usual);
    const char *head = run_file("new", p);
    const char *list = text_file("accept", "# known\n\n"
                                           "seal/escrow-07 until 2025-06-30 blinding\tcosts time\r\n"
                                           "seal/*-19      until 2025-06-30 taken out\n"
                                           "open/*         until 2025-01-01 of last year\n");
    assert_int_equal(run(base, head, "--accept", list, "--today", "2025-06-30"), 0);
    assert_has(output, "No regression. 20 cells: 2 accepted, 18 same.");
    assert_has(output, "\nslower, and accepted\nseal/escrow-07 ");
    assert_has(output, "seal/escrow-07: accepted until 2025-06-30: blinding costs time");
    assert_has(output, "accept:5 silences nothing: no regression of open/* (it has expired)");
    assert_int_equal(run(base, head, "--accept", list, "--today", "2025-07-01"), 1);
    assert_has(output, "Regression. Cells are missing. 20 cells: 1 slower, 1 vanished, 18 same.");
    assert_has(output, "seal/escrow-07: no longer accepted; the entry expired after 2025-06-30");
    list = text_file("accept", "seal/escrow-07 until 2025-01-01 old\nseal/* until 2099-12-31 renewed");
    assert_int_equal(run(base, head, "--accept", list, "--today", "2025-07-01"), 0);
    assert_has(output, "accepted until 2099-12-31: renewed");
}

static void test_accept_malformed(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"# fine\nseal/a 2025-01-01 reason", "accept:2: \"until\" does not follow the cell"},
        {"seal/a", "accept:1: \"until\" does not follow"},
        {"seal/a until 2025-02-29 reason", "accept:1: \"until\" needs a day"},
        {"seal/a until 2025-02-28 within 1 reason", "accept:1: \"within\" needs a percentage"},
        {"seal/a until 2025-02-28 within -1% reason", "accept:1: \"within\" needs a percentage"},
        {"seal/a until 2025-02-28 within 1%", "accept:1: the reason is missing"},
        {"seal/a until tomorrow reason", "accept:1: \"until\" needs a day"},
        {"\n\nseal/a until 2025-02-28  ", "accept:3: the reason is missing"},
        {"seal/a until 2025-02-28 \033[31mred", "accept:1: not plain text"},
        {"seal/a until 2025-02-28 \xff\xfe", "accept:1: not plain text"},
    };
    const char *base = run_file("base", usual);
    char *text = malloc(3000);
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(run(base, base, "--accept", text_file("accept", cases[i].text)), 2);
        assert_complains(cases[i].says);
    }
    memset(text, 'a', 2999);
    text[2999] = '\0';
    assert_int_equal(run(base, base, "--accept", text_file("accept", text)), 2);
    assert_complains("accept:1: too long");
    free(text);
    assert_int_equal(run(base, base, "--accept", in_folder("no-such-list")), 2);
    assert_complains("no-such-list");
    assert_true(cm_is_date("2024-02-29") && !cm_is_date("2100-02-29") && !cm_is_date("2025-1-1"));
    assert_false(cm_is_date("2025-00-10") || cm_is_date("2025-13-01") || cm_is_date("2025-04-31") || cm_is_date(""));
}

/* ---- what may be compared ---- */

static const char *changed(const char *name, void (*change)(rp_document *doc))
{
    plan p = other();

    p.instructions = 4242;
    rp_document *doc = make_run(&p);
    change(doc);
    return save(doc, name);
}

static void other_class(rp_document *doc)
{
    strcpy(doc->machine_class, "aarch64; 0x41 8 0xd0c 0x3p1; aes; none; native");
}

static void emulated(rp_document *doc)
{
    strcpy(doc->machine.execution, "emulated");
    strcpy(doc->machine.emulator, "qemu-user");
}

static void other_libraries(rp_document *doc)
{
    doc->subject.libraries[0].version = rp_string(doc, "1.0.20");
    doc->subject.commit = rp_string(doc, "fedcba9876543210fedcba9876543210fedcba98");
    doc->subject.dirty = true;
    rp_add_library(doc, "wolf", "wolfSSL", "5.7");
    json_object_set_new(doc->options, "processes", json_integer(12));
}

static void unchanged(rp_document *doc)
{
    (void)doc;
}

static void test_classes(void **state)
{
    const char *base = run_file("base", usual);
    const char *head = changed("new", other_class);
    (void)state;

    assert_int_equal(run(base, head), 2);
    assert_complains(
        "different machine classes: BASE is of \"x86_64; AuthenticAMD 25 1 1; aes,avx2; kvm; native\", NEW of "
        "\"aarch64; 0x41 8 0xd0c 0x3p1; aes; none; native\"; --across");
    assert_int_equal(run(base, head, "--across"), 0);
    assert_has(output, "ACROSS MACHINE CLASSES");
    assert_has(output, "- different machine class: x86_64;");
    assert_int_equal(run(base, changed("new", emulated), "--across"), 2);
    assert_complains("NEW is of an emulator, the other run is native: these are never compared");
    assert_int_equal(run(in_folder("new"), in_folder("new")), 2);
    assert_complains("times mean nothing");
    assert_int_equal(run(in_folder("new"), in_folder("new"), "--measure", "instructions"), 0);
    assert_has(output, "20 cells: 20 same.");
}

static void test_subject(void **state)
{
    const char *base = changed("base", unchanged);
    const char *head = changed("new", other_libraries);
    (void)state;

    assert_int_equal(run(base, head), 0);
    assert_has(output, "- different library: libsodium 1.0.18 -> libsodium 1.0.20\n");
    assert_has(output, "- different library: none -> wolfSSL 5.7\n");
    assert_has(output, "- different commit: 0123456789ab -> fedcba987654 with changes\n");
    assert_has(output, "different options: none of these -> processes 12\n");
    assert_has(output, "- the same in both: escrowbench 0.1.0; compiler GNU 12.2.0;");
    assert_int_equal(run(base, head, "--measure", "instructions", "--across"), 2);
    assert_complains("different library versions are never compared");
    assert_int_equal(run(base, base, "--measure", "cycles"), 2);
    assert_complains("nothing to compare: neither run has a figure (cycles)");
}

/* ---- forms ---- */

static void test_json(void **state)
{
    plan p = other();
    json_error_t why;
    (void)state;

    p.planted = 1.03;
    p.cells = 19;
    const char *list = text_file("accept", "seal/escrow-19 until 2025-06-30 gone\nx until 2025-06-30 unused");
    assert_int_equal(
        run(run_file("base", usual), run_file("new", p), "--format", "json", "--accept", list, "--today", "2025-01-01"),
        1);
    json_t *json = json_loads(output, 0, &why);
    assert_non_null(json);
    json_t *cells = json_object_get(json, "cells");
    json_t *slow = json_array_get(cells, 7);
    assert_int_equal(json_array_size(cells), 20);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), CM_SCHEMA);
    assert_int_equal(json_integer_value(json_object_get(json, "exit_code")), 1);
    assert_string_equal(json_string_value(json_object_get(slow, "verdict")), "slower");
    assert_true(json_is_true(json_object_get(slow, "fails")));
    assert_true(json_real_value(json_object_get(slow, "ratio_low")) > 1.01);
    json_t *gone = json_array_get(cells, 19);
    assert_string_equal(json_string_value(json_object_get(gone, "state")), "vanished");
    assert_true(json_is_false(json_object_get(gone, "fails")));
    assert_null(json_object_get(gone, "ratio"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(gone, "accepted"), "reason")), "gone");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(json, "unused_accepted_lines"), 0)), 2);
    json_decref(json);
}

static void test_markdown_and_out(void **state)
{
    plan p = other();
    (void)state;

    p.planted = 1.03;
    const char *base = run_file("base", usual);
    const char *head = run_file("new", p);
    const char *list = text_file("accept", "seal/escrow-07 until 2025-06-30 <script>[x](y)");
    assert_int_equal(run(base, head, "--format", "markdown", "--out", in_folder("table.md"), "--accept", list,
                         "--today", "2025-01-01"),
                     0);
    assert_string_equal(output, "");
    slurp("table.md", output, sizeof output);
    assert_has(output, "# Comparison of two runs: NEW to BASE, time\n\nNo regression.");
    assert_has(output, "| cell | BASE | NEW | ratio [95 %] | p |\n");
    assert_has(output, "\\<script\\>\\[x\\](y)");
    assert_int_equal(run(base, head, "--out", in_folder("no/such/folder")), 1);
    assert_complains("no/such/folder");
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(run(base, head, "--out", "/dev/full"), 1);
        assert_complains("/dev/full");
    }
}

/* A long id is shortened in the table of a terminal, and nowhere else. */
static void test_long_ids(void **state)
{
    const plan plans[] = {usual, other()};
    char id[300];
    (void)state;

    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    memcpy(id + sizeof id - 5, "/end", 4);
    for (int i = 0; i < 2; i++) {
        rp_document *doc = make_run(&plans[i]);
        rp_cell cell = doc->cells[0];
        rp_block *block = rp_add_block(doc, "long", 0, 1);
        cell.id = id;
        cell.block = "long";
        block->slices[0] = (rp_slice){.cell = rp_add_cell(doc, &cell), .iterations = 1, .ns = 5};
        save(doc, i ? "new" : "base");
    }
    assert_int_equal(run(in_folder("base"), in_folder("new"), "--all"), 0);
    assert_has(output, "xx...xx");
    assert_has(output, "/end  ");
    assert_width(output);
    assert_int_equal(run(in_folder("base"), in_folder("new"), "--all", "--format", "markdown"), 0);
    assert_has(output, id);
}

/* ---- bad input ---- */

static void test_bad_files(void **state)
{
    const char *base = run_file("base", usual);
    char *text = malloc(1 << 20);
    (void)state;

    slurp("base", text, 1 << 20);
    const size_t len = strlen(text);
    assert_true(len > 10000 && len < (1 << 20) - 1);
    for (size_t cut = 0; cut < len - 2; cut += len / 7) {
        rp_error err = {""};
        assert_true(rp_write_file(in_folder("bad"), text, cut, &err));
        assert_int_equal(run(in_folder("bad"), base), 1);
        assert_complains("bad");
        assert_int_equal(run(base, in_folder("bad")), 1);
        assert_complains("bad");
    }
    char *version = strstr(text, RP_SCHEMA);
    assert_non_null(version);
    version[sizeof RP_SCHEMA - 2] = '9';
    assert_int_equal(run(text_file("future", text), base), 1);
    assert_complains("a newer version of escrowbench");
    free(text);
    assert_int_equal(run(folder, base), 1);
    assert_complains("folder");
}

/* Times that no clock gives, in place of the first slice's. */
static void test_bad_times(void **state)
{
    static const char *const times[] = {"NaN", "-1", "0", "1e999", "null", "\"5\""};
    plan p = usual;
    char bad[1 << 16];
    char text[1 << 16];
    (void)state;

    p.cells = 1;
    p.processes = 1;
    p.spread = 0.0;
    const char *base = run_file("base", p);
    slurp("base", text, sizeof text);
    char *time = strstr(text, "1000000");
    assert_non_null(time);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        snprintf(bad, sizeof bad, "%.*s%s%s", (int)(time - text), text, times[i], time + strcspn(time, ",]"));
        assert_int_equal(run(base, text_file("bad", bad)), 1);
        assert_complains("bad");
    }
}

static void test_usage(void **state)
{
    const char *base = run_file("base", usual);
    (void)state;

    assert_int_equal(run(base), 2);
    assert_int_equal(run(base, base, base), 2);
    assert_int_equal(run(base, base, "--format", "csv"), 2);
    assert_complains("--format is terminal, markdown or json");
    assert_int_equal(run(base, base, "--measure", "speed"), 2);
    assert_complains("--measure is time");
    assert_int_equal(run(base, base, "--threshold", "-1"), 2);
    assert_int_equal(run(base, base, "--threshold", "nan"), 2);
    assert_int_equal(run(base, base, "--alpha", "0.9"), 2);
    assert_int_equal(run(base, base, "--today", "2025-02-30"), 2);
    assert_complains("--today");
    assert_int_equal(run(base, base, "--filter", "("), 2);
    assert_complains("regular expression");
    assert_int_equal(run(base, base, "--filter", "no such cell"), 2);
    assert_complains("nothing to compare");
    assert_int_equal(run("--help"), 0);
}

/* ---- values ---- */

/* All at once, and one by one. */
static void test_values(void **state)
{
    static const rp_measure measures[] = {RP_NS, RP_BASE_RATIO, RP_FLOOR_RATIO, RP_TICKS};
    (void)state;

    for (size_t m = 0; m < sizeof measures / sizeof measures[0]; m++) {
        rp_document *doc = rp_synthetic_run(3, 4);
        rp_document *whole = rp_synthetic_run(3, 4);
        cm_values *values = cm_values_of(doc, measures[m]);
        rp_index *index = rp_index_new(whole);
        for (uint32_t i = 0; i < doc->cell_count; i += 3) {
            size_t n = 0;
            double *one = rp_process_values(index, i, measures[m], &n);
            assert_int_equal(values[i].count, n);
            assert_true(n == 0 ? one == NULL : memcmp(values[i].value, one, n * sizeof *one) == 0);
            free(one);
        }
        cm_values_free(values, doc->cell_count);
        rp_index_free(index);
        rp_document_free(doc);
        rp_document_free(whole);
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"base",  "new", "few", "noisy", "noise",  "failed", "cut",
                                        "gates", "out", "err", "bad",   "accept", "future", "table.md"};
    (void)state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_folder(names[i]));
    }
    return rmdir(folder); /* fails if a temporary file was left behind */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_changed),
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_cannot_tell),
        cmocka_unit_test(test_needed),
        cmocka_unit_test(test_same_file),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_vanished_and_new),
        cmocka_unit_test(test_many_vanished),
        cmocka_unit_test(test_failed_and_cut),
        cmocka_unit_test(test_other_work),
        cmocka_unit_test(test_no_base),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_accept_malformed),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_subject),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_markdown_and_out),
        cmocka_unit_test(test_long_ids),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_bad_times),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_values),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
