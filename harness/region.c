/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/region.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/alloc.h"

enum {
    UNIT = 64, /* what is compared and copied: a cache line */
    ALIGNMENT = 16,
    CLASSES = 128, /* sizes of blocks: four to each power of two */
    HEADER = 16
};

/* At the start of the region, so that it goes into every image: who continues from an image allocates alike. */
typedef struct state {
    size_t top;          /* offset of the first byte that was never handed out */
    void *free[CLASSES]; /* blocks that were given back, the last one first */
    uint64_t layout;
    bool full;
} state;

/* In front of each block. */
typedef struct header {
    size_t size; /* its class's */
    uint32_t class;
    uint32_t single; /* aligned more than usually: not handed out again */
} header;

/* A unit in words, which masks choose from. */
typedef struct unit {
    uint64_t word[UNIT / sizeof(uint64_t)];
} unit;

typedef struct image {
    uint8_t *bytes;
    size_t len;
} image;

struct hn_region {
    hn_alloc_source source;
    uint8_t *base;
    size_t capacity;
    uint8_t *changed; /* of each unit: some run has changed it, or images differ */
    image *images;
    size_t image_count, mapped; /* `mapped`: bytes of this structure and what lies behind it */
    size_t reach;               /* the largest image's bytes */
    size_t *places;             /* of the units that differ */
    size_t differing;           /* how many */
    unit *choice;               /* of each of these, one after the other: every image's */
    size_t choices;             /* images to choose from */
    bool settled;
};

static void *map(size_t len)
{
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p != MAP_FAILED ? p : NULL;
}

static void unmap(void *p, size_t len)
{
    if (p != NULL) {
        (void)munmap(p, len);
    }
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static state *state_of(const hn_region *r)
{
    return (state *)(void *)r->base;
}

/* ---- allocation ---- */

/* Sizes 16, 32, 48, 64, then four steps to each doubling. */
static uint32_t class_of(size_t size, size_t *class_size)
{
    size_t step = ALIGNMENT, edge = (size_t)4 * ALIGNMENT;
    uint32_t class = 0;

    while (size > edge) {
        step = edge / 4;
        edge *= 2;
        class += 4;
    }
    const size_t n = size == 0 ? 1 : (size + step - 1) / step;
    *class_size = n * step;
    return class + (uint32_t)n;
}

static void *take(void *ctx, size_t alignment, size_t size)
{
    hn_region *r = ctx;
    state *s = state_of(r);
    size_t class_size = 0;
    const bool single = alignment > ALIGNMENT;

    s->layout = (s->layout ^ size ^ alignment << 32) * UINT64_C(0x100000001b3);
    if (size > r->capacity) {
        s->full = true;
        return NULL;
    }
    const uint32_t class = class_of(size, &class_size);
    if (!single && class < CLASSES && s->free[class] != NULL) {
        void *block = s->free[class];
        memcpy(&s->free[class], block, sizeof s->free[class]);
        return block;
    }
    const size_t at = round_up(s->top + HEADER, single ? alignment : ALIGNMENT);
    if (class >= CLASSES || at + class_size > r->capacity) {
        s->full = true;
        return NULL;
    }
    const header h = {.size = class_size, .class = class, .single = single};
    memcpy(r->base + at - HEADER, &h, sizeof h);
    s->top = at + class_size;
    return r->base + at;
}

static size_t size_of(void *ctx, const void *block)
{
    const hn_region *r = ctx;
    const uint8_t *p = block;
    header h;

    if (p < r->base || p >= r->base + r->capacity) {
        return 0;
    }
    memcpy(&h, p - HEADER, sizeof h);
    return h.size;
}

static void give(void *ctx, void *block)
{
    hn_region *r = ctx;
    state *s = state_of(r);
    header h;

    memcpy(&h, (uint8_t *)block - HEADER, sizeof h);
    if (!r->settled) { /* what nobody reads again should not differ */
        memset(block, 0, h.size);
    }
    if (!h.single) {
        memcpy(block, &s->free[h.class], sizeof s->free[h.class]);
        s->free[h.class] = block;
    }
}

/* ---- life ---- */

hn_region *hn_region_open(size_t capacity, size_t images)
{
    capacity = round_up(capacity, 4096);
    const size_t units = capacity / UNIT;
    const size_t list = round_up(sizeof(hn_region), 64), table = images * sizeof(image);
    const size_t mapped = list + table + units + units * sizeof(size_t);
    hn_region *r = map(mapped);
    uint8_t *base = map(capacity);

    if (r == NULL || base == NULL) {
        unmap(r, mapped);
        unmap(base, capacity);
        return NULL;
    }
    uint8_t *behind = (uint8_t *)r + list;
    *r = (hn_region){.source = {.take = take, .size = size_of, .give = give, .ctx = r},
                     .base = base,
                     .capacity = capacity,
                     .places = (size_t *)(void *)behind,
                     .image_count = images,
                     .mapped = mapped};
    behind += units * sizeof(size_t);
    r->images = (image *)(void *)behind;
    r->changed = behind + table;
    hn_region_clear(r);
    return r;
}

static void drop_images(image *images, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unmap(images[i].bytes, images[i].len);
        images[i] = (image){0};
    }
}

