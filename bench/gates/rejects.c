/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not the message that was sent is refused, with nothing given out and nothing moved. Flipped bits that are
 * accepted and still give the right plaintext, outside of the body, are findings; all else that is accepted is a failure.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/table.h"
#include "bench/gates/world.h"

enum { ALL_BITS = 16, SAMPLED = 1024, SAMPLES = 64 };

enum { HEADER, CAPSULE, BODY, TRAILING, CONTEXT, FIELDS };

/* A recipient in front of one message: the last of `count` of a session, the ones before it opened. */
typedef struct stand {
    const gt_world *w;
    const gt_sealed *messages;
    size_t count;
    eb_link *link;
    gt_guard out;
    uint8_t *wire;         /* the copy that is falsified, with room for one byte more */
    size_t ends[BODY + 1]; /* where header, capsule and body end */
    gt_tally *tally;       /* of each field, over all messages */
    gt_log *log;
} stand;

static const gt_sealed *genuine(const stand *s)
{
    return &s->messages[s->count - 1];
}

/* A new link, brought to where the message is next. */
static bool arrive(stand *s)
{
    eb_link_end(s->link);
    s->link = gt_link(s->w, EB_RECIPIENT, s->log);
    for (size_t i = 0; i + 1 < s->count && s->link != NULL; i++) {
        eb_buf out = gt_guard_buf(&s->out);
        if (!gt_succeeds(s->log, eb_open(s->link, &out, GT_AAD, gt_wire(&s->messages[i])),
                         "opening an earlier message"))
            return false;
    }
    return s->link != NULL;
}

static void leave(stand *s)
{
    eb_link_end(s->link);
    gt_guard_free(&s->out);
    free(s->wire);
}

static bool enter(stand *s, const gt_world *w, const gt_sealed *messages, size_t count, gt_tally *tally, gt_log *log)
{
    *s = (stand){.w = w, .messages = messages, .count = count, .tally = tally, .log = log};
    const gt_sealed *g = genuine(s);
    s->wire = malloc(g->wire_len + 1);
    size_t header = 0, capsule = 0;
    if (!gt_check(log, gt_guard_new(&s->out, g->wire_len + 1, 1) && s->wire != NULL, "out of memory") ||
        !gt_succeeds(log, gt_fields(w, count - 1, gt_wire(g), &header, &capsule), "taking a message apart") ||
        !arrive(s)) {
        leave(s);
        return false;
    }
    s->ends[HEADER] = header;
    s->ends[CAPSULE] = header + capsule;
    s->ends[BODY] = g->wire_len;
    return true;
}

static int field_of(const stand *s, size_t at)
{
    for (int f = HEADER; f <= BODY; f++)
        if (at < s->ends[f])
            return f;
    return TRAILING;
}

/* Offers `len` bytes of s->wire. True if they were refused as they must be; else the link has been made anew. */
static bool refused(stand *s, size_t len, eb_bytes aad, const char *what, size_t at, bool *same)
{
    const uint64_t seq = eb_link_seq(s->link);
    gt_guard_fill(&s->out);
    eb_buf out = gt_guard_buf(&s->out);
    eb_status st = eb_open(s->link, &out, aad, eb_range(s->wire, len));
    *same = st == EB_OK && gt_is_plaintext(genuine(s), &out);
    gt_check(s->log, gt_guard_intact(&s->out), "%s at %zu: open wrote outside of its buffer", what, at);
    if (st == EB_OK) {
        (void)arrive(s);
        return false;
    }
    gt_check(s->log, gt_refusal(st), "%s at %zu: not refused but %s", what, at, eb_status_name(st));
    gt_check(s->log, out.len == 0 && gt_guard_clean(&s->out), "%s at %zu: refused, but the buffer is not zeroed", what,
             at);
    gt_check(s->log, eb_link_seq(s->link) == seq, "%s at %zu: refused, but the session moved", what, at);
    return true;
}

static void copy(stand *s)
{
    memcpy(s->wire, genuine(s)->wire, genuine(s)->wire_len);
}

/* A format without authentication: what was changed opens as another text, and is a finding, for all fields alike. */
static bool forgeable(const gt_world *w)
{
    return (w->pair->spec.transport->lacks & EB_LACKS_AUTH) != 0;
}

