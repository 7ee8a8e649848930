/* SPDX-License-Identifier: Apache-2.0 */
/* What a comparison says, before it takes a form: first what fails, then what changed, then how far it can be believed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/comparison.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"

enum { ID_WIDTH = 46, NUMBER = 32, INTERVAL = 4 * NUMBER, LOST_MAX = 20 };

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* "20 cells: 1 slower, 15 same, 4 cannot tell": zeros are left out. */
static char *counted(const cm_comparison *c)
{
    const cm_counts *n = &c->counts;
    const struct {
        size_t count;
        const char *name;
    } parts[] = {
        {n->slower, "slower"},      {n->vanished, "vanished"}, {n->failed, "failed"},       {n->accepted, "accepted"},
        {n->faster, "faster"},      {n->same, "same"},         {n->unknown, "cannot tell"}, {n->cut, "not measured"},
        {n->other, "not compared"}, {n->fresh, "new"}};
    char *text = rp_print("%zu cell%s", c->cell_count, plural(c->cell_count));
    bool first = true;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].count) {
            char *more = rp_print("%s%s %zu %s", text, first ? ":" : ",", parts[i].count, parts[i].name);
            free(text);
            text = more;
            first = false;
        }
    }
    return text;
}

static char *answer(const cm_comparison *c)
{
    char *counts = counted(c);
    const bool lost = c->counts.vanished + c->counts.failed > 0;
    char *text = rp_print("%s%s%s%s%s.",
                          c->counts.slower                                                    ? "Regression. "
                          : c->exit_code                                                      ? ""
                          : c->counts.unknown == c->counts.compared && c->counts.compared > 0 ? "Nothing can be told. "
                                                                                              : "No regression. ",
                          lost ? "Cells are missing. " : "", c->gates_failed ? "Gates failed in NEW. " : "",
                          c->same_run ? "BASE and NEW hold the same run. " : "", counts);

    free(counts);
    return text;
}

/* ---- cells that NEW does not have ---- */

static char *lost_text(const cm_cell *cell)
{
    if (cell->state == CM_VANISHED) {
        return rp_print("%s vanished%s%s%s", cell->id, *cell->why ? " (NEW says: " : ": NEW does not list it",
                        cell->why, *cell->why ? ")" : "");
    }
    return rp_print("%s failed: NEW lists it and has no figure of it", cell->id);
}

static void add_lost(rp_content *content, const cm_comparison *c, const cm_view *view)
{
    rp_section *section = NULL;
    size_t lost = 0;

    for (size_t i = 0; i < c->cell_count; i++) {
        const cm_cell *cell = &c->cells[i];
        if (cell->fails && (cell->state == CM_VANISHED || cell->state == CM_FAILED)) {
            section = section ? section : rp_section_add(content, rp_print("Missing in NEW"));
            if (lost++ < LOST_MAX || view->all) {
                rp_remark(section, lost_text(cell));
            }
        }
    }
    if (lost > LOST_MAX && !view->all) {
        rp_remark(section, rp_print("and %zu more; `--all` names them", lost - LOST_MAX));
    }
}

/* ---- the table ---- */

/* The end of an id tells more than its middle. */
static char *short_id(char *out, const char *id)
{
    const size_t len = strlen(id);

    if (len <= ID_WIDTH) {
        memcpy(out, id, len + 1);
    } else {
        snprintf(out, ID_WIDTH + 1, "%.*s...%s", ID_WIDTH / 2 - 3, id, id + len - ID_WIDTH / 2);
    }
    return out;
}

/* "1.031": a threshold is 1 %, so that three decimals are needed. */
static char *ratio_digits(char *out, double ratio)
{
    if (!isfinite(ratio)) {
        snprintf(out, NUMBER, "-");
    } else if (ratio >= 10.0) {
        rp_digits(out, NUMBER, ratio);
    } else {
        snprintf(out, NUMBER, "%.3f", ratio);
    }
    return out;
}

static char *ratio_text(char out[INTERVAL], const rp_estimate *e)
{
    char value[NUMBER];
    char low[NUMBER];
    char high[NUMBER];

    ratio_digits(value, e->value);
    if (isfinite(e->low) && isfinite(e->high)) {
        snprintf(out, INTERVAL, "%s [%s, %s]", value, ratio_digits(low, e->low), ratio_digits(high, e->high));
    } else {
        snprintf(out, INTERVAL, "%s", value);
    }
    return out;
}

