/* SPDX-License-Identifier: Apache-2.0 */
#include "escrowbench/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "hpke/hpke.h"

/* The join itself needs the transport's or the escrow's hash and MAC: for the digests of header and capsule and for
   the capsule's coins. */
#define JOIN_NEEDS (EB_NEED(EB_HASH) | EB_NEED(EB_MAC))

/* ---- pairs ---- */

static bool listed(const char *const *ids, const char *id)
{
    for (; *ids != NULL; ids++)
        if (strcmp(*ids, id) == 0)
            return true;
    return false;
}

static bool refuse(char *why, size_t why_len, const char *format, const char *a, const char *b)
{
    snprintf(why, why_len, format, a, b);
    return false;
}

static bool params_possible(const eb_pair_spec *p, char *why, size_t why_len)
{
    if (!p->escrow->split && (p->agents != 1 || p->threshold != 1))
        return refuse(why, why_len, "escrow %s has one holder: agents and threshold must be 1%s", p->escrow->id, "");
    if (p->agents < 1 || p->agents > EB_MAX_AGENTS)
        return refuse(why, why_len, "escrow %s takes 1 to 255 agents%s", p->escrow->id, "");
    if (p->threshold < 1 || p->threshold > p->agents)
        return refuse(why, why_len, "escrow %s needs a threshold from 1 to the number of agents%s", p->escrow->id, "");
    return true;
}

bool eb_pair_possible(const eb_pair_spec *p, char *why, size_t why_len)
{
    const eb_transport *t = p->transport;
    const eb_escrow *e = p->escrow;
    if (!listed(t->suites, p->suite->id))
        return refuse(why, why_len, "transport %s has no suite %s", t->id, p->suite->id);
    if (!eb_binding_possible(p->backend, p->suite, t->needs | JOIN_NEEDS, why, why_len))
        return false;
    if (e->kind == EB_KIND_NONE)
        return true;
    if ((t->accepts & (unsigned)e->kind) == 0)
        return refuse(why, why_len, "transport %s has no place for escrow %s", t->id, e->id);
    if (e->kind != EB_KIND_WRAP)
        return refuse(why, why_len, "escrow %s is of a kind that this version does not join yet%s", e->id, "");
    if (!listed(e->suites, p->escrow_suite->id))
        return refuse(why, why_len, "escrow %s has no suite %s", e->id, p->escrow_suite->id);
    return params_possible(p, why, why_len) &&
           eb_binding_possible(p->backend, p->escrow_suite, e->needs | JOIN_NEEDS, why, why_len);
}

eb_status eb_pair_open(eb_pair **out, const eb_pair_spec *spec, char *why, size_t why_len)
{
    *out = NULL;
    if (!eb_pair_possible(spec, why, why_len))
        return EB_ERR_UNSUPPORTED;
    eb_pair *p = calloc(1, sizeof *p);
    if (p == NULL)
        return EB_ERR_BACKEND;
    p->spec = *spec;
    eb_status s =
        eb_binding_open(&p->transport, spec->backend, spec->suite, spec->transport->needs | JOIN_NEEDS, spec->trace);
    if (s == EB_OK) {
        p->ts = spec->transport->sizes(&p->transport);
        s = p->ts.secret <= EB_MAX_SECRET ? EB_OK : EB_ERR_UNSUPPORTED;
    }
    if (s == EB_OK && spec->escrow->kind != EB_KIND_NONE) {
        s = eb_binding_open(&p->escrow, spec->backend, spec->escrow_suite, spec->escrow->needs | JOIN_NEEDS,
                            spec->trace);
        if (s == EB_OK) {
            p->escrow.params = (eb_params){spec->agents, spec->threshold, p->ts.secret};
            p->es = spec->escrow->sizes(&p->escrow);
        }
    }
    if (s != EB_OK) {
        snprintf(why, why_len, "%s: %s", spec->backend->library, eb_status_name(s));
        eb_pair_close(p);
        return s;
    }
    *out = p;
    return EB_OK;
}

