/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the formats share: a run (one backend over one file) counts cases, keeps why some failed or did not apply, owns
 * the memory of the case under way and reads its fields. The first wrong value of a case is its failure; later checks
 * of the same case are not recorded. A field that is missing or not what its format says makes the file malformed,
 * which ends the run.
 */
#ifndef EB_VECTORS_INTERNAL_H
#define EB_VECTORS_INTERNAL_H

#include <jansson.h>

#include "core/binding.h"

enum {
    VEC_TEXT = 192,     /* bytes of a message about one case */
    VEC_REASONS = 64,   /* different reasons for skipping that are told apart */
    VEC_FAILURES = 100, /* failures that are kept with their text; all are counted */
    VEC_BATCH = 32,     /* elements of one list in one case */
    VEC_HKDF_MAX = 255  /* blocks that HKDF gives (RFC 5869, s. 2.3) */
};

typedef struct vec_reason {
    char text[VEC_TEXT];
    size_t count;
} vec_reason;

typedef struct vec_failure {
    char test[VEC_TEXT], why[VEC_TEXT];
} vec_failure;

typedef enum vec_state { VEC_RUNNING, VEC_FAILED, VEC_SKIPPED } vec_state;

typedef struct vec_block vec_block;

typedef struct vec_run {
    const eb_backend *backend;
    size_t passed, failed, skipped; /* cases */
    size_t checks;                  /* values compared, of all cases */
    size_t encryptions;             /* HPKE: messages sealed and opened, of all cases */
    vec_reason reasons[VEC_REASONS];
    size_t n_reasons;
    vec_failure failures[VEC_FAILURES];
    size_t n_failures;
    char broken[2 * VEC_TEXT + 4]; /* why the file is malformed; "" if it is not */

    /* the case under way */
    char test[VEC_TEXT], why[VEC_TEXT];
    vec_state state;
    vec_block *blocks;

    /* the last binding, kept because neighbours in a file mostly want the same */
    bool bound;
    eb_suite suite;
    unsigned needs;
    eb_binding binding;
} vec_run;

#if defined(__GNUC__)
#define VEC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define VEC_PRINTF(fmt, args)
#endif

/* run.c: cases */
vec_run *vec_run_new(const eb_backend *backend); /* NULL without memory */
void vec_run_free(vec_run *r);
/** Forgets counts and messages; keeps the binding. */
void vec_run_reset(vec_run *r);
void vec_begin(vec_run *r, const char *fmt, ...) VEC_PRINTF(2, 3);
/** Counts the case and frees its memory. */
void vec_end(vec_run *r);
/** The case does not apply, for a reason; or checks an assertion about it. Both only mark: vec_end counts. */
void vec_skip(vec_run *r, const char *fmt, ...) VEC_PRINTF(2, 3);
bool vec_check(vec_run *r, bool ok, const char *fmt, ...) VEC_PRINTF(3, 4);
bool vec_ok(vec_run *r, eb_status got, const char *what);
bool vec_refused(vec_run *r, eb_status got, eb_status want, const char *what);
bool vec_same(vec_run *r, const void *got, size_t len, eb_bytes want, const char *what);
bool vec_zeroed(vec_run *r, const uint8_t *p, size_t len, const char *what);
/** The file is malformed; returns false. */
bool vec_malformed(vec_run *r, const char *fmt, ...) VEC_PRINTF(2, 3);
static inline bool vec_broken(const vec_run *r)
{
    return r->broken[0] != '\0';
}
/** Replaces what a terminal should not see. Texts of a file are somebody else's. */
void vec_clean(char *text);

/* run.c: a case's memory and fields */
/** Zeroed, aligned for any type, at least one byte, until vec_end. NULL without memory: then the run is broken. */
void *vec_alloc(vec_run *r, size_t len);
bool vec_decode(vec_run *r, const char *hex, size_t digits, const char *field, eb_bytes *out);
bool vec_hex(vec_run *r, const json_t *o, const char *field, eb_bytes *out);
bool vec_hex_len(vec_run *r, const json_t *o, const char *field, size_t len, eb_bytes *out);
/** Hex values separated by commas, at most VEC_BATCH. */
bool vec_hex_list(vec_run *r, const json_t *o, const char *field, eb_bytes *out, size_t *n);
/** A number of 0 to max; digits in a string are taken too. */
bool vec_number(vec_run *r, const json_t *o, const char *field, uint64_t max, uint64_t *out);
/** A string, or "" where there is none. */
const char *vec_string(const json_t *o, const char *field);

/** The primitives of `suite` in the run's backend; NULL if it lacks one (the case is skipped) or fails. The suite's
 *  strings must live as long as the run. */
const eb_binding *vec_bind(vec_run *r, const eb_suite *suite, unsigned needs);

/* The formats: is it this one, run all of it, run one case of the program's own selection. */
bool vec_hpke_is(const json_t *root);
void vec_hpke_run(vec_run *r, const json_t *root);
void vec_hpke_one(vec_run *r, const json_t *entry);
bool vec_voprf_is(const json_t *root);
void vec_voprf_run(vec_run *r, const json_t *root);
void vec_voprf_one(vec_run *r, const json_t *entry);
bool vec_frost_is(const json_t *root);
void vec_frost_run(vec_run *r, const json_t *root);
bool vec_slip39_is(const json_t *root);
void vec_slip39_run(vec_run *r, const json_t *root);
void vec_gf256_one(vec_run *r, const json_t *entry);
bool vec_xwing_is(const json_t *root);
void vec_xwing_run(vec_run *r, const json_t *root);
bool vec_acvp_is(const json_t *root);
void vec_acvp_run(vec_run *r, const json_t *root);
void vec_kem_one(vec_run *r, const json_t *entry);
/** A test of Wycheproof's of ML-KEM. */
void vec_kem_wycheproof(vec_run *r, const json_t *group, const json_t *o);
void vec_skipjack_one(vec_run *r, const json_t *entry);
bool vec_wycheproof_is(const json_t *root);
void vec_wycheproof_run(vec_run *r, const json_t *root);
/** `entry` has an `algorithm`, and the fields of a Wycheproof test of it. */
void vec_wycheproof_one(vec_run *r, const json_t *entry);

/** The texts of known/, compiled in. */
typedef struct vec_known {
    const char *name;
    const unsigned char *text;
    size_t len;
} vec_known;
extern const vec_known vec_known_files[];
extern const size_t vec_known_count;

#endif
