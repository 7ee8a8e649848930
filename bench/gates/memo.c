/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/memo.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/registry.h"

/* ---- what is remembered ---- */

enum { ENTRIES = 16384, MAX_INPUT = 2048, RECHECK = 64 };

typedef struct entry {
    eb_status status;
    unsigned hits;
    size_t in_len, out_len;
    uint8_t *bytes; /* inputs, then outputs; NULL: nothing is remembered here */
} entry;

static entry *entries; /* kept for the life of the process */

/* An operation and its inputs, joined: operation and primitive, then each input. All inputs of an operation of a
   primitive have fixed lengths, but for a message, which is the last one: so joining them is injective. */
typedef struct question {
    bool fits;
    size_t len;
    uint8_t in[MAX_INPUT];
} question;

static void put(question *q, const void *bytes, size_t len)
{
    if (q->len + len > MAX_INPUT) {
        q->fits = false;
        return;
    }
    if (len > 0)
        memcpy(q->in + q->len, bytes, len);
    q->len += len;
}

static void ask(question *q, const eb_prim *prim, char operation)
{
    q->fits = true;
    q->len = 0;
    put(q, &prim, sizeof prim);
    put(q, &operation, 1);
}

/* FNV-1a: which entry an input belongs to. The inputs themselves are compared. */
static entry *place(const question *q)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < q->len; i++)
        h = (h ^ q->in[i]) * 0x100000001b3u;
    return &entries[(h ^ h >> 32) % ENTRIES];
}

static bool is_about(const entry *e, const question *q)
{
    return e->bytes != NULL && e->in_len == q->len && memcmp(e->bytes, q->in, q->len) == 0;
}

/* The remembered answer, or NULL if the operation must be computed: unknown, or its turn to be checked. */
static const entry *recall(const question *q)
{
    if (entries == NULL || !q->fits)
        return NULL;
    entry *e = place(q);
    if (!is_about(e, q))
        return NULL;
    return ++e->hits % RECHECK == 0 ? NULL : e;
}

/* Keeps an answer. One that differs from what the same inputs gave before is the library's failure. */
static eb_status keep(const question *q, eb_status s, uint8_t *out, size_t len)
{
    if (entries == NULL || !q->fits)
        return s;
    entry *e = place(q);
    if (is_about(e, q)) {
        if (e->status == s && e->out_len == len && (len == 0 || memcmp(e->bytes + e->in_len, out, len) == 0))
            return s;
        if (len > 0)
            memset(out, 0, len);
        return EB_ERR_BACKEND;
    }
    uint8_t *bytes = malloc(q->len + len);
    if (bytes == NULL)
        return s;
    memcpy(bytes, q->in, q->len);
    if (len > 0)
        memcpy(bytes + q->len, out, len);
    free(e->bytes);
    *e = (entry){.status = s, .in_len = q->len, .out_len = len, .bytes = bytes};
    return s;
}

static eb_status give(const entry *e, uint8_t *out)
{
    if (e->out_len > 0)
        memcpy(out, e->bytes + e->in_len, e->out_len);
    return e->status;
}

/* ---- key objects carry the bytes that they were parsed from behind the library's part ---- */

/* Room behind an object: which parser, then as many bytes as the longer kind of key has. What lies behind that is as well aligned as
   it was without. */
static size_t tail_len(size_t sk_len, size_t pk_len)
{
    const size_t len = 1 + (sk_len > pk_len ? sk_len : pk_len), align = _Alignof(max_align_t);
    return (len + align - 1) / align * align;
}

static void note(void *key, size_t size, size_t room, char kind, const uint8_t *bytes, size_t len)
{
    uint8_t *t = (uint8_t *)key + size;
    memset(t, 0, room);
    t[0] = (uint8_t)kind;
    memcpy(t + 1, bytes, len);
}

static void put_key(question *q, const void *key, size_t size, size_t room)
{
    put(q, (const uint8_t *)key + size, room);
}

/* ---- Diffie-Hellman ---- */

static size_t dh_tail(const eb_dh *real)
{
    return tail_len(real->sk_len, real->pk_len);
}

static eb_status dh_secret_key(const eb_dh *real, void *ctx, void *key, const uint8_t *sk)
{
    note(key, real->key_size, dh_tail(real), 's', sk, real->sk_len);
    return real->secret_key(ctx, key, sk);
}

