/* SPDX-License-Identifier: Apache-2.0 */
/* The file format's parser: what it takes, what it refuses, and that there is one encoding of each header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/files/container.h"

#define DIGEST_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define DIGEST_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

#define SPLIT "escrow: threshold\nescrow-suite: p256\nagents: 5\nthreshold: 3\n"
#define PUBLIC_KEY "escrowbench public-key 1\ntransport: hpke\nsuite: p256\n\n"
#define MESSAGE_NONE "escrowbench message 1\ntransport: hpke\nsuite: p256\nescrow: none\n\n"
#define MESSAGE                                                                                                        \
    "escrowbench message 1\ntransport: hpke-auth\nsuite: x25519\n" SPLIT "authority: " DIGEST_A                        \
    "\nuser: Zo\xc3\xab \xe2\x82\xac\nepoch: 18446744073709551615\n\n"
#define PARTIAL                                                                                                        \
    "escrowbench partial 1\ntransport: hpke\nsuite: p256\n" SPLIT "index: 2\nauthority: " DIGEST_A                     \
    "\ncapsule: " DIGEST_B "\n\n"

/* Well-formed headers, one or more of each kind. */
static const char *const good[] = {
    PUBLIC_KEY,
    "escrowbench private-key 1\ntransport: hpke\nsuite: p256\n\n",
    "escrowbench authority 1\ntransport: hpke\nsuite: p256\n" SPLIT "\n",
    "escrowbench agent 1\ntransport: hpke\nsuite: p256\n" SPLIT "index: 5\nauthority: " DIGEST_A "\n\n",
    MESSAGE,
    MESSAGE_NONE,
    PARTIAL,
};
enum { GOOD = sizeof good / sizeof good[0] };

/* Parses a copy that ends where its memory ends, so that a sanitizer sees a read beyond it. */
static bool parses(ft_container *c, const void *bytes, size_t len, char *why, size_t why_len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    bool result = false;

    assert_non_null(copy);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    snprintf(why, why_len, "?");
    result = ft_parse(c, eb_range(copy, len), why, why_len);
    if (!result) {
        assert_string_not_equal(why, "?");
        assert_null(strchr(why, '\n'));
        assert_int_equal(c->agents + c->header.len + c->payload.len, 0);
    } else {
        assert_ptr_equal(c->header.ptr, copy);
        assert_ptr_equal(c->payload.ptr, copy + c->header.len);
        assert_int_equal(c->header.len + c->payload.len, len);
        c->header = eb_range(bytes, c->header.len);
        c->payload = eb_range((const uint8_t *)bytes + c->header.len, c->payload.len);
    }
    free(copy);
    return result;
}

/* Whatever parses is the one encoding of what was found in it. */
static bool parses_canonically(const void *bytes, size_t len)
{
    uint8_t again[FT_HEADER_MAX];
    char why[160];
    ft_container c;

    if (!parses(&c, bytes, len, why, sizeof why)) {
        return false;
    }
    assert_int_equal(ft_encode(again, sizeof again, &c), c.header.len);
    assert_memory_equal(again, bytes, c.header.len);
    return true;
}

static void test_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOOD; i++) {
        assert_true(parses_canonically(good[i], strlen(good[i])));
    }
}

static void test_members(void **state)
{
    static const char text[] = MESSAGE "payload";
    char why[160];
    ft_container c;

    (void)state;
    assert_true(parses(&c, text, sizeof text - 1, why, sizeof why));
    assert_int_equal(c.kind, FT_MESSAGE);
    assert_string_equal(c.transport, "hpke-auth");
    assert_string_equal(c.suite, "x25519");
    assert_string_equal(c.escrow, "threshold");
    assert_string_equal(c.escrow_suite, "p256");
    assert_int_equal(c.agents, 5);
    assert_int_equal(c.threshold, 3);
    assert_int_equal(c.index, 0);
    assert_int_equal(c.authority[1], 0x11);
    assert_string_equal(c.user, "Zo\xc3\xab \xe2\x82\xac");
    assert_true(c.epoch == UINT64_MAX);
    assert_int_equal(c.payload.len, 7);
    assert_memory_equal(c.payload.ptr, "payload", 7);
    assert_true(ft_escrowed(&c));
    assert_true(parses(&c, MESSAGE_NONE, strlen(MESSAGE_NONE), why, sizeof why));
    assert_false(ft_escrowed(&c));
}

