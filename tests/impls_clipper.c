/* SPDX-License-Identifier: Apache-2.0 */
/* Clipper: Skipjack against the published vector and an independent implementation, the LEAF, the chip that enforces it, and the
 * forgery of 1994. A chip that does not look, and unit keys of one half, are the negative controls. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "clipper/leaf.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};
static uint64_t state_ = 1994;

/* ---- Skipjack ---- */

/* SKIPJACK and KEA Algorithm Specifications, version 2.0, annex III.A. */
static void the_published_vector(void **state)
{
    static const uint8_t key[] = {0x00, 0x99, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    static const uint8_t plain[] = {0x33, 0x22, 0x11, 0x00, 0xdd, 0xcc, 0xbb, 0xaa};
    static const uint8_t cipher[] = {0x25, 0x87, 0xca, 0xe2, 0x7a, 0x12, 0xd3, 0x00};
    uint8_t out[8];
    (void)state;
    eb_skipjack_encrypt(out, plain, key);
    assert_memory_equal(out, cipher, 8);
    eb_skipjack_decrypt(out, out, key);
    assert_memory_equal(out, plain, 8);
}

/* One vector does not reach all of the F-table. A chain of a thousand does, each block under a key from the one before; its end
   was computed with LibTomCrypt 1.18.2. */
static void a_chain_ends_where_another_implementation_does(void **state)
{
    static const uint8_t end[] = {0xf1, 0xb5, 0x0e, 0x97, 0xa5, 0x71, 0x2f, 0x94};
    static const uint8_t last_key[] = {0xc9, 0xf3, 0xe3, 0xb4, 0xd0, 0x3f, 0x25, 0x29, 0xd9, 0xd3};
    uint8_t key[10] = {0}, block[8] = {0}, back[8];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint8_t next[8];
        eb_skipjack_encrypt(next, block, key);
        eb_skipjack_decrypt(back, next, key);
        assert_memory_equal(back, block, 8);
        memcpy(block, next, 8);
        for (uint8_t k = 0; k < 10; k++)
            key[k] ^= (uint8_t)(block[k % 8] + k);
    }
    assert_memory_equal(block, end, 8);
    assert_memory_equal(key, last_key, 10);
}

/* Output feedback: block i is the i-th encryption of the vector. */
static void output_feedback(void **state)
{
    uint8_t key[10], iv[8], text[21] = {0}, out[21], stream[8];
    (void)state;
    test_fill(key, sizeof key, &state_);
    test_fill(iv, sizeof iv, &state_);
    eb_skipjack_ofb(out, eb_range(text, sizeof text), key, iv);
    memcpy(stream, iv, 8);
    for (size_t i = 0; i < sizeof text; i += 8) {
        eb_skipjack_encrypt(stream, stream, key);
        assert_memory_equal(out + i, stream, i + 8 <= sizeof text ? 8 : sizeof text - i);
    }
    eb_skipjack_ofb(out, eb_range(out, sizeof out), key, iv);
    assert_memory_equal(out, text, sizeof text);
}

/* ---- the LEAF ---- */

