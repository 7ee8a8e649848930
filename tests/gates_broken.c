/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implementations that are broken in one known way each, made of the real ones, and the gate that must catch it; and the
 * real ones, which must pass all gates.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gates/gates.h"
#include "bench/gates/log.h"
#include "bench/gates/memo.h"
#include "escrowbench/registry.h"

/* ---- running a gate on a subject ---- */

typedef struct heard {
    char first[GT_DETAIL]; /* failure */
    gt_finding findings[8];
    size_t count;
} heard;

static heard last;

static void on_failure(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    if (last.first[0] == '\0')
        snprintf(last.first, sizeof last.first, "%s", detail);
}

static void on_finding(void *user, const char *gate, const char *subject, const gt_finding *f)
{
    (void)user, (void)gate, (void)subject;
    if (last.count < sizeof last.findings / sizeof last.findings[0])
        last.findings[last.count++] = *f;
}

static gt_outcome outcome_of(const char *gate, const gt_subject *subject, bool sparse)
{
    gt_log log = {.failed = on_failure, .found = on_finding, .sparse = sparse};
    char why[GT_DETAIL];
    last = (heard){0};
    const gt_gate *g = gt_gate_find(gate);
    assert_non_null(g);
    return gt_run_gate(g, subject, &log, why);
}

static gt_outcome outcome(const char *gate, const gt_subject *subject)
{
    return outcome_of(gate, subject, false);
}

/* The gate fails, and for the reason that was planted; with the samples that it takes under an emulator too. */
static void assert_caught(const char *gate, const gt_subject *subject, const char *reason)
{
    /* `last` is that of the whole gate; but under an emulator nobody runs it whole. */
    const int least = getenv("SHORT") != NULL ? 1 : 0;
    for (int sparse = 1; sparse >= least; sparse--) {
        if (outcome_of(gate, subject, sparse) != GT_FAILED)
            fail_msg("%s, %s: not caught (%s)", gate, sparse ? "sparse" : "whole", reason);
        if (strstr(last.first, reason) == NULL)
            fail_msg("%s says \"%s\", not \"%s\"", gate, last.first, reason);
    }
}

static void assert_passes(const char *gate, const gt_subject *subject)
{
    const gt_outcome o = outcome(gate, subject);
    if (o != GT_PASSED)
        fail_msg("%s: outcome %d: %s", gate, (int)o, last.first);
}

static gt_subject pair_of(const char *backend, const char *transport, const char *escrow, const char *suite)
{
    const eb_escrow *e = eb_escrow_find(escrow);
    const bool some = e->kind != EB_KIND_NONE;
    return (gt_subject){.pair = {.backend = eb_backend_find(backend),
                                 .transport = eb_transport_find(transport),
                                 .suite = eb_suite_find(suite),
                                 .escrow = e,
                                 .escrow_suite = some ? eb_suite_find(suite) : NULL,
                                 .agents = !some      ? 0
                                           : e->split ? 3
                                                      : 1,
                                 .threshold = !some      ? 0
                                              : e->split ? 2
                                                         : 1}};
}

static int start(void **state)
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

/* ---- broken transports ---- */

/* Wrappers have no argument for what they wrap. */
static const eb_transport *real;
static uint8_t secret_seen[EB_MAX_SECRET]; /* of the message that was last looked at */
static bool sealed[2048];                  /* lengths of the bodies that were sealed */

static eb_transport broken(const char *id)
{
    real = eb_transport_find(id);
    assert_non_null(real);
    return *real;
}

static eb_status spying_peek(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes header,
                             uint8_t *secret)
{
    const eb_status s = real->peek(b, session, pending, seq, header, secret_seen);
    if (s == EB_OK && secret != NULL)
        memcpy(secret, secret_seen, b->aead->key_len + b->aead->nonce_len);
    return s;
}

static eb_status measuring_finish(const eb_binding *b, void *session, void *pending, uint64_t seq, eb_bytes aad,
                                  eb_bytes plaintext, eb_buf *body)
{
    const eb_status s = real->finish(b, session, pending, seq, aad, plaintext, body);
    assert_true(body->len < sizeof sealed);
    sealed[body->len] = true;
    return s;
}

/* What the ciphertext holds, whatever the tag says: both AEADs are stream ciphers, and the ciphertext of zeros is the
   key stream. For messages that stand alone. */
static void decrypt_anyway(const eb_binding *b, const uint8_t *secret, eb_bytes body, eb_buf *plaintext)
{
    uint8_t stream[2048] = {0};
    const size_t len = body.len > b->aead->tag_len ? body.len - b->aead->tag_len : 0;
    assert_true(len + b->aead->tag_len <= sizeof stream && len <= plaintext->cap);
    assert_int_equal(b->aead->set_key(b->aead_ctx, secret), EB_OK);
    assert_int_equal(
        b->aead->seal(b->aead_ctx, stream, secret + b->aead->key_len, (eb_bytes){0}, eb_range(stream, len)), EB_OK);
    for (size_t i = 0; i < len; i++)
        plaintext->ptr[i] = body.ptr[i] ^ stream[i];
    plaintext->len = len;
}

static eb_status tagless_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                              eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->open(b, session, pending, seq, aad, body, plaintext);
    if (s != EB_ERR_AUTH)
        return s;
    decrypt_anyway(b, secret_seen, body, plaintext);
    return EB_OK;
}

static eb_status tagless_recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header,
                                 eb_bytes aad, eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->recover(b, secret, seq, header, aad, body, plaintext);
    if (s != EB_ERR_AUTH)
        return s;
    decrypt_anyway(b, secret, body, plaintext);
    return EB_OK;
}

static void tag_ignored(void **state)
{
    (void)state;
    eb_transport t = broken("hpke");
    t.peek = spying_peek;
    t.open = tagless_open;
    gt_subject s = pair_of("sodium", "hpke", "none", "x25519");
    s.pair.transport = &t;
    assert_passes("roundtrip", &s);
    assert_caught("rejects", &s, "accepted");
}

