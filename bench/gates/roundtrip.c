/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sealed opens, at every size, at every alignment, in buffers of exactly the documented size, and not in smaller
 * ones; and a session goes on as it should.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/table.h"
#include "bench/gates/world.h"

/* Buffers and both ends of one message. */
typedef struct trip {
    const gt_world *w;
    eb_link *from, *to;
    gt_guard coins, plaintext, aad, wire, opened; /* inputs misaligned too */
    gt_log *log;
} trip;

static void trip_end(trip *t)
{
    eb_link_end(t->from);
    eb_link_end(t->to);
    gt_guard_free(&t->coins);
    gt_guard_free(&t->plaintext);
    gt_guard_free(&t->aad);
    gt_guard_free(&t->wire);
    gt_guard_free(&t->opened);
}

static bool trip_start(trip *t, const gt_world *w, size_t len, size_t aad_len, size_t shift, gt_log *log)
{
    *t = (trip){.w = w, .log = log};
    t->from = gt_link(w, EB_SENDER, log);
    t->to = gt_link(w, EB_RECIPIENT, log);
    if (t->from == NULL || t->to == NULL ||
        !gt_check(log,
                  gt_guard_new(&t->coins, eb_seal_coins(w->pair), shift) &&
                      gt_guard_new(&t->plaintext, len, shift + 1) && gt_guard_new(&t->aad, aad_len, shift + 2) &&
                      gt_guard_new(&t->wire, eb_wire_max(w->pair, len), shift + 1) &&
                      gt_guard_new(&t->opened, len, shift),
                  "out of memory")) {
        trip_end(t);
        return false;
    }
    gt_bytes(t->coins.ptr, t->coins.cap, 1000 + len);
    gt_plaintext(t->plaintext.ptr, len, 2000 + len);
    gt_bytes(t->aad.ptr, aad_len, 3000 + aad_len);
    return true;
}

static eb_bytes all_of(const gt_guard *g)
{
    return eb_range(g->ptr, g->cap);
}

/* Nothing but the outputs was written. */
static void check_inputs(const trip *t, size_t len)
{
    gt_check(t->log,
             gt_guard_intact(&t->coins) && gt_guard_intact(&t->plaintext) && gt_guard_intact(&t->aad) &&
                 gt_guard_intact(&t->wire) && gt_guard_intact(&t->opened),
             "%zu bytes: written outside of a buffer", len);
    uint8_t *again = gt_memory(t->log, len);
    if (again == NULL)
        return;
    gt_plaintext(again, len, 2000 + len);
    gt_check(t->log, len == 0 || memcmp(again, t->plaintext.ptr, len) == 0, "%zu bytes: the plaintext was changed",
             len);
    free(again);
}

/* A plaintext buffer that is one byte too small: refused, untouched, and the session is where it was. */
static void small_plaintext(trip *t, eb_bytes wire)
{
    if (t->opened.cap == 0)
        return;
    gt_guard_fill(&t->opened);
    eb_buf out = {.ptr = t->opened.ptr, .cap = t->opened.cap - 1};
    eb_status s = eb_open(t->to, &out, all_of(&t->aad), wire);
    gt_check(t->log, s == EB_ERR_SPACE, "open into a buffer one byte too small: %s", eb_status_name(s));
    gt_check(t->log, out.len == 0 && gt_guard_untouched(&t->opened), "open wrote to a buffer one byte too small");
    gt_check(t->log, eb_link_seq(t->to) == 0, "a buffer that was too small moved the session");
}

static void small_wire(trip *t)
{
    eb_buf out = {.ptr = t->wire.ptr, .cap = t->wire.cap - 1};
    eb_status s = eb_seal(t->from, &out, t->coins.ptr, all_of(&t->aad), all_of(&t->plaintext));
    gt_check(t->log, s == EB_ERR_SPACE, "seal into a buffer one byte too small: %s", eb_status_name(s));
    gt_check(t->log, out.len == 0 && gt_guard_untouched(&t->wire), "seal wrote to a buffer one byte too small");
    gt_check(t->log, eb_link_seq(t->from) == 0, "a buffer that was too small moved the session");
}