static eb_status dh_public_key(const eb_dh *real, void *ctx, void *key, const uint8_t *pk)
{
    note(key, real->key_size, dh_tail(real), 'p', pk, real->pk_len);
    return real->public_key(ctx, key, pk);
}

static eb_status dh_encode(const eb_dh *real, void *ctx, uint8_t *pk, void *key)
{
    question q;
    ask(&q, &real->prim, 'e');
    put_key(&q, key, real->key_size, dh_tail(real));
    const entry *e = recall(&q);
    return e != NULL ? give(e, pk) : keep(&q, real->encode(ctx, pk, key), pk, real->pk_len);
}

static eb_status dh_agree(const eb_dh *real, void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    question q;
    ask(&q, &real->prim, 'a');
    put_key(&q, sk, real->key_size, dh_tail(real));
    put_key(&q, pk, real->key_size, dh_tail(real));
    const entry *e = recall(&q);
    return e != NULL ? give(e, ss) : keep(&q, real->agree(ctx, ss, sk, pk), ss, real->ss_len);
}

/* ---- signatures ---- */

static size_t sig_tail(const eb_sig *real)
{
    return tail_len(real->sk_len, real->pk_len);
}

static eb_status sig_secret_key(const eb_sig *real, void *ctx, void *key, const uint8_t *sk)
{
    note(key, real->key_size, sig_tail(real), 's', sk, real->sk_len);
    return real->secret_key(ctx, key, sk);
}

static eb_status sig_public_key(const eb_sig *real, void *ctx, void *key, const uint8_t *pk)
{
    note(key, real->key_size, sig_tail(real), 'p', pk, real->pk_len);
    return real->public_key(ctx, key, pk);
}

static eb_status sig_encode(const eb_sig *real, void *ctx, uint8_t *pk, void *key)
{
    question q;
    ask(&q, &real->prim, 'e');
    put_key(&q, key, real->key_size, sig_tail(real));
    const entry *e = recall(&q);
    return e != NULL ? give(e, pk) : keep(&q, real->encode(ctx, pk, key), pk, real->pk_len);
}

static eb_status sig_sign(const eb_sig *real, void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    question q;
    ask(&q, &real->prim, 's');
    put_key(&q, sk, real->key_size, sig_tail(real));
    put(&q, message.ptr, message.len);
    q.fits = q.fits && real->repeats; /* what is drawn anew is no answer to the same question */
    const entry *e = recall(&q);
    return e != NULL ? give(e, sig) : keep(&q, real->sign(ctx, sig, sk, message), sig, real->sig_len);
}

static eb_status sig_verify(const eb_sig *real, void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    question q;
    ask(&q, &real->prim, 'v');
    put_key(&q, pk, real->key_size, sig_tail(real));
    put(&q, sig, real->sig_len);
    put(&q, message.ptr, message.len);
    const entry *e = recall(&q);
    uint8_t nothing[1];
    return e != NULL ? give(e, nothing) : keep(&q, real->verify(ctx, sig, pk, message), nothing, 0);
}

/* ---- public-key encryption: only what is not drawn ---- */

static size_t pke_tail(const eb_pke *real)
{
    return tail_len(real->sk_len, real->pk_len);
}

static eb_status pke_secret_key(const eb_pke *real, void *ctx, void *key, const uint8_t *sk)
{
    note(key, real->key_size, pke_tail(real), 's', sk, real->sk_len);
    return real->secret_key(ctx, key, sk);
}

static eb_status pke_public_key(const eb_pke *real, void *ctx, void *key, const uint8_t *pk)
{
    note(key, real->key_size, pke_tail(real), 'p', pk, real->pk_len);
    return real->public_key(ctx, key, pk);
}

static eb_status pke_decrypt(const eb_pke *real, void *ctx, eb_buf *message, const uint8_t *ct, const void *sk)
{
    question q;
    ask(&q, &real->prim, 'd');
    put_key(&q, sk, real->key_size, pke_tail(real));
    put(&q, ct, real->ct_len);
    const entry *e = recall(&q);
    if (e == NULL || e->out_len > message->cap) {
        const eb_status s = real->decrypt(ctx, message, ct, sk);
        return keep(&q, s, message->ptr, message->len);
    }
    message->len = e->out_len;
    return give(e, message->ptr);
}

/* ---- groups ---- */

