/* SPDX-License-Identifier: Apache-2.0 */
/* libolm: the Double Ratchet of Matrix (X25519, HMAC-SHA-256, AES-256-CBC with a MAC of 8 bytes), as its own users call it:
 * messages are base64. It is given its random bytes; they are the coins. */
#include <olm/olm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/side.h"

enum {
    SIZE = 256,
    READY = 256,     /* messages that are made ahead */
    MESSAGE = 1024,  /* more than one takes */
    COINS = 1 << 16, /* used over and over */
};

typedef struct party {
    OlmAccount *account;
    OlmSession *session;
} party;

typedef struct state {
    char op;
    party alice, bob; /* Alice writes first */
    uint8_t coins[COINS];
    size_t coins_used;
    uint8_t plaintext[SIZE], out[MESSAGE], scratch[MESSAGE];
    uint8_t (*messages)[MESSAGE]; /* READY of them, from Alice */
    size_t lengths[READY];
    size_t types[READY];
    uint64_t next;
    bool bobs_turn;
} state;

static const char *version(void)
{
    static char text[16];
    uint8_t major = 0, minor = 0, patch = 0;
    olm_get_library_version(&major, &minor, &patch);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, patch);
    return text;
}

static bool row(size_t i, eb_side_row *r)
{
    static const char *const ops[] = {"seal", "open", "turn"};
    if (i >= 3)
        return false;
    *r = (eb_side_row){.op = ops[i],
                       .subject = "ratchet",
                       .variant = "x25519",
                       .size = SIZE,
                       .about = i == 2 ? "one message each turn, encrypted and decrypted, with a DH step"
                                       : "one way; messages in base64",
                       .coins = SIZE + COINS,
                       .max_prepare = i == 1 ? READY : 0,
                       .our_transport = "ratchet",
                       .our_suite = "x25519"};
    return true;
}

static uint8_t *take(state *s, size_t n)
{
    if (n > COINS - s->coins_used)
        s->coins_used = 0;
    uint8_t *p = s->coins + s->coins_used;
    s->coins_used += n;
    return p;
}

/* The library wipes the random bytes that it is given: a copy. */
static eb_status seal(state *s, party *from, uint8_t *message, size_t *len, size_t *type)
{
    uint8_t random[64];
    const size_t need = olm_encrypt_random_length(from->session);
    if (need > sizeof random)
        return EB_ERR_BACKEND;
    memcpy(random, take(s, need), need);
    *type = olm_encrypt_message_type(from->session);
    *len = olm_encrypt_message_length(from->session, SIZE);
    if (*len > MESSAGE)
        return EB_ERR_SPACE;
    return olm_encrypt(from->session, s->plaintext, SIZE, random, need, message, *len) == olm_error() ? EB_ERR_BACKEND
                                                                                                      : EB_OK;
}

/* The library overwrites the message: a copy. */
static eb_status open_message(state *s, party *to, const uint8_t *message, size_t len, size_t type)
{
    memcpy(s->scratch, message, len);
    const size_t n = olm_decrypt(to->session, type, s->scratch, len, s->out, sizeof s->out);
    return n == SIZE ? EB_OK : EB_ERR_AUTH;
}

static bool make_party(state *s, party *p)
{
    p->account = malloc(olm_account_size());
    p->session = malloc(olm_session_size());
    if (p->account == NULL || p->session == NULL)
        return false;
    olm_account(p->account);
    olm_session(p->session);
    const size_t n = olm_create_account_random_length(p->account);
    return olm_create_account(p->account, take(s, n), n) != olm_error();
}

/* The base64 of a key in JSON: the text between the quotes after `name` and a colon. */
static const char *key_in(const char *json, const char *name)
{
    const char *p = strstr(json, name);
    return p != NULL && (p = strchr(p + strlen(name), ':')) != NULL && (p = strchr(p, '"')) != NULL ? p + 1 : NULL;
}

enum { KEY = 43 }; /* 32 bytes in base64 */

/* Bob's keys, Alice's session to him, her first message, his session from it, and his answer: both chains exist. */
static eb_status meet(state *s)
{
    char identity[512] = "", one_time[512] = "";
    size_t n = olm_account_generate_one_time_keys_random_length(s->bob.account, 1), len, type;
    if (olm_account_generate_one_time_keys(s->bob.account, 1, take(s, n), n) == olm_error() ||
        olm_account_identity_keys(s->bob.account, identity, sizeof identity - 1) == olm_error() ||
        olm_account_one_time_keys(s->bob.account, one_time, sizeof one_time - 1) == olm_error())
        return EB_ERR_BACKEND;
    const char *theirs = key_in(identity, "curve25519\""), *once = key_in(one_time, "AAAAAQ\"");
    if (theirs == NULL || once == NULL)
        return EB_ERR_BACKEND;
    n = olm_create_outbound_session_random_length(s->alice.session);
    if (olm_create_outbound_session(s->alice.session, s->alice.account, theirs, KEY, once, KEY, take(s, n), n) ==
        olm_error())
        return EB_ERR_BACKEND;
    eb_status r = seal(s, &s->alice, s->messages[0], &len, &type);
    if (r != EB_OK)
        return r;
    memcpy(s->scratch, s->messages[0], len);
    if (olm_create_inbound_session(s->bob.session, s->bob.account, s->scratch, len) == olm_error())
        return EB_ERR_BACKEND;
    r = open_message(s, &s->bob, s->messages[0], len, type);
    if (r == EB_OK)
        r = seal(s, &s->bob, s->messages[0], &len, &type);
    return r == EB_OK ? open_message(s, &s->alice, s->messages[0], len, type) : r;
}

