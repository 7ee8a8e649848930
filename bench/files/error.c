/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/files/error.h"

#include <stdarg.h>
#include <string.h>

void ft_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

static bool set(ft_error *err, bool usage, const char *format, va_list args)
{
    vsnprintf(err->text, sizeof err->text, format, args);
    ft_one_line(err->text);
    err->usage = usage;
    return false;
}

bool ft_fails(ft_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(err, false, format, args);
    va_end(args);
    return false;
}

bool ft_misused(ft_error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(err, true, format, args);
    va_end(args);
    return false;
}

bool ft_no_memory(ft_error *err, size_t bytes)
{
    return ft_fails(err, "not enough memory: %zu bytes are needed at once", bytes);
}

void ft_append(char *text, size_t size, const char *format, ...)
{
    static const char cut[] = "...";
    const size_t used = strlen(text);
    va_list args;
    int n = 0;

    va_start(args, format);
    n = vsnprintf(text + used, size - used, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= size - used) {
        memcpy(text + size - sizeof cut, cut, sizeof cut);
    }
}