static eb_status group_mul(const eb_group *real, void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p)
{
    question q;
    ask(&q, &real->prim, 'm');
    put(&q, s, real->scalar_len);
    put(&q, p, real->point_len);
    const entry *e = recall(&q);
    return e != NULL ? give(e, out) : keep(&q, real->mul(ctx, out, s, p), out, real->point_len);
}

static eb_status group_mul_base(const eb_group *real, void *ctx, uint8_t *out, const uint8_t *s)
{
    question q;
    ask(&q, &real->prim, 'b');
    put(&q, s, real->scalar_len);
    const entry *e = recall(&q);
    return e != NULL ? give(e, out) : keep(&q, real->mul_base(ctx, out, s), out, real->point_len);
}

static eb_status group_combine(const eb_group *real, void *ctx, uint8_t *out, const eb_term *terms, size_t n)
{
    question q;
    ask(&q, &real->prim, 'c');
    for (size_t i = 0; i < n; i++) {
        const uint8_t with_point = terms[i].point != NULL;
        put(&q, &with_point, 1);
        put(&q, terms[i].scalar, real->scalar_len);
        if (with_point)
            put(&q, terms[i].point, real->point_len);
    }
    const entry *e = recall(&q);
    return e != NULL ? give(e, out) : keep(&q, real->combine(ctx, out, terms, n), out, real->point_len);
}

/* ---- tables ---- */

/* A table of functions has no argument for the table that it stands for, so each of a few slots, for all backends, has functions of
   its own. */
enum { DH_SLOTS = 8, GROUP_SLOTS = 4, SIG_SLOTS = 6, PKE_SLOTS = 6, MAX_PRIMS = 32, MAX_MEMOS = 4 };

static const eb_dh *real_dh[DH_SLOTS];
static const eb_group *real_group[GROUP_SLOTS];
static const eb_sig *real_sig[SIG_SLOTS];
static const eb_pke *real_pke[PKE_SLOTS];

#define DH_SLOT(i)                                                                                                     \
    static eb_status dh_secret_key_##i(void *ctx, void *key, const uint8_t *sk)                                        \
    {                                                                                                                  \
        return dh_secret_key(real_dh[i], ctx, key, sk);                                                                \
    }                                                                                                                  \
    static eb_status dh_public_key_##i(void *ctx, void *key, const uint8_t *pk)                                        \
    {                                                                                                                  \
        return dh_public_key(real_dh[i], ctx, key, pk);                                                                \
    }                                                                                                                  \
    static eb_status dh_encode_##i(void *ctx, uint8_t *pk, void *key)                                                  \
    {                                                                                                                  \
        return dh_encode(real_dh[i], ctx, pk, key);                                                                    \
    }                                                                                                                  \
    static eb_status dh_agree_##i(void *ctx, uint8_t *ss, const void *sk, const void *pk)                              \
    {                                                                                                                  \
        return dh_agree(real_dh[i], ctx, ss, sk, pk);                                                                  \
    }

#define GROUP_SLOT(i)                                                                                                  \
    static eb_status group_mul_##i(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *p)                        \
    {                                                                                                                  \
        return group_mul(real_group[i], ctx, out, s, p);                                                               \
    }                                                                                                                  \
    static eb_status group_mul_base_##i(void *ctx, uint8_t *out, const uint8_t *s)                                     \
    {                                                                                                                  \
        return group_mul_base(real_group[i], ctx, out, s);                                                             \
    }                                                                                                                  \
    static eb_status group_combine_##i(void *ctx, uint8_t *out, const eb_term *terms, size_t n)                        \
    {                                                                                                                  \
        return group_combine(real_group[i], ctx, out, terms, n);                                                       \
    }

#define SIG_SLOT(i)                                                                                                    \
    static eb_status sig_secret_key_##i(void *ctx, void *key, const uint8_t *sk)                                       \
    {                                                                                                                  \
        return sig_secret_key(real_sig[i], ctx, key, sk);                                                              \
    }                                                                                                                  \
    static eb_status sig_public_key_##i(void *ctx, void *key, const uint8_t *pk)                                       \
    {                                                                                                                  \
        return sig_public_key(real_sig[i], ctx, key, pk);                                                              \
    }                                                                                                                  \
    static eb_status sig_encode_##i(void *ctx, uint8_t *pk, void *key)                                                 \
    {                                                                                                                  \
        return sig_encode(real_sig[i], ctx, pk, key);                                                                  \
    }                                                                                                                  \
    static eb_status sig_sign_##i(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)                           \
    {                                                                                                                  \
        return sig_sign(real_sig[i], ctx, sig, sk, message);                                                           \
    }                                                                                                                  \
    static eb_status sig_verify_##i(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)                   \
    {                                                                                                                  \
        return sig_verify(real_sig[i], ctx, sig, pk, message);                                                         \
    }

