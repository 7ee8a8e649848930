/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S/MIME mail: the library's own CMS (RFC 5652), with AES-256-GCM as AuthEnvelopedData (RFC 5083, RFC 5084). Each recipient
 * has an RSA-2048 certificate and gets the content key by RSAES-PKCS1-v1_5, which is what mail programs send and the
 * library's default. The library draws content key, nonce and padding for itself.
 *
 * A private key is an RSAPrivateKey followed by its certificate, a public key the certificate: DER, padded with zeros.
 */
#include "internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "cms_keys.h"

enum {
    SK_LEN = 1200 + 704,
    PK_LEN = 704,
    TAG = 16,
    TAG_LEAST = 12,
    TAIL = 2 + TAG,       /* the tag as an OCTET STRING, which ends the message */
    FRAME_MAX = 128,      /* all that comes before the ciphertext, without the recipients; 5-byte lengths */
    RECIPIENT_MAX = 1024, /* one recipient: 256 bytes of key, and the issuer's name (of these certificates, 22 bytes) */
    MOST = 65             /* 64 devices and a ghost */
};

struct cms_ctx {
    EVP_CIPHER *cipher;
    uint8_t *scratch; /* for a message whose parts do not lie side by side: the library takes one piece */
    size_t scratch_cap;
};

struct cms_key {
    X509 *certificate;
    EVP_PKEY *pkey; /* NULL: of somebody else */
};

static void cms_fini(void *ctx)
{
    struct cms_ctx *c = ctx;

    EVP_CIPHER_free(c->cipher);
    OPENSSL_free(c->scratch);
    *c = (struct cms_ctx){0};
}

static eb_status cms_init(void *ctx)
{
    struct cms_ctx *c = ctx;

    *c = (struct cms_ctx){.cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)};
    return c->cipher != NULL ? EB_OK : fail(EB_ERR_BACKEND, NULL, 0);
}

/* ---- keys ---- */

static void cms_key_fini(void *ctx, void *key)
{
    struct cms_key *k = key;

    (void)ctx;
    X509_free(k->certificate);
    EVP_PKEY_free(k->pkey);
    *k = (struct cms_key){0};
}

/* A certificate in the `len` bytes at `p`, with nothing but zeros behind it. */
static X509 *read_certificate(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    X509 *x = d2i_X509(NULL, &p, (long)len);
    uint8_t any = 0;

    while (x != NULL && p < end) {
        any |= *p++;
    }
    if (any == 0) {
        return x;
    }
    X509_free(x);
    return NULL;
}

static eb_status cms_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    struct cms_key *k = key;
    const uint8_t *p = sk;

    *k = (struct cms_key){.pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, SK_LEN)};
    if (k->pkey != NULL) {
        k->certificate = read_certificate(p, (size_t)(sk + SK_LEN - p));
    }
    if (k->certificate == NULL || X509_check_private_key(k->certificate, k->pkey) != 1) {
        cms_key_fini(ctx, k);
        return fail(EB_ERR_INVALID, NULL, 0);
    }
    return EB_OK;
}

static eb_status cms_public_key(void *ctx, void *key, const uint8_t *pk)
{
    struct cms_key *k = key;
    const EVP_PKEY *pkey;

    *k = (struct cms_key){.certificate = read_certificate(pk, PK_LEN)};
    pkey = k->certificate != NULL ? X509_get0_pubkey(k->certificate) : NULL;
    if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA || EVP_PKEY_get_bits(pkey) != 2048) {
        cms_key_fini(ctx, k);
        return fail(EB_ERR_INVALID, NULL, 0);
    }
    return EB_OK;
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes from our own hex; how many. */
static size_t unhex(uint8_t *out, const char *hex)
{
    size_t n = 0;

    for (; hex[2 * n] != '\0'; n++) {
        out[n] = (uint8_t)(digit(hex[2 * n]) << 4 | digit(hex[2 * n + 1]));
    }
    return n;
}

static eb_status cms_keygen(void *ctx, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    size_t i = coins[0] >> 4, n;

    (void)ctx;
    memset(sk, 0, SK_LEN);
    memset(pk, 0, PK_LEN);
    n = unhex(sk, cms_keys[i].key);
    unhex(sk + n, cms_keys[i].certificate);
    unhex(pk, cms_keys[i].certificate);
    return EB_OK;
}

