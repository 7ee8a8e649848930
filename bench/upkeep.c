/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/upkeep.h"

#include <string.h>

static const char dealt_by_users[] = "each user must deal anew: whoever did it instead would have the user's key whole";

static bool has_one_holder(const eb_pair_spec *spec)
{
    return spec->agents <= 1;
}

static bool is_dealt_by_users(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_DEPOSIT && spec->escrow->splits_dh;
}

static const char *no_rotation(const eb_pair_spec *spec)
{
    return spec->transport->fixtures ? "key pairs are ready-made here: see keygen-rsa"
                                     : "as with none: the authority has nothing that depends on the user's key";
}

static const char *no_rewrap(const eb_pair_spec *spec)
{
    if (is_dealt_by_users(spec))
        return dealt_by_users;
    return spec->escrow->kind == EB_KIND_DEVICE
               ? "no backlog: what the ghost received it has opened, and a new ghost receives what is sent from then on"
               : "later messages of a session carry no capsule";
}

static const char *no_refresh(const eb_pair_spec *spec)
{
    if (has_one_holder(spec))
        return "one holder: no shares of a key that could be renewed";
    if (spec->threshold <= 1)
        return "any one agent opens all: nothing to renew";
    return is_dealt_by_users(spec) ? dealt_by_users
                                   : "shares cannot be renewed for the same key: set up anew, and rewrap the backlog";
}

static const char *no_resharing(const eb_pair_spec *spec)
{
    if (has_one_holder(spec))
        return "one holder: replaced by setting up anew, with a rewrap of the backlog";
    return is_dealt_by_users(spec)
               ? dealt_by_users
               : "no resharing, and what dealt the shares is gone: an agent is replaced by setting up anew, "
                 "with a rewrap of the backlog";
}

static const char *no_publishing(const eb_pair_spec *spec)
{
    (void)spec;
    return "nothing to publish: one key serves all users and epochs";
}

static const char *no_puncturing(const eb_pair_spec *spec)
{
    (void)spec;
    return "cannot forget an epoch: what opens one message of a user opens all, for as long as it is kept";
}

static const struct {
    const char *op;
    const char *(*reason)(const eb_pair_spec *spec);
} reasons[] = {
    {"rotate-user", no_rotation}, {"rewrap", no_rewrap},      {"refresh", no_refresh},
    {"reshare", no_resharing},    {"publish", no_publishing}, {"puncture", no_puncturing},
};

const char *eb_upkeep_reason(const eb_operation *op, const eb_pair_spec *spec)
{
    if (spec->escrow->kind == EB_KIND_NONE || eb_operation_applies(op, spec))
        return NULL;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(reasons[i].op, op->id) == 0)
            return reasons[i].reason(spec);
    return NULL;
}
