/* SPDX-License-Identifier: Apache-2.0 */
/* escrowbench access: the third party's way to a message, from agents' keys or answers; or one agent's answer alone. */
#include <stdlib.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/files/coins.h"
#include "bench/files/output.h"
#include "bench/files/summary.h"
#include "bench/state.h"

typedef struct options {
    const char *authority, *partial_out, *aad, *backend, *in, *out;
    eb_arg_strings agents, partials;
    bool force, json;
} options;

static const eb_option option_table[] = {
    {.name = "authority",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, authority),
     .help = "The authority's public data (authority.pub); with the user and the epoch in the message's header it is "
             "the order that agents answer to. Needed."},
    {.name = "agent",
     .value = "FILE",
     .type = EB_ARG_STRINGS,
     .offset = offsetof(options, agents),
     .help = "An agent's secret key (agent-1.key), which answers here; may be given several times."},
    {.name = "partial",
     .value = "FILE",
     .type = EB_ARG_STRINGS,
     .offset = offsetof(options, partials),
     .help = "An answer that an agent gave with --partial-out; may be given several times."},
    {.name = "partial-out",
     .value = "FILE",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, partial_out),
     .help = "Only let the one --agent answer, and write its answer here (secret, mode 0600); - is standard output."},
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
     .help = "What was sealed (mode 0600), written only once all of it is authenticated; - is standard output."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = offsetof(options, force), .help = "Replace a file that exists."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(options, json), .help = FT_JSON_HELP},
    {.name = NULL},
};

static const eb_command command = {
    .name = "access",
    .positional = "[FILE...]",
    .about =
        "Opens an escrowed message without its recipient, from the answers of as many agents as the authority's "
        "threshold says. FILE... are agents' keys or answers, told apart by their content. One line on standard "
        "error says what became of each answer: good, unused (enough others), false (a lie, or damaged "
        "on its way), twice, malformed, other message; a bad answer fails the access only if too few good ones are "
        "left.",
    .examples =
        "escrowbench access --authority court/authority.pub --agent court/agent-1.key --in letter.eb --out letter.txt\n"
        "escrowbench access --authority court/authority.pub --agent court/agent-2.key --partial-out answer-2 --in "
        "letter.eb\n"
        "escrowbench access --authority court/authority.pub --in letter.eb --out letter.txt answer-* court/agent-5.key",
    .options = option_table,
    .max_positional = EB_ARG_POSITIONAL_MAX,
};

/* One answer, from an agent's key or from a file. */
typedef struct answer {
    ft_file file;
    ft_data made;   /* the answer's bytes, if the agent answers here */
    eb_bytes bytes; /* the answer; empty if the file is not usable */
    eb_verdict verdict;
    const char *reason; /* of a malformed one, or of another message's */
    bool elsewhere;     /* it may be good, but is about another message */
    char damage[160];   /* what is wrong with a file that cannot be parsed */
} answer;

/* What is held while the command works. */
typedef struct work {
    ft_file message, authority;
    ft_data aad, plaintext, partial;
    eb_pair *pair;
    eb_authority *escrow;
    eb_message parts;
    answer *answers;
    size_t count;
    unsigned good;
    uint8_t secret[EB_MAX_SECRET];
    bool opened;
    ft_output out;
} work;

static void drop(work *w)
{
    ft_discard(&w->out);
    for (size_t i = 0; i < w->count; i++) {
        ft_data_free(&w->answers[i].made);
        ft_file_drop(&w->answers[i].file);
    }
    free(w->answers);
    eb_wipe(w->secret, sizeof w->secret);
    eb_authority_drop(w->escrow);
    eb_pair_close(w->pair);
    ft_data_free(&w->partial);
    ft_data_free(&w->plaintext);
    ft_data_free(&w->aad);
    ft_file_drop(&w->authority);
    ft_file_drop(&w->message);
}

static const char about_another[] = "an answer about another message";

