/*
 * option.h - what follows from a table of options: parsing, defaults, bounds,
 * texts for people, JSON Schema.
 */
#ifndef LIB_OPTION_H
#define LIB_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "problems.h"

/* A table with the size its compiler gave to one option. */
struct option_table {
	const struct farm_option *first; /* NULL: no options */
	size_t stride; /* 0: sizeof(struct farm_option) */
};

/* Option number i; NULL at the end. */
const struct farm_option *option_at(struct option_table, size_t i);
/* Must its value never be shown? */
bool option_is_secret(const struct farm_option *);

/*
 * Is the table itself sound (types known, defaults within bounds, names
 * unique, fields inside `state_size')?  An error otherwise: for the loader
 * and lint.
 */
int options_check(struct option_table, size_t state_size, struct error *);

/*
 * Fill the fields of `state' from the children of `tree' (a mapping; NULL: all
 * defaults).  Strings go to `arena', which must outlive the state.  Keys in
 * `also' (ending in NULL; may be NULL) are somebody else's and skipped; other
 * unknown keys are problems with a suggestion.  A relative path is taken from
 * the folder of the file it stands in; "file:PATH" of a secret is read and its
 * last newline dropped.  A tree is not copied: it must outlive the state, too.
 *
 * Returns 0, or -1 with all problems added; then fields may be half set.
 */
int options_parse(struct option_table, const struct farm_tree *tree,
    const char *const *also, void *state, struct arena *arena,
    struct problems *);

/* The same without places: the first problem is the error. */
int options_parse_one(const struct farm_option *table,
    const struct farm_tree *, void *state, struct arena *, struct error *);

/*
 * Parse one value given as text, as actions and tests do.  `place' is for
 * messages and may be NULL.
 */
int option_parse_text(const struct farm_option *, const char *text,
    void *state, struct arena *arena, struct problems *);

/* "host[:port]", "udp://[::1]:162", "unix:/run/x", ":8884", "8884". */
int address_parse(struct arena *, const char *text, struct farm_address *ret,
    struct error *);

/*
 * Copy the fields named by the table from one state to another: what the host
 * does after reconfigure().
 */
void options_copy(struct option_table, void *to, const void *from);
/* Are the fields equal in both states? */
bool options_equal(struct option_table, const void *a, const void *b);

/* "duration, 1s to 1d, default 10s": the middle column of a reference. */
void option_print_type(struct buffer *, const struct farm_option *);
/* [{"name":..,"type":..,"default":..,"help":..,...}, ...] */
void options_json(struct buffer *, struct option_table);
/* {"type":"object","properties":{...},...}, JSON Schema 2020-12, of a table;
   `extra' properties as ready JSON members, or NULL. */
void options_schema(struct buffer *, struct option_table, const char *extra);
/* A Markdown table: option, type and default, help. */
void options_markdown(struct buffer *, struct option_table);

#endif
