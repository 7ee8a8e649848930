/* SPDX-License-Identifier: Apache-2.0 */
/* The rows for a program that does not want the raw data: each cell with its summary, and what it was measured on. */
#include <stdlib.h>

#include "bench/report/codec.h"
#include "bench/report/report.h"

static json_t *row_json(const rp_document *doc, const rp_row *row)
{
    json_t *json = rp_cell_json(doc, &doc->cells[row->cell]);

    rp_fields_encode_into(json, row, rp_row_fields);
    return json;
}

void rp_json(FILE *out, const rp_document *doc, const rp_view *view)
{
    json_t *subject = rp_subject_json(&doc->subject);
    char *subject_text = json_dumps(subject, RP_DUMP);
    char *class_text = NULL;
    json_t *class_json = json_string(doc->machine_class);
    bool first = true;

    class_text = json_dumps(class_json, RP_DUMP | JSON_ENCODE_ANY);
    fprintf(
        out,
        "{\"schema\":\"escrowbench-rows/1\",\n\"created\":\"%s\",\n\"machine_class\":%s,\n\"subject\":%s,\n\"rows\":[",
        doc->created, class_text ? class_text : "null", subject_text ? subject_text : "null");
    for (size_t i = 0; i < doc->row_count; i++) {
        if (!view->shown || view->shown[doc->rows[i].cell]) {
            json_t *json = row_json(doc, &doc->rows[i]);
            char *text = json_dumps(json, RP_DUMP);
            fprintf(out, "%s\n%s", first ? "" : ",", text ? text : "null");
            first = false;
            free(text);
            json_decref(json);
        }
    }
    fputs("]}\n", out);
    free(subject_text);
    free(class_text);
    json_decref(subject);
    json_decref(class_json);
}
