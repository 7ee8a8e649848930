/* SPDX-License-Identifier: Apache-2.0 */
/* escrowbench open: the recipient opens a message, and may check that its escrow is honest. */
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/files/output.h"
#include "bench/files/summary.h"
#include "bench/state.h"

typedef struct options {
    const char *key, *from, *authority, *aad, *backend, *in, *out;
    bool check, force, json;
} options;

static const eb_option option_table[] = {
    {.name = "key",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, key),
     .help = "The recipient's private key (.key). Needed."},
    {.name = "from",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, from),
     .help = "The sender's public key (.pub): for transports that authenticate the sender (hpke-auth), and only for "
             "those."},
    {.name = "authority",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, authority),
     .help =
         "Also checks that the message can be opened by this authority (authority.pub): that its capsule is the one "
         "that an honest sender makes for the user and the epoch in its header. Warns if it is not."},
    {.name = "check",
     .type = EB_ARG_FLAG,
     .offset = offsetof(options, check),
     .help = "Fail instead, with exit code 1 and no output."},
    {.name = "aad",
     .value = "TEXT",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, aad),
     .help = "The text that the sender gave."},
    {.name = "backend",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, backend),
     .help = FT_BACKEND_HELP},
    {.name = "in",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, in),
     .help = "The message; - is standard input. Needed."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, out),
     .help =
         "What was sealed (mode 0600), written only once all of it is authenticated; - is standard output. Needed."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = offsetof(options, force), .help = "Replace a file that exists."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(options, json), .help = FT_JSON_HELP},
    {.name = NULL},
};

static const eb_command command = {
    .name = "open",
    .about = "Opens a message with the recipient's key. No authority is needed for that, under escrow or not.",
    .examples =
        "escrowbench open --key bob.key --in letter.eb --out letter.txt\n"
        "escrowbench open --key bob.key --authority court/authority.pub --check --in letter.eb --out letter.txt",
    .options = option_table,
};

/* What is held while the command works. */
typedef struct work {
    ft_file message, key, from, authority;
    ft_data aad, plaintext;
    eb_pair *pair;
    eb_own *own;
    eb_peer *peer;
    eb_authority *escrow;
    eb_link *link;
    eb_message parts;
    const char *verdict; /* of the check; NULL: none was wanted */
    bool honest;
    ft_output out;
} work;

static void drop(work *w)
{
    ft_discard(&w->out);
    eb_link_end(w->link);
    eb_authority_drop(w->escrow);
    eb_peer_drop(w->peer);
    eb_own_drop(w->own);
    eb_pair_close(w->pair);
    ft_data_free(&w->plaintext);
    ft_data_free(&w->aad);
    ft_file_drop(&w->authority);
    ft_file_drop(&w->from);
    ft_file_drop(&w->key);
    ft_file_drop(&w->message);
}

static bool load(work *w, const options *o, ft_error *err)
{
    if (!ft_load(&w->key, o->key, FT_PRIVATE_KEY, err) ||
        (o->from != NULL && !ft_load(&w->from, o->from, FT_PUBLIC_KEY, err)) ||
        (o->authority != NULL && !ft_load(&w->authority, o->authority, FT_AUTHORITY, err))) {
        return false;
    }
    return ft_load(&w->message, o->in, FT_MESSAGE, err) && ft_same_scheme(&w->key, &w->message, err) &&
           (o->from == NULL || ft_same_scheme(&w->from, &w->message, err));
}

static bool load_keys(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_status status = EB_OK;

    if (p->ts.sender_key != (o->from != NULL)) {
        return ft_misused(err,
                          p->ts.sender_key
                              ? "transport %s authenticates the sender: --from FILE is needed, the sender's public key"
                              : "transport %s does not authenticate the sender, so --from would have no effect",
                          p->spec.transport->id);
    }
    if (!ft_payload_is(&w->key, p->ts.sk, err) || (o->from != NULL && !ft_payload_is(&w->from, p->ts.pk, err))) {
        return false;
    }
    status = eb_own_load(p, &w->own, w->key.c.payload);
    if (status != EB_OK) {
        return ft_status_fails(err, status, p, w->key.path, "a private key");
    }
    status = o->from != NULL ? eb_peer_load(p, &w->peer, w->from.c.payload) : EB_OK;
    return status == EB_OK ? true : ft_status_fails(err, status, p, w->from.path, "a public key");
}

