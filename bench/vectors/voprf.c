/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 9497's test vectors (allVectors.json): the proofs of its verifiable modes, whose nonces are published, so that a
 * proof must come out byte by byte. Blinding and finalising are not ours to test: nothing here uses a PRF.
 */
#include <string.h>

#include "bench/vectors/vectors_internal.h"
#include "sharing/dleq.h"
#include "sharing/scalar.h"

enum { MODE_OPRF = 0, MODE_VOPRF = 1, MODE_POPRF = 2, PROOF_MAX = 2 * EB_MAX_SCALAR, CONTEXT_MAX = 64 };

static const struct {
    const char *identifier, *group;
} suites[] = {{"ristretto255-SHA512", "ristretto255"}, {"P256-SHA256", "p256"}};

/* One vector's statement: B = k * A and D[i] = k * C[i], with A the generator. */
typedef struct voprf_case {
    vec_run *r;
    const eb_binding *b;
    const eb_group *g;
    void *ctx;
    const json_t *suite, *vector;
    unsigned mode;
    uint8_t context[CONTEXT_MAX];
    size_t context_len;
    uint8_t k[EB_MAX_SCALAR], key_point[EB_MAX_POINT];
    uint8_t blinded[VEC_BATCH][EB_MAX_POINT], evaluated[VEC_BATCH][EB_MAX_POINT];
    size_t m;
} voprf_case;

static const char *group_of(const char *identifier)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (strcmp(suites[i].identifier, identifier) == 0)
            return suites[i].group;
    return NULL;
}

/* contextString = "OPRFV1-" || I2OSP(mode, 1) || "-" || identifier (s. 3.1). */
static void make_context(voprf_case *c)
{
    const char *id = vec_string(c->suite, "identifier");
    int n = snprintf((char *)c->context, sizeof c->context, "OPRFV1-?-%s", id);
    c->context[7] = (uint8_t)c->mode;
    c->context_len = (size_t)n; /* identifiers are ours: they fit */
}

/* The key behind the proof: skS, or skS + HashToScalar(framedInfo) in the partially oblivious mode (s. 3.3.3). */
static bool proof_key(voprf_case *c, const uint8_t *sk)
{
    if (c->mode == MODE_VOPRF) {
        memcpy(c->k, sk, c->g->scalar_len);
        return true;
    }
    eb_bytes info;
    uint8_t m[EB_MAX_SCALAR], dst[16 + CONTEXT_MAX] = "HashToScalar-";
    if (!vec_hex(c->r, c->vector, "Info", &info))
        return false;
    uint8_t length[2] = {(uint8_t)(info.len >> 8), (uint8_t)info.len};
    const eb_bytes framed[] = {EB_LITERAL("Info"), eb_range(length, sizeof length), info};
    memcpy(dst + 13, c->context, c->context_len);
    return vec_ok(c->r, eb_hash_to_scalar(c->b, m, framed, 3, eb_range(dst, 13 + c->context_len)), "HashToScalar") &&
           vec_ok(c->r, c->g->scalar_add(c->ctx, c->k, sk, m), "adding scalars");
}

static bool keys(voprf_case *c)
{
    eb_bytes sk, pk;
    uint8_t packed[EB_MAX_PACKED];
    if (!vec_hex_len(c->r, c->suite, "skSm", c->g->scalar_len, &sk) || !vec_hex(c->r, c->suite, "pkSm", &pk))
        return false;
    return vec_ok(c->r, c->g->scalar_check(c->ctx, sk.ptr), "skSm") &&
           vec_ok(c->r, c->g->mul_base(c->ctx, c->key_point, sk.ptr), "skSm * G") &&
           vec_ok(c->r, c->g->pack(c->ctx, packed, c->key_point), "packing pkSm") &&
           vec_same(c->r, packed, c->g->packed_len, pk, "pkSm") && proof_key(c, sk.ptr) &&
           vec_ok(c->r, c->g->mul_base(c->ctx, c->key_point, c->k), "the proof's key * G");
}

/* Points of a list, unpacked; packing must give the published bytes again. */
static bool points(voprf_case *c, const char *field, uint8_t out[][EB_MAX_POINT], size_t *n)
{
    eb_bytes list[VEC_BATCH];
    uint8_t packed[EB_MAX_PACKED];
    if (!vec_hex_list(c->r, c->vector, field, list, n))
        return false;
    for (size_t i = 0; i < *n; i++) {
        if (list[i].len != c->g->packed_len)
            return vec_malformed(c->r, "field '%s' has a point of %zu bytes, not %zu", field, list[i].len,
                                 c->g->packed_len);
        if (!vec_ok(c->r, c->g->unpack(c->ctx, out[i], list[i].ptr), "unpacking a point") ||
            !vec_ok(c->r, c->g->pack(c->ctx, packed, out[i]), "packing a point") ||
            !vec_same(c->r, packed, c->g->packed_len, list[i], "unpacking and packing a point"))
            return false;
    }
    return true;
}

