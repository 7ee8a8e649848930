/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: seal, open and check, to one device or to several. */
#include <stdlib.h>
#include <string.h>

#include "core/pair.h"
#include "core/session.h"
#include "hpke/hpke.h"

enum { LENGTH = 4 }; /* in front of each copy of a bundle */

/* ---- a link's life ---- */

static void end_session(const eb_pair *p, uint8_t *session)
{
    p->spec.transport->end(&p->transport, session);
    eb_wipe(session, p->ts.session);
}

static uint8_t *session_at(const eb_link *l, unsigned copy)
{
    return l->sessions + copy * l->stride;
}

static bool allocate(eb_link *l)
{
    const eb_pair *p = l->pair;
    const size_t align = _Alignof(max_align_t);
    l->stride = (p->ts.session + align) / align * align;
    l->sessions = calloc(l->copies, l->stride);
    l->pending = calloc(1, p->ts.pending + 1);
    l->capsule_again = calloc(1, p->es.capsule + 1);
    return l->sessions != NULL && l->pending != NULL && l->capsule_again != NULL;
}

static void release(eb_link *l)
{
    eb_own_drop(l->impersonated);
    free(l->capsule_again);
    free(l->pending);
    free(l->sessions);
    free(l);
}

static eb_link *new_link(const eb_pair *p, eb_role role, const eb_authority *authority)
{
    eb_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->pair = p;
    l->authority = authority;
    l->role = role;
    l->copies = role == EB_SENDER ? p->copies : 1;
    if (allocate(l))
        return l;
    release(l);
    return NULL;
}

/* A session for each copy; on a failure those that were begun are ended. */
static eb_status start_sessions(eb_link *l, const eb_own *own, const uint8_t *coins, eb_bytes info)
{
    const eb_pair *p = l->pair;
    eb_status s = EB_OK;
    unsigned begun = 0;
    for (; begun < l->copies && s == EB_OK; begun++)
        s = p->spec.transport->start(&p->transport, session_at(l, begun), l->role, own != NULL ? own->mem : NULL,
                                     l->peers + begun, coins + begun * p->ts.start_coins, info);
    if (s == EB_OK)
        return s;
    for (begun--; begun > 0; begun--)
        end_session(p, session_at(l, begun - 1));
    return s;
}

eb_status eb_link_start_all(const eb_pair *p, eb_link **out, const eb_own *own, const eb_peer *const *peers,
                            const eb_authority *authority, const uint8_t *coins, eb_bytes info)
{
    const unsigned devices = eb_device_count(&p->spec);
    *out = NULL;
    if (authority == NULL && (eb_pair_is(p, EB_KIND_WRAP) || eb_pair_is(p, EB_KIND_DEVICE)))
        return EB_ERR_INVALID;
    eb_link *l = new_link(p, EB_SENDER, authority);
    if (l == NULL)
        return EB_ERR_BACKEND;
    for (unsigned i = 0; i < devices; i++)
        l->peers[i] = peers[i] != NULL ? peers[i]->mem : NULL;
    if (eb_pair_is(p, EB_KIND_DEVICE))
        l->peers[devices] = authority->ghost->mem;
    eb_status s = start_sessions(l, own, coins, info);
    if (s == EB_OK)
        *out = l;
    else
        release(l);
    return s;
}

static eb_status start_recipient(const eb_pair *p, eb_link **out, const eb_own *own, const eb_peer *peer,
                                 const eb_authority *authority, const uint8_t *coins, eb_bytes info)
{
    *out = NULL;
    eb_link *l = new_link(p, EB_RECIPIENT, authority);
    if (l == NULL)
        return EB_ERR_BACKEND;
    l->peers[0] = peer != NULL ? peer->mem : NULL;
    eb_status s = start_sessions(l, own, coins, info);
    if (s == EB_OK)
        *out = l;
    else
        release(l);
    return s;
}

