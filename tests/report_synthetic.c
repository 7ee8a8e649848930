/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/report_synthetic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/rng.h"

enum { ITERATIONS = 100 };

static void describe(rp_document *doc)
{
    strcpy(doc->created, "2025-01-31T12:00:00Z");
    doc->suite = rp_string(doc, "quick");
    doc->complete = true;
    doc->seed = UINT64_MAX;
    strcpy(doc->machine_class, "x86_64; AuthenticAMD 25 1 1; aes,avx2; kvm; native");
    strcpy(doc->machine.arch, "x86_64");
    strcpy(doc->machine.cpu_name, "AMD EPYC 7763");
    strcpy(doc->machine.features, "aes,pclmul,avx2");
    strcpy(doc->machine.hypervisor, "kvm");
    strcpy(doc->machine.execution, "native");
    doc->subject.version = rp_string(doc, "0.1.0");
    doc->subject.commit = rp_string(doc, "0123456789abcdef0123456789abcdef01234567");
    doc->subject.compiler = rp_string(doc, "GNU 12.2.0");
    doc->subject.flags = rp_string(doc, "-O3 -DNDEBUG");
    doc->timer.name = rp_string(doc, "CLOCK_MONOTONIC");
    doc->timer.pair_cost_ns = 43.5;
    rp_add_library(doc, "sodium", "libsodium", "1.0.18");
    rp_add_library(doc, "openssl", "OpenSSL", "3.0.15");
    rp_add_library(doc, "mbedtls", "mbedTLS", "2.28.3");
}

rp_document *rp_synthetic_small(void)
{
    static const char *const ids[] = {"none", "master", "floor"};
    rp_document *doc = rp_document_new();

    describe(doc);
    for (uint32_t i = 0; i < 3; i++) {
        rp_cell cell;
        rp_cell_init(&cell);
        cell.id = ids[i];
        cell.key = (rp_key){"seal", "hpke", i == 1 ? "master" : "none", "x25519", "", "sodium", 0, 0, 1000, 1};
        cell.kind = i == 2 ? "floor" : "cell";
        cell.block = "b";
        cell.base = i == 1 ? 0 : RP_NONE;
        cell.floor = i == 1 ? 2 : RP_NONE;
        rp_add_cell(doc, &cell);
    }
    return doc;
}

void rp_synthetic_process(rp_document *doc, uint32_t process, const double *times, uint32_t rounds)
{
    rp_block *block = rp_add_block(doc, "b", process, (size_t)rounds * 3);
    size_t n = 0;

    block->rounds = rounds;
    for (uint32_t i = 0; i < rounds * 3; i++) {
        if (times[i] > 0.0) {
            block->slices[n++] = (rp_slice){.cell = i % 3,
                                            .round = i / 3,
                                            .order = i % 3,
                                            .start_ns = i * UINT64_C(1000),
                                            .iterations = ITERATIONS,
                                            .ns = times[i] * ITERATIONS};
        }
    }
    block->slice_count = n;
}

/* What one scheme costs where; times in microseconds. */
typedef struct place {
    const char *suite, *backend;
    double dh, per_kib, mul;
} place;

static const place places[] = {
    {"x25519", "sodium", 29.0, 1.1, 36.0},     {"x25519", "openssl", 31.0, 0.9, 62.0},
    {"x25519", "mbedtls", 410.0, 4.0, 2100.0}, {"p256", "openssl", 60.0, 0.5, 62.0},
    {"p256", "mbedtls", 1900.0, 3.0, 2100.0},
};

typedef struct escrow {
    const char *id;
    uint32_t threshold, agents;
} escrow;

static const escrow escrows[] = {
    {"none", 0, 0}, {"master", 1, 1}, {"shamir", 3, 5}, {"shamir", 2, 3}, {"threshold", 3, 5}, {"threshold", 2, 3},
};

enum { PLACES = sizeof places / sizeof places[0], ESCROWS = sizeof escrows / sizeof escrows[0] };

