/* SPDX-License-Identifier: Apache-2.0 */
/* Peers and parts: they prove themselves, what does not is named and never timed; their cells are part of the full suite
 * alone, stand in one block with what they are compared with, and are found again by their ids. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan.h"
#include "bench/report/report.h"
#include "bench/report/summary.h"
#include "bench/sides.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static rp_document *planned(bool full, const char *filter)
{
    char why[512] = "";
    eb_plan plan;
    rp_document *doc = rp_document_new();
    const eb_plan_options o = {.full = full, .filter = filter};
    if (!eb_plan_make(&plan, doc, &o, why, sizeof why))
        fail_msg("%s", why);
    eb_plan_free(&plan);
    return doc;
}

static void short_rows_prove_themselves(void **state)
{
    (void)state;
    char why[512] = "";
    const eb_side *side;
    eb_side_row row;
    size_t proved = 0;
    for (size_t i = 0; (side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; side->row(k, &row); k++) {
            if (row.size > 4096)
                continue; /* `verify` proves all */
            if (!eb_side_prove(side, &row, why, sizeof why))
                fail_msg("%s", why);
            proved++;
        }
    assert_true(proved > 0);
}

/* A row runs again and again on the same state, also after a preparation. */
static void rows_run_repeatedly(void **state)
{
    (void)state;
    char why[512] = "";
    const eb_side *side;
    eb_side_row row;
    for (size_t i = 0; (side = eb_side_at(i)) != NULL; i++)
        for (size_t k = 0; side->row(k, &row); k++) {
            if (row.size > 4096)
                continue;
            eb_side_job *job = eb_side_make(side, &row, 5, why, sizeof why);
            if (job == NULL)
                fail_msg("%s", why);
            const hn_cell c = eb_side_hot(job, "side");
            for (uint64_t n = 1; n <= 40; n += 13) {
                if (c.prepare != NULL)
                    assert_int_equal(c.prepare(c.ctx, n < c.max_prepare ? n : c.max_prepare), 0);
                for (uint64_t r = 0; r < n && (c.prepare == NULL || r < c.max_prepare); r++)
                    assert_int_equal(c.op(c.ctx), 0);
            }
            eb_side_free(job);
        }
}

/* ---- a side that computes something else ---- */

static bool wrong_row(size_t i, eb_side_row *row)
{
    *row = (eb_side_row){.op = "split", .subject = "sharing", .variant = "", .size = 32, .about = "", .coins = 1};
    return i == 0;
}

static eb_status wrong_make(void **state, const eb_side_row *row, const uint8_t *coins)
{
    (void)row, (void)coins;
    *state = malloc(1);
    return *state != NULL ? EB_OK : EB_ERR_BACKEND;
}

static eb_status wrong_prove(void *state)
{
    (void)state;
    return EB_ERR_AUTH;
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    char why[512] = "";
    eb_side_row row;
    const eb_side wrong = {.abi = EB_ABI,
                           .id = "wrong",
                           .library = "libwrong",
                           .row = wrong_row,
                           .make = wrong_make,
                           .prove = wrong_prove,
                           .release = free};
    assert_true(wrong_row(0, &row));
    assert_false(eb_side_prove(&wrong, &row, why, sizeof why));
    assert_string_equal(why, "split/sharing/wrong/32: its proof fails: forged or corrupt");
    /* A cell of a peer that this program lacks. */
    rp_document *doc = rp_document_new();
    rp_cell cell;
    rp_cell_init(&cell);
    cell.id = "split/sharing/wrong/32";
    cell.kind = "peer";
    cell.key.op = "split";
    cell.key.backend = "wrong";
    cell.block = "b";
    rp_add_cell(doc, &cell);
    size_t proved = 0;
    assert_false(eb_sides_prove(doc, &proved, why, sizeof why));
    assert_non_null(strstr(why, "does not have it"));
    rp_document_free(doc);
}

static void cells_stand_beside_ours(void **state)
{
    (void)state;
    rp_document *quick = planned(false, NULL), *full = planned(true, NULL);
    size_t sides = 0, compared = 0;
    for (size_t i = 0; i < quick->cell_count; i++)
        sides += eb_side_cell(&quick->cells[i]);
    assert_int_equal(sides, 1); /* the harness's own cost, and no more */
    assert_int_not_equal(rp_find_cell(quick, "call/nothing/escrowbench"), RP_NONE);
    sides = 0;
    for (size_t i = 0; i < full->cell_count; i++) {
        const rp_cell *c = &full->cells[i];
        const eb_side *side;
        eb_side_row row;
        if (!eb_side_cell(c))
            continue;
        sides++;
        assert_true(eb_side_find(c, &side, &row));
        assert_int_equal(row.size, c->key.size);
        if (c->base != RP_NONE) {
            compared++;
            assert_ptr_equal(c->block, full->cells[c->base].block);
            assert_string_equal(c->key.op, full->cells[c->base].key.op);
            assert_int_equal(c->key.size, full->cells[c->base].key.size);
        }
    }
    assert_true(sides > 20);
    assert_true(compared > sides / 2);
    rp_document_free(quick);
    rp_document_free(full);
}

