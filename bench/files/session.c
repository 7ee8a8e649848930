/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bench/files/output.h"
#include "escrowbench/registry.h"

/* Keys, shares and answers: the largest is the public data of a threshold authority with 255 agents. */
enum { SMALL_MAX = 65536 };

/* A program that is started with a closed stream would find its own files under the stream's number. Opened for reading
 * only, a closed output still gives an error to whoever writes to it. */
static void fill_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd) {
            return;
        }
    }
}

void ft_guard(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    fill_standard_streams();
    (void)sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe is an error of write(), with a line of its own */
    ft_output_begin();
}

/* ---- files ---- */

void ft_file_drop(ft_file *file)
{
    ft_data_free(&file->data);
    *file = (ft_file){.path = NULL};
}

bool ft_load(ft_file *file, const char *path, ft_kind kind, ft_error *err)
{
    const bool message = kind == FT_MESSAGE;
    const size_t limit = message ? FT_MESSAGE_MAX + FT_MESSAGE_EXTRA : SMALL_MAX;
    char why[160];

    *file = (ft_file){.path = ft_input_name(path)};
    if (!ft_read(&file->data, path, limit, message ? "messages" : "key files", err)) {
        return false;
    }
    if (!ft_parse(&file->c, ft_bytes(&file->data), why, sizeof why)) {
        return ft_fails(err, "%.300s: %s", file->path, why);
    }
    if (file->c.kind != kind) {
        return ft_fails(err, "%.300s: this is a file of kind %s; one of kind %s is wanted here", file->path,
                        ft_kind_name(file->c.kind), ft_kind_name(kind));
    }
    return true;
}

bool ft_load_any(ft_file *file, const char *path, char *damaged, size_t damaged_len, ft_error *err)
{
    *file = (ft_file){.path = ft_input_name(path)};
    *damaged = '\0';
    if (!ft_read(&file->data, path, SMALL_MAX, "keys and answers", err)) {
        return false;
    }
    if (ft_parse(&file->c, ft_bytes(&file->data), damaged, damaged_len)) {
        *damaged = '\0';
    }
    return true;
}

bool ft_payload_is(const ft_file *file, size_t len, ft_error *err)
{
    const size_t has = file->c.payload.len;

    if (has == len) {
        return true;
    }
    return ft_fails(err, "%.300s: %s: %zu bytes after its header, %zu are wanted", file->path,
                    has < len ? "truncated" : "too long", has, len);
}

bool ft_same_scheme(const ft_file *a, const ft_file *b, ft_error *err)
{
    if (strcmp(a->c.transport, b->c.transport) == 0 && strcmp(a->c.suite, b->c.suite) == 0) {
        return true;
    }
    return ft_fails(err, "%.300s is for transport %s, suite %s, but %.300s is for transport %s, suite %s", a->path,
                    a->c.transport, a->c.suite, b->path, b->c.transport, b->c.suite);
}

bool ft_same_escrow(const ft_container *a, const ft_container *b)
{
    return strcmp(a->transport, b->transport) == 0 && strcmp(a->suite, b->suite) == 0 &&
           strcmp(a->escrow, b->escrow) == 0 && strcmp(a->escrow_suite, b->escrow_suite) == 0 &&
           a->agents == b->agents && a->threshold == b->threshold;
}

/* ---- pairs ---- */

/* The i-th name of a list, by a function for each list. */
typedef const char *(*name_at)(size_t i);

static const char *backend_name(size_t i)
{
    const eb_backend *x = eb_backend_at(i);
    return x != NULL ? x->id : NULL;
}

static const char *transport_name(size_t i)
{
    const eb_transport *x = eb_transport_at(i);
    return x != NULL ? x->id : NULL;
}

static const char *escrow_name(size_t i)
{
    const eb_escrow *x = eb_escrow_at(i);
    return x != NULL ? x->id : NULL;
}

