/*
 * link.h - a connection to another farmd that stands as long as it can: a
 * request whose answer never ends, asked again, later and later, when it does.
 * Driven by listen() and tick() of an instance; never blocks.
 */
#ifndef FARM_LINK_H
#define FARM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "error.h"

struct link_options {
	const char *url; /* http://HOST:PORT, https://..., unix:/PATH */
	const char *token; /* NULL or "": none */
	const char *ca, *certificate, *key; /* files; NULL or "": none */
};

struct link_to {
	/* What is asked for: the path with its query, freed by free(); NULL if
	   memory is out.  A new stream of bytes begins. */
	char *(*ask)(void *context);
	/* -1: that is not what was asked for; the connection ends. */
	int (*take)(void *context, const void *bytes, size_t size,
	    struct error *);
	void *context;
};

struct link;

/* The options must outlive it.  Connects to nobody yet. */
int link_new(struct link **ret, const struct link_options *,
    const struct link_to *, struct error *);
/* In close(), with its host; NULL is fine. */
void link_free(struct link *, struct farm_host *);
/* In listen(): `fd' of farm_watch() is ready. */
void link_ready(struct link *, struct farm_host *, int fd, uint32_t events);
/* In tick(): connects when it is time. */
void link_tick(struct link *, struct farm_host *);

/* Does the other side answer as it should? */
bool link_is_up(const struct link *);
/* Why the last connection ended; "" if none did. */
const char *link_why(const struct link *);
uint64_t link_attempts(const struct link *);

#endif
