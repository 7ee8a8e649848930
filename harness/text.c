/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hn_text_copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    length = length < size ? length : size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

bool hn_text_slurp(const char *root, const char *path, char *out, size_t size)
{
    char full[512];
    size_t length = 0;

    out[0] = '\0';
    if ((size_t)snprintf(full, sizeof full, "%s%s", root, path) >= sizeof full) {
        return false;
    }
    FILE *file = fopen(full, "r");
    if (file == NULL) {
        return false;
    }
    length = fread(out, 1, size - 1, file);
    (void)fclose(file);
    while (length > 0 && isspace((unsigned char)out[length - 1])) {
        length--;
    }
    out[length] = '\0';
    return true;
}

int64_t hn_text_number(const char *root, const char *path)
{
    char text[32];
    char *end = text;

    if (!hn_text_slurp(root, path, text, sizeof text)) {
        return -1;
    }
    const long long number = strtoll(text, &end, 10);
    return end != text && *end == '\0' ? (int64_t)number : -1;
}

void hn_text_field(const char *text, const char *key, char separator, char *out, size_t size)
{
    const size_t length = strlen(key);

    out[0] = '\0';
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        const char *at = line + length;
        if (strncmp(line, key, length) == 0) {
            at += strspn(at, " \t");
            if (*at == separator) {
                at++;
                at += strspn(at, " \t\"");
                size_t n = end != NULL ? (size_t)(end - at) : strlen(at);
                while (n > 0 && (at[n - 1] == '"' || isspace((unsigned char)at[n - 1]))) {
                    n--;
                }
                n = n < size ? n : size - 1;
                memcpy(out, at, n);
                out[n] = '\0';
                return;
            }
        }
        line = end != NULL ? end + 1 : NULL;
    }
}

bool hn_text_has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = words; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

bool hn_text_begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}
