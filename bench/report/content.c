/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a report: the answer, then what it rests on. */
#include "bench/report/content.h"

#include <stdlib.h>
#include <string.h>

#include "bench/report/memory.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): it is taken over, and freed in the end. */
rp_section *rp_section_add(rp_content *content, char *title)
{
    content->sections = rp_grow(content->sections, content->section_count, sizeof *content->sections);
    content->sections[content->section_count] = (rp_section){.title = title};
    return &content->sections[content->section_count++];
}

void rp_remark(rp_section *section, char *text)
{
    section->remarks = rp_grow((void *)section->remarks, section->remark_count, sizeof *section->remarks);
    section->remarks[section->remark_count++] = text;
}

static char *title_of(const rp_document *doc)
{
    const hn_environment *m = &doc->machine;
    const char *name = *m->cpu_name ? m->cpu_name : m->arch;

    return rp_print("escrowbench %s, %s run of %.10s %.5s UTC on %s%s%s%s%s", doc->subject.version, doc->suite,
                    doc->created, doc->created + 11, name,
                    strcmp(m->hypervisor, "none") == 0 || *m->hypervisor == '\0' ? "" : " under ",
                    strcmp(m->hypervisor, "none") == 0 ? "" : m->hypervisor,
                    strcmp(m->execution, "emulated") == 0 ? ", EMULATED" : "", doc->complete ? "" : " (cut short)");
}

/* Tables of times, and what goes with them. */
static void add_times(rp_content *content, const rp_selection *s, const rp_view *view)
{
    const size_t messages = view->all ? s->sized_count : s->sized_count > 0;

    rp_content_systems(content, s);
    for (size_t i = 0; i < messages; i++) {
        rp_content_message(content, s, &s->messages[i], i == 0);
        if (i == 0) {
            rp_content_access(content, s, &s->messages[i]);
        }
    }
    rp_content_bulk(content, s);
    rp_content_rogues(content, s);
    rp_content_cheats(content, s);
    rp_content_search(content, s);
    rp_content_forge(content, s);
    rp_content_upkeep(content, s);
    rp_content_state(content, s);
    rp_content_beside(content, s);
    rp_content_floor(content, s);
    rp_content_counts(content, s);
    if (view->all) {
        rp_content_times(content, s);
        rp_content_percentiles(content, s);
        rp_content_intervals(content, s);
    }
    rp_content_peers(content, s);
    rp_content_commands(content, s);
}

rp_content *rp_content_new(const rp_document *doc, const rp_view *view)
{
    rp_selection *s = rp_select(doc, view);
    rp_content *content = rp_alloc(1, sizeof *content);

    content->title = title_of(doc);
    content->answer = rp_content_answer(s);
    if (*doc->counting.tool) {
        rp_content_instructions(content, s);
    } else {
        add_times(content, s, view);
    }
    rp_content_notes(content, s);
    rp_select_free(s);
    return content;
}

void rp_content_free(rp_content *content)
{
    for (size_t i = 0; i < content->section_count; i++) {
        rp_section *section = &content->sections[i];
        free(section->title);
        free(section->text);
        rp_table_free(section->table);
        for (size_t k = 0; k < section->remark_count; k++) {
            free(section->remarks[k]);
        }
        free((void *)section->remarks);
    }
    free(content->sections);
    free(content->title);
    free(content->answer);
    free(content);
}
