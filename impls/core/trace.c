/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorders: for each class of primitive a table that notes the call and passes it on. Sizes are all that is noted;
 * no key, no data.
 */
#include "escrowbench/trace.h"

#include <stdlib.h>

#include "core/binding.h"

/* A recorder's context; the recorder's table follows in `table`. */
typedef struct recorder {
    eb_trace *trace;
    const eb_prim *prim; /* the backend's */
    void *ctx;           /* its context */
    union {
        eb_prim prim;
        eb_aead aead;
        eb_dh dh;
        eb_mac mac;
        eb_hash hash;
        eb_group group;
        eb_sig sig;
        eb_kem kem;
        eb_pke pke;
        eb_stream stream;
        eb_keywrap keywrap;
        eb_envelope envelope;
    } table;
} recorder;

static void note(const recorder *r, eb_op op, size_t a, size_t b)
{
    eb_trace *t = r->trace;
    if (!t->on)
        return;
    if (t->n == EB_TRACE_MAX) {
        t->full = true;
        return;
    }
    t->steps[t->n++] = (eb_step){.op = op, .prim = r->prim, .a = a, .b = b};
}

static size_t total(const eb_bytes *parts, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += parts[i].len;
    return sum;
}

/* Declares r, the recorder, and p, the primitive's own table. */
#define PASS(type)                                                                                                     \
    const recorder *r = ctx;                                                                                           \
    const type *p = (const type *)(const void *)r->prim

static eb_status aead_set_key(void *ctx, const uint8_t *key)
{
    PASS(eb_aead);
    note(r, EB_OP_AEAD_KEY, 0, 0);
    return p->set_key(r->ctx, key);
}

static eb_status aead_seal(void *ctx, uint8_t *ct, const uint8_t *nonce, eb_bytes ad, eb_bytes pt)
{
    PASS(eb_aead);
    note(r, EB_OP_AEAD_SEAL, pt.len, ad.len);
    return p->seal(r->ctx, ct, nonce, ad, pt);
}

static eb_status aead_open(void *ctx, uint8_t *pt, const uint8_t *nonce, eb_bytes ad, eb_bytes ct)
{
    PASS(eb_aead);
    note(r, EB_OP_AEAD_OPEN, ct.len >= p->tag_len ? ct.len - p->tag_len : 0, ad.len);
    return p->open(r->ctx, pt, nonce, ad, ct);
}

static eb_status dh_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    PASS(eb_dh);
    note(r, EB_OP_DH_SECRET, 0, 0);
    return p->secret_key(r->ctx, key, sk);
}

static eb_status dh_public_key(void *ctx, void *key, const uint8_t *pk)
{
    PASS(eb_dh);
    note(r, EB_OP_DH_PUBLIC, 0, 0);
    return p->public_key(r->ctx, key, pk);
}

static eb_status dh_encode(void *ctx, uint8_t *pk, void *key)
{
    PASS(eb_dh);
    note(r, EB_OP_DH_ENCODE, 0, 0);
    return p->encode(r->ctx, pk, key);
}

static eb_status dh_agree(void *ctx, uint8_t *ss, const void *sk, const void *pk)
{
    PASS(eb_dh);
    note(r, EB_OP_DH_AGREE, 0, 0);
    return p->agree(r->ctx, ss, sk, pk);
}

static void dh_key_fini(void *ctx, void *key)
{
    PASS(eb_dh); /* part of the step that filled the object */
    p->key_fini(r->ctx, key);
}

static eb_status mac_set_key(void *ctx, eb_bytes key)
{
    PASS(eb_mac);
    note(r, EB_OP_MAC_KEY, key.len, 0);
    return p->set_key(r->ctx, key);
}

static eb_status mac_compute(void *ctx, uint8_t *tag, const eb_bytes *parts, size_t n)
{
    PASS(eb_mac);
    note(r, EB_OP_MAC, total(parts, n), 0);
    return p->compute(r->ctx, tag, parts, n);
}

static eb_status hash_digest(void *ctx, uint8_t *out, const eb_bytes *parts, size_t n)
{
    PASS(eb_hash);
    note(r, EB_OP_HASH, total(parts, n), 0);
    return p->digest(r->ctx, out, parts, n);
}

static eb_status group_scalar_check(void *ctx, const uint8_t *s)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_CHECK, 0, 0);
    return p->scalar_check(r->ctx, s);
}

static eb_status group_scalar_reduce(void *ctx, uint8_t *out, const uint8_t *wide)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_REDUCE, 0, 0);
    return p->scalar_reduce(r->ctx, out, wide);
}