/* ---- messages ---- */

static size_t cms_head_max(void *ctx, unsigned recipients)
{
    (void)ctx;
    return FRAME_MAX + recipients * RECIPIENT_MAX;
}

/* Enters (or skips) the element at *p; `optional`: there need be none. */
static bool element(const uint8_t **p, const uint8_t *end, int class, int tag, bool enter, bool optional)
{
    const uint8_t *at = *p;
    long len = 0;
    int got_tag = 0, got_class = 0;

    if ((ASN1_get_object(&at, &len, &got_tag, &got_class, end - at) & 0x80) != 0) {
        ERR_clear_error();
        return false;
    }
    if (got_tag != tag || got_class != class) {
        return optional;
    }
    *p = enter ? at : at + len;
    return true;
}

/* What follows the ciphertext is a tag of at least 12 bytes (RFC 5084, s. 3.2), and nothing else. The library takes a tag of one
   byte, with which a forged message passes once in 256 times; and attributes that nothing authenticates. */
static bool tag_follows(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *tag = p;

    return element(&p, end, V_ASN1_UNIVERSAL, V_ASN1_OCTET_STRING, false, false) && p == end &&
           end - tag >= 2 + TAG_LEAST;
}

/* RFC 5083, s. 2.1; RFC 5652, s. 6.1: down to encryptedContent, which is the first byte of the body. */
static eb_status cms_head(void *ctx, size_t *len, eb_bytes sealed)
{
    enum { U = V_ASN1_UNIVERSAL, CONTEXT = V_ASN1_CONTEXT_SPECIFIC };
    const uint8_t *p = sealed.ptr, *end = sealed.ptr + sealed.len, *after;
    bool ok;

    (void)ctx;
    *len = 0;
    if (sealed.len == 0 || sealed.len > LONG_MAX) {
        return EB_ERR_INVALID;
    }
    ok = element(&p, end, U, V_ASN1_SEQUENCE, true, false) && /* ContentInfo */
         element(&p, end, U, V_ASN1_OBJECT, false, false) &&  /* id-ct-authEnvelopedData */
         element(&p, end, CONTEXT, 0, true, false) &&         /* content */
         element(&p, end, U, V_ASN1_SEQUENCE, true, false) && /* AuthEnvelopedData */
         element(&p, end, U, V_ASN1_INTEGER, false, false) && /* version */
         element(&p, end, CONTEXT, 0, false, true) &&         /* originatorInfo */
         element(&p, end, U, V_ASN1_SET, false, false) &&     /* recipientInfos */
         element(&p, end, U, V_ASN1_SEQUENCE, true, false) && /* authEncryptedContentInfo */
         element(&p, end, U, V_ASN1_OBJECT, false, false) &&  /* contentType */
         element(&p, end, U, V_ASN1_SEQUENCE, false, false);  /* contentEncryptionAlgorithm */
    after = p;
    ok = ok && element(&after, end, CONTEXT, 0, false, false) && /* encryptedContent */
         element(&p, end, CONTEXT, 0, true, false) && tag_follows(after, end);
    if (!ok) {
        return EB_ERR_INVALID;
    }
    *len = (size_t)(p - sealed.ptr);
    return EB_OK;
}

static STACK_OF(X509) * certificates(const void *const *pks, unsigned recipients)
{
    STACK_OF(X509) *list = sk_X509_new_reserve(NULL, (int)recipients);

    for (unsigned i = 0; i < recipients && list != NULL; i++) {
        const struct cms_key *k = pks[i];

        if (sk_X509_push(list, k->certificate) <= 0) {
            sk_X509_free(list);
            return NULL;
        }
    }
    return list;
}

static eb_status cms_write(const CMS_ContentInfo *message, eb_buf *out)
{
    int len = i2d_CMS_ContentInfo(message, NULL);
    uint8_t *p = out->ptr;

    if (len <= 0) {
        return EB_ERR_BACKEND;
    }
    if ((size_t)len > out->cap) {
        return EB_ERR_SPACE;
    }
    if (i2d_CMS_ContentInfo(message, &p) != len) {
        return EB_ERR_BACKEND;
    }
    out->len = (size_t)len;
    return EB_OK;
}

