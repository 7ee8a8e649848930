/* SPDX-License-Identifier: Apache-2.0 */
/* The document as a file. */
#include <stdlib.h>
#include <string.h>

#include "bench/report/codec.h"
#include "bench/report/report.h"
#include "bench/report/sink.h"

static void put(FILE *out, json_t *json)
{
    char *text = json_dumps(json, RP_DUMP | JSON_ENCODE_ANY);

    fputs(text ? text : "null", out);
    free(text);
    json_decref(json);
}

/* The head's members, then those of parts that are single lines. */
static void write_head(FILE *out, const rp_document *doc, const char *separator)
{
    json_t *head = json_object();
    json_t *state = rp_state_json(doc);
    const char *key = NULL;
    json_t *value = NULL;

    json_object_set_new(head, "schema", json_string(RP_SCHEMA));
    rp_fields_encode_into(head, doc, rp_head_fields);
    json_object_set_new(head, "emulated", json_boolean(strcmp(doc->machine.execution, "emulated") == 0));
    json_object_set(head, "options", doc->options);
    json_object_set_new(head, "machine", rp_fields_encode(&doc->machine, rp_machine_fields));
    json_object_set_new(head, "subject", rp_subject_json(&doc->subject));
    json_object_update(head, state);
    json_object_foreach(head, key, value)
    {
        fprintf(out, "%s\"%s\":", value == json_object_get(head, "schema") ? "" : separator, key);
        put(out, json_incref(value));
    }
    json_decref(state);
    json_decref(head);
}

static void begin(FILE *out, const char *name, const char *separator)
{
    fprintf(out, "%s\"%s\":[", separator, name);
}

static void write_cells(FILE *out, const rp_document *doc, const char *separator)
{
    begin(out, "cells", separator);
    for (size_t i = 0; i < doc->cell_count; i++) {
        fputs(i ? separator : separator + 1, out);
        put(out, rp_cell_json(doc, &doc->cells[i]));
    }
    fputs("]", out);
    begin(out, "absent", separator);
    for (size_t i = 0; i < doc->absent_count; i++) {
        fputs(i ? separator : separator + 1, out);
        put(out, rp_absent_json(&doc->absent[i]));
    }
    fputs("]", out);
}

static void write_blocks(FILE *out, const rp_document *doc, const char *separator)
{
    begin(out, "blocks", separator);
    for (size_t i = 0; i < doc->block_count; i++) {
        fputs(i ? separator : separator + 1, out);
        rp_block_write(out, doc, &doc->blocks[i]);
    }
    fputs("]", out);
    begin(out, "rows", separator);
    for (size_t i = 0; i < doc->row_count; i++) {
        fputs(i ? separator : separator + 1, out);
        put(out, rp_row_json(doc, &doc->rows[i]));
    }
    fputs("]", out);
}

void rp_document_write(FILE *out, const rp_document *doc, bool header)
{
    const char *separator = header ? "," : ",\n";

    fputs("{", out);
    write_head(out, doc, separator);
    write_cells(out, doc, separator);
    if (!header) {
        write_blocks(out, doc, separator);
    }
    fputs("}\n", out);
}

bool rp_document_save(const rp_document *doc, const char *path, rp_error *err)
{
    rp_sink sink;

    if (!rp_sink_open(&sink, path, err)) {
        return false;
    }
    rp_document_write(sink.out, doc, false);
    return rp_sink_commit(&sink, err);
}
