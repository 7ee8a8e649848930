/* SPDX-License-Identifier: Apache-2.0 */
/* The separate pass for percentiles: single operations, each between two readings of the clock. Nothing is subtracted;
 * what the readings cost is reported beside. */
#ifndef HN_LATENCY_H
#define HN_LATENCY_H

#include <signal.h>
#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_latency_options {
    uint64_t budget_ns;                /* wall time, prepare() and warm-up included; at least one sample is taken */
    uint32_t max_samples;              /* memory: 8 bytes each */
    uint64_t min_sample_ns;            /* shorter operations are batched up to this */
    const volatile sig_atomic_t *stop; /* checked between samples; NULL: none */
} hn_latency_options;

/* 500 ms, 20,000 samples, 2,000 ns. */
void hn_latency_options_init(hn_latency_options *options);

/* Nanoseconds of one operation. If batch > 1, of the mean operation of a batch: label it, as a batch hides its
 * outliers. NaN where the number of samples does not support the percentile (hn_percentile_supported()). */
typedef struct hn_latency {
    double p50, p90, p99, p999;
    double min, max;
    uint64_t batch;       /* operations a sample; 1: single operations */
    uint32_t samples;     /* taken */
    double clock_pair_ns; /* included in each sample (not: in each operation) */
    int op_error;         /* what op or prepare returned, on HN_ERR_OP or HN_ERR_PREPARE */
} hn_latency;

/* Runs the pass for one cell. On HN_STOPPED *out holds the samples until then. */
hn_status hn_latency_run(const hn_cell *cell, const hn_latency_options *options, hn_latency *out);

#ifdef __cplusplus
}
#endif
#endif
