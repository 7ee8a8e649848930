/* SPDX-License-Identifier: Apache-2.0 */
/* Partial escrow: how long an access searches for the bits that no capsule holds, as measured, and continued to more bits: each
 * bit doubles the trials. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/content.h"
#include "bench/report/memory.h"
#include "bench/report/number.h"
#include "bench/report/summary.h"

enum { MAX_BITS = 64, POINTS_NEEDED = 2 };

/* What a bit may multiply the time by, where continuing supposes 2. */
static const double least_growth = 1.9, most_growth = 2.1;

/* Continued to these. */
static const unsigned continued[] = {32, 40, 48, 56};

enum { CONTINUED = sizeof continued / sizeof continued[0] };

/* Seconds in units that people use. */
static char *long_time(char *out, size_t len, double seconds)
{
    static const struct {
        double limit, unit;
        const char *name;
    } units[] = {{120, 1, "s"},
                 {7200, 60, "min"},
                 {172800, 3600, "h"},
                 {63115200, 86400, "days"},
                 {INFINITY, 31557600, "years"}};
    char digits[32];
    size_t i = 0;
    if (seconds < 1)
        return rp_time(out, len, 1e9 * seconds);
    while (seconds >= units[i].limit)
        i++;
    snprintf(out, len, "%s %s", rp_digits(digits, sizeof digits, seconds / units[i].unit), units[i].name);
    return out;
}

/* The measured rows of one scheme on one place: half of a sweep, in seconds. */
typedef struct points {
    unsigned bits[RP_SELECT_MAX];
    double seconds[RP_SELECT_MAX];
    size_t count;
} points;

/* "sweep-16" is 16; 0 for another operation. */
static unsigned bits_of(const char *op)
{
    static const char prefix[] = "sweep-";
    char *end = NULL;
    if (strncmp(op, prefix, sizeof prefix - 1) != 0) {
        return 0;
    }
    const unsigned long bits = strtoul(op + sizeof prefix - 1, &end, 10);
    return *end == '\0' && bits <= MAX_BITS ? (unsigned)bits : 0;
}

static void collect(points *p, const rp_selection *s, const rp_message *message, const rp_variant *variant,
                    const rp_place *place)
{
    p->count = 0;
    for (size_t i = 0; i < s->op_count; i++) {
        const unsigned bits = bits_of(s->ops[i]);
        const uint32_t cell = bits > 0 ? rp_pick(s, s->ops[i], message, variant, place) : RP_NONE;
        const rp_row *row = cell == RP_NONE ? NULL : rp_row_of(s->doc, cell);
        if (row && row->ns.value > 0) {
            p->bits[p->count] = bits;
            p->seconds[p->count++] = row->ns.value / 2e9;
        }
    }
}

/* What a bit multiplies the time by, between the two largest searches: smaller ones are mostly the opening of the capsule. NaN:
   there are not two. */
static double growth(const points *p)
{
    size_t last = 0, before = 0;
    if (p->count < POINTS_NEEDED)
        return NAN;
    for (size_t i = 1; i < p->count; i++)
        last = p->bits[i] > p->bits[last] ? i : last;
    before = last == 0 ? 1 : 0;
    for (size_t i = 0; i < p->count; i++)
        if (i != last && p->bits[i] > p->bits[before])
            before = i;
    return exp2(log2(p->seconds[last] / p->seconds[before]) / (p->bits[last] - p->bits[before]));
}

/* Half of a search for so many bits: the largest that was measured, doubled for each bit more. */
static double seconds_for(const points *p, unsigned bits)
{
    size_t last = 0;
    for (size_t i = 1; i < p->count; i++)
        last = p->bits[i] > p->bits[last] ? i : last;
    return ldexp(p->seconds[last], (int)bits - (int)p->bits[last]);
}

/* All bits that were measured anywhere, in rising order. */
static size_t measured(unsigned *bits, const rp_selection *s)
{
    size_t n = 0;
    for (unsigned b = 1; b <= MAX_BITS; b++) {
        for (size_t i = 0; i < s->op_count; i++) {
            if (bits_of(s->ops[i]) == b) {
                bits[n++] = b;
                break;
            }
        }
    }
    return n;
}