static eb_status cms_seal(void *ctx, eb_buf *out, const void *const *pks, unsigned recipients, const uint8_t *coins,
                          eb_bytes plaintext)
{
    const struct cms_ctx *c = ctx;
    CMS_ContentInfo *message = NULL;
    BIO *in = NULL;
    STACK_OF(X509) *list = NULL;
    eb_status status = EB_ERR_BACKEND;

    (void)coins;
    out->len = 0;
    if (recipients < 1 || recipients > MOST || plaintext.len > INT_MAX / 2) {
        return EB_ERR_INVALID;
    }
    list = certificates(pks, recipients);
    in = BIO_new_mem_buf(plaintext.len > 0 ? (const void *)plaintext.ptr : "", (int)plaintext.len);
    if (list != NULL && in != NULL) {
        message = CMS_encrypt(list, in, c->cipher, CMS_BINARY);
    }
    if (message != NULL) {
        status = cms_write(message, out);
    }
    CMS_ContentInfo_free(message);
    BIO_free(in);
    sk_X509_free(list);
    return status == EB_OK ? EB_OK : fail(status, out->ptr, out->cap);
}

/* Both parts in one piece: as they are if they are that already. */
static const uint8_t *in_one(struct cms_ctx *c, eb_bytes head, eb_bytes body)
{
    const size_t len = head.len + body.len;

    if (head.ptr + head.len == body.ptr) {
        return head.ptr;
    }
    if (c->scratch_cap < len) {
        OPENSSL_free(c->scratch);
        c->scratch = OPENSSL_malloc(len);
        c->scratch_cap = c->scratch != NULL ? len : 0;
    }
    if (c->scratch != NULL) {
        memcpy(c->scratch, head.ptr, head.len);
        memcpy(c->scratch + head.len, body.ptr, body.len);
    }
    return c->scratch;
}

/* The content, which the library writes before it has checked the tag: nothing of it leaves unless all is well. */
static eb_status cms_decrypt(CMS_ContentInfo *message, const struct cms_key *k, BIO *content, eb_buf *plaintext)
{
    char *bytes = NULL;
    bool authentic = CMS_decrypt(message, k->pkey, k->certificate, NULL, content, CMS_BINARY) == 1;
    long len = BIO_get_mem_data(content, &bytes);
    eb_status status = authentic ? EB_OK : EB_ERR_AUTH;

    if (authentic && (size_t)len > plaintext->cap) {
        status = EB_ERR_SPACE;
    } else if (authentic) {
        if (len > 0) {
            memcpy(plaintext->ptr, bytes, (size_t)len);
        }
        plaintext->len = (size_t)len;
    }
    if (len > 0) {
        OPENSSL_cleanse(bytes, (size_t)len);
    }
    return status;
}

