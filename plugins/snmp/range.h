/*
 * range.h - addresses named as a range: those of a prefix or of a hostlist.
 */
#ifndef SNMP_RANGE_H
#define SNMP_RANGE_H

#include <farm/module.h>

#include "error.h"
#include "resolve.h"

/* More addresses than this are an error. */
#define RANGE_MAX 65536

struct range {
	union address *addresses; /* without port */
	size_t n;
};

/*
 * "127.1.0.0/24" (without its first and last address), "2001:db8::/112" (at
 * most so many; without the first, which is all routers'), "127.1.0.[1-254]",
 * "127.1.0.7", "::1"; all of them together.  -1 with the reason; to be freed in
 * any case.
 */
int range_parse(struct range *ret, const struct farm_list *texts,
    struct error *);
void range_free(struct range *);

#endif
