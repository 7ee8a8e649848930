/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: almost all of a file, so written and read number by number. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/codec.h"
#include "bench/report/memory.h"

/* Times and counts of one slice stay below this: 11 days in nanoseconds, and exact in a double. */
static const uint64_t slice_max = (uint64_t)1000000000 * 1000000;

/* To the picosecond, without zeros at the end. */
static void write_ns(FILE *out, double ns)
{
    char text[48];
    size_t len = (size_t)snprintf(text, sizeof text, "%.3f", ns);

    while (len > 1 && text[len - 1] == '0') {
        len--;
    }
    len -= text[len - 1] == '.';
    fprintf(out, "%.*s", (int)len, text);
}

static void write_slice(FILE *out, const rp_slice *s)
{
    fprintf(out, "[%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",", s->cell, s->round, s->order,
            s->start_ns, s->iterations);
    write_ns(out, s->ns);
    if (s->cycles || s->instructions) {
        fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, s->ticks, s->cycles, s->instructions);
    } else if (s->ticks) {
        fprintf(out, ",%" PRIu64, s->ticks);
    }
    fputc(']', out);
}

void rp_block_write(FILE *out, const rp_document *doc, const rp_block *block)
{
    json_t *json = rp_fields_encode(block, rp_block_fields);
    char *head = json_dumps(json, RP_DUMP);

    (void)doc;
    fprintf(out, "%.*s,\"slices\":[", head ? (int)strlen(head) - 1 : 0, head ? head : "");
    for (size_t i = 0; i < block->slice_count; i++) {
        if (i) {
            fputc(',', out);
        }
        write_slice(out, &block->slices[i]);
    }
    fputs("]}", out);
    free(head);
    json_decref(json);
}

/* [cell, round, order, start_ns, iterations, ns(, ticks(, cycles, instructions))]; a later version may append. */
static bool read_slice(rp_reader *r, rp_slice *s)
{
    uint64_t whole[5] = {0};
    uint64_t counts[3] = {0};
    bool first = true;
    int more = 0;
    size_t n = 0;

    for (; (more = rp_reader_element(r, &first)) == 1; n++) {
        double ignored = 0.0;
        const bool good = n < 5    ? rp_reader_whole(r, n < 3 ? UINT32_MAX : slice_max, &whole[n])
                          : n == 5 ? rp_reader_real(r, &s->ns)
                          : n < 9  ? rp_reader_whole(r, INT64_MAX, &counts[n - 6])
                                   : rp_reader_real(r, &ignored);
        if (!good) {
            return false;
        }
    }
    if (more < 0) {
        return false;
    }
    if (n < 6) {
        return rp_reader_fails(r, "a slice of %zu numbers; at least 6 are needed", n);
    }
    s->cell = (uint32_t)whole[0];
    s->round = (uint32_t)whole[1];
    s->order = (uint32_t)whole[2];
    s->start_ns = whole[3];
    s->iterations = whole[4];
    s->ticks = counts[0];
    s->cycles = counts[1];
    s->instructions = counts[2];
    return true;
}

static bool check_slice(const rp_document *doc, rp_reader *r, const rp_slice *s)
{
    if (s->cell >= doc->cell_count) {
        return rp_reader_fails(r, "a slice of cell %" PRIu32 "; there are %zu cells", s->cell, doc->cell_count);
    }
    if (s->iterations == 0) {
        return rp_reader_fails(r, "a slice of 0 iterations");
    }
    if (!(s->ns > 0.0) || s->ns > (double)slice_max) {
        return rp_reader_fails(r, "a slice of %g ns: a time must be above 0 and below 11 days", s->ns);
    }
    return true;
}

static bool read_slices(const rp_document *doc, rp_reader *r, rp_block *block)
{
    bool first = true;
    int more = 0;

    while ((more = rp_reader_element(r, &first)) == 1) {
        rp_slice s = {0};
        if (!read_slice(r, &s) || !check_slice(doc, r, &s)) {
            return false;
        }
        block->slices = rp_grow(block->slices, block->slice_count, sizeof *block->slices);
        block->slices[block->slice_count++] = s;
    }
    return more == 0;
}

/* A cell is measured in one block only, or its processes would be counted twice. */
static bool check_block(const rp_document *doc, rp_reader *r, const rp_block *block)
{
    if (doc->block_count >= RP_BLOCKS_MAX) {
        return rp_reader_fails(r, "more than %d blocks", (int)RP_BLOCKS_MAX);
    }
    if (*block->id == '\0') {
        return rp_reader_fails(r, "a block without a name");
    }
    for (size_t i = 0; i < block->slice_count; i++) {
        const rp_cell *cell = &doc->cells[block->slices[i].cell];
        if (strcmp(cell->block, block->id) != 0) {
            return rp_reader_fails(r, "block \"%.100s\" has a slice of a cell of another block, \"%.100s\"", block->id,
                                   cell->block);
        }
    }
    return true;
}

static bool read_members(const rp_document *doc, rp_reader *r, rp_block *block, json_t *head)
{
    bool first = true;
    char key[64];
    int more = 0;

    while ((more = rp_reader_member(r, &first, key)) == 1) {
        const bool slices = strcmp(key, "slices") == 0;
        json_t *value = NULL;
        if (json_object_get(head, key)) {
            return rp_reader_fails(r, "\"%s\" is there twice", key);
        }
        if (slices && !read_slices(doc, r, block)) {
            return false;
        }
        value = slices ? json_true() : rp_reader_value(r);
        if (!value) {
            return false;
        }
        json_object_set_new(head, key, value);
    }
    return more == 0;
}

/* A block that is there already is replaced: a resumed run has done it again. */
static rp_block *keep(rp_document *doc, const rp_block *block)
{
    rp_block *there = rp_find_block(doc, block->id, block->process);

    if (there) {
        free(there->slices);
    } else {
        there = rp_place_block(doc, block->id, block->process);
    }
    *there = *block;
    return there;
}

/* Growing by doubling leaves up to half unused. */
static void trim(rp_block *block)
{
    rp_slice *exact = rp_alloc(block->slice_count, sizeof *exact);

    if (block->slice_count) {
        memcpy(exact, block->slices, block->slice_count * sizeof *exact);
    }
    free(block->slices);
    block->slices = exact;
}

rp_block *rp_block_read(rp_document *doc, rp_reader *r)
{
    rp_block block = {0};
    json_t *head = json_object();
    bool good = false;

    rp_reader_peek(r);
    const size_t start = r->at;
    rp_fields_init(&block, rp_block_fields);
    good = read_members(doc, r, &block, head);
    if (good && !rp_fields_decode(doc, &block, rp_block_fields, head, "block", r->err)) {
        good = rp_reader_fail_at(r, start);
    }
    good = good && check_block(doc, r, &block);
    json_decref(head);
    if (!good) {
        free(block.slices);
        return NULL;
    }
    trim(&block);
    return keep(doc, &block);
}
