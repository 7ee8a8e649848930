/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without escrow a message is the transport's and nothing else, and there is no way in for anybody: no capsule, no agent,
 * no answer, and nothing secret in what travels.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/table.h"
#include "bench/gates/world.h"

/* So many bytes in a row are no coincidence: in a wire of a few hundred, by chance, once in 2^56. */
enum { WINDOW = 8 };

static bool without_escrow(const gt_subject *subject)
{
    const eb_escrow *e = subject->pair.escrow;
    return e->kind == EB_KIND_NONE || strcmp(e->family, "none") == 0;
}

/* An escrow that calls itself none does nothing. */
static void does_nothing(const eb_escrow *e, gt_log *log)
{
    gt_check(log, e->kind == EB_KIND_NONE, "escrow %s is of family none, but not of kind none", e->id);
    gt_check(log,
             e->setup == NULL && e->load_authority == NULL && e->load_agent == NULL && e->capsule == NULL &&
                 e->partial == NULL && e->verify == NULL && e->combine == NULL,
             "escrow %s is none, but has functions", e->id);
    gt_check(log, !e->split && e->suites == NULL && e->needs == 0, "escrow %s is none, but has needs", e->id);
}

static void no_functions(const gt_world *w, const gt_sealed *m, gt_log *log)
{
    const eb_pair *p = w->pair;
    const eb_escrow_sizes none = {0};
    uint8_t bytes[256] = {1}, coins[256] = {0};
    eb_message parts;
    eb_authority *authority = NULL;
    eb_agent *agent = NULL;
    const eb_case order = {0};
    gt_check(log, memcmp(&p->es, &none, sizeof none) == 0, "an escrow of kind none has sizes");
    gt_check(log, eb_setup(p, bytes, bytes, coins) == EB_ERR_UNSUPPORTED, "set-up without escrow");
    gt_check(log, eb_authority_load(p, &authority, eb_range(bytes, 0), EB_LITERAL("alice"), 1) == EB_ERR_UNSUPPORTED,
             "an authority without escrow");
    gt_check(log, eb_agent_load(p, &agent, eb_range(bytes, 1)) == EB_ERR_UNSUPPORTED, "an agent without escrow");
    gt_check(log, authority == NULL && agent == NULL, "an authority or an agent without escrow");
    if (!gt_succeeds(log, gt_parse(w, &parts, 0, m), "taking a message apart"))
        return;
    const eb_bytes answers[] = {eb_range(bytes, 1), eb_range(bytes, 33)};
    gt_check(log, parts.capsule.len == 0, "a capsule of %zu bytes without escrow", parts.capsule.len);
    gt_check(log, parts.header.len + parts.body.len == m->wire_len, "bytes that are neither header nor body");
    gt_check(log, parts.body.len == m->len + p->ts.body_overhead, "a body of %zu bytes instead of %zu", parts.body.len,
             m->len + p->ts.body_overhead);
    gt_check(log, parts.header.len <= p->ts.header_max, "a header of %zu bytes", parts.header.len);
    gt_check(log, eb_partial(p, agent, &order, &parts, bytes, coins) == EB_ERR_UNSUPPORTED, "an answer without escrow");
    gt_check(log, eb_verify(p, authority, &parts, answers[0]) == EB_ERR_UNSUPPORTED, "verify without escrow");
    gt_check(log, eb_combine(p, authority, &parts, answers, 2, NULL, bytes) == EB_ERR_UNSUPPORTED,
             "combine without escrow");
    eb_reader *reader = NULL;
    gt_check(log, eb_bulk_partial(p, agent, &order, &parts, 1, bytes, coins) == EB_ERR_UNSUPPORTED,
             "an answer in bulk without escrow");
    gt_check(log,
             eb_reader_start(p, &reader, authority, &parts, 1, answers, 2, NULL) == EB_ERR_UNSUPPORTED &&
                 reader == NULL,
             "a reader without escrow");
    eb_link *link = gt_link(w, EB_RECIPIENT, log);
    if (link != NULL)
        gt_check(log, eb_check(link, gt_wire(m)) == EB_ERR_UNSUPPORTED, "check without escrow");
    eb_link_end(link);
}

/* Does it hold these WINDOW bytes? */
static bool holds(const uint8_t *bytes, size_t len, const uint8_t *window)
{
    for (size_t i = 0; i + WINDOW <= len; i++)
        if (memcmp(bytes + i, window, WINDOW) == 0)
            return true;
    return false;
}

/* No WINDOW bytes in a row of a secret are in the wire, but for those that are public: a private key may carry its certificate. */
static void absent(const gt_sealed *m, const uint8_t *secret, size_t len, eb_bytes public, const char *what,
                   gt_log *log)
{
    bool found = false;
    for (size_t i = 0; i + WINDOW <= len && !found; i++)
        found = holds(m->wire, m->wire_len, secret + i) && !holds(public.ptr, public.len, secret + i);
    gt_check(log, !found, "%s is in what travels", what);
}

