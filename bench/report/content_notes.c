/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader must know before citing a figure: how it was measured, what is missing, what it does not say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

static const char *const silences[] = {
    "Time is that of computing, on one CPU of one machine. Networks, people, courts and the keeping of keys come on "
    "top; "
    "between machine classes, ratios carry over better than times do.",
    "Nothing here says how safe an escrow is, or what a stolen key opens.",
};

static const struct {
    const char *suite, *text;
} suites[] = {
    {"x25519", "x25519: X25519, HKDF-SHA256 and ChaCha20-Poly1305."},
    {"p256", "p256: ECDH on P-256, HKDF-SHA256 and AES-256-GCM."},
    {"xwing", "xwing: X-Wing (ML-KEM-768 and X25519 in one), HKDF-SHA256 and ChaCha20-Poly1305."},
    {"x25519-mlkem1024", "x25519-mlkem1024: as x25519, with Ed25519, and ML-KEM-1024 in the handshake."},
    {"x25519-mlkem768", "x25519-mlkem768: the same with ML-KEM-768."},
    {"p256-mlkem1024", "p256-mlkem1024: as p256, with ECDSA, ML-KEM-1024 in the handshake and ML-KEM-768 after it."},
};

/* Fewest and most processes behind the shown rows. */
static void process_range(const rp_selection *s, uint32_t *low, uint32_t *high)
{
    *low = UINT32_MAX;
    *high = 0;
    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        if (rp_shown(s, row->cell) || rp_side_shown(s, row->cell)) {
            *low = row->processes < *low ? row->processes : *low;
            *high = row->processes > *high ? row->processes : *high;
        }
    }
}

static char *processes_note(const rp_selection *s)
{
    uint32_t low = 0;
    uint32_t high = 0;
    char many[48];

    process_range(s, &low, &high);
    if (high == 0) {
        return rp_print("Nothing was measured.");
    }
    snprintf(many, sizeof many, low == high ? "%u" : "%u to %u", low, high);
    return rp_print(
        "Medians over %s process%s on one CPU; a ratio is made from pairs within a round of a few "
        "milliseconds. Added time and ratio are medians of their own; an interval that holds 1.00 cannot be "
        "told from none.%s",
        many, high == 1 ? "" : "es",
        high < 6  ? " No intervals: they take 6 processes at least (--repetitions 6)."
        : low < 6 ? " [a, b] is the 95 % interval of the median over processes; fewer than 6 give none."
                  : " [a, b] is the 95 % interval of the median over processes.");
}

/* What the clock is, and what it costs: nothing of it is subtracted. */
static char *timer_note(const rp_document *doc)
{
    const rp_timer *t = &doc->timer;
    char step[48] = "";
    char pair[96] = "";
    char slice[80] = "";
    char ticks[96] = "";
    char call[96] = "";
    char number[40];
    const uint32_t cell = rp_find_cell(doc, "call/nothing/escrowbench");
    const rp_row *row = cell == RP_NONE ? NULL : rp_row_of(doc, cell);

    if (!*t->name) {
        return NULL;
    }
    if (t->resolution_ns > 0.0) {
        snprintf(step, sizeof step, ", in steps of %s ns", rp_digits(number, sizeof number, t->resolution_ns));
    }
    if (t->pair_cost_ns > 0.0) {
        snprintf(pair, sizeof pair, "; a pair of readings costs %s ns, which each sample of the percentiles holds",
                 rp_digits(number, sizeof number, t->pair_cost_ns));
    }
    if (!isnan(t->overhead_ns)) {
        snprintf(slice, sizeof slice, "; of each slice %s ns are the engine's own",
                 rp_digits(number, sizeof number, t->overhead_ns));
    }
    if (t->ticks_hz > 0.0) {
        snprintf(ticks, sizeof ticks, " Ticks (%.16s) go at %s MHz, and are not cycles.", t->ticks,
                 rp_digits(number, sizeof number, t->ticks_hz / 1e6));
    }
    if (row && !isnan(row->base_diff.value)) {
        snprintf(call, sizeof call, "; calling an operation costs %s ns each time, over a plain loop",
                 rp_digits(number, sizeof number, row->base_diff.value));
    }
    return rp_print("Clock: %s%s%s%s%s; nothing is subtracted.%s", t->name, step, pair, slice, call, ticks);
}

