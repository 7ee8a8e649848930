/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Periodic rekeying of a Double Ratchet by a KEM (the suite's rekey_kem), after the shape of iMessage's PQ3 (Apple, 2024):
 * one side offers a fresh public key with a new sending chain, the other encapsulates to it with its next one, and the
 * shared secret goes into that step of the root chain. An offer or its answer is in the header of every message of its chain, so that
 * none of them has to arrive.
 *
 *   extension   1 || public key      an offer: with the first chain, then EB_REKEY_TURNS turns after the last rekeying
 *               2 || ciphertext      its answer
 */
#ifndef EB_REKEY_H
#define EB_REKEY_H

#include "ratchet/ratchet.h"

/** A side's own turns between two rekeyings: 50 messages where two answer each other. */
enum { EB_REKEY_TURNS = 25 };

extern const eb_rekey eb_kem_rekey;

#endif
