/*
 * template.h - names made of names: "{cluster}-{1}".
 *
 * {farm}, {cluster}, {node} and {parameter} are a series' names, {1} to {9} the
 * groups of a regular expression that one of them has matched, {0} all that it
 * matched; {{ and }} are braces.
 */
#ifndef LIB_TEMPLATE_H
#define LIB_TEMPLATE_H

#include <regex.h>
#include <stddef.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"

/* {0} to {9}. */
#define TEMPLATE_GROUPS 10

struct template;

/* `n_groups': how many there are to refer to, with {0}; 0: no expression. */
int template_new(struct template **ret, const char *text, size_t n_groups,
    struct error *);
void template_free(struct template *); /* NULL is fine */

/* `subject' is what the groups are places in; both may be NULL without. */
void template_print(const struct template *, struct buffer *,
    const struct farm_series *, const char *subject, const regmatch_t *groups);

#endif
