/* SPDX-License-Identifier: Apache-2.0 */
/* An operation that does nothing, and the plain loop without one: what the harness itself adds to every operation that it
 * times is their difference. */
#include "bench/sides.h"

static bool row(size_t i, eb_side_row *r)
{
    if (i > 0)
        return false;
    *r = (eb_side_row){.op = "call",
                       .subject = "nothing",
                       .variant = "",
                       .size = -1,
                       .about = "is in every time above; a side's call has one function pointer more than a scheme's",
                       .quick = true};
    return true;
}

static bool loop_row(size_t i, eb_side_row *r)
{
    if (i > 0)
        return false;
    *r = (eb_side_row){.op = "call",
                       .subject = "nothing",
                       .variant = "loop",
                       .size = -1,
                       .about = "a plain C++ loop with an empty body: what remains without any call",
                       .reference = true,
                       .quick = true};
    return true;
}

static eb_status make(void **out, const eb_side_row *r, const uint8_t *coins)
{
    static char nothing;
    (void)r, (void)coins;
    *out = &nothing;
    return EB_OK;
}

static eb_status run(void *state)
{
    return state != NULL ? EB_OK : EB_ERR_INVALID;
}

static void release(void *state)
{
    (void)state;
}

static const char *version(void)
{
    return "";
}

const eb_side eb_part_nothing = {
    .abi = EB_ABI,
    .id = "escrowbench",
    .library = "escrowbench",
    .version = version,
    .note = "an operation that does nothing: the harness's own cost",
    .row = row,
    .make = make,
    .prove = run,
    .run = run,
    .release = release,
};

const eb_side eb_part_loop = {
    .abi = EB_ABI,
    .id = "escrowbench",
    .library = "escrowbench",
    .version = version,
    .note = "the loop that calls it, without the call",
    .row = loop_row,
    .make = make,
    .prove = run,
    .run = run,
    .release = release,
};
