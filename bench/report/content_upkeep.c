/* SPDX-License-Identifier: Apache-2.0 */
/* Upkeep: what it takes to keep an escrow going, one line for each; what it cannot do has its reason. */
#include <string.h>

#include "bench/report/escrow_lines.h"
#include "bench/report/memory.h"

static const rp_escrow_column columns[] = {
    {"rotate-user", "", "new user key", 1, false},
    {"setup", "new authority", "set-up", 1, false},
    {"rewrap", "new authority", "1,000 rewrapped", 1000, false},
    {"refresh", "agents", "refresh", 1, false},
    {"reshare", "agents", "reshare, one replaced", 1, false},
    {"publish", "an epoch", "publish", 1, false},
    {"puncture", "an epoch", "puncture", 1, false},
};

enum { COLUMNS = sizeof columns / sizeof columns[0], SETUP = 1 };

/* Set-up alone has its place in the table of access. */
static bool any_upkeep(const rp_selection *s)
{
    for (size_t i = 0; i < s->op_count; i++)
        for (size_t k = 0; k < COLUMNS; k++)
            if (k != SETUP && strcmp(s->ops[i], columns[k].op) == 0)
                return true;
    return false;
}

void rp_content_upkeep(rp_content *content, const rp_selection *s)
{
    rp_escrow_remarks remarks = {.count = 0};
    rp_table *table = any_upkeep(s) ? rp_escrow_lines(s, columns, COLUMNS, &remarks) : NULL;
    if (table == NULL)
        return;
    rp_section *section = rp_section_add(content, rp_print("Upkeep: keys renewed, agents replaced, epochs forgotten"));
    section->table = table;
    section->text = rp_print(
        "One CPU. A new authority is a set-up, and each capsule of the backlog opened and made again for it: 1,000 "
        "rewrapped is 1,000 times the row `rewrap`, which is measured for one (a message's capsule; of archive, a "
        "user's deposit; of provider, a data key). One replaced: t agents of the old group deal to n, of whom one is "
        "new, at the same (t, n), which is what `reshare` measures. A letter: there is no such thing, for the reason "
        "below; blank: not in this run.");
    rp_escrow_remark(section, &remarks);
}
