/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ratchet: its keys against the formulas of X3DH and the Double Ratchet, written out once more; bad bundles and
 * points; what is kept of messages that were overtaken; how far a deposited key reaches; and broken ratchets that the
 * gates must catch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/gates.h"
#include "escrowbench/join.h"
#include "escrowbench/registry.h"
#include "hpke/hpke.h"
#include "ratchet/ratchet.h"
#include "tests/support.h"

enum { A = 0, B = 1, ROOM = 4096 };

/* Two people on one library. */
typedef struct world {
    eb_pair *pair;
    uint8_t sk[2][256], pk[2][512];
    eb_own *own[2];
    eb_peer *peer[2];
    eb_authority *authority;
    eb_link *link[2]; /* A begins */
    uint64_t seed;
} world;

static const eb_bytes info = {.ptr = (const uint8_t *)"test", .len = 4};

static void keys_of(world *w, int who)
{
    uint8_t coins[256];
    const eb_pair *p = w->pair;
    assert_true(p->ts.keygen_coins <= sizeof coins && p->ts.sk <= sizeof w->sk[0] && p->ts.pk <= sizeof w->pk[0]);
    test_fill(coins, sizeof coins, &w->seed);
    assert_int_equal(eb_keygen(p, w->sk[who], w->pk[who], coins), EB_OK);
    assert_int_equal(eb_own_load(p, &w->own[who], eb_range(w->sk[who], p->ts.sk)), EB_OK);
    assert_int_equal(eb_peer_load(p, &w->peer[who], eb_range(w->pk[who], p->ts.pk)), EB_OK);
}

static bool world_open(world *w, const char *backend, const char *suite, const char *escrow)
{
    char why[256];
    *w = (world){.seed = 11};
    const eb_escrow *e = eb_escrow_find(escrow);
    const bool some = e->kind != EB_KIND_NONE;
    const char *base = strcmp(suite, "x25519-ecdsa") == 0 ? "x25519" : suite;
    const eb_pair_spec spec = {.backend = eb_backend_find(backend),
                               .transport = eb_transport_find("ratchet"),
                               .suite = eb_suite_find(suite),
                               .escrow = e,
                               .escrow_suite = some ? eb_suite_find(base) : NULL,
                               .agents = some,
                               .threshold = some};
    if (!eb_pair_possible(&spec, why, sizeof why))
        return false;
    assert_int_equal(eb_pair_open(&w->pair, &spec, why, sizeof why), EB_OK);
    keys_of(w, A);
    keys_of(w, B);
    if (some) {
        uint8_t coins[256], pub[256], agents[256];
        assert_true(w->pair->es.setup_coins <= sizeof coins && w->pair->es.pub <= sizeof pub);
        test_fill(coins, sizeof coins, &w->seed);
        assert_int_equal(eb_setup(w->pair, pub, agents, coins), EB_OK);
        assert_int_equal(
            eb_authority_load(w->pair, &w->authority, eb_range(pub, w->pair->es.pub), EB_LITERAL("bob"), 1), EB_OK);
    }
    return true;
}

static void start_links(world *w)
{
    uint8_t coins[64];
    eb_link_end(w->link[A]);
    eb_link_end(w->link[B]);
    test_fill(coins, sizeof coins, &w->seed);
    assert_int_equal(eb_link_start(w->pair, &w->link[A], EB_SENDER, w->own[A], w->peer[B], w->authority, coins, info),
                     EB_OK);
    assert_int_equal(
        eb_link_start(w->pair, &w->link[B], EB_RECIPIENT, w->own[B], w->peer[A], w->authority, coins, info), EB_OK);
}

static void world_close(world *w)
{
    for (int i = 0; i < 2; i++) {
        eb_link_end(w->link[i]);
        eb_own_drop(w->own[i]);
        eb_peer_drop(w->peer[i]);
    }
    eb_authority_drop(w->authority);
    eb_pair_close(w->pair);
}

typedef struct wire {
    uint8_t bytes[1024];
    size_t len;
    uint8_t text;
} wire;

static eb_status say(world *w, int who, wire *m)
{
    uint8_t coins[64], plaintext[16];
    eb_buf out = {.ptr = m->bytes, .cap = sizeof m->bytes};
    test_fill(coins, sizeof coins, &w->seed);
    m->text = (uint8_t)test_random(&w->seed);
    memset(plaintext, m->text, sizeof plaintext);
    const eb_status s = eb_seal(w->link[who], &out, coins, EB_LITERAL("aad"), eb_range(plaintext, sizeof plaintext));
    m->len = out.len;
    return s;
}