static eb_status leaking_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                              eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->open(b, session, pending, seq, aad, body, plaintext);
    if (s == EB_ERR_AUTH && body.len >= b->aead->tag_len) {
        decrypt_anyway(b, secret_seen, body, plaintext);
        plaintext->len = 0;
    }
    return s;
}

static void plaintext_left_behind(void **state)
{
    (void)state;
    eb_transport t = broken("hpke");
    t.peek = spying_peek;
    t.open = leaking_open;
    gt_subject s = pair_of("openssl", "hpke", "none", "p256");
    s.pair.transport = &t;
    assert_passes("roundtrip", &s);
    assert_caught("rejects", &s, "not zeroed");
}

static eb_status cut_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                          eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->open(b, session, pending, seq, aad, body, plaintext);
    if (s != EB_ERR_AUTH || sealed[body.len])
        return s;
    decrypt_anyway(b, secret_seen, body, plaintext);
    return EB_OK;
}

static void cut_bodies_accepted(void **state)
{
    (void)state;
    memset(sealed, 0, sizeof sealed);
    eb_transport t = broken("hpke");
    t.peek = spying_peek;
    t.finish = measuring_finish;
    t.open = cut_open;
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    s.pair.transport = &t;
    assert_caught("rejects", &s, "message cut to");
}

static eb_status long_finish(const eb_binding *b, void *session, void *pending, uint64_t seq, eb_bytes aad,
                             eb_bytes plaintext, eb_buf *body)
{
    const eb_status s = real->finish(b, session, pending, seq, aad, plaintext, body);
    body->ptr[body->len] = 0;
    return s;
}

static void one_byte_too_far(void **state)
{
    (void)state;
    eb_transport t = broken("hpke");
    t.finish = long_finish;
    gt_subject s = pair_of("sodium", "hpke", "none", "x25519");
    s.pair.transport = &t;
    assert_caught("roundtrip", &s, "outside of a buffer");
}

/* The recipient counts what it refused: the nonces of the two sides part. */
static uint64_t refused;

static eb_status counting_open(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes aad,
                               eb_bytes body, eb_buf *plaintext)
{
    const eb_status s = real->open(b, session, pending, seq + refused, aad, body, plaintext);
    refused += s == EB_ERR_AUTH;
    return s;
}

static eb_status counting_start(const eb_binding *b, void *session, eb_role role, const void *own,
                                const void *const *peers, const uint8_t *coins, eb_bytes info)
{
    refused = 0;
    return real->start(b, session, role, own, peers, coins, info);
}

static void state_moved_by_a_forgery(void **state)
{
    (void)state;
    eb_transport t = broken("hpke-stream");
    t.start = counting_start;
    t.open = counting_open;
    gt_subject s = pair_of("openssl", "hpke-stream", "none", "x25519");
    s.pair.transport = &t;
    assert_caught("rejects", &s, "does not open after those that were refused");
    assert_caught("roundtrip", &s, "in its turn");
}

/* The message secret travels behind the header: a wire tap under the name of no escrow. */
static eb_transport_sizes tapped_sizes(const eb_binding *b)
{
    eb_transport_sizes s = real->sizes(b);
    s.header_max += s.secret;
    return s;
}

static size_t tap(const eb_binding *b)
{
    return real->sizes(b).secret;
}

static eb_status tapped_begin(const eb_binding *b, void *session, void *pending, uint64_t seq, const uint8_t *coins,
                              eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    const eb_status s = real->begin(b, session, pending, seq, coins, plaintext, secret, header, fresh);
    if (s == EB_OK) {
        memcpy(header->ptr + header->len, secret, tap(b));
        header->len += tap(b);
    }
    return s;
}

static eb_status tapped_split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *header_len, bool *fresh)
{
    const eb_status s = real->split(b, seq, wire, header_len, fresh);
    *header_len += tap(b);
    return s;
}

static eb_status tapped_peek(const eb_binding *b, const void *session, void *pending, uint64_t seq, eb_bytes header,
                             uint8_t *secret)
{
    return real->peek(b, session, pending, seq, eb_range(header.ptr, header.len - tap(b)), secret);
}

static void secret_on_the_wire(void **state)
{
    (void)state;
    eb_transport t = broken("hpke");
    t.sizes = tapped_sizes;
    t.begin = tapped_begin;
    t.split = tapped_split;
    t.peek = tapped_peek;
    gt_subject s = pair_of("sodium", "hpke", "none", "x25519");
    s.pair.transport = &t;
    assert_passes("roundtrip", &s);
    assert_caught("nobody", &s, "the message secret is in what travels");
    assert_passes("rejects", &s); /* the copy is ignored: bits of it are a finding */
    assert_int_equal(last.count, 1);
    assert_string_equal(last.findings[0].field, "header");
    assert_true(last.findings[0].accepted >= (uint64_t)8 * 44 && last.findings[0].tried >= (uint64_t)8 * (32 + 44));
}

/* ---- broken escrows ---- */

static const eb_escrow *genuine;

static eb_escrow broken_escrow(const char *id)
{
    genuine = eb_escrow_find(id);
    assert_non_null(genuine);
    return *genuine;
}

static const uint8_t no_header[EB_DIGEST];

static eb_status unbound_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                                 const uint8_t *secret, eb_context c)
{
    c.header = no_header;
    return genuine->capsule(b, authority, capsule, coins, secret, c);
}

static eb_status unbound_combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                                 eb_context c, const eb_answer *answers)
{
    c.header = no_header;
    return genuine->combine(b, authority, secret, capsule, c, answers);
}

