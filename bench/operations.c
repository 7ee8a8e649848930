/* SPDX-License-Identifier: Apache-2.0 */
/* The operations as a table: coins, where each applies, who pays, what it needs. */
#include <string.h>

#include "bench/job_state.h"

/* ---- coins that one operation takes ---- */

static size_t setup_coins(const eb_pair *p)
{
    return p->es.setup_coins;
}

static size_t keygen_coins(const eb_pair *p)
{
    return p->ts.keygen_coins;
}

static size_t seal_coins(const eb_pair *p)
{
    return eb_seal_coins(p);
}

static size_t store_coins(const eb_pair *p)
{
    return eb_store_coins(p);
}

static size_t deposit_coins(const eb_pair *p)
{
    return p->spec.escrow->kind == EB_KIND_DEPOSIT ? p->es.capsule_coins : 0;
}

static size_t rotate_coins(const eb_pair *p)
{
    return p->ts.keygen_coins + deposit_coins(p);
}

static size_t refresh_coins(const eb_pair *p)
{
    return p->es.refresh_coins;
}

static size_t forge_coins(const eb_pair *p)
{
    return p->spec.escrow->forge != NULL ? EB_DIGEST : 0;
}

static size_t partial_coins(const eb_pair *p)
{
    return p->es.partial_coins;
}

static size_t access_coins(const eb_pair *p)
{
    return p->spec.threshold * p->es.partial_coins;
}

static size_t bulk_coins(const eb_pair *p)
{
    return p->spec.threshold * eb_bulk_coins(p, EB_BULK);
}

static size_t rewrap_coins(const eb_pair *p)
{
    return access_coins(p) + deposit_coins(p);
}

static bool stands_alone(const eb_pair_spec *spec)
{
    const eb_kind kind = spec->escrow->kind;
    /* Under a deposit and at rest a message is the one without escrow. */
    return !spec->transport->stateful && kind != EB_KIND_DEPOSIT && kind != EB_KIND_STORAGE;
}

static bool forgeable(const eb_pair_spec *spec)
{
    return spec->escrow->forge != NULL;
}

static bool wire_of_its_own(const eb_pair_spec *spec)
{
    return spec->escrow->kind != EB_KIND_DEPOSIT && spec->escrow->kind != EB_KIND_STORAGE;
}

static bool overtakes(const eb_pair_spec *spec)
{
    return spec->transport->skips >= EB_LATE && wire_of_its_own(spec);
}

/* A bundle has one sender. */
static bool converses(const eb_pair_spec *spec)
{
    return spec->transport->duplex && spec->devices <= 1 && spec->escrow->kind != EB_KIND_DEVICE &&
           wire_of_its_own(spec);
}

/* Capsules and deposits are no part of setting a session up; a ghost is one more device. */
static bool sets_up(const eb_pair_spec *spec)
{
    return spec->transport->duplex && (spec->escrow->kind == EB_KIND_NONE || spec->escrow->kind == EB_KIND_DEVICE);
}

static bool refuses(const eb_pair_spec *spec)
{
    return wire_of_its_own(spec) && (spec->transport->lacks & EB_LACKS_AUTH) == 0;
}

/* Capsules that travel: with each message, unless a session has one secret for all, whose later messages carry none. */
static bool travels(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_WRAP && (!spec->transport->stateful || spec->transport->every);
}

static bool accessible(const eb_pair_spec *spec)
{
    return spec->escrow->kind != EB_KIND_WRAP || travels(spec);
}

/* Nor where each message is searched for by itself. */
static bool accessible_in_bulk(const eb_pair_spec *spec)
{
    return accessible(spec) && spec->escrow->sweep == NULL;
}

/* Where each message needs its own answers a tap is one access after another. */
static bool taps(const eb_pair_spec *spec)
{
    const eb_kind kind = spec->escrow->kind;
    return kind != EB_KIND_NONE && kind != EB_KIND_STORAGE &&
           (eb_lasts(spec->escrow) || (kind == EB_KIND_WRAP && !travels(spec)));
}

static bool rewraps(const eb_pair_spec *spec)
{
    return eb_rewraps(spec->escrow) && accessible(spec);
}

static bool searches(const eb_pair_spec *spec)
{
    return spec->escrow->sweep != NULL && accessible(spec);
}

