/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifiable secret sharing over a group's scalar field: Feldman 1987, its commitments in the form of SCRAPE (Cascudo and
 * David 2017, s. 3): a dealer publishes the images of its polynomial's values at 0 to n, not of its coefficients. A share
 * is then checked by one multiplication, and the images, for all shares at once, by eb_shares_check.
 *
 * From dealings that are added up: a key that nobody deals (Pedersen 1991), new shares of an old key (Herzberg, Jarecki,
 * Krawczyk and Yung 1995), shares for another group of agents (Desmedt and Jajodia 1997). Needs a binding with GROUP and HASH.
 */
#ifndef EB_SHARING_VSS_H
#define EB_SHARING_VSS_H

#include "escrowbench/scheme.h"

/** What one dealer makes. */
typedef struct eb_dealing {
    uint8_t commitment[EB_DIGEST]; /* SHA-256(label || dealer || constant || images), broadcast before any of these */
    uint8_t *constant;             /* broadcast: the image of the value at 0, point_len bytes; NULL: the value is 0 */
    uint8_t *images;               /* broadcast: those of the shares, n points */
    uint8_t *shares;               /* in private, one to each agent: n scalars */
} eb_dealing;

/** Bytes of coins of one dealing: of the polynomial's t-1 coefficients. */
size_t eb_vss_coins(const eb_binding *b, unsigned t);
/** Shares `secret` (NULL where constant is) t-of-n as dealer number `dealer`. EB_ERR_INVALID: a sharing of zero with t = 1,
 *  which has nothing but zeros. */
eb_status eb_vss_deal(const eb_binding *b, eb_dealing *d, unsigned dealer, unsigned n, unsigned t,
                      const uint8_t *secret, const uint8_t *coins) EB_MUST_CHECK;

/** One agent: is this the share that the image is of? EB_ERR_AUTH if not. */
eb_status eb_vss_check_share(const eb_binding *b, const uint8_t *image, const uint8_t *share) EB_MUST_CHECK;
/** Anyone: are the broadcasts of one dealing what was committed to, and of a polynomial of degree t-1? EB_ERR_AUTH if not. */
eb_status eb_vss_check_broadcast(const eb_binding *b, const eb_dealing *d, unsigned dealer, unsigned n,
                                 unsigned t) EB_MUST_CHECK;

/** What n agents hold together, to which dealings are added: the images of their shares, and the shares. */
typedef struct eb_pool {
    unsigned n, t;
    uint8_t *constant; /* point_len bytes; NULL: dealings leave it alone */
    uint8_t *images, *shares;
    bool empty; /* there is nothing yet: what is there is overwritten */
} eb_pool;

/** Adds dealings up, weights[i] (scalars one after the other; NULL: 1) times the i-th, of dealer dealers[i] (NULL: i + 1), after
 *  every commitment and every agent's share was checked, and then checks the sum of the broadcasts against `key` (the pool's
 *  constant, or the key that stays). Only where that does not hold are they checked one by one: errors that cancel out do no
 *  harm. EB_ERR_AUTH: *complaint says whose fault it is. */
eb_status eb_vss_add(const eb_binding *b, eb_pool *pool, const uint8_t *key, const eb_dealing *dealings, unsigned count,
                     const unsigned *dealers, const uint8_t *weights, eb_complaint *complaint) EB_MUST_CHECK;

/** Memory for `count` dealings of n shares each, and how it is divided up among them, at `space` (aligned for pointers). */
size_t eb_vss_space(const eb_binding *b, unsigned count, unsigned n);
eb_dealing *eb_vss_place(const eb_binding *b, void *space, unsigned count, unsigned n, bool of_zero);

#endif