static eb_status hear_on(eb_link *link, const wire *m)
{
    uint8_t space[1024];
    eb_buf out = {.ptr = space, .cap = sizeof space};
    const eb_status s = eb_open(link, &out, EB_LITERAL("aad"), eb_range(m->bytes, m->len));
    if (s == EB_OK)
        assert_true(out.len == 16 && space[0] == m->text && space[15] == m->text);
    return s;
}

static eb_status hear(world *w, int who, const wire *m)
{
    return hear_on(w->link[who], m);
}

static const char *const backends[] = {"sodium", "openssl", "mbedtls"};
static const char *const suites[] = {"x25519", "x25519-ecdsa", "p256"};

/* Runs `f` on each library and suite that go together; mbedTLS is slow on X25519, and runs if `slow`. */
static void on_each(void (*f)(world *w), const char *escrow, bool slow)
{
    unsigned ran = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            world w;
            if ((i == 2 && !slow) || !world_open(&w, backends[i], suites[k], escrow))
                continue;
            f(&w);
            world_close(&w);
            ran++;
        }
    assert_int_equal(ran, slow ? 6 : 4);
}

/* ---- keys by the formulas ---- */

static void hkdf(const eb_binding *b, uint8_t *out, size_t len, eb_bytes salt, eb_bytes ikm, eb_bytes label)
{
    uint8_t prk[EB_MAX_HASH];
    assert_int_equal(eb_hkdf_extract(b, prk, salt, ikm), EB_OK);
    assert_int_equal(eb_hkdf_expand(b, out, len, eb_range(prk, 32), &label, 1), EB_OK);
}

static void dh(const eb_binding *b, uint8_t *out, const uint8_t *sk, const uint8_t *pk)
{
    void *x = calloc(1, b->dh->key_size), *y = calloc(1, b->dh->key_size);
    assert_true(x != NULL && y != NULL);
    assert_int_equal(b->dh->secret_key(b->dh_ctx, x, sk), EB_OK);
    assert_int_equal(b->dh->public_key(b->dh_ctx, y, pk), EB_OK);
    assert_int_equal(b->dh->agree(b->dh_ctx, out, x, y), EB_OK);
    b->dh->key_fini(b->dh_ctx, x);
    b->dh->key_fini(b->dh_ctx, y);
    free(x);
    free(y);
}

static void hmac(const eb_binding *b, uint8_t *out, const uint8_t *key, uint8_t constant)
{
    const eb_bytes in = eb_range(&constant, 1);
    assert_int_equal(b->mac->set_key(b->mac_ctx, eb_range(key, 32)), EB_OK);
    assert_int_equal(b->mac->compute(b->mac_ctx, out, &in, 1), EB_OK);
}