/* Evaluated elements are k (s. 3.3.2) or 1/k (s. 3.3.3) times the blinded ones. */
static bool evaluations(voprf_case *c)
{
    uint8_t factor[EB_MAX_SCALAR], p[EB_MAX_POINT];
    size_t n;
    if (!points(c, "BlindedElement", c->blinded, &c->m) || !points(c, "EvaluationElement", c->evaluated, &n))
        return false;
    if (n != c->m)
        return vec_malformed(c->r, "'BlindedElement' has %zu points and 'EvaluationElement' %zu", c->m, n);
    memcpy(factor, c->k, sizeof factor);
    if (c->mode == MODE_POPRF && !vec_ok(c->r, c->g->scalar_invert(c->ctx, factor, c->k), "inverting the key"))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!vec_ok(c->r, c->g->mul(c->ctx, p, factor, c->blinded[i]), "evaluating") ||
            !vec_same(c->r, p, c->g->point_len, eb_range(c->evaluated[i], c->g->point_len), "EvaluationElement"))
            return false;
    return true;
}

static bool rejected(voprf_case *c, const uint8_t *proof, const eb_dleq *st, const char *what)
{
    eb_status s = eb_dleq_verify(c->b, proof, st);
    /* A flipped bit can push a scalar over the order: malformed then, not false. */
    return vec_check(c->r, s == EB_ERR_AUTH || s == EB_ERR_INVALID, "%s: %s", what,
                     s == EB_OK ? "accepted, must be refused" : eb_status_name(s));
}

static bool proof(voprf_case *c)
{
    const uint8_t *blinded[VEC_BATCH], *evaluated[VEC_BATCH];
    const json_t *o = json_object_get(c->vector, "Proof");
    size_t len = eb_dleq_len(c->g);
    eb_bytes r, want;
    if (!vec_hex_len(c->r, o, "r", c->g->scalar_len, &r) || !vec_hex_len(c->r, o, "proof", len, &want) ||
        !vec_check(c->r, len <= PROOF_MAX, "a proof of %zu bytes", len))
        return false;
    for (size_t i = 0; i < c->m; i++) {
        blinded[i] = c->blinded[i];
        evaluated[i] = c->evaluated[i];
    }
    bool swap = c->mode == MODE_POPRF; /* the proof is about blinded = t * evaluated */
    const eb_dleq st = {.b = c->key_point,
                        .c = swap ? evaluated : blinded,
                        .d = swap ? blinded : evaluated,
                        .m = c->m,
                        .context = eb_range(c->context, c->context_len)};
    eb_dleq other = st;
    other.b = c->blinded[0];
    uint8_t made[PROOF_MAX], bad[PROOF_MAX];
    if (!vec_ok(c->r, eb_dleq_prove(c->b, made, &st, c->k, r.ptr), "GenerateProof") ||
        !vec_same(c->r, made, len, want, "proof") || !vec_ok(c->r, eb_dleq_verify(c->b, want.ptr, &st), "VerifyProof"))
        return false;
    for (size_t i = 0; i < 2; i++) {
        memcpy(bad, made, len);
        bad[i * c->g->scalar_len + c->g->scalar_len / 2] ^= 0x10;
        if (!rejected(c, bad, &st, "a proof with a flipped bit"))
            return false;
    }
    return rejected(c, made, &other, "a proof for another public key");
}

static void one(vec_run *r, const json_t *suite, const json_t *vector)
{
    const char *identifier = vec_string(suite, "identifier"), *group = group_of(identifier);
    uint64_t mode;
    if (!vec_number(r, suite, "mode", UINT8_MAX, &mode))
        return;
    if (!group)
        vec_skip(r, "suite %s", identifier);
    else if (mode == MODE_OPRF)
        vec_skip(r, "mode OPRF, which has no proof");
    else if (mode > MODE_POPRF)
        vec_skip(r, "mode %u", (unsigned)mode);
    if (r->state != VEC_RUNNING)
        return;
    const eb_suite want = {.id = "RFC 9497", .prim = {[EB_GROUP] = group}};
    voprf_case *c = vec_alloc(r, sizeof *c);
    const eb_binding *b = c ? vec_bind(r, &want, EB_NEED(EB_GROUP)) : NULL;
    if (!b)
        return;
    *c = (voprf_case){.r = r, .b = b, .g = b->group, .ctx = b->group_ctx, .suite = suite, .vector = vector};
    c->mode = (unsigned)mode;
    make_context(c);
    bool ok = keys(c) && evaluations(c) && proof(c);
    (void)ok; /* the run has recorded what was wrong */
    eb_wipe(c, sizeof *c);
}

bool vec_voprf_is(const json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return json_is_array(root) && json_object_get(first, "identifier") && json_object_get(first, "vectors");
}

static void run_suite(vec_run *r, const json_t *suite, const char *name)
{
    const json_t *vectors = json_object_get(suite, "vectors"), *v;
    size_t i;
    vec_begin(r, "%s", name);
    if (!json_is_array(vectors))
        vec_malformed(r, "field 'vectors' is missing or not a list");
    json_array_foreach(vectors, i, v)
    {
        vec_begin(r, "%s, vector %zu", name, i + 1);
        one(r, suite, v);
        vec_end(r);
        if (vec_broken(r))
            return;
    }
}

void vec_voprf_one(vec_run *r, const json_t *entry)
{
    run_suite(r, entry, vec_string(entry, "name"));
}

void vec_voprf_run(vec_run *r, const json_t *root)
{
    const json_t *suite;
    size_t i;
    json_array_foreach(root, i, suite)
    {
        char name[VEC_TEXT / 2];
        snprintf(name, sizeof name, "suite %zu (%s, mode %d)", i + 1, vec_string(suite, "identifier"),
                 (int)json_integer_value(json_object_get(suite, "mode")));
        run_suite(r, suite, name);
        if (vec_broken(r))
            return;
    }
}
