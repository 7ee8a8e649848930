/* SPDX-License-Identifier: Apache-2.0 */
/* epoch: a punctured epoch opens for nobody and all others still do; how the state grows; what a thief of the state learns. A
 * state that keeps the path, and a published key that was changed, are the negative controls. */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/world.h"
#include "escrowbench/registry.h"
#include "hpke/hpke.h"
#include "tests/support.h"

/* The format, from its description. */
enum { SIGNING = 32, COUNT = 2, PATH = 12, SEED = 32, NODE = 1 + PATH + SEED, ROOM = 512, DEPTH = 96 };

static void say(void *user, const char *gate, const char *subject, const char *detail)
{
    (void)user, (void)gate, (void)subject;
    print_error("%s\n", detail);
}

static gt_log log_ = {.failed = say};

/* Runs `body` on every library and suite that has the escrow. */
static void on_every(void (*body)(const gt_world *w))
{
    static const char *const suites[] = {"x25519", "p256"};
    const eb_backend *backend;
    char why[256];
    int ran = 0;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < 2; k++) {
            const eb_suite *suite = eb_suite_find(suites[k]);
            const eb_pair_spec spec = {.backend = backend,
                                       .transport = eb_transport_find("hpke"),
                                       .suite = suite,
                                       .escrow = eb_escrow_find("epoch"),
                                       .escrow_suite = suite,
                                       .agents = 1,
                                       .threshold = 1};
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

static uint8_t *copy_of(const gt_world *w)
{
    uint8_t *secret = malloc(eb_agent_len(w->pair));
    assert_non_null(secret);
    memcpy(secret, w->agents, eb_agent_len(w->pair));
    return secret;
}

static const uint8_t *tree_of(const uint8_t *secret)
{
    return secret + 1 + SIGNING;
}

static size_t nodes(const uint8_t *secret)
{
    return (size_t)tree_of(secret)[0] << 8 | tree_of(secret)[1];
}

/* ---- access, for any user and epoch, with any state of the authority's ---- */

typedef struct someone {
    eb_bytes name;
    uint64_t epoch;
} someone;

/* A message to the world's recipient, escrowed for `who`; the agent with this secret answers; EB_OK if the message opens. */
static eb_status opens(const gt_world *w, const uint8_t *secret, someone who)
{
    const eb_pair *p = w->pair;
    uint8_t *pub = malloc(p->es.pub), wire[512], partial[64], found[EB_MAX_SECRET], out[64], coins[128] = {9};
    eb_authority *authority = NULL;
    eb_agent *agent = NULL;
    eb_link *link = NULL;
    eb_message m;
    eb_buf sealed = {.ptr = wire, .cap = sizeof wire}, plain = {.ptr = out, .cap = sizeof out};
    const eb_bytes text = EB_LITERAL("a message");
    assert_non_null(pub);
    memcpy(pub, w->pub, p->es.pub);
    assert_int_equal(eb_publish(p, pub, w->agents, who.name, who.epoch), EB_OK); /* before anything was forgotten */
    assert_int_equal(eb_authority_load(p, &authority, eb_range(pub, p->es.pub), who.name, who.epoch), EB_OK);
    assert_int_equal(eb_link_start(p, &link, EB_SENDER, NULL, w->peer[GT_RECIPIENT], authority, coins, GT_INFO), EB_OK);
    assert_int_equal(eb_seal(link, &sealed, coins, GT_AAD, text), EB_OK);
    assert_int_equal(eb_message_parse(p, &m, 0, eb_view(&sealed), NULL), EB_OK);
    eb_status s = eb_agent_load(p, &agent, eb_range(secret, eb_agent_len(p)));
    assert_int_equal(s, EB_OK);
    s = eb_partial(p, agent, eb_authority_case(authority), &m, partial, coins);
    if (s == EB_OK) {
        const eb_bytes answer = eb_range(partial, eb_partial_len(p));
        s = eb_combine(p, authority, &m, &answer, 1, NULL, found);
    }
    if (s == EB_OK)
        s = eb_recover(p, found, &m, GT_AAD, &plain);
    if (s == EB_OK) {
        assert_int_equal(plain.len, text.len);
        assert_memory_equal(out, text.ptr, text.len);
    }
    eb_agent_drop(agent);
    eb_link_end(link);
    eb_authority_drop(authority);
    free(pub);
    return s;
}

#define ALICE EB_LITERAL("alice")
#define BOB EB_LITERAL("bob")

static void forgets_one(const gt_world *w)
{
    uint8_t *secret = copy_of(w), *pub = malloc(w->pair->es.pub);
    const someone others[] = {{ALICE, 0},          {ALICE, 2}, {ALICE, 4},          {ALICE, 7},
                              {ALICE, UINT32_MAX}, {BOB, 5},   {EB_LITERAL(""), 5}, {EB_LITERAL("carol"), 1}};
    assert_int_equal(opens(w, secret, (someone){ALICE, 5}), EB_OK);
    assert_int_equal(eb_puncture(w->pair, secret, ALICE, 5), EB_OK);
    assert_int_equal(opens(w, secret, (someone){ALICE, 5}), EB_ERR_AUTH);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(opens(w, secret, others[i]), EB_OK);
    memcpy(pub, w->pub, w->pair->es.pub);
    assert_int_equal(eb_publish(w->pair, pub, secret, ALICE, 5), EB_ERR_AUTH); /* it cannot even be named any more */
    assert_int_equal(eb_publish(w->pair, pub, secret, ALICE, 6), EB_OK);
    free(pub);
    free(secret);
}

static void a_punctured_epoch_is_forgotten_and_no_other(void **state)
{
    (void)state;
    on_every(forgets_one);
}

/* ---- the tree, again by hand ---- */

static void path_of(const gt_world *w, uint8_t path[PATH], eb_bytes user, uint64_t epoch)
{
    uint8_t digest[EB_DIGEST];
    assert_int_equal(w->pair->escrow.hash->digest(w->pair->escrow.hash_ctx, digest, &user, 1), EB_OK);
    memcpy(path, digest, 8);
    for (int i = 0; i < 4; i++)
        path[8 + i] = (uint8_t)(epoch >> (24 - 8 * i));
}

/* All that is on the way from the root to a leaf: DEPTH + 1 nodes of SEED bytes. */
static void walk(const gt_world *w, uint8_t path_seeds[][SEED], const uint8_t *secret, const uint8_t path[PATH])
{
    memcpy(path_seeds[0], tree_of(secret) + COUNT + 1 + PATH, SEED);
    for (unsigned depth = 0; depth < DEPTH; depth++) {
        const uint8_t bit = path[depth / 8] >> (7 - depth % 8) & 1;
        const eb_bytes info[] = {EB_LITERAL("escrowbench tree v1"), eb_range(&bit, 1)};
        assert_int_equal(
            eb_hkdf_expand(&w->pair->escrow, path_seeds[depth + 1], SEED, eb_range(path_seeds[depth], SEED), info, 2),
            EB_OK);
    }
}

/* Does a state hold anything from which the leaf follows? */
static bool holds(const uint8_t *secret, size_t len, uint8_t path_seeds[][SEED])
{
    for (size_t i = 0; i + SEED <= len; i++)
        for (unsigned depth = 0; depth <= DEPTH; depth++)
            if (secret[i] == path_seeds[depth][0] && memcmp(secret + i, path_seeds[depth], SEED) == 0)
                return true;
    return false;
}

static void thief_learns_nothing(const gt_world *w)
{
    const size_t len = eb_agent_len(w->pair);
    uint8_t path[PATH], seeds[DEPTH + 1][SEED], sk[EB_MAX_SK], pk[EB_MAX_PK], *secret = copy_of(w);
    path_of(w, path, ALICE, 1);
    walk(w, seeds, secret, path);
    assert_int_equal(eb_dhkem_keygen(&w->pair->escrow, sk, pk, seeds[DEPTH]), EB_OK);
    assert_memory_equal(pk, w->pub, w->pair->escrow.dh->pk_len); /* the world's key is published for this leaf */
    assert_true(holds(secret, len, seeds));                      /* of the whole tree */
    assert_int_equal(eb_puncture(w->pair, secret, ALICE, 1), EB_OK);
    assert_false(holds(secret, len, seeds));
    for (size_t i = 0; i < nodes(secret); i++) { /* nor is a node above the leaf under another name */
        const uint8_t *node = tree_of(secret) + COUNT + i * NODE;
        bool above = true;
        for (unsigned bit = 0; bit < node[0]; bit++)
            above = above && ((path[bit / 8] ^ node[1 + bit / 8]) >> (7 - bit % 8) & 1) == 0;
        assert_false(above);
    }
    /* Negative control: "forgotten" by taking it off the list alone. */
    uint8_t *careless = copy_of(w);
    memcpy(careless, secret, len - SEED);
    memcpy(careless + len - SEED, seeds[64], SEED);
    assert_true(holds(careless, len, seeds));
    eb_agent *agent = NULL; /* and such a state is refused */
    assert_int_equal(eb_agent_load(w->pair, &agent, eb_range(careless, len)), EB_ERR_INVALID);
    free(careless);
    free(secret);
}

static void a_stolen_state_does_not_give_a_punctured_leaf(void **state)
{
    (void)state;
    on_every(thief_learns_nothing);
}

/* ---- growth ---- */

static unsigned zeros(uint32_t v)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 32; i++)
        n += (v >> i & 1) == 0;
    return n;
}

