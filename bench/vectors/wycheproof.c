/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wycheproof's test vectors for the primitives of this project. A test is `valid` (the result must come out), `invalid`
 * (must be refused) or `acceptable` (may be refused, but never give another result).
 */
#include <string.h>

#include "bench/vectors/vectors_internal.h"
#include "hpke/hpke.h"

enum { P256_SK = 32, P256_POINT = 65, P256_PACKED = 33, HKDF_SIZE_MAX = 1 << 20 };

typedef enum verdict { VALID, INVALID, ACCEPTABLE } verdict;

typedef struct test {
    vec_run *r;
    const json_t *group, *o;
    verdict verdict;
} test;

static const eb_binding *primitive(vec_run *r, eb_class cls, const char *prim)
{
    eb_suite suite = {.id = "Wycheproof"};
    suite.prim[cls] = prim;
    return vec_bind(r, &suite, EB_NEED(cls));
}

/* AES-GCM, ChaCha20-Poly1305 */

static const struct {
    const char *algorithm;
    size_t key_len;
    const char *prim;
} aeads[] = {
    {"AES-GCM", 16, "aes-128-gcm"},
    {"AES-GCM", 32, "aes-256-gcm"},
    {"CHACHA20-POLY1305", 32, "chacha20-poly1305"},
};

typedef struct aead_fields {
    eb_bytes key, nonce, aad, msg, ct, tag;
} aead_fields;

static bool aead_read(test *t, aead_fields *f)
{
    return vec_hex(t->r, t->o, "key", &f->key) && vec_hex(t->r, t->o, "iv", &f->nonce) &&
           vec_hex(t->r, t->o, "aad", &f->aad) && vec_hex(t->r, t->o, "msg", &f->msg) &&
           vec_hex(t->r, t->o, "ct", &f->ct) && vec_hex(t->r, t->o, "tag", &f->tag);
}

static void aead_check(test *t, const eb_binding *b, const aead_fields *f)
{
    const eb_aead *a = b->aead;
    size_t len = f->ct.len + f->tag.len;
    uint8_t *want = vec_alloc(t->r, len), *got = vec_alloc(t->r, f->msg.len + a->tag_len), *pt = vec_alloc(t->r, len);
    if (!want || !got || !pt || !vec_ok(t->r, a->set_key(b->aead_ctx, f->key.ptr), "setting the key"))
        return;
    memcpy(want, f->ct.ptr, f->ct.len);
    memcpy(want + f->ct.len, f->tag.ptr, f->tag.len);
    eb_bytes wire = eb_range(want, len);
    if (t->verdict == VALID) {
        if (!vec_ok(t->r, a->seal(b->aead_ctx, got, f->nonce.ptr, f->aad, f->msg), "sealing") ||
            !vec_same(t->r, got, f->msg.len + a->tag_len, wire, "ciphertext and tag") ||
            !vec_ok(t->r, a->open(b->aead_ctx, pt, f->nonce.ptr, f->aad, wire), "opening") ||
            !vec_same(t->r, pt, f->ct.len, f->msg, "plaintext"))
            return;
        want[len - 1] ^= 0x80; /* from here on it is a forgery */
    }
    memset(pt, 0xa5, len);
    if (vec_refused(t->r, a->open(b->aead_ctx, pt, f->nonce.ptr, f->aad, wire), EB_ERR_AUTH, "a forgery"))
        vec_zeroed(t->r, pt, f->ct.len, "a forgery");
}

static void aead(test *t, const char *algorithm)
{
    aead_fields f;
    const char *prim = NULL;
    if (!aead_read(t, &f))
        return;
    for (size_t i = 0; i < sizeof aeads / sizeof aeads[0]; i++)
        if (strcmp(aeads[i].algorithm, algorithm) == 0 && aeads[i].key_len == f.key.len)
            prim = aeads[i].prim;
    if (!prim) {
        vec_skip(t->r, "%s key of %zu bits", algorithm, 8 * f.key.len);
        return;
    }
    const eb_binding *b = primitive(t->r, EB_AEAD, prim);
    if (!b)
        return;
    if (f.nonce.len != b->aead->nonce_len)
        vec_skip(t->r, "nonce length %zu", 8 * f.nonce.len);
    else if (f.tag.len != b->aead->tag_len)
        vec_skip(t->r, "tag length %zu", 8 * f.tag.len);
    else
        aead_check(t, b, &f);
}

