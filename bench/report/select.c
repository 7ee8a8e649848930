/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

static const int64_t leading_size = 1024;

bool rp_shown(const rp_selection *s, size_t cell)
{
    return strcmp(s->doc->cells[cell].kind, "cell") == 0 && (!s->view->shown || s->view->shown[cell]);
}

bool rp_side_shown(const rp_selection *s, size_t cell)
{
    const char *kind = s->doc->cells[cell].kind;

    return (strcmp(kind, "peer") == 0 || strcmp(kind, "part") == 0) && (!s->view->shown || s->view->shown[cell]);
}

rp_variant rp_variant_of(const rp_cell *cell)
{
    const rp_key *key = &cell->key;

    return (rp_variant){key->escrow, strcmp(key->escrow_suite, key->suite) == 0 ? "" : key->escrow_suite, key->agents,
                        key->threshold};
}

bool rp_same_variant(const rp_variant *a, const rp_variant *b)
{
    return a->agents == b->agents && a->threshold == b->threshold && strcmp(a->escrow, b->escrow) == 0 &&
           strcmp(a->suite, b->suite) == 0;
}

/* Each finds its item in a list, or returns the list's length. */

static size_t find_place(const rp_selection *s, const char *suite, const char *backend)
{
    size_t i = 0;

    while (i < s->place_count &&
           (strcmp(s->places[i].suite, suite) != 0 || strcmp(s->places[i].backend, backend) != 0)) {
        i++;
    }
    return i;
}

static size_t find_variant(const rp_selection *s, const rp_variant *variant)
{
    size_t i = 0;

    while (i < s->variant_count && !rp_same_variant(&s->variants[i], variant)) {
        i++;
    }
    return i;
}

static size_t find_message(const rp_selection *s, const char *transport, int64_t size)
{
    size_t i = 0;

    while (i < s->message_count && (s->messages[i].size != size || strcmp(s->messages[i].transport, transport) != 0)) {
        i++;
    }
    return i;
}

static size_t find_op(const rp_selection *s, const char *op)
{
    size_t i = 0;

    while (i < s->op_count && strcmp(s->ops[i], op) != 0) {
        i++;
    }
    return i;
}

/* Adds what a cell has to the lists that do not have it yet. */
static void note(rp_selection *s, const rp_cell *cell)
{
    const rp_key *key = &cell->key;
    const rp_variant variant = rp_variant_of(cell);

    if (find_place(s, key->suite, key->backend) == s->place_count && s->place_count < RP_SELECT_MAX) {
        s->places[s->place_count++] = (rp_place){key->suite, key->backend};
    }
    if (find_variant(s, &variant) == s->variant_count && s->variant_count < RP_SELECT_MAX) {
        s->variants[s->variant_count++] = variant;
    }
    if (find_message(s, key->transport, key->size) == s->message_count && s->message_count < RP_SELECT_MAX) {
        s->messages[s->message_count++] = (rp_message){key->transport, key->size};
    }
    if (find_op(s, key->op) == s->op_count && s->op_count < RP_SELECT_MAX) {
        s->ops[s->op_count++] = key->op;
    }
}

/* Columns of one suite stand together, in the order in which suites appear. */
static void group_places(rp_selection *s)
{
    for (size_t i = 0; i + 1 < s->place_count; i++) {
        size_t k = i + 1;
        while (k < s->place_count && strcmp(s->places[k].suite, s->places[i].suite) != 0) {
            k++;
        }
        if (k < s->place_count) {
            const rp_place moved = s->places[k];
            memmove(&s->places[i + 2], &s->places[i + 1], (k - i - 1) * sizeof moved);
            s->places[i + 1] = moved;
        }
    }
}

static void put_none_first(rp_selection *s)
{
    for (size_t i = 1; i < s->variant_count; i++) {
        if (strcmp(s->variants[i].escrow, "none") == 0) {
            const rp_variant none = s->variants[i];
            memmove(&s->variants[1], &s->variants[0], i * sizeof none);
            s->variants[0] = none;
            return;
        }
    }
}

/* Messages that have a size come first, as they stand. */
static void put_sized_first(rp_selection *s)
{
    for (size_t i = 0; i < s->message_count; i++) {
        const rp_message moved = s->messages[i];
        if (moved.size >= 0) {
            memmove(&s->messages[s->sized_count + 1], &s->messages[s->sized_count],
                    (i - s->sized_count) * sizeof moved);
            s->messages[s->sized_count++] = moved;
        }
    }
}

static uint64_t apart(int64_t size)
{
    return size > leading_size ? (uint64_t)(size - leading_size) : (uint64_t)(leading_size - size);
}

