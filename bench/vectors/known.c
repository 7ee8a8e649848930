/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The selection of published values that the program carries: texts (known/README.md) become the same trees of fields
 * as the official files, and run through the same code.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/vectors/vectors.h"
#include "bench/vectors/vectors_internal.h"

enum { LINE_MAX_LEN = 4096 };

static const struct {
    const char *test;
    void (*run)(vec_run *r, const json_t *entry);
} kinds[] = {
    {"hpke", vec_hpke_one},         {"dleq", vec_voprf_one},
    {"shares", vec_frost_run},      {"primitive", vec_wycheproof_one},
    {"gf256", vec_gf256_one},       {"kem", vec_kem_one},
    {"skipjack", vec_skipjack_one},
};

typedef struct reader {
    const eb_backend *backend;
    vec_run *run;
    eb_known_report report;
    void *user;
    json_t *entry; /* the case being read; NULL between cases */
    int wrong, ran;
} reader;

static bool is_index(const char *key)
{
    return key[0] != '\0' && key[strspn(key, "0123456789")] == '\0';
}

/* Puts `value` (taken over) at a key or index; an index may only be the next one. */
static bool put(json_t *parent, const char *key, json_t *value)
{
    if (json_is_object(parent))
        return json_object_set_new(parent, key, value) == 0;
    if (json_is_array(parent) && is_index(key) && strtoul(key, NULL, 10) == json_array_size(parent))
        return json_array_append_new(parent, value) == 0;
    json_decref(value);
    return false;
}

static json_t *get(const json_t *parent, const char *key)
{
    if (json_is_array(parent))
        return is_index(key) ? json_array_get(parent, strtoul(key, NULL, 10)) : NULL;
    return json_object_get(parent, key);
}

/* The next key of a path, cut off at its dot; NULL after the last. */
static char *next_key(char **path)
{
    char *key = *path;
    if (key) {
        size_t n = strcspn(key, ".");
        *path = key[n] ? key + n + 1 : NULL;
        key[n] = '\0';
    }
    return key;
}

/* `a.0.b` is field b of the first element of list a. Takes `value` over. */
static bool set_path(json_t *root, char *path, json_t *value)
{
    json_t *at = root;
    char *key = next_key(&path);
    for (char *next; at && (next = next_key(&path)) != NULL; key = next) {
        json_t *child = get(at, key);
        if (!child && put(at, key, is_index(next) ? json_array() : json_object()))
            child = get(at, key);
        at = child;
    }
    if (at && !get(at, key))
        return put(at, key, value);
    json_decref(value);
    return false;
}

/* `name = hex` or `name: text`; digits alone are a number. */
static bool set_line(json_t *entry, char *line)
{
    size_t name = strcspn(line, " :=");
    char *value = line + name;
    value += strspn(value, " ");
    char sign = *value;
    if (name == 0 || (sign != '=' && sign != ':'))
        return false;
    value++;
    value += strspn(value, " ");
    line[name] = '\0';
    json_t *v = sign == ':' && is_index(value) && strlen(value) < 10 ? json_integer(strtol(value, NULL, 10))
                                                                     : json_string(value);
    return v && set_path(entry, line, v);
}

static void tell(reader *k, const char *what, const char *wrong)
{
    k->ran++;
    k->wrong += wrong != NULL;
    if (k->report)
        k->report(k->user, what, wrong == NULL, wrong);
}

static void run_entry(reader *k)
{
    char what[2 * VEC_TEXT], detail[2 * VEC_TEXT + 2];
    vec_run *r = k->run;
    const char *test = vec_string(k->entry, "test");
    size_t i = 0, n = sizeof kinds / sizeof kinds[0];
    snprintf(what, sizeof what, "%s: %s", vec_string(k->entry, "source"), vec_string(k->entry, "name"));
    while (i < n && strcmp(kinds[i].test, test) != 0)
        i++;
    vec_run_reset(r);
    if (i < n)
        kinds[i].run(r, k->entry);
    else
        vec_malformed(r, "no test is called '%s'", test);
    if (vec_broken(r)) {
        tell(k, what, r->broken);
    } else if (r->failed > 0) {
        snprintf(detail, sizeof detail, "%s: %s", r->failures[0].test, r->failures[0].why);
        tell(k, what, detail);
    } else if (r->passed > 0) {
        tell(k, what, NULL);
    }
}

static void finish_entry(reader *k)
{
    if (k->entry)
        run_entry(k);
    json_decref(k->entry);
    k->entry = NULL;
}

static void read_line(reader *k, char *line, size_t number)
{
    char wrong[64];
    if (line[0] == '\0')
        finish_entry(k);
    if (line[0] == '\0' || line[0] == '#')
        return;
    if (!k->entry)
        k->entry = json_object();
    if (k->entry && set_line(k->entry, line))
        return;
    snprintf(wrong, sizeof wrong, "line %zu is not 'name = hex' or 'name: text'", number);
    tell(k, "known answers", wrong);
}

static void read_text(reader *k, const char *text, size_t len)
{
    char line[LINE_MAX_LEN];
    size_t number = 0;
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t n = end ? (size_t)(end - text) : len, used = end ? n + 1 : n;
        number++;
        if (n < sizeof line) {
            memcpy(line, text, n);
            line[n] = '\0';
            read_line(k, line, number);
        } else {
            tell(k, "known answers", "a line is too long");
        }
        text += used;
        len -= used;
    }
    finish_entry(k);
}

static bool open_reader(reader *k)
{
    k->run = vec_run_new(k->backend);
    if (!k->run)
        tell(k, "known answers", "not enough memory");
    return k->run != NULL;
}

int eb_known_answers_text(const eb_backend *backend, const char *text, size_t len, eb_known_report report, void *user)
{
    reader k = {.backend = backend, .report = report, .user = user};
    if (open_reader(&k))
        read_text(&k, text, len);
    vec_run_free(k.run);
    return k.ran > 0 ? k.wrong : -1;
}

const char *eb_known_answers_embedded(size_t i, size_t *len)
{
    if (i >= vec_known_count)
        return NULL;
    *len = vec_known_files[i].len;
    return (const char *)vec_known_files[i].text;
}

int eb_known_answers_run(const eb_backend *backend, eb_known_report report, void *user)
{
    reader k = {.backend = backend, .report = report, .user = user};
    if (open_reader(&k))
        for (size_t i = 0; i < vec_known_count; i++)
            read_text(&k, (const char *)vec_known_files[i].text, vec_known_files[i].len);
    vec_run_free(k.run);
    return k.ran > 0 ? k.wrong : -1;
}