/* Text that must be refused, and a word of the reason. */
static const struct {
    const char *text, *reason;
} bad[] = {
    {"", "empty"},
    {"\n", "not a file of escrowbench"},
    {"escrow", "not a file of escrowbench"},
    {"ESCROWBENCH public-key 1\n\n", "not a file of escrowbench"},
    {"escrowbench ", "truncated"},
    {"escrowbench public-key 1", "truncated"},
    {"escrowbench public-key 1\n", "truncated"},
    {"escrowbench public-key 2\ntransport: hpke\nsuite: p256\n\n", "version"},
    {"escrowbench public-key 11\ntransport: hpke\nsuite: p256\n\n", "version"},
    {"escrowbench public-key  1\ntransport: hpke\nsuite: p256\n\n", "version"},
    {"escrowbench public-key 1\r\ntransport: hpke\nsuite: p256\n\n", "version"},
    {"escrowbench publickey 1\ntransport: hpke\nsuite: p256\n\n", "kind"},
    {"escrowbench public 1\ntransport: hpke\nsuite: p256\n\n", "kind"},
    {"escrowbench 1\n\n", "not a file of escrowbench"},
    {"escrowbench public-key 1\n\n", "lacks the field 'transport'"},
    {"escrowbench public-key 1\ntransport: hpke\n\n", "lacks the field 'suite'"},
    {"escrowbench public-key 1\nsuite: p256\ntransport: hpke\n\n", "out of order"},
    {"escrowbench public-key 1\ntransport: hpke\ntransport: hpke\nsuite: p256\n\n", "twice"},
    {"escrowbench public-key 1\ntransport: hpke\nsuite: p256\nepoch: 1\n\n", "no field 'epoch'"},
    {"escrowbench public-key 1\ntransport: hpke\nsuite: p256\ncolour: red\n\n", "no known field"},
    {"escrowbench public-key 1\ntransport:hpke\nsuite: p256\n\n", "no known field"},
    {"escrowbench public-key 1\n transport: hpke\nsuite: p256\n\n", "no known field"},
    {"escrowbench public-key 1\ntransport:  hpke\nsuite: p256\n\n", "'transport'"},
    {"escrowbench public-key 1\ntransport: hpke \nsuite: p256\n\n", "'transport'"},
    {"escrowbench public-key 1\ntransport: HPKE\nsuite: p256\n\n", "'transport'"},
    {"escrowbench public-key 1\ntransport: \nsuite: p256\n\n", "'transport'"},
    {"escrowbench public-key 1\ntransport: abcdefghijklmnopqrstuvwxyz-123456\nsuite: p256\n\n", "'transport'"},
    {"escrowbench message 1\ntransport: hpke\nsuite: p256\nescrow: none\nepoch: 1\n\n", "no field 'epoch'"},
    {"escrowbench message 1\ntransport: hpke\nsuite: p256\n\n", "lacks the field 'escrow'"},
    {"escrowbench message 1\ntransport: hpke\nsuite: p256\n" SPLIT "\n", "lacks the field 'authority'"},
    {"escrowbench authority 1\ntransport: hpke\nsuite: p256\nescrow: none\nescrow-suite: p256\nagents: 1\n"
     "threshold: 1\n\n",
     "escrow is none"},
};

static void test_refusals(void **state)
{
    char why[160];
    ft_container c;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parses(&c, bad[i].text, strlen(bad[i].text), why, sizeof why)) {
            fail_msg("accepted: %s", bad[i].text);
        }
        if (strstr(why, bad[i].reason) == NULL) {
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].text, why, bad[i].reason);
        }
    }
}

/* An agent's header with other numbers, a message's with another user and epoch. */
static bool agent_with(const char *agents, const char *threshold, const char *index)
{
    char text[512];

    snprintf(text, sizeof text,
             "escrowbench agent 1\ntransport: hpke\nsuite: p256\nescrow: shamir\nescrow-suite: p256\nagents: %s\n"
             "threshold: %s\nindex: %s\nauthority: " DIGEST_A "\n\n",
             agents, threshold, index);
    return parses_canonically(text, strlen(text));
}

static bool message_with(const char *user, const char *epoch, const char *digest)
{
    char text[1024];

    snprintf(text, sizeof text,
             "escrowbench message 1\ntransport: hpke\nsuite: p256\n" SPLIT "authority: %s\nuser: %s\nepoch: %s\n\n",
             digest, user, epoch);
    return parses_canonically(text, strlen(text));
}

