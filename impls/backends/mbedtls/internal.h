/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the mbedTLS adapter share. A class of primitives with a file of its own is declared here, and
 * listed in mbedtls.c. */
#ifndef EB_MBEDTLS_INTERNAL_H
#define EB_MBEDTLS_INTERNAL_H

#include "escrowbench/backend.h"

#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>

/* What a failed call on keys, points and numbers means: bad input by what the library says, else its own failure. */
static inline eb_status status_of(int ret)
{
    switch (ret) {
    case 0:
        return EB_OK;
    case MBEDTLS_ERR_ECP_INVALID_KEY:
    case MBEDTLS_ERR_ECP_BAD_INPUT_DATA:
    case MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE: /* an encoding that it does not read */
    case MBEDTLS_ERR_MPI_NOT_ACCEPTABLE:      /* no inverse: a result at infinity */
        return EB_ERR_INVALID;
    default:
        return EB_ERR_BACKEND;
    }
}

/* Gives the status of `ret`; wipes the output unless it is EB_OK. */
static inline eb_status finish(int ret, uint8_t *out, size_t len)
{
    if (ret != 0) {
        eb_wipe(out, len);
    }
    return status_of(ret);
}

/* The library's random argument: bytes that blind; no result depends on them. They are counted. */
int eb_mbedtls_blinding(void *unused, unsigned char *out, size_t len);

/* pke.c, cipher.c */
extern const eb_pke eb_mbedtls_rsa_1280_oaep, eb_mbedtls_rsa_2048_oaep;
extern const eb_stream eb_mbedtls_aes_128_ctr;
extern const eb_floor eb_mbedtls_pke_floor, eb_mbedtls_cipher_floor;
extern const eb_sig eb_mbedtls_ecdsa_p256;
extern const eb_floor eb_mbedtls_sig_floor;

#endif
