/* SPDX-License-Identifier: Apache-2.0 */
#include "core/binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hpke/hpke.h"

/* One class of primitive in a binding: where its table and its context go. */
typedef struct slot {
    const eb_prim **prim;
    void **ctx;
} slot;

static slot slot_of(eb_binding *b, eb_class cls)
{
    /* The tables' first member is their eb_prim, so a pointer to the table is a pointer to it. */
    switch (cls) {
    case EB_AEAD:
        return (slot){(const eb_prim **)(void *)&b->aead, &b->aead_ctx};
    case EB_DH:
        return (slot){(const eb_prim **)(void *)&b->dh, &b->dh_ctx};
    case EB_MAC:
        return (slot){(const eb_prim **)(void *)&b->mac, &b->mac_ctx};
    case EB_HASH:
        return (slot){(const eb_prim **)(void *)&b->hash, &b->hash_ctx};
    case EB_GROUP:
        return (slot){(const eb_prim **)(void *)&b->group, &b->group_ctx};
    case EB_SIG:
        return (slot){(const eb_prim **)(void *)&b->sig, &b->sig_ctx};
    case EB_KEM:
        return (slot){(const eb_prim **)(void *)&b->kem, &b->kem_ctx};
    case EB_PKE:
        return (slot){(const eb_prim **)(void *)&b->pke, &b->pke_ctx};
    case EB_STREAM:
        return (slot){(const eb_prim **)(void *)&b->stream, &b->stream_ctx};
    case EB_KEYWRAP:
        return (slot){(const eb_prim **)(void *)&b->keywrap, &b->keywrap_ctx};
    case EB_ENVELOPE:
        return (slot){(const eb_prim **)(void *)&b->envelope, &b->envelope_ctx};
    case EB_CLASS_COUNT:
        break;
    }
    return (slot){NULL, NULL};
}

static slot rekey_slot(eb_binding *b)
{
    return (slot){(const eb_prim **)(void *)&b->rekey_kem, &b->rekey_kem_ctx};
}

static bool has_rekey(const eb_suite *suite, unsigned needs)
{
    return (needs & EB_NEED(EB_KEM)) != 0 && suite->rekey_kem != NULL;
}

static const eb_prim *find_prim(const eb_backend *backend, eb_class cls, const char *id, char *why, size_t why_len)
{
    for (const eb_prim *const *p = backend->prims; *p != NULL; p++) {
        if ((*p)->cls != cls || strcmp((*p)->id, id) != 0)
            continue;
        const char *reason = (*p)->missing != NULL ? (*p)->missing() : NULL;
        if (reason == NULL)
            return *p;
        snprintf(why, why_len, "%s", reason);
        return NULL;
    }
    for (const eb_absent *a = backend->absent; a->id != NULL; a++)
        if (strcmp(a->id, id) == 0) {
            snprintf(why, why_len, "%s", a->reason);
            return NULL;
        }
    snprintf(why, why_len, "%s has no %s", backend->library, id);
    return NULL;
}

bool eb_binding_possible(const eb_backend *backend, const eb_suite *suite, unsigned needs, char *why, size_t why_len)
{
    for (eb_class c = 0; c < EB_CLASS_COUNT; c++) {
        if ((needs & EB_NEED(c)) == 0)
            continue;
        if (suite->prim[c] == NULL) {
            snprintf(why, why_len, "suite %s has no algorithm of a class that is needed", suite->id);
            return false;
        }
        const eb_prim *p = find_prim(backend, c, suite->prim[c], why, why_len);
        if (p == NULL)
            return false;
        if (c == EB_GROUP &&
            find_prim(backend, EB_HASH, ((const eb_group *)(const void *)p)->hash_id, why, why_len) == NULL)
            return false;
    }
    return !has_rekey(suite, needs) || find_prim(backend, EB_KEM, suite->rekey_kem, why, why_len) != NULL;
}

static eb_status open_prim(slot s, const eb_prim *p, eb_trace *trace)
{
    void *ctx = calloc(1, p->ctx_size > 0 ? p->ctx_size : 1);
    if (ctx == NULL)
        return EB_ERR_BACKEND;
    eb_status st = p->init(ctx);
    if (st != EB_OK) {
        free(ctx);
        return st;
    }
    *s.prim = p;
    *s.ctx = ctx;
    if (trace == NULL || (st = eb_trace_wrap(trace, p, ctx, s.prim, s.ctx)) == EB_OK)
        return EB_OK;
    p->fini(ctx);
    free(ctx);
    *s.prim = NULL;
    *s.ctx = NULL;
    return st;
}

static void close_prim(slot s, bool traced)
{
    if (*s.prim == NULL)
        return;
    const eb_prim *p = *s.prim;
    void *ctx = *s.ctx;
    if (traced)
        ctx = eb_trace_unwrap(ctx, &p);
    p->fini(ctx);
    eb_wipe(ctx, p->ctx_size);
    free(ctx);
    *s.prim = NULL;
    *s.ctx = NULL;
}

eb_status eb_aead_new(const eb_binding *b, void **ctx)
{
    /* A recorder's table stands for the backend's: find the latter for the context. */
    const eb_prim *p = b->trace != NULL ? eb_trace_prim(b->aead_ctx) : &b->aead->prim, *table = NULL;
    slot s = {&table, ctx};
    *ctx = NULL;
    return open_prim(s, p, b->trace);
}

void eb_aead_free(const eb_binding *b, void *ctx)
{
    const eb_prim *p = &b->aead->prim;
    if (ctx != NULL)
        close_prim((slot){&p, &ctx}, b->trace != NULL);
}