static const char *verdict_name(const answer *a)
{
    if (a->elsewhere) {
        return "other message";
    }
    switch (a->verdict) {
    case EB_ANSWER_UNUSED:
        return "unused";
    case EB_ANSWER_GOOD:
        return "good";
    case EB_ANSWER_LIE:
        return "lie";
    case EB_ANSWER_MALFORMED:
        return "malformed";
    case EB_ANSWER_TWICE:
        return "twice";
    }
    return "unknown";
}

/* ---- the message and the order ---- */

static bool load(work *w, const options *o, ft_error *err)
{
    bool same = false;

    if (!ft_load(&w->authority, o->authority, FT_AUTHORITY, err) || !ft_load(&w->message, o->in, FT_MESSAGE, err)) {
        return false;
    }
    if (!ft_escrowed(&w->message.c)) {
        return ft_fails(err, "%.300s: sealed without escrow: only its recipient can open it", w->message.path);
    }
    if (!ft_pair_open(&w->pair, &w->authority.c, o->backend, w->authority.path, err) ||
        !ft_sealed_to(w->pair, &w->message, &w->authority, &same, err)) {
        return false;
    }
    if (!same) {
        return ft_fails(err, "%.300s: sealed to another authority than %.300s", w->message.path, w->authority.path);
    }
    return ft_authority_load(&w->escrow, w->pair, &w->authority, &w->message.c, err) &&
           ft_parts(&w->parts, w->pair, &w->message, err);
}

/* ---- answers ---- */

static void set_aside(answer *a, const char *reason)
{
    a->verdict = EB_ANSWER_MALFORMED;
    a->reason = reason;
    a->elsewhere = reason == about_another;
    a->bytes = eb_range(NULL, 0);
}

/* Why the file is not one of this authority's agents or answers, as far as its header says; NULL if nothing speaks
 * against it. */
static const char *foreign(const work *w, const ft_container *c, size_t payload_len)
{
    if (memcmp(c->authority, w->message.c.authority, EB_DIGEST) != 0 || !ft_same_escrow(c, &w->message.c)) {
        return "of another authority";
    }
    if (c->kind == FT_PARTIAL && memcmp(c->capsule, w->parts.capsule_hash, EB_DIGEST) != 0) {
        return about_another;
    }
    if (c->payload.len != payload_len) {
        return c->payload.len < payload_len ? "truncated" : "too long";
    }
    if (c->payload.ptr[0] != c->index) {
        return "damaged: two different indices";
    }
    return NULL;
}

/* Lets an agent answer. False only for failures that are not the agent's. */
static bool let_answer(work *w, answer *a, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_agent *agent = NULL;
    ft_data coins = {.ptr = NULL};
    eb_status status = eb_agent_load(p, &agent, a->file.c.payload);
    bool good = false;

    if (eb_refused(status)) {
        set_aside(a, "damaged: its bytes are not an agent's key");
        return true;
    }
    if (status != EB_OK) {
        return ft_status_fails(err, status, p, a->file.path, "an agent's key");
    }
    if (ft_coins(&coins, p->es.partial_coins, err) && ft_data_new(&a->made, eb_partial_len(p), err)) {
        status = eb_partial(p, agent, eb_authority_case(w->escrow), &w->parts, a->made.ptr, coins.ptr);
        a->made.len = eb_partial_len(p);
        a->bytes = ft_bytes(&a->made);
        good = status == EB_OK || ft_status_fails(err, status, p, w->message.path, "a capsule");
    }
    ft_data_free(&coins);
    eb_agent_drop(agent);
    return good;
}

/* Loads one file. A file that is missing, or of a kind that has no place here, is the caller's mistake and ends the
 * command; one that does not fit is this agent's, and is set aside. */
