/* SPDX-License-Identifier: Apache-2.0 */
/* HPKE's KEM as a suite has it: DHKEM over its curve (dhkem.c), or a KEM that the library brings (X-Wing). */
#include <string.h>

#include "hpke/hpke.h"

static bool is_dhkem(const eb_binding *b)
{
    return b->dh != NULL;
}

eb_hpke_kem_sizes eb_hpke_kem_size(const eb_binding *b)
{
    if (is_dhkem(b))
        return (eb_hpke_kem_sizes){.sk = b->dh->sk_len,
                                   .pk = b->dh->pk_len,
                                   .enc = b->dh->pk_len,
                                   .keygen_coins = b->dh->sk_len,
                                   .encap_coins = b->dh->sk_len,
                                   .key = eb_dhkem_key_size(b)};
    return (eb_hpke_kem_sizes){.sk = b->kem->sk_len,
                               .pk = b->kem->pk_len,
                               .enc = b->kem->ct_len,
                               .keygen_coins = b->kem->sk_len,
                               .encap_coins = b->kem->coins_len,
                               .key = b->kem->key_size};
}

eb_status eb_hpke_kem_load_secret(const eb_binding *b, void *key, const uint8_t *sk)
{
    return is_dhkem(b) ? eb_dhkem_load_secret(b, key, sk) : b->kem->secret_key(b->kem_ctx, key, sk);
}

eb_status eb_hpke_kem_load_public(const eb_binding *b, void *key, const uint8_t *pk)
{
    return is_dhkem(b) ? eb_dhkem_load_public(b, key, pk) : b->kem->public_key(b->kem_ctx, key, pk);
}

void eb_hpke_kem_drop(const eb_binding *b, void *key)
{
    if (is_dhkem(b))
        eb_dhkem_drop(b, key);
    else
        b->kem->key_fini(b->kem_ctx, key);
}

eb_status eb_kem_keygen(const eb_kem *kem, void *ctx, void *temp_key, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    eb_status s = kem->secret_key(ctx, temp_key, coins);
    if (s == EB_OK) {
        s = kem->encode(ctx, pk, temp_key);
        kem->key_fini(ctx, temp_key);
    }
    if (s == EB_OK) {
        memcpy(sk, coins, kem->sk_len);
        return s;
    }
    eb_wipe(sk, kem->sk_len);
    eb_wipe(pk, kem->pk_len);
    return s;
}

eb_status eb_hpke_kem_keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    return is_dhkem(b) ? eb_dhkem_keygen(b, sk, pk, coins)
                       : eb_kem_keygen(b->kem, b->kem_ctx, b->temp_kem_key, sk, pk, coins);
}

eb_status eb_hpke_kem_encap(const eb_binding *b, uint8_t *ss, uint8_t *enc, const uint8_t *coins, const void *recipient,
                            const void *sender)
{
    if (is_dhkem(b))
        return eb_dhkem_encap(b, ss, enc, coins, recipient, sender);
    if (recipient == NULL)
        return EB_ERR_INVALID;
    return sender == NULL ? b->kem->encapsulate(b->kem_ctx, ss, enc, recipient, coins) : EB_ERR_UNSUPPORTED;
}

eb_status eb_hpke_kem_decap(const eb_binding *b, uint8_t *ss, const uint8_t *enc, const void *recipient,
                            const void *sender)
{
    if (is_dhkem(b))
        return eb_dhkem_decap(b, ss, enc, recipient, sender);
    if (recipient == NULL)
        return EB_ERR_INVALID;
    return sender == NULL ? b->kem->decapsulate(b->kem_ctx, ss, enc, recipient) : EB_ERR_UNSUPPORTED;
}
