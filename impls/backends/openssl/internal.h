/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the OpenSSL adapter share. A class of primitives with a file of its own is declared here, and listed in
 * openssl.c. */
#ifndef EB_OPENSSL_INTERNAL_H
#define EB_OPENSSL_INTERNAL_H

#include "escrowbench/backend.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Ends a call that failed: no stale output, and no stale entry in the library's error queue, which only the adapter could
   read and whose entries the library fills with allocated text. */
static inline eb_status fail(eb_status status, void *out, size_t len)
{
    if (len > 0) {
        OPENSSL_cleanse(out, len);
    }
    ERR_clear_error();
    return status;
}

/* pke.c, cipher.c, cms.c */
extern const eb_pke eb_openssl_rsa_1280_oaep, eb_openssl_rsa_2048_oaep;
extern const eb_stream eb_openssl_aes_128_ctr;
extern const eb_keywrap eb_openssl_aes_256_kw;
extern const eb_envelope eb_openssl_cms;
extern const eb_floor eb_openssl_pke_floor, eb_openssl_cipher_floor, eb_openssl_envelope_floor;
extern const eb_sig eb_openssl_ed25519, eb_openssl_ecdsa_p256;
extern const eb_floor eb_openssl_sig_floor;

#endif
