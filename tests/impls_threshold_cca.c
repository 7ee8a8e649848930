/* SPDX-License-Identifier: Apache-2.0 */
/* threshold-cca: its agents are no decryption oracles. The blinded capsule that opens another message under plain `threshold`
 * is the negative control. Capsules are made here by hand too, from the format's description alone. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "hpke/wrapped.h"
#include "sharing/dleq.h"
#include "sharing/scalar.h"
#include "tests/support.h"

enum { MAX_CAPSULE = 512, MAX_PARTIAL = 256 };

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};

static eb_pair_spec spec_of(const eb_backend *backend, const char *escrow, const char *suite, unsigned t, unsigned n)
{
    return (eb_pair_spec){
        .backend = backend,
        .transport = eb_transport_find("hpke"),
        .suite = eb_suite_find("x25519"),
        .escrow = eb_escrow_find(escrow),
        .escrow_suite = eb_suite_find(suite),
        .agents = n,
        .threshold = t,
    };
}

/* Runs `body` on every library and group that has the escrow. */
static void on_every(const char *escrow, unsigned t, unsigned n, void (*body)(const gt_world *w))
{
    static const char *const suites[] = {"p256", "ristretto255"};
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            const eb_pair_spec spec = spec_of(backend, escrow, suites[k], t, n);
            gt_world w;
            if (!eb_pair_possible(&spec, why, sizeof why))
                continue;
            assert_true(gt_world_open(&w, &spec, &log_));
            body(&w);
            gt_world_close(&w);
            ran++;
        }
    assert_true(ran >= 3);
    assert_int_equal(log_.failures, 0);
}

/* ---- a message, and answers about whatever is put in the place of its capsule ---- */

typedef struct sealed {
    gt_sealed m;
    eb_message parts;
} sealed;

static void seal(sealed *s, const gt_world *w, uint64_t seed)
{
    assert_true(gt_seal_first(&s->m, w, 40, seed, &log_));
    assert_int_equal(gt_parse(w, &s->parts, 0, &s->m), EB_OK);
}

/* The first agent's status, which must be everybody's; the answers, with their indices. */
static eb_status ask(const gt_world *w, const eb_case *named, const eb_message *order, const uint8_t *capsule,
                     uint8_t answers[][MAX_PARTIAL])
{
    eb_message m = *order;
    uint8_t coins[EB_DIGEST] = {3}, zeros[MAX_PARTIAL] = {0};
    eb_status first = EB_OK;
    m.capsule.ptr = capsule;
    for (unsigned i = 0; i < w->t; i++) {
        eb_agent *a = NULL;
        assert_int_equal(eb_agent_load(w->pair, &a, gt_agent_secret(w, i)), EB_OK);
        memset(answers[i], 0xAA, MAX_PARTIAL);
        const eb_status s = eb_partial(w->pair, a, named, &m, answers[i], coins);
        if (i == 0)
            first = s;
        assert_int_equal(s, first);
        if (s != EB_OK)
            assert_memory_equal(answers[i], zeros, eb_partial_len(w->pair));
        eb_agent_drop(a);
    }
    return first;
}

static bool opens(const gt_world *w, const sealed *s, const uint8_t *secret)
{
    uint8_t out[256];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    return eb_recover(w->pair, secret, &s->parts, GT_AAD, &b) == EB_OK && gt_is_plaintext(&s->m, &b);
}

/* A key object as a recipient has it, for the authority's public key and `link`. */
static eb_wrap_key *wrap_key(const gt_world *w, const uint8_t *link)
{
    eb_wrap_key *key = calloc(1, eb_wrap_key_size(&w->pair->escrow));
    assert_non_null(key);
    assert_int_equal(eb_wrap_load(&w->pair->escrow, key, w->pub, link), EB_OK);
    return key;
}

static void drop_wrap_key(const gt_world *w, eb_wrap_key *key)
{
    eb_wrap_drop(&w->pair->escrow, key);
    free(key);
}