/* The secret that an escrow gets is the message key of the specification. */
static void first_keys(world *w)
{
    const eb_transport *t = w->pair->spec.transport;
    const eb_binding *b = &w->pair->transport;
    const eb_transport_sizes *ts = &w->pair->ts;
    const size_t n = b->dh->pk_len;
    uint8_t start_coins[32], coins[2][32], secret[2][32], header[512], digest[32];
    void *own = calloc(1, ts->own), *peer = calloc(1, ts->peer), *session = calloc(1, ts->session),
         *pending = calloc(1, ts->pending);
    assert_true(own != NULL && peer != NULL && session != NULL && pending != NULL);
    test_fill(start_coins, 32, &w->seed);
    test_fill(coins[0], 64, &w->seed);
    assert_int_equal(t->load_own(b, own, w->sk[A]), EB_OK);
    assert_int_equal(t->load_peer(b, peer, w->pk[B]), EB_OK);
    const void *peers[] = {peer};
    assert_int_equal(t->start(b, session, EB_SENDER, own, peers, start_coins, info), EB_OK);
    for (int i = 0; i < 2; i++) {
        bool fresh = false;
        eb_buf h = {.ptr = header, .cap = sizeof header}, body = {.ptr = header + 400, .cap = 64};
        assert_int_equal(t->begin(b, session, pending, 0, coins[i], (eb_bytes){0}, secret[i], &h, &fresh), EB_OK);
        assert_int_equal(t->finish(b, session, pending, 0, (eb_bytes){0}, eb_range("x", 1), &body), EB_OK);
        assert_true(fresh && h.len == ts->header_max);
    }
    t->end(b, session);
    t->drop_own(b, own);
    t->drop_peer(b, peer);

    uint8_t ephemeral[32], ek[65], ratchet[32], rk[65], ikm[32 * 5], label[256], root[32], both[64], key[32];
    assert_int_equal(eb_dhkem_keygen(b, ephemeral, ek, start_coins), EB_OK);
    assert_int_equal(eb_dhkem_keygen(b, ratchet, rk, coins[0]), EB_OK);
    memset(ikm, 0xff, 32);
    dh(b, ikm + 32, w->sk[A], w->pk[B] + n);       /* IK_A, SPK_B */
    dh(b, ikm + 64, ephemeral, w->pk[B]);          /* EK_A, IK_B */
    dh(b, ikm + 96, ephemeral, w->pk[B] + n);      /* EK_A, SPK_B */
    dh(b, ikm + 128, ephemeral, w->pk[B] + 2 * n); /* EK_A, OPK_B */
    assert_int_equal(b->hash->digest(b->hash_ctx, digest, &info, 1), EB_OK);
    const size_t text = strlen("escrowbench x3dh v1");
    memcpy(label, "escrowbench x3dh v1", text);
    memcpy(label + text, digest, 32);
    memcpy(label + text + 32, w->pk[A], n);
    memcpy(label + text + 32 + n, w->pk[B], n);
    hkdf(b, root, 32, (eb_bytes){0}, eb_range(ikm, sizeof ikm), eb_range(label, text + 32 + 2 * n));
    dh(b, key, ratchet, w->pk[B] + n);
    hkdf(b, both, 64, eb_range(root, 32), eb_range(key, 32), EB_LITERAL("escrowbench ratchet v1"));
    hmac(b, key, both + 32, 1);
    assert_memory_equal(key, secret[0], 32);
    hmac(b, both + 32, both + 32, 2);
    hmac(b, key, both + 32, 1);
    assert_memory_equal(key, secret[1], 32);
    assert_memory_equal(header + 1 + 8, w->pk[A], n);
    assert_memory_equal(header + 1 + 8 + n, ek, n);
    assert_memory_equal(header + 1 + 8 + 2 * n, rk, n);
    free(own);
    free(peer);
    free(session);
    free(pending);
}

static void keys_are_the_specifications(void **state)
{
    (void)state;
    on_each(first_keys, "none", true);
}

/* ---- bundles and points ---- */

static void bad_bundles(world *w)
{
    const eb_pair *p = w->pair;
    const size_t n = p->transport.dh->pk_len;
    const eb_sig *sig = p->transport.sig;
    uint8_t pk[512];
    eb_peer *peer = NULL;
    /* Identity, signed prekey, signing key and signature are tied together; the one-time prekey is not signed. */
    const size_t ends[] = {n, 2 * n, 3 * n, 3 * n + sig->pk_len, p->ts.pk};
    for (size_t field = 0, at = 0; field < 5; at = ends[field++])
        for (size_t i = at + 1; i < ends[field]; i += 7) {
            memcpy(pk, w->pk[B], p->ts.pk);
            pk[i] ^= 4;
            const eb_status s = eb_peer_load(p, &peer, eb_range(pk, p->ts.pk));
            if (field == 2 && s == EB_OK) {
                eb_peer_drop(peer);
                continue;
            }
            assert_true(s == EB_ERR_AUTH || s == EB_ERR_INVALID);
            assert_null(peer);
        }
    memcpy(pk, w->pk[B], p->ts.pk);
    memcpy(pk + n, w->pk[A] + n, n); /* somebody else's prekey */
    assert_int_equal(eb_peer_load(p, &peer, eb_range(pk, p->ts.pk)), EB_ERR_AUTH);
    assert_int_equal(eb_peer_load(p, &peer, eb_range(w->pk[B], p->ts.pk - 1)), EB_ERR_INVALID);
}

static void malformed_bundles(void **state)
{
    (void)state;
    on_each(bad_bundles, "none", false);
}

