/* SPDX-License-Identifier: Apache-2.0 */
/* escrowbench keygen: a device's key pair. */
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/files/coins.h"
#include "bench/files/output.h"
#include "bench/files/summary.h"
#include "bench/state.h"

typedef struct options {
    const char *transport, *suite, *backend, *out;
    bool force, json;
} options;

static const eb_option option_table[] = {
    {.name = "suite",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, suite),
     .help = "Algorithms: x25519, p256, xwing, or those of another transport (`list` shows them). Needed."},
    {.name = "transport",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, transport),
     .help = "Protocol that the keys are for: hpke (default), hpke-auth (authenticates the sender), hpke-stream."},
    {.name = "backend",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, backend),
     .help = FT_BACKEND_HELP},
    {.name = "out",
     .value = "PREFIX",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, out),
     .help = "Writes PREFIX.key (secret, mode 0600) and PREFIX.pub. Needed."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = offsetof(options, force), .help = "Replace files that exist."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(options, json), .help = FT_JSON_HELP},
    {.name = NULL},
};

static const eb_command command = {
    .name = "keygen",
    .about = "Makes the key pair of one device, for messages to it (and, with hpke-auth, from it).",
    .examples = "escrowbench keygen --suite p256 --out bob",
    .options = option_table,
};

/* What is held while the command works. */
typedef struct work {
    eb_pair *pair;
    ft_data coins, key, pub; /* whole files */
    char key_path[4096], pub_path[4096];
    ft_output key_out, pub_out;
} work;

static void drop(work *w)
{
    ft_discard(&w->key_out);
    ft_discard(&w->pub_out);
    ft_data_free(&w->coins);
    ft_data_free(&w->key);
    ft_data_free(&w->pub);
    eb_pair_close(w->pair);
}

/* A file of a header and `len` bytes that follow. */
static bool frame(ft_data *file, ft_container *c, ft_kind kind, size_t len, ft_error *err)
{
    if (!ft_data_new(file, FT_HEADER_MAX + len, err)) {
        return false;
    }
    c->kind = kind;
    file->len = ft_encode(file->ptr, FT_HEADER_MAX, c);
    return file->len > 0 ? true : ft_fails(err, "a header cannot be written");
}

static bool paths(work *w, const options *o, ft_error *err)
{
    const int n = snprintf(w->key_path, sizeof w->key_path, "%s.key", o->out);

    snprintf(w->pub_path, sizeof w->pub_path, "%s.pub", o->out);
    if (n < 0 || (size_t)n >= sizeof w->key_path) {
        return ft_misused(err, "--out is too long");
    }
    if (!o->force && (ft_exists(w->key_path) || ft_exists(w->pub_path))) {
        return ft_fails(err, "%.300s exists already: choose another --out, or give --force to replace the key pair",
                        ft_exists(w->key_path) ? w->key_path : w->pub_path);
    }
    return true;
}

static bool generate(work *w, ft_container *c, ft_error *err)
{
    const eb_transport_sizes *ts = &w->pair->ts;
    eb_status status = EB_OK;

    if (!frame(&w->key, c, FT_PRIVATE_KEY, ts->sk, err) || !frame(&w->pub, c, FT_PUBLIC_KEY, ts->pk, err) ||
        !ft_coins(&w->coins, ts->keygen_coins, err)) {
        return false;
    }
    status = eb_keygen(w->pair, w->key.ptr + w->key.len, w->pub.ptr + w->pub.len, w->coins.ptr);
    w->key.len += ts->sk;
    w->pub.len += ts->pk;
    return status == EB_OK ? true : ft_status_fails(err, status, w->pair, w->key_path, "a new key");
}

static bool save(work *w, const options *o, ft_error *err)
{
    if (!ft_stage(&w->key_out, w->key_path, FT_SECRET, ft_bytes(&w->key), err) ||
        !ft_stage(&w->pub_out, w->pub_path, FT_PUBLIC, ft_bytes(&w->pub), err)) {
        return false;
    }
    if (o->json) {
        json_t *summary = ft_summary("keygen", w->pair);
        (void)json_object_set_new(summary, "private_key", ft_json_text(w->key_path));
        (void)json_object_set_new(summary, "public_key", ft_json_text(w->pub_path));
        if (!ft_summary_print(summary, err)) {
            return false;
        }
    }
    return ft_commit(&w->key_out, err) && ft_commit(&w->pub_out, err);
}

static bool run(work *w, const options *o, ft_error *err)
{
    ft_container c = {.kind = FT_PUBLIC_KEY};

    snprintf(c.transport, sizeof c.transport, "%s", o->transport);
    snprintf(c.suite, sizeof c.suite, "%s", o->suite);
    return paths(w, o, err) && ft_pair_open(&w->pair, &c, o->backend, NULL, err) && generate(w, &c, err) &&
           save(w, o, err);
}

int cmd_keygen(int argc, char **argv)
{
    options o = {.transport = "hpke"};
    work w = {.pair = NULL};
    ft_error err;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, NULL);
    bool good = false;

    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (o.suite == NULL || o.out == NULL) {
        return eb_usage(&command, "--%s is needed", o.suite == NULL ? "suite" : "out");
    }
    ft_guard();
    if (!eb_begin()) {
        return 1;
    }
    good = run(&w, &o, &err);
    drop(&w);
    return good ? 0 : ft_say(&command, &err);
}
