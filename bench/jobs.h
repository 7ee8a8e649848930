/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that are measured, and a job: one operation of one scheme, ready to be called by the harness.
 *
 * What is done before the clock starts is the same for every library (DESIGN section 4, hot and cold): keys, authority
 * and agents are parsed, algorithms fetched, contexts made, info and psk_id hashes computed, coins drawn, and the inputs
 * of an operation (messages to open, partials to verify) made. Buffers are reused. A job goes round a small ring of
 * different inputs, so that no operation sees the same bytes twice in a row. */
#ifndef EB_JOBS_H
#define EB_JOBS_H

#include "bench/fixture.h"
#include "harness/op.h"

typedef struct eb_job eb_job;

/** What an operation's cost depends on, and so where the full suite measures it. */
typedef enum eb_depends {
    EB_ON_PAIR,      /* transport and escrow: every pair */
    EB_ON_TRANSPORT, /* hardly on the escrow: without one, and with the first in the list */
    EB_ON_ESCROW     /* hardly on the transport: on the first that the escrow joins */
} eb_depends;

/** One operation: a row of the table in operations.c. */
typedef struct eb_operation {
    const char *id, *phase, *payer;
    const char *about;
    eb_depends depends;
    bool by_split;      /* grows with t and n: measured at each of them; else at the first */
    bool sized;         /* handles a message */
    bool every_size;    /* one cell for each size; else for one of them */
    bool at_rest;       /* works on what is stored, under an escrow of kind storage */
    bool with_escrow;   /* exists only under an escrow */
    bool without_only;  /* does not depend on the escrow: measured with `none` */
    bool compares;      /* has a partner with `none` */
    const char *beside; /* shares the block of this operation, and is compared with it instead; NULL: has its own */
    bool quick;         /* in the quick suite */
    bool systems;       /* in the full suite also where a system of the debate is */
    unsigned many;      /* messages that one opens under one order; 0: no such thing */
    bool samples;       /* in the quick suite for each escrow once: on its home, at the main split */
    unsigned takes;     /* of a session that moves: messages that one takes of those made before each slice; 0: none */
    bool combines;      /* combines answers, or does what combining does */
    unsigned bits;      /* of a search: how many are searched for */
    bool (*applies)(const eb_pair_spec *spec); /* NULL: to all */
    size_t (*coins)(const eb_pair *pair);      /* bytes of coins that one takes; NULL: none */
    bool (*ready)(eb_job *job);                /* makes the inputs; NULL: none are needed */
    hn_fn run;
} eb_operation;

/** The i-th operation; NULL past the end. */
const eb_operation *eb_operation_at(size_t i);
const eb_operation *eb_operation_find(const char *id);
/** Whether the operation exists for a scheme. */
bool eb_operation_applies(const eb_operation *op, const eb_pair_spec *spec);

/** Makes a job with its own fixture. `size`: plaintext bytes, where the operation is sized. NULL with a reason. */
eb_job *eb_job_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, char *why,
                    size_t why_len);
void eb_job_free(eb_job *job);

/** The job as a cell of the harness: borrowed, as long as the job lives. */
hn_cell eb_job_cell(eb_job *job, const char *name);
const eb_fixture *eb_job_fixture(const eb_job *job);

/** Bytes of coins that one operation takes. */
size_t eb_job_coin_bytes(const eb_job *job);
/** Bytes of one message as it travels, in all and of its parts; 0 where the operation handles none. */
typedef struct eb_job_bytes {
    size_t wire, header, capsule; /* of all copies; under an escrow of kind storage, of what is stored */
} eb_job_bytes;
eb_job_bytes eb_job_message(const eb_job *job);

/** Of a search by trials: how many one operation makes (where it stops at success: the average, within a 128th); and of a forgery
 *  how many it took until the first success, as the mean of 16 searches that are carried out now. 0: none. */
uint64_t eb_job_trials(const eb_job *job);
uint64_t eb_job_tries(eb_job *job);

/** The floor of a job: its primitive calls, recorded once and replayed straight on the library. NULL with a reason; `none`
 *  tells whether that is because the operation has no floor: it calls no primitive, searches, or makes more calls than can be
 *  recorded. */
typedef struct eb_floor_job eb_floor_job;
eb_floor_job *eb_floor_make(const eb_operation *op, const eb_pair_spec *spec, size_t size, uint64_t seed, bool *none,
                            char *why, size_t why_len);
void eb_floor_free(eb_floor_job *floor);
hn_cell eb_floor_cell(eb_floor_job *floor, const char *name);
/** The recorded calls. */
const eb_step *eb_floor_steps(const eb_floor_job *floor, size_t *count);

#endif
