/* SPDX-License-Identifier: Apache-2.0 */
/* The figure of one program for one cell in one pair of processes. */
#ifndef EB_AB_FASTEST_H
#define EB_AB_FASTEST_H

#include <stddef.h>

typedef struct ab_figure {
    double value; /* mean of the fastest quarter */
    double error; /* its standard error, relative to it: rough, and only good for telling noisy cells from quiet ones */
} ab_figure;

/** Of `count` times, at least 1; sorts them. Whatever comes between makes a slice slower, never faster; on a shared machine
 *  many slices are disturbed, and their median would be a figure of the disturbance. A single fastest one would be one of
 *  luck, where operations take different times by themselves. */
ab_figure ab_fastest(double *ns, size_t count);

#endif
