/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One region of memory that holds everything a piece of code allocates, and copies of it, so that the same code can run on
 * different inputs in one and the same place: where things lie moves times by more than what a leak does. In between the region
 * is brought from one input to the next by copying what differs.
 *
 *     enter; for each input: clear, make it, save; then for each: put back, run, learn; settle; and from there on: put back, run
 *
 * It allocates from the system, never by malloc, and is for one thread.
 */
#ifndef HN_REGION_H
#define HN_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "harness/op.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hn_region hn_region;

/* Address space for `capacity` bytes, taken as it is used, and room for `images` copies. NULL: there is none. */
hn_region *hn_region_open(size_t capacity, size_t images);
void hn_region_close(hn_region *r);

/* The calling thread's allocations come from the region from now on (hn_alloc_divert), or no longer. */
hn_status hn_region_enter(hn_region *r);
void hn_region_leave(void);

/* Forgets all that was allocated, and zeroes it. */
void hn_region_clear(hn_region *r);
/* Whether it ran out of space since. */
int hn_region_full(const hn_region *r);
/* A hash of the sizes of all allocations since it was cleared: two inputs with the same one lie alike. */
uint64_t hn_region_layout(const hn_region *r);

/* Keeps a copy of the region as it is: the image of that number. HN_ERR_MEMORY; HN_ERR_INVALID: no such number, or settled. */
hn_status hn_region_save(hn_region *r, size_t image);
/* After a run on `image`, which was put back before: notes what the run has changed. */
void hn_region_learn(hn_region *r, size_t image);
/* From here on only what differs between the first `images` images, or was changed by runs, is put back. HN_ERR_MEMORY. */
hn_status hn_region_settle(hn_region *r, size_t images);
/* Makes the region what it was. Once it is settled this reads all images alike and chooses by masks, so that nothing but the
 * region's bytes tells which one it was. */
void hn_region_put_back(hn_region *r, size_t image);
/* Bytes that putting back writes, once it is settled. */
size_t hn_region_differing(const hn_region *r);

#ifdef __cplusplus
}
#endif
#endif
