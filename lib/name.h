/*
 * name.h - names of farms, clusters, nodes and parameters.
 */
#ifndef LIB_NAME_H
#define LIB_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"

/*
 * Is it 1 to FARM_NAME_MAX bytes of UTF-8 without control characters?  If not,
 * the error quotes it (shortened for reading, control characters as \xNN);
 * `what' says which name it is: "parameter".
 */
int name_check(const char *what, const char *text, size_t length,
    struct error *);
bool utf8_valid(const char *text, size_t length);

/* Write a name for text forms: / | , * % < > = \ and a leading "re:" get a
   backslash. */
void name_escape(struct buffer *, const char *text, size_t length);
/* Undo it; the result is never longer and may be the same memory. */
size_t name_unescape(char *to, const char *text, size_t length);

/*
 * Which of `candidates' (n of them) was probably meant by `text': at most two
 * edits away and less than half of it; NULL if none.
 */
const char *name_suggest(const char *text, const char *const *candidates,
    size_t n);

#endif
