/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 9180's test vectors (the CFRG file, a list of suites with mode): key derivation, encapsulation both ways, key
 * schedule, every encryption sealed and opened, every export.
 */
#include <string.h>

#include "bench/vectors/vectors_internal.h"
#include "hpke/hpke.h"

enum { EXPORT_ONLY = 0xffff, EXPORT_MAX = 255 * 32 };

/* An id of RFC 9180, s. 7, and what the interface calls it. */
typedef struct id_name {
    uint16_t id;
    const char *prim;
} id_name;

static const id_name kems[] = {{0x0010, "p256"}, {0x0020, "x25519"}};

static const id_name aeads[] = {
    {0x0001, "aes-128-gcm"},
    {0x0002, "aes-256-gcm"},
    {0x0003, "chacha20-poly1305"},
    /* Export-only: the key schedule makes a key that no message uses, so any AEAD gives the right exports. */
    {EXPORT_ONLY, "chacha20-poly1305"},
};

static const char *const kdf_names[] = {"0x0000", "HKDF-SHA256", "HKDF-SHA384", "HKDF-SHA512"};
static const char *const mode_names[] = {"base", "PSK", "auth", "auth-PSK"};

/* One case: its parts, each made by one step below and used by the next. */
typedef struct hpke_case {
    vec_run *r;
    const json_t *o;
    const eb_binding *b;
    unsigned mode;
    uint16_t aead_id;
    uint8_t sk_r[EB_MAX_SK], sk_s[EB_MAX_SK];
    void *secret_r, *secret_s, *public_r, *public_s; /* parsed keys; NULL until loaded */
    uint8_t ss[EB_DIGEST], secret[EB_HPKE_SECRET], exporter[EB_MAX_HASH];
} hpke_case;

static const char *find(const id_name *list, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            return list[i].prim;
    return NULL;
}

typedef eb_status (*loader)(const eb_binding *b, void *key, const uint8_t *bytes);

static bool load(hpke_case *c, void **key, loader f, const uint8_t *bytes, const char *what)
{
    void *k = vec_alloc(c->r, eb_dhkem_key_size(c->b));
    if (!k || !vec_ok(c->r, f(c->b, k, bytes), what))
        return false;
    *key = k;
    return true;
}

/* One party: key pair from its ikm, both halves parsed. */
static bool party(hpke_case *c, const char *const names[3], uint8_t *sk, void **secret, void **public)
{
    eb_bytes ikm, want_sk, want_pk;
    if (!vec_hex_len(c->r, c->o, names[0], c->b->dh->sk_len, &ikm) || !vec_hex(c->r, c->o, names[1], &want_sk) ||
        !vec_hex(c->r, c->o, names[2], &want_pk))
        return false;
    return vec_ok(c->r, eb_dhkem_derive(c->b, sk, ikm), "DeriveKeyPair") &&
           vec_same(c->r, sk, c->b->dh->sk_len, want_sk, names[1]) &&
           load(c, secret, eb_dhkem_load_secret, sk, "parsing the private key") &&
           vec_same(c->r, eb_dhkem_public(*secret), c->b->dh->pk_len, want_pk, names[2]) &&
           load(c, public, eb_dhkem_load_public, want_pk.ptr, "parsing the public key");
}

static bool encapsulate(hpke_case *c)
{
    eb_bytes ikm, want_enc, want_ss;
    uint8_t enc[EB_MAX_PK], ss[EB_DIGEST];
    if (!vec_hex_len(c->r, c->o, "ikmE", c->b->dh->sk_len, &ikm) || !vec_hex(c->r, c->o, "enc", &want_enc) ||
        !vec_hex(c->r, c->o, "shared_secret", &want_ss))
        return false;
    return vec_ok(c->r, eb_dhkem_encap(c->b, ss, enc, ikm.ptr, c->public_r, c->secret_s), "Encap") &&
           vec_same(c->r, enc, c->b->dh->pk_len, want_enc, "enc") &&
           vec_same(c->r, ss, sizeof ss, want_ss, "shared_secret of the sender") &&
           vec_ok(c->r, eb_dhkem_decap(c->b, c->ss, enc, c->secret_r, c->public_s), "Decap") &&
           vec_same(c->r, c->ss, sizeof c->ss, want_ss, "shared_secret of the recipient");
}