/* DHKEM's shared secret of `enc` from the point x * enc. */
static void kem_secret(const gt_world *w, uint8_t *ss, const uint8_t *point, const uint8_t *enc)
{
    const eb_group *g = w->pair->escrow.group;
    const uint8_t *dh = g->point_len > g->packed_len ? point + 1 : point; /* P-256: the x coordinate */
    assert_int_equal(eb_dhkem_finish(&w->pair->escrow, ss, dh, enc, w->pub), EB_OK);
}

static void random_scalar(const eb_binding *b, uint8_t *out, uint64_t seed)
{
    uint8_t wide[EB_MAX_WIDE];
    gt_bytes(wide, sizeof wide, seed);
    assert_int_equal(b->group->scalar_reduce(b->group_ctx, out, wide), EB_OK);
}

/* ---- the attack on agents that do not see what they open ---- */

/* An investigator with an order for one message wants another: he blinds its enc, has that "decapsulated" under the order
   that he has, and takes the blinding off. */
static void threshold_is_an_oracle(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const eb_group *g = b->group;
    sealed ordered, target;
    uint8_t s[EB_MAX_SCALAR], inverse[EB_MAX_SCALAR], forged[MAX_CAPSULE], answers[3][MAX_PARTIAL];
    seal(&ordered, w, 10);
    seal(&target, w, 20);
    random_scalar(b, s, 30);
    memcpy(forged, ordered.parts.capsule.ptr, ordered.parts.capsule.len);
    assert_int_equal(g->mul(b->group_ctx, forged, s, target.parts.capsule.ptr), EB_OK);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_OK);

    static const unsigned xs[] = {1, 2, 3};
    const uint8_t *points[] = {answers[0] + 1, answers[1] + 1, answers[2] + 1};
    uint8_t blinded[EB_MAX_POINT], point[EB_MAX_POINT], ss[EB_DIGEST], secret[EB_MAX_SECRET];
    assert_int_equal(eb_point_combine(b, blinded, xs, points, 3), EB_OK);
    assert_int_equal(g->scalar_invert(b->group_ctx, inverse, s), EB_OK);
    assert_int_equal(g->mul(b->group_ctx, point, inverse, blinded), EB_OK);
    kem_secret(w, ss, point, target.parts.capsule.ptr);
    eb_wrap_key *key = wrap_key(w, eb_authority_case(w->authority)->link);
    const eb_context context = {.link = eb_authority_case(w->authority)->link, .header = target.parts.header_hash};
    assert_int_equal(eb_wrap_open(b, key, secret, target.parts.capsule.ptr, ss, context), EB_OK);
    assert_true(opens(w, &target, secret)); /* nobody was ordered to open it, and no agent can have noticed */
    drop_wrap_key(w, key);
    gt_sealed_free(&ordered.m);
    gt_sealed_free(&target.m);
}

static void blinding_opens_another_message_under_plain_threshold(void **state)
{
    (void)state;
    on_every("threshold", 3, 5, threshold_is_an_oracle);
}

/* ---- capsules by hand ---- */

/* G', as the format says. */
static void second_base(const eb_binding *b, uint8_t *point)
{
    uint8_t packed[EB_MAX_PACKED] = {2};
    for (uint8_t i = 0;; i++) {
        const eb_bytes parts[] = {EB_LITERAL("escrowbench second generator v1"),
                                  eb_range(b->suite->id, strlen(b->suite->id)), eb_range(&i, 1)};
        assert_int_equal(b->hash->digest(b->hash_ctx, packed + b->group->packed_len - 32, parts, 3), EB_OK);
        if (b->group->unpack(b->group_ctx, point, packed) == EB_OK)
            return;
        assert_true(i < 255);
    }
}

/* What a proof is made for. */
typedef struct forgery {
    const uint8_t *link, *header; /* the order */
    const uint8_t *enc, *second;  /* points */
    const uint8_t *r;             /* the logarithm that the prover claims */
    const uint8_t *ct;            /* the AEAD's part, as long as an honest one */
} forgery;

