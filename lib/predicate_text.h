/*
 * predicate_text.h - what parsing and printing predicates share.  Only
 * predicate_*.c include it.
 */
#ifndef LIB_PREDICATE_TEXT_H
#define LIB_PREDICATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>

#include "arena.h"
#include "error.h"
#include "predicate.h"

/* Characters that mean something in the text form, but for the backslash. */
#define PREDICATE_SPECIAL "/|,<>="

/* A predicate that grows. */
struct predicate_draft {
	struct arena *arena;
	const char **parameters;
	size_t n_parameters;
	struct farm_constraint *constraints;
	size_t n_constraints;
};

/* Does the text form of this pattern lose its backslashes (not the pattern)? */
bool predicate_is_raw(const char *pattern, uint32_t flags);
/* Which window function's name and "(" begin a text, and how many bytes these
   are; FARM_LATEST: none. */
enum farm_window_function predicate_function(const char *text,
    size_t *ret_length);
const char *predicate_function_name(enum farm_window_function);
/* Is the field a time: 1, no time: 0, or too large: -1?  `*ret_unit': has it
   a unit? */
int predicate_time(const char *text, int64_t *ret_ns, bool *ret_unit);

/* Add to a draft, -1 with the reason if there is no more room. */
int draft_parameter(struct predicate_draft *, const char *pattern,
    struct error *);
int draft_constraint(struct predicate_draft *, const struct farm_constraint *,
    struct error *);
/* All that a text says of parameters: p1|p2>4|...  For trees. */
int draft_items(struct predicate_draft *, const char *text, uint32_t flags,
    struct error *);
/* Hand the draft over to a predicate; "*" if it has no parameters. */
int draft_finish(struct predicate_draft *, struct farm_predicate *,
    struct error *);

#endif
