/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key encapsulation: ML-KEM by NIST's ACVP files (FIPS 203: prompts and expected results), Wycheproof's tests of it, and the
 * draft's vectors of X-Wing. All come down to one thing: a seed gives a public key; a public key and coins give a ciphertext
 * and a secret; the seed opens that ciphertext to the secret, and another ciphertext to the secret of implicit rejection.
 */
#include <string.h>

#include "bench/vectors/vectors_internal.h"

/* What a case has; ptr NULL where it has no such thing. */
typedef struct kem_case {
    eb_bytes seed, pk, coins, ct, ss;
} kem_case;

/* A field that may be missing. */
static bool maybe_hex(vec_run *r, const json_t *o, const char *field, eb_bytes *out)
{
    *out = (eb_bytes){0};
    return json_object_get(o, field) == NULL || vec_hex(r, o, field, out);
}

static bool fits(vec_run *r, const char *what, eb_bytes v, size_t len)
{
    if (v.ptr == NULL || v.len == len)
        return true;
    vec_skip(r, "%s of a wrong length, which the interface cannot express", what);
    return false;
}

static bool pair_of(vec_run *r, const eb_binding *b, void *key, const kem_case *c)
{
    uint8_t pk[EB_MAX_KEM_PK];
    return c->pk.ptr == NULL || (vec_ok(r, b->kem->encode(b->kem_ctx, pk, key), "the public key") &&
                                 vec_same(r, pk, b->kem->pk_len, c->pk, "public key"));
}

/* With the private key. */
static void secret_side(vec_run *r, const eb_binding *b, const kem_case *c)
{
    uint8_t ss[EB_DIGEST];
    void *key = vec_alloc(r, b->kem->key_size);
    if (!key || !vec_ok(r, b->kem->secret_key(b->kem_ctx, key, c->seed.ptr), "the seed"))
        return;
    if (pair_of(r, b, key, c) && c->ct.ptr && c->ss.ptr &&
        vec_ok(r, b->kem->decapsulate(b->kem_ctx, ss, c->ct.ptr, key), "decapsulation"))
        vec_same(r, ss, sizeof ss, c->ss, "shared secret of the recipient");
    b->kem->key_fini(b->kem_ctx, key);
}

/* With the public key. */
static void public_side(vec_run *r, const eb_binding *b, const kem_case *c)
{
    uint8_t ct[EB_MAX_KEM_CT], ss[EB_DIGEST];
    void *key = vec_alloc(r, b->kem->key_size);
    if (!key || !vec_ok(r, b->kem->public_key(b->kem_ctx, key, c->pk.ptr), "the public key"))
        return;
    if (vec_ok(r, b->kem->encapsulate(b->kem_ctx, ss, ct, key, c->coins.ptr), "encapsulation") &&
        vec_same(r, ct, b->kem->ct_len, c->ct, "ciphertext"))
        vec_same(r, ss, sizeof ss, c->ss, "shared secret of the sender");
    b->kem->key_fini(b->kem_ctx, key);
}

static void check(vec_run *r, const char *kem, const kem_case *c)
{
    const eb_suite suite = {.id = "KEM", .prim = {[EB_KEM] = kem}};
    const eb_binding *b = vec_bind(r, &suite, EB_NEED(EB_KEM));
    if (!b || !fits(r, "seed", c->seed, b->kem->sk_len) || !fits(r, "public key", c->pk, b->kem->pk_len) ||
        !fits(r, "coins", c->coins, b->kem->coins_len) || !fits(r, "ciphertext", c->ct, b->kem->ct_len))
        return;
    const bool encapsulates = c->pk.ptr && c->coins.ptr && c->ct.ptr && c->ss.ptr;
    const bool opens = c->seed.ptr && (c->pk.ptr || (c->ct.ptr && c->ss.ptr));
    if (!encapsulates && !opens)
        vec_malformed(r, "a case without a result");
    if (opens)
        secret_side(r, b, c);
    if (encapsulates)
        public_side(r, b, c);
}

/* The primitive of a parameter set; NULL and the case skipped for one that no scheme here has. */
static const char *ml_kem(vec_run *r, const char *set)
{
    if (strcmp(set, "ML-KEM-768") == 0)
        return "ml-kem-768";
    if (strcmp(set, "ML-KEM-1024") == 0)
        return "ml-kem-1024";
    vec_skip(r, "parameter set %s", set);
    return NULL;
}

/* ---- the program's own selection: fields kem, seed, pk, coins, ct, ss; or d, where the seed's z changes nothing ---- */

static bool seed_of(vec_run *r, const json_t *entry, eb_bytes *seed)
{
    eb_bytes d;
    if (!maybe_hex(r, entry, "d", &d))
        return false;
    if (d.ptr == NULL)
        return maybe_hex(r, entry, "seed", seed);
    uint8_t *bytes = vec_alloc(r, 2 * d.len);
    if (bytes)
        memcpy(bytes, d.ptr, d.len);
    *seed = eb_range(bytes, 2 * d.len);
    return bytes != NULL;
}

