/* SPDX-License-Identifier: Apache-2.0 */
/* libsignal-protocol-c: Signal's Double Ratchet (X25519, HMAC-SHA-256, AES-256-CBC with a MAC of 8 bytes) as deployed by 2016,
 * as its own users call it. It asks for a provider of algorithms, here OpenSSL, and for stores, here in memory: it reads and
 * writes the session's record at each message. Randomness comes from the coins. */
#include <openssl/evp.h>
#include <openssl/params.h>
#include <signal/curve.h>
#include <signal/key_helper.h>
#include <signal/protocol.h>
#include <signal/ratchet.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/session_pre_key.h>
#include <signal/signal_protocol.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/side.h"

enum {
    SIZE = 256,
    READY = 256,     /* messages that are made ahead */
    COINS = 1 << 16, /* used over and over */
    PREKEY = 1,
    SIGNED_PREKEY = 2,
};

typedef struct state state;

typedef struct party {
    state *owner;
    uint32_t registration;
    signal_protocol_address peer;
    signal_protocol_store_context *stores;
    session_cipher *cipher;
    ratchet_identity_key_pair *identity;
    signal_buffer *session, *prekey, *signed_prekey; /* what the stores hold: one record each */
} party;

struct state {
    char op;
    uint8_t coins[COINS];
    size_t coins_used;
    uint8_t plaintext[SIZE], out[SIZE];
    signal_context *context;
    party alice, bob; /* Alice writes first */
    EVP_MAC *hmac;
    EVP_MD *sha512;
    EVP_CIPHER *cbc, *ctr;
    ciphertext_message *messages[READY]; /* from Alice */
    size_t ready;
    uint64_t next;
    bool bobs_turn;
};

/* ---- algorithms, by OpenSSL ---- */

static int random_bytes(uint8_t *data, size_t len, void *user)
{
    state *s = user;
    for (; len > 0; len--, s->coins_used++)
        *data++ = s->coins[s->coins_used % COINS];
    return 0;
}

static int hmac_init(void **out, const uint8_t *key, size_t len, void *user)
{
    const state *s = user;
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {{"digest", OSSL_PARAM_UTF8_STRING, digest, sizeof digest - 1, 0}, OSSL_PARAM_END};
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(s->hmac);
    *out = ctx;
    if (ctx != NULL && EVP_MAC_init(ctx, key, len, params) == 1)
        return 0;
    EVP_MAC_CTX_free(ctx);
    return SG_ERR_UNKNOWN;
}

