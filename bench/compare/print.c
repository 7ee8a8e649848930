/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison for a terminal and as Markdown. */
#include <string.h>

#include "bench/compare/comparison.h"

enum { WIDTH = 100 };

/* `first` starts the text; lines after that are indented alike. */
static void wrap(FILE *out, const char *first, const char *text)
{
    size_t column = strlen(first);
    bool fresh = true;

    fputs(first, out);
    while (*text) {
        const size_t len = strcspn(text, " ");
        if (len && !fresh && column + 1 + len > WIDTH) {
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

/* What stands in a run file or a list may be anything: only the program's own `code` marks keep their meaning. */
static void escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_<>[]|", *text)) {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

void cm_terminal(FILE *out, const cm_comparison *c, const cm_view *view)
{
    rp_content *content = cm_content(c, view);

    wrap(out, "", content->title);
    fputc('\n', out);
    wrap(out, "", content->answer);
    for (size_t i = 0; i < content->section_count; i++) {
        const rp_section *section = &content->sections[i];
        fprintf(out, "\n%s%s%s\n", view->color ? "\033[1m" : "", section->title, view->color ? "\033[0m" : "");
        if (section->table) {
            rp_table_plain(out, section->table, view->color);
        }
        for (size_t k = 0; k < section->remark_count; k++) {
            wrap(out, "- ", section->remarks[k]);
        }
    }
    rp_content_free(content);
}

void cm_markdown(FILE *out, const cm_comparison *c, const cm_view *view)
{
    rp_content *content = cm_content(c, &(cm_view){.all = view->all, .whole_ids = true});

    fprintf(out, "# %s\n\n", content->title);
    escaped(out, content->answer);
    fputs("\n\n", out);
    for (size_t i = 0; i < content->section_count; i++) {
        const rp_section *section = &content->sections[i];
        fprintf(out, "## %s\n\n", section->title);
        if (section->table) {
            rp_table_markdown(out, section->table);
            fputc('\n', out);
        }
        for (size_t k = 0; k < section->remark_count; k++) {
            fputs("- ", out);
            escaped(out, section->remarks[k]);
            fputc('\n', out);
        }
        if (section->remark_count) {
            fputc('\n', out);
        }
    }
    rp_content_free(content);
}
