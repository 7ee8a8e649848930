/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured, and on what: may two runs be compared, and what is different about them? */
#include <stdlib.h>
#include <string.h>

#include "bench/compare/comparison.h"
#include "bench/report/codec.h"
#include "bench/report/memory.h"

static bool is_emulated(const rp_document *doc)
{
    return strcmp(doc->machine.execution, "emulated") == 0;
}

static const char *known(const char *text)
{
    return *text ? text : "unknown";
}

static const rp_library *library_of(const rp_document *doc, const char *backend)
{
    for (size_t i = 0; i < doc->subject.library_count; i++) {
        if (strcmp(doc->subject.libraries[i].backend, backend) == 0) {
            return &doc->subject.libraries[i];
        }
    }
    return NULL;
}

static char *library_text(const rp_document *doc, const char *backend)
{
    const rp_library *l = library_of(doc, backend);

    return l ? rp_print("%s %s", *l->library ? l->library : backend, l->version) : rp_print("none");
}

/* The first library of `a` that `b` lacks or has in another version; NULL if there is none. */
static const char *not_in(const rp_document *a, const rp_document *b)
{
    for (size_t i = 0; i < a->subject.library_count; i++) {
        const rp_library *mine = &a->subject.libraries[i];
        const rp_library *theirs = library_of(b, mine->backend);
        if (!theirs || strcmp(mine->version, theirs->version) != 0) {
            return mine->backend;
        }
    }
    return NULL;
}

/* The first library of either whose version differs; NULL if none does. */
static const char *other_library(const rp_document *a, const rp_document *b)
{
    const char *library = not_in(a, b);

    return library ? library : not_in(b, a);
}

/* The version of a package in a list "NAME VERSION,NAME VERSION,"; its length, 0 if it is not there. */
static size_t version_in(const char *list, const char *name, size_t name_length, const char **version)
{
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, name, name_length) == 0 && at[name_length] == ' ') {
            *version = at + name_length + 1;
            return strcspn(*version, ",");
        }
    }
    return 0;
}

/* A distribution's revision changes code too, under one version of the library. Of packages that both runs name. */
static char *packages_differ(const rp_document *base, const rp_document *head)
{
    const char *theirs = NULL;

    for (const char *at = base->subject.packages; *at; at += strcspn(at, ","), at += *at == ',') {
        const size_t name = strcspn(at, " ,");
        const char *mine = at + name + (at[name] == ' ');
        const size_t mine_length = strcspn(mine, ",");
        const size_t length = version_in(head->subject.packages, at, name, &theirs);
        if (length > 0 && (length != mine_length || strncmp(mine, theirs, length) != 0)) {
            return rp_print("counts with different packages are never compared: BASE has %.*s %.*s, NEW %.*s",
                            (int)name, at, (int)mine_length, mine, (int)length, theirs);
        }
    }
    return NULL;
}

static char *libraries_differ(const rp_document *base, const rp_document *head, const char *library)
{
    char *of_base = library_text(base, library);
    char *of_head = library_text(head, library);
    char *why =
        rp_print("counts of different library versions are never compared: BASE has %s, NEW %s", of_base, of_head);

    free(of_base);
    free(of_head);
    return why;
}

/* Of runs that count instructions. */
static char *countings_differ(const rp_document *base, const rp_document *head)
{
    const rp_counting *a = &base->counting;
    const rp_counting *b = &head->counting;
    const char *library = other_library(base, head);

    if (strcmp(a->tool, b->tool) != 0 || strcmp(a->version, b->version) != 0) {
        return rp_print("counts of different tools are never compared: BASE has %s (%s), NEW %s (%s)", known(a->tool),
                        known(a->version), known(b->tool), known(b->version));
    }
    if (strcmp(a->emulator, b->emulator) != 0) {
        return rp_print("counts on different CPUs are never compared: BASE has \"%s\", NEW \"%s\"", known(a->emulator),
                        known(b->emulator));
    }
    if (strcmp(base->machine.arch, head->machine.arch) != 0 || strcmp(a->features, b->features) != 0) {
        return rp_print("counts on different CPUs are never compared: BASE has %s %s, NEW %s %s", base->machine.arch,
                        known(a->features), head->machine.arch, known(b->features));
    }
    if (strcmp(base->machine.libc, head->machine.libc) != 0) {
        return rp_print("counts with different C libraries are never compared: BASE has %s, NEW %s",
                        known(base->machine.libc), known(head->machine.libc));
    }
    return library ? libraries_differ(base, head, library) : packages_differ(base, head);
}

/* Counts of instructions and cycles depend on who counts, on the code that the CPU's features select, and on the library. */
static char *counts_differ(const rp_document *base, const rp_document *head)
{
    const hn_environment *a = &base->machine;
    const hn_environment *b = &head->machine;
    const char *library = other_library(base, head);

    if (*base->counting.tool || *head->counting.tool) {
        return countings_differ(base, head);
    }
    if (strcmp(a->counters, b->counters) != 0 || strcmp(a->emulator, b->emulator) != 0) {
        return rp_print("counts of different tools are never compared: BASE has %s%s%s, NEW %s%s%s", known(a->counters),
                        *a->emulator ? " under " : "", a->emulator, known(b->counters), *b->emulator ? " under " : "",
                        b->emulator);
    }
    if (strcmp(a->features, b->features) != 0) {
        return rp_print("counts with different CPU features are never compared: BASE has %s, NEW %s",
                        known(a->features), known(b->features));
    }
    return library ? libraries_differ(base, head, library) : packages_differ(base, head);
}

