/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes that a library brings whole: a sealed box is made of its coins; CMS goes to and from the `openssl` command; what CMS
 * leaves unauthenticated, by field; tags that are too short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/binding.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

enum { ROOM = 8192, KEY_ROOM = 2048, LEN = 16 };

/* One envelope primitive and two people's keys. */
typedef struct box {
    const eb_envelope *e;
    void *ctx, *own[2], *peer[2];
    uint8_t sk[2][KEY_ROOM], pk[2][KEY_ROOM];
} box;

static const eb_prim *find(const char *backend, eb_class cls, const char *id)
{
    const eb_backend *b = eb_backend_find(backend);
    const eb_prim *const *p = b != NULL ? b->prims : NULL;
    while (p != NULL && *p != NULL && ((*p)->cls != cls || strcmp((*p)->id, id) != 0))
        p++;
    if (p == NULL || *p == NULL) {
        fail_msg("%s has no %s", backend, id);
        abort(); /* fail_msg does not return, which linters do not know */
    }
    return *p;
}

static void box_open(box *x, const char *backend, const char *id)
{
    *x = (box){.e = (const eb_envelope *)(const void *)find(backend, EB_ENVELOPE, id)};
    x->ctx = calloc(1, x->e->prim.ctx_size);
    assert_non_null(x->ctx);
    assert_int_equal(x->e->prim.init(x->ctx), EB_OK);
    assert_true(x->e->sk_len <= KEY_ROOM && x->e->pk_len <= KEY_ROOM && x->e->keygen_coins <= 64);
    for (int i = 0; i < 2; i++) {
        uint8_t coins[64];
        memset(coins, 0x11 * (i + 1), sizeof coins);
        x->own[i] = calloc(1, x->e->key_size);
        x->peer[i] = calloc(1, x->e->key_size);
        assert_non_null(x->own[i]);
        assert_non_null(x->peer[i]);
        assert_int_equal(x->e->keygen(x->ctx, x->sk[i], x->pk[i], coins), EB_OK);
        assert_int_equal(x->e->secret_key(x->ctx, x->own[i], x->sk[i]), EB_OK);
        assert_int_equal(x->e->public_key(x->ctx, x->peer[i], x->pk[i]), EB_OK);
    }
}