static void open_it(trip *t, eb_bytes wire, size_t len)
{
    gt_guard_fill(&t->opened);
    eb_buf out = gt_guard_buf(&t->opened);
    eb_status s = eb_open(t->to, &out, all_of(&t->aad), wire);
    gt_check(t->log, s == EB_OK && out.len == len && (len == 0 || memcmp(out.ptr, t->plaintext.ptr, len) == 0),
             "%zu bytes: does not open to what was sealed: %s", len, eb_status_name(s));
    gt_check(t->log, eb_link_seq(t->to) == 1, "%zu bytes: the recipient did not count the message", len);
}

static void there_and_back(const gt_world *w, size_t len, size_t aad_len, size_t shift, bool small, gt_log *log)
{
    trip t;
    if (!trip_start(&t, w, len, aad_len, shift, log))
        return;
    if (small)
        small_wire(&t);
    eb_buf wire = gt_guard_buf(&t.wire);
    eb_status s = eb_seal(t.from, &wire, t.coins.ptr, all_of(&t.aad), all_of(&t.plaintext));
    if (gt_check(log, s == EB_OK, "%zu bytes, %zu of associated data: seal: %s", len, aad_len, eb_status_name(s))) {
        const bool exact = w->pair->spec.transport->recover != NULL; /* else a library lays it out */
        gt_check(log, exact ? wire.len == t.wire.cap : wire.len <= t.wire.cap,
                 "%zu bytes: %zu on the wire instead of %zu", len, wire.len, t.wire.cap);
        gt_check(log, eb_link_seq(t.from) == 1, "%zu bytes: the sender did not count the message", len);
        eb_bytes copy = {0};
        if (gt_succeeds(log, eb_delivered(w->pair, &copy, 0, eb_view(&wire)), "delivery")) {
            if (small)
                small_plaintext(&t, copy);
            open_it(&t, copy, len);
        }
    }
    check_inputs(&t, len);
    trip_end(&t);
}

/* More associated data than allowed is refused at both ends, and moves nothing. */
static void too_much_aad(const gt_world *w, gt_log *log)
{
    trip t;
    if (!trip_start(&t, w, 16, EB_MAX_AAD + 1, 0, log))
        return;
    eb_buf out = gt_guard_buf(&t.wire);
    eb_status s = eb_seal(t.from, &out, t.coins.ptr, all_of(&t.aad), all_of(&t.plaintext));
    gt_check(log, s == EB_ERR_SPACE, "seal with too much associated data: %s", eb_status_name(s));
    gt_check(log, out.len == 0 && gt_guard_clean(&t.wire), "seal with too much associated data left something behind");
    s = eb_seal(t.from, &out, t.coins.ptr, (eb_bytes){0}, all_of(&t.plaintext));
    if (gt_succeeds(log, s, "seal after too much associated data")) {
        eb_bytes wire = {0};
        (void)gt_succeeds(log, eb_delivered(w->pair, &wire, 0, eb_view(&out)), "delivery");
        gt_guard_fill(&t.opened);
        eb_buf opened = gt_guard_buf(&t.opened);
        s = eb_open(t.to, &opened, all_of(&t.aad), wire);
        gt_check(log, s == EB_ERR_SPACE, "open with too much associated data: %s", eb_status_name(s));
        gt_check(log, opened.len == 0 && gt_guard_clean(&t.opened),
                 "open with too much associated data left something behind");
        s = eb_open(t.to, &opened, (eb_bytes){0}, wire);
        gt_check(log, s == EB_OK && opened.len == 16, "open after too much associated data: %s", eb_status_name(s));
    }
    trip_end(&t);
}

/* ---- sessions ---- */

enum { MESSAGES = 4 };

typedef struct session {
    gt_sealed m[MESSAGES];
    eb_link *to;
    gt_guard out;
    gt_log *log;
} session;

/* Offers message i. */
static eb_status offer(session *s, size_t i, bool *right)
{
    gt_guard_fill(&s->out);
    eb_buf out = gt_guard_buf(&s->out);
    eb_status st = eb_open(s->to, &out, GT_AAD, gt_wire(&s->m[i]));
    *right = st == EB_OK && gt_is_plaintext(&s->m[i], &out);
    gt_check(s->log, gt_guard_intact(&s->out), "message %zu: written outside of the buffer", i);
    gt_check(s->log, st == EB_OK || (out.len == 0 && gt_guard_clean(&s->out)),
             "message %zu: refused, but the buffer is not zeroed", i);
    return st;
}

/* In order, with replays, and messages before their turn: those are refused and move nothing, or (by a transport that keeps
   the keys of messages not yet seen) open as themselves, after which the ones in between still do. */
