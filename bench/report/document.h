/* SPDX-License-Identifier: Apache-2.0 */
/* The run document: one JSON file per run, the only source of every table, page and comparison. This is its model in C;
 * results/schema.json is its published schema, with the same names.
 *
 * Strings that a function takes are copied into the document, strings that it hands out live as long as the document.
 * Unknown: "" for a string, -1 for a count, NaN for a measure, RP_NONE for an index; they are left out of the file. */
#ifndef RP_DOCUMENT_H
#define RP_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "harness/block.h"
#include "harness/environment.h"
#include "harness/latency.h"

#define RP_SCHEMA "escrowbench-run/1"

#define RP_NONE UINT32_MAX

/* Limits on what is read: a run file is small, and may come from anyone. */
#define RP_FILE_MAX ((size_t)256 << 20)
enum { RP_CELLS_MAX = 65535, RP_BLOCKS_MAX = 65535, RP_STRING_MAX = 4096 };

/* One line for a person, on any failure of this layer. */
typedef struct rp_error {
    char text[512];
} rp_error;

/* What identifies a cell, as far as it applies. */
typedef struct rp_key {
    const char *op;             /* "seal", "open", "partial", "verify", "combine", "access", "setup", ... */
    const char *transport;      /* "hpke" */
    const char *escrow;         /* "none", "master", ... */
    const char *suite;          /* "x25519": of the transport */
    const char *escrow_suite;   /* "" where the escrow has none */
    const char *backend;        /* "sodium" */
    uint32_t agents, threshold; /* n and t; 0 and 0 where there are none */
    int64_t size;               /* plaintext bytes; -1 where the operation handles no message */
    uint32_t devices;           /* of the recipient; 0: not said, which is one */
} rp_key;

/* Counted, not timed: of one operation. -1 where unknown. */
typedef struct rp_facts {
    int64_t wire_bytes;          /* the whole message on the wire */
    int64_t header_bytes;        /* of it, the transport's header */
    int64_t capsule_bytes;       /* of it, what the escrow adds */
    int64_t partial_bytes;       /* one agent's answer, as it travels */
    int64_t public_bytes;        /* the authority's public data */
    int64_t stored_user_bytes;   /* kept for each user by whoever keeps it */
    int64_t stored_agent_bytes;  /* kept by each agent: in use, before any epoch is forgotten */
    int64_t epoch_bytes;         /* what the first forgotten epoch of a user adds to that */
    int64_t epochs_bytes;        /* what 32 epochs of a user, one after the other, add in all */
    int64_t agent_public_bytes;  /* what one agent more adds to the authority's public data, */
    int64_t agent_capsule_bytes; /* and to a capsule or deposit */
    int64_t device_bytes;        /* private keys that a user's device keeps */
    int64_t
        session_bytes; /* and what it has room for in memory for each session, skipped keys included; 0: keeps none */
    int64_t trials;    /* of a search: how many the operation makes */
    int64_t tries;     /* and how many it took until the first success, the mean of 16 searches */
    int64_t messages;  /* of access in bulk: how many the operation opens */
    int64_t network_rounds;  /* messages to and fro that the operation waits for */
    int64_t coin_bytes;      /* random bytes that go in as coins */
    int64_t drawn_bytes;     /* random bytes that the library draws for itself (blinding) */
    int64_t heap_ours_calls; /* heap allocations by our code, once warm */
    int64_t heap_ours_bytes;
    int64_t heap_library_calls; /* and by the library's */
    int64_t heap_library_bytes;
    int64_t heap_peak_bytes; /* most live at once, both */
    int64_t stack_bytes;     /* deepest stack */
    int64_t code_bytes;      /* machine code of the implementation */
} rp_facts;

/* Instructions of one operation, by a run that counts them (rp_counting says who): means over `operations`; 0: not
 * counted. Each instruction is of one class. NaN: unknown. */
