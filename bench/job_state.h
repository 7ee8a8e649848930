/* SPDX-License-Identifier: Apache-2.0 */
/* A job from the inside: shared by the operations (operations.c) and the job's life (jobs.c). */
#ifndef EB_JOB_STATE_H
#define EB_JOB_STATE_H

#include "bench/jobs.h"

enum {
    EB_RING = 4,        /* different inputs that a job goes round */
    EB_COINS_JOB = 100, /* streams of coins from here on are the job's */
};

struct eb_job {
    const eb_operation *op;
    eb_fixture fx;
    size_t size;
    unsigned next;      /* position in the ring, or in what was prepared */
    uint8_t *plaintext; /* size bytes */
    uint8_t *coins;     /* EB_RING times coin_len */
    size_t coin_len;
    uint8_t *wires; /* EB_RING, or prepared, times wire_cap */
    size_t wire_cap, wire_count;
    size_t *wire_lens;   /* of each */
    eb_job_bytes sample; /* of one message, once a session has settled */
    eb_message messages[EB_RING];
    uint8_t *partials; /* EB_RING times threshold times eb_partial_len */
    eb_bytes *partial_ranges;
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
/** The most coins that any operation takes. */
size_t eb_job_coins_max(const eb_pair *pair);
/** Brings a session to where its messages are those of every day, and notes the bytes of one. */
bool eb_job_sample(eb_job *job);

#endif
