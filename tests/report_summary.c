/* SPDX-License-Identifier: Apache-2.0 */
/* From slices to rows: cases worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bench/report/summary.h"
#include "tests/report_synthetic.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9 * (1.0 + fabs((double)(b))))

enum { PLAIN = 0, MASTER = 1, FLOOR = 2 };

/* Three rounds; the machine is twice as slow in the last, for all cells alike. */
static void test_pairs_within_rounds(void **state)
{
    static const double times[] = {100, 200, 50, 110, 231, 55, 200, 400, 100};
    rp_document *doc = rp_synthetic_small();
    const rp_row *row = NULL;
    (void)state;

    rp_synthetic_process(doc, 0, times, 3);
    rp_summarize(doc);
    assert_int_equal(doc->row_count, 3);
    row = rp_row_of(doc, MASTER);
    NEAR(row->ns.value, 231);
    NEAR(row->base_ratio.value, 2.0);   /* median of 2, 2.1, 2 */
    NEAR(row->base_diff.value, 121.0);  /* median of 100, 121, 200 */
    NEAR(row->floor_ratio.value, 4.0);  /* median of 4, 4.2, 4 */
    NEAR(row->floor_diff.value, 176.0); /* median of 150, 176, 300 */
    NEAR(row->ops_per_s, 1e9 / 231);
    NEAR(row->bytes_per_s, 1000 * 1e9 / 231);
    assert_int_equal(row->processes, 1);
    assert_int_equal(row->slices, 3);
    assert_true(isnan(row->ns.low) && isnan(row->base_ratio.low)); /* one process: no interval */
    row = rp_row_of(doc, PLAIN);
    assert_true(isnan(row->base_ratio.value) && isnan(row->floor_ratio.value));
    assert_int_equal(row->base_processes, 0);
    rp_document_free(doc);
}

/* Pooling would let the process with many rounds decide; by process each has one voice. */
static void test_never_pooled(void **state)
{
    static const double one[] = {100, 300, 100};
    static const double many[] = {100, 150, 100, 100, 150, 100, 100, 150, 100, 100, 150, 100, 100, 150, 100};
    rp_document *doc = rp_synthetic_small();
    (void)state;

    rp_synthetic_process(doc, 0, one, 1);
    rp_synthetic_process(doc, 1, many, 5);
    rp_synthetic_process(doc, 2, one, 1);
    rp_summarize(doc);
    NEAR(rp_row_of(doc, MASTER)->base_ratio.value, 3.0);
    NEAR(rp_row_of(doc, MASTER)->ns.value, 300.0);
    assert_int_equal(rp_row_of(doc, MASTER)->base_processes, 3);
    rp_document_free(doc);
}

/* Six processes with ratios 1.1 to 1.6: the interval is from the least to the largest (1 - 2/64 = 96.9 %). */
static void test_interval_from_six(void **state)
{
    rp_document *doc = rp_synthetic_small();
    const rp_row *row = NULL;
    (void)state;

    for (uint32_t k = 0; k < 6; k++) {
        const double times[] = {100, 110 + 10.0 * (double)((k * 5) % 6), 50};
        rp_synthetic_process(doc, k, times, 1);
        rp_summarize(doc);
        row = rp_row_of(doc, MASTER);
        assert_true(isnan(row->base_ratio.low) == (k < 5));
    }
    NEAR(row->base_ratio.value, 1.35);
    NEAR(row->base_ratio.low, 1.1);
    NEAR(row->base_ratio.high, 1.6);
    NEAR(row->base_diff.low, 10.0);
    NEAR(row->base_diff.high, 60.0);
    rp_document_free(doc);
}

/* A round in which one of the two is missing makes no pair, and a cell without slices no row. */
static void test_incomplete_rounds(void **state)
{
    static const double times[] = {100, 0, 0, 0, 500, 0, 100, 120, 0};
    static const double apart[] = {100, 0, 0, 0, 500, 0};
    rp_document *doc = rp_synthetic_small();
    (void)state;

    rp_synthetic_process(doc, 0, times, 3);
    rp_summarize(doc);
    assert_int_equal(doc->row_count, 2);
    assert_null(rp_row_of(doc, FLOOR));
    NEAR(rp_row_of(doc, MASTER)->base_ratio.value, 1.2);
    assert_true(isnan(rp_row_of(doc, MASTER)->floor_ratio.value));
    rp_document_free(doc);

    doc = rp_synthetic_small();
    rp_synthetic_process(doc, 0, apart, 2);
    rp_summarize(doc);
    assert_true(isnan(rp_row_of(doc, MASTER)->base_ratio.value));
    assert_int_equal(rp_row_of(doc, MASTER)->base_processes, 0);
    rp_document_free(doc);
}