static void capsule_not_bound(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("master");
    e.capsule = unbound_capsule;
    e.combine = unbound_combine;
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    s.pair.escrow = &e;
    assert_passes("roundtrip", &s);
    assert_passes("rejects", &s); /* the body's associated data still holds the capsule's digest */
    assert_caught("access", &s, "the capsule of another message");
}

/* A rewrap that hands the old capsule on: the same secret always gives the capsule that it gave first. */
static uint8_t first_secret[EB_MAX_SECRET], first_capsule[512];
static bool first_made;

static eb_status stale_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                               const uint8_t *secret, eb_context c)
{
    const size_t len = genuine->sizes(b).capsule;
    const bool seen = first_made && memcmp(secret, first_secret, b->params.secret_len) == 0;
    assert_true(len <= sizeof first_capsule);
    if (seen)
        memcpy(capsule, first_capsule, len);
    const eb_status s = seen ? EB_OK : genuine->capsule(b, authority, capsule, coins, secret, c);
    if (!first_made && s == EB_OK) {
        memcpy(first_secret, secret, b->params.secret_len);
        memcpy(first_capsule, capsule, len);
        first_made = true;
    }
    return s;
}

static void old_capsules_handed_on(void **state)
{
    static const char *const of_each_kind[] = {"master", "archive", "provider"};
    (void)state;
    for (size_t i = 0; i < sizeof of_each_kind / sizeof of_each_kind[0]; i++) {
        eb_escrow e = broken_escrow(of_each_kind[i]);
        e.capsule = stale_capsule;
        gt_subject s = pair_of("openssl", "hpke", of_each_kind[i], "x25519");
        s.pair.escrow = &e;
        first_made = false;
        assert_caught("access", &s, "of a rewrapped capsule");
    }
}

/* A polynomial of one degree less: t-1 shares are enough for those who try. */
static eb_status generous_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    eb_binding lower = *b;
    lower.params.threshold--;
    return genuine->setup(&lower, pub, agents, coins);
}

static eb_status generous_load(const eb_binding *b, void *authority, const uint8_t *pub, const uint8_t *link)
{
    eb_binding lower = *b;
    lower.params.threshold--;
    return genuine->load_authority(&lower, authority, pub, link);
}

static void fewer_are_enough(void **state)
{
    (void)state;
    static const char *const ids[] = {"shamir", "threshold"};
    for (size_t i = 0; i < 2; i++) {
        eb_escrow e = broken_escrow(ids[i]);
        e.setup = generous_setup;
        e.load_authority = generous_load;
        gt_subject s = pair_of("openssl", "hpke", ids[i], "p256");
        s.pair.escrow = &e;
        s.pair.agents = 5;
        s.pair.threshold = 3;
        assert_caught("access", &s, "as if t-1 were enough");
    }
}

static eb_status trusting_verify(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context c,
                                 eb_answer answer)
{
    (void)b, (void)authority, (void)capsule, (void)c, (void)answer;
    return EB_OK;
}

static void liars_not_named(void **state)
{
    (void)state;
    static const char *const ids[] = {"shamir", "threshold"};
    for (size_t i = 0; i < 2; i++) {
        eb_escrow e = broken_escrow(ids[i]);
        e.verify = trusting_verify;
        gt_subject s = pair_of("openssl", "hpke", ids[i], "p256");
        s.pair.escrow = &e;
        assert_caught("access", &s, "");
        assert_caught("answers", &s, "passes for honest");
    }
}

static eb_status trusting_batch(const eb_binding *b, const void *authority, const eb_item *items, size_t count,
                                eb_answer answer)
{
    (void)b, (void)authority, (void)items, (void)count, (void)answer;
    return EB_OK;
}

static eb_status trusting_lasting(const eb_binding *b, const void *authority, eb_context context, eb_answer answer)
{
    (void)b, (void)authority, (void)context, (void)answer;
    return EB_OK;
}

/* In bulk answers are judged by functions of their own. */
static void liars_in_bulk_not_named(void **state)
{
    (void)state;
    static const char *const ids[] = {"threshold", "threshold-cca", "shamir"};
    for (size_t i = 0; i < 3; i++) {
        eb_escrow e = broken_escrow(ids[i]);
        gt_subject s = pair_of("openssl", "hpke", ids[i], "p256");
        s.pair.escrow = &e;
        assert_passes("bulk", &s);
        eb_batch batch = e.batch != NULL ? *e.batch : (eb_batch){0};
        eb_lasting lasting = e.lasting != NULL ? *e.lasting : (eb_lasting){0};
        batch.verify = trusting_batch;
        lasting.verify = trusting_lasting;
        e.batch = e.batch != NULL ? &batch : NULL;
        e.lasting = e.lasting != NULL ? &lasting : NULL;
        assert_passes("access", &s);
        assert_caught("bulk", &s, "in bulk: not named");
    }
}

static eb_status any_unlock(const eb_binding *b, uint8_t *key, const eb_answer *answers)
{
    memcpy(key, answers[0].partial, b->dh->sk_len);
    return EB_OK;
}

/* What agents hand over opens nothing. */
static void keys_that_do_not_fit(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("shamir");
    eb_lasting lasting = *e.lasting;
    lasting.unlock = any_unlock;
    e.lasting = &lasting;
    gt_subject s = pair_of("openssl", "hpke", "shamir", "p256");
    s.pair.escrow = &e;
    assert_caught("bulk", &s, "any t agents, in bulk");
}

/* A key that opens more, or less, than the escrow says. */
static void reach_not_as_declared(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("shamir");
    eb_lasting lasting = *e.lasting;
    e.lasting = &lasting;
    gt_subject s = pair_of("openssl", "hpke", "shamir", "p256");
    s.pair.escrow = &e;
    lasting.all_users = false;
    assert_caught("bulk", &s, "another user's message");
    lasting.all_users = true;
    lasting.all_epochs = false;
    assert_caught("bulk", &s, "a message of another epoch");
    e = broken_escrow("epoch");
    lasting = *e.lasting;
    e.lasting = &lasting;
    s = pair_of("openssl", "hpke", "epoch", "p256");
    s.pair.escrow = &e;
    lasting.all_epochs = true;
    assert_caught("bulk", &s, "a message of another epoch");
}

