/* SPDX-License-Identifier: Apache-2.0 */
#include "escrowbench/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/pair.h"

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
    const unsigned fixed = p->escrow->fixed_agents;
    if (fixed > 0 && (p->agents != fixed || p->threshold != fixed))
        return refuse(why, why_len, "escrow %s has a fixed number of agents, all of whom must answer%s", p->escrow->id,
                      "");
    if (!p->escrow->split && fixed == 0 && (p->agents != 1 || p->threshold != 1))
        return refuse(why, why_len, "escrow %s has one holder: agents and threshold must be 1%s", p->escrow->id, "");
    if (p->agents < 1 || p->agents > EB_MAX_AGENTS)
        return refuse(why, why_len, "escrow %s takes 1 to 255 agents%s", p->escrow->id, "");
    if (p->threshold < 1 || p->threshold > p->agents)
        return refuse(why, why_len, "escrow %s needs a threshold from 1 to the number of agents%s", p->escrow->id, "");
    return true;
}

/* A whole scheme's parts join each other and nothing else; any transport stands without escrow. */
static bool belong_together(const eb_transport *t, const eb_escrow *e)
{
    return e->kind == EB_KIND_NONE || t->whole == e->whole ||
           (t->whole != NULL && e->whole != NULL && strcmp(t->whole, e->whole) == 0);
}

bool eb_accepts(const eb_transport *t, const eb_escrow *e)
{
    return belong_together(t, e) && (e->kind == EB_KIND_NONE || (t->accepts & (unsigned)e->kind) != 0);
}

bool eb_inspects(const eb_pair_spec *spec)
{
    const eb_escrow *e = spec->escrow;
    return e->inspect != NULL && !(e->inspects_points && spec->escrow_suite->any_point);
}

bool eb_pair_spec_same(const eb_pair_spec *a, const eb_pair_spec *b)
{
    return a->backend == b->backend && a->transport == b->transport && a->suite == b->suite && a->escrow == b->escrow &&
           a->escrow_suite == b->escrow_suite && a->agents == b->agents && a->threshold == b->threshold &&
           eb_device_count(a) == eb_device_count(b);
}

/* An escrow that has the transport's own suite, or the one that stands for it. */
static const char *own_suite(const eb_suite *s)
{
    return s->base != NULL ? s->base : s->id;
}

static bool escrow_possible(const eb_pair_spec *p, char *why, size_t why_len)
{
    const eb_transport *t = p->transport;
    const eb_escrow *e = p->escrow;
    if (!belong_together(t, e))
        return refuse(why, why_len, "a whole scheme's transport and escrow join each other alone%s%s", "", "");
    if (!eb_accepts(t, e))
        return refuse(why, why_len, "transport %s has no place for an escrow of this kind%s", t->id, "");
    if (e->lasting != NULL && (e->batch != NULL || e->kind == EB_KIND_DEPOSIT))
        return refuse(why, why_len, "escrow %s says two things of what its answers open%s", e->id, "");
    if (e->kind == EB_KIND_DEVICE)
        return params_possible(p, why, why_len);
    if (!listed(e->suites, p->escrow_suite->id))
        return refuse(why, why_len, "escrow %s has no suite %s", e->id, p->escrow_suite->id);
    if (e->splits_dh && (t->dh_keys == 0 || p->suite->prim[EB_DH] == NULL))
        return refuse(why, why_len, "escrow %s splits Diffie-Hellman keys, which its users do not have here%s", e->id,
                      "");
    if (e->splits_dh && (t->needs & EB_NEED(EB_KEM)) != 0)
        return refuse(why, why_len, "escrow %s splits Diffie-Hellman keys, and receiving takes a KEM's key too%s",
                      e->id, "");
    if (e->splits_dh && strcmp(own_suite(p->suite), p->escrow_suite->id) != 0)
        return refuse(why, why_len, "escrow %s splits the user's own key: it needs the transport's suite, not %s",
                      e->id, p->escrow_suite->id);
    return params_possible(p, why, why_len) &&
           eb_binding_possible(p->backend, p->escrow_suite, e->needs | JOIN_NEEDS, why, why_len);
}

