/*
 * option_type.h - what the parts of option.h share: the types, and one option
 * of a table, whatever its compiler's idea of the struct.
 */
#ifndef LIB_OPTION_TYPE_H
#define LIB_OPTION_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>

#include "buffer.h"
#include "option.h"

struct option_type {
	const char *name; /* in documentation: "duration" */
	const char *must; /* in errors: "a duration such as 10s" */
	size_t size;	  /* of the field */
	size_t alignment;
	bool scalar; /* only a scalar will do */
};

/* NULL if there is no such type. */
const struct option_type *option_type_of(const struct farm_option *);

/* Copy option i, as much of it as its compiler knew; false at the end. */
bool option_get(struct option_table, size_t i, struct farm_option *ret);

/* Choice i of an enum, *ret_length bytes; NULL if there are fewer. */
const char *option_choice(const struct farm_option *, size_t i,
    size_t *ret_length);
/* "get, walk or bulk" */
void option_print_choices(struct buffer *, const struct farm_option *);

bool option_has_min(const struct farm_option *);
bool option_has_max(const struct farm_option *);
/* A number in the field's unit as people write it: "10s", "64KiB", "7". */
void option_print_number(struct buffer *, const struct farm_option *,
    double number);
/* "1 to 1000", "at least 1s"; nothing if there are no bounds. */
void option_print_bounds(struct buffer *, const struct farm_option *);

#endif