void hn_region_close(hn_region *r)
{
    if (r == NULL) {
        return;
    }
    drop_images(r->images, r->image_count);
    unmap(r->choice, r->differing * r->choices * sizeof *r->choice);
    unmap(r->base, r->capacity);
    unmap(r, r->mapped);
}

hn_status hn_region_enter(hn_region *r)
{
    return hn_alloc_divert(&r->source);
}

void hn_region_leave(void)
{
    (void)hn_alloc_divert(NULL);
}

void hn_region_clear(hn_region *r)
{
    /* The system gives zeroed pages back, without touching those that nobody has used. */
    (void)madvise(r->base, r->capacity, MADV_DONTNEED);
    *state_of(r) = (state){.top = round_up(sizeof(state), UNIT), .layout = UINT64_C(0xcbf29ce484222325)};
}

int hn_region_full(const hn_region *r)
{
    return state_of(r)->full;
}

uint64_t hn_region_layout(const hn_region *r)
{
    return state_of(r)->layout;
}

/* ---- images ---- */

static bool is_zero(const uint8_t *p, size_t len)
{
    return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

hn_status hn_region_save(hn_region *r, size_t number)
{
    if (r->settled || number >= r->image_count) {
        return HN_ERR_INVALID;
    }
    image *i = &r->images[number];
    unmap(i->bytes, i->len);
    i->len = round_up(state_of(r)->top, UNIT);
    i->bytes = map(i->len);
    if (i->bytes == NULL) {
        *i = (image){0};
        return HN_ERR_MEMORY;
    }
    for (size_t at = 0; at < i->len; at += UNIT) { /* pages of zeros stay untouched */
        if (!is_zero(r->base + at, UNIT)) {
            memcpy(i->bytes + at, r->base + at, UNIT);
        }
    }
    r->reach = i->len > r->reach ? i->len : r->reach;
    return HN_OK;
}

/* A unit of an image; beyond its end it is zero. */
static const uint8_t *unit_of(const image *i, size_t at)
{
    static const uint8_t zero[UNIT];

    return at < i->len ? i->bytes + at : zero;
}

void hn_region_learn(hn_region *r, size_t number)
{
    for (size_t at = 0; !r->settled && at < r->reach; at += UNIT) {
        r->changed[at / UNIT] |= memcmp(r->base + at, unit_of(&r->images[number], at), UNIT) != 0;
    }
}

static void find_differing(hn_region *r, size_t images)
{
    r->differing = 0;
    for (size_t at = 0; at < r->reach; at += UNIT) {
        bool differs = r->changed[at / UNIT] != 0;
        for (size_t i = 1; i < images && !differs; i++) {
            differs = memcmp(unit_of(&r->images[0], at), unit_of(&r->images[i], at), UNIT) != 0;
        }
        if (differs) {
            r->places[r->differing++] = at;
        }
    }
}

hn_status hn_region_settle(hn_region *r, size_t images)
{
    if (r->settled || images == 0 || images > r->image_count) {
        return HN_ERR_INVALID;
    }
    find_differing(r, images);
    r->choices = images;
    if (r->differing > 0 && (r->choice = map(r->differing * images * sizeof *r->choice)) == NULL) {
        return HN_ERR_MEMORY;
    }
    for (size_t u = 0; u < r->differing; u++) {
        for (size_t i = 0; i < images; i++) {
            memcpy(&r->choice[u * images + i], unit_of(&r->images[i], r->places[u]), UNIT);
        }
    }
    hn_region_put_back(r, 0); /* all that does not differ */
    drop_images(r->images, r->image_count);
    r->settled = true;
    return HN_OK;
}

static void put_whole(hn_region *r, const image *from)
{
    for (size_t at = 0; at < r->reach; at += UNIT) {
        const uint8_t *bytes = unit_of(from, at);
        if (memcmp(r->base + at, bytes, UNIT) != 0) {
            memcpy(r->base + at, bytes, UNIT);
        }
    }
}

/* All ones if they are equal, by arithmetic. */
static uint64_t mask_of(size_t a, size_t b)
{
    const uint64_t apart = (uint64_t)(a ^ b);

    return ((apart | (0 - apart)) >> 63) - 1;
}

void hn_region_put_back(hn_region *r, size_t number)
{
    if (!r->settled) {
        put_whole(r, &r->images[number]);
        return;
    }
    const unit *from = r->choice;
    for (size_t u = 0; u < r->differing; u++) {
        unit chosen = {{0}};
        for (size_t i = 0; i < r->choices; i++, from++) {
            const uint64_t mask = mask_of(i, number);
            for (size_t k = 0; k < UNIT / sizeof(uint64_t); k++) {
                chosen.word[k] |= from->word[k] & mask;
            }
        }
        memcpy(r->base + r->places[u], &chosen, UNIT);
    }
}

size_t hn_region_differing(const hn_region *r)
{
    return r->differing * UNIT;
}
