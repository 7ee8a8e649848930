/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/gates/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int gt_failed(gt_log *log, const char *format, ...)
{
    log->checks++;
    log->failures++;
    if (log->failed == NULL)
        return 0;
    char detail[GT_DETAIL];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    log->failed(log->user, log->gate, log->subject, detail);
    return n;
}

uint8_t *gt_memory(gt_log *log, size_t len)
{
    uint8_t *p = calloc(len + 1, 1);
    (void)gt_check(log, p != NULL, "out of memory");
    return p;
}

void gt_report(gt_log *log, const gt_tally *tally, const char *detail)
{
    log->findings++;
    if (log->found == NULL)
        return;
    gt_finding f = {.accepted = tally->accepted, .tried = tally->tried};
    snprintf(f.field, sizeof f.field, "%s", tally->field);
    snprintf(f.detail, sizeof f.detail, "%s", detail);
    log->found(log->user, log->gate, log->subject, &f);
}

void gt_tally_report(gt_log *log, const gt_tally *tally, const char *detail)
{
    if (tally->accepted > 0)
        gt_report(log, tally, detail);
}

bool gt_refusal(eb_status s)
{
    return eb_refused(s);
}
