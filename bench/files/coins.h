/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes for keys and messages, from the kernel. */
#ifndef FT_COINS_H
#define FT_COINS_H

#include "bench/files/input.h"

/* Draws `len` bytes into fresh memory; give them back through ft_data_free, which wipes. */
bool ft_coins(ft_data *coins, size_t len, ft_error *err);

#endif
