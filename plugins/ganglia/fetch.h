/*
 * fetch.h - the bytes of a dump from a gmond or gmetad.
 */
#ifndef GANGLIA_FETCH_H
#define GANGLIA_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct order {
	const char *address; /* HOST[:PORT] */
	uint32_t port;	     /* if it says none */
	const char *question; /* sent first, with a newline; NULL: none */
	int64_t until_mono_ns;
	uint64_t bytes_max;
};

/* Some of the bytes; not 0: stop, and why is the caller's to say. */
typedef int fetch_fn(void *cookie, const void *bytes, size_t size);

/*
 * Connect, ask, and read to the end.  1 if each() stopped it, -1 with the
 * reason, which begins with the address.  Blocks, until `until_mono_ns' and
 * for the name server.
 */
int fetch(const struct order *, fetch_fn *each, void *cookie, struct error *);

#endif
