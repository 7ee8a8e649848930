/* SPDX-License-Identifier: Apache-2.0 */
/* One line for each measured cell, with all that the document knows of it (RFC 4180; empty: unknown). */
#include <string.h>

#include "bench/report/codec.h"
#include "bench/report/report.h"

static void text_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"') {
            fputc('"', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

static void fields(FILE *out, const void *object, const rp_field *table)
{
    for (const rp_field *f = table; f->name; f++) {
        json_t *value = rp_field_encode(object, f);
        fputc(',', out);
        if (json_is_string(value)) {
            text_field(out, json_string_value(value));
        } else if (json_is_boolean(value)) {
            fputs(json_is_true(value) ? "true" : "false", out);
        } else if (json_is_integer(value)) {
            fprintf(out, "%lld", (long long)json_integer_value(value));
        } else if (json_is_real(value)) {
            fprintf(out, "%.9g", json_real_value(value));
        }
        json_decref(value);
    }
}

static void names(FILE *out, const char *prefix, const rp_field *table)
{
    for (const rp_field *f = table; f->name; f++) {
        fprintf(out, ",%s%s", prefix, f->name);
    }
}

static const char *id_of(const rp_document *doc, uint32_t cell)
{
    return cell == RP_NONE ? "" : doc->cells[cell].id;
}

void rp_csv(FILE *out, const rp_document *doc, const rp_view *view)
{
    fputs("base,floor", out);
    names(out, "", rp_cell_fields);
    names(out, "", rp_key_fields);
    names(out, "", rp_row_fields);
    names(out, "", rp_facts_fields);
    names(out, "count_", rp_tally_fields);
    names(out, "latency_", rp_latency_fields);
    fputc('\n', out);
    for (size_t i = 0; i < doc->row_count; i++) {
        const rp_cell *cell = &doc->cells[doc->rows[i].cell];
        if (view->shown && !view->shown[doc->rows[i].cell]) {
            continue;
        }
        text_field(out, id_of(doc, cell->base));
        fputc(',', out);
        text_field(out, id_of(doc, cell->floor));
        fields(out, cell, rp_cell_fields);
        fields(out, &cell->key, rp_key_fields);
        fields(out, &doc->rows[i], rp_row_fields);
        fields(out, &cell->facts, rp_facts_fields);
        fields(out, &cell->count, rp_tally_fields);
        fields(out, &cell->latency, rp_latency_fields);
        fputc('\n', out);
    }
}