/* Every capsule is the same: the check cannot tell one from another. */
static eb_status blank_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                               const uint8_t *secret, eb_context c)
{
    const eb_status s = genuine->capsule(b, authority, capsule, coins, secret, c);
    memset(capsule, 9, genuine->sizes(b).capsule);
    return s;
}

/* A secret from anything: nothing is authenticated. */
static eb_status careless_combine(const eb_binding *b, const void *authority, uint8_t *secret, const uint8_t *capsule,
                                  eb_context c, const eb_answer *answers)
{
    if (genuine->combine(b, authority, secret, capsule, c, answers) != EB_OK)
        memset(secret, 0x11, b->params.secret_len);
    return EB_OK;
}

static void capsules_all_alike(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("master");
    e.capsule = blank_capsule;
    e.combine = careless_combine;
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    s.pair.escrow = &e;
    assert_caught("check", &s, "check of");
}

static eb_status unsteady_capsule(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                                  const uint8_t *secret, eb_context c)
{
    static uint8_t count;
    uint8_t other[64];
    memcpy(other, coins, genuine->sizes(b).capsule_coins);
    other[0] = ++count;
    return genuine->capsule(b, authority, capsule, other, secret, c);
}

static void capsule_not_from_its_coins(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("master");
    e.capsule = unsteady_capsule;
    gt_subject s = pair_of("openssl", "hpke", "master", "p256");
    s.pair.escrow = &e;
    assert_caught("check", &s, "check of an honest message");
}

static void nothing_authenticated_at_access(void **state)
{
    (void)state;
    eb_transport t = broken("hpke");
    eb_escrow e = broken_escrow("master");
    t.recover = tagless_recover;
    e.combine = careless_combine;
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    s.pair.transport = &t;
    s.pair.escrow = &e;
    assert_caught("capsules", &s, "opened to something else");
    assert_caught("answers", &s, "opened to something else");
    assert_caught("authority", &s, "opened to something else");
    assert_int_equal(outcome("access", &s), GT_FAILED);
}

/* Public data that is refused is taken for what was set up: consistent, but not what was given. */
static uint8_t pub_set_up[1024];

static eb_status noting_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const eb_status s = genuine->setup(b, pub, agents, coins);
    memcpy(pub_set_up, pub, genuine->sizes(b).pub);
    return s;
}

static eb_status lenient_load(const eb_binding *b, void *authority, const uint8_t *pub, const uint8_t *link)
{
    const eb_status s = genuine->load_authority(b, authority, pub, link);
    return s == EB_OK ? s : genuine->load_authority(b, authority, pub_set_up, link);
}

static void public_data_not_looked_at(void **state)
{
    (void)state;
    gt_subject s = pair_of("openssl", "hpke", "threshold", "p256");
    assert_passes("authority", &s);
    assert_int_equal(last.count, 0); /* every bit of what the real one publishes is checked */
    eb_escrow e = broken_escrow("threshold");
    e.setup = noting_setup;
    e.load_authority = lenient_load;
    e.audit = NULL;
    s.pair.escrow = &e;
    assert_passes("authority", &s);
    assert_int_equal(last.count, 2);
    assert_true(last.findings[0].accepted == last.findings[0].tried && last.findings[0].tried == (uint64_t)8 * 65);
    assert_true(last.findings[1].accepted == last.findings[1].tried);
}

/* A recipient's check that likes everything, and a service that likes nothing. */
static eb_status blind_check(const eb_binding *b, const void *authority, const uint8_t *capsule, const uint8_t *secret,
                             eb_context context)
{
    (void)b, (void)authority, (void)capsule, (void)secret, (void)context;
    return EB_OK;
}

static eb_status sour_inspect(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context context)
{
    (void)b, (void)authority, (void)capsule, (void)context;
    return EB_ERR_AUTH;
}

static eb_status sweet_inspect(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context context)
{
    (void)b, (void)authority, (void)capsule, (void)context;
    return EB_OK;
}

static void rogues_not_noticed(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("threshold-cca");
    gt_subject s = pair_of("openssl", "hpke", "threshold-cca", "p256");
    s.pair.escrow = &e;
    assert_passes("rogues", &s);
    e.check = blind_check;
    assert_caught("rogues", &s, "check says ok");
    assert_caught("check", &s, "accepted");
    e.check = NULL;
    e.inspect = sour_inspect;
    assert_caught("rogues", &s, "an honest sender");
    e.inspect = sweet_inspect;
    assert_caught("rogues", &s, "rogue: garbage: inspect says ok");
}

/* A search that returns what it started from, and one that returns the honest capsule. */
static eb_status lazy_forge(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                            const uint8_t *secret, eb_context context, uint64_t limit, uint64_t *tries)
{
    (void)b, (void)authority, (void)secret, (void)context, (void)limit;
    memcpy(capsule, coins, 16);
    *tries = 1;
    return EB_OK;
}

static eb_status honest_forge(const eb_binding *b, const void *authority, uint8_t *capsule, const uint8_t *coins,
                              const uint8_t *secret, eb_context context, uint64_t limit, uint64_t *tries)
{
    (void)limit;
    *tries = 1;
    return genuine->capsule(b, authority, capsule, coins, secret, context);
}

static void forgeries_that_are_none(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("clipper");
    gt_subject s = pair_of("sodium", "clipper", "clipper", "x25519");
    s.pair.agents = s.pair.threshold = 2;
    s.pair.escrow = &e;
    assert_passes("check", &s);
    e.forge = lazy_forge;
    assert_caught("check", &s, "a forged capsule");
    e.forge = honest_forge;
    assert_caught("check", &s, "the honest capsule as a forged one");
}

