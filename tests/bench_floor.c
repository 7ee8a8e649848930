/* SPDX-License-Identifier: Apache-2.0 */
/* The floor is a recording of our own calls, so a call that need not be made would raise it unseen. These tests hold the
 * recordings to what the specifications ask for. */
#include <string.h>

#include "bench/job_state.h"
#include "escrowbench/registry.h"
#include "tests/support.h"

static eb_pair_spec spec_of(const char *backend, const char *transport, const char *suite, const char *escrow,
                            unsigned t, unsigned n)
{
    return (eb_pair_spec){
        .backend = eb_backend_find(backend),
        .transport = eb_transport_find(transport),
        .suite = eb_suite_find(suite),
        .escrow = eb_escrow_find(escrow),
        .escrow_suite = n > 0 ? eb_suite_find(suite) : NULL,
        .agents = n,
        .threshold = t,
    };
}

static void expect(const char *op, eb_pair_spec spec, const size_t expected[EB_OP_COUNT])
{
    char why[256] = "";
    size_t n, counts[EB_OP_COUNT] = {0};
    bool none;
    eb_floor_job *f = eb_floor_make(eb_operation_find(op), &spec, 1024, 1, &none, why, sizeof why);
    if (f == NULL)
        fail_msg("%s: %s", op, why);
    const eb_step *steps = eb_floor_steps(f, &n);
    for (size_t i = 0; i < n; i++)
        counts[steps[i].op]++;
    for (int i = 0; i < EB_OP_COUNT; i++)
        if (counts[i] != expected[i])
            fail_msg("%s on %s: %zu calls of %s, the specification asks for %zu", op, spec.backend->id, counts[i],
                     eb_op_name((eb_op)i), expected[i]);
    hn_cell c = eb_floor_cell(f, "floor");
    for (int i = 0; i < 3; i++)
        assert_int_equal(c.op(c.ctx), 0);
    eb_floor_free(f);
}

/* RFC 9180: DeriveKeyPair 2 HMACs (s. 7.1.3), ExtractAndExpand 2 (s. 4.1), key schedule 3 (s. 5.1: secret, key,
   base_nonce; psk_id_hash and info_hash are of the session). base_nonce goes under the key that is set already. */
static void hpke_seal_and_open(void **state)
{
    (void)state;
    const size_t seal[EB_OP_COUNT] = {
        [EB_OP_DH_SECRET] = 1, [EB_OP_DH_ENCODE] = 1, [EB_OP_DH_AGREE] = 1,  [EB_OP_MAC] = 7,
        [EB_OP_MAC_KEY] = 6,   [EB_OP_AEAD_KEY] = 1,  [EB_OP_AEAD_SEAL] = 1,
    };
    const size_t open[EB_OP_COUNT] = {
        [EB_OP_DH_PUBLIC] = 1, [EB_OP_DH_AGREE] = 1, [EB_OP_MAC] = 5,
        [EB_OP_MAC_KEY] = 4,   [EB_OP_AEAD_KEY] = 1, [EB_OP_AEAD_OPEN] = 1,
    };
    const size_t next[EB_OP_COUNT] = {[EB_OP_AEAD_SEAL] = 1};
    const size_t next_open[EB_OP_COUNT] = {[EB_OP_AEAD_OPEN] = 1};
    static const char *const backends[] = {"sodium", "openssl", "mbedtls"};
    for (size_t i = 0; i < 3; i++) {
        expect("seal", spec_of(backends[i], "hpke", "x25519", "none", 0, 0), seal);
        expect("open", spec_of(backends[i], "hpke", "x25519", "none", 0, 0), open);
        expect("seal", spec_of(backends[i], "hpke-stream", "x25519", "none", 0, 0), next);
        expect("open", spec_of(backends[i], "hpke-stream", "x25519", "none", 0, 0), next_open);
    }
    expect("seal", spec_of("openssl", "hpke", "p256", "none", 0, 0), seal);
}