static void reports_show_them(void **state)
{
    (void)state;
    rp_document *doc = planned(true, "^split/sharing/portable/escrowbench/3-of-5/32$");
    rp_block *block = rp_add_block(doc, doc->cells[0].block, 0, doc->cell_count);
    block->rounds = 1;
    for (uint32_t i = 0; i < doc->cell_count; i++)
        block->slices[i] = (rp_slice){.cell = i, .order = i, .iterations = 1, .ns = 100.0 * (1 + i)};
    rp_summarize(doc);
    static char *text;
    static size_t len;
    const rp_view view = {0};
    FILE *out = open_memstream(&text, &len);
    rp_terminal(out, doc, &view);
    (void)fclose(out);
    assert_non_null(strstr(text, "Parts: pieces of ours alone\n"));
    assert_true((strstr(text, "Times ours: ") != NULL) ==
                (doc->cell_count > 1)); /* a line alone is compared with none */
    assert_non_null(strstr(text, "split, sharing, 3-of-5, 32 B"));
    assert_non_null(strstr(text, "portable"));
    assert_null(strstr(text, "Nothing was measured"));
    if (doc->cell_count > 1) /* the portable path is not the best here */
        assert_non_null(strstr(text, "2.00"));
    free(text);
    rp_document_free(doc);
}

static int start(void **state)
{
    char why[200];
    (void)state;
    return eb_start(why, sizeof why);
}

static int stop(void **state)
{
    (void)state;
    eb_stop();
    return 0;
}

/* A run that takes times has the harness's own cost, whatever the filter; another has no loop. */
static void own_cost_is_in_every_timed_run(void **state)
{
    char why[512] = "";
    (void)state;
    for (int timed = 0; timed < 2; timed++) {
        eb_plan plan;
        rp_document *doc = rp_document_new();
        const eb_plan_options o = {.filter = "^seal/hpke[+]none/x25519/sodium/64$", .timed = timed == 1};
        assert_true(eb_plan_make(&plan, doc, &o, why, sizeof why));
        const uint32_t call = rp_find_cell(doc, "call/nothing/escrowbench"), loop = rp_find_cell(doc, EB_OWN_COST_LOOP);
        assert_true((call != RP_NONE) == o.timed && (loop != RP_NONE) == o.timed);
        if (o.timed) {
            assert_int_equal(doc->cells[call].base, loop);
            assert_string_equal(doc->cells[call].block, EB_OWN_COST_BLOCK);
            assert_string_equal(doc->cells[loop].block, EB_OWN_COST_BLOCK);
        }
        eb_plan_free(&plan);
        rp_document_free(doc);
        doc = rp_document_new();
        const eb_plan_options none = {.filter = "no such cell", .timed = timed == 1};
        assert_false(eb_plan_make(&plan, doc, &none, why, sizeof why));
        rp_document_free(doc);
    }
}

/* Refusals and first uses are compared with what accepts, or is hot, in its rounds; no block is too large for a worker. */
static void operations_stand_beside_others(void **state)
{
    static const char *const ids[][2] = {
        {"reject-message", "open"}, {"reject-capsule", "check"}, {"reject-partial", "verify"}, {"seal-parse", "seal"},
        {"seal-first", "seal"},     {"open-parse", "open"},      {"open-first", "open"}};
    size_t seen[7] = {0};
    (void)state;
    rp_document *full = planned(true, NULL), *one = planned(false, "^seal-first/hpke[+]master/x25519/sodium");
    for (size_t i = 0; i < full->cell_count; i++) {
        const rp_cell *c = &full->cells[i];
        size_t cells = 0;
        for (size_t k = 0; k < full->cell_count; k++)
            cells += full->cells[k].block == c->block;
        assert_true(cells <= 256);
        for (size_t k = 0; k < 7; k++)
            if (strcmp(c->kind, "cell") == 0 && strcmp(c->key.op, ids[k][0]) == 0) {
                const rp_cell *base = &full->cells[c->base];
                assert_int_not_equal(c->base, RP_NONE);
                assert_string_equal(base->key.op, ids[k][1]);
                assert_string_equal(base->key.escrow, c->key.escrow);
                assert_int_equal(base->key.agents, c->key.agents);
                assert_ptr_equal(base->block, c->block);
                seen[k]++;
            }
    }
    for (size_t k = 0; k < 7; k++)
        assert_true(seen[k] > 0);
    assert_int_not_equal(rp_find_cell(one, "seal/hpke+master/x25519/sodium/1024"), RP_NONE); /* comes along */
    rp_document_free(full);
    rp_document_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_rows_prove_themselves),
        cmocka_unit_test(rows_run_repeatedly),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(cells_stand_beside_ours),
        cmocka_unit_test(operations_stand_beside_others),
        cmocka_unit_test(own_cost_is_in_every_timed_run),
        cmocka_unit_test(reports_show_them),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
