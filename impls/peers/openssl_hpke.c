/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's own HPKE (OSSL_HPKE_*, from 3.2), as its users call it: a context for each message, the recipient's public key as
 * bytes, its private key as an object. The library draws the ephemeral key; for the proof it is told RFC 9180's. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hpke.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/side.h"

enum {
    PK_MAX = 65,
    TAG = 16,
    IKM = 32,
    TEXT = 29, /* of the vectors */
    SIZES = 2,
};

/* RFC 9180: A.2.1 and, for AES-256-GCM, the file of vectors that App. A was made from; base mode, encryption 0. */
typedef struct suite {
    const char *id;
    OSSL_HPKE_SUITE algorithms;
    const char *ikm_e, *ikm_r, *enc, *ct;
} suite;

static const suite suites[] = {
    {.id = "x25519",
     .algorithms = {OSSL_HPKE_KEM_ID_X25519, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_CHACHA_POLY1305},
     .ikm_e = "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b",
     .ikm_r = "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df",
     .enc = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
     .ct = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"},
    {.id = "p256",
     .algorithms = {OSSL_HPKE_KEM_ID_P256, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_AES_GCM_256},
     .ikm_e = "a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24efb7ae0ace1f31887a8cd6c",
     .ikm_r = "a0ce15d49e28bd47a18a97e147582d814b08cbe00109fed5ec27d1b4e9f6f5e3",
     .enc = "04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e"
            "0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0",
     .ct = "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f"},
};

static const uint8_t vector_info[] = "Ode on a Grecian Urn";
static const uint8_t vector_text[] = "Beauty is truth, truth beauty";
static const uint8_t vector_aad[] = "Count-0";
static const uint8_t info[] = "escrowbench";

enum { SUITES = sizeof suites / sizeof suites[0] };

typedef struct state {
    const suite *suite;
    bool seals;
    size_t len;
    EVP_PKEY *key;
    uint8_t pk[PK_MAX], enc[PK_MAX];
    size_t pk_len, enc_len, ct_len;
    uint8_t *message, *ct, *out;
} state;

static const char *version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

static bool row(size_t i, eb_side_row *r)
{
    static const int64_t sizes[SIZES] = {1024, 64};
    if (i >= (size_t)2 * SUITES * SIZES)
        return false;
    const int64_t size = sizes[i / 2 % SIZES];
    *r = (eb_side_row){.op = i % 2 == 0 ? "seal" : "open",
                       .subject = "hpke",
                       .variant = suites[i / 2 / SIZES].id,
                       .size = size,
                       .about = "the library's own interface: a context for each message",
                       .coins = IKM + (size_t)size,
                       .our_transport = "hpke",
                       .our_suite = suites[i / 2 / SIZES].id,
                       .our_backend = "openssl"};
    return true;
}

static void release(void *opaque)
{
    state *s = opaque;
    EVP_PKEY_free(s->key);
    free(s->message);
    free(s->ct);
    free(s->out);
    free(s);
}

/* ikm_e NULL: the library draws the ephemeral key. */
static eb_status seal_with(state *s, const uint8_t *ikm_e, eb_bytes context, eb_bytes aad, eb_bytes message)
{
    OSSL_HPKE_CTX *ctx =
        OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, s->suite->algorithms, OSSL_HPKE_ROLE_SENDER, NULL, NULL);
    s->enc_len = sizeof s->enc;
    s->ct_len = message.len + TAG;
    const bool ok = ctx != NULL && (ikm_e == NULL || OSSL_HPKE_CTX_set1_ikme(ctx, ikm_e, IKM) == 1) &&
                    OSSL_HPKE_encap(ctx, s->enc, &s->enc_len, s->pk, s->pk_len, context.ptr, context.len) == 1 &&
                    OSSL_HPKE_seal(ctx, s->ct, &s->ct_len, aad.ptr, aad.len, message.ptr, message.len) == 1;
    OSSL_HPKE_CTX_free(ctx);
    return ok ? EB_OK : EB_ERR_BACKEND;
}

