/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message to several devices: each opens its own copy, and the ghost its; none opens another's where a copy is made for
 * each; what is done to one copy does nothing to the others; and a bundle that is cut or wrongly counted is not delivered.
 * Access works on such a message as on any other.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/gates/guard.h"
#include "bench/gates/memo.h"
#include "bench/gates/order.h"
#include "bench/gates/table.h"

enum { DEVICES = 3, LEN = 40 };

/* The recipient's devices are the recipient, the sender itself (its other device) and the stranger: three key pairs. */
static const int device_of[DEVICES] = {GT_RECIPIENT, GT_SENDER, GT_STRANGER};

typedef struct bundle {
    const gt_world *w;
    uint8_t *wire, *coins, plaintext[LEN];
    size_t len;
    gt_log *log;
} bundle;

static bool seal_to_all(bundle *x, const gt_world *w, gt_log *log)
{
    const eb_pair *p = w->pair;
    const size_t max = eb_wire_max(p, LEN),
                 most = eb_start_coins(p) > eb_seal_coins(p) ? eb_start_coins(p) : eb_seal_coins(p);
    const eb_peer *peers[DEVICES];
    eb_link *link = NULL;
    *x = (bundle){.w = w, .wire = gt_memory(log, max), .coins = gt_memory(log, most), .log = log};
    if (x->wire == NULL || x->coins == NULL)
        return false;
    for (int i = 0; i < DEVICES; i++)
        peers[i] = w->peer[device_of[i]];
    gt_plaintext(x->plaintext, LEN, 600);
    gt_bytes(x->coins, eb_start_coins(p), 300);
    eb_status s = eb_link_start_all(p, &link, w->own[GT_SENDER], peers, w->authority, x->coins, GT_INFO);
    if (s == EB_OK) {
        eb_buf out = {.ptr = x->wire, .cap = max};
        gt_bytes(x->coins, eb_seal_coins(p), 601);
        s = eb_seal(link, &out, x->coins, GT_AAD, eb_range(x->plaintext, LEN));
        x->len = out.len;
    }
    eb_link_end(link);
    return gt_succeeds(log, s, "sealing to several devices");
}

static void drop(bundle *x)
{
    free(x->wire);
    free(x->coins);
}

/* What one device makes of a copy. */
static eb_status open_as(const bundle *x, int device, eb_bytes copy, bool *right)
{
    gt_guard out;
    *right = false;
    eb_link *link = gt_link_between(x->w, EB_RECIPIENT, device_of[device], GT_SENDER, GT_INFO, x->log);
    if (link == NULL || !gt_check(x->log, gt_guard_new(&out, copy.len, 1), "out of memory")) {
        eb_link_end(link);
        return EB_ERR_BACKEND;
    }
    eb_buf b = gt_guard_buf(&out);
    const eb_status s = eb_open(link, &b, GT_AAD, copy);
    *right = s == EB_OK && b.len == LEN && memcmp(b.ptr, x->plaintext, LEN) == 0;
    gt_check(x->log, gt_guard_intact(&out), "open wrote outside of its buffer");
    gt_guard_free(&out);
    eb_link_end(link);
    return s;
}

/* Refused; or, in a format without authentication, opened as another text. */
static bool unread(const bundle *x, eb_status s, bool right)
{
    const bool forgeable = (x->w->pair->spec.transport->lacks & EB_LACKS_AUTH) != 0;
    return gt_refusal(s) || (forgeable && s == EB_OK && !right);
}

static void each_opens_its_own(const bundle *x)
{
    const bool shared = x->w->pair->copies == 1;
    bool right;
    for (unsigned i = 0; i < DEVICES; i++)
        for (unsigned k = 0; k < (shared ? 1 : DEVICES); k++) {
            eb_bytes copy;
            if (!gt_succeeds(x->log, eb_delivered(x->w->pair, &copy, k, eb_range(x->wire, x->len)), "delivery"))
                return;
            const eb_status s = open_as(x, (int)i, copy, &right);
            if (shared || i == k)
                gt_check(x->log, right, "device %u does not open its message: %s", i, eb_status_name(s));
            else
                gt_check(x->log, unread(x, s, right), "device %u opens the copy of device %u: %s", i, k,
                         eb_status_name(s));
        }
}

