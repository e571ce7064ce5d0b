/*
 * expect.h - what a good answer is.
 */
#ifndef HTTP_EXPECT_H
#define HTTP_EXPECT_H

#include <farm/module.h>

#include "error.h"
#include "slice.h"

struct expect;

/*
 * Statuses ("200", "2xx", "200-299"), and extended regular expressions that the
 * body has to match, or must not.  -1 with the option and the place of what is
 * wrong: "status[0]: ...".
 */
int expect_new(struct expect **ret, const struct farm_list *statuses,
    const struct farm_list *matches, const struct farm_list *excludes,
    struct error *);
void expect_free(struct expect *); /* NULL is fine */

/* -1: it is none, and why. */
int expect_judge(const struct expect *, long status, struct slice body,
    struct error *);

#endif
