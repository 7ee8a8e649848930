/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector files: the official ones where they are (EB_SHARED_VECTORS, else ../shared/vectors beside the project), each
 * also with one digit changed; and files that are broken, hostile or somebody else's.
 */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/vectors/vectors.h"
#include "escrowbench/registry.h"

#ifndef EB_SOURCE_DIR
#define EB_SOURCE_DIR "."
#endif

/* A file, and a text just before a value of its first case that some library can run. */
static const struct {
    const char *path, *before;
} files[] = {
    {"hpke/rfc9180-p256-x25519-reduced.json", "\"shared_secret\": \""},
    {"voprf-dleq/rfc9497-allVectors.json", "\"proof\": \""},
    {"frost/frost-p256-sha256.json", "\"participant_share\": \""},
    {"frost/frost-ristretto255-sha512.json", "\"participant_share\": \""},
    {"slip39/vectors.json", "\"bb54aac4"},
    {"wycheproof/aes_gcm_test.json", "\"tag\": \""},
    {"wycheproof/chacha20_poly1305_test.json", "\"tag\": \""},
    {"wycheproof/ecdh_secp256r1_test.json", "\"shared\": \""},
    {"wycheproof/hkdf_sha256_test.json", "\"okm\": \""},
    {"wycheproof/hmac_sha256_test.json", "\"tag\": \""},
    {"wycheproof/x25519_test.json", "\"shared\": \""},
    {"wycheproof/ed25519_test.json", "\"sig\": \""},
    {"wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", "\"sig\": \""},
    {"wycheproof/aes_wrap_test.json", "\"ct\": \"940b1c580e0c"},
    {"wycheproof/rsa_oaep_2048_sha1_mgf1sha1_test.json", "\"ct\": \""},
};

static char directory[4096];
static char report[1 << 16];

/* Runs a file; the report stays in `report`. */
static int run_file(const char *path, bool json)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    int result = eb_vectors_run(path, json, out);
    rewind(out);
    report[fread(report, 1, sizeof report - 1, out)] = '\0';
    (void)fclose(out);
    return result;
}

static int run_bytes(const void *bytes, size_t len)
{
    char path[] = "/tmp/escrowbench-vectors-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    (void)fclose(f);
    int result = run_file(path, false);
    unlink(path);
    return result;
}

static int run_text(const char *text)
{
    return run_bytes(text, strlen(text));
}

static char *read_all(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *len = (size_t)ftell(f);
    rewind(f);
    char *text = calloc(1, *len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *len, f), *len);
    (void)fclose(f);
    return text;
}

static int start(void **state)
{
    char why[200];
    const char *set = getenv("EB_SHARED_VECTORS");
    (void)state;
    snprintf(directory, sizeof directory, "%s", set != NULL ? set : EB_SOURCE_DIR "/../shared/vectors");
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

static void official_files_pass_and_altered_ones_fail(void **state)
{
    char path[sizeof directory + 128];
    int seen = 0;
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t len;
        snprintf(path, sizeof path, "%s/%s", directory, files[i].path);
        char *text = read_all(path, &len);
        if (text == NULL)
            continue;
        seen++;
        if (getenv("SHORT") == NULL) { /* scripts/test runs them as they are by itself */
            assert_int_equal(run_file(path, false), 0);
            assert_null(strstr(report, "proves nothing"));
            assert_non_null(strstr(report, " passed, 0 failed, "));
        }
        char *value = strstr(text, files[i].before);
        assert_non_null(value);
        value += strlen(files[i].before);
        *value = *value == '1' ? '2' : '1';
        assert_int_equal(run_bytes(text, len), 1);
        assert_non_null(strstr(report, "FAILED "));
        assert_null(strstr(report, "proves nothing"));
        assert_int_equal(run_bytes(text, len / 2), 2);
        free(text);
    }
    if (seen == 0)
        skip();
}

/* Files of KEMs: each as it is, and with one digit changed. ACVP's two as one list, as which a file of a name that does not
   say what it is must come. */
