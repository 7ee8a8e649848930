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

static void add_place(rp_selection *s, const rp_key *key)
{
    for (size_t i = 0; i < s->place_count; i++) {
        if (strcmp(s->places[i].suite, key->suite) == 0 && strcmp(s->places[i].backend, key->backend) == 0) {
            return;
        }
    }
    if (s->place_count < RP_SELECT_MAX && *key->suite && *key->backend) {
        s->places[s->place_count++] = (rp_place){key->suite, key->backend};
    }
}

static void add_variant(rp_selection *s, const rp_cell *cell)
{
    const rp_variant v = rp_variant_of(cell);

    for (size_t i = 0; i < s->variant_count; i++) {
        if (rp_same_variant(&s->variants[i], &v)) {
            return;
        }
    }
    if (s->variant_count < RP_SELECT_MAX && *v.escrow) {
        s->variants[s->variant_count++] = v;
    }
}

static void add_message(rp_selection *s, const rp_key *key)
{
    for (size_t i = 0; i < s->message_count; i++) {
        if (s->messages[i].size == key->size && strcmp(s->messages[i].transport, key->transport) == 0) {
            return;
        }
    }
    if (s->message_count < RP_SELECT_MAX && *key->transport && key->size >= 0) {
        s->messages[s->message_count++] = (rp_message){key->transport, key->size};
    }
}

static void add_op(rp_selection *s, const char *op)
{
    for (size_t i = 0; i < s->op_count; i++) {
        if (strcmp(s->ops[i], op) == 0) {
            return;
        }
    }
    if (s->op_count < RP_SELECT_MAX) {
        s->ops[s->op_count++] = op;
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

static uint64_t apart(int64_t size)
{
    return size > leading_size ? (uint64_t)(size - leading_size) : (uint64_t)(leading_size - size);
}

/* The first transport leads, with its size that is nearest to 1 KiB. */
static void put_leader_first(rp_selection *s)
{
    size_t best = 0;

    for (size_t i = 1; i < s->message_count; i++) {
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

rp_selection *rp_select(const rp_document *doc, const rp_view *view)
{
    rp_selection *s = rp_alloc(1, sizeof *s);

    s->doc = doc;
    s->view = view;
    for (size_t i = 0; i < doc->cell_count; i++) {
        if (rp_shown(s, i)) {
            add_place(s, &doc->cells[i].key);
            add_variant(s, &doc->cells[i]);
            add_message(s, &doc->cells[i].key);
            add_op(s, doc->cells[i].key.op);
        }
    }
    group_places(s);
    put_none_first(s);
    put_leader_first(s);
    return s;
}

static bool fits(const rp_cell *cell, const char *op, const rp_message *message, const rp_variant *variant,
                 const rp_place *place)
{
    const rp_key *key = &cell->key;
    const rp_variant own = rp_variant_of(cell);

    return (!op || strcmp(key->op, op) == 0) && (!variant || rp_same_variant(variant, &own)) &&
           (!place || (strcmp(key->backend, place->backend) == 0 &&
                       (*key->suite == '\0' || strcmp(key->suite, place->suite) == 0))) &&
           (!message || ((*key->transport == '\0' || strcmp(key->transport, message->transport) == 0) &&
                         (key->size < 0 || key->size == message->size)));
}

uint32_t rp_pick(const rp_selection *s, const char *op, const rp_message *message, const rp_variant *variant,
                 const rp_place *place)
{
    for (size_t i = 0; i < s->doc->cell_count; i++) {
        if (rp_shown(s, i) && fits(&s->doc->cells[i], op, message, variant, place)) {
            return (uint32_t)i;
        }
    }
    return RP_NONE;
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
