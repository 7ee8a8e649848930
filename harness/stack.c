/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { STACK = 2 << 20, PAINT = 0xa7, OWN_FRAME = 512 };

typedef struct call {
    hn_fn op;
    void *ctx;
    int result;
    unsigned char *stack; /* its lowest byte: it grows down towards it */
    size_t used;
} call;

/* Looks at the paint before the thread ends, which would take some off too. */
static void *run(void *arg)
{
    call *c = arg;
    unsigned char *here = __builtin_frame_address(0);
    const unsigned char *low = c->stack;
    /* Starting the thread went deeper than this frame: paint again, without a call, up to what this frame may use. */
    for (volatile unsigned char *p = c->stack; p < here - OWN_FRAME; p++)
        *p = PAINT;
    c->result = c->op(c->ctx);
    while (low < here && *low == PAINT)
        low++;
    c->used = (size_t)(here - low);
    return NULL;
}

hn_status hn_stack_depth(hn_fn op, void *ctx, size_t *bytes)
{
    *bytes = 0;
#ifdef SANITIZED
    (void)op, (void)ctx, (void)run;
    return HN_ERR_UNAVAILABLE;
#else
    const long page = sysconf(_SC_PAGESIZE);
    unsigned char *stack = aligned_alloc(page > 0 ? (size_t)page : 4096, STACK);
    call c = {.op = op, .ctx = ctx, .stack = stack};
    pthread_attr_t attr;
    pthread_t thread;
    if (stack == NULL)
        return HN_ERR_MEMORY;
    memset(stack, PAINT, STACK);
    hn_status s = HN_ERR_UNAVAILABLE;
    if (pthread_attr_init(&attr) == 0) {
        if (pthread_attr_setstack(&attr, stack, STACK) == 0 && pthread_create(&thread, &attr, run, &c) == 0 &&
            pthread_join(thread, NULL) == 0)
            s = c.result == 0 ? HN_OK : HN_ERR_OP;
        pthread_attr_destroy(&attr);
    }
    *bytes = s == HN_OK ? c.used : 0;
    free(stack);
    return s;
#endif
}
