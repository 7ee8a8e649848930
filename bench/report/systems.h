/* SPDX-License-Identifier: Apache-2.0 */
/* The systems that the public debate names, and the scheme that stands for each: the one list behind `list`, the quick suite
 * and the table of systems. */
#ifndef EB_SYSTEMS_H
#define EB_SYSTEMS_H

typedef struct eb_system {
    const char *name;
    const char *transport, *escrow; /* ids */
} eb_system;

/** The i-th; NULL past the end. */
const eb_system *eb_system_at(unsigned i);

/** Ids of the libraries, those first that a system is shown on if it runs there; NULL past the end. */
const char *eb_system_backend(unsigned i);

#endif
