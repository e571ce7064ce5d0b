/*
 * naming.h - new names for series: an expression that one of a series' names
 * must match, and templates that refer to its groups.
 */
#ifndef LIB_NAMING_H
#define LIB_NAMING_H

#include <regex.h>
#include <stdbool.h>

#include <farm/module.h>

#include "buffer.h"
#include "template.h"

/* Options that a filter with a naming has. */
struct naming_options {
	const char *pattern;
	int of;
};

#define NAMING_OPTIONS(STATE, FIELD)                                           \
	FARM_OPTION_STRING("pattern", STATE, FIELD.pattern, "",                \
	    "regular expression (POSIX extended) that the whole name `of` "    \
	    "says has to match; what does not match passes as it is"),         \
	FARM_OPTION_ENUM("of", STATE, FIELD.of, "parameter",                   \
	    "parameter|node|cluster|farm", "the name that `pattern` is about")

struct naming {
	bool any; /* no pattern */
	int of;
	regex_t regex;
	size_t n_groups; /* with the whole; 0 without a pattern */
};

/* What a template needs of a series that matched. */
struct naming_match {
	struct farm_series names;
	const char *subject;
	regmatch_t groups[TEMPLATE_GROUPS];
};

/* In open(); -1, said to the host. */
int naming_open(struct farm_host *, struct naming *,
    const struct naming_options *);
/* Also one that open() failed for, or that was never opened. */
void naming_close(struct naming *);

/* A template of that option; *ret is NULL if the text is empty. */
int naming_template(struct farm_host *, const struct naming *,
    const char *option, const char *text, struct template **ret);

/* The spec's names must outlive what is returned. */
bool naming_matches(const struct naming *, const struct farm_spec *,
    struct naming_match *ret);
/* The name in the buffer's memory, behind what is there; ends in NUL. */
void naming_print(const struct template *, const struct naming_match *,
    struct buffer *);

#endif