/* One byte of the second copy is changed: the second device refuses it, the others read on. */
static void one_copy_is_damaged(const bundle *x)
{
    bool right;
    if (x->w->pair->copies == 1)
        return;
    for (unsigned i = 0; i < DEVICES; i++) {
        eb_bytes second, copy;
        if (eb_delivered(x->w->pair, &second, 1, eb_range(x->wire, x->len)) != EB_OK || second.len == 0)
            return;
        uint8_t *last = x->wire + (second.ptr - x->wire) + second.len - 1;
        *last ^= 1;
        if (gt_succeeds(x->log, eb_delivered(x->w->pair, &copy, i, eb_range(x->wire, x->len)), "delivery")) {
            const eb_status s = open_as(x, (int)i, copy, &right);
            gt_check(x->log, i == 1 ? unread(x, s, right) : right, "with a damaged second copy device %u: %s", i,
                     eb_status_name(s));
        }
        *last ^= 1;
    }
}

/* The last device's copy is whole only in a whole bundle. */
static void cut_and_recounted(const bundle *x)
{
    const eb_pair *p = x->w->pair;
    eb_bytes copy;
    const unsigned last = p->copies - 1;
    if (p->copies == 1)
        return;
    for (size_t len = 0; len < x->len; len++)
        gt_check(x->log, eb_delivered(p, &copy, last, eb_range(x->wire, len)) == EB_ERR_INVALID && copy.len == 0,
                 "a bundle cut to %zu bytes delivers the last copy", len);
    for (unsigned bit = 0; bit < 32; bit++) {
        x->wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const eb_status s = eb_delivered(p, &copy, last, eb_range(x->wire, x->len));
        gt_check(x->log, s == EB_ERR_INVALID, "a bundle whose first length is wrong delivers the last copy");
        x->wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    gt_check(x->log, eb_delivered(p, &copy, p->copies, eb_range(x->wire, x->len)) == EB_ERR_INVALID,
             "delivery to a device that is not there");
}

/* The agents, or the ghost, open it too. */
static void accessible(const bundle *x)
{
    const gt_world *w = x->w;
    const eb_pair *p = w->pair;
    const eb_facts facts = gt_facts(w);
    eb_message m;
    eb_bytes list[EB_MAX_AGENTS];
    uint8_t *secret = gt_memory(x->log, eb_secret_len(p)), *answers = NULL, out[LEN + 64];
    eb_buf b = {.ptr = out, .cap = sizeof out};
    if (secret != NULL && gt_succeeds(x->log, eb_message_parse(p, &m, 0, eb_range(x->wire, x->len), &facts), "parse") &&
        (answers = gt_answers(w, &m, x->log)) != NULL) {
        for (unsigned i = 0; i < w->n; i++)
            list[i] = gt_answer(w, answers, i);
        eb_status s = eb_combine(p, w->authority, &m, list, w->n, NULL, secret);
        if (s == EB_OK)
            s = eb_recover(p, secret, &m, GT_AAD, &b);
        gt_check(x->log, s == EB_OK && b.len == LEN && memcmp(out, x->plaintext, LEN) == 0,
                 "access to a message for several devices: %s", eb_status_name(s));
    }
    free(answers);
    free(secret);
}

static void run(const gt_subject *subject, gt_log *log)
{
    eb_pair_spec spec = subject->pair;
    gt_world w;
    bundle x;
    spec.backend = gt_memo(spec.backend);
    spec.devices = DEVICES;
    if (!gt_world_open(&w, &spec, log))
        return;
    if (seal_to_all(&x, &w, log)) {
        each_opens_its_own(&x);
        one_copy_is_damaged(&x);
        cut_and_recounted(&x);
        if (w.escrowed && spec.escrow->kind != EB_KIND_STORAGE) /* what is stored is one object */
            accessible(&x);
    }
    drop(&x);
    gt_world_close(&w);
}

const gt_gate gt_devices = {
    .id = "devices",
    .about = "of a message to three devices each opens its copy and no other; damage to one is none to the others",
    .scope = GT_WIRE,
    .run = run,
};
