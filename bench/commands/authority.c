/* SPDX-License-Identifier: Apache-2.0 */
/* escrowbench authority: sets an escrow authority up, with its agents' keys. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/files/coins.h"
#include "bench/files/output.h"
#include "bench/files/summary.h"
#include "bench/state.h"
#include "escrowbench/registry.h"

typedef struct options {
    const char *escrow, *transport, *suite, *escrow_suite, *backend, *out;
    unsigned agents, threshold;
    bool force, json;
} options;

static const eb_option option_table[] = {
    {.name = "escrow",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, escrow),
     .help = "How the third party gets at messages: master (one key), partial (one key, then a search), shamir (shares "
             "that "
             "rebuild the key), shamir-message (shares of each message's key), threshold (shares that never meet), "
             "threshold-cca and threshold-dkg (as threshold; `list` says what they add). Needed."},
    {.name = "suite",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, suite),
     .help = "Algorithms of the messages: x25519, p256, xwing, or those of another transport (`list`). Needed."},
    {.name = "transport",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, transport),
     .help = "Protocol of the messages: hpke (default), hpke-auth, hpke-stream."},
    {.name = "escrow-suite",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, escrow_suite),
     .help = "Algorithms of the escrow: x25519, p256, ristretto255. Default: as --suite where the escrow has it, else "
             "the first that a library can do."},
    {.name = "agents",
     .value = "N",
     .type = EB_ARG_UNSIGNED,
     .offset = offsetof(options, agents),
     .min = 1,
     .max = EB_MAX_AGENTS,
     .help = "Number of agents, 1 to 255. Needed for all but master and partial."},
    {.name = "threshold",
     .value = "T",
     .type = EB_ARG_UNSIGNED,
     .offset = offsetof(options, threshold),
     .min = 1,
     .max = EB_MAX_AGENTS,
     .help = "How many of them must answer, 1 to N. Needed for all but master and partial."},
    {.name = "backend",
     .value = "ID",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, backend),
     .help = FT_BACKEND_HELP},
    {.name = "out",
     .value = "DIR",
     .type = EB_ARG_STRING,
     .offset = offsetof(options, out),
     .help =
         "Writes DIR/authority.pub and DIR/agent-1.key to DIR/agent-N.key (secret, mode 0600); DIR is made if it is "
         "missing. Needed."},
    {.name = "force", .type = EB_ARG_FLAG, .offset = offsetof(options, force), .help = "Replace files that exist."},
    {.name = "json", .type = EB_ARG_FLAG, .offset = offsetof(options, json), .help = FT_JSON_HELP},
    {.name = NULL},
};

static const eb_command command = {
    .name = "authority",
    .about = "Sets an escrow authority up: public data that senders need, and a secret key for each agent.",
    .examples = "escrowbench authority --escrow master --suite x25519 --out court\n"
                "escrowbench authority --escrow threshold --suite p256 --agents 5 --threshold 3 --out court",
    .options = option_table,
};

enum { PATH_MAX_LEN = 4096, OUTPUTS = EB_MAX_AGENTS + 1 };

/* What is held while the command works. */
typedef struct work {
    eb_pair *pair;
    ft_container c;
    ft_data pub, coins, agents;
    const char *made; /* the folder, if it was made here */
    ft_output outputs[OUTPUTS];
} work;

static void drop(work *w)
{
    for (size_t i = 0; i < OUTPUTS; i++) {
        ft_discard(&w->outputs[i]);
    }
    ft_data_free(&w->pub);
    ft_data_free(&w->coins);
    ft_data_free(&w->agents);
    eb_pair_close(w->pair);
}

/* Output 0 is the authority's, i is agent i's. */
static bool path_of(char path[PATH_MAX_LEN], const char *dir, unsigned i, ft_error *err)
{
    const int n = i == 0 ? snprintf(path, PATH_MAX_LEN, "%s/authority.pub", dir)
                         : snprintf(path, PATH_MAX_LEN, "%s/agent-%u.key", dir, i);

    return n > 0 && n < PATH_MAX_LEN ? true : ft_misused(err, "--out is too long");
}