typedef struct rp_tally {
    double total;
    double memory;       /* of it, those that access memory */
    double vector;       /* of the others, those that work on vector registers, cryptographic ones too */
    double spread;       /* how far two counts of the same operations were apart, as a part */
    uint64_t operations; /* that the means are of */
} rp_tally;

/* Percentiles of single operations from the separate pass; `samples` 0: not measured. */
typedef struct rp_latency {
    uint64_t samples, batch; /* batch: operations a sample; above 1 the percentiles are of means of so many */
    double p50, p90, p99, p999, min, max; /* nanoseconds an operation; NaN where the sample does not support it */
    double clock_pair;                    /* nanoseconds that the clock adds to a sample */
} rp_latency;

/* One operation of one scheme, suite, backend and parameter set: one row of a results table. */
typedef struct rp_cell {
    const char *id; /* unique: "seal/hpke+master/x25519/sodium/1024" */
    rp_key key;
    const char *phase; /* "set-up", "enrolment", "traffic", "access", "upkeep" */
    const char *payer; /* who pays: "sender", "recipient", "service", "agent", "investigator", "authority" */
    const char *kind; /* "cell", "floor", "command" (a whole command, process start included), "peer" (another project's
                          code), "part" (a piece of ours alone) */
    const char *block; /* id of the block that it is measured in */
    uint32_t base;  /* index of its partner with escrow `none`; of a refusal, a first use, a peer or a part, what it is
                 compared with; or RP_NONE */
    uint32_t floor; /* index of its floor, or RP_NONE */
    bool single;    /* over the limit of one run: measured once a process */
    bool classical; /* its transport is post-quantum and its capsule or deposit is not, which undoes that */
    const char *note; /* what a reader must know; may be "" */
    rp_facts facts;
    rp_tally count;
    rp_latency latency;
    const char *constant_time; /* "passed", "excepted", "failed", "untestable"; "": not asked in this run */
    const char
        *constant_time_by; /* what that rests on: "memcheck", "statistics", "inspection", several joined by "+" */
} rp_cell;

/* A cell that does not exist, and why. */
typedef struct rp_absent {
    rp_key key; /* "" and 0 where the reason covers all values */
    const char *reason;
} rp_absent;

/* One slice: one cell in one round. */
typedef struct rp_slice {
    uint32_t cell;                        /* index into the document's cells */
    uint32_t round;                       /* from 0, within (block, process) */
    uint32_t order;                       /* position in the round, from 0 */
    uint64_t start_ns;                    /* since the process's start */
    uint64_t iterations;                  /* operations, at least 1 */
    double ns;                            /* all of them together, to the picosecond, above 0 */
    uint64_t ticks, cycles, instructions; /* 0: no such counter */
} rp_slice;

/* What one process measured of one block: the unit of the journal, and of independence. */
typedef struct rp_block {
    const char *id;
    uint32_t process; /* from 0; the same number in several blocks is the same process or its equal */
    int cpu;          /* that it was bound to; -1: not bound */
    int64_t pid;
    uint64_t seed;       /* of the order of cells in rounds */
    uint64_t start_ns;   /* the process's start, since the run's */
    uint64_t elapsed_ns; /* making inputs included */
    uint32_t rounds;     /* whole rounds */
    rp_slice *slices;
    size_t slice_count;
} rp_block;

/* A figure with its interval. */
typedef struct rp_estimate {
    double value;     /* NaN: none */
    double low, high; /* distribution-free 95 % interval over processes; NaN below 6 */
} rp_estimate;