/* Points of low order on Curve25519 (RFC 7748, s. 6.1; all give zero), in the unsigned prekey and in headers. */
static void low_order(void **state)
{
    static const uint8_t points[3][32] = {{0}, {1}, {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
                                                     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
                                                     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00}};
    static const struct {
        const char *backend, *suite;
    } where[] = {{"sodium", "x25519"}, {"openssl", "x25519"}, {"mbedtls", "x25519-ecdsa"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world w;
        wire first, forged;
        eb_peer *peer = NULL;
        eb_link *link = NULL;
        uint8_t pk[512], coins[64] = {1};
        assert_true(world_open(&w, where[i].backend, where[i].suite, "none"));
        start_links(&w);
        assert_int_equal(say(&w, A, &first), EB_OK);
        for (size_t k = 0; k < 3; k++) {
            memcpy(pk, w.pk[B], w.pair->ts.pk);
            memcpy(pk + 64, points[k], 32);
            eb_status s = eb_peer_load(w.pair, &peer, eb_range(pk, w.pair->ts.pk));
            if (s == EB_OK)
                s = eb_link_start(w.pair, &link, EB_SENDER, w.own[A], peer, NULL, coins, info);
            assert_int_equal(s, EB_ERR_INVALID);
            assert_null(link);
            eb_peer_drop(peer);
            peer = NULL;
            for (size_t field = 0; field < 2; field++) { /* ephemeral, ratchet key */
                forged = first;
                memcpy(forged.bytes + 1 + 8 + 32 + 32 * field, points[k], 32);
                assert_int_equal(hear(&w, B, &forged), EB_ERR_INVALID);
            }
        }
        forged = first;
        forged.bytes[1] ^= 1; /* another prekey's number */
        assert_int_equal(hear(&w, B, &forged), EB_ERR_PREKEY);
        forged = first;
        forged.bytes[1 + 8] ^= 1; /* another identity */
        assert_int_equal(hear(&w, B, &forged), EB_ERR_PEER);
        assert_int_equal(hear(&w, B, &first), EB_OK);
        world_close(&w);
    }
}

/* ---- sessions ---- */

/* Not one byte of a session changes by what it refuses. */
static void unmoved(world *w)
{
    const eb_transport *t = w->pair->spec.transport;
    const eb_binding *b = &w->pair->transport;
    const size_t len = w->pair->ts.session;
    wire m[4], answer;
    void *own = calloc(1, w->pair->ts.own), *peer = calloc(1, w->pair->ts.peer),
         *pending = calloc(1, w->pair->ts.pending);
    uint8_t *session = calloc(1, len), *before = calloc(1, len), secret[32], space[1024];
    assert_true(own != NULL && peer != NULL && session != NULL && before != NULL && pending != NULL);
    start_links(w);
    for (int i = 0; i < 4; i++)
        assert_int_equal(say(w, A, &m[i]), EB_OK);
    assert_int_equal(t->load_own(b, own, w->sk[B]), EB_OK);
    assert_int_equal(t->load_peer(b, peer, w->pk[A]), EB_OK);
    const void *peers[] = {peer};
    assert_int_equal(t->start(b, session, EB_RECIPIENT, own, peers, NULL, info), EB_OK);
    for (int i = 0; i < 4; i++) {
        size_t header;
        bool fresh;
        memcpy(before, session, len);
        assert_int_equal(t->split(b, 0, eb_range(m[3 - i].bytes, m[3 - i].len), &header, &fresh), EB_OK);
        const eb_bytes h = eb_range(m[3 - i].bytes, header),
                       body = eb_range(m[3 - i].bytes + header, m[3 - i].len - header);
        for (unsigned forged = 0; forged < 2; forged++) {
            eb_buf out = {.ptr = space, .cap = sizeof space};
            m[3 - i].bytes[m[3 - i].len - 1] ^= 1;
            assert_int_equal(t->peek(b, session, pending, 0, h, secret), EB_OK);
            assert_int_equal(t->open(b, session, pending, 0, EB_LITERAL("aad"), body, &out), EB_ERR_AUTH);
            t->abort(b, pending);
            m[3 - i].bytes[m[3 - i].len - 1] ^= 1;
            assert_memory_equal(before, session, len);
        }
        eb_buf out = {.ptr = space, .cap = sizeof space};
        assert_int_equal(t->peek(b, session, pending, 0, h, NULL), EB_OK);
        assert_int_equal(t->open(b, session, pending, 0, EB_LITERAL("aad"), body, &out), EB_OK);
        assert_int_equal(t->commit(b, session, pending), EB_OK);
        assert_true(memcmp(before, session, len) != 0);
        memcpy(before, session, len);
        assert_int_equal(t->peek(b, session, pending, 0, h, NULL), EB_ERR_REPLAY);
        assert_memory_equal(before, session, len);
    }
    t->end(b, session);
    t->drop_own(b, own);
    t->drop_peer(b, peer);
    assert_int_equal(hear(w, B, &m[0]), EB_OK);
    assert_int_equal(say(w, B, &answer), EB_OK);
    assert_int_equal(hear(w, B, &answer), EB_ERR_AUTH); /* what it sent itself */
    assert_int_equal(hear(w, A, &answer), EB_OK);
    free(own);
    free(peer);
    free(pending);
    free(session);
    free(before);
}

static void refusals_move_nothing(void **state)
{
    (void)state;
    on_each(unmoved, "none", true);
}

/* A seal that is given up leaves the session where it was: the same coins give the same message. */
static void given_up(world *w)
{
    uint8_t coins[64] = {7}, a[1024], b[1024];
    wire m;
    start_links(w);
    assert_int_equal(say(w, B, &m), EB_ERR_INVALID); /* nothing to answer yet */
    for (int turn = 0; turn < 3; turn++) {
        const int who = turn % 2;
        const eb_bytes plaintext = eb_range("hello", 5);
        eb_buf x = {.ptr = a, .cap = sizeof a}, y = {.ptr = b, .cap = sizeof b};
        coins[1] = (uint8_t)turn;
        uint8_t secret[32], header[512];
        const eb_transport *t = w->pair->spec.transport;
        void *session = calloc(1, w->pair->ts.session), *pending = calloc(1, w->pair->ts.pending);
        assert_true(session != NULL && pending != NULL);
        if (who == A && turn == 0) { /* begin, abort, begin again, by the transport itself */
            void *own = calloc(1, w->pair->ts.own), *peer = calloc(1, w->pair->ts.peer);
            assert_true(own != NULL && peer != NULL);
            assert_int_equal(t->load_own(&w->pair->transport, own, w->sk[A]), EB_OK);
            assert_int_equal(t->load_peer(&w->pair->transport, peer, w->pk[B]), EB_OK);
            const void *peers[] = {peer};
            assert_int_equal(t->start(&w->pair->transport, session, EB_SENDER, own, peers, coins, info), EB_OK);
            for (unsigned i = 0; i < 3; i++) {
                bool fresh;
                uint8_t again[32];
                eb_buf h = {.ptr = header, .cap = sizeof header};
                assert_int_equal(t->begin(&w->pair->transport, session, pending, 0, coins, plaintext,
                                          i == 0 ? secret : again, &h, &fresh),
                                 EB_OK);
                t->abort(&w->pair->transport, pending);
                if (i > 0)
                    assert_memory_equal(secret, again, 32);
            }
            t->end(&w->pair->transport, session);
            t->drop_own(&w->pair->transport, own);
            t->drop_peer(&w->pair->transport, peer);
            free(own);
            free(peer);
        }
        free(session);
        free(pending);
        eb_buf small = {.ptr = a, .cap = eb_wire_max(w->pair, 5) - 1};
        assert_int_equal(eb_seal(w->link[who], &small, coins, (eb_bytes){0}, plaintext), EB_ERR_SPACE);
        assert_int_equal(eb_seal(w->link[who], &x, coins, (eb_bytes){0}, plaintext), EB_OK);
        assert_int_equal(eb_open(w->link[1 - who], &y, (eb_bytes){0}, eb_range(a, x.len)), EB_OK);
        assert_true(y.len == 5 && memcmp(b, "hello", 5) == 0);
    }
}

static void what_is_given_up(void **state)
{
    (void)state;
    on_each(given_up, "none", false);
}

/* The hello travels until the answer, and no longer; a hello of another session is refused. */
static void hellos(world *w)
{
    wire m[3], other, answer;
    start_links(w);
    assert_int_equal(say(w, A, &other), EB_OK);
    start_links(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say(w, A, &m[i]), EB_OK);
        assert_int_equal(m[i].bytes[0], 1);
        assert_int_equal(hear(w, B, &m[i]), EB_OK);
    }
    assert_int_equal(hear(w, B, &other), EB_ERR_INVALID);
    assert_int_equal(say(w, B, &answer), EB_OK);
    assert_int_equal(answer.bytes[0], 0);
    assert_int_equal(hear(w, A, &answer), EB_OK);
    assert_int_equal(say(w, A, &m[2]), EB_OK);
    assert_int_equal(m[2].bytes[0], 0);
    assert_int_equal(m[0].len - m[2].len, 8 + 2 * w->pair->transport.dh->pk_len);
    assert_int_equal(hear(w, B, &m[2]), EB_OK);
}