/* Agents who take whatever they get at enrolment. */
static eb_status easy_accept(const eb_binding *b, const void *authority, const void *agent, unsigned index,
                             const uint8_t *capsule, eb_context context)
{
    (void)b, (void)authority, (void)agent, (void)index, (void)capsule, (void)context;
    return EB_OK;
}

static void deposits_not_looked_at(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("fair");
    gt_subject s = pair_of("openssl", "hpke", "fair", "p256");
    s.pair.escrow = &e;
    assert_passes("capsules", &s);
    e.accept = easy_accept;
    assert_caught("capsules", &s, "is taken by all");
}

/* What was released for one epoch opens another, though the escrow does not say so. */
static void silently_timeless(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("clipper");
    gt_subject s = pair_of("sodium", "clipper", "clipper", "x25519");
    s.pair.agents = s.pair.threshold = 2;
    s.pair.escrow = &e;
    assert_passes("access", &s);
    e.timeless = false;
    assert_caught("access", &s, "in the name of another epoch");
}

/* ---- culprits who go free ---- */

static eb_status blaming_verify(const eb_binding *b, const void *authority, const uint8_t *capsule, eb_context c,
                                eb_answer answer)
{
    (void)b, (void)authority, (void)capsule, (void)c;
    return answer.index == 1 || answer.index == 2 ? EB_ERR_AUTH : EB_OK;
}

static eb_status easy_audit(const eb_binding *b, const uint8_t *pub)
{
    (void)b, (void)pub;
    return EB_OK;
}

/* Dealers who do not say whom they caught. */
static eb_status discreet_setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const eb_status s = genuine->setup(b, pub, agents, coins);
    *b->complaint = (eb_complaint){0};
    return s;
}

static void culprits_who_go_free(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("threshold");
    gt_subject s = pair_of("openssl", "hpke", "threshold", "p256");
    s.pair.escrow = &e;
    assert_passes("cheats", &s);
    e.verify = trusting_verify;
    assert_caught("cheats", &s, "the liar is not named");
    e.verify = blaming_verify;
    assert_caught("cheats", &s, "nobody cheats");
    e.verify = genuine->verify;
    e.audit = easy_audit;
    assert_caught("cheats", &s, "the audit passes it");
    s = pair_of("openssl", "hpke", "threshold-dkg", "p256");
    e = broken_escrow("threshold-dkg");
    s.pair.escrow = &e;
    assert_passes("cheats", &s);
    e.setup = discreet_setup;
    assert_caught("cheats", &s, "no dealer is named");
    s = pair_of("openssl", "hpke", "fair", "p256");
    e = broken_escrow("fair");
    s.pair.escrow = &e;
    assert_passes("cheats", &s);
    e.accept = easy_accept;
    assert_caught("cheats", &s, "agents refuse it");
}

/* ---- broken upkeep ---- */

/* New shares of a new key. */
static eb_status rekeying_refresh(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                                  const uint8_t *old_agents, const uint8_t *coins)
{
    (void)old_pub, (void)old_agents, (void)coins;
    uint8_t other_coins[2048];
    assert_true(genuine->sizes(b).setup_coins <= sizeof other_coins);
    for (size_t i = 0; i < sizeof other_coins; i++)
        other_coins[i] = (uint8_t)(37 * i + 11 + i / 256);
    return genuine->setup(b, pub, agents, other_coins);
}

static eb_status rekeying_reshare(const eb_binding *to, uint8_t *pub, uint8_t *agents, const eb_binding *b,
                                  const uint8_t *old_pub, const eb_answer *old, const uint8_t *coins)
{
    (void)b, (void)old;
    return rekeying_refresh(to, pub, agents, old_pub, NULL, coins);
}

/* The shares of before. */
static eb_status idle_refresh(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                              const uint8_t *old_agents, const uint8_t *coins)
{
    (void)coins;
    const eb_escrow_sizes z = genuine->sizes(b);
    memcpy(pub, old_pub, z.pub);
    memcpy(agents, old_agents, b->params.agents * z.agent_secret);
    return EB_OK;
}

/* Capsules that are bound to the images of the day. */
static eb_escrow_sizes day_sizes(const eb_binding *b)
{
    eb_escrow_sizes z = genuine->sizes(b);
    z.pub_lasting = 0;
    return z;
}

static void upkeep_that_loses_messages(void **state)
{
    (void)state;
    gt_subject s = pair_of("openssl", "hpke", "threshold-dkg", "p256");
    eb_escrow e = broken_escrow("threshold-dkg");
    s.pair.escrow = &e;
    assert_passes("upkeep", &s);
    e.refresh = rekeying_refresh;
    assert_caught("upkeep", &s, "after a refresh: capsules are bound to something else");
    e.refresh = idle_refresh;
    assert_caught("upkeep", &s, "has the same secret after a refresh");
    e.refresh = genuine->refresh;
    e.reshare = rekeying_reshare;
    assert_caught("upkeep", &s, "after a reshare: capsules are bound to something else");
    e.reshare = genuine->reshare;
    e.sizes = day_sizes;
    assert_caught("upkeep", &s, "after a refresh: capsules are bound to something else");
    e.sizes = genuine->sizes;
    e.verify = trusting_verify;
    assert_caught("upkeep", &s, "of another day 0 are named lies");
}

/* One library refreshes with coins of its own. */
static eb_status partisan_refresh(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *old_pub,
                                  const uint8_t *old_agents, const uint8_t *coins)
{
    uint8_t own[1024];
    const size_t len = genuine->sizes(b).refresh_coins;
    assert_true(len <= sizeof own);
    memcpy(own, coins, len);
    own[0] ^= strcmp(b->backend->id, "mbedtls") == 0;
    return genuine->refresh(b, pub, agents, old_pub, old_agents, own);
}