void vec_kem_one(vec_run *r, const json_t *entry)
{
    static const char *const ids[] = {"ml-kem-768", "ml-kem-1024", "x-wing"};
    const char *name = vec_string(entry, "kem"), *kem = NULL;
    kem_case c;
    vec_begin(r, "%s", vec_string(entry, "name"));
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (strcmp(ids[i], name) == 0)
            kem = ids[i];
    if (!kem)
        vec_malformed(r, "no KEM is called '%s'", name);
    else if (seed_of(r, entry, &c.seed) && maybe_hex(r, entry, "pk", &c.pk) && maybe_hex(r, entry, "coins", &c.coins) &&
             maybe_hex(r, entry, "ct", &c.ct) && maybe_hex(r, entry, "ss", &c.ss))
        check(r, kem, &c);
    vec_end(r);
}

/* ---- X-Wing: a list of seed, eseed, pk, ct, ss ---- */

bool vec_xwing_is(const json_t *root)
{
    return json_is_array(root) && json_object_get(json_array_get(root, 0), "eseed");
}

void vec_xwing_run(vec_run *r, const json_t *root)
{
    const json_t *o;
    size_t i;
    json_array_foreach(root, i, o)
    {
        kem_case c;
        vec_begin(r, "case %zu", i + 1);
        if (vec_hex(r, o, "seed", &c.seed) && vec_hex(r, o, "pk", &c.pk) && vec_hex(r, o, "eseed", &c.coins) &&
            vec_hex(r, o, "ct", &c.ct) && vec_hex(r, o, "ss", &c.ss))
            check(r, "x-wing", &c);
        vec_end(r);
        if (vec_broken(r))
            return;
    }
}

/* ---- Wycheproof ---- */

void vec_kem_wycheproof(vec_run *r, const json_t *group, const json_t *o)
{
    kem_case c = {0};
    const char *kem = ml_kem(r, vec_string(group, "parameterSet"));
    /* An invalid test is one with a wrong length, which the interface cannot even express: `check` skips it. */
    if (kem && vec_hex(r, o, "seed", &c.seed) && vec_hex(r, o, "c", &c.ct) && vec_hex(r, o, "K", &c.ss) &&
        maybe_hex(r, o, "ek", &c.pk))
        check(r, kem, &c);
}

/* ---- ACVP: a list of two documents, the prompt and the expected results, whose tests have one numbering ---- */

static bool is_acvp(const json_t *o)
{
    return strcmp(vec_string(o, "algorithm"), "ML-KEM") == 0 && json_object_get(o, "vsId") &&
           json_is_array(json_object_get(o, "testGroups"));
}

bool vec_acvp_is(const json_t *root)
{
    return json_is_array(root) && json_array_size(root) == 2 && is_acvp(json_array_get(root, 0)) &&
           is_acvp(json_array_get(root, 1));
}

/* The member of a list whose `id` is that of `like`. */
static const json_t *same_number(const json_t *list, const char *id, const json_t *like)
{
    const json_t *o, *want = json_object_get(like, id);
    size_t i;
    json_array_foreach(list, i, o) if (want && json_equal(json_object_get(o, id), want)) return o;
    return NULL;
}

/* d || z is the seed. */
static bool keygen(vec_run *r, kem_case *c, const json_t *prompt, const json_t *expected)
{
    eb_bytes d, z;
    if (!vec_hex(r, prompt, "d", &d) || !vec_hex(r, prompt, "z", &z) || !vec_hex(r, expected, "ek", &c->pk))
        return false;
    uint8_t *seed = vec_alloc(r, d.len + z.len);
    if (!seed)
        return false;
    memcpy(seed, d.ptr, d.len);
    memcpy(seed + d.len, z.ptr, z.len);
    c->seed = eb_range(seed, d.len + z.len);
    return true;
}

static void acvp_test(vec_run *r, const json_t *group, const json_t *prompt, const json_t *expected)
{
    kem_case c = {0};
    const char *kem = ml_kem(r, vec_string(group, "parameterSet")), *function = vec_string(group, "function");
    if (!kem)
        return;
    if (strcmp(function, "encapsulation") == 0) {
        if (vec_hex(r, prompt, "ek", &c.pk) && vec_hex(r, prompt, "m", &c.coins) && vec_hex(r, expected, "c", &c.ct) &&
            vec_hex(r, expected, "k", &c.ss))
            check(r, kem, &c);
    } else if (function[0] != '\0') {
        vec_skip(r, "%s with an expanded private key", function);
    } else if (keygen(r, &c, prompt, expected)) {
        check(r, kem, &c);
    }
}

void vec_acvp_run(vec_run *r, const json_t *root)
{
    const json_t *groups = json_object_get(json_array_get(root, 0), "testGroups"), *group, *prompt;
    const json_t *answers = json_object_get(json_array_get(root, 1), "testGroups");
    size_t i, k;
    json_array_foreach(groups, i, group)
    {
        const json_t *results = json_object_get(same_number(answers, "tgId", group), "tests");
        json_array_foreach(json_object_get(group, "tests"), k, prompt)
        {
            const json_t *expected = same_number(results, "tcId", prompt);
            vec_begin(r, "test %lld", (long long)json_integer_value(json_object_get(prompt, "tcId")));
            if (expected)
                acvp_test(r, group, prompt, expected);
            else
                vec_malformed(r, "no expected result");
            vec_end(r);
            if (vec_broken(r))
                return;
        }
    }
}