/* Counts differ by little: six decimals. */
static char *cell_ratio(char out[INTERVAL], const cm_comparison *c, const rp_estimate *e)
{
    if (c->request.measure->exact && isfinite(e->value)) {
        snprintf(out, INTERVAL, "%.6f", e->value);
        return out;
    }
    return ratio_text(out, e);
}

static char *figure_text(char *out, const cm_comparison *c, double value)
{
    if (!isfinite(value)) {
        snprintf(out, NUMBER, "-");
        return out;
    }
    return c->request.measure->exact      ? rp_count(out, NUMBER, (int64_t)(value + 0.5))
           : c->request.measure->absolute ? rp_time(out, NUMBER, value)
           : c->request.measure->timed    ? rp_ratio(out, NUMBER, value)
                                          : rp_digits(out, NUMBER, value);
}

static char *p_text(char *out, double p)
{
    snprintf(out, NUMBER, isnan(p) ? "-" : p < 0.0001 ? "<0.0001" : "%.2g", p);
    return out;
}

/* Which lines of the table: a heading, and the cells under it. */
typedef enum line {
    LINE_SLOWER,
    LINE_ACCEPTED,
    LINE_FASTER,
    LINE_UNKNOWN,
    LINE_SAME,
    LINE_NEW,
    LINES,
    LINE_OTHER
} line;

static const char *const headings[] = {"slower", "slower, and accepted", "faster", "cannot tell", "same", "new"};

static line line_of(const cm_cell *cell)
{
    if (cell->state != CM_COMPARED) {
        return cell->state == CM_NEW ? LINE_NEW : LINE_OTHER;
    }
    switch (cell->result.verdict) {
    case VD_SLOWER:
        return cell->fails ? LINE_SLOWER : LINE_ACCEPTED;
    case VD_FASTER:
        return LINE_FASTER;
    case VD_SAME:
        return LINE_SAME;
    default:
        return LINE_UNKNOWN;
    }
}

static void add_line(rp_table *table, const cm_comparison *c, const cm_cell *cell, bool whole_id)
{
    char id[ID_WIDTH + 1];
    char text[INTERVAL];

    rp_table_line(table);
    rp_table_set(table, 0, whole_id ? cell->id : short_id(id, cell->id));
    rp_table_set(table, 1, figure_text(text, c, cell->base));
    rp_table_set(table, 2, figure_text(text, c, cell->head));
    rp_table_set(table, 3, cell_ratio(text, c, &cell->result.ratio));
    if (!c->request.measure->exact) {
        rp_table_set(table, 4, p_text(text, cell->result.p_holm));
    }
}

static rp_table *make_table(const cm_comparison *c, const cm_view *view)
{
    rp_table *table = rp_table_new();

    rp_table_column(table, "", "cell", true);
    rp_table_column(table, "", "BASE", false);
    rp_table_column(table, "", "NEW", false);
    rp_table_column(table, "", c->request.measure->exact ? "ratio" : "ratio [95 %]", true);
    if (!c->request.measure->exact) {
        rp_table_column(table, "", "p", false);
    }
    for (line l = 0; l < LINES && (view->all || l <= LINE_FASTER); l++) {
        bool first = true;
        for (size_t i = 0; i < c->cell_count; i++) {
            if (line_of(&c->cells[i]) == l) {
                if (first) {
                    rp_table_heading(table, headings[l]);
                }
                first = false;
                add_line(table, c, &c->cells[i], view->whole_ids);
            }
        }
    }
    return table;
}

static void add_table(rp_content *content, const cm_comparison *c, const cm_view *view)
{
    rp_table *table = make_table(c, view);

    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    rp_section *section = rp_section_add(
        content, rp_print("%s: %s", view->all ? "All cells" : "What changed", c->request.measure->title));
    section->table = table;
}

/* ---- accepted ---- */

