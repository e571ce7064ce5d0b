/*
 * pattern.h - does a name match: "*" and "%" for any run of bytes, everything
 * else literal, backslash escapes; "re:..." is an extended regular expression
 * (POSIX) that must match the whole name.
 *
 * Under compat, MonALISA's own rule: "*" alone matches all; one leading or
 * trailing wildcard is suffix or prefix; with any other use of wildcards each
 * becomes ".*" and the whole is a regular expression; if that is bad, nothing
 * matches.  Backslash means nothing but in such an expression.
 *
 * The empty pattern matches all, either way.
 */
#ifndef LIB_PATTERN_H
#define LIB_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct pattern;

/*
 * Patterns come from strangers, and libc copies what is repeated ("{n}", "+")
 * as often as that.  So a regular expression is bad, too, if it is longer than
 * this, would be with its repetitions written out, nests deeper, or refers
 * back ("\1").
 */
#define PATTERN_REGEX_MAX 1024
#define PATTERN_EXPANDED_MAX 4096
#define PATTERN_DEPTH_MAX 32

/* -1 with the reason for a bad "re:"; never under compat. */
int pattern_new(struct pattern **ret, const char *text, bool compat,
    struct error *);
void pattern_free(struct pattern *); /* NULL is fine */
/* Any thread.  `length' bytes of name, which ends in NUL behind them. */
bool pattern_match(const struct pattern *, const char *name, size_t length);
/* May it match a name of the form `form', in which one "*" stands for any run
   of bytes?  False only if it cannot. */
bool pattern_may_match(const struct pattern *, const char *form);
/* Does it match everything, or exactly one name (which is returned)? */
bool pattern_is_any(const struct pattern *);
const char *pattern_exact(const struct pattern *);

#endif