static eb_status group_scalar_add(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_ADD, 0, 0);
    return p->scalar_add(r->ctx, out, a, b);
}

static eb_status group_scalar_sub(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_ADD, 0, 0);
    return p->scalar_sub(r->ctx, out, a, b);
}

static eb_status group_scalar_mul(void *ctx, uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_MUL, 0, 0);
    return p->scalar_mul(r->ctx, out, a, b);
}

static eb_status group_scalar_invert(void *ctx, uint8_t *out, const uint8_t *a)
{
    PASS(eb_group);
    note(r, EB_OP_SCALAR_INVERT, 0, 0);
    return p->scalar_invert(r->ctx, out, a);
}

static eb_status group_point_check(void *ctx, const uint8_t *point)
{
    PASS(eb_group);
    note(r, EB_OP_POINT_CHECK, 0, 0);
    return p->point_check(r->ctx, point);
}

static eb_status group_mul(void *ctx, uint8_t *out, const uint8_t *s, const uint8_t *point)
{
    PASS(eb_group);
    note(r, EB_OP_MUL, 0, 0);
    return p->mul(r->ctx, out, s, point);
}

static eb_status group_mul_base(void *ctx, uint8_t *out, const uint8_t *s)
{
    PASS(eb_group);
    note(r, EB_OP_MUL_BASE, 0, 0);
    return p->mul_base(r->ctx, out, s);
}

static eb_status group_combine(void *ctx, uint8_t *out, const eb_term *terms, size_t n)
{
    PASS(eb_group);
    size_t generators = 0;
    for (size_t i = 0; i < n; i++)
        generators += terms[i].point == NULL;
    note(r, EB_OP_COMBINE, n - generators, generators);
    return p->combine(r->ctx, out, terms, n);
}

static eb_status group_pack(void *ctx, uint8_t *packed, const uint8_t *point)
{
    PASS(eb_group);
    note(r, EB_OP_PACK, 0, 0);
    return p->pack(r->ctx, packed, point);
}

static eb_status group_unpack(void *ctx, uint8_t *point, const uint8_t *packed)
{
    PASS(eb_group);
    note(r, EB_OP_UNPACK, 0, 0);
    return p->unpack(r->ctx, point, packed);
}

static eb_status sig_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    PASS(eb_sig);
    note(r, EB_OP_SIG_SECRET, 0, 0);
    return p->secret_key(r->ctx, key, sk);
}

static eb_status sig_public_key(void *ctx, void *key, const uint8_t *pk)
{
    PASS(eb_sig);
    note(r, EB_OP_SIG_PUBLIC, 0, 0);
    return p->public_key(r->ctx, key, pk);
}

static eb_status sig_encode(void *ctx, uint8_t *pk, void *key)
{
    PASS(eb_sig);
    note(r, EB_OP_SIG_ENCODE, 0, 0);
    return p->encode(r->ctx, pk, key);
}

static eb_status sig_sign(void *ctx, uint8_t *sig, const void *sk, eb_bytes message)
{
    PASS(eb_sig);
    note(r, EB_OP_SIGN, message.len, 0);
    return p->sign(r->ctx, sig, sk, message);
}

static eb_status sig_verify(void *ctx, const uint8_t *sig, const void *pk, eb_bytes message)
{
    PASS(eb_sig);
    note(r, EB_OP_SIG_VERIFY, message.len, 0);
    return p->verify(r->ctx, sig, pk, message);
}

static void sig_key_fini(void *ctx, void *key)
{
    PASS(eb_sig);
    p->key_fini(r->ctx, key);
}

static eb_status kem_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    PASS(eb_kem);
    note(r, EB_OP_KEM_SECRET, 0, 0);
    return p->secret_key(r->ctx, key, sk);
}

static eb_status kem_public_key(void *ctx, void *key, const uint8_t *pk)
{
    PASS(eb_kem);
    note(r, EB_OP_KEM_PUBLIC, 0, 0);
    return p->public_key(r->ctx, key, pk);
}

static eb_status kem_encode(void *ctx, uint8_t *pk, void *key)
{
    PASS(eb_kem);
    note(r, EB_OP_KEM_ENCODE, 0, 0);
    return p->encode(r->ctx, pk, key);
}

static eb_status kem_encapsulate(void *ctx, uint8_t *ss, uint8_t *ct, const void *pk, const uint8_t *coins)
{
    PASS(eb_kem);
    note(r, EB_OP_ENCAPSULATE, 0, 0);
    return p->encapsulate(r->ctx, ss, ct, pk, coins);
}

