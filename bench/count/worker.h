/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counting worker: counts the instructions of one cell after the other. It runs natively, under QEMU's user mode with our
 * plug-in, or under callgrind, and finds out which by itself.
 *
 * Protocol, version 1: lines as in bench/ab/wire.h. At the start it says
 *     escrowbench-count 1
 *     tool TOOL                       "-": nobody counts here
 *     features LIST                   of the CPU as this process sees it; "-": none are known
 *     library BACKEND VERSION         one for each
 *     ready
 * and then answers requests, until the end of input:
 *     count KIND SEED DEVICES CELL    KIND: cell, floor, peer or part; CELL: the ten fields of bench/ab/wire.h
 *       -> counted TOTAL MEMORY VECTOR SPREAD OPERATIONS      "-": not known
 *       -> none                       the operation calls no primitive, and so has no floor; or this CPU lacks the part
 *       -> failed REASON
 *
 * Each cell is counted in a child of its own, forked from the same state: so a count does not depend on which cells came
 * before it.
 */
#ifndef EB_COUNT_WORKER_H
#define EB_COUNT_WORKER_H

#include <stdbool.h>

#include "bench/ab/wire.h"
#include "harness/op.h"

#define EB_COUNT_HELLO "escrowbench-count 1"

/** Serves until the end of input; returns the exit code. Needs eb_begin. `scratch`: as hn_counter_open. */
int eb_count_serve(const char *scratch);

/* Shared with the worker of the gate of constant time, which speaks the same protocol (bench/secrecy/worker.h). */

/** One line to whoever started this worker. False if that one is gone. */
bool eb_count_reply(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The lines at the start. */
bool eb_count_greet(const char *tool);
/** A request's fields. */
bool eb_count_split(ab_line *out, const char *line);
/** Opens the cell that a request names. If there is none it says so, and out->op is NULL; false if nobody hears that. */
bool eb_count_open(const ab_line *request, hn_cell *out);

#endif
