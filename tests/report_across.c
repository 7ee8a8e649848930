/* SPDX-License-Identifier: Apache-2.0 */
/* Counts side by side: ratios to the first run, none across versions of a library, and what may not stand together. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/report/across.h"
#include "tests/report_synthetic.h"

/* The synthetic cells with `none` at 1000 times `factor` instructions, `master` at 2000, the floor at 900. */
static rp_document *counted(const char *arch, double factor)
{
    static const double counts[] = {1000, 2000, 900};
    rp_document *doc = rp_synthetic_small();
    snprintf(doc->machine.arch, sizeof doc->machine.arch, "%s", arch);
    doc->counting.tool = rp_string(doc, "qemu-plugin");
    doc->counting.version = rp_string(doc, "qemu 7.2");
    doc->complete = true;
    for (uint32_t i = 0; i < 3; i++) {
        doc->cells[i].count = (rp_tally){.total = factor * counts[i], .memory = 1, .vector = 2, .operations = 4};
        doc->cells[i].key.backend = rp_string(doc, "sodium");
    }
    return doc;
}

static char *text_of(void (*write)(FILE *, const rp_across *, const rp_view *), const rp_across *a)
{
    static char *text;
    static size_t len;
    const rp_view view = {.all = false};
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    write(out, a, &view);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void has(char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("%s '%s' in:\n%s", wanted ? "no" : "there is", part, text);
}

static void ratios_are_to_the_first(void **state)
{
    (void)state;
    rp_document *x = counted("x86_64", 1), *y = counted("aarch64", 1.25);
    const rp_across a = {.doc = {x, y}, .name = {"x.json", "y.json"}, .count = 2};
    assert_null(rp_across_refusal(&a));
    char *text = text_of(rp_across_markdown, &a);
    has(text, "1,000 | 1,250 | 1.25", true);
    has(text, "2,000 | 2,500 | 1.25 | 900 | 1,125 | 1.25", true);
    has(text, "libsodium 1.0.18 | 2 | 1.25 | 1.25 | 1.25", true);
    free(text);
    text = text_of(rp_across_csv, &a);
    has(text, ",1000,1,2,", true);
    has(text, ",1.25\n", true);
    free(text);
    text = text_of(rp_across_json, &a);
    json_t *all = json_loads(text, 0, NULL);
    assert_non_null(all);
    assert_int_equal(json_array_size(json_object_get(all, "cells")), 2);
    json_decref(all);
    free(text);
    rp_document_free(x);
    rp_document_free(y);
}

static void another_version_has_no_ratio(void **state)
{
    (void)state;
    rp_document *x = counted("x86_64", 1), *y = counted("aarch64", 1.25);
    y->subject.libraries[0].version = rp_string(y, "1.0.22");
    const rp_across a = {.doc = {x, y}, .name = {"x.json", "y.json"}, .count = 2};
    char *text = text_of(rp_across_csv, &a);
    has(text, ",1250,1,2,,0,\n", true);
    has(text, "1.25", false);
    free(text);
    rp_document_free(x);
    rp_document_free(y);
}

static void what_one_lacks_is_a_dash(void **state)
{
    (void)state;
    rp_document *x = counted("x86_64", 1), *y = counted("aarch64", 1.25);
    x->cells[1].count.operations = 0;
    const rp_across a = {.doc = {x, y}, .name = {"x.json", "y.json"}, .count = 2};
    char *text = text_of(rp_across_csv, &a);
    has(text, ",,,,,,2500,1,2,1125,0,\n", true);
    free(text);
    rp_document_free(x);
    rp_document_free(y);
}

static void refused(rp_document *x, rp_document *y, const char *part)
{
    const rp_across a = {.doc = {x, y}, .name = {"x.json", "y.json"}, .count = 2};
    char *why = rp_across_refusal(&a);
    assert_non_null(why);
    has(why, part, true);
    free(why);
}

static void what_may_not_stand_together(void **state)
{
    (void)state;
    rp_document *x = counted("x86_64", 1), *y = counted("aarch64", 1);
    y->complete = false;
    refused(x, y, "y.json was cut short");
    y->complete = true;
    y->counting.tool = rp_string(y, "perf");
    refused(x, y, "different tools");
    y->counting.tool = "";
    refused(x, y, "y.json did not count instructions");
    y->counting.tool = rp_string(y, "memcheck");
    refused(x, y, "y.json did not count instructions");
    rp_document_free(x);
    rp_document_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_to_the_first),
        cmocka_unit_test(another_version_has_no_ratio),
        cmocka_unit_test(what_one_lacks_is_a_dash),
        cmocka_unit_test(what_may_not_stand_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