/* An emulator shows the same CPU on any machine. */
static bool any_machine(const rp_document *doc)
{
    return strcmp(doc->counting.tool, "qemu-plugin") == 0;
}

static char *refusal(const rp_document *base, const rp_document *head, const cm_request *request)
{
    if (request->measure->exact && (!*base->counting.tool || !*head->counting.tool)) {
        return rp_print("%s did not count instructions (`run --instructions` does)",
                        *base->counting.tool ? "NEW" : "BASE");
    }
    if (request->measure->exact && any_machine(base) && any_machine(head)) {
        return counts_differ(base, head);
    }
    if (is_emulated(base) != is_emulated(head)) {
        return rp_print("%s is of an emulator, the other run is native: these are never compared",
                        is_emulated(base) ? "BASE" : "NEW");
    }
    if (is_emulated(base) && request->measure->timed) {
        return rp_print(
            "both runs are of an emulator, whose times mean nothing; --measure instructions compares counts");
    }
    if (strcmp(base->machine_class, head->machine_class) != 0 && !request->across) {
        return rp_print(
            "different machine classes: BASE is of \"%s\", NEW of \"%s\"; --across compares them nonetheless",
            known(base->machine_class), known(head->machine_class));
    }
    return request->measure->timed ? NULL : counts_differ(base, head);
}

bool cm_comparable(const rp_document *base, const rp_document *head, const cm_request *request, char **why)
{
    *why = refusal(base, head, request);
    return *why == NULL;
}

/* ---- facts ---- */

/* Takes the texts over; a fact that neither run knows is dropped. */
static void add(cm_fact **facts, size_t *count, const char *name, char *base, char *head)
{
    if (*base == '\0' && *head == '\0') {
        free(base);
        free(head);
        return;
    }
    *facts = rp_grow(*facts, *count, sizeof **facts);
    (*facts)[(*count)++] = (cm_fact){name, base, head};
}

static char *commit_text(const rp_subject *s)
{
    return rp_print("%.12s%s", *s->commit ? s->commit : s->dirty ? "unknown" : "", s->dirty ? " with changes" : "");
}

static char *load_text(const rp_document *doc)
{
    return doc->machine.load_1min < 0 ? rp_print("%s", "") : rp_print("%.1f", doc->machine.load_1min);
}

/* "processes 8, cpu 1": the members in which another run's options differ, as `options` has them. */
static char *options_text(json_t *options, const json_t *other)
{
    char *text = rp_print("%s", "");
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(options, name, value)
    {
        if (!json_equal(value, json_object_get(other, name))) {
            char *dumped = json_dumps(value, RP_DUMP | JSON_ENCODE_ANY);
            char *more = rp_print("%s%s%.80s %.200s", text, *text ? ", " : "", name, dumped ? dumped : "");
            free(dumped);
            free(text);
            text = more;
        }
    }
    if (!*text) {
        free(text);
        text = rp_print("none of these");
    }
    return text;
}

static void add_libraries(cm_fact **facts, size_t *count, const rp_document *base, const rp_document *head)
{
    for (size_t i = 0; i < base->subject.library_count; i++) {
        const char *backend = base->subject.libraries[i].backend;
        add(facts, count, "library", library_text(base, backend), library_text(head, backend));
    }
    for (size_t i = 0; i < head->subject.library_count; i++) {
        const char *backend = head->subject.libraries[i].backend;
        if (!library_of(base, backend)) {
            add(facts, count, "library", library_text(base, backend), library_text(head, backend));
        }
    }
}

#define TEXT(name, member) add(&facts, count, name, rp_print("%s", base->member), rp_print("%s", head->member))

cm_fact *cm_facts(const rp_document *base, const rp_document *head, size_t *count)
{
    cm_fact *facts = NULL;

    *count = 0;
    TEXT("escrowbench", subject.version);
    add(&facts, count, "commit", commit_text(&base->subject), commit_text(&head->subject));
    add_libraries(&facts, count, base, head);
    TEXT("compiler", subject.compiler);
    TEXT("flags", subject.flags);
    TEXT("build", subject.build_type);
    TEXT("engine", subject.engine);
    TEXT("suite", suite);
    if (!json_equal(base->options, head->options)) {
        add(&facts, count, "options", options_text(base->options, head->options),
            options_text(head->options, base->options));
    }
    TEXT("counted by", counting.version);
    TEXT("emulated CPU", counting.emulator);
    TEXT("machine class", machine_class);
    TEXT("CPU", machine.cpu_name);
    TEXT("governor", machine.governor);
    TEXT("turbo", machine.turbo);
    TEXT("SMT", machine.smt);
    TEXT("kernel", machine.kernel);
    TEXT("system", machine.os);
    TEXT("C library", machine.libc);
    TEXT("clock source", machine.clocksource);
    add(&facts, count, "load at the start", load_text(base), load_text(head));
    return facts;
}

void cm_facts_free(cm_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(facts[i].base);
        free(facts[i].head);
    }
    free(facts);
}

bool cm_differs(const cm_fact *fact)
{
    return strcmp(fact->base, fact->head) != 0;
}
