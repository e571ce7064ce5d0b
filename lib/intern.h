/*
 * intern.h - texts kept once and counted.  Not thread-safe: the table it is
 * part of has the lock.
 */
#ifndef LIB_INTERN_H
#define LIB_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"

struct interned;

struct intern {
	struct hash_key key;
	struct interned **heads; /* NULL: empty */
	size_t n_heads;		 /* a power of two */
	size_t count;
	size_t bytes; /* taken from the system */
};

void intern_init(struct intern *);
void intern_free(struct intern *); /* all texts, however often counted */

/* The one copy of the text, counted once more; NULL if memory is out. */
const char *intern_ref(struct intern *, const char *text);
/* Count down what intern_ref() gave; the last one frees it.  NULL is fine. */
void intern_unref(struct intern *, const char *text);

#endif