/* The first transport leads, with its size that is nearest to 1 KiB. */
static void put_leader_first(rp_selection *s)
{
    size_t best = 0;

    for (size_t i = 1; i < s->sized_count; i++) {
        if (strcmp(s->messages[i].transport, s->messages[0].transport) == 0 &&
            apart(s->messages[i].size) < apart(s->messages[best].size)) {
            best = i;
        }
    }
    if (best) {
        const rp_message leader = s->messages[best];
        memmove(&s->messages[1], &s->messages[0], best * sizeof leader);
        s->messages[0] = leader;
    }
}

static uint32_t rank(const rp_entry *e)
{
    return (uint32_t)e->message << 24 | (uint32_t)e->op << 16 | (uint32_t)e->variant << 8 | e->place;
}

static int by_rank(const void *a, const void *b)
{
    const rp_entry *x = a;
    const rp_entry *y = b;

    return rank(x) != rank(y) ? (rank(x) > rank(y)) - (rank(x) < rank(y)) : (x->cell > y->cell) - (x->cell < y->cell);
}

void rp_sort_entries(rp_entry *entries, size_t count)
{
    qsort(entries, count, sizeof *entries, by_rank);
}

static void add_entry(rp_selection *s, uint32_t cell)
{
    const rp_key *key = &s->doc->cells[cell].key;
    const rp_variant own = rp_variant_of(&s->doc->cells[cell]);
    const size_t message = find_message(s, key->transport, key->size);
    const size_t op = find_op(s, key->op);
    const size_t variant = find_variant(s, &own);
    const size_t place = find_place(s, key->suite, key->backend);

    if (message < s->message_count && op < s->op_count && variant < s->variant_count && place < s->place_count) {
        s->entries[s->entry_count++] =
            (rp_entry){(uint8_t)message, (uint8_t)op, (uint8_t)variant, (uint8_t)place, cell};
    }
}

rp_selection *rp_select(const rp_document *doc, const rp_view *view)
{
    rp_selection *s = rp_alloc(1, sizeof *s);

    s->doc = doc;
    s->view = view;
    for (size_t i = 0; i < doc->cell_count; i++) {
        if (rp_shown(s, i)) {
            note(s, &doc->cells[i]);
        }
    }
    group_places(s);
    put_none_first(s);
    put_sized_first(s);
    put_leader_first(s);
    s->entries = rp_alloc(doc->cell_count, sizeof *s->entries);
    for (uint32_t i = 0; i < doc->cell_count; i++) {
        if (rp_shown(s, i)) {
            add_entry(s, i);
        }
    }
    rp_sort_entries(s->entries, s->entry_count);
    return s;
}

void rp_select_free(rp_selection *s)
{
    free(s->entries);
    free(s);
}

static uint32_t pick(const rp_selection *s, const rp_entry *wanted)
{
    size_t low = 0;
    size_t high = s->entry_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rank(&s->entries[middle]) < rank(wanted)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < s->entry_count && rank(&s->entries[low]) == rank(wanted) ? s->entries[low].cell : RP_NONE;
}

uint32_t rp_pick(const rp_selection *s, const char *op, const rp_message *message, const rp_variant *variant,
                 const rp_place *place)
{
    const int64_t sizes[] = {message->size, -1};
    rp_entry wanted = {.op = (uint8_t)find_op(s, op),
                       .variant = (uint8_t)find_variant(s, variant),
                       .place = (uint8_t)find_place(s, place->suite, place->backend)};
    uint32_t cell = RP_NONE;

    for (size_t i = 0; i < 2 && cell == RP_NONE; i++) { /* an index past a list's end is in no entry */
        wanted.message = (uint8_t)find_message(s, message->transport, sizes[i]);
        cell = pick(s, &wanted);
    }
    return cell;
}

char *rp_variant_label(char *out, size_t len, const rp_variant *variant)
{
    const size_t n = (size_t)snprintf(out, len, "%s%s%s", variant->escrow, *variant->suite ? "/" : "", variant->suite);

    if (variant->agents > 1 && n < len) {
        snprintf(out + n, len - n, " %u-of-%u", variant->threshold, variant->agents);
    }
    return out;
}

char *rp_library_label(char *out, size_t len, const rp_document *doc, const char *backend)
{
    for (size_t i = 0; i < doc->subject.library_count; i++) {
        const rp_library *l = &doc->subject.libraries[i];
        if (strcmp(l->backend, backend) == 0) {
            snprintf(out, len, "%s %s", *l->library ? l->library : backend, l->version);
            return out;
        }
    }
    snprintf(out, len, "%s", backend);
    return out;
}