static void grows_as_stated(const gt_world *w)
{
    const eb_pair *p = w->pair;
    const size_t len = eb_agent_len(p);
    uint8_t *secret = copy_of(w), *before = malloc(len), *other = copy_of(w);
    assert_int_equal(len, 1 + SIGNING + COUNT + ROOM * NODE);
    assert_int_equal(nodes(secret), 1);
    for (uint32_t epoch = 0; epoch < 40; epoch++) { /* in order: a sibling for each 0 of the last one, below the user */
        assert_int_equal(eb_puncture(p, secret, ALICE, epoch), EB_OK);
        assert_int_equal(nodes(secret), 64 + zeros(epoch));
    }
    memcpy(before, secret, len);
    assert_int_equal(eb_puncture(p, secret, ALICE, 7), EB_OK); /* again: nothing to do */
    assert_memory_equal(before, secret, len);
    for (uint32_t epoch = 40; epoch-- > 0;) /* in any order the same state */
        assert_int_equal(eb_puncture(p, other, ALICE, epoch), EB_OK);
    assert_memory_equal(other, secret, len);

    char name[] = "user 0";
    unsigned users = 1;
    eb_status s = EB_OK;
    for (; s == EB_OK; users++) {
        name[5] = (char)('0' + users);
        memcpy(before, secret, len);
        s = eb_puncture(p, secret, eb_range(name, 6), 3);
    }
    assert_int_equal(s, EB_ERR_SPACE);
    assert_memory_equal(before, secret, len); /* and nothing has changed */
    assert_in_range(users - 1, 5, 6);
    assert_int_equal(opens(w, secret, (someone){eb_range(name, 6), 3}), EB_OK);
    assert_int_equal(opens(w, secret, (someone){EB_LITERAL("user 1"), 3}), EB_ERR_AUTH);
    assert_int_equal(opens(w, secret, (someone){ALICE, 40}), EB_OK);
    free(other);
    free(before);
    free(secret);
}