static bool can_verify(const eb_pair_spec *spec)
{
    return spec->escrow->verify != NULL && accessible(spec);
}

static bool can_inspect(const eb_pair_spec *spec)
{
    return eb_inspects(spec) && accessible(spec);
}

static bool deposits(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_DEPOSIT;
}

static bool makes_keys(const eb_pair_spec *spec)
{
    return !spec->transport->fixtures;
}

static bool rotates(const eb_pair_spec *spec)
{
    return makes_keys(spec) && (spec->escrow->kind == EB_KIND_NONE || deposits(spec));
}

static bool can_accept(const eb_pair_spec *spec)
{
    return deposits(spec) && spec->escrow->accept != NULL;
}

static bool has_rsa(const eb_pair_spec *spec)
{
    return (spec->transport->needs & EB_NEED(EB_PKE)) != 0;
}

static bool stores(const eb_pair_spec *spec)
{
    return spec->escrow->kind == EB_KIND_STORAGE;
}

static bool publishes(const eb_pair_spec *spec)
{
    return spec->escrow->publish != NULL;
}

static bool refreshes(const eb_pair_spec *spec)
{
    return spec->escrow->refresh != NULL && spec->threshold > 1; /* a polynomial of degree 0 has nothing to renew */
}

static bool reshares(const eb_pair_spec *spec)
{
    return spec->escrow->reshare != NULL;
}

static bool punctures(const eb_pair_spec *spec)
{
    return spec->escrow->puncture != NULL;
}

size_t eb_job_coins_max(const eb_pair *p)
{
    size_t (*const all[])(const eb_pair *) = {setup_coins,  keygen_coins,  seal_coins,     partial_coins, store_coins,
                                              rotate_coins, refresh_coins, eb_start_coins, forge_coins,   rewrap_coins};
    size_t most = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const size_t n = all[i](p);
        most = n > most ? n : most;
    }
    return most;
}