static bool take(work *w, const char *path, int kind, ft_error *err)
{
    answer *a = &w->answers[w->count++];
    const ft_container *c = &a->file.c;
    const char *reason = NULL;

    if (!ft_load_any(&a->file, path, a->damage, sizeof a->damage, err)) {
        return false;
    }
    if (*a->damage != '\0') {
        set_aside(a, a->damage);
        return true;
    }
    if ((c->kind != FT_AGENT && c->kind != FT_PARTIAL) || (kind >= 0 && c->kind != (ft_kind)kind)) {
        return ft_fails(err, "%.300s: this is a file of kind %s; %s is wanted here", a->file.path,
                        ft_kind_name(c->kind),
                        kind < 0           ? "an agent's key or answer"
                        : kind == FT_AGENT ? "an agent's key"
                                           : "an agent's answer");
    }
    reason = foreign(w, c, c->kind == FT_AGENT ? eb_agent_len(w->pair) : eb_partial_len(w->pair));
    if (reason != NULL) {
        set_aside(a, reason);
        return true;
    }
    a->bytes = c->payload;
    return c->kind == FT_AGENT ? let_answer(w, a, err) : true;
}

static bool take_all(work *w, const options *o, const eb_positionals *rest, ft_error *err)
{
    const size_t total = o->agents.count + o->partials.count + rest->count;

    w->answers = calloc(total, sizeof *w->answers);
    if (w->answers == NULL) {
        return ft_no_memory(err, total * sizeof *w->answers);
    }
    for (size_t i = 0; i < o->agents.count; i++) {
        if (!take(w, o->agents.value[i], FT_AGENT, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < o->partials.count; i++) {
        if (!take(w, o->partials.value[i], FT_PARTIAL, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < rest->count; i++) {
        if (!take(w, rest->value[i], -1, err)) {
            return false;
        }
    }
    return true;
}

/* ---- one agent's answer alone ---- */

static bool answer_alone(work *w, const options *o, ft_error *err)
{
    const answer *a = &w->answers[0];
    ft_container c = w->message.c;

    if (a->verdict == EB_ANSWER_MALFORMED) {
        return ft_fails(err, "%.300s: %s", a->file.path, a->reason);
    }
    c.kind = FT_PARTIAL;
    c.index = a->file.c.index;
    memcpy(c.capsule, w->parts.capsule_hash, EB_DIGEST);
    if (!ft_data_new(&w->partial, FT_HEADER_MAX + a->bytes.len, err)) {
        return false;
    }
    w->partial.len = ft_encode(w->partial.ptr, FT_HEADER_MAX, &c);
    if (w->partial.len == 0) {
        return ft_fails(err, "a header cannot be written");
    }
    memcpy(w->partial.ptr + w->partial.len, a->bytes.ptr, a->bytes.len);
    w->partial.len += a->bytes.len;
    if (!ft_stage(&w->out, o->partial_out, FT_SECRET, ft_bytes(&w->partial), err)) {
        return false;
    }
    if (o->json) {
        json_t *summary = ft_summary("access", w->pair);
        ft_summary_bytes(summary, &w->message.c, &w->parts, w->parts.body.len - w->pair->ts.body_overhead);
        (void)json_object_set_new(summary, "agent", json_integer(c.index));
        (void)json_object_set_new(summary, "partial", json_integer((json_int_t)a->bytes.len));
        if (!ft_summary_print(summary, err)) {
            return false;
        }
    }
    return ft_commit(&w->out, err);
}

/* ---- access ---- */

/* The index that an answer stands for; 0 if its file does not say. */
static unsigned index_of(const answer *a)
{
    return a->file.c.index;
}

/* "agent 2 (court/agent-2.key)" or the file alone. */
static void name_answer(char *text, size_t size, const answer *a)
{
    if (index_of(a) > 0) {
        ft_append(text, size, "agent %u (%.100s)", index_of(a), a->file.path);
    } else {
        ft_append(text, size, "%.100s", a->file.path);
    }
}

/* What is wrong with each bad answer. */
static void name_faults(char *text, size_t size, const work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const answer *a = &w->answers[i];
        if (a->verdict == EB_ANSWER_GOOD || a->verdict == EB_ANSWER_UNUSED) {
            continue;
        }
        ft_append(text, size, "; ");
        name_answer(text, size, a);
        ft_append(text, size, ": %s",
                  a->reason != NULL ? a->reason
                  : a->verdict == EB_ANSWER_LIE
                      ? "false (a lie, or damaged on its way): not what this agent's share gives"
                  : a->verdict == EB_ANSWER_TWICE ? "the same agent twice"
                                                  : "malformed");
    }
}

/* One line for all answers: "agent 1 good, agent 2 lie". */
static void report(const work *w, const char *outcome)
{
    char text[2048] = "";

    for (size_t i = 0; i < w->count; i++) {
        const answer *a = &w->answers[i];
        ft_append(text, sizeof text, i > 0 ? ", " : "");
        if (index_of(a) > 0) {
            ft_append(text, sizeof text, "agent %u", index_of(a));
        } else {
            ft_append(text, sizeof text, "%.100s", a->file.path);
        }
        const bool explained = a->reason != NULL && !a->elsewhere;
        if (a->verdict == EB_ANSWER_LIE) { /* nobody can tell which */
            ft_append(text, sizeof text, " false (a lie, or damaged on its way)");
            continue;
        }
        ft_append(text, sizeof text, " %s%s%.80s%s", verdict_name(a), explained ? " (" : "", explained ? a->reason : "",
                  explained ? ")" : "");
    }
    ft_one_line(text);
    eb_fail(&command, "%s: %s", outcome, text);
}

static bool too_few(const work *w, ft_error *err)
{
    const unsigned wanted = w->pair->spec.threshold;

    ft_fails(err, "too few good answers: %u, and %u are needed", w->good, wanted);
    name_faults(err->text, sizeof err->text, w);
    if (w->count < wanted) {
        ft_append(err->text, sizeof err->text, "; give more agents' keys or answers");
    }
    ft_one_line(err->text);
    return false;
}

/* There were enough answers that nothing spoke against, and yet the capsule stays shut. */
static bool stays_shut(const work *w, ft_error *err)
{
    char who[160] = "";

    if (w->pair->spec.escrow->verify != NULL) {
        return ft_fails(
            err,
            "%.300s: its capsule does not open although all answers are good: the message was changed, or its "
            "sender made no honest capsule",
            w->message.path);
    }
    name_answer(who, sizeof who, &w->answers[0]);
    return ft_fails(
        err,
        "%.300s: the answer of %s does not open its capsule: it is a lie, or the key is damaged, or the message "
        "was changed (escrow %s cannot tell these apart)",
        w->message.path, who, w->pair->spec.escrow->id);
}

/* Combines the usable answers, and spreads the verdicts over all. */
static bool combine(work *w, ft_error *err)
{
    eb_bytes *usable = calloc(w->count, sizeof *usable);
    eb_verdict *verdicts = calloc(w->count, sizeof *verdicts);
    eb_status status = EB_ERR_BACKEND;
    size_t n = 0;

    for (size_t i = 0; i < w->count && usable != NULL; i++) {
        if (w->answers[i].bytes.len > 0) {
            usable[n++] = w->answers[i].bytes;
        }
    }
    if (usable != NULL && verdicts != NULL) {
        status = eb_combine(w->pair, w->escrow, &w->parts, usable, n, verdicts, w->secret);
        n = 0;
        for (size_t i = 0; i < w->count; i++) {
            answer *a = &w->answers[i];
            a->verdict = a->bytes.len > 0 ? verdicts[n++] : a->verdict;
            w->good += a->verdict == EB_ANSWER_GOOD;
        }
    }
    free(usable);
    free(verdicts);
    if (eb_refused(status)) {
        return w->good < w->pair->spec.threshold ? too_few(w, err) : stays_shut(w, err);
    }
    return status == EB_OK ? true : ft_status_fails(err, status, w->pair, w->message.path, "the answers");
}

static bool recover(work *w, const options *o, ft_error *err)
{
    eb_buf plaintext;
    eb_status status = EB_OK;

    if (!ft_associated(&w->aad, w->message.c.header, o->aad, err) ||
        !ft_data_new(&w->plaintext, w->parts.body.len, err)) {
        return false;
    }
    plaintext = (eb_buf){.ptr = w->plaintext.ptr, .cap = w->plaintext.cap};
    status = eb_recover(w->pair, w->secret, &w->parts, ft_bytes(&w->aad), &plaintext);
    w->plaintext.len = plaintext.len;
    if (eb_refused(status)) {
        return ft_fails(
            err,
            "%.300s: its capsule opens, its body does not: it has another --aad, or was changed, or its sender "
            "put another secret into the capsule",
            w->message.path);
    }
    w->opened = status == EB_OK;
    return w->opened ? true : ft_status_fails(err, status, w->pair, w->message.path, "this message");
}

static bool print(const work *w, ft_error *err)
{
    json_t *summary = ft_summary("access", w->pair);
    json_t *answers = json_array();
    json_t *answered = json_array();
    json_t *liars = json_array();

    for (size_t i = 0; i < w->count; i++) {
        const answer *a = &w->answers[i];
        json_t *one = json_pack("{s:i, s:o, s:s}", "agent", (int)index_of(a), "file", ft_json_text(a->file.path),
                                "verdict", verdict_name(a));
        if (a->reason != NULL) {
            (void)json_object_set_new(one, "reason", ft_json_text(a->reason));
        }
        (void)json_array_append_new(answers, one);
        if (a->verdict == EB_ANSWER_GOOD) {
            (void)json_array_append_new(answered, json_integer(index_of(a)));
        } else if (a->verdict == EB_ANSWER_LIE) {
            (void)json_array_append_new(liars, json_integer(index_of(a)));
        }
    }
    ft_summary_bytes(summary, &w->message.c, &w->parts, w->parts.body.len - w->pair->ts.body_overhead);
    (void)json_object_set_new(summary, "opened", json_boolean(w->opened));
    (void)json_object_set_new(summary, "answers", answers);
    (void)json_object_set_new(summary, "answered", answered);
    (void)json_object_set_new(summary, "liars", liars);
    return ft_summary_print(summary, err);
}

static bool open_message(work *w, const options *o, ft_error *err)
{
    if (!combine(w, err) || !recover(w, o, err)) {
        ft_error ignored; /* a machine wants to know who lied all the more when it failed */
        if (o->json) {
            (void)print(w, &ignored);
        }
        return false;
    }
    if (!ft_stage(&w->out, o->out, FT_SECRET, ft_bytes(&w->plaintext), err) || (o->json && !print(w, err)) ||
        !ft_commit(&w->out, err)) {
        return false;
    }
    report(w, "opened");
    return true;
}

static bool run(work *w, const options *o, const eb_positionals *rest, ft_error *err)
{
    if (!ft_may_write(o->partial_out != NULL ? o->partial_out : o->out, o->force, err) || !load(w, o, err) ||
        !take_all(w, o, rest, err)) {
        return false;
    }
    return o->partial_out != NULL ? answer_alone(w, o, err) : open_message(w, o, err);
}

/* What is wrong with the use; NULL if nothing is. */
static const char *misuse(const options *o, const eb_positionals *rest)
{
    const char *out = o->partial_out != NULL ? o->partial_out : o->out;

    if (o->authority == NULL || o->in == NULL) {
        return o->authority == NULL ? "--authority is needed" : "--in is needed";
    }
    if (o->partial_out != NULL && (o->out != NULL || o->aad != NULL)) {
        return "--partial-out takes neither --out nor --aad: an agent answers about the capsule and opens nothing";
    }
    if (o->partial_out != NULL && (o->agents.count != 1 || o->partials.count + rest->count > 0)) {
        return "--partial-out is for one agent: give --agent once and nothing else";
    }
    if (out == NULL) {
        return "--out is needed";
    }
    if (o->agents.count + o->partials.count + rest->count == 0) {
        return "no agents: give agents' keys (--agent) or answers (--partial)";
    }
    return o->json && strcmp(out, "-") == 0 ? "--json and output to - both want standard output" : NULL;
}

int cmd_access(int argc, char **argv)
{
    options o = {.json = false};
    eb_positionals rest;
    work w = {.pair = NULL};
    ft_error err;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, &rest);
    bool good = false;

    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (misuse(&o, &rest) != NULL) {
        return eb_usage(&command, "%s", misuse(&o, &rest));
    }
    ft_guard();
    if (!eb_begin()) {
        return 1;
    }
    good = run(&w, &o, &rest, &err);
    drop(&w);
    return good ? 0 : ft_say(&command, &err);
}