/* The message secret, from the recipient's side: as the transport gives it to an escrow, by the transport's own functions. */
static bool message_secret(const gt_world *w, const gt_sealed *m, uint8_t *secret, gt_log *log)
{
    const eb_pair *p = w->pair;
    const eb_transport *t = p->spec.transport;
    const eb_binding *b = &p->transport;
    enum { OWN, PEER, SESSION, PENDING, COINS, SPACES };
    const size_t sizes[SPACES] = {p->ts.own, p->ts.peer, p->ts.session, p->ts.pending, p->ts.start_coins};
    uint8_t *space[SPACES];
    bool ok = true;
    for (int i = 0; i < SPACES; i++)
        ok = (space[i] = calloc(1, sizes[i] + 1)) != NULL && ok;
    gt_check(log, ok, "out of memory");
    eb_status s = ok ? t->load_own(b, space[OWN], w->sk[GT_RECIPIENT]) : EB_ERR_BACKEND;
    if (s == EB_OK) {
        s = t->load_peer(b, space[PEER], w->pk[GT_SENDER]);
        if (s == EB_OK) {
            const void *const peers[] = {space[PEER]};
            gt_bytes(space[COINS], p->ts.start_coins, 300);
            s = t->start(b, space[SESSION], EB_RECIPIENT, space[OWN], peers, space[COINS], GT_INFO);
            if (s == EB_OK) {
                eb_message parts;
                s = gt_parse(w, &parts, 0, m);
                if (s == EB_OK)
                    s = t->peek(b, space[SESSION], space[PENDING], 0, parts.header, secret);
                t->abort(b, space[PENDING]);
                t->end(b, space[SESSION]);
            }
            t->drop_peer(b, space[PEER]);
        }
        t->drop_own(b, space[OWN]);
    }
    for (int i = 0; i < SPACES; i++)
        free(space[i]);
    return gt_succeeds(log, s, "the message secret, by the transport's own functions");
}

/* With the message secret the body opens; with what anybody knows it does not. */
static void nobody_opens(const gt_world *w, const gt_sealed *m, const uint8_t *secret, gt_log *log)
{
    const eb_pair *p = w->pair;
    eb_message parts;
    gt_guard out;
    if (!gt_check(log, gt_guard_new(&out, m->wire_len, 2), "out of memory"))
        return;
    if (gt_succeeds(log, gt_parse(w, &parts, 0, m), "taking a message apart")) {
        uint8_t guesses[2][EB_MAX_SECRET] = {{0}};
        memcpy(guesses[1], m->wire, m->wire_len < p->ts.secret ? m->wire_len : p->ts.secret);
        for (size_t i = 0; i < 2; i++) {
            eb_buf b = gt_guard_buf(&out);
            const eb_status s = eb_recover(p, guesses[i], &parts, GT_AAD, &b);
            const bool proves = (p->spec.transport->lacks & EB_LACKS_PROOF) == 0;
            gt_check(log, (gt_refusal(s) && gt_guard_clean(&out)) || (!proves && s == EB_OK && !gt_is_plaintext(m, &b)),
                     "a guessed secret opens the body: %s", eb_status_name(s));
        }
        eb_buf b = gt_guard_buf(&out);
        const eb_status s = eb_recover(p, secret, &parts, GT_AAD, &b);
        gt_check(log, s == EB_OK && gt_is_plaintext(m, &b), "the message secret does not open the body: %s",
                 eb_status_name(s));
    }
    gt_guard_free(&out);
}

static void nothing_leaks(const gt_world *w, const gt_sealed *m, gt_log *log)
{
    uint8_t secret[EB_MAX_SECRET];
    const eb_pair *p = w->pair;
    const eb_bytes nothing = {0};
    absent(m, m->plaintext, m->len, nothing, "the plaintext", log);
    absent(m, w->sk[GT_RECIPIENT], p->ts.sk, eb_range(w->pk[GT_RECIPIENT], p->ts.pk), "the recipient's private key",
           log);
    absent(m, w->sk[GT_SENDER], p->ts.sk, eb_range(w->pk[GT_SENDER], p->ts.pk), "the sender's private key", log);
    if (p->spec.transport->recover != NULL && message_secret(w, m, secret, log)) {
        absent(m, secret, p->ts.secret, nothing, "the message secret", log);
        nobody_opens(w, m, secret, log);
    }
    eb_wipe(secret, sizeof secret);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    gt_sealed m;
    does_nothing(spec.escrow, log);
    if (spec.escrow->kind != EB_KIND_NONE)
        return;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    if (gt_seal_first(&m, &w, 48, 10, log)) {
        no_functions(&w, &m, log);
        nothing_leaks(&w, &m, log);
        gt_sealed_free(&m);
    }
    gt_world_close(&w);
}

const gt_gate gt_nobody = {
    .id = "nobody",
    .about = "without escrow nothing is added to a message, nothing secret is in it, and nobody is asked or answers",
    .scope = GT_PAIR,
    .concerns = without_escrow,
    .run = run,
};