static eb_status kem_decapsulate(void *ctx, uint8_t *ss, const uint8_t *ct, const void *sk)
{
    PASS(eb_kem);
    note(r, EB_OP_DECAPSULATE, 0, 0);
    return p->decapsulate(r->ctx, ss, ct, sk);
}

static void kem_key_fini(void *ctx, void *key)
{
    PASS(eb_kem);
    p->key_fini(r->ctx, key);
}

static eb_status pke_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    PASS(eb_pke);
    note(r, EB_OP_PKE_SECRET, 0, 0);
    return p->secret_key(r->ctx, key, sk);
}

static eb_status pke_public_key(void *ctx, void *key, const uint8_t *pk)
{
    PASS(eb_pke);
    note(r, EB_OP_PKE_PUBLIC, 0, 0);
    return p->public_key(r->ctx, key, pk);
}

static eb_status pke_encode(void *ctx, uint8_t *pk, void *key)
{
    PASS(eb_pke);
    note(r, EB_OP_PKE_ENCODE, 0, 0);
    return p->encode(r->ctx, pk, key);
}

static eb_status pke_generate(void *ctx, uint8_t *sk, uint8_t *pk)
{
    PASS(eb_pke);
    note(r, EB_OP_PKE_GENERATE, 0, 0);
    return p->generate(r->ctx, sk, pk);
}

static eb_status pke_encrypt(void *ctx, uint8_t *ct, const void *pk, eb_bytes message)
{
    PASS(eb_pke);
    note(r, EB_OP_PKE_ENCRYPT, message.len, 0);
    return p->encrypt(r->ctx, ct, pk, message);
}

static eb_status pke_decrypt(void *ctx, eb_buf *message, const uint8_t *ct, const void *sk)
{
    PASS(eb_pke);
    eb_status s = p->decrypt(r->ctx, message, ct, sk);
    note(r, EB_OP_PKE_DECRYPT, message->len, 0); /* its length is known only now */
    return s;
}

static void pke_key_fini(void *ctx, void *key)
{
    PASS(eb_pke);
    p->key_fini(r->ctx, key);
}

static eb_status stream_set_key(void *ctx, const uint8_t *key)
{
    PASS(eb_stream);
    note(r, EB_OP_STREAM_KEY, 0, 0);
    return p->set_key(r->ctx, key);
}

static eb_status stream_apply(void *ctx, uint8_t *out, const uint8_t *iv, eb_bytes in)
{
    PASS(eb_stream);
    note(r, EB_OP_STREAM, in.len, 0);
    return p->apply(r->ctx, out, iv, in);
}

static eb_status keywrap_set_key(void *ctx, const uint8_t *key)
{
    PASS(eb_keywrap);
    note(r, EB_OP_KEYWRAP_KEY, 0, 0);
    return p->set_key(r->ctx, key);
}

static eb_status keywrap_wrap(void *ctx, uint8_t *out, eb_bytes key)
{
    PASS(eb_keywrap);
    note(r, EB_OP_WRAP, key.len, 0);
    return p->wrap(r->ctx, out, key);
}

static eb_status keywrap_unwrap(void *ctx, uint8_t *out, eb_bytes wrapped)
{
    PASS(eb_keywrap);
    note(r, EB_OP_UNWRAP, wrapped.len > p->overhead ? wrapped.len - p->overhead : 0, 0);
    return p->unwrap(r->ctx, out, wrapped);
}

static eb_status envelope_secret_key(void *ctx, void *key, const uint8_t *sk)
{
    PASS(eb_envelope);
    note(r, EB_OP_ENVELOPE_SECRET, 0, 0);
    return p->secret_key(r->ctx, key, sk);
}

static eb_status envelope_public_key(void *ctx, void *key, const uint8_t *pk)
{
    PASS(eb_envelope);
    note(r, EB_OP_ENVELOPE_PUBLIC, 0, 0);
    return p->public_key(r->ctx, key, pk);
}

static eb_status envelope_keygen(void *ctx, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    PASS(eb_envelope);
    note(r, EB_OP_ENVELOPE_KEYGEN, 0, 0);
    return p->keygen(r->ctx, sk, pk, coins);
}

static eb_status envelope_seal(void *ctx, eb_buf *out, const void *const *pks, unsigned recipients,
                               const uint8_t *coins, eb_bytes plaintext)
{
    PASS(eb_envelope);
    note(r, EB_OP_ENVELOPE_SEAL, plaintext.len, recipients);
    return p->seal(r->ctx, out, pks, recipients, coins, plaintext);
}

