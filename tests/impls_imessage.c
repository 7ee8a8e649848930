/* SPDX-License-Identifier: Apache-2.0 */
/* iMessage of 2015 and 2016: a message taken apart by the format's description alone; the attack of 2016, which the form of 2015
 * lets through and that of 2016 does not; the primitives under it, between libraries. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "core/pair.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

enum { KEY = 16, RANDOM_2016 = 11, TAG_2016 = 5, FRAME = 5, RSA = 160, HEADER = FRAME + RSA, SIG = 64, LEN = 40 };

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};
static eb_trace trace;

static bool world(gt_world *w, const eb_backend *backend, const char *transport)
{
    const eb_pair_spec spec = {.backend = backend,
                               .transport = eb_transport_find(transport),
                               .suite = eb_suite_find("imessage"),
                               .escrow = eb_escrow_find("none"),
                               .trace = &trace};
    char why[256];
    if (!eb_pair_possible(&spec, why, sizeof why))
        return false;
    assert_true(gt_world_open(w, &spec, &log_));
    return true;
}

static void on_every(const char *transport, void (*body)(const gt_world *w))
{
    const eb_backend *backend;
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++) {
        gt_world w;
        if (!world(&w, backend, transport))
            continue;
        body(&w);
        gt_world_close(&w);
        ran++;
    }
    assert_true(ran >= 2);
    assert_int_equal(log_.failures, 0);
}

/* ---- the pieces, by hand ---- */

static void sha256(const eb_binding *b, uint8_t *out, const eb_bytes *parts, size_t n)
{
    assert_int_equal(b->hash->digest(b->hash_ctx, out, parts, n), EB_OK);
}

static void identity(const gt_world *w, int who, uint8_t *out)
{
    const eb_bytes pk = eb_range(w->pk[who], w->pair->ts.pk);
    sha256(&w->pair->transport, out, &pk, 1);
}

/* What RSA holds. */
/* NOLINTNEXTLINE(readability-non-const-parameter): it is written, through the buffer */
static void find_key(const gt_world *w, const uint8_t *wire, uint8_t key[KEY])
{
    const eb_binding *b = &w->pair->transport;
    void *rsa = calloc(1, b->pke->key_size);
    eb_buf out = {.ptr = key, .cap = KEY};
    assert_non_null(rsa);
    assert_int_equal(b->pke->secret_key(b->pke_ctx, rsa, w->sk[GT_RECIPIENT]), EB_OK);
    assert_int_equal(b->pke->decrypt(b->pke_ctx, &out, wire + FRAME, rsa), EB_OK);
    assert_int_equal(out.len, KEY);
    b->pke->key_fini(b->pke_ctx, rsa);
    free(rsa);
}

/* The hash that is signed. */
static void signed_hash(const gt_world *w, const uint8_t *wire, size_t len, uint8_t *hash)
{
    const eb_binding *b = &w->pair->transport;
    const eb_bytes info = GT_INFO;
    uint8_t info_hash[EB_DIGEST];
    sha256(b, info_hash, &info, 1);
    const eb_bytes parts[] = {eb_range(wire, HEADER + len), eb_range(info_hash, EB_DIGEST), GT_AAD};
    sha256(b, hash, parts, 3);
}

static void sign_as(const gt_world *w, int who, uint8_t *wire, size_t len)
{
    const eb_binding *b = &w->pair->transport;
    void *key = calloc(1, b->sig->key_size);
    uint8_t hash[EB_DIGEST];
    assert_non_null(key);
    signed_hash(w, wire, len, hash);
    assert_int_equal(b->sig->secret_key(b->sig_ctx, key, w->sk[who] + b->pke->sk_len), EB_OK);
    assert_int_equal(b->sig->sign(b->sig_ctx, wire + HEADER + len + 1, key, eb_range(hash, sizeof hash)), EB_OK);
    b->sig->key_fini(b->sig_ctx, key);
    free(key);
}

static void check_signature(const gt_world *w, const gt_sealed *m)
{
    const eb_binding *b = &w->pair->transport;
    void *key = calloc(1, b->sig->key_size);
    uint8_t hash[EB_DIGEST];
    assert_non_null(key);
    signed_hash(w, m->wire, m->len, hash);
    assert_int_equal(b->sig->public_key(b->sig_ctx, key, w->pk[GT_SENDER] + b->pke->pk_len), EB_OK);
    assert_int_equal(b->sig->verify(b->sig_ctx, m->wire + HEADER + m->len + 1, key, eb_range(hash, sizeof hash)),
                     EB_OK);
    b->sig->key_fini(b->sig_ctx, key);
    free(key);
}