/* What the transport needs on this suite. */
static unsigned transport_needs(const eb_transport *t, const eb_suite *suite)
{
    unsigned needs = t->needs | JOIN_NEEDS;
    for (eb_class c = 0; c < EB_CLASS_COUNT; c++)
        if ((t->either & EB_NEED(c)) != 0 && suite->prim[c] != NULL)
            needs |= EB_NEED(c);
    return needs;
}

bool eb_pair_possible(const eb_pair_spec *p, char *why, size_t why_len)
{
    const eb_transport *t = p->transport;
    if (!listed(t->suites, p->suite->id))
        return refuse(why, why_len, "transport %s has no suite %s", t->id, p->suite->id);
    if (p->devices > EB_MAX_DEVICES)
        return refuse(why, why_len, "a recipient has at most 64 devices%s%s", "", "");
    const unsigned needs = transport_needs(t, p->suite);
    if (t->either != 0 && (needs & t->either) == 0)
        return refuse(why, why_len, "suite %s has no key exchange that transport %s can use", p->suite->id, t->id);
    if (!eb_binding_possible(p->backend, p->suite, needs, why, why_len))
        return false;
    return p->escrow->kind == EB_KIND_NONE || escrow_possible(p, why, why_len);
}

/* How many there are for one message: the recipient's devices and the ghost. */
static unsigned recipients(const eb_pair_spec *s)
{
    return eb_device_count(s) + (s->escrow->kind == EB_KIND_DEVICE ? 1 : 0);
}

static eb_status open_transport(eb_pair *p)
{
    const eb_pair_spec *spec = &p->spec;
    const eb_transport *t = spec->transport;
    eb_status s =
        eb_binding_open(&p->transport, spec->backend, spec->suite, transport_needs(t, spec->suite), spec->trace);
    if (s != EB_OK)
        return s;
    p->transport.params.recipients = t->shares ? recipients(spec) : 1;
    p->copies = t->shares ? 1 : recipients(spec);
    p->ts = t->sizes(&p->transport);
    return p->ts.secret <= EB_MAX_SECRET ? EB_OK : EB_ERR_UNSUPPORTED;
}

/* The ghost is a device of the transport's. */
static eb_escrow_sizes ghost_sizes(const eb_transport_sizes *t)
{
    return (eb_escrow_sizes){
        .setup_coins = t->keygen_coins,
        .pub = t->pk,
        .agent_secret = t->sk,
        .agent = t->sk,
        .partial = t->sk,
    };
}

static eb_status open_escrow(eb_pair *p)
{
    const eb_pair_spec *spec = &p->spec;
    const eb_escrow *e = spec->escrow;
    if (e->kind == EB_KIND_NONE)
        return EB_OK;
    const bool ghost = e->kind == EB_KIND_DEVICE;
    eb_status s = eb_binding_open(&p->escrow, spec->backend, ghost ? spec->suite : spec->escrow_suite,
                                  e->needs | JOIN_NEEDS, spec->trace);
    if (s != EB_OK)
        return s;
    p->escrow.params = (eb_params){.agents = spec->agents,
                                   .threshold = spec->threshold,
                                   .secret_len = eb_secret_len(p),
                                   .recipients = 1,
                                   .dh_keys = spec->transport->dh_keys};
    p->escrow.complaint = &p->complaint;
    p->es = ghost ? ghost_sizes(&p->ts) : e->sizes(&p->escrow);
    if (p->es.work > 0 && (p->escrow.work = calloc(1, p->es.work)) == NULL)
        return EB_ERR_BACKEND;
    return EB_OK;
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
    eb_status s = open_transport(p);
    if (s == EB_OK)
        s = open_escrow(p);
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
    free(p->escrow.work);
    if (p->escrow.backend != NULL)
        eb_binding_close(&p->escrow);
    if (p->transport.backend != NULL)
        eb_binding_close(&p->transport);
    free(p);
}

/* What travels to one device, at most. */
static size_t copy_max(const eb_pair *p, size_t len)
{
    return p->ts.header_max + eb_wire_capsule(p) + len + p->ts.body_overhead;
}

size_t eb_wire_max(const eb_pair *p, size_t len)
{
    return p->copies == 1 ? copy_max(p, len) : p->copies * (4 + copy_max(p, len));
}

size_t eb_start_coins(const eb_pair *p)
{
    return p->copies * p->ts.start_coins;
}

size_t eb_seal_coins(const eb_pair *p)
{
    return p->copies * p->ts.coins;
}

