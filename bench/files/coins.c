/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/coins.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool ft_coins(ft_data *coins, size_t len, ft_error *err)
{
    if (!ft_data_new(coins, len, err)) {
        return false;
    }
    while (coins->len < len) {
        const ssize_t n = getrandom(coins->ptr + coins->len, len - coins->len, 0);
        if (n >= 0) {
            coins->len += (size_t)n;
        } else if (errno != EINTR) {
            ft_data_free(coins);
            return ft_fails(err, "no random bytes from the kernel: %s", strerror(errno));
        }
    }
    return true;
}
