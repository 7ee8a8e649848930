/* SPDX-License-Identifier: Apache-2.0 */
/* Heap accounting: exact counts of planted calls, ours and a library's. */
#define _POSIX_C_SOURCE 200809L /* strdup and posix_memalign lie outside of ISO C 17 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/alloc.h"

/* Compilers may remove or merge calls whose blocks are not used: through these they cannot. */
static void *(*volatile get)(size_t) = malloc;
static void *(*volatile get_zeroed)(size_t, size_t) = calloc;
static void *(*volatile change)(void *, size_t) = realloc;
static void *(*volatile get_aligned)(size_t, size_t) = aligned_alloc;
static void (*volatile put)(void *) = free;
static char *(*volatile duplicate)(const char *) = strdup;

static int need_counts(void **state)
{
    (void)state;
    return hn_alloc_available() ? 0 : 1;
}

static void test_ours(void **state)
{
    hn_alloc counts;
    void *aligned = NULL;

    (void)state;
    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    void *a = get(1000);
    void *b = get_zeroed(10, 10);
    a = change(a, 3000);
    const int error = posix_memalign(&aligned, 64, 640);
    void *c = get_aligned(128, 256);
    put(a);
    put(b);
    put(c);
    put(NULL);
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);

    assert_int_equal(error, 0);
    assert_true((uintptr_t)aligned % 64 == 0 && (uintptr_t)c % 128 == 0);
    assert_int_equal(counts.ours.calls, 5);
    assert_int_equal(counts.ours.frees, 3);
    assert_int_equal(counts.ours.bytes, 1000 + 100 + 3000 + 640 + 256);
    assert_int_equal(counts.library.calls, 0);
    assert_int_equal(counts.library.frees, 0);
    assert_true(counts.peak_bytes >= 3000 + 100 + 640 + 256 && counts.peak_bytes < 8192);
    assert_true(counts.kept_bytes >= 640 && counts.kept_bytes < 1024);
    put(aligned);
}

/* strdup's malloc returns into libc: a library's call, although we free the block. */
static void test_library(void **state)
{
    hn_alloc counts;

    (void)state;
    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    char *text = duplicate("nine chars");
    put(text);
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);
    assert_int_equal(counts.library.calls, 1);
    assert_int_equal(counts.library.bytes, 11);
    assert_int_equal(counts.ours.calls, 0);
    assert_int_equal(counts.ours.frees, 1);
    assert_int_equal(counts.kept_bytes, 0);
}

static void test_older_block(void **state)
{
    hn_alloc counts;
    void *old = get(500);

    (void)state;
    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    put(old);
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);
    assert_true(counts.kept_bytes <= -500);
    assert_int_equal(counts.peak_bytes, 0);
}

static void *other_thread(void *unused)
{
    put(get(100));
    return unused;
}

static void test_off_and_other_threads(void **state)
{
    hn_alloc counts;
    hn_alloc during;
    pthread_t thread;

    (void)state;
    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);
    put(get(100));
    assert_int_equal(counts.ours.calls, 0);

    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    const int created = pthread_create(&thread, NULL, other_thread, NULL);
    if (created == 0) {
        (void)pthread_join(thread, NULL);
    }
    during = counts;
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);
    assert_int_equal(created, 0);
    assert_int_equal(during.ours.calls, 0);
}

static void test_misuse(void **state)
{
    hn_alloc counts;
    hn_alloc second;

    (void)state;
    assert_int_equal(hn_alloc_start(NULL), HN_ERR_INVALID);
    assert_int_equal(hn_alloc_stop(&counts), HN_ERR_INVALID);
    assert_int_equal(hn_alloc_start(&counts), HN_OK);
    const hn_status again = hn_alloc_start(&second);
    const hn_status other = hn_alloc_stop(&second);
    assert_int_equal(hn_alloc_stop(&counts), HN_OK);
    assert_int_equal(again, HN_ERR_INVALID);
    assert_int_equal(other, HN_ERR_INVALID);
}

static void *odd_alignment(void)
{
    void *block = NULL;
    volatile size_t alignment = 24;

    return posix_memalign(&block, alignment, 8) == 0 ? block : NULL;
}

/* Only of our own posix_memalign: a sanitizer's ends the program. */
static void test_odd_alignment(void **state)
{
    (void)state;
    assert_null(odd_alignment());
}

static void test_contract(void **state)
{
    (void)state;
    unsigned char *zeroed = get_zeroed(3, 100);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    memset(zeroed, 0x5a, 300);
    zeroed = change(zeroed, 100000);
    assert_int_equal(zeroed[299], 0x5a);
    put(zeroed);
}

static void test_unavailable(void **state)
{
    hn_alloc counts;

    (void)state;
    memset(&counts, 0xff, sizeof counts);
    assert_int_equal(hn_alloc_start(&counts), HN_ERR_UNAVAILABLE);
    assert_int_equal(counts.ours.calls, 0);
    assert_int_equal(hn_alloc_stop(&counts), HN_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest counting[] = {
        cmocka_unit_test(test_ours),        cmocka_unit_test(test_library),
        cmocka_unit_test(test_older_block), cmocka_unit_test(test_off_and_other_threads),
        cmocka_unit_test(test_misuse),      cmocka_unit_test(test_odd_alignment),
        cmocka_unit_test(test_contract),
    };
    const struct CMUnitTest without[] = {
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_unavailable),
    };
    if (need_counts(NULL) == 0) {
        return cmocka_run_group_tests_name("harness_alloc", counting, NULL, NULL);
    }
    puts("heap accounting is not available here: only the refusals are tested");
    return cmocka_run_group_tests_name("harness_alloc", without, NULL, NULL);
}
