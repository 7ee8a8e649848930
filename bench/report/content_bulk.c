/* SPDX-License-Identifier: Apache-2.0 */
/* Access to many messages: under one order, and as they come. */
#include "bench/report/escrow_lines.h"
#include "bench/report/memory.h"

static const rp_escrow_column columns[] = {
    {"access", "an order for", "one message", 1, true},
    {"access-bulk", "an order for", "each in bulk", 0, false},
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
    section->text = rp_print(
        "Computing alone, on one CPU. In bulk: several messages of one user and epoch (row `access-bulk`: 16) under "
        "one order, from the order to the plaintexts; shown is the part of one. Some agents hand over what opens them "
        "all: the user's or the ghost's private key, shares from which the escrow key is rebuilt (shamir: from then on "
        "everybody's messages), an epoch's key, a chip's halves (clipper: of all epochs). They answer once, and nobody "
        "needs them afterwards; a tap reads on at the price in the last column. Else each message has its own answers, "
        "with one proof for all of an order where there are proofs (threshold and its kin: RFC 9497, composites), and "
        "a tap costs one access for each message: blank. Blank too: what is stored cannot be tapped (provider), and a "
        "search is made for each message by itself (partial).");
    rp_escrow_remark(section, &remarks);
}