/* X-Wing's shared secret goes straight into the key schedule: no HMAC of a DHKEM. */
static void hpke_on_x_wing(void **state)
{
    (void)state;
    const size_t seal[EB_OP_COUNT] = {
        [EB_OP_ENCAPSULATE] = 1, [EB_OP_MAC] = 3, [EB_OP_MAC_KEY] = 2, [EB_OP_AEAD_KEY] = 1, [EB_OP_AEAD_SEAL] = 1,
    };
    const size_t open[EB_OP_COUNT] = {
        [EB_OP_DECAPSULATE] = 1, [EB_OP_MAC] = 3, [EB_OP_MAC_KEY] = 2, [EB_OP_AEAD_KEY] = 1, [EB_OP_AEAD_OPEN] = 1,
    };
    const size_t parse[EB_OP_COUNT] = {[EB_OP_KEM_SECRET] = 1, [EB_OP_KEM_ENCODE] = 1};
    static const char *const backends[] = {"sodium", "openssl", "mbedtls"};
    unsigned ran = 0;
    for (size_t i = 0; i < 3; i++) {
        char why[256];
        const eb_pair_spec spec = spec_of(backends[i], "hpke", "xwing", "none", 0, 0);
        if (!eb_pair_possible(&spec, why, sizeof why))
            continue;
        ran++;
        expect("seal", spec, seal);
        expect("open", spec, open);
        expect("keygen", spec, parse);
    }
    if (ran == 0)
        skip();
}

/* A capsule is one more HPKE seal, its coins one HKDF-Expand, and two hashes: of the header and of the capsule. */
static void escrow_adds(void **state)
{
    (void)state;
    const size_t seal[EB_OP_COUNT] = {
        [EB_OP_DH_SECRET] = 2, [EB_OP_DH_ENCODE] = 2, [EB_OP_DH_AGREE] = 2,  [EB_OP_MAC] = 15,
        [EB_OP_MAC_KEY] = 13,  [EB_OP_AEAD_KEY] = 2,  [EB_OP_AEAD_SEAL] = 2, [EB_OP_HASH] = 2,
    };
    const size_t open[EB_OP_COUNT] = {
        [EB_OP_DH_PUBLIC] = 1, [EB_OP_DH_AGREE] = 1,  [EB_OP_MAC] = 5,  [EB_OP_MAC_KEY] = 4,
        [EB_OP_AEAD_KEY] = 1,  [EB_OP_AEAD_OPEN] = 1, [EB_OP_HASH] = 1,
    };
    expect("seal", spec_of("openssl", "hpke", "p256", "master", 1, 1), seal);
    expect("seal", spec_of("openssl", "hpke", "p256", "shamir", 3, 5), seal);
    expect("seal", spec_of("openssl", "hpke", "p256", "threshold", 3, 5), seal);
    expect("open", spec_of("openssl", "hpke", "p256", "master", 1, 1), open);
}

/* A rewrap is one HPKE open and one seal; of a message the coins are one HKDF-Expand more. A data key is opened and sealed by the
   AEAD alone, with a nonce from one HKDF-Expand. */
static void rewraps(void **state)
{
    (void)state;
    const size_t deposit[EB_OP_COUNT] = {
        [EB_OP_DH_PUBLIC] = 1, [EB_OP_DH_SECRET] = 1, [EB_OP_DH_ENCODE] = 1, [EB_OP_DH_AGREE] = 2,  [EB_OP_MAC] = 12,
        [EB_OP_MAC_KEY] = 10,  [EB_OP_AEAD_KEY] = 2,  [EB_OP_AEAD_OPEN] = 1, [EB_OP_AEAD_SEAL] = 1,
    };
    const size_t message[EB_OP_COUNT] = {
        [EB_OP_DH_PUBLIC] = 1, [EB_OP_DH_SECRET] = 1, [EB_OP_DH_ENCODE] = 1, [EB_OP_DH_AGREE] = 2,  [EB_OP_MAC] = 13,
        [EB_OP_MAC_KEY] = 11,  [EB_OP_AEAD_KEY] = 2,  [EB_OP_AEAD_OPEN] = 1, [EB_OP_AEAD_SEAL] = 1,
    };
    const size_t data_key[EB_OP_COUNT] = {
        [EB_OP_MAC] = 1, [EB_OP_MAC_KEY] = 1, [EB_OP_AEAD_OPEN] = 1, [EB_OP_AEAD_SEAL] = 1};
    expect("rewrap", spec_of("openssl", "hpke", "x25519", "archive", 1, 1), deposit);
    expect("rewrap", spec_of("sodium", "hpke", "x25519", "master", 1, 1), message);
    expect("rewrap", spec_of("mbedtls", "hpke", "p256", "provider", 1, 1), data_key);
}