static bool schedule(hpke_case *c)
{
    const eb_aead *aead = c->b->aead;
    uint8_t hash[EB_MAX_HASH];
    eb_bytes info, key, nonce, exporter;
    if (!vec_hex(c->r, c->o, "info", &info) || !vec_hex(c->r, c->o, "exporter_secret", &exporter))
        return false;
    eb_hpke_mode mode = c->mode == EB_HPKE_AUTH ? EB_HPKE_AUTH : EB_HPKE_BASE;
    if (!vec_ok(c->r, eb_hpke_info_hash(c->b, hash, info), "info_hash") ||
        !vec_ok(c->r, eb_hpke_schedule(c->b, mode, c->secret, c->exporter, c->ss, hash), "KeySchedule") ||
        !vec_same(c->r, c->exporter, c->b->mac->tag_len, exporter, "exporter_secret"))
        return false;
    if (c->aead_id == EXPORT_ONLY)
        return true;
    return vec_hex(c->r, c->o, "key", &key) && vec_hex(c->r, c->o, "base_nonce", &nonce) &&
           vec_same(c->r, c->secret, aead->key_len, key, "key") &&
           vec_same(c->r, c->secret + aead->key_len, aead->nonce_len, nonce, "base_nonce") &&
           vec_ok(c->r, aead->set_key(c->b->aead_ctx, c->secret), "setting the AEAD key");
}

static bool encryption(hpke_case *c, const json_t *e)
{
    const eb_aead *aead = c->b->aead;
    eb_bytes aad, pt, ct, want_nonce;
    uint64_t seq;
    uint8_t nonce[EB_MAX_NONCE];
    if (!vec_number(c->r, e, "seq", INT64_MAX, &seq) || !vec_hex(c->r, e, "aad", &aad) ||
        !vec_hex(c->r, e, "pt", &pt) || !vec_hex(c->r, e, "ct", &ct) || !vec_hex(c->r, e, "nonce", &want_nonce))
        return false;
    uint8_t *sealed = vec_alloc(c->r, pt.len + aead->tag_len), *opened = vec_alloc(c->r, ct.len);
    if (!sealed || !opened)
        return false;
    eb_hpke_nonce(nonce, c->secret + aead->key_len, aead->nonce_len, seq);
    char what[40];
    snprintf(what, sizeof what, "encryption %llu", (unsigned long long)seq);
    if (!vec_same(c->r, nonce, aead->nonce_len, want_nonce, what) ||
        !vec_ok(c->r, aead->seal(c->b->aead_ctx, sealed, nonce, aad, pt), what) ||
        !vec_same(c->r, sealed, pt.len + aead->tag_len, ct, what) ||
        !vec_ok(c->r, aead->open(c->b->aead_ctx, opened, nonce, aad, ct), what) ||
        !vec_same(c->r, opened, ct.len - aead->tag_len, pt, what))
        return false;
    c->r->encryptions++;
    sealed[0] ^= 1; /* and nothing else opens */
    return vec_refused(c->r, aead->open(c->b->aead_ctx, opened, nonce, aad, eb_range(sealed, ct.len)), EB_ERR_AUTH,
                       "a changed ciphertext");
}

static bool export_value(hpke_case *c, const json_t *e)
{
    eb_bytes context, want;
    uint64_t len;
    if (!vec_hex(c->r, e, "exporter_context", &context) || !vec_number(c->r, e, "L", EXPORT_MAX, &len) ||
        !vec_hex(c->r, e, "exported_value", &want))
        return false;
    uint8_t *out = vec_alloc(c->r, len);
    return out && vec_ok(c->r, eb_hpke_export(c->b, out, len, c->exporter, context), "Export") &&
           vec_same(c->r, out, len, want, "exported_value");
}

static bool each(hpke_case *c, const char *field, bool (*f)(hpke_case *c, const json_t *e))
{
    const json_t *list = json_object_get(c->o, field), *e;
    size_t i;
    if (!json_is_array(list))
        return vec_malformed(c->r, "field '%s' is missing or not a list", field);
    json_array_foreach(list, i, e) if (!f(c, e)) return false;
    return true;
}

