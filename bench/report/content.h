/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says, before it takes a form: sections of text, a table and remarks. Terminal and Markdown print these. */
#ifndef RP_CONTENT_H
#define RP_CONTENT_H

#include "bench/report/select.h"
#include "bench/report/table.h"

typedef struct rp_section {
    char *title;
    char *text;      /* a paragraph above the table; NULL: none */
    rp_table *table; /* NULL: none */
    char **remarks;
    size_t remark_count;
} rp_section;

typedef struct rp_content {
    char *title;  /* one line: which run */
    char *answer; /* one paragraph: the result in words; NULL where there is none */
    rp_section *sections;
    size_t section_count;
} rp_content;

rp_content *rp_content_new(const rp_document *doc, const rp_view *view);
void rp_content_free(rp_content *content);

/* Its forms. `view` tells colour and width. */
void rp_content_terminal(FILE *out, const rp_content *content, const rp_view *view);
void rp_content_markdown(FILE *out, const rp_content *content);

/* Adds a section with no text, table or remarks (borrowed until the next). The text is taken over. */
rp_section *rp_section_add(rp_content *content, char *title);
/* Adds a remark, taking the text over. */
void rp_remark(rp_section *section, char *text);

/* The parts, each a file. Sections without a line are not added. */
void rp_content_systems(rp_content *content, const rp_selection *s);
void rp_content_message(rp_content *content, const rp_selection *s, const rp_message *message, bool leads);
char *rp_content_answer(const rp_selection *s);
void rp_content_access(rp_content *content, const rp_selection *s, const rp_message *message);
void rp_content_rogues(rp_content *content, const rp_selection *s);
void rp_content_cheats(rp_content *content, const rp_selection *s);
void rp_content_forge(rp_content *content, const rp_selection *s);
void rp_content_search(rp_content *content, const rp_selection *s);
void rp_content_upkeep(rp_content *content, const rp_selection *s);
void rp_content_bulk(rp_content *content, const rp_selection *s);
void rp_content_state(rp_content *content, const rp_selection *s);
void rp_content_floor(rp_content *content, const rp_selection *s);
void rp_content_counts(rp_content *content, const rp_selection *s);
void rp_content_times(rp_content *content, const rp_selection *s);
void rp_content_percentiles(rp_content *content, const rp_selection *s);
/* Refusals beside acceptance, first use beside what is hot. */
void rp_content_beside(rp_content *content, const rp_selection *s);
/* Intervals, counters, memory and code of each cell. */
void rp_content_intervals(rp_content *content, const rp_selection *s);
void rp_content_peers(rp_content *content, const rp_selection *s);
void rp_content_commands(rp_content *content, const rp_selection *s);
/* Of a run that counted instructions, instead of the tables of times. */
void rp_content_instructions(rp_content *content, const rp_selection *s);
void rp_content_notes(rp_content *content, const rp_selection *s);

#endif
