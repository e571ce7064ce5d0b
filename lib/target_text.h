/*
 * target_text.h - texts of the configuration with a target's names in them:
 * {cluster}, {node} and {address}; {{ and }} are braces.
 */
#ifndef LIB_TARGET_TEXT_H
#define LIB_TARGET_TEXT_H

#include <farm/module.h>

#include "buffer.h"
#include "error.h"

/* What is wrong with the text. */
int target_text_check(const char *text, struct error *);
/* Without a target (NULL) it stays as it is. */
int target_text_put(struct buffer *, const char *text,
    const struct farm_target *, struct error *);
/* The same for a URL: an address of IPv6 stands in brackets. */
int target_text_put_url(struct buffer *, const char *text,
    const struct farm_target *, struct error *);

#endif