static eb_status cms_open(void *ctx, eb_buf *plaintext, const void *sk, eb_bytes head, eb_bytes body)
{
    const uint8_t *sealed, *p;
    CMS_ContentInfo *message = NULL;
    BIO *content = NULL;
    eb_status status = EB_ERR_AUTH;
    size_t head_len = 0;

    plaintext->len = 0;
    if (head.len + body.len > INT_MAX) {
        return EB_ERR_AUTH;
    }
    p = sealed = in_one(ctx, head, body);
    if (sealed == NULL) {
        return EB_ERR_BACKEND;
    }
    if (cms_head(ctx, &head_len, eb_range(sealed, head.len + body.len)) != EB_OK || head_len != head.len) {
        return EB_ERR_AUTH;
    }
    content = BIO_new(BIO_s_mem());
    if (content == NULL) {
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    message = d2i_CMS_ContentInfo(NULL, &p, (long)(head.len + body.len));
    if (message != NULL && p == sealed + head.len + body.len &&
        OBJ_obj2nid(CMS_get0_type(message)) == NID_id_smime_ct_authEnvelopedData) {
        status = cms_decrypt(message, sk, content, plaintext);
    }
    CMS_ContentInfo_free(message);
    BIO_free(content);
    ERR_clear_error();
    return status;
}

const eb_envelope eb_openssl_cms = {
    .prim =
        {
            .cls = EB_ENVELOPE,
            .id = "cms",
            .spec = "RFC 5652, RFC 5083; AES-256-GCM (RFC 5084), RSAES-PKCS1-v1_5",
            .ctx_size = sizeof(struct cms_ctx),
            .init = cms_init,
            .fini = cms_fini,
        },
    .sk_len = SK_LEN,
    .pk_len = PK_LEN,
    .keygen_coins = 1,
    .key_size = sizeof(struct cms_key),
    .most = MOST,
    .tail_len = TAIL,
    .secret_key = cms_secret_key,
    .public_key = cms_public_key,
    .keygen = cms_keygen,
    .head_max = cms_head_max,
    .head = cms_head,
    .seal = cms_seal,
    .open = cms_open,
    .key_fini = cms_key_fini,
};

/* ---- The floor -------------------------------------------------------------------------------------------------- */

struct floor_step {
    eb_op op;
    size_t len; /* of the plaintext */
    STACK_OF(X509) * list;
    uint8_t *sealed; /* of OPEN */
    int sealed_len;
};

struct floor_state {
    EVP_CIPHER *cipher;
    X509 *certificate;
    EVP_PKEY *pkey;
    uint8_t key[SK_LEN], certificate_der[PK_LEN];
    long key_len, certificate_len;
    uint8_t *in, *out;
    size_t longest;
    struct floor_step *steps;
    size_t n;
};

static void floor_release(void *state)
{
    struct floor_state *f = state;

    if (f == NULL) {
        return;
    }
    for (size_t i = 0; f->steps != NULL && i < f->n; i++) {
        sk_X509_free(f->steps[i].list);
        OPENSSL_free(f->steps[i].sealed);
    }
    X509_free(f->certificate);
    EVP_PKEY_free(f->pkey);
    EVP_CIPHER_free(f->cipher);
    OPENSSL_free(f->in);
    OPENSSL_free(f->out);
    OPENSSL_free(f->steps);
    OPENSSL_free(f);
}

static bool floor_keys(struct floor_state *f)
{
    const uint8_t *key = f->key, *certificate = f->certificate_der;

    f->key_len = (long)unhex(f->key, cms_keys[0].key);
    f->certificate_len = (long)unhex(f->certificate_der, cms_keys[0].certificate);
    f->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    f->pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &key, f->key_len);
    f->certificate = d2i_X509(NULL, &certificate, f->certificate_len);
    return f->cipher != NULL && f->pkey != NULL && f->certificate != NULL;
}

static int floor_write(const CMS_ContentInfo *message, uint8_t **out)
{
    return message != NULL ? i2d_CMS_ContentInfo(message, out) : -1;
}

/* A message to so many recipients; its bytes in new memory where `out` points to NULL, else there. */
static int floor_seal(const struct floor_state *f, const struct floor_step *s, uint8_t **out)
{
    BIO *in = BIO_new_mem_buf(f->in, (int)s->len);
    CMS_ContentInfo *message = in != NULL ? CMS_encrypt(s->list, in, f->cipher, CMS_BINARY) : NULL;
    int len = floor_write(message, out);

    CMS_ContentInfo_free(message);
    BIO_free(in);
    return len;
}

static bool floor_list(const struct floor_state *f, struct floor_step *s, size_t recipients)
{
    if (s->list == NULL) {
        s->list = sk_X509_new_null();
    }
    while (s->list != NULL && (size_t)sk_X509_num(s->list) < recipients) {
        if (sk_X509_push(s->list, f->certificate) <= 0) {
            return false;
        }
    }
    return s->list != NULL;
}

/* A message with a head of about `head` bytes, that is, to so many recipients: but for the lengths' own lengths. */
static bool floor_message(const struct floor_state *f, struct floor_step *s, size_t head)
{
    for (size_t recipients = 1; recipients <= MOST; recipients++) {
        OPENSSL_free(s->sealed);
        s->sealed = NULL;
        if (!floor_list(f, s, recipients)) {
            return false;
        }
        s->sealed_len = floor_seal(f, s, &s->sealed);
        if (s->sealed_len <= 0) {
            return false;
        }
        if ((size_t)s->sealed_len - s->len - TAIL + 16 >= head) {
            return true;
        }
    }
    return false;
}