/* False if the line is not continued, since what was measured did not double. */
static bool add_line(rp_table *table, const char *label, const points *p, const unsigned *bits, size_t bit_count)
{
    char text[64];
    const double by = growth(p);
    rp_table_line(table);
    rp_table_set(table, 0, label);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < bit_count; k++) {
            if (bits[k] == p->bits[i]) {
                rp_table_set(table, 1 + k, long_time(text, sizeof text, p->seconds[i]));
            }
        }
    }
    if (isnan(by)) {
        return true;
    }
    snprintf(text, sizeof text, "%.2f", by);
    rp_table_set(table, 1 + bit_count, text);
    if (by < least_growth || by > most_growth) {
        return false;
    }
    for (size_t k = 0; k < CONTINUED; k++) {
        rp_table_set(table, 2 + bit_count + k, long_time(text, sizeof text, seconds_for(p, continued[k])));
    }
    return true;
}

/* How many lines are not continued. */
static size_t add_lines(rp_table *table, const rp_selection *s, const unsigned *bits, size_t bit_count)
{
    size_t refused = 0;
    points p;
    char label[320], variant[160], library[120];
    for (size_t m = 0; m < s->sized_count; m++) {
        for (size_t v = 0; v < s->variant_count; v++) {
            for (size_t i = 0; i < s->place_count; i++) {
                collect(&p, s, &s->messages[m], &s->variants[v], &s->places[i]);
                if (p.count == 0) {
                    continue;
                }
                snprintf(label, sizeof label, "%s, %s, %s on %s", s->messages[m].transport,
                         rp_variant_label(variant, sizeof variant, &s->variants[v]), s->places[i].suite,
                         rp_library_label(library, sizeof library, s->doc, s->places[i].backend));
                refused += !add_line(table, label, &p, bits, bit_count);
            }
        }
    }
    return refused;
}

void rp_content_search(rp_content *content, const rp_selection *s)
{
    unsigned bits[MAX_BITS];
    char name[32];
    const size_t bit_count = measured(bits, s);
    rp_table *table = rp_table_new();
    rp_section *section = NULL;

    rp_table_column(table, "", "", true);
    for (size_t i = 0; i < bit_count; i++) {
        snprintf(name, sizeof name, "%u", bits[i]);
        rp_table_column(table, "measured, by missing bits", name, false);
    }
    rp_table_column(table, "", "measured x a bit", false);
    for (size_t k = 0; k < CONTINUED; k++) {
        snprintf(name, sizeof name, "%u", continued[k]);
        rp_table_column(table, "continued, x 2 a bit", name, false);
    }
    const size_t refused = add_lines(table, s, bits, bit_count);
    if (rp_table_empty(table)) {
        rp_table_free(table);
        return;
    }
    section = rp_section_add(content, rp_print("How long one access searches under partial escrow"));
    section->table = table;
    section->text = rp_print(
        "Half of the time through all values of the missing bits (rows `sweep`), which is the average, on one CPU, for "
        "each message anew. Few bits are dominated by opening the capsule. The row `access` takes a "
        "message whose search has this average length, within a 128th; another message takes from next to nothing to "
        "twice as long, by where its bits lie.");
    rp_remark(section,
              rp_print("continued: from the largest search that was measured, doubled for each further bit. Assumes "
                       "trials at the same speed on the same one CPU; with m CPUs it takes an m-th, as trials do not "
                       "depend on each other. Measured x a bit: between the two largest searches; the check of that "
                       "assumption."));
    if (refused > 0) {
        rp_remark(section, rp_print("Not continued: %zu line%s whose time a bit does not multiply by %.1f to %.1f, so "
                                    "that doubling would be a guess (too few bits, or a disturbed run).",
                                    refused, refused == 1 ? "" : "s", least_growth, most_growth));
    }
}
