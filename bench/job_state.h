/* SPDX-License-Identifier: Apache-2.0 */
/* A job from the inside: shared by the operations (operations.c) and the job's life (jobs.c). */
#ifndef EB_JOB_STATE_H
#define EB_JOB_STATE_H

#include "bench/jobs.h"

enum {
    EB_RING = 4,              /* different inputs that a job goes round */
    EB_LATE = 8,              /* messages that one overtakes, in the operation open-late */
    EB_BULK = 16,             /* messages that are opened under one order, in the operation access-bulk */
    EB_COINS_JOB = 100,       /* streams of coins from here on are the job's */
    EB_COINS_SEARCHED = 1000, /* and from here on those of messages that are tried */
};

struct eb_job {
    const eb_operation *op;
    eb_fixture fx;
    size_t size;
    uint64_t seed;
    unsigned next;      /* position in the ring, or in what was prepared */
    uint8_t *plaintext; /* size bytes */
    uint8_t *coins;     /* EB_BULK times coin_len */
    size_t coin_len;
    uint8_t *wires; /* EB_RING, or prepared, times wire_cap */
    size_t wire_cap, wire_count;
    size_t *wire_lens;   /* of each */
    eb_job_bytes sample; /* of one message, once a session has settled */
    eb_message messages[EB_BULK];
    uint8_t *partials; /* EB_RING times threshold times eb_partial_len, or in bulk threshold times eb_bulk_len */
    eb_bytes *partial_ranges;
    eb_reader *reader;            /* of tap */
    uint64_t first_seq;           /* and the number of the first of its messages in their session */
    eb_authority *next_authority; /* of rewrap */
    uint8_t *keys;                /* a private key, then a public one: of rotate-user */
    eb_buf out;                   /* the operation's output */
    uint8_t *out2;                /* set-up: agents' secrets; else spare */
};

/** Makes a stateful job's next n messages for its recipient: the harness's prepare. */
int eb_job_prepare_open(void *ctx, uint64_t n);
/** Must the inputs be made before each slice? */
bool eb_job_prepares(const eb_job *job);
/** Is the transport's session one that moves? */
bool eb_job_stateful(const eb_job *job);
size_t eb_job_threshold(const eb_job *job);
/** Does each operation search for bits that no capsule holds, up to the right ones? */
bool eb_job_searches(const eb_job *job);
/** The most coins that any operation takes. */
size_t eb_job_coins_max(const eb_pair *pair);
/** Brings a session to where its messages are those of every day, and notes the bytes of one. */
bool eb_job_sample(eb_job *job);

/* ---- job_inputs.c ---- */

/** The next place in the ring; its coins; a slot for a wire, and the wire in it; is the escrow of this kind; whose answer is the a-th for the ring's
 *  i-th message. */
unsigned eb_job_turn(eb_job *j);
const uint8_t *eb_job_coins_at(const eb_job *j, unsigned i);
eb_buf eb_job_slot(const eb_job *j, size_t i);
eb_bytes eb_job_wire(const eb_job *j, size_t i);
bool eb_job_is(const eb_job *j, eb_kind kind);
const eb_agent *eb_job_answering(const eb_job *j, unsigned i, size_t a);

/** Does access receive a session, from its first message on: under a deposit, and as a ghost? */
bool eb_job_receives(const eb_job *j);
/** All t agents answer at once about the job's EB_BULK messages. */
eb_status eb_job_answer_bulk(eb_job *j);

/** Make the inputs of an operation: eb_operation.ready. */
bool eb_ready_messages(eb_job *j);
bool eb_ready_open(eb_job *j);
bool eb_ready_next_messages(eb_job *j);
bool eb_ready_evidence(eb_job *j);
bool eb_ready_partials(eb_job *j);
bool eb_ready_bulk(eb_job *j);
bool eb_ready_tap(eb_job *j);
bool eb_ready_rewrap(eb_job *j);
bool eb_ready_forged_messages(eb_job *j);
bool eb_ready_forged_capsules(eb_job *j);
bool eb_ready_forged_partials(eb_job *j);

/* ---- job_runs.c ---- */

/** What is timed: eb_operation.run. */
int eb_run_setup(void *ctx);
int eb_run_keygen(void *ctx);
int eb_run_seal(void *ctx);
int eb_run_open(void *ctx);
int eb_run_open_late(void *ctx);
int eb_run_turn(void *ctx);
int eb_run_check(void *ctx);
int eb_run_forge(void *ctx);
int eb_run_partial(void *ctx);
int eb_run_verify(void *ctx);
int eb_run_combine(void *ctx);
int eb_run_sweep(void *ctx);
int eb_run_access(void *ctx);
int eb_run_access_bulk(void *ctx);
int eb_run_tap(void *ctx);
int eb_run_deposit(void *ctx);
int eb_run_accept(void *ctx);
int eb_run_keygen_rsa(void *ctx);
int eb_run_rotate_user(void *ctx);
int eb_run_store(void *ctx);
int eb_run_inspect(void *ctx);
int eb_run_publish(void *ctx);
int eb_run_rewrap(void *ctx);
int eb_run_refresh(void *ctx);
int eb_run_reshare(void *ctx);
int eb_run_puncture(void *ctx);
int eb_run_start(void *ctx);
int eb_run_seal_parse(void *ctx);
int eb_run_open_parse(void *ctx);
int eb_run_seal_first(void *ctx);
int eb_run_open_first(void *ctx);
int eb_run_reject_message(void *ctx);
int eb_run_reject_capsule(void *ctx);
int eb_run_reject_partial(void *ctx);

#endif