eb_status eb_link_start(const eb_pair *p, eb_link **out, eb_role role, const eb_own *own, const eb_peer *peer,
                        const eb_authority *authority, const uint8_t *coins, eb_bytes info)
{
    *out = NULL;
    if (role == EB_RECIPIENT)
        return start_recipient(p, out, own, peer, authority, coins, info);
    return p->spec.devices <= 1 ? eb_link_start_all(p, out, own, &peer, authority, coins, info) : EB_ERR_INVALID;
}

eb_status eb_impersonate(const eb_pair *p, eb_link **out, const uint8_t *secret, const eb_facts *facts)
{
    eb_own *own = NULL;
    *out = NULL;
    if (!eb_pair_is(p, EB_KIND_DEPOSIT) && !eb_pair_is(p, EB_KIND_DEVICE))
        return EB_ERR_UNSUPPORTED;
    uint8_t *coins = calloc(1, p->ts.start_coins + 1); /* a recipient draws none until it answers */
    eb_status s = coins != NULL ? eb_own_load(p, &own, eb_range(secret, p->ts.sk)) : EB_ERR_BACKEND;
    if (s == EB_OK)
        s = start_recipient(p, out, own, facts->sender, NULL, coins, facts->info);
    free(coins);
    if (s == EB_OK)
        (*out)->impersonated = own;
    else
        eb_own_drop(own);
    return s;
}

void eb_link_end(eb_link *l)
{
    if (l == NULL)
        return;
    for (unsigned i = 0; i < l->copies; i++)
        end_session(l->pair, session_at(l, i));
    eb_wipe(l->pending, l->pair->ts.pending);
    release(l);
}

static uint64_t *counter(eb_link *l)
{
    return l->role == EB_SENDER ? &l->sent : &l->received;
}

uint64_t eb_link_seq(const eb_link *l)
{
    return l->role == EB_SENDER ? l->sent : l->received;
}

bool eb_link_set_seq(eb_link *l, uint64_t seq)
{
    if (l->role == EB_SENDER && l->pair->spec.transport->stateful && seq != 0)
        return false;
    *counter(l) = seq;
    return true;
}

/* ---- capsules ---- */

eb_context eb_context_of(const eb_case *order, const uint8_t *header_hash, eb_bytes subject)
{
    return (eb_context){
        .link = order->link, .header = header_hash, .user = order->user, .epoch = order->epoch, .subject = subject};
}

enum { MAX_CAPSULE_COINS = 255 * 32 }; /* what one HKDF-Expand gives */

/* The coins of an honest maker's capsule: HKDF-Expand(secret, label || link || SHA-256(header)). The secret is a
   uniformly random key, so RFC 5869 (s. 3.3) lets Extract be skipped. */
eb_status eb_capsule_make(const eb_pair *p, const eb_authority *a, uint8_t *capsule, const uint8_t *secret,
                          eb_context c)
{
    uint8_t coins[MAX_CAPSULE_COINS];
    const eb_bytes info[] = {EB_LITERAL("escrowbench capsule coins v1"), eb_range(c.link, EB_DIGEST),
                             eb_range(c.header, EB_DIGEST)};
    if (p->es.capsule_coins > sizeof coins)
        return EB_ERR_INVALID;
    eb_status s = eb_hkdf_expand(&p->escrow, coins, p->es.capsule_coins, eb_range(secret, eb_secret_len(p)), info, 3);
    if (s == EB_OK)
        s = p->spec.escrow->capsule(&p->escrow, a->mem, capsule, coins, secret, c);
    eb_wipe(coins, p->es.capsule_coins);
    return s;
}

static eb_status wire_capsule(const eb_link *l, uint8_t *capsule, const uint8_t *secret, eb_bytes header)
{
    uint8_t header_hash[EB_DIGEST];
    eb_status s = eb_hash_one(&l->pair->escrow, header_hash, header);
    if (s != EB_OK)
        return s;
    return eb_capsule_make(l->pair, l->authority, capsule, secret,
                           eb_context_of(&l->authority->order, header_hash, (eb_bytes){0}));
}