/* The summary of one cell over all processes: DESIGN section 8, computed by rp_summarize(). */
typedef struct rp_row {
    uint32_t cell;
    uint32_t processes; /* that measured it */
    uint64_t slices;
    rp_estimate ns;          /* nanoseconds an operation: median over processes of each one's median over rounds */
    double ops_per_s;        /* from the median */
    double bytes_per_s;      /* size times that; NaN without a size, or if it is 0 */
    rp_estimate base_ratio;  /* to the partner with `none`; pairs within a round */
    rp_estimate base_diff;   /* nanoseconds added to it */
    rp_estimate floor_ratio; /* to the floor, alike */
    rp_estimate floor_diff;
    uint32_t base_processes, floor_processes; /* behind those */
    double between_share;                     /* of the spread, how much lies between processes: 0 to 1; NaN below 2 */
    double ticks, cycles, instructions;       /* an operation; NaN without a counter */
} rp_row;

typedef struct rp_library {
    const char *backend, *library, *version; /* "sodium", "libsodium", "1.0.18": of the library loaded */
} rp_library;

typedef struct rp_subject {
    const char *version; /* of escrowbench */
    const char *commit;  /* 40 hex digits, or "" */
    bool dirty;          /* the tree had changes that are not in the commit */
    const char *compiler, *flags, *build_type;
    const char *engine;  /* "Google Benchmark 1.7.1" */
    char packages[2048]; /* that the libraries come from, with full versions, comma-separated: hn_packages_loaded() */
    rp_library *libraries;
    size_t library_count;
} rp_subject;

typedef struct rp_timer {
    const char *name;     /* "CLOCK_MONOTONIC" */
    double resolution_ns; /* smallest step seen */
    double pair_cost_ns;  /* two readings */
    double overhead_ns;   /* what the engine adds inside the clock of a slice; NaN: not measured */
    const char *ticks;    /* "tsc", "cntvct", "none" */
    double ticks_hz;      /* 0 without */
    const char *cycles;   /* "perf", "none" */
} rp_timer;

/* Who counted instructions: tool "" in a run that was timed. */
typedef struct rp_counting {
    const char *tool;    /* "perf", "qemu-plugin", "callgrind" */
    const char *version; /* as it calls itself: "qemu-x86_64 version 7.2.22"; "" */
    const char
        *emulator;      /* its command with the CPU that it shows, no folders: "qemu-x86_64 -cpu max"; "" without one */
    char features[192]; /* of the CPU that the counted program sees, comma-separated */
    char unseen[192];   /* features that the machine has and the counted program does not see: native timing takes other
                            code there */
} rp_counting;

typedef struct rp_warning {
    const char *text, *remedy; /* remedy may be "" */
} rp_warning;

/* What a rogue sender did under an escrow, and who noticed: by carrying it out, on one library. */
typedef struct rp_rogue {
    rp_key key; /* of the pair: without operation, size and devices */
    const char
        *sends; /* "garbage", "another message's capsule", "a capsule of another secret", "a body with two texts" */
    const char
        *noticed; /* "nobody", or comma-separated: "recipient who checks", "recipient's device", "service", "agents",
                            "2 of 5 agents", "investigator" (for whom nothing opens) */
} rp_rogue;

/* What somebody did who cheats under an escrow, and what came of it: by carrying it out, on one library. */
typedef struct rp_cheat {
    rp_key key;       /* as of a rogue */
    const char *who;  /* "dealer", "agent", "sender", "service", "depositor" */
    const char *does; /* "a false share", "a false answer", ... */
    const char
        *outcome; /* "named at set-up" (when loaded, at enrolment, at access), "an agent is named instead", "no answer",
                            "noticed in transit", "noticed on receipt", "noticed at access", "not noticed" */
} rp_cheat;

/* The proofs that came before the times. Counts are of gates; -1: not run. */
typedef struct rp_gates {
    int64_t passed, failed, skipped, remembered; /* remembered: of those passed, taken over from an earlier run */
    int64_t checks;                              /* single checks behind them */
    double seconds;                              /* NaN: unknown */
    const char **findings;                       /* accepted malformations, field by field */
    size_t finding_count;
    rp_rogue *rogues;
    size_t rogue_count;
    rp_cheat *cheats;
    size_t cheat_count;
} rp_gates;

