/* SPDX-License-Identifier: Apache-2.0 */
#include "core/registry.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { MAX_MODULES = 8 };

static const eb_module *modules[MAX_MODULES];
static size_t module_count;

/* The three lists have the same shape; each accessor walks the built-in one and then each module's. */
#define DEFINE_LIST(type, builtin, member)                                                                             \
    const type *type##_at(size_t i)                                                                                    \
    {                                                                                                                  \
        size_t n = 0;                                                                                                  \
        for (; (builtin)[n] != NULL; n++)                                                                              \
            if (n == i)                                                                                                \
                return (builtin)[n];                                                                                   \
        for (size_t m = 0; m < module_count; m++)                                                                      \
            for (size_t k = 0; modules[m]->member != NULL && modules[m]->member[k] != NULL; k++, n++)                  \
                if (n == i)                                                                                            \
                    return modules[m]->member[k];                                                                      \
        return NULL;                                                                                                   \
    }                                                                                                                  \
    const type *type##_find(const char *id)                                                                            \
    {                                                                                                                  \
        const type *x;                                                                                                 \
        for (size_t i = 0; (x = type##_at(i)) != NULL; i++)                                                            \
            if (strcmp(x->id, id) == 0)                                                                                \
                return x;                                                                                              \
        return NULL;                                                                                                   \
    }

DEFINE_LIST(eb_backend, eb_builtin_backends, backends)
DEFINE_LIST(eb_transport, eb_builtin_transports, transports)
DEFINE_LIST(eb_escrow, eb_builtin_escrows, escrows)

const eb_suite *eb_suite_at(size_t i)
{
    for (size_t n = 0; eb_builtin_suites[n] != NULL; n++)
        if (n == i)
            return eb_builtin_suites[n];
    return NULL;
}

const eb_side *eb_peer_at(size_t i)
{
    for (size_t n = 0; eb_builtin_peers[n] != NULL; n++)
        if (n == i)
            return eb_builtin_peers[n];
    return NULL;
}

const eb_suite *eb_suite_find(const char *id)
{
    const eb_suite *s;
    for (size_t i = 0; (s = eb_suite_at(i)) != NULL; i++)
        if (strcmp(s->id, id) == 0)
            return s;
    return NULL;
}

size_t eb_code_bytes(const char *transport, const char *escrow)
{
    size_t bytes = 0;
    uint64_t shared = 0;
    for (const eb_code_size *c = eb_code_sizes; c->kind != NULL; c++)
        if ((strcmp(c->kind, "transport") == 0 && strcmp(c->name, transport) == 0) ||
            (strcmp(c->kind, "escrow") == 0 && strcmp(c->name, escrow) == 0)) {
            bytes += c->bytes;
            shared |= c->shared;
        }
    for (size_t i = 0; i < 64; i++)
        if (shared >> i & 1)
            bytes += eb_shared_code[i];
    return bytes;
}

static size_t started;

eb_status eb_start(char *why, size_t why_len)
{
    const eb_backend *b;
    for (started = 0; (b = eb_backend_at(started)) != NULL; started++) {
        eb_status s = b->start();
        if (s != EB_OK) {
            snprintf(why, why_len, "%s does not start: %s", b->library, eb_status_name(s));
            eb_stop();
            return s;
        }
    }
    return EB_OK;
}

void eb_stop(void)
{
    while (started > 0)
        eb_backend_at(--started)->stop();
}

/* Checks one list of a module against what is there: same ABI, no id that exists. */
#define CHECK_LIST(type, member)                                                                                       \
    for (size_t k = 0; m->member != NULL && m->member[k] != NULL; k++) {                                               \
        if (m->member[k]->abi != EB_ABI)                                                                               \
            return snprintf(why, why_len, "%s: built for interface %u, this program has %u", m->member[k]->id,         \
                            (unsigned)m->member[k]->abi, EB_ABI);                                                      \
        if (type##_find(m->member[k]->id) != NULL)                                                                     \
            return snprintf(why, why_len, "%s: there is one of this name already", m->member[k]->id);                  \
    }

static int module_fault(const eb_module *m, char *why, size_t why_len)
{
    if (m->abi != EB_ABI)
        return snprintf(why, why_len, "built for interface %u, this program has %u", (unsigned)m->abi, EB_ABI);
    CHECK_LIST(eb_backend, backends)
    CHECK_LIST(eb_transport, transports)
    CHECK_LIST(eb_escrow, escrows)
    return 0;
}

eb_status eb_module_load(const char *path, char *why, size_t why_len)
{
    if (module_count == MAX_MODULES) {
        snprintf(why, why_len, "more than %d modules", (int)MAX_MODULES);
        return EB_ERR_SPACE;
    }
    char file[4096]; /* a name without a slash would be looked for in the system's library path */
    if (path[0] == '\0' ||
        (size_t)snprintf(file, sizeof file, "%s%s", strchr(path, '/') != NULL ? "" : "./", path) >= sizeof file) {
        snprintf(why, why_len, "a file's name is needed");
        return EB_ERR_INVALID;
    }
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(why, why_len, "%s", dlerror());
        return EB_ERR_INVALID;
    }
    const eb_module *m = dlsym(handle, "eb_module_1");
    if (m == NULL)
        snprintf(why, why_len, "%s exports no eb_module_1", path);
    if (m == NULL || module_fault(m, why, why_len) != 0) {
        dlclose(handle);
        return EB_ERR_INVALID;
    }
    modules[module_count++] = m;
    return EB_OK;
}
