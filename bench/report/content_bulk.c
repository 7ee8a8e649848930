/* SPDX-License-Identifier: Apache-2.0 */
/* Access to many messages: under one order, and as they come. */
#include "bench/report/escrow_lines.h"
#include "bench/report/memory.h"

static const rp_escrow_column columns[] = {
    {"access", "an order for", "one message", 1, true},
    {"access-bulk", "an order for", "each of 16", 0, false},
    {"tap", "a tap", "next message", 1, false},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

void rp_content_bulk(rp_content *content, const rp_selection *s)
{
    rp_escrow_remarks remarks = {.count = 0};
    rp_table *table = rp_escrow_lines(s, columns, COLUMNS, &remarks);
    if (table == NULL)
        return;
    rp_section *section = rp_section_add(content, rp_print("Access in bulk and by a live tap, time for each message"));
    section->table = table;
    section->text =
        rp_print("Computing alone, on one CPU. In bulk: 16 messages of one user and epoch under one order, from the "
                 "order to the "
                 "plaintexts, a sixteenth of it. Where agents can hand over what opens all of them (a deposited or a "
                 "ghost's key, "
                 "rebuilt shares, an epoch's leaf, a chip's halves) they answer once, and nobody needs them "
                 "afterwards: a tap then "
                 "reads on at the price in the last column. Where each message has its own answers (master, threshold) "
                 "one proof "
                 "can serve all 16 (RFC 9497, composites), and a tap costs one access for each message: blank.");
    rp_escrow_remark(section, &remarks);
}
