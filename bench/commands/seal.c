/* SPDX-License-Identifier: Apache-2.0 */
/* escrowbench seal: a file becomes a message, under escrow or without. */
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/files/coins.h"
#include "bench/files/output.h"
#include "bench/files/summary.h"
#include "bench/state.h"

typedef struct options {
    const char *to, *from, *authority, *user, *aad, *backend, *in, *out;
    uint64_t epoch;
    bool force, json;
} options;

static const eb_option option_table[] = {
    {.name = "to",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, to),
     .help = "The recipient's public key (.pub). Needed."},
    {.name = "from",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, from),
     .help = "The sender's private key (.key): for transports that authenticate the sender (hpke-auth), and only for "
             "those."},
    {.name = "authority",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, authority),
     .help = "Escrow to this authority (authority.pub). Without it nothing but the recipient's key opens the message."},
    {.name = "user",
     .value = "NAME",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, user),
     .help = "Whose message it is, for the authority; stands readable in the message. Default: an empty name."},
    {.name = "epoch",
     .value = "N",
     .type = EB_ARG_U64,
     .offset = offsetof(options, epoch),
     .help = "Number of the period, for the authority; readable. Default 0."},
    {.name = "aad",
     .value = "TEXT",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, aad),
     .help = "Text that is authenticated but not sent: whoever opens the message must give the same."},
    {.name = "backend",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, backend),
     .help = FT_BACKEND_HELP},
    {.name = "in",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, in),
     .help = "What to seal, at most 1 GiB; - is standard input. Needed."},
    {.name = "out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, out),
     .help = "The message; - is standard output. Needed."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = offsetof(options, force), .help = "Replace a file that exists."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(options, json), .help = FT_JSON_HELP},
    {.name = NULL},
};

static const eb_command command = {
    .name = "seal",
    .about =
        "Seals a file to a recipient. The transport and its suite are those of the recipient's key, the escrow is the "
        "authority's. The header of the message (scheme, authority, user, epoch) is readable and authenticated.",
    .examples = "escrowbench seal --to bob.pub --in letter.txt --out letter.eb\n"
                "escrowbench seal --to bob.pub --authority court/authority.pub --user alice --epoch 7 --in letter.txt "
                "--out letter.eb",
    .options = option_table,
};

/* What is held while the command works. */
typedef struct work {
    ft_file to, from, authority;
    ft_data plaintext, coins, aad;
    ft_data message; /* the whole file */
    ft_container c;
    eb_pair *pair;
    eb_own *own;
    eb_peer *peer;
    eb_authority *escrow;
    eb_link *link;
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
    ft_data_free(&w->message);
    ft_data_free(&w->aad);
    ft_data_free(&w->coins);
    ft_data_free(&w->plaintext);
    ft_file_drop(&w->authority);
    ft_file_drop(&w->from);
    ft_file_drop(&w->to);
}

static bool load(work *w, const options *o, ft_error *err)
{
    if (!ft_load(&w->to, o->to, FT_PUBLIC_KEY, err)) {
        return false;
    }
    if (o->from != NULL &&
        (!ft_load(&w->from, o->from, FT_PRIVATE_KEY, err) || !ft_same_scheme(&w->from, &w->to, err))) {
        return false;
    }
    if (o->authority != NULL &&
        (!ft_load(&w->authority, o->authority, FT_AUTHORITY, err) || !ft_same_scheme(&w->authority, &w->to, err))) {
        return false;
    }
    return true;
}

/* The message's header: the recipient's scheme, the authority's escrow. */
static bool describe(work *w, const options *o, ft_error *err)
{
    w->c = o->authority != NULL ? w->authority.c : w->to.c;
    w->c.kind = FT_MESSAGE;
    w->c.header = w->c.payload = eb_range(NULL, 0);
    if (o->authority == NULL) {
        snprintf(w->c.escrow, sizeof w->c.escrow, "none");
        return true;
    }
    if (o->user != NULL && !ft_user_valid(o->user)) {
        return ft_misused(err, "--user: a name is UTF-8 text of at most %d bytes without control characters",
                          FT_USER_MAX);
    }
    snprintf(w->c.user, sizeof w->c.user, "%s", o->user != NULL ? o->user : "");
    w->c.epoch = o->epoch;
    return true;
}

