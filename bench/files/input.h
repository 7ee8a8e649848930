/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory, and whole files read into it. */
#ifndef FT_INPUT_H
#define FT_INPUT_H

#include "bench/files/error.h"
#include "escrowbench/base.h"

/* A piece of memory of our own. `len` of `cap` bytes are in use, and are wiped when it is given back. */
typedef struct ft_data {
    uint8_t *ptr;
    size_t len, cap;
} ft_data;

/* Memory for `cap` bytes (at least one); `len` is 0. */
bool ft_data_new(ft_data *data, size_t cap, ft_error *err);
/* Wipes, frees, and leaves it empty. Takes an empty one. */
void ft_data_free(ft_data *data);

static inline eb_bytes ft_bytes(const ft_data *data)
{
    return eb_range(data->ptr, data->len);
}

/* How a file is named in messages: "-" is standard input. */
const char *ft_input_name(const char *path);

/* Reads a whole file, or standard input for "-". More than `limit` bytes are refused, where the size is known before
 * anything is read; `what` says what there may be no more of: "messages". */
bool ft_read(ft_data *data, const char *path, size_t limit, const char *what, ft_error *err);

#endif
