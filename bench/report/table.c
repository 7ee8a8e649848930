/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/table.h"

#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

rp_table *rp_table_new(void)
{
    return rp_alloc(1, sizeof(rp_table));
}

void rp_table_free(rp_table *table)
{
    if (!table) {
        return;
    }
    for (size_t i = 0; i < table->line_count; i++) {
        for (size_t k = 0; k < table->column_count && table->lines[i].cells; k++) {
            free(table->lines[i].cells[k]);
        }
        free((void *)table->lines[i].cells);
        free(table->lines[i].heading);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        free(table->columns[i].group);
        free(table->columns[i].name);
    }
    free(table->lines);
    free(table->columns);
    free(table);
}

void rp_table_column(rp_table *table, const char *group, const char *name, bool left)
{
    table->columns = rp_grow(table->columns, table->column_count, sizeof *table->columns);
    table->columns[table->column_count++] = (rp_column){rp_print("%s", group), rp_print("%s", name), left};
}

static rp_line *add_line(rp_table *table)
{
    table->lines = rp_grow(table->lines, table->line_count, sizeof *table->lines);
    return &table->lines[table->line_count++];
}

void rp_table_heading(rp_table *table, const char *text)
{
    *add_line(table) = (rp_line){NULL, rp_print("%s", text)};
}

void rp_table_line(rp_table *table)
{
    *add_line(table) = (rp_line){rp_alloc(table->column_count, sizeof(char *)), NULL};
}

void rp_table_drop_line(rp_table *table)
{
    rp_line *line = &table->lines[--table->line_count];

    for (size_t i = 0; line->cells && i < table->column_count; i++) {
        free(line->cells[i]);
    }
    free((void *)line->cells);
    free(line->heading);
}

void rp_table_set(rp_table *table, size_t column, const char *text)
{
    char **cell = &table->lines[table->line_count - 1].cells[column];

    free(*cell);
    *cell = rp_print("%s", text);
}

bool rp_table_empty(const rp_table *table)
{
    for (size_t i = 0; i < table->line_count; i++) {
        if (table->lines[i].cells) {
            return false;
        }
    }
    return true;
}

static const char *cell_text(const rp_line *line, size_t column)
{
    return line->cells[column] ? line->cells[column] : "";
}

