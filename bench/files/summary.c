/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

json_t *ft_summary(const char *command, const eb_pair *pair)
{
    const eb_pair_spec *spec = &pair->spec;
    const bool escrowed = spec->escrow->kind != EB_KIND_NONE;
    char scheme[2 * FT_ID_MAX + 2];
    json_t *summary = NULL;

    snprintf(scheme, sizeof scheme, "%s+%s", spec->transport->id, spec->escrow->id);
    summary = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "command", command, "scheme", scheme, "transport",
                        spec->transport->id, "suite", spec->suite->id, "escrow", spec->escrow->id, "backend",
                        spec->backend->id, "library", spec->backend->library);
    if (escrowed) {
        (void)json_object_set_new(summary, "escrow_suite", json_string(spec->escrow_suite->id));
        (void)json_object_set_new(summary, "agents", json_integer(spec->agents));
        (void)json_object_set_new(summary, "threshold", json_integer(spec->threshold));
    }
    return summary;
}

void ft_summary_bytes(json_t *summary, const ft_container *file, const eb_message *message, size_t plaintext)
{
    const json_int_t container = (json_int_t)file->header.len, header = (json_int_t)message->header.len;
    const json_int_t capsule = (json_int_t)message->capsule.len, body = (json_int_t)message->body.len;
    json_t *bytes =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "file", container + header + capsule + body, "container", container,
                  "header", header, "capsule", capsule, "body", body, "plaintext", (json_int_t)plaintext);

    (void)json_object_set_new(summary, "bytes", bytes);
    if (ft_escrowed(file)) {
        (void)json_object_set_new(summary, "user", json_string(file->user));
        /* As text: JSON's numbers do not hold 64 bits everywhere. */
        char epoch[24];
        snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)file->epoch);
        (void)json_object_set_new(summary, "epoch", json_string(epoch));
    }
}

json_t *ft_json_text(const char *text)
{
    char copy[512];
    json_t *value = json_string(text);

    if (value != NULL) {
        return value;
    }
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at; at++) {
        if ((unsigned char)*at >= 0x80) {
            *at = '?';
        }
    }
    return json_string(copy);
}

bool ft_summary_print(json_t *summary, ft_error *err)
{
    const bool made = summary != NULL;
    bool printed = false;

    errno = 0;
    printed =
        made && json_dumpf(summary, stdout, JSON_COMPACT) == 0 && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
    json_decref(summary);
    if (!printed) {
        return ft_fails(err, "cannot write the summary to standard output: %s",
                        !made            ? "not enough memory"
                        : errno == EPIPE ? "nobody reads it any more (closed pipe)"
                                         : strerror(errno ? errno : EIO));
    }
    return true;
}
