/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that counted instructions, compared: each change by itself, against a threshold that it may reach. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/compare/comparison.h"
#include "bench/report/summary.h"

static const cm_measure *counted(void)
{
    const cm_measure *m = cm_measures;

    while (strcmp(m->name, "counted") != 0) {
        m++;
    }
    return m;
}

static rp_document *counts(const double *totals, size_t n)
{
    rp_document *doc = rp_document_new();

    doc->suite = rp_string(doc, "quick");
    doc->complete = true;
    doc->counting.tool = rp_string(doc, "qemu-plugin");
    doc->counting.version = rp_string(doc, "qemu-x86_64 version 7.2.22");
    doc->counting.emulator = rp_string(doc, "qemu-x86_64 -cpu max");
    memcpy(doc->subject.packages, "libc6 2.36-9,libssl3 3.0.19-1", sizeof "libc6 2.36-9,libssl3 3.0.19-1");
    memcpy(doc->counting.features, "aes,avx2", sizeof "aes,avx2");
    memcpy(doc->machine_class, "one", sizeof "one");
    rp_add_library(doc, "sodium", "libsodium", "1.0.18");
    for (size_t i = 0; i < n; i++) {
        char id[32];
        rp_cell cell;
        rp_cell_init(&cell);
        snprintf(id, sizeof id, "seal/%zu", i);
        cell.id = id;
        cell.block = "b";
        cell.count = (rp_tally){totals[i], NAN, NAN, 0, totals[i] > 0 ? 4 : 0};
        assert_int_not_equal(rp_add_cell(doc, &cell), RP_NONE);
    }
    rp_summarize(doc);
    return doc;
}

static cm_request request(cm_accept_list *accept)
{
    cm_request r = {.measure = counted(), .rule = vd_default_rule, .today = "2026-01-01", .accept = accept};

    r.rule.threshold = 0.001;
    return r;
}

static cm_comparison *compare(rp_document *base, rp_document *head, cm_accept_list *accept)
{
    const cm_request r = request(accept);
    rp_error err;
    cm_comparison *c = cm_compare(base, head, &r, "base", "head", &err);

    assert_non_null(c);
    return c;
}

static void verdicts(void **state)
{
    /* Just below the threshold, at it, beyond it, as much less, the same, gone. */
    const double old[] = {1000000, 1000000, 1000000, 1000000, 1000000, 1000000};
    const double new[] = {1000999, 1001000, 1002000, 998000, 1000000, 0};
    static const vd_verdict expected[] = {VD_SAME, VD_SLOWER, VD_SLOWER, VD_FASTER, VD_SAME};
    rp_document *base = counts(old, 6);
    rp_document *head = counts(new, 6);
    cm_comparison *c = compare(base, head, NULL);
    (void)state;

    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(c->cells[i].result.verdict, expected[i]);
        assert_int_equal(c->cells[i].fails, expected[i] == VD_SLOWER);
    }
    assert_int_equal(c->cells[5].state, CM_FAILED);
    assert_int_equal(c->exit_code, 1);
    cm_free(c);
    c = compare(base, base, NULL);
    assert_int_equal(c->exit_code, 0);
    assert_int_equal(c->counts.same, 6);
    cm_free(c);
    rp_document_free(base);
    rp_document_free(head);
}

static void limits(void **state)
{
    static const char text[] =
        "seal/0 until 2099-12-31 within 1% blinding\nseal/1 until 2099-12-31 within 0.2% blinding\n"
        "seal/2 until 2099-12-31 it was decided\n";
    const double old[] = {1000, 1000, 1000};
    const double new[] = {1005, 1005, 2000};
    rp_document *base = counts(old, 3);
    rp_document *head = counts(new, 3);
    rp_error err;
    cm_accept_list *list = cm_accept_parse(text, sizeof text - 1, "accept", &err);
    (void)state;

    assert_non_null(list);
    assert_string_equal(list->entries[0].reason, "blinding");
    cm_comparison *c = compare(base, head, list);
    assert_false(c->cells[0].fails);
    assert_true(c->cells[1].fails); /* by more than was accepted */
    assert_false(c->cells[2].fails);
    assert_int_equal(c->exit_code, 1);
    cm_free(c);
    cm_accept_free(list);
    rp_document_free(base);
    rp_document_free(head);
}

typedef void change_fn(rp_document *doc);

static void other_tool(rp_document *doc)
{
    doc->counting.tool = rp_string(doc, "callgrind");
}

static void other_version(rp_document *doc)
{
    doc->counting.version = rp_string(doc, "qemu-x86_64 version 8.0.0");
}

static void other_features(rp_document *doc)
{
    memcpy(doc->counting.features, "aes", sizeof "aes");
}

/* All the features that are listed are the same there, and movbe is not among them. */
static void other_cpu(rp_document *doc)
{
    doc->counting.emulator = rp_string(doc, "qemu-x86_64 -cpu max,-movbe");
}

static void other_package(rp_document *doc)
{
    memcpy(doc->subject.packages, "libc6 2.36-9,libssl3 3.0.20-1", sizeof "libc6 2.36-9,libssl3 3.0.20-1");
}

static void other_libc(rp_document *doc)
{
    memcpy(doc->machine.libc, "glibc 2.41", sizeof "glibc 2.41");
}

static void other_library(rp_document *doc)
{
    doc->subject.libraries[0].version = rp_string(doc, "1.0.22");
}

static void one_library_more(rp_document *doc)
{
    rp_add_library(doc, "new", "libnew", "1");
}

static void timed(rp_document *doc)
{
    doc->counting.tool = "";
}

static void other_machine(rp_document *doc)
{
    memcpy(doc->machine_class, "two", sizeof "two");
}

/* What is never compared; and that an emulator's counts may come from any machine. */
static void refusals(void **state)
{
    static change_fn *const refused[] = {other_tool,    other_version, other_cpu,        other_features, other_libc,
                                         other_library, other_package, one_library_more, timed};
    const double total[] = {1000};
    const cm_request r = request(NULL);
    rp_document *base = counts(total, 1);
    char *why = NULL;
    (void)state;

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        rp_document *head = counts(total, 1);
        refused[i](head);
        assert_false(cm_comparable(base, head, &r, &why));
        assert_non_null(why);
        free(why);
        rp_document_free(head);
    }
    rp_document *head = counts(total, 1);
    other_machine(head);
    assert_true(cm_comparable(base, head, &r, &why));
    base->counting.tool = head->counting.tool = "perf";
    assert_false(cm_comparable(base, head, &r, &why)); /* hardware's do not */
    free(why);
    rp_document_free(head);
    rp_document_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(limits),
        cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
