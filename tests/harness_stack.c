/* SPDX-License-Identifier: Apache-2.0 */
/* Stack depth: a function that is known to use so much is seen to use so much. */
#include <string.h>

#include "harness/quiet.h"
#include "harness/stack.h"
#include "tests/support.h"

static int deep(void *ctx)
{
    volatile unsigned char frame[100000];
    for (size_t i = 0; i < sizeof frame; i += 64)
        frame[i] = (unsigned char)i;
    *(int *)ctx += frame[64];
    return 0;
}

static int shallow(void *ctx)
{
    *(int *)ctx += 1;
    return 0;
}

static int failing(void *ctx)
{
    (void)ctx;
    return 7;
}

static void depth_is_seen(void **state)
{
    size_t bytes = 1;
    int sum = 0;
    (void)state;
    const hn_status s = hn_stack_depth(deep, &sum, &bytes);
    if (s == HN_ERR_UNAVAILABLE)
        skip();
    assert_int_equal(s, HN_OK);
    assert_in_range(bytes, 100000, 102000);
    assert_int_equal(hn_stack_depth(shallow, &sum, &bytes), HN_OK);
    assert_in_range(bytes, 0, 1024);
    assert_int_equal(hn_stack_depth(failing, &sum, &bytes), HN_ERR_OP);
    assert_int_equal(bytes, 0);
}

static void quiet_is_measured(void **state)
{
    hn_quiet q;
    (void)state;
    assert_int_equal(hn_quiet_measure(&q), HN_OK);
    assert_true(q.slice_ns > 0 && q.late_5 >= 0 && q.drift > -1 && q.slices > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(depth_is_seen), cmocka_unit_test(quiet_is_measured)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
