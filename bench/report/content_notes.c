/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader must know before citing a figure: how it was measured, what is missing, what it does not say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

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
};

/* Fewest and most processes behind the shown rows. */
static void process_range(const rp_selection *s, uint32_t *low, uint32_t *high)
{
    *low = UINT32_MAX;
    *high = 0;
    for (size_t i = 0; i < s->doc->row_count; i++) {
        const rp_row *row = &s->doc->rows[i];
        if (rp_shown(s, row->cell)) {
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
    return rp_print("Medians over %s process%s on one CPU; a ratio is made from pairs within a round of a few "
                    "milliseconds.%s",
                    many, high == 1 ? "" : "es",
                    high < 6  ? " No intervals: they take 6 processes at least (--repetitions 6)."
                    : low < 6 ? " [a, b] is the 95 % interval of the median over processes; fewer than 6 give none."
                              : " [a, b] is the 95 % interval of the median over processes.");
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

static char *gates_note(const rp_document *doc)
{
    const rp_gates *g = &doc->gates;
    char remembered[64] = "";
    char findings[96] = "";

    if (g->passed < 0) {
        return rp_print("No proofs (gates) were run before these times.");
    }
    if (g->remembered > 0) {
        snprintf(remembered, sizeof remembered, " (%lld of them remembered)", (long long)g->remembered);
    }
    if (g->finding_count) {
        snprintf(findings, sizeof findings, "; %zu finding%s, see `escrowbench verify`", g->finding_count,
                 g->finding_count == 1 ? "" : "s");
    }
    return rp_print("Proofs before the times: %lld gates passed%s, %lld failed%s.", (long long)g->passed, remembered,
                    (long long)(g->failed > 0 ? g->failed : 0), findings);
}

static void add_notes(rp_content *content, const rp_selection *s)
{
    rp_section *section = rp_section_add(content, rp_print("How to read this"));

    rp_remark(section, processes_note(s));
    rp_remark(section, subject_note(s->doc));
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
    for (size_t i = 0; i < sizeof silences / sizeof silences[0]; i++) {
        rp_remark(section, rp_print("%s", silences[i]));
    }
    if (!s->view->all && s->message_count > 1) {
        rp_remark(section, rp_print("%zu more combination%s of transport and size: escrowbench report --all.",
                                    s->message_count - 1, s->message_count == 2 ? "" : "s"));
    }
}

/* Reasons by themselves, each with the number of schemes that it rules out. */
static void add_absent(rp_content *content, const rp_selection *s)
{
    rp_section *section = NULL;

    for (size_t i = 0; i < s->doc->absent_count; i++) {
        const rp_absent *a = &s->doc->absent[i];
        size_t same = 0;
        bool first = true;
        for (size_t k = 0; k < s->doc->absent_count; k++) {
            const bool equal = s->doc->absent[k].reason == a->reason && /* equal strings are one in a document */
                               s->doc->absent[k].key.backend == a->key.backend;
            first = first && !(equal && k < i);
            same += equal;
        }
        if (!first) {
            continue;
        }
        section = section ? section : rp_section_add(content, rp_print("Not there (-), and why"));
        rp_remark(section, rp_print("%s%s%s (%zu scheme%s)", a->key.backend, *a->key.backend ? ": " : "", a->reason,
                                    same, same == 1 ? "" : "s"));
    }
}

static void add_warnings(rp_content *content, const rp_document *doc)
{
    rp_section *section = NULL;

    for (size_t i = 0; i < doc->warning_count; i++) {
        const rp_warning *w = &doc->warnings[i];
        section = section ? section : rp_section_add(content, rp_print("Warnings"));
        rp_remark(section, rp_print("%s%s%s", w->text, *w->remedy ? " Remedy: " : "", w->remedy));
    }
}

void rp_content_notes(rp_content *content, const rp_selection *s)
{
    add_notes(content, s);
    add_absent(content, s);
    add_warnings(content, s->doc);
}
