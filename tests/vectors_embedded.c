/* SPDX-License-Identifier: Apache-2.0 */
/* The published values that the program carries, on every backend; and that a wrong one is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/vectors/vectors.h"
#include "escrowbench/registry.h"

enum { CASE_MAX = 16384 };

typedef struct tally {
    int ok, wrong;
    bool loud;
} tally;

static void count(void *user, const char *what, bool ok, const char *detail)
{
    tally *t = user;
    assert_non_null(what);
    assert_true(ok == (detail == NULL));
    t->ok += ok;
    t->wrong += !ok;
    if (!ok && t->loud)
        print_error("%s: %s\n", what, detail);
}

static int start(void **state)
{
    char why[200];
    (void)state;
    if (eb_start(why, sizeof why) == EB_OK)
        return 0;
    print_error("%s\n", why);
    return 1;
}

static int tear_down(void **state)
{
    (void)state;
    eb_stop();
    return 0;
}

/* At least the cases that no library lacks: X25519 with ChaCha20-Poly1305, HKDF, HMAC, X25519, GF(256). */
static void all_right_on_every_backend(void **state)
{
    const eb_backend *b;
    (void)state;
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++) {
        tally t = {.loud = true};
        print_message("%s\n", b->id);
        assert_int_equal(eb_known_answers_run(b, count, &t), 0);
        assert_int_equal(t.wrong, 0);
        assert_in_range(t.ok, 20, 1000);
    }
}

/* Does any library here have what the text of KEMs is about? */
static bool kems_here(void)
{
    const eb_backend *b;
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        for (const eb_prim *const *p = b->prims; *p != NULL; p++)
            if ((*p)->cls == EB_KEM && ((*p)->missing == NULL || (*p)->missing() == NULL))
                return true;
    return false;
}

/* Every primitive that a suite can ask for is proved by some case on each backend that has it. */
static void every_case_runs_somewhere(void **state)
{
    (void)state;
    size_t len;
    const char *text;
    for (size_t i = 0; (text = eb_known_answers_embedded(i, &len)) != NULL; i++) {
        const eb_backend *b;
        int ran = 0;
        for (size_t k = 0; (b = eb_backend_at(k)) != NULL; k++)
            ran += eb_known_answers_text(b, text, len, NULL, NULL) == 0;
        if (ran == 0 && memmem(text, len, "test: kem", 9) != NULL && !kems_here())
            print_message("the vectors of ML-KEM and X-Wing do not apply: no library here has them\n");
        else
            assert_true(ran > 0);
    }
}

/* The first backend on which a case runs and is right: the controls below are about the checks, not the library. */
static const eb_backend *home(const char *text, size_t len)
{
    const eb_backend *b;
    for (size_t i = 0; (b = eb_backend_at(i)) != NULL; i++)
        if (eb_known_answers_text(b, text, len, NULL, NULL) == 0)
            return b;
    return NULL;
}

/* A case whose right answer is a refusal stays right with another key. */
static bool expects_refusal(const char *text)
{
    return strstr(text, "result: invalid") != NULL || strstr(text, "result: acceptable") != NULL;
}

/* Changes one digit at the end of each value of a case in turn; returns how many changes were noticed. */
static int break_each_value(char *text, const eb_backend *b)
{
    int noticed = 0;
    for (char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n'), line += line != NULL) {
        char *end = line + strcspn(line, "\n"), *sign = strstr(line, " = ");
        if (sign == NULL || sign > end)
            continue;
        char was = end[-1];
        end[-1] = was == '1' ? '2' : '1';
        int wrong = eb_known_answers_text(b, text, strlen(text), NULL, NULL);
        if (wrong != 1)
            print_error("not noticed: %.*s\n", (int)(end - line), line);
        assert_int_equal(wrong, 1);
        end[-1] = was;
        noticed++;
    }
    return noticed;
}

static void every_wrong_value_is_noticed(void **state)
{
    static char one[CASE_MAX];
    size_t len;
    const char *text;
    int noticed = 0;
    (void)state;
    for (size_t i = 0; (text = eb_known_answers_embedded(i, &len)) != NULL; i++) {
        for (const char *end = text + len; text < end;) {
            size_t n = 0, left = (size_t)(end - text);
            while (n < left && !(text[n] == '\n' && (n + 1 == left || text[n + 1] == '\n')))
                n++;
            assert_true(n + 2 < sizeof one);
            memcpy(one, text, n);
            memcpy(one + n, "\n", 2);
            text += n + 2 <= left ? n + 2 : left;
            const eb_backend *b = strstr(one, "test: ") ? home(one, strlen(one)) : NULL;
            if (b != NULL && !expects_refusal(one))
                noticed += break_each_value(one, b);
        }
    }
    assert_in_range(noticed, 300, 5000);
}

static const char hmac[] =
    "test: primitive\nsource: RFC 4231, s. 4.3\nname: HMAC\nalgorithm: HMACSHA256\nkey = 4a656665\n"
    "msg = 7768617420646f2079612077616e7420666f72206e6f7468696e673f\n"
    "tag = 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\n";

static void malformed_texts_are_wrong(void **state)
{
    static const char *const texts[] = {
        "test: nothing\nsource: none\n",
        "test\n",
        " = 00\n",
        "a.1.b = 00\n",
        "a = 00\na = 00\n",
        "a = 00\na.b = 00\n",
        "test: primitive\nalgorithm: HMACSHA256\nresult: valid\nkey = 4a6\nmsg =\ntag = 00\n",
        "test: primitive\nalgorithm: HMACSHA256\nresult: valid\nkey = 4x\nmsg =\ntag = 00\n",
        "test: primitive\nalgorithm: HMACSHA256\nresult: maybe\nkey = 4a\nmsg =\ntag = 00\n",
        "test: hpke\nmode: 0\n",
        "test: dleq\nidentifier: P256-SHA256\nmode: 1\n",
        "test: shares\nconfig.group: P-256\nconfig.MAX_PARTICIPANTS: 1000\n",
        "test: gf256\nn: 3\nt: 0\nsecret = 00\ncoins =\n",
    };
    (void)state;
    /* OpenSSL has all primitives that these name. */
    const eb_backend *b = eb_backend_find("openssl");
    if (b == NULL)
        skip();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_in_range(eb_known_answers_text(b, texts[i], strlen(texts[i]), NULL, NULL), 1, 2);
}

static void what_does_not_apply_is_not_reported(void **state)
{
    char text[sizeof hmac + 32];
    tally t = {0};
    (void)state;
    const eb_backend *b = eb_backend_at(0);
    snprintf(text, sizeof text, "%sresult: valid\n", hmac);
    assert_int_equal(eb_known_answers_text(b, text, strlen(text), count, &t), 0);
    assert_int_equal(t.ok, 1);
    memcpy(strstr(text, "HMACSHA256"), "HMACSHA999", 10);
    assert_int_equal(eb_known_answers_text(b, text, strlen(text), count, &t), -1);
    assert_int_equal(t.ok, 1);
    assert_int_equal(t.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_right_on_every_backend),          cmocka_unit_test(every_case_runs_somewhere),
        cmocka_unit_test(every_wrong_value_is_noticed),        cmocka_unit_test(malformed_texts_are_wrong),
        cmocka_unit_test(what_does_not_apply_is_not_reported),
    };
    return cmocka_run_group_tests(tests, start, tear_down);
}
