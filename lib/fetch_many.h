/*
 * fetch_many.h - what collectors that ask each target by HTTP share: all of an
 * instance's targets at once, on one thread.
 */
#ifndef LIB_FETCH_MANY_H
#define LIB_FETCH_MANY_H

#include "fetch.h"

struct fetch_caller {
	void *state;
	const char *url;	/* of target_text.h */
	const char *connect_to; /* likewise; NULL: the URL's host */
	int64_t timeout_ns;	/* shortened if the deadline leaves less */
	/* A transfer is over: emit, and say farm_done() or
	   farm_done_failed(). */
	void (*take)(struct farm_host *, void *state, struct farm_target *,
	    const struct fetch *);
};

/* What is wrong with a URL of the configuration. */
int fetch_check_url(const char *url, struct error *);
/* collect_many(), with this fetcher. */
int fetch_many(struct farm_host *, struct fetcher *,
    const struct fetch_caller *, struct farm_target *const *, size_t n);

#endif