/* Frame, ciphertext and signature; gives the AES key. */
static void take_apart(const gt_world *w, const gt_sealed *m, uint8_t key[KEY])
{
    static const uint8_t iv[16] = {[15] = 1};
    const eb_binding *b = &w->pair->transport;
    uint8_t text[LEN];
    assert_int_equal(m->wire_len, HEADER + LEN + 1 + SIG);
    assert_int_equal(m->wire[0], 2);
    assert_int_equal(m->wire[1] << 24 | m->wire[2] << 16 | m->wire[3] << 8 | m->wire[4], RSA + LEN);
    assert_int_equal(m->wire[HEADER + LEN], SIG);
    check_signature(w, m);
    find_key(w, m->wire, key);
    assert_int_equal(b->stream->set_key(b->stream_ctx, key), EB_OK);
    assert_int_equal(b->stream->apply(b->stream_ctx, text, iv, eb_range(m->wire + HEADER, LEN)), EB_OK);
    assert_memory_equal(text, m->plaintext, LEN);
}

static void layout_of_2015(const gt_world *w)
{
    gt_sealed m;
    uint8_t key[KEY], coins[KEY];
    assert_true(gt_seal_first(&m, w, LEN, 10, &log_));
    take_apart(w, &m, key);
    gt_bytes(coins, sizeof coins, 10);
    assert_memory_equal(key, coins, KEY); /* 128 random bits */
    gt_sealed_free(&m);
}

static void layout_of_2016(const gt_world *w)
{
    static const uint8_t two = 2;
    const eb_binding *b = &w->pair->transport;
    gt_sealed m;
    uint8_t key[KEY], coins[RANDOM_2016], sender[EB_DIGEST], recipient[EB_DIGEST], tag[EB_MAX_HASH];
    assert_int_equal(eb_seal_coins(w->pair), RANDOM_2016);
    assert_true(gt_seal_first(&m, w, LEN, 10, &log_));
    take_apart(w, &m, key);
    gt_bytes(coins, sizeof coins, 10);
    assert_memory_equal(key, coins, RANDOM_2016);
    identity(w, GT_SENDER, sender);
    identity(w, GT_RECIPIENT, recipient);
    const eb_bytes parts[] = {eb_range(m.plaintext, LEN), eb_range(&two, 1), eb_range(sender, EB_DIGEST),
                              eb_range(recipient, EB_DIGEST)};
    assert_int_equal(b->mac->set_key(b->mac_ctx, eb_range(key, RANDOM_2016)), EB_OK);
    assert_int_equal(b->mac->compute(b->mac_ctx, tag, parts, 4), EB_OK);
    assert_memory_equal(key + RANDOM_2016, tag, TAG_2016);
    gt_sealed_free(&m);
}

static void layouts(void **state)
{
    (void)state;
    on_every("imessage-2015", layout_of_2015);
    on_every("imessage-2016", layout_of_2016);
}

/* ---- the attack: another signature over a ciphertext with a bit changed ---- */

/* The recipient opens it as a message of `sender`. */
static eb_status offer(const gt_world *w, int sender, const uint8_t *wire, size_t len, uint8_t text[LEN])
{
    eb_link *link = gt_link_between(w, EB_RECIPIENT, GT_RECIPIENT, sender, GT_INFO, &log_);
    eb_buf out = {.ptr = text, .cap = LEN};
    assert_non_null(link);
    memset(text, 0, LEN);
    const eb_status s = eb_open(link, &out, GT_AAD, eb_range(wire, len));
    assert_int_equal(out.len, s == EB_OK ? LEN : 0);
    eb_link_end(link);
    return s;
}

static void attack(const gt_world *w, bool succeeds)
{
    static const uint8_t zeros[LEN];
    gt_sealed m;
    uint8_t text[LEN], wire[HEADER + LEN + 1 + SIG];
    assert_true(gt_seal_first(&m, w, LEN, 10, &log_));
    memcpy(wire, m.wire, sizeof wire);
    assert_int_equal(offer(w, GT_SENDER, wire, sizeof wire, text), EB_OK);
    assert_int_equal(offer(w, GT_STRANGER, wire, sizeof wire, text), EB_ERR_AUTH); /* the signature is checked at all */
    for (int changed = 0; changed < 2; changed++) {
        wire[HEADER + 7] ^= changed ? 0x04 : 0;
        if (changed)
            assert_int_equal(offer(w, GT_STRANGER, wire, sizeof wire, text), EB_ERR_AUTH);
        sign_as(w, GT_STRANGER, wire, LEN);
        assert_int_equal(offer(w, GT_STRANGER, wire, sizeof wire, text), succeeds ? EB_OK : EB_ERR_AUTH);
        if (!succeeds) {
            assert_memory_equal(text, zeros, LEN);
            continue;
        }
        text[7] ^= changed ? 0x04 : 0;
        assert_memory_equal(text, m.plaintext, LEN);
    }
    gt_sealed_free(&m);
}

static void attack_2015(const gt_world *w)
{
    attack(w, true);
}

static void attack_2016(const gt_world *w)
{
    attack(w, false);
}

static void the_attack_of_2016(void **state)
{
    (void)state;
    on_every("imessage-2015", attack_2015);
    on_every("imessage-2016", attack_2016);
}