static void the_state_grows_as_stated(void **state)
{
    (void)state;
    on_every(grows_as_stated);
}

/* ---- published keys ---- */

static void published_keys(const gt_world *w)
{
    const eb_pair *p = w->pair;
    const size_t pk = p->escrow.dh->pk_len, len = p->es.pub;
    uint8_t *pub = malloc(len), *bobs = malloc(len);
    eb_authority *a = NULL;
    memcpy(bobs, w->pub, len);
    assert_int_equal(eb_publish(p, bobs, w->agents, BOB, 1), EB_OK);
    assert_int_equal(eb_authority_load(p, &a, eb_range(bobs, len), BOB, 1), EB_OK);
    eb_authority_drop(a);
    assert_int_equal(eb_authority_load(p, &a, eb_range(bobs, len), ALICE, 1), EB_ERR_INVALID); /* somebody else's key */
    assert_int_equal(eb_authority_load(p, &a, eb_range(bobs, len), BOB, 2), EB_ERR_INVALID);   /* of another epoch */
    assert_null(a);
    memcpy(pub, w->pub, len); /* the key of another leaf under this one's signature */
    memcpy(pub, bobs, pk);
    assert_int_equal(eb_authority_load(p, &a, eb_range(pub, len), ALICE, 1), EB_ERR_AUTH);
    memcpy(pub, bobs, len); /* with the names exchanged too: the signature is over them */
    memcpy(pub + pk, w->pub + pk, EB_DIGEST + 8);
    assert_int_equal(eb_authority_load(p, &a, eb_range(pub, len), ALICE, 1), EB_ERR_AUTH);
    assert_int_equal(eb_publish(p, pub, w->agents, ALICE, UINT64_C(1) << 32), EB_ERR_INVALID); /* no such epoch */
    assert_int_equal(eb_puncture(p, w->agents, ALICE, UINT64_C(1) << 32), EB_ERR_INVALID);
    assert_int_equal(p->es.pub, pk + 32 + 8 + p->escrow.sig->pk_len + p->escrow.sig->sig_len);
    free(bobs);
    free(pub);
}