static void add_accepted(rp_content *content, const cm_comparison *c)
{
    const cm_accept_list *list = c->request.accept;
    rp_section *section = list && list->count ? rp_section_add(content, rp_print("Accepted regressions")) : NULL;

    for (size_t i = 0; i < c->cell_count; i++) {
        const cm_cell *cell = &c->cells[i];
        if (cell->accepted) {
            rp_remark(section,
                      rp_print("%s: %s %s: %s (%s:%u)", cell->id,
                               cell->fails ? "no longer accepted; the entry expired after" : "accepted until",
                               cell->accepted->until, cell->accepted->reason, list->path, cell->accepted->line));
        }
    }
    for (size_t i = 0; section && i < list->count; i++) {
        const cm_accepted *entry = &list->entries[i];
        if (!entry->used) {
            rp_remark(section, rp_print("%s:%u silences nothing: no regression of %s%s", list->path, entry->line,
                                        entry->cell, cm_expired(entry, c->request.today) ? " (it has expired)" : ""));
        }
    }
}

/* ---- the runs ---- */

static void run_remark(rp_section *section, const char *which, const char *path, const rp_document *doc)
{
    rp_remark(section, rp_print("%s: %s, %s run of %.10s %.5s UTC%s", which, path, doc->suite, doc->created,
                                doc->created + 11, doc->complete ? "" : ", cut short"));
}

static void add_runs(rp_content *content, const cm_comparison *c)
{
    rp_section *section = rp_section_add(content, rp_print("The two runs"));
    size_t count = 0;
    cm_fact *facts = cm_facts(c->base, c->head, &count);
    char *same = NULL;

    run_remark(section, "BASE", c->base_path, c->base);
    run_remark(section, "NEW", c->head_path, c->head);
    for (size_t i = 0; i < count; i++) {
        if (cm_differs(&facts[i])) {
            rp_remark(section,
                      rp_print("different %s: %s -> %s", facts[i].name, *facts[i].base ? facts[i].base : "unknown",
                               *facts[i].head ? facts[i].head : "unknown"));
        } else {
            char *more = rp_print("%s%s%s %s", same ? same : "", same ? "; " : "", facts[i].name, facts[i].base);
            free(same);
            same = more;
        }
    }
    if (same) {
        rp_remark(section, rp_print("the same in both: %s", same));
    }
    free(same);
    cm_facts_free(facts, count);
}

/* ---- notes ---- */

static void process_range(const cm_comparison *c, bool head, size_t *low, size_t *high)
{
    *low = SIZE_MAX;
    *high = 0;
    for (size_t i = 0; i < c->cell_count; i++) {
        const size_t n = head ? c->cells[i].head_processes : c->cells[i].base_processes;
        if (c->cells[i].state == CM_COMPARED) {
            *low = n < *low ? n : *low;
            *high = n > *high ? n : *high;
        }
    }
}

static char *range_text(char out[NUMBER * 2], const cm_comparison *c, bool head)
{
    size_t low = 0;
    size_t high = 0;

    process_range(c, head, &low, &high);
    snprintf(out, (size_t)NUMBER * 2, low == high ? "%zu" : "%zu to %zu", low, high);
    return out;
}

static void note_rule(rp_section *notes, const cm_comparison *c)
{
    const vd_rule *rule = &c->request.rule;
    char base[NUMBER * 2];
    char head[NUMBER * 2];

    if (c->counts.compared == 0) {
        return;
    }
    rp_remark(
        notes,
        rp_print(
            "Slower and faster: by more than %g %%, which chance alone would give for any cell in at most %g %% of "
            "comparisons (Mann-Whitney over processes, %s against %s; p by Holm for %zu cell%s). Same: the "
            "interval lies within %g %%.",
            rule->threshold * 100.0, rule->alpha * 100.0, range_text(base, c, false), range_text(head, c, true),
            c->counts.family, plural(c->counts.family), rule->threshold * 100.0));
    if (c->counts.needed) {
        rp_remark(notes,
                  rp_print("%zu cell%s had too few processes for slower or faster: among %zu cell%s that takes %zu in "
                           "each run (`--repetitions %zu`), or fewer cells (`--filter`).",
                           c->counts.short_of_processes, plural(c->counts.short_of_processes), c->counts.family,
                           plural(c->counts.family), c->counts.needed, c->counts.needed));
    }
}

static void note_apart(rp_section *notes, const cm_comparison *c)
{
    const cm_apart *a = &c->apart;
    char median[NUMBER];
    char p90[NUMBER];
    char furthest[NUMBER];

    if (c->same_run || !isfinite(a->median)) {
        return;
    }
    rp_digits(median, NUMBER, 100.0 * a->median);
    rp_digits(p90, NUMBER, 100.0 * a->p90);
    rp_digits(furthest, NUMBER, 100.0 * a->furthest);
    rp_remark(notes,
              rp_print("The runs are %s %% apart: the median over %zu cells. 90 %% of cells are within %s %%; the "
                       "furthest is %s, by %s %%.",
                       median, a->cells, p90, a->furthest_id, furthest));
}

