/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation over the ratchet, for an independent implementation to follow (ratchet.mjs): on each library and suite a JSON line
 * with both people's keys, and every message with the coins it was made of. Keys and coins are of a fixed seed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escrowbench/join.h"
#include "escrowbench/registry.h"

enum { A, B, ROOM = 4096 };

static void need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "ratchet_talk: %s failed\n", what);
    exit(1);
}

static void fill(uint8_t *out, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(*seed >> 56);
    }
}

static void print_hex(const char *name, const uint8_t *bytes, size_t len)
{
    printf("\"%s\":\"", name);
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    printf("\"");
}

/* A says `turns[i]` == 'A', else B; each hears the other. */
static void talk(eb_link *const *link, const eb_pair *p, const char *turns, uint64_t *seed)
{
    printf("\"messages\":[");
    for (size_t i = 0; turns[i] != '\0'; i++) {
        const int who = turns[i] == 'A' ? A : B;
        uint8_t coins[256], text[20], wire[ROOM], back[ROOM];
        eb_buf out = {.ptr = wire, .cap = sizeof wire}, heard = {.ptr = back, .cap = sizeof back};
        need(p->ts.coins <= sizeof coins, "room for coins");
        fill(coins, sizeof coins, seed);
        fill(text, sizeof text, seed);
        need(eb_seal(link[who], &out, coins, EB_LITERAL("aad"), eb_range(text, sizeof text)) == EB_OK, "seal");
        need(eb_open(link[1 - who], &heard, EB_LITERAL("aad"), eb_range(wire, out.len)) == EB_OK, "open");
        printf("%s{\"from\":\"%c\",", i > 0 ? "," : "", turns[i]);
        print_hex("coins", coins, p->ts.coins);
        printf(",");
        print_hex("text", text, sizeof text);
        printf(",");
        print_hex("wire", wire, out.len);
        printf("}");
    }
    printf("]");
}

static void converse(const eb_pair_spec *spec)
{
    char why[256];
    uint64_t seed = 7;
    uint8_t sk[2][512], pk[2][4096], coins[512];
    eb_pair *p = NULL;
    eb_own *own[2];
    eb_peer *peer[2];
    eb_link *link[2];
    need(eb_pair_open(&p, spec, why, sizeof why) == EB_OK, "eb_pair_open");
    need(p->ts.keygen_coins <= sizeof coins && p->ts.sk <= sizeof sk[0] && p->ts.pk <= sizeof pk[0], "room for keys");
    for (int i = 0; i < 2; i++) {
        fill(coins, sizeof coins, &seed);
        need(eb_keygen(p, sk[i], pk[i], coins) == EB_OK, "keygen");
        need(eb_own_load(p, &own[i], eb_range(sk[i], p->ts.sk)) == EB_OK, "own keys");
        need(eb_peer_load(p, &peer[i], eb_range(pk[i], p->ts.pk)) == EB_OK, "a peer's keys");
    }
    fill(coins, sizeof coins, &seed);
    need(eb_link_start(p, &link[A], EB_SENDER, own[A], peer[B], NULL, coins, EB_LITERAL("talk")) == EB_OK, "start");
    need(eb_link_start(p, &link[B], EB_RECIPIENT, own[B], peer[A], NULL, NULL, EB_LITERAL("talk")) == EB_OK, "start");
    printf("{\"transport\":\"%s\",\"suite\":\"%s\",\"backend\":\"%s\",", spec->transport->id, spec->suite->id,
           spec->backend->id);
    print_hex("pkA", pk[A], p->ts.pk);
    printf(",");
    print_hex("pkB", pk[B], p->ts.pk);
    printf(",");
    print_hex("skB", sk[B], p->ts.sk);
    printf(",");
    talk(link, p, "AAABBAABA", &seed);
    printf("}\n");
    for (int i = 0; i < 2; i++) {
        eb_link_end(link[i]);
        eb_own_drop(own[i]);
        eb_peer_drop(peer[i]);
    }
    eb_pair_close(p);
}

int main(void)
{
    static const struct {
        const char *transport, *suite;
    } talks[] = {
        {"ratchet", "x25519"}, {"ratchet", "p256"}, {"pqxdh", "x25519-mlkem1024"}, {"pqxdh", "x25519-mlkem768"}};
    char why[256];
    need(eb_start(why, sizeof why) == EB_OK, "start");
    const eb_backend *backend;
    for (size_t i = 0; (backend = eb_backend_at(i)) != NULL; i++)
        for (size_t k = 0; k < sizeof talks / sizeof talks[0]; k++) {
            const eb_pair_spec spec = {.backend = backend,
                                       .transport = eb_transport_find(talks[k].transport),
                                       .suite = eb_suite_find(talks[k].suite),
                                       .escrow = eb_escrow_find("none")};
            if (eb_pair_possible(&spec, why, sizeof why))
                converse(&spec);
        }
    eb_stop();
    return 0;
}