#define PKE_SLOT(i)                                                                                                    \
    static eb_status pke_secret_key_##i(void *ctx, void *key, const uint8_t *sk)                                       \
    {                                                                                                                  \
        return pke_secret_key(real_pke[i], ctx, key, sk);                                                              \
    }                                                                                                                  \
    static eb_status pke_public_key_##i(void *ctx, void *key, const uint8_t *pk)                                       \
    {                                                                                                                  \
        return pke_public_key(real_pke[i], ctx, key, pk);                                                              \
    }                                                                                                                  \
    static eb_status pke_decrypt_##i(void *ctx, eb_buf *message, const uint8_t *ct, const void *sk)                    \
    {                                                                                                                  \
        return pke_decrypt(real_pke[i], ctx, message, ct, sk);                                                         \
    }

DH_SLOT(0)
DH_SLOT(1)
DH_SLOT(2)
DH_SLOT(3)
DH_SLOT(4)
DH_SLOT(5)
DH_SLOT(6)
DH_SLOT(7)
GROUP_SLOT(0)
GROUP_SLOT(1)
GROUP_SLOT(2)
GROUP_SLOT(3)
SIG_SLOT(0)
SIG_SLOT(1)
SIG_SLOT(2)
SIG_SLOT(3)
SIG_SLOT(4)
SIG_SLOT(5)
PKE_SLOT(0)
PKE_SLOT(1)
PKE_SLOT(2)
PKE_SLOT(3)
PKE_SLOT(4)
PKE_SLOT(5)

/* The functions of a slot that replace those of the real table; the rest of a table is copied. */
#define DH_FUNCTIONS(i)                                                                                                \
    {                                                                                                                  \
        .secret_key = dh_secret_key_##i, .public_key = dh_public_key_##i, .encode = dh_encode_##i,                     \
        .agree = dh_agree_##i                                                                                          \
    }
#define SIG_FUNCTIONS(i)                                                                                               \
    {                                                                                                                  \
        .secret_key = sig_secret_key_##i, .public_key = sig_public_key_##i, .encode = sig_encode_##i,                  \
        .sign = sig_sign_##i, .verify = sig_verify_##i                                                                 \
    }

#define GROUP_FUNCTIONS(i)                                                                                             \
    {                                                                                                                  \
        .mul = group_mul_##i, .mul_base = group_mul_base_##i, .combine = group_combine_##i                             \
    }
#define PKE_FUNCTIONS(i)                                                                                               \
    {                                                                                                                  \
        .secret_key = pke_secret_key_##i, .public_key = pke_public_key_##i, .decrypt = pke_decrypt_##i                 \
    }

static const eb_dh dh_functions[DH_SLOTS] = {DH_FUNCTIONS(0), DH_FUNCTIONS(1), DH_FUNCTIONS(2), DH_FUNCTIONS(3),
                                             DH_FUNCTIONS(4), DH_FUNCTIONS(5), DH_FUNCTIONS(6), DH_FUNCTIONS(7)};
static const eb_group group_functions[GROUP_SLOTS] = {GROUP_FUNCTIONS(0), GROUP_FUNCTIONS(1), GROUP_FUNCTIONS(2),
                                                      GROUP_FUNCTIONS(3)};
static const eb_sig sig_functions[SIG_SLOTS] = {SIG_FUNCTIONS(0), SIG_FUNCTIONS(1), SIG_FUNCTIONS(2),
                                                SIG_FUNCTIONS(3), SIG_FUNCTIONS(4), SIG_FUNCTIONS(5)};
static const eb_pke pke_functions[PKE_SLOTS] = {PKE_FUNCTIONS(0), PKE_FUNCTIONS(1), PKE_FUNCTIONS(2),
                                                PKE_FUNCTIONS(3), PKE_FUNCTIONS(4), PKE_FUNCTIONS(5)};