static int hmac_update(void *ctx, const uint8_t *data, size_t len, void *user)
{
    (void)user;
    return EVP_MAC_update(ctx, data, len) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int hmac_final(void *ctx, signal_buffer **out, void *user)
{
    uint8_t tag[32];
    size_t len = 0;
    (void)user;
    if (EVP_MAC_final(ctx, tag, &len, sizeof tag) != 1)
        return SG_ERR_UNKNOWN;
    *out = signal_buffer_create(tag, len);
    return *out != NULL ? 0 : SG_ERR_NOMEM;
}

static void hmac_cleanup(void *ctx, void *user)
{
    (void)user;
    EVP_MAC_CTX_free(ctx);
}

static int sha512_init(void **out, void *user)
{
    const state *s = user;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    *out = ctx;
    if (ctx != NULL && EVP_DigestInit_ex2(ctx, s->sha512, NULL) == 1)
        return 0;
    EVP_MD_CTX_free(ctx);
    return SG_ERR_UNKNOWN;
}

static int sha512_update(void *ctx, const uint8_t *data, size_t len, void *user)
{
    (void)user;
    return EVP_DigestUpdate(ctx, data, len) == 1 ? 0 : SG_ERR_UNKNOWN;
}

static int sha512_final(void *ctx, signal_buffer **out, void *user)
{
    const state *s = user;
    uint8_t digest[64];
    unsigned len = 0;
    if (EVP_DigestFinal_ex(ctx, digest, &len) != 1 || EVP_DigestInit_ex2(ctx, s->sha512, NULL) != 1)
        return SG_ERR_UNKNOWN;
    *out = signal_buffer_create(digest, len);
    return *out != NULL ? 0 : SG_ERR_NOMEM;
}

static void sha512_cleanup(void *ctx, void *user)
{
    (void)user;
    EVP_MD_CTX_free(ctx);
}

static int aes(signal_buffer **out, int cipher, bool encrypts, const uint8_t *key, size_t key_len, const uint8_t *iv,
               size_t iv_len, const uint8_t *in, size_t in_len, const state *s)
{
    const EVP_CIPHER *c = cipher == SG_CIPHER_AES_CBC_PKCS5 ? s->cbc : s->ctr;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    signal_buffer *room = signal_buffer_alloc(in_len + 16);
    int n = 0, rest = 0;
    if (ctx != NULL && room != NULL && key_len == 32 && iv_len == 16 &&
        EVP_CipherInit_ex2(ctx, c, key, iv, encrypts, NULL) == 1 &&
        EVP_CipherUpdate(ctx, signal_buffer_data(room), &n, in, (int)in_len) == 1 &&
        EVP_CipherFinal_ex(ctx, signal_buffer_data(room) + n, &rest) == 1)
        *out = signal_buffer_create(signal_buffer_data(room), (size_t)n + (size_t)rest);
    else
        *out = NULL;
    signal_buffer_bzero_free(room);
    EVP_CIPHER_CTX_free(ctx);
    return *out != NULL ? 0 : SG_ERR_UNKNOWN;
}

static int encrypt(signal_buffer **out, int cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
                   size_t iv_len, const uint8_t *in, size_t in_len, void *user)
{
    return aes(out, cipher, true, key, key_len, iv, iv_len, in, in_len, user);
}

static int decrypt(signal_buffer **out, int cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
                   size_t iv_len, const uint8_t *in, size_t in_len, void *user)
{
    return aes(out, cipher, false, key, key_len, iv, iv_len, in, in_len, user);
}

/* ---- stores of one record each ---- */

/* NOLINTBEGIN(readability-non-const-parameter): the library declares them so. */

static int load(signal_buffer **out, signal_buffer *held, int none)
{
    if (held == NULL)
        return none;
    *out = signal_buffer_copy(held);
    return *out != NULL ? 1 : SG_ERR_NOMEM;
}

static int store(signal_buffer **held, const uint8_t *record, size_t len)
{
    signal_buffer *copy = signal_buffer_create(record, len);
    if (copy == NULL)
        return SG_ERR_NOMEM;
    signal_buffer_bzero_free(*held);
    *held = copy;
    return 0;
}

static int session_load(signal_buffer **out, signal_buffer **user_record, const signal_protocol_address *a, void *user)
{
    (void)user_record, (void)a;
    return load(out, ((party *)user)->session, 0);
}

static int session_store(const signal_protocol_address *a, uint8_t *record, size_t len, uint8_t *user_record,
                         size_t user_len, void *user)
{
    (void)a, (void)user_record, (void)user_len;
    return store(&((party *)user)->session, record, len);
}

static int session_contains(const signal_protocol_address *a, void *user)
{
    (void)a;
    return ((party *)user)->session != NULL;
}

static int prekey_load(signal_buffer **out, uint32_t id, void *user)
{
    const int r = id == PREKEY ? load(out, ((party *)user)->prekey, SG_ERR_INVALID_KEY_ID) : SG_ERR_INVALID_KEY_ID;
    return r == 1 ? SG_SUCCESS : r;
}

static int prekey_store(uint32_t id, uint8_t *record, size_t len, void *user)
{
    return id == PREKEY ? store(&((party *)user)->prekey, record, len) : SG_ERR_INVALID_KEY_ID;
}

static int prekey_contains(uint32_t id, void *user)
{
    return id == PREKEY && ((party *)user)->prekey != NULL;
}

static int prekey_remove(uint32_t id, void *user)
{
    party *p = user;
    (void)id;
    signal_buffer_bzero_free(p->prekey);
    p->prekey = NULL;
    return 0;
}

static int signed_load(signal_buffer **out, uint32_t id, void *user)
{
    const int r =
        id == SIGNED_PREKEY ? load(out, ((party *)user)->signed_prekey, SG_ERR_INVALID_KEY_ID) : SG_ERR_INVALID_KEY_ID;
    return r == 1 ? SG_SUCCESS : r;
}

static int signed_store(uint32_t id, uint8_t *record, size_t len, void *user)
{
    return id == SIGNED_PREKEY ? store(&((party *)user)->signed_prekey, record, len) : SG_ERR_INVALID_KEY_ID;
}

static int signed_contains(uint32_t id, void *user)
{
    return id == SIGNED_PREKEY && ((party *)user)->signed_prekey != NULL;
}

static int identity_load(signal_buffer **pub, signal_buffer **priv, void *user)
{
    const party *p = user;
    const int r = ec_public_key_serialize(pub, ratchet_identity_key_pair_get_public(p->identity));
    return r == 0 ? ec_private_key_serialize(priv, ratchet_identity_key_pair_get_private(p->identity)) : r;
}

static int registration_load(void *user, uint32_t *id)
{
    *id = ((const party *)user)->registration;
    return 0;
}

/* Whom to trust is not what is timed. */
static int identity_save(const signal_protocol_address *a, uint8_t *key, size_t len, void *user)
{
    (void)a, (void)key, (void)len, (void)user;
    return 0;
}

static int identity_trusted(const signal_protocol_address *a, uint8_t *key, size_t len, void *user)
{
    (void)a, (void)key, (void)len, (void)user;
    return 1;
}

/* NOLINTEND(readability-non-const-parameter) */

static int set_stores(party *p)
{
    const signal_protocol_session_store sessions = {.load_session_func = session_load,
                                                    .store_session_func = session_store,
                                                    .contains_session_func = session_contains,
                                                    .user_data = p};
    const signal_protocol_pre_key_store prekeys = {.load_pre_key = prekey_load,
                                                   .store_pre_key = prekey_store,
                                                   .contains_pre_key = prekey_contains,
                                                   .remove_pre_key = prekey_remove,
                                                   .user_data = p};
    const signal_protocol_signed_pre_key_store signed_prekeys = {.load_signed_pre_key = signed_load,
                                                                 .store_signed_pre_key = signed_store,
                                                                 .contains_signed_pre_key = signed_contains,
                                                                 .user_data = p};
    const signal_protocol_identity_key_store identities = {.get_identity_key_pair = identity_load,
                                                           .get_local_registration_id = registration_load,
                                                           .save_identity = identity_save,
                                                           .is_trusted_identity = identity_trusted,
                                                           .user_data = p};
    int r = signal_protocol_store_context_create(&p->stores, p->owner->context);
    if (r == 0)
        r = signal_protocol_store_context_set_session_store(p->stores, &sessions);
    if (r == 0)
        r = signal_protocol_store_context_set_pre_key_store(p->stores, &prekeys);
    if (r == 0)
        r = signal_protocol_store_context_set_signed_pre_key_store(p->stores, &signed_prekeys);
    return r == 0 ? signal_protocol_store_context_set_identity_key_store(p->stores, &identities) : r;
}

/* ---- messages ---- */

static eb_status seal(state *s, party *from, ciphertext_message **message)
{
    return session_cipher_encrypt(from->cipher, s->plaintext, SIZE, message) == 0 ? EB_OK : EB_ERR_BACKEND;
}

/* From the message's bytes, as they would arrive. */
static eb_status open_bytes(state *s, party *to, const uint8_t *data, size_t len, int type)
{
    signal_buffer *plain = NULL;
    int r;
    if (type == CIPHERTEXT_PREKEY_TYPE) {
        pre_key_signal_message *m = NULL;
        r = pre_key_signal_message_deserialize(&m, data, len, s->context);
        if (r == 0)
            r = session_cipher_decrypt_pre_key_signal_message(to->cipher, m, NULL, &plain);
        SIGNAL_UNREF(m);
    } else {
        signal_message *m = NULL;
        r = signal_message_deserialize(&m, data, len, s->context);
        if (r == 0)
            r = session_cipher_decrypt_signal_message(to->cipher, m, NULL, &plain);
        SIGNAL_UNREF(m);
    }
    if (r == 0 && signal_buffer_len(plain) == SIZE)
        memcpy(s->out, signal_buffer_data(plain), SIZE);
    else
        r = r == 0 ? SG_ERR_INVALID_MESSAGE : r;
    signal_buffer_bzero_free(plain);
    return r == 0 ? EB_OK : EB_ERR_AUTH;
}

static eb_status open_message(state *s, party *to, const ciphertext_message *message)
{
    signal_buffer *bytes = ciphertext_message_get_serialized(message);
    return open_bytes(s, to, signal_buffer_data(bytes), signal_buffer_len(bytes), ciphertext_message_get_type(message));
}

/* One message of the side whose turn it is. */
static eb_status turn(state *s)
{
    ciphertext_message *m = NULL;
    party *from = s->bobs_turn ? &s->bob : &s->alice, *to = s->bobs_turn ? &s->alice : &s->bob;
    s->bobs_turn = !s->bobs_turn;
    eb_status r = seal(s, from, &m);
    if (r == EB_OK)
        r = open_message(s, to, m);
    SIGNAL_UNREF(m);
    return r;
}

static void drop_messages(state *s)
{
    for (size_t i = 0; i < s->ready; i++)
        SIGNAL_UNREF(s->messages[i]);
    s->ready = 0;
}

/* ---- the two meet ---- */

static bool make_party(state *s, party *p, party *other, const char *name)
{
    p->owner = s;
    p->registration = (uint32_t)(1 + (p == &s->bob));
    other->peer = (signal_protocol_address){.name = name, .name_len = strlen(name), .device_id = 1};
    return signal_protocol_key_helper_generate_identity_key_pair(&p->identity, s->context) == 0 && set_stores(p) == 0;
}

/* Bob's prekeys, kept in his stores, and Alice's session from the bundle of their public halves. */
static int use_bundle(state *s, session_signed_pre_key *signed_key, ec_key_pair *once)
{
    session_pre_key *record = NULL;
    session_pre_key_bundle *bundle = NULL;
    session_builder *builder = NULL;
    int r = session_pre_key_create(&record, PREKEY, once);
    if (r == 0)
        r = session_pre_key_serialize(&s->bob.prekey, record);
    if (r == 0)
        r = session_signed_pre_key_serialize(&s->bob.signed_prekey, signed_key);
    if (r == 0)
        r = session_pre_key_bundle_create(
            &bundle, s->bob.registration, 1, PREKEY, ec_key_pair_get_public(once), SIGNED_PREKEY,
            ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signed_key)),
            session_signed_pre_key_get_signature(signed_key), session_signed_pre_key_get_signature_len(signed_key),
            ratchet_identity_key_pair_get_public(s->bob.identity));
    if (r == 0)
        r = session_builder_create(&builder, s->alice.stores, &s->alice.peer, s->context);
    if (r == 0)
        r = session_builder_process_pre_key_bundle(builder, bundle);
    session_builder_free(builder);
    SIGNAL_UNREF(bundle);
    SIGNAL_UNREF(record);
    return r;
}