static void in_session(session *s)
{
    static const size_t order[] = {1, 0, 0, 2, 1, 1, 2, 2, 0, 3, 3};
    bool opened[MESSAGES] = {false}, right;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        const size_t i = order[k];
        bool in_turn = true;
        for (size_t j = 0; j < i; j++)
            in_turn = in_turn && opened[j];
        const uint64_t seq = eb_link_seq(s->to);
        const eb_status st = offer(s, i, &right);
        const char *what = st == EB_OK && !right ? "opens as something else" : eb_status_name(st);
        if (opened[i])
            gt_check(s->log, gt_refusal(st), "message %zu of a session, again: %s", i, what);
        else if (in_turn)
            gt_check(s->log, right, "message %zu of a session, in its turn: %s", i, what);
        else
            gt_check(s->log, right || gt_refusal(st), "message %zu of a session, before its turn: %s", i, what);
        gt_check(s->log, st == EB_OK || eb_link_seq(s->to) == seq, "message %zu: refused, but the session moved", i);
        opened[i] = opened[i] || st == EB_OK;
    }
}

static void session_of_messages(const gt_world *w, gt_log *log)
{
    session s = {.log = log};
    eb_link *from = gt_link(w, EB_SENDER, log);
    s.to = gt_link(w, EB_RECIPIENT, log);
    bool ok = from != NULL && s.to != NULL;
    size_t room = 0;
    for (size_t i = 0; i < MESSAGES && ok; i++) {
        ok = gt_seal(&s.m[i], w, from, 100 * i, 50 + i, log) &&
             gt_check(log, eb_link_seq(from) == i + 1, "the sender did not count message %zu", i);
        if (s.m[i].wire_len > room)
            room = s.m[i].wire_len;
    }
    if (ok && gt_check(log, gt_guard_new(&s.out, room, 3), "out of memory"))
        in_session(&s);
    for (size_t i = 0; i < MESSAGES; i++)
        gt_sealed_free(&s.m[i]);
    gt_guard_free(&s.out);
    eb_link_end(from);
    eb_link_end(s.to);
}

/* ---- conversations ---- */

enum { TURNS = 6, EACH = 3 };

/* Two sides that both send and receive; what one of them is offered counts on that side. */
typedef struct conversation {
    const gt_world *w;
    eb_link *side[2];
    gt_sealed said[TURNS][EACH];
    gt_guard out;
    gt_log *log;
} conversation;

/* Offers one message of a turn to the other side: it opens, or (again, or before its turn) is refused and zeroed. */
static void hear(conversation *c, size_t turn, size_t i, bool opens, const char *what)
{
    const gt_sealed *m = &c->said[turn][i];
    gt_guard_fill(&c->out);
    eb_buf out = gt_guard_buf(&c->out);
    const eb_status s = eb_open(c->side[(turn + 1) % 2], &out, GT_AAD, gt_wire(m));
    gt_check(c->log, gt_guard_intact(&c->out), "%s, turn %zu: written outside of the buffer", what, turn);
    gt_check(c->log, opens ? s == EB_OK && gt_is_plaintext(m, &out) : gt_refusal(s) && out.len == 0,
             "message %zu of turn %zu, %s: %s", i, turn, what, eb_status_name(s));
    gt_check(c->log, opens || gt_guard_clean(&c->out), "%s, turn %zu: refused, but the buffer is not zeroed", what,
             turn);
}

/* A forgery of a message that is next: refused, and the message itself still opens afterwards. */
static void hear_forged(conversation *c, size_t turn, size_t i, size_t at)
{
    gt_sealed *m = &c->said[turn][i];
    m->wire[at] ^= 1;
    hear(c, turn, i, false, "forged");
    m->wire[at] ^= 1;
}

/* Each side answers the other. Of a turn's three messages the first is in its place, or (where messages may overtake)
   the last comes first and the one in between two turns late; some are never heard, all are offered twice. */
