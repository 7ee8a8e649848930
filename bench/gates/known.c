/* SPDX-License-Identifier: Apache-2.0 */
/* Official vectors: the selection that the program carries. */
#include "bench/gates/log.h"
#include "bench/gates/table.h"
#include "bench/vectors/vectors.h"

static void report(void *user, const char *what, bool ok, const char *detail)
{
    gt_check(user, ok, "%s: %s", what, detail != NULL ? detail : "wrong");
}

static void run(const gt_subject *subject, gt_log *log)
{
    const uint64_t failures = log->failures;
    const int wrong = eb_known_answers_run(subject->pair.backend, report, log);
    gt_check(log, wrong >= 0, "no vector could be run");
    gt_check(log, wrong <= 0 || log->failures > failures, "%d vectors are wrong", wrong);
}

const gt_gate gt_vectors = {
    .id = "vectors",
    .about = "official test vectors (RFC 9180, RFC 9497, RFC 9591, SLIP-39, Wycheproof, NIST ACVP, X-Wing, Skipjack): "
             "those that the library can run",
    .scope = GT_BACKEND,
    .run = run,
};