static void a_published_key_is_for_one_user_and_epoch(void **state)
{
    (void)state;
    on_every(published_keys);
}

/* A state in any other form than its own is refused. */
static void malformed_states(const gt_world *w)
{
    const size_t len = eb_agent_len(w->pair);
    uint8_t *secret = copy_of(w), *bad = malloc(len), *tree = bad + 1 + SIGNING;
    eb_agent *agent = NULL;
    assert_int_equal(eb_puncture(w->pair, secret, ALICE, 1), EB_OK);
#define REFUSED(change)                                                                                                \
    do {                                                                                                               \
        memcpy(bad, secret, len);                                                                                      \
        change;                                                                                                        \
        assert_int_equal(eb_agent_load(w->pair, &agent, eb_range(bad, len)), EB_ERR_INVALID);                          \
        assert_null(agent);                                                                                            \
    } while (0)
    REFUSED(tree[0] = 0xFF);                                            /* too many nodes */
    REFUSED(tree[1]--);                                                 /* one left over */
    REFUSED(tree[COUNT] = DEPTH + 1);                                   /* below the leaves */
    REFUSED(tree[COUNT + PATH] |= 1);                                   /* bits behind a path */
    REFUSED(memcpy(tree + COUNT + NODE, tree + COUNT, NODE));           /* twice */
    REFUSED(tree[COUNT] = 0; memset(tree + COUNT + 1, 0, PATH));        /* one above the others */
    REFUSED(memset(tree + COUNT + 1, 0xFF, PATH); tree[COUNT] = DEPTH); /* out of order */
    REFUSED(bad[len - 1] = 1);                                          /* not zero at the end */
#undef REFUSED
    assert_int_equal(eb_agent_load(w->pair, &agent, eb_range(secret, len)), EB_OK);
    eb_agent_drop(agent);
    free(bad);
    free(secret);
}

static void a_malformed_state_is_refused(void **state)
{
    (void)state;
    on_every(malformed_states);
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
        cmocka_unit_test(a_punctured_epoch_is_forgotten_and_no_other),
        cmocka_unit_test(a_stolen_state_does_not_give_a_punctured_leaf),
        cmocka_unit_test(the_state_grows_as_stated),
        cmocka_unit_test(a_published_key_is_for_one_user_and_epoch),
        cmocka_unit_test(a_malformed_state_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
