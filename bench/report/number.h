/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people: three significant digits, an interval as [a, b], "-" for none. */
#ifndef RP_NUMBER_H
#define RP_NUMBER_H

#include "bench/report/document.h"

typedef struct rp_unit {
    const char *name;
    double ns;
} rp_unit;

/* The unit in which all of these times read best: the largest in which the smallest is not below 0.1. NaNs are passed
 * over. */
rp_unit rp_unit_for(const double *ns, size_t count);

/* All write at most `len` bytes and return `out`. */

/* "58.2", "1,230", "0.0124" */
char *rp_digits(char *out, size_t len, double value);
/* A time in a unit that suits it: "58.2 us". */
char *rp_time(char *out, size_t len, double ns);
/* "2.98", and with an interval "2.98 [2.97, 2.99]": two decimals below 10, so that columns of ratios line up. */
char *rp_ratio(char *out, size_t len, double value);
char *rp_ratio_interval(char *out, size_t len, const rp_estimate *e);
/* "+115", "-0.31", in the unit; two decimals at most. */
char *rp_added(char *out, size_t len, double ns, rp_unit unit);
/* "1,072"; "-" below 0. */
char *rp_count(char *out, size_t len, int64_t value);
/* "64 B", "1 KiB", "1 MiB" */
char *rp_size(char *out, size_t len, int64_t bytes);

#endif