static void test_numbers(void **state)
{
    (void)state;
    assert_true(agent_with("255", "255", "255"));
    assert_true(agent_with("1", "1", "1"));
    assert_false(agent_with("256", "1", "1"));
    assert_false(agent_with("0", "0", "0"));
    assert_false(agent_with("5", "6", "1"));
    assert_false(agent_with("5", "0", "1"));
    assert_false(agent_with("5", "3", "6"));
    assert_false(agent_with("5", "3", "0"));
    assert_false(agent_with("05", "3", "1"));
    assert_false(agent_with("+5", "3", "1"));
    assert_false(agent_with("5 ", "3", "1"));
    assert_false(agent_with("", "3", "1"));
    assert_false(agent_with("4294967301", "3", "1")); /* 2^32 + 5 */
    assert_true(message_with("", "0", DIGEST_A));
    assert_false(message_with("", "18446744073709551616", DIGEST_A));
    assert_false(message_with("", "99999999999999999999999", DIGEST_A));
    assert_false(message_with("", "-1", DIGEST_A));
    assert_false(message_with("", "0x10", DIGEST_A));
    assert_false(message_with("", "0", DIGEST_A "0"));
    assert_false(message_with("", "0", "A" DIGEST_A));
    assert_false(message_with("", "0", "A0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));
}

static void test_users(void **state)
{
    char longest[FT_USER_MAX + 2];

    (void)state;
    memset(longest, 'u', sizeof longest);
    longest[FT_USER_MAX] = '\0';
    assert_true(ft_user_valid(longest));
    assert_true(message_with(longest, "0", DIGEST_A));
    longest[FT_USER_MAX] = 'u';
    longest[FT_USER_MAX + 1] = '\0';
    assert_false(ft_user_valid(longest));
    assert_false(message_with(longest, "0", DIGEST_A));

    static const char *const fine[] = {"",
                                       " ",
                                       "alice",
                                       "a: b",
                                       "\xc2\xa0",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        assert_true(ft_user_valid(fine[i]));
        assert_true(message_with(fine[i], "0", DIGEST_A));
    }
    /* Control characters (C0, DEL, C1); stray and missing continuations; overlong forms; surrogates; beyond Unicode. */
    static const char *const wrong[] = {"\t",
                                        "\r",
                                        "\x1b[31m",
                                        "\x7f",
                                        "\xc2\x80",
                                        "\xc2\x9f",
                                        "\x80",
                                        "\xc3",
                                        "\xc3(",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x9f\xbf",
                                        "\xe2\x82",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(ft_user_valid(wrong[i]));
        assert_false(message_with(wrong[i], "0", DIGEST_A));
    }
    assert_false(ft_user_valid("a\nb"));
}

static void test_truncations(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOOD; i++) {
        for (size_t len = 0; len < strlen(good[i]); len++) {
            assert_false(parses_canonically(good[i], len));
        }
    }
}

static void test_bit_flips(void **state)
{
    char text[1024];

    (void)state;
    for (size_t i = 0; i < GOOD; i++) {
        const size_t len = strlen(good[i]);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            memcpy(text, good[i], len);
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
            (void)parses_canonically(text, len); /* another header, or none */
        }
    }
}

static void test_header_limit(void **state)
{
    static uint8_t text[2 * FT_HEADER_MAX];
    static const char start[] = "escrowbench message 1\nuser: ";
    char why[160];
    ft_container c;

    (void)state;
    memset(text, 'u', sizeof text);
    memcpy(text, start, sizeof start - 1);
    assert_false(parses(&c, text, sizeof text, why, sizeof why));
    assert_non_null(strstr(why, "8192"));
    memset(text, '\n', sizeof text);
    memcpy(text, "escrowbench ", 12);
    assert_false(parses(&c, text, sizeof text, why, sizeof why));
}

/* Random splices of good headers and garbage: nothing but what ft_encode writes is ever taken. */
static void test_random(void **state)
{
    uint64_t x = 0x9e3779b97f4a7c15u;
    char text[1024];
    size_t taken = 0;

    (void)state;
    for (int round = 0; round < 60000; round++) {
        uint64_t r[6];
        for (size_t i = 0; i < 6; i++) { /* xorshift64 */
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            r[i] = x >> 8;
        }
        const char *a = good[r[0] % GOOD], *b = good[r[1] % GOOD];
        size_t cut = r[2] % (strlen(a) + 1);
        const size_t from = r[3] % (strlen(b) + 1);
        memcpy(text, a, cut);
        memcpy(text + cut, b + from, strlen(b) - from);
        cut += strlen(b) - from;
        if (cut > 0 && round % 2) {
            text[r[4] % cut] = (char)r[5];
        }
        taken += parses_canonically(text, cut);
    }
    assert_in_range(taken, 1, 59999);
}

static void test_encode_refuses(void **state)
{
    uint8_t out[FT_HEADER_MAX];
    char why[160];
    ft_container c, changed;

    (void)state;
    for (size_t i = 0; i < GOOD; i++) {
        assert_true(parses(&c, good[i], strlen(good[i]), why, sizeof why));
        for (size_t cap = 0; cap < strlen(good[i]); cap++) {
            assert_int_equal(ft_encode(out, cap, &c), 0);
        }
        assert_int_equal(ft_encode(out, strlen(good[i]), &c), strlen(good[i]));
    }
    assert_true(parses(&c, PARTIAL, strlen(PARTIAL), why, sizeof why));
    changed = c, changed.agents = 256;
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, changed.threshold = 6;
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, changed.index = 0;
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, changed.transport[0] = '\0';
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, changed.suite[0] = '\n';
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, memset(changed.suite, 'a', sizeof changed.suite); /* no terminator */
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, changed.kind = FT_KIND_COUNT;
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    assert_true(parses(&c, MESSAGE, strlen(MESSAGE), why, sizeof why));
    changed = c, changed.user[1] = '\n';
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
    changed = c, memset(changed.user, 'a', sizeof changed.user);
    assert_int_equal(ft_encode(out, sizeof out, &changed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),    cmocka_unit_test(test_members),      cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_users),        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_bit_flips),      cmocka_unit_test(test_header_limit), cmocka_unit_test(test_random),
        cmocka_unit_test(test_encode_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