static void release_party(party *p)
{
    if (p->session != NULL)
        olm_clear_session(p->session);
    if (p->account != NULL)
        olm_clear_account(p->account);
    free(p->session);
    free(p->account);
}

static void release(void *opaque)
{
    state *s = opaque;
    release_party(&s->alice);
    release_party(&s->bob);
    free(s->messages);
    free(s);
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return EB_ERR_BACKEND;
    s->op = r->op[0];
    memcpy(s->plaintext, coins, SIZE);
    memcpy(s->coins, coins + SIZE, COINS);
    s->messages = malloc(READY * sizeof *s->messages);
    eb_status result =
        s->messages != NULL && make_party(s, &s->alice) && make_party(s, &s->bob) ? meet(s) : EB_ERR_BACKEND;
    if (result != EB_OK) {
        release(s);
        return result;
    }
    *out = s;
    return EB_OK;
}

/* One message of the side whose turn it is. */
static eb_status turn(state *s)
{
    size_t len, type;
    party *from = s->bobs_turn ? &s->bob : &s->alice, *to = s->bobs_turn ? &s->alice : &s->bob;
    s->bobs_turn = !s->bobs_turn;
    const eb_status r = seal(s, from, s->messages[0], &len, &type);
    return r == EB_OK ? open_message(s, to, s->messages[0], len, type) : r;
}

static eb_status prepare(void *opaque, uint64_t n)
{
    state *s = opaque;
    s->next = 0;
    /* Messages that were never opened would be skipped keys, of which the library keeps forty: the ratchet turns first, and
       Bob opens one of Alice's new chain, so that none of the n takes a DH step. */
    eb_status r = EB_OK;
    for (int i = s->bobs_turn ? 2 : 3; i > 0 && r == EB_OK; i--)
        r = turn(s);
    for (uint64_t i = 0; i < n && r == EB_OK; i++)
        r = seal(s, &s->alice, s->messages[i], &s->lengths[i], &s->types[i]);
    return r;
}

static eb_status run(void *opaque)
{
    state *s = opaque;
    size_t len, type;
    if (s->op == 't')
        return turn(s);
    if (s->op == 's')
        return seal(s, &s->alice, s->messages[0], &len, &type);
    const uint64_t i = s->next++;
    return open_message(s, &s->bob, s->messages[i], s->lengths[i], s->types[i]);
}

/* Both ways, in and out of turn; what is changed or replayed does not open. */
static eb_status prove(void *opaque)
{
    state *s = opaque;
    for (int i = 0; i < 6; i++) {
        memset(s->out, 0, sizeof s->out);
        if (turn(s) != EB_OK || memcmp(s->out, s->plaintext, SIZE) != 0)
            return EB_ERR_AUTH;
    }
    if (prepare(s, 3) != EB_OK)
        return EB_ERR_AUTH;
    s->messages[0][s->lengths[0] / 2] ^= 1;
    if (open_message(s, &s->bob, s->messages[0], s->lengths[0], s->types[0]) == EB_OK)
        return EB_ERR_AUTH;
    s->messages[0][s->lengths[0] / 2] ^= 1;
    for (size_t i = 0; i < 3; i++) {
        memset(s->out, 0, sizeof s->out);
        if (open_message(s, &s->bob, s->messages[i], s->lengths[i], s->types[i]) != EB_OK ||
            memcmp(s->out, s->plaintext, SIZE) != 0 ||
            open_message(s, &s->bob, s->messages[i], s->lengths[i], s->types[i]) == EB_OK)
            return EB_ERR_AUTH;
    }
    return EB_OK;
}

extern const eb_side eb_peer_olm;

const eb_side eb_peer_olm = {
    .abi = EB_ABI,
    .id = "olm",
    .library = "libolm",
    .version = version,
    .note = "Matrix's Double Ratchet, as in Debian; cipher and encoding are its own",
    .row = row,
    .make = make,
    .prove = prove,
    .run = run,
    .prepare = prepare,
    .release = release,
};