static eb_status open_with(state *s, eb_bytes context, eb_bytes aad)
{
    OSSL_HPKE_CTX *ctx =
        OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, s->suite->algorithms, OSSL_HPKE_ROLE_RECEIVER, NULL, NULL);
    size_t len = s->ct_len - TAG;
    const bool ok = ctx != NULL && OSSL_HPKE_decap(ctx, s->enc, s->enc_len, s->key, context.ptr, context.len) == 1 &&
                    OSSL_HPKE_open(ctx, s->out, &len, aad.ptr, aad.len, s->ct, s->ct_len) == 1;
    OSSL_HPKE_CTX_free(ctx);
    return ok ? EB_OK : EB_ERR_AUTH;
}

static eb_status make_key(state *s, const uint8_t *ikm)
{
    EVP_PKEY_free(s->key);
    s->key = NULL;
    s->pk_len = sizeof s->pk;
    return OSSL_HPKE_keygen(s->suite->algorithms, s->pk, &s->pk_len, &s->key, ikm, IKM, NULL, NULL) == 1
               ? EB_OK
               : EB_ERR_BACKEND;
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    const eb_bytes context = eb_range(info, sizeof info - 1);
    return s->seals ? seal_with(s, NULL, context, (eb_bytes){0}, eb_range(s->message, s->len))
                    : open_with(s, context, (eb_bytes){0});
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return EB_ERR_BACKEND;
    for (size_t i = 0; i < SUITES; i++)
        if (strcmp(suites[i].id, r->variant) == 0)
            s->suite = &suites[i];
    s->seals = r->op[0] == 's';
    s->len = (size_t)r->size;
    const size_t room = s->len > TEXT ? s->len : TEXT;
    s->message = malloc(room);
    s->ct = malloc(room + TAG);
    s->out = malloc(room);
    eb_status result = EB_ERR_BACKEND;
    if (s->message != NULL && s->ct != NULL && s->out != NULL && s->suite != NULL)
        result = make_key(s, coins);
    if (result == EB_OK) {
        memcpy(s->message, coins + IKM, s->len);
        result = seal_with(s, NULL, eb_range(info, sizeof info - 1), (eb_bytes){0}, eb_range(s->message, s->len));
    }
    if (result != EB_OK) {
        release(s);
        return result;
    }
    *out = s;
    return EB_OK;
}

static void from_hex(uint8_t *out, const char *hex)
{
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        unsigned byte = 0;
        for (int i = 0; i < 2; i++)
            byte = byte << 4 | (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        *out++ = (uint8_t)byte;
    }
}

/* The bytes of the published vector, which are ours too (gate `vectors`). */
static eb_status prove_vector(state *s)
{
    uint8_t ikm_e[IKM], ikm_r[IKM], enc[PK_MAX], ct[TEXT + TAG];
    const eb_bytes context = eb_range(vector_info, sizeof vector_info - 1);
    const eb_bytes aad = eb_range(vector_aad, sizeof vector_aad - 1);
    from_hex(ikm_e, s->suite->ikm_e);
    from_hex(ikm_r, s->suite->ikm_r);
    from_hex(enc, s->suite->enc);
    from_hex(ct, s->suite->ct);
    if (make_key(s, ikm_r) != EB_OK || seal_with(s, ikm_e, context, aad, eb_range(vector_text, TEXT)) != EB_OK ||
        s->enc_len != s->pk_len || memcmp(s->enc, enc, s->enc_len) != 0 || memcmp(s->ct, ct, sizeof ct) != 0 ||
        open_with(s, context, aad) != EB_OK || memcmp(s->out, vector_text, TEXT) != 0)
        return EB_ERR_AUTH;
    return EB_OK;
}

static eb_status prove(void *opaque)
{
    state *s = opaque;
    const eb_bytes context = eb_range(info, sizeof info - 1);
    memset(s->out, 0, s->len);
    if (seal_with(s, NULL, context, (eb_bytes){0}, eb_range(s->message, s->len)) != EB_OK ||
        open_with(s, context, (eb_bytes){0}) != EB_OK || memcmp(s->out, s->message, s->len) != 0)
        return EB_ERR_AUTH;
    s->ct[s->len / 2] ^= 1;
    if (open_with(s, context, (eb_bytes){0}) == EB_OK)
        return EB_ERR_AUTH;
    return prove_vector(s);
}

extern const eb_side eb_peer_openssl_hpke;

const eb_side eb_peer_openssl_hpke = {
    .abi = EB_ABI,
    .id = "openssl-hpke",
    .library = "OpenSSL",
    .version = version,
    .note = "OSSL_HPKE_*, the library's own HPKE",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .release = release,
};