static eb_status meet(state *s)
{
    session_signed_pre_key *signed_key = NULL;
    ec_key_pair *once = NULL;
    int r =
        signal_protocol_key_helper_generate_signed_pre_key(&signed_key, s->bob.identity, SIGNED_PREKEY, 0, s->context);
    if (r == 0)
        r = curve_generate_key_pair(s->context, &once);
    if (r == 0)
        r = use_bundle(s, signed_key, once);
    SIGNAL_UNREF(once);
    SIGNAL_UNREF(signed_key);
    if (r == 0)
        r = session_cipher_create(&s->alice.cipher, s->alice.stores, &s->alice.peer, s->context);
    if (r == 0)
        r = session_cipher_create(&s->bob.cipher, s->bob.stores, &s->bob.peer, s->context);
    if (r != 0)
        return EB_ERR_BACKEND;
    const eb_status first = turn(s); /* after an answer both chains exist */
    return first == EB_OK ? turn(s) : first;
}

/* ---- the side ---- */

static bool row(size_t i, eb_side_row *r)
{
    static const char *const ops[] = {"seal", "open", "turn"};
    if (i >= 3)
        return false;
    *r = (eb_side_row){.op = ops[i],
                       .subject = "ratchet",
                       .variant = "x25519",
                       .size = SIZE,
                       .about = i == 2 ? "one message each turn, encrypted and decrypted, with a DH step; over OpenSSL"
                                       : "one way; over OpenSSL; the session's record is read and written each time",
                       .coins = SIZE + COINS,
                       .max_prepare = i == 1 ? READY : 0,
                       .our_transport = "ratchet",
                       .our_suite = "x25519"};
    return true;
}