/* enc || ct || U' packed || proof. */
static void forge(const gt_world *w, uint8_t *capsule, const forgery *f)
{
    static const char label[] = "escrowbench threshold-cca capsule v1";
    const eb_binding *b = &w->pair->escrow;
    const size_t enc = b->dh->pk_len, first = eb_wrap_capsule_len(b), n = sizeof label - 1;
    uint8_t context[sizeof label - 1 + EB_DIGEST], base[EB_MAX_POINT], nonce[EB_MAX_SCALAR];
    const uint8_t *c = base, *d = f->second;
    const eb_dleq st = {.b = f->enc, .c = &c, .d = &d, .m = 1, .plain = true, .context = {context, sizeof context}};
    const eb_bytes parts[] = {eb_range(label, n), eb_range(f->link, EB_DIGEST), eb_range(f->header, EB_DIGEST),
                              eb_range(f->ct, first - enc)};
    memcpy(context, label, n);
    assert_int_equal(b->hash->digest(b->hash_ctx, context + n, parts, 4), EB_OK);
    second_base(b, base);
    random_scalar(b, nonce, 77);
    memcpy(capsule, f->enc, enc);
    memcpy(capsule + enc, f->ct, first - enc);
    assert_int_equal(b->group->pack(b->group_ctx, capsule + first, f->second), EB_OK);
    assert_int_equal(eb_dleq_prove(b, capsule + first + b->group->packed_len, &st, f->r, nonce), EB_OK);
}

/* A fresh capsule of a sender who knows r. Its AEAD part is what the caller says. */
typedef struct own_points {
    uint8_t r[EB_MAX_SCALAR], enc[EB_MAX_POINT], second[EB_MAX_POINT];
} own_points;

static void make_points(const eb_binding *b, own_points *p, uint64_t seed)
{
    uint8_t base[EB_MAX_POINT];
    second_base(b, base);
    random_scalar(b, p->r, seed);
    assert_int_equal(b->group->mul_base(b->group_ctx, p->enc, p->r), EB_OK);
    assert_int_equal(b->group->mul(b->group_ctx, p->second, p->r, base), EB_OK);
}

/* ---- agents refuse ---- */

/* The same attack, with whatever the attacker can put in the place of point and proof. */
static void blinded_capsules_are_refused(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const eb_group *g = b->group;
    const size_t first = eb_wrap_capsule_len(b), enc_len = b->dh->pk_len;
    const uint8_t *link = eb_authority_case(w->authority)->link;
    sealed ordered, target;
    seal(&ordered, w, 10);
    seal(&target, w, 20);
    const uint8_t *mine = ordered.parts.capsule.ptr, *theirs = target.parts.capsule.ptr;
    uint8_t s[EB_MAX_SCALAR], enc[EB_MAX_POINT], second[EB_MAX_POINT], point[EB_MAX_POINT];
    uint8_t forged[MAX_CAPSULE], answers[3][MAX_PARTIAL];
    random_scalar(b, s, 30);
    assert_int_equal(g->mul(b->group_ctx, enc, s, theirs), EB_OK);
    assert_int_equal(g->unpack(b->group_ctx, point, theirs + first), EB_OK);
    assert_int_equal(g->mul(b->group_ctx, second, s, point), EB_OK);

    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, mine, answers),
                     EB_OK); /* the order itself */

    memcpy(forged, mine, ordered.parts.capsule.len); /* only enc */
    memcpy(forged, enc, enc_len);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_ERR_AUTH);
    assert_int_equal(g->pack(b->group_ctx, forged + first, second), EB_OK); /* both points */
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_ERR_AUTH);
    memcpy(forged, theirs, target.parts.capsule.len); /* both points, the rest as the sender made it */
    memcpy(forged, enc, enc_len);
    assert_int_equal(g->pack(b->group_ctx, forged + first, second), EB_OK);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_ERR_AUTH);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &target.parts, forged, answers), EB_ERR_AUTH);

    /* a proof of his own: all that he knows is s */
    const forgery claim = {link, ordered.parts.header_hash, enc, second, s, mine + enc_len};
    forge(w, forged, &claim);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_ERR_AUTH);

    /* not blinded at all: the whole capsule, and the other message's under this one's points */
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, theirs, answers), EB_ERR_AUTH);
    memcpy(forged, theirs, target.parts.capsule.len);
    memcpy(forged + enc_len, mine + enc_len, first - enc_len);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &ordered.parts, forged, answers), EB_ERR_AUTH);
    gt_sealed_free(&ordered.m);
    gt_sealed_free(&target.m);
}

