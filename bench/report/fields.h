/* SPDX-License-Identifier: Apache-2.0 */
/* One table per structure of the document: JSON name, type and place of each member. Writing, reading, CSV and defaults
 * all go by these tables, so that a new member is one new line. */
#ifndef RP_FIELDS_H
#define RP_FIELDS_H

#include "bench/report/document.h"

typedef enum rp_type {
    RP_T_TEXT,  /* const char *: of the document's pool; unknown "" */
    RP_T_CHARS, /* char[size]; unknown "" */
    RP_T_LIST,  /* char[size], comma-separated; in JSON an array of strings */
    RP_T_BOOL,
    RP_T_U32,
    RP_T_U64,
    RP_T_INT,   /* int; -1: unknown */
    RP_T_COUNT, /* int64_t; -1: unknown */
    RP_T_REAL,  /* double, not negative; NaN: unknown */
    RP_T_DELTA, /* double of any sign; NaN: unknown */
    RP_T_SEED   /* uint64_t; in JSON a string of decimal digits, since numbers are exact only to 2^53 */
} rp_type;

typedef struct rp_field {
    const char *name; /* NULL ends a table */
    rp_type type;
    size_t offset, size;
    bool required;
} rp_field;

extern const rp_field rp_head_fields[];    /* rp_document's own */
extern const rp_field rp_late_fields[];    /* of these, what is known at the end only */
extern const rp_field rp_machine_fields[]; /* hn_environment */
extern const rp_field rp_subject_fields[];
extern const rp_field rp_library_fields[];
extern const rp_field rp_timer_fields[];
extern const rp_field rp_counting_fields[];
extern const rp_field rp_warning_fields[];
extern const rp_field rp_gate_fields[];
extern const rp_field rp_key_fields[];
extern const rp_field rp_cell_fields[]; /* without key, base, floor, facts, latency */
extern const rp_field rp_facts_fields[];
extern const rp_field rp_tally_fields[];
extern const rp_field rp_latency_fields[];
extern const rp_field rp_block_fields[]; /* without slices */
extern const rp_field rp_row_fields[];

/* Sets all members of a table to unknown (0 for those that cannot be). */
void rp_fields_init(void *object, const rp_field *fields);

/* A JSON object of the known members; NULL never. The second form adds them to one. */
json_t *rp_fields_encode(const void *object, const rp_field *fields);
void rp_fields_encode_into(json_t *json, const void *object, const rp_field *fields);
/* One member as JSON; NULL if it is unknown. */
json_t *rp_field_encode(const void *object, const rp_field *field);

/* Reads the members that are there; `where` names the place in messages. */
bool rp_fields_decode(rp_document *doc, void *object, const rp_field *fields, const json_t *json, const char *where,
                      rp_error *err);

/* A string that may go into a document: clean and not too long. NULL with *err if it may not. */
const char *rp_text_of(const json_t *json, const char *where, rp_error *err);

/* Fills *err; returns false, for `return rp_fails(...)`. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool rp_fails(rp_error *err, const char *format, ...);

#endif