eb_status eb_body_aad(const eb_pair *p, uint8_t *space, eb_bytes *out, eb_bytes aad, eb_bytes capsule)
{
    *out = aad;
    if (aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    if (capsule.len == 0)
        return EB_OK;
    if (aad.len > 0)
        memcpy(space, aad.ptr, aad.len);
    *out = eb_range(space, aad.len + EB_DIGEST);
    return eb_hash_one(&p->escrow, space + aad.len, capsule);
}

/* ---- seal ---- */

static eb_status seal_parts(eb_link *l, uint8_t *session, eb_buf *wire, const uint8_t *coins, eb_bytes aad,
                            eb_bytes plaintext, uint8_t *secret)
{
    const eb_pair *p = l->pair;
    const eb_transport *t = p->spec.transport;
    bool fresh = false;
    eb_buf header = {.ptr = wire->ptr, .cap = p->ts.header_max};
    eb_status s = t->begin(&p->transport, session, l->pending, l->sent, coins, plaintext, secret, &header, &fresh);
    if (s != EB_OK)
        return s;
    eb_public(header.ptr, header.len);
    eb_bytes capsule = {0}, full_aad;
    if (fresh && eb_wire_capsule(p) > 0) {
        capsule = eb_range(wire->ptr + header.len, p->es.capsule);
        s = wire_capsule(l, wire->ptr + header.len, secret, eb_view(&header));
        if (s != EB_OK)
            return s;
        eb_public(capsule.ptr, capsule.len);
    }
    s = eb_body_aad(p, l->aad, &full_aad, aad, capsule);
    if (s != EB_OK)
        return s;
    const size_t before = header.len + capsule.len;
    eb_buf body = {.ptr = wire->ptr + before, .cap = wire->cap - before};
    s = t->finish(&p->transport, session, l->pending, l->sent, full_aad, plaintext, &body);
    wire->len = before + body.len;
    eb_public(body.ptr, body.len);
    return s;
}

static eb_status seal_copy(eb_link *l, unsigned copy, eb_buf *wire, const uint8_t *coins, eb_bytes aad,
                           eb_bytes plaintext)
{
    uint8_t secret[EB_MAX_SECRET];
    const eb_pair *p = l->pair;
    eb_status s = seal_parts(l, session_at(l, copy), wire, coins, aad, plaintext, secret);
    eb_wipe(secret, p->ts.secret);
    if (s != EB_OK)
        p->spec.transport->abort(&p->transport, l->pending);
    return s;
}

static void put_length(uint8_t *out, size_t len)
{
    for (unsigned i = 0; i < LENGTH; i++)
        out[i] = (uint8_t)(len >> (24 - 8 * i));
}

/* All copies, one after the other. */
static eb_status seal_bundle(eb_link *l, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext)
{
    for (unsigned i = 0; i < l->copies; i++) {
        eb_buf copy = {.ptr = wire->ptr + wire->len + LENGTH, .cap = wire->cap - wire->len - LENGTH};
        eb_status s = seal_copy(l, i, &copy, coins + i * l->pair->ts.coins, aad, plaintext);
        if (s != EB_OK) {
            l->closed = i > 0 && l->pair->spec.transport->stateful; /* some sessions have moved, others have not */
            return s;
        }
        put_length(copy.ptr - LENGTH, copy.len);
        wire->len += LENGTH + copy.len;
    }
    return EB_OK;
}

eb_status eb_seal(eb_link *l, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext)
{
    const eb_pair *p = l->pair;
    const size_t max = eb_wire_max(p, plaintext.len);
    wire->len = 0;
    if (max < plaintext.len || plaintext.len > UINT32_MAX / 2 || wire->cap < max || aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    if (l->closed || (l->role == EB_RECIPIENT && !p->spec.transport->duplex) ||
        (eb_wire_capsule(p) > 0 && l->authority == NULL))
        return EB_ERR_INVALID;
    eb_status s =
        l->copies == 1 ? seal_copy(l, 0, wire, coins, aad, plaintext) : seal_bundle(l, wire, coins, aad, plaintext);
    if (s == EB_OK) {
        l->sent++;
        return EB_OK;
    }
    eb_wipe(wire->ptr, max);
    wire->len = 0;
    return s;
}

/* ---- open ---- */

eb_status eb_delivered(const eb_pair *p, eb_bytes *copy, unsigned device, eb_bytes wire)
{
    *copy = wire;
    if (p->copies == 1)
        return device < (p->transport.params.recipients) ? EB_OK : EB_ERR_INVALID;
    if (device >= p->copies)
        return EB_ERR_INVALID;
    for (unsigned i = 0;; i++) {
        size_t len = 0;
        if (wire.len < LENGTH)
            break;
        for (unsigned k = 0; k < LENGTH; k++)
            len = len << 8 | wire.ptr[k];
        wire = eb_range(wire.ptr + LENGTH, wire.len - LENGTH);
        if (wire.len < len)
            break;
        if (i == device) {
            *copy = eb_range(wire.ptr, len);
            return i + 1 < p->copies || wire.len == len ? EB_OK : EB_ERR_INVALID;
        }
        wire = eb_range(wire.ptr + len, wire.len - len);
    }
    *copy = (eb_bytes){0};
    return EB_ERR_INVALID;
}

eb_status eb_split_wire(const eb_pair *p, uint64_t seq, eb_bytes wire, eb_bytes *header, eb_bytes *capsule,
                        eb_bytes *body)
{
    size_t header_len = 0;
    bool fresh = false;
    eb_status s = p->spec.transport->split(&p->transport, seq, wire, &header_len, &fresh);
    if (s != EB_OK)
        return s;
    const size_t capsule_len = fresh ? eb_wire_capsule(p) : 0;
    if (wire.len < header_len || wire.len - header_len < capsule_len)
        return EB_ERR_INVALID;
    *header = eb_range(wire.ptr, header_len);
    *capsule = eb_range(wire.ptr + header_len, capsule_len);
    *body = eb_range(wire.ptr + header_len + capsule_len, wire.len - header_len - capsule_len);
    return EB_OK;
}

/* Is the capsule one that an honest sender could have made for this secret? */
static eb_status check_capsule(const eb_link *l, eb_bytes capsule, const uint8_t *secret, eb_bytes header)
{
    const eb_pair *p = l->pair;
    uint8_t header_hash[EB_DIGEST];
    if (p->spec.escrow->check == NULL) {
        eb_status s = wire_capsule(l, l->capsule_again, secret, header);
        return s == EB_OK && !eb_equal(l->capsule_again, capsule.ptr, capsule.len) ? EB_ERR_AUTH : s;
    }
    eb_status s = eb_hash_one(&p->escrow, header_hash, header);
    return s == EB_OK ? p->spec.escrow->check(&p->escrow, l->authority->mem, capsule.ptr, secret,
                                              eb_context_of(&l->authority->order, header_hash, (eb_bytes){0}))
                      : s;
}

/* Opens the message's secret, and checks the capsule where the recipient's device does. */
static eb_status begin_open(eb_link *l, eb_bytes header, eb_bytes capsule)
{
    const eb_pair *p = l->pair;
    const eb_transport *t = p->spec.transport;
    uint8_t secret[EB_MAX_SECRET];
    if (capsule.len == 0 || !p->spec.escrow->enforced)
        return t->peek(&p->transport, session_at(l, 0), l->pending, l->received, header, NULL);
    if (l->authority == NULL)
        return EB_ERR_INVALID;
    eb_status s = t->peek(&p->transport, session_at(l, 0), l->pending, l->received, header, secret);
    if (s == EB_OK)
        s = check_capsule(l, capsule, secret, header);
    eb_wipe(secret, sizeof secret);
    return s;
}

eb_status eb_open_parts(eb_link *l, eb_buf *plaintext, eb_bytes header, eb_bytes capsule, eb_bytes full_aad,
                        eb_bytes body)
{
    const eb_pair *p = l->pair;
    const eb_transport *t = p->spec.transport;
    uint8_t *session = session_at(l, 0);
    eb_status s = begin_open(l, header, capsule);
    if (s == EB_OK)
        s = t->open(&p->transport, session, l->pending, l->received, full_aad, body, plaintext);
    if (s == EB_OK)
        s = t->commit(&p->transport, session, l->pending);
    if (s == EB_OK) {
        l->received++;
        return EB_OK;
    }
    t->abort(&p->transport, l->pending);
    eb_wipe(plaintext->ptr, plaintext->len);
    plaintext->len = 0;
    return s;
}

static bool receives(const eb_link *l)
{
    return l->role == EB_RECIPIENT || (l->pair->spec.transport->duplex && l->copies == 1);
}

eb_status eb_open(eb_link *l, eb_buf *plaintext, eb_bytes aad, eb_bytes wire)
{
    eb_bytes header, capsule, body, full_aad;
    plaintext->len = 0;
    if (!receives(l))
        return EB_ERR_INVALID;
    eb_status s = eb_split_wire(l->pair, l->received, wire, &header, &capsule, &body);
    if (s == EB_OK)
        s = eb_body_aad(l->pair, l->aad, &full_aad, aad, capsule);
    return s == EB_OK ? eb_open_parts(l, plaintext, header, capsule, full_aad, body) : s;
}

/* A message's capsule with its header and secret, for the recipient; nothing moves. The caller wipes the secret. */
static eb_status peek_capsule(eb_link *l, eb_bytes *header, eb_bytes *capsule, uint8_t *secret, eb_bytes wire)
{
    const eb_pair *p = l->pair;
    eb_bytes body;
    if (eb_wire_capsule(p) == 0 || l->authority == NULL)
        return EB_ERR_UNSUPPORTED;
    eb_status s = eb_split_wire(p, l->received, wire, header, capsule, &body);
    if (s != EB_OK)
        return s;
    if (capsule->len == 0)
        return EB_ERR_UNSUPPORTED;
    s = p->spec.transport->peek(&p->transport, session_at(l, 0), l->pending, l->received, *header, secret);
    p->spec.transport->abort(&p->transport, l->pending);
    return s;
}

eb_status eb_check(eb_link *l, eb_bytes wire)
{
    uint8_t secret[EB_MAX_SECRET];
    eb_bytes header, capsule;
    eb_status s = peek_capsule(l, &header, &capsule, secret, wire);
    if (s == EB_OK)
        s = check_capsule(l, capsule, secret, header);
    eb_wipe(secret, sizeof secret);
    return s;
}

eb_status eb_forge(eb_link *l, uint8_t *forged, const uint8_t *coins, eb_bytes wire, uint64_t limit, uint64_t *tries)
{
    const eb_pair *p = l->pair;
    uint8_t secret[EB_MAX_SECRET], header_hash[EB_DIGEST];
    eb_bytes header, capsule;
    *tries = 0;
    if (p->spec.escrow->forge == NULL)
        return EB_ERR_UNSUPPORTED;
    eb_status s = peek_capsule(l, &header, &capsule, secret, wire);
    if (s == EB_OK)
        s = eb_hash_one(&p->escrow, header_hash, header);
    if (s == EB_OK)
        s = p->spec.escrow->forge(&p->escrow, l->authority->mem, forged, coins, secret,
                                  eb_context_of(&l->authority->order, header_hash, (eb_bytes){0}), limit, tries);
    eb_wipe(secret, sizeof secret);
    return s;
}
