/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/secrecy/verdict.h"

#include <string.h>

#include "bench/state.h"

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

const char *eb_verdict_of(const char *memcheck, eb_opinion opinion, bool inspected)
{
    if (is(memcheck, "failed") || (opinion == EB_OPINION_ACCUSED && !is(memcheck, "excepted")))
        return "failed";
    if (is(memcheck, "excepted"))
        return "excepted";
    return is(memcheck, "passed") || opinion == EB_OPINION_PASSED || inspected ? "passed" : "untestable";
}

static void add(char *out, size_t len, const char *means, bool taken)
{
    const size_t used = strlen(out);
    if (taken)
        snprintf(out + used, len - used, "%s%s", used > 0 ? "+" : "", means);
}

/* Of a failure: who found it; else: who looked. */
void eb_verdict_means(char *out, size_t len, const char *memcheck, eb_opinion opinion, bool inspected)
{
    const bool failed = is(eb_verdict_of(memcheck, opinion, inspected), "failed");
    out[0] = '\0';
    add(out, len, "memcheck", failed ? is(memcheck, "failed") : is(memcheck, "passed") || is(memcheck, "excepted"));
    add(out, len, "statistics", opinion == (failed ? EB_OPINION_ACCUSED : EB_OPINION_PASSED));
    add(out, len, "inspection", inspected && !failed);
}

/* A line "path NAME passed" is about the parts that are computed that way. */
static bool is_inspected(const rp_cell *cell, const char *inspection)
{
    char line[96];
    if (inspection == NULL || !is(cell->kind, "part"))
        return false;
    snprintf(line, sizeof line, "\npath %.60s passed\n", cell->key.suite);
    return strstr(inspection, line) != NULL;
}

bool eb_inspection_holds(const char *inspection, char *why, size_t why_len)
{
    char program[256], line[280];
    eb_program_id(program, sizeof program);
    snprintf(line, sizeof line, "program %s\n", program);
    if (strncmp(inspection, line, strlen(line)) == 0)
        return true;
    snprintf(why, why_len, "is not of this program: run scripts/check-disassembly again");
    return false;
}

eb_verdicts eb_verdict_all(rp_document *doc, const eb_opinion *opinions, const char *inspection)
{
    eb_verdicts all = {0};
    char means[64];
    for (size_t i = 0; i < doc->cell_count; i++) {
        rp_cell *cell = &doc->cells[i];
        if (is(cell->kind, "floor") || is(cell->kind, "peer"))
            continue;
        const eb_opinion opinion = opinions != NULL ? opinions[i] : EB_OPINION_NONE;
        const char *memcheck = cell->constant_time;
        const bool inspected = is_inspected(cell, inspection);
        eb_verdict_means(means, sizeof means, memcheck, opinion, inspected);
        cell->constant_time = eb_verdict_of(memcheck, opinion, inspected);
        cell->constant_time_by = rp_string(doc, means);
        ++*(is(cell->constant_time, "passed")     ? &all.passed
            : is(cell->constant_time, "excepted") ? &all.excepted
            : is(cell->constant_time, "failed")   ? &all.failed
                                                  : &all.untestable);
    }
    return all;
}