static void kem_file(const char *path, const char *companion, const char *before)
{
    char name[sizeof directory + 128];
    size_t len, more = 0;
    snprintf(name, sizeof name, "%s/%s", directory, path);
    char *text = read_all(name, &len), *second = NULL;
    if (text == NULL)
        return;
    assert_int_equal(run_file(name, false), 0);
    assert_non_null(strstr(report, " passed, 0 failed, "));
    const bool applies = strstr(report, "proves nothing") == NULL;
    if (!applies) {
        assert_non_null(strstr(report, "OpenSSL has ML-KEM from version 3.5"));
        print_message("%s does not apply: no library here has ML-KEM\n", path);
    }
    if (companion != NULL) {
        snprintf(name, sizeof name, "%s/%s", directory, companion);
        assert_non_null(second = read_all(name, &more));
    }
    char *whole = calloc(1, len + more + 4);
    assert_non_null(whole);
    const int n =
        snprintf(whole, len + more + 4, second != NULL ? "[%s,%s]" : "%s", text, second != NULL ? second : "");
    assert_int_equal(run_bytes(whole, (size_t)n), 0);
    char *value = strstr(whole, before);
    assert_non_null(value);
    value += strlen(before);
    *value = *value == '1' ? '2' : '1';
    assert_int_equal(run_bytes(whole, (size_t)n), applies ? 1 : 0);
    free(whole);
    free(second);
    free(text);
}

static void kem_files_pass_and_altered_ones_fail(void **state)
{
    (void)state;
    kem_file("xwing/test-vectors.json", NULL, "\"ss\": \"");
    kem_file("wycheproof/mlkem_768_test.json", NULL, "\"K\": \"");
    kem_file("mlkem/acvp-ML-KEM-keyGen-FIPS203-prompt.json", "mlkem/acvp-ML-KEM-keyGen-FIPS203-expectedResults.json",
             "\"tgId\": 2, \"tests\": [{\"tcId\": 26, \"ek\": \"");
}

#define HMAC(tag, result)                                                                                              \
    "{\"algorithm\": \"HMACSHA256\", \"numberOfTests\": 1, \"testGroups\": [{\"tests\": [{\"tcId\": 7, \"comment\": "  \
    "\"Jefe\", \"key\": "                                                                                              \
    "\"4a656665\", \"msg\": \"7768617420646f2079612077616e7420666f72206e6f7468696e673f\", \"tag\": \"" tag             \
    "\", \"result\": \"" result "\"}]}]}"

static void results_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(run_text(HMAC("5bdcc146bf60754e", "valid")), 0);
    assert_int_equal(run_text(HMAC("5bdcc146bf60754f", "invalid")), 0);
    assert_int_equal(run_text(HMAC("5bdcc146bf60754f", "valid")), 1);
    assert_non_null(strstr(report, "FAILED test 7: Jefe: tag: computed 5bdcc146bf60754e, published 5bdcc146bf60754f"));
    assert_int_equal(run_text(HMAC("5bdcc146bf60754e", "invalid")), 1);
    assert_int_equal(run_text(HMAC("5bdcc146bf60754", "valid")), 2);
    assert_int_equal(run_text(HMAC("5bdcc146bf60754g", "valid")), 2);
    assert_int_equal(run_text(HMAC("5bdcc146bf60754e", "perhaps")), 2);
}

static void what_does_not_apply_proves_nothing(void **state)
{
    static const char text[] = "{\"config\": {\"name\": \"FROST\", \"group\": \"ed448\"}, \"inputs\": "
                               "{\"participant_shares\": []}}";
    (void)state;
    assert_int_equal(run_text(text), 0);
    assert_non_null(strstr(report, "proves nothing"));
    assert_non_null(strstr(report, "skipped 1: group ed448"));
    assert_non_null(strstr(report, "\n0 passed, 0 failed, "));
    assert_int_equal(run_text("{\"algorithm\": \"ML-KEM\", \"numberOfTests\": 0, \"testGroups\": []}"), 0);
    assert_non_null(strstr(report, "proves nothing"));
}

static void json_says_the_same(void **state)
{
    char path[] = "/tmp/escrowbench-vectors-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = HMAC("5bdcc146bf60754f", "valid");
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(run_file(path, true), 1);
    unlink(path);
    assert_non_null(strstr(report, "\"passed\": 0"));
    assert_non_null(strstr(report, "\"test\": \"test 7: Jefe\""));
    assert_int_equal(report[0], '{');
}

