/* SPDX-License-Identifier: Apache-2.0 */
/* A file of published vectors: read, recognised, run on every backend, reported. */
#include "bench/vectors/vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/vectors/vectors_internal.h"
#include "escrowbench/registry.h"

/* The largest published file has about 8 MiB. A hostile one takes up to 45 times its size when parsed. */
enum { FILE_MIB = 16, BACKENDS_MAX = 32 };

typedef struct format {
    const char *name;
    bool (*is)(const json_t *root);
    void (*run)(vec_run *r, const json_t *root);
} format;

static const format formats[] = {
    {"RFC 9180 (HPKE)", vec_hpke_is, vec_hpke_run},           {"RFC 9497 (VOPRF proofs)", vec_voprf_is, vec_voprf_run},
    {"RFC 9591 (FROST shares)", vec_frost_is, vec_frost_run}, {"SLIP-0039", vec_slip39_is, vec_slip39_run},
    {"Wycheproof", vec_wycheproof_is, vec_wycheproof_run},    {"X-Wing", vec_xwing_is, vec_xwing_run},
    {"NIST ACVP (ML-KEM)", vec_acvp_is, vec_acvp_run},
};

/* A file's runs, one a backend. */
typedef struct outcome {
    const char *path;
    const format *format;
    vec_run *runs[BACKENDS_MAX];
    size_t n, passed, failed, skipped;
} outcome;

/* All of a file, or NULL with a message in `why`. */
static char *slurp(const char *path, size_t *len, char *why, size_t why_len)
{
    const size_t limit = (size_t)FILE_MIB << 20;
    size_t cap = 1u << 16;
    char *buf = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) {
        snprintf(why, why_len, "%s; give the path of a vector file", strerror(errno));
        return NULL;
    }
    for (*len = 0; *len <= limit; cap *= 2) {
        char *grown = realloc(buf, cap);
        if (!grown) {
            snprintf(why, why_len, "not enough memory for the file");
            goto fail;
        }
        buf = grown;
        *len += fread(buf + *len, 1, cap - *len, f);
        if (ferror(f)) {
            snprintf(why, why_len, "%s; give the path of a vector file", strerror(errno));
            goto fail;
        }
        if (*len < cap) {
            (void)fclose(f);
            return buf;
        }
    }
    snprintf(why, why_len, "larger than %d MiB, which no published vector file is; split it by test group", FILE_MIB);
fail:
    (void)fclose(f);
    free(buf);
    return NULL;
}

static json_t *load(const char *path, char *why, size_t why_len)
{
    size_t len;
    json_error_t e;
    char *text = slurp(path, &len, why, why_len);
    if (!text)
        return NULL;
    json_t *root = json_loadb(text, len, 0, &e);
    free(text);
    if (!root) {
        vec_clean(e.text); /* it quotes the file */
        snprintf(why, why_len, "line %d, column %d: not valid JSON (%s); give a complete vector file", e.line, e.column,
                 e.text);
    }
    return root;
}

/* NIST's ACVP files come in twos, told apart by a word of their names. With one of them, the other is read too, and both make
   a list. */
static json_t *with_companion(const char *path, json_t *root, char *why, size_t why_len)
{
    static const char *const words[] = {"prompt", "expectedResults"};
    const char *slash = strrchr(path, '/'), *at = NULL;
    char other[4096];
    unsigned which = 0;
    if (!json_is_object(root) || !json_object_get(root, "vsId"))
        return root;
    for (; which < 2 && !(at = strstr(slash ? slash : path, words[which])); which++)
        continue;
    if (at == NULL)
        return root;
    const int n =
        snprintf(other, sizeof other, "%.*s%s%s", (int)(at - path), path, words[1 - which], at + strlen(words[which]));
    char detail[VEC_TEXT] = "its name is too long";
    json_t *companion = n > 0 && (size_t)n < sizeof other ? load(other, detail, sizeof detail) : NULL;
    if (companion == NULL) {
        snprintf(why, why_len, "the file that belongs to it, with '%s' in its name: %s", words[1 - which], detail);
        json_decref(root);
        return NULL;
    }
    json_t *both = which == 0 ? json_pack("[oo]", root, companion) : json_pack("[oo]", companion, root);
    if (both == NULL)
        snprintf(why, why_len, "not enough memory");
    return both;
}

static const format *recognise(const json_t *root)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].is(root))
            return &formats[i];
    return NULL;
}

static bool run_all(outcome *o, const json_t *root, char *why, size_t why_len)
{
    const eb_backend *backend;
    for (size_t i = 0; i < BACKENDS_MAX && (backend = eb_backend_at(i)) != NULL; i++) {
        vec_run *r = vec_run_new(backend);
        if (!r) {
            snprintf(why, why_len, "not enough memory for a run");
            return false;
        }
        o->runs[o->n++] = r;
        o->format->run(r, root);
        if (vec_broken(r)) {
            snprintf(why, why_len, "%s; fetch the file again", r->broken);
            return false;
        }
        o->passed += r->passed;
        o->failed += r->failed;
        o->skipped += r->skipped;
    }
    return true;
}

