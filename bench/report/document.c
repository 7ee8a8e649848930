/* SPDX-License-Identifier: Apache-2.0 */
/* The document in memory: made, filled, freed. */
#include "bench/report/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/report/fields.h"
#include "bench/report/memory.h"
#include "bench/report/pool.h"

static void stamp(char out[24])
{
    const time_t now = time(NULL);
    struct tm utc;

    if (!gmtime_r(&now, &utc) || strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        out[0] = '\0';
    }
}

rp_document *rp_document_new(void)
{
    rp_document *doc = rp_alloc(1, sizeof *doc);

    doc->pool = rp_pool_new();
    doc->block_pool = rp_pool_new();
    doc->options = json_object();
    rp_fields_init(doc, rp_head_fields);
    rp_fields_init(&doc->machine, rp_machine_fields);
    rp_fields_init(&doc->subject, rp_subject_fields);
    rp_fields_init(&doc->timer, rp_timer_fields);
    rp_fields_init(&doc->counting, rp_counting_fields);
    rp_fields_init(&doc->gates, rp_gate_fields);
    stamp(doc->created);
    return doc;
}

void rp_drop_blocks(rp_document *doc)
{
    for (size_t i = 0; i < doc->block_count; i++) {
        free(doc->blocks[i].slices);
    }
    free(doc->blocks);
    doc->blocks = NULL;
    doc->block_count = 0;
    rp_pool_free(doc->block_pool);
    doc->block_pool = rp_pool_new();
}

void rp_document_free(rp_document *doc)
{
    if (!doc) {
        return;
    }
    rp_drop_blocks(doc);
    free(doc->subject.libraries);
    free(doc->warnings);
    free(doc->gates.findings);
    free(doc->gates.rogues);
    free(doc->gates.cheats);
    free(doc->cells);
    free(doc->absent);
    free(doc->rows);
    json_decref(doc->options);
    rp_pool_free(doc->pool);
    rp_pool_free(doc->block_pool);
    free(doc);
}

const char *rp_string(rp_document *doc, const char *text)
{
    return text && *text ? rp_pool_add(doc->pool, text) : "";
}

static void own_key(rp_document *doc, rp_key *key)
{
    key->op = rp_string(doc, key->op);
    key->transport = rp_string(doc, key->transport);
    key->escrow = rp_string(doc, key->escrow);
    key->suite = rp_string(doc, key->suite);
    key->escrow_suite = rp_string(doc, key->escrow_suite);
    key->backend = rp_string(doc, key->backend);
}

void rp_cell_init(rp_cell *cell)
{
    memset(cell, 0, sizeof *cell);
    rp_fields_init(cell, rp_cell_fields);
    rp_fields_init(&cell->key, rp_key_fields);
    rp_fields_init(&cell->facts, rp_facts_fields);
    rp_fields_init(&cell->count, rp_tally_fields);
    rp_fields_init(&cell->latency, rp_latency_fields);
    cell->kind = "cell";
    cell->base = RP_NONE;
    cell->floor = RP_NONE;
}

uint32_t rp_add_cell(rp_document *doc, const rp_cell *cell)
{
    const uint32_t index = (uint32_t)doc->cell_count;
    const char *id = rp_string(doc, cell->id);
    rp_cell *own = NULL;

    if (doc->cell_count >= RP_CELLS_MAX || *id == '\0' || rp_find_cell(doc, id) != RP_NONE) {
        return RP_NONE;
    }
    doc->cells = rp_grow(doc->cells, doc->cell_count, sizeof *doc->cells);
    own = &doc->cells[doc->cell_count++];
    *own = *cell;
    own->id = id;
    own_key(doc, &own->key);
    own->phase = rp_string(doc, cell->phase);
    own->payer = rp_string(doc, cell->payer);
    own->kind = rp_string(doc, cell->kind);
    own->block = rp_string(doc, cell->block);
    own->note = rp_string(doc, cell->note);
    own->constant_time = rp_string(doc, cell->constant_time);
    own->constant_time_by = rp_string(doc, cell->constant_time_by);
    rp_pool_set_number(doc->pool, id, index);
    return index;
}

uint32_t rp_find_cell(const rp_document *doc, const char *id)
{
    return rp_pool_number(doc->pool, id);
}

void rp_add_absent(rp_document *doc, const rp_key *key, const char *reason)
{
    rp_absent *absent = NULL;

    doc->absent = rp_grow(doc->absent, doc->absent_count, sizeof *doc->absent);
    absent = &doc->absent[doc->absent_count++];
    absent->key = *key;
    own_key(doc, &absent->key);
    absent->reason = rp_string(doc, reason);
}

