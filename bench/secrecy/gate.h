/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate of constant time: every cell runs under valgrind's memcheck with all coins marked as secret. A branch or an
 * address that depends on a secret fails the cell, unless it is in a library and listed as an exception.
 *
 * Exceptions are suppressions in valgrind's form (exceptions.supp), whose names say library, version and reason:
 *     openssl 3.0: why it is accepted
 *     openssl 3.0, public: what verdict of a check it acts on, which the caller gets as well, or what is public by nature
 * A cell that takes the first kind is "excepted". One holds only where that version of the library is loaded (3.0 is 3.0.19 too).
 */
#ifndef EB_SECRECY_GATE_H
#define EB_SECRECY_GATE_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/document.h"

typedef struct eb_secrecy {
    const char *exceptions; /* the whole text; NULL: the program's own */
    unsigned workers;       /* 0: one for each CPU */
    bool progress;
    FILE *findings; /* what leaks, cell by cell, with where; NULL: not told */
} eb_secrecy;

/** Sets constant_time of every cell: "passed", "excepted", "failed", "untestable"; not of peers, which are not ours. Exceptions
 *  that were used become findings of the document. False if it could not be run, which is said on standard error, or a signal
 *  stopped it. */
bool eb_secrecy_check(rp_document *doc, const eb_secrecy *options);

#endif
