/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key for each user and epoch, which the authority can forget. The message secret is HPKE-wrapped to the key of its user
 * and epoch; an order releases what that one key opens and no more, and a punctured epoch opens for nobody, the
 * authority included.
 *
 * The private keys are the leaves of a GGM tree (Goldreich, Goldwasser and Micali 1986): from a node's 32 bytes its children
 * are HKDF-Expand(node, label || 0) and HKDF-Expand(node, label || 1), and a leaf is the input of DeriveKeyPair (RFC 9180,
 * s. 7.1.3). A leaf's place is 64 bits of SHA-256(user) and 32 bits of the epoch. The authority keeps the root;
 * puncturing a leaf replaces the node above it by the siblings along the path, from which the leaf cannot be found again.
 * (A sum of a master key and a public offset would give the master away with its first release; a PRF of a master that is
 * kept forgets nothing.) Two users whose hashes begin with the same 64 bits share their keys: by chance one pair among 2^32
 * users, on purpose 2^64 names must be tried.
 *
 *   agent's secret   signing key || number of nodes || nodes (depth || path || 32 bytes), in the tree's order || zeros
 *   public data      leaf's public key || SHA-256(user) || epoch || signing public key || signature of all that
 *
 * Growth: a state in which a user's epochs 0 to e are forgotten has 64 nodes of 45 bytes for the user and one for each 0 among
 * the 32 bits of e; a scattered epoch takes up to 95. There is room for 512 (23 kB), that is five users; then EB_ERR_SPACE.
 *
 * A sender must know the signing public key from elsewhere, once. What it fetches for each user and epoch is the leaf's public
 * key and the signature, which it verifies when it loads them. Answers are those of `master`: the KEM's shared secret.
 */
#include <string.h>

#include "escrowbench.h"
#include "hpke/wrapped.h"

enum {
    USER_BYTES = 8,
    PATH = USER_BYTES + 4,
    DEPTH = 8 * PATH,
    SEED = 32,
    NODES = 512,
    NODE = 1 + PATH + SEED,
    COUNT = 2, /* bytes of the number of nodes */
    TREE = COUNT + NODES * NODE,
    EPOCH = 8 /* bytes of an epoch */
};

_Static_assert(NODES == 512 && TREE == 23042, "the note below says so");

/* A parsed authority: whose and when, then an eb_wrap_key. */
typedef struct authority {
    uint8_t whose[EB_DIGEST + EPOCH];
    _Alignas(max_align_t) uint8_t wrap[];
} authority;

static eb_escrow_sizes sizes(const eb_binding *b)
{
    return (eb_escrow_sizes){
        .setup_coins = SEED + SEED, /* the root, the signing key's */
        .pub = b->dh->pk_len + EB_DIGEST + EPOCH + b->sig->pk_len + b->sig->sig_len,
        .pub_proof = b->sig->sig_len,
        .agent_secret = b->sig->sk_len + TREE,
        .authority = sizeof(authority) + eb_wrap_key_size(b),
        .agent = TREE,
        .capsule_coins = b->dh->sk_len,
        .capsule = eb_wrap_capsule_len(b),
        .partial = EB_DIGEST,
        .work = b->sig->key_size,
    };
}

/* ---- the tree ---- */

static unsigned bit_at(const uint8_t *path, unsigned at)
{
    return path[at / 8] >> (7 - at % 8) & 1;
}

/* Do the first `bits` bits agree? */
static bool starts_with(const uint8_t *path, const uint8_t *prefix, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(path, prefix, whole) == 0 && (rest == 0 || (path[whole] ^ prefix[whole]) >> (8 - rest) == 0);
}

static eb_status path_of(uint8_t path[PATH], const uint8_t *user, uint64_t epoch)
{
    if (epoch > UINT32_MAX)
        return EB_ERR_INVALID;
    memcpy(path, user, USER_BYTES);
    for (unsigned i = 0; i < 4; i++)
        path[USER_BYTES + i] = (uint8_t)(epoch >> (24 - 8 * i));
    return EB_OK;
}

static eb_status child(const eb_binding *b, uint8_t *out, const uint8_t *seed, unsigned bit)
{
    const uint8_t octet = (uint8_t)bit;
    const eb_bytes info[] = {EB_LITERAL("escrowbench tree v1"), eb_range(&octet, 1)};
    return eb_hkdf_expand(b, out, SEED, eb_range(seed, SEED), info, 2);
}

static size_t node_count(const uint8_t *tree)
{
    return (size_t)tree[0] << 8 | tree[1];
}

static void set_count(uint8_t *tree, size_t n)
{
    tree[0] = (uint8_t)(n >> 8);
    tree[1] = (uint8_t)n;
}

static uint8_t *node_at(uint8_t *tree, size_t i)
{
    return tree + COUNT + i * NODE;
}