static const char *escrow_suite(const place *p, const escrow *e)
{
    if (strcmp(e->id, "none") == 0) {
        return "";
    }
    if (strcmp(e->id, "threshold") != 0) {
        return p->suite;
    }
    return strcmp(p->backend, "sodium") == 0 ? "ristretto255" : "p256";
}

static double cost(const char *op, const place *p, const escrow *e, int64_t size)
{
    const bool plain = strcmp(e->id, "none") == 0;
    const double body = p->per_kib * (double)size / 1024.0;
    const double wrap = strcmp(e->id, "threshold") == 0 ? 2.0 * p->mul : 2.0 * p->dh;

    if (strcmp(op, "seal") == 0) {
        return 2.0 * p->dh + 3.0 + body + (plain ? 0.0 : wrap + 2.0);
    }
    if (strcmp(op, "open") == 0) {
        return p->dh + 3.0 + body + (plain ? 0.0 : 0.31);
    }
    if (strcmp(op, "access") == 0) {
        return p->dh + (strcmp(e->id, "threshold") == 0 ? 8.0 * p->mul * e->threshold : 4.0 * e->threshold) + body;
    }
    return p->dh * (1 + e->agents);
}

static uint32_t add_cell(rp_document *doc, const char *op, const place *p, const escrow *e, int64_t size, bool floor)
{
    char id[200];
    char block[200];
    char split[32] = "";
    rp_cell cell;

    rp_cell_init(&cell);
    if (e->agents > 1) {
        snprintf(split, sizeof split, "/%u-of-%u", e->threshold, e->agents);
    }
    snprintf(id, sizeof id, "%s%s/hpke+%s/%s/%s%s/%lld", floor ? "floor/" : "", op, e->id, p->suite, p->backend, split,
             (long long)size);
    snprintf(block, sizeof block, "%s/%s/%s/%lld", op, p->suite, p->backend, (long long)size);
    cell.id = id;
    cell.block = block;
    cell.kind = floor ? "floor" : "cell";
    cell.key = (rp_key){op, "hpke", e->id, p->suite, escrow_suite(p, e), p->backend, e->agents, e->threshold, size, 1};
    cell.phase = strcmp(op, "setup") == 0 ? "set-up" : "traffic";
    cell.payer = "sender";
    if (!floor && size >= 0) {
        cell.facts.capsule_bytes = strcmp(e->id, "none") == 0 ? 0 : strcmp(p->suite, "p256") == 0 ? 125 : 92;
        cell.facts.wire_bytes = size + 48 + cell.facts.capsule_bytes;
        cell.latency = (rp_latency){.samples = 10000,
                                    .batch = 1,
                                    .p50 = 1000,
                                    .p90 = 1100,
                                    .p99 = 2000,
                                    .p999 = 9000,
                                    .min = 900,
                                    .max = 90000,
                                    .clock_pair = 43};
    }
    return rp_add_cell(doc, &cell);
}

static void add_pair(rp_document *doc, const char *op, const place *p, const escrow *e, int64_t size)
{
    const uint32_t cell = add_cell(doc, op, p, e, size, false);
    const bool compares = strcmp(op, "seal") == 0 || strcmp(op, "open") == 0;

    if (compares && strcmp(e->id, "none") != 0) {
        const uint32_t count = (uint32_t)doc->cell_count;
        for (uint32_t i = 0; i < count; i++) {
            if (strcmp(doc->cells[i].block, doc->cells[cell].block) == 0 &&
                strcmp(doc->cells[i].key.escrow, "none") == 0 && strcmp(doc->cells[i].kind, "cell") == 0) {
                doc->cells[cell].base = i;
            }
        }
    }
    if (strcmp(op, "setup") != 0) {
        const uint32_t floor = add_cell(doc, op, p, e, size, true);
        doc->cells[cell].floor = floor;
    }
}

static void add_cells(rp_document *doc)
{
    static const int64_t sizes[] = {1024, 64};

    for (size_t p = 0; p < PLACES; p++) {
        for (size_t e = 0; e < ESCROWS; e++) {
            for (size_t k = 0; k < 2 && (escrows[e].agents != 3); k++) {
                add_pair(doc, "seal", &places[p], &escrows[e], sizes[k]);
                add_pair(doc, "open", &places[p], &escrows[e], sizes[k]);
            }
            if (e > 0) {
                add_pair(doc, "access", &places[p], &escrows[e], 1024);
                add_pair(doc, "setup", &places[p], &escrows[e], -1);
            }
        }
    }
}

