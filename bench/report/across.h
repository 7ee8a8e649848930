/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that counted instructions, side by side: of several machines, which `compare` would refuse to judge. */
#ifndef RP_ACROSS_H
#define RP_ACROSS_H

#include <stdio.h>

#include "bench/report/report.h"

enum { RP_ACROSS_MAX = 4 };

typedef struct rp_across {
    const rp_document *doc[RP_ACROSS_MAX];
    const char *name[RP_ACROSS_MAX]; /* the files' own names, without folders */
    size_t count;
} rp_across;

/* May these stand side by side? All counted, by the same kind of tool. NULL, or why not (free() it). */
char *rp_across_refusal(const rp_across *a);

void rp_across_terminal(FILE *out, const rp_across *a, const rp_view *view);
void rp_across_markdown(FILE *out, const rp_across *a, const rp_view *view);
void rp_across_csv(FILE *out, const rp_across *a, const rp_view *view);
void rp_across_json(FILE *out, const rp_across *a, const rp_view *view);

#endif