size_t eb_secret_len(const eb_pair *p)
{
    switch (p->spec.escrow->kind) {
    case EB_KIND_DEPOSIT:
    case EB_KIND_DEVICE:
        return p->ts.sk;
    case EB_KIND_STORAGE:
        return p->escrow.aead->key_len;
    case EB_KIND_NONE:
    case EB_KIND_WRAP:
        break;
    }
    return p->ts.secret;
}

/* ---- keys ---- */

eb_status eb_keygen(const eb_pair *p, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    eb_status s = p->spec.transport->keygen(&p->transport, sk, pk, coins);
    eb_public(pk, p->ts.pk);
    return s;
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
    const size_t n = p->spec.agents, len = p->es.agent_secret;
    eb_status s = EB_ERR_UNSUPPORTED;
    if (eb_pair_is(p, EB_KIND_NONE))
        return s;
    *p->escrow.complaint = (eb_complaint){0};
    /* The escrow writes the secrets side by side at the end of the space; moving each behind its index opens the gaps. */
    uint8_t *packed = agents + n;
    if (eb_pair_is(p, EB_KIND_DEVICE))
        s = eb_keygen(p, packed, pub, coins);
    else
        s = p->spec.escrow->setup(&p->escrow, pub, packed, coins);
    if (s != EB_OK) {
        eb_wipe(pub, p->es.pub);
        eb_wipe(agents, n * (1 + len));
        return s;
    }
    eb_public(pub, p->es.pub);
    eb_agents_unpack(p, agents);
    return EB_OK;
}

eb_complaint eb_complaint_of(const eb_pair *p)
{
    return p->complaint;
}

void eb_agents_unpack(const eb_pair *p, uint8_t *agents)
{
    const size_t n = p->spec.agents, len = p->es.agent_secret;
    for (size_t i = 0; i < n; i++) {
        memmove(agents + i * (1 + len) + 1, agents + n + i * len, len);
        agents[i * (1 + len)] = (uint8_t)(i + 1);
    }
}

uint8_t *eb_agents_pack(const eb_pair *p, const uint8_t *agents)
{
    const size_t n = p->spec.agents, len = p->es.agent_secret;
    uint8_t *packed = malloc(n * len + 1);
    for (size_t i = 0; i < n && packed != NULL; i++)
        memcpy(packed + i * len, agents + i * (1 + len) + 1, len);
    return packed;
}

void eb_agents_wipe(const eb_pair *p, uint8_t *packed)
{
    if (packed != NULL)
        eb_wipe(packed, p->spec.agents * p->es.agent_secret);
    free(packed);
}

static eb_status hash_name(const eb_pair *p, uint8_t *hash, eb_bytes user)
{
    return user.len <= UINT16_MAX ? eb_hash_one(&p->escrow, hash, user) : EB_ERR_INVALID;
}

eb_status eb_publish(const eb_pair *p, uint8_t *pub, const uint8_t *agents, eb_bytes user, uint64_t epoch)
{
    uint8_t name[EB_DIGEST];
    if (eb_pair_is(p, EB_KIND_NONE))
        return EB_ERR_UNSUPPORTED;
    if (p->spec.escrow->publish == NULL)
        return EB_OK;
    uint8_t *packed = eb_agents_pack(p, agents);
    eb_status s = packed != NULL ? hash_name(p, name, user) : EB_ERR_BACKEND;
    if (s == EB_OK)
        s = p->spec.escrow->publish(&p->escrow, pub, packed, name, epoch);
    eb_agents_wipe(p, packed);
    return s;
}

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

/* What of the authority capsules are bound to: what outlasts a refresh and a reshare, but not a proof of it. */
static eb_bytes lasting_part(const eb_pair *p, eb_bytes pub)
{
    return eb_range(pub.ptr, p->es.pub_lasting > 0 ? p->es.pub_lasting : pub.len - p->es.pub_proof);
}