static void other_orders_are_refused(const gt_world *w)
{
    const struct {
        eb_bytes user;
        uint64_t epoch;
        eb_status expected;
    } orders[] = {
        {EB_LITERAL("alice"), 1, EB_OK}, {EB_LITERAL("alice"), 2, EB_ERR_AUTH}, {EB_LITERAL("bob"), 1, EB_ERR_AUTH}};
    sealed s;
    uint8_t answers[3][MAX_PARTIAL];
    seal(&s, w, 10);
    for (size_t i = 0; i < 3; i++) {
        eb_authority *a = NULL;
        assert_int_equal(
            eb_authority_load(w->pair, &a, eb_range(w->pub, w->pair->es.pub), orders[i].user, orders[i].epoch), EB_OK);
        assert_int_equal(ask(w, eb_authority_case(a), &s.parts, s.parts.capsule.ptr, answers), orders[i].expected);
        eb_authority_drop(a);
    }
    gt_sealed_free(&s.m);
}

static void agents_are_no_oracles(void **state)
{
    (void)state;
    on_every("threshold-cca", 3, 5, blinded_capsules_are_refused);
    on_every("threshold-cca", 3, 5, other_orders_are_refused);
}

/* ---- rogue senders ---- */

static void rogue_capsules(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const uint8_t *link = eb_authority_case(w->authority)->link;
    sealed s;
    own_points p, q;
    uint8_t ct[MAX_CAPSULE], forged[MAX_CAPSULE], answers[3][MAX_PARTIAL], secret[EB_MAX_SECRET];
    seal(&s, w, 10);
    make_points(b, &p, 40);
    make_points(b, &q, 41);
    gt_bytes(ct, sizeof ct, 42);
    forgery f = {link, s.parts.header_hash, p.enc, p.second, p.r, ct};

    /* Honest but for an AEAD part of garbage: agents cannot see it, and nobody is called a liar. */
    forge(w, forged, &f);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &s.parts, forged, answers), EB_OK);
    eb_message m = s.parts;
    m.capsule.ptr = forged;
    eb_bytes list[3];
    eb_verdict verdicts[3];
    for (size_t i = 0; i < 3; i++)
        list[i] = eb_range(answers[i], eb_partial_len(w->pair));
    assert_int_equal(eb_combine(w->pair, w->authority, &m, list, 3, verdicts, secret), EB_ERR_AUTH);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(verdicts[i], EB_ANSWER_GOOD);

    f.second = q.second; /* a second point of another r */
    forge(w, forged, &f);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &s.parts, forged, answers), EB_ERR_AUTH);
    f.r = q.r; /* with a proof about the second base only */
    forge(w, forged, &f);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &s.parts, forged, answers), EB_ERR_AUTH);
    f.second = p.second;
    f.r = p.r;
    forge(w, forged, &f);
    memset(forged + eb_wrap_capsule_len(b), 0xFF, b->group->packed_len); /* no point */
    assert_int_equal(ask(w, eb_authority_case(w->authority), &s.parts, forged, answers), EB_ERR_AUTH);
    gt_sealed_free(&s.m);
}

static void rogue_senders(void **state)
{
    (void)state;
    on_every("threshold-cca", 3, 5, rogue_capsules);
}

/* ---- what is unchanged ---- */

