/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix: every scheme on every suite and library, those that cannot exist with the reason. */
#ifndef EB_MATRIX_H
#define EB_MATRIX_H

#include "escrowbench/join.h"

enum { EB_REASON_MAX = 200 };

/** One scheme on one suite and backend. spec.escrow NULL: the transport itself cannot exist there. */
typedef struct eb_scheme {
    eb_pair_spec spec;
    bool possible;
    char reason[EB_REASON_MAX]; /* why not */
} eb_scheme;

/** (t, n) for the escrows that split. */
typedef struct eb_split {
    unsigned threshold, agents;
} eb_split;

typedef struct eb_matrix {
    eb_scheme *schemes;
    size_t count;
} eb_matrix;

/** Every registered backend x transport x suite x escrow x escrow suite x (t, n); escrows that do not split appear once.
 *  An escrow that has the transport's own suite is joined on that one; else on each suite that it has. `devices`: of the
 *  recipient, in all of them. False if memory is short. */
bool eb_matrix_make(eb_matrix *m, const eb_split *splits, size_t split_count, unsigned devices);
void eb_matrix_free(eb_matrix *m);

/** "hpke+threshold/x25519+p256/openssl/3-of-5/4-devices", without the parts that do not apply. */
void eb_scheme_name(char *out, size_t len, const eb_pair_spec *spec);
/** "x25519", or "x25519+p256" where the escrow's suite is another one. */
void eb_suite_name(char *out, size_t len, const eb_pair_spec *spec);

#endif