static void release_party(party *p)
{
    session_cipher_free(p->cipher);
    if (p->stores != NULL)
        signal_protocol_store_context_destroy(p->stores);
    SIGNAL_UNREF(p->identity);
    signal_buffer_bzero_free(p->session);
    signal_buffer_bzero_free(p->prekey);
    signal_buffer_bzero_free(p->signed_prekey);
}

static void release(void *opaque)
{
    state *s = opaque;
    drop_messages(s);
    release_party(&s->alice);
    release_party(&s->bob);
    if (s->context != NULL)
        signal_context_destroy(s->context);
    EVP_MAC_free(s->hmac);
    EVP_MD_free(s->sha512);
    EVP_CIPHER_free(s->cbc);
    EVP_CIPHER_free(s->ctr);
    free(s);
}

static bool make_context(state *s)
{
    const signal_crypto_provider provider = {.random_func = random_bytes,
                                             .hmac_sha256_init_func = hmac_init,
                                             .hmac_sha256_update_func = hmac_update,
                                             .hmac_sha256_final_func = hmac_final,
                                             .hmac_sha256_cleanup_func = hmac_cleanup,
                                             .sha512_digest_init_func = sha512_init,
                                             .sha512_digest_update_func = sha512_update,
                                             .sha512_digest_final_func = sha512_final,
                                             .sha512_digest_cleanup_func = sha512_cleanup,
                                             .encrypt_func = encrypt,
                                             .decrypt_func = decrypt,
                                             .user_data = s};
    s->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    s->sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    s->cbc = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    s->ctr = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    return s->hmac != NULL && s->sha512 != NULL && s->cbc != NULL && s->ctr != NULL &&
           signal_context_create(&s->context, NULL) == 0 &&
           signal_context_set_crypto_provider(s->context, &provider) == 0;
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return EB_ERR_BACKEND;
    s->op = r->op[0];
    memcpy(s->plaintext, coins, SIZE);
    memcpy(s->coins, coins + SIZE, COINS);
    eb_status result = EB_ERR_BACKEND;
    if (make_context(s) && make_party(s, &s->alice, &s->bob, "alice") && make_party(s, &s->bob, &s->alice, "bob"))
        result = meet(s);
    if (result != EB_OK) {
        release(s);
        return result;
    }
    *out = s;
    return EB_OK;
}