static void box_close(box *x)
{
    for (int i = 0; i < 2; i++) {
        x->e->key_fini(x->ctx, x->own[i]);
        x->e->key_fini(x->ctx, x->peer[i]);
        free(x->own[i]);
        free(x->peer[i]);
    }
    x->e->prim.fini(x->ctx);
    free(x->ctx);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written, through the buffer */
static size_t seal(box *x, uint8_t *out, unsigned recipients, const uint8_t *coins, eb_bytes plaintext)
{
    eb_buf b = {.ptr = out, .cap = ROOM};
    const void *const pks[] = {x->peer[0], x->peer[1]};
    assert_int_equal(x->e->seal(x->ctx, &b, pks, recipients, coins, plaintext), EB_OK);
    return b.len;
}

/* EB_OK only with the plaintext. */
static eb_status open_as(box *x, int who, eb_bytes sealed, eb_bytes plaintext)
{
    uint8_t out[ROOM] = {0};
    eb_buf b = {.ptr = out, .cap = sizeof out};
    size_t head = 0;
    eb_status s = x->e->head(x->ctx, &head, sealed);
    if (s != EB_OK)
        return s;
    s = x->e->open(x->ctx, &b, x->own[who], eb_range(sealed.ptr, head), eb_range(sealed.ptr + head, sealed.len - head));
    assert_true(s == EB_OK || b.len == 0);
    if (s != EB_OK)
        return s;
    assert_int_equal(b.len, plaintext.len);
    assert_memory_equal(out, plaintext.ptr, plaintext.len);
    return EB_OK;
}

/* ---- sealed box ---- */

/* The ephemeral key in front is that of the coins, by another library's X25519. */
static void sealed_box_is_made_of_its_coins(void **state)
{
    box x;
    const eb_dh *dh = (const eb_dh *)(const void *)find("openssl", EB_DH, "x25519");
    const eb_bytes text = EB_LITERAL("0123456789abcdef");
    uint8_t coins[32], one[ROOM], two[ROOM], other[ROOM], ephemeral[32];
    void *ctx = calloc(1, dh->prim.ctx_size), *key = calloc(1, dh->key_size);
    (void)state;
    box_open(&x, "sodium", "sealed-box");
    assert_non_null(ctx);
    assert_non_null(key);
    memset(coins, 0x5A, sizeof coins);
    const size_t len = seal(&x, one, 1, coins, text);
    assert_int_equal(len, 48 + text.len);
    assert_int_equal(seal(&x, two, 1, coins, text), len);
    assert_memory_equal(one, two, len);
    assert_int_equal(dh->prim.init(ctx), EB_OK);
    assert_int_equal(dh->secret_key(ctx, key, coins), EB_OK);
    assert_int_equal(dh->encode(ctx, ephemeral, key), EB_OK);
    assert_memory_equal(one, ephemeral, sizeof ephemeral);
    coins[3] ^= 1;
    assert_int_equal(seal(&x, other, 1, coins, text), len);
    assert_memory_not_equal(one, other, 32);
    assert_int_equal(open_as(&x, 0, eb_range(one, len), text), EB_OK);
    assert_int_equal(open_as(&x, 0, eb_range(other, len), text), EB_OK);
    assert_int_equal(open_as(&x, 1, eb_range(one, len), text), EB_ERR_AUTH);
    dh->key_fini(ctx, key);
    dh->prim.fini(ctx);
    free(key);
    free(ctx);
    box_close(&x);
}

/* A public key of low order: nobody's secret. */
static void sealed_box_refuses_low_order(void **state)
{
    box x;
    uint8_t zero[32] = {0}, coins[32] = {7}, out[ROOM];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    (void)state;
    box_open(&x, "sodium", "sealed-box");
    x.e->key_fini(x.ctx, x.peer[0]);
    assert_int_equal(x.e->public_key(x.ctx, x.peer[0], zero), EB_OK);
    const void *const pks[] = {x.peer[0]};
    assert_int_equal(x.e->seal(x.ctx, &b, pks, 1, coins, EB_LITERAL("text")), EB_ERR_INVALID);
    assert_int_equal(b.len, 0);
    box_close(&x);
}

/* ---- both ---- */

/* Head and body need not lie side by side. */
static void apart(const char *backend, const char *id)
{
    box x;
    uint8_t coins[64] = {1}, sealed[ROOM], moved[ROOM], out[ROOM];
    const eb_bytes text = EB_LITERAL("0123456789abcdef");
    eb_buf b = {.ptr = out, .cap = sizeof out};
    size_t head = 0;
    box_open(&x, backend, id);
    const size_t len = seal(&x, sealed, 1, coins, text);
    assert_int_equal(x.e->head(x.ctx, &head, eb_range(sealed, len)), EB_OK);
    assert_int_equal(len, head + text.len + x.e->tail_len);
    assert_true(head <= x.e->head_max(x.ctx, 1));
    memcpy(moved, sealed + head, len - head);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(x.e->open(x.ctx, &b, x.own[0], eb_range(sealed, head), eb_range(moved, len - head)), EB_OK);
        assert_int_equal(b.len, text.len);
        assert_memory_equal(out, text.ptr, text.len);
    }
    moved[0] ^= 1;
    assert_int_equal(x.e->open(x.ctx, &b, x.own[0], eb_range(sealed, head), eb_range(moved, len - head)), EB_ERR_AUTH);
    b.cap = text.len - 1;
    moved[0] ^= 1;
    assert_int_equal(x.e->open(x.ctx, &b, x.own[0], eb_range(sealed, head), eb_range(moved, len - head)), EB_ERR_SPACE);
    box_close(&x);
}

static void head_and_body_apart(void **state)
{
    (void)state;
    apart("sodium", "sealed-box");
    apart("openssl", "cms");
}

/* ---- CMS ---- */

/* RFC 5652, s. 6.2.1: each recipient finds its own key; the message grows by one RecipientInfo. */
static void cms_for_two(void **state)
{
    box x;
    uint8_t one[ROOM], two[ROOM];
    const eb_bytes text = EB_LITERAL("0123456789abcdef");
    (void)state;
    box_open(&x, "openssl", "cms");
    const size_t len = seal(&x, one, 1, NULL, text), both = seal(&x, two, 2, NULL, text);
    assert_in_range(both - len, 256, x.e->head_max(x.ctx, 2) - x.e->head_max(x.ctx, 1));
    assert_int_equal(open_as(&x, 0, eb_range(one, len), text), EB_OK);
    assert_int_equal(open_as(&x, 1, eb_range(one, len), text), EB_ERR_AUTH);
    assert_int_equal(open_as(&x, 0, eb_range(two, both), text), EB_OK);
    assert_int_equal(open_as(&x, 1, eb_range(two, both), text), EB_OK);
    two[0] ^= 1;
    assert_int_equal(open_as(&x, 0, eb_range(two, both), text), EB_ERR_INVALID);
    box_close(&x);
}