/* As deployed: no private key works on a message before its signature has been verified. */
static void signature_comes_first(const gt_world *w)
{
    gt_sealed m;
    uint8_t text[LEN];
    assert_true(gt_seal_first(&m, w, LEN, 10, &log_));
    for (int forged = 0; forged < 2; forged++) {
        size_t decryptions = 0;
        m.wire[HEADER + 3] ^= forged ? 1 : 0;
        trace.n = 0;
        trace.on = true;
        assert_int_equal(offer(w, GT_SENDER, m.wire, m.wire_len, text), forged ? EB_ERR_AUTH : EB_OK);
        trace.on = false;
        for (size_t i = 0; i < trace.n; i++)
            decryptions += trace.steps[i].op == EB_OP_PKE_DECRYPT;
        assert_int_equal(decryptions, forged ? 0 : 1);
    }
    gt_sealed_free(&m);
}

static void order_of_checks(void **state)
{
    (void)state;
    on_every("imessage-2015", signature_comes_first);
    on_every("imessage-2016", signature_comes_first);
}

/* ---- keys ---- */

static void malformed_keys(const gt_world *w)
{
    const eb_pair *p = w->pair;
    const size_t rsa_pk = p->transport.pke->pk_len, rsa_sk = p->transport.pke->sk_len;
    /* the SEQUENCE, the modulus's tag, the exponent made even; behind the RSA key the point's form; padding */
    const size_t at_pk[] = {0, 3, rsa_pk - 1, rsa_pk}, at_sk[] = {0, 4, rsa_sk - 1};
    for (size_t i = 0; i < sizeof at_pk / sizeof at_pk[0]; i++) {
        eb_peer *peer = NULL;
        w->pk[GT_STRANGER][at_pk[i]] ^= 1;
        assert_int_equal(eb_peer_load(p, &peer, eb_range(w->pk[GT_STRANGER], p->ts.pk)), EB_ERR_INVALID);
        w->pk[GT_STRANGER][at_pk[i]] ^= 1;
    }
    for (size_t i = 0; i < sizeof at_sk / sizeof at_sk[0]; i++) {
        eb_own *own = NULL;
        w->sk[GT_STRANGER][at_sk[i]] ^= 1;
        assert_int_equal(eb_own_load(p, &own, eb_range(w->sk[GT_STRANGER], p->ts.sk)), EB_ERR_INVALID);
        w->sk[GT_STRANGER][at_sk[i]] ^= 1;
    }
}

static void keys_that_are_none(void **state)
{
    (void)state;
    on_every("imessage-2015", malformed_keys);
}

/* A generated RSA key of one library encrypts on another, and decrypts at home. */
static void rsa_between(const eb_binding *a, const eb_binding *b)
{
    uint8_t sk[EB_MAX_PKE_SK], pk[EB_MAX_PKE_PK], again[EB_MAX_PKE_PK], ct[EB_MAX_PKE_CT], text[128];
    const eb_bytes message = EB_LITERAL("0123456789abcdef");
    eb_buf out = {.ptr = text, .cap = sizeof text};
    void *own = calloc(1, a->pke->key_size), *peer = calloc(1, b->pke->key_size);
    assert_non_null(own);
    assert_non_null(peer);
    assert_int_equal(a->pke->generate(a->pke_ctx, sk, pk), EB_OK);
    assert_int_equal(a->pke->secret_key(a->pke_ctx, own, sk), EB_OK);
    assert_int_equal(a->pke->encode(a->pke_ctx, again, own), EB_OK);
    assert_memory_equal(again, pk, a->pke->pk_len);
    assert_int_equal(b->pke->public_key(b->pke_ctx, peer, pk), EB_OK);
    assert_int_equal(b->pke->encode(b->pke_ctx, again, peer), EB_OK);
    assert_memory_equal(again, pk, a->pke->pk_len);
    assert_int_equal(b->pke->encrypt(b->pke_ctx, ct, peer, message), EB_OK);
    assert_int_equal(a->pke->decrypt(a->pke_ctx, &out, ct, own), EB_OK);
    assert_int_equal(out.len, message.len);
    assert_memory_equal(text, message.ptr, message.len);
    ct[20] ^= 1;
    assert_int_equal(a->pke->decrypt(a->pke_ctx, &out, ct, own), EB_ERR_AUTH);
    assert_int_equal(out.len, 0);
    assert_int_equal(b->pke->encrypt(b->pke_ctx, ct, peer, eb_range(sk, b->pke->msg_max + 1)), EB_ERR_INVALID);
    a->pke->key_fini(a->pke_ctx, own);
    b->pke->key_fini(b->pke_ctx, peer);
    free(own);
    free(peer);
}

static void rsa_between_libraries(void **state)
{
    const char *const ids[] = {"openssl", "mbedtls"};
    gt_world w[2] = {{0}};
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_true(world(&w[i], eb_backend_find(ids[i]), "imessage-2015"));
    for (int i = 0; i < 2 && w[i].pair != NULL && w[1 - i].pair != NULL; i++)
        rsa_between(&w[i].pair->transport, &w[1 - i].pair->transport);
    for (int i = 0; i < 2; i++)
        gt_world_close(&w[i]);
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
        cmocka_unit_test(layouts),
        cmocka_unit_test(the_attack_of_2016),
        cmocka_unit_test(order_of_checks),
        cmocka_unit_test(keys_that_are_none),
        cmocka_unit_test(rsa_between_libraries),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