static void upkeep_that_differs_by_library(void **state)
{
    (void)state;
    const eb_backend *const both[] = {eb_backend_find("openssl"), eb_backend_find("mbedtls"), NULL};
    gt_subject s = pair_of("openssl", "hpke", "threshold-dkg", "p256");
    eb_escrow e = broken_escrow("threshold-dkg");
    s.pair.escrow = &e;
    s.backends = both;
    assert_passes("agree", &s);
    e.refresh = partisan_refresh;
    assert_caught("agree", &s, "refreshed public data: openssl and mbedtls make different bytes");
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is eb_escrow's */
static eb_status oblivious_puncture(const eb_binding *b, uint8_t *agent, const uint8_t *user, uint64_t epoch)
{
    (void)b, (void)agent, (void)user, (void)epoch;
    return EB_OK;
}

/* A puncture that forgets all. */
static eb_status thorough_puncture(const eb_binding *b, uint8_t *agent, const uint8_t *user, uint64_t epoch)
{
    (void)user, (void)epoch;
    memset(agent + b->sig->sk_len, 0, genuine->sizes(b).agent_secret - b->sig->sk_len);
    return EB_OK;
}

static void punctures_that_forget_nothing_or_all(void **state)
{
    (void)state;
    gt_subject s = pair_of("openssl", "hpke", "epoch", "x25519");
    eb_escrow e = broken_escrow("epoch");
    s.pair.escrow = &e;
    assert_passes("upkeep", &s);
    e.puncture = oblivious_puncture;
    assert_caught("upkeep", &s, "after puncturing this epoch: access is opened");
    e.puncture = thorough_puncture;
    assert_caught("upkeep", &s, "after puncturing another user's or epoch: access is refused");
}

/* A transport that authenticates nothing, and does not say so. */
static void silently_malleable(void **state)
{
    (void)state;
    eb_transport t = broken("clipper");
    gt_subject s = pair_of("sodium", "clipper", "none", "x25519");
    s.pair.transport = &t;
    assert_passes("rejects", &s);
    t.lacks &= ~(unsigned)EB_LACKS_AUTH;
    assert_caught("rejects", &s, "accepted");
}

/* An escrow that calls itself none, and is not. */
static void none_that_is_some(void **state)
{
    (void)state;
    eb_escrow e = broken_escrow("master");
    e.id = e.family = "none";
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    s.pair.escrow = &e;
    assert_caught("nobody", &s, "not of kind none");
    e.kind = EB_KIND_NONE;
    assert_caught("nobody", &s, "has functions");
}

/* ---- broken backends ---- */

enum { MAX_PRIMS = 32 };

/* A library of which one primitive is another one. */
static eb_backend replaced(const eb_backend *b, const eb_prim **prims, const eb_prim *other)
{
    size_t n = 0;
    bool found = false;
    for (; b->prims[n] != NULL; n++) {
        assert_true(n < MAX_PRIMS);
        const bool this_one = b->prims[n]->cls == other->cls && strcmp(b->prims[n]->id, other->id) == 0;
        prims[n] = this_one ? other : b->prims[n];
        found = found || this_one;
    }
    assert_true(found);
    prims[n] = NULL;
    eb_backend copy = *b;
    copy.prims = prims;
    return copy;
}

static const eb_prim *prim_of(const eb_backend *b, eb_class cls, const char *id)
{
    for (size_t i = 0; b->prims[i] != NULL; i++)
        if (b->prims[i]->cls == cls && strcmp(b->prims[i]->id, id) == 0)
            return b->prims[i];
    fail();
    return NULL;
}

static const eb_aead *real_aead;
static const eb_mac *real_mac;
static const eb_dh *real_dh;

/* Another tag, of which only this library knows. */
static eb_status own_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    const eb_status s = real_aead->seal(ctx, ct, nonce, ad, pt);
    ct[pt.len + real_aead->tag_len - 1] ^= 1;
    return s;
}

static eb_status own_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    uint8_t copy[4096];
    assert_true(ct.len <= sizeof copy);
    if (ct.len > 0) {
        memcpy(copy, ct.ptr, ct.len);
        copy[ct.len - 1] ^= 1;
    }
    return real_aead->open(ctx, pt, nonce, ad, eb_range(copy, ct.len));
}

static eb_status own_mac(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    const eb_status s = real_mac->compute(ctx, tag, parts, n);
    tag[0] ^= 0x80;
    return s;
}

static void other_bytes(const eb_backend *odd)
{
    const eb_backend *const both[] = {odd, eb_backend_find("sodium"), NULL};
    gt_subject one = {.pair = {.backend = odd}};
    gt_subject all = pair_of("openssl", "hpke", "master", "x25519");
    all.backends = both;
    assert_int_equal(outcome("vectors", &one), GT_FAILED);
    assert_caught("agree", &all, "different bytes");
    gt_subject alone = pair_of("openssl", "hpke", "master", "x25519");
    alone.pair.backend = odd;
    assert_passes("rejects", &alone); /* by itself it looks sound */
    assert_passes("access", &alone);
}

static void tag_of_its_own(void **state)
{
    (void)state;
    const eb_prim *prims[MAX_PRIMS + 1];
    const eb_backend *b = eb_backend_find("openssl");
    real_aead = (const eb_aead *)(const void *)prim_of(b, EB_AEAD, "chacha20-poly1305");
    eb_aead odd = *real_aead;
    odd.seal = own_seal;
    odd.open = own_open;
    const eb_backend copy = replaced(b, prims, &odd.prim);
    other_bytes(&copy);
}

static void mac_of_its_own(void **state)
{
    (void)state;
    const eb_prim *prims[MAX_PRIMS + 1];
    const eb_backend *b = eb_backend_find("openssl");
    real_mac = (const eb_mac *)(const void *)prim_of(b, EB_MAC, "hmac-sha256");
    eb_mac odd = *real_mac;
    odd.compute = own_mac;
    const eb_backend copy = replaced(b, prims, &odd.prim);
    other_bytes(&copy);
}