/* Loads the authority if it is the message's own; else says why the message is not escrowed to it. */
static bool load_authority(work *w, ft_error *err)
{
    bool same = false;

    if (!ft_escrowed(&w->message.c)) {
        w->verdict = "it is sealed without escrow";
        return true;
    }
    if (!ft_sealed_to(w->pair, &w->message, &w->authority, &same, err)) {
        return false;
    }
    if (!same) {
        w->verdict = "it is sealed to another authority";
        return true;
    }
    return ft_authority_load(&w->escrow, w->pair, &w->authority, &w->message.c, err);
}

/* Before the capsule is looked at the message has been opened, so that the header it is bound to is authentic. */
static bool check(work *w, ft_error *err)
{
    eb_status status = EB_OK;

    if (w->escrow == NULL) {
        return true;
    }
    eb_link_set_seq(w->link, 0);
    status = eb_check(w->link, w->message.c.payload);
    if (status != EB_OK && !eb_refused(status)) {
        return ft_status_fails(err, status, w->pair, w->message.path, "its capsule");
    }
    w->honest = status == EB_OK;
    w->verdict = w->honest ? "honest" : "its capsule is not the one that an honest sender makes";
    return true;
}

static bool open_message(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_buf plaintext;
    eb_status status = EB_OK;

    if (!ft_parts(&w->parts, p, &w->message, err) || !ft_associated(&w->aad, w->message.c.header, o->aad, err) ||
        !ft_data_new(&w->plaintext, w->parts.body.len, err)) {
        return false;
    }
    plaintext = (eb_buf){.ptr = w->plaintext.ptr, .cap = w->plaintext.cap};
    status = eb_link_start(p, &w->link, EB_RECIPIENT, w->own, w->peer, w->escrow, NULL, FT_LABEL);
    if (status == EB_OK) {
        status = eb_open(w->link, &plaintext, ft_bytes(&w->aad), w->message.c.payload);
    }
    w->plaintext.len = plaintext.len;
    if (eb_refused(status)) {
        return ft_fails(err,
                        "%.300s does not open with %.300s: it is for another key%s, has another --aad, or was changed",
                        w->message.path, w->key.path, o->from != NULL ? ", is of another sender" : "");
    }
    return status == EB_OK ? true : ft_status_fails(err, status, p, w->message.path, "this message");
}

static bool save(work *w, const options *o, ft_error *err)
{
    if (w->verdict != NULL && !w->honest && o->check) {
        return ft_fails(err, "%.300s: %.300s cannot open this message: %s", w->message.path, w->authority.path,
                        w->verdict);
    }
    if (!ft_stage(&w->out, o->out, FT_SECRET, ft_bytes(&w->plaintext), err)) {
        return false;
    }
    if (o->json) {
        json_t *summary = ft_summary("open", w->pair);
        ft_summary_bytes(summary, &w->message.c, &w->parts, w->plaintext.len);
        (void)json_object_set_new(summary, "honest", w->verdict != NULL ? json_boolean(w->honest) : json_null());
        if (!ft_summary_print(summary, err)) {
            return false;
        }
    }
    return ft_commit(&w->out, err);
}

static bool run(work *w, const options *o, ft_error *err)
{
    if (!ft_may_write(o->out, o->force, err) || !load(w, o, err) ||
        !ft_pair_open(&w->pair, &w->message.c, o->backend, w->message.path, err) || !load_keys(w, o, err) ||
        (o->authority != NULL && !load_authority(w, err)) || !open_message(w, o, err) ||
        (o->authority != NULL && !check(w, err)) || !save(w, o, err)) {
        return false;
    }
    if (w->verdict != NULL && !w->honest) {
        snprintf(err->text, sizeof err->text, "%.300s cannot open %.300s: %s", w->authority.path, w->message.path,
                 w->verdict);
        ft_one_line(err->text);
        eb_fail(&command, "warning: %s", err->text);
    }
    return true;
}

static const char *lacking(const options *o)
{
    return o->key == NULL ? "key" : o->in == NULL ? "in" : o->out == NULL ? "out" : NULL;
}

int cmd_open(int argc, char **argv)
{
    options o = {.check = false};
    work w = {.pair = NULL};
    ft_error err;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, NULL);
    bool good = false;

    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (lacking(&o) != NULL) {
        return eb_usage(&command, "--%s is needed", lacking(&o));
    }
    if (o.check && o.authority == NULL) {
        return eb_usage(&command, "--check needs --authority FILE, to check against");
    }
    if (o.json && strcmp(o.out, "-") == 0) {
        return eb_usage(&command, "--json and --out - both want standard output");
    }
    ft_guard();
    if (!eb_begin()) {
        return 1;
    }
    good = run(&w, &o, &err);
    drop(&w);
    return good ? 0 : ft_say(&command, &err);
}
