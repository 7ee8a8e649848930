/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison for a program: every cell, whatever is shown to people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/comparison.h"
#include "bench/report/codec.h"

static void set_real(json_t *json, const char *name, double value)
{
    if (isfinite(value)) {
        json_object_set_new(json, name, json_real(value));
    }
}

static void set_text(json_t *json, const char *name, const char *text)
{
    json_t *value = *text ? json_string(text) : NULL;

    if (value) {
        json_object_set_new(json, name, value);
    }
}

static void set_count(json_t *json, const char *name, size_t count)
{
    json_object_set_new(json, name, json_integer((json_int_t)count));
}

static json_t *run_json(const rp_document *doc, const char *path)
{
    json_t *json = json_object();

    set_text(json, "path", path); /* left out if it is not UTF-8 */
    set_text(json, "created", doc->created);
    set_text(json, "suite", doc->suite);
    json_object_set_new(json, "complete", json_boolean(doc->complete));
    set_text(json, "machine_class", doc->machine_class);
    json_object_set_new(json, "subject", rp_subject_json(&doc->subject));
    return json;
}

static const char *state_name(cm_state state)
{
    static const char *const names[] = {"compared", "new", "vanished", "failed", "not measured", "not compared"};

    return names[state];
}

static json_t *accepted_json(const cm_accepted *entry, const char *today)
{
    json_t *json = json_object();

    set_text(json, "until", entry->until);
    set_text(json, "reason", entry->reason);
    set_count(json, "line", entry->line);
    json_object_set_new(json, "expired", json_boolean(cm_expired(entry, today)));
    return json;
}

static json_t *cell_json(const cm_comparison *c, const cm_cell *cell)
{
    json_t *json = json_object();

    set_text(json, "id", cell->id);
    set_text(json, "state", state_name(cell->state));
    if (cell->state == CM_COMPARED) {
        set_text(json, "verdict", vd_verdict_name(cell->result.verdict));
    }
    json_object_set_new(json, "fails", json_boolean(cell->fails));
    set_real(json, "base", cell->base);
    set_real(json, "new", cell->head);
    set_count(json, "base_processes", cell->base_processes);
    set_count(json, "new_processes", cell->head_processes);
    set_real(json, "ratio", cell->result.ratio.value);
    set_real(json, "ratio_low", cell->result.ratio.low);
    set_real(json, "ratio_high", cell->result.ratio.high);
    set_real(json, "p", cell->result.p);
    set_real(json, "p_holm", cell->result.p_holm);
    if (cell->result.needed) {
        set_count(json, "processes_needed", cell->result.needed);
    }
    set_text(json, "why", cell->why);
    if (cell->accepted) {
        json_object_set_new(json, "accepted", accepted_json(cell->accepted, c->request.today));
    }
    return json;
}

static json_t *counts_json(const cm_counts *n)
{
    json_t *json = json_object();

    set_count(json, "compared", n->compared);
    set_count(json, "slower", n->slower);
    set_count(json, "vanished", n->vanished);
    set_count(json, "failed", n->failed);
    set_count(json, "accepted", n->accepted);
    set_count(json, "faster", n->faster);
    set_count(json, "same", n->same);
    set_count(json, "cannot_tell", n->unknown);
    set_count(json, "not_measured", n->cut);
    set_count(json, "not_compared", n->other);
    set_count(json, "new", n->fresh);
    set_count(json, "family", n->family);
    return json;
}

static json_t *measure_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *apart_json(const cm_apart *a)
{
    json_t *json = json_object();

    json_object_set_new(json, "cells", json_integer((json_int_t)a->cells));
    json_object_set_new(json, "median", measure_json(a->median));
    json_object_set_new(json, "p90", measure_json(a->p90));
    json_object_set_new(json, "furthest", measure_json(a->furthest));
    json_object_set_new(json, "furthest_id", *a->furthest_id ? json_string(a->furthest_id) : json_null());
    return json;
}

static json_t *unused_json(const cm_accept_list *list)
{
    json_t *json = json_array();

    for (size_t i = 0; list && i < list->count; i++) {
        if (!list->entries[i].used) {
            json_array_append_new(json, json_integer(list->entries[i].line));
        }
    }
    return json;
}

static void member(FILE *out, const char *name, json_t *value)
{
    char *text = json_dumps(value, RP_DUMP | JSON_ENCODE_ANY);

    fprintf(out, ",\n\"%s\":%s", name, text ? text : "null");
    free(text);
    json_decref(value);
}

void cm_json(FILE *out, const cm_comparison *c, const cm_view *view)
{
    const vd_rule *rule = &c->request.rule;

    (void)view;
    fputs("{\"schema\":\"" CM_SCHEMA "\"", out);
    member(out, "exit_code", json_integer(c->exit_code));
    member(out, "measure", json_string(c->request.measure->name));
    member(out, "threshold", json_real(rule->threshold));
    if (!c->request.measure->exact) {
        member(out, "alpha", json_real(rule->alpha));
    }
    member(out, "across_machine_classes", json_boolean(strcmp(c->base->machine_class, c->head->machine_class) != 0));
    member(out, "same_run", json_boolean(c->same_run));
    member(out, "gates_failed", json_integer(c->gates_failed ? c->head->gates.failed : 0));
    member(out, "base", run_json(c->base, c->base_path));
    member(out, "new", run_json(c->head, c->head_path));
    member(out, "counts", counts_json(&c->counts));
    member(out, "apart", apart_json(&c->apart));
    member(out, "median_ratio", isfinite(c->together) ? json_real(c->together) : json_null());
    member(out, "unused_accepted_lines", unused_json(c->request.accept));
    fputs(",\n\"cells\":[", out);
    for (size_t i = 0; i < c->cell_count; i++) {
        json_t *json = cell_json(c, &c->cells[i]);
        char *text = json_dumps(json, RP_DUMP);
        fprintf(out, "%s\n%s", i ? "," : "", text ? text : "null");
        free(text);
        json_decref(json);
    }
    fputs("]}\n", out);
}