/* The node that a leaf lies under; NULL if that was forgotten. */
static const uint8_t *find(const uint8_t *tree, const uint8_t *path)
{
    for (size_t i = 0; i < node_count(tree); i++) {
        const uint8_t *node = tree + COUNT + i * NODE;
        if (starts_with(path, node + 1, node[0]))
            return node;
    }
    return NULL;
}

/* What is below a node, from its depth down to `path`: SEED bytes. */
static eb_status descend(const eb_binding *b, uint8_t *seed, const uint8_t *node, const uint8_t *path)
{
    uint8_t next[SEED];
    eb_status s = EB_OK;
    memcpy(seed, node + 1 + PATH, SEED);
    for (unsigned depth = node[0]; depth < DEPTH && s == EB_OK; depth++) {
        s = child(b, next, seed, bit_at(path, depth));
        memcpy(seed, next, SEED);
    }
    eb_wipe(next, sizeof next);
    return s;
}

/* One state has one form: known depths, no bits behind a path's end, nodes in order and apart, zeros behind the last. */
static bool well_formed(const uint8_t *tree)
{
    const size_t n = node_count(tree);
    uint8_t rest = 0;
    if (n > NODES)
        return false;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *node = tree + COUNT + i * NODE;
        if (node[0] > DEPTH)
            return false;
        for (unsigned bit = node[0]; bit < DEPTH; bit++)
            rest |= (uint8_t)bit_at(node + 1, bit);
        if (i > 0 &&
            (memcmp(node - NODE + 1, node + 1, PATH) >= 0 || starts_with(node + 1, node - NODE + 1, node[-NODE])))
            return false;
    }
    for (size_t i = COUNT + n * NODE; i < TREE; i++)
        rest |= tree[i];
    return rest == 0;
}

/* ---- the authority ---- */

static eb_status leaf_keys(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *tree, const uint8_t *user,
                           uint64_t epoch)
{
    uint8_t path[PATH], seed[SEED];
    eb_status s = path_of(path, user, epoch);
    const uint8_t *node = s == EB_OK ? find(tree, path) : NULL;
    if (node == NULL)
        return s == EB_OK ? EB_ERR_AUTH : s; /* forgotten */
    s = descend(b, seed, node, path);
    if (s == EB_OK)
        s = eb_dhkem_keygen(b, sk, pk, seed);
    eb_wipe(seed, sizeof seed);
    return s;
}

/* The first of the candidates that the coins give which is a private key (one in 2^32 of P-256 is not). `key` is left parsed. */
static eb_status derive_signing_key(const eb_binding *b, uint8_t *sk, void *key, const uint8_t *coins)
{
    eb_status s = EB_ERR_INVALID;
    for (unsigned counter = 0; counter < 256 && s == EB_ERR_INVALID; counter++) {
        const uint8_t octet = (uint8_t)counter;
        const eb_bytes info[] = {EB_LITERAL("escrowbench epoch signing key v1"), eb_range(&octet, 1)};
        s = eb_hkdf_expand(b, sk, b->sig->sk_len, eb_range(coins, SEED), info, 2);
        if (s == EB_OK)
            s = b->sig->secret_key(b->sig_ctx, key, sk);
    }
    return s;
}

static eb_status setup(const eb_binding *b, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    const size_t sk = b->sig->sk_len;
    uint8_t *tree = agents + sk, *signing_pk = pub + b->dh->pk_len + EB_DIGEST + EPOCH;
    void *key = b->work;
    memset(pub, 0, sizes(b).pub);
    memset(agents, 0, sk + TREE);
    eb_status s = derive_signing_key(b, agents, key, coins + SEED);
    if (s == EB_OK) {
        s = b->sig->encode(b->sig_ctx, signing_pk, key);
        b->sig->key_fini(b->sig_ctx, key);
    }
    set_count(tree, 1);
    memcpy(node_at(tree, 0) + 1 + PATH, coins, SEED);
    return s;
}

static eb_bytes signed_text(const eb_binding *b, const uint8_t *pub)
{
    return eb_range(pub, sizes(b).pub - b->sig->sig_len);
}

static eb_status sign(const eb_binding *b, uint8_t *pub, const uint8_t *sk)
{
    void *key = b->work;
    const eb_bytes text = signed_text(b, pub);
    eb_status s = b->sig->secret_key(b->sig_ctx, key, sk);
    if (s == EB_OK) {
        s = b->sig->sign(b->sig_ctx, pub + text.len, key, text);
        b->sig->key_fini(b->sig_ctx, key);
    }
    return s;
}

