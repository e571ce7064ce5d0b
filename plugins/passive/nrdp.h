/*
 * nrdp.h - a request of NRDP: a form with a token, a command, and results as XML
 * or JSON.  A pure function over bytes.
 */
#ifndef PASSIVE_NRDP_H
#define PASSIVE_NRDP_H

#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

/* More results of one request are an error. */
#define NRDP_RESULTS_MAX 100000

struct nrdp_result {
	const char *host;
	const char *service; /* "": of the host itself */
	int state;
	const char *output;
	struct nrdp_result *next;
};

struct nrdp_request {
	const char *token; /* "" if there is none */
	const char *command;
	struct nrdp_result *results;
	size_t n;
};

/* All is the arena's. */
int nrdp_parse(struct arena *, struct slice body, struct nrdp_request *ret,
    struct error *);

#endif