static void check(hpke_case *c)
{
    static const char *const recipient[] = {"ikmR", "skRm", "pkRm"}, *const sender[] = {"ikmS", "skSm", "pkSm"};
    bool ok = party(c, recipient, c->sk_r, &c->secret_r, &c->public_r) &&
              (c->mode != EB_HPKE_AUTH || party(c, sender, c->sk_s, &c->secret_s, &c->public_s)) && encapsulate(c) &&
              schedule(c) && (c->aead_id == EXPORT_ONLY || each(c, "encryptions", encryption)) &&
              each(c, "exports", export_value);
    (void)ok; /* the run has recorded what was wrong */
    void *const keys[] = {c->secret_r, c->secret_s, c->public_r, c->public_s};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i])
            eb_dhkem_drop(c->b, keys[i]);
}

/* Says why a case is not for us; false if it is. */
static bool foreign(vec_run *r, uint64_t mode, uint64_t kem, uint64_t kdf, uint64_t aead)
{
    if (mode == 1 || mode == 3)
        vec_skip(r, "mode %s", mode_names[mode]);
    else if (kdf != 1 && kdf < sizeof kdf_names / sizeof kdf_names[0])
        vec_skip(r, "KDF %s", kdf_names[kdf]);
    else if (kdf != 1)
        vec_skip(r, "KDF 0x%04x", (unsigned)kdf);
    else if (!find(kems, sizeof kems / sizeof kems[0], kem))
        vec_skip(r, "KEM 0x%04x", (unsigned)kem);
    else if (!find(aeads, sizeof aeads / sizeof aeads[0], aead))
        vec_skip(r, "AEAD 0x%04x", (unsigned)aead);
    else
        return false;
    return true;
}

static void one(vec_run *r, const json_t *o)
{
    uint64_t mode, kem, kdf, aead;
    if (!vec_number(r, o, "mode", 3, &mode) || !vec_number(r, o, "kem_id", UINT16_MAX, &kem) ||
        !vec_number(r, o, "kdf_id", UINT16_MAX, &kdf) || !vec_number(r, o, "aead_id", UINT16_MAX, &aead) ||
        foreign(r, mode, kem, kdf, aead))
        return;
    const eb_suite suite = {
        .id = "RFC 9180",
        .prim = {[EB_DH] = find(kems, sizeof kems / sizeof kems[0], kem),
                 [EB_AEAD] = find(aeads, sizeof aeads / sizeof aeads[0], aead),
                 [EB_MAC] = "hmac-sha256"},
        .kem_id = (uint16_t)kem,
        .kdf_id = (uint16_t)kdf,
        .aead_id = (uint16_t)aead,
    };
    hpke_case c = {.r = r, .o = o, .mode = (unsigned)mode, .aead_id = (uint16_t)aead};
    c.b = vec_bind(r, &suite, EB_HPKE_NEEDS);
    if (c.b)
        check(&c);
}

bool vec_hpke_is(const json_t *root)
{
    return json_is_array(root) && json_object_get(json_array_get(root, 0), "kem_id");
}

void vec_hpke_one(vec_run *r, const json_t *entry)
{
    vec_begin(r, "%s", vec_string(entry, "name"));
    one(r, entry);
    vec_end(r);
}

void vec_hpke_run(vec_run *r, const json_t *root)
{
    const json_t *o;
    size_t i;
    json_array_foreach(root, i, o)
    {
        json_int_t mode = json_integer_value(json_object_get(o, "mode"));
        vec_begin(r, "case %zu (mode %s, KEM 0x%04x, KDF 0x%04x, AEAD 0x%04x)", i + 1,
                  mode >= 0 && mode < 4 ? mode_names[mode] : "?",
                  (unsigned)json_integer_value(json_object_get(o, "kem_id")),
                  (unsigned)json_integer_value(json_object_get(o, "kdf_id")),
                  (unsigned)json_integer_value(json_object_get(o, "aead_id")));
        one(r, o);
        vec_end(r);
        if (vec_broken(r))
            return;
    }
}
