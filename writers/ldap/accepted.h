/*
 * accepted.h - batches that were taken and are not yet stored.
 */
#ifndef LDAP_ACCEPTED_H
#define LDAP_ACCEPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More of them are not taken. */
#define ACCEPTED_MAX 65536

struct span {
	uint64_t first, last;
};

struct accepted {
	struct span *spans;
	size_t n, capacity;
};

void accepted_free(struct accepted *);
/* -1: there are as many as may be, or memory is out. */
int accepted_add(struct accepted *, uint64_t first, uint64_t last);
/* Take one that ends before `position'; false if there is none. */
bool accepted_take(struct accepted *, uint64_t position, struct span *ret);

#endif
