/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: cut at every byte, full, resumed, compacted. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/report/journal.h"
#include "bench/report/summary.h"
#include "tests/report_synthetic.h"

static char folder[] = "/tmp/eb-journal-XXXXXX";
static char journal_file[64], run_file[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(journal_file, sizeof journal_file, "%s/run.journal", folder);
    snprintf(run_file, sizeof run_file, "%s/run.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static const double times[] = {100, 200, 50, 110, 231, 55};

/* Header, facts of one cell, two processes, the end. */
static void write_journal(rp_document *doc)
{
    rp_error err = {""};
    rp_journal *j = NULL;

    doc->complete = false;
    j = rp_journal_create(journal_file, doc, &err);
    assert_non_null(j);
    doc->cells[1].facts.wire_bytes = 1140;
    doc->cells[1].single = true;
    assert_true(rp_journal_cell(j, doc, 1, &err));
    for (uint32_t k = 0; k < 2; k++) {
        rp_synthetic_process(doc, k, times, 2);
        assert_true(rp_journal_block(j, doc, &doc->blocks[k], &err));
    }
    doc->complete = true;
    doc->seconds = 12.5;
    rp_add_warning(doc, "late", "none");
    assert_true(rp_journal_state(j, doc, &err));
    rp_journal_close(j);
}

static char *slurp(size_t *len)
{
    FILE *file = fopen(journal_file, "r");
    char *text = calloc(1 << 20, 1);

    assert_non_null(file);
    *len = fread(text, 1, 1 << 20, file);
    (void)fclose(file);
    return text;
}

static void spill(const char *text, size_t len)
{
    FILE *file = fopen(journal_file, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    (void)fclose(file);
}

static void test_compact(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_document *done = NULL;
    rp_document *loaded = NULL;
    rp_error err = {""};
    (void)state;

    write_journal(doc);
    assert_null(rp_journal_create(journal_file, doc, &err)); /* never over another run's */
    assert_non_null(strstr(err.text, "is there already"));
    assert_true(rp_journal_compact(journal_file, run_file, &done, &err));
    assert_int_equal(access(journal_file, F_OK), -1);
    loaded = rp_document_load(run_file, &err);
    assert_non_null(loaded);
    assert_int_equal(loaded->block_count, 2);
    assert_int_equal(loaded->cells[1].facts.wire_bytes, 1140);
    assert_true(loaded->cells[1].single && loaded->complete);
    assert_int_equal(loaded->warning_count, 1);
    assert_true(fabs(loaded->seconds - 12.5) < 1e-9);
    assert_true(fabs(rp_row_of(loaded, 1)->base_ratio.value - 2.05) < 1e-9);
    unlink(run_file);
    rp_document_free(doc);
    rp_document_free(done);
    rp_document_free(loaded);
}

/* A kill at any byte: what was finished is there, no more is lost than the line under way. */
static void test_no_folder(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    (void)state;

    assert_null(rp_journal_create("/nonexistent/x.json.journal", doc, &err));
    assert_string_equal(err.text, "the folder /nonexistent is missing");
    assert_null(rp_journal_create("/dev/null/x.json.journal", doc, &err));
    assert_string_equal(err.text, "cannot open the journal /dev/null/x.json.journal: Not a directory");
    if (geteuid() != 0) { /* to whom no folder is closed */
        assert_int_equal(chmod(folder, 0500), 0);
        assert_null(rp_journal_create(journal_file, doc, &err));
        assert_int_equal(chmod(folder, 0700), 0);
        assert_non_null(strstr(err.text, " is closed to writing"));
    }
    rp_document_free(doc);
}

static void test_cut_anywhere(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    size_t len = 0;
    size_t header = 0;
    char *text = NULL;
    (void)state;

    write_journal(doc);
    text = slurp(&len);
    header = (size_t)(strchr(text, '\n') - text);
    for (size_t n = 0; n <= len; n++) {
        bool torn = false;
        rp_document *back = NULL;
        size_t blocks = 0;
        spill(text, n);
        back = rp_journal_read(journal_file, &torn, &err);
        if (n <= header) {
            assert_null(back);
            assert_non_null(strstr(err.text, "had not begun"));
            continue;
        }
        assert_non_null(back);
        assert_int_equal(torn, text[n - 1] != '\n');
        for (size_t i = 0; i < n; i++) {
            blocks += text[i] == '\n' && i > header;
        }
        assert_int_equal(back->block_count, blocks < 1 ? 0 : blocks - 1 < 2 ? blocks - 1 : 2);
        rp_document_free(back);
    }
    unlink(journal_file);
    free(text);
    rp_document_free(doc);
}

/* Going on after a kill: the torn line goes, a block that is done again counts once. */
static void test_going_on(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_document *back = NULL;
    rp_journal *j = NULL;
    rp_error err = {""};
    bool torn = true;
    size_t len = 0;
    char *text = NULL;
    (void)state;

    write_journal(doc);
    text = slurp(&len);
    spill(text, len - 5);
    j = rp_journal_open(journal_file, &err);
    assert_non_null(j);
    doc->blocks[1].slices[0].ns = 12345.0;
    assert_true(rp_journal_block(j, doc, &doc->blocks[1], &err));
    rp_journal_close(j);
    back = rp_journal_read(journal_file, &torn, &err);
    assert_non_null(back);
    assert_false(torn);
    assert_int_equal(back->block_count, 2);
    assert_true(back->blocks[1].slices[0].ns > 12344.0 && back->blocks[1].slices[0].ns < 12346.0);
    assert_false(back->complete); /* that line was the torn one */
    unlink(journal_file);
    free(text);
    rp_document_free(doc);
    rp_document_free(back);
}

/* In the middle nothing may be wrong: that is no kill, but another hand or a failing disk. */
static void test_damaged(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_error err = {""};
    size_t len = 0;
    char *text = NULL;
    (void)state;

    write_journal(doc);
    text = slurp(&len);
    *strstr(text, "\"slices\"") = 'x';
    spill(text, len);
    assert_null(rp_journal_read(journal_file, NULL, &err));
    assert_non_null(strstr(err.text, "line 3, column"));
    assert_false(rp_journal_compact(journal_file, run_file, NULL, &err));
    assert_int_equal(access(journal_file, F_OK), 0); /* kept */
    assert_int_equal(access(run_file, F_OK), -1);
    unlink(journal_file);
    free(text);
    rp_document_free(doc);
}

/* A file-size limit stands for a full disk: the line that does not fit is taken back whole. */
static void test_full(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_journal *j = NULL;
    rp_error err = {""};
    size_t before = 0;
    size_t after = 0;
    struct rlimit old;
    struct rlimit small;
    (void)state;

    j = rp_journal_create(journal_file, doc, &err);
    assert_non_null(j);
    free(slurp(&before));
    rp_synthetic_process(doc, 0, times, 2);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){before + 40, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(rp_journal_block(j, doc, &doc->blocks[0], &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_non_null(strstr(err.text, "cannot write the journal"));
    free(slurp(&after));
    assert_int_equal(after, before);
    assert_true(rp_journal_block(j, doc, &doc->blocks[0], &err));
    rp_journal_close(j);
    unlink(journal_file);
    rp_document_free(doc);
}

/* The same with a document: the old file stays, and nothing is left beside it. */
static void test_full_document(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_document *back = NULL;
    rp_error err = {""};
    struct rlimit old;
    struct rlimit small = {100, 0};
    (void)state;

    assert_true(rp_document_save(doc, run_file, &err));
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(rp_document_save(doc, run_file, &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    back = rp_document_load(run_file, &err);
    assert_non_null(back);
    unlink(run_file); /* remove_folder() fails if a temporary file is left */
    rp_document_free(doc);
    rp_document_free(back);
}

static void test_block_lines(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_document *other = rp_synthetic_small();
    rp_block *block = NULL;
    rp_error err = {""};
    size_t len = 0;
    char *line = NULL;
    (void)state;

    rp_synthetic_process(doc, 7, times, 2);
    line = rp_block_line(doc, &doc->blocks[0], &len);
    block = rp_block_from_line(other, line, len, &err);
    assert_non_null(block);
    assert_int_equal(block->process, 7);
    assert_int_equal(block->slice_count, 6);
    assert_null(rp_block_from_line(other, line, len - 1, &err));
    assert_null(rp_block_from_line(other, "{}", 2, &err));
    free(line);
    rp_document_free(doc);
    rp_document_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),     cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_going_on),
        cmocka_unit_test(test_damaged),     cmocka_unit_test(test_full),         cmocka_unit_test(test_full_document),
        cmocka_unit_test(test_block_lines), cmocka_unit_test(test_no_folder),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