/* Wrong now and then. */
static eb_status moody_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    static unsigned count;
    const eb_status s = real_dh->agree(ctx, ss, sk, pk);
    ss[0] ^= ++count % 5 == 0;
    return s;
}

static void moody(void **state)
{
    (void)state;
    const eb_prim *prims[MAX_PRIMS + 1];
    const eb_backend *b = eb_backend_find("sodium");
    real_dh = (const eb_dh *)(const void *)prim_of(b, EB_DH, "x25519");
    eb_dh odd = *real_dh;
    odd.agree = moody_agree;
    const eb_backend copy = replaced(b, prims, &odd.prim);
    gt_subject s = pair_of("sodium", "hpke", "none", "x25519");
    s.pair.backend = &copy;
    assert_int_equal(outcome("roundtrip", &s), GT_FAILED);
    assert_int_equal(outcome("rejects", &s), GT_FAILED);
}

/* ---- the real ones ---- */

static void all_pass(const gt_subject *pair)
{
    const gt_subject library = {.pair = {.backend = pair->pair.backend}};
    for (size_t i = 0; gt_gates[i] != NULL; i++) {
        const gt_gate *g = gt_gates[i];
        if (g->scope == GT_SCHEME || (g->concerns != NULL && !g->concerns(pair)))
            continue;
        assert_passes(g->id, g->scope == GT_BACKEND ? &library : pair);
    }
}

static void real_ones_pass(void **state)
{
    (void)state;
    const gt_subject pairs[] = {
        pair_of("sodium", "hpke", "shamir", "x25519"),
        pair_of("sodium", "hpke-stream", "none", "x25519"),
        pair_of("openssl", "hpke-auth", "threshold", "p256"),
        pair_of("mbedtls", "hpke-stream", "master", "p256"),
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        all_pass(&pairs[i]);
    const eb_backend *const both[] = {eb_backend_find("openssl"), eb_backend_find("mbedtls"), NULL};
    gt_subject all = pair_of("openssl", "hpke", "threshold", "p256");
    all.backends = both;
    assert_passes("agree", &all);
    all.backends = both + 1;
    assert_int_equal(outcome("agree", &all), GT_SKIPPED);
}

static eb_status spying_begin(const eb_binding *b, void *session, void *pending, uint64_t seq, const uint8_t *coins,
                              eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    const eb_status s = real->begin(b, session, pending, seq, coins, plaintext, secret, header, fresh);
    if (s == EB_OK)
        memcpy(secret_seen, secret, b->aead->key_len + b->aead->nonce_len);
    return s;
}

static eb_status knowing_recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header,
                                 eb_bytes aad, eb_bytes body, eb_buf *plaintext)
{
    (void)secret;
    return real->recover(b, secret_seen, seq, header, aad, body, plaintext);
}

/* What a format lacks is a finding for that format alone, and excuses nothing else. */
static void a_lack_is_no_licence(void **state)
{
    (void)state;
    gt_subject s = pair_of("sodium", "sealed-box", "none", "sealed-box");
    assert_passes("rejects", &s);
    assert_int_equal(last.count, 1); /* associated data and info: four and one, on two messages */
    assert_true(last.findings[0].accepted == 9 && last.findings[0].tried == 9);
    eb_transport t = broken("sealed-box");
    t.lacks = 0;
    s.pair.transport = &t;
    assert_caught("rejects", &s, "wrong associated data: accepted");
    s = pair_of("openssl", "imessage-2015", "none", "imessage");
    assert_passes("nobody", &s);
    t = broken("imessage-2015");
    t.lacks = 0;
    s.pair.transport = &t;
    assert_caught("nobody", &s, "a guessed secret opens the body");
    s = pair_of("sodium", "hpke", "none", "x25519");
    t = broken("hpke");
    t.lacks = EB_LACKS_PROOF;
    t.begin = spying_begin;
    t.recover = knowing_recover;
    s.pair.transport = &t;
    assert_caught("nobody", &s, "a guessed secret opens the body");
}

/* Under an emulator: of seven bytes or more one bit, and not the same one each time. */
static void a_sample_of_bits(void **state)
{
    (void)state;
    char why[GT_DETAIL];
    gt_log all = {.sparse = false}, some = {.sparse = true};
    const gt_subject s = pair_of("openssl", "hpke", "master", "p256");
    assert_int_equal(gt_run_gate(gt_gate_find("capsules"), &s, &all, why), GT_PASSED);
    assert_int_equal(gt_run_gate(gt_gate_find("capsules"), &s, &some, why), GT_PASSED);
    assert_true(some.checks > all.checks / 56 && some.checks < all.checks / 2);
    assert_int_equal(gt_next_bit(&all, 8, 64), 9);
    static const size_t lengths[] = {64, 281, 1000, 4096};
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        const size_t len = lengths[k], stride = gt_stride(&some, len);
        bool seen[8] = {false};
        size_t last_byte = 0;
        assert_int_equal(stride % 2, 1);
        assert_true(stride >= 7 && len / stride <= 42);
        for (size_t bit = gt_next_bit(&some, 0, len); bit < 8 * len; bit = gt_next_bit(&some, bit, len)) {
            assert_int_equal(bit / 8, last_byte + stride);
            last_byte = bit / 8;
            seen[bit % 8] = true;
        }
        for (size_t i = 0; i < 8; i++)
            assert_true(seen[i]);
    }
}

/* ---- a backend that remembers ---- */

static const eb_dh *dh_real;
static unsigned computed;
static bool fickle;

static eb_status counted_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    computed++;
    const eb_status s = dh_real->agree(ctx, ss, sk, pk);
    ss[0] ^= fickle;
    return s;
}