void rp_add_warning(rp_document *doc, const char *text, const char *remedy)
{
    doc->warnings = rp_grow(doc->warnings, doc->warning_count, sizeof *doc->warnings);
    doc->warnings[doc->warning_count++] = (rp_warning){.text = rp_string(doc, text), .remedy = rp_string(doc, remedy)};
}

void rp_add_library(rp_document *doc, const char *backend, const char *library, const char *version)
{
    rp_subject *s = &doc->subject;

    s->libraries = rp_grow(s->libraries, s->library_count, sizeof *s->libraries);
    s->libraries[s->library_count++] = (rp_library){
        .backend = rp_string(doc, backend), .library = rp_string(doc, library), .version = rp_string(doc, version)};
}

void rp_add_finding(rp_document *doc, const char *text)
{
    rp_gates *g = &doc->gates;

    g->findings = rp_grow(g->findings, g->finding_count, sizeof *g->findings);
    g->findings[g->finding_count++] = rp_string(doc, text);
}

void rp_add_rogue(rp_document *doc, const rp_key *key, const char *sends, const char *noticed)
{
    rp_gates *g = &doc->gates;
    rp_rogue *rogue = NULL;

    g->rogues = rp_grow(g->rogues, g->rogue_count, sizeof *g->rogues);
    rogue = &g->rogues[g->rogue_count++];
    rogue->key = *key;
    own_key(doc, &rogue->key);
    rogue->sends = rp_string(doc, sends);
    rogue->noticed = rp_string(doc, noticed);
}

void rp_add_cheat(rp_document *doc, const rp_key *key, const char *who, const char *does, const char *outcome)
{
    rp_gates *g = &doc->gates;
    rp_cheat *cheat = NULL;

    g->cheats = rp_grow(g->cheats, g->cheat_count, sizeof *g->cheats);
    cheat = &g->cheats[g->cheat_count++];
    cheat->key = *key;
    own_key(doc, &cheat->key);
    cheat->who = rp_string(doc, who);
    cheat->does = rp_string(doc, does);
    cheat->outcome = rp_string(doc, outcome);
}

/* The name under which a block's index is kept; free() it. */
static char *block_name(const char *id, uint32_t process)
{
    return rp_print("%" PRIu32 " %s", process, id);
}

rp_block *rp_find_block(const rp_document *doc, const char *id, uint32_t process)
{
    char *name = block_name(id, process);
    const uint32_t index = rp_pool_number(doc->block_pool, name);

    free(name);
    return index == RP_NONE ? NULL : &doc->blocks[index];
}

rp_block *rp_place_block(rp_document *doc, const char *id, uint32_t process)
{
    const char *own = rp_string(doc, id);
    char *name = block_name(own, process);
    rp_block *block = NULL;

    rp_pool_set_number(doc->block_pool, name, (uint32_t)doc->block_count);
    free(name);
    doc->blocks = rp_grow(doc->blocks, doc->block_count, sizeof *doc->blocks);
    block = &doc->blocks[doc->block_count++];
    rp_fields_init(block, rp_block_fields);
    block->id = own;
    block->process = process;
    return block;
}

rp_block *rp_add_block(rp_document *doc, const char *id, uint32_t process, size_t slices)
{
    rp_block *block = rp_place_block(doc, id, process);

    block->slices = rp_alloc(slices, sizeof *block->slices);
    block->slice_count = slices;
    return block;
}

/* The file keeps picoseconds. Rounding here, not when writing, makes rows the same before and after. */
static double to_picoseconds(double ns)
{
    const double rounded = round(ns * 1000.0) / 1000.0;

    return rounded > 0.0 ? rounded : 0.001;
}

rp_block *rp_add_result(rp_document *doc, const char *id, uint32_t process, const hn_block_result *result,
                        const uint32_t *cells)
{
    rp_block *block = rp_add_block(doc, id, process, result->sample_count);

    block->rounds = result->rounds;
    block->elapsed_ns = result->elapsed_ns;
    for (size_t i = 0; i < result->sample_count; i++) {
        const hn_sample *s = &result->samples[i];
        block->slices[i] = (rp_slice){.cell = cells[s->cell],
                                      .round = s->round,
                                      .order = s->order,
                                      .start_ns = s->start_ns,
                                      .iterations = s->iterations,
                                      .ns = to_picoseconds(s->ns),
                                      .ticks = s->ticks,
                                      .cycles = s->cycles,
                                      .instructions = s->instructions};
    }
    return block;
}

void rp_latency_from(rp_latency *out, const hn_latency *in)
{
    *out = (rp_latency){.samples = in->samples,
                        .batch = in->batch,
                        .p50 = in->p50,
                        .p90 = in->p90,
                        .p99 = in->p99,
                        .p999 = in->p999,
                        .min = in->min,
                        .max = in->max,
                        .clock_pair = in->clock_pair_ns};
}