static void converse(conversation *c)
{
    const bool overtake = c->w->pair->spec.transport->skips >= EACH;
    for (size_t t = 0; t < TURNS; t++) {
        for (size_t i = 0; i < EACH; i++)
            if (!gt_seal(&c->said[t][i], c->w, c->side[t % 2], 20 * i, 500 + EACH * t + i, c->log))
                return;
        size_t last = overtake ? EACH - 1 : 0;
        hear_forged(c, t, last, c->said[t][last].wire_len - 1);
        hear_forged(c, t, last, c->said[t][last].wire_len / 3);
        hear(c, t, last, true, "in its turn");
        hear(c, t, last, false, "again");
        if (overtake) {
            hear(c, t, 0, true, "overtaken");
            hear(c, t, 0, false, "overtaken, again");
        }
        if (overtake && t >= 2 && t % 3 != 0) { /* the others are lost */
            hear_forged(c, t - 2, 1, c->said[t - 2][1].wire_len - 1);
            hear(c, t - 2, 1, true, "two turns late");
            hear(c, t - 2, 1, false, "two turns late, again");
        }
        for (size_t i = 1; i < EACH && !overtake; i++)
            hear(c, t, i, true, "in its turn");
    }
    for (size_t t = 0; t < TURNS; t++)
        hear(c, t, 0, false, "at the end, again");
}

static void conversations(const gt_world *w, gt_log *log)
{
    conversation c = {.w = w, .log = log};
    c.side[0] = gt_link(w, EB_SENDER, log);
    c.side[1] = gt_link(w, EB_RECIPIENT, log);
    if (c.side[0] != NULL && c.side[1] != NULL &&
        gt_check(log, gt_guard_new(&c.out, eb_wire_max(w->pair, (size_t)20 * EACH), 1), "out of memory"))
        converse(&c);
    for (size_t t = 0; t < TURNS; t++)
        for (size_t i = 0; i < EACH; i++)
            gt_sealed_free(&c.said[t][i]);
    gt_guard_free(&c.out);
    eb_link_end(c.side[0]);
    eb_link_end(c.side[1]);
}

/* A message that overtook as many others as the transport says opens, and so do the first and last of these; one that
   overtook one more is refused and moves nothing. The number does not depend on the escrow: asked without one, as so
   many capsules take long. */
static void bound_of_overtaking(const gt_world *w, gt_log *log)
{
    const size_t most = w->pair->spec.transport->skips;
    gt_sealed *m = calloc(most + 2, sizeof *m);
    eb_link *from = gt_link(w, EB_SENDER, log), *to = gt_link(w, EB_RECIPIENT, log);
    const size_t order[] = {most + 1, 0, most + 1, most, 1};
    const bool opens[] = {false, true, true, true, true};
    bool ok = gt_check(log, m != NULL, "out of memory") && from != NULL && to != NULL;
    for (size_t i = 0; i < most + 2 && ok; i++)
        ok = gt_seal(&m[i], w, from, 8, 5000 + i, log);
    for (size_t k = 0; k < sizeof order / sizeof order[0] && ok; k++) {
        uint8_t space[64];
        eb_buf out = {.ptr = space, .cap = sizeof space};
        const eb_status s = eb_open(to, &out, GT_AAD, gt_wire(&m[order[k]]));
        gt_check(log, opens[k] ? s == EB_OK && gt_is_plaintext(&m[order[k]], &out) : gt_refusal(s),
                 "message %zu of a transport on which one may overtake %zu: %s", order[k], most, eb_status_name(s));
    }
    for (size_t i = 0; m != NULL && i < most + 2; i++)
        gt_sealed_free(&m[i]);
    free(m);
    eb_link_end(from);
    eb_link_end(to);
}

static void run(const gt_subject *subject, gt_log *log)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 64, 1024, 65536};
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    static const size_t aads[] = {0, 1, EB_MAX_AAD};
    eb_pair_spec spec = subject->pair;
    gt_world w;
    if (log->sparse)
        spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    for (size_t i = 0; i < SIZES; i++)
        there_and_back(&w, sizes[i], aads[i % 2], i % 4, i == 3, log);
    for (size_t i = 0; i < sizeof aads / sizeof aads[0]; i++)
        there_and_back(&w, 16, aads[i], i + 1, false, log);
    too_much_aad(&w, log);
    if (subject->pair.transport->stateful)
        session_of_messages(&w, log);
    if (subject->pair.transport->duplex && w.pair->copies == 1)
        conversations(&w, log);
    if (subject->pair.transport->skips > 0 && !w.escrowed)
        bound_of_overtaking(&w, log);
    gt_world_close(&w);
}

const gt_gate gt_roundtrip = {
    .id = "roundtrip",
    .about = "what is sealed opens: sizes, alignments, canaries round every buffer, buffers too small, sessions",
    .scope = GT_WIRE,
    .run = run,
};
