/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 9591's test vectors (one file a suite): shares of a known secret over the group's scalar field with known
 * coefficients (App. C.1), the group's key, and the secret from the participants' shares. Signing is not ours to test.
 */
#include <string.h>

#include "bench/vectors/vectors_internal.h"
#include "sharing/scalar.h"

static const struct {
    const char *name, *group;
} groups[] = {{"ristretto255", "ristretto255"}, {"P-256", "p256"}};

/* One file: the secret, its t of n shares (one after the other), and who takes part. */
typedef struct frost_case {
    vec_run *r;
    const json_t *inputs;
    const eb_binding *b;
    const eb_group *g;
    unsigned n, t;
    eb_bytes secret;
    uint8_t coefficients[VEC_BATCH * EB_MAX_SCALAR], shares[VEC_BATCH * EB_MAX_SCALAR], pk[EB_MAX_POINT];
    uint8_t points[VEC_BATCH * EB_MAX_POINT];
} frost_case;

static bool secret_key(frost_case *c)
{
    eb_bytes pk;
    uint8_t packed[EB_MAX_PACKED];
    return vec_hex_len(c->r, c->inputs, "group_secret_key", c->g->scalar_len, &c->secret) &&
           vec_hex(c->r, c->inputs, "group_public_key", &pk) &&
           vec_ok(c->r, c->g->mul_base(c->b->group_ctx, c->pk, c->secret.ptr), "group_secret_key * G") &&
           vec_ok(c->r, c->g->pack(c->b->group_ctx, packed, c->pk), "packing the group's key") &&
           vec_same(c->r, packed, c->g->packed_len, pk, "group_public_key");
}

static bool read_coefficients(frost_case *c)
{
    const json_t *list = json_object_get(c->inputs, "share_polynomial_coefficients");
    if (json_array_size(list) != c->t - 1)
        return vec_malformed(c->r, "field 'share_polynomial_coefficients' must list %u values", c->t - 1);
    for (size_t i = 0; i + 1 < c->t; i++) {
        eb_bytes v;
        const char *hex = json_string_value(json_array_get(list, i));
        if (!hex || !vec_decode(c->r, hex, strlen(hex), "share_polynomial_coefficients", &v) ||
            v.len != c->g->scalar_len)
            return vec_malformed(c->r, "a polynomial coefficient is not a scalar of %zu bytes", c->g->scalar_len);
        memcpy(c->coefficients + i * v.len, v.ptr, v.len);
    }
    return true;
}

static bool split(frost_case *c)
{
    const json_t *list = json_object_get(c->inputs, "participant_shares"), *o;
    size_t len = c->g->scalar_len, i;
    if (!read_coefficients(c) ||
        !vec_ok(c->r, eb_scalar_split(c->b, c->shares, c->n, c->t, c->secret.ptr, c->coefficients), "splitting"))
        return false;
    json_array_foreach(list, i, o)
    {
        uint64_t id;
        eb_bytes want;
        if (!vec_number(c->r, o, "identifier", c->n, &id) || !vec_hex(c->r, o, "participant_share", &want))
            return false;
        if (id == 0)
            return vec_malformed(c->r, "a participant has identifier 0");
        if (!vec_same(c->r, c->shares + (id - 1) * len, len, want, "participant_share"))
            return false;
    }
    return vec_check(c->r, i > 0, "no participant_share is published");
}

/* Public shares lie on the polynomial; one that is exchanged for another does not. */
static bool public_shares(frost_case *c)
{
    size_t len = c->g->point_len;
    for (unsigned i = 0; i < c->n; i++)
        if (!vec_ok(c->r, c->g->mul_base(c->b->group_ctx, c->points + i * len, c->shares + i * c->g->scalar_len),
                    "share * G"))
            return false;
    if (!vec_ok(c->r, eb_shares_check(c->b, c->pk, c->points, c->n, c->t), "checking the public shares"))
        return false;
    if (c->n <= c->t) /* any n points lie on a polynomial of degree n-1; with the key there are n+1 */
        return true;
    uint8_t bad[VEC_BATCH * EB_MAX_POINT];
    memcpy(bad, c->points, c->n * len);
    memcpy(bad, c->pk, len);
    return vec_refused(c->r, eb_shares_check(c->b, c->pk, bad, c->n, c->t), EB_ERR_AUTH, "a false public share");
}

static bool combine(frost_case *c)
{
    const json_t *list = json_object_get(c->inputs, "participant_list");
    const uint8_t *shares[VEC_BATCH], *points[VEC_BATCH];
    unsigned xs[VEC_BATCH];
    uint8_t secret[EB_MAX_SCALAR], pk[EB_MAX_POINT];
    if (json_array_size(list) < c->t || json_array_size(list) > c->n)
        return vec_malformed(c->r, "field 'participant_list' must name %u to %u participants", c->t, c->n);
    for (size_t i = 0; i < c->t; i++) {
        json_int_t x = json_integer_value(json_array_get(list, i));
        if (x < 1 || x > (json_int_t)c->n)
            return vec_malformed(c->r, "field 'participant_list' names none of 1 to %u", c->n);
        xs[i] = (unsigned)x;
        shares[i] = c->shares + (xs[i] - 1) * c->g->scalar_len;
        points[i] = c->points + (xs[i] - 1) * c->g->point_len;
    }
    return vec_ok(c->r, eb_scalar_combine(c->b, secret, xs, shares, c->t), "combining shares") &&
           vec_same(c->r, secret, c->g->scalar_len, c->secret, "group_secret_key from shares") &&
           vec_ok(c->r, eb_point_combine(c->b, pk, xs, points, c->t), "combining public shares") &&
           vec_same(c->r, pk, c->g->point_len, eb_range(c->pk, c->g->point_len), "group_public_key from shares");
}

static void one(vec_run *r, const json_t *root)
{
    const json_t *config = json_object_get(root, "config");
    const char *name = vec_string(config, "group"), *group = NULL;
    uint64_t n, t;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(groups[i].name, name) == 0)
            group = groups[i].group;
    if (!group) {
        vec_skip(r, "group %s", name);
        return;
    }
    const eb_suite suite = {.id = "RFC 9591", .prim = {[EB_GROUP] = group}};
    frost_case *c = vec_alloc(r, sizeof *c);
    const eb_binding *b = c ? vec_bind(r, &suite, EB_NEED(EB_GROUP)) : NULL;
    if (!b || !vec_number(r, config, "MAX_PARTICIPANTS", VEC_BATCH, &n) ||
        !vec_number(r, config, "MIN_PARTICIPANTS", n, &t))
        return;
    if (t == 0) {
        vec_malformed(r, "field 'MIN_PARTICIPANTS' is 0");
        return;
    }
    *c = (frost_case){.r = r, .inputs = json_object_get(root, "inputs"), .b = b, .g = b->group};
    c->n = (unsigned)n;
    c->t = (unsigned)t;
    bool ok = secret_key(c) && split(c) && public_shares(c) && combine(c);
    (void)ok; /* the run has recorded what was wrong */
    eb_wipe(c, sizeof *c);
}

bool vec_frost_is(const json_t *root)
{
    return json_object_get(root, "config") && json_object_get(json_object_get(root, "inputs"), "participant_shares");
}

void vec_frost_run(vec_run *r, const json_t *root)
{
    vec_begin(r, "%s", vec_string(json_object_get(root, "config"), "name"));
    one(r, root);
    vec_end(r);
}