static eb_status publish(const eb_binding *b, uint8_t *pub, const uint8_t *agents, const uint8_t *user, uint64_t epoch)
{
    uint8_t sk[EB_MAX_SK], *place = pub + b->dh->pk_len;
    const uint8_t *tree = agents + b->sig->sk_len;
    eb_status s = well_formed(tree) ? leaf_keys(b, sk, pub, tree, user, epoch) : EB_ERR_INVALID;
    eb_wipe(sk, sizeof sk);
    if (s != EB_OK)
        return s;
    memcpy(place, user, EB_DIGEST);
    for (unsigned i = 0; i < EPOCH; i++)
        place[EB_DIGEST + i] = (uint8_t)(epoch >> (56 - 8 * i));
    return sign(b, pub, agents);
}

static eb_status verify_signature(const eb_binding *b, const uint8_t *pub)
{
    const eb_bytes text = signed_text(b, pub);
    void *key = b->work;
    eb_status s = b->sig->public_key(b->sig_ctx, key, text.ptr + text.len - b->sig->pk_len);
    if (s == EB_OK) {
        s = b->sig->verify(b->sig_ctx, text.ptr + text.len, key, text);
        b->sig->key_fini(b->sig_ctx, key);
    }
    return s;
}

static eb_status load_authority(const eb_binding *b, void *mem, const uint8_t *pub, const uint8_t *link)
{
    authority *a = mem;
    eb_status s = verify_signature(b, pub);
    memcpy(a->whose, pub + b->dh->pk_len, sizeof a->whose);
    return s == EB_OK ? eb_wrap_load(b, a->wrap, pub, link) : s;
}

static eb_status covers(const eb_binding *b, const void *mem, const uint8_t *user, uint64_t epoch)
{
    const authority *a = mem;
    uint64_t when = 0;
    (void)b;
    for (unsigned i = 0; i < EPOCH; i++)
        when = when << 8 | a->whose[EB_DIGEST + i];
    return when == epoch && memcmp(a->whose, user, EB_DIGEST) == 0 ? EB_OK : EB_ERR_INVALID;
}

static void drop_authority(const eb_binding *b, void *mem)
{
    authority *a = mem;
    eb_wrap_drop(b, a->wrap);
}

/* ---- puncturing ---- */

/* The nodes that take the place of `node`: along the path those to the left from the top down, then those to the right from
   the bottom up, which is the tree's order. `out` has room for DEPTH nodes. */
static eb_status siblings(const eb_binding *b, uint8_t *out, const uint8_t *node, const uint8_t *path)
{
    uint8_t seed[SEED], next[SEED];
    uint8_t *left = out, *right = out + (size_t)(DEPTH - node[0]) * NODE;
    eb_status s = EB_OK;
    memcpy(seed, node + 1 + PATH, SEED);
    for (unsigned depth = node[0]; depth < DEPTH && s == EB_OK; depth++) {
        const unsigned bit = bit_at(path, depth);
        uint8_t *to = bit != 0 ? left : (right -= NODE);
        left += bit != 0 ? NODE : 0;
        to[0] = (uint8_t)(depth + 1);
        memset(to + 1, 0, PATH);
        for (unsigned i = 0; i <= depth; i++)
            to[1 + i / 8] |= (uint8_t)((i < depth ? bit_at(path, i) : 1 - bit) << (7 - i % 8));
        s = child(b, to + 1 + PATH, seed, 1 - bit);
        if (s == EB_OK)
            s = child(b, next, seed, bit);
        memcpy(seed, next, SEED);
    }
    eb_wipe(seed, sizeof seed);
    eb_wipe(next, sizeof next);
    return s;
}

static eb_status puncture(const eb_binding *b, uint8_t *secret, const uint8_t *user, uint64_t epoch)
{
    uint8_t path[PATH], fresh[DEPTH * NODE], *tree = secret + b->sig->sk_len;
    const size_t n = node_count(tree);
    if (!well_formed(tree))
        return EB_ERR_INVALID;
    eb_status s = path_of(path, user, epoch);
    const uint8_t *node = s == EB_OK ? find(tree, path) : NULL;
    if (node == NULL)
        return s; /* forgotten before */
    const size_t more = DEPTH - node[0], at = (size_t)(node - tree - COUNT) / NODE;
    if (n - 1 + more > NODES)
        return EB_ERR_SPACE;
    s = siblings(b, fresh, node, path);
    if (s == EB_OK) {
        memmove(node_at(tree, at + more), node_at(tree, at + 1), (n - at - 1) * NODE);
        memcpy(node_at(tree, at), fresh, more * NODE);
        set_count(tree, n - 1 + more);
        if (more == 0)
            eb_wipe(node_at(tree, n - 1), NODE);
    }
    eb_wipe(fresh, sizeof fresh);
    return s;
}

static size_t used(const eb_binding *b, const uint8_t *secret)
{
    return b->sig->sk_len + COUNT + node_count(secret + b->sig->sk_len) * NODE;
}