/* Report */

static void print_run(const vec_run *r, FILE *out)
{
    fprintf(out, "  %s %s: %zu passed, %zu failed, %zu skipped (%zu values compared", r->backend->library,
            r->backend->version(), r->passed, r->failed, r->skipped, r->checks);
    if (r->encryptions > 0)
        fprintf(out, ", %zu encryptions", r->encryptions);
    fprintf(out, ")\n");
    for (size_t i = 0; i < r->n_failures; i++)
        fprintf(out, "    FAILED %s: %s\n", r->failures[i].test, r->failures[i].why);
    if (r->failed > r->n_failures)
        fprintf(out, "    FAILED %zu more\n", r->failed - r->n_failures);
    for (size_t i = 0; i < r->n_reasons; i++)
        fprintf(out, "    skipped %zu: %s\n", r->reasons[i].count, r->reasons[i].text);
}

static void print_text(const outcome *o, FILE *out)
{
    fprintf(out, "%s: %s\n", o->path, o->format->name);
    for (size_t i = 0; i < o->n; i++)
        print_run(o->runs[i], out);
    if (o->passed + o->failed == 0)
        fprintf(out, "note: no case of this file applies to any library here: it proves nothing\n");
    fprintf(out, "%zu passed, %zu failed, %zu skipped\n", o->passed, o->failed, o->skipped);
}

static json_t *counts(size_t passed, size_t failed, size_t skipped)
{
    return json_pack("{sIsIsI}", "passed", (json_int_t)passed, "failed", (json_int_t)failed, "skipped",
                     (json_int_t)skipped);
}

static json_t *run_json(const vec_run *r)
{
    json_t *o = counts(r->passed, r->failed, r->skipped), *skips = json_array(), *failures = json_array();
    for (size_t i = 0; i < r->n_reasons; i++)
        json_array_append_new(
            skips, json_pack("{sssI}", "reason", r->reasons[i].text, "count", (json_int_t)r->reasons[i].count));
    for (size_t i = 0; i < r->n_failures; i++)
        json_array_append_new(failures, json_pack("{ssss}", "test", r->failures[i].test, "why", r->failures[i].why));
    json_object_set_new(o, "backend", json_string(r->backend->id));
    json_object_set_new(o, "library", json_string(r->backend->library));
    json_object_set_new(o, "version", json_string(r->backend->version()));
    json_object_set_new(o, "values_compared", json_integer((json_int_t)r->checks));
    json_object_set_new(o, "encryptions", json_integer((json_int_t)r->encryptions));
    json_object_set_new(o, "failures", failures);
    json_object_set_new(o, "skips", skips);
    return o;
}

static int print_json(const outcome *o, FILE *out)
{
    json_t *doc = counts(o->passed, o->failed, o->skipped), *runs = json_array();
    json_t *path = json_string(o->path);
    for (size_t i = 0; i < o->n; i++)
        json_array_append_new(runs, run_json(o->runs[i]));
    /* A path need not be UTF-8; a JSON string must. */
    json_object_set_new(doc, "file", path ? path : json_string("(name is not UTF-8)"));
    json_object_set_new(doc, "format", json_string(o->format->name));
    json_object_set_new(doc, "proves_nothing", json_boolean(o->passed + o->failed == 0));
    json_object_set_new(doc, "libraries", runs);
    int bad = json_dumpf(doc, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', out);
    json_decref(doc);
    return bad;
}

int eb_vectors_run(const char *path, bool json_output, FILE *out)
{
    char why[4 * VEC_TEXT] = "";
    outcome o = {.path = path};
    int result = 2;
    json_t *root = load(path, why, sizeof why);
    if (root)
        root = with_companion(path, root, why, sizeof why);
    if (root && !(o.format = recognise(root)))
        snprintf(why, sizeof why,
                 "not a vector file that is known here; known are RFC 9180 (HPKE), RFC 9497 (VOPRF), RFC "
                 "9591 (FROST), SLIP-0039, Wycheproof, X-Wing and NIST ACVP (ML-KEM), as JSON");
    if (o.format && run_all(&o, root, why, sizeof why)) {
        result = o.failed > 0;
        if (!json_output)
            print_text(&o, out);
        else if (print_json(&o, out) != 0) {
            snprintf(why, sizeof why, "not enough memory for the report");
            result = 2;
        }
    }
    if (result == 2)
        fprintf(stderr, "escrowbench: %s: %s\n", path, why);
    for (size_t i = 0; i < o.n; i++)
        vec_run_free(o.runs[i]);
    json_decref(root);
    return result;
}