static eb_status envelope_open(void *ctx, eb_buf *plaintext, const void *sk, eb_bytes head, eb_bytes body)
{
    PASS(eb_envelope);
    note(r, EB_OP_ENVELOPE_OPEN, head.len, body.len);
    return p->open(r->ctx, plaintext, sk, head, body);
}

static size_t envelope_head_max(void *ctx, unsigned recipients)
{
    PASS(eb_envelope);
    return p->head_max(r->ctx, recipients);
}

/* Reading a form, not a call of cryptography: not recorded. */
static eb_status envelope_head(void *ctx, size_t *len, eb_bytes sealed)
{
    PASS(eb_envelope);
    return p->head(r->ctx, len, sealed);
}

static void envelope_key_fini(void *ctx, void *key)
{
    PASS(eb_envelope);
    p->key_fini(r->ctx, key);
}

static bool fill_table(recorder *r, const eb_prim *prim)
{
    switch (prim->cls) {
    case EB_AEAD:
        r->table.aead = *(const eb_aead *)(const void *)prim;
        r->table.aead.set_key = aead_set_key;
        r->table.aead.seal = aead_seal;
        r->table.aead.open = aead_open;
        return true;
    case EB_DH:
        r->table.dh = *(const eb_dh *)(const void *)prim;
        r->table.dh.secret_key = dh_secret_key;
        r->table.dh.public_key = dh_public_key;
        r->table.dh.encode = dh_encode;
        r->table.dh.agree = dh_agree;
        r->table.dh.key_fini = dh_key_fini;
        return true;
    case EB_MAC:
        r->table.mac = *(const eb_mac *)(const void *)prim;
        r->table.mac.set_key = mac_set_key;
        r->table.mac.compute = mac_compute;
        return true;
    case EB_HASH:
        r->table.hash = *(const eb_hash *)(const void *)prim;
        r->table.hash.digest = hash_digest;
        return true;
    case EB_GROUP:
        r->table.group = *(const eb_group *)(const void *)prim;
        r->table.group.scalar_check = group_scalar_check;
        r->table.group.scalar_reduce = group_scalar_reduce;
        r->table.group.scalar_add = group_scalar_add;
        r->table.group.scalar_sub = group_scalar_sub;
        r->table.group.scalar_mul = group_scalar_mul;
        r->table.group.scalar_invert = group_scalar_invert;
        r->table.group.point_check = group_point_check;
        r->table.group.mul = group_mul;
        r->table.group.mul_base = group_mul_base;
        r->table.group.combine = group_combine;
        r->table.group.pack = group_pack;
        r->table.group.unpack = group_unpack;
        return true;
    case EB_SIG:
        r->table.sig = *(const eb_sig *)(const void *)prim;
        r->table.sig.secret_key = sig_secret_key;
        r->table.sig.public_key = sig_public_key;
        r->table.sig.encode = sig_encode;
        r->table.sig.sign = sig_sign;
        r->table.sig.verify = sig_verify;
        r->table.sig.key_fini = sig_key_fini;
        return true;
    case EB_KEM:
        r->table.kem = *(const eb_kem *)(const void *)prim;
        r->table.kem.secret_key = kem_secret_key;
        r->table.kem.public_key = kem_public_key;
        r->table.kem.encode = kem_encode;
        r->table.kem.encapsulate = kem_encapsulate;
        r->table.kem.decapsulate = kem_decapsulate;
        r->table.kem.key_fini = kem_key_fini;
        return true;
    case EB_PKE:
        r->table.pke = *(const eb_pke *)(const void *)prim;
        r->table.pke.secret_key = pke_secret_key;
        r->table.pke.public_key = pke_public_key;
        r->table.pke.encode = pke_encode;
        r->table.pke.generate = pke_generate;
        r->table.pke.encrypt = pke_encrypt;
        r->table.pke.decrypt = pke_decrypt;
        r->table.pke.key_fini = pke_key_fini;
        return true;
    case EB_STREAM:
        r->table.stream = *(const eb_stream *)(const void *)prim;
        r->table.stream.set_key = stream_set_key;
        r->table.stream.apply = stream_apply;
        return true;
    case EB_KEYWRAP:
        r->table.keywrap = *(const eb_keywrap *)(const void *)prim;
        r->table.keywrap.set_key = keywrap_set_key;
        r->table.keywrap.wrap = keywrap_wrap;
        r->table.keywrap.unwrap = keywrap_unwrap;
        return true;
    case EB_ENVELOPE:
        r->table.envelope = *(const eb_envelope *)(const void *)prim;
        r->table.envelope.secret_key = envelope_secret_key;
        r->table.envelope.public_key = envelope_public_key;
        r->table.envelope.keygen = envelope_keygen;
        r->table.envelope.seal = envelope_seal;
        r->table.envelope.open = envelope_open;
        r->table.envelope.head_max = envelope_head_max;
        r->table.envelope.head = envelope_head;
        r->table.envelope.key_fini = envelope_key_fini;
        return true;
    case EB_CLASS_COUNT:
        break;
    }
    return false;
}

