/* SPDX-License-Identifier: Apache-2.0 */
/* For a person at a terminal: plain text, 100 columns, ASCII but for what the document holds. */
#include <string.h>

#include "bench/report/content.h"

/* Wraps text at `width`; `first` starts it, lines after that are indented alike. */
static void wrap(FILE *out, const char *first, const char *text, size_t width)
{
    size_t column = strlen(first);
    bool fresh = true;

    fputs(first, out);
    while (*text) {
        const size_t len = strcspn(text, " ");
        if (len && !fresh && column + 1 + len > width) {
            fprintf(out, "\n%*s", (int)strlen(first), "");
            column = strlen(first);
            fresh = true;
        }
        if (len) {
            fprintf(out, "%s%.*s", fresh ? "" : " ", (int)len, text);
            column += len + !fresh;
            fresh = false;
        }
        text += len + (text[len] == ' ');
    }
    fputc('\n', out);
}

static void heading(FILE *out, const char *text, const rp_view *view)
{
    fprintf(out, "%s%s%s\n", view->color ? "\033[1m" : "", text, view->color ? "\033[0m" : "");
}

void rp_content_terminal(FILE *out, const rp_content *content, const rp_view *view)
{
    const size_t width = view->width > 0 ? (size_t)view->width : 100;

    wrap(out, "", content->title, width);
    if (content->answer) {
        fputc('\n', out);
        wrap(out, "", content->answer, width);
    }
    for (size_t i = 0; i < content->section_count; i++) {
        const rp_section *section = &content->sections[i];
        fputc('\n', out);
        heading(out, section->title, view);
        if (section->text) {
            wrap(out, "", section->text, width);
        }
        if (section->table) {
            rp_table_plain(out, section->table, view->color);
        }
        for (size_t k = 0; k < section->remark_count; k++) {
            wrap(out, section->table ? "" : "- ", section->remarks[k], width);
        }
    }
}

void rp_terminal(FILE *out, const rp_document *doc, const rp_view *view)
{
    rp_content *content = rp_content_new(doc, view);

    rp_content_terminal(out, content, view);
    rp_content_free(content);
}
