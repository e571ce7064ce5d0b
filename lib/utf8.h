/*
 * utf8.h - the one place that knows what UTF-8 is (RFC 3629: no overlong
 * forms, no surrogates, nothing beyond U+10FFFF).
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>

/* The bytes of the character that `text' begins with; 0 if none does. */
size_t utf8_character(const char *text, size_t length);

#endif