static bool load_sender(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_status status = EB_OK;

    if (p->ts.sender_key && o->from == NULL) {
        return ft_misused(err, "transport %s authenticates the sender: --from FILE is needed, the sender's private key",
                          p->spec.transport->id);
    }
    if (!p->ts.sender_key && o->from != NULL) {
        return ft_misused(err,
                          "transport %s does not authenticate the sender, so --from would have no effect (hpke-auth "
                          "does; see escrowbench keygen --help)",
                          p->spec.transport->id);
    }
    if (o->from == NULL) {
        return true;
    }
    if (!ft_payload_is(&w->from, p->ts.sk, err)) {
        return false;
    }
    status = eb_own_load(p, &w->own, w->from.c.payload);
    return status == EB_OK ? true : ft_status_fails(err, status, p, w->from.path, "a private key");
}

static bool load_keys(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_status status = EB_OK;

    if (!load_sender(w, o, err) || !ft_payload_is(&w->to, p->ts.pk, err)) {
        return false;
    }
    status = eb_peer_load(p, &w->peer, w->to.c.payload);
    if (status != EB_OK) {
        return ft_status_fails(err, status, p, w->to.path, "a public key");
    }
    return o->authority == NULL || (ft_fingerprint(p, w->c.authority, ft_bytes(&w->authority.data), err) &&
                                    ft_authority_load(&w->escrow, p, &w->authority, &w->c, err));
}

/* Makes the whole file: header, then wire. */
static bool seal(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    const size_t max = eb_wire_max(p, w->plaintext.len);
    eb_buf wire;
    eb_status status = EB_OK;

    if (!ft_data_new(&w->message, FT_HEADER_MAX + max, err)) {
        return false;
    }
    w->message.len = ft_encode(w->message.ptr, FT_HEADER_MAX, &w->c);
    w->c.header = ft_bytes(&w->message);
    if (w->message.len == 0) {
        return ft_fails(err, "a header cannot be written");
    }
    if (!ft_associated(&w->aad, w->c.header, o->aad, err) ||
        !ft_coins(&w->coins, p->ts.coins + p->ts.start_coins, err)) {
        return false;
    }
    wire = (eb_buf){.ptr = w->message.ptr + w->message.len, .cap = max};
    status = eb_link_start(p, &w->link, EB_SENDER, w->own, w->peer, w->escrow, w->coins.ptr + p->ts.coins, FT_LABEL);
    if (status == EB_OK) {
        status = eb_seal(w->link, &wire, w->coins.ptr, ft_bytes(&w->aad), ft_bytes(&w->plaintext));
    }
    if (eb_refused(status)) {
        return ft_fails(err, "%.300s%s%.300s: damaged: nothing can be sealed to this key", w->to.path,
                        w->escrow != NULL ? " or " : "", w->escrow != NULL ? w->authority.path : "");
    }
    w->message.len += wire.len;
    w->c.payload = eb_view(&wire);
    return status == EB_OK ? true : ft_status_fails(err, status, p, ft_input_name(o->in), "this message");
}

static bool save(work *w, const options *o, ft_error *err)
{
    if (!ft_stage(&w->out, o->out, FT_PUBLIC, ft_bytes(&w->message), err)) {
        return false;
    }
    if (o->json) {
        const ft_file file = {.path = o->out, .c = w->c};
        json_t *summary = ft_summary("seal", w->pair);
        eb_message parts;
        if (!ft_parts(&parts, w->pair, &file, err)) {
            json_decref(summary);
            return false;
        }
        ft_summary_bytes(summary, &w->c, &parts, w->plaintext.len);
        if (!ft_summary_print(summary, err)) {
            return false;
        }
    }
    return ft_commit(&w->out, err);
}

static bool run(work *w, const options *o, ft_error *err)
{
    return ft_may_write(o->out, o->force, err) && load(w, o, err) && describe(w, o, err) &&
           ft_pair_open(&w->pair, &w->c, o->backend, o->to, err) && load_keys(w, o, err) &&
           ft_read(&w->plaintext, o->in, FT_MESSAGE_MAX, "messages", err) && seal(w, o, err) && save(w, o, err);
}

static const char *lacking(const options *o)
{
    return o->to == NULL ? "to" : o->in == NULL ? "in" : o->out == NULL ? "out" : NULL;
}

int cmd_seal(int argc, char **argv)
{
    options o = {.epoch = 0};
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
    if (o.authority == NULL && (o.user != NULL || o.epoch != 0)) {
        return eb_usage(&command, "--user and --epoch are for the authority: give --authority as well");
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