/* The order of slices in the file does not matter: pairs go by round. */
static void test_any_order(void **state)
{
    static const double times[] = {100, 200, 50, 110, 330, 55};
    rp_document *doc = rp_synthetic_small();
    rp_slice *slices = NULL;
    (void)state;

    rp_synthetic_process(doc, 0, times, 2);
    slices = doc->blocks[0].slices;
    for (size_t i = 0, k = 5; i < k; i++, k--) {
        const rp_slice moved = slices[i];
        slices[i] = slices[k];
        slices[k] = moved;
    }
    rp_summarize(doc);
    NEAR(rp_row_of(doc, MASTER)->base_ratio.value, 2.5);
    rp_document_free(doc);
}

/* All spread within processes, and all of it between them. */
static void test_between_share(void **state)
{
    rp_document *within = rp_synthetic_small();
    rp_document *between = rp_synthetic_small();
    (void)state;

    for (uint32_t k = 0; k < 4; k++) {
        const double level = 100.0 + 10.0 * k;
        rp_synthetic_process(within, k, (double[]){90, 1, 1, 100, 1, 1, 110, 1, 1}, 3);
        rp_synthetic_process(between, k, (double[]){level, 1, 1, level, 1, 1, level, 1, 1}, 3);
    }
    rp_summarize(within);
    rp_summarize(between);
    NEAR(rp_row_of(within, PLAIN)->between_share, 0.0);
    NEAR(rp_row_of(between, PLAIN)->between_share, 1.0);
    assert_true(isnan(rp_row_of(between, MASTER)->between_share)); /* no spread at all */
    rp_document_free(within);
    rp_document_free(between);
}

static void test_counters_and_values(void **state)
{
    rp_document *doc = rp_synthetic_small();
    rp_index *index = NULL;
    double *values = NULL;
    size_t count = 0;
    (void)state;

    for (uint32_t k = 0; k < 3; k++) {
        rp_synthetic_process(doc, k, (double[]){100, 200.0 + k, 50}, 1);
        doc->blocks[k].slices[1].instructions = 70000; /* of 100 iterations */
    }
    rp_summarize(doc);
    NEAR(rp_row_of(doc, MASTER)->instructions, 700.0);
    assert_true(isnan(rp_row_of(doc, PLAIN)->instructions));
    assert_true(isnan(rp_row_of(doc, MASTER)->cycles));
    index = rp_index_new(doc);
    values = rp_process_values(index, MASTER, RP_BASE_DIFF, &count);
    assert_int_equal(count, 3);
    NEAR(values[0], 100.0);
    NEAR(values[2], 102.0);
    free(values);
    assert_null(rp_process_values(index, PLAIN, RP_BASE_DIFF, &count));
    assert_int_equal(count, 0);
    rp_index_free(index);
    rp_document_free(doc);
}

/* A file may claim 20,000 cells that share a partner, and 20,000 processes: cells times processes would be hours. */
static void test_many_cells_and_processes(void **state)
{
    enum { MANY = 20000 };
    rp_document *doc = rp_synthetic_small();
    const clock_t start = clock();
    char id[32];
    (void)state;

    for (uint32_t i = 0; i < MANY; i++) {
        rp_cell cell = doc->cells[MASTER];
        snprintf(id, sizeof id, "x%u", (unsigned)i);
        cell.id = id;
        rp_add_cell(doc, &cell);
        rp_synthetic_process(doc, i, (double[]){100, i == 7 ? 300 : 200, 50}, 1);
        doc->blocks[i].slices[1].cell = 3 + i;
    }
    rp_summarize(doc);
    assert_int_equal(doc->row_count, MANY + 2);
    assert_int_equal(rp_row_of(doc, PLAIN)->processes, MANY);
    NEAR(rp_row_of(doc, 3 + 7)->base_ratio.value, 3.0);
    NEAR(rp_row_of(doc, 3 + 8)->floor_diff.value, 150.0);
    assert_true(clock() - start < (clock_t)10 * CLOCKS_PER_SEC); /* a tenth of a second, on any machine */
    rp_document_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_within_rounds), cmocka_unit_test(test_never_pooled),
        cmocka_unit_test(test_interval_from_six),   cmocka_unit_test(test_incomplete_rounds),
        cmocka_unit_test(test_any_order),           cmocka_unit_test(test_between_share),
        cmocka_unit_test(test_counters_and_values), cmocka_unit_test(test_many_cells_and_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