static void flip(stand *s, size_t bit)
{
    const int f = field_of(s, bit / 8);
    bool same;
    s->wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
    s->tally[f].tried++;
    if (!refused(s, genuine(s)->wire_len, GT_AAD, "flipped bit", bit, &same) && s->link != NULL) {
        s->tally[f].accepted++;
        gt_check(s->log, (same && f != BODY) || forgeable(s->w), "flipped bit %zu (%s): accepted%s", bit,
                 s->tally[f].field, same ? "" : ", with another plaintext");
    }
    s->wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void truncate_to(stand *s, size_t len)
{
    bool same;
    const bool ok = refused(s, len, GT_AAD, "message cut", len, &same);
    gt_check(s->log, ok || (forgeable(s->w) && !same), "message cut to %zu of %zu bytes: accepted", len,
             genuine(s)->wire_len);
}

static void append(stand *s, uint8_t byte)
{
    bool same;
    const size_t len = genuine(s)->wire_len;
    s->wire[len] = byte;
    s->tally[TRAILING].tried++;
    if (!refused(s, len + 1, GT_AAD, "byte appended", len, &same)) {
        s->tally[TRAILING].accepted++;
        gt_check(s->log, same || forgeable(s->w), "byte appended: accepted, with another plaintext");
    }
}

/* The message itself still opens: nothing before it moved the session. */
static void still_opens(stand *s)
{
    gt_guard_fill(&s->out);
    eb_buf out = gt_guard_buf(&s->out);
    eb_status st = eb_open(s->link, &out, GT_AAD, gt_wire(genuine(s)));
    gt_check(s->log, st == EB_OK && gt_is_plaintext(genuine(s), &out),
             "the message itself does not open after those that were refused: %s", eb_status_name(st));
    gt_check(s->log, gt_guard_intact(&s->out), "open wrote outside of its buffer");
}

/* First and last bit of each field, and its ends. */
static void edges(stand *s)
{
    size_t start = 0;
    for (int f = HEADER; f <= BODY && s->link != NULL; start = s->ends[f++]) {
        if (s->ends[f] == start)
            continue;
        flip(s, 8 * start);
        flip(s, 8 * s->ends[f] - 1);
        truncate_to(s, start);
        truncate_to(s, s->ends[f] - 1);
    }
}

static void every_bit(stand *s)
{
    const size_t len = genuine(s)->wire_len;
    for (size_t bit = 0; bit < 8 * len && s->link != NULL; bit = gt_next_bit(s->log, bit, len))
        flip(s, bit);
    for (size_t n = 0; n < len && s->link != NULL; n += gt_stride(s->log, len))
        truncate_to(s, n);
    if (s->log->sparse)
        edges(s);
}

static void some_bits(stand *s)
{
    const size_t len = genuine(s)->wire_len;
    edges(s);
    for (size_t i = 0; i < SAMPLES && s->link != NULL; i += gt_stride(s->log, SAMPLES)) {
        flip(s, gt_choice(1, i, 8 * len));
        truncate_to(s, gt_choice(2, i, len));
    }
}

/* Associated data and info of a session are no part of some formats: there it is a finding that others will do. */
static void out_of_context(const gt_world *w, gt_tally *tally, bool refused, bool same, const char *what, gt_log *log)
{
    const bool bound = (w->pair->spec.transport->lacks & EB_LACKS_AAD) == 0;
    tally[CONTEXT].tried++;
    tally[CONTEXT].accepted += !refused;
    gt_check(log, refused || (!bound && same), "%s: accepted", what);
}

static void wrong_aad(stand *s)
{
    uint8_t longer[64];
    const eb_bytes aad = GT_AAD;
    memcpy(longer, aad.ptr, aad.len);
    longer[aad.len] = 0;
    uint8_t other[sizeof longer];
    memcpy(other, longer, sizeof longer);
    other[0] ^= 1;
    const eb_bytes wrong[] = {
        {0}, eb_range(longer, aad.len + 1), eb_range(longer, aad.len - 1), eb_range(other, aad.len)};
    bool same;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0] && s->link != NULL; i++) {
        const bool ok = refused(s, genuine(s)->wire_len, wrong[i], "wrong associated data", i, &same);
        out_of_context(s->w, s->tally, ok, same, "wrong associated data", s->log);
    }
}

static void falsify(stand *s, bool all)
{
    copy(s);
    (all ? every_bit : some_bits)(s);
    for (int byte = 0; byte < 2 && s->link != NULL; byte++)
        append(s, byte == 0 ? 0 : 0x80);
    if (s->link != NULL)
        wrong_aad(s);
    if (s->link != NULL)
        still_opens(s);
}

/* Parts of two messages under one key, exchanged. */
static void splice(stand *s, const gt_sealed *other)
{
    const size_t len = genuine(s)->wire_len;
    size_t start = 0;
    bool same;
    if (!gt_check(s->log, other->wire_len == len, "two messages of one length have wires of %zu and %zu bytes", len,
                  other->wire_len))
        return;
    for (int f = HEADER; f <= BODY && s->link != NULL; start = s->ends[f++]) {
        if (s->ends[f] == start || (start == 0 && s->ends[f] == len))
            continue;
        copy(s);
        memcpy(s->wire + start, other->wire + start, s->ends[f] - start);
        gt_check(s->log, refused(s, len, GT_AAD, s->tally[f].field, start, &same) || (forgeable(s->w) && !same),
                 "the %s of another message: accepted", s->tally[f].field);
    }
    copy(s);
}

