/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/systems.h"

#include <stddef.h>

/* In the order of the debate: what was there, what was asked for, what had been tried. Where a scheme differs from the deployed
   system, the transport's note says how. */
static const eb_system systems[] = {
    {"Apple iMessage (2015)", "imessage-2015", "none"},
    {"Apple iMessage (2024, post-quantum)", "pq3-like", "none"},
    {"WhatsApp, Signal (ratchet)", "ratchet", "none"},
    {"Signal (2023, post-quantum handshake)", "pqxdh", "none"},
    {"S/MIME mail", "cms", "none"},
    {"\"master key\" asked of Apple (iMessage)", "imessage-2015", "master"},
    {"\"master key\" asked of WhatsApp and Google", "ratchet", "master"},
    {"split keys among agencies", "ratchet", "threshold"},
    {"key recovery authority", "hpke", "archive"},
    {"\"ghost user\"", "ratchet", "ghost"},
    {"S/MIME mail with an additional recipient", "cms", "ghost"},
    {"iCloud backup, hosted e-mail (held by the provider)", "hpke", "provider"},
    {"Clipper (1993)", "clipper", "clipper"},
};

const eb_system *eb_system_at(unsigned i)
{
    return i < sizeof systems / sizeof systems[0] ? &systems[i] : NULL;
}

const char *eb_system_backend(unsigned i)
{
    static const char *const order[] = {"openssl", "sodium", "mbedtls"};
    return i < sizeof order / sizeof order[0] ? order[i] : NULL;
}