/* Width in characters: bytes that do not continue a UTF-8 sequence. */
static size_t width(const char *text)
{
    size_t n = 0;

    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

static size_t *widths(const rp_table *table)
{
    size_t *w = rp_alloc(table->column_count, sizeof *w);

    for (size_t c = 0; c < table->column_count; c++) {
        w[c] = width(table->columns[c].name);
        for (size_t i = 0; i < table->line_count; i++) {
            if (table->lines[i].cells && width(cell_text(&table->lines[i], c)) > w[c]) {
                w[c] = width(cell_text(&table->lines[i], c));
            }
        }
    }
    return w;
}

/* How many columns from c on stand under one group. */
static size_t span(const rp_table *table, size_t c)
{
    size_t n = 1;

    while (c + n < table->column_count && strcmp(table->columns[c].group, table->columns[c + n].group) == 0) {
        n++;
    }
    return n;
}

/* Columns under a long group name are widened to hold it. */
static void fit_groups(const rp_table *table, size_t *w)
{
    for (size_t c = 0, n = 0; c < table->column_count; c += n) {
        size_t have = 0;
        n = span(table, c);
        for (size_t i = c; i < c + n; i++) {
            have += w[i] + (i > c ? 2 : 0);
        }
        if (width(table->columns[c].group) > have) {
            w[c + n - 1] += width(table->columns[c].group) - have;
        }
    }
}

static void pad(FILE *out, const char *text, size_t w, bool left, bool last)
{
    const size_t blank = w - width(text);

    if (!left) {
        fprintf(out, "%*s", (int)blank, "");
    }
    fputs(text, out);
    if (left && !last) {
        fprintf(out, "%*s", (int)blank, "");
    }
}

/* Group names over a rule of their width: "----- seal -----". */
static void plain_groups(FILE *out, const rp_table *table, const size_t *w)
{
    size_t pending = 0; /* blanks are held back, so that no line ends in them */
    bool any = false;

    for (size_t c = 0, n = 0; c < table->column_count; c += n) {
        const char *group = table->columns[c].group;
        size_t have = 0;
        n = span(table, c);
        for (size_t i = c; i < c + n; i++) {
            have += w[i] + (i > c ? 2 : 0);
        }
        pending += c ? 2 : 0;
        if (*group) {
            const size_t rule = have - width(group) >= 4 ? have - width(group) - 2 : 0;
            fprintf(out, "%*s", (int)pending, "");
            for (size_t i = 0; i < rule / 2; i++) {
                fputc('-', out);
            }
            fprintf(out, "%*s%s%*s", rule ? 1 : 0, "", group, rule ? 1 : 0, "");
            for (size_t i = rule / 2; i < rule; i++) {
                fputc('-', out);
            }
            pending = rule ? 0 : have - width(group);
            any = true;
        } else {
            pending += have;
        }
    }
    if (any) {
        fputc('\n', out);
    }
}

static void plain_line(FILE *out, const rp_table *table, const rp_line *line, const size_t *w)
{
    size_t last = table->column_count;

    while (last > 0 && *cell_text(line, last - 1) == '\0') {
        last--;
    }
    for (size_t c = 0; c < last; c++) {
        fputs(c ? "  " : "", out);
        pad(out, cell_text(line, c), w[c], table->columns[c].left, c + 1 == last);
    }
    fputc('\n', out);
}

void rp_table_plain(FILE *out, const rp_table *table, bool color)
{
    size_t *w = widths(table);

    fit_groups(table, w);
    plain_groups(out, table, w);
    for (size_t c = 0; c < table->column_count; c++) {
        fputs(c ? "  " : "", out);
        pad(out, table->columns[c].name, w[c], table->columns[c].left, c + 1 == table->column_count);
    }
    fputc('\n', out);
    for (size_t i = 0; i < table->line_count; i++) {
        if (table->lines[i].heading) {
            fprintf(out, "%s%s%s\n", color ? "\033[1m" : "", table->lines[i].heading, color ? "\033[0m" : "");
        } else {
            plain_line(out, table, &table->lines[i], w);
        }
    }
    free(w);
}

/* What Markdown would read as its own is escaped; a lone "-" becomes a dash. */
static void markdown_text(FILE *out, const char *text)
{
    if (strcmp(text, "-") == 0) {
        fputs("\u2013", out);
        return;
    }
    for (; *text; text++) {
        if (strchr("|\\`*_<>", *text)) {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

void rp_table_markdown(FILE *out, const rp_table *table)
{
    fputc('|', out);
    for (size_t c = 0; c < table->column_count; c++) {
        const rp_column *column = &table->columns[c];
        fputc(' ', out);
        markdown_text(out, column->group);
        fputs(*column->group && *column->name ? ": " : "", out);
        markdown_text(out, column->name);
        fputs(" |", out);
    }
    fputs("\n|", out);
    for (size_t c = 0; c < table->column_count; c++) {
        fputs(table->columns[c].left ? " --- |" : " ---: |", out);
    }
    fputc('\n', out);
    for (size_t i = 0; i < table->line_count; i++) {
        const rp_line *line = &table->lines[i];
        fputc('|', out);
        for (size_t c = 0; c < table->column_count; c++) {
            fputs(line->heading && c == 0 ? " **" : " ", out);
            markdown_text(out, line->heading ? (c ? "" : line->heading) : cell_text(line, c));
            fputs(line->heading && c == 0 ? "** |" : " |", out);
        }
        fputc('\n', out);
    }
}