static void a_leaf_comes_back_and_every_bit_matters(void **state)
{
    uint8_t family[10], unit_key[10], session[10], sealed[EB_LEAF], other[10];
    eb_leaf leaf, opened;
    (void)state;
    test_fill(family, sizeof family, &state_);
    test_fill(unit_key, sizeof unit_key, &state_);
    test_fill(session, sizeof session, &state_);
    test_fill(leaf.unit, sizeof leaf.unit, &state_);
    eb_leaf_wrap(leaf.wrapped, session, unit_key);
    eb_leaf_checksum(leaf.checksum, session, family);
    eb_leaf_seal(sealed, &leaf, family);
    eb_leaf_open(&opened, sealed, family);
    assert_memory_equal(&opened, &leaf, sizeof leaf);
    eb_leaf_unwrap(other, opened.wrapped, unit_key);
    assert_memory_equal(other, session, sizeof session);
    for (unsigned bit = 0; bit < 8 * EB_LEAF; bit++) { /* each bit changes both halves of the text */
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        eb_leaf_open(&opened, sealed, family);
        assert_memory_not_equal(&opened, &leaf, EB_SKIPJACK_BLOCK);
        assert_memory_not_equal((uint8_t *)&opened + EB_SKIPJACK_BLOCK, (uint8_t *)&leaf + EB_SKIPJACK_BLOCK,
                                EB_SKIPJACK_BLOCK);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* ---- the scheme ---- */

static void on_every(void (*body)(const gt_world *w))
{
    const eb_backend *backend;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++) {
        const eb_pair_spec spec = {.backend = backend,
                                   .transport = eb_transport_find("clipper"),
                                   .suite = eb_suite_find("x25519"),
                                   .escrow = eb_escrow_find("clipper"),
                                   .escrow_suite = eb_suite_find("x25519"),
                                   .agents = 2,
                                   .threshold = 2};
        gt_world w;
        assert_true(gt_world_open(&w, &spec, &log_));
        body(&w);
        gt_world_close(&w);
    }
    assert_int_equal(log_.failures, 0);
}

static eb_status opens(const gt_world *w, const gt_sealed *m)
{
    uint8_t out[256];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    eb_link *link = gt_link(w, EB_RECIPIENT, &log_);
    const eb_status s = eb_open(link, &b, GT_AAD, gt_wire(m));
    assert_true(s != EB_OK || gt_is_plaintext(m, &b));
    eb_link_end(link);
    return s;
}

enum { LEAF_AT = 32 + 8 };

/* The receiving chip does not decrypt without a LEAF that passes; the sender's choice of bits passes once in 2^16. */
static void chip_enforces(const gt_world *w)
{
    gt_sealed m;
    unsigned passed = 0;
    assert_true(gt_seal_first(&m, w, 40, 3, &log_));
    assert_int_equal(m.wire_len, LEAF_AT + EB_LEAF + 40);
    assert_int_equal(opens(w, &m), EB_OK);
    m.wire[LEAF_AT] ^= 1;
    assert_int_equal(opens(w, &m), EB_ERR_AUTH);
    m.wire[LEAF_AT] ^= 1;
    eb_link *link = gt_link(w, EB_RECIPIENT, &log_); /* rogue applications need no more than to try */
    for (unsigned i = 0; i < 30; i++) {
        test_fill(m.wire + LEAF_AT, EB_LEAF, &state_);
        passed += eb_check(link, gt_wire(&m)) == EB_OK;
    }
    eb_link_end(link);
    assert_int_equal(passed, 0); /* 30 tries of 2^-16 */
    gt_sealed_free(&m);

    /* Negative control: a chip that does not look opens it all the same, for nothing authenticates the message. */
    eb_pair careless = *w->pair;
    eb_escrow lax = *w->pair->spec.escrow;
    gt_world x = *w;
    lax.enforced = false;
    careless.spec.escrow = &lax;
    x.pair = &careless;
    assert_true(gt_seal_first(&m, &x, 40, 3, &log_));
    m.wire[LEAF_AT] ^= 1;
    assert_int_equal(opens(&x, &m), EB_OK);
    gt_sealed_free(&m);
}

static void the_chip_enforces_the_leaf(void **state)
{
    (void)state;
    on_every(chip_enforces);
}

/* A recipient without a chip has nothing to check with, and does not open. */
static void needs_a_chip(const gt_world *w)
{
    gt_sealed m;
    uint8_t out[64];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    eb_link *link = NULL;
    assert_true(gt_seal_first(&m, w, 40, 3, &log_));
    assert_int_equal(eb_link_start(w->pair, &link, EB_RECIPIENT, w->own[GT_RECIPIENT], NULL, NULL, out, GT_INFO),
                     EB_OK);
    assert_int_equal(eb_open(link, &b, GT_AAD, gt_wire(&m)), EB_ERR_INVALID);
    eb_link_end(link);
    gt_sealed_free(&m);
}

static void a_recipient_needs_a_chip(void **state)
{
    (void)state;
    on_every(needs_a_chip);
}

/* The forgery of 1994 takes 2^16 tries on average. Over 16 the mean lies within a factor of 2 (a geometric variable; the
   mean's standard deviation is a quarter of it). */
static void forgery(const gt_world *w)
{
    enum { FORGED = 16 };
    gt_sealed m;
    uint64_t all = 0;
    if (strcmp(w->pair->spec.backend->id, "openssl") != 0)
        return; /* the search calls no library; once is enough */
    assert_true(gt_seal_first(&m, w, 40, 3, &log_));
    eb_link *link = gt_link(w, EB_RECIPIENT, &log_);
    for (unsigned i = 0; i < FORGED; i++) {
        uint8_t coins[EB_DIGEST], leaf[EB_LEAF], spare[EB_LEAF];
        uint64_t tries = 0, again = 0;
        test_fill(coins, sizeof coins, &state_);
        assert_int_equal(eb_forge(link, leaf, coins, gt_wire(&m), EB_FORGE_LIMIT, &tries), EB_OK);
        assert_int_equal(eb_forge(link, leaf, coins, gt_wire(&m), tries, &again), EB_OK);
        assert_int_equal(again, tries);
        assert_int_equal(eb_forge(link, spare, coins, gt_wire(&m), tries - 1, &again), EB_ERR_INVALID);
        assert_int_equal(again, tries - 1);
        all += tries;
        if (i > 0)
            continue;
        memcpy(m.wire + LEAF_AT, leaf, EB_LEAF);
        assert_int_equal(opens(w, &m), EB_OK);
    }
    eb_link_end(link);
    assert_in_range(all, FORGED * 65536 / 2, FORGED * 65536 * 2);
    gt_sealed_free(&m);
}

static void a_forged_leaf_takes_two_to_the_sixteen_tries(void **state)
{
    (void)state;
    on_every(forgery);
}

/* Two halves make the unit key that the chip has, and one does not. */
static void halves(const gt_world *w)
{
    gt_sealed m;
    eb_message parts;
    uint8_t *answers, key[10];
    assert_true(gt_seal_first(&m, w, 40, 3, &log_));
    assert_int_equal(gt_parse(w, &parts, 0, &m), EB_OK);
    answers = gt_answers(w, &parts, &log_);
    assert_int_equal(eb_partial_len(w->pair), 11);
    for (size_t i = 0; i < 10; i++)
        key[i] = answers[1 + i] ^ answers[11 + 1 + i];
    assert_memory_equal(key, w->pub + 14, 10); /* as the chip has it */
    assert_memory_not_equal(answers + 1, w->pub + 14, 10);
    assert_memory_not_equal(answers + 12, w->pub + 14, 10);
    free(answers);
    gt_sealed_free(&m);
}

static void two_halves_are_the_unit_key(void **state)
{
    (void)state;
    on_every(halves);
}

static int set_up(void **state)
{
    char why[256];
    (void)state;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    eb_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vector),
        cmocka_unit_test(a_chain_ends_where_another_implementation_does),
        cmocka_unit_test(output_feedback),
        cmocka_unit_test(a_leaf_comes_back_and_every_bit_matters),
        cmocka_unit_test(the_chip_enforces_the_leaf),
        cmocka_unit_test(a_recipient_needs_a_chip),
        cmocka_unit_test(a_forged_leaf_takes_two_to_the_sixteen_tries),
        cmocka_unit_test(two_halves_are_the_unit_key),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
