/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the kernel tells in files of text: small, line by line, "key : value". */
#ifndef HN_TEXT_H
#define HN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies a string; cuts what is too long: these are for people to read, or far shorter than their room. */
void hn_text_copy(char *to, size_t size, const char *from);

/* The start of the file root + path as a string, without white space at its end. False, and "", if it cannot be read. */
bool hn_text_slurp(const char *root, const char *path, char *out, size_t size);

/* The number in that file; -1 if there is none. */
int64_t hn_text_number(const char *root, const char *path);

/* The value of the first line "key<blanks>separator<blanks>value", without quotes. "" if there is none. */
void hn_text_field(const char *text, const char *key, char separator, char *out, size_t size);

/* Is `word` among words that are separated by blanks? */
bool hn_text_has_word(const char *words, const char *word);

bool hn_text_begins(const char *text, const char *with);

#ifdef __cplusplus
}
#endif
#endif