#define FROST(config) "{\"config\": " config ", \"inputs\": {\"participant_shares\": []}}"
#define TESTS(algorithm, test)                                                                                         \
    "{\"algorithm\": \"" algorithm "\", \"numberOfTests\": 1, \"testGroups\": [{\"tests\": [" test "]}]}"
#define ACVP(groups, answers)                                                                                          \
    "[{\"vsId\": 1, \"algorithm\": \"ML-KEM\", \"testGroups\": [" groups                                               \
    "]}, {\"vsId\": 1, \"algorithm\": \"ML-KEM\", \"testGroups\": [" answers "]}]"
#define HKDF_FIELDS "{\"result\": \"valid\", \"ikm\": \"\", \"salt\": \"\", \"info\": \"\", \"okm\": \"\", "

/* Each takes a format's fields where they hurt most. None may crash, and none may be taken for a pass. */
static void hostile_files_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "{}",
        "[1, 2, 3]",
        "[[]]",
        "{\"algorithm\": 5, \"testGroups\": []}",
        "[{\"kem_id\": 32}]",
        "[{\"kem_id\": 32, \"mode\": 0, \"kdf_id\": 1, \"aead_id\": 3, \"ikmR\": \"00\"}]",
        "[{\"kem_id\": 1e300, \"mode\": 0}]",
        "[{\"kem_id\": -1, \"mode\": 18446744073709551615}]",
        "[{\"identifier\": \"P256-SHA256\", \"mode\": 1, \"vectors\": {}}]",
        "[{\"identifier\": \"P256-SHA256\", \"mode\": 1, \"skSm\": \"00\", \"pkSm\": \"\", \"vectors\": [{}]}]",
        FROST("{\"group\": \"P-256\", \"MAX_PARTICIPANTS\": 4000000000}"),
        FROST("{\"group\": \"P-256\", \"MAX_PARTICIPANTS\": 0, \"MIN_PARTICIPANTS\": 0}"),
        "[{\"eseed\": 5}]",
        "[{\"eseed\": \"00\", \"seed\": \"00\", \"pk\": \"\", \"ct\": \"\"}]",
        "{\"vsId\": 1, \"algorithm\": \"ML-KEM\", \"testGroups\": []}",
        ACVP("{\"tgId\": 1, \"parameterSet\": \"ML-KEM-768\", \"tests\": [{\"tcId\": 1}]}", ""),
        "[[\"x\", [], \"\"]]",
        "[[\"x\", [\"academic\"], \"zz\"]]",
        TESTS("HKDF-SHA-256", "{\"result\": \"valid\", \"ikm\": \"\", \"salt\": \"\", \"size\": 1099511627776}"),
        TESTS("HKDF-SHA-256", HKDF_FIELDS "\"size\": 1099511627776}"),
        TESTS("AES-GCM", "{\"result\": \"valid\"}"),
        TESTS("HMACSHA256", "\"\\u0007\""),
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int result = run_text(texts[i]);
        if (result != 2)
            print_error("not refused: %s\n", texts[i]);
        assert_int_equal(result, 2);
    }
}

static void unreadable_files_are_refused(void **state)
{
    (void)state;
    assert_int_equal(run_file("/nonexistent/vectors.json", false), 2);
    assert_int_equal(run_file("/", false), 2);
    assert_int_equal(run_file("/dev/null", false), 2);
    assert_int_equal(run_file("/dev/zero", false), 2); /* without end: the size limit */
    size_t len = 1 << 20;
    char *deep = malloc(len);
    assert_non_null(deep);
    memset(deep, '[', len);
    assert_int_equal(run_bytes(deep, len), 2);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(official_files_pass_and_altered_ones_fail),
        cmocka_unit_test(kem_files_pass_and_altered_ones_fail),
        cmocka_unit_test(results_are_told_apart),
        cmocka_unit_test(what_does_not_apply_proves_nothing),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(unreadable_files_are_refused),
    };
    return cmocka_run_group_tests(tests, start, tear_down);
}