/* The first part is what any RFC 9180 recipient who holds x would open, and what `threshold` makes from these coins. */
static void first_part(const gt_world *w)
{
    const eb_binding *b = &w->pair->escrow;
    const size_t first = eb_wrap_capsule_len(b);
    const uint8_t *link = eb_authority_case(w->authority)->link;
    sealed s;
    seal(&s, w, 10);
    assert_int_equal(s.parts.capsule.len, first + b->group->packed_len + 64);
    const eb_context context = {.link = link, .header = s.parts.header_hash};
    eb_wrap_key *key = wrap_key(w, link);

    uint8_t *coins = malloc(w->pair->es.setup_coins), x[EB_MAX_SK], pk[EB_MAX_PK], ss[EB_DIGEST];
    uint8_t secret[EB_MAX_SECRET], again[MAX_CAPSULE], derived[EB_MAX_SK + EB_DIGEST];
    assert_non_null(coins);
    gt_bytes(coins, w->pair->es.setup_coins, 200); /* as the world was made */
    assert_int_equal(eb_dhkem_keygen(b, x, pk, coins), EB_OK);
    assert_memory_equal(pk, w->pub, b->dh->pk_len);
    assert_int_equal(eb_dhkem_decap_with(b, ss, s.parts.capsule.ptr, x, pk), EB_OK);
    assert_int_equal(eb_wrap_open(b, key, secret, s.parts.capsule.ptr, ss, context), EB_OK);
    assert_true(opens(w, &s, secret));

    const eb_bytes info[] = {EB_LITERAL("escrowbench capsule coins v1"), eb_range(link, EB_DIGEST),
                             eb_range(s.parts.header_hash, EB_DIGEST)};
    assert_int_equal(
        eb_hkdf_expand(b, derived, w->pair->es.capsule_coins, eb_range(secret, w->pair->ts.secret), info, 3), EB_OK);
    assert_int_equal(eb_wrap_capsule(b, key, again, derived, secret, context), EB_OK);
    assert_memory_equal(again, s.parts.capsule.ptr, first);
    drop_wrap_key(w, key);
    free(coins);
    gt_sealed_free(&s.m);
}

static void the_first_part_is_plain_hpke(void **state)
{
    (void)state;
    on_every("threshold-cca", 2, 3, first_part);
}

/* ---- sizes ---- */

static void t_agents_open(const gt_world *w)
{
    sealed s;
    seal(&s, w, 10);
    uint8_t(*answers)[MAX_PARTIAL] = calloc(w->t, sizeof *answers);
    uint8_t secret[EB_MAX_SECRET];
    eb_bytes list[EB_MAX_AGENTS];
    assert_non_null(answers);
    assert_int_equal(ask(w, eb_authority_case(w->authority), &s.parts, s.parts.capsule.ptr, answers), EB_OK);
    for (unsigned i = 0; i < w->t; i++)
        list[i] = eb_range(answers[i], eb_partial_len(w->pair));
    assert_int_equal(eb_combine(w->pair, w->authority, &s.parts, list, w->t, NULL, secret), EB_OK);
    assert_true(opens(w, &s, secret));
    if (w->t > 1)
        assert_int_equal(eb_combine(w->pair, w->authority, &s.parts, list, w->t - 1, NULL, secret), EB_ERR_FEW);
    free(answers);
    gt_sealed_free(&s.m);
}

static void one_agent_and_a_hundred(void **state)
{
    (void)state;
    on_every("threshold-cca", 1, 1, t_agents_open);
    if (getenv("SHORT") == NULL)
        on_every("threshold-cca", 67, 100, t_agents_open);
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
        cmocka_unit_test(blinding_opens_another_message_under_plain_threshold),
        cmocka_unit_test(agents_are_no_oracles),
        cmocka_unit_test(rogue_senders),
        cmocka_unit_test(the_first_part_is_plain_hpke),
        cmocka_unit_test(one_agent_and_a_hundred),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