/* Where the bytes of a message's fields are: its layout is fixed but for the name and serial of the recipient. */
typedef struct field {
    const char *name;
    size_t from, to;
    bool must_hold; /* no bit of it may be changed */
} field;

/* Whoever carries a message can change its versions, its algorithm for the key (RSA is used all the same), letters' case in the
   recipient's name, the content's type, the tag's length as it is stated: none of them authenticated. Not the serial number, the
   encrypted key, the nonce, nor the content's algorithm. */
static void cms_header_by_field(void **state)
{
    box x;
    uint8_t m[ROOM];
    const eb_bytes text = EB_LITERAL("0123456789abcdef");
    size_t head = 0, accepted[8] = {0};
    (void)state;
    box_open(&x, "openssl", "cms");
    const size_t len = seal(&x, m, 1, NULL, text);
    assert_int_equal(x.e->head(x.ctx, &head, eb_range(m, len)), EB_OK);
    /* from the end of the head: [0] 2, aes-ICVlen 3, nonce 14, parameters 2, OID 11, SEQUENCE 2, content type 11, SEQUENCE 2;
       before them the encrypted key 256 with 4 of head, its algorithm 15, the serial number 3 */
    const size_t content = head - 2 - 3 - 14 - 2 - 11 - 2 - 11 - 2, key = content - 256, algorithm = key - 4 - 15;
    const field fields[] = {
        {"frame, versions and name", 0, algorithm - 3, false},
        {"serial number", algorithm - 3, algorithm, true},
        {"key encryption algorithm", algorithm, key - 4, false},
        {"encrypted key", key - 4, content, true},
        {"content type", content, content + 13, false},
        {"content encryption algorithm", content + 13, content + 13 + 2 + 11, true},
        {"nonce", content + 13 + 2 + 11, head - 2 - 3, true},
        {"stated length of the tag", head - 2 - 3, head, false},
    };
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    for (size_t f = 0; f < FIELDS; f++) {
        for (size_t bit = 8 * fields[f].from; bit < 8 * fields[f].to; bit++) {
            m[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const eb_status s = open_as(&x, 0, eb_range(m, len), text);
            assert_true(s == EB_OK || s == EB_ERR_AUTH || s == EB_ERR_INVALID);
            accepted[f] += s == EB_OK;
            m[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        if (fields[f].must_hold && accepted[f] > 0)
            fail_msg("%s: %zu changed bits accepted", fields[f].name, accepted[f]);
    }
    assert_true(accepted[2] > 0); /* the walk above finds the fields that it names */
    box_close(&x);
}

/* The same message with the last `cut` bytes of its tag left out, its lengths put right. */
static size_t shorten(uint8_t *out, const uint8_t *m, size_t len, size_t cut)
{
    static const size_t at[] = {2, 19, 23}; /* two-byte lengths: ContentInfo, [0], AuthEnvelopedData */
    memcpy(out, m, len - cut);
    for (size_t i = 0; i < 3; i++) {
        const size_t inner = ((size_t)m[at[i]] << 8 | m[at[i] + 1]) - cut;
        out[at[i]] = (uint8_t)(inner >> 8);
        out[at[i] + 1] = (uint8_t)inner;
    }
    out[len - 17] = (uint8_t)(16 - cut);
    return len - cut;
}

/* RFC 5084, s. 3.2. The library alone would take any; with one byte of tag a forged message passes once in 256 times. */
static void cms_refuses_short_tags(void **state)
{
    box x;
    uint8_t m[ROOM], shorter[ROOM], out[ROOM];
    const eb_bytes text = EB_LITERAL("0123456789abcdef");
    size_t head = 0;
    (void)state;
    box_open(&x, "openssl", "cms");
    const size_t len = seal(&x, m, 1, NULL, text);
    assert_int_equal(x.e->head(x.ctx, &head, eb_range(m, len)), EB_OK);
    for (size_t cut = 0; cut <= 16; cut++) {
        eb_buf b = {.ptr = out, .cap = sizeof out};
        const size_t n = shorten(shorter, m, len, cut);
        const eb_status by_parts =
            x.e->open(x.ctx, &b, x.own[0], eb_range(shorter, head), eb_range(shorter + head, n - head));
        assert_int_equal(open_as(&x, 0, eb_range(shorter, n), text), cut <= 4 ? EB_OK : EB_ERR_INVALID);
        assert_int_equal(by_parts, cut <= 4 ? EB_OK : EB_ERR_AUTH);
    }
    box_close(&x);
}

/* ---- the openssl command ---- */

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static size_t read_file(const char *path, uint8_t *out)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(out, 1, ROOM, f);
    (void)fclose(f);
    return n;
}

/* Bytes of the DER element with a two-byte length at `p`. */
static size_t der_len(const uint8_t *p)
{
    assert_int_equal(p[1], 0x82);
    return 4 + ((size_t)p[2] << 8 | p[3]);
}

static int run(const char *dir, const char *format)
{
    char command[1024];
    snprintf(command, sizeof command, "cd '%s' && %s >/dev/null 2>&1", dir, format);
    return system(command); /* NOLINT(cert-env33-c): the command is this file's own */
}

static void cms_and_the_command(void **state)
{
    char dir[] = "/tmp/escrowbench-cms-XXXXXX", path[64];
    static const char *const names[] = {"key.der", "cert.der", "ours.der", "theirs.der", "text", "out"};
    box x;
    uint8_t m[ROOM], out[ROOM];
    const eb_bytes text = EB_LITERAL("a message that is no multiple of a block");
    (void)state;
    assert_non_null(mkdtemp(dir));
    box_open(&x, "openssl", "cms");
    const size_t len = seal(&x, m, 2, NULL, text);
    snprintf(path, sizeof path, "%s/key.der", dir);
    write_file(path, x.sk[1], der_len(x.sk[1]));
    snprintf(path, sizeof path, "%s/cert.der", dir);
    write_file(path, x.pk[1], der_len(x.pk[1]));
    snprintf(path, sizeof path, "%s/text", dir);
    write_file(path, text.ptr, text.len);
    snprintf(path, sizeof path, "%s/ours.der", dir);
    write_file(path, m, len);
    /* ours, by the command */
    assert_int_equal(run(dir, "openssl cms -decrypt -binary -inform DER -in ours.der -inkey key.der -keyform DER "
                              "-recip cert.der -out out"),
                     0);
    snprintf(path, sizeof path, "%s/out", dir);
    assert_int_equal(read_file(path, out), text.len);
    assert_memory_equal(out, text.ptr, text.len);
    /* a changed byte of the ciphertext: refused there too */
    m[len - 25] ^= 1;
    snprintf(path, sizeof path, "%s/ours.der", dir);
    write_file(path, m, len);
    assert_int_not_equal(run(dir, "openssl cms -decrypt -binary -inform DER -in ours.der -inkey key.der -keyform DER "
                                  "-recip cert.der -out out"),
                         0);
    /* the command's, by us */
    assert_int_equal(run(dir, "openssl cms -encrypt -binary -aes-256-gcm -in text -outform DER -out theirs.der "
                              "cert.der"),
                     0);
    snprintf(path, sizeof path, "%s/theirs.der", dir);
    const size_t theirs = read_file(path, m);
    assert_int_equal(open_as(&x, 1, eb_range(m, theirs), text), EB_OK);
    assert_int_equal(open_as(&x, 0, eb_range(m, theirs), text), EB_ERR_AUTH);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
    box_close(&x);
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

/* With "command": what needs the openssl command, which ctest counts as skipped where it is missing. */
int main(int argc, char **argv)
{
    const struct CMUnitTest by_command[] = {cmocka_unit_test(cms_and_the_command)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_box_is_made_of_its_coins),
        cmocka_unit_test(sealed_box_refuses_low_order),
        cmocka_unit_test(head_and_body_apart),
        cmocka_unit_test(cms_for_two),
        cmocka_unit_test(cms_header_by_field),
        cmocka_unit_test(cms_refuses_short_tags),
    };
    if (argc == 2 && strcmp(argv[1], "command") == 0) {
        if (run("/tmp", "openssl version") != 0) {
            puts("SKIPPED: needs the openssl command");
            return 77;
        }
        return cmocka_run_group_tests(by_command, set_up, tear_down);
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
