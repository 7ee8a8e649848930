/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SLIP-0039's test vectors: mnemonics are decoded, shares combined at two levels over GF(256) (what is being tested),
 * the digest checked, and the result decrypted to the published master secret with PBKDF2 over the backend's HMAC.
 * Section names below are those of the standard.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/vectors/slip39_words.h"
#include "bench/vectors/vectors_internal.h"
#include "sharing/gf256.h"

enum {
    WORDS_MIN = 20,
    WORDS_MAX = 59,     /* of a 512-bit secret */
    METADATA_WORDS = 7, /* 40 bits before the value, 30 of checksum after it */
    CHECKSUM_WORDS = 3,
    VALUE_MAX = 64,
    SHARES_MAX = 64, /* mnemonics in one case */
    POINTS_MAX = 16, /* groups, and members of a group: indices have four bits */
    DIGEST_X = 254,
    SECRET_X = 255,
    DIGEST_LEN = 4,
    ROUNDS = 4,
    ITERATIONS = 10000 / ROUNDS,
    EXPONENT_MAX = 4 /* more would take minutes */
};

static const char passphrase[] = "TREZOR"; /* of all published cases */

/* A decoded mnemonic (section "Format of the share mnemonic"). Thresholds and counts as they are, not minus one. */
typedef struct share {
    unsigned id, extendable, exponent;
    unsigned group, group_threshold, group_count, member, member_threshold;
    size_t len;
    uint8_t value[VALUE_MAX];
} share;

static int compare_word(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

/* Ten-bit values of a mnemonic's words; 0 if a word is unknown or there are too many. */
static size_t words(unsigned out[WORDS_MAX], const char *text)
{
    size_t n = 0;
    while (*text) {
        char word[16];
        size_t len = strcspn(text, " ");
        if (len == 0 || len >= sizeof word || n == WORDS_MAX)
            return 0;
        memcpy(word, text, len);
        word[len] = '\0';
        const char *const *hit = bsearch(word, vec_slip39_words, 1024, sizeof vec_slip39_words[0], compare_word);
        if (!hit)
            return 0;
        out[n++] = (unsigned)(hit - vec_slip39_words);
        text += len;
        if (*text == ' ')
            text++;
    }
    return n;
}

/* RS1024 (section "Checksum"). */
static uint32_t polymod(uint32_t chk, unsigned value)
{
    static const uint32_t gen[] = {0xe0e040,   0x1c1c080,  0x3838100,  0x7070200,  0xe0e0009,
                                   0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x3f3f120};
    uint32_t top = chk >> 20;
    chk = (chk & 0xfffff) << 10 ^ value;
    for (size_t i = 0; i < 10; i++)
        if (top >> i & 1)
            chk ^= gen[i];
    return chk;
}

static bool checksum_good(const unsigned *w, size_t n, bool extendable)
{
    uint32_t chk = 1;
    for (const char *p = extendable ? "shamir_extendable" : "shamir"; *p; p++)
        chk = polymod(chk, (unsigned char)*p);
    for (size_t i = 0; i < n; i++)
        chk = polymod(chk, w[i]);
    return chk == 1;
}

/* The value's bits, left-padded with at most 8 zero bits to a multiple of 10. */
static bool value(share *s, const unsigned *w, size_t n)
{
    size_t bits = 10 * n, padding = bits % 16;
    if (padding > 8)
        return false;
    s->len = (bits - padding) / 8;
    for (size_t i = 0; i < bits; i++) {
        unsigned bit = w[i / 10] >> (9 - i % 10) & 1;
        if (i < padding && bit)
            return false;
        if (i >= padding && bit)
            s->value[(i - padding) / 8] |= (uint8_t)(0x80 >> (i - padding) % 8);
    }
    return true;
}

static const char *decode(share *s, const char *text)
{
    unsigned w[WORDS_MAX];
    size_t n = words(w, text);
    *s = (share){0};
    if (n < WORDS_MIN)
        return "unknown word or wrong length";
    uint64_t head = (uint64_t)w[0] << 30 | (uint64_t)w[1] << 20 | (uint64_t)w[2] << 10 | w[3];
    s->id = (unsigned)(head >> 25);
    s->extendable = head >> 24 & 1;
    s->exponent = head >> 20 & 15;
    s->group = head >> 16 & 15;
    s->group_threshold = (head >> 12 & 15) + 1;
    s->group_count = (head >> 8 & 15) + 1;
    s->member = head >> 4 & 15;
    s->member_threshold = (head & 15) + 1;
    if (!checksum_good(w, n, s->extendable))
        return "wrong checksum";
    if (s->group_threshold > s->group_count)
        return "group threshold above group count";
    if (!value(s, w + METADATA_WORDS - CHECKSUM_WORDS, n - METADATA_WORDS))
        return "wrong padding";
    return NULL;
}

/* Do two shares belong to the same secret? */
static bool same_set(const share *a, const share *b)
{
    return a->id == b->id && a->extendable == b->extendable && a->exponent == b->exponent &&
           a->group_threshold == b->group_threshold && a->group_count == b->group_count && a->len == b->len;
}

/* Points of one polynomial: a group's members, or the groups. */
typedef struct points {
    unsigned n, threshold;
    uint8_t xs[POINTS_MAX];
    const uint8_t *ys[POINTS_MAX];
} points;

static const char *add_point(points *p, unsigned x, const uint8_t *y)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->xs[i] == x)
            return "an index occurs twice";
    p->xs[p->n] = (uint8_t)x;
    p->ys[p->n++] = y;
    return NULL;
}

