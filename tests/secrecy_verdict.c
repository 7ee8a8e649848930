/* SPDX-License-Identifier: Apache-2.0 */
/* One verdict from memcheck, statistics and inspection. */
#include <stdio.h>
#include <string.h>

#include "bench/report/memory.h"
#include "bench/secrecy/recall.h"
#include "bench/secrecy/verdict.h"
#include "bench/state.h"
#include "tests/support.h"

static void expect(const char *memcheck, eb_opinion opinion, bool inspected, const char *verdict, const char *means)
{
    char by[64];

    assert_string_equal(eb_verdict_of(memcheck, opinion, inspected), verdict);
    eb_verdict_means(by, sizeof by, memcheck, opinion, inspected);
    assert_string_equal(by, means);
}

static void test_rules(void **state)
{
    (void)state;
    expect("passed", EB_OPINION_PASSED, false, "passed", "memcheck+statistics");
    expect("passed", EB_OPINION_NONE, false, "passed", "memcheck");
    expect("passed", EB_OPINION_PUBLIC, false, "passed", "memcheck");
    expect("passed", EB_OPINION_ACCUSED, false, "failed", "statistics");
    expect("passed", EB_OPINION_ACCUSED, true, "failed", "statistics");
    expect("failed", EB_OPINION_PASSED, true, "failed", "memcheck");
    expect("failed", EB_OPINION_ACCUSED, false, "failed", "memcheck+statistics");
    expect("excepted", EB_OPINION_ACCUSED, false, "excepted", "memcheck");
    expect("excepted", EB_OPINION_PASSED, false, "excepted", "memcheck+statistics");
    expect("untestable", EB_OPINION_PASSED, false, "passed", "statistics");
    expect("untestable", EB_OPINION_ACCUSED, false, "failed", "statistics");
    expect("untestable", EB_OPINION_PUBLIC, false, "untestable", "");
    expect("untestable", EB_OPINION_NONE, false, "untestable", "");
    expect("", EB_OPINION_PASSED, true, "passed", "statistics+inspection");
    expect("", EB_OPINION_NONE, true, "passed", "inspection");
    expect("", EB_OPINION_NONE, false, "untestable", "");
}

static void add(rp_document *doc, const char *id, const char *kind, const char *variant, const char *memcheck)
{
    rp_cell cell;
    rp_cell_init(&cell);
    cell.id = id;
    cell.kind = kind;
    cell.block = "b";
    cell.key.suite = variant;
    cell.constant_time = memcheck;
    assert_true(rp_add_cell(doc, &cell) != RP_NONE);
}

static void test_document(void **state)
{
    static const eb_opinion opinions[] = {EB_OPINION_PASSED,  EB_OPINION_NONE, EB_OPINION_NONE,
                                          EB_OPINION_ACCUSED, EB_OPINION_NONE, EB_OPINION_NONE};
    rp_document *doc = rp_document_new();
    (void)state;

    add(doc, "a", "cell", "avx2", "excepted");
    add(doc, "b", "part", "avx2", "");
    add(doc, "c", "part", "avx", "");
    add(doc, "d", "part", "ssse3", "");
    add(doc, "e", "floor", "", "");
    add(doc, "f", "peer", "", "");
    const eb_verdicts v = eb_verdict_all(doc, opinions, "program 1\npath avx2 passed\npath avx failed\n");
    assert_int_equal(v.excepted, 1);
    assert_int_equal(v.passed, 1);
    assert_int_equal(v.untestable, 1);
    assert_int_equal(v.failed, 1);
    assert_string_equal(doc->cells[0].constant_time_by, "memcheck+statistics");
    assert_string_equal(doc->cells[1].constant_time_by, "inspection");
    assert_string_equal(doc->cells[4].constant_time, "");
    assert_string_equal(doc->cells[5].constant_time, "");
    rp_document_free(doc);
}

static void judge(rp_document *doc, const char *id, const char *verdict, const char *means)
{
    add(doc, id, "cell", "", verdict);
    doc->cells[doc->cell_count - 1].constant_time_by = rp_string(doc, means);
}

/* A second look, at other cells or by other means, drops no verdict of the first. */
static void test_merge(void **state)
{
    static const struct {
        const char *old, *old_by, *new, *new_by, *verdict, *by;
    } cases[] = {
        {"passed", "memcheck", "failed", "statistics", "failed", "statistics"},
        {"failed", "memcheck", "passed", "statistics", "failed", "memcheck"},
        {"failed", "memcheck", "passed", "memcheck", "passed", "memcheck"},
        {"failed", "statistics", "passed", "memcheck+statistics", "passed", "memcheck+statistics"},
        {"passed", "memcheck+statistics", "passed", "memcheck", "passed", "memcheck+statistics"},
        {"passed", "memcheck", "untestable", "", "passed", "memcheck"},
        {"untestable", "", "passed", "memcheck", "passed", "memcheck"},
        {"", "", "excepted", "memcheck", "excepted", "memcheck"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rp_document *into = rp_document_new(), *new = rp_document_new();
        judge(into, "first", "passed", "memcheck");
        judge(into, "both", cases[i].old, cases[i].old_by);
        judge(new, "both", cases[i].new, cases[i].new_by);
        judge(new, "second", "excepted", "memcheck");
        eb_secrecy_merge(into, new);
        assert_int_equal(into->cell_count, 3);
        assert_string_equal(into->cells[rp_find_cell(into, "first")].constant_time, "passed");
        assert_string_equal(into->cells[rp_find_cell(into, "second")].constant_time, "excepted");
        assert_string_equal(into->cells[rp_find_cell(into, "both")].constant_time, cases[i].verdict);
        assert_string_equal(into->cells[rp_find_cell(into, "both")].constant_time_by, cases[i].by);
        rp_document_free(into);
        rp_document_free(new);
    }
}

static void test_inspection_is_of_this_program(void **state)
{
    char why[160] = "", program[256], text[300];
    (void)state;

    eb_program_id(program, sizeof program);
    snprintf(text, sizeof text, "program %s\npath avx2 passed\n", program);
    assert_true(eb_inspection_holds(text, why, sizeof why));
    assert_false(eb_inspection_holds("program 0\npath avx2 passed\n", why, sizeof why));
    assert_non_null(strstr(why, "not of this program"));
    assert_false(eb_inspection_holds("", why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules), cmocka_unit_test(test_document),
                                       cmocka_unit_test(test_merge),
                                       cmocka_unit_test(test_inspection_is_of_this_program)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