static const char *suite_name(size_t i)
{
    const eb_suite *x = eb_suite_at(i);
    return x != NULL ? x->id : NULL;
}

const char *ft_no_files(const eb_pair_spec *spec)
{
    const eb_transport *t = spec->transport;
    const eb_escrow *e = spec->escrow;

    if (t->every || t->duplex) {
        return "its messages belong to a session";
    }
    if (t->fixtures) {
        return "its keys here are test fixtures that protect nothing";
    }
    if ((t->lacks & EB_LACKS_AAD) != 0) {
        return "its format has no place for associated data, which would bind the file's header";
    }
    if (t->whole != NULL) {
        return "it is there to be measured, and protects nothing";
    }
    if ((e->kind != EB_KIND_NONE && e->kind != EB_KIND_WRAP) || e->publish != NULL) {
        return "its escrow needs more than a capsule in each message";
    }
    return NULL;
}

/* What a command takes: what has a file form with something else that is known. `c`: what is wanted with it. */
typedef bool (*takes)(size_t i, const ft_container *c);

static bool takes_any(size_t i, const ft_container *c)
{
    (void)i;
    (void)c;
    return true;
}

static bool takes_transport(size_t i, const ft_container *c)
{
    (void)c;
    return ft_no_files(&(eb_pair_spec){.transport = eb_transport_at(i), .escrow = eb_escrow_find("none")}) == NULL;
}

static bool takes_escrow(size_t i, const ft_container *c)
{
    const eb_escrow *e = eb_escrow_at(i);
    const eb_transport *t = eb_transport_find(c->transport);
    return e->kind != EB_KIND_NONE &&
           ft_no_files(&(eb_pair_spec){.transport = t != NULL ? t : eb_transport_find("hpke"), .escrow = e}) == NULL;
}

static bool is_among(const char *const *ids, const char *id)
{
    while (ids != NULL && *ids != NULL && strcmp(*ids, id) != 0) {
        ids++;
    }
    return ids != NULL && *ids != NULL;
}

static bool takes_suite(size_t i, const ft_container *c)
{
    const eb_transport *t = eb_transport_find(c->transport);
    return t != NULL && is_among(t->suites, eb_suite_at(i)->id);
}

static bool takes_escrow_suite(size_t i, const ft_container *c)
{
    const eb_escrow *e = eb_escrow_find(c->escrow);
    return e != NULL && is_among(e->suites, eb_suite_at(i)->id);
}

/* A kind of name: what it is called, all of them, and which of them a command takes. */
typedef struct names {
    const char *what;
    name_at at;
    takes taken;
} names;

static const names backends = {"backend", backend_name, takes_any};
static const names transports = {"transport", transport_name, takes_transport};
static const names escrows = {"escrow", escrow_name, takes_escrow};
static const names suites = {"suite", suite_name, takes_suite};
static const names escrow_suites = {"suite", suite_name, takes_escrow_suite};

/* "unknown transport 'y'; there are a, b, c", those that would do; or "x: made for transport 'y', ...", of a file `where`. */
static bool unknown(ft_error *err, const char *where, const names *n, const char *id, const ft_container *c)
{
    char known[256] = "";

    for (size_t i = 0; n->at(i) != NULL; i++) {
        if (where != NULL || n->taken(i, c)) {
            ft_append(known, sizeof known, "%s%s", *known != '\0' ? ", " : "", n->at(i));
        }
    }
    if (where == NULL) {
        return ft_misused(err, "unknown %s '%.60s'; there are %s", n->what, id, known);
    }
    return ft_fails(err, "%.300s: made for %s '%.60s', which this program does not have (it has %s)", where, n->what,
                    id, known);
}

static bool has_files(const eb_pair_spec *spec, const char *where, ft_error *err)
{
    const char *why = ft_no_files(spec);

    return why == NULL ||
           ft_fails(err, "%s%s%s+%s has no file form: %s; `run` and `verify` have it", where != NULL ? where : "",
                    where != NULL ? ": " : "", spec->transport->id, spec->escrow->id, why);
}

