/* SPDX-License-Identifier: Apache-2.0 */
/* The program's own state: what was built, which modules were given, and the document head that says so. */
#ifndef EB_STATE_H
#define EB_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/report/document.h"

/** Notes a module's path (borrowed) for eb_begin and for workers. False if there are too many. */
bool eb_module_add(const char *path);
/** The i-th path; NULL past the end. */
const char *eb_module_path(size_t i);

/** Loads the modules and starts the libraries, once; says on stderr what failed. Every command calls it after its arguments
 *  are known to be good. */
bool eb_begin(void);
void eb_end(void);

/** The program's version, commit, libraries and machine, an emulator named, for people or as JSON. Needs eb_begin. */
void eb_version_print(FILE *out, bool json);

/** Under an emulator a time is no figure: false, with one line that says so and what to do instead. */
bool eb_may_time(char *why, size_t len);

/** Seconds that one unit of a gate may take, as in gt_options: more under an emulator. */
unsigned eb_gate_limit(void);

/** Whether gates try a sample of bits and lengths instead of all (gt_log.sparse): under an emulator. */
bool eb_gate_sparse(void);

/** Fills in machine, machine class, subject, timer and warnings. */
void eb_describe(rp_document *doc);

/** One string of what a proof depends on besides the program's own bytes: library versions, the CPU features that it sees,
 *  an emulator, and the modules with their fingerprints. */
void eb_proof_key(char *out, size_t len);

enum { EB_FINGERPRINT = 17 };
/** A file's fingerprint, 16 hex digits (FNV-1a, 64 bits): tells builds apart, proves nothing against an adversary. "" if the
 *  file cannot be read. */
void eb_fingerprint(const char *path, char out[EB_FINGERPRINT]);
/** Of this program and its modules together. */
void eb_program_id(char *out, size_t len);

/** Raised by SIGINT, SIGTERM and SIGHUP once eb_stop_on_signals was called. */
extern volatile sig_atomic_t eb_stop_flag;
void eb_stop_on_signals(void);

#endif
