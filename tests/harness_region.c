/* SPDX-License-Identifier: Apache-2.0 */
/* A region that is put back as it was, with all that was allocated in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/alloc.h"
#include "harness/region.h"
#include "tests/support.h"

enum { CAPACITY = 8 << 20, IMAGES = 3, LEN = 500 };

/* What lies in a region goes with it, and what is resized may stay where it came from. */
/* NOLINTBEGIN(clang-analyzer-unix.Malloc) */

/* What a piece of code under test may make: a list of blocks, some resized, some aligned, some given back. */
typedef struct thing {
    uint8_t *secret, *zeros, *output, *aligned;
} thing;

static thing *make(uint8_t fill)
{
    thing *t = malloc(sizeof *t);

    t->secret = malloc(10);
    t->secret = realloc(t->secret, LEN);
    memset(t->secret, fill, LEN);
    t->zeros = calloc(3, 100);
    free(malloc(70));
    t->output = malloc(LEN);
    memset(t->output, 0, LEN);
    t->aligned = aligned_alloc(256, 300);
    t->aligned[0] = fill;
    return t;
}

static void test_put_back(void **state)
{
    thing *made[IMAGES];
    uint64_t layouts[IMAGES];
    uint8_t *before = malloc(40);
    hn_region *r = hn_region_open(CAPACITY, IMAGES);
    (void)state;

    assert_non_null(r);
    assert_int_equal(hn_region_enter(r), HN_OK);
    // cppcheck-suppress memleakOnRealloc
    before = realloc(before, 4000); /* stays where it came from */
    for (int i = 0; i < IMAGES; i++) {
        hn_region_clear(r);
        made[i] = make((uint8_t)(i + 1));
        layouts[i] = hn_region_layout(r);
        assert_int_equal(hn_region_save(r, (size_t)i), HN_OK);
    }
    hn_region_leave();
    free(before);
    assert_int_equal(hn_region_save(r, IMAGES), HN_ERR_INVALID);
    for (int i = 0; i < IMAGES; i++) {
        assert_ptr_equal(made[i], made[0]);
        assert_true(layouts[i] == layouts[0]);
        hn_region_put_back(r, (size_t)i);
        assert_int_equal(made[i]->secret[LEN - 1], i + 1);
        made[i]->output[17] = 99; /* a run */
        hn_region_learn(r, (size_t)i);
    }
    assert_int_equal(hn_region_settle(r, IMAGES), HN_OK);
    assert_true(hn_region_differing(r) >= LEN && hn_region_differing(r) < (size_t)4 * LEN);
    for (int n = 0; n < 20; n++) {
        const int i = n * 7 % IMAGES;
        hn_region_put_back(r, (size_t)i);
        for (int k = 0; k < LEN; k++) {
            assert_int_equal(made[0]->secret[k], i + 1);
            assert_int_equal(made[0]->output[k], 0);
        }
        assert_int_equal(made[0]->aligned[0], i + 1);
        assert_int_equal((uintptr_t)made[0]->aligned % 256, 0);
        assert_int_equal(made[0]->zeros[299], 0);
        memset(made[0]->output, 55, 20);
        made[0]->output[17] = 1;
    }
    hn_region_close(r);
}

static void test_full_and_apart(void **state)
{
    hn_region *r = hn_region_open(CAPACITY, 1);
    (void)state;

    assert_non_null(r);
    assert_int_equal(hn_region_enter(r), HN_OK);
    void *volatile block = malloc(100);
    const uint64_t layout = hn_region_layout(r);
    free(block);
    assert_ptr_equal(malloc(100), block); /* what was given back comes first */
    hn_region_clear(r);
    block = malloc(200);
    const uint64_t other = hn_region_layout(r);
    const int full_before = hn_region_full(r);
    /* The 200 bytes go with their region. */
    // cppcheck-suppress memleak
    block = malloc((size_t)CAPACITY - 100);
    const int full = hn_region_full(r);
    volatile size_t many = SIZE_MAX / 2; /* a warning otherwise */
    void *volatile huge = calloc(many, 3);
    hn_region_leave();
    assert_true(other != layout);
    assert_false(full_before);
    assert_null(block);
    assert_null(huge);
    assert_true(full);
    hn_region_close(r);
    block = malloc(10);
    assert_non_null(block);
    free(block);
}

/* NOLINTEND(clang-analyzer-unix.Malloc) */

/* Under sanitizers, and on musl. */
static void test_unavailable(void **state)
{
    hn_region *r = hn_region_open(CAPACITY, 1);
    (void)state;

    assert_non_null(r);
    assert_int_equal(hn_region_enter(r), HN_ERR_UNAVAILABLE);
    hn_region_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_put_back), cmocka_unit_test(test_full_and_apart)};
    const struct CMUnitTest refusals[] = {cmocka_unit_test(test_unavailable)};

    if (hn_alloc_available()) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    puts("memory cannot be diverted here: only the refusal is tested");
    return cmocka_run_group_tests(refusals, NULL, NULL);
}