/* Double Ratchet, s. 5.2: a message is KDF_CK (2 HMACs under one key) and the AEAD's key and nonce (2 under another);
   a step of the root chain is HKDF with two outputs (3 under two keys) and a DH, and makes a key (DeriveKeyPair: 2
   under two) on the side that sends. X3DH, s. 3.3: four DHs, HKDF (2 under two), a key; the bundle is 3 keys, and a
   signature over a hash. */
static void ratchet(void **state)
{
    (void)state;
    const size_t seal[EB_OP_COUNT] = {
        [EB_OP_MAC] = 4, [EB_OP_MAC_KEY] = 2, [EB_OP_AEAD_KEY] = 1, [EB_OP_AEAD_SEAL] = 1};
    const size_t open[EB_OP_COUNT] = {
        [EB_OP_MAC] = 4, [EB_OP_MAC_KEY] = 2, [EB_OP_AEAD_KEY] = 1, [EB_OP_AEAD_OPEN] = 1};
    const size_t late[EB_OP_COUNT] = {
        [EB_OP_MAC] = 32, [EB_OP_MAC_KEY] = 16, [EB_OP_AEAD_KEY] = 8, [EB_OP_AEAD_OPEN] = 8};
    const size_t turn[EB_OP_COUNT] = {
        [EB_OP_DH_SECRET] = 1, [EB_OP_DH_ENCODE] = 1, [EB_OP_DH_PUBLIC] = 2, [EB_OP_DH_AGREE] = 2,  [EB_OP_MAC] = 16,
        [EB_OP_MAC_KEY] = 10,  [EB_OP_AEAD_KEY] = 2,  [EB_OP_AEAD_SEAL] = 1, [EB_OP_AEAD_OPEN] = 1,
    };
    const size_t set_up[EB_OP_COUNT] = {
        [EB_OP_DH_SECRET] = 1, [EB_OP_DH_ENCODE] = 1,  [EB_OP_DH_PUBLIC] = 3,  [EB_OP_DH_AGREE] = 4, [EB_OP_MAC] = 4,
        [EB_OP_MAC_KEY] = 4,   [EB_OP_SIG_PUBLIC] = 1, [EB_OP_SIG_VERIFY] = 1, [EB_OP_HASH] = 2,
    };
    static const struct {
        const char *backend, *suite;
    } where[] = {{"sodium", "x25519"}, {"openssl", "x25519"}, {"openssl", "p256"}, {"mbedtls", "x25519-ecdsa"}};
    for (size_t i = 0; i < 4; i++) {
        const eb_pair_spec spec = spec_of(where[i].backend, "ratchet", where[i].suite, "none", 0, 0);
        expect("seal", spec, seal);
        expect("open", spec, open);
        expect("reject-message", spec, open);
        expect("open-late", spec, late);
        expect("turn", spec, turn);
        expect("start", spec, set_up);
    }
}

/* One partial: D = x * C; weights of the composite and M (s. 2.2.1); Z = k * M, t2 = r * G, t3 = r * M; one challenge. */
static void one_partial(void **state)
{
    (void)state;
    char why[256];
    size_t n, mul = 0, base = 0, combine = 0;
    const eb_pair_spec spec = spec_of("openssl", "hpke", "p256", "threshold", 3, 5);
    bool none;
    eb_floor_job *f = eb_floor_make(eb_operation_find("partial"), &spec, 1024, 1, &none, why, sizeof why);
    assert_non_null(f);
    const eb_step *steps = eb_floor_steps(f, &n);
    for (size_t i = 0; i < n; i++) {
        mul += steps[i].op == EB_OP_MUL;
        base += steps[i].op == EB_OP_MUL_BASE;
        combine += steps[i].op == EB_OP_COMBINE;
    }
    assert_int_equal(mul, 3);
    assert_int_equal(base, 1);
    assert_int_equal(combine, 1);
    eb_floor_free(f);
}

