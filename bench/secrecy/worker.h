/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker of the gate of constant time: runs cells under valgrind's memcheck, with every coin marked as secret
 * (eb_secret), and finds out whether a branch or an address depended on one.
 *
 * It speaks the protocol of bench/count/worker.h, but for its answers:
 *       -> checked PID clean | leaky      in process PID, whose log tells which exceptions were used, and what leaks
 *       -> failed REASON
 */
#ifndef EB_SECRECY_WORKER_H
#define EB_SECRECY_WORKER_H

#include <stdbool.h>

/** Were valgrind's headers there when this was compiled? Without them no secret can be marked, whatever is installed since. */
extern const bool eb_secrecy_built;

/** Serves until the end of input; returns the exit code. Needs eb_begin. */
int eb_secrecy_serve(void);

#endif
