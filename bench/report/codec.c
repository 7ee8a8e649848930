/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/stats.h"

static const char *id_of(const rp_document *doc, uint32_t cell)
{
    return cell < doc->cell_count ? doc->cells[cell].id : "";
}

static void set_text(json_t *json, const char *name, const char *text)
{
    if (*text) {
        json_object_set_new(json, name, json_string(text));
    }
}

json_t *rp_result_json(const rp_cell *cell)
{
    json_t *json = json_object();

    json_object_set_new(json, "single", json_boolean(cell->single));
    json_object_set_new(json, "facts", rp_fields_encode(&cell->facts, rp_facts_fields));
    if (cell->count.operations) {
        json_object_set_new(json, "count", rp_fields_encode(&cell->count, rp_tally_fields));
    }
    if (cell->latency.samples) {
        json_object_set_new(json, "latency", rp_fields_encode(&cell->latency, rp_latency_fields));
    }
    return json;
}

json_t *rp_cell_json(const rp_document *doc, const rp_cell *cell)
{
    json_t *json = rp_fields_encode(&cell->key, rp_key_fields);
    json_t *all = json_object();
    json_t *result = rp_result_json(cell);

    rp_fields_encode_into(all, cell, rp_cell_fields);
    json_object_update(all, json);
    set_text(all, "base", id_of(doc, cell->base));
    set_text(all, "floor", id_of(doc, cell->floor));
    json_object_update(all, result);
    json_decref(json);
    json_decref(result);
    return all;
}

/* A percentile beyond what the samples support is none, whoever wrote it. */
static void drop_unsupported(rp_latency *l)
{
    const struct {
        double p, *value;
    } all[] = {{0.5, &l->p50}, {0.9, &l->p90}, {0.99, &l->p99}, {0.999, &l->p999}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!hn_percentile_supported(l->samples, all[i].p)) {
            *all[i].value = NAN;
        }
    }
}

bool rp_result_read(rp_document *doc, rp_cell *cell, const json_t *json, const char *where, rp_error *err)
{
    const json_t *single = json_object_get(json, "single");
    const json_t *facts = json_object_get(json, "facts");
    const json_t *count = json_object_get(json, "count");
    const json_t *latency = json_object_get(json, "latency");
    char place[160];

    if (single) {
        cell->single = json_is_true(single);
    }
    snprintf(place, sizeof place, "%.100s.facts", where);
    if (facts && !rp_fields_decode(doc, &cell->facts, rp_facts_fields, facts, place, err)) {
        return false;
    }
    snprintf(place, sizeof place, "%.100s.count", where);
    if (count && !rp_fields_decode(doc, &cell->count, rp_tally_fields, count, place, err)) {
        return false;
    }
    snprintf(place, sizeof place, "%.100s.latency", where);
    if (latency && !rp_fields_decode(doc, &cell->latency, rp_latency_fields, latency, place, err)) {
        return false;
    }
    drop_unsupported(&cell->latency);
    return true;
}

bool rp_cell_read(rp_document *doc, rp_cell *cell, const json_t *json, const char *where, rp_error *err)
{
    rp_cell_init(cell);
    return rp_fields_decode(doc, cell, rp_cell_fields, json, where, err) &&
           rp_fields_decode(doc, &cell->key, rp_key_fields, json, where, err) &&
           rp_result_read(doc, cell, json, where, err);
}

json_t *rp_absent_json(const rp_absent *absent)
{
    json_t *json = rp_fields_encode(&absent->key, rp_key_fields);

    set_text(json, "reason", absent->reason);
    return json;
}

json_t *rp_row_json(const rp_document *doc, const rp_row *row)
{
    json_t *json = json_object();

    set_text(json, "id", id_of(doc, row->cell));
    rp_fields_encode_into(json, row, rp_row_fields);
    return json;
}

json_t *rp_subject_json(const rp_subject *subject)
{
    json_t *json = rp_fields_encode(subject, rp_subject_fields);
    json_t *libraries = json_array();

    for (size_t i = 0; i < subject->library_count; i++) {
        json_array_append_new(libraries, rp_fields_encode(&subject->libraries[i], rp_library_fields));
    }
    json_object_set_new(json, "libraries", libraries);
    return json;
}

bool rp_subject_read(rp_document *doc, const json_t *json, rp_error *err)
{
    const json_t *libraries = json_object_get(json, "libraries");

    if (!rp_fields_decode(doc, &doc->subject, rp_subject_fields, json, "subject", err)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(libraries); i++) {
        rp_library l = {"", "", ""};
        if (!rp_fields_decode(doc, &l, rp_library_fields, json_array_get(libraries, i), "subject.libraries", err)) {
            return false;
        }
        rp_add_library(doc, l.backend, l.library, l.version);
    }
    return true;
}

static json_t *rogues_json(const rp_gates *gates)
{
    json_t *rogues = json_array();

    for (size_t i = 0; i < gates->rogue_count; i++) {
        json_t *json = rp_fields_encode(&gates->rogues[i].key, rp_key_fields);
        set_text(json, "sends", gates->rogues[i].sends);
        set_text(json, "noticed", gates->rogues[i].noticed);
        json_array_append_new(rogues, json);
    }
    return rogues;
}

