/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend: the adapter for one cryptography library, and the only file that includes that library.
 */
#ifndef ESCROWBENCH_BACKEND_H
#define ESCROWBENCH_BACKEND_H

#include "escrowbench/primitives.h"

/** The call of a primitive, as a trace of an operation records it. `a` and `b` are sizes, by operation. */
typedef enum eb_op {
    EB_OP_AEAD_KEY,  /* set_key */
    EB_OP_AEAD_SEAL, /* a = plaintext bytes, b = associated-data bytes */
    EB_OP_AEAD_OPEN, /* a = plaintext bytes, b = associated-data bytes */
    EB_OP_DH_SECRET, /* secret_key, with its key_fini */
    EB_OP_DH_PUBLIC, /* public_key, with its key_fini */
    EB_OP_DH_ENCODE, /* encode of the key of the last EB_OP_DH_SECRET */
    EB_OP_DH_AGREE,
    EB_OP_MAC_KEY, /* a = key bytes */
    EB_OP_MAC,     /* a = input bytes in all */
    EB_OP_HASH,    /* a = input bytes in all */
    EB_OP_SCALAR_CHECK,
    EB_OP_SCALAR_REDUCE,
    EB_OP_SCALAR_ADD, /* scalar_add and scalar_sub */
    EB_OP_SCALAR_MUL,
    EB_OP_SCALAR_INVERT,
    EB_OP_POINT_CHECK,
    EB_OP_MUL,      /* decode, multiply, encode */
    EB_OP_MUL_BASE, /* multiply, encode */
    EB_OP_COMBINE,  /* a = terms with a point, b = terms with the generator */
    EB_OP_PACK,
    EB_OP_UNPACK,
    EB_OP_SIG_SECRET, /* secret_key, with its key_fini; likewise for the classes below */
    EB_OP_SIG_PUBLIC,
    EB_OP_SIG_ENCODE,
    EB_OP_SIGN,       /* a = message bytes */
    EB_OP_SIG_VERIFY, /* a = message bytes */
    EB_OP_KEM_SECRET,
    EB_OP_KEM_PUBLIC,
    EB_OP_KEM_ENCODE,
    EB_OP_ENCAPSULATE,
    EB_OP_DECAPSULATE,
    EB_OP_PKE_SECRET,
    EB_OP_PKE_PUBLIC,
    EB_OP_PKE_ENCODE,
    EB_OP_PKE_GENERATE,
    EB_OP_PKE_ENCRYPT, /* a = message bytes */
    EB_OP_PKE_DECRYPT, /* a = message bytes */
    EB_OP_STREAM_KEY,
    EB_OP_STREAM, /* a = bytes */
    EB_OP_KEYWRAP_KEY,
    EB_OP_WRAP,   /* a = bytes of the key that is wrapped */
    EB_OP_UNWRAP, /* a = bytes of the key that is wrapped */
    EB_OP_ENVELOPE_SECRET,
    EB_OP_ENVELOPE_PUBLIC,
    EB_OP_ENVELOPE_KEYGEN,
    EB_OP_ENVELOPE_SEAL, /* a = plaintext bytes, b = recipients */
    EB_OP_ENVELOPE_OPEN, /* a = bytes of the head, b = bytes after it */
    EB_OP_COUNT
} eb_op;

/** One call that an operation made. */
typedef struct eb_step {
    eb_op op;
    const eb_prim *prim; /* the backend's own primitive */
    size_t a, b;
} eb_step;

/**
 * The floor: the same work done straight on the library, as a programmer would who writes this one operation and
 * nothing else: no context of ours, no table of functions, no layout of bytes. It is what our adapter is measured
 * against, so it must share no code with the adapter and must do no work that the library does not need.
 */
typedef struct eb_floor {
    /* Bits 1u << eb_class: whose calls it replays; 0: of all classes. Classes are replayed one after the other, the calls of
       each in the order of the trace. */
    unsigned classes;
    /* Allocates a state and everything that is hot in the operation (fetched algorithms, contexts, parsed static keys,
       inputs of the recorded sizes; for AEAD_OPEN, a valid ciphertext). Copies `steps`. */
    eb_status (*prepare)(void **state, const eb_step *steps, size_t n) EB_MUST_CHECK;
    /* Does all steps once. */
    eb_status (*run)(void *state) EB_MUST_CHECK;
    void (*release)(void *state);
} eb_floor;

/** Why a library lacks a primitive: shown in the place of the cells that would need it. */
typedef struct eb_absent {
    const char *id, *reason;
} eb_absent;

typedef struct eb_backend {
    uint32_t abi;                           /* EB_ABI */
    const char *id;                         /* "openssl" */
    const char *library;                    /* "OpenSSL" */
    const char *(*version)(void);           /* of the library that is loaded, not of its header: "3.0.19" */
    eb_status (*start)(void) EB_MUST_CHECK; /* once a process, before all else */
    void (*stop)(void);
    const eb_prim *const *prims;   /* NULL-terminated */
    const eb_absent *absent;       /* ended by id NULL */
    const eb_floor *const *floors; /* NULL-terminated; the first one that has a call's class replays it */
    /* Random bytes that the library drew for itself (blinding) since start; NULL where it does not let us count. */
    uint64_t (*drawn)(void);
    /* From now on the library draws the same bytes each time, so that counts of instructions repeat: for a process that
       counts, never for keys that protect anything. NULL where it draws none, or does not let us. */
    void (*draw_fixed)(void);
} eb_backend;

#endif
