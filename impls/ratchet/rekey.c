/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic rekeying by a KEM. See rekey.h. */
#include "ratchet/rekey.h"

#include <string.h>

#include "hpke/hpke.h"

enum { OFFER = 1, ANSWER = 2 };

/* Bytes only: it lies where nothing is aligned, and is copied as it is. All zeros at the start of a session. */
typedef struct rekey_state {
    uint8_t turns;   /* own turns until the next offer, which falls due at 0 */
    uint8_t offered; /* the seed of an offer that has not been answered is here */
    uint8_t owing;   /* an offer of the peer's, its public key, is here */
    uint8_t bytes[]; /* seed, then the peer's public key: the KEM's lengths */
} rekey_state;

static uint8_t *seed_of(rekey_state *s)
{
    return s->bytes;
}

static uint8_t *peer_of(const eb_binding *b, rekey_state *s)
{
    return s->bytes + b->rekey_kem->sk_len;
}

static size_t state_len(const eb_binding *b)
{
    return sizeof(rekey_state) + b->rekey_kem->sk_len + b->rekey_kem->pk_len;
}

static size_t ext_len(const eb_binding *b)
{
    const eb_kem *k = b->rekey_kem;
    return 1 + (k->pk_len > k->ct_len ? k->pk_len : k->ct_len);
}

/* An offer takes a seed, an answer the coins of an encapsulation. */
static size_t coins_len(const eb_binding *b)
{
    const eb_kem *k = b->rekey_kem;
    return k->sk_len > k->coins_len ? k->sk_len : k->coins_len;
}

static eb_status offer(const eb_binding *b, rekey_state *s, eb_buf *ext, const uint8_t *coins)
{
    const eb_kem *k = b->rekey_kem;
    ext->ptr[0] = OFFER;
    eb_status st = eb_kem_keygen(k, b->rekey_kem_ctx, b->temp_kem_key, seed_of(s), ext->ptr + 1, coins);
    ext->len = st == EB_OK ? 1 + k->pk_len : 0;
    s->offered = true;
    return st;
}

static eb_status answer(const eb_binding *b, rekey_state *s, uint8_t *mix, size_t *mix_len, eb_buf *ext,
                        const uint8_t *coins)
{
    const eb_kem *k = b->rekey_kem;
    eb_status st = k->public_key(b->rekey_kem_ctx, b->temp_kem_key, peer_of(b, s));
    if (st != EB_OK)
        return st;
    ext->ptr[0] = ANSWER;
    st = k->encapsulate(b->rekey_kem_ctx, mix, ext->ptr + 1, b->temp_kem_key, coins);
    k->key_fini(b->rekey_kem_ctx, b->temp_kem_key);
    ext->len = st == EB_OK ? 1 + k->ct_len : 0;
    *mix_len = st == EB_OK ? k->ss_len : 0;
    s->owing = false;
    s->turns = EB_REKEY_TURNS;
    return st;
}

static eb_status send(const eb_binding *b, void *state, uint8_t *mix, size_t *mix_len, eb_buf *ext,
                      const uint8_t *coins)
{
    rekey_state *s = state;
    ext->len = 0;
    if (ext->cap < ext_len(b))
        return EB_ERR_SPACE;
    if (s->owing)
        return answer(b, s, mix, mix_len, ext, coins);
    if (s->turns > 0)
        s->turns--;
    return s->turns == 0 && !s->offered ? offer(b, s, ext, coins) : EB_OK;
}

static eb_status take_answer(const eb_binding *b, rekey_state *s, uint8_t *mix, size_t *mix_len, const uint8_t *ct)
{
    const eb_kem *k = b->rekey_kem;
    eb_status st = k->secret_key(b->rekey_kem_ctx, b->temp_kem_key, seed_of(s));
    if (st != EB_OK)
        return st;
    st = k->decapsulate(b->rekey_kem_ctx, mix, ct, b->temp_kem_key);
    k->key_fini(b->rekey_kem_ctx, b->temp_kem_key);
    *mix_len = st == EB_OK ? k->ss_len : 0;
    eb_wipe(seed_of(s), k->sk_len);
    s->offered = false;
    s->turns = EB_REKEY_TURNS;
    return st;
}

/* A malformed public key refuses the message that brings it. */
static eb_status receive(const eb_binding *b, void *state, uint8_t *mix, size_t *mix_len, eb_bytes ext)
{
    rekey_state *s = state;
    const eb_kem *k = b->rekey_kem;
    if (ext.len == 0)
        return EB_OK;
    if (ext.ptr[0] == OFFER && ext.len == 1 + k->pk_len && !s->offered) {
        eb_status st = k->public_key(b->rekey_kem_ctx, b->temp_kem_key, ext.ptr + 1);
        if (st != EB_OK)
            return st;
        k->key_fini(b->rekey_kem_ctx, b->temp_kem_key);
        memcpy(peer_of(b, s), ext.ptr + 1, k->pk_len);
        s->owing = true;
        return EB_OK;
    }
    if (ext.ptr[0] == ANSWER && ext.len == 1 + k->ct_len && s->offered)
        return take_answer(b, s, mix, mix_len, ext.ptr + 1);
    return EB_ERR_INVALID;
}

const eb_rekey eb_kem_rekey = {
    .state = state_len,
    .ext = ext_len,
    .coins = coins_len,
    .send = send,
    .receive = receive,
};