/* X25519, ECDH on P-256 */

static bool all_zero(eb_bytes v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] != 0)
            return false;
    return true;
}

/* sk and pk have the lengths of b->dh. `refusal`: EB_OK if the secret must come out, EB_ERR_INVALID if it must not,
 * anything else if both will do. */
static void agree(test *t, const eb_binding *b, const uint8_t *sk, const uint8_t *pk, eb_bytes want, eb_status refusal)
{
    const eb_dh *dh = b->dh;
    uint8_t ss[EB_MAX_SS];
    memset(ss, 0xa5, sizeof ss);
    void *own = vec_alloc(t->r, dh->key_size), *peer = vec_alloc(t->r, dh->key_size);
    if (!own || !peer || !vec_ok(t->r, dh->secret_key(b->dh_ctx, own, sk), "parsing the private key"))
        return;
    eb_status s = dh->public_key(b->dh_ctx, peer, pk);
    bool parsed = s == EB_OK;
    if (parsed)
        s = dh->agree(b->dh_ctx, ss, own, peer);
    if (refusal == EB_ERR_INVALID || (s != EB_OK && refusal != EB_OK)) {
        if (vec_refused(t->r, s, EB_ERR_INVALID, "the public key") && parsed)
            vec_zeroed(t->r, ss, dh->ss_len, "the public key");
    } else if (vec_ok(t->r, s, "key agreement")) {
        vec_same(t->r, ss, dh->ss_len, want, "shared secret");
    }
    if (parsed)
        dh->key_fini(b->dh_ctx, peer);
    dh->key_fini(b->dh_ctx, own);
}

static void xdh(test *t, const char *algorithm)
{
    eb_bytes sk, pk, ss;
    const char *curve = vec_string(t->group, "curve");
    (void)algorithm;
    if (strcmp(curve, "curve25519") != 0) {
        vec_skip(t->r, "curve %s", curve);
        return;
    }
    if (!vec_hex(t->r, t->o, "private", &sk) || !vec_hex(t->r, t->o, "public", &pk) ||
        !vec_hex(t->r, t->o, "shared", &ss))
        return;
    const eb_binding *b = primitive(t->r, EB_DH, "x25519");
    if (!b)
        return;
    if (sk.len != b->dh->sk_len || pk.len != b->dh->pk_len)
        vec_skip(t->r, "key length %zu", 8 * (sk.len != b->dh->sk_len ? sk.len : pk.len));
    else
        /* An all-zero result is refused (RFC 7748, s. 6.1); every other acceptable input has one right answer. */
        agree(t, b, sk.ptr, pk.ptr, ss, all_zero(ss) || t->verdict == INVALID ? EB_ERR_INVALID : EB_OK);
}

/* SubjectPublicKeyInfo of a P-256 key by its curve's name, up to the point (RFC 5480, s. 2). Its DER is unique. */
enum { SPKI_HEAD = 26 };

