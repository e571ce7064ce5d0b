/*
 * serve.h - the HTTP/JSON API, on a Unix socket (everything) and on a TCP
 * address (reading only).  docs/api.md describes it.
 */
#ifndef HOST_SERVE_H
#define HOST_SERVE_H

#include "error.h"
#include "farm.h"

struct serve;

/* Opens both doors and answers from threads of its own. */
int serve_start(struct serve **ret, struct farm *, struct error *);
void serve_stop(struct serve *); /* NULL is fine */

#endif
