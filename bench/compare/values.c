/* SPDX-License-Identifier: Apache-2.0 */
/* rp_process_values() sorts all that a document holds, for one cell. Here it is given, for each cell, a document with that
 * cell's slices and its partner's alone. */
#include "bench/compare/values.h"

#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

static int by_cell(const void *a, const void *b)
{
    const rp_slice *x = a;
    const rp_slice *y = b;

    return x->cell != y->cell ? (x->cell > y->cell) - (x->cell < y->cell)
                              : (x->round > y->round) - (x->round < y->round);
}

/* By id, then by process. */
static int by_id(const void *a, const void *b)
{
    const rp_block *x = *(const rp_block *const *)a;
    const rp_block *y = *(const rp_block *const *)b;
    const int order = strcmp(x->id, y->id);

    return order ? order : (x->process > y->process) - (x->process < y->process);
}

static const rp_block **sorted_blocks(rp_document *doc)
{
    const rp_block **blocks = (const rp_block **)rp_alloc(doc->block_count, sizeof(const rp_block *));

    for (size_t i = 0; i < doc->block_count; i++) {
        blocks[i] = &doc->blocks[i];
        if (doc->blocks[i].slice_count) {
            qsort(doc->blocks[i].slices, doc->blocks[i].slice_count, sizeof(rp_slice), by_cell);
        }
    }
    qsort((void *)blocks, doc->block_count, sizeof(const rp_block *), by_id);
    return blocks;
}

/* The first of sorted blocks that has this id, or would follow it. */
static size_t first_block(const rp_block **blocks, size_t count, const char *id)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(blocks[middle]->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A cell's slices in a sorted block (borrowed). */
static rp_slice *stretch(const rp_block *block, uint32_t cell, size_t *count)
{
    size_t low = 0;
    size_t high = block->slice_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (block->slices[middle].cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *count = 0;
    while (low + *count < block->slice_count && block->slices[low + *count].cell == cell) {
        ++*count;
    }
    return block->slices + low;
}

static uint32_t partner_of(const rp_cell *cell, rp_measure measure)
{
    return measure == RP_BASE_RATIO || measure == RP_BASE_DIFF     ? cell->base
           : measure == RP_FLOOR_RATIO || measure == RP_FLOOR_DIFF ? cell->floor
                                                                   : RP_NONE;
}

/* A block with the slices of two cells alone: a copy. */
static rp_block only(const rp_block *block, uint32_t cell, uint32_t partner)
{
    rp_block part = *block;
    size_t own = 0;
    size_t other = 0;
    const rp_slice *mine = stretch(block, cell, &own);
    const rp_slice *theirs = partner == RP_NONE ? NULL : stretch(block, partner, &other);

    part.slices = rp_alloc(own + other, sizeof *part.slices);
    part.slice_count = own + other;
    if (own) {
        memcpy(part.slices, mine, own * sizeof *mine);
    }
    if (other) {
        memcpy(part.slices + own, theirs, other * sizeof *theirs);
    }
    return part;
}

static cm_values values_of(const rp_document *doc, const rp_block **blocks, uint32_t cell, rp_measure measure)
{
    const char *id = doc->cells[cell].block;
    rp_document part = *doc;
    cm_values v = {NULL, 0};

    part.blocks = NULL;
    part.block_count = 0;
    for (size_t i = first_block(blocks, doc->block_count, id); i < doc->block_count && strcmp(blocks[i]->id, id) == 0;
         i++) {
        part.blocks = rp_grow(part.blocks, part.block_count, sizeof *part.blocks);
        part.blocks[part.block_count++] = only(blocks[i], cell, partner_of(&doc->cells[cell], measure));
    }
    v.value = rp_process_values(&part, cell, measure, &v.count);
    for (size_t i = 0; i < part.block_count; i++) {
        free(part.blocks[i].slices);
    }
    free(part.blocks);
    return v;
}

cm_values *cm_values_of(rp_document *doc, rp_measure measure)
{
    const rp_block **blocks = sorted_blocks(doc);
    cm_values *values = rp_alloc(doc->cell_count, sizeof *values);

    for (uint32_t i = 0; i < doc->cell_count; i++) {
        values[i] = values_of(doc, blocks, i, measure);
    }
    free((void *)blocks);
    return values;
}

cm_values *cm_counts_of(const rp_document *doc)
{
    cm_values *values = rp_alloc(doc->cell_count, sizeof *values);

    for (size_t i = 0; i < doc->cell_count; i++) {
        if (doc->cells[i].count.operations) {
            values[i] = (cm_values){rp_alloc(1, sizeof(double)), 1};
            values[i].value[0] = doc->cells[i].count.total;
        }
    }
    return values;
}

void cm_values_free(cm_values *values, size_t cells)
{
    for (size_t i = 0; i < cells && values; i++) {
        free(values[i].value);
    }
    free(values);
}