static bool find_parts(eb_pair_spec *spec, const ft_container *c, const char *where, ft_error *err)
{
    *spec = (eb_pair_spec){
        .transport = eb_transport_find(c->transport),
        .suite = eb_suite_find(c->suite),
        .escrow = eb_escrow_find(ft_escrowed(c) ? c->escrow : "none"),
        .escrow_suite = ft_escrowed(c) ? eb_suite_find(c->escrow_suite) : NULL,
        .agents = c->agents,
        .threshold = c->threshold,
    };
    if (spec->transport == NULL) {
        return unknown(err, where, &transports, c->transport, c);
    }
    if (spec->suite == NULL) {
        return unknown(err, where, &suites, c->suite, c);
    }
    if (spec->escrow == NULL) {
        return unknown(err, where, &escrows, c->escrow, c);
    }
    if (!has_files(spec, where, err)) {
        return false;
    }
    if (ft_escrowed(c) && spec->escrow_suite == NULL) {
        return unknown(err, where, &escrow_suites, c->escrow_suite, c);
    }
    return true;
}

/* Sets spec->backend to the first that can, of all or of the one that is named. `why`: the reasons of those that cannot. */
static bool find_backend(eb_pair_spec *spec, const char *name, char *why, size_t why_len)
{
    char first[200] = "";
    bool differ = false;

    *why = '\0';
    for (size_t i = 0; (spec->backend = eb_backend_at(i)) != NULL; i++) {
        char reason[200] = "";
        if (name != NULL && strcmp(name, spec->backend->id) != 0) {
            continue;
        }
        if (eb_pair_possible(spec, reason, sizeof reason)) {
            return true;
        }
        if (*first == '\0') {
            memcpy(first, reason, sizeof first);
        }
        differ = differ || strcmp(first, reason) != 0;
        ft_append(why, why_len, "%s%s: %s", *why ? "; " : "", spec->backend->id, reason);
    }
    if (!differ) { /* the same for all: a matter of the pair, not of a library */
        snprintf(why, why_len, "%s", first);
    }
    return false;
}

bool ft_pair_open(eb_pair **pair, const ft_container *c, const char *backend, const char *where, ft_error *err)
{
    eb_pair_spec spec;
    char why[700];

    *pair = NULL;
    if (backend != NULL && eb_backend_find(backend) == NULL) {
        return unknown(err, NULL, &backends, backend, c);
    }
    if (!find_parts(&spec, c, where, err)) {
        return false;
    }
    if (!find_backend(&spec, backend, why, sizeof why)) {
        if (where == NULL || backend != NULL) {
            return ft_misused(err, "%s%s%s%s", backend != NULL ? "--backend " : "", backend != NULL ? backend : "",
                              backend != NULL ? " cannot do this: " : "", why);
        }
        return ft_fails(err, "%.300s: no library here can do this: %s", where, why);
    }
    if (eb_pair_open(pair, &spec, why, sizeof why) != EB_OK) {
        return ft_fails(err, "%s", why);
    }
    return true;
}

bool ft_escrow_suite(ft_container *c, const char *backend, ft_error *err)
{
    const eb_escrow *escrow = eb_escrow_find(c->escrow);
    eb_pair_spec spec;
    char why[200];

    if (escrow == NULL) {
        return unknown(err, NULL, &escrows, c->escrow, c);
    }
    for (const char *const *id = escrow->suites; id != NULL && *id != NULL; id++) {
        if (strcmp(*id, c->suite) == 0) {
            memcpy(c->escrow_suite, c->suite, sizeof c->suite);
            return true;
        }
    }
    for (const char *const *id = escrow->suites; id != NULL && *id != NULL; id++) {
        snprintf(c->escrow_suite, sizeof c->escrow_suite, "%s", *id);
        if (!find_parts(&spec, c, NULL, err)) {
            return false;
        }
        if (find_backend(&spec, backend, why, sizeof why)) {
            return true;
        }
    }
    return true; /* the last of the list; ft_pair_open says why it cannot be */
}