void eb_pair_close(eb_pair *p)
{
    if (p == NULL)
        return;
    if (p->escrow.backend != NULL)
        eb_binding_close(&p->escrow);
    if (p->transport.backend != NULL)
        eb_binding_close(&p->transport);
    free(p);
}

static bool has_capsule(const eb_pair *p)
{
    return p->spec.escrow->kind == EB_KIND_WRAP;
}

size_t eb_wire_max(const eb_pair *p, size_t len)
{
    return p->ts.header_max + p->es.capsule + len + p->ts.body_overhead;
}

/* ---- keys ---- */

eb_status eb_keygen(const eb_pair *p, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    return p->spec.transport->keygen(&p->transport, sk, pk, coins);
}

size_t eb_agent_len(const eb_pair *p)
{
    return 1 + p->es.agent_secret;
}

size_t eb_partial_len(const eb_pair *p)
{
    return 1 + p->es.partial;
}

eb_status eb_setup(const eb_pair *p, uint8_t *pub, uint8_t *agents, const uint8_t *coins)
{
    if (!has_capsule(p))
        return EB_ERR_UNSUPPORTED;
    /* The escrow writes the secrets side by side at the end of the space; moving each behind its index opens the gaps. */
    const size_t n = p->spec.agents, len = p->es.agent_secret;
    uint8_t *packed = agents + n;
    eb_status s = p->spec.escrow->setup(&p->escrow, pub, packed, coins);
    if (s != EB_OK) {
        eb_wipe(pub, p->es.pub);
        eb_wipe(agents, n * (1 + len));
        return s;
    }
    for (size_t i = 0; i < n; i++) {
        memmove(agents + i * (1 + len) + 1, packed + i * len, len);
        agents[i * (1 + len)] = (uint8_t)(i + 1);
    }
    return EB_OK;
}