/* The agreement of fixed keys on a memo of the backend, `again` times or until it fails: how often it did not. */
static unsigned agreements(const eb_backend *b, unsigned again, uint8_t ss[EB_MAX_SK])
{
    const eb_dh *dh = (const eb_dh *)(const void *)prim_of(gt_memo(b), EB_DH, "x25519");
    void *ctx = test_calloc(1, dh->prim.ctx_size + 1), *sk = test_calloc(1, dh->key_size),
         *pk = test_calloc(1, dh->key_size);
    const uint8_t own[EB_MAX_SK] = {1}, peer[EB_MAX_SK] = {9};
    unsigned known = 0;
    assert_int_equal(dh->prim.init(ctx), EB_OK);
    assert_int_equal(dh->secret_key(ctx, sk, own), EB_OK);
    assert_int_equal(dh->public_key(ctx, pk, peer), EB_OK);
    while (known < again && dh->agree(ctx, ss, sk, pk) == EB_OK)
        known++;
    dh->key_fini(ctx, sk);
    dh->key_fini(ctx, pk);
    dh->prim.fini(ctx);
    test_free(ctx), test_free(sk), test_free(pk);
    return known;
}

/* What was computed once is not computed again, but one time in 64, and then compared. */
static void a_memo_remembers(void **state)
{
    (void)state;
    const eb_prim *prims[MAX_PRIMS];
    uint8_t ss[EB_MAX_SK], other[EB_MAX_SK];
    dh_real = (const eb_dh *)(const void *)prim_of(eb_backend_find("mbedtls"), EB_DH, "x25519");
    eb_dh counting = *dh_real;
    counting.agree = counted_agree;
    const eb_backend fake = replaced(eb_backend_find("mbedtls"), prims, &counting.prim);
    computed = 0;
    assert_int_equal(agreements(&fake, 64, ss), 64);
    assert_int_equal(computed, 1);
    fickle = true; /* its turn to be computed again, and the library has changed its mind */
    assert_int_equal(agreements(&fake, 1, ss), 0);
    assert_int_equal(computed, 2);
    fickle = false;
    /* Registered ones side by side, each with what it computed itself. */
    const eb_backend *first = gt_memo(eb_backend_find("openssl")), *second = gt_memo(eb_backend_find("mbedtls"));
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(gt_memo(eb_backend_find("openssl")), first);
    assert_int_equal(agreements(eb_backend_find("openssl"), 2, ss), 2);
    assert_int_equal(agreements(eb_backend_find("mbedtls"), 2, other), 2);
    assert_memory_equal(ss, other, sizeof ss);
    assert_int_equal(computed, 2);
    assert_ptr_equal(gt_memo_beside(&fake), &fake); /* it would take the place of those in use */
    assert_ptr_equal(gt_memo_beside(eb_backend_find("openssl")), first);
}

/* What X25519 lets pass, and no more: a listed finding is as exact as a failure. */
static void findings_are_exact(void **state)
{
    (void)state;
    gt_subject s = pair_of("sodium", "hpke", "master", "x25519");
    assert_passes("answers", &s);
    assert_int_equal(last.count, 1); /* clamping: 5 bits of a private key do not matter (RFC 7748, s. 5) */
    assert_true(last.findings[0].accepted == 5 && last.findings[0].tried == (uint64_t)8 * 33);
    assert_passes("authority", &s);
    assert_int_equal(last.count, 1); /* every string of 32 bytes is a public key */
    assert_true(last.findings[0].accepted == 256 && last.findings[0].tried == 256);
    assert_passes("rejects", &s);
    assert_int_equal(last.count, 0);
    s = pair_of("openssl", "hpke", "master", "p256");
    assert_passes("authority", &s);
    assert_int_equal(last.count, 0); /* a flipped bit leaves the curve */
    assert_passes("answers", &s);
    assert_int_equal(last.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tag_ignored),
        cmocka_unit_test(plaintext_left_behind),
        cmocka_unit_test(cut_bodies_accepted),
        cmocka_unit_test(one_byte_too_far),
        cmocka_unit_test(state_moved_by_a_forgery),
        cmocka_unit_test(secret_on_the_wire),
        cmocka_unit_test(capsule_not_bound),
        cmocka_unit_test(old_capsules_handed_on),
        cmocka_unit_test(fewer_are_enough),
        cmocka_unit_test(liars_not_named),
        cmocka_unit_test(capsules_all_alike),
        cmocka_unit_test(capsule_not_from_its_coins),
        cmocka_unit_test(nothing_authenticated_at_access),
        cmocka_unit_test(public_data_not_looked_at),
        cmocka_unit_test(rogues_not_noticed),
        cmocka_unit_test(forgeries_that_are_none),
        cmocka_unit_test(deposits_not_looked_at),
        cmocka_unit_test(silently_timeless),
        cmocka_unit_test(liars_in_bulk_not_named),
        cmocka_unit_test(keys_that_do_not_fit),
        cmocka_unit_test(reach_not_as_declared),
        cmocka_unit_test(culprits_who_go_free),
        cmocka_unit_test(upkeep_that_loses_messages),
        cmocka_unit_test(upkeep_that_differs_by_library),
        cmocka_unit_test(punctures_that_forget_nothing_or_all),
        cmocka_unit_test(silently_malleable),
        cmocka_unit_test(none_that_is_some),
        cmocka_unit_test(tag_of_its_own),
        cmocka_unit_test(mac_of_its_own),
        cmocka_unit_test(moody),
        cmocka_unit_test(real_ones_pass),
        cmocka_unit_test(a_lack_is_no_licence),
        cmocka_unit_test(a_sample_of_bits),
        cmocka_unit_test(a_memo_remembers),
        cmocka_unit_test(findings_are_exact),
    };
    return cmocka_run_group_tests(tests, start, tear_down);
}