/* People that the message does not concern, at the other end; or the right one, with other info. */
static void wrong_end(const gt_world *w, const gt_sealed *m, int own, int peer, eb_bytes info, const char *who,
                      gt_tally *tally, gt_log *log)
{
    gt_guard out;
    eb_link *link = gt_link_between(w, EB_RECIPIENT, own, peer, info, log);
    if (link == NULL || !gt_check(log, gt_guard_new(&out, m->wire_len, 2), "out of memory")) {
        eb_link_end(link);
        return;
    }
    eb_buf b = gt_guard_buf(&out);
    eb_status st = eb_open(link, &b, GT_AAD, gt_wire(m));
    if (own == GT_RECIPIENT && peer == GT_SENDER)
        out_of_context(w, tally, st != EB_OK, st == EB_OK && gt_is_plaintext(m, &b), who, log);
    else
        gt_check(log, gt_refusal(st) || (forgeable(w) && st == EB_OK && !gt_is_plaintext(m, &b)), "%s: %s", who,
                 st == EB_OK ? "accepted" : eb_status_name(st));
    gt_check(log, st == EB_OK || gt_refusal(st), "%s: not refused but %s", who, eb_status_name(st));
    gt_check(log, gt_guard_intact(&out) && (st == EB_OK || (b.len == 0 && gt_guard_clean(&out))),
             "%s: the buffer is not zeroed", who);
    gt_guard_free(&out);
    eb_link_end(link);
}

static void first_messages(const gt_world *w, gt_tally *tally, gt_log *log)
{
    gt_sealed small = {0}, other = {0}, large = {0};
    stand s;
    if (gt_seal_first(&small, w, ALL_BITS, 10, log) && gt_seal_first(&other, w, ALL_BITS, 20, log) &&
        gt_seal_first(&large, w, SAMPLED, 30, log)) {
        if (enter(&s, w, &small, 1, tally, log)) {
            splice(&s, &other);
            falsify(&s, true);
            leave(&s);
        }
        if (enter(&s, w, &large, 1, tally, log)) {
            falsify(&s, false);
            leave(&s);
        }
        wrong_end(w, &small, GT_STRANGER, GT_SENDER, GT_INFO, "another recipient's key", tally, log);
        wrong_end(w, &small, GT_RECIPIENT, GT_SENDER, EB_LITERAL("other info"), "a session with other info", tally,
                  log);
        if (w->pair->ts.sender_key)
            wrong_end(w, &small, GT_RECIPIENT, GT_STRANGER, GT_INFO, "another sender's key", tally, log);
    }
    gt_sealed_free(&small);
    gt_sealed_free(&other);
    gt_sealed_free(&large);
}

/* A later message of a session, which may have no header. */
static void second_message(const gt_world *w, gt_tally *tally, gt_log *log)
{
    gt_sealed m[2] = {{0}, {0}};
    stand s;
    eb_link *link = gt_link(w, EB_SENDER, log);
    if (link == NULL)
        return;
    if (gt_seal(&m[0], w, link, ALL_BITS, 10, log) && gt_seal(&m[1], w, link, ALL_BITS, 40, log) &&
        enter(&s, w, m, 2, tally, log)) {
        falsify(&s, true);
        leave(&s);
    }
    eb_link_end(link);
    gt_sealed_free(&m[0]);
    gt_sealed_free(&m[1]);
}

static void run(const gt_subject *subject, gt_log *log)
{
    static const char *const meanings[FIELDS] = {
        [HEADER] = "the plaintext is the right one all the same",
        [CAPSULE] = "the recipient does not notice; the plaintext is the right one",
        [BODY] = "forged bodies",
        [TRAILING] = "ignored",
        [CONTEXT] = "associated data and session info are no part of the format",
    };
    gt_tally tally[FIELDS] = {[HEADER] = {.field = "header"},
                              [CAPSULE] = {.field = "capsule"},
                              [BODY] = {.field = "body"},
                              [TRAILING] = {.field = "trailing byte"},
                              [CONTEXT] = {.field = "context"}};
    eb_pair_spec spec = subject->pair;
    gt_world w;
    spec.backend = gt_memo(spec.backend);
    if (!gt_world_open(&w, &spec, log))
        return;
    first_messages(&w, tally, log);
    if (spec.transport->stateful)
        second_message(&w, tally, log);
    gt_world_close(&w);
    const bool another = (spec.transport->lacks & EB_LACKS_AUTH) != 0;
    for (int f = 0; f < FIELDS; f++)
        gt_tally_report(log, &tally[f],
                        another && f != CONTEXT ? "opens as another text: nothing authenticates it" : meanings[f]);
}

/* Under a deposit and at rest the wire is the one without escrow, from the same code. */
static bool has_a_wire_of_its_own(const gt_subject *subject)
{
    const eb_kind kind = subject->pair.escrow->kind;
    return kind == EB_KIND_NONE || kind == EB_KIND_WRAP || kind == EB_KIND_DEVICE;
}

const gt_gate gt_rejects = {
    .id = "rejects",
    .about = "a message with any bit flipped or cut short is refused, giving nothing out and moving nothing, or listed "
             "as accepted",
    .scope = GT_WIRE,
    .concerns = has_a_wire_of_its_own,
    .run = run,
};