/* ---- access ---- */

static eb_status load_agent(const eb_binding *b, void *agent, unsigned index, const uint8_t *secret)
{
    (void)index; /* there is one */
    if (!well_formed(secret + b->sig->sk_len))
        return EB_ERR_INVALID;
    memcpy(agent, secret + b->sig->sk_len, TREE);
    return EB_OK;
}

static void drop_agent(const eb_binding *b, void *agent)
{
    (void)b;
    eb_wipe(agent, TREE);
}

static eb_status partial(const eb_binding *b, const void *agent, uint8_t *out, const uint8_t *coins,
                         const uint8_t *capsule_bytes, eb_context context)
{
    (void)coins;
    uint8_t sk[EB_MAX_SK], pk[EB_MAX_PK];
    eb_status s = leaf_keys(b, sk, pk, agent, context.user, context.epoch);
    if (s == EB_OK)
        s = eb_dhkem_decap_with(b, out, capsule_bytes, sk, pk);
    eb_wipe(sk, sizeof sk);
    return s;
}

static eb_status capsule(const eb_binding *b, const void *mem, uint8_t *out, const uint8_t *coins,
                         const uint8_t *secret, eb_context context)
{
    const authority *a = mem;
    return eb_wrap_capsule(b, a->wrap, out, coins, secret, context);
}

static eb_status combine(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                         eb_context context, const eb_answer *answers)
{
    const authority *a = mem;
    return eb_wrap_open(b, a->wrap, secret, capsule_bytes, answers[0].partial, context);
}

/* ---- in bulk: the leaf itself is released ---- */

static size_t leaf_len(const eb_binding *b)
{
    return b->dh->sk_len;
}

static eb_status release(const eb_binding *b, const void *agent, uint8_t *out, eb_context context)
{
    uint8_t pk[EB_MAX_PK];
    return leaf_keys(b, out, pk, agent, context.user, context.epoch);
}

static const uint8_t *public_key(const authority *a)
{
    return eb_dhkem_public(((const eb_wrap_key *)(const void *)a->wrap)->key);
}

/* Is it the private key of what was published for this user and epoch? */
static eb_status verify_leaf(const eb_binding *b, const void *mem, eb_context context, eb_answer answer)
{
    (void)context;
    uint8_t pk[EB_MAX_PK];
    void *key = b->temp_key[0];
    eb_status s = b->dh->secret_key(b->dh_ctx, key, answer.partial);
    if (s == EB_OK) {
        s = b->dh->encode(b->dh_ctx, pk, key);
        b->dh->key_fini(b->dh_ctx, key);
    }
    if (s == EB_OK && !eb_equal(pk, public_key(mem), b->dh->pk_len))
        s = EB_ERR_AUTH;
    return s == EB_ERR_INVALID ? EB_ERR_AUTH : s;
}

static eb_status unlock(const eb_binding *b, uint8_t *key, const eb_answer *answers)
{
    memcpy(key, answers[0].partial, b->dh->sk_len);
    return EB_OK;
}

static eb_status read_with(const eb_binding *b, const void *mem, uint8_t *secret, const uint8_t *capsule_bytes,
                           eb_context context, const uint8_t *key)
{
    const authority *a = mem;
    return eb_wrap_open_with_key(b, a->wrap, secret, capsule_bytes, key, context);
}

static const eb_lasting lasting = {
    .answer_len = leaf_len,
    .key_len = leaf_len,
    .answer = release,
    .verify = verify_leaf,
    .unlock = unlock,
    .read = read_with,
};

static const char *const suites[] = {"x25519", "p256", NULL};

extern const eb_escrow eb_escrow_epoch;

const eb_escrow eb_escrow_epoch = {
    .abi = EB_ABI,
    .id = "epoch",
    .spec = "GGM tree (Goldreich, Goldwasser and Micali 1986) of DHKEM keys; capsule as master; keys signed",
    .family = "master",
    .about = "as master, with a key for each user and epoch, which the authority can forget",
    .note = "a released key opens one user's epoch; a punctured epoch opens for nobody; until then the root opens all; "
            "room "
            "for 512 nodes of the tree (23,042 bytes): five users with forgotten epochs",
    .kind = EB_KIND_WRAP,
    .suites = suites,
    .needs = EB_HPKE_NEEDS | EB_NEED(EB_SIG),
    .sizes = sizes,
    .setup = setup,
    .publish = publish,
    .load_authority = load_authority,
    .covers = covers,
    .load_agent = load_agent,
    .drop_authority = drop_authority,
    .drop_agent = drop_agent,
    .capsule = capsule,
    .inspects_points = true,
    .inspect = eb_wrap_inspect,
    .partial = partial,
    .combine = combine,
    .lasting = &lasting,
    .puncture = puncture,
    .used = used,
};
