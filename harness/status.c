/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/op.h"

const char *hn_status_text(hn_status status)
{
    switch (status) {
    case HN_OK:
        return "ok";
    case HN_ERR_OP:
        return "operation failed";
    case HN_ERR_PREPARE:
        return "preparation failed";
    case HN_ERR_MEMORY:
        return "out of memory";
    case HN_ERR_INVALID:
        return "invalid argument";
    case HN_ERR_ENGINE:
        return "benchmark engine failed";
    case HN_ERR_UNAVAILABLE:
        return "not available here";
    case HN_STOPPED:
        return "stopped";
    }
    return "unknown status";
}
