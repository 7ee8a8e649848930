/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures: every library verifies what the others sign, and nothing else; keys that are none are refused; the floor replays. */
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static int start(void **state)
{
    char why[200];
    (void)state;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

static bool bind(eb_binding *b, const eb_backend *backend, const char *prim)
{
    static eb_suite suite;
    char why[256];
    suite = (eb_suite){.id = "test"};
    suite.prim[EB_SIG] = prim;
    return eb_binding_possible(backend, &suite, EB_NEED(EB_SIG), why, sizeof why) &&
           eb_binding_open(b, backend, &suite, EB_NEED(EB_SIG), NULL) == EB_OK;
}

/* One library's signature under a key made of `sk`. */
static void sign(const eb_binding *b, const uint8_t *sk, eb_bytes message, uint8_t *pk, uint8_t *sig)
{
    void *key = calloc(1, b->sig->key_size);
    assert_non_null(key);
    assert_int_equal(b->sig->secret_key(b->sig_ctx, key, sk), EB_OK);
    assert_int_equal(b->sig->encode(b->sig_ctx, pk, key), EB_OK);
    assert_int_equal(b->sig->sign(b->sig_ctx, sig, key, message), EB_OK);
    b->sig->key_fini(b->sig_ctx, key);
    free(key);
}

static eb_status verify(const eb_binding *b, const uint8_t *pk, eb_bytes message, const uint8_t *sig)
{
    void *key = calloc(1, b->sig->key_size);
    assert_non_null(key);
    eb_status s = b->sig->public_key(b->sig_ctx, key, pk);
    if (s == EB_OK) {
        s = b->sig->verify(b->sig_ctx, sig, key, message);
        b->sig->key_fini(b->sig_ctx, key);
    }
    free(key);
    return s;
}

static void between_libraries(const char *prim)
{
    const eb_backend *x, *y;
    uint64_t seed = 7;
    unsigned pairs = 0;
    for (size_t i = 0; (x = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; (y = eb_backend_at(k)) != NULL; k++) {
            eb_binding a = {0}, b = {0};
            uint8_t sk[32], message[200], pk[EB_MAX_SIG_PK], pk2[EB_MAX_SIG_PK], sig[EB_MAX_SIG], sig2[EB_MAX_SIG];
            if (!bind(&a, x, prim))
                continue;
            if (!bind(&b, y, prim)) {
                eb_binding_close(&a);
                continue;
            }
            for (size_t len = 0; len <= sizeof message; len += 50) {
                test_fill(sk, sizeof sk, &seed);
                test_fill(message, len, &seed);
                const eb_bytes m = eb_range(message, len);
                sign(&a, sk, m, pk, sig);
                sign(&b, sk, m, pk2, sig2);
                assert_memory_equal(pk, pk2, a.sig->pk_len);
                if (a.sig->repeats && b.sig->repeats)
                    assert_memory_equal(sig, sig2, a.sig->sig_len);
                assert_int_equal(verify(&b, pk, m, sig), EB_OK);
                for (size_t bit = 0; bit < 8 * a.sig->sig_len; bit += 29) {
                    sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
                    assert_int_equal(verify(&b, pk, m, sig), EB_ERR_AUTH);
                    sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
                }
                message[len > 0 ? len - 1 : 0] ^= 1;
                assert_int_equal(verify(&b, pk, len > 0 ? m : eb_range(message, 1), sig), EB_ERR_AUTH);
                pk[a.sig->pk_len - 1] ^= 1;
                assert_true(verify(&b, pk, m, sig) != EB_OK);
                assert_int_equal(verify(&b, pk2, eb_range(message, len), sig), len > 0 ? EB_ERR_AUTH : EB_OK);
                pairs++;
            }
            eb_binding_close(&a);
            eb_binding_close(&b);
        }
    assert_true(pairs >= 4 * 5); /* at least two libraries have each */
}

static void ed25519(void **state)
{
    (void)state;
    between_libraries("ed25519");
}

static void ecdsa(void **state)
{
    (void)state;
    between_libraries("ecdsa-p256");
}

/* SEC 1, s. 3.2.1: a private key is in [1, n-1]; FIPS 186-5, s. 6.4.2: so are r and s. */
static void ecdsa_ranges(void **state)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                      0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    const eb_backend *x;
    (void)state;
    for (size_t i = 0; (x = eb_backend_at(i)) != NULL; i++) {
        eb_binding b = {0};
        if (!bind(&b, x, "ecdsa-p256"))
            continue;
        uint8_t sk[32] = {0}, pk[65], sig[64];
        void *key = calloc(1, b.sig->key_size);
        assert_non_null(key);
        assert_int_equal(b.sig->secret_key(b.sig_ctx, key, sk), EB_ERR_INVALID);
        assert_int_equal(b.sig->secret_key(b.sig_ctx, key, order), EB_ERR_INVALID);
        memcpy(sk, order, sizeof sk);
        sk[31]--;
        sign(&b, sk, eb_range("m", 1), pk, sig);
        assert_int_equal(verify(&b, pk, eb_range("m", 1), sig), EB_OK);
        const uint8_t lead = pk[0];
        for (unsigned k = 0; k < 8; k++) {
            pk[0] = (uint8_t)k;
            assert_int_equal(b.sig->public_key(b.sig_ctx, key, pk), k == lead ? EB_OK : EB_ERR_INVALID);
            if (k == lead)
                b.sig->key_fini(b.sig_ctx, key);
        }
        pk[0] = lead;
        for (unsigned half = 0; half < 2; half++) {
            uint8_t bad[64];
            memcpy(bad, sig, sizeof bad);
            memset(bad + 32 * (size_t)half, 0, 32);
            assert_int_equal(verify(&b, pk, eb_range("m", 1), bad), EB_ERR_AUTH);
            memcpy(bad + 32 * (size_t)half, order, 32);
            assert_int_equal(verify(&b, pk, eb_range("m", 1), bad), EB_ERR_AUTH);
        }
        free(key);
        eb_binding_close(&b);
    }
}

/* Each library's floor takes every call of the class, in any order; a call of another class is not given to it. */
static void floors(void **state)
{
    static const eb_op ops[] = {EB_OP_SIG_VERIFY, EB_OP_SIG_SECRET, EB_OP_SIG_ENCODE, EB_OP_SIG_PUBLIC, EB_OP_SIGN};
    const eb_backend *x;
    unsigned replayed = 0;
    (void)state;
    for (size_t i = 0; (x = eb_backend_at(i)) != NULL; i++)
        for (const eb_prim *const *p = x->prims; *p != NULL; p++) {
            eb_step steps[5];
            const eb_floor *const *f = x->floors;
            void *work = NULL;
            if ((*p)->cls != EB_SIG)
                continue;
            while (*f != NULL && ((*f)->classes & 1u << EB_SIG) == 0)
                f++;
            assert_non_null(*f);
            for (size_t k = 0; k < 5; k++)
                steps[k] = (eb_step){.op = ops[k], .prim = *p, .a = 40 * k};
            assert_int_equal((*f)->prepare(&work, steps, 5), EB_OK);
            for (size_t k = 0; k < 3; k++)
                assert_int_equal((*f)->run(work), EB_OK);
            (*f)->release(work);
            replayed++;
        }
    assert_true(replayed >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ed25519),
        cmocka_unit_test(ecdsa),
        cmocka_unit_test(ecdsa_ranges),
        cmocka_unit_test(floors),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
