/*
 * names.h - names of metrics, each kept once however many hosts have it, so
 * that sums need no comparing of names.
 */
#ifndef GANGLIA_SERVE_NAMES_H
#define GANGLIA_SERVE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"

struct metric_name {
	struct metric_name *next;
	uint64_t hash;
	size_t refs;
	uint64_t round; /* of sums, the last it was in */
	size_t place;	/* among them */
	char text[];
};

struct names {
	struct hash_key key;
	struct metric_name **heads; /* NULL: empty */
	size_t n_heads;		    /* a power of two */
	size_t count;
	size_t bytes; /* taken from the system */
};

void names_init(struct names *);
void names_free(struct names *); /* no name is referred to any more */
/* Counted once more; NULL if memory is out. */
struct metric_name *names_ref(struct names *, const char *text);
void names_unref(struct names *, struct metric_name *);

#endif