static eb_status prepare(void *opaque, uint64_t n)
{
    state *s = opaque;
    drop_messages(s);
    s->next = 0;
    /* The ratchet turns first, so that what was never opened is left behind, and Bob opens one of Alice's new chain, so that
       none of the n takes a DH step. */
    eb_status r = EB_OK;
    for (int i = s->bobs_turn ? 2 : 3; i > 0 && r == EB_OK; i--)
        r = turn(s);
    for (; s->ready < n && r == EB_OK; s->ready += r == EB_OK)
        r = seal(s, &s->alice, &s->messages[s->ready]);
    return r;
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    if (s->op == 't')
        return turn(s);
    if (s->op == 'o')
        return open_message(s, &s->bob, s->messages[s->next++]);
    ciphertext_message *m = NULL;
    const eb_status r = seal(s, &s->alice, &m);
    SIGNAL_UNREF(m);
    return r;
}

/* Both ways, in turn; what is changed or replayed does not open. */
static eb_status prove(void *opaque)
{
    state *s = opaque;
    for (int i = 0; i < 6; i++) {
        memset(s->out, 0, sizeof s->out);
        if (turn(s) != EB_OK || memcmp(s->out, s->plaintext, SIZE) != 0)
            return EB_ERR_AUTH;
    }
    if (prepare(s, 2) != EB_OK)
        return EB_ERR_AUTH;
    signal_buffer *bytes = signal_buffer_copy(ciphertext_message_get_serialized(s->messages[0]));
    if (bytes == NULL)
        return EB_ERR_BACKEND;
    const size_t len = signal_buffer_len(bytes);
    signal_buffer_data(bytes)[len / 2] ^= 1;
    const bool opened =
        open_bytes(s, &s->bob, signal_buffer_data(bytes), len, ciphertext_message_get_type(s->messages[0])) == EB_OK;
    signal_buffer_free(bytes);
    if (opened)
        return EB_ERR_AUTH;
    for (size_t i = 0; i < 2; i++) {
        memset(s->out, 0, sizeof s->out);
        if (open_message(s, &s->bob, s->messages[i]) != EB_OK || memcmp(s->out, s->plaintext, SIZE) != 0 ||
            open_message(s, &s->bob, s->messages[i]) == EB_OK)
            return EB_ERR_AUTH;
    }
    return EB_OK;
}

static const char *version(void)
{
    return EB_PEER_VERSION;
}

extern const eb_side eb_peer_signal;

const eb_side eb_peer_signal = {
    .abi = EB_ABI,
    .id = "signal",
    .library = "libsignal-protocol-c",
    .version = version,
    .note = "Signal's Double Ratchet in C, as in Debian, over OpenSSL",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .prepare = prepare,
    .release = release,
};