static char *subject_note(const rp_document *doc)
{
    const rp_subject *b = &doc->subject;
    char libraries[512] = "";

    for (size_t i = 0; i < b->library_count; i++) {
        char one[128];
        const size_t n = strlen(libraries);
        snprintf(libraries + n, sizeof libraries - n, "%s%s", n ? ", " : "",
                 rp_library_label(one, sizeof one, doc, b->libraries[i].backend));
    }
    return rp_print("%s; %s%s%s; commit %.12s%s.", libraries, b->compiler, *b->flags ? " " : "", b->flags,
                    *b->commit ? b->commit : "unknown", b->dirty ? " with changes" : "");
}

/* What scripts/fresh-root needs to make the place of the run again. */
static char *place_note(const rp_document *doc)
{
    const hn_environment *m = &doc->machine;
    const char *packages = doc->subject.packages;
    char spaced[sizeof doc->subject.packages * 2];
    size_t n = 0;

    for (; *packages; packages++) {
        spaced[n++] = *packages;
        if (*packages == ',') {
            spaced[n++] = ' ';
        }
    }
    spaced[n] = '\0';
    return rp_print("Run on %s%s%s%s, %s, %s%s%s.", *m->os ? m->os : "an unknown system", *m->root ? " (root: " : "",
                    m->root, *m->root ? ")" : "", *m->kernel ? m->kernel : "unknown kernel",
                    *m->libc ? m->libc : "unknown libc", n ? "; libraries from the packages " : "", spaced);
}

static char *gates_note(const rp_document *doc)
{
    const rp_gates *g = &doc->gates;
    char remembered[64] = "";
    char findings[160] = "";

    if (g->passed < 0) {
        return rp_print("No proofs (gates) were run before these times.");
    }
    if (g->remembered > 0) {
        snprintf(remembered, sizeof remembered, " (%lld of them remembered)", (long long)g->remembered);
    }
    if (g->finding_count) {
        snprintf(
            findings, sizeof findings,
            "; %zu finding%s (recorded properties, not failures: accepted malformed input; see `escrowbench verify`)",
            g->finding_count, g->finding_count == 1 ? "" : "s");
    }
    return rp_print("Proofs before the times: %lld gates passed%s, %lld failed%s.", (long long)g->passed, remembered,
                    (long long)(g->failed > 0 ? g->failed : 0), findings);
}

/* Of a run that counted, or watched secrets, instead of timing. */
static void counting_notes(rp_section *section, const rp_document *doc)
{
    const rp_counting *c = &doc->counting;
    rp_remark(section,
              rp_print("%s by %s%s%s%s, on a CPU with %s.%s%s%s",
                       strcmp(c->tool, "memcheck") == 0 ? "Secrets watched" : "Instructions counted", c->tool,
                       *c->version ? " (" : "", c->version, *c->version ? ")" : "",
                       *c->features ? c->features : "unknown features", *c->unseen ? " The program does not see " : "",
                       c->unseen, *c->unseen ? " there: code that native timing takes with it is not looked at." : ""));
    if (strcmp(c->tool, "memcheck") != 0) {
        rp_remark(section,
                  rp_print("Each count is the difference of two counts of operations with the same keys, coins "
                           "and inputs. It repeats, and is compared only with counts by the same tool, on the "
                           "same CPU features and library versions. Fewer instructions need not take less "
                           "time."));
    }
}

static void add_notes(rp_content *content, const rp_selection *s)
{
    rp_section *section = rp_section_add(content, rp_print("How to read this"));
    const bool counted = *s->doc->counting.tool;

    if (counted) {
        counting_notes(section, s->doc);
    } else {
        char *timer = timer_note(s->doc);
        rp_remark(section, processes_note(s));
        if (timer) {
            rp_remark(section, timer);
        }
    }
    rp_remark(section, subject_note(s->doc));
    rp_remark(section, place_note(s->doc));
    rp_remark(section, gates_note(s->doc));
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        const rp_place *p = s->places;
        while (p < s->places + s->place_count && strcmp(p->suite, suites[i].suite) != 0) {
            p++;
        }
        if (p < s->places + s->place_count) {
            rp_remark(section, rp_print("%s", suites[i].text));
        }
    }
    for (size_t i = counted ? 1 : 0; i < sizeof silences / sizeof silences[0]; i++) {
        rp_remark(section, rp_print("%s", silences[i]));
    }
    if (!s->view->all && s->sized_count > 1) {
        rp_remark(section, rp_print("%zu more combination%s of transport and size: escrowbench report --all.",
                                    s->sized_count - 1, s->sized_count == 2 ? "" : "s"));
    }
}