static const eb_operation operations[] = {
    {.id = "seal",
     .phase = "traffic",
     .payer = "sender",
     .every_size = true,
     .about = "encrypt one message; under escrow its capsule too",
     .sized = true,
     .compares = true,
     .quick = true,
     .coins = seal_coins,
     .run = eb_run_seal},
    {.id = "open",
     .phase = "traffic",
     .payer = "recipient",
     .every_size = true,
     .about = "decrypt one message; under escrow its capsule is authenticated, not checked",
     .sized = true,
     .compares = true,
     .quick = true,
     .takes = 1,
     .ready = eb_ready_open,
     .run = eb_run_open},
    {.id = "open-late",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "decrypt eight messages of which the last came first: seven keys derived, kept and used",
     .sized = true,
     .compares = true,
     .takes = EB_LATE,
     .applies = overtakes,
     .run = eb_run_open_late},
    {.id = "turn",
     .phase = "traffic",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about =
         "encrypt and decrypt one message of a conversation in which each side answers the other: a ratchet step each",
     .sized = true,
     .compares = true,
     .applies = converses,
     .coins = seal_coins,
     .run = eb_run_turn},
    {.id = "start",
     .phase = "enrolment",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "a session with a recipient, from the bundle of each device's public keys: its signature verified, keys "
              "agreed on",
     .compares = true,
     .applies = sets_up,
     .coins = eb_start_coins,
     .run = eb_run_start},
    {.id = "check",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_ESCROW,
     .about = "make the capsule again from the message secret and compare",
     .sized = true,
     .with_escrow = true,
     .applies = travels,
     .ready = eb_ready_next_messages,
     .run = eb_run_check},
    {.id = "partial",
     .phase = "access",
     .payer = "agent",
     .depends = EB_ON_ESCROW,
     .about = "one agent's answer to an order for one message",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = accessible,
     .ready = eb_ready_evidence,
     .coins = partial_coins,
     .run = eb_run_partial},
    {.id = "verify",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "is one agent's answer honest?",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = eb_ready_partials,
     .run = eb_run_verify},
    {.id = "combine",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "t answers, each verified where that is possible, to the message secret",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = accessible,
     .ready = eb_ready_partials,
     .combines = true,
     .run = eb_run_combine},
    {.id = "access",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "one message from the order to the plaintext: t partials in turn, verify, combine, decrypt; no network",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .quick = true,
     .systems = true,
     .applies = accessible,
     .ready = eb_ready_partials,
     .coins = access_coins,
     .combines = true,
     .run = eb_run_access},
    {.id = "access-bulk",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "16 messages of one user and epoch under one order, from it to the plaintexts: agents answer once, and "
              "a key that opens them all is made once",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .samples = true,
     .systems = true,
     .many = EB_BULK,
     .applies = accessible_in_bulk,
     .ready = eb_ready_bulk,
     .coins = bulk_coins,
     .combines = true,
     .run = eb_run_access_bulk},
    {.id = "tap",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "the next message of a session that is listened to, with what the answers to its order gave at hand",
     .sized = true,
     .with_escrow = true,
     .samples = true,
     .systems = true,
     .takes = 1,
     .applies = taps,
     .ready = eb_ready_tap,
     .run = eb_run_tap},
    {.id = "sweep-8",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 8 bits that no capsule holds, through all values; one access takes from next to none to "
              "all of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 8,
     .combines = true,
     .applies = searches,
     .ready = eb_ready_partials,
     .run = eb_run_sweep},
    {.id = "sweep-12",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 12 bits that no capsule holds, through all values; one access takes from next to none to "
              "all of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 12,
     .combines = true,
     .applies = searches,
     .ready = eb_ready_partials,
     .run = eb_run_sweep},
    {.id = "sweep-16",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 16 bits that no capsule holds, through all values; one access takes from next to none to "
              "all of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .bits = 16,
     .combines = true,
     .applies = searches,
     .ready = eb_ready_partials,
     .run = eb_run_sweep},
    {.id = "sweep-20",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 20 bits that no capsule holds, through all values; one access takes from next to none to "
              "all of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = false,
     .bits = 20,
     .combines = true,
     .applies = searches,
     .ready = eb_ready_partials,
     .run = eb_run_sweep},
    {.id = "sweep-22",
     .phase = "access",
     .payer = "investigator",
     .about = "the search for 22 bits that no capsule holds, through all values; one access takes from next to none to "
              "all of it",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = false,
     .bits = 22,
     .combines = true,
     .applies = searches,
     .ready = eb_ready_partials,
     .run = eb_run_sweep},
    {.id = "seal-parse",
     .beside = "seal",
     .phase = "traffic",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "seal, with keys and authority parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = eb_run_seal_parse},
    {.id = "open-parse",
     .beside = "open",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "open, with keys parsed from bytes for this one message",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = eb_ready_messages,
     .run = eb_run_open_parse},
    {.id = "seal-first",
     .beside = "seal",
     .phase = "traffic",
     .payer = "sender",
     .depends = EB_ON_TRANSPORT,
     .about = "seal-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .coins = seal_coins,
     .run = eb_run_seal_first},
    {.id = "open-first",
     .beside = "open",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "open-parse, with the library's algorithms fetched and contexts made for it too",
     .sized = true,
     .compares = true,
     .applies = stands_alone,
     .ready = eb_ready_messages,
     .run = eb_run_open_first},
    {.id = "reject-message",
     .beside = "open",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_TRANSPORT,
     .about = "refuse a message whose tag is wrong",
     .sized = true,
     .compares = true,
     .ready = eb_ready_forged_messages,
     .applies = refuses,
     .run = eb_run_reject_message},
    {.id = "reject-capsule",
     .beside = "check",
     .phase = "traffic",
     .payer = "recipient",
     .depends = EB_ON_ESCROW,
     .about = "refuse, by check, a capsule that an honest sender would not have made",
     .sized = true,
     .with_escrow = true,
     .applies = travels,
     .ready = eb_ready_forged_capsules,
     .run = eb_run_reject_capsule},
    {.id = "forge",
     .phase = "traffic",
     .payer = "sender",
     .about =
         "a rogue sender's search for a capsule that passes the check and opens for no agent: as many trials as one "
         "success takes on average",
     .depends = EB_ON_ESCROW,
     .sized = true,
     .with_escrow = true,
     .quick = true,
     .applies = forgeable,
     .ready = eb_ready_messages,
     .coins = forge_coins,
     .run = eb_run_forge},
    {.id = "reject-partial",
     .beside = "verify",
     .phase = "access",
     .payer = "investigator",
     .depends = EB_ON_ESCROW,
     .about = "name a liar by its answer",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .applies = can_verify,
     .ready = eb_ready_forged_partials,
     .run = eb_run_reject_partial},
    {.id = "inspect",
     .phase = "traffic",
     .payer = "service",
     .depends = EB_ON_ESCROW,
     .about = "what the service can check of a capsule without any secret",
     .sized = true,
     .with_escrow = true,
     .applies = can_inspect,
     .ready = eb_ready_evidence,
     .run = eb_run_inspect},
    {.id = "store",
     .phase = "traffic",
     .payer = "service",
     .depends = EB_ON_ESCROW,
     .about = "encrypt a message at rest under a data key, and wrap that under the service's key",
     .sized = true,
     .every_size = true,
     .at_rest = true,
     .with_escrow = true,
     .quick = true,
     .applies = stores,
     .coins = store_coins,
     .run = eb_run_store},
    {.id = "setup",
     .phase = "set-up",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "escrow key, split among the agents",
     .with_escrow = true,
     .quick = true,
     .coins = setup_coins,
     .run = eb_run_setup},
    {.id = "keygen",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "long-term keys of one device",
     .without_only = true,
     .applies = makes_keys,
     .coins = keygen_coins,
     .run = eb_run_keygen},
    {.id = "keygen-rsa",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "a device's RSA key; everything else about its transport is measured with ready-made ones",
     .without_only = true,
     .applies = has_rsa,
     .run = eb_run_keygen_rsa},
    {.id = "deposit",
     .phase = "enrolment",
     .payer = "user",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "the user's private key, given up to the authority",
     .with_escrow = true,
     .quick = true,
     .applies = deposits,
     .coins = deposit_coins,
     .run = eb_run_deposit},
    {.id = "accept",
     .phase = "enrolment",
     .payer = "agent",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "one agent: does my part of a deposit belong to the user's public key?",
     .with_escrow = true,
     .applies = can_accept,
     .run = eb_run_accept},
    {.id = "rotate-user",
     .phase = "upkeep",
     .payer = "user",
     .depends = EB_ON_TRANSPORT,
     .about = "a new key pair, deposited again where keys are",
     .compares = true,
     .applies = rotates,
     .coins = rotate_coins,
     .run = eb_run_rotate_user},
    {.id = "publish",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "what senders need for one user and epoch, made and signed",
     .with_escrow = true,
     .applies = publishes,
     .run = eb_run_publish},
    {.id = "rewrap",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "one stored capsule (or deposit, or data key) of a backlog, opened and made again for the next authority",
     .sized = true,
     .at_rest = true,
     .with_escrow = true,
     .samples = true,
     .applies = rewraps,
     .ready = eb_ready_rewrap,
     .coins = rewrap_coins,
     .combines = true,
     .run = eb_run_rewrap},
    {.id = "refresh",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "new secrets of all n agents for the same key, which makes stolen ones worthless",
     .with_escrow = true,
     .samples = true,
     .applies = refreshes,
     .coins = refresh_coins,
     .run = eb_run_refresh},
    {.id = "reshare",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .by_split = true,
     .about = "from t agents to a new group of n, the key unchanged: also how one agent is replaced",
     .with_escrow = true,
     .samples = true,
     .applies = reshares,
     .coins = refresh_coins,
     .run = eb_run_reshare},
    {.id = "puncture",
     .phase = "upkeep",
     .payer = "authority",
     .depends = EB_ON_ESCROW,
     .about = "forget, for good, what opens one user's messages of one epoch",
     .with_escrow = true,
     .samples = true,
     .applies = punctures,
     .run = eb_run_puncture},
};

const eb_operation *eb_operation_at(size_t i)
{
    return i < sizeof operations / sizeof operations[0] ? &operations[i] : NULL;
}

const eb_operation *eb_operation_find(const char *id)
{
    const eb_operation *op;
    for (size_t i = 0; (op = eb_operation_at(i)) != NULL; i++)
        if (strcmp(op->id, id) == 0)
            return op;
    return NULL;
}

bool eb_operation_applies(const eb_operation *op, const eb_pair_spec *spec)
{
    const bool escrowed = spec->escrow->kind != EB_KIND_NONE;
    if ((op->with_escrow && !escrowed) || (op->without_only && escrowed))
        return false;
    return op->applies == NULL || op->applies(spec);
}