static bool floor_fill(struct floor_state *f, const eb_step *steps)
{
    bool ok = true;

    for (size_t i = 0; i < f->n; i++) {
        struct floor_step *s = &f->steps[i];

        s->op = steps[i].op;
        s->len = s->op == EB_OP_ENVELOPE_OPEN ? steps[i].b - TAIL : steps[i].a;
        f->longest = s->len > f->longest ? s->len : f->longest;
    }
    f->in = OPENSSL_zalloc(f->longest + 1);
    f->out = OPENSSL_zalloc(f->longest + TAIL + cms_head_max(NULL, MOST));
    if (f->in == NULL || f->out == NULL || f->longest > INT_MAX / 2) {
        return false;
    }
    for (size_t i = 0; i < f->n && ok; i++) {
        if (f->steps[i].op == EB_OP_ENVELOPE_SEAL) {
            ok = floor_list(f, &f->steps[i], steps[i].b);
        } else if (f->steps[i].op == EB_OP_ENVELOPE_OPEN) {
            ok = floor_message(f, &f->steps[i], steps[i].a);
        }
    }
    return ok;
}

static eb_status floor_prepare(void **state, const eb_step *steps, size_t n)
{
    struct floor_state *f = OPENSSL_zalloc(sizeof *f);

    *state = NULL;
    if (f == NULL) {
        return EB_ERR_BACKEND;
    }
    f->n = n;
    f->steps = OPENSSL_zalloc((n + 1) * sizeof *f->steps);
    if (f->steps == NULL || !floor_keys(f) || !floor_fill(f, steps)) {
        floor_release(f);
        return fail(EB_ERR_BACKEND, NULL, 0);
    }
    *state = f;
    return EB_OK;
}

static bool floor_parse(const struct floor_state *f, bool secret)
{
    const uint8_t *key = f->key, *certificate = f->certificate_der;
    EVP_PKEY *pkey = secret ? d2i_PrivateKey(EVP_PKEY_RSA, NULL, &key, f->key_len) : NULL;
    X509 *x = d2i_X509(NULL, &certificate, f->certificate_len);
    bool ok = x != NULL && (!secret || (pkey != NULL && X509_check_private_key(x, pkey) == 1));

    EVP_PKEY_free(pkey);
    X509_free(x);
    return ok;
}

static bool floor_open(const struct floor_state *f, const struct floor_step *s)
{
    const uint8_t *p = s->sealed;
    CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &p, s->sealed_len);
    BIO *content = BIO_new(BIO_s_mem());
    bool ok = message != NULL && content != NULL &&
              CMS_decrypt(message, f->pkey, f->certificate, NULL, content, CMS_BINARY) == 1 &&
              (s->len == 0 || BIO_read(content, f->out, (int)s->len) == (int)s->len);

    BIO_free(content);
    CMS_ContentInfo_free(message);
    return ok;
}

static bool floor_step(const struct floor_state *f, const struct floor_step *s)
{
    uint8_t *out = f->out;

    switch (s->op) {
    case EB_OP_ENVELOPE_SECRET:
        return floor_parse(f, true);
    case EB_OP_ENVELOPE_PUBLIC:
        return floor_parse(f, false);
    case EB_OP_ENVELOPE_SEAL:
        return floor_seal(f, s, &out) > 0;
    case EB_OP_ENVELOPE_OPEN:
        return floor_open(f, s);
    default:
        return true; /* the key pair is a fixture: nothing is computed */
    }
}

static eb_status floor_run(void *state)
{
    const struct floor_state *f = state;
    bool ok = true;

    for (size_t i = 0; i < f->n && ok; i++) {
        ok = floor_step(f, &f->steps[i]);
    }
    return ok ? EB_OK : EB_ERR_BACKEND;
}

const eb_floor eb_openssl_envelope_floor = {
    .classes = 1u << EB_ENVELOPE,
    .prepare = floor_prepare,
    .run = floor_run,
    .release = floor_release,
};
