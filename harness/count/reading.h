/* SPDX-License-Identifier: Apache-2.0 */
/* A counter as count.c sees it. */
#ifndef HN_READING_H
#define HN_READING_H

#include "harness/count/count.h"

/* Instructions since some moment; memory and vector are 0 where the tool does not tell classes apart. */
typedef struct hn_reading {
    uint64_t total, memory, vector;
} hn_reading;

bool hn_counter_read(hn_counter *counter, hn_reading *out);
bool hn_counter_classes(const hn_counter *counter);

#endif
