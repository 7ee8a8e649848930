/* SPDX-License-Identifier: Apache-2.0 */
/* One of the two programs, running: started, asked, and ended, whatever it does. What it says is checked; what it does
 * wrong becomes one line that names it. */
#ifndef EB_AB_PEER_H
#define EB_AB_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "bench/ab/wire.h"

/** What is compared: a program, with a module or without. */
typedef struct ab_program {
    const char *role;   /* "base", "head" */
    const char *path;   /* of the executable */
    const char *module; /* NULL: none */
} ab_program;

/** What failed, in one line for a person. */
typedef struct ab_error {
    char text[1400];
    bool stopped; /* by a signal, and not by what the text says */
} ab_error;

#if defined(__GNUC__)
#define AB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define AB_PRINTF(f, a)
#endif

/** What a program says of itself before the first request. */
typedef struct ab_hello {
    char version[64], commit[64], fingerprint[192];
    bool dirty;
    struct {
        char backend[32], version[64];
    } library[16];
    size_t library_count;
} ab_hello;

typedef struct ab_peer {
    const ab_program *program;
    double patience_s; /* for one reply */
    pid_t pid;         /* 0: not running */
    int to, errors;    /* its standard input; what it writes to standard error. -1: closed */
    ab_reader from;
    ab_hello hello;
    char asked[128]; /* the last request, for messages */
} ab_peer;

/** Starts it. False: nothing is left running. Several may be started before the first is greeted. */
bool ab_peer_start(ab_peer *p, const ab_program *program, double patience_s, ab_error *err);

/** Reads its hello. */
bool ab_peer_greet(ab_peer *p, ab_error *err);

/** Binds it to one CPU, as far as the system lets it; -1: leaves it where it is. */
void ab_peer_bind(const ab_peer *p, int cpu);

/** Sends a request; a later ab_peer_reply reads what it answers. */
bool ab_peer_send(ab_peer *p, ab_error *err, const char *format, ...) AB_PRINTF(3, 4);

/** Reads one line, split into at most `most` fields. "error ..." is a failure. `patience_s` 0: the usual. */
bool ab_peer_reply(ab_peer *p, ab_line *reply, size_t most, double patience_s, ab_error *err);

/** For `return`: the last reply made no sense. */
bool ab_peer_nonsense(ab_peer *p, const ab_line *reply, ab_error *err);

/** Ends it: by asking, then by force; no process is left. A peer that was never started or is ended already is allowed. */
void ab_peer_stop(ab_peer *p);

#endif
