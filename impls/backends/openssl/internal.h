/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the OpenSSL adapter share. A class of primitives with a file of its own is declared here, and
 * listed in openssl.c. */
#ifndef EB_OPENSSL_INTERNAL_H
#define EB_OPENSSL_INTERNAL_H

#include "escrowbench/backend.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Ends a call that failed: no stale output, and no stale entry in the library's error queue, which only the adapter
   could read and whose entries the library fills with allocated text. */
static inline eb_status fail(eb_status status, void *out, size_t len)
{
    if (len > 0) {
        OPENSSL_cleanse(out, len);
    }
    ERR_clear_error();
    return status;
}

extern const eb_sig eb_openssl_ed25519, eb_openssl_ecdsa_p256;
extern const eb_floor eb_openssl_sig_floor;
/* X25519, in openssl.c: a part of X-Wing too, whose contexts and keys hold these. */
enum { X25519_LEN = 32 };

struct x25519_ctx {
    /* Keys are imported through one operation kept for all: EVP_PKEY_new_raw_public_key takes 2.6 us, as it looks up
       the algorithm anew, this takes 1.2 us. */
    EVP_PKEY_CTX *import;
    OSSL_PARAM secret_param[2], public_param[2]; /* both name `raw` */
    uint8_t raw[X25519_LEN];
};

struct x25519_key {
    EVP_PKEY *pkey;
    /* Made when a secret key first agrees: 1.4 us that a key pair whose public half alone is wanted does not pay, nor any
       later agreement. */
    EVP_PKEY_CTX *derive;
    bool encoded; /* `pk` is filled */
    uint8_t pk[X25519_LEN];
};

extern const eb_dh *const eb_openssl_x25519;

/* The classes with files of their own. */
extern const eb_kem eb_openssl_ml_kem_768, eb_openssl_ml_kem_1024, eb_openssl_x_wing;
extern const eb_floor eb_openssl_kem_floor;
/* pke.c, cipher.c, cms.c */
extern const eb_pke eb_openssl_rsa_1280_oaep, eb_openssl_rsa_2048_oaep;
extern const eb_stream eb_openssl_aes_128_ctr;
extern const eb_keywrap eb_openssl_aes_256_kw;
extern const eb_envelope eb_openssl_cms;
extern const eb_floor eb_openssl_pke_floor, eb_openssl_cipher_floor, eb_openssl_envelope_floor;

#endif
