/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/report/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rp_unit units[] = {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};

enum { UNITS = sizeof units / sizeof units[0] };

rp_unit rp_unit_for(const double *ns, size_t count)
{
    double least = INFINITY;
    rp_unit unit = units[0];

    for (size_t i = 0; i < count; i++) {
        if (!isnan(ns[i]) && fabs(ns[i]) < least) {
            least = fabs(ns[i]);
        }
    }
    for (size_t i = 1; i < UNITS && isfinite(least); i++) {
        if (least >= 0.1 * units[i].ns) {
            unit = units[i];
        }
    }
    return unit;
}

/* To three significant digits, from 1,000 on. */
static double rounded(double value)
{
    double step = 1.0;

    while (fabs(value) >= 999.5 * step) {
        step *= 10.0;
    }
    return step > 1.0 ? round(value / step) * step : value;
}

/* Decimals that leave three significant digits; 999.7 has none. */
static int decimals(double value)
{
    const double size = fabs(value);

    return size >= 99.95 || size == 0.0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : size >= 0.09995 ? 3 : 4;
}

/* Puts a comma between groups of three digits of a whole number. */
static void group(char *out, size_t len, const char *whole)
{
    const size_t digits = strlen(whole);
    size_t n = 0;

    for (size_t i = 0; i < digits && n + 2 < len; i++) {
        if (i && (digits - i) % 3 == 0) {
            out[n++] = ',';
        }
        out[n++] = whole[i];
    }
    out[n] = '\0';
}

char *rp_digits(char *out, size_t len, double value)
{
    char plain[64];
    const char *sign = value < 0.0 ? "-" : "";

    if (!isfinite(value)) {
        snprintf(out, len, "-");
        return out;
    }
    snprintf(plain, sizeof plain, "%.*f", decimals(value), fabs(rounded(value)));
    snprintf(out, len, "%s", sign);
    if (strchr(plain, '.')) {
        snprintf(out, len, "%s%s", sign, plain);
    } else if (strlen(sign) < len) {
        group(out + strlen(sign), len - strlen(sign), plain);
    }
    return out;
}

char *rp_time(char *out, size_t len, double ns)
{
    rp_unit unit = units[0];
    char number[64];

    if (!isfinite(ns)) {
        snprintf(out, len, "-");
        return out;
    }
    for (size_t i = 1; i < UNITS; i++) {
        if (fabs(ns) >= 0.9995 * units[i].ns) {
            unit = units[i];
        }
    }
    snprintf(out, len, "%s %s", rp_digits(number, sizeof number, ns / unit.ns), unit.name);
    return out;
}

char *rp_ratio(char *out, size_t len, double value)
{
    if (isfinite(value) && value < 9.995) {
        snprintf(out, len, "%.2f", value);
        return out;
    }
    return rp_digits(out, len, value);
}

char *rp_ratio_interval(char *out, size_t len, const rp_estimate *e)
{
    char value[64];
    char low[64];
    char high[64];

    rp_ratio(value, sizeof value, e->value);
    if (isnan(e->low)) {
        snprintf(out, len, "%s", value);
    } else {
        snprintf(out, len, "%s [%s, %s]", value, rp_ratio(low, sizeof low, e->low),
                 rp_ratio(high, sizeof high, e->high));
    }
    return out;
}

char *rp_added(char *out, size_t len, double ns, rp_unit unit)
{
    const double value = ns / unit.ns;
    char number[64];

    if (fabs(value) < 0.9995) {
        snprintf(out, len, "%+.2f", value);
        return out;
    }
    rp_digits(number, sizeof number, value);
    snprintf(out, len, "%s%s", value > 0.0 ? "+" : "", number);
    return out;
}

char *rp_count(char *out, size_t len, int64_t value)
{
    char plain[32];

    if (value < 0) {
        snprintf(out, len, "-");
        return out;
    }
    snprintf(plain, sizeof plain, "%lld", (long long)value);
    group(out, len, plain);
    return out;
}

char *rp_size(char *out, size_t len, int64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB"};
    size_t i = 0;

    while (i < 3 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    snprintf(out, len, "%lld %s", (long long)bytes, names[i]);
    return out;
}