static void note_together(rp_section *notes, const cm_comparison *c)
{
    char ratio[NUMBER];

    if (!c->same_run && fabs(log(c->together)) > log1p(c->request.rule.threshold)) {
        rp_remark(
            notes,
            rp_print("All cells moved together, by a median ratio of %s: that is more likely the machine than the "
                     "code.",
                     ratio_digits(ratio, c->together)));
    }
    if (c->request.measure->absolute && c->counts.compared && !c->same_run) {
        rp_remark(
            notes,
            rp_print("Two runs at different times also differ by what the machine did meanwhile. `escrowbench ab` "
                     "takes turns and does not%s.",
                     c->request.across ? "" : "; `--measure base-ratio` depends on it less"));
    }
}

static void note_limits(rp_section *notes, const cm_comparison *c)
{
    if (strcmp(c->base->machine_class, c->head->machine_class) != 0) {
        rp_remark(notes,
                  rp_print("ACROSS MACHINE CLASSES: the machine differs, so no ratio here speaks of the code alone.%s",
                           c->request.measure->absolute ? " `--measure base-ratio` carries over better." : ""));
    }
    if (c->gates_failed) {
        rp_remark(notes, rp_print("%lld gate%s failed in NEW: its times are of code that is not proven right.",
                                  (long long)c->head->gates.failed, plural((size_t)c->head->gates.failed)));
    }
    if (!c->base->complete || !c->head->complete) {
        rp_remark(notes, rp_print("%s cut short: some cells have fewer processes, or none.",
                                  c->base->complete   ? "NEW was"
                                  : c->head->complete ? "BASE was"
                                                      : "Both runs were"));
    }
    if (c->counts.cut) {
        rp_remark(notes, rp_print("%zu cell%s of BASE %s not measured in NEW before it was cut short.", c->counts.cut,
                                  plural(c->counts.cut), c->counts.cut == 1 ? "was" : "were"));
    }
}

/* "1 cell is not the same measurement in both runs (forge/...: trials differ): not compared." */
static void note_other(rp_section *notes, const cm_comparison *c)
{
    const size_t n = c->counts.other;
    char *names = rp_print("%s", "");
    size_t named = 0;

    for (size_t i = 0; i < c->cell_count; i++) {
        if (c->cells[i].state == CM_OTHER && named < LOST_MAX) {
            char *more = rp_print("%s%s%s", names, named ? ", " : "", c->cells[i].id);
            free(names);
            names = more;
            named++;
        }
    }
    if (n) {
        rp_remark(notes, rp_print("%zu cell%s not the same measurement in both runs (%s%s: trials, or messages in one, "
                                  "differ): not compared.",
                                  n, n == 1 ? " is" : "s are", names, n > named ? ", ..." : ""));
    }
    free(names);
}

static void note_counts(rp_section *notes, const cm_comparison *c)
{
    rp_remark(notes,
              rp_print("Counts repeat, so that each stands for itself: slower is %g %% more instructions, faster "
                       "is as much less. Fewer instructions need not take less time.",
                       100.0 * c->request.rule.threshold));
    if (*c->head->counting.unseen) {
        rp_remark(notes, rp_print("The counted program does not see %s: code that native timing takes there is not "
                                  "counted.",
                                  c->head->counting.unseen));
    }
}

static void add_notes(rp_content *content, const cm_comparison *c)
{
    rp_section *notes = rp_section_add(content, rp_print("Notes"));

    note_limits(notes, c);
    note_other(notes, c);
    if (c->request.measure->exact) {
        note_counts(notes, c);
        note_apart(notes, c);
        return;
    }
    note_rule(notes, c);
    note_apart(notes, c);
    note_together(notes, c);
}

rp_content *cm_content(const cm_comparison *c, const cm_view *view)
{
    rp_content *content = rp_alloc(1, sizeof *content);

    content->title = rp_print("Comparison of two runs: NEW to BASE, %s", c->request.measure->title);
    content->answer = answer(c);
    add_lost(content, c, view);
    add_table(content, c, view);
    add_accepted(content, c);
    add_runs(content, c);
    add_notes(content, c);
    return content;
}