static void hello_until_the_answer(void **state)
{
    (void)state;
    on_each(hellos, "none", true);
}

/* 1000 keys are kept, the newest: the first of them goes when one more message is overtaken. */
static void ring(world *w)
{
    enum { N = EB_RATCHET_SKIP };
    wire *m = calloc(N + 4, sizeof *m), answer, after;
    assert_non_null(m);
    start_links(w);
    for (size_t i = 0; i < N + 3; i++)
        assert_int_equal(say(w, A, &m[i]), EB_OK);
    assert_int_equal(hear(w, B, &m[N]), EB_OK);
    assert_int_equal(hear(w, B, &m[5]), EB_OK); /* a place is free again, but the ring goes round */
    assert_int_equal(hear(w, B, &m[N + 2]), EB_OK);
    assert_int_equal(hear(w, B, &m[0]), EB_ERR_REPLAY); /* gone */
    assert_int_equal(hear(w, B, &m[5]), EB_ERR_REPLAY); /* a duplicate of what overtook */
    assert_int_equal(hear(w, B, &m[1]), EB_OK);
    assert_int_equal(hear(w, B, &m[N + 1]), EB_OK);
    /* A new chain: of the old one what is missing at its end is kept too. */
    assert_int_equal(say(w, B, &answer), EB_OK);
    assert_int_equal(say(w, A, &m[N + 3]), EB_OK);
    assert_int_equal(hear(w, A, &answer), EB_OK);
    assert_int_equal(say(w, A, &after), EB_OK);
    assert_int_equal(hear(w, B, &after), EB_OK);
    assert_int_equal(hear(w, B, &m[N + 3]), EB_OK);
    /* Of a chain that is over, which nobody remembers: it looks like one of a chain to come, and is refused as far as that goes. */
    assert_int_equal(hear(w, B, &m[N + 3]), EB_ERR_SKIP);
    assert_int_equal(hear(w, B, &m[5]), EB_ERR_AUTH);
    assert_int_equal(hear(w, B, &m[N - 1]), EB_OK);
    free(m);
}