typedef struct rp_pool rp_pool; /* strings and cell ids; opaque */

typedef struct rp_document {
    char created[24];  /* UTC: "2025-01-31T12:00:00Z" */
    const char *suite; /* "quick", "full", "custom" */
    json_t *options;   /* the command's options, an object; owned */
    uint64_t seed;
    bool complete;  /* false: the run was cut short; the blocks that it finished are there */
    double seconds; /* of measuring; NaN: unknown */
    hn_environment machine;
    char machine_class[HN_MACHINE_CLASS_MAX];
    rp_subject subject;
    rp_timer timer;
    rp_counting counting;
    rp_warning *warnings;
    size_t warning_count;
    rp_gates gates;
    rp_cell *cells;
    size_t cell_count;
    rp_absent *absent;
    size_t absent_count;
    rp_block *blocks;
    size_t block_count;
    rp_row *rows;
    size_t row_count;
    rp_pool *pool;
    rp_pool *block_pool; /* blocks by process and id */
} rp_document;

/* An empty document with everything unknown and `created` now. Aborts the program if memory is short, as all functions
 * here that return no error. */
rp_document *rp_document_new(void);
void rp_document_free(rp_document *doc); /* NULL is allowed */

/* The document's own copy of a string; equal strings share one. NULL gives "". */
const char *rp_string(rp_document *doc, const char *text);

/* A cell with all its members unknown, to fill in. */
void rp_cell_init(rp_cell *cell);
/* Adds a copy and returns its index, or RP_NONE if the id is taken or there are RP_CELLS_MAX. */
uint32_t rp_add_cell(rp_document *doc, const rp_cell *cell);
/* By id; RP_NONE if there is none. */
uint32_t rp_find_cell(const rp_document *doc, const char *id);

void rp_add_absent(rp_document *doc, const rp_key *key, const char *reason);
void rp_add_warning(rp_document *doc, const char *text, const char *remedy);
void rp_add_library(rp_document *doc, const char *backend, const char *library, const char *version);
void rp_add_finding(rp_document *doc, const char *text);
void rp_add_rogue(rp_document *doc, const rp_key *key, const char *sends, const char *noticed);
void rp_add_cheat(rp_document *doc, const rp_key *key, const char *who, const char *does, const char *outcome);

/* Adds a block of one process with room for `slices` slices, all zero, and returns it for filling in (borrowed, until the
 * next block is added). */
rp_block *rp_add_block(rp_document *doc, const char *id, uint32_t process, size_t slices);
/* A new block without slices (borrowed alike); of one process and id there should be one: see rp_find_block(). */
rp_block *rp_place_block(rp_document *doc, const char *id, uint32_t process);
/* The one that was placed last with this process and id (borrowed alike), or NULL. */
rp_block *rp_find_block(const rp_document *doc, const char *id, uint32_t process);
/* The harness's result as a block. `cells` maps its cell numbers to the document's. */
rp_block *rp_add_result(rp_document *doc, const char *id, uint32_t process, const hn_block_result *result,
                        const uint32_t *cells);
/* Forgets all blocks, keeping cells: what a run does once a block is in the journal, to stay small. */
void rp_drop_blocks(rp_document *doc);
/* The harness's percentiles as the document's. */
void rp_latency_from(rp_latency *out, const hn_latency *in);

/* Writes the whole document: to a temporary file beside `path`, synchronised, then renamed, so that `path` is either the
 * old file or the whole new one. rp_summarize() first. False with *err on any failure; nothing is left behind then. */
bool rp_document_save(const rp_document *doc, const char *path, rp_error *err);

/* Reads and checks a document: types, ranges, references, times above 0, schema version. NULL with one line in *err,
 * which names the place. Members that it does not know are ignored. */
rp_document *rp_document_load(const char *path, rp_error *err);
/* The same from memory; `name` is for messages. */
rp_document *rp_document_parse(const char *text, size_t len, const char *name, rp_error *err);

#endif
