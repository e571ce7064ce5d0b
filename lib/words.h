/*
 * words.h - how kinds of parameters and types of values are written, in every
 * text that people or programs read.
 */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H

#include <stdint.h>

#include <farm/result.h>

/* "gauge", "double"; "unknown" if there is no such number. */
const char *kind_word(uint32_t kind);
const char *type_word(uint8_t type);
/* The number; -1 if the word is none of them. */
int kind_of_word(const char *word);
int type_of_word(const char *word);

#endif
