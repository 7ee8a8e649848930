/* SPDX-License-Identifier: Apache-2.0 */
/* Dear blocks are left to fewer processes: the budget holds, everybody has process 0, and the load is even. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/shares.h"

enum { PROCESSES = 12, BLOCKS = 40 };

static const eb_cost some[] = {{"a", 10}, {"b", 20}, {"c", 30}, {"d", 1000}};

static void cap_fits(void **state)
{
    (void)state;
    assert_true(eb_cost_cap(some, 4, 1060, 1) == UINT64_MAX);
    assert_int_equal(eb_cost_cap(some, 4, 160, 1), 100);
    assert_int_equal(eb_cost_cap(some, 4, 40, 1), 10);
    assert_int_equal(eb_cost_cap(some, 4, 0, 7), 7);
    assert_true(eb_cost_cap(some, 0, 5, 1) == UINT64_MAX);
}

static void processes_of_a_block(void **state)
{
    (void)state;
    assert_int_equal(eb_cost_processes(100, 100, PROCESSES), PROCESSES);
    assert_int_equal(eb_cost_processes(200, 100, PROCESSES), PROCESSES / 2);
    assert_int_equal(eb_cost_processes(1000000, 100, PROCESSES), 1);
    assert_int_equal(eb_cost_processes(UINT64_MAX, UINT64_MAX, PROCESSES), PROCESSES);
}

static void load_is_even(void **state)
{
    (void)state;
    for (unsigned k = 1; k <= PROCESSES; k++) {
        unsigned load[PROCESSES] = {0};
        for (size_t turn = 0; turn < BLOCKS; turn++) {
            unsigned measured = 0;
            for (unsigned p = 0; p < PROCESSES; p++)
                if (eb_cost_falls_to(p, k, PROCESSES, turn)) {
                    measured++;
                    load[p]++;
                }
            assert_int_equal(measured, k);
            assert_true(eb_cost_falls_to(0, k, PROCESSES, turn));
        }
        for (unsigned p = 2; p < PROCESSES; p++)
            assert_true(load[p] + k >= load[1] && load[1] + k >= load[p]);
    }
    assert_true(eb_cost_falls_to(0, 1, 1, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_fits),
        cmocka_unit_test(processes_of_a_block),
        cmocka_unit_test(load_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