/* One process's layout moves each cell by up to 2 %, one round all cells by 1 %, and one slice by 0.2 %. */
static void run_block(rp_document *doc, const char *id, uint32_t process, uint32_t rounds, hn_rng *rng)
{
    uint32_t members[64];
    size_t count = 0;
    rp_block *block = NULL;

    for (uint32_t i = 0; i < doc->cell_count && count < 64; i++) {
        if (strcmp(doc->cells[i].block, id) == 0) {
            members[count++] = i;
        }
    }
    block = rp_add_block(doc, id, process, count * rounds);
    block->rounds = rounds;
    block->cpu = 1;
    block->seed = hn_rng_next(rng);
    for (size_t c = 0; c < count; c++) {
        const rp_cell *cell = &doc->cells[members[c]];
        const escrow e = {cell->key.escrow, cell->key.threshold, cell->key.agents};
        const double layout = 1.0 + 2e-5 * (double)hn_rng_below(rng, 1000);
        const place *p = places;
        while (strcmp(p->suite, cell->key.suite) != 0 || strcmp(p->backend, cell->key.backend) != 0) {
            p++;
        }
        for (uint32_t r = 0; r < rounds; r++) {
            const double noise =
                layout * (1.0 + 1e-5 * (double)(r * 7919 % 1000)) * (1.0 + 2e-6 * (double)hn_rng_below(rng, 1000));
            const double us = cost(cell->key.op, p, &e, cell->key.size < 0 ? 0 : cell->key.size);
            const bool floor = strcmp(cell->kind, "floor") == 0;
            const double ns = us * 1000.0 * ITERATIONS * noise / (floor ? 1.04 : 1.0);
            block->slices[r * count + c] = (rp_slice){.cell = members[c],
                                                      .round = r,
                                                      .order = (uint32_t)c,
                                                      .start_ns = r * UINT64_C(2000000),
                                                      .iterations = ITERATIONS,
                                                      .ns = round(ns * 1000.0) / 1000.0}; /* as a file keeps it */
        }
    }
}

rp_document *rp_synthetic_run(uint32_t processes, uint32_t rounds)
{
    rp_document *doc = rp_document_new();
    hn_rng rng;

    describe(doc);
    hn_rng_seed(&rng, 1);
    add_cells(doc);
    for (uint32_t k = 0; k < processes; k++) {
        for (uint32_t i = 0; i < doc->cell_count; i++) {
            uint32_t first = 0;
            while (strcmp(doc->cells[first].block, doc->cells[i].block) != 0) {
                first++;
            }
            if (first == i) {
                run_block(doc, doc->cells[i].block, k, rounds, &rng);
            }
        }
    }
    rp_add_absent(doc, &(rp_key){"", "hpke", "", "p256", "", "sodium", 0, 0, -1, 0}, "libsodium has no P-256");
    rp_add_absent(doc, &(rp_key){"", "hpke", "threshold", "x25519", "ristretto255", "openssl", 5, 3, -1, 0},
                  "OpenSSL has no ristretto255");
    rp_add_warning(doc, "the CPU's clock is not fixed (governor: schedutil).",
                   "sudo cpupower frequency-set --governor performance");
    doc->gates.passed = 412;
    doc->gates.failed = 0;
    doc->gates.remembered = 400;
    rp_add_finding(doc, "none: every bit is rejected");
    rp_add_rogue(doc, &(rp_key){"", "hpke", "master", "x25519", "", "sodium", 1, 1, -1, 0}, "garbage",
                 "recipient who checks, investigator");
    rp_add_cheat(doc, &(rp_key){"", "hpke", "master", "x25519", "", "sodium", 1, 1, -1, 0}, "agent", "a false answer",
                 "noticed at access");
    return doc;
}
