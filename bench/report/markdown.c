/* SPDX-License-Identifier: Apache-2.0 */
/* The same tables for a README, a page or a job's summary. */
#include "bench/report/content.h"

/* Paragraphs keep their `code` marks; angle brackets and pipes mean nothing there that a report would write. */
static void remarks(FILE *out, const rp_section *section)
{
    for (size_t i = 0; i < section->remark_count; i++) {
        fprintf(out, "- %s\n", section->remarks[i]);
    }
    if (section->remark_count) {
        fputc('\n', out);
    }
}

void rp_content_markdown(FILE *out, const rp_content *content)
{
    fprintf(out, "# %s\n\n", content->title);
    if (content->answer) {
        fprintf(out, "%s\n\n", content->answer);
    }
    for (size_t i = 0; i < content->section_count; i++) {
        const rp_section *section = &content->sections[i];
        fprintf(out, "## %s\n\n", section->title);
        if (section->text) {
            fprintf(out, "%s\n\n", section->text);
        }
        if (section->table) {
            rp_table_markdown(out, section->table);
            fputc('\n', out);
        }
        remarks(out, section);
    }
}

void rp_markdown(FILE *out, const rp_document *doc, const rp_view *view)
{
    rp_content *content = rp_content_new(doc, view);

    rp_content_markdown(out, content);
    rp_content_free(content);
}