/* A reason of one library, with the number of schemes that it rules out. */
typedef struct reason {
    const rp_absent *first;
    size_t count;
} reason;

/* By reason, then library: equal strings are one in a document, so any order of pointers brings equals together. */
static int by_reason(const void *a, const void *b)
{
    const rp_absent *x = ((const reason *)a)->first;
    const rp_absent *y = ((const reason *)b)->first;
    const uintptr_t keys[][2] = {{(uintptr_t)x->reason, (uintptr_t)y->reason},
                                 {(uintptr_t)x->key.backend, (uintptr_t)y->key.backend},
                                 {(uintptr_t)x->key.transport, (uintptr_t)y->key.transport},
                                 {(uintptr_t)x->key.escrow, (uintptr_t)y->key.escrow},
                                 {(uintptr_t)x->key.suite, (uintptr_t)y->key.suite},
                                 {(uintptr_t)x->key.escrow_suite, (uintptr_t)y->key.escrow_suite},
                                 {(uintptr_t)x, (uintptr_t)y}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] > keys[i][1] ? 1 : -1;
        }
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const rp_absent *x = ((const reason *)a)->first;
    const rp_absent *y = ((const reason *)b)->first;

    return (x > y) - (x < y);
}

static bool same_reason(const rp_absent *a, const rp_absent *b)
{
    return a->reason == b->reason && a->key.backend == b->key.backend;
}

/* The same scheme, whatever the number of agents: `list` counts it once, and so does this. */
static bool same_scheme(const rp_absent *a, const rp_absent *b)
{
    return a->key.transport == b->key.transport && a->key.escrow == b->key.escrow && a->key.suite == b->key.suite &&
           a->key.escrow_suite == b->key.escrow_suite;
}

/* Each reason once, in the document's order; free() them. */
static reason *reasons_of(const rp_document *doc, size_t *count)
{
    reason *reasons = rp_alloc(doc->absent_count, sizeof *reasons);

    size_t schemes = 0; /* what is said of one operation stands below its own table */

    for (size_t i = 0; i < doc->absent_count; i++) {
        if (*doc->absent[i].key.op == '\0') {
            reasons[schemes++] = (reason){&doc->absent[i], 1};
        }
    }
    qsort(reasons, schemes, sizeof *reasons, by_reason);
    *count = 0;
    const rp_absent *before = NULL;
    for (size_t i = 0; i < schemes; i++) {
        const rp_absent *a = reasons[i].first; /* what is written below stands at i or before */
        if (*count && same_reason(before, a)) {
            reason *r = &reasons[*count - 1];
            r->count += !same_scheme(before, a);
            r->first = by_place(&(reason){a, 1}, r) < 0 ? a : r->first;
        } else {
            reasons[(*count)++] = (reason){a, 1};
        }
        before = a;
    }
    qsort(reasons, *count, sizeof *reasons, by_place);
    return reasons;
}

static void add_absent(rp_content *content, const rp_document *doc)
{
    size_t count = 0;
    reason *reasons = reasons_of(doc, &count);
    rp_section *section = count ? rp_section_add(content, rp_print("Not there (-), and why")) : NULL;

    for (size_t i = 0; i < count; i++) {
        const rp_absent *a = reasons[i].first;
        rp_remark(section, rp_print("%s%s%s (%zu scheme%s)", a->key.backend, *a->key.backend ? ": " : "", a->reason,
                                    reasons[i].count, reasons[i].count == 1 ? "" : "s"));
    }
    free(reasons);
}

static void add_warnings(rp_content *content, const rp_document *doc)
{
    rp_section *section = NULL;

    for (size_t i = 0; i < doc->warning_count; i++) {
        const rp_warning *w = &doc->warnings[i];
        section = section ? section : rp_section_add(content, rp_print("Warnings"));
        const bool ended = *w->text && strchr(".!?", w->text[strlen(w->text) - 1]);
        rp_remark(section, rp_print("%s%s%s%s", w->text, ended ? "" : ".", *w->remedy ? " Remedy: " : "", w->remedy));
    }
}

void rp_content_notes(rp_content *content, const rp_selection *s)
{
    add_notes(content, s);
    add_absent(content, s->doc);
    add_warnings(content, s->doc);
}