static void kept_keys(void **state)
{
    (void)state;
    on_each(ring, "none", false);
}

/* What was dropped is waited for up to the bound, in one chain and over the end of one; one more is refused, and costs nothing. */
static void bound(world *w)
{
    enum { N = EB_RATCHET_SKIP };
    wire *m = calloc(N + 2, sizeof *m), answer;
    assert_non_null(m);
    start_links(w);
    for (size_t i = 0; i < N + 2; i++)
        assert_int_equal(say(w, A, &m[i]), EB_OK);
    assert_int_equal(hear(w, B, &m[N + 1]), EB_ERR_SKIP);
    assert_int_equal(hear(w, B, &m[N]), EB_OK);
    assert_int_equal(hear(w, B, &m[N]), EB_ERR_REPLAY);
    assert_int_equal(hear(w, B, &m[N + 1]), EB_OK);
    assert_int_equal(say(w, B, &answer), EB_OK);
    assert_int_equal(hear(w, A, &answer), EB_OK);
    assert_int_equal(hear(w, A, &answer), EB_ERR_REPLAY);
    for (size_t i = 0; i < N + 1; i++) /* all of A's second chain but the last dropped; then one more behind its end */
        assert_int_equal(say(w, A, &m[i]), EB_OK);
    assert_int_equal(hear(w, B, &m[0]), EB_OK);
    assert_int_equal(say(w, B, &answer), EB_OK);
    assert_int_equal(hear(w, A, &answer), EB_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(say(w, A, &m[N + i]),
                         EB_OK); /* N dropped before this chain; its first is within the bound, its second not */
    assert_int_equal(hear(w, B, &m[N + 1]), EB_ERR_SKIP);
    assert_int_equal(hear(w, B, &m[N]), EB_OK);
    assert_int_equal(hear(w, B, &m[N + 1]), EB_OK);
    assert_int_equal(hear(w, B, &m[2]), EB_OK);
    assert_int_equal(hear(w, B, &m[2]), EB_ERR_SKIP); /* of a chain that is over: taken for one to come */
    free(m);
}

static void no_more_are_skipped_than_kept(void **state)
{
    (void)state;
    on_each(bound, "none", false);
}

/* A deposited key reads the first chain of a session as it goes by, and nothing after the recipient's first answer. */
static void tap(world *w)
{
    const eb_facts facts = {.subject = eb_range(w->pk[B], w->pair->ts.pk), .info = info, .sender = w->peer[A]};
    wire m;
    eb_link *tap = NULL, *late = NULL;
    start_links(w);
    assert_int_equal(eb_impersonate(w->pair, &tap, w->sk[B], &facts), EB_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(say(w, A, &m), EB_OK);
        assert_int_equal(hear_on(tap, &m), EB_OK);
        assert_int_equal(hear(w, B, &m), EB_OK);
    }
    assert_int_equal(eb_impersonate(w->pair, &late, w->sk[B], &facts), EB_OK);
    assert_int_equal(hear_on(late, &m), EB_OK); /* from its third message on */
    eb_link_end(late);
    assert_int_equal(say(w, B, &m), EB_OK); /* the answer is not for the tap */
    assert_true(hear_on(tap, &m) != EB_OK);
    assert_int_equal(hear(w, A, &m), EB_OK);
    assert_int_equal(say(w, A, &m), EB_OK);
    assert_true(hear_on(tap, &m) != EB_OK);
    assert_int_equal(hear(w, B, &m), EB_OK);
    eb_link_end(tap);
}

static void a_deposit_reaches_the_first_chain(void **state)
{
    (void)state;
    on_each(tap, "archive", false);
}

/* ---- broken ratchets ---- */

static const eb_transport *real;
static char reason[GT_DETAIL];

static void on_failure(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    if (reason[0] == '\0')
        snprintf(reason, sizeof reason, "%s", detail);
}

static gt_outcome judged(const char *gate, const eb_transport *t)
{
    gt_log log = {.failed = on_failure};
    char why[GT_DETAIL];
    const gt_subject subject = {.pair = {.backend = eb_backend_find("sodium"),
                                         .transport = t,
                                         .suite = eb_suite_find("x25519"),
                                         .escrow = eb_escrow_find("none")}};
    reason[0] = '\0';
    return gt_run_gate(gt_gate_find(gate), &subject, &log, why);
}

static void caught(const eb_transport *t, const char *text)
{
    assert_int_equal(judged("roundtrip", t), GT_FAILED);
    if (strstr(reason, text) == NULL)
        fail_msg("the gate says \"%s\", not \"%s\"", reason, text);
}

/* Opens the same message again: what was committed is thrown away. */
static eb_status forgetful_commit(const eb_binding *b, void *session, void *pending)
{
    (void)session;
    real->abort(b, pending);
    return EB_OK;
}

/* A forgery moves the session. */
static eb_status rash_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                           eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->open(b, session, pending, seq, aad, body, plaintext);
    if (s == EB_ERR_AUTH)
        assert_int_equal(real->commit(b, (void *)(uintptr_t)session, pending), EB_OK);
    return s;
}

static void gates_catch_broken_ratchets(void **state)
{
    (void)state;
    real = eb_transport_find("ratchet");
    eb_transport t = *real;
    assert_int_equal(judged("roundtrip", &t), GT_PASSED);
    t.commit = forgetful_commit;
    caught(&t, "again");
    t = *real;
    t.open = rash_open;
    caught(&t, "of turn 0, in its turn");
    t = *real;
    t.skips--; /* opens one that it says it does not */
    caught(&t, "one may overtake 999");
    t = *real;
    t.skips++;
    caught(&t, "one may overtake 1001");
}

static int start(void **state)
{
    char why[200];
    (void)state;
    return eb_start(why, sizeof why) == EB_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_the_specifications),
        cmocka_unit_test(malformed_bundles),
        cmocka_unit_test(low_order),
        cmocka_unit_test(refusals_move_nothing),
        cmocka_unit_test(what_is_given_up),
        cmocka_unit_test(hello_until_the_answer),
        cmocka_unit_test(kept_keys),
        cmocka_unit_test(no_more_are_skipped_than_kept),
        cmocka_unit_test(a_deposit_reaches_the_first_chain),
        cmocka_unit_test(gates_catch_broken_ratchets),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
