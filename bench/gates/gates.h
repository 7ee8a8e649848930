/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gates: the proofs that an implementation must pass before it is timed. A gate works on a subject, which is a pair as
 * join.h has it, so that tests can hand in transports, escrows and backends that no registry knows. Gates are pure: the
 * same subject gives the same result. Call after eb_start.
 */
#ifndef EB_BENCH_GATES_H
#define EB_BENCH_GATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "escrowbench/join.h"

/** What a gate is run for, each once. */
typedef enum gt_scope {
    GT_BACKEND, /* a library */
    GT_PAIR,    /* a pair with its parameters, on a library */
    GT_WIRE,    /* a pair on a library, once for all parameters that make capsules of one length */
    GT_ESCROW,  /* an escrow with its suite and parameters, on a library, under whatever transport it is given with */
    GT_SCHEME   /* a pair with its parameters, over all libraries that have it */
} gt_scope;

typedef struct gt_subject {
    eb_pair_spec pair;                 /* GT_BACKEND: .backend alone; GT_SCHEME: all but .backend */
    const eb_backend *const *backends; /* GT_SCHEME: NULL-terminated; borrowed */
} gt_subject;

enum { GT_NAME = 160, GT_DETAIL = 240, GT_FIELD = 64 };

/** Writes what people call a subject: "hpke+threshold/x25519+p256/openssl/3-of-5", "hpke+none/p256/sodium", "openssl",
 *  and for all libraries "hpke+shamir/x25519+p256/openssl,mbedtls/3-of-5". At most GT_NAME bytes. */
void gt_subject_name(char *name, gt_scope scope, const gt_subject *subject);

/** A malformation that was accepted, by field: listed, for it may be in the nature of a scheme. Of a rogue sender, whose field
 *  begins with GT_ROGUE: who notices, whoever that is. */
typedef struct gt_finding {
    char field[GT_FIELD]; /* "authority key", "agent's secret", "rogue: garbage" */
    uint64_t accepted,
        tried;              /* malformed inputs: bits flipped, unless the detail says otherwise. Of a rogue, how many of
                                 recipient, service, agents and investigator do not notice */
    char detail[GT_DETAIL]; /* what it means; of a rogue, who notices, comma-separated, or "nobody" */
} gt_finding;

#define GT_ROGUE "rogue: "

/** Of somebody else who cheats the field begins with GT_CHEAT, then who and how: "cheat: dealer: a false share". The detail says
 *  what came of it: "named at set-up" (when loaded, at enrolment, at access), "an agent is named instead", "no answer", "noticed in transit", "noticed on receipt",
 *  "noticed at access" (and nobody can be told) or GT_UNNOTICED. */
#define GT_CHEAT "cheat: "
#define GT_UNNOTICED "not noticed"

/** What `sparse` does, in words. */
#define GT_SPARSELY                                                                                                    \
    "of seven bytes (or more, of long fields) one bit was flipped, of as many lengths one tried, of coalitions "       \
    "below the threshold three, of liars two"

/** Where results go. The caller zeroes it, sets the callbacks that it wants and reads the counters. */
typedef struct gt_log {
    void (*failed)(void *user, const char *gate, const char *subject, const char *detail);
    void (*found)(void *user, const char *gate, const char *subject, const gt_finding *finding);
    void *user;
    /* Where every bit and every length is tried a sample will do, and no library computes the same curve operation twice:
       under an emulator all take too long. */
    bool sparse;
    uint64_t checks, failures, findings;
    const char *gate, *subject; /* set by gt_run_gate */
} gt_log;

typedef struct gt_gate {
    const char *id, *about; /* "rejects", "every bit flip and every truncation of a message is rejected" */
    gt_scope scope;
    /* Is the gate about such a subject at all? NULL: about all of its scope. */
    bool (*concerns)(const gt_subject *subject);
    /* Can it say anything about this one? Else a one-line reason why it is skipped. NULL: always. */
    bool (*applies)(const gt_subject *subject, char *why, size_t why_len);
    void (*run)(const gt_subject *subject, gt_log *log);
} gt_gate;

/** All gates, NULL-terminated, in the order in which a reader wants them. */
extern const gt_gate *const gt_gates[];

const gt_gate *gt_gate_find(const char *id);

enum { GT_MADE_HEX = 65 };
/** SHA-256, as hex digits, over all that a pair makes of fixed coins: keys, messages, what the authority and its agents hold
 *  and answer. Two machines are told by it whether they make the same bytes. False after a failed check. */
bool gt_made_digest(const eb_pair_spec *spec, char hex[GT_MADE_HEX], gt_log *log) EB_MUST_CHECK;

typedef enum gt_outcome {
    GT_PASSED, /* at least one check, and none failed */
    GT_FAILED,
    GT_SKIPPED,    /* for a reason */
    GT_REMEMBERED, /* passed before; runner.h */
    GT_NOT_RUN     /* the run ended early; runner.h */
} gt_outcome;

/** Runs a gate on a subject: passed, failed or, with the reason in `why` (GT_DETAIL bytes), skipped. */
gt_outcome gt_run_gate(const gt_gate *gate, const gt_subject *subject, gt_log *log, char *why);

#endif
