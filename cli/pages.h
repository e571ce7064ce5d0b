/*
 * pages.h - a list of the daemon's, however many pages it comes in.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include <jansson.h>

#include "client.h"
#include "error.h"

/*
 * GET `path' with at most PAGES_ARGUMENTS arguments, again and again as long as
 * an answer names a next page, and put the pages' lists `key' together.  With an
 * argument "limit" one page is what was asked for.  As client_get() otherwise.
 */
#define PAGES_ARGUMENTS 8
int pages_get(const char *socket, const char *path,
    const struct client_argument *arguments, const char *key, json_t **ret,
    struct error *);

#endif