/* ---- messages ---- */

bool ft_fingerprint(const eb_pair *pair, uint8_t digest[EB_DIGEST], eb_bytes file, ft_error *err)
{
    const eb_binding *b = &pair->transport;

    if (b->hash->out_len != EB_DIGEST || b->hash->digest(b->hash_ctx, digest, &file, 1) != EB_OK) {
        return ft_fails(err, "%s failed to compute a hash", pair->spec.backend->library);
    }
    return true;
}

bool ft_sealed_to(const eb_pair *pair, const ft_file *message, const ft_file *authority, bool *same, ft_error *err)
{
    uint8_t digest[EB_DIGEST];

    *same = false;
    if (!ft_fingerprint(pair, digest, ft_bytes(&authority->data), err)) {
        return false;
    }
    *same = ft_same_escrow(&message->c, &authority->c) && memcmp(digest, message->c.authority, EB_DIGEST) == 0;
    return true;
}

bool ft_associated(ft_data *out, eb_bytes header, const char *aad, ft_error *err)
{
    const eb_bytes parts[] = {FT_LABEL, header, eb_range(aad, aad != NULL ? strlen(aad) : 0)};
    const size_t before = parts[0].len + parts[1].len;

    if (before > EB_MAX_AAD || parts[2].len > EB_MAX_AAD - before) {
        return ft_misused(err, "--aad is too long: %zu bytes, at most %zu with this message's header", parts[2].len,
                          before < EB_MAX_AAD ? EB_MAX_AAD - before : 0);
    }
    if (!ft_data_new(out, before + parts[2].len, err)) {
        return false;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].len > 0) {
            memcpy(out->ptr + out->len, parts[i].ptr, parts[i].len);
            out->len += parts[i].len;
        }
    }
    return true;
}

bool ft_parts(eb_message *parts, const eb_pair *pair, const ft_file *message, ft_error *err)
{
    const eb_status status = eb_message_parse(pair, parts, 0, message->c.payload, NULL);

    if (status == EB_ERR_INVALID || (status == EB_OK && parts->body.len < pair->ts.body_overhead)) {
        return ft_fails(err, "%.300s: truncated: %zu bytes after its header are too few for a message of this scheme",
                        message->path, message->c.payload.len);
    }
    if (status != EB_OK) {
        return ft_status_fails(err, status, pair, message->path, "a message");
    }
    if (parts->body.len - pair->ts.body_overhead > FT_MESSAGE_MAX) {
        return ft_fails(err, "%.300s: too long: messages of more than %zu bytes are not supported", message->path,
                        FT_MESSAGE_MAX);
    }
    return true;
}

bool ft_authority_load(eb_authority **authority, const eb_pair *pair, const ft_file *file, const ft_container *message,
                       ft_error *err)
{
    const eb_bytes user = eb_range(message->user, strlen(message->user));
    eb_status status = EB_OK;

    *authority = NULL;
    if (!ft_payload_is(file, pair->es.pub, err)) {
        return false;
    }
    /* With the audit, for a sender too: a file that was damaged would give capsules that nobody can open. */
    status = eb_authority_load(pair, authority, file->c.payload, user, message->epoch);
    return status == EB_OK ? true : ft_status_fails(err, status, pair, file->path, "an authority's public data");
}

bool ft_status_fails(ft_error *err, eb_status status, const eb_pair *pair, const char *where, const char *what)
{
    if (eb_refused(status))
        return ft_fails(err, "%.300s: damaged: its bytes are not %s", where, what);
    return ft_fails(err, "%.300s: %s failed on %s (%s)", where, pair->spec.backend->library, what,
                    eb_status_name(status));
}