static json_t *cheats_json(const rp_gates *gates)
{
    json_t *cheats = json_array();

    for (size_t i = 0; i < gates->cheat_count; i++) {
        json_t *json = rp_fields_encode(&gates->cheats[i].key, rp_key_fields);
        set_text(json, "who", gates->cheats[i].who);
        set_text(json, "does", gates->cheats[i].does);
        set_text(json, "outcome", gates->cheats[i].outcome);
        json_array_append_new(cheats, json);
    }
    return cheats;
}

json_t *rp_state_json(const rp_document *doc)
{
    json_t *json = json_object();
    json_t *warnings = json_array();
    json_t *gates = rp_fields_encode(&doc->gates, rp_gate_fields);
    json_t *findings = json_array();

    for (size_t i = 0; i < doc->warning_count; i++) {
        json_array_append_new(warnings, rp_fields_encode(&doc->warnings[i], rp_warning_fields));
    }
    for (size_t i = 0; i < doc->gates.finding_count; i++) {
        json_array_append_new(findings, json_string(doc->gates.findings[i]));
    }
    json_object_set_new(gates, "findings", findings);
    json_object_set_new(gates, "rogues", rogues_json(&doc->gates));
    json_object_set_new(gates, "cheats", cheats_json(&doc->gates));
    json_object_set_new(json, "timer", rp_fields_encode(&doc->timer, rp_timer_fields));
    if (*doc->counting.tool) {
        json_object_set_new(json, "counting", rp_fields_encode(&doc->counting, rp_counting_fields));
    }
    json_object_set_new(json, "warnings", warnings);
    json_object_set_new(json, "gates", gates);
    return json;
}

static bool read_warnings(rp_document *doc, const json_t *json, rp_error *err)
{
    doc->warning_count = 0;
    free(doc->warnings);
    doc->warnings = NULL;
    for (size_t i = 0; i < json_array_size(json); i++) {
        rp_warning w = {"", ""};
        if (!rp_fields_decode(doc, &w, rp_warning_fields, json_array_get(json, i), "warnings", err)) {
            return false;
        }
        rp_add_warning(doc, w.text, w.remedy);
    }
    return true;
}

static bool read_rogues(rp_document *doc, const json_t *json, rp_error *err)
{
    doc->gates.rogue_count = 0;
    free(doc->gates.rogues);
    doc->gates.rogues = NULL;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *one = json_array_get(json, i);
        rp_key key;
        rp_fields_init(&key, rp_key_fields);
        if (!rp_fields_decode(doc, &key, rp_key_fields, one, "gates.rogues", err)) {
            return false;
        }
        const char *sends = rp_text_of(json_object_get(one, "sends"), "gates.rogues.sends", err);
        const char *noticed = sends ? rp_text_of(json_object_get(one, "noticed"), "gates.rogues.noticed", err) : NULL;
        if (!noticed) {
            return false;
        }
        rp_add_rogue(doc, &key, sends, noticed);
    }
    return true;
}

static bool read_cheats(rp_document *doc, const json_t *json, rp_error *err)
{
    doc->gates.cheat_count = 0;
    free(doc->gates.cheats);
    doc->gates.cheats = NULL;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *one = json_array_get(json, i);
        rp_key key;
        rp_fields_init(&key, rp_key_fields);
        if (!rp_fields_decode(doc, &key, rp_key_fields, one, "gates.cheats", err)) {
            return false;
        }
        const char *who = rp_text_of(json_object_get(one, "who"), "gates.cheats.who", err);
        const char *does = who ? rp_text_of(json_object_get(one, "does"), "gates.cheats.does", err) : NULL;
        const char *outcome = does ? rp_text_of(json_object_get(one, "outcome"), "gates.cheats.outcome", err) : NULL;
        if (!outcome) {
            return false;
        }
        rp_add_cheat(doc, &key, who, does, outcome);
    }
    return true;
}

static bool read_gates(rp_document *doc, const json_t *json, rp_error *err)
{
    const json_t *findings = json_object_get(json, "findings");

    doc->gates.finding_count = 0;
    free(doc->gates.findings);
    doc->gates.findings = NULL;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *text = rp_text_of(json_array_get(findings, i), "gates.findings", err);
        if (!text) {
            return false;
        }
        rp_add_finding(doc, text);
    }
    return read_rogues(doc, json_object_get(json, "rogues"), err) &&
           read_cheats(doc, json_object_get(json, "cheats"), err) &&
           rp_fields_decode(doc, &doc->gates, rp_gate_fields, json, "gates", err);
}

/* What a line does not mention stays as it was; what it mentions replaces all of it. */
bool rp_state_read(rp_document *doc, const json_t *json, rp_error *err)
{
    const json_t *timer = json_object_get(json, "timer");
    const json_t *counting = json_object_get(json, "counting");
    const json_t *warnings = json_object_get(json, "warnings");
    const json_t *gates = json_object_get(json, "gates");

    return (!timer || rp_fields_decode(doc, &doc->timer, rp_timer_fields, timer, "timer", err)) &&
           (!counting || rp_fields_decode(doc, &doc->counting, rp_counting_fields, counting, "counting", err)) &&
           (!warnings || read_warnings(doc, warnings, err)) && (!gates || read_gates(doc, gates, err));
}
