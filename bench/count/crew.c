/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/count/crew.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bench/state.h"
#include "harness/affinity.h"

static bool fails(const char *what, const char *why)
{
    fprintf(stderr, "escrowbench: %s: %s\n", what, why);
    return false;
}

static bool wanted(const eb_crew *c, uint32_t cell)
{
    return c->floors || strcmp(c->doc->cells[cell].kind, "floor") != 0;
}

static bool give(eb_crew *c, size_t worker)
{
    char cell[AB_LINE_MAX], line[AB_LINE_MAX + 64];
    c->at[worker] = RP_NONE;
    while (c->next < c->doc->cell_count && !wanted(c, c->next))
        c->next++;
    if (c->next == c->doc->cell_count)
        return true;
    const rp_cell *next = &c->doc->cells[c->next];
    ab_cell_format(cell, sizeof cell, next);
    const int n = snprintf(line, sizeof line, "count %s %llu %u %s\n", next->kind, (unsigned long long)c->options->seed,
                           next->key.devices, cell);
    if (n < 0 || (size_t)n >= AB_LINE_MAX || !ab_write(c->workers[worker].in, line, (size_t)n))
        return fails(next->id, "the working process is gone");
    c->at[worker] = c->next++;
    return true;
}

static bool take(eb_crew *c, size_t worker)
{
    char line[AB_LINE_MAX + 1];
    rp_cell *cell = &c->doc->cells[c->at[worker]];
    const ab_read r = ab_read_line(&c->workers[worker].out, line, AB_NO_DEADLINE);
    if (r == AB_READ_STOPPED)
        return true;
    if (r != AB_READ_LINE)
        return fails(cell->id, "the working process is gone");
    c->done++;
    return c->answer(c->user, cell, &c->workers[worker], line) && give(c, worker);
}

static bool hand_out(eb_crew *c)
{
    struct pollfd fds[EB_CREW_MAX];
    for (size_t i = 0; i < c->count; i++)
        if (!give(c, i))
            return false;
    while (c->done < c->total && !eb_stop_flag) {
        for (size_t i = 0; i < c->count; i++)
            fds[i] = (struct pollfd){.fd = c->at[i] != RP_NONE ? c->workers[i].out.fd : -1, .events = POLLIN};
        if (poll(fds, c->count, -1) <= 0)
            continue; /* a signal */
        for (size_t i = 0; i < c->count; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !take(c, i))
                return false;
        if (c->options->progress)
            fprintf(stderr, "\r%s: %zu of %zu ", c->tool, c->done, c->total);
    }
    return true;
}

bool eb_crew_begin(eb_crew *c, const char *tool, char *why, size_t why_len)
{
    if (!eb_count_start(&c->workers[0], tool, c->options, c->doc, why, why_len))
        return false;
    c->tool = tool;
    c->count = 1;
    return true;
}

bool eb_crew_run(eb_crew *c)
{
    char why[512];
    c->total = 0;
    for (uint32_t i = 0; i < c->doc->cell_count; i++)
        c->total += wanted(c, i);
    size_t most = c->options->workers > 0 ? c->options->workers : (size_t)hn_affinity_allowed();
    most = most > EB_CREW_MAX ? EB_CREW_MAX : most > c->total ? c->total : most;
    for (; c->count < most; c->count++)
        if (!eb_count_start(&c->workers[c->count], c->tool, c->options, c->doc, why, sizeof why))
            return fails(c->tool, why);
    const bool ok = hand_out(c);
    if (c->options->progress)
        fprintf(stderr, "\r%40s\r", "");
    return ok;
}

void eb_crew_end(eb_crew *c)
{
    for (size_t i = 0; i < c->count; i++)
        eb_count_end(&c->workers[i]);
    c->count = 0;
}