static bool prepare_folder(work *w, const options *o, ft_error *err)
{
    char path[PATH_MAX_LEN];

    if (mkdir(o->out, 0755) == 0) {
        w->made = o->out;
        return true;
    }
    if (errno != EEXIST) {
        return ft_fails(err, "cannot make the folder %.300s: %s", o->out, strerror(errno));
    }
    for (unsigned i = 0; i <= w->c.agents && !o->force; i++) {
        if (!path_of(path, o->out, i, err)) {
            return false;
        }
        if (ft_exists(path)) {
            return ft_fails(
                err, "%.300s exists already: choose another --out, or give --force to replace the authority", path);
        }
    }
    return true;
}

/* The header of all files, from the options. */
static bool describe(ft_container *c, const options *o, ft_error *err)
{
    *c = (ft_container){.kind = FT_AUTHORITY, .agents = 1, .threshold = 1};
    snprintf(c->transport, sizeof c->transport, "%s", o->transport);
    snprintf(c->suite, sizeof c->suite, "%s", o->suite);
    snprintf(c->escrow, sizeof c->escrow, "%s", o->escrow);
    if (!ft_escrowed(c)) {
        return ft_misused(err, "escrow none has no authority");
    }
    if (o->threshold > o->agents && o->agents > 0) {
        return ft_misused(err, "--threshold %u is above --agents %u: more answers than there are agents", o->threshold,
                          o->agents);
    }
    const eb_escrow *escrow = eb_escrow_find(o->escrow);
    if (escrow != NULL && !escrow->split && o->agents > 1) {
        return ft_misused(err, "escrow %s has one holder: leave out --agents and --threshold", escrow->id);
    }
    if (o->agents > 0 && o->threshold > 0) {
        c->agents = o->agents;
        c->threshold = o->threshold;
    } else if (o->agents > 0 || o->threshold > 0) {
        return ft_misused(err, "--agents and --threshold go together");
    }
    if (o->escrow_suite != NULL) {
        snprintf(c->escrow_suite, sizeof c->escrow_suite, "%s", o->escrow_suite);
        return true;
    }
    return ft_escrow_suite(c, o->backend, err);
}

static bool set_up(work *w, const options *o, ft_error *err)
{
    const eb_pair *p = w->pair;
    eb_status status = EB_OK;

    if (p->spec.escrow->split && o->agents == 0) {
        return ft_misused(err, "escrow %s needs --agents N and --threshold T", p->spec.escrow->id);
    }
    if (!ft_data_new(&w->pub, FT_HEADER_MAX + p->es.pub, err) ||
        !ft_data_new(&w->agents, w->c.agents * eb_agent_len(p), err) || !ft_coins(&w->coins, p->es.setup_coins, err)) {
        return false;
    }
    w->pub.len = ft_encode(w->pub.ptr, FT_HEADER_MAX, &w->c);
    w->agents.len = w->agents.cap;
    if (w->pub.len == 0) {
        return ft_fails(err, "a header cannot be written");
    }
    status = eb_setup(p, w->pub.ptr + w->pub.len, w->agents.ptr, w->coins.ptr);
    w->pub.len += p->es.pub;
    return status == EB_OK ? true : ft_status_fails(err, status, p, o->out, "a new authority");
}

static bool stage_agent(work *w, const options *o, unsigned i, ft_error *err)
{
    const size_t len = eb_agent_len(w->pair);
    const uint8_t *secret = w->agents.ptr + (i - 1) * len;
    char path[PATH_MAX_LEN];
    ft_container c = w->c;
    ft_data file;
    bool good = false;

    c.kind = FT_AGENT;
    c.index = i;
    if (!ft_data_new(&file, FT_HEADER_MAX + len, err)) {
        return false;
    }
    file.len = ft_encode(file.ptr, FT_HEADER_MAX, &c);
    memcpy(file.ptr + file.len, secret, len);
    file.len += len;
    good = path_of(path, o->out, i, err) && ft_stage(&w->outputs[i], path, FT_SECRET, ft_bytes(&file), err);
    ft_data_free(&file);
    return good;
}

