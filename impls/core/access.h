/* SPDX-License-Identifier: Apache-2.0 */
/* What access to one message (access.c) and to many (bulk.c) have in common. */
#ifndef EB_CORE_ACCESS_H
#define EB_CORE_ACCESS_H

#include "core/session.h"

/** Has this message what an order is about? */
bool eb_accessible(const eb_pair *p, const eb_message *m);

/** The context of a message's capsule under an order; borrowed. */
eb_context eb_message_context(const eb_case *order, const eb_message *m);

/** EB_OK: an honest answer, or nobody can tell; EB_ERR_AUTH: a lie; anything else is the library's or the message's own fault. */
typedef eb_status (*eb_judge)(const void *what, eb_answer answer);

/** The first `threshold` good ones of `count` answers of `len` bytes each (index and payload) go to `good`; `verdicts` (may be
 *  NULL) says what became of each. EB_ERR_FEW: there are fewer. */
eb_status eb_collect(const eb_pair *p, size_t len, const eb_bytes *partials, size_t count, eb_judge judge,
                     const void *what, eb_verdict *verdicts, eb_answer *good) EB_MUST_CHECK;

#endif