/* RecoverSecret: the secret at x = 255 is right if the digest at x = 254 is HMAC-SHA256(random part, secret)[:4]. */
static const char *recover(const eb_binding *b, uint8_t *out, const points *p, size_t len)
{
    uint8_t check[VALUE_MAX], tag[EB_MAX_HASH];
    if (p->n != p->threshold)
        return "not as many shares as the threshold says";
    if (p->threshold == 1) {
        memcpy(out, p->ys[0], len);
        return NULL;
    }
    if (eb_gf256_interpolate(out, SECRET_X, p->xs, p->ys, p->n, len) != EB_OK ||
        eb_gf256_interpolate(check, DIGEST_X, p->xs, p->ys, p->n, len) != EB_OK)
        return "interpolation refused";
    eb_bytes secret = eb_range(out, len);
    if (b->mac->set_key(b->mac_ctx, eb_range(check + DIGEST_LEN, len - DIGEST_LEN)) != EB_OK ||
        b->mac->compute(b->mac_ctx, tag, &secret, 1) != EB_OK)
        return "HMAC failed";
    return memcmp(tag, check, DIGEST_LEN) == 0 ? NULL : "wrong digest";
}

/* Both levels: members to group secrets, group secrets to the encrypted master secret. */
static const char *combine(const eb_binding *b, uint8_t *ems, const share *shares, size_t n)
{
    points members[POINTS_MAX] = {0}, groups = {.threshold = shares[0].group_threshold};
    uint8_t secrets[POINTS_MAX][VALUE_MAX];
    const char *why = NULL;
    for (size_t i = 0; i < n && !why; i++) {
        points *g = &members[shares[i].group];
        if (!same_set(&shares[0], &shares[i]))
            why = "shares of different sets";
        else if (g->n > 0 && g->threshold != shares[i].member_threshold)
            why = "members of one group disagree on its threshold";
        else
            why = add_point(g, shares[i].member, shares[i].value);
        g->threshold = shares[i].member_threshold;
    }
    for (unsigned i = 0; i < POINTS_MAX && !why; i++)
        if (members[i].n > 0 && !(why = recover(b, secrets[i], &members[i], shares[0].len)))
            why = add_point(&groups, i, secrets[i]);
    return why ? why : recover(b, ems, &groups, shares[0].len);
}

/* One block of PBKDF2-HMAC-SHA256 (RFC 8018, s. 5.2): as much as a Feistel half needs. */
static eb_status pbkdf2(const eb_binding *b, uint8_t *out, eb_bytes password, const eb_bytes salt[3], unsigned rounds)
{
    static const uint8_t one[4] = {0, 0, 0, 1};
    uint8_t u[EB_MAX_HASH];
    const eb_bytes first[4] = {salt[0], salt[1], salt[2], eb_range(one, sizeof one)},
                   next = eb_range(u, b->mac->tag_len);
    eb_status s = b->mac->set_key(b->mac_ctx, password);
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, u, first, 4);
    memcpy(out, u, b->mac->tag_len);
    for (unsigned i = 1; i < rounds && s == EB_OK; i++) {
        s = b->mac->compute(b->mac_ctx, u, &next, 1);
        for (size_t j = 0; j < b->mac->tag_len; j++)
            out[j] ^= u[j];
    }
    return s;
}

/* Section "Encryption of the master secret", backwards: a Feistel network of four rounds. */
static eb_status decrypt(const eb_binding *b, uint8_t *ms, const uint8_t *ems, const share *s)
{
    size_t half = s->len / 2;
    uint8_t l[VALUE_MAX / 2], r[VALUE_MAX / 2], f[EB_MAX_HASH], password[sizeof passphrase];
    uint8_t id[2] = {(uint8_t)(s->id >> 8), (uint8_t)s->id};
    memcpy(l, ems, half);
    memcpy(r, ems + half, half);
    memcpy(password + 1, passphrase, sizeof passphrase - 1);
    for (int i = ROUNDS - 1; i >= 0; i--) {
        const eb_bytes salt[3] = {s->extendable ? eb_range(id, 0) : EB_LITERAL("shamir"),
                                  eb_range(id, s->extendable ? 0 : sizeof id), eb_range(r, half)};
        password[0] = (uint8_t)i;
        eb_status st = pbkdf2(b, f, eb_range(password, sizeof password), salt, (unsigned)ITERATIONS << s->exponent);
        if (st != EB_OK)
            return st;
        for (size_t j = 0; j < half; j++) {
            uint8_t t = l[j] ^ f[j];
            l[j] = r[j];
            r[j] = t;
        }
    }
    memcpy(ms, r, half);
    memcpy(ms + half, l, half);
    return EB_OK;
}