static bool stage(work *w, const options *o, ft_error *err)
{
    char path[PATH_MAX_LEN];

    if (!ft_fingerprint(w->pair, w->c.authority, ft_bytes(&w->pub), err) || !path_of(path, o->out, 0, err) ||
        !ft_stage(&w->outputs[0], path, FT_PUBLIC, ft_bytes(&w->pub), err)) {
        return false;
    }
    for (unsigned i = 1; i <= w->c.agents; i++) {
        if (!stage_agent(w, o, i, err)) {
            return false;
        }
    }
    return true;
}

/* Keys of agents that the former authority had and the new one has not. They stay, as they may be all that opens old messages. */
static void warn_of_old(const work *w, const options *o)
{
    char path[PATH_MAX_LEN], first[PATH_MAX_LEN] = "";
    size_t count = 0;
    ft_error err;

    for (unsigned i = w->c.agents + 1; i <= EB_MAX_AGENTS; i++) {
        if (path_of(path, o->out, i, &err) && ft_exists(path)) {
            if (count++ == 0) {
                memcpy(first, path, sizeof first);
            }
        }
    }
    if (count == 1) {
        eb_fail(&command, "warning: %.300s stays, an agent's key of the former authority", first);
    } else if (count > 1) {
        eb_fail(&command, "warning: %.300s and %zu more stay, agents' keys of the former authority", first, count - 1);
    }
}

static bool print(const work *w, const options *o, ft_error *err)
{
    json_t *summary = ft_summary("authority", w->pair);
    json_t *bytes = json_pack("{s:I, s:I, s:I}", "public", (json_int_t)w->pair->es.pub, "agent",
                              (json_int_t)eb_agent_len(w->pair), "capsule", (json_int_t)w->pair->es.capsule);

    (void)json_object_set_new(summary, "folder", ft_json_text(o->out));
    (void)json_object_set_new(summary, "bytes", bytes);
    return ft_summary_print(summary, err);
}

static bool run(work *w, const options *o, ft_error *err)
{
    if (!describe(&w->c, o, err) || !ft_pair_open(&w->pair, &w->c, o->backend, NULL, err) || !set_up(w, o, err) ||
        !prepare_folder(w, o, err) || !stage(w, o, err) || (o->json && !print(w, o, err))) {
        return false;
    }
    for (unsigned i = 0; i <= w->c.agents; i++) {
        if (!ft_commit(&w->outputs[i], err)) {
            return false;
        }
    }
    warn_of_old(w, o);
    return true;
}

static const char *lacking(const options *o)
{
    return o->escrow == NULL ? "escrow" : o->suite == NULL ? "suite" : o->out == NULL ? "out" : NULL;
}

int cmd_authority(int argc, char **argv)
{
    options o = {.transport = "hpke"};
    work *w = NULL;
    ft_error err;
    const eb_args_status status = eb_args_parse(&command, argc, argv, &o, NULL);
    bool good = false;

    if (status != EB_ARGS_OK) {
        return eb_args_exit(status);
    }
    if (lacking(&o) != NULL) {
        return eb_usage(&command, "--%s is needed", lacking(&o));
    }
    ft_guard();
    if (!eb_begin()) {
        return 1;
    }
    w = calloc(1, sizeof *w);
    if (w == NULL) {
        return eb_fail(&command, "not enough memory");
    }
    good = run(w, &o, &err);
    drop(w);
    if (!good && w->made != NULL) {
        (void)rmdir(w->made);
    }
    free(w);
    return good ? 0 : ft_say(&command, &err);
}