static eb_status compute_link(const eb_pair *p, uint8_t *link, eb_bytes pub, eb_bytes user, uint64_t epoch)
{
    uint8_t numbers[2 + 8], pub_hash[EB_DIGEST];
    if (user.len > UINT16_MAX)
        return EB_ERR_INVALID;
    const bool shape_lasts = p->es.pub_lasting == 0;
    pub = lasting_part(p, pub);
    eb_status s = p->escrow.hash->digest(p->escrow.hash_ctx, pub_hash, &pub, 1);
    if (s != EB_OK)
        return s;
    numbers[0] = (uint8_t)(shape_lasts ? p->spec.agents : 0);
    numbers[1] = (uint8_t)(shape_lasts ? p->spec.threshold : 0);
    for (unsigned i = 0; i < 8; i++)
        numbers[2 + i] = (uint8_t)(epoch >> (56 - 8 * i));
    const field fields[] = {
        text_field("escrowbench link v1"),
        text_field(p->spec.transport->id),
        text_field(p->spec.suite->id),
        text_field(p->spec.escrow->id),
        text_field(eb_pair_is(p, EB_KIND_DEVICE) ? p->spec.suite->id : p->spec.escrow_suite->id),
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
    if (pub.len == p->es.pub && p->spec.escrow->audit != NULL) {
        eb_status s = p->spec.escrow->audit(&p->escrow, pub.ptr);
        if (s != EB_OK)
            return s;
    }
    return eb_authority_load_to_seal(p, out, pub, user, epoch);
}

static eb_status parse_authority(const eb_pair *p, eb_authority *a, eb_bytes pub)
{
    if (eb_pair_is(p, EB_KIND_DEVICE))
        return eb_peer_load(p, &a->ghost, pub);
    const eb_escrow *e = p->spec.escrow;
    eb_status s = e->load_authority(&p->escrow, a->mem, pub.ptr, a->order.link);
    if (s != EB_OK || e->covers == NULL)
        return s;
    s = e->covers(&p->escrow, a->mem, a->order.user, a->order.epoch);
    if (s != EB_OK)
        e->drop_authority(&p->escrow, a->mem);
    return s;
}

eb_status eb_authority_load_to_seal(const eb_pair *p, eb_authority **out, eb_bytes pub, eb_bytes user, uint64_t epoch)
{
    *out = NULL;
    if (eb_pair_is(p, EB_KIND_NONE))
        return EB_ERR_UNSUPPORTED;
    if (pub.len != p->es.pub)
        return EB_ERR_INVALID;
    eb_authority *a = calloc(1, sizeof *a + p->es.authority);
    if (a == NULL)
        return EB_ERR_BACKEND;
    a->pair = p;
    a->order.epoch = epoch;
    eb_status s = compute_link(p, a->order.link, pub, user, epoch);
    if (s == EB_OK)
        s = hash_name(p, a->order.user, user);
    if (s == EB_OK)
        s = parse_authority(p, a, pub);
    if (s == EB_OK)
        *out = a;
    else
        free(a);
    return s;
}

eb_status eb_agent_load(const eb_pair *p, eb_agent **out, eb_bytes secret)
{
    *out = NULL;
    if (eb_pair_is(p, EB_KIND_NONE))
        return EB_ERR_UNSUPPORTED;
    if (secret.len != eb_agent_len(p) || secret.ptr[0] < 1 || secret.ptr[0] > p->spec.agents)
        return EB_ERR_INVALID;
    eb_agent *a = calloc(1, sizeof *a + p->es.agent);
    if (a == NULL)
        return EB_ERR_BACKEND;
    a->pair = p;
    a->index = secret.ptr[0];
    eb_status s = EB_OK;
    if (eb_pair_is(p, EB_KIND_DEVICE))
        memcpy(a->mem, secret.ptr + 1, p->ts.sk);
    else
        s = p->spec.escrow->load_agent(&p->escrow, a->mem, a->index, secret.ptr + 1);
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
    if (eb_pair_is(a->pair, EB_KIND_DEVICE))
        eb_peer_drop(a->ghost);
    else
        a->pair->spec.escrow->drop_authority(&a->pair->escrow, a->mem);
    free(a);
}

void eb_agent_drop(eb_agent *a)
{
    if (a == NULL)
        return;
    if (!eb_pair_is(a->pair, EB_KIND_DEVICE))
        a->pair->spec.escrow->drop_agent(&a->pair->escrow, a->mem);
    eb_wipe(a->mem, a->pair->es.agent);
    free(a);
}

const eb_case *eb_authority_case(const eb_authority *a)
{
    return &a->order;
}

unsigned eb_agent_index(const eb_agent *a)
{
    return a->index;
}