static bool kem_fits(const eb_kem *k)
{
    return k == NULL || (k->sk_len <= EB_MAX_KEM_SK && k->pk_len <= EB_MAX_KEM_PK && k->ct_len <= EB_MAX_KEM_CT &&
                         k->ss_len == EB_DIGEST);
}

static bool sizes_fit(const eb_binding *b)
{
    return (b->aead == NULL ||
            (b->aead->key_len <= EB_MAX_KEY && b->aead->nonce_len <= EB_MAX_NONCE && b->aead->tag_len <= EB_MAX_TAG)) &&
           (b->dh == NULL ||
            (b->dh->sk_len <= EB_MAX_SK && b->dh->pk_len <= EB_MAX_PK && b->dh->ss_len <= EB_MAX_SS)) &&
           (b->mac == NULL || (b->mac->tag_len <= EB_MAX_HASH && b->mac->block_len <= EB_MAX_BLOCK)) &&
           (b->hash == NULL || b->hash->out_len == EB_DIGEST) &&
           (b->group == NULL || (b->group->scalar_len <= EB_MAX_SCALAR && b->group->point_len <= EB_MAX_POINT &&
                                 b->group->packed_len <= EB_MAX_PACKED && b->group->wide_len <= EB_MAX_WIDE)) &&
           (b->sig == NULL || (b->sig->sig_len <= EB_MAX_SIG && b->sig->pk_len <= EB_MAX_SIG_PK)) && kem_fits(b->kem) &&
           kem_fits(b->rekey_kem) &&
           (b->pke == NULL ||
            (b->pke->sk_len <= EB_MAX_PKE_SK && b->pke->pk_len <= EB_MAX_PKE_PK && b->pke->ct_len <= EB_MAX_PKE_CT)) &&
           (b->stream == NULL || b->stream->key_len <= EB_MAX_STREAM_KEY);
}

/* Memory for parsed keys that live within one call. */
static eb_status open_temporaries(eb_binding *b)
{
    size_t kem = b->kem != NULL ? b->kem->key_size : 0;
    if (b->rekey_kem != NULL && b->rekey_kem->key_size > kem)
        kem = b->rekey_kem->key_size;
    for (size_t i = 0; b->dh != NULL && i < sizeof b->temp_key / sizeof b->temp_key[0]; i++)
        if ((b->temp_key[i] = calloc(1, b->dh->key_size)) == NULL)
            return EB_ERR_BACKEND;
    if (b->sig != NULL && (b->temp_sig = calloc(1, b->sig->key_size)) == NULL)
        return EB_ERR_BACKEND;
    return kem == 0 || (b->temp_kem_key = calloc(1, kem)) != NULL ? EB_OK : EB_ERR_BACKEND;
}

/* A primitive beside those of the classes. */
static eb_status open_extra(eb_binding *b, slot s, eb_class cls, const char *id, eb_trace *trace)
{
    char why[8];
    const eb_prim *p = find_prim(b->backend, cls, id, why, sizeof why);
    return p != NULL ? open_prim(s, p, trace) : EB_ERR_UNSUPPORTED;
}

static eb_status open_all(eb_binding *b, unsigned needs, eb_trace *trace)
{
    char why[8]; /* the caller asked eb_binding_possible for the reason */
    for (eb_class c = 0; c < EB_CLASS_COUNT; c++) {
        if ((needs & EB_NEED(c)) == 0)
            continue;
        const eb_prim *p =
            b->suite->prim[c] == NULL ? NULL : find_prim(b->backend, c, b->suite->prim[c], why, sizeof why);
        if (p == NULL)
            return EB_ERR_UNSUPPORTED;
        eb_status s = open_prim(slot_of(b, c), p, trace);
        if (s != EB_OK)
            return s;
    }
    eb_status st = EB_OK;
    if (b->group != NULL)
        st = open_extra(b, (slot){(const eb_prim **)(void *)&b->group_hash, &b->group_hash_ctx}, EB_HASH,
                        b->group->hash_id, trace);
    if (st == EB_OK && has_rekey(b->suite, needs))
        st = open_extra(b, rekey_slot(b), EB_KEM, b->suite->rekey_kem, trace);
    if (st == EB_OK && !sizes_fit(b))
        st = EB_ERR_UNSUPPORTED;
    if (st == EB_OK)
        st = open_temporaries(b);
    if (st != EB_OK)
        return st;
    return b->mac != NULL ? eb_hpke_psk_id_hash(b, b->psk_id_hash) : EB_OK;
}

eb_status eb_binding_open(eb_binding *b, const eb_backend *backend, const eb_suite *suite, unsigned needs,
                          eb_trace *trace)
{
    *b = (eb_binding){.backend = backend, .suite = suite, .trace = trace};
    eb_status s = open_all(b, needs, trace);
    if (s != EB_OK)
        eb_binding_close(b);
    return s;
}

void eb_binding_close(eb_binding *b)
{
    for (size_t i = 0; i < sizeof b->temp_key / sizeof b->temp_key[0]; i++)
        free(b->temp_key[i]);
    free(b->temp_sig);
    free(b->temp_kem_key);
    for (eb_class c = 0; c < EB_CLASS_COUNT; c++)
        close_prim(slot_of(b, c), b->trace != NULL);
    close_prim(rekey_slot(b), b->trace != NULL);
    close_prim((slot){(const eb_prim **)(void *)&b->group_hash, &b->group_hash_ctx}, b->trace != NULL);
    eb_wipe(b, sizeof *b);
}
