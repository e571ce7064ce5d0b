/*
 * telling.h - what is left out, for the log: when it begins, when it becomes
 * much more, and when it is over.
 */
#ifndef HTTP_TELLING_H
#define HTTP_TELLING_H

#include "composer.h"

/* Of one reason.  Zeroed at first. */
struct telling {
	bool told;
	uint64_t first;	 /* how many there were before */
	uint64_t before; /* at the last look */
	uint64_t most;	 /* between two looks; 0: none was told of */
	int64_t looked_mono_ns;
};

/* At any time; what there is to say of names is said of each. */
void telling_of(struct farm_host *, struct telling[LEFT_OUTS],
    const struct composer *, int64_t mono_ns);

#endif