static eb_dh dh_table[DH_SLOTS];
static eb_group group_table[GROUP_SLOTS];
static eb_sig sig_table[SIG_SLOTS];
static eb_pke pke_table[PKE_SLOTS];
static size_t used[EB_CLASS_COUNT]; /* slots */

/* Backends that remember. */
typedef struct memo {
    const eb_backend *real;
    eb_backend backend;
    const eb_prim *prims[MAX_PRIMS + 1];
} memo;

static memo memos[MAX_MEMOS];
static size_t memo_count;

static const eb_prim *remember_dh(const eb_dh *real, size_t slot)
{
    eb_dh *t = &dh_table[slot];
    real_dh[slot] = real;
    *t = *real;
    t->key_size += dh_tail(real);
    t->secret_key = dh_functions[slot].secret_key;
    t->public_key = dh_functions[slot].public_key;
    t->encode = dh_functions[slot].encode;
    t->agree = dh_functions[slot].agree;
    return &t->prim;
}

static const eb_prim *remember_group(const eb_group *real, size_t slot)
{
    eb_group *t = &group_table[slot];
    real_group[slot] = real;
    *t = *real;
    t->mul = group_functions[slot].mul;
    t->mul_base = group_functions[slot].mul_base;
    t->combine = group_functions[slot].combine;
    return &t->prim;
}

static const eb_prim *remember_sig(const eb_sig *real, size_t slot)
{
    eb_sig *t = &sig_table[slot];
    real_sig[slot] = real;
    *t = *real;
    t->key_size += sig_tail(real);
    t->secret_key = sig_functions[slot].secret_key;
    t->public_key = sig_functions[slot].public_key;
    t->encode = sig_functions[slot].encode;
    t->sign = sig_functions[slot].sign;
    t->verify = sig_functions[slot].verify;
    return &t->prim;
}

static const eb_prim *remember_pke(const eb_pke *real, size_t slot)
{
    eb_pke *t = &pke_table[slot];
    real_pke[slot] = real;
    *t = *real;
    t->key_size += pke_tail(real);
    t->secret_key = pke_functions[slot].secret_key;
    t->public_key = pke_functions[slot].public_key;
    t->decrypt = pke_functions[slot].decrypt;
    return &t->prim;
}

/* What stands for a primitive: itself where all slots of its class are taken. */
static const eb_prim *stand_in(const eb_prim *p)
{
    const size_t slot = used[p->cls]++;
    const void *real = p;
    switch (p->cls) {
    case EB_DH:
        return slot < DH_SLOTS ? remember_dh(real, slot) : p;
    case EB_GROUP:
        return slot < GROUP_SLOTS ? remember_group(real, slot) : p;
    case EB_SIG:
        return slot < SIG_SLOTS ? remember_sig(real, slot) : p;
    case EB_PKE:
        return slot < PKE_SLOTS ? remember_pke(real, slot) : p;
    default:
        return p;
    }
}

static bool build(memo *m, const eb_backend *real)
{
    *m = (memo){.real = real, .backend = *real};
    for (size_t n = 0; real->prims[n] != NULL; n++) {
        if (n == MAX_PRIMS)
            return false;
        m->prims[n] = stand_in(real->prims[n]);
    }
    m->backend.prims = m->prims;
    return true;
}

static bool registered(const eb_backend *b)
{
    for (size_t i = 0; eb_backend_at(i) != NULL; i++)
        if (eb_backend_at(i) == b)
            return true;
    return false;
}

static void forget_all(void)
{
    for (size_t i = 0; entries != NULL && i < ENTRIES; i++)
        free(entries[i].bytes);
    free(entries);
    entries = NULL;
    memo_count = 0;
    memset(used, 0, sizeof used);
}

const eb_backend *gt_memo(const eb_backend *real)
{
    for (size_t i = 0; i < memo_count; i++)
        if (memos[i].real == real)
            return &memos[i].backend;
    /* Registered primitives live as long as the process. Others may lie where other ones lay before. */
    if (memo_count == MAX_MEMOS || !registered(real) || (memo_count > 0 && !registered(memos[0].real)))
        forget_all();
    if (entries == NULL)
        entries = calloc(ENTRIES, sizeof *entries);
    if (entries == NULL || !build(&memos[memo_count], real))
        return real;
    return &memos[memo_count++].backend;
}