/* One RSA encryption, one keystream, one hash, one signature; in the form of 2016 one HMAC more at both ends. */
static void imessage_seal_and_open(void **state)
{
    (void)state;
    size_t seal[EB_OP_COUNT] = {
        [EB_OP_PKE_ENCRYPT] = 1, [EB_OP_STREAM_KEY] = 1, [EB_OP_STREAM] = 1, [EB_OP_HASH] = 1, [EB_OP_SIGN] = 1};
    size_t open[EB_OP_COUNT] = {
        [EB_OP_PKE_DECRYPT] = 1, [EB_OP_STREAM_KEY] = 1, [EB_OP_STREAM] = 1, [EB_OP_HASH] = 1, [EB_OP_SIG_VERIFY] = 1};
    expect("seal", spec_of("openssl", "imessage-2015", "imessage", "none", 0, 0), seal);
    expect("open", spec_of("mbedtls", "imessage-2015", "imessage", "none", 0, 0), open);
    seal[EB_OP_MAC_KEY] = seal[EB_OP_MAC] = open[EB_OP_MAC_KEY] = open[EB_OP_MAC] = 1;
    expect("seal", spec_of("mbedtls", "imessage-2016", "imessage", "none", 0, 0), seal);
    expect("open", spec_of("openssl", "imessage-2016", "imessage", "none", 0, 0), open);
}

/* A library's envelope is one call. */
static void whole_envelopes(void **state)
{
    (void)state;
    const size_t seal[EB_OP_COUNT] = {[EB_OP_ENVELOPE_SEAL] = 1}, open[EB_OP_COUNT] = {[EB_OP_ENVELOPE_OPEN] = 1};
    const size_t generate[EB_OP_COUNT] = {[EB_OP_PKE_GENERATE] = 1};
    expect("seal", spec_of("openssl", "cms", "cms", "none", 0, 0), seal);
    expect("open", spec_of("openssl", "cms", "cms", "none", 0, 0), open);
    expect("seal", spec_of("sodium", "sealed-box", "sealed-box", "none", 0, 0), seal);
    expect("open", spec_of("sodium", "sealed-box", "sealed-box", "none", 0, 0), open);
    expect("keygen-rsa", spec_of("openssl", "imessage-2015", "imessage", "none", 0, 0), generate);
}

/* Handing a share over is no cryptography: no floor, and that is no failure. */
static void no_floor(void **state)
{
    (void)state;
    char why[256];
    bool none = false;
    const eb_pair_spec spec = spec_of("openssl", "hpke", "p256", "shamir", 3, 5);
    assert_null(eb_floor_make(eb_operation_find("partial"), &spec, 1024, 1, &none, why, sizeof why));
    assert_true(none);
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

/* How long a timed search takes must not hang on the run's seed: the message is one whose bits lie in the middle. */
static void searches_are_average(void **state)
{
    static const char *const ops[] = {"access", "combine", "rewrap"};
    static const char *const transports[] = {"hpke", "hpke-auth", "ratchet"};
    const int middle = 1 << 15;
    (void)state;
    for (size_t k = 0; k < 9; k++) {
        char why[256] = "";
        const eb_pair_spec spec = spec_of("openssl", transports[k / 3], "x25519", "partial", 1, 1);
        const eb_operation *op = eb_operation_find(ops[k % 3]);
        eb_job *j = eb_job_make(op, &spec, 64, 1 + k, why, sizeof why);
        if (j == NULL) {
            fail_msg("%s on %s: %s", ops[k % 3], transports[k / 3], why);
            return;
        }
        assert_int_equal(eb_job_trials(j), middle);
        assert_int_equal(op->run(j), 0);
        assert_int_equal(op->run(j), 0);
        assert_in_range((j->out2[0] << 8) + j->out2[1], middle - middle / 128, middle + middle / 128 - 1);
        eb_job_free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hpke_seal_and_open),
        cmocka_unit_test(hpke_on_x_wing),
        cmocka_unit_test(escrow_adds),
        cmocka_unit_test(rewraps),
        cmocka_unit_test(ratchet),
        cmocka_unit_test(one_partial),
        cmocka_unit_test(no_floor),
        cmocka_unit_test(imessage_seal_and_open),
        cmocka_unit_test(whole_envelopes),
        cmocka_unit_test(searches_are_average),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