eb_status eb_trace_wrap(eb_trace *trace, const eb_prim *prim, void *ctx, const eb_prim **table, void **wrapped)
{
    recorder *r = calloc(1, sizeof *r);
    if (r == NULL)
        return EB_ERR_BACKEND;
    r->trace = trace;
    r->prim = prim;
    r->ctx = ctx;
    if (!fill_table(r, prim)) {
        free(r);
        return EB_ERR_UNSUPPORTED;
    }
    *table = &r->table.prim;
    *wrapped = r;
    return EB_OK;
}

const eb_prim *eb_trace_prim(const void *wrapped)
{
    const recorder *r = wrapped;
    return r->prim;
}

void *eb_trace_unwrap(void *wrapped, const eb_prim **prim)
{
    recorder *r = wrapped;
    void *ctx = r->ctx;
    *prim = r->prim;
    free(r);
    return ctx;
}

const char *eb_op_name(eb_op op)
{
    static const char *const names[EB_OP_COUNT] = {
        [EB_OP_AEAD_KEY] = "aead-key",
        [EB_OP_AEAD_SEAL] = "aead-seal",
        [EB_OP_AEAD_OPEN] = "aead-open",
        [EB_OP_DH_SECRET] = "dh-secret-key",
        [EB_OP_DH_PUBLIC] = "dh-public-key",
        [EB_OP_DH_ENCODE] = "dh-encode",
        [EB_OP_DH_AGREE] = "dh-agree",
        [EB_OP_MAC_KEY] = "mac-key",
        [EB_OP_MAC] = "mac",
        [EB_OP_HASH] = "hash",
        [EB_OP_SCALAR_CHECK] = "scalar-check",
        [EB_OP_SCALAR_REDUCE] = "scalar-reduce",
        [EB_OP_SCALAR_ADD] = "scalar-add",
        [EB_OP_SCALAR_MUL] = "scalar-mul",
        [EB_OP_SCALAR_INVERT] = "scalar-invert",
        [EB_OP_POINT_CHECK] = "point-check",
        [EB_OP_MUL] = "mul",
        [EB_OP_MUL_BASE] = "mul-base",
        [EB_OP_COMBINE] = "combine",
        [EB_OP_PACK] = "pack",
        [EB_OP_UNPACK] = "unpack",
        [EB_OP_SIG_SECRET] = "sig-secret-key",
        [EB_OP_SIG_PUBLIC] = "sig-public-key",
        [EB_OP_SIG_ENCODE] = "sig-encode",
        [EB_OP_SIGN] = "sign",
        [EB_OP_SIG_VERIFY] = "sig-verify",
        [EB_OP_KEM_SECRET] = "kem-secret-key",
        [EB_OP_KEM_PUBLIC] = "kem-public-key",
        [EB_OP_KEM_ENCODE] = "kem-encode",
        [EB_OP_ENCAPSULATE] = "encapsulate",
        [EB_OP_DECAPSULATE] = "decapsulate",
        [EB_OP_PKE_SECRET] = "pke-secret-key",
        [EB_OP_PKE_PUBLIC] = "pke-public-key",
        [EB_OP_PKE_ENCODE] = "pke-encode",
        [EB_OP_PKE_GENERATE] = "pke-generate",
        [EB_OP_PKE_ENCRYPT] = "pke-encrypt",
        [EB_OP_PKE_DECRYPT] = "pke-decrypt",
        [EB_OP_STREAM_KEY] = "stream-key",
        [EB_OP_STREAM] = "stream",
        [EB_OP_KEYWRAP_KEY] = "keywrap-key",
        [EB_OP_WRAP] = "wrap",
        [EB_OP_UNWRAP] = "unwrap",
        [EB_OP_ENVELOPE_SECRET] = "envelope-secret-key",
        [EB_OP_ENVELOPE_PUBLIC] = "envelope-public-key",
        [EB_OP_ENVELOPE_KEYGEN] = "envelope-keygen",
        [EB_OP_ENVELOPE_SEAL] = "envelope-seal",
        [EB_OP_ENVELOPE_OPEN] = "envelope-open",
    };
    return (unsigned)op < EB_OP_COUNT ? names[op] : "?";
}