/* A parsed key: the pair whose binding owns the library's part of it, then the implementation's memory. */
struct eb_own {
    const eb_pair *pair;
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_peer {
    const eb_pair *pair;
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_authority {
    const eb_pair *pair;
    uint8_t link[EB_DIGEST];
    _Alignas(max_align_t) uint8_t mem[];
};

struct eb_agent {
    const eb_pair *pair;
    unsigned index;
    _Alignas(max_align_t) uint8_t mem[];
};

eb_status eb_own_load(const eb_pair *p, eb_own **out, eb_bytes sk)
{
    *out = NULL;
    if (sk.len != p->ts.sk)
        return EB_ERR_INVALID;
    eb_own *o = calloc(1, sizeof *o + p->ts.own);
    if (o == NULL)
        return EB_ERR_BACKEND;
    o->pair = p;
    eb_status s = p->spec.transport->load_own(&p->transport, o->mem, sk.ptr);
    if (s == EB_OK)
        *out = o;
    else
        free(o);
    return s;
}

eb_status eb_peer_load(const eb_pair *p, eb_peer **out, eb_bytes pk)
{
    *out = NULL;
    if (pk.len != p->ts.pk)
        return EB_ERR_INVALID;
    eb_peer *o = calloc(1, sizeof *o + p->ts.peer);
    if (o == NULL)
        return EB_ERR_BACKEND;
    o->pair = p;
    eb_status s = p->spec.transport->load_peer(&p->transport, o->mem, pk.ptr);
    if (s == EB_OK)
        *out = o;
    else
        free(o);
    return s;
}

void eb_own_drop(eb_own *o)
{
    if (o == NULL)
        return;
    o->pair->spec.transport->drop_own(&o->pair->transport, o->mem);
    eb_wipe(o->mem, o->pair->ts.own);
    free(o);
}

void eb_peer_drop(eb_peer *o)
{
    if (o == NULL)
        return;
    o->pair->spec.transport->drop_peer(&o->pair->transport, o->mem);
    free(o);
}

/* A field of the link: two bytes of length, then the bytes, so that no two lists of fields have one encoding. */
typedef struct field {
    uint8_t len[2];
    eb_bytes bytes;
} field;

static field text_field(const char *s)
{
    const size_t n = strlen(s);
    return (field){{(uint8_t)(n >> 8), (uint8_t)n}, eb_range(s, n)};
}

static eb_status compute_link(const eb_pair *p, uint8_t *link, eb_bytes pub, eb_bytes user, uint64_t epoch)
{
    uint8_t numbers[2 + 8], pub_hash[EB_DIGEST];
    if (user.len > UINT16_MAX)
        return EB_ERR_INVALID;
    eb_status s = p->escrow.hash->digest(p->escrow.hash_ctx, pub_hash, &pub, 1);
    if (s != EB_OK)
        return s;
    numbers[0] = (uint8_t)p->spec.agents;
    numbers[1] = (uint8_t)p->spec.threshold;
    for (unsigned i = 0; i < 8; i++)
        numbers[2 + i] = (uint8_t)(epoch >> (56 - 8 * i));
    const field fields[] = {
        text_field("escrowbench link v1"),
        text_field(p->spec.transport->id),
        text_field(p->spec.suite->id),
        text_field(p->spec.escrow->id),
        text_field(p->spec.escrow_suite->id),
        {{0, sizeof numbers}, eb_range(numbers, sizeof numbers)},
        {{0, EB_DIGEST}, eb_range(pub_hash, EB_DIGEST)},
        {{(uint8_t)(user.len >> 8), (uint8_t)user.len}, user},
    };
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    eb_bytes parts[(size_t)2 * FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        parts[2 * i] = eb_range(fields[i].len, 2);
        parts[2 * i + 1] = fields[i].bytes;
    }
    return p->escrow.hash->digest(p->escrow.hash_ctx, link, parts, sizeof parts / sizeof parts[0]);
}

eb_status eb_authority_load(const eb_pair *p, eb_authority **out, eb_bytes pub, eb_bytes user, uint64_t epoch)
{
    *out = NULL;
    if (has_capsule(p) && pub.len == p->es.pub && p->spec.escrow->audit != NULL) {
        eb_status s = p->spec.escrow->audit(&p->escrow, pub.ptr);
        if (s != EB_OK)
            return s;
    }
    return eb_authority_load_to_seal(p, out, pub, user, epoch);
}

eb_status eb_authority_load_to_seal(const eb_pair *p, eb_authority **out, eb_bytes pub, eb_bytes user, uint64_t epoch)
{
    *out = NULL;
    if (!has_capsule(p))
        return EB_ERR_UNSUPPORTED;
    if (pub.len != p->es.pub)
        return EB_ERR_INVALID;
    eb_authority *a = calloc(1, sizeof *a + p->es.authority);
    if (a == NULL)
        return EB_ERR_BACKEND;
    a->pair = p;
    eb_status s = compute_link(p, a->link, pub, user, epoch);
    if (s == EB_OK)
        s = p->spec.escrow->load_authority(&p->escrow, a->mem, pub.ptr, a->link);
    if (s == EB_OK)
        *out = a;
    else
        free(a);
    return s;
}

eb_status eb_agent_load(const eb_pair *p, eb_agent **out, eb_bytes secret)
{
    *out = NULL;
    if (!has_capsule(p))
        return EB_ERR_UNSUPPORTED;
    if (secret.len != eb_agent_len(p) || secret.ptr[0] < 1 || secret.ptr[0] > p->spec.agents)
        return EB_ERR_INVALID;
    eb_agent *a = calloc(1, sizeof *a + p->es.agent);
    if (a == NULL)
        return EB_ERR_BACKEND;
    a->pair = p;
    a->index = secret.ptr[0];
    eb_status s = p->spec.escrow->load_agent(&p->escrow, a->mem, a->index, secret.ptr + 1);
    if (s == EB_OK)
        *out = a;
    else
        free(a);
    return s;
}

void eb_authority_drop(eb_authority *a)
{
    if (a == NULL)
        return;
    a->pair->spec.escrow->drop_authority(&a->pair->escrow, a->mem);
    free(a);
}

void eb_agent_drop(eb_agent *a)
{
    if (a == NULL)
        return;
    a->pair->spec.escrow->drop_agent(&a->pair->escrow, a->mem);
    eb_wipe(a->mem, a->pair->es.agent);
    free(a);
}

const uint8_t *eb_authority_link(const eb_authority *a)
{
    return a->link;
}

unsigned eb_agent_index(const eb_agent *a)
{
    return a->index;
}

/* ---- sessions ---- */

struct eb_link {
    const eb_pair *pair;
    const eb_authority *authority;
    eb_role role;
    uint64_t seq;
    uint8_t *session, *pending;
    uint8_t aad[EB_MAX_AAD + EB_DIGEST]; /* the caller's, then the capsule's hash */
    uint8_t *capsule_again;              /* for eb_check */
};

eb_status eb_link_start(const eb_pair *p, eb_link **out, eb_role role, const eb_own *own, const eb_peer *peer,
                        const eb_authority *authority, const uint8_t *coins, eb_bytes info)
{
    *out = NULL;
    if (has_capsule(p) && role == EB_SENDER && authority == NULL)
        return EB_ERR_INVALID;
    eb_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return EB_ERR_BACKEND;
    l->pair = p;
    l->authority = authority;
    l->role = role;
    l->session = calloc(1, p->ts.session + 1);
    l->pending = calloc(1, p->ts.pending + 1);
    l->capsule_again = calloc(1, p->es.capsule + 1);
    eb_status s = EB_ERR_BACKEND;
    if (l->session != NULL && l->pending != NULL && l->capsule_again != NULL)
        s = p->spec.transport->start(&p->transport, l->session, role, own != NULL ? own->mem : NULL,
                                     peer != NULL ? peer->mem : NULL, coins, info);
    if (s == EB_OK) {
        *out = l;
        return EB_OK;
    }
    free(l->capsule_again);
    free(l->pending);
    free(l->session);
    free(l);
    return s;
}

void eb_link_end(eb_link *l)
{
    if (l == NULL)
        return;
    l->pair->spec.transport->end(&l->pair->transport, l->session);
    eb_wipe(l->pending, l->pair->ts.pending);
    free(l->capsule_again);
    free(l->pending);
    free(l->session);
    free(l);
}

uint64_t eb_link_seq(const eb_link *l)
{
    return l->seq;
}

bool eb_link_set_seq(eb_link *l, uint64_t seq)
{
    if (l->role == EB_SENDER && l->pair->spec.transport->stateful && seq != 0)
        return false;
    l->seq = seq;
    return true;
}

static eb_status hash_one(const eb_binding *b, uint8_t *out, eb_bytes data)
{
    return b->hash->digest(b->hash_ctx, out, &data, 1);
}

/* The coins of an honest sender's capsule: HKDF-Expand(secret, label || link || SHA-256(header)). The secret is a
   uniformly random key, so RFC 5869 (s. 3.3) lets Extract be skipped. */
static eb_status capsule_coins(const eb_pair *p, uint8_t *coins, const uint8_t *secret, eb_context c)
{
    const eb_bytes info[] = {EB_LITERAL("escrowbench capsule coins v1"), eb_range(c.link, EB_DIGEST),
                             eb_range(c.header, EB_DIGEST)};
    return eb_hkdf_expand(&p->escrow, coins, p->es.capsule_coins, eb_range(secret, p->ts.secret), info, 3);
}

enum { MAX_CAPSULE_COINS = 255 * 32 }; /* what one HKDF-Expand gives */

/* Makes the capsule that an honest sender makes. */
static eb_status make_capsule(const eb_link *l, uint8_t *capsule, const uint8_t *secret, eb_bytes header)
{
    const eb_pair *p = l->pair;
    uint8_t coins[MAX_CAPSULE_COINS], header_hash[EB_DIGEST];
    if (p->es.capsule_coins > sizeof coins)
        return EB_ERR_INVALID;
    const eb_context c = {.link = l->authority->link, .header = header_hash};
    eb_status s = hash_one(&p->escrow, header_hash, header);
    if (s == EB_OK)
        s = capsule_coins(p, coins, secret, c);
    if (s == EB_OK)
        s = p->spec.escrow->capsule(&p->escrow, l->authority->mem, capsule, coins, secret, c);
    eb_wipe(coins, p->es.capsule_coins);
    return s;
}

/* aad || SHA-256(capsule) in the link's own space; the caller's aad as it is where there is no capsule. */
static eb_status body_aad(const eb_pair *p, uint8_t *space, eb_bytes *out, eb_bytes aad, eb_bytes capsule)
{
    *out = aad;
    if (aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    if (capsule.len == 0)
        return EB_OK;
    if (aad.len > 0)
        memcpy(space, aad.ptr, aad.len);
    *out = eb_range(space, aad.len + EB_DIGEST);
    return hash_one(&p->escrow, space + aad.len, capsule);
}

static eb_status seal_parts(eb_link *l, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext,
                            uint8_t *secret)
{
    const eb_pair *p = l->pair;
    const eb_transport *t = p->spec.transport;
    bool fresh = false;
    eb_buf header = {.ptr = wire->ptr, .cap = p->ts.header_max};
    eb_status s = t->begin(&p->transport, l->session, l->pending, l->seq, coins, plaintext, secret, &header, &fresh);
    if (s != EB_OK)
        return s;
    eb_bytes capsule = {0}, full_aad;
    if (fresh && has_capsule(p)) {
        capsule = eb_range(wire->ptr + header.len, p->es.capsule);
        s = make_capsule(l, wire->ptr + header.len, secret, eb_view(&header));
        if (s != EB_OK)
            return s;
    }
    s = body_aad(p, l->aad, &full_aad, aad, capsule);
    if (s != EB_OK)
        return s;
    const size_t before = header.len + capsule.len;
    eb_buf body = {.ptr = wire->ptr + before, .cap = wire->cap - before};
    s = t->finish(&p->transport, l->session, l->pending, l->seq, full_aad, plaintext, &body);
    wire->len = before + body.len;
    return s;
}

eb_status eb_seal(eb_link *l, eb_buf *wire, const uint8_t *coins, eb_bytes aad, eb_bytes plaintext)
{
    uint8_t secret[EB_MAX_SECRET];
    const size_t max = eb_wire_max(l->pair, plaintext.len);
    wire->len = 0;
    if (max < plaintext.len || wire->cap < max || aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    eb_status s = seal_parts(l, wire, coins, aad, plaintext, secret);
    eb_wipe(secret, l->pair->ts.secret);
    if (s == EB_OK) {
        l->seq++;
        return EB_OK;
    }
    l->pair->spec.transport->abort(&l->pair->transport, l->pending);
    eb_wipe(wire->ptr, max);
    wire->len = 0;
    return s;
}

/* Where header, capsule and body lie. */
static eb_status split_wire(const eb_pair *p, uint64_t seq, eb_bytes wire, eb_bytes *header, eb_bytes *capsule,
                            eb_bytes *body)
{
    size_t header_len = 0;
    bool fresh = false;
    eb_status s = p->spec.transport->split(&p->transport, seq, wire, &header_len, &fresh);
    if (s != EB_OK)
        return s;
    const size_t capsule_len = fresh && has_capsule(p) ? p->es.capsule : 0;
    if (wire.len < header_len || wire.len - header_len < capsule_len)
        return EB_ERR_INVALID;
    *header = eb_range(wire.ptr, header_len);
    *capsule = eb_range(wire.ptr + header_len, capsule_len);
    *body = eb_range(wire.ptr + header_len + capsule_len, wire.len - header_len - capsule_len);
    return EB_OK;
}

eb_status eb_open(eb_link *l, eb_buf *plaintext, eb_bytes aad, eb_bytes wire)
{
    const eb_pair *p = l->pair;
    const eb_transport *t = p->spec.transport;
    eb_bytes header, capsule, body, full_aad;
    plaintext->len = 0;
    eb_status s = split_wire(p, l->seq, wire, &header, &capsule, &body);
    if (s == EB_OK)
        s = body_aad(p, l->aad, &full_aad, aad, capsule);
    if (s == EB_OK)
        s = t->peek(&p->transport, l->session, l->pending, l->seq, header, NULL);
    if (s == EB_OK)
        s = t->open(&p->transport, l->session, l->pending, l->seq, full_aad, body, plaintext);
    if (s == EB_OK)
        s = t->commit(&p->transport, l->session, l->pending);
    if (s == EB_OK) {
        l->seq++;
        return EB_OK;
    }
    t->abort(&p->transport, l->pending);
    eb_wipe(plaintext->ptr, plaintext->len);
    plaintext->len = 0;
    return s;
}

eb_status eb_check(eb_link *l, eb_bytes wire)
{
    const eb_pair *p = l->pair;
    uint8_t secret[EB_MAX_SECRET];
    eb_bytes header, capsule, body;
    if (!has_capsule(p) || l->authority == NULL)
        return EB_ERR_UNSUPPORTED;
    eb_status s = split_wire(p, l->seq, wire, &header, &capsule, &body);
    if (s != EB_OK)
        return s;
    if (capsule.len == 0)
        return EB_ERR_UNSUPPORTED;
    s = p->spec.transport->peek(&p->transport, l->session, l->pending, l->seq, header, secret);
    p->spec.transport->abort(&p->transport, l->pending);
    if (s == EB_OK)
        s = make_capsule(l, l->capsule_again, secret, header);
    if (s == EB_OK && !eb_equal(l->capsule_again, capsule.ptr, capsule.len))
        s = EB_ERR_AUTH;
    eb_wipe(secret, sizeof secret);
    return s;
}

/* ---- access ---- */

eb_status eb_message_parse(const eb_pair *p, eb_message *m, uint64_t seq, eb_bytes wire)
{
    *m = (eb_message){.seq = seq};
    eb_status s = split_wire(p, seq, wire, &m->header, &m->capsule, &m->body);
    if (s == EB_OK)
        s = hash_one(&p->transport, m->header_hash, m->header);
    if (s == EB_OK && m->capsule.len > 0)
        s = hash_one(&p->transport, m->capsule_hash, m->capsule);
    return s;
}

static bool accessible(const eb_pair *p, const eb_message *m)
{
    return has_capsule(p) && m->capsule.len == p->es.capsule;
}

eb_status eb_partial(const eb_pair *p, const eb_agent *agent, const uint8_t *link, const eb_message *m,
                     uint8_t *partial, const uint8_t *coins)
{
    if (!accessible(p, m)) {
        eb_wipe(partial, eb_partial_len(p));
        return EB_ERR_UNSUPPORTED;
    }
    const eb_context c = {.link = link, .header = m->header_hash};
    partial[0] = (uint8_t)agent->index;
    eb_status s = p->spec.escrow->partial(&p->escrow, agent->mem, partial + 1, coins, m->capsule.ptr, c);
    if (s != EB_OK)
        eb_wipe(partial, eb_partial_len(p));
    return s;
}

static bool well_formed(const eb_pair *p, eb_bytes partial)
{
    return partial.len == eb_partial_len(p) && partial.ptr[0] >= 1 && partial.ptr[0] <= p->spec.agents;
}

/* EB_OK: honest, or this escrow cannot tell. */
static eb_status judge(const eb_pair *p, const eb_authority *authority, const eb_message *m, eb_answer answer)
{
    const eb_context c = {.link = authority->link, .header = m->header_hash};
    if (p->spec.escrow->verify == NULL)
        return EB_OK;
    return p->spec.escrow->verify(&p->escrow, authority->mem, m->capsule.ptr, c, answer);
}

eb_status eb_verify(const eb_pair *p, const eb_authority *authority, const eb_message *m, eb_bytes partial)
{
    if (!accessible(p, m) || p->spec.escrow->verify == NULL)
        return EB_ERR_UNSUPPORTED;
    if (!well_formed(p, partial))
        return EB_ERR_INVALID;
    return judge(p, authority, m, (eb_answer){partial.ptr[0], partial.ptr + 1});
}

/* What one more answer is worth, given those that are already in use. */
static eb_verdict weigh(const eb_pair *p, const eb_authority *authority, const eb_message *m, eb_bytes partial,
                        const bool *seen, eb_status *failure)
{
    if (!well_formed(p, partial))
        return EB_ANSWER_MALFORMED;
    const eb_answer answer = {partial.ptr[0], partial.ptr + 1};
    if (seen[answer.index])
        return EB_ANSWER_TWICE;
    eb_status s = judge(p, authority, m, answer);
    if (s == EB_OK)
        return EB_ANSWER_GOOD;
    if (s == EB_ERR_AUTH)
        return EB_ANSWER_LIE;
    *failure = s; /* the library's, or the message's own: nobody's lie */
    return EB_ANSWER_UNUSED;
}

eb_status eb_combine(const eb_pair *p, const eb_authority *authority, const eb_message *m, const eb_bytes *partials,
                     size_t count, eb_verdict *verdicts, uint8_t *secret)
{
    eb_answer good[EB_MAX_AGENTS];
    bool seen[EB_MAX_AGENTS + 1] = {false};
    unsigned n = 0;
    eb_status failure = EB_OK;
    if (!accessible(p, m)) {
        eb_wipe(secret, p->ts.secret);
        for (size_t i = 0; i < count && verdicts != NULL; i++)
            verdicts[i] = EB_ANSWER_UNUSED;
        return EB_ERR_UNSUPPORTED;
    }
    for (size_t i = 0; i < count; i++) {
        eb_verdict v = n == p->spec.threshold || failure != EB_OK ? EB_ANSWER_UNUSED
                                                                  : weigh(p, authority, m, partials[i], seen, &failure);
        if (v == EB_ANSWER_GOOD) {
            good[n++] = (eb_answer){partials[i].ptr[0], partials[i].ptr + 1};
            seen[partials[i].ptr[0]] = true;
        }
        if (verdicts != NULL)
            verdicts[i] = v;
    }
    eb_status s = failure != EB_OK ? failure : n == p->spec.threshold ? EB_OK : EB_ERR_AUTH;
    const eb_context c = {.link = authority->link, .header = m->header_hash};
    if (s == EB_OK)
        s = p->spec.escrow->combine(&p->escrow, authority->mem, secret, m->capsule.ptr, c, good);
    if (s != EB_OK)
        eb_wipe(secret, p->ts.secret);
    return s;
}

eb_status eb_recover(const eb_pair *p, const uint8_t *secret, const eb_message *m, eb_bytes aad, eb_buf *plaintext)
{
    uint8_t space[EB_MAX_AAD + EB_DIGEST];
    plaintext->len = 0;
    if (aad.len > EB_MAX_AAD)
        return EB_ERR_SPACE;
    if (m->capsule.len > 0) {
        if (aad.len > 0)
            memcpy(space, aad.ptr, aad.len);
        memcpy(space + aad.len, m->capsule_hash, EB_DIGEST);
        aad = eb_range(space, aad.len + EB_DIGEST);
    }
    return p->spec.transport->recover(&p->transport, secret, m->seq, m->header, aad, m->body, plaintext);
}