static const char *decode_all(share *shares, const json_t *mnemonics)
{
    const json_t *m;
    size_t i;
    const char *why = NULL;
    json_array_foreach(mnemonics, i, m)
    {
        why = decode(&shares[i], json_string_value(m) ? json_string_value(m) : "");
        if (why)
            break;
    }
    return why;
}

/* An entry: description, mnemonics, master secret in hex ("" for a set that must be refused), a key derived from it. */
static void one(vec_run *r, const json_t *entry)
{
    const eb_suite suite = {.id = "SLIP-0039", .prim = {[EB_MAC] = "hmac-sha256"}};
    const json_t *mnemonics = json_array_get(entry, 1);
    const char *hex = json_string_value(json_array_get(entry, 2));
    size_t n = json_array_size(mnemonics);
    uint8_t ems[VALUE_MAX], ms[VALUE_MAX];
    eb_bytes want;
    if (!hex || n == 0 || n > SHARES_MAX) {
        vec_malformed(r, "not a description, 1 to %d mnemonics and a secret in hex", SHARES_MAX);
        return;
    }
    const eb_binding *b = vec_bind(r, &suite, EB_NEED(EB_MAC));
    share *shares = b ? vec_alloc(r, n * sizeof *shares) : NULL;
    if (!shares || !vec_decode(r, hex, strlen(hex), "master secret", &want))
        return;
    const char *why = decode_all(shares, mnemonics);
    if (!why)
        why = combine(b, ems, shares, n);
    if (want.len == 0)
        vec_check(r, why != NULL, "accepted, must be refused");
    else if (!why && shares[0].exponent > EXPONENT_MAX)
        vec_skip(r, "iteration exponent above %d", EXPONENT_MAX);
    else if (vec_check(r, why == NULL, "refused: %s", why ? why : "") &&
             vec_ok(r, decrypt(b, ms, ems, &shares[0]), "PBKDF2"))
        vec_same(r, ms, shares[0].len, want, "master secret");
}

bool vec_slip39_is(const json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return json_is_array(root) && json_is_string(json_array_get(first, 0)) && json_is_array(json_array_get(first, 1)) &&
           json_is_string(json_array_get(first, 2));
}

void vec_slip39_run(vec_run *r, const json_t *root)
{
    const json_t *entry;
    size_t i;
    json_array_foreach(root, i, entry)
    {
        const char *text = json_string_value(json_array_get(entry, 0));
        vec_begin(r, "case %zu (%s)", i + 1, text ? text : "");
        one(r, entry);
        vec_end(r);
        if (vec_broken(r))
            return;
    }
}

/* A split whose shares are published at some points. */
static void split(vec_run *r, const json_t *o)
{
    const json_t *list = json_object_get(o, "shares"), *e;
    uint64_t n, t, x;
    eb_bytes secret, coins, want;
    size_t i;
    if (!vec_number(r, o, "n", 255, &n) || !vec_number(r, o, "t", 255, &t) || !vec_hex(r, o, "secret", &secret) ||
        !vec_hex_len(r, o, "coins", t ? (t - 1) * secret.len : 0, &coins))
        return;
    uint8_t *shares = vec_alloc(r, n * secret.len), *back = vec_alloc(r, secret.len);
    if (!shares || !back ||
        !vec_ok(r, eb_gf256_split(shares, (unsigned)n, (unsigned)t, secret.ptr, secret.len, coins.ptr), "splitting"))
        return;
    json_array_foreach(list, i, e)
    {
        if (!vec_number(r, e, "x", n, &x) || !vec_hex(r, e, "value", &want) || !vec_check(r, x > 0, "a share at 0") ||
            !vec_same(r, shares + (x - 1) * secret.len, secret.len, want, "share"))
            return;
    }
    uint8_t xs[255];
    const uint8_t *ys[255];
    for (size_t k = 0; k < t; k++) { /* from the far end: not the points that a mistake would favour */
        xs[k] = (uint8_t)(n - k);
        ys[k] = shares + (n - k - 1) * secret.len;
    }
    if (vec_ok(r, eb_gf256_interpolate(back, 0, xs, ys, (unsigned)t, secret.len), "combining"))
        vec_same(r, back, secret.len, secret, "secret from shares");
}

static void product(vec_run *r, const json_t *o)
{
    eb_bytes a, b, want;
    if (!vec_hex_len(r, o, "a", 1, &a) || !vec_hex_len(r, o, "b", 1, &b) || !vec_hex_len(r, o, "product", 1, &want))
        return;
    uint8_t p = eb_gf256_mul(a.ptr[0], b.ptr[0]), q = eb_gf256_mul(p, eb_gf256_inverse(b.ptr[0]));
    if (vec_same(r, &p, 1, want, "product"))
        vec_same(r, &q, 1, a, "product times the inverse");
}

void vec_gf256_one(vec_run *r, const json_t *entry)
{
    vec_begin(r, "%s", vec_string(entry, "name"));
    if (json_object_get(entry, "product"))
        product(r, entry);
    else
        split(r, entry);
    vec_end(r);
}