static eb_bytes spki_point(eb_bytes der)
{
    /* id-ecPublicKey, prime256v1; before it the lengths of the whole, after it the bit string's */
    static const uint8_t middle[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                     0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    size_t len = der.len - SPKI_HEAD;
    if (der.len <= SPKI_HEAD || (len != P256_POINT && len != P256_PACKED))
        return eb_range(NULL, 0);
    const uint8_t *p = der.ptr, *bits = p + 2 + sizeof middle;
    bool strict = p[0] == 0x30 && p[1] == der.len - 2 && memcmp(p + 2, middle, sizeof middle) == 0 && bits[0] == 0x03 &&
                  bits[1] == len + 1 && bits[2] == 0x00;
    return strict ? eb_range(p + SPKI_HEAD, len) : eb_range(NULL, 0);
}

/* Why a public key never reaches a library: the interface takes points, not DER. */
static void foreign_key(test *t)
{
    static const struct {
        const char *flag, *reason;
    } reasons[] = {
        {"UnnamedCurve", "explicit curve parameters"},
        {"InvalidAsn", "public key not in DER"},
        {"WrongCurve", "key of another curve"},
    };
    const json_t *flags = json_object_get(t->o, "flags"), *flag;
    size_t i;
    for (size_t k = 0; k < sizeof reasons / sizeof reasons[0]; k++)
        json_array_foreach(flags, i, flag)
        {
            const char *text = json_string_value(flag);
            if (text && strcmp(text, reasons[k].flag) == 0)
                vec_skip(t->r, "%s", reasons[k].reason); /* the first one counts */
        }
    vec_skip(t->r, "public key in another encoding");
}

/* A big-endian number, possibly with leading zeros or shorter than the field, as 32 bytes. */
static bool p256_scalar(uint8_t out[P256_SK], eb_bytes v)
{
    while (v.len > 0 && v.ptr[0] == 0)
        v = eb_range(v.ptr + 1, v.len - 1);
    if (v.len > P256_SK)
        return false;
    memset(out, 0, P256_SK);
    if (v.len > 0)
        memcpy(out + P256_SK - v.len, v.ptr, v.len);
    return true;
}

/* The uncompressed point, through the group where the file has it compressed. False with the case decided. */
static bool p256_point(test *t, uint8_t out[P256_POINT], eb_bytes point)
{
    if (point.len == P256_POINT) {
        memcpy(out, point.ptr, point.len);
        return true;
    }
    if (point.len != P256_PACKED) {
        foreign_key(t);
        return false;
    }
    const eb_binding *b = primitive(t->r, EB_GROUP, "p256");
    if (!b)
        return false;
    eb_status s = b->group->unpack(b->group_ctx, out, point.ptr);
    if (t->verdict == INVALID || (t->verdict == ACCEPTABLE && s != EB_OK)) {
        vec_refused(t->r, s, EB_ERR_INVALID, "the compressed point");
        return false;
    }
    return vec_ok(t->r, s, "the compressed point");
}

static void ecdh(test *t, const char *algorithm)
{
    static const eb_status refusals[] = {
        [VALID] = EB_OK, [INVALID] = EB_ERR_INVALID, [ACCEPTABLE] = EB_ERR_UNSUPPORTED};
    const char *curve = vec_string(t->group, "curve"), *encoding = vec_string(t->group, "encoding");
    eb_bytes sk, pk, ss;
    uint8_t scalar[P256_SK], point[P256_POINT];
    (void)algorithm;
    if (strcmp(curve, "secp256r1") != 0 || (strcmp(encoding, "asn") != 0 && strcmp(encoding, "ecpoint") != 0)) {
        vec_skip(t->r, "curve %s, keys as %s", curve, encoding);
        return;
    }
    if (!vec_hex(t->r, t->o, "private", &sk) || !vec_hex(t->r, t->o, "public", &pk) ||
        !vec_hex(t->r, t->o, "shared", &ss))
        return;
    if (!p256_scalar(scalar, sk)) {
        vec_skip(t->r, "private key of %zu bytes", sk.len);
        return;
    }
    if (!primitive(t->r, EB_DH, "p256")) /* first: what a library lacks is the better reason */
        return;
    if (!p256_point(t, point, strcmp(encoding, "asn") == 0 ? spki_point(pk) : pk))
        return;
    const eb_binding *b = primitive(t->r, EB_DH, "p256");
    if (b)
        agree(t, b, scalar, point, ss, refusals[t->verdict]);
}

/* HKDF, HMAC */

static void hkdf(test *t, const char *algorithm)
{
    eb_bytes ikm, salt, info, okm;
    uint64_t size;
    uint8_t prk[EB_MAX_HASH];
    (void)algorithm;
    if (!vec_hex(t->r, t->o, "ikm", &ikm) || !vec_hex(t->r, t->o, "salt", &salt) ||
        !vec_hex(t->r, t->o, "info", &info) || !vec_hex(t->r, t->o, "okm", &okm) ||
        !vec_number(t->r, t->o, "size", HKDF_SIZE_MAX, &size))
        return;
    const eb_binding *b = primitive(t->r, EB_MAC, "hmac-sha256");
    uint8_t *out = b ? vec_alloc(t->r, size) : NULL;
    if (!out || !vec_ok(t->r, eb_hkdf_extract(b, prk, salt, ikm), "HKDF-Extract"))
        return;
    eb_status s = eb_hkdf_expand(b, out, size, eb_range(prk, b->mac->tag_len), &info, 1);
    if (t->verdict == INVALID) /* the only invalid size is one over 255 blocks */
        vec_refused(t->r, s, EB_ERR_INVALID, "more output than HKDF gives");
    else if (vec_ok(t->r, s, "HKDF-Expand"))
        vec_same(t->r, out, size, okm, "okm");
}

static void hmac(test *t, const char *algorithm)
{
    eb_bytes key, msg, tag;
    uint8_t got[EB_MAX_HASH];
    (void)algorithm;
    if (!vec_hex(t->r, t->o, "key", &key) || !vec_hex(t->r, t->o, "msg", &msg) || !vec_hex(t->r, t->o, "tag", &tag))
        return;
    const eb_binding *b = primitive(t->r, EB_MAC, "hmac-sha256");
    if (!b)
        return;
    if (tag.len == 0 || tag.len > b->mac->tag_len) {
        vec_skip(t->r, "tag length %zu", 8 * tag.len);
        return;
    }
    if (!vec_ok(t->r, b->mac->set_key(b->mac_ctx, key), "setting the key") ||
        !vec_ok(t->r, b->mac->compute(b->mac_ctx, got, &msg, 1), "computing the tag"))
        return;
    if (t->verdict == INVALID)
        vec_check(t->r, memcmp(got, tag.ptr, tag.len) != 0, "the tag of an invalid test came out");
    else
        vec_same(t->r, got, tag.len, tag, "tag"); /* truncated where the test says so */
}

/* Ed25519, ECDSA on P-256 with SHA-256 and signatures r || s */

static const struct {
    const char *algorithm, *curve, *sha, *field, *prim;
} signatures[] = {
    {"EDDSA", "edwards25519", "", "pk", "ed25519"},
    {"ECDSA", "secp256r1", "SHA-256", "uncompressed", "ecdsa-p256"},
};

/* The program's own selection has private keys with its signatures (RFC 8032, s. 7.1; RFC 6979, A.2.5). */
static void sign(test *t, const eb_binding *b, eb_bytes pk, eb_bytes msg, eb_bytes sig)
{
    const eb_sig *s = b->sig;
    eb_bytes sk;
    uint8_t got[EB_MAX_SIG], made_pk[EB_MAX_SIG_PK];
    void *key = vec_alloc(t->r, s->key_size), *public_key = vec_alloc(t->r, s->key_size);
    if (!json_object_get(t->o, "private") || !key || !public_key ||
        !vec_hex_len(t->r, t->o, "private", s->sk_len, &sk) ||
        !vec_ok(t->r, s->secret_key(b->sig_ctx, key, sk.ptr), "parsing the private key"))
        return;
    if (vec_ok(t->r, s->encode(b->sig_ctx, made_pk, key), "the public key") &&
        vec_same(t->r, made_pk, s->pk_len, pk, "public key") &&
        vec_ok(t->r, s->sign(b->sig_ctx, got, key, msg), "signing") &&
        (!s->repeats || vec_same(t->r, got, s->sig_len, sig, "signature")) &&
        vec_ok(t->r, s->public_key(b->sig_ctx, public_key, pk.ptr), "parsing the public key")) {
        vec_ok(t->r, s->verify(b->sig_ctx, got, public_key, msg), "verifying what was signed");
        s->key_fini(b->sig_ctx, public_key);
    }
    s->key_fini(b->sig_ctx, key);
}

static void verify(test *t, const eb_binding *b, eb_bytes pk, eb_bytes msg, const uint8_t *sig)
{
    const eb_sig *s = b->sig;
    void *key = vec_alloc(t->r, s->key_size);
    if (!key || !vec_ok(t->r, s->public_key(b->sig_ctx, key, pk.ptr), "parsing the public key"))
        return;
    const eb_status got = s->verify(b->sig_ctx, sig, key, msg);
    if (t->verdict == VALID)
        vec_ok(t->r, got, "verifying");
    else if (t->verdict == INVALID || got != EB_OK)
        vec_refused(t->r, got, EB_ERR_AUTH, "the signature");
    s->key_fini(b->sig_ctx, key);
}

static void signature(test *t, const char *algorithm)
{
    const size_t i = strcmp(algorithm, signatures[0].algorithm) == 0 ? 0 : 1;
    const json_t *key = json_object_get(t->group, "publicKey");
    const char *curve = vec_string(key, "curve"), *sha = vec_string(t->group, "sha");
    eb_bytes pk, msg, sig;
    if (strcmp(curve, signatures[i].curve) != 0 || strcmp(sha, signatures[i].sha) != 0) {
        vec_skip(t->r, "%s on %s %s", algorithm, curve, sha);
        return;
    }
    if (!vec_hex(t->r, key, signatures[i].field, &pk) || !vec_hex(t->r, t->o, "msg", &msg) ||
        !vec_hex(t->r, t->o, "sig", &sig))
        return;
    const eb_binding *b = primitive(t->r, EB_SIG, signatures[i].prim);
    if (!b)
        return;
    if (pk.len != b->sig->pk_len) {
        vec_skip(t->r, "public key of %zu bytes", pk.len);
    } else if (sig.len != b->sig->sig_len) { /* the interface has one length */
        vec_skip(t->r, "signature of %zu bytes", sig.len);
    } else {
        verify(t, b, pk, msg, sig.ptr);
        sign(t, b, pk, msg, sig);
    }
}

static void kem(test *t, const char *algorithm)
{
    (void)algorithm;
    vec_kem_wycheproof(t->r, t->group, t->o);
}

/* AES in counter mode (NIST SP 800-38A, F.5) */

static void ctr(test *t, const char *algorithm)
{
    eb_bytes key, iv, msg, ct;
    if (!vec_hex(t->r, t->o, "key", &key) || !vec_hex(t->r, t->o, "iv", &iv) || !vec_hex(t->r, t->o, "msg", &msg) ||
        !vec_hex_len(t->r, t->o, "ct", msg.len, &ct))
        return;
    const eb_binding *b = primitive(t->r, EB_STREAM, "aes-128-ctr");
    uint8_t *got = b ? vec_alloc(t->r, msg.len) : NULL;
    if (!got)
        return;
    if (key.len != b->stream->key_len || iv.len != b->stream->iv_len) {
        vec_skip(t->r, "%s key of %zu bits", algorithm, 8 * key.len);
        return;
    }
    if (vec_ok(t->r, b->stream->set_key(b->stream_ctx, key.ptr), "setting the key") &&
        vec_ok(t->r, b->stream->apply(b->stream_ctx, got, iv.ptr, msg), "encrypting") &&
        vec_same(t->r, got, ct.len, ct, "ciphertext") &&
        vec_ok(t->r, b->stream->apply(b->stream_ctx, got, iv.ptr, eb_range(got, ct.len)), "decrypting in place"))
        vec_same(t->r, got, msg.len, msg, "plaintext");
}

/* AES-KW */

static void keywrap_check(test *t, const eb_binding *b, eb_bytes msg, eb_bytes ct)
{
    const eb_keywrap *w = b->keywrap;
    const size_t out_len = ct.len > w->overhead ? ct.len - w->overhead : 0;
    uint8_t *out = vec_alloc(t->r, out_len), *wrapped = vec_alloc(t->r, msg.len + w->overhead);
    if (!out || !wrapped)
        return;
    if (t->verdict == VALID) {
        if (!vec_ok(t->r, w->wrap(b->keywrap_ctx, wrapped, msg), "wrapping") ||
            !vec_same(t->r, wrapped, msg.len + w->overhead, ct, "wrapped key") ||
            !vec_ok(t->r, w->unwrap(b->keywrap_ctx, out, ct), "unwrapping") ||
            !vec_same(t->r, out, out_len, msg, "key"))
            return;
        wrapped[ct.len - 1] ^= 1; /* from here on it is a forgery */
        ct = eb_range(wrapped, ct.len);
    } else if (ct.len == 0) { /* a key that cannot be wrapped */
        vec_refused(t->r, w->wrap(b->keywrap_ctx, wrapped, msg), EB_ERR_INVALID, "the key");
    }
    memset(out, 0xa5, out_len);
    if (vec_refused(t->r, w->unwrap(b->keywrap_ctx, out, ct), EB_ERR_AUTH, "the wrapped key"))
        vec_zeroed(t->r, out, out_len, "the wrapped key");
}

static void keywrap(test *t, const char *algorithm)
{
    eb_bytes key, msg, ct;
    if (!vec_hex(t->r, t->o, "key", &key) || !vec_hex(t->r, t->o, "msg", &msg) || !vec_hex(t->r, t->o, "ct", &ct))
        return;
    const eb_binding *b = primitive(t->r, EB_KEYWRAP, "aes-256-kw");
    if (!b)
        return;
    if (key.len != b->keywrap->key_len)
        vec_skip(t->r, "%s key of %zu bits", algorithm, 8 * key.len);
    else if (vec_ok(t->r, b->keywrap->set_key(b->keywrap_ctx, key.ptr), "setting the key"))
        keywrap_check(t, b, msg, ct);
}

/* RSA-OAEP */

/* PrivateKeyInfo of a 2048-bit RSA key (RFC 5208, s. 5), up to the RSAPrivateKey in it; and where in that the modulus and the
   exponent begin, which are all of the RSAPublicKey (RFC 8017, A.1.1). */
enum { PKCS8_HEAD = 26, RSA_NUMBERS_AT = 7, RSA_NUMBERS = 266 };

static eb_bytes pkcs8_key(eb_bytes der)
{
    static const uint8_t middle[] = {0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                     0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04, 0x82};
    const bool known = der.len > PKCS8_HEAD + RSA_NUMBERS_AT + RSA_NUMBERS && der.ptr[0] == 0x30 &&
                       der.ptr[1] == 0x82 && memcmp(der.ptr + 4, middle, sizeof middle) == 0;
    return known ? eb_range(der.ptr + PKCS8_HEAD, der.len - PKCS8_HEAD) : eb_range(NULL, 0);
}

/* What the test's public key encrypts, its private key decrypts. */
static void oaep_there_and_back(test *t, const eb_binding *b, const void *own, const uint8_t *numbers, eb_bytes msg)
{
    static const uint8_t head[] = {0x30, 0x82, RSA_NUMBERS >> 8, RSA_NUMBERS & 0xff};
    const eb_pke *p = b->pke;
    uint8_t pk[EB_MAX_PKE_PK] = {0}, ct[EB_MAX_PKE_CT], out[EB_MAX_PKE_CT];
    eb_buf plain = {.ptr = out, .cap = sizeof out};
    void *peer = vec_alloc(t->r, p->key_size);
    memcpy(pk, head, sizeof head);
    memcpy(pk + sizeof head, numbers, RSA_NUMBERS);
    if (!peer || !vec_ok(t->r, p->public_key(b->pke_ctx, peer, pk), "parsing the public key"))
        return;
    if (vec_ok(t->r, p->encrypt(b->pke_ctx, ct, peer, msg), "encrypting") &&
        vec_ok(t->r, p->decrypt(b->pke_ctx, &plain, ct, own), "decrypting what was encrypted"))
        vec_same(t->r, plain.ptr, plain.len, msg, "plaintext that was encrypted");
    p->key_fini(b->pke_ctx, peer);
}

static void oaep_check(test *t, const eb_binding *b, eb_bytes rsa, eb_bytes msg, eb_bytes ct)
{
    const eb_pke *p = b->pke;
    uint8_t out[EB_MAX_PKE_CT], *sk = vec_alloc(t->r, p->sk_len);
    eb_buf plain = {.ptr = out, .cap = sizeof out};
    void *own = vec_alloc(t->r, p->key_size);
    if (!own || !sk || !vec_check(t->r, rsa.len <= p->sk_len, "a private key of %zu bytes", rsa.len))
        return;
    memcpy(sk, rsa.ptr, rsa.len);
    if (!vec_ok(t->r, p->secret_key(b->pke_ctx, own, sk), "parsing the private key"))
        return;
    const eb_status s = p->decrypt(b->pke_ctx, &plain, ct.ptr, own);
    if (t->verdict == VALID) {
        if (vec_ok(t->r, s, "decrypting") && vec_same(t->r, plain.ptr, plain.len, msg, "plaintext"))
            oaep_there_and_back(t, b, own, rsa.ptr + RSA_NUMBERS_AT, msg);
    } else if (vec_refused(t->r, s, EB_ERR_AUTH, "the ciphertext")) {
        vec_check(t->r, plain.len == 0, "a refused ciphertext gave %zu bytes", plain.len);
    }
    p->key_fini(b->pke_ctx, own);
}

static void oaep(test *t, const char *algorithm)
{
    eb_bytes pkcs8, msg, ct, label;
    const char *sha = vec_string(t->group, "sha"), *mgf = vec_string(t->group, "mgfSha");
    if (!vec_hex(t->r, t->group, "privateKeyPkcs8", &pkcs8) || !vec_hex(t->r, t->o, "msg", &msg) ||
        !vec_hex(t->r, t->o, "ct", &ct) || !vec_hex(t->r, t->o, "label", &label))
        return;
    const eb_bytes rsa = pkcs8_key(pkcs8);
    if (rsa.len == 0 || strcmp(sha, "SHA-1") != 0 || strcmp(mgf, "SHA-1") != 0) {
        vec_skip(t->r, "%s of another size or hash", algorithm);
        return;
    }
    const eb_binding *b = primitive(t->r, EB_PKE, "rsa-2048-oaep");
    if (!b)
        return;
    if (label.len > 0)
        vec_skip(t->r, "label"); /* the interface has none */
    else if (ct.len != b->pke->ct_len)
        vec_skip(t->r, "ciphertext of %zu bytes", ct.len); /* the interface has one length */
    else
        oaep_check(t, b, rsa, msg, ct);
}

/* Dispatch */

static const struct {
    const char *algorithm;
    void (*run)(test *t, const char *algorithm);
} algorithms[] = {
    {"AES-GCM", aead},      {"CHACHA20-POLY1305", aead}, {"XDH", xdh},         {"ECDH", ecdh},
    {"HKDF-SHA-256", hkdf}, {"HMACSHA256", hmac},        {"EDDSA", signature}, {"ECDSA", signature},
    {"AES-CTR", ctr},       {"AES-WRAP", keywrap},       {"RSAES-OAEP", oaep}, {"ML-KEM", kem},
};

static bool read_verdict(test *t)
{
    static const char *const names[] = {[VALID] = "valid", [INVALID] = "invalid", [ACCEPTABLE] = "acceptable"};
    const char *result = vec_string(t->o, "result");
    for (verdict v = VALID; v <= ACCEPTABLE; v++)
        if (strcmp(result, names[v]) == 0) {
            t->verdict = v;
            return true;
        }
    return vec_malformed(t->r, "field 'result' is neither valid, invalid nor acceptable");
}

static void dispatch(vec_run *r, const char *algorithm, const json_t *group, const json_t *o)
{
    test t = {.r = r, .group = group, .o = o};
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strcmp(algorithms[i].algorithm, algorithm) == 0) {
            if (read_verdict(&t))
                algorithms[i].run(&t, algorithm);
            return;
        }
    vec_skip(r, "algorithm %s", algorithm);
}

bool vec_wycheproof_is(const json_t *root)
{
    return json_is_string(json_object_get(root, "algorithm")) && json_object_get(root, "numberOfTests") &&
           json_is_array(json_object_get(root, "testGroups"));
}

void vec_wycheproof_one(vec_run *r, const json_t *entry)
{
    vec_begin(r, "%s", vec_string(entry, "name"));
    dispatch(r, vec_string(entry, "algorithm"), entry, entry);
    vec_end(r);
}

void vec_wycheproof_run(vec_run *r, const json_t *root)
{
    const char *algorithm = vec_string(root, "algorithm");
    const json_t *groups = json_object_get(root, "testGroups"), *group, *o;
    size_t i, k;
    json_array_foreach(groups, i, group)
    {
        json_array_foreach(json_object_get(group, "tests"), k, o)
        {
            const char *comment = vec_string(o, "comment");
            vec_begin(r, "test %lld%s%s", (long long)json_integer_value(json_object_get(o, "tcId")),
                      comment[0] ? ": " : "", comment);
            dispatch(r, algorithm, group, o);
            vec_end(r);
            if (vec_broken(r))
                return;
        }
    }
}
