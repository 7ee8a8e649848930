/* SPDX-License-Identifier: Apache-2.0 */
/* A pair with its people: two devices, the authority, its agents. What gates work on. */
#ifndef EB_BENCH_GATES_WORLD_H
#define EB_BENCH_GATES_WORLD_H

#include "bench/gates/log.h"

enum { GT_RECIPIENT = 0, GT_SENDER = 1, GT_STRANGER = 2, GT_PEOPLE = 3 };

typedef struct gt_world {
    eb_pair *pair;
    bool escrowed;
    unsigned n, t; /* 0 without escrow */
    uint8_t *sk[GT_PEOPLE], *pk[GT_PEOPLE];
    eb_own *own[GT_PEOPLE];
    eb_peer *peer[GT_PEOPLE];
    uint8_t *pub, *agents; /* as eb_setup writes them */
    eb_authority *authority;
    uint8_t *deposit; /* of the recipient's key, es.capsule bytes; escrows of kind deposit */
} gt_world;

/** Opens the pair and makes everybody's keys, always the same ones. A failure is a failed check. */
bool gt_world_open(gt_world *w, const eb_pair_spec *spec, gt_log *log) EB_MUST_CHECK;
/** Takes a world that was not or only partly opened, too. */
void gt_world_close(gt_world *w);

/** Bytes that look random and are the same for the same seed: coins, plaintexts. */
void gt_bytes(uint8_t *out, size_t len, uint64_t seed);
/** The same without zeros and without GT_PATTERN. */
void gt_plaintext(uint8_t *out, size_t len, uint64_t seed);
/** A number below `bound`, for the same seed and index always the same. */
size_t gt_choice(uint64_t seed, uint64_t index, size_t bound);

/** The associated data and the session info that gates use where any will do. */
#define GT_AAD EB_LITERAL("associated data")
#define GT_INFO EB_LITERAL("escrowbench gates")

/** One end of a session between sender and recipient; NULL after a failed check. */
eb_link *gt_link(const gt_world *w, eb_role role, gt_log *log);
/** The same with other people: the link's own key and its peer, by number, and other info. */
eb_link *gt_link_between(const gt_world *w, eb_role role, int own, int peer, eb_bytes info, gt_log *log);

/** A sealed message and what it came from, in memory of its own: as it is delivered to the recipient, and what access
 *  works on (the same, or the bundle with the ghost's copy, or what is stored). */
typedef struct gt_sealed {
    uint8_t *wire, *plaintext, *evidence;
    size_t wire_len, len, evidence_len;
} gt_sealed;

/** Seals `len` bytes under GT_AAD on `link`; `seed` fixes coins and plaintext. */
bool gt_seal(gt_sealed *m, const gt_world *w, eb_link *link, size_t len, uint64_t seed, gt_log *log) EB_MUST_CHECK;
/** The same as the first message of a session of its own. */
bool gt_seal_first(gt_sealed *m, const gt_world *w, size_t len, uint64_t seed, gt_log *log) EB_MUST_CHECK;
void gt_sealed_free(gt_sealed *m);
static inline eb_bytes gt_wire(const gt_sealed *m)
{
    return eb_range(m->wire, m->wire_len);
}
/** Takes the evidence apart; `seq` as in eb_message_parse. */
eb_status gt_parse(const gt_world *w, eb_message *parts, uint64_t seq, const gt_sealed *m) EB_MUST_CHECK;
/** What is known about a session between sender and recipient. */
eb_facts gt_facts(const gt_world *w);
/** How many bytes of a delivered message are header, and capsule. */
eb_status gt_fields(const gt_world *w, uint64_t seq, eb_bytes wire, size_t *header, size_t *capsule) EB_MUST_CHECK;
/** Was exactly m's plaintext given out? */
bool gt_is_plaintext(const gt_sealed *m, const eb_buf *b);

/** The i-th agent's secret as it travels (i from 0). */
eb_bytes gt_agent_secret(const gt_world *w, unsigned i);

/** All n agents' answers about one message, honest. NULL after a failed check; free() it. */
uint8_t *gt_answers(const gt_world *w, const eb_message *m, gt_log *log);
/** One answer of these, borrowed (i from 0). */
eb_bytes gt_answer(const gt_world *w, const uint8_t *answers, unsigned i);

#endif
